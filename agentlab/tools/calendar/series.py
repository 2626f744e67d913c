"""Moves a whole series: its rule, what was taken out of it, and its changed occurrences go along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from agentlab.tools.calendar.file import time_line
from agentlab.tools.calendar.lines import Block
from agentlab.tools.calendar.moments import Point, When
from agentlab.tools.calendar.reading import recurrence_of
from agentlab.tools.calendar.repeat import check_first
from agentlab.tools.failure import ToolFailed


def move_series(blocks: Sequence[Block], old: Sequence[Any], before: When, after: When, ending: str) -> list[Block]:
    """``blocks`` with EXDATE and RECURRENCE-ID moved as the start of the series was; ``old`` are their components before.

    Raises ``ToolFailed`` (``invalid_repeat``) where the new first day is none of the rule.
    """
    shift = _naive(after.start) - _naive(before.start)
    moved = []
    for block, component in zip(blocks, old, strict=True):
        place = recurrence_of(component)
        if place is not None:
            lines = {"RECURRENCE-ID": [time_line("RECURRENCE-ID", _shifted(place, shift, before), after.zone)]}
        else:
            if block.value("RDATE"):
                raise ToolFailed(
                    "invalid_repeat", "This series has single further days; move its occurrences with 'on'."
                )
            check_first(block.value("RRULE"), after.start)
            gone = [_shifted(point, shift, before) for point in _exdates(component)]
            lines = {"EXDATE": [time_line("EXDATE", point, after.zone) for point in gone]}
        moved.append(block.with_lines(lines, (), ending))
    return moved


def _exdates(component: Any) -> list[Point]:
    found = component.get("EXDATE", [])
    many = found if isinstance(found, list) else [found]
    return [one.dt for dates in many for one in dates.dts]


def _shifted(point: Point, shift: timedelta, series: When) -> Point:
    """By the clock of the series' zone."""
    if not isinstance(point, datetime):
        return point + shift
    zone = series.start.tzinfo if isinstance(series.start, datetime) else None
    local = point.astimezone(zone) if point.tzinfo and zone else point
    return (local.replace(tzinfo=None) + shift).replace(tzinfo=UTC if series.zone == "UTC" else None)


def _naive(point: Point) -> datetime:
    return point.replace(tzinfo=None) if isinstance(point, datetime) else datetime.combine(point, datetime.min.time())
