"""What a model's words about a step mean. Words that cannot be read change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agentlab.agent.repair import Call, Proposal, Tried, read_proposal
from agentlab.types import JSON, ModelResponse, ToolError, Tools


def reasoned_args(answer: ModelResponse, call: Call, tools: Tools) -> JSON | None:
    """Other arguments for ``call``, where the model wants some that fit its tool; else None."""
    args = _said(answer).get("args")
    tool = tools.get(call.tool)
    if not isinstance(args, dict) or args == call.args or tool is None or tool.validate(args):
        return None
    return args


def judged(last: Tried, answer: ModelResponse) -> Tried:
    """``last`` as the model sees it: as it was, or a failure that says what is wrong with the result."""
    said = _said(answer)
    if said.get("ok") is not False:
        return replace(last, checked=True)
    error = ToolError(
        kind="wrong_result",
        message=str(said.get("problem") or "It is not what was wanted."),
        options=("change_arguments", "alternative", "replan"),
    )
    return replace(last, checked=True, result=replace(last.result, data=None, error=error))


def proposal_in(answer: ModelResponse, tried: Sequence[Tried], tools: Tools) -> Proposal:
    """What the model wants done about a failure."""
    return read_proposal(_said(answer), tried, tools)


def _said(answer: ModelResponse) -> JSON:
    return answer.output if answer.finish_reason != "error" and isinstance(answer.output, dict) else {}
