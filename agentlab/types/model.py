"""What is asked of a model and what comes back, the same for every provider and for no provider at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from agentlab.types.plan import JSON
from agentlab.types.usage import Usage

Purpose = Literal["plan", "answer", "chat", "summarize", "extract"]
"""Why a model is asked. Decides the role, and lets keyless models answer without reading a prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One part of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One question. ``messages`` is the prompt; ``inputs`` holds the same facts as plain data."""

    purpose: Purpose
    messages: tuple[Message, ...] = ()
    inputs: JSON = field(default_factory=dict)
    """By purpose: plan {goal, tools}; answer {goal, steps}; summarize {text, sentences, focus};
    extract {text, fields}; chat {prompt, context}."""
    output_schema: JSON | None = None
    """JSON Schema that the answer must fit; None for free text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelResponse:
    """One answer and what it cost."""

    text: str = ""
    output: Any = None
    """The structured answer, where ``output_schema`` asked for one."""
    model: str = ""
    """Full name of the model that answered, such as ``offline`` or ``anthropic:claude-…``."""
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = None
    """US dollars; None where the price or the usage is unknown, never 0 for unknown."""
    credits: int = 0
    """Micro-credits."""
    finish_reason: str = "stop"
