"""The shapes of what a model answers to the run's own questions, as JSON Schema."""

from __future__ import annotations

from agentlab.types import JSON

PLAN_SCHEMA: JSON = {
    "type": "object",
    "required": ["goal", "steps"],
    "properties": {
        "goal": {"type": "string"},
        "rationale": {"type": "string"},
        "answer": {"type": "string", "description": "Only where no step is needed."},
        "refusal": {
            "type": "string",
            "description": "Only where these tools cannot reach the goal: why, and what they can.",
        },
        "steps": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "tool", "args"],
                "properties": {
                    "id": {"type": "string"},
                    "tool": {"type": "string"},
                    "args": {"type": "object"},
                    "depends_on": {"type": "array", "items": {"type": "string"}},
                    "join": {
                        "enum": ["all", "any"],
                        "description": "Whether it waits for all that it depends on (usual) or any one of them.",
                    },
                    "description": {"type": "string"},
                },
            },
        },
    },
}

REASON_SCHEMA: JSON = {
    "type": "object",
    "required": ["args"],
    "properties": {
        "why": {"type": "string", "description": "One sentence."},
        "args": {"type": "object", "description": "All arguments of the call, as it should be made."},
    },
}

CHECK_SCHEMA: JSON = {
    "type": "object",
    "required": ["ok"],
    "properties": {
        "ok": {"type": "boolean"},
        "problem": {"type": "string", "description": "What is wrong, and what would be right; empty where it is ok."},
    },
}

REPAIR_SCHEMA: JSON = {
    "type": "object",
    "required": ["action", "why"],
    "properties": {
        "action": {"enum": ["change_arguments", "alternative", "skip", "ask", "replan", "give_up"]},
        "why": {"type": "string", "description": "One sentence."},
        "tool": {"type": "string", "description": "For alternative: the other tool."},
        "args": {"type": "object", "description": "For change_arguments and alternative: all arguments of the call."},
    },
}
