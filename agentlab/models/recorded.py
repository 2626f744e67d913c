"""Each attempt of a model becomes one span of the kind ``llm``: what was asked, what came back, what it used and cost."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

from agentlab import trace
from agentlab.errors import AgentlabError, ModelError
from agentlab.models.question import fingerprint
from agentlab.types import (
    JSON,
    Attempt,
    Image,
    Message,
    Model,
    ModelRequest,
    ModelResponse,
    OnDelta,
    Purpose,
    Recorder,
    Scope,
    Span,
)

KEYLESS = "agentlab"
"""Who stands behind the keyless models."""
_OPERATIONS: dict[Purpose, str] = {"plan": "plan"}
Work = Callable[[], Awaitable[ModelResponse]]


@dataclass(frozen=True, slots=True)
class Why:
    """Which attempt of a call it is, and what made it necessary."""

    number: int = 1
    retry_reason: str = ""
    waited_s: float = 0.0


class Book:
    """Writes attempts down. ``model`` and ``provider`` name who is asked; ``attributes`` go on every span."""

    def __init__(
        self, recorder: Recorder, model: str, provider: str, *, attributes: JSON | None = None, user: str | None = None
    ) -> None:
        self._recorder = recorder
        self._model = model
        self._provider = provider
        self._attributes = attributes or {}
        self._user = user

    async def attempt(
        self, request: ModelRequest, scope: Scope, work: Work, why: Why = Why()
    ) -> ModelResponse:  # frozen
        """Do ``work``, one attempt, and record it under ``scope``. What it raises is raised, its attempt in place."""
        with trace.span(
            self._recorder,
            scope,
            f"{request.purpose} {self._model}",
            kind="llm",
            operation=_OPERATIONS.get(request.purpose, "chat"),
            model=self._model,
            provider=self._provider,
            attempt=why.number,
            user_id=self._user,
            attributes={"agentlab.purpose": request.purpose} | self._attributes,
            payloads={"input": _asked(request)},
        ) as span:
            if why.retry_reason:
                span.attributes |= {"agentlab.retry_reason": why.retry_reason, "agentlab.waited_s": why.waited_s}
            clock = time.perf_counter()
            try:
                response = await work()
            except ModelError as error:
                made = error.attempts[-1] if error.attempts else _attempt_of(error, span, clock)
                error.attempts = (_numbered(made, why),)
                _write_failure(error, error.attempts[-1], span)
                raise
            except AgentlabError as error:
                span.error_type = error.code
                raise
            made = response.attempts[-1] if response.attempts else _attempt_of(response, span, clock)
            response = replace(response, attempts=(_numbered(made, why),))
            _write_answer(response, span)
        return response


class Recorded:
    """A model whose calls are recorded, one attempt each: what the keyless models need, and no more."""

    def __init__(self, model: Model, recorder: Recorder, *, attributes: JSON | None = None) -> None:
        self._model = model
        self._book = Book(recorder, model.name, KEYLESS, attributes=attributes)

    @property
    def name(self) -> str:
        """The model's own name."""
        return self._model.name

    async def answer(self, request: ModelRequest, scope: Scope, on_delta: OnDelta | None = None) -> ModelResponse:
        """Ask the model and record the call under ``scope``."""
        return await self._book.attempt(request, scope, lambda: self._model.answer(request, scope, on_delta))


def _numbered(attempt: Attempt, why: Why) -> Attempt:
    return replace(attempt, number=why.number, retry_reason=why.retry_reason, waited_s=why.waited_s)


def _attempt_of(outcome: ModelResponse | ModelError, span: Span, clock: float) -> Attempt:
    common: dict[str, Any] = {
        "number": 1,
        "model": span.model or "",
        "started_at": span.started_at,
        "duration_ms": (time.perf_counter() - clock) * 1_000,
    }
    if isinstance(outcome, ModelError):
        return Attempt(
            status="error", error_kind=outcome.code, error_message=outcome.message, charged=False, **common
        )  # nothing was sent: a guard refused, or a keyless model failed
    return Attempt(
        usage=outcome.usage,
        cost_usd=outcome.cost_usd,
        credits=outcome.credits,
        price_version=outcome.price_version,
        finish_reason=outcome.finish_reason,
        cache_hit=outcome.cache_hit,
        **common,
    )


def _write_attempt(attempt: Attempt, span: Span) -> None:
    usage = attempt.usage
    span.input_tokens, span.output_tokens = usage.input_tokens, usage.output_tokens
    span.cache_read_tokens, span.cache_write_tokens = usage.cache_read_tokens, usage.cache_write_tokens
    span.reasoning_tokens = usage.reasoning_tokens
    span.cost_usd = None if attempt.cost_usd is None else float(attempt.cost_usd)
    span.credits, span.price_version = attempt.credits, attempt.price_version or None
    span.ttft_ms, span.finish_reason = attempt.ttft_ms, attempt.finish_reason or None
    span.cache_hit = attempt.cache_hit or None
    said = {
        "agentlab.http_status": attempt.http_status,
        "agentlab.request_id": attempt.request_id,
        "agentlab.usage": dict(usage.details),
    }
    span.attributes |= {name: value for name, value in said.items() if value}


def _write_failure(error: ModelError, attempt: Attempt, span: Span) -> None:
    _write_attempt(attempt, span)
    span.error_type, span.error_message = error.code, error.message
    span.payloads["output"] = {"error": {"kind": error.code, "message": str(error)}}


def _write_answer(response: ModelResponse, span: Span) -> None:
    _write_attempt(response.attempts[-1], span)
    span.response_model = response.model or None
    kept: JSON = {
        "text": response.text,
        "output": response.output,
        "finish_reason": response.finish_reason,
        "usage": asdict(response.usage),
        "cost_usd": span.cost_usd,
        "credits": response.credits,
    }
    if response.thinking:
        kept["thinking"] = response.thinking
    if response.tool_calls:
        kept["tool_calls"] = [asdict(call) for call in response.tool_calls]
    span.payloads["output"] = kept


def _asked(request: ModelRequest) -> JSON:
    """The question as it is kept. ``inputs`` repeat the prompt as data, and stand in for it only where there is none."""
    asked: JSON = {"purpose": request.purpose, "fingerprint": fingerprint(request)}
    asked["messages"] = [_kept(message) for message in request.messages]
    if not request.messages:
        asked["inputs"] = request.inputs
    if request.output_schema:
        asked["output_schema"] = request.output_schema
    if request.tools:
        asked["tools"] = [asdict(tool) for tool in request.tools]
    options = {name: value for name, value in asdict(request.options).items() if value not in (None, False, "auto")}
    if options:
        asked["options"] = options
    return asked


def _kept(message: Message) -> JSON:
    kept: JSON = {"role": message.role, "content": message.content}
    if message.tool_calls:
        kept["tool_calls"] = [asdict(call) for call in message.tool_calls]
    if message.tool_call_id:
        kept |= {"tool_call_id": message.tool_call_id, "name": message.name}
    if message.images:
        kept["images"] = [_picture(image) for image in message.images]
    return kept


def _picture(image: Image) -> JSON:
    """Which picture it was; its bytes are not kept."""
    if image.url:
        return {"url": image.url}
    return {"media_type": image.media_type, "bytes": len(image.data), "sha256": sha256(image.data).hexdigest()}
