"""Every call of a model passes here and becomes one span. Cache, breaker and limits belong around the same call."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from agentlab import trace
from agentlab.errors import AgentlabError
from agentlab.models.question import fingerprint
from agentlab.types import JSON, Model, ModelRequest, ModelResponse, Purpose, Recorder, Scope, Span

PROVIDER = "agentlab"
"""Who stands behind the keyless models."""
_OPERATIONS: dict[Purpose, str] = {"plan": "plan"}


class Guarded:
    """A model whose calls are recorded, each with ``attributes``; otherwise the model itself."""

    def __init__(self, model: Model, recorder: Recorder, *, attributes: JSON | None = None) -> None:
        self._model = model
        self._recorder = recorder
        self._attributes = attributes or {}

    @property
    def name(self) -> str:
        """The model's own name."""
        return self._model.name

    async def answer(self, request: ModelRequest, scope: Scope) -> ModelResponse:
        """Ask the model and record the call under ``scope``: question and answer, how many tokens, what it cost."""
        with trace.span(
            self._recorder,
            scope,
            f"{request.purpose} {self.name}",
            kind="llm",
            operation=_OPERATIONS.get(request.purpose, "chat"),
            model=self.name,
            provider=PROVIDER,
            attributes={"agentlab.purpose": request.purpose} | self._attributes,
            payloads={"input": _asked(request)},
        ) as span:
            try:
                response = await self._model.answer(request, scope)
            except AgentlabError as error:
                span.payloads["output"] = {"error": {"kind": error.code, "message": str(error)}}
                raise
            _write_down(response, span)
        return response


def _write_down(response: ModelResponse, span: Span) -> None:
    span.input_tokens, span.output_tokens = response.usage.input_tokens, response.usage.output_tokens
    span.cost_usd, span.credits = response.cost_usd, response.credits
    span.finish_reason, span.response_model = response.finish_reason, response.model or None
    span.payloads["output"] = {
        "text": response.text,
        "output": response.output,
        "finish_reason": response.finish_reason,
        "usage": asdict(response.usage),
        "cost_usd": response.cost_usd,
        "credits": response.credits,
    }


def _asked(request: ModelRequest) -> JSON:
    """The question as it is kept. ``inputs`` repeat the prompt as data, and stand in for it only where there is none."""
    asked: dict[str, Any] = {"purpose": request.purpose, "fingerprint": fingerprint(request)}
    asked["messages"] = [{"role": message.role, "content": message.content} for message in request.messages]
    if not request.messages:
        asked["inputs"] = request.inputs
    if request.output_schema:
        asked["output_schema"] = request.output_schema
    return asked
