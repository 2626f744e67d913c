"""Anthropic's messages."""

from __future__ import annotations

from collections.abc import Iterator

from agentlab.testing.speech.reply import Reply, named
from agentlab.types import JSON


def _usage(reply: Reply) -> JSON:
    return {
        "input_tokens": reply.input_tokens - reply.cache_read_tokens - reply.cache_write_tokens,
        "cache_read_input_tokens": reply.cache_read_tokens,
        "cache_creation_input_tokens": reply.cache_write_tokens,
        "output_tokens": reply.output_tokens,
    }


def _stop(reply: Reply) -> str:
    if reply.stop == "stop":
        return "tool_use" if reply.tool_calls else "end_turn"
    return {"length": "max_tokens", "refusal": "refusal"}[reply.stop]


def whole(reply: Reply, model: str) -> JSON:
    """The answer that is no stream."""
    content: list[JSON] = []
    if reply.thinking:
        content.append({"type": "thinking", "thinking": reply.thinking, "signature": "c2lnbmVk"})
    if reply.text:
        content.append({"type": "text", "text": reply.text})
    content += [
        {"type": "tool_use", "id": f"toolu_{n}", "name": name, "input": args}
        for n, (name, args) in enumerate(reply.tool_calls)
    ]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": _stop(reply),
        "stop_sequence": None,
    } | ({"usage": _usage(reply)} if reply.counted else {})


def events(reply: Reply, model: str) -> Iterator[bytes]:
    """The answer as a stream."""
    start = whole(reply, model) | {"content": [], "stop_reason": None}
    if reply.counted:
        start["usage"] = _usage(reply) | {"output_tokens": 1}
    yield named("message_start", {"type": "message_start", "message": start})
    yield named("ping", {"type": "ping"})
    index = 0

    def block(begin: JSON, deltas: list[JSON]) -> Iterator[bytes]:
        yield named("content_block_start", {"type": "content_block_start", "index": index, "content_block": begin})
        for delta in deltas:
            yield named("content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta})
        yield named("content_block_stop", {"type": "content_block_stop", "index": index})

    if reply.thinking:
        said: list[JSON] = [{"type": "thinking_delta", "thinking": reply.thinking}]
        yield from block(
            {"type": "thinking", "thinking": "", "signature": ""},
            [*said, {"type": "signature_delta", "signature": "c2lnbmVk"}],
        )
        index += 1
    if reply.text:
        yield from block(
            {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in reply.texts()]
        )
        index += 1
    for number, (name, _) in enumerate(reply.tool_calls):
        begin = {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": {}}
        yield from block(begin, [{"type": "input_json_delta", "partial_json": reply.args(number)}])
        index += 1
    ended: JSON = {
        "type": "message_delta",
        "delta": {"stop_reason": _stop(reply), "stop_sequence": None},
    }
    if reply.counted:
        ended["usage"] = {"output_tokens": reply.output_tokens}
    yield named("message_delta", ended)
    yield named("message_stop", {"type": "message_stop"})
