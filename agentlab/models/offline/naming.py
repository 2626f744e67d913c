"""How a goal names what stands in a calendar: events, their titles, their places, in the goal's own spelling."""

from __future__ import annotations

import re

from agentlab.models.offline.acts import Act
from agentlab.models.offline.draft import literal
from agentlab.models.offline.goal import Goal
from agentlab.models.offline.lexicon import EVENT
from agentlab.models.offline.mentions import ADDRESS_MASK, MASK, MOMENT_MASK
from agentlab.models.offline.toolbox import Declined

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
_PLACED = re.compile(r"\b(?:(?:location|place|venue|room)(?: is|:)?|in|at)\s+(?:the\s+)?$")
_INVITED = re.compile(rf"invite\s+[{ADDRESS_MASK},\s]+(?:and\s+{ADDRESS_MASK}+\s+)?(?:to|for)\b")
_SPOKEN_OF = re.compile(rf"\b(?:the|my|our)\s+(?P<name>(?:[\w'-]+\s+){{0,3}}?{EVENT})\b")
_ABOUT = re.compile(
    rf"\s+about\s+(?P<topic>[^,;.?!{MASK}{ADDRESS_MASK}{MOMENT_MASK}]+?)(?=\s*(?:[,;.?!]|$|\b(?:on|at|from|in|with|and)\b))"
)
_NO_EVENT = frozenset(
    "meetings events appointments it that this them all everything every any anything the a my meeting event appointment".split()
)
_IT = ("it", "this", "that")


def title_of(goal: Goal, act: Act) -> str:
    """The title given for a new event, else what the goal calls it; empty where it names none."""
    if given := goal.title_of(act):
        return given
    quotes = [quote for quote in goal.owned(act, "quote") if not _PLACED.search(goal.masked[act.start : quote.start])]
    if quotes:
        return quotes[0].value
    if reminders := goal.owned(act, "said"):
        return _capital(reminders[0].value)
    start, end = goal.stretch_of(act)
    if invited := _INVITED.match(goal.masked, start, end):
        return _capital(phrase(goal, invited.end(), end))
    name = phrase(goal, end - len(behind(goal, act)), end)
    if name.lower() in _IT:
        told = _TOLD.match(goal.text[: act.start])
        return _capital(phrase(goal, told.end(), act.start)) if told else ""
    about = _ABOUT.search(goal.masked, start, end) if name else None
    if about and about["topic"] not in name.lower():
        name += goal.text[about.start() : about.end()]
    return _capital(name)


def points_back(goal: Goal, act: Act) -> bool:
    """Whether the event was told before: "we have lunch on Friday, put it in my calendar"."""
    end = goal.stretch_of(act)[1]
    return not goal.title_of(act) and phrase(goal, end - len(behind(goal, act)), end).lower() in _IT


def event_in(goal: Goal, words: str) -> str:
    """The name of the event that the masked ``words`` mean. Raises ``Declined``."""
    at = goal.masked.find(words)
    for quote in goal.mentions:
        if quote.kind == "quote" and at <= quote.start < at + len(words):
            return str(literal(quote.value))
    name = phrase(goal, at, at + len(words))
    if name.lower() in _IT:
        told = list(_SPOKEN_OF.finditer(goal.masked, 0, at))
        name = goal.text[told[-1].start("name") : told[-1].end("name")] if told else ""
    if not name or set(name.lower().split()) <= _NO_EVENT:
        raise Declined("The goal does not say which event.")
    return str(literal(name))


def behind(goal: Goal, act: Act) -> str:
    """The masked words behind the verb of an act."""
    start, end = goal.stretch_of(act)
    verb = _VERB.match(goal.masked, start, end)
    return goal.masked[verb.end() if verb else start : end]


def phrase(goal: Goal, start: int, end: int) -> str:
    """The words from ``start`` to the first day, address, place or comma; articles and lengths before them left out."""
    while start < end and (skip := _ARTICLES.match(goal.masked, start, end)):
        start = skip.end()
    ends = _NAME_ENDS.search(goal.masked, start, end)
    name = goal.text[start : ends.start() if ends else end].strip(" .,:;'\"")
    return re.sub(r"\s+(?:back|forward|up|in|at|on|for|with)$", "", name)


def place_in(goal: Goal, start: int, end: int) -> str:
    """A place that the goal gives: behind "location", or a capitalised name or room behind "in" or "at"."""
    for quote in goal.mentions:
        if quote.kind == "quote" and start <= quote.start < end and _PLACED.search(goal.masked[start : quote.start]):
            return quote.value
    for found in _PLACE.finditer(goal.text[start:end]):
        masked = goal.masked[start + found.start("place") : start + found.end("place")]
        if not re.search(f"[{MOMENT_MASK}{MASK}{ADDRESS_MASK}]", masked):
            return found["place"].strip()
    return ""


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
