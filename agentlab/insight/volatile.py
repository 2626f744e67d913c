"""Values that differ from run to run and mean nothing: ids, and moments at which the runs worked. They are no differences."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

Lasted = tuple[datetime, datetime]
"""Start and end of a run, UTC without zone."""
AROUND = timedelta(minutes=1)
"""How far from a run a moment still belongs to it."""

_ID = re.compile(
    r"\b[a-z]{1,12}_[0-9a-hjkmnp-tv-z]{26}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE
)
_ISO = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?")
_HTTP_DATE = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d(?: GMT| [+-]\d{4})?")
_TIMES = re.compile(r"(?i)(?:^|_)(?:created|modified|updated|started|ended|fetched|timestamp|elapsed|duration)(?:_|$)")
"""Names of fields whose numbers are times."""
_CALL_IDS = frozenset({"tool_call_id", "call_id"})
_WORD = re.compile(r"\w+")


class Same:
    """``same(a, b)``: whether two values are equal but for what is volatile.

    ``ids`` are those of the two runs; ``lasted`` says when they worked: moments of other times are facts.
    """

    def __init__(self, ids: Iterable[str] = (), lasted: Iterable[Lasted] = ()) -> None:
        self._ids = frozenset(ids)
        self._lasted = tuple((start - AROUND, end + AROUND) for start, end in lasted)

    def __call__(self, a: Any, b: Any) -> bool:
        return bool(a == b or self.steady(a) == self.steady(b))

    def written(self, value: Any) -> str:
        """``value`` without what is volatile, as one text."""
        return json.dumps(self.steady(value), sort_keys=True, ensure_ascii=False, default=str)

    def steady(self, value: Any) -> Any:
        """``value`` with a mark in the place of everything volatile."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {key: "…" if _means_nothing(key, value) else self.steady(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.steady(item) for item in value]
        return value

    def _text(self, text: str) -> str:
        text = _ID.sub("…", text)
        for pattern in (_ISO, _HTTP_DATE):
            text = pattern.sub(lambda found: "…" if self._now(found.group()) else found.group(), text)
        return _WORD.sub(lambda word: "…" if word.group() in self._ids else word.group(), text)

    def _now(self, text: str) -> bool:
        """Whether a moment lies in the time of one of the runs."""
        try:
            moment = datetime.fromisoformat(text) if text[0].isdigit() else parsedate_to_datetime(text)
        except ValueError:
            return False
        if moment.tzinfo:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        return any(start <= moment <= end for start, end in self._lasted)


def _means_nothing(key: object, whole: dict[Any, Any]) -> bool:
    """A number under the name of a time, or the id that a model gave to a call of a tool."""
    item = whole[key]
    if key in _CALL_IDS or (key == "id" and "arguments" in whole):
        return isinstance(item, str)
    number = isinstance(item, int | float) and not isinstance(item, bool)
    return number and isinstance(key, str) and _TIMES.search(key) is not None
