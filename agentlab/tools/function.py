"""A tool made of a function: the schema from its signature, the sentence from its docstring, one edge for failures."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from typing import Any, get_type_hints

from agentlab.tools.arguments import Arguments, Either
from agentlab.tools.data import DataCheck
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

    def __init__(
        self,
        spec: ToolSpec,
        arguments: Arguments,
        function: Function,
        undo: Undo | None = None,
        promised: DataCheck | None = None,
    ) -> None:
        self.spec = spec
        self._arguments = arguments
        self._function = function
        self._undo = undo
        self._promised = promised

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
        """Call the function, for ``spec.timeout_s`` seconds at most, and check what it gave back against ``output_schema``.

        A call that succeeds costs the tool's fee, unless it was answered from a cache.
        """
        if problems := self.validate(args):
            return _failed("invalid_arguments", " ".join(problems), "change_arguments")
        token = DOMAINS.set(context.domains)
        try:
            result = await self._edge(lambda: self._arguments.call(self._function, args, context))
        finally:
            DOMAINS.reset(token)
        result = self._checked(result)
        if not result.success or result.cache_hit:
            return result
        return replace(result, credits=result.credits + self.spec.credits)

    async def undo(self, undo: JSON, context: ToolContext) -> ToolResult:
        """Take back what a call did, for ``spec.timeout_s`` seconds at most. Costs nothing."""
        take_back = self._undo
        if take_back is None:
            return _failed("irreversible", f"What {self.spec.name} does cannot be taken back.", "ask")
        return await self._edge(lambda: take_back(undo, context))

    def _checked(self, result: ToolResult) -> ToolResult:
        """``result``, where its data is what was promised; else the failure ``wrong_result``, which can still be undone."""
        if self._promised is None or not result.success:
            return result
        try:
            return replace(result, data=self._promised.read(result.data))
        except ValueError as error:
            message = (
                f"{self.spec.name} gave back what it does not promise: {error}. The call itself went through, and would "
                "give the same again; use another tool, or plan without this result."
            )
            failed = _failed("wrong_result", message, "alternative", "replan").error
            return replace(result, data=None, error=failed)

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
        if not self.spec.changes_world:
            error = ToolError(kind="timeout", message=message, retryable=True, options=("retry", "skip"))
            return ToolResult(error=error)
        return _failed(
            "timeout", f"{message} Whether it had its effect is not known; look before it is done again.", "ask", "skip"
        )


def _failed(kind: str, message: str, *options: Recovery) -> ToolResult:
    return ToolResult(error=ToolError(kind=kind, message=message, options=options))


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
    returns: Any = None,
    per_minute: int = 0,
    asks: bool | None = None,
    open_args: tuple[str, ...] = (),
) -> Callable[[Function], FunctionTool]:
    """Make a function a tool: ``@tool(name="http.get")``.

    The function, plain or async, takes its arguments and, where it wants it, a keyword ``context`` (``ToolContext``); the
    first paragraph of its docstring becomes the description. ``credits`` is the fee of one call in credits, ``timeout_s``
    is in seconds, ``undo`` takes back what a call did, ``either`` names arguments of which one must be given, ``returns`` is
    the type of what it gives back where its return annotation does not say it; ``asks`` is, left out, true for what
    changes the world and cannot be undone; the rest is as in ``ToolSpec``.
    """

    def make(function: Function) -> FunctionTool:
        arguments = Arguments(function, either=either)
        promised = DataCheck(
            get_type_hints(function, include_extras=True).get("return") if returns is None else returns
        )
        spec = ToolSpec(
            name=name,
            category=name.partition(".")[0],
            description=" ".join((function.__doc__ or "").split("\n\n")[0].split()),
            input_schema=arguments.schema,
            output_schema=promised.schema,
            credits=to_micro(credits),
            timeout_s=timeout_s,
            changes_world=changes_world,
            reversible=undo is not None,
            reaches=reaches,
            backend=backend,
            failures=failures,
            cache_s=cache_s,
            per_minute=per_minute,
            asks=changes_world and undo is None if asks is None else asks,
            open_args=open_args,
        )
        return FunctionTool(spec, arguments, function, undo, promised)

    return make
