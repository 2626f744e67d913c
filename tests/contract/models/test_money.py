"""What an answer cost: exact, and unknown rather than wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest
from model_ways import WAYS

from agentlab.errors import ModelError
from agentlab.testing import Raw, Reply
from agentlab.testing.speech import error_body

PER_MILLION = Decimal(1_000_000)
RATES = {
    # US dollars for a million tokens of the prompt, read from the cache, written to it, of the answer
    "anthropic:claude-sonnet-4-5": ("3", "0.30", "3.75", "15"),
    "openai-chat:gpt-4o": ("2.5", "1.25", None, "10"),
    "openai-responses:gpt-5": ("1.25", "0.125", None, "10"),
    "google:gemini-2.5-flash": ("0.30", "0.03", None, "2.5"),
}
"""As the providers' price pages have them."""


def price(model: str, fresh: int, read: int, written: int, answer: int) -> Decimal:
    rates = [Decimal(rate or 0) for rate in RATES[model]]
    return (
        sum((n * rate for n, rate in zip((fresh, read, written, answer), rates, strict=True)), Decimal(0)) / PER_MILLION
    )


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", RATES)
def test_money_is_exact_with_the_cache_and_with_reasoning(lab, server, model, stream) -> None:
    written = 3_000 if model.startswith("anthropic") else 0
    server.reply = Reply(
        input_tokens=10_000,
        cache_read_tokens=2_000,
        cache_write_tokens=written,
        output_tokens=777,
        reasoning_tokens=500,
    )

    answer = lab.ask("How much?", model=model, stream=stream)

    assert answer.cost_usd == price(model, 8_000 - written, 2_000, written, 777)
    assert isinstance(answer.cost_usd, Decimal)
    assert answer.credits == round(answer.cost_usd * 1_000 * 1_000_000)  # a thousand to the dollar, in millionths
    usage = answer.usage
    assert (usage.input_tokens, usage.output_tokens) == (10_000, 777)
    assert (usage.cache_read_tokens, usage.cache_write_tokens or 0) == (2_000, written)
    if not model.startswith("anthropic"):  # whose interface does not say
        assert usage.reasoning_tokens == 500


def test_a_long_prompt_costs_what_long_prompts_cost(lab, server) -> None:
    for tokens, fresh, answered in ((200_000, "3", "15"), (200_001, "6", "22.5")):
        server.reply = Reply(input_tokens=tokens, output_tokens=1_000)

        cost = lab.ask("How much?", model="anthropic:claude-sonnet-4-5").cost_usd

        assert cost == (tokens * Decimal(fresh) + 1_000 * Decimal(answered)) / PER_MILLION


@pytest.mark.parametrize("name", ["anthropic:claude-nobody-9", "openai-chat:nobody", "google:nobody"])
def test_an_unknown_model_has_an_unknown_cost(lab, name) -> None:
    answer = lab.ask("How much?", model=name)

    assert (answer.cost_usd, answer.credits, answer.price_version) == (None, None, "")
    assert answer.usage.output_tokens == 20


def test_another_model_that_answers_is_paid_at_its_own_price(lab, server) -> None:
    server.reply = Reply(model="gpt-4o-mini")
    assert lab.ask("Who?", model="openai-chat:gpt-4o").cost_usd == Decimal("0.000027")

    server.reply = Reply(model="someone/else")
    assert lab.ask("Who?", model="openai-chat:gpt-4o").cost_usd is None

    server.reply = Reply(model="gpt-4o-2099-01-01")
    assert lab.ask("Who?", model="openai-chat:gpt-4o").cost_usd == price("openai-chat:gpt-4o", 100, 0, 0, 20)


@pytest.mark.parametrize("stream", [False, True])
def test_without_usage_the_cost_is_unknown_and_never_nothing(lab, server, paid, stream) -> None:
    server.reply = Reply(counted=False)
    if paid.interface == "anthropic":  # refused: its interface always counts
        with pytest.raises(ModelError, match="nothing about tokens"):
            lab.ask("How much?", model=paid.model, stream=stream)
        return

    answer = lab.ask("How much?", model=paid.model, stream=stream)

    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (None, None)
    assert (answer.cost_usd, answer.credits) == (None, None)
    assert lab.sql("select input_tokens, cost_usd, credits from llm_calls").fetchall() == [(None, None, None)]


@pytest.mark.parametrize("name", ["own-server", "ollama"])
def test_servers_of_ones_own_cost_nothing_even_under_a_known_name(lab, server, name) -> None:
    for reply in (Reply(), Reply(model="gpt-4o"), Reply(counted=False)):
        server.reply = reply

        answer = lab.ask("How much?", model=WAYS[name].model)

        assert (answer.cost_usd, answer.credits) == (0, 0)


def test_a_server_that_is_not_free_is_priced_by_the_name_of_the_model(open_lab, server) -> None:
    lab = open_lab(model_servers={"paid": {"base_url": server.url(version=True), "free": False}})

    assert lab.ask("How much?", model="paid:gpt-4o").cost_usd == price("openai-chat:gpt-4o", 100, 0, 0, 20)


def test_a_refused_attempt_costs_nothing_more(open_lab, paid) -> None:
    plain, cost = open_lab().ask("How much?", model=paid.model), open_lab("429msx1").ask("How much?", model=paid.model)

    assert cost.cost_usd == plain.cost_usd > 0
    assert [(it.error_kind, it.charged, it.cost_usd) for it in cost.attempts] == [
        ("rate_limited", False, None),
        ("", True, plain.cost_usd),
    ]


def test_an_attempt_that_broke_off_keeps_its_tokens_and_makes_the_cost_unknown(open_lab) -> None:
    answer = open_lab("cutx1").ask("How much?", model=WAYS["anthropic"].model, stream=True)

    failed, good = answer.attempts
    assert (failed.error_kind, failed.charged) == ("answer_cut", True)
    assert (failed.usage.input_tokens, failed.usage.output_tokens) == (100, 1)
    assert good.cost_usd > 0
    assert (answer.cost_usd, answer.credits) == (None, None)


def test_an_error_in_place_of_an_answer_is_not_charged(lab, server, paid) -> None:
    body = str(error_body(paid.interface, 500, "no")).replace("'", '"').encode().replace(b"None", b"null")
    server.reply = lambda _: Raw(body=body, status=500) if len(server.requests) == 1 else Reply()

    answer = lab.ask("How much?", model=paid.model)

    assert answer.attempts[0].charged is False
    assert answer.cost_usd == answer.attempts[1].cost_usd > 0
