"""What a person says about themselves in a goal: "I prefer …", "always …", "remember that …", "my name is …". By rules.

Only the person's own words count: nothing in quotation marks, nothing after a colon that announces a text, no question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»|‘[^’]*’|`[^`]*`|(?<!\w)'[^']+'(?!\w)")
_GIVEN = re.compile(
    r"\b(?:text|following|passage|article|message|mail|e-?mail|letter|note|paragraph|transcript|words|saying|says)\b[^.:!?]{0,30}:"
    r"|(?<!remember )\bthis:",
    re.IGNORECASE,
)
_END = re.compile(r"(?<=[.!?;])\s+|\s+(?:and then|then)\s+")
_POLITE = r"^(?:(?:please|and|also|oh|by the way|from now on|note),?\s+)*(?:please\s+)?"
_REMEMBER = re.compile(
    rf"{_POLITE}(?:remember|keep in mind|don['’]?t forget|do not forget|note)(?:\s+that\b|\s*:|\s+this\s*:|,|(?=\s+(?:i|my|we|our)\b))\s*",
    re.IGNORECASE,
)
_PREFERENCE = re.compile(
    rf"\b(?:i|we)\s+(?:(?:would|always|usually|generally|really)\s+)?(?:prefer|dislike|hate|never want|always want|(?:do not|don['’]?t) (?:like|want))\b"
    rf"|{_POLITE}(?:always|never)\s+[a-z]|\bfrom now on\b|\bmy (?:favou?rite|preferred)\b",
    re.IGNORECASE,
)
_FACT = re.compile(
    r"\bmy (?:\w+ )?(?:name|birthday|job|role|company|employer|team|boss|manager|wife|husband|partner|address|e-?mail(?: address)?"
    r"|phone(?: number)?|time ?zone|city|country|language|currency|project|deadline)(?: \w+)? (?:is|are)\b"
    r"|^(?:please )?call me [A-Z]|\bI['’]?m called\b|\bI am called\b"
    r"|\bI (?:live|work) (?:in|at|for|as|with|on)\b",
    re.IGNORECASE,
)
_LONGEST = 500
"""Characters of a statement; what is longer is a text and no statement."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a person has said, in their own words."""

    text: str
    kind: Literal["fact", "preference"]


def statements(goal: str) -> list[Statement]:
    """What is said in ``goal``, in its order; mostly nothing."""
    return [said for sentence in _own_sentences(goal) if (said := _read(sentence))]


def says_only(goal: str) -> bool:
    """Whether a goal is nothing but such statements, so that nothing is left to be done."""
    sentences = _own_sentences(goal)
    quoted = _QUOTED.search(goal) or _GIVEN.search(goal)
    return bool(sentences) and not quoted and all(_read(sentence) for sentence in sentences)


def _own_sentences(goal: str) -> list[str]:
    """The sentences of the goal, up to a text that it gives, with quotations blotted out."""
    given = _GIVEN.search(goal)
    own = _QUOTED.sub(lambda quoted: "¤" * len(quoted.group()), goal[: given.start()] if given else goal)
    return [sentence.strip() for sentence in _END.split(own) if sentence.strip()]


def _read(sentence: str) -> Statement | None:
    """The statement that a sentence is."""
    if sentence.endswith("?") or "¤" in sentence or len(sentence) > _LONGEST:
        return None
    asked = _REMEMBER.match(sentence)
    said = sentence[asked.end() :] if asked else sentence
    said = said.strip(" ;,")
    if not said:
        return None
    if _PREFERENCE.search(said):
        return Statement(_begun(said), "preference")
    if asked or _FACT.search(said):
        return Statement(_begun(said), "fact")
    return None


def _begun(said: str) -> str:
    """A sentence with a capital letter at its start."""
    return said[0].upper() + said[1:]
