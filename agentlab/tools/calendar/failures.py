"""How working on a calendar may fail, and what helps."""

from __future__ import annotations

from agentlab.types import Failure

COMMON = (
    Failure(kind="invalid_time", when="a day or time cannot be read, or the end is not after the start"),
    Failure(kind="no_such_time", when="the clocks skip that time on that day"),
    Failure(kind="ambiguous_time", when="that time comes twice on that day"),
    Failure(kind="invalid_zone", when="there is no such time zone"),
    Failure(kind="invalid_repeat", when="a repetition cannot be read, or the first day does not fit it"),
    Failure(kind="invalid_address", when="an attendee's address is none", options=("change_arguments", "ask")),
    Failure(kind="not_found", when="no event has that title or id", options=("change_arguments", "skip")),
    Failure(kind="ambiguous", when="several events fit", options=("change_arguments", "ask")),
    Failure(kind="changed", when="what is to be taken back was changed since", options=("ask",)),
)
FILE = (
    *COMMON,
    Failure(kind="garbled", when="calendar.ics is no calendar", options=("ask",)),
    Failure(kind="busy", when="another program keeps writing the file", retryable=True, options=("retry",)),
)
GOOGLE = (
    *COMMON,
    Failure(kind="auth", when="Google does not accept the credentials (401)", options=("ask",)),
    Failure(kind="forbidden", when="the account may not do that in this calendar (403)", options=("ask",)),
    Failure(
        kind="conflict", when="the event was changed at the same time (409, 412)", retryable=True, options=("retry",)
    ),
    Failure(kind="rate_limited", when="too many requests (429, 403)", retryable=True, options=("retry",)),
    Failure(kind="rejected", when="Google refuses the request (400)", options=("change_arguments", "ask")),
    Failure(kind="server_error", when="Google has a fault (5xx)", retryable=True, options=("retry",)),
    Failure(kind="connect", when="Google cannot be reached", retryable=True, options=("retry",)),
    Failure(kind="credentials", when="the file of credentials or a package is missing", options=("ask",)),
)
