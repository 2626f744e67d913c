"""Ask the run's model: a failure is an answer too, so that the journal can keep it, and everything is settled once."""

from __future__ import annotations

from agentlab import trace
from agentlab.agent.bench import Bench
from agentlab.errors import ModelError
from agentlab.failpoints import reach
from agentlab.types import Journal, ModelRequest, ModelResponse, OnDelta, Scope, cost_of, credits_of


async def ask(bench: Bench, request: ModelRequest, scope: Scope, on_delta: OnDelta | None = None) -> ModelResponse:
    """The model's response; one that failed has the finish reason ``error`` and says why in its text."""
    try:
        reach("model.asked")
        response = await bench.model.answer(request, scope, on_delta)
        reach("model.answered")
    except ModelError as error:
        cost = cost_of(error.attempts)
        response = ModelResponse(
            text=str(error), finish_reason="error", cost_usd=cost, credits=credits_of(cost), attempts=error.attempts
        )
    bench.budget.use(response.credits or 0)
    warn(bench, scope, response.credits or 0)
    return response


def warn(bench: Bench, scope: Scope, amount: int) -> None:
    """Say in the trace where a share of the budget is passed by ``amount`` more micro-credits. Inside a piece of work only."""
    for percent in bench.budget.warnings(amount):
        words = f"{percent} % of the budget is used"
        with trace.span(bench.recorder, scope, words, kind="other", operation="budget_warning") as span:
            span.attributes["agentlab.percent"] = percent


def settled(bench: Bench, response: ModelResponse) -> ModelResponse:
    """``response``, its cost counted. Raises ``ModelError`` where it failed."""
    bench.budget.settle(response.credits or 0, response.cost_usd)
    if response.finish_reason == "error":
        raise ModelError(response.text)
    return response


async def heard_once(name: str, bench: Bench, journal: Journal, request: ModelRequest, scope: Scope) -> ModelResponse:
    """The answer to ``request``, asked at most once however often the run is resumed, and heard while it is written.

    Raises ``ModelError``.
    """

    async def work() -> ModelResponse:
        return await ask(bench, request, scope, bench.hear)

    return settled(bench, await journal.once(name, work, returns=ModelResponse))
