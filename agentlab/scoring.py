"""A score: what a person, a program or a model thinks of a run or of one of its spans."""

from __future__ import annotations

import getpass
import math
from collections.abc import Callable
from typing import get_args

from agentlab.errors import ScoreInvalid
from agentlab.trace import utc_now
from agentlab.types import Note, Source
from agentlab.types.ids import new_id

LONGEST_NAME = 200
"""Characters of a score's name."""
_HINT = "docs/how-to/score.md shows what a score can say."


def score(
    run_id: str,
    trace_id: str,
    name: str,
    value: float | None = None,
    *,
    label: str | None = None,
    text: str = "",
    span_id: str | None = None,
    source: Source = "code",
    author: str | None = None,
) -> Note:
    """The note that says so. Raises ``ScoreInvalid`` where it says nothing, or nothing that can be kept."""
    name, label, text = name.strip(), (label or "").strip(), text.strip()
    if not name or len(name) > LONGEST_NAME:
        raise ScoreInvalid(
            f"A score needs a name of 1 to {LONGEST_NAME} characters, such as helpful; this one has {len(name)}.",
            hint=_HINT,
        )
    if value is None and not label and not text:
        raise ScoreInvalid(f"The score '{name}' says nothing: give a number, a label or a comment.", hint=_HINT)
    if value is not None and not math.isfinite(value):
        raise ScoreInvalid(f"The score '{name}' is {value}, which is no number to count with.", hint=_HINT)
    if source not in get_args(Source):
        raise ScoreInvalid(f"A score comes from {', '.join(get_args(Source))}, not from '{source}'.", hint=_HINT)
    return Note(
        note_id=new_id("note"),
        kind="score",
        recorded_at=utc_now(),
        run_id=run_id,
        trace_id=trace_id,
        span_id=span_id,
        name=name,
        value=None if value is None else float(value),
        label=label or None,
        text=text or None,
        source=source,
        author=author or user(),
    )


def user(ask: Callable[[], str] = getpass.getuser) -> str:
    """Who is at the keyboard, as far as the system knows."""
    try:
        return ask()
    except (OSError, KeyError):  # a container may know no name for the number it runs under
        return "unknown"
