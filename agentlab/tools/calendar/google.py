"""A Google Calendar behind the same tools. Nobody is mailed; what was changed since is not overwritten."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from agentlab.tools.calendar.failures import GOOGLE
from agentlab.tools.calendar.finding import Named, ambiguous, missing, only, ranks
from agentlab.tools.calendar.google_api import GoogleApi
from agentlab.tools.calendar.google_event import EMPTY, attendee_of, is_as, kept, rule_of, seen, times
from agentlab.tools.calendar.moments import moved, read_zone, written
from agentlab.tools.calendar.port import Changes, Draft, Outcome, Seen
from agentlab.tools.calendar.reading import localised
from agentlab.tools.calendar.repeat import check_first
from agentlab.tools.failure import ToolFailed
from agentlab.tools.made import Made
from agentlab.types import JSON

_ID = re.compile(r"[a-v0-9]{5,1024}(?:_\d{8}(?:T\d{6}Z)?)?")
_OPEN = ("connect", "timeout", "server_error")
"""Failures after which the request may have been carried out all the same."""
_BACK, _AHEAD = timedelta(days=31), timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleCalendar:
    """Implements ``Calendar``. ``notes`` is the folder that remembers what was done under which key."""

    api: GoogleApi
    notes: Path
    zone: str
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    failures = GOOGLE
    backend = "Google Calendar"

    def create(self, draft: Draft, key: str) -> Outcome:
        """A new event; its id comes from the key, so a second one cannot be made. Raises ``ToolFailed``."""
        digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:40] if key else uuid4().hex
        body: JSON = {"id": digest, "summary": draft.title, **times(draft.when)}
        body |= {"location": draft.location} if draft.location else {}
        body |= {"attendees": [attendee_of(one) for one in draft.attendees]} if draft.attendees else {}
        body |= {"recurrence": [f"RRULE:{draft.repeat}"]} if draft.repeat else {}

        def work(_: JSON) -> tuple[JSON, JSON]:
            try:
                made = self.api.insert(body)
            except ToolFailed as failed:
                if failed.error.kind != "conflict":
                    raise
                made = self._made_before(digest, failed)
            return seen(made, self.zone).data, {"id": digest, "before": None, "etag": made.get("etag", "")}

        return self._once(key, repr(draft), dict, work)

    def _made_before(self, name: str, failed: ToolFailed) -> JSON:
        """The event that an earlier attempt made; where there is none, the conflict was another one."""
        try:
            return self.api.get(name)
        except ToolFailed as missing_too:
            raise failed from missing_too

    def between(self, first: date, last: date, zone: str) -> list[Seen]:
        """The events of some days. Raises ``ToolFailed``."""
        where = read_zone(zone)
        found = self.api.find(
            timeMin=datetime.combine(first, time(), where).isoformat(),
            timeMax=datetime.combine(last + timedelta(days=1), time(), where).isoformat(),
            timeZone=zone,
            singleEvents=True,
            orderBy="startTime",
            maxResults=250,
        )
        listed = (seen(item, self.zone) for item in found if item.get("status") != "cancelled" and "start" in item)
        return sorted(
            (replace(one, when=localised(one.when, where)) for one in listed),
            key=lambda one: (written(one.when.start), one.title),
        )

    def update(self, event: str, on: date | None, changes: Changes, key: str) -> Outcome:
        """Change an event. Raises ``ToolFailed``."""

        def plan() -> JSON:
            old = self._find(event, on)
            return {
                "id": old["id"],
                "old": kept(old),
                "etag": old.get("etag", ""),
                "body": self._changed(old, changes),
            }

        def work(note: JSON) -> tuple[JSON, JSON]:
            made = self.api.patch(note["id"], note["body"], note["etag"])
            before = {name: note["old"].get(name, EMPTY.get(name)) for name in note["body"]}
            old = seen({**note["old"], "id": note["id"]}, self.zone)
            data = seen(made, self.zone).data | {"before": old.when.shown}
            return data, {"id": note["id"], "before": before, "etag": made.get("etag", "")}

        return self._once(key, repr((event, on, changes)), plan, work)

    def delete(self, event: str, on: date | None, key: str) -> Outcome:
        """Take an event out. Raises ``ToolFailed``."""

        def plan() -> JSON:
            old = self._find(event, on)
            return {"id": old["id"], "old": kept(old), "etag": old.get("etag", "")}

        def work(note: JSON) -> tuple[JSON, JSON]:
            try:
                self.api.delete(note["id"], note["etag"])
            except ToolFailed as failed:
                if failed.error.kind != "not_found":  # 410: an earlier attempt did it
                    raise
            data = seen({**note["old"], "id": note["id"]}, self.zone).data | {"deleted": True}
            return data, {"id": note["id"], "before": note["old"], "deleted": True}

        return self._once(key, repr((event, on)), plan, work)

    def take_back(self, undo: JSON) -> JSON:
        """Take a change back; twice is once. Raises ``ToolFailed`` (``changed``)."""
        name, before, done = str(undo["id"]), undo["before"], {"id": undo["id"], "taken_back": True}
        try:
            current = self.api.get(name)
        except ToolFailed as failed:
            if failed.error.kind != "not_found" or before is not None:
                raise
            return done
        gone = current.get("status") == "cancelled"
        if undo.get("deleted"):
            if gone:
                self.api.patch(name, {**before, "status": "confirmed"})
            return done
        if (before is None and gone) or (before is not None and is_as(current, before)):
            return done
        if gone or current.get("etag") != undo["etag"]:
            raise ToolFailed(
                "changed", f"The event {current.get('summary', name)!r} was changed since; it stays as it is."
            )
        if before is None:
            self.api.delete(name, undo["etag"])
        else:
            self.api.patch(name, before, undo["etag"])
        return done

    # --- once -----------------------------------------------------------------------------------------------------

    def _once(
        self, key: str, said: str, plan: Callable[[], JSON], work: Callable[[JSON], tuple[JSON, JSON]]
    ) -> Outcome:
        """Plan, note the plan, do it, note what came of it. A repetition of what was ``said`` goes on with its plan."""
        made = Made(self.notes)
        with made.locked():
            note = made.known(key) or {}
        if note.get("done"):
            return Outcome(data=note["data"], undo=note["undo"])
        if note.get("said") == said:
            planned = {**note["plan"], "etag": ""}  # it may have been carried out, which changed the event
        else:
            planned = plan()
            self._note(key, {"said": said, "plan": planned})
        try:
            data, undo = work(planned)
        except ToolFailed as failed:
            if failed.error.kind not in _OPEN:
                self._note(key, {})  # nothing was done; the next attempt looks anew
            raise
        self._note(key, {"done": True, "data": data, "undo": undo})
        return Outcome(data=data, undo=undo)

    def _note(self, key: str, what: JSON) -> None:
        made = Made(self.notes)
        with made.locked():
            made.note(key, what)

    # --- which one, and what it becomes -----------------------------------------------------------------------------

    def _find(self, event: str, on: date | None) -> JSON:
        if _ID.fullmatch(event.strip()) and (found := self._by_id(event.strip())):
            return found
        where = read_zone(self.zone)
        if on is None:
            start, end = self.now() - _BACK, self.now() + _AHEAD
        else:
            start = datetime.combine(on, time(), where)
            end = start + timedelta(days=1)
        items = self.api.find(
            timeMin=start.isoformat(timespec="seconds"),
            timeMax=end.isoformat(timespec="seconds"),
            timeZone=self.zone,
            singleEvents=on is not None,
            maxResults=2500,
        )
        usable = {one["id"]: one for one in items if one.get("status") != "cancelled" and "start" in one}
        if on is None:
            usable = {name: one for name, one in usable.items() if "recurringEventId" not in one}
        known = [self._named(one) for one in usable.values()]
        if on is not None:
            known = [one for one in known if one.when[:10] == str(on)] or known
            fitting = ranks(event, known)
            if not fitting:
                raise missing(event, known, on)
            if len(fitting[0]) > 1:
                raise ambiguous(event, fitting[0])
            return usable[fitting[0][0].id]
        return usable[only(event, known).id]

    def _by_id(self, name: str) -> JSON | None:
        try:
            found = self.api.get(name)
        except ToolFailed as failed:
            if failed.error.kind not in ("not_found", "rejected"):
                raise
            return None
        return None if found.get("status") == "cancelled" else found

    def _named(self, item: JSON) -> Named:
        one = seen(item, self.zone)
        return Named(one.id, one.title, written(localised(one.when, read_zone(self.zone)).start))

    def _changed(self, old: JSON, changes: Changes) -> JSON:
        when = seen(old, self.zone).when
        new = moved(when, changes.start, changes.end)
        body: JSON = {}
        if changes.start or changes.end:
            rule = rule_of(old)
            if rule and changes.start:
                check_first(rule, new.start)
            body |= times(new)
        body |= {} if changes.title is None else {"summary": changes.title}
        body |= {} if changes.location is None else {"location": changes.location}
        there = old.get("attendees", [])
        invited = {str(one.get("email", "")).lower() for one in there}
        if new_ones := [attendee_of(one) for one in changes.attendees if one.key not in invited]:
            body["attendees"] = [*there, *new_ones]
        return body
