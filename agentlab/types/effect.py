"""What a run does to the world: written down before it happens, so that it can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from agentlab.types.plan import JSON

EffectState = Literal["begun", "done", "failed", "undone", "stays"]
"""``begun``: nobody knows yet whether it happened. ``failed``: it did not happen. ``stays``: it cannot be taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One call of a tool that changes the world."""

    run_id: str
    key: str
    """The idempotency key of the call."""
    step: str
    tool: str
    args: JSON = field(default_factory=dict)
    state: EffectState = "begun"
    undo: JSON | None = None
    """What the tool's ``undo`` needs; None where it does not know yet, or cannot take it back."""
    note: str = ""
    """Why it stays, or why it could not be taken back; else empty."""
