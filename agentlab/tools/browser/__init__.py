"""The browser tools: a real Chromium, one for each process, with a context of its own for each run.

Light to import; Playwright comes in with the first call. ``docs/decisions/0015-browser-behind-a-proxy.md`` tells why
everything the browser asks for goes through ``proxy.py``.
"""

from __future__ import annotations

from agentlab.tools.browser.browsers import Browsers
from agentlab.tools.browser.tools import browser_tools

__all__ = ["Browsers", "browser_tools"]
