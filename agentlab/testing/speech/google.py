"""Google's content of Gemini."""

from __future__ import annotations

from collections.abc import Iterator

from agentlab.testing.speech.reply import Reply, data
from agentlab.types import JSON


def _parts(reply: Reply, texts: list[str]) -> list[JSON]:
    parts: list[JSON] = [{"text": reply.thinking, "thought": True}] if reply.thinking else []
    parts += [{"text": text} for text in texts]
    return parts + [{"functionCall": {"name": name, "args": args}} for name, args in reply.tool_calls]


def _answer(parts: list[JSON], reply: Reply, model: str, *, last: bool) -> JSON:
    candidate: JSON = {"content": {"role": "model", "parts": parts}, "index": 0}
    if last:
        candidate["finishReason"] = {"stop": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY"}[reply.stop]
    usage = {
        "promptTokenCount": reply.input_tokens,
        "candidatesTokenCount": reply.output_tokens - reply.reasoning_tokens if last else 1,
        "thoughtsTokenCount": reply.reasoning_tokens if last else 0,
        "cachedContentTokenCount": reply.cache_read_tokens,
        "totalTokenCount": reply.input_tokens + (reply.output_tokens if last else 1),
    }
    counted = {"usageMetadata": usage} if reply.counted else {}
    return {"candidates": [candidate], "modelVersion": model, "responseId": "r1"} | counted


def whole(reply: Reply, model: str) -> JSON:
    """The answer that is no stream."""
    return _answer(_parts(reply, [reply.text] if reply.text else []), reply, model, last=True)


def events(reply: Reply, model: str) -> Iterator[bytes]:
    """The answer as a stream."""
    pieces = list(reply.texts())
    for piece in pieces[:-1]:
        yield data(_answer([{"text": piece}], reply, model, last=False))
    yield data(_answer(_parts(reply, pieces[-1:]), reply, model, last=True))
