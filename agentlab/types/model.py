"""What is asked of a model and what comes back, the same for every provider and for no provider at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from agentlab.types.plan import JSON
from agentlab.types.usage import Usage

Purpose = Literal["plan", "reason", "check", "repair", "answer", "chat", "summarize", "extract"]
"""Why a model is asked. Decides the role, and lets keyless models answer without reading a prompt."""
Thinking = bool | Literal["minimal", "low", "medium", "high"]
"""How much a model thinks before it answers; True leaves the amount to the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture in a prompt: its bytes, or an address that the provider fetches."""

    media_type: str = "image/png"
    data: bytes = b""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelToolCall:
    """A tool that the model wants called."""

    id: str
    """The model's own; the result names it."""
    name: str
    args: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSchema:
    """A tool that the model may ask for."""

    name: str
    description: str = ""
    input_schema: JSON = field(default_factory=lambda: {"type": "object", "properties": {}})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One part of a prompt."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str = ""
    images: tuple[Image, ...] = ()
    tool_calls: tuple[ModelToolCall, ...] = ()
    """What an assistant's message asked for."""
    tool_call_id: str = ""
    """Of a tool's message: the call that it answers."""
    name: str = ""
    """Of a tool's message: the tool."""
    native: JSON | None = None
    """An assistant's message in the form its provider wants back, with what it signed; None where it needs none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a model is to answer. What is left out is the provider's choice."""

    max_tokens: int | None = None
    """Tokens of the answer at most, reasoning too."""
    temperature: float | None = None
    thinking: Thinking | None = None
    prompt_cache: bool = False
    """Let the provider keep the start of the prompt, where it does so only on request."""
    tool_choice: str = "auto"
    """``auto``, ``none``, ``required``, or the name of one tool."""
    parallel_tool_calls: bool | None = None
    timeout_s: float | None = None
    """Seconds for the whole call, all attempts together; None takes the setting."""
    cache: bool | None = None
    """Whether our own cache may answer: None where the request is deterministic (temperature 0), True, False."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One question. ``messages`` is the prompt; ``inputs`` holds the same facts as plain data."""

    purpose: Purpose
    messages: tuple[Message, ...] = ()
    inputs: JSON = field(default_factory=dict)
    """By purpose: plan {goal, tools, problems, improvements, memories, turns, done, failed}; reason {goal, step, results};
    check {goal, step, args, result}; repair {goal, step, args, error, tools, tried}; answer {goal, steps, memories, turns};
    summarize {text, sentences, focus}; extract {text, fields}; chat {prompt, context}."""
    output_schema: JSON | None = None
    """JSON Schema that the answer must fit; None for free text."""
    tools: tuple[ToolSchema, ...] = ()
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """A piece of an answer, as it comes."""

    text: str = ""
    thinking: str = ""
    restart: bool = False
    """The answer begins anew: what came before it is void, since that attempt failed."""


OnDelta = Callable[[Delta], None]
"""Called with each piece, in order; what it raises ends the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request to one model, successful or not: what it used, what it cost, why it was made."""

    number: int
    """Starts at 1."""
    model: str
    """Full name, such as ``anthropic:claude-…``."""
    status: Literal["ok", "error"] = "ok"
    error_kind: str = ""
    """Code of the error, such as ``rate_limited``; empty where there was none."""
    error_message: str = ""
    retry_reason: str = ""
    """Kind of the error that this attempt follows; empty for the first."""
    waited_s: float = 0.0
    """Seconds between the attempt before and this one."""
    started_at: datetime
    """UTC, without zone."""
    duration_ms: float = 0.0
    ttft_ms: float | None = None
    """Milliseconds to the first piece of the answer, where it was streamed."""
    streamed: bool = False
    cache_hit: bool = False
    """Answered from our own cache; nothing was sent."""
    charged: bool = True
    """Whether the provider may charge for it; not where it answered with an error, or where nothing was sent."""
    http_status: int | None = None
    request_id: str = ""
    """The provider's, for its support."""
    finish_reason: str = ""
    usage: Usage = field(default_factory=Usage)
    """What the provider had counted, for a failed attempt up to its failure."""
    cost_usd: Decimal | None = None
    """US dollars; None for unknown."""
    credits: int | None = None
    """Micro-credits; None for unknown."""
    price_version: str = ""


def cost_of(attempts: Iterable[Attempt]) -> Decimal | None:
    """US dollars of all of them; None where one that may be charged has no known price."""
    costs = [attempt.cost_usd for attempt in attempts if attempt.charged]
    return None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelResponse:
    """One answer and what it cost, all attempts together."""

    text: str = ""
    thinking: str = ""
    """What the model thought, where it tells."""
    output: Any = None
    """The structured answer, where ``output_schema`` asked for one."""
    tool_calls: tuple[ModelToolCall, ...] = ()
    """What the model wants called, in its order; each is whole."""
    model: str = ""
    """Full name of the model that answered, such as ``offline`` or ``anthropic:claude-…``."""
    usage: Usage = field(default_factory=Usage)
    """Of the attempt that answered."""
    cost_usd: Decimal | None = None
    """US dollars of all attempts; None where a price or a usage is unknown, never 0 for unknown."""
    credits: int | None = None
    """Micro-credits of all attempts; None where unknown."""
    price_version: str = ""
    """The price list that ``cost_usd`` was reckoned with."""
    finish_reason: str = "stop"
    """``stop``, ``length``, ``tool_call``, ``content_filter``, ``pause`` (the provider wants to be asked to go on, with
    ``message`` in the prompt), or ``unknown``."""
    cache_hit: bool = False
    untrusted: bool = False
    """True where a run asked it with text from outside before it."""
    attempts: tuple[Attempt, ...] = ()
    """Each request that was made for it, in order, the failed ones too."""
    native: JSON | None = None
    """The answer as its provider wants it back in the next prompt."""

    @property
    def message(self) -> Message:
        """The answer as a message, for the next prompt of the conversation."""
        return Message(role="assistant", content=self.text, tool_calls=self.tool_calls, native=self.native)
