"""A tool made of a function: the schema from its signature, the sentence from its docstring, one edge for failures."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from agentlab.tools.arguments import Arguments, Either
from agentlab.tools.domains import DOMAINS
from agentlab.tools.failure import ToolFailed
from agentlab.types import JSON, Failure, ToolContext, ToolError, ToolResult, ToolSpec, to_micro
from agentlab.types.tool import Recovery

Function = Callable[..., Any]
"""Plain or async; plain ones work in a thread."""
Undo = Callable[[JSON, ToolContext], Awaitable[Any]]
"""Takes back an effect: what its result said about undoing, and the context."""


class FunctionTool:
    """Implements the port ``Tool``. What the function returns is the result's ``data``, or a whole ``ToolResult``."""

    def __init__(self, spec: ToolSpec, arguments: Arguments, function: Function, undo: Undo | None = None) -> None:
        self.spec = spec
        self._arguments = arguments
        self._function = function
        self._undo = undo

    @cached_property
    def version(self) -> str:
        """Changes with the function's text, so that a cache never answers for a function as it was before."""
        try:
            text = inspect.getsource(self._function)
        except (OSError, TypeError):
            text = repr(getattr(self._function, "__code__", self._function))
        return sha256(text.encode("utf-8", "replace")).hexdigest()

    def validate(self, args: JSON, *, later: frozenset[str] = frozenset()) -> list[str]:
        """What is wrong with the arguments, one sentence each."""
        return self._arguments.problems(args, later)

    async def execute(self, args: JSON, context: ToolContext) -> ToolResult:
        """Call the function, for ``spec.timeout_s`` seconds at most.

        A call that succeeds costs the tool's fee, unless it was answered from a cache.
        """
        if problems := self.validate(args):
            return _failed("invalid_arguments", " ".join(problems), "change_arguments")
        token = DOMAINS.set(context.domains)
        try:
            result = await self._edge(lambda: self._arguments.call(self._function, args, context))
        finally:
            DOMAINS.reset(token)
        if not result.success or result.cache_hit:
            return result
        return replace(result, credits=result.credits + self.spec.credits)

    async def undo(self, undo: JSON, context: ToolContext) -> ToolResult:
        """Take back what a call did, for ``spec.timeout_s`` seconds at most. Costs nothing."""
        take_back = self._undo
        if take_back is None:
            return _failed("irreversible", f"What {self.spec.name} does cannot be taken back.", "ask")
        return await self._edge(lambda: take_back(undo, context))

    async def _edge(self, work: Callable[[], Awaitable[Any]]) -> ToolResult:
        try:
            async with asyncio.timeout(self.spec.timeout_s) as limit:
                found = await work()
        except ToolFailed as failed:
            error = failed.told_by(self.spec.failures)
            return ToolResult(error=error, credits=failed.credits, cost_usd=failed.cost_usd)
        except Exception as error:  # noqa: BLE001 - the tool's edge: whatever goes wrong inside is the run's to handle
            if limit.expired():
                return self._timed_out()
            return _failed("internal", _fault(self.spec.name, error), "alternative")
        return found if isinstance(found, ToolResult) else ToolResult(data=found)

    def _timed_out(self) -> ToolResult:
        message = f"{self.spec.name} did not finish within {self.spec.timeout_s:g} s."
        return ToolResult(
            error=ToolError(kind="timeout", message=message, retryable=not self.spec.changes_world, options=("retry",))
        )


def _failed(kind: str, message: str, option: Recovery) -> ToolResult:
    return ToolResult(error=ToolError(kind=kind, message=message, options=(option,)))


def _fault(name: str, error: Exception) -> str:
    return f"{name} broke: {type(error).__name__}: {error}. This is a fault of the tool; please report it."


def tool(
    *,
    name: str,
    credits: float = 1,
    timeout_s: float = 30.0,
    changes_world: bool = False,
    undo: Undo | None = None,
    reaches: str = "",
    backend: str = "",
    failures: tuple[Failure, ...] = (),
    cache_s: float = 0.0,
    either: Either = (),
) -> Callable[[Function], FunctionTool]:
    """Make a function a tool: ``@tool(name="http.get")``.

    The function, plain or async, takes its arguments and, where it wants it, a keyword ``context`` (``ToolContext``); the
    first paragraph of its docstring becomes the description. ``credits`` is the fee of one call in credits, ``timeout_s``
    is in seconds, ``undo`` takes back what a call did, ``either`` names arguments of which one must be given; the rest is as
    in ``ToolSpec``.
    """

    def make(function: Function) -> FunctionTool:
        arguments = Arguments(function, either=either)
        spec = ToolSpec(
            name=name,
            category=name.partition(".")[0],
            description=" ".join((function.__doc__ or "").split("\n\n")[0].split()),
            input_schema=arguments.schema,
            credits=to_micro(credits),
            timeout_s=timeout_s,
            changes_world=changes_world,
            reversible=undo is not None,
            reaches=reaches,
            backend=backend,
            failures=failures,
            cache_s=cache_s,
        )
        return FunctionTool(spec, arguments, function, undo)

    return make
