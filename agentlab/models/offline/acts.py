"""What a goal asks to be done: its acts, in the order of the goal."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agentlab.models.offline import lexicon
from agentlab.models.offline.beyond import BEYOND
from agentlab.models.offline.mentions import SELECTOR_MASK
from agentlab.models.offline.text import STOP

READING = ("summarize", "extract", "ask", "compare", "list")
"""Acts that give something to answer with, or to save."""
SAVING = ("doc", "sheet", "post")
"""Acts that put something somewhere."""
BROWSING = ("open", "click", "wait", "pick", "shot")
"""Acts on the page that is open in the browser."""
FILING = ("share", "upload", "download")
"""Acts on files, of whatever kind."""
PLANNING = ("schedule", "agenda", "move", "cancel")
"""Acts on the calendar."""
EFFECTS = (*SAVING, "mail", "share")
"""Acts on what others found: reading may stand inside them ("save a summary as a document", "mail the total of …")."""


_IMPERATIVE = re.compile(
    r"(?:\band|\bthen|,)\s+(?:then\s+|also\s+|please\s+|finally\s+)*(?P<verb>[a-z]{3,})\s+(?:it|them|her|him|this|these|the|my|an?)\b"
)
_NO_DEEDS = frozenset(
    "call name title label use using put including regarding concerning according per plus without via like copy subject body "
    "let make see keep give note maybe perhaps also".split()
)
"""Words that stand where a verb could, and ask for nothing by themselves."""


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
    found: list[Act] = []
    for kind, pattern in (*lexicon.MAILING, *lexicon.FILING, *lexicon.PLANNING, *_browsing(masked)):
        _claim(kind, pattern, masked, found)
    for what, hints, pattern in BEYOND:
        _claim("beyond", pattern, masked, found, what, hints)
    for kind, pattern in (*lexicon.READING, *lexicon.SAVING, *lexicon.FETCHING):
        _claim(kind, pattern, masked, found)
    found += _unknown(masked, found)
    return _without_echo(sorted(found, key=lambda act: act.start))


def _unknown(masked: str, found: list[Act]) -> list[Act]:
    """Verbs that no rule knows, as in "and frobnicate it": to leave them out in silence would do half of the goal."""
    unknown = []
    for match in _IMPERATIVE.finditer(masked):
        verb, at = match["verb"], match.start("verb")
        claimed = any(act.start <= at < act.end for act in found)
        if not claimed and verb not in STOP and verb not in _NO_DEEDS and not verb.endswith(("ing", "ly")):
            unknown.append(Act("beyond", at, match.end("verb"), f"{verb} anything", verb))
    return unknown


def in_browser(masked: str, acts: list[Act]) -> bool:
    """Whether a goal works in the browser: it says so, or it does there what can be done nowhere else."""
    said = re.search(lexicon.BROWSER, masked)
    return bool(said) or any(act.kind in ("click", "wait", "shot") for act in acts) or SELECTOR_MASK in masked


def _browsing(masked: str) -> list[tuple[str, str]]:
    """The patterns of the browser. Parts of a page are picked there only where it is used, or where it is a table."""
    steps = [(kind, pattern) for kind, pattern in lexicon.BROWSING if kind != "pick"]
    probe: list[Act] = []
    for kind, pattern in steps:
        _claim(kind, pattern, masked, probe)
    if in_browser(masked, probe):
        return list(lexicon.BROWSING)
    return steps


def _claim(kind: str, pattern: str, masked: str, found: list[Act], what: str = "", words: str = "") -> None:
    """Add the acts of one pattern to ``found``, where their place is free."""
    for match in re.finditer(pattern, masked):
        act = Act(kind, _first_word(match), match.end(), what, words)
        if not any(_claims(other, act) for other in found):
            found.append(act)


def _first_word(match: re.Match[str]) -> int:
    """Where the act's own first word stands, behind the words that only lead to it."""
    lead = re.match(lexicon.LEAD, match.group())
    return match.start() + (lead.end() if lead and lead.end() < len(match.group()) else 0)


def _claims(other: Act, act: Act) -> bool:
    """Whether the place is taken."""
    kinds = {other.kind, act.kind}
    if kinds & set(EFFECTS) and kinds & {*READING, "summary", "agenda", "pick", "shot"}:
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
