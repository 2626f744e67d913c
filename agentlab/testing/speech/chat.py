"""OpenAI's chat completions, which many servers speak."""

from __future__ import annotations

from collections.abc import Iterator

from agentlab.testing.speech.reply import Reply, data
from agentlab.types import JSON


def _usage(reply: Reply) -> JSON:
    return {
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.input_tokens + reply.output_tokens,
        "prompt_tokens_details": {"cached_tokens": reply.cache_read_tokens},
        "completion_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
    }


def _stop(reply: Reply) -> str:
    if reply.stop == "stop":
        return "tool_calls" if reply.tool_calls else "stop"
    return {"length": "length", "refusal": "content_filter"}[reply.stop]


def _calls(reply: Reply) -> list[JSON]:
    return [
        {"index": n, "id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": reply.args(n)}}
        for n, (name, _) in enumerate(reply.tool_calls)
    ]


def whole(reply: Reply, model: str) -> JSON:
    """The answer that is no stream."""
    message: JSON = {"role": "assistant", "content": reply.text or None}
    if reply.tool_calls:
        message["tool_calls"] = [{k: v for k, v in call.items() if k != "index"} for call in _calls(reply)]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": _stop(reply), "logprobs": None}],
    } | ({"usage": _usage(reply)} if reply.counted else {})


def events(reply: Reply, model: str) -> Iterator[bytes]:
    """The answer as a stream."""
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_790_000_000, "model": model}

    def chunk(delta: JSON, finish: str | None = None) -> bytes:
        return data(base | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    yield chunk({"role": "assistant", "content": ""})
    for piece in reply.texts():
        yield chunk({"content": piece})
    for call in _calls(reply):
        yield chunk({"tool_calls": [call]})
    yield chunk({}, _stop(reply))
    if reply.counted:
        yield data(base | {"choices": [], "usage": _usage(reply)})
    yield b"data: [DONE]\n\n"
