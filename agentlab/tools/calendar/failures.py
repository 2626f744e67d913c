"""How working on a calendar may fail, and what helps: by tool what can happen to it, and by back end what it adds."""

from __future__ import annotations

from agentlab.tools.failures import GOOGLE as SERVICE
from agentlab.tools.failures import all_of, of
from agentlab.types import Failure

_KINDS = (
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
_TIME = ("invalid_time", "no_such_time", "ambiguous_time", "invalid_repeat", "invalid_address")
CREATE = of(_KINDS, *_TIME, "invalid_zone", "changed")
LIST = of(_KINDS, "invalid_time")
UPDATE = of(_KINDS, *_TIME, "not_found", "ambiguous", "changed")
DELETE = of(_KINDS, "invalid_time", "not_found", "ambiguous", "changed")
FILE = (
    Failure(kind="garbled", when="calendar.ics is no calendar", options=("ask",)),
    Failure(kind="busy", when="another program keeps writing the file", retryable=True, options=("retry",)),
)
"""Of a calendar file; the second where something is written."""
GOOGLE = all_of(SERVICE, of(_KINDS, "invalid_zone"))
"""Of Google Calendar."""
