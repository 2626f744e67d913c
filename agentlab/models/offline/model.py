"""One rule-bound answer for each purpose a model is asked for. Needs no key and no network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from agentlab.models.offline.answers import write_answer
from agentlab.models.offline.asked import Asked
from agentlab.models.offline.calling import call_for
from agentlab.models.offline.extraction import extract
from agentlab.models.offline.follow_up import plan_on
from agentlab.models.offline.mentions import find_mentions
from agentlab.models.offline.questions import answer_question
from agentlab.models.offline.records import as_text
from agentlab.models.offline.repairing import repair
from agentlab.models.offline.shapes import fit_schema
from agentlab.models.offline.summary import summarize
from agentlab.models.pieces import tell
from agentlab.types import JSON, ModelRequest, ModelResponse, OnDelta, Purpose, Scope

SENTENCES = 5
"""Length of a summary where nothing else is asked."""
_BLIND = "Pictures are not understood by agentlab's offline rules; {} left out."


class OfflineModel:
    """Implements the port ``Model``. Reads ``ModelRequest.inputs``, and the messages where there are none. Costs nothing."""

    name = "offline"

    async def answer(self, request: ModelRequest, scope: Scope, on_delta: OnDelta | None = None) -> ModelResponse:
        """What the rules say, word by word where ``on_delta`` is given. Works in a thread, since a long text takes a while.

        Raises ``OutputInvalid`` where the answer cannot fit the schema that was asked for.
        """
        made = await asyncio.to_thread(_respond, Asked(request))
        tell(made.text, on_delta)
        return replace(made, model=self.name, cost_usd=Decimal(0), credits=0)


def _respond(asked: Asked) -> ModelResponse:
    found = _RULES[asked.request.purpose](asked)
    if asked.pictures and isinstance(found, str):
        blind = _BLIND.format("one was" if asked.pictures == 1 else f"{asked.pictures} were")
        found = f"{blind}\n\n{found}"
    if isinstance(found, ModelResponse):
        return found
    return ModelResponse(text=found) if isinstance(found, str) else ModelResponse(output=found)


def _plan(asked: Asked) -> JSON:
    return plan_on(asked.text("goal"), asked.tools, asked.now, asked.items("turns"), asked.items("memories"))


def _answer(asked: Asked) -> str:
    return write_answer(asked.items("steps"))


def _summarize(asked: Asked) -> str:
    focus = str(asked.request.inputs.get("focus") or "")
    return summarize(asked.text("text"), asked.number("sentences", SENTENCES), focus)


def _extract(asked: Asked) -> JSON:
    """The fields of the schema where it says more than their names, else those that are listed."""
    schema, fields = asked.request.output_schema or {}, [str(name) for name in asked.items("fields")]
    if schema and (not fields or any(schema.get("properties", {}).values())):
        return _shaped(asked, asked.text("text"))
    return extract(asked.text("text"), fields)


def _chat(asked: Asked) -> str | JSON | ModelResponse:
    """A tool's result told, a tool called, fields filled, or a question answered; in this order."""
    if results := asked.results:
        return "\n\n".join(_told(message.content) for message in results) or "The tool gave nothing back."
    if call := call_for(asked.prompt, asked.request.tools, asked.request.options.tool_choice, asked.now):
        return ModelResponse(tool_calls=(call,), finish_reason="tool_call")
    context = asked.context or _given_in(asked.prompt)
    if asked.request.output_schema:
        return _shaped(asked, context or asked.prompt)
    return answer_question(asked.prompt, context)


def _shaped(asked: Asked, text: str) -> JSON:
    made: JSON = fit_schema(text, asked.request.output_schema or {})
    return made


def _told(result: str) -> str:
    """What a tool gave back: whole where it is short, else its gist."""
    text = as_text(result).strip()
    return summarize(text, SENTENCES) if len(text) > 400 else text


def _given_in(prompt: str) -> str:
    """A text that a prompt brings along: "What follows from this text: …"."""
    return next((mention.value for mention in find_mentions(prompt) if mention.kind == "text"), "")


def _go_on(asked: Asked) -> JSON:
    return {"action": "go_on", "why": "Rules see nothing in a result that a plan has not foreseen."}


def _accept(asked: Asked) -> JSON:
    return {"ok": True, "problem": ""}


def _repair(asked: Asked) -> JSON:
    return repair(asked.request.inputs, asked.now or datetime.now())  # noqa: DTZ005 - local, as people mean it


_RULES: dict[Purpose, Callable[[Asked], str | JSON | ModelResponse]] = {
    "plan": _plan,
    "reason": _go_on,
    "check": _accept,
    "repair": _repair,
    "answer": _answer,
    "summarize": _summarize,
    "extract": _extract,
    "chat": _chat,
}
