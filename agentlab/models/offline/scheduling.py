"""The calendar's part of a plan. A day or time that the goal does not give, or that can be read in two ways, is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from agentlab.models.offline.acts import Act
from agentlab.models.offline.draft import Outcome, literal
from agentlab.models.offline.lexicon import EVENT
from agentlab.models.offline.mentions import ADDRESS_MASK, MASK, MOMENT_MASK
from agentlab.models.offline.moments import When
from agentlab.models.offline.toolbox import Declined
from agentlab.models.offline.work import Work
from agentlab.types import JSON

_PREPOSITION = r"(?:on|at|from|for|by|in|starting|between|until|till|to|this|around|of)"
_VERB = re.compile(
    r"(?:remind me(?: to| about| that| of)?|set up|call off|bring forward|push back|\w+)\b(?:\s+me\b)?"
    r"(?:\s+(?:in|into|to) (?:my|the) calendar:?)?\s*"
)
_ARTICLES = re.compile(
    rf"\s+|(?:(?:for|an?|the|my|our|another|new|quick|short|all-?\s?day|whole-?\s?day|event|reminder (?:to|for|about))\s+|{MOMENT_MASK}+(?:['’]s)?\s+"
    rf"|{MOMENT_MASK}+(?:['’]s)?$|-\s*)"
)
_NAME_ENDS = re.compile(
    rf"\s*(?:(?:\b{_PREPOSITION}\s+)?{MOMENT_MASK}|[,;?!({MASK}{ADDRESS_MASK}]|\.(?:\s|$)|\b(?:with|invit\w+|and invite)\s+(?:{ADDRESS_MASK}|{MOMENT_MASK}|(?:her|him|them|both)\b)"
    r"|\b(?:in|into|to|on|from) (?:my|the|our) (?:calendar|diary|agenda)\b|\b(?:in|at) (?:the )?(?:room|hall|office)\b|\blocation\b|\bcalled\b|\bnamed\b|\btitled\b"
    r"|\bto (?:be |take )?(?:in |at )?(?:room|hall|the)\b|\band\b(?=\s+(?:e-?mail|send|invite|share|save|tell|let)))"
)
_TOLD = re.compile(
    r"\s*(?:(?:can|could|shall|should|may) we (?:have|do|go for|meet for)|(?:i|we)(?: will|'ll|’ll)? (?:have|have got)|i(?:'d|’d| would) like to|i (?:want|need|have) to|i(?:'m|’m| am)|we(?:'re|’re| are)|there(?:'s|’s| is))\s+",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:(?:[Ll]ocation|[Pp]lace|[Vv]enue)(?: is|:)?\s+|(?:in|at|to)\s+(?=(?:the\s+)?(?:[Rr]oom|[Hh]all|[Oo]ffice|[Ll]obby|[Mm]eeting room|[A-Z]\w)))"
    r"(?P<place>(?:the\s+)?[^,;?!]+?)(?=\s+(?:on|at|from|with|for|by|and|tomorrow|today|next|this)\b|[,;?!]|\.(?:\s|$)|$)"
)
_ZONE = re.compile(r"\b(?:[A-Z][a-z]+/[A-Z][A-Za-z_]+|UTC|GMT|CES?T)\b")
_INVITED = re.compile(rf"invite\s+[{ADDRESS_MASK},\s]+(?:and\s+{ADDRESS_MASK}+\s+)?(?:to|for)\b")
_DETAIL = r"(?P<what>location|place|room|venue|title|name|time|start|date|end)"
_SPOKEN_OF = re.compile(rf"\b(?:the|my|our)\s+(?P<name>(?:[\w'-]+\s+){{0,3}}?{EVENT})\b")
_CHANGED = (
    re.compile(rf"\w+\s+(?:the\s+|my\s+)?(?:new\s+)?{_DETAIL}\s+(?:of|for)\s+(?P<event>.+)$"),
    re.compile(rf"\w+\s+(?P<event>.+?)(?:['’]s)?\s+{_DETAIL}\s+to\b"),
)
"""Change the place of the review to …; change the review's place to …"""
_NEW_VALUE = re.compile(r"\bto\s+(?P<value>[^;?]+?)\s*[.!?]?\s*$")
_ABOUT = re.compile(
    rf"\s+about\s+(?P<topic>[^,;.?!{MASK}{ADDRESS_MASK}{MOMENT_MASK}]+?)(?=\s*(?:[,;.?!]|$|\b(?:on|at|from|in|with|and)\b))"
)
_TO = re.compile(rf"\s+(?:to|for)\s+(?={MOMENT_MASK}|{MASK}|\w)")
_NO_EVENT = frozenset(
    "meetings events appointments it that this them all everything every any anything the a my meeting event appointment".split()
)


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
                for words in re.split(r"\s+and\s+(?=(?:the|my|our)\s)", self._behind(act)):
                    event = self._event(words)
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
        title = self._title(act)
        if pointed := title.lower() in ("it", "this", "that"):
            title, when = self._told_before(act)
        lacks = [name for name, value in (("title", title), ("start", when.day)) if not value]
        if lacks:
            raise Declined(
                f"The calendar needs more: the goal does not say its {' and '.join(lacks)} (a day, and a time such as 15:00)."
            )
        goal = self._work.goal
        start, end = (0 if pointed else goal.stretch_of(act)[0]), goal.stretch_of(act)[1]
        args: JSON = {"title": literal(title), "start": when.start}
        extra = {
            "end": when.finish,
            "location": self._place(start, end),
            "attendees": self._guests(start, end),
            "timezone": zone.group() if (zone := _ZONE.search(goal.text[start:end])) else "",
        }
        args |= {name: literal(value) for name, value in extra.items() if value}
        self._work.step("schedule", args, f"Schedule {title}", ground=self._work.ground(title=literal(title)))

    def _told_before(self, act: Act) -> tuple[str, When]:
        """Title and time of what the goal speaks of before it says: put it in my calendar."""
        goal = self._work.goal
        when = When.of(goal.moments)
        told = _TOLD.match(goal.text[: act.start])
        title = self._phrase(told.end(), act.start) if told else ""
        return title[:1].upper() + title[1:], when

    def _update(self, act: Act, when: When) -> None:
        goal = self._work.goal
        start, end = goal.stretch_of(act)
        masked, verb = goal.masked[start:end], goal.masked[start:].split(maxsplit=1)[0]
        if verb == "invite" and when.day and when.clock:
            return self._create(act, when)
        if verb in ("invite", "add"):
            event = self._event(re.split(r"\b(?:to|for)\b", masked, maxsplit=1)[-1])
            changes: JSON = {"attendees": self._people(act)}
        elif said := next(filter(None, (pattern.match(masked) for pattern in _CHANGED)), None):
            event = self._event(_TO.split(said["event"])[0])
            changes = self._changed(act, said["what"], when)
        elif verb == "rename":
            event = self._event(_TO.split(self._behind(act))[0])
            changes = self._changed(act, "title", when)
        else:
            return self._move(act, when)
        self._change(event, changes)
        return None

    def _move(self, act: Act, when: When) -> None:
        """Move to a day or time; of two days the first is where the event stands, and the second where it goes."""
        start, end = self._work.goal.stretch_of(act)
        masked = self._work.goal.masked[start:end]
        moments = [m for m in self._work.goal.moments if start <= m.start < end]
        goes = max((match.end() for match in re.finditer(r"\bto\s", masked)), default=0) + start
        target = When.of([m for m in moments if m.start >= goes]) if goes > start else when
        stood = When.of([m for m in moments if m.start < goes]) if goes > start else When()
        place = self._place(start, end)
        if not target.start and not place:
            raise Declined("The goal does not say its new start: a day, a time, or both.")
        event = self._event(_TO.split(self._behind(act))[0])
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

    def _behind(self, act: Act) -> str:
        """The masked words behind the verb of an act."""
        start, end = self._work.goal.stretch_of(act)
        verb = _VERB.match(self._work.goal.masked, start, end)
        return self._work.goal.masked[verb.end() if verb else start : end]

    def _event(self, words: str) -> str:
        """The name of an event that stands in ``words``, in the goal's own spelling. Raises ``Declined``."""
        goal = self._work.goal
        at = goal.masked.find(words)
        for quote in goal.mentions:
            if quote.kind == "quote" and at <= quote.start < at + len(words):
                return str(literal(quote.value))
        name = self._phrase(at, at + len(words))
        if name.lower() in ("it", "this", "that"):
            told = list(_SPOKEN_OF.finditer(goal.masked, 0, at))
            name = goal.text[told[-1].start("name") : told[-1].end("name")] if told else ""
        if not name or set(name.lower().split()) <= _NO_EVENT:
            raise Declined("The goal does not say which event.")
        return str(literal(name))

    def _title(self, act: Act) -> str:
        """The title given, else what the goal calls the event."""
        goal = self._work.goal
        if given := goal.title_of(act):
            return given
        quotes = goal.owned(act, "quote")
        reminders = goal.owned(act, "said")
        start, end = goal.stretch_of(act)
        if invited := _INVITED.match(goal.masked, start, end):
            start = invited.end()
            return self._phrase(start, end).capitalize() if not quotes else quotes[0].value
        name = reminders[0].value if reminders else self._phrase(end - len(self._behind(act)), end)
        about = _ABOUT.search(goal.masked, start, end) if name and not reminders else None
        if about and about["topic"] not in name.lower():
            name += goal.text[about.start() : about.end()]
        return quotes[0].value if quotes else name[:1].upper() + name[1:]

    def _phrase(self, start: int, end: int) -> str:
        """The words from ``start`` to the first day, address, place or comma; articles and lengths before them left out."""
        masked = self._work.goal.masked
        while start < end and (skip := _ARTICLES.match(masked, start, end)):
            start = skip.end()
        ends = _NAME_ENDS.search(masked, start, end)
        name = self._work.goal.text[start : ends.start() if ends else end].strip(" .,:;'\"")
        return re.sub(r"\s+(?:back|forward|up)$", "", name)

    def _guests(self, start: int, end: int) -> list[str]:
        """The addresses between two places; "with her" means those before."""
        named = [m for m in self._work.goal.mentions if m.kind == "address" and m.start < end]
        own = [m for m in named if m.start >= start]
        points_back = re.search(r"\b(?:with|invite)\s+(?:her|him|them|both)\b", self._work.goal.masked[start:end])
        return _unique(m.value for m in (own or (named if points_back else [])))

    def _people(self, act: Act) -> list[str]:
        return _unique(mention.value for mention in self._work.goal.around(act, "address"))

    def _place(self, start: int, end: int) -> str:
        """A place that the goal gives: behind "location", or a capitalised name or room behind "in" or "at"."""
        goal = self._work.goal
        for found in _PLACE.finditer(goal.text[start:end]):
            masked = goal.masked[start + found.start("place") : start + found.end("place")]
            if not re.search(f"[{MOMENT_MASK}{MASK}{ADDRESS_MASK}]", masked):
                return found["place"].strip()
        return ""


def _unique(found: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(found))
