"""What stands around every call of a tool in a run: a breaker for what keeps failing, and calls a minute."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from agentlab.errors import CircuitOpen, RateLimited
from agentlab.models.guards import Guards
from agentlab.settings import Settings
from agentlab.types import JSON, ToolError, ToolResult, ToolSpec

_OF_OURS = frozenset({"circuit_open", "rate_limited"})
"""Failures that say nothing about the health of what the tool works with."""
LONGEST_WAIT_S = 60.0


class ToolGuards:
    """The port ``ToolGuard``, with the guards that models have too; shared over Redis where they are."""

    def __init__(self, settings: Settings, guards: Callable[[], Guards]) -> None:
        self._settings = settings
        self._guards = guards

    async def admit(self, spec: ToolSpec, args: JSON, user: str) -> ToolError | None:
        """Why the call may not be made now. Waits for its turn, as long as the call itself might take."""
        if self._settings.tool_breaker and (refused := await self._left_alone(spec, args)):
            return refused
        limit = self._settings.rate_of(spec.name, spec.category, spec.per_minute)
        if not limit:
            return None
        try:
            await self._guards().tool_rates(limit).take(user, f"tool:{spec.name}", wait_s=LONGEST_WAIT_S)
        except RateLimited as error:
            return ToolError(
                kind="rate_limited",
                message=f"{user} has called {spec.name} {limit} times within a minute, which is the limit of this lab. "
                f"{error.hint} AGENTLAB_TOOL_RATES sets another one.",
                options=("alternative", "replan"),
            )
        return None

    async def told(self, spec: ToolSpec, args: JSON, result: ToolResult) -> None:
        """How the call went: what may go away by itself counts against whatever the tool works with."""
        if not self._settings.tool_breaker or result.cache_hit:
            return
        breakers, name = self._guards().breakers, _name_of(spec, args)
        error = result.error
        if error is None or (not error.retryable and error.kind not in _OF_OURS):
            await breakers.succeeded(name)
        elif error.kind not in _OF_OURS:
            await breakers.failed(name)

    async def _left_alone(self, spec: ToolSpec, args: JSON) -> ToolError | None:
        name = _name_of(spec, args)
        try:
            await self._guards().breakers.admit(name)
        except CircuitOpen as error:
            wait = error.context.get("retry_after_s", 0.0)
            return ToolError(
                kind="circuit_open",
                message=f"{name.removeprefix('tool:')} has failed so often that it is left alone for another {wait:.0f} s.",
                options=("alternative", "replan"),
            )
        return None


def _name_of(spec: ToolSpec, args: JSON) -> str:
    """One breaker for a tool; for one that goes to addresses, one for each host."""
    url = args.get("url")
    host = urlsplit(url).hostname if isinstance(url, str) else None
    return f"tool:{spec.name}@{host}" if host else f"tool:{spec.name}"
