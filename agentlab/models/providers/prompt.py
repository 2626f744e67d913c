"""Our questions in the words of pydantic-ai."""

from __future__ import annotations

from pydantic_ai.messages import (
    BinaryContent,
    ImageUrl,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequestPart,
    ModelResponsePart,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from pydantic_ai.messages import ModelRequest as NativeRequest
from pydantic_ai.messages import ModelResponse as NativeResponse
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from agentlab.errors import RequestRefused
from agentlab.models.providers.access import Dialect
from agentlab.types import JSON, Image, Message, ModelRequest, Options, ToolSchema

OUTPUT_TOOL = "final_result"
"""The tool that a model calls to give a structured answer: every provider has tools, not every one has schemas."""
_THINKING_TOKENS = 32_000
"""Tokens of an answer with thinking, where nothing else is said; what a provider thinks with has to fit in."""
_LEAST_THINKING = 1_024
"""Tokens that Anthropic thinks with at least."""


def messages_of(request: ModelRequest) -> list[ModelMessage]:
    """The prompt. Messages of one side that follow each other become one, as the interfaces want it."""
    found: list[ModelMessage] = []
    asked: list[ModelRequestPart] = []
    for message in request.messages:
        if message.role != "assistant":
            asked.append(_asked(message))
            continue
        if asked:
            found.append(NativeRequest(parts=asked))
            asked = []
        found.append(_answered(message))
    if asked:
        found.append(NativeRequest(parts=asked))
    if not asked:
        raise RequestRefused("There is nothing to answer: the prompt is empty, or ends with an answer.")
    return found


def _asked(message: Message) -> ModelRequestPart:
    match message.role:
        case "system":
            return SystemPromptPart(content=message.content)
        case "tool":
            return ToolReturnPart(
                tool_name=message.name or "tool", content=message.content, tool_call_id=message.tool_call_id
            )
    if not message.images:
        return UserPromptPart(content=message.content)
    words: list[UserContent] = [message.content] if message.content else []
    return UserPromptPart(content=[*words, *map(_picture, message.images)])


def _picture(image: Image) -> UserContent:
    return ImageUrl(url=image.url) if image.url else BinaryContent(data=image.data, media_type=image.media_type)


def _answered(message: Message) -> NativeResponse:
    if message.native:
        (native,) = ModelMessagesTypeAdapter.validate_python([message.native])
        if isinstance(native, NativeResponse):
            return native
    parts: list[ModelResponsePart] = [TextPart(content=message.content)] if message.content else []
    parts += [ToolCallPart(tool_name=it.name, args=it.args, tool_call_id=it.id) for it in message.tool_calls]
    return NativeResponse(parts=parts)


def native_of(response: NativeResponse) -> JSON:
    """An answer as JSON, to be given back in the next prompt."""
    found: list[JSON] = ModelMessagesTypeAdapter.dump_python([response], mode="json")
    return found[0]


def parameters_of(request: ModelRequest, *, own_server: bool = False) -> ModelRequestParameters:
    """The tools, and the form of the answer.

    Ollama, vLLM and llama.cpp (``own_server``) keep a model to a schema while it writes, also one that knows no tools.
    """
    tools = [_definition(tool) for tool in request.tools]
    if request.output_schema is None:
        return ModelRequestParameters(function_tools=tools)
    if own_server:
        form = OutputObjectDefinition(json_schema=request.output_schema, name="answer", strict=False)
        return ModelRequestParameters(function_tools=tools, output_mode="native", output_object=form)
    output = ToolDefinition(
        name=OUTPUT_TOOL,
        description="Give the answer.",
        parameters_json_schema=request.output_schema,
        kind="output",
        strict=False,
    )
    return ModelRequestParameters(
        function_tools=tools, output_mode="tool", output_tools=[output], allow_text_output=False
    )


def _definition(tool: ToolSchema) -> ToolDefinition:
    return ToolDefinition(
        name=tool.name, description=tool.description, parameters_json_schema=tool.input_schema, strict=False
    )


def settings_of(options: Options, dialect: Dialect, *, max_tokens: int, silence_s: float) -> ModelSettings:
    """How the answer is to be. ``max_tokens`` holds where the question says nothing (0: nothing is said); ``silence_s`` in seconds."""
    found = ModelSettings(timeout=silence_s)
    if options.max_tokens is not None:
        found["max_tokens"] = options.max_tokens
    elif max_tokens:
        found["max_tokens"] = max(max_tokens, _THINKING_TOKENS) if options.thinking else max_tokens
    if options.temperature is not None:
        found["temperature"] = options.temperature
    if options.thinking is not None:
        found["thinking"] = options.thinking
    if options.prompt_cache:
        found["cache"] = True
    if options.parallel_tool_calls is not None:
        found["parallel_tool_calls"] = options.parallel_tool_calls
    match options.tool_choice:
        case "auto":
            pass
        case "none" | "required" as chosen:
            found["tool_choice"] = chosen
        case tool:
            found["tool_choice"] = [tool]
    return found


def thinking_budget(options: Options) -> int | None:
    """Tokens to think with, for models of Anthropic's that take a budget, where the answer is too short for the usual one.

    Raises ``RequestRefused`` where it is too short for any.
    """
    if not options.thinking or options.max_tokens is None or options.max_tokens >= _THINKING_TOKENS:
        return None
    if options.max_tokens < 2 * _LEAST_THINKING:
        raise RequestRefused(
            f"With thinking an answer takes {2 * _LEAST_THINKING} tokens at least, and max_tokens is {options.max_tokens}.",
            hint="Raise max_tokens, or leave thinking out.",
        )
    return options.max_tokens // 2
