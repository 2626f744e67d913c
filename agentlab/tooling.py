"""The part of ``Lab`` that knows tools: adds one's own, lists them, calls one by hand."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from agentlab import trace
from agentlab.errors import McpUnusable, UnknownTool, near
from agentlab.recorder import LabRecorder
from agentlab.settings import Settings
from agentlab.tools import Registry
from agentlab.tools.cached import cached
from agentlab.tools.failure import ToolFailed
from agentlab.tools.own import tool as made_a_tool
from agentlab.types import JSON, Scope, Span, Tool, ToolContext, ToolResult, to_credits

if TYPE_CHECKING:
    from agentlab.models import Gateway
    from agentlab.tools.mcp import Offer

T = TypeVar("T")


class Tooling(ABC):
    """Needs ``settings``, ``recorder``, ``gateway``, ``tools`` and a way to wait for what is asynchronous."""

    settings: Settings
    recorder: LabRecorder
    gateway: Gateway
    tools: Registry

    def tool(self, function: Callable[..., Any] | Tool | None = None, *, name: str = "", **spec: Any) -> Any:
        """Make a function a tool of this lab, for runs of this process: ``@lab.tool``; arguments as for ``agentlab.tool``.

        A tool that is one already is taken in as it is. One of the same name gives way, so that a cell of a notebook can
        be run again. Raises ``ToolInvalid``.
        """
        if function is None:
            return lambda given: self.tool(given, name=name, **spec)
        made: Any = function if hasattr(function, "spec") else made_a_tool(function, name=name, **spec)
        self.tools.replace(cached(made, lambda: self.gateway.guards.cache))
        return made

    def call(self, name: str, args: JSON | None = None, *, model: str | None = None) -> ToolResult:
        """Call one tool by hand, without a plan: guarded by its own limits, and traced. A failure is a result.

        ``model`` is for tools that ask one. Raises ``UnknownTool`` with the near misses.
        """
        tool = self._tool(name)
        context = partial(self._context, model or self.settings.model)
        return self._wait_for(
            self._called(tool, args or {}, "execute_tool", lambda span: tool.execute(args or {}, context(tool, span)))
        )

    def take_back(self, name: str, undo: JSON) -> ToolResult:
        """Take back what a call by hand left behind; ``undo`` is what its result said. Traced; a failure is a result.

        Raises ``UnknownTool``.
        """
        tool = self._tool(name)
        context = partial(self._context, self.settings.model)
        return self._wait_for(self._called(tool, undo, "undo", lambda span: tool.undo(undo, context(tool, span))))

    def tool_list(self) -> list[JSON]:
        """Every tool: ``name, category, description, input_schema, credits, timeout_s, changes_world, reversible, reaches,
        backend, failures, cache_s, output_schema, per_minute, asks, open_args``; ``credits`` is the fee of a call in credits.
        """
        return [asdict(spec) | {"credits": to_credits(spec.credits)} for spec in self.tools.specs()]

    # --- MCP servers ------------------------------------------------------------------------------------------------

    def mcp_offers(self, server: str = "") -> list[Offer]:
        """What the MCP servers of the settings offer today, or one of them, each tool as trusted, new, changed or gone.

        Asks the servers. Raises ``McpUnusable`` where one does not answer, ``UnknownTool`` for an unknown server.
        """
        servers = self.tools.mcp
        names = servers.names if servers else []
        if server and server not in names:
            raise UnknownTool(
                f"There is no MCP server '{server}'. {near(server, names)}".strip(),
                hint="AGENTLAB_MCP_SERVERS names them; docs/how-to/mcp-servers.md tells how.",
            )
        if servers is None:
            return []
        try:
            return [servers.offer(name) for name in ([server] if server else names)]
        except ToolFailed as failed:
            raise McpUnusable(failed.error.message, hint="Mend it or take it out of AGENTLAB_MCP_SERVERS.") from None

    def mcp_trust(self, offer: Offer) -> None:
        """Trust all that ``offer`` shows; its tools are there from now on. Raises ``McpUnusable`` where it has changed since."""
        from agentlab.tools.mcp import mcp_tools

        servers = self.tools.mcp
        if servers is None:
            return
        try:
            servers.trust(offer)
        except ToolFailed as failed:
            raise McpUnusable(failed.error.message, hint=f"agentlab trust {offer.server}") from None
        for tool, _ in offer.tools:
            self.tools.remove(f"mcp.{offer.server}.{tool.name}")
        for trusted in mcp_tools(servers):
            self.tools.replace(trusted)

    @abstractmethod
    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` gives, once it has; for callers without a loop."""

    def _tool(self, name: str) -> Tool:
        tool = self.tools.get(name)
        if tool is None:
            known = [spec.name for spec in self.tools.specs()]
            raise UnknownTool(f"There is no tool '{name}'. {near(name, known)}", hint="agentlab tools lists them.")
        return tool

    def _context(self, model: str, tool: Tool, span: Span) -> ToolContext:
        key = f"{span.trace_id}:{tool.spec.name}"
        scope = Scope(trace_id=span.trace_id, run_id=span.trace_id).under(span)
        return ToolContext(scope=scope, model=self.gateway.open(model), idempotency_key=key)

    async def _called(
        self, tool: Tool, args: JSON, operation: str, call: Callable[[Span], Awaitable[ToolResult]]
    ) -> ToolResult:
        trace_id = os.urandom(16).hex()
        top = Scope(trace_id=trace_id, run_id=trace_id)
        with trace.span(
            self.recorder,
            top,
            tool.spec.name if operation == "execute_tool" else f"{operation} {tool.spec.name}",
            kind="tool",
            tool=tool.spec.name,
            tool_category=tool.spec.category,
            operation=operation,
            payloads={"input": args},
        ) as span:
            try:
                result = await call(span)
            finally:
                await self.tools.release(trace_id)
            span.credits, span.cost_usd, span.cache_hit = result.credits, result.cost_usd, result.cache_hit or None
            span.payloads |= result.payloads
            if result.error:
                span.status, span.error_type, span.error_message = "error", result.error.kind, result.error.message
                span.payloads["output"] = {"error": asdict(result.error)}
            else:
                span.payloads["output"] = result.data
        return result
