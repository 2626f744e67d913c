"""OpenAI's responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentlab.testing.speech.reply import Reply, named
from agentlab.types import JSON


def whole(reply: Reply, model: str) -> JSON:
    """The answer that is no stream."""
    output: list[JSON] = []
    if reply.thinking:
        said = [{"type": "summary_text", "text": reply.thinking}]
        output.append({"type": "reasoning", "id": "rs_1", "summary": said, "encrypted_content": None})
    if reply.text:
        part = {"type": "output_text", "text": reply.text, "annotations": [], "logprobs": []}
        output.append({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]})
    output += [
        {
            "type": "function_call",
            "id": f"fc_{n}",
            "call_id": f"call_{n}",
            "name": name,
            "arguments": reply.args(n),
            "status": "completed",
        }
        for n, (name, _) in enumerate(reply.tool_calls)
    ]
    usage = {
        "input_tokens": reply.input_tokens,
        "input_tokens_details": {"cached_tokens": reply.cache_read_tokens},
        "output_tokens": reply.output_tokens,
        "output_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
        "total_tokens": reply.input_tokens + reply.output_tokens,
    }
    reason = {"length": "max_output_tokens", "refusal": "content_filter"}.get(reply.stop)
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_790_000_000,
        "model": model,
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "error": None,
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": usage if reply.counted else None,
    }


def events(reply: Reply, model: str) -> Iterator[bytes]:
    """The answer as a stream."""
    final = whole(reply, model)
    number = -1

    def event(kind: str, **values: Any) -> bytes:
        nonlocal number
        number += 1
        return named(kind, {"type": kind, "sequence_number": number} | values)

    begun = final | {"status": "in_progress", "output": [], "usage": None}
    yield event("response.created", response=begun)
    yield event("response.in_progress", response=begun)
    for index, item in enumerate(final["output"]):
        where = {"output_index": index, "item_id": item["id"]}
        empty: JSON = (
            {"content": []} if item["type"] == "message" else {"summary": []} if item["type"] == "reasoning" else {}
        )
        if item["type"] == "function_call":
            empty = {"arguments": ""}
        yield event("response.output_item.added", output_index=index, item=item | empty | {"status": "in_progress"})
        if item["type"] == "message":
            part = item["content"][0]
            yield event("response.content_part.added", **where, content_index=0, part=part | {"text": ""})
            for piece in reply.texts():
                yield event("response.output_text.delta", **where, content_index=0, delta=piece, logprobs=[])
            yield event("response.output_text.done", **where, content_index=0, text=part["text"], logprobs=[])
            yield event("response.content_part.done", **where, content_index=0, part=part)
        elif item["type"] == "reasoning":
            said = item["summary"][0]
            yield event("response.reasoning_summary_part.added", **where, summary_index=0, part=said | {"text": ""})
            yield event("response.reasoning_summary_text.delta", **where, summary_index=0, delta=said["text"])
            yield event("response.reasoning_summary_text.done", **where, summary_index=0, text=said["text"])
            yield event("response.reasoning_summary_part.done", **where, summary_index=0, part=said)
        else:
            yield event("response.function_call_arguments.delta", **where, delta=item["arguments"])
            yield event("response.function_call_arguments.done", **where, arguments=item["arguments"])
        yield event("response.output_item.done", output_index=index, item=item)
    yield event("response.incomplete" if final["incomplete_details"] else "response.completed", response=final)
