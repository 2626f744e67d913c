"""What a recorded answer says, in whichever form a trace has kept it: ours, or that of another framework."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from agentlab.types import JSON, RecordedCall

_TEXTS = ("text", "content", "parts", "messages", "message", "choices", "completion")
"""Where a message keeps its text, by framework; the first that is there counts."""


def last_attempts(calls: Iterable[RecordedCall]) -> list[RecordedCall]:
    """The questions to models among ``calls``, each once: of one that was asked again after a failure, the last attempt."""
    found: dict[object, RecordedCall] = {}
    asked: dict[tuple[object, ...], object] = {}
    for call in calls:
        if call.kind != "llm":
            continue
        place = (call.parent, call.step, call.purpose)
        before = found.get(asked.get(place))
        if before and before.status == "error" and call.attempt == (before.attempt or 1) + 1:
            del found[asked[place]]
        asked[place] = call.span_id
        found[call.span_id] = call
    return list(found.values())


def said(kept: Any, *, structured: bool = False) -> tuple[str, Any, str]:
    """Text, structured answer and finish reason of the payload ``output``.

    ``structured`` reads a text as JSON where the trace has kept no structured answer beside it.
    """
    ours: JSON = kept if isinstance(kept, dict) else {}
    output = ours.get("output") if "text" in ours or "output" in ours else None
    text = text_of(kept)
    if structured and output is None:
        output = _parsed(text)
        if output is None and ours and not any(name in ours for name in _TEXTS):
            output = kept
    return text, output, str(ours.get("finish_reason") or "stop")


def text_of(kept: Any) -> str:
    """The text of a message, of a list of them, or of their parts."""
    if isinstance(kept, str):
        return kept
    if isinstance(kept, list | tuple):
        return "\n".join(filter(None, map(text_of, kept)))
    if isinstance(kept, dict):
        return next((text_of(kept[name]) for name in _TEXTS if kept.get(name)), "")
    return ""


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
