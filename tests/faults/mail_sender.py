"""A process that sends a batch of mails, for tests that kill it: ``mail_sender.py HOME URL ADDRESS…``."""

from __future__ import annotations

import asyncio
import json
import sys

from agentlab.settings import Settings
from agentlab.tools import builtin_tools
from agentlab.types import Scope, ToolContext


def main() -> None:
    """Send, and print what became of each."""
    home, url, *people = sys.argv[1:]
    settings = Settings(home=home, smtp_url=url, mail_from="lab@example.org")
    settings.prepare_home()
    tool = builtin_tools(settings).get("email.sendBatch")
    assert tool
    args = {"recipients": people, "subject": "Pilot", "body": "It rained."}
    context = ToolContext(scope=Scope.of_run("run_1"), idempotency_key="run_1:mail")
    result = asyncio.run(tool.execute(args, context))
    print(json.dumps({"data": result.data, "error": result.error.kind if result.error else ""}))


if __name__ == "__main__":
    main()
