"""All 22 tools of the product, with their own faces. Eight do what they always do; the other 14 work on a ``World`` in memory."""

from __future__ import annotations

from collections.abc import Callable

from agentlab.settings import Settings
from agentlab.tools import Registry, builtin_tools
from agentlab.tools.failure import ToolFailed
from agentlab.types import JSON, Tool, ToolContext, ToolError, ToolResult, ToolSpec
from offline_goals.world import World

Act = Callable[[JSON], JSON]
"""What a stand-in does with its arguments, those that were not given left out. May raise ``ToolFailed``."""


def all_tools(world: World) -> Registry:
    """The 22 tools, on one world."""
    tools = builtin_tools(Settings(home=world.home, egress_allow=world.site.removeprefix("http://")))
    for name, act in _acts(world).items():
        real = tools.get(name)
        assert real is not None, name
        tools.replace(StandIn(real, act))
    return tools


class StandIn:
    """A tool with the face of a real one and another hand behind it. Implements the port ``Tool``."""

    def __init__(self, real: Tool, act: Act) -> None:
        self._real = real
        self._act = act

    @property
    def spec(self) -> ToolSpec:
        """That of the real tool."""
        return self._real.spec

    def validate(self, args: JSON, *, later: frozenset[str] = frozenset()) -> list[str]:
        """What the real tool says."""
        return self._real.validate(args, later=later)

    async def execute(self, args: JSON, context: ToolContext) -> ToolResult:
        """Do it to the world."""
        if problems := self.validate(args):
            return ToolResult(error=ToolError(kind="invalid_arguments", message=" ".join(problems)))
        try:
            return ToolResult(data=self._act(args), credits=self.spec.credits)
        except ToolFailed as failed:
            return ToolResult(error=failed.told_by(self.spec.failures))

    async def undo(self, undo: JSON, context: ToolContext) -> ToolResult:
        """A stand-in leaves nothing that could be taken back."""
        raise AssertionError(f"{self.spec.name} made nothing to undo")


def _acts(world: World) -> dict[str, Act]:
    """What the stand-ins do, by the real tools' names."""
    return {
        "browser.navigate": lambda a: world.browser.open(a["url"]),
        "browser.extract": lambda a: world.browser.extract(a["selector"], a.get("url"), a.get("as", "text")),
        "browser.click": lambda a: world.browser.click(a["selector"]),
        "browser.screenshot": lambda a: world.browser.screenshot(a.get("url"), a.get("fullPage", False)),
        "browser.waitFor": lambda a: world.browser.wait_for(a["selector"], a.get("timeoutS", 10)),
        "email.send": lambda a: world.send(
            a["to"], a["subject"], a.get("body", ""), a.get("cc", []), a.get("attachments", [])
        ),
        "email.sendBatch": lambda a: world.send_batch(a["recipients"], a["subject"], a["body"]),
        "drive.upload": lambda a: world.upload(a.get("path"), a.get("url"), a.get("name")),
        "drive.download": lambda a: world.download(a["file"]),
        "drive.share": lambda a: world.share(a["file"], a["with"], a.get("role", "viewer")),
        "calendar.create": lambda a: world.calendar.create(
            a["title"], a["start"], a.get("end"), a.get("location"), a.get("attendees", []), a.get("timezone")
        ),
        "calendar.list": lambda a: world.calendar.between(a.get("from"), a.get("to")),
        "calendar.update": lambda a: world.calendar.update(
            a["event"], a.get("on"), a.get("title"), a.get("start"), a.get("end"), a.get("location"),
            a.get("attendees", []),
        ),
        "calendar.delete": lambda a: world.calendar.delete(a["event"], a.get("on")),
    }  # fmt: skip
