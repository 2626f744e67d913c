"""The calendar's part of a plan. A day or time that the goal does not give, or that can be read in two ways, is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from agentlab.models.offline.acts import Act
from agentlab.models.offline.draft import Outcome, literal
from agentlab.models.offline.mentions import MASK, MOMENT_MASK
from agentlab.models.offline.moments import When
from agentlab.models.offline.naming import behind, event_in, place_in, points_back, title_of
from agentlab.models.offline.toolbox import Declined
from agentlab.models.offline.work import Work
from agentlab.types import JSON

_ZONE = re.compile(r"\b(?:[A-Z][a-z]+/[A-Z][A-Za-z_]+|UTC|GMT|CES?T)\b")
_DETAIL = r"(?P<what>location|place|room|venue|title|name|time|start|date|end)"
_CHANGED = (
    re.compile(rf"\w+\s+(?:the\s+|my\s+)?(?:new\s+)?{_DETAIL}\s+(?:of|for)\s+(?P<event>.+)$"),
    re.compile(rf"\w+\s+(?P<event>.+?)(?:['’]s)?\s+{_DETAIL}\s+to\b"),
)
"""Change the place of the review to …; change the review's place to …"""
_NEW_VALUE = re.compile(r"\bto\s+(?P<value>[^;?]+?)\s*[.!?]?\s*$")
_TO = re.compile(rf"\s+(?:to|for)\s+(?={MOMENT_MASK}|{MASK}|\w)")


class Scheduling:
    """Adds steps on the calendar to a draft."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def do(self, act: Act) -> list[Outcome]:
        """The step of one act; what it gives to answer with. Raises ``Declined``."""
        when = self._work.goal.when(act)
        if when.doubt and not (act.kind == "agenda" and when.day):
            raise Declined(f"The day or time is not plain: {when.doubt}.")
        if when.vague and act.kind != "agenda":
            raise Declined("The goal does not say the day: its start can be any day of that week or month.")
        match act.kind:
            case "agenda":
                return [self._list(when)]
            case "schedule":
                self._create(act, when)
            case "move":
                self._update(act, when)
            case "cancel":
                for words in re.split(r"\s+and\s+(?=(?:the|my|our)\s)", behind(self._work.goal, act)):
                    event = event_in(self._work.goal, words)
                    args = {"event": event} | ({"on": when.day.isoformat()} if when.day else {})
                    self._work.step("cancel", args, f"Cancel {event}")
        return []

    def _list(self, when: When) -> Outcome:
        args: JSON = {}
        if when.day:
            args = {"from": when.day.isoformat(), "to": (when.last or when.day).isoformat()}
        days = " to ".join(dict.fromkeys(args.values())) or "the next days"
        made = self._work.step("agenda", args, f"List the events of {days}")
        return replace(made, label=days, origin="the calendar")

    def _create(self, act: Act, when: When) -> None:
        goal = self._work.goal
        title, back = title_of(goal, act), points_back(goal, act)
        when = When.of(goal.moments) if back else when
        lacks = [name for name, value in (("title", title), ("start", when.day)) if not value]
        if lacks:
            raise Declined(
                f"The calendar needs more: the goal does not say its {' and '.join(lacks)} (a day, and a time such as 15:00)."
            )
        start, end = (0 if back else goal.stretch_of(act)[0]), goal.stretch_of(act)[1]
        args: JSON = {"title": literal(title), "start": when.start}
        extra = {
            "end": when.finish,
            "location": place_in(goal, start, end),
            "attendees": self._guests(start, end),
            "timezone": zone.group() if (zone := _ZONE.search(goal.text[start:end])) else "",
        }
        args |= {name: literal(value) for name, value in extra.items() if value}
        self._work.step("schedule", args, f"Schedule {title}", ground=self._work.ground(title=literal(title)))

    def _update(self, act: Act, when: When) -> None:
        goal = self._work.goal
        start, end = goal.stretch_of(act)
        masked, verb = goal.masked[start:end], goal.masked[start:].split(maxsplit=1)[0]
        if verb == "invite" and when.day and when.clock:
            return self._create(act, when)
        if verb in ("invite", "add"):
            event = event_in(goal, re.split(r"\b(?:to|for)\b", masked, maxsplit=1)[-1])
            changes: JSON = {"attendees": self._people(act)}
        elif said := next(filter(None, (pattern.match(masked) for pattern in _CHANGED)), None):
            event = event_in(goal, _TO.split(said["event"])[0])
            changes = self._changed(act, said["what"], when)
        elif verb == "rename":
            event = event_in(goal, _TO.split(behind(goal, act))[0])
            changes = self._changed(act, "title", when)
        else:
            return self._move(act, when)
        self._change(event, changes)
        return None

    def _move(self, act: Act, when: When) -> None:
        """Move to a day or time; of two days the first is where the event stands, and the second where it goes."""
        goal = self._work.goal
        start, end = goal.stretch_of(act)
        masked = goal.masked[start:end]
        moments = [m for m in goal.moments if start <= m.start < end]
        goes = max((match.end() for match in re.finditer(r"\bto\s", masked)), default=0) + start
        target = When.of([m for m in moments if m.start >= goes]) if goes > start else when
        stood = When.of([m for m in moments if m.start < goes]) if goes > start else When()
        place = place_in(goal, start, end)
        if not target.start and not place:
            raise Declined("The goal does not say its new start: a day, a time, or both.")
        event = event_in(goal, _TO.split(behind(goal, act))[0])
        changes = {"on": stood.day.isoformat() if stood.day else "", "start": target.start, "end": target.finish}
        changes["location"] = place
        self._change(event, {name: literal(value) for name, value in changes.items() if value})

    def _changed(self, act: Act, what: str, when: When) -> JSON:
        """The new title, place or time that a goal gives behind "to"."""
        goal = self._work.goal
        start, end = goal.stretch_of(act)
        quotes = goal.around(act, "quote")
        value = quotes[-1].value if quotes else ""
        if not value and (said := _NEW_VALUE.search(goal.text[start:end])):
            value = said["value"].strip()
        if what in ("title", "name") and value:
            return {"title": literal(value)}
        if what in ("location", "place", "room", "venue") and value:
            return {"location": literal(value)}
        if what in ("time", "start", "date") and when.start:
            return {"start": when.start} | ({"end": when.finish} if when.finish else {})
        if what == "end" and when.start:
            return {"end": when.start}
        raise Declined(f"The goal does not say its new {what}.")

    def _change(self, event: str, changes: JSON) -> None:
        self._work.step("move", {"event": event} | changes, f"Change {event}")

    def _guests(self, start: int, end: int) -> list[str]:
        """The addresses between two places; "with her" means those before."""
        goal = self._work.goal
        named = [m for m in goal.mentions if m.kind == "address" and m.start < end]
        own = [m for m in named if m.start >= start]
        as_before = re.search(r"\b(?:with|invite)\s+(?:her|him|them|both)\b", goal.masked[start:end])
        return _unique(m.value for m in (own or (named if as_before else [])))

    def _people(self, act: Act) -> list[str]:
        return _unique(mention.value for mention in self._work.goal.around(act, "address"))


def _unique(found: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(found))
