"""Every call of a model passes here and becomes one span. Cache, breaker and limits belong around the same call."""

from __future__ import annotations

from agentlab import trace
from agentlab.types import Model, ModelRequest, ModelResponse, Purpose, Recorder, Scope

PROVIDER = "agentlab"
"""Who stands behind the keyless models."""
_OPERATIONS: dict[Purpose, str] = {"plan": "plan"}


class Guarded:
    """A model whose calls are recorded; otherwise the model itself."""

    def __init__(self, model: Model, recorder: Recorder) -> None:
        self._model = model
        self._recorder = recorder

    @property
    def name(self) -> str:
        """The model's own name."""
        return self._model.name

    async def answer(self, request: ModelRequest, scope: Scope) -> ModelResponse:
        """Ask the model and record the call under ``scope``: who, how many tokens, what it cost."""
        attributes = {
            "gen_ai.operation.name": _OPERATIONS.get(request.purpose, "chat"),
            "agentlab.purpose": request.purpose,
        }
        with trace.span(
            self._recorder,
            scope,
            f"{request.purpose} {self.name}",
            kind="llm",
            model=self.name,
            provider=PROVIDER,
            attributes=attributes,
        ) as span:
            response = await self._model.answer(request, scope)
            span.input_tokens, span.output_tokens = response.usage.input_tokens, response.usage.output_tokens
            span.cost_usd, span.credits = response.cost_usd, response.credits
            span.attributes["gen_ai.response.finish_reasons"] = [response.finish_reason]
        return response
