"""Words of a goal that point back: at what a conversation has come to, or at what it was about."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BEHIND = (
    r"(?=\s*(?:$|[.,;!?])"
    r"|\s+(?:as|to|in|into|from|for|by|and|then|with|on|down|up|say|says|said|mention|mentions|tell|tells|about|over|again|out)\b)"
)
_PRONOUN = rf"(?<!say )(?<!says )(?<!said )\b(?:it|them|that|this|those|these)\b{_BEHIND}"
_NOUN = (
    r"\b(?:the|that|this|your|these|those)\s+(?:(?:last|previous|above|first|same)\s+)?"
    r"(?:answers?|summary|results?|findings|figures|text|reply|output)\b(?!\s+(?:of|from|in|for|on)\b)"
)
_BACK = re.compile(rf"{_NOUN}|{_PRONOUN}")
_SUBJECT = re.compile(
    r"\b(?:it|its|he|his|him|she|her|they|their|them|there|that|this|those|these)\b|^(?:and|what about|how about|or)\b"
)
_ON = re.compile(
    r"^(?:and|or|but|so)\s+(?=(?:what|who|whom|whose|when|where|which|why|how|is|are|was|were|do|does|did|has|have|can)\b)",
    re.IGNORECASE,
)
_MORE = re.compile(r"^(?:(?:and|or|but|so)\s+(?:about\s+)?|how about\s+)(?!what|how)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """What a conversation has come to."""

    text: str
    title: str
    """What a document of it may be called."""


def pointing_back(masked: str) -> tuple[int, int] | None:
    """Where in a goal, in small letters, the words stand that mean what was said before; None where none do."""
    found = _BACK.search(masked)
    return (found.start(), found.end()) if found else None


def goes_on(masked: str) -> bool:
    """Whether a question is about what the one before it was about: "What was its …?", "And the …?"."""
    return bool(_SUBJECT.search(masked.strip()))


def with_sources(goal: str, sources: list[str]) -> str:
    """The goal with the files or addresses it is about put in the place of "it", else behind it."""
    names = " and ".join(sources)
    goal = _MORE.sub("What about ", _ON.sub("", goal))
    body = goal.rstrip(" .!?")
    pronoun = re.search(_PRONOUN, goal, re.IGNORECASE)
    if pronoun:
        return f"{goal[: pronoun.start()]}{names}{goal[pronoun.end() :]}"
    return f"{body} in {names}{goal[len(body) :].strip()[:1]}"
