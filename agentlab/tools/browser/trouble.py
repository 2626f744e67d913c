"""What Playwright, Chromium and servers say when something goes wrong, as typed failures."""

from __future__ import annotations

import re

import httpx

from agentlab.tools.failure import ToolFailed
from agentlab.tools.status import check_status

_NET = re.compile(r"net::(ERR_[A-Z0-9_]+)")
_TLS = re.compile(r"ERR_(CERT|SSL|BAD_SSL|TLS|ECH)_")
_BLOCKED = re.compile(
    r"ERR_(BLOCKED_BY|UNSAFE|DISALLOWED|UNKNOWN_URL_SCHEME|ACCESS_DENIED|NETWORK_ACCESS_DENIED|UNSAFE_PORT)"
)
_GONE = re.compile(
    r"crashed|has been closed|Connection closed|Target closed|detached|Browser closed|ERR_ABORTED.*closed"
)


def told(error: Exception, url: str) -> ToolFailed:
    """Playwright's ``error`` as a failure; ``url`` is the page it was about."""
    text = str(error)
    code = match.group(1) if (match := _NET.search(text)) else ""
    if "Download is starting" in text:
        return ToolFailed(
            "download", f"{url} is a file to download, not a page. http.get reads text; files are not kept."
        )
    if _GONE.search(text):
        return crashed(url)
    if _TLS.search(code):
        return ToolFailed("tls", f"The certificate or TLS of {url} is not in order ({code}).")
    if code == "ERR_TOO_MANY_REDIRECTS":
        return ToolFailed("too_many_redirects", f"{url} redirects again and again.")
    if _BLOCKED.search(code):
        return ToolFailed("blocked", f"The browser may not open what {url} leads to ({code}).")
    if code:
        return ToolFailed("connect", f"{url} could not be loaded ({code}). Is the server up?")
    if "Timeout" in text:
        return ToolFailed(
            "timeout", f"{url or 'The page'} did not get ready in time; AGENTLAB_BROWSER_TIMEOUT_S sets it."
        )
    return ToolFailed("page_crashed", f"The browser could not work on {url or 'the page'}: {_first_line(text)}.")


def crashed(url: str) -> ToolFailed:
    """The page, or the whole browser, is gone."""
    return ToolFailed("page_crashed", f"The browser lost {url or 'its page'}: it crashed or was ended. Try again.")


def check_page(status: int, url: str, said: str) -> None:
    """Raise ``ToolFailed`` where a page answered with a status that means failure; ``said`` is its text."""
    response = httpx.Response(status, request=httpx.Request("GET", url))
    check_status(response, said.encode("utf-8", "replace"))


def why_not_clickable(text: str) -> str:
    """What Playwright saw when it could not click, in words; empty where it says nothing of the kind."""
    if match := re.search(r"(<[^>]{1,200}>)[^\n]*?intercepts pointer events", text):
        return f"it is covered by {match.group(1)}"
    for said, reason in {
        "element is not enabled": "it is disabled",
        "element is not visible": "it is hidden",
        "element is outside of the viewport": "it lies outside the window",
        "element is not stable": "it keeps moving",
    }.items():
        if said in text:
            return reason
    return ""


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:300] if text.strip() else "no reason given"
