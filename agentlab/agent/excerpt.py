"""A short, readable form of a value, for the trace."""

from __future__ import annotations

import json
from typing import Any

LONGEST = 4_000
"""Characters of an excerpt."""


def excerpt(value: Any) -> str:
    """``value`` as JSON (text as it is), cut with a note of how much was left out."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]} … ({len(text) - LONGEST:,} more characters)"
