"""Names of attributes: OpenTelemetry's for generative AI, those of OpenInference and OpenLLMetry, and our own.

Checked on 2026-11-25 against the conventions of OpenTelemetry for GenAI (development status: the packaged constants are
deprecated, hence this page), openinference-semantic-conventions 0.1.42 and opentelemetry-semantic-conventions-ai 0.5.1,
and against what programs instrumented with them really send. docs/reference/otlp.md shows the tables below.
"""

from __future__ import annotations

from agentlab.types.span import Kind

FORMAT = "agentlab.format"
"""Marks a span that we wrote, and the number of the form it is written in: it is read back without guessing."""
FORMAT_NUMBER = 1

COLUMN_NAMES = {
    "run_id": "agentlab.run_id",
    "project": "agentlab.project",
    "conversation_id": "gen_ai.conversation.id",
    "kind": "agentlab.kind",
    "operation": "gen_ai.operation.name",
    "error_type": "error.type",
    "step": "agentlab.step",
    "attempt": "agentlab.attempt",
    "agent": "gen_ai.agent.name",
    "skill": "agentlab.skill",
    "skill_version": "agentlab.skill_version",
    "tool": "gen_ai.tool.name",
    "tool_category": "agentlab.tool_category",
    "provider": "gen_ai.provider.name",
    "model": "gen_ai.request.model",
    "response_model": "gen_ai.response.model",
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cache_read_tokens": "gen_ai.usage.cache_read.input_tokens",
    "cache_write_tokens": "gen_ai.usage.cache_creation.input_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
    "cost_usd": "agentlab.cost_usd",
    "price_version": "agentlab.price_version",
    "credits": "agentlab.credits",
    "ttft_ms": "agentlab.ttft_ms",
    "finish_reason": "gen_ai.response.finish_reasons",
    "cache_hit": "agentlab.cache_hit",
    "user_id": "user.id",
}
"""Columns that are attributes, and the name each is written under. It moves from the attributes into the column."""

TOKEN_COLUMNS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
"""Under the names above on spans of the kind ``llm`` only. Elsewhere they are sums, and are not to be counted again."""

ALSO_READ = {
    "conversation_id": (
        "session.id",
        "traceloop.association.properties.session_id",
        "langfuse.session.id",
    ),
    "user_id": ("enduser.id", "traceloop.association.properties.user_id", "llm.user", "gen_ai.user"),
    "agent": ("agent.name",),
    "tool": ("tool.name",),
    "provider": ("llm.provider", "gen_ai.system", "llm.system"),
    "model": ("llm.request.model_name", "embedding.model_name", "reranker.model_name"),
    "response_model": ("llm.response.model_name",),
    "input_tokens": ("llm.token_count.prompt", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"),
    "output_tokens": ("llm.token_count.completion", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"),
    "cache_read_tokens": (
        "llm.token_count.prompt_details.cache_read",
        "gen_ai.usage.cache_read_input_tokens",
    ),
    "cache_write_tokens": (
        "llm.token_count.prompt_details.cache_write",
        "gen_ai.usage.cache_creation_input_tokens",
    ),
    "reasoning_tokens": (
        "llm.token_count.completion_details.reasoning",
        "gen_ai.usage.reasoning_tokens",
        "llm.usage.reasoning_tokens",
    ),
    "cost_usd": ("llm.cost.total", "gen_ai.usage.cost", "gen_ai.usage.total_cost", "langfuse.observation.cost"),
    "finish_reason": ("llm.finish_reason", "gen_ai.response.finish_reason", "llm.response.finish_reason"),
}
"""Other names a column is filled from where its own is missing, the first that is there. They stay in the attributes."""

MODEL_NAME = "llm.model_name"
"""OpenInference's name of the model: of the one that answered, where the parameters below name the one asked for."""
INVOCATION_PARAMETERS = ("llm.invocation_parameters", "embedding.invocation_parameters")
TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"
"""In seconds."""
TOTAL_TOKENS = ("llm.token_count.total", "gen_ai.usage.total_tokens", "llm.usage.total_tokens")
FIRST_TOKEN_EVENTS = ("First Token Stream Event", "gen_ai.content.completion.chunk", "llm.content.completion.chunk")

OPENINFERENCE_KIND = "openinference.span.kind"
OPENINFERENCE_KINDS: dict[str, tuple[Kind, str]] = {
    "LLM": ("llm", "chat"),
    "EMBEDDING": ("llm", "embeddings"),
    "TOOL": ("tool", "execute_tool"),
    "AGENT": ("agent", "invoke_agent"),
    "EVALUATOR": ("eval", "evaluate"),
    "GUARDRAIL": ("eval", "guardrail"),
    "RETRIEVER": ("other", "retrieval"),
    "RERANKER": ("other", "rerank"),
    "CHAIN": ("other", "chain"),
    "PROMPT": ("other", "prompt"),
    "DECISION": ("other", "decision"),
}
"""Kind and operation of OpenInference's kinds."""
OPERATION_KINDS: dict[str, Kind] = {
    "chat": "llm",
    "generate_content": "llm",
    "text_completion": "llm",
    "completion": "llm",
    "embeddings": "llm",
    "execute_tool": "tool",
    "create_agent": "agent",
    "invoke_agent": "agent",
    "plan": "plan",
    "evaluate": "eval",
}
"""Kinds of OpenTelemetry's operations; all others are ``other``."""
TRACELOOP_KIND = "traceloop.span.kind"
TRACELOOP_NAME = "traceloop.entity.name"
TRACELOOP_KINDS: dict[str, tuple[Kind, str]] = {
    "workflow": ("other", "workflow"),
    "task": ("other", "task"),
    "agent": ("agent", "invoke_agent"),
    "tool": ("tool", "execute_tool"),
}
"""Kind and operation of OpenLLMetry's kinds."""
REQUEST_TYPE = "llm.request.type"
REQUEST_TYPES: dict[str, tuple[Kind, str]] = {
    "chat": ("llm", "chat"),
    "completion": ("llm", "text_completion"),
    "embedding": ("llm", "embeddings"),
    "rerank": ("other", "rerank"),
}
"""Kind and operation of what older versions of OpenLLMetry call the type of a request."""

PAYLOADS = "agentlab.payloads"
"""Which roles of ``payloads`` are written under a standard name."""
PAYLOAD = "agentlab.payload."
"""Before the role of any other payload; its value is JSON."""
MESSAGES = {"input": "gen_ai.input.messages", "output": "gen_ai.output.messages"}
TOOL_CALL = {"input": "gen_ai.tool.call.arguments", "output": "gen_ai.tool.call.result"}
VALUE = {"input": "input.value", "output": "output.value"}
MIME_TYPE = {"input": "input.mime_type", "output": "output.mime_type"}
SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions"
FLAT = {
    "llm.input_messages.": "input",
    "llm.output_messages.": "output",
    "gen_ai.prompt.": "input",
    "gen_ai.completion.": "output",
    "llm.prompts.": "input",
    "llm.choices.": "output",
    "embedding.embeddings.": "output",
    "reranker.input_documents.": "input",
    "reranker.output_documents.": "output",
    "retrieval.documents.": "output",
}
"""Lists and objects that OpenInference and OpenLLMetry write as one attribute for each leaf, and the payload they are."""
WHOLE = {
    "gen_ai.prompt": "input",
    "gen_ai.completion": "output",
    "traceloop.entity.input": "input",
    "traceloop.entity.output": "output",
}
"""Further payloads in one attribute."""
RAW = {"input": "request", "output": "response"}
"""Role of ``input.value`` and ``output.value`` where the messages themselves are there too."""

EVALUATION_EVENT = "gen_ai.evaluation.result"
EVALUATION = {
    "name": "gen_ai.evaluation.name",
    "value": "gen_ai.evaluation.score.value",
    "label": "gen_ai.evaluation.score.label",
    "text": "gen_ai.evaluation.explanation",
}
"""A score, as an event of the span that it is about."""

SERVICE = "service.name"
HOST = "host.name"
PID = "process.pid"
PROJECT = "openinference.project.name"
"""Attributes of the resource that are columns."""
