"""The calendar file: read whole, written whole, by one process at a time, and never over what another program wrote."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agentlab.failpoints import reach
from agentlab.tools.calendar.lines import EMPTY, Block, CalendarText, line
from agentlab.tools.calendar.moments import Point, When
from agentlab.tools.calendar.port import Outcome
from agentlab.tools.calendar.vtimezone import vtimezone
from agentlab.tools.failure import ToolFailed
from agentlab.tools.made import Made, write_whole
from agentlab.types import JSON

_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change of one event: what its blocks were, what they are to be, and what is said about it."""

    uid: str
    before: str
    after: str
    data: JSON
    when: When | None = None
    """Whose zone the file has to describe."""


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """The file. Notes about what was done lie beside it, in the hidden folder."""

    path: Path

    def read(self) -> CalendarText:
        """Its text; an empty calendar where there is none yet. Raises ``ToolFailed`` (``garbled``)."""
        return self._read()[0]

    def change(self, key: str, work: Callable[[CalendarText], Edit]) -> Outcome:
        """Make a change, alone among all processes, and once under a non-empty ``key``. Raises ``ToolFailed``."""
        made = Made(self.path.parent)
        with made.locked():
            for _ in range(_TRIES):
                text, mark = self._read()
                note = made.known(key)
                if note and (note["done"] or _joined(text, note["undo"]["uid"]) == note["undo"]["after"]):
                    made.note(key, {**note, "done": True})
                    return Outcome(data=note["data"], undo=note["undo"])
                edit = work(text)
                undo = {"uid": edit.uid, "before": edit.before, "after": edit.after}
                made.note(key, {"data": edit.data, "undo": undo, "done": False})
                if self._write(_edited(text, edit), mark):
                    made.note(key, {"data": edit.data, "undo": undo, "done": True})
                    return Outcome(data=edit.data, undo=undo)
        raise _busy()

    def take_back(self, undo: JSON) -> JSON:
        """Put the event's blocks back. Raises ``ToolFailed`` (``changed``) where they are no longer what was left."""
        uid, before, after = str(undo["uid"]), str(undo["before"]), str(undo["after"])
        with Made(self.path.parent).locked():
            for _ in range(_TRIES):
                text, mark = self._read()
                now = _joined(text, uid)
                if now == before:
                    return {"id": uid, "taken_back": True}
                if now != after:
                    raise ToolFailed("changed", f"The event {uid} was changed since; it stays as it is.")
                if self._write(text.with_event(uid, before), mark):
                    return {"id": uid, "taken_back": True}
        raise _busy()

    def _read(self) -> tuple[CalendarText, tuple[int, ...]]:
        mark = self._mark()
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return CalendarText(EMPTY), mark
        if not raw.strip():
            return CalendarText(EMPTY), mark
        return CalendarText.read(raw.decode("utf-8", "surrogateescape")), mark

    def _write(self, text: CalendarText, mark: tuple[int, ...]) -> bool:
        """Whether it was written: not where another program has written since ``mark``."""
        reach("calendar.before_write")
        if self._mark() != mark:
            time.sleep(0.05)
            return False
        write_whole(self.path.resolve(), text.text.encode("utf-8", "surrogateescape"))
        reach("calendar.after_write")
        return True

    def _mark(self) -> tuple[int, ...]:
        try:
            about = os.stat(self.path)
        except FileNotFoundError:
            return ()
        return (about.st_ino, about.st_mtime_ns, about.st_size)


def time_line(name: str, point: Point, zone: str) -> str:
    """A day or moment as the line ``name``: with the zone ``zone``, which the file describes."""
    if not hasattr(point, "hour"):
        return line(name, f"{point:%Y%m%d}", VALUE="DATE")
    if zone == "UTC":
        return line(name, f"{point:%Y%m%dT%H%M%S}Z")
    return line(name, f"{point:%Y%m%dT%H%M%S}", **({"TZID": zone} if zone else {}))


def _edited(text: CalendarText, edit: Edit) -> CalendarText:
    new = text.with_event(edit.uid, edit.after)
    if edit.when and edit.when.zone not in ("", "UTC"):
        new = new.with_zone(edit.when.zone, vtimezone(edit.when.zone, min(edit.when.start.year, 2020)))
    return new


def _joined(text: CalendarText, uid: str) -> str:
    return "".join(block.raw for block in text.of(uid))


def joined(blocks: list[Block]) -> str:
    """Blocks as they stand one after another."""
    return "".join(block.raw for block in blocks)


def _busy() -> ToolFailed:
    return ToolFailed("busy", "Another program keeps writing calendar.ics; try again later.")
