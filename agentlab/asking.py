"""The part of ``Lab`` that asks models directly: one question, guarded and traced like those of runs."""

from __future__ import annotations

import os
import queue
import threading
from abc import ABC
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from agentlab import trace
from agentlab.agent.guards import Budget
from agentlab.door import Door
from agentlab.errors import ModelError
from agentlab.models.gateway import Gateway
from agentlab.recorder import LabRecorder
from agentlab.settings import Settings
from agentlab.types import (
    Delta,
    Limits,
    ModelRequest,
    ModelResponse,
    OnDelta,
    Options,
    Scope,
    Span,
    Thinking,
    ToolSchema,
    cost_of,
    credits_of,
    to_micro,
)

if TYPE_CHECKING:
    from agentlab.models.asking import Picture, Prompt, Schema
    from agentlab.models.guards import GuardStates
    from agentlab.models.tokens import TokenCount


_SHOWN = 300
"""Characters of a question that stand for it in lists."""


class Asking(ABC):
    """Needs ``settings``, ``recorder`` and ``gateway``."""

    settings: Settings
    recorder: LabRecorder
    gateway: Gateway

    def ask(
        self,
        prompt: Prompt,
        *,
        model: str | None = None,
        system: str = "",
        tools: Sequence[ToolSchema | Mapping[str, Any]] = (),
        output: Schema | None = None,
        stream: bool | OnDelta = False,
        images: Sequence[Picture] = (),
        max_tokens: int | None = None,
        temperature: float | None = None,
        thinking: Thinking | None = None,
        tool_choice: str = "auto",
        parallel_tool_calls: bool | None = None,
        prompt_cache: bool = False,
        cache: bool | None = None,
        timeout_s: float | None = None,
        budget: float | None = None,
        user: str = "local",
    ) -> ModelResponse:
        """Ask a model one question and wait for the whole answer.

        ``prompt`` is a text, or messages as ``{"role", "content"}`` or ``Message``, the last one from the user or a tool;
        ``response.message`` belongs into the next prompt. ``model`` is ``provider:name``, a role (``plan``, ``reason``,
        ``cheap``) or a keyless one; None takes the setting. ``tools`` are JSON Schemas ``{"name", "description",
        "parameters"}``; nothing is called, the answer says what the model wants called. ``output`` is a JSON Schema or a
        pydantic class; the answer is in ``response.output``, checked. With ``stream`` the answer is asked for as a stream,
        and a function gets each piece (``Delta``) as it comes. ``thinking`` is True or an effort; ``prompt_cache`` lets the
        provider keep the prompt; ``cache`` lets our own cache answer (None: at temperature 0). ``budget`` is in credits, for
        this call; ``timeout_s`` in seconds, all attempts together.

        Raises a ``ModelError`` that says what to do, its ``attempts`` with what they cost; ``UnknownModel``, ``KeyMissing``.
        """
        options = Options(
            max_tokens=max_tokens,
            temperature=temperature,
            thinking=thinking,
            prompt_cache=prompt_cache,
            tool_choice=tool_choice,
            parallel_tool_calls=parallel_tool_calls,
            timeout_s=timeout_s,
            cache=cache,
        )
        from agentlab.models.asking import request_of

        request = request_of(prompt, system=system, tools=tools, output=output, images=images, options=options)
        on_delta = stream if callable(stream) else (_ignore if stream else None)
        limit = to_micro(self.settings.step_credits if budget is None else budget)
        purse = Budget(Limits(budget=limit, step_budget=limit))
        asked = self.gateway.open(model or self.settings.model, purse=purse, user=user)
        return self._door.run(self._asked(asked.answer, request, self._around(), on_delta))

    def stream(self, prompt: Prompt, **how: Any) -> AnswerStream:
        """As ``ask``, piece by piece: ``for piece in (answer := lab.stream("…")): print(piece, end="")``, then ``answer.response``."""
        return AnswerStream(lambda on_delta: self.ask(prompt, stream=on_delta, **how))

    def count_tokens(
        self, prompt: Prompt, *, model: str | None = None, system: str = "", tools: Sequence[Mapping[str, Any]] = ()
    ) -> TokenCount:
        """How many tokens a prompt has: as the provider counts where it does (free), else estimated from its length."""
        from agentlab.models.asking import request_of

        request = request_of(prompt, system=system, tools=tools)
        return self._door.run(self.gateway.count(model or self.settings.model, request))

    def guard_states(self) -> GuardStates:
        """How breakers, rate limits and the store they are shared over stand now."""
        return self._door.run(self.gateway.guards.states())

    # --- inside ---------------------------------------------------------------------------------------------------

    @cached_property
    def _door(self) -> Door:
        return Door()

    def _close_door(self) -> None:
        if "_door" in self.__dict__:
            self._door.close(self.gateway.close)

    def _around(self) -> Scope | None:
        """Where the caller is: in a span of its own, in a run, or in none."""
        otel = self.__dict__.get("_otel")
        around = otel.around() if otel else trace.current_scope()
        if around is None or isinstance(around, Scope):
            return around
        return Scope(trace_id=around.trace_id, run_id=around.run_id, parent_span_id=around.span_id, step=around.step)

    async def _asked(
        self, answer: Callable[..., Any], request: ModelRequest, around: Scope | None, on_delta: OnDelta | None
    ) -> ModelResponse:
        """Ask inside the span around the caller, or else in a trace of its own, which then is a run by its trace id."""
        if around is not None:
            response: ModelResponse = await answer(request, around, on_delta)
            return response
        trace_id = os.urandom(16).hex()
        top = Scope(trace_id=trace_id, run_id=trace_id)
        asked = request.messages[-1].content
        with trace.span(
            self.recorder,
            top,
            "ask",
            kind="other",
            attributes={"agentlab.goal": asked[:_SHOWN]},
            payloads={"input": asked},
        ) as span:
            try:
                answered: ModelResponse = await answer(request, top.under(span), on_delta)
            except ModelError as error:
                _charge(span, cost_of(error.attempts))
                raise
            _charge(span, answered.cost_usd)
            span.payloads["output"] = answered.output if answered.output is not None else answered.text
        return answered


def _charge(span: Span, cost: Decimal | None) -> None:
    span.cost_usd, span.credits = None if cost is None else float(cost), credits_of(cost)


def _ignore(_: Delta) -> None:
    """For a stream that nobody listens to."""


class AnswerStream:
    """The pieces of an answer as they come, each a text; ``response`` is the whole of it, once they have come."""

    def __init__(self, ask: Callable[[OnDelta], ModelResponse]) -> None:
        self._pieces: queue.SimpleQueue[Delta | None] = queue.SimpleQueue()
        self._whole: Future[ModelResponse] = Future()
        threading.Thread(target=self._run, args=(ask,), daemon=True).start()

    @property
    def response(self) -> ModelResponse:
        """The whole answer; waits for it, and raises what the question raised."""
        return self._whole.result()

    def deltas(self) -> Iterator[Delta]:
        """The pieces as records: thinking too, and a mark where a failed attempt begins anew."""
        while (piece := self._pieces.get()) is not None:
            yield piece
        self._whole.result()

    def __iter__(self) -> Iterator[str]:
        return (piece.text for piece in self.deltas() if piece.text)

    def _run(self, ask: Callable[[OnDelta], ModelResponse]) -> None:
        try:
            self._whole.set_result(ask(self._pieces.put))
        except BaseException as error:  # noqa: BLE001 - raised where the answer is read
            self._whole.set_exception(error)
        finally:
            self._pieces.put(None)
