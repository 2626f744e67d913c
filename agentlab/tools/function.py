"""A tool made of an async function: the schema from its signature, the sentence from its docstring, one edge for failures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from agentlab.tools.arguments import Arguments
from agentlab.tools.failure import ToolFailed
from agentlab.types import JSON, ToolContext, ToolError, ToolResult, ToolSpec, to_micro
from agentlab.types.tool import Recovery

Function = Callable[..., Awaitable[Any]]


class FunctionTool:
    """Implements the port ``Tool``. What the function returns is the result's ``data``, or a whole ``ToolResult``."""

    def __init__(self, spec: ToolSpec, arguments: Arguments, function: Function) -> None:
        self.spec = spec
        self._arguments = arguments
        self._function = function

    def validate(self, args: JSON, *, later: frozenset[str] = frozenset()) -> list[str]:
        """What is wrong with the arguments, one sentence each."""
        return self._arguments.problems(args, later)

    async def execute(self, args: JSON, context: ToolContext) -> ToolResult:
        """Call the function, for ``spec.timeout_s`` seconds at most. A call that succeeds costs the tool's fee."""
        if problems := self.validate(args):
            return _failed("invalid_arguments", " ".join(problems), "change_arguments")
        try:
            async with asyncio.timeout(self.spec.timeout_s) as limit:
                found = await self._function(**self._arguments.read(args), context=context)
        except ToolFailed as failed:
            return ToolResult(error=failed.error, credits=failed.credits, cost_usd=failed.cost_usd)
        except Exception as error:  # noqa: BLE001 - the tool's edge: whatever goes wrong inside is the run's to handle
            if limit.expired():
                return self._timed_out()
            return _failed("internal", _fault(self.spec.name, error), "alternative")
        result = found if isinstance(found, ToolResult) else ToolResult(data=found)
        return replace(result, credits=result.credits + self.spec.credits)

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
    reversible: bool = False,
    either: tuple[str, ...] = (),
) -> Callable[[Function], FunctionTool]:
    """Make an async function a tool: ``@tool(name="http.get")``.

    The function takes its arguments and a keyword ``context`` (``ToolContext``); the first paragraph of its docstring
    becomes the description. ``credits`` is the fee of one call in credits, ``timeout_s`` is in seconds, ``either``
    names arguments of which one must be given.
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
            reversible=reversible,
        )
        return FunctionTool(spec, arguments, function)

    return make
