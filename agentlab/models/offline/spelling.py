"""Slips of the keyboard in the words that the lexicon lives on, mended before a goal is read."""

from __future__ import annotations

import re

from agentlab.models.offline.text import stem

_KNOWN = (
    "summary summarise summarize extract document spreadsheet calendar schedule reschedule appointment meeting event "
    "screenshot download upload attachment attach email subject compare cancel delete invite remind rename "
    "tomorrow monday tuesday wednesday thursday saturday sunday friday january february september october november "
    "december headings table browser click share fetch files folder"
).split()
_STEMS = frozenset(stem(word) for word in _KNOWN)
_WORD = re.compile(r"(?<![\w/.@#-])[A-Za-z]{5,13}(?![\w/@-]|\.\w)")
_SHORTHAND = ((re.compile(r"\bw/(?=\s)"), "with"), (re.compile(r"\b(?:plz|pls)\b", re.IGNORECASE), "please"))
_RIGHT = frozenset(
    "heating meaning seating greeting clock tablet tables brief browse browsers share shares shape chick shared events "
    "eventual even extra extent emails sharks".split()
)
"""Words that are near a known one and mean something else."""


def mend(text: str, kept: list[tuple[int, int]]) -> str:
    """``text`` with misspelt known words mended; the places ``kept`` (names, quoted texts) stay as they are."""
    pieces, at = list[str](), 0
    for start, end in [*sorted(kept), (len(text), len(text))]:
        pieces += [_mended(text[at:start]), text[start:end]]
        at = max(at, end)
    return "".join(pieces)


def _mended(text: str) -> str:
    for slip, word in _SHORTHAND:
        text = slip.sub(word, text)
    return _WORD.sub(lambda match: _right(match.group()), text)


def _right(word: str) -> str:
    small = word.lower()
    if small in _RIGHT or stem(small) in _STEMS or small.startswith(tuple(_KNOWN)):
        return word
    near = [known for known in _KNOWN if known[0] == small[0] and _slips(small, known) <= (2 if len(known) >= 8 else 1)]
    # In short words only letters that changed places are a slip; "cancer" is not "cancel".
    near = [known for known in near if len(known) >= 7 or sorted(known) == sorted(small) or len(known) != len(small)]
    return near[0] if len(near) == 1 or (near and _slips(small, near[0]) == 1) else word


def _slips(one: str, other: str) -> int:
    """Letters too many, missing, wrong or swapped with their neighbour (Damerau 1964, without overlaps)."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before, last = list[int](), list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        line = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, line[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1]
