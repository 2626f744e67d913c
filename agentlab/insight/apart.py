"""Two values as texts, cut to the place where they begin to differ."""

from __future__ import annotations

import json
from typing import Any

NOTHING = "nothing"
BEFORE = 40
"""Characters of what both have, shown before the difference."""


def apart(a: Any, b: Any, room: int = 160) -> tuple[str, str]:
    """``a`` and ``b`` in ``room`` characters each, around the first one that differs."""
    one, other = written(a), written(b)
    if max(len(one), len(other)) <= room:
        return one, other
    start = max(0, _alike(one, other) - BEFORE)
    return _cut(one, start, room), _cut(other, start, room)


def written(value: Any) -> str:
    """A text as it is, nothing as a word, anything else as JSON."""
    if value is None or value == "":
        return NOTHING
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _alike(one: str, other: str) -> int:
    """Characters that both begin with."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _cut(text: str, start: int, room: int) -> str:
    return f"{'…' if start else ''}{text[start : start + room]}{'…' if len(text) > start + room else ''}"
