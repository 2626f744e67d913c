"""A model of a provider: one request, one answer, and what became of it as an ``Attempt``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from pydantic_ai.messages import ModelResponse as NativeResponse
from pydantic_ai.messages import (
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
)
from pydantic_ai.models import Model as NativeModel
from pydantic_ai.settings import ModelSettings

from agentlab.errors import ModelError, TimedOut
from agentlab.models.providers.access import Access
from agentlab.models.providers.answer import said_in
from agentlab.models.providers.connections import Connections
from agentlab.models.providers.counting import counted_in, now, price_at, usage_of
from agentlab.models.providers.faults import fault_of, seen_by
from agentlab.models.providers.prompt import messages_of, native_of, parameters_of, settings_of, thinking_budget
from agentlab.models.providers.witness import CURRENT, Witness
from agentlab.types import Attempt, Delta, ModelRequest, ModelResponse, OnDelta, Scope, Usage, credits_of

if TYPE_CHECKING:
    from pydantic_ai.models.anthropic import AnthropicModelSettings


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, in seconds, and how much may come."""

    whole_s: float
    """For one attempt."""
    silence_s: float
    """Inside a stream."""
    max_tokens: int
    """Of an answer, where the question says nothing; 0 leaves it to the server."""


_COUNTING_S = 15.0
"""Seconds in which a prompt has to be counted."""


class ProviderModel:
    """Implements the port ``Model`` over pydantic-ai. Tries once; what is tried again is decided above."""

    def __init__(self, access: Access, name: str, connections: Connections, patience: Patience) -> None:
        self.name = f"{access.name}:{name}"
        self.access = access
        self._short = name
        self._connections = connections
        self._patience = patience

    async def answer(self, request: ModelRequest, scope: Scope, on_delta: OnDelta | None = None) -> ModelResponse:
        """The answer, with one attempt. Raises a ``ModelError`` that carries the attempt."""
        call = _Call(self.name, self.access, Witness(self.access.dialect), streamed=on_delta is not None)
        try:
            native = await self._asked(request, call, on_delta)
            if seen := seen_by(call.witness, self.name, self.access):
                raise seen
            call.native = native
            said = said_in(native, request, self.name)
        except ModelError as error:
            error.attempts = (call.attempt(self._short, error),)
            raise
        attempt = call.attempt(self._short, finish_reason=said.finish_reason)
        return ModelResponse(
            text=said.text,
            thinking=said.thinking,
            output=said.output,
            tool_calls=said.tool_calls,
            model=f"{self.access.name}:{native.model_name or self._short}",
            usage=attempt.usage,
            cost_usd=attempt.cost_usd,
            credits=attempt.credits,
            price_version=attempt.price_version,
            finish_reason=said.finish_reason,
            attempts=(attempt,),
            native=native_of(native),
        )

    async def count(self, request: ModelRequest) -> int | None:
        """Tokens of the prompt by the provider's own count; None where it has none. Raises ``ModelError``."""
        call = _Call(self.name, self.access, Witness(self.access.dialect), streamed=False)
        settings = settings_of(request.options, self.access.dialect, max_tokens=1, silence_s=_COUNTING_S)
        settings.pop("max_tokens", None)
        with self._faults(call):
            model = self._connections.model(self.access, self._short)
            try:
                counted = await model.count_tokens(messages_of(request), settings, parameters_of(request))
            except NotImplementedError:  # pydantic-ai's word for a provider that does not count
                return None
        return counted.input_tokens

    async def _asked(self, request: ModelRequest, call: _Call, on_delta: OnDelta | None) -> NativeResponse:
        whole_s = request.options.timeout_s or self._patience.whole_s
        with self._faults(call):
            try:
                async with asyncio.timeout(whole_s):
                    return await self._request(request, call, on_delta, whole_s)
            except TimeoutError:
                raise TimedOut(
                    f"{self.name}: No whole answer within {whole_s:g} s.",
                    hint="Raise AGENTLAB_MODEL_TIMEOUT_S (or timeout_s of the call), or ask for less.",
                ) from None

    @contextmanager
    def _faults(self, call: _Call) -> Iterator[None]:
        """Let the call be witnessed, and make one of our errors of whatever an SDK raises in it."""
        token = CURRENT.set(call.witness)
        try:
            yield
        except ModelError:
            raise
        except Exception as error:  # BLE001 - an SDK may raise anything; each becomes a typed error
            if call.telling:
                raise  # it is the listener that failed
            raise fault_of(error, self.name, self.access, call.witness) from None
        finally:
            CURRENT.reset(token)

    async def _request(
        self, request: ModelRequest, call: _Call, on_delta: OnDelta | None, whole_s: float
    ) -> NativeResponse:
        model = self._connections.model(self.access, self._short)
        silence_s = self._patience.silence_s if on_delta else whole_s
        settings = settings_of(
            request.options, self.access.dialect, max_tokens=self._patience.max_tokens, silence_s=silence_s
        )
        _keep_thinking_short(model, request, settings)
        messages, parameters = messages_of(request), parameters_of(request, own_server=self.access.own)
        if on_delta is None:
            return await model.request(messages, settings, parameters)
        async with model.request_stream(messages, settings, parameters) as stream:
            async for event in stream:
                if piece := _piece(event):
                    call.first_piece_at = call.first_piece_at or time.perf_counter()
                    call.telling = True
                    on_delta(piece)
                    call.telling = False
            return stream.get()


def _piece(event: Any) -> Delta | None:
    if isinstance(event, PartDeltaEvent):
        if isinstance(event.delta, TextPartDelta):
            return Delta(text=event.delta.content_delta)
        if isinstance(event.delta, ThinkingPartDelta) and event.delta.content_delta:
            return Delta(thinking=event.delta.content_delta)
    elif isinstance(event, PartStartEvent):
        if isinstance(event.part, TextPart) and event.part.content:
            return Delta(text=event.part.content)
        if isinstance(event.part, ThinkingPart) and event.part.content:
            return Delta(thinking=event.part.content)
    return None


def _keep_thinking_short(model: NativeModel, request: ModelRequest, settings: ModelSettings) -> None:
    """An answer of Anthropic's older models must be longer than what they think with."""
    if model.system == "anthropic" and not model.profile.get("anthropic_supports_adaptive_thinking"):
        budget = thinking_budget(request.options)
        if budget:
            settings.pop("thinking", None)
            own = cast("AnthropicModelSettings", settings)
            own["anthropic_thinking"] = {"type": "enabled", "budget_tokens": budget}


@dataclass(slots=True)
class _Call:
    """One request while it is made."""

    model: str
    access: Access
    witness: Witness
    streamed: bool
    native: NativeResponse | None = None
    first_piece_at: float | None = None
    telling: bool = False
    """While a piece is being told to whoever listens."""
    started_at: datetime = field(default_factory=now)
    clock: float = field(default_factory=time.perf_counter)

    def attempt(self, short: str, error: ModelError | None = None, *, finish_reason: str = "") -> Attempt:
        """The record of it."""
        usage = self._usage(short)
        price = None
        if self.native is not None and usage.input_tokens is not None:
            details = {
                key: value for key, value in (self.native.provider_details or {}).items() if isinstance(value, str)
            }
            price = price_at(self.access, short, self.native.model_name or "", usage, self.started_at, details)
        elif self.access.free:
            price = price_at(self.access, short, "", usage, self.started_at)
        return Attempt(
            number=1,
            model=self.model,
            status="error" if error else "ok",
            error_kind=error.code if error else "",
            error_message=error.message if error else "",
            started_at=self.started_at,
            duration_ms=(time.perf_counter() - self.clock) * 1_000,
            ttft_ms=(self.first_piece_at - self.clock) * 1_000 if self.first_piece_at else None,
            streamed=self.streamed,
            http_status=self.witness.status,
            request_id=self.witness.request_id,
            finish_reason=finish_reason,
            usage=usage,
            cost_usd=price.usd if price else None,
            credits=credits_of(price.usd) if price else None,
            price_version=price.version if price else "",
            charged=not (error and (error.context.get("unsent") or (self.witness.status or 0) >= 400)),
        )

    def _usage(self, short: str) -> Usage:
        if self.native is not None:
            return usage_of(self.native.usage) if self.witness.usage is not None or self.witness.blind else Usage()
        return usage_of(counted_in(self.witness.usage, self.access, short))
