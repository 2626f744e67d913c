"""HTTP status codes as typed failures."""

from __future__ import annotations

import httpx

from agentlab.tools.failure import ToolFailed

_SHOWN = 200
"""Characters of an error's body that are worth showing."""


def check_status(response: httpx.Response, content: bytes) -> None:
    """Raise ``ToolFailed`` for a status of 400 and above, and for redirects that lead nowhere."""
    status, url = response.status_code, response.url
    if status < 300 or status == 304:
        return
    said = " ".join(content[: 4 * _SHOWN].decode("utf-8", "replace").split())[:_SHOWN]
    note = f" It says: {said}" if said and "html" not in response.headers.get("content-type", "") else ""
    raise _failure(status, f"{url} answered {status} {response.reason_phrase}.".replace(" .", "."), note, response)


def _failure(status: int, what: str, note: str, response: httpx.Response) -> ToolFailed:
    safe = response.request.method == "GET"
    match status:
        case 401 | 403 | 407:
            return ToolFailed("forbidden", f"{what} It wants a permission that was not given.{note}")
        case 404 | 410:
            return ToolFailed("not_found", f"{what} Check the address.{note}")
        case 429:
            wait = response.headers.get("retry-after")
            when = f"Try again after {wait}{' s' if wait.isdecimal() else ''}." if wait else "Try again later."
            return ToolFailed("rate_limited", f"{what} {when}{note}", retryable=True)
        case 408:
            return maybe_done("timeout", f"{what}{note}", again=safe)
    if status >= 500:
        # 503 says that nothing was done; after any other a POST may have had its effect.
        return maybe_done("server_error", f"{what}{note}", again=safe or status == 503)
    return ToolFailed("rejected", f"{what} Change the request.{note}")


def maybe_done(kind: str, what: str, *, again: bool) -> ToolFailed:
    """A failure after which the same may be sent ``again``, or after which it may have had its effect."""
    if again:
        return ToolFailed(kind, what, retryable=True)
    said = f"{what} It may have had its effect; look there before anything is sent again."
    return ToolFailed(kind, said, retryable=False, options=("ask", "skip"))
