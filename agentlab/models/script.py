"""A recorded run as a script for ``scripted:FILE``, to be edited and run again: what if the model had said that?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from agentlab.models.said import last_attempts, said
from agentlab.types import JSON, Purpose, RecordedCall, to_credits


def script_of(calls: Iterable[RecordedCall]) -> JSON:
    """The answers of ``calls`` in the order in which they were asked for; docs/how-to/scripted-model.md has the format."""
    asked = (call for call in last_attempts(calls) if call.status == "error" or call.output is not None)
    return {"answers": [_answer(call) for call in asked]}


def _answer(call: RecordedCall) -> JSON:
    found: JSON = {}
    if call.purpose in get_args(Purpose):
        found["purpose"] = call.purpose
    if call.step:
        found["step"] = call.step
    if call.status == "error":
        return found | {"error": call.error or "The model failed."}
    text, output, _ = said(call.output, structured=call.purpose in {"plan", "extract"})
    found |= {"output": output} if output is not None else {"text": text}
    return found | {"usage": _usage(call), "cost_usd": call.cost_usd, "credits": to_credits(call.credits)}


def _usage(call: RecordedCall) -> dict[str, Any]:
    tokens = {"input_tokens": call.input_tokens, "output_tokens": call.output_tokens}
    return {name: number for name, number in tokens.items() if number is not None}
