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
    from agentlab.tools.calendar.tools import calendar_tools
    from agentlab.tools.drive import Drive, drive_tools
    from agentlab.tools.http import http_tools
    from agentlab.tools.mail.tools import mail_tools
    from agentlab.tools.own import plugins

    drive = Drive(settings.drive)
    found = Registry(
        [
            *http_tools(settings),
            *drive_tools(drive),
            *ai_tools(drive),
            *mail_tools(settings, drive),
            *calendar_tools(settings),
        ]
    )
    for offered in plugins():
        found.replace(offered)
    if settings.mcp_servers:
        from agentlab.tools.mcp import Servers, mcp_tools

        found.mcp = Servers(settings.mcp_servers, settings.home)
        for trusted in mcp_tools(found.mcp):
            found.add(trusted)
    return found
