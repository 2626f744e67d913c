"""One rule-bound answer for each purpose a model is asked for. Needs no key, no network and no prompt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from agentlab.models.offline.answers import write_answer
from agentlab.models.offline.extraction import extract
from agentlab.models.offline.planner import plan
from agentlab.models.offline.questions import answer_question
from agentlab.models.offline.summary import summarize
from agentlab.types import JSON, ModelRequest, ModelResponse, Purpose, Scope
from agentlab.types.model import OnDelta

SENTENCES = 5
"""Length of a summary where nothing else is asked."""


class OfflineModel:
    """Implements the port ``Model``; reads ``ModelRequest.inputs``, never the messages. Costs nothing."""

    name = "offline"

    async def answer(self, request: ModelRequest, scope: Scope, on_delta: OnDelta | None = None) -> ModelResponse:
        """What the rules say. Works in a thread, since a long text takes a while."""
        found = await asyncio.to_thread(_RULES[request.purpose], request.inputs)
        text, output = (found, None) if isinstance(found, str) else ("", found)
        return ModelResponse(text=text, output=output, model=self.name, cost_usd=Decimal(0), credits=0)


def _plan(inputs: JSON) -> JSON:
    now = str(inputs.get("now") or "")
    when = datetime.fromisoformat(now).replace(tzinfo=None) if now else None
    return plan(str(inputs.get("goal") or ""), list(inputs.get("tools") or []), when)


def _answer(inputs: JSON) -> str:
    return write_answer(list(inputs.get("steps") or []))


def _summarize(inputs: JSON) -> str:
    sentences = int(inputs.get("sentences") or SENTENCES)
    return summarize(str(inputs.get("text") or ""), sentences, str(inputs.get("focus") or ""))


def _extract(inputs: JSON) -> JSON:
    return extract(str(inputs.get("text") or ""), [str(name) for name in inputs.get("fields") or []])


def _chat(inputs: JSON) -> str:
    return answer_question(str(inputs.get("prompt") or ""), str(inputs.get("context") or ""))


_RULES: dict[Purpose, Callable[[JSON], str | JSON]] = {
    "plan": _plan,
    "answer": _answer,
    "summarize": _summarize,
    "extract": _extract,
    "chat": _chat,
}
