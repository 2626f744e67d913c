"""How the browser tools fail, and what helps: one table, of which each tool takes what can happen to it."""

from __future__ import annotations

from agentlab.types import Failure
from agentlab.types.tool import Recovery

_PAGE: tuple[Recovery, ...] = ("change_arguments", "alternative", "skip")

_KINDS = (
    Failure(kind="invalid_url", when="the address is not an http or https URL"),
    Failure(kind="blocked", when="the page, or what it leads to, may not be reached", options=("change_arguments", "ask")),
    Failure(kind="dns", when="the host is not found", retryable=True, options=("retry", "change_arguments")),
    Failure(kind="connect", when="nothing answers", retryable=True, options=("retry", "alternative")),
    Failure(kind="tls", when="the certificate or TLS is not in order", options=("change_arguments", "ask")),
    Failure(kind="too_many_redirects", when="the page redirects without an end"),
    Failure(kind="forbidden", when="the page answers 401, 403 or 407", options=("change_arguments", "ask")),
    Failure(kind="not_found", when="the page answers 404 or 410", options=("change_arguments", "skip")),
    Failure(kind="rate_limited", when="the page answers 429", retryable=True, options=("retry",)),
    Failure(kind="rejected", when="the page answers another status from 400 to 499"),
    Failure(kind="server_error", when="the page answers a status from 500", retryable=True, options=("retry", "alternative")),
    Failure(kind="download", when="the address is a file to download, not a page", options=("alternative",)),
    Failure(kind="timeout", when="the page does not get ready in time", retryable=True, options=("retry", "alternative")),
    Failure(kind="too_large", when="the page loads more bytes than it may", options=_PAGE),
    Failure(kind="page_crashed", when="the page or the browser broke", retryable=True, options=("retry", "alternative")),
    Failure(kind="browser_missing", when="there is no Chromium, or no Playwright", options=("ask", "alternative")),
    Failure(kind="browser_failed", when="Chromium does not start", retryable=True, options=("retry", "ask")),
    Failure(kind="no_page", when="nothing is open in the browser", options=("replan",)),
    Failure(kind="invalid_selector", when="the selector cannot be read"),
    Failure(kind="selector_missing", when="nothing on the page fits", options=("change_arguments", "replan")),
    Failure(kind="ambiguous", when="several things on the page fit the description"),
    Failure(kind="no_table", when="what fits holds no table"),
    Failure(kind="not_clickable", when="the element is hidden, disabled or covered", options=("change_arguments", "replan")),
    Failure(kind="unconfirmed", when="the click was made before, and what came of it was not seen", options=("replan", "skip")),
    Failure(kind="outside", when="the folder of pictures leads out of the drive", options=("ask",)),
    Failure(kind="changed", when="the picture was worked on since; it stays", options=("ask",)),
)  # fmt: skip
_ON_PAGE = {"no_page", "invalid_selector", "selector_missing", "ambiguous", "no_table", "not_clickable", "unconfirmed"}
_SAVING = {"outside", "changed"}

NAVIGATE = tuple(failure for failure in _KINDS if failure.kind not in _ON_PAGE | _SAVING)


def _with(*kinds: str) -> tuple[Failure, ...]:
    return (*NAVIGATE, *(failure for failure in _KINDS if failure.kind in kinds))


EXTRACT = _with("no_page", "invalid_selector", "selector_missing", "ambiguous", "no_table")
CLICK = tuple(
    # What a click may have done is not done again by itself.
    Failure(kind=known.kind, when=known.when, options=("replan", "skip")) if known.kind == "timeout" else known
    for known in _with("no_page", "invalid_selector", "selector_missing", "ambiguous", "not_clickable", "unconfirmed")
)
SCREENSHOT = _with("no_page", "outside", "changed")
WAIT = _with("no_page", "invalid_selector", "selector_missing")
