"""Guards around a question of ``lab.ask``: cache, breaker, limits, credits, stand-ins, and the switch that turns calls off."""

from __future__ import annotations

import time

import pytest
from model_ways import WAYS

from agentlab.errors import CallsOff, CircuitOpen, KeyMissing, ModelError, OverBudget, ProviderFailed, RateLimited
from agentlab.testing import Reply

FIRST, SECOND = "anthropic:claude-haiku-5-5", "openai-chat:gpt-4o"


def test_a_deterministic_question_is_asked_once(lab, server, way) -> None:
    first, again = (lab.ask("x", model=way.model, temperature=0) for _ in range(2))

    assert len(server.requests) == 1
    assert (again.text, again.cache_hit, again.cost_usd, again.credits) == (first.text, True, 0, 0)
    assert (first.cache_hit, first.cost_usd) == (False, first.attempts[0].cost_usd)
    rows = lab.sql("select cache_hit, cost_usd from llm_calls order by started_at").fetchall()
    assert rows[1] == (True, 0.0)
    assert rows[0][0] is None


def test_any_other_question_is_asked_each_time(lab, server, way) -> None:
    for _ in range(2):
        lab.ask("x", model=way.model)
    for _ in range(2):
        lab.ask("x", model=way.model, temperature=0, cache=False)

    assert len(server.requests) == 4


def test_the_cache_answers_where_it_is_asked_to_and_tells_a_listener(lab, server) -> None:
    heard = list[str]()
    lab.ask("x", model=FIRST, cache=True)
    answer = lab.ask("x", model=FIRST, cache=True, stream=lambda it: heard.append(it.text))

    assert len(server.requests) == 1
    assert "".join(heard) == answer.text == Reply().text
    assert lab.ask("y", model=FIRST, cache=True).cache_hit is False  # another question


def test_a_failed_answer_is_not_kept(open_lab, server) -> None:
    lab = open_lab("errorevent", model_attempts=1)
    for _ in range(2):
        with pytest.raises(ProviderFailed):
            lab.ask("x", model=FIRST, temperature=0)

    assert len(server.requests) == 2


def test_a_model_that_keeps_failing_is_left_alone_and_then_tried_once(open_lab, server, way) -> None:
    lab = open_lab("500x6", model_attempts=1, breaker_cooldown_s=0.4)
    for _ in range(5):
        with pytest.raises(ProviderFailed):
            lab.ask("x", model=way.model)

    with pytest.raises(CircuitOpen) as caught:
        lab.ask("x", model=way.model)
    assert len(server.requests) == 5  # nothing was sent
    assert caught.value.retry_after_s <= 0.4

    time.sleep(0.45)
    with pytest.raises(ProviderFailed):  # the one that tries
        lab.ask("x", model=way.model)
    with pytest.raises(CircuitOpen):
        lab.ask("x", model=way.model)
    assert len(server.requests) == 6

    time.sleep(0.45)
    assert lab.ask("x", model=way.model).text
    assert lab.ask("x", model=way.model).text  # closed again
    kinds = lab.sql("select error_type, count(*) from llm_calls group by all order by all nulls last").fetchall()
    assert kinds == [("circuit_open", 2), ("provider_failed", 6), (None, 2)]


def test_a_wrong_question_says_nothing_about_the_models_health(open_lab, server) -> None:
    lab = open_lab("400", model_attempts=1)
    for _ in range(7):
        with pytest.raises(ModelError, match="wrong"):
            lab.ask("x", model=FIRST)

    assert len(server.requests) == 7


def test_a_stand_in_answers_where_the_first_is_down(open_lab, server) -> None:
    lab = open_lab(anthropic_base_url=server.url("503"), fallback_models=[SECOND], model_attempts=2)

    answer = lab.ask("x", model=FIRST)

    assert answer.model == SECOND
    assert [(it.number, it.model, it.error_kind) for it in answer.attempts] == [
        (1, FIRST, "overloaded"),
        (2, FIRST, "overloaded"),
        (3, SECOND, ""),
    ]
    assert answer.cost_usd == answer.attempts[2].cost_usd > 0
    assert lab.sql("select attempt, model from llm_calls order by attempt").fetchall() == [
        (1, FIRST),
        (2, FIRST),
        (3, SECOND),
    ]


def test_a_stand_in_is_not_asked_what_is_wrong_in_itself(open_lab, server) -> None:
    lab = open_lab(anthropic_base_url=server.url("400"), fallback_models=[SECOND])

    with pytest.raises(ModelError):
        lab.ask("x", model=FIRST)
    assert len(server.requests) == 1


def test_where_all_are_down_the_last_error_has_all_attempts(open_lab, server) -> None:
    lab = open_lab("503", fallback_models=[SECOND, WAYS["google"].model], model_attempts=1)

    with pytest.raises(ModelError) as caught:
        lab.ask("x", model=FIRST)
    assert [it.model for it in caught.value.attempts] == [FIRST, SECOND, WAYS["google"].model]


def test_more_calls_than_a_user_may_make_are_refused_or_wait(open_lab, server, way) -> None:
    lab = open_lab(model_rate_per_minute=2)
    for _ in range(2):
        lab.ask("x", model=way.model)

    with pytest.raises(RateLimited) as caught:
        lab.ask("x", model=way.model, timeout_s=1)
    assert caught.value.retry_after_s > 1
    assert len(server.requests) == 2
    assert lab.ask("x", model=way.model, user="another").text  # who counts for themselves


def test_what_the_budget_cannot_pay_is_not_sent(lab, server, paid) -> None:
    with pytest.raises(OverBudget) as caught:
        lab.ask("x" * 30_000, model=paid.model, budget=0.001)

    assert server.requests == []
    assert (caught.value.attempts[0].charged, len(caught.value.attempts)) == (False, 1)
    assert lab.sql("select error_type, cost_usd from llm_calls").fetchall() == [("over_budget", None)]


def test_an_answer_is_cut_to_what_the_budget_can_pay(lab, server) -> None:
    answer = lab.ask("x", model="openai-chat:gpt-4o", budget=10)  # a cent: a thousand tokens of the answer

    sent = server.requests[-1].body["max_completion_tokens"]
    assert 900 < sent <= 1_000
    assert answer.credits <= 10 * 1_000_000

    lab.ask("x", model="openai-chat:gpt-4o", budget=1_000)
    assert server.requests[-1].body.get("max_completion_tokens") in (None, 8_192)


def test_servers_of_ones_own_need_no_budget(lab) -> None:
    for name in ("own-server", "ollama"):
        assert lab.ask("x" * 30_000, model=WAYS[name].model, budget=0.001).text


def test_a_fixture_turns_calls_off(lab, server, way, no_model_calls) -> None:
    with pytest.raises(CallsOff):
        lab.ask("x", model=way.model)
    with pytest.raises(CallsOff):
        lab.count_tokens("x", model=way.model)
    assert server.requests == []
    assert lab.ask("What rained?", model="offline").text  # keyless ones answer as ever


def test_a_setting_turns_calls_off(open_lab, server, way) -> None:
    lab = open_lab(real_model_calls=False)

    with pytest.raises(CallsOff, match="AGENTLAB_REAL_MODEL_CALLS"):
        lab.ask("x", model=way.model)
    assert server.requests == []


def test_a_provider_without_its_key_is_refused(open_lab, server) -> None:
    with pytest.raises(KeyMissing, match="ANTHROPIC_API_KEY"):
        open_lab(anthropic_api_key="").ask("x", model=FIRST)
    assert server.requests == []
