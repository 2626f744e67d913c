"""What an answer must become, read straight from its JSON: a second opinion that knows neither our code nor an SDK."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import genai_prices
from recorded_exchanges import Exchange

JSON = dict[str, Any]
ERRORS = {400: "request_refused", 401: "key_refused", 404: "model_gone"}
STOPS = {
    # Anthropic
    "end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_call",
    "pause_turn": "pause", "refusal": "content_filter",
    # OpenAI
    "stop": "stop", "completed": "stop", "length": "length", "max_output_tokens": "length",
    "tool_calls": "tool_call", "content_filter": "content_filter",
    # Google
    "STOP": "stop", "MAX_TOKENS": "length", "SAFETY": "content_filter",
}  # fmt: skip
EXCEPTIONS = {
    "pydantic+pydantic-ai/tests/cassettes/test_tool_search/test_openai_client_tool_search_streaming#0": "a search for "
    "tools that the client is to make: no function_call on the wire, a tool call for whoever asked",
    "pydantic+pydantic-ai/tests/cassettes/test_tool_search/test_openai_execution_client_round_trip#0": "the same",
    "simonw+llm/tests/cassettes/test_tools_streaming/test_tools_streaming_variant_c#0": "the recording begins with a "
    "space before its first 'data:', which the format of streams does not know: said to be garbled",
}
"""Exchange and reason."""


@dataclass(frozen=True)
class Expected:
    """An answer, or the code of an error. Tokens are (prompt, answer, read from cache, written to it, reasoning)."""

    error: str = ""
    text: str = ""
    thinks: bool = False
    calls: tuple[tuple[str, JSON], ...] = ()
    stop: str = ""
    tokens: tuple[int, ...] | None = None
    cost: Decimal | None = None


def expected(exchange: Exchange) -> Expected:
    """What ``exchange`` must become."""
    if exchange.status != 200:
        gone = "model_not_found" in exchange.body  # OpenAI says it with a 400
        return Expected(error="model_gone" if gone else ERRORS[exchange.status])
    read = {"anthropic": _anthropic, "chat": _chat, "responses": _responses, "google": _google}[exchange.interface]
    return read(exchange)


def _priced(exchange: Exchange, provider: str, flavor: str, body: JSON, *, searches: int = 0) -> Decimal | None:
    """By the list's own reading of the answer, and the searches that it does not see in it."""
    tier = body.get("service_tier")
    model = (body.get("model") or body.get("modelVersion") or exchange.model).removeprefix("models/")
    try:
        named = body | {name: model for name in ("model", "modelVersion") if name in body}
        usage = genai_prices.extract_usage(named, provider_id=provider, api_flavor=flavor).usage
        if searches:
            usage.web_searches = searches
        return genai_prices.calc_price(
            usage,
            model,
            provider_id=provider,
            price_context={"service_tier": tier} if tier else None,
        ).total_price
    except (LookupError, ValueError):
        return None


def _anthropic(exchange: Exchange) -> Expected:
    message: JSON = exchange.told[0]
    if exchange.streamed:
        message, blocks = {}, list[JSON]()
        for event in exchange.told:
            if event["type"] == "message_start":
                message = event["message"]
            elif event["type"] == "content_block_start":
                blocks.append({"json": "", **event["content_block"]})
            elif event["type"] == "content_block_delta":
                delta, block = event["delta"], blocks[event["index"]]
                if delta["type"] == "text_delta":
                    block["text"] += delta["text"]
                elif delta["type"] == "thinking_delta":
                    block["thinking"] += delta["thinking"]
                elif delta["type"] == "input_json_delta":
                    block["json"] += delta["partial_json"]
            elif event["type"] == "message_delta":
                message["stop_reason"] = event["delta"]["stop_reason"]
                counted = {name: value for name, value in (event.get("usage") or {}).items() if value is not None}
                message["usage"] = (message.get("usage") or {}) | counted
        for block in blocks:
            if block["type"] == "tool_use" and block["json"]:
                block["input"] = json.loads(block["json"])
        message["content"] = blocks
    usage, content = message.get("usage"), message["content"]
    rounds = (usage or {}).get("iterations") or ()
    if any(it["type"] == "compaction" for it in rounds):  # billed, and not in the sums beside them
        names = {name for it in rounds for name, value in it.items() if isinstance(value, int)}
        message["usage"] = usage = usage | {name: sum(it.get(name) or 0 for it in rounds) for name in names}
    return Expected(
        text="".join(it["text"] for it in content if it["type"] == "text"),
        thinks=any(it.get("thinking") for it in content if it["type"] == "thinking"),
        calls=tuple((it["name"], it["input"]) for it in content if it["type"] == "tool_use"),
        stop=STOPS.get(message["stop_reason"], message["stop_reason"]),
        tokens=usage
        and (
            usage["input_tokens"]
            + (usage.get("cache_read_input_tokens") or 0)
            + (usage.get("cache_creation_input_tokens") or 0),
            usage["output_tokens"],
            usage.get("cache_read_input_tokens") or 0,
            usage.get("cache_creation_input_tokens") or 0,
            (usage.get("output_tokens_details") or {}).get("thinking_tokens") or 0,
        ),
        cost=usage and _priced(exchange, "anthropic", "default", message),
    )


def _chat(exchange: Exchange) -> Expected:
    text, thinks, calls, finish = "", False, dict[int, list[str]](), ""
    for event in exchange.told:
        for choice in event["choices"]:
            said = choice.get("delta") or choice.get("message") or {}
            text += said.get("content") or ""
            thinks = thinks or bool(said.get("reasoning_content") or said.get("reasoning"))
            for number, call in enumerate(said.get("tool_calls") or ()):
                known = calls.setdefault(call.get("index", number), ["", ""])
                known[0] += call["function"].get("name") or ""
                known[1] += call["function"].get("arguments") or ""
            finish = choice.get("finish_reason") or finish
    counted = [event for event in exchange.told if event.get("usage")]
    usage = counted[-1]["usage"] if counted else None
    found = tuple((name, json.loads(args or "{}")) for name, args in calls.values())
    provider = "google" if "/openai/" in exchange.path else "openai"
    inside = (usage or {}).get("prompt_tokens_details") or {}
    return Expected(
        text=text,
        thinks=thinks,
        calls=found,
        stop="tool_call" if found and finish in {"", "stop"} else STOPS.get(finish, "unknown"),
        tokens=usage
        and (
            usage["prompt_tokens"],
            usage["completion_tokens"],
            inside.get("cached_tokens") or 0,
            inside.get("cache_write_tokens") or 0,
            (usage.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0,
        ),
        cost=usage and _priced(exchange, provider, "chat", counted[-1]),
    )


def _responses(exchange: Exchange) -> Expected:
    answer = exchange.told[-1]["response"] if exchange.streamed else exchange.told[0]
    if answer["status"] in {"queued", "in_progress"}:
        return Expected(error="answer_cut")
    output, usage = answer["output"], answer.get("usage")
    if exchange.streamed and not output:
        output = [event["item"] for event in exchange.told if event["type"] == "response.output_item.done"]
    calls = tuple((it["name"], json.loads(it["arguments"] or "{}")) for it in output if it["type"] == "function_call")
    reason = (answer.get("incomplete_details") or {}).get("reason")
    inside = (usage or {}).get("input_tokens_details") or {}
    return Expected(
        text="".join(part["text"] for it in output if it["type"] == "message" for part in it["content"]),
        thinks=any(
            part.get("text")
            for it in output
            if it["type"] == "reasoning"
            for part in (*(it.get("summary") or ()), *(it.get("content") or ()))
        ),
        calls=calls,
        stop=STOPS[reason] if reason else "tool_call" if calls else STOPS.get(answer["status"], "unknown"),
        tokens=usage
        and (
            usage["input_tokens"],
            usage["output_tokens"],
            inside.get("cached_tokens") or 0,
            inside.get("cache_write_tokens") or 0,
            (usage.get("output_tokens_details") or {}).get("reasoning_tokens") or 0,
        ),
        cost=usage
        and _priced(
            exchange,
            "openai",
            "responses",
            answer,
            searches=sum(
                it["type"] == "web_search_call" and (it.get("action") or {}).get("type") == "search" for it in output
            ),
        ),
    )


def _google(exchange: Exchange) -> Expected:
    parts, finish = list[JSON](), ""
    for event in exchange.told:
        for candidate in event.get("candidates") or ():
            parts += (candidate.get("content") or {}).get("parts") or ()
            finish = candidate.get("finishReason") or finish
    counted = [event for event in exchange.told if event.get("usageMetadata")]
    usage: JSON = counted[-1]["usageMetadata"] if counted else {}
    calls = tuple(
        (it["functionCall"]["name"], it["functionCall"].get("args") or {}) for it in parts if "functionCall" in it
    )
    return Expected(
        text="".join(it["text"] for it in parts if "text" in it and not it.get("thought")),
        thinks=any(it["text"] for it in parts if "text" in it and it.get("thought")),
        calls=calls,
        stop="tool_call" if calls and finish in {"", "STOP"} else STOPS.get(finish, "unknown"),
        tokens=(
            usage.get("promptTokenCount", 0) + usage.get("toolUsePromptTokenCount", 0),
            usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0),
            usage.get("cachedContentTokenCount", 0),
            0,
            usage.get("thoughtsTokenCount", 0),
        )
        if usage
        else None,
        cost=_priced(exchange, "google", "default", counted[-1], searches=_searches(exchange)) if usage else None,
    )


def _searches(exchange: Exchange) -> int:
    """Searches that Google bills: each question of Gemini 3, each prompt of the models before it that found a page."""
    grounds = [it.get("groundingMetadata") or {} for event in exchange.told for it in event.get("candidates") or ()]
    questions = {question for ground in grounds for question in ground.get("webSearchQueries") or () if question}
    found = any(chunk.get("web", {}).get("uri") for ground in grounds for chunk in ground.get("groundingChunks") or ())
    return len(questions) if exchange.model.startswith("gemini-3") else int(bool(questions) and found)
