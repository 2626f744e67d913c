"""Two texts side by side: what changed between sentences that say the same thing, and what only one of them says."""

from __future__ import annotations

import re

from agentlab.models.offline.text import Passage, passages, words

_PART = re.compile(r"^# (?:File|Page|Text): (.+)$", re.MULTILINE)
_SAME = 0.45
"""Share of common words from which on two sentences speak of the same thing."""
_NUMBER = re.compile(r"\d")
_MOST_READ = 300
"""Sentences looked at in each text."""
_MOST = 6
"""Sentences shown of what only one text says."""


def parts(text: str) -> list[tuple[str, str]]:
    """``(name, text)`` of each part that begins with a line such as ``# File: name``."""
    pieces = _PART.split(text)[1:]
    return [(name.strip(), body) for name, body in zip(pieces[::2], pieces[1::2], strict=True)]


def compare(text: str) -> str:
    """What differs between the first two parts of ``text``."""
    (one, first), (other, second), *_ = parts(text)
    left, right = passages(first)[:_MOST_READ], passages(second)[:_MOST_READ]
    pairs = _pairs(left, right)
    said = [f"- {left[n].text} → {right[m].text}" for n, m in pairs.items() if left[n].text != right[m].text]
    lines = ["Changed:", *said] if said else []
    lines += _only(one, [passage for n, passage in enumerate(left) if n not in pairs])
    lines += _only(other, [passage for m, passage in enumerate(right) if m not in pairs.values()])
    return "\n".join(lines) or f"{one} and {other} say the same."


def _pairs(left: list[Passage], right: list[Passage]) -> dict[int, int]:
    """Sentences of the left with their counterpart on the right, the most alike first."""
    ours, theirs = [_meaning(a.text) for a in left], [_meaning(b.text) for b in right]
    ranked = sorted(
        ((_alike(a, b), n, m) for n, a in enumerate(ours) for m, b in enumerate(theirs)),
        key=lambda item: (-item[0], item[1], item[2]),
    )
    found: dict[int, int] = {}
    for share, n, m in ranked:
        if share >= _SAME and n not in found and m not in found.values():
            found[n] = m
    return dict(sorted(found.items()))


def _meaning(text: str) -> set[str]:
    """The words of a sentence; figures are left out, since they are what is expected to change."""
    return {word for word in words(text) if not _NUMBER.search(word)}


def _alike(one: set[str], other: set[str]) -> float:
    return len(one & other) / (len(one | other) or 1)


def _only(name: str, found: list[Passage]) -> list[str]:
    more = [f"- and {len(found) - _MOST} more"] if len(found) > _MOST else []
    return [f"Only in {name}:", *(f"- {passage.text}" for passage in found[:_MOST]), *more] if found else []
