"""Texts made fit to be kept: without what cannot be seen, and no longer than they may be."""

from __future__ import annotations

import unicodedata

from agentlab.errors import MemoryInvalid

LONGEST = 2_000
"""Characters of a memory."""
LONGEST_NAME = 200
"""Characters of a conversation's name."""
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
"""Controls, formats such as zero-width and direction marks, private and unassigned characters."""


def visible(text: str) -> str:
    """``text`` on one line, without characters that nobody sees: they could carry orders that no reader notices."""
    seen = (" " if letter.isspace() else letter for letter in unicodedata.normalize("NFC", text) if not _hidden(letter))
    return " ".join("".join(seen).split())


def thread_name(name: str) -> str:
    """``name`` as that of a thread, 1 to 200 characters that can be seen. Raises ``MemoryInvalid``."""
    seen = visible(name)
    if not 0 < len(seen) <= LONGEST_NAME:
        raise MemoryInvalid(
            f"The name of a conversation has 1 to {LONGEST_NAME} characters, this one {len(seen)}.",
            hint="Take a short word, such as: ocean.",
        )
    return seen


def storable(text: str) -> str:
    """``text`` without what no database takes: zero characters, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def cut(text: str, longest: int) -> str:
    """``text`` with ``longest`` characters at most, an ellipsis for the rest."""
    return text if len(text) <= longest else f"{text[: longest - 2].rstrip()} …"


def _hidden(letter: str) -> bool:
    """Whether a character shows nothing; spaces and ends of lines count as seen."""
    if letter.isspace():
        return False
    selects_variant = "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
    return selects_variant or unicodedata.category(letter) in _HIDDEN
