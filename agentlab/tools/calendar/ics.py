"""The calendar in a file: what other programs wrote into it stays, byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from agentlab.tools.calendar.failures import FILE
from agentlab.tools.calendar.file import CalendarFile, Edit, joined, time_line
from agentlab.tools.calendar.finding import Named, ambiguous, missing, ranks
from agentlab.tools.calendar.lines import Block, CalendarText, escaped, line, written
from agentlab.tools.calendar.moments import Point, When, moved, read_zone
from agentlab.tools.calendar.moments import written as shown
from agentlab.tools.calendar.port import Changes, Draft, Outcome, Seen
from agentlab.tools.calendar.reading import (
    components,
    occurrences,
    recurrence_of,
    same_point,
    seen,
    title_of,
    when_of,
)
from agentlab.tools.calendar.series import move_series
from agentlab.tools.failure import ToolFailed
from agentlab.tools.mail.address import Address
from agentlab.types import JSON

_RULES = ("RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")


@dataclass(frozen=True, slots=True)
class _Found:
    """The event that is meant: its blocks, and of a series the occurrence where one is meant."""

    uid: str
    blocks: list[Block]
    occurrence: Any = None

    @property
    def master(self) -> Block:
        return next((block for block in self.blocks if not block.value("RECURRENCE-ID")), self.blocks[0])

    @property
    def rule(self) -> str:
        return self.master.value("RRULE")


@dataclass(frozen=True, slots=True, kw_only=True)
class IcsCalendar:
    """Implements ``Calendar`` on a file. ``zone`` is where its people are, ``now`` the clock."""

    file: CalendarFile
    zone: str
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    failures = FILE
    backend = "calendar.ics"

    def create(self, draft: Draft, key: str) -> Outcome:
        """A new event. Raises ``ToolFailed``."""
        digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32] if key else uuid4().hex
        uid = f"{digest}@agentlab"
        lines = [
            "BEGIN:VEVENT",
            line("UID", uid),
            line("DTSTAMP", self._stamp()),
            line("CREATED", self._stamp()),
            time_line("DTSTART", draft.when.start, draft.when.zone),
            time_line("DTEND", draft.when.end, draft.when.zone),
            *([line("RRULE", draft.repeat)] if draft.repeat else []),
            line("SUMMARY", escaped(draft.title)),
            *([line("LOCATION", escaped(draft.location))] if draft.location else []),
            *(_attendee(address) for address in draft.attendees),
            "END:VEVENT",
        ]

        def work(text: CalendarText) -> Edit:
            raw = "".join(written(lines, text.ending))
            data = Seen(
                id=uid,
                title=draft.title,
                when=draft.when,
                location=draft.location,
                attendees=tuple(address.spec for address in draft.attendees),
                repeats=draft.repeat,
            ).data
            return Edit(uid=uid, before=joined(text.of(uid)), after=raw, data=data, when=draft.when)

        return self.file.change(key, work)

    def between(self, first: date, last: date, zone: str) -> list[Seen]:
        """The events of some days. Raises ``ToolFailed`` (``garbled``)."""
        text, where = self.file.read(), read_zone(zone)
        found = occurrences(text.events, text, first, last, where)
        uids = {str(one.get("UID", "")) for one in found if one.get("RECURRENCE-ID") is not None}
        rules = {block.uid: rule for block in text.events if block.uid in uids and (rule := block.value("RRULE"))}
        listed = [seen(one, rules.get(str(one.get("UID", "")), ""), where) for one in found]
        return sorted(listed, key=lambda one: (shown(one.when.start), one.title))

    def update(self, event: str, on: date | None, changes: Changes, key: str) -> Outcome:
        """Change an event. Raises ``ToolFailed``."""
        return self.file.change(key, lambda text: self._updated(text, self._find(text, event, on), changes))

    def delete(self, event: str, on: date | None, key: str) -> Outcome:
        """Take an event, or one occurrence, out. Raises ``ToolFailed``."""
        return self.file.change(key, lambda text: self._deleted(text, self._find(text, event, on)))

    def take_back(self, undo: JSON) -> JSON:
        """Put an event back as it was. Raises ``ToolFailed`` (``changed``)."""
        return self.file.take_back(undo)

    # --- which one ------------------------------------------------------------------------------------------------

    def _find(self, text: CalendarText, event: str, on: date | None) -> _Found:
        known = [Named(block.uid, title_of(block)) for block in text.events]
        fitting = ranks(event, known)
        if not fitting:
            raise missing(event, known)
        for rank in fitting:
            uids = list(dict.fromkeys(one.id for one in rank))
            if on is None and len(uids) == 1:
                return _Found(uids[0], text.of(uids[0]))
            if on is None:
                raise ambiguous(event, self._described(text, uids))
            blocks = [block for block in text.events if block.uid in set(uids)]
            found = [one for one in occurrences(blocks, text, on, on, read_zone(self.zone)) if self._begins(one, on)]
            if len(found) > 1:
                raise ambiguous(
                    event, [Named(s.id, s.title, shown(s.when.start)) for s in (seen(o, "") for o in found)]
                )
            if found:
                uid = str(found[0].get("UID", ""))
                return _Found(uid, text.of(uid), found[0])
        raise missing(event, known, on)

    def _begins(self, component: Any, on: date) -> bool:
        """Whether an occurrence begins on that day, here or in its own zone."""
        return any(
            shown(one.when.start)[:10] == str(on)
            for one in (seen(component, "", read_zone(self.zone)), seen(component, ""))
        )

    def _described(self, text: CalendarText, uids: Sequence[str]) -> list[Named]:
        """The nearest to now first."""
        masters = [block for uid in uids for block in text.of(uid)[:1]]
        listed = [seen(one, "", read_zone(self.zone)) for one in components(masters, text)]
        today = self.now().date()
        listed.sort(key=lambda one: abs(date.fromisoformat(shown(one.when.start)[:10]) - today))
        return [Named(one.id, one.title, shown(one.when.start)) for one in listed]

    # --- what it becomes ------------------------------------------------------------------------------------------

    def _updated(self, text: CalendarText, found: _Found, changes: Changes) -> Edit:
        if found.occurrence is not None and found.master.recurs:
            old = found.occurrence
            target = self._override(text, found)
            moves_series = False
        else:
            target, moves_series = found.master, found.master.recurs
            old = _component(target, text)
        when = moved(when_of(old), changes.start, changes.end)
        lines: dict[str, list[str]] = {"LAST-MODIFIED": [line("LAST-MODIFIED", self._stamp())]}
        lines["DTSTAMP"] = [line("DTSTAMP", self._stamp())]
        lines["SEQUENCE"] = [line("SEQUENCE", str(_number(target.value("SEQUENCE")) + 1))]
        if changes.title is not None:
            lines["SUMMARY"] = [line("SUMMARY", escaped(changes.title))]
        if changes.location is not None:
            lines["LOCATION"] = [line("LOCATION", escaped(changes.location))] if changes.location else []
        if changes.start or changes.end:
            lines |= {"DURATION": [], "DTSTART": [time_line("DTSTART", when.start, when.zone)]}
            lines["DTEND"] = [time_line("DTEND", when.end, when.zone)]
        invited = set(seen(old, "").attendees)
        added = [_attendee(address) for address in changes.attendees if address.spec not in invited]
        blocks = [target.with_lines(lines, added, text.ending) if block is target else block for block in found.blocks]
        if target not in found.blocks:
            blocks.append(target.with_lines(lines, added, text.ending))
        if moves_series and changes.start:
            blocks = move_series(blocks, components(found.blocks, text), when_of(old), when, text.ending)
        after = joined(blocks)
        new = _component(next(block for block in blocks if _same_place(block, target)), text)
        data = seen(new, found.rule).data | {"before": when_of(old).shown}
        return Edit(uid=found.uid, before=joined(found.blocks), after=after, data=data)

    def _override(self, text: CalendarText, found: _Found) -> Block:
        """The block of one occurrence: the one it has, or a new one made of the series'."""
        place = recurrence_of(found.occurrence)
        for block, component in zip(found.blocks, _all(found.blocks, text), strict=True):
            if component is not None and same_point(recurrence_of(component), place):
                return block
        when, master = when_of(found.occurrence), found.master
        zone = when_of(_component(master, text)).zone
        lines: dict[str, list[str]] = {name: [] for name in (*_RULES, "DURATION")}
        lines["DTSTART"] = [time_line("DTSTART", when.start, when.zone)]
        lines["DTEND"] = [time_line("DTEND", when.end, when.zone)]
        return master.with_lines(
            lines, [time_line("RECURRENCE-ID", _in(place, when_of(_component(master, text))), zone)], text.ending
        )

    def _deleted(self, text: CalendarText, found: _Found) -> Edit:
        before = joined(found.blocks)
        if found.occurrence is None or not found.master.recurs:
            component = found.occurrence or _component(found.master, text)
            data = seen(component, found.rule).data | {"deleted": True}
            return Edit(uid=found.uid, before=before, after="", data=data)
        place = recurrence_of(found.occurrence)
        kept = [
            block
            for block, component in zip(found.blocks, _all(found.blocks, text), strict=True)
            if component is None or not same_point(recurrence_of(component), place)
        ]
        series = when_of(_component(found.master, text))
        gone = time_line("EXDATE", _in(place, series), series.zone)
        lines = {name: [line(name, self._stamp())] for name in ("DTSTAMP", "LAST-MODIFIED")}
        kept = [block.with_lines(lines, [gone], text.ending) if block is found.master else block for block in kept]
        data = seen(found.occurrence, found.rule).data | {"deleted": True}
        return Edit(uid=found.uid, before=before, after=joined(kept), data=data)

    def _stamp(self) -> str:
        return f"{self.now().astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _all(blocks: Sequence[Block], text: CalendarText) -> list[Any]:
    """The component of each block, None where it cannot be read."""
    return [next(iter(components([block], text)), None) for block in blocks]


def _component(block: Block, text: CalendarText) -> Any:
    for component in components([block], text):
        return component
    raise ToolFailed(
        "garbled", f"The event {title_of(block)[:80]!r} in calendar.ics has no start that can be read. Mend it."
    )


def _same_place(block: Block, other: Block) -> bool:
    return block.value("RECURRENCE-ID") == other.value("RECURRENCE-ID")


def _in(point: Point | None, series: When) -> Point:
    """A point as the series writes its own: in its zone, or as a day."""
    if isinstance(point, datetime) and isinstance(series.start, datetime) and point.tzinfo and series.start.tzinfo:
        return point.astimezone(series.start.tzinfo)
    return point if point is not None else series.start


def _attendee(address: Address) -> str:
    named = {"CN": address.name} if address.name else {}
    return line("ATTENDEE", f"mailto:{address.spec}", **named, ROLE="REQ-PARTICIPANT", PARTSTAT="NEEDS-ACTION")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
