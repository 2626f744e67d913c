"""The guards around a call, in their order: cache, breaker, rate limit, credits, the call itself, the record.

Each attempt passes them anew and is recorded, also one that a guard refuses. What an attempt cost is settled by whoever
asked, once the answer is safe in its journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from agentlab.errors import ModelError, OutputInvalid, OverBudget
from agentlab.models.cached import kept_answer, put_by, told_again
from agentlab.models.estimate import Estimate
from agentlab.models.guards import Guards
from agentlab.models.question import cache_key
from agentlab.models.recorded import Book, Why
from agentlab.models.retry import RetryPolicy
from agentlab.types import (
    Attempt,
    Delta,
    Message,
    ModelRequest,
    ModelResponse,
    OnDelta,
    Purse,
    Scope,
    cost_of,
    credits_of,
    to_credits,
)

_ILL = {"overloaded", "provider_failed", "unreachable", "timed_out", "answer_cut", "answer_garbled"}
"""Errors that say something about the provider's health, and not about the question."""
_SAME_ELSEWHERE = {"over_budget", "request_refused", "calls_off"}
"""Errors that another model would not spare us."""


class Priced(Protocol):
    """A model to be guarded: one attempt per call, its price told beforehand."""

    @property
    def name(self) -> str: ...

    @property
    def provider(self) -> str: ...

    def estimate(self, request: ModelRequest) -> Estimate: ...

    async def answer(self, request: ModelRequest, scope: Scope, on_delta: OnDelta | None = None) -> ModelResponse: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all calls of one run, or of one question."""

    guards: Guards
    policy: RetryPolicy
    purse: Purse | None = None
    user: str = "local"


class Guarded:
    """A provider's model behind guards, and those that stand in for it, in their order. Implements the port ``Model``."""

    def __init__(self, models: Sequence[tuple[Priced, Book]], terms: Terms) -> None:
        self._models = models
        self._terms = terms

    @property
    def name(self) -> str:
        """The name of the model that is asked first."""
        return self._models[0][0].name

    async def answer(self, request: ModelRequest, scope: Scope, on_delta: OnDelta | None = None) -> ModelResponse:
        """The answer of the first model that gives one. Raises the last one's ``ModelError``, all attempts in it."""
        made: list[Attempt] = []
        for model, book in self._models[:-1]:
            try:
                return await _Call(model, book, self._terms, request, scope, _Listener(on_delta), made).answer()
            except ModelError as error:
                if error.code in _SAME_ELSEWHERE:
                    raise
        model, book = self._models[-1]
        return await _Call(model, book, self._terms, request, scope, _Listener(on_delta), made).answer()


class _Listener:
    """Who hears the pieces of the answer, and whether anything was said that a new attempt takes back."""

    def __init__(self, on_delta: OnDelta | None) -> None:
        self._on_delta = on_delta
        self._heard = False

    @property
    def hears(self) -> OnDelta | None:
        """To be told the pieces; None where nobody listens."""
        return self._tell if self._on_delta else None

    def begin_anew(self) -> None:
        if self._heard and self._on_delta:
            self._on_delta(Delta(restart=True))
        self._heard = False

    def _tell(self, delta: Delta) -> None:
        self._heard = True
        if self._on_delta:
            self._on_delta(delta)


@dataclass(slots=True)
class _Call:
    """One question to one model, until it is answered or given up."""

    model: Priced
    book: Book
    terms: Terms
    request: ModelRequest
    scope: Scope
    listener: _Listener
    made: list[Attempt]
    """All attempts so far, those of other models too."""

    async def answer(self) -> ModelResponse:
        """Raises ``ModelError``, its attempts those of the whole question."""
        ends_at = self.terms.policy.clock() + (self.request.options.timeout_s or self.terms.policy.whole_s)
        key = cache_key(self.model.name, self.request)
        if key and (kept := await kept_answer(self.terms.guards.cache, key)):
            return await self._from_cache(kept)
        waited_s, attempt = 0.0, 0
        while True:
            attempt += 1
            left_s = ends_at - self.terms.policy.clock()
            try:
                response = await self._attempt(left_s, waited_s)
            except ModelError as error:
                self.made += error.attempts
                error.attempts = tuple(self.made)
                wait = self._wait_s(error, attempt, ends_at - self.terms.policy.clock())
                if wait is None:
                    raise
                waited_s = wait
            else:
                if key:
                    await put_by(self.terms.guards.cache, key, response)
                return self._in_all(response)
            self.listener.begin_anew()
            await asyncio.sleep(waited_s)

    async def _from_cache(self, kept: ModelResponse) -> ModelResponse:
        async def found() -> ModelResponse:
            return kept

        response = await self.book.attempt(self.request, self.scope, found, self._why(0.0))
        told_again(response, self.listener.hears)
        return self._in_all(response)

    async def _attempt(self, left_s: float, waited_s: float) -> ModelResponse:
        """One attempt, recorded; what it says of the provider's health goes to the breaker."""
        breakers, name = self.terms.guards.breakers, self.model.name
        try:
            response = await self.book.attempt(
                self.request, self.scope, lambda: self._sent(left_s), self._why(waited_s)
            )
        except ModelError as error:
            if error.code in _ILL:
                await breakers.failed(name)
            elif error.attempts[-1].http_status:
                await breakers.succeeded(name)
            raise
        await breakers.succeeded(name)
        return response

    async def _sent(self, left_s: float) -> ModelResponse:
        guards, purse = self.terms.guards, self.terms.purse
        await guards.breakers.admit(self.model.name)
        waited_s = await guards.rates.take(self.terms.user, self.model.provider, wait_s=max(left_s, 0.0))
        options = replace(self.request.options, timeout_s=max(left_s - waited_s, 0.001))
        request = replace(self.request, options=options)
        if purse is None:
            return await self.model.answer(request, self.scope, self.listener.hears)
        request, reserved = self._within(purse, request)
        try:
            return await self.model.answer(request, self.scope, self.listener.hears)
        finally:
            purse.release(reserved)

    def _within(self, purse: Purse, request: ModelRequest) -> tuple[ModelRequest, int]:
        """The request, its answer no longer than the purse can pay, and the micro-credits set aside for it."""
        most = self.model.estimate(request)
        cut = most.cut_to(purse.left)
        if cut is None:
            raise OverBudget(
                f"{self.model.name}: The call may cost {most.credits:g} credits and {to_credits(max(purse.left, 0)):g} "
                "are left; nothing was sent.",
                hint="Raise the budget, shorten the prompt, lower max_tokens, or take a cheaper model.",
            )
        if refused := purse.reserve(cut.micro):
            raise OverBudget(f"{self.model.name}: {refused.message}", hint="Nothing was sent.")
        if cut.max_tokens < most.max_tokens:
            request = replace(request, options=replace(request.options, max_tokens=cut.max_tokens))
        return request, cut.micro

    def _why(self, waited_s: float) -> Why:
        return Why(len(self.made) + 1, self.made[-1].error_kind if self.made else "", waited_s)

    def _wait_s(self, error: ModelError, attempt: int, left_s: float) -> float | None:
        """Seconds until the question is asked again; None where it is not."""
        if not isinstance(error, OutputInvalid):
            return self.terms.policy.wait_s(error, attempt, left_s)
        if attempt >= self.terms.policy.attempts or self.made[-1].retry_reason == error.code:
            return None
        self.request = _with_correction(self.request, error)
        return 0.0

    def _in_all(self, response: ModelResponse) -> ModelResponse:
        attempts = (*self.made, *response.attempts)
        cost = cost_of(attempts)
        return replace(response, attempts=attempts, cost_usd=cost, credits=credits_of(cost))


def _with_correction(request: ModelRequest, error: OutputInvalid) -> ModelRequest:
    """The question again, with what was wrong about the first answer."""
    problems = " ".join(error.context["problems"])
    words = f"Your last answer was not as asked: {problems} Answer again, as the schema says."
    return replace(request, messages=(*request.messages, Message(role="user", content=words)))
