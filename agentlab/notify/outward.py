"""The one place that sends something outward: through apprise, which is loaded only then."""

from __future__ import annotations

import logging
from typing import Any

KIND = {"failed": "failure", "succeeded": "success", "cancelled": "warning", "waiting": "warning"}
"""What apprise calls a message about a run with a status."""
WHY = 300
"""Characters of a reason that are kept."""


def send(url: str, title: str, body: str, status: str = "") -> str:
    """Send a message to an apprise URL. Returns why it was not sent, without the URL; empty where it was.

    ``status`` is that of the run; services show it as a colour or a mark.
    """
    import apprise

    door = apprise.Apprise()
    capture: Any = apprise.LogCapture  # without types in the library
    with capture(level=logging.WARNING, fmt="%(message)s") as said:
        understood = door.add(url)
        kind = apprise.NotifyType(KIND.get(status, "info"))
        if understood and door.notify(body, title, kind, body_format=apprise.NotifyFormat.TEXT):
            return ""
        words = " ".join(said.getvalue().split())
    if not understood:
        return "apprise does not understand this URL: https://github.com/caronc/apprise/wiki shows the form of each service."
    return _without(url, words)[:WHY] or "It was refused; nothing more is known."


def understands(url: str) -> bool:
    """Whether apprise can read a URL. Nothing is sent."""
    import apprise

    capture: Any = apprise.LogCapture  # without types in the library
    with capture(level=logging.CRITICAL):
        return apprise.Apprise.instantiate(url) is not None


def _without(url: str, text: str) -> str:
    """``text`` without what is in a URL and might be a secret: the whole of it, and each part that is long enough to be one."""
    _, _, rest = url.partition("://")
    parts = sorted(
        {part for piece in rest.split("/") for part in _pieces(piece) if len(part) >= 6}, key=len, reverse=True
    )
    for secret in (url, *parts):
        text = text.replace(secret, "[redacted]")
    return text


def _pieces(text: str) -> list[str]:
    for mark in "@:?&=":
        text = text.replace(mark, " ")
    return text.split()
