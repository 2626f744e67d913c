"""What a goal asks to be done: its acts, in the order of the goal. The lexicon of the offline planner."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agentlab.models.offline.mentions import ADDRESS_MASK, MASK

READING = ("summarize", "extract", "ask", "compare", "list")
"""Acts that give something to answer with, or to save."""
SAVING = ("doc", "sheet", "post")
"""Acts that put something somewhere."""

_LEAD = (
    r"(?:[,.;:!?()]\s*|\b(?:and|then|also|please|to|you|or|now|next|finally|first|afterwards|could|would|kindly|both)\s+"
    r"|^\s*)"
)
_NEW = r"(?:\s+(?:me|it|them|an?|one|two|new|single|separate|short|simple|small|each|together|brief|plain|markdown|text|csv|summary))*"
_SHEET = r"(?:(?:spread|work)?sheets?|csv(?: files?)?|tables?)\b"
_DOC = r"(?:documents?|docs?|notes?|reports?|memos?|file|markdown)\b"
_SAVE = r"(?:save|store|write|put|keep|record|create|make|export|turn|produce|prepare|draft|note|add(?! up)|generate|copy)\b"

_ACTS: tuple[tuple[str, str], ...] = (
    (
        "compare",
        r"\b(?:compare|contrast|(?:what(?: is|'s)? (?:the )?)?differences? (?:between|of|from)"
        r"|(?:what (?:has |have )?)?chang\w+ (?:between|from)|(?:how do |how does )?[^.,;?]{0,90}\bdiffers?|versus)\b",
    ),
    ("summarize", r"\b(?:summari[sz]\w*|sum(?:ming)? (?:it |them )?up|tl;?dr|condense|shorten|gist of|overview of)\b"),
    ("summary", r"\b(?:summary|summaries|(?:key|main) (?:points|facts)|highlights)\b"),
    (
        "list",
        r"\b(?:list|show|display|see|what|which|name|tell me)\b[^.,;?]{0,28}?\b(?:files|documents|folders|sheets)\b",
    ),
    ("list", r"\b(?:what|which|contents?|list|show)\b[^.,;?]{0,24}\b(?:drive|folder|directory)\b"),
    ("ask", rf"{_LEAD}(?:add up|count|calculate|compute|work out|find out|look up)\b"),
    ("extract", r"\b(?:extract|pull (?:out)?|pick out|find (?:all|every)|parse)\b"),
    (
        "extract",
        rf"{_LEAD}(?:list|collect|gather|get|find|give me|show me|show|compile|note|put|save|write|make|create)\b"
        rf"(?=[^.;?]{{2,90}}?\b(?:from|in|of|on)\b[^.;?]{{0,30}}{MASK})",
    ),
    (
        "ask",
        rf"{_LEAD}(?:what|who|whom|whose|when|where|which|why|how|does|do|did|is|are|was|were|has|have|can i|may i)\b",
    ),
    ("ask", r"\b(?:tell me|explain|answer|say what|what does|how (?:many|much|long))\b"),
    ("sheet", rf"{_LEAD}{_SAVE}(?:(?!\b{_DOC})[^.;?]){{0,90}}?\b(?:as|into|in|to)\b{_NEW}\s+{_SHEET}"),
    ("sheet", rf"\b(?:into|as|to|make|create|build|produce|prepare|export|save|write)\b{_NEW}\s+{_SHEET}"),
    ("sheet", rf"\bin\s+(?:an?|one)(?:\s+(?:new|single))?\s+{_SHEET}"),
    ("doc", rf"{_LEAD}{_SAVE}{_NEW}\s+{_DOC}"),
    ("doc", rf"{_LEAD}{_SAVE}(?:(?!\b{_SHEET})[^.;?]){{0,90}}?\b(?:as|into|in|to)\b{_NEW}\s+{_DOC}"),
    ("doc", rf"{_LEAD}{_SAVE}[^.;?]{{0,90}}?\b(?:to|in|into|on)\s+(?:the|my)\s+drive\b"),
    ("doc", rf"\b(?:into|as|in)\s+(?:an?|one|two|separate)(?:\s+(?:new|single|separate|markdown))?\s+{_DOC}"),
    ("doc", rf"{_LEAD}(?:save|store|keep|(?:write|note) (?:it |them )?down|write up)\b"),
    ("post", rf"\b(?:post|send|submit|push)\b[^.;?]{{0,80}}?\b(?:to|at)\s+{MASK}"),
    (
        "fetch",
        r"\b(?:fetch|download|retrieve|load|open|visit|read|get|check|look (?:at|into|through)|go (?:to|through)|grab"
        r"|browse|view|take|use|study|review|show|display)\b",
    ),
)
"""Kinds of acts and how they are said, in the order in which they may claim a place in the goal."""

_BEYOND: tuple[tuple[str, str, str], ...] = (
    (
        "send e-mail",
        "send email mail message",
        rf"{_LEAD}e-?mail\s+(?!address)|\b(?:send|write|draft)\b[^.;?]{{0,40}}\be-?mail\b(?! address)"
        rf"|{_LEAD}(?:send|forward|mail|write)\b[^.;?]{{0,80}}\bto\s+{ADDRESS_MASK}",
    ),
    (
        "schedule or book anything",
        "calendar event create schedule meeting appointment",
        rf"{_LEAD}(?:schedule|remind|invite|book)\b|\b(?:in|to|on) (?:my |the )?calendar\b|\bappointment\b",
    ),
    (
        "click through web pages",
        "browser click navigate screenshot page",
        rf"{_LEAD}(?:click|log ?in|sign in|scroll|fill in|(?:take|make) a screenshot|screenshot)\b",
    ),
    (
        "delete, move or rename files",
        "delete remove move rename file",
        rf"{_LEAD}(?:delete|remove|erase|rename|move|trash|clean up|wipe|overwrite)\b",
    ),
    ("translate", "translate translation language", r"\btranslat\w+\b"),
    (
        "buy or pay",
        "buy pay order purchase transfer money",
        rf"{_LEAD}(?:buy|purchase|order|pay|transfer|donate|sell)\b",
    ),
    ("make calls or send texts", "call phone sms dial", rf"{_LEAD}(?:call(?! it| them| this)|phone|ring|sms|tweet)\b"),
    (
        "make pictures, sound or film",
        "draw image picture paint play music video",
        rf"{_LEAD}(?:draw|paint|sketch|play|sing|film)\b|\b(?:image|picture|photo|video|logo|song) of\b",
    ),
    (
        "run programs",
        "run execute code program script command",
        rf"{_LEAD}(?:run|execute|compile|install|deploy|restart|reboot|debug)\b",
    ),
    ("share files", "share upload file permission", rf"{_LEAD}(?:share|upload|publish)\b"),
    (
        "invent texts",
        "write compose poem story essay",
        r"\b(?:write|compose|invent|make up|create|tell)(?: me)?(?: an?| some| the)?(?: \w+){0,2}? "
        r"(?:poem|story|song|essay|joke|speech|letter|novel|haiku|code|program|script|function)\b",
    ),
    (
        "search the web",
        "search web news weather",
        r"\b(?:google|search (?:the (?:web|internet|net)|online|for))\b|\b(?:latest|today'?s|current) (?:news|weather)\b",
    ),
)
"""What people ask for beyond the built-in tools: what it is, words of a tool that could, how it is said."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to be done. ``kind`` is a role of the built-in tools, or ``beyond`` them."""

    kind: str
    start: int
    end: int
    what: str = ""
    """For ``beyond``: what that is, as in "no tool here can …"."""
    words: str = ""
    """For ``beyond``: words that a fitting tool would have."""


def find_acts(masked: str) -> list[Act]:
    """The acts of a goal by position; ``masked`` is the goal with its mentions blotted out."""
    found = _beyond(masked)
    for kind, pattern in _ACTS:
        for match in re.finditer(pattern, masked):
            act = Act(kind, _first_word(match), match.end())
            if not any(_claims(other, act) for other in found):
                found.append(act)
    return _without_echo(sorted(found, key=lambda act: act.start))


def _beyond(masked: str) -> list[Act]:
    found = []
    for what, hints, pattern in _BEYOND:
        if match := re.search(pattern, masked):
            found.append(Act("beyond", _first_word(match), match.end(), what, hints))
    return found


def _first_word(match: re.Match[str]) -> int:
    """Where the act's own first word stands, behind the words that only lead to it."""
    lead = re.match(_LEAD, match.group())
    return match.start() + (lead.end() if lead and lead.end() < len(match.group()) else 0)


def _claims(other: Act, act: Act) -> bool:
    """Whether the place is taken. Reading may stand inside saving ("save a summary as a document")."""
    if (other.kind in SAVING) != (act.kind in SAVING) and other.kind != "beyond":
        return False
    return act.start < other.end and other.start < act.end


def _without_echo(found: list[Act]) -> list[Act]:
    """A summary that is named after one was asked for is the same summary."""
    kept: list[Act] = []
    for act in found:
        if act.kind != "summary":
            kept.append(act)
        elif not any(other.kind == "summarize" for other in kept):
            kept.append(Act("summarize", act.start, act.end))
    return kept
