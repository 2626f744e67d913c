"""How many tokens a prompt has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenCount:
    """Tokens of a prompt, and who counted."""

    tokens: int
    exact: bool
    """True where the provider counted; else it is an estimate from the length, rather too many than too few."""
