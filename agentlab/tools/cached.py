"""Answers of tools that may be given again: a wrapper for tools that say for how long (``spec.cache_s``)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Protocol

from agentlab.tools.secret import holds_secret
from agentlab.types import JSON, Tool, ToolContext, ToolResult, ToolSpec

LONGEST = 2_000_000
"""Characters of an answer, as JSON, that is worth keeping."""


class ToolCache(Protocol):
    """Keeps JSON values under keys, for as long as it likes. Neither operation fails for a store that is out of order."""

    async def get(self, key: str) -> Any | None: ...

    async def put(self, key: str, value: Any) -> None: ...


Open = Callable[[], ToolCache | None]
"""Gives the cache when it is first needed; None where nothing is kept."""


class Kept:
    """Answers with the time they were given, so that their age is ours to judge and not the store's."""

    def __init__(self, opened: Open | None, now: Callable[[], float] = time.time) -> None:
        self._open = opened or (lambda: None)
        self._now = now

    async def find(self, key: str) -> tuple[JSON, float] | None:
        """The answer under ``key`` and its age in seconds; None where there is none."""
        cache = self._open()
        kept = await cache.get(key) if cache else None
        if not isinstance(kept, dict) or not isinstance(kept.get("at"), int | float) or "answer" not in kept:
            return None
        age = self._now() - kept["at"]
        return (kept["answer"], age) if age >= 0 else None

    async def keep(self, key: str, answer: JSON) -> None:
        """Keep ``answer`` from now on; one that is no JSON, or too long, is not kept."""
        cache = self._open()
        if cache is None:
            return
        try:
            text = json.dumps(answer)
        except (TypeError, ValueError, RecursionError):
            return
        if len(text) <= LONGEST:
            await cache.put(key, {"at": self._now(), "answer": answer})


def key_of(*parts: Any) -> str:
    """One key for the same ``parts``, which are JSON; keys of objects may come in any order."""
    said = json.dumps(parts, sort_keys=True, default=str)
    return f"tool:{sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()}"


class Cached:
    """A tool whose successful answers are given again for ``spec.cache_s`` seconds. Implements the port ``Tool``."""

    def __init__(self, tool: Tool, kept: Kept) -> None:
        self._tool = tool
        self._kept = kept

    @property
    def spec(self) -> ToolSpec:
        """The face of the tool inside."""
        return self._tool.spec

    def validate(self, args: JSON, *, later: frozenset[str] = frozenset()) -> list[str]:
        """What the tool inside says."""
        return self._tool.validate(args, later=later)

    async def execute(self, args: JSON, context: ToolContext) -> ToolResult:
        """The kept answer, free of charge, where there is one that is young enough; else the tool's own."""
        return await self.kept(args, context) or await self.fresh(args, context)

    async def kept(self, args: JSON, context: ToolContext) -> ToolResult | None:
        """The answer that was given before, where it is young enough. A repeated attempt asks anew."""
        if context.attempt > 1 or holds_secret(args):
            return None
        found = await self._kept.find(self._key(args, context))
        if not found or found[1] >= self.spec.cache_s:
            return None
        answer = found[0]
        return ToolResult(data=answer["data"], untrusted=bool(answer["untrusted"]), cache_hit=True)

    async def fresh(self, args: JSON, context: ToolContext) -> ToolResult:
        """The tool's own answer, kept for the next call; what arguments with a secret bring is not."""
        result = await self._tool.execute(args, context)
        if result.success and result.undo is None and not holds_secret(args):
            await self._kept.keep(self._key(args, context), {"data": result.data, "untrusted": result.untrusted})
        return result

    def _key(self, args: JSON, context: ToolContext) -> str:
        spec, version = self.spec, getattr(self._tool, "version", "")
        return key_of(spec.name, spec.backend, args, sorted(context.domains), version)

    async def undo(self, undo: JSON, context: ToolContext) -> ToolResult:
        """What the tool inside does."""
        return await self._tool.undo(undo, context)


def cached(tool: Tool, opened: Open | None) -> Tool:
    """``tool`` with a cache around it, where it says that its answers may be given again and changes nothing."""
    fits = tool.spec.cache_s > 0 and not tool.spec.changes_world
    return Cached(tool, Kept(opened)) if fits and opened else tool
