"""How the browser tools fail, and what helps: one table, of which each tool takes what can happen to it."""

from __future__ import annotations

from dataclasses import replace

from agentlab.tools.failures import all_of, of
from agentlab.types import Failure

_KINDS = (
    Failure(kind="invalid_url", when="the address is not an http or https URL"),
    Failure(kind="blocked", when="the page, or what it leads to, may not be reached", options=("change_arguments", "ask")),
    Failure(kind="dns", when="the host is not found", retryable=True, options=("retry", "change_arguments")),
    Failure(kind="connect", when="nothing answers", retryable=True, options=("retry", "skip")),
    Failure(kind="tls", when="the certificate or TLS is not in order", options=("change_arguments", "ask")),
    Failure(kind="too_many_redirects", when="the page redirects without an end"),
    Failure(kind="forbidden", when="the page answers 401, 403 or 407", options=("change_arguments", "ask")),
    Failure(kind="not_found", when="the page answers 404 or 410", options=("change_arguments", "skip")),
    Failure(kind="rate_limited", when="the page answers 429", retryable=True, options=("retry", "skip")),
    Failure(kind="rejected", when="the page answers another status from 400 to 499"),
    Failure(kind="server_error", when="the page answers a status from 500", retryable=True, options=("retry", "skip")),
    Failure(kind="download", when="the address is a file to download, not a page"),
    Failure(kind="timeout", when="the page does not get ready in time", retryable=True, options=("retry", "skip")),
    Failure(kind="too_large", when="the page loads more bytes than it may", options=("change_arguments", "skip")),
    Failure(kind="page_crashed", when="the page or the browser broke", retryable=True, options=("retry", "skip")),
    Failure(kind="browser_missing", when="there is no Chromium, or no Playwright", options=("ask",)),
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
_OPENING = tuple(it.kind for it in _KINDS[:17])
"""Of every tool that is told an address."""
_PLAIN = of(
    _KINDS,
    # A plain request reads the text of such a page, and of a file; it needs no browser and loads one part only.
    download=("alternative",),
    timeout=("retry", "alternative"),
    too_large=("change_arguments", "alternative", "skip"),
    page_crashed=("retry", "alternative"),
    browser_missing=("alternative", "ask"),
    browser_failed=("retry", "alternative", "ask"),
)
"""Where http.get does the same, less well."""
_REOPENED = tuple(
    # The page was lost and is opened again where it was: no argument of the call says where.
    replace(it, options=("retry", "replan") if it.retryable else ("replan", "skip"))
    for it in of(_KINDS, *_OPENING)
    if it.kind not in ("invalid_url", "browser_missing", "browser_failed")
)
_HERE = of(_KINDS, "browser_missing", "browser_failed", "no_page", "invalid_selector", "selector_missing")

NAVIGATE = all_of(_PLAIN, of(_KINDS, *_OPENING))
EXTRACT = all_of(
    NAVIGATE,
    of(_KINDS, "invalid_selector", "selector_missing", "ambiguous", "no_table", no_page=("change_arguments", "replan")),
)
SCREENSHOT = of(_KINDS, *_OPENING, "outside", "changed", no_page=("change_arguments", "replan"))
WAIT = all_of(_HERE, _REOPENED)
CLICK = all_of(
    # What a click may have done is not done again by itself.
    tuple(replace(it, retryable=False, options=("replan", "skip")) for it in of(_KINDS, "timeout")),
    _HERE,
    of(_KINDS, "ambiguous", "not_clickable", "unconfirmed"),
    _REOPENED,
)
