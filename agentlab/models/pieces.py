"""An answer that is there at once, told in pieces like one that comes bit by bit."""

from __future__ import annotations

import re

from agentlab.types import Delta, OnDelta

_WORDS = re.compile(r"\S+\s*|\s+")


def tell(text: str, on_delta: OnDelta | None) -> None:
    """Tell ``text`` word by word, where somebody listens; the pieces together are the text."""
    if on_delta:
        for piece in _WORDS.findall(text):
            on_delta(Delta(text=piece))
