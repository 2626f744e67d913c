"""Short, readable forms of values, for attributes and the live view; the whole is in the span's payloads."""

from __future__ import annotations

import json
from typing import Any

LONGEST = 500
"""Characters of an excerpt."""


def excerpt(value: Any) -> str:
    """``value`` as JSON (text as it is), cut with a note of how much was left out."""
    return _cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def shortened(value: Any) -> Any:
    """``value`` in its own shape, with every long text inside it cut."""
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [shortened(item) for item in value]
    return _cut(value) if isinstance(value, str) else value


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]} … ({len(text) - LONGEST:,} more characters)"
