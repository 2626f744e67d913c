"""What a model answers, before an interface puts it into its words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agentlab.types import JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer of a model, whatever interface tells it. Tokens of the prompt count the cached ones too."""

    text: str = "The answer is forty-two, and it took a while."
    thinking: str = ""
    tool_calls: tuple[tuple[str, JSON], ...] = ()
    """Names and arguments."""
    model: str = ""
    """The model that answers; empty for the one that was asked."""
    stop: Literal["stop", "length", "refusal"] = "stop"
    input_tokens: int = 100
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    """Anthropic's and OpenAI's; Google has none."""
    output_tokens: int = 20
    """With the tokens of thinking."""
    reasoning_tokens: int = 0
    counted: bool = True
    """Whether usage is told at all."""
    pieces: int = 5
    """Pieces of the text in a stream."""
    broken_call: bool = False
    """The arguments of the last tool call break off."""

    def texts(self) -> list[str]:
        """The text in its pieces."""
        size = max(1, -(-len(self.text) // self.pieces))
        return [self.text[at : at + size] for at in range(0, len(self.text), size)]

    def args(self, number: int) -> str:
        """The arguments of a tool call as JSON, broken off where they are to be."""
        text = json.dumps(self.tool_calls[number][1])
        cut = self.broken_call and number + 1 == len(self.tool_calls)
        return text[: max(1, len(text) // 2)] if cut else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """An answer byte for byte, such as a recorded one."""

    body: bytes | tuple[bytes, ...]
    """The whole of it, or the events of a stream."""
    status: int = 200
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def data(event: Any) -> bytes:
    """One event of a stream."""
    return b"data: " + json.dumps(event).encode() + b"\n\n"


def named(name: str, event: Any) -> bytes:
    """One event of a stream, with its name."""
    return b"event: " + name.encode() + b"\n" + data(event)
