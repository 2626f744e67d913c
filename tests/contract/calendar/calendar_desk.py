"""A short way to call the tools of a calendar, at a fixed time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agentlab.settings import Settings
from agentlab.tools.calendar.tools import calendar_tools
from agentlab.types import Scope, ToolContext, ToolResult

NOW = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)


@dataclass
class Desk:
    """``desk("create", title=…, start=…)`` calls ``calendar.create``."""

    tools: dict[str, Any]
    path: Path
    calls: int = 0

    def __call__(self, name: str, *, key: str | None = None, **args: Any) -> ToolResult:
        self.calls += 1
        return asyncio.run(self.tools[name].execute(args, self.context(key or f"run_1:{self.calls}")))

    def undo(self, name: str, result: ToolResult) -> ToolResult:
        return asyncio.run(self.tools[name].undo(result.undo, self.context("undo")))

    @staticmethod
    def context(key: str) -> ToolContext:
        return ToolContext(scope=Scope.of_run("run_1"), idempotency_key=key)

    @property
    def text(self) -> str:
        return self.path.read_bytes().decode("utf-8", "surrogateescape")

    def days(self, first: str, last: str) -> list[tuple[str, str, str]]:
        result = self("list", **{"from": first, "to": last})
        assert result.success, result.error
        return [(one["title"], one["start"], one["end"]) for one in result.data["events"]]


def desk_in(home: Path, zone: str = "Europe/Berlin") -> Desk:
    settings = Settings(home=home, timezone=zone)
    settings.prepare_home()
    tools = {tool.spec.name.partition(".")[2]: tool for tool in calendar_tools(settings, lambda: NOW)}
    return Desk(tools, settings.calendar_file)
