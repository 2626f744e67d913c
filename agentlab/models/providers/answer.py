"""What an SDK made of an answer, checked and in our words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic_ai.messages import ModelResponse as NativeResponse
from pydantic_ai.messages import TextPart, ThinkingPart, ToolCallPart

from agentlab.errors import AnswerCut, AnswerGarbled, ToolCallIncomplete
from agentlab.models.providers.prompt import OUTPUT_TOOL
from agentlab.models.schemas import checked_output, parsed_output
from agentlab.types import ModelRequest, ModelToolCall


@dataclass(frozen=True, slots=True)
class Said:
    """The parts of an answer that is whole."""

    text: str
    thinking: str
    tool_calls: tuple[ModelToolCall, ...]
    output: Any
    finish_reason: str


def said_in(response: NativeResponse, request: ModelRequest, model: str) -> Said:
    """The parts of ``response``.

    Raises ``AnswerCut`` where the provider says that it has not finished, ``ToolCallIncomplete`` where a tool call has
    no end, ``OutputInvalid`` where the structured answer does not fit its schema.
    """
    paused = (response.provider_details or {}).get("finish_reason") == "pause_turn"
    if response.state != "complete" and not paused:
        raise AnswerCut(f"{model}: The provider has not finished the answer ({response.state}).", hint="Ask again.")
    text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
    calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
    finish_reason: str = response.finish_reason or ("tool_call" if calls else "pause" if paused else "unknown")
    if finish_reason == "error":
        raise AnswerGarbled(f"{model}: The provider ended the answer with an error.", hint="Ask again.")
    if finish_reason == "unknown" and not response.parts:
        raise AnswerGarbled(f"{model}: The answer says nothing, and not why.", hint="Ask again.")
    called = [_called(part, model, cut=finish_reason == "length" and part is response.parts[-1]) for part in calls]
    output = None
    if request.output_schema is not None and not paused:
        given = [call.args for call in called if call.name == OUTPUT_TOOL]
        called = [call for call in called if call.name != OUTPUT_TOOL]
        if given or not called:
            output = checked_output(
                given[0] if given else parsed_output(text, model), request.output_schema, model, finish_reason
            )
            finish_reason = "stop" if finish_reason == "tool_call" and not called else finish_reason
    return Said(
        text=text,
        thinking="\n".join(part.content for part in response.parts if isinstance(part, ThinkingPart) and part.content),
        tool_calls=tuple(called),
        output=output,
        finish_reason="tool_call" if called and finish_reason == "stop" else finish_reason,
    )


def _called(part: ToolCallPart, model: str, *, cut: bool) -> ModelToolCall:
    args: Any = part.args
    if isinstance(args, str):
        try:
            args = json.loads(args) if args.strip() else {}
        except ValueError:
            args = None
    if cut or not isinstance(args or {}, dict) or (args is None and part.args):
        raise ToolCallIncomplete(
            f"{model}: The call of the tool '{part.tool_name}' has no end.",
            hint="Raise max_tokens: the answer was cut off at its limit."
            if cut
            else "Ask again, or name another model.",
            tool=part.tool_name,
        )
    return ModelToolCall(id=part.tool_call_id, name=part.tool_name, args=args or {})
