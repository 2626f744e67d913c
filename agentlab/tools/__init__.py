"""The tools that ship with agentlab, and how to make one's own: ``agentlab.tools.function.tool``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentlab.tools.registry import Registry

if TYPE_CHECKING:
    from agentlab.settings import Settings
    from agentlab.tools.cached import Open

__all__ = ["Registry", "builtin_tools"]


def builtin_tools(settings: Settings, cache: Open | None = None) -> Registry:
    """All built-in tools, working as ``settings`` say. Opens and connects to nothing.

    ``cache`` gives the cache for answers of tools when one is first needed.
    """
    from agentlab.tools.ai import ai_tools
    from agentlab.tools.browser import Browsers, browser_tools
    from agentlab.tools.cached import cached
    from agentlab.tools.calendar.tools import calendar_tools
    from agentlab.tools.drive import drive_of, drive_tools
    from agentlab.tools.http import http_tools
    from agentlab.tools.mail.tools import mail_tools
    from agentlab.tools.own import plugins

    drive, browsers = drive_of(settings), Browsers(settings)
    found = Registry(
        [
            *browser_tools(browsers, drive, settings),
            *http_tools(settings, drive, cache),
            *drive_tools(drive, settings),
            *ai_tools(drive, settings.model_cache_ttl_s if settings.model_cache != "off" else 0),
            *mail_tools(settings, drive),
            *calendar_tools(settings),
        ]
    )
    found.browsers = browsers
    for offered in plugins():
        found.replace(cached(offered, cache))
    if settings.mcp_servers:
        from agentlab.tools.mcp import Servers, mcp_tools

        found.mcp = Servers(settings.mcp_servers, settings.home)
        for trusted in mcp_tools(found.mcp):
            found.add(trusted)
    return found
