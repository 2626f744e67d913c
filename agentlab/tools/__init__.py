"""The tools that ship with agentlab, and how to make one's own: ``agentlab.tools.function.tool``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentlab.tools.registry import Registry

if TYPE_CHECKING:
    from agentlab.settings import Settings

__all__ = ["Registry", "builtin_tools"]


def builtin_tools(settings: Settings) -> Registry:
    """All built-in tools, working as ``settings`` say. Opens and connects to nothing."""
    from agentlab.tools.ai import ai_tools
    from agentlab.tools.browser import Browsers, browser_tools
    from agentlab.tools.drive import Drive, drive_tools
    from agentlab.tools.http import http_tools

    drive, browsers = Drive(settings.drive), Browsers(settings)
    registry = Registry([*http_tools(settings), *drive_tools(drive), *ai_tools(drive)])
    for tool in browser_tools(browsers, drive, settings):
        registry.add(tool)
    registry.browsers = browsers
    return registry
