"""The vocabulary. One word per idea: the same names in code, tables, pages and notebooks."""

from agentlab.types.model import (
    Attempt,
    Delta,
    Image,
    Message,
    ModelRequest,
    ModelResponse,
    ModelToolCall,
    OnDelta,
    Options,
    Purpose,
    Thinking,
    ToolSchema,
)
from agentlab.types.note import Note, NoteKind, Payload, Source
from agentlab.types.plan import JSON, Plan, Step
from agentlab.types.ports import Journal, Model, Purse, Recorder, Tool, Tools
from agentlab.types.recording import REDACTED, RecordedCall, ToolSource
from agentlab.types.run import FINISHED, RunResult, RunSpec, RunStatus, StepResult, StepStatus
from agentlab.types.span import Event, Kind, Scope, Span, span_id_of, trace_id_of
from agentlab.types.tool import ToolContext, ToolError, ToolResult, ToolSpec
from agentlab.types.usage import MICRO, USD_PER_CREDIT, Limits, Usage, credits_of, to_credits, to_micro, total_usd

__all__ = [
    "FINISHED",
    "JSON",
    "MICRO",
    "REDACTED",
    "USD_PER_CREDIT",
    "Attempt",
    "Delta",
    "Event",
    "Image",
    "Journal",
    "Kind",
    "Limits",
    "Message",
    "Model",
    "ModelRequest",
    "ModelResponse",
    "ModelToolCall",
    "Note",
    "NoteKind",
    "OnDelta",
    "Options",
    "Payload",
    "Plan",
    "Purpose",
    "Purse",
    "RecordedCall",
    "Recorder",
    "RunResult",
    "RunSpec",
    "RunStatus",
    "Scope",
    "Source",
    "Span",
    "Step",
    "StepResult",
    "StepStatus",
    "Thinking",
    "Tool",
    "ToolContext",
    "ToolError",
    "ToolResult",
    "ToolSchema",
    "ToolSource",
    "ToolSpec",
    "Tools",
    "Usage",
    "credits_of",
    "span_id_of",
    "to_credits",
    "to_micro",
    "total_usd",
    "trace_id_of",
]
