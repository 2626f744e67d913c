"""What a model is asked, as plain data: from a request's inputs, else from its messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from agentlab.errors import RequestRefused
from agentlab.types import JSON, Message, ModelRequest


class Asked:
    """A request, read. Where there are no inputs, the last message of the user is the prompt, the others its context."""

    def __init__(self, request: ModelRequest) -> None:
        self.request = request
        self._inputs = request.inputs
        told = [message for message in request.messages if message.role != "system"]
        self._last = max((n for n, message in enumerate(told) if message.role == "user"), default=-1)
        self._told = told

    def text(self, name: str) -> str:
        """An input as text, such as ``goal``; the prompt of the messages where there are no inputs at all."""
        return str(self._inputs.get(name) or "") if self._inputs else self._prompt

    def items(self, name: str) -> list[Any]:
        """An input that is a list."""
        return list(self._inputs.get(name) or [])

    def number(self, name: str, default: int) -> int:
        """An input that is a whole number."""
        return int(self._inputs.get(name) or default)

    @property
    def prompt(self) -> str:
        """The question of a conversation."""
        return str(self._inputs.get("prompt") or "") or self._prompt

    @property
    def context(self) -> str:
        """What there is to answer from."""
        if self._inputs:
            return str(self._inputs.get("context") or "")
        return "\n\n".join(message.content for message in self._told[: max(self._last, 0)] if message.content)

    @property
    def results(self) -> list[Message]:
        """What tools gave back since the user last spoke; empty where the last word is somebody else's."""
        since = self._told[self._last + 1 :]
        return [message for message in since if message.role == "tool"] if since and since[-1].role == "tool" else []

    @property
    def pictures(self) -> int:
        """How many pictures came with the messages."""
        return sum(len(message.images) for message in self._told)

    @property
    def tools(self) -> list[JSON]:
        """The tools that a plan may use."""
        if given := self._inputs.get("tools"):
            return list(given)
        return [
            {"name": tool.name, "description": tool.description, "input_schema": tool.input_schema}
            for tool in self.request.tools
        ]

    @property
    def now(self) -> datetime | None:
        """The time that days are seen from, where the request gives one."""
        said = str(self._inputs.get("now") or "")
        try:
            return datetime.fromisoformat(said).replace(tzinfo=None) if said else None
        except ValueError:
            raise RequestRefused(f"'now' is a time such as 2026-03-04T09:30, not {said!r}.") from None

    @property
    def _prompt(self) -> str:
        return self._told[self._last].content if self._last >= 0 else ""
