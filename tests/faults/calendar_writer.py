"""A process that puts events into a calendar, for tests with several of them: ``calendar_writer.py HOME NAME COUNT``."""

from __future__ import annotations

import asyncio
import sys

from agentlab.settings import Settings
from agentlab.tools import builtin_tools
from agentlab.types import Scope, ToolContext


def main() -> None:
    """Put them in, one call each; events that are there already stay alone."""
    home, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    settings = Settings(home=home, timezone="Europe/Berlin")
    settings.prepare_home()
    tool = builtin_tools(settings).get("calendar.create")
    assert tool
    for number in range(count):
        args = {"title": f"{name}-{number}", "start": "2026-03-10T15:00"}
        context = ToolContext(scope=Scope.of_run("run_1"), idempotency_key=f"{name}:{number}")
        result = asyncio.run(tool.execute(args, context))
        assert result.success, result.error


if __name__ == "__main__":
    main()
