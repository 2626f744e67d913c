"""The calendar of the evaluation's world."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from agentlab.tools.failure import ToolFailed
from agentlab.types import JSON

_EVENTS = (
    ("Standup", "2026-03-05T09:30", 15, ""),
    ("Standup", "2026-03-06T09:30", 15, ""),
    ("Budget meeting", "2026-03-05T14:00", 60, "Room 2.07"),
    ("Dentist", "2026-03-06T11:00", 30, ""),
    ("Lunch with Sam", "2026-03-09T12:30", 60, ""),
    ("Project review", "2026-03-10T10:00", 60, ""),
    ("Team retro", "2026-03-12T16:00", 60, ""),
)


class Diary:
    """Events of some days; ``now`` is the clock."""

    def __init__(self, now: str) -> None:
        self._now = datetime.fromisoformat(now)
        self.events = [_event(f"e{n}", *given) for n, given in enumerate(_EVENTS, 1)]
        self._before = {event["id"]: dict(event) for event in self.events}

    def create(
        self, title: str, start: str, end: str | None, location: str | None, attendees: list[str], timezone: str | None
    ) -> JSON:
        """A new event. Raises ``ToolFailed`` where a time cannot be read."""
        begins = _moment(start)
        whole_day = "T" not in start
        ends = _moment(end) if end else begins + timedelta(hours=1)
        if whole_day:  # the last day is part of the event
            ends = _moment(end or start) + timedelta(days=1)
        if ends <= begins:
            raise ToolFailed("invalid_arguments", f"The end {end} is not after the start {start}.")
        made: JSON = {
            "id": f"e{len(self.events) + 1}",
            "title": title,
            "start": start,
            "end": _written(ends),
            "location": location or "",
            "attendees": attendees,
            "timezone": timezone or "",
        }
        self.events.append(made)
        return made

    def between(self, first: str | None, last: str | None) -> JSON:
        """The events of the days from ``first`` to ``last``, as a list, as rows and as text."""
        begin = date.fromisoformat(first) if first else self._now.date()
        end = date.fromisoformat(last) if last else begin + timedelta(days=6)
        found = sorted(
            (event for event in self.events if begin <= _moment(event["start"]).date() <= end),
            key=lambda event: str(event["start"]),
        )
        rows = [[event["title"], event["start"], event["end"], event["location"]] for event in found]
        lines = [f"- {row[1].replace('T', ' ')} to {row[2][-5:]}: {row[0]}" for row in rows]
        return {
            "from": begin.isoformat(),
            "to": end.isoformat(),
            "events": found,
            "columns": ["title", "start", "end", "location"],
            "rows": rows,
            "text": "\n".join(lines) or "No events.",
        }

    def update(
        self,
        event: str,
        on: str | None,
        title: str | None,
        start: str | None,
        end: str | None,
        location: str | None,
        attendees: list[str],
    ) -> JSON:
        """Change an event; it keeps its length where only its start is given."""
        found = self._find(event, on)
        begins, ends = _moment(found["start"]), _moment(found["end"])
        if start:
            begins, ends = _moved(begins, start), _moved(begins, start) + (ends - begins)
        if end:
            ends = _moved(ends, end)
        found |= {"start": _written(begins), "end": _written(ends)}
        found |= {"title": title} if title else {}
        found |= {"location": location} if location else {}
        found["attendees"] = [*found["attendees"], *attendees]
        return dict(found)

    def delete(self, event: str, on: str | None) -> JSON:
        """Take an event out."""
        found = self._find(event, on)
        self.events.remove(found)
        return {"id": found["id"], "title": found["title"], "start": found["start"], "deleted": True}

    def changes(self) -> dict[str, Any]:
        """The events that are new, gone or different."""
        now = {event["id"]: event for event in self.events}
        return {
            "added": [event for name, event in now.items() if name not in self._before],
            "removed": [event for name, event in self._before.items() if name not in now],
            "changed": [event for name, event in now.items() if self._before.get(name, event) != event],
        }

    def _find(self, name: str, on: str | None) -> JSON:
        wanted = " ".join(name.lower().split())
        found = [
            e for e in self.events if wanted == e["id"] or wanted in e["title"].lower() or e["title"].lower() in wanted
        ]
        if on:
            found = [event for event in found if event["start"].startswith(on)]
        if len(found) != 1:
            raise ToolFailed("not_found", f"{len(found)} events fit {name!r}{f' on {on}' if on else ''}; name one.")
        return found[0]


def _event(name: str, title: str, start: str, minutes: int, location: str) -> JSON:
    end = _written(datetime.fromisoformat(start) + timedelta(minutes=minutes))
    return {
        "id": name,
        "title": title,
        "start": start,
        "end": end,
        "location": location,
        "attendees": [],
        "timezone": "",
    }


def _moment(said: str) -> datetime:
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        raise ToolFailed("invalid_arguments", f"{said!r} is no time such as 2026-03-10T15:00.") from None


def _moved(old: datetime, said: str) -> datetime:
    """``old`` with the day, the time, or both of ``said``."""
    if len(said) <= 5:
        return datetime.combine(old.date(), time.fromisoformat(said))
    return _moment(said) if "T" in said else datetime.combine(date.fromisoformat(said), old.time())


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
