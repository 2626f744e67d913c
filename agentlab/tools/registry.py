"""The tools a run may use, by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from agentlab.types import Tool, ToolSpec

if TYPE_CHECKING:
    from agentlab.tools.browser import Browsers
    from agentlab.tools.mcp import Servers


class Registry:
    """Implements the port ``Tools``. A name may be given once only."""

    def __init__(self, tools: Iterable[Tool] = ()) -> None:
        self._tools: dict[str, Tool] = {}
        self.browsers: Browsers | None = None
        """What the browser tools work in, where they are among the tools: it is told when a run ends."""
        self.mcp: Servers | None = None
        """The MCP servers behind some of the tools; None where there are none."""
        for tool in tools:
            self.add(tool)

    def add(self, tool: Tool) -> None:
        """Take in one more tool. Raises ``ValueError`` where its name is taken."""
        if tool.spec.name in self._tools:
            raise ValueError(f"There are two tools named {tool.spec.name}; rename one of them.")
        self._tools[tool.spec.name] = tool

    def replace(self, tool: Tool) -> None:
        """Take in a tool, in place of one of its name."""
        self._tools[tool.spec.name] = tool

    def get(self, name: str) -> Tool | None:
        """The tool of that name, or None."""
        return self._tools.get(name)

    def remove(self, name: str) -> None:
        """Take a tool out, where it is in."""
        self._tools.pop(name, None)

    async def release(self, run_id: str) -> None:
        """Close the browser's pages of a run that has ended."""
        if self.browsers:
            await self.browsers.close_run(run_id)

    def close(self) -> None:
        """Let go of what tools have opened."""
        if self.browsers:
            self.browsers.close()
        if self.mcp:
            self.mcp.close()

    def specs(self) -> tuple[ToolSpec, ...]:
        """The faces of all tools, in order of their names."""
        return tuple(self._tools[name].spec for name in sorted(self._tools))
