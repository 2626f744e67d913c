"""How each interface counts and ends: the marks that a witness looks for in an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from agentlab.models.providers.access import Dialect

LAST_MARK: dict[Dialect, str] = {
    "anthropic": "message_stop",
    "openai-chat": "[DONE]",
    "openai-responses": "response.completed",
    "google": "finishReason",
}
"""What ends a stream that is whole."""
_FIELDS = (b"event:", b"id:", b"retry:", b":")
_RESPONSES_END = frozenset({"response.completed", "response.incomplete", "response.failed"})


class Reading:
    """What has been read of one answer: fed with the lines of a stream, or with the whole."""

    def __init__(self, dialect: Dialect) -> None:
        self.usage: dict[str, Any] | None = None
        """As the interface says it, newest values last; None where nothing was said."""
        self.finished = False
        """The last mark came."""
        self.garbled = ""
        """A sentence about the first thing that cannot be; empty where all is well."""
        self.error = ""
        """What went wrong by the provider's own words, told in place of an answer."""
        self._open: set[int] = set()
        """Blocks of Anthropic's that began and have not ended."""
        self._event: Callable[[dict[str, Any]], None] = {
            "anthropic": self._anthropic,
            "openai-chat": self._chat,
            "openai-responses": self._responses,
            "google": self._google,
        }[dialect]
        self._chat_like = dialect == "openai-chat"

    def line(self, line: bytes) -> None:
        """One line of a stream of events, without its end."""
        if not line or line.startswith(_FIELDS):
            return
        if not line.startswith(b"data:"):
            self._spoil(f"A line of the stream is none of its format: {_shown(line)}")
            return
        data = line[5:].strip()
        if data == b"[DONE]":
            self.finished = self.finished or self._chat_like
            return
        try:
            event = orjson.loads(data)
        except orjson.JSONDecodeError:
            self._spoil(f"An event of the stream is no JSON: {_shown(data)}")
            return
        if isinstance(event, dict):
            self._event(event)
        else:
            self._spoil(f"An event of the stream is no object: {_shown(data)}")

    def whole(self, body: bytes) -> bool:
        """An answer that is no stream; False where it is no JSON object."""
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError:
            return False
        if not isinstance(answer, dict):
            return False
        self._count(answer.get("usage") or answer.get("usageMetadata"))
        if error := answer.get("error"):
            self.error = str(error.get("message") or error) if isinstance(error, dict) else str(error)
        return True

    def _anthropic(self, event: dict[str, Any]) -> None:
        match event.get("type"):
            case "message_start":
                message = event.get("message")
                self._count(message.get("usage") if isinstance(message, dict) else None)
            case "content_block_start":
                self._open.add(event.get("index", -1))
            case "content_block_stop":
                self._open.discard(event.get("index", -1))
            case "message_delta":
                self._count(event.get("usage"))
            case "message_stop":
                self.finished = True
                if self._open:
                    self._spoil("The stream ended with a part that has no end.")

    def _chat(self, event: dict[str, Any]) -> None:
        self._count(event.get("usage"))

    def _responses(self, event: dict[str, Any]) -> None:
        if event.get("type") in _RESPONSES_END:
            self.finished = True
            response = event.get("response")
            self._count(response.get("usage") if isinstance(response, dict) else None)

    def _google(self, event: dict[str, Any]) -> None:
        self._count(event.get("usageMetadata"))
        candidates = event.get("candidates")
        if isinstance(candidates, list) and any(isinstance(it, dict) and it.get("finishReason") for it in candidates):
            self.finished = True
        feedback = event.get("promptFeedback")
        if isinstance(feedback, dict) and feedback.get("blockReason"):
            self.finished = True

    def _count(self, usage: Any) -> None:
        if isinstance(usage, dict):
            self.usage = (self.usage or {}) | {name: value for name, value in usage.items() if value is not None}

    def _spoil(self, sentence: str) -> None:
        self.garbled = self.garbled or sentence


def _shown(data: bytes) -> str:
    return repr(data[:60].decode("utf-8", "replace"))
