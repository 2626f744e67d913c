"""What providers say over the wire: one reply in the words of each interface, whole or as a stream of events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol

from agentlab.testing.speech import anthropic, chat, google, responses
from agentlab.testing.speech.reply import Raw, Reply, data, named
from agentlab.types import JSON

__all__ = [
    "INTERFACES",
    "Interface",
    "Raw",
    "Reply",
    "error_body",
    "error_event",
    "events",
    "interface_of",
    "is_count",
    "tokens_counted",
    "whole",
]

Interface = Literal["anthropic", "chat", "responses", "google"]
INTERFACES: tuple[Interface, ...] = ("anthropic", "chat", "responses", "google")


class _Speech(Protocol):
    def whole(self, reply: Reply, model: str) -> JSON: ...

    def events(self, reply: Reply, model: str) -> Iterator[bytes]: ...


_SPEECH: dict[Interface, _Speech] = {
    "anthropic": anthropic,
    "chat": chat,
    "responses": responses,
    "google": google,
}


def interface_of(path: str) -> Interface | None:
    """The interface that a path belongs to."""
    ends: dict[str, Interface] = {"/messages": "anthropic", "/chat/completions": "chat", "/responses": "responses"}
    if "enerateContent" in path or ":countTokens" in path:
        return "google"
    asked = path.split("?")[0].removesuffix("/count_tokens").removesuffix("/input_tokens")
    return next((found for end, found in ends.items() if asked.endswith(end)), None)


def is_count(path: str) -> bool:
    """Whether the tokens of a prompt are to be counted, and no answer is wanted."""
    return path.split("?")[0].endswith(("/count_tokens", "/input_tokens", ":countTokens"))


def tokens_counted(interface: Interface, reply: Reply) -> JSON:
    """How many tokens the prompt has."""
    if interface == "google":
        return {"totalTokens": reply.input_tokens}
    kind = {"object": "response.input_tokens"} if interface == "responses" else {}
    return kind | {"input_tokens": reply.input_tokens}


def whole(interface: Interface, reply: Reply, model: str) -> JSON:
    """The answer that is no stream."""
    return _SPEECH[interface].whole(reply, reply.model or model)


def events(interface: Interface, reply: Reply, model: str) -> list[bytes]:
    """The answer as a stream, event by event."""
    return list(_SPEECH[interface].events(reply, reply.model or model))


def error_body(interface: Interface, status: int, message: str) -> JSON:
    """How the interface words an error."""
    kinds = {
        400: "invalid_request_error",
        401: "authentication_error",
        403: "permission_error",
        404: "not_found_error",
        429: "rate_limit_error",
        529: "overloaded_error",
    }
    kind = kinds.get(status, "api_error")
    if interface == "anthropic":
        return {"type": "error", "error": {"type": kind, "message": message}}
    if interface == "google":
        words = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}  # fmt: skip
        return {"error": {"code": status, "message": message, "status": words.get(status, "UNKNOWN")}}
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}


def error_event(interface: Interface) -> bytes:
    """An error that is told inside a stream which began well."""
    match interface:
        case "anthropic":
            return named("error", error_body("anthropic", 529, "Overloaded"))
        case "responses":
            return named(
                "error", {"type": "error", "code": "server_error", "message": "It broke.", "sequence_number": 3}
            )
        case "chat":
            return data({"error": {"message": "It broke.", "type": "server_error", "code": "server_error"}})
    return data(error_body("google", 503, "The model is overloaded."))
