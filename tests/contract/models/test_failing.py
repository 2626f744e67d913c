"""When a provider fails: one request for each attempt, one row for each, and waits as long as it asks for."""

from __future__ import annotations

import json
import time

import pytest
from model_ways import WAYS

from agentlab.errors import ModelError, Overloaded, RateLimited, TimedOut
from agentlab.testing import Raw, Reply

ROWS = "select attempt, error_type, input_tokens, output_tokens, cost_usd, credits from llm_calls order by attempt"


def test_one_attempt_is_one_request(open_lab, server, way) -> None:
    for attempts in (1, 2):
        server.reset()
        with pytest.raises(ModelError) as caught:
            open_lab("500", model_attempts=attempts).ask("x", model=way.model)

        assert caught.value.code == "provider_failed"
        assert len(server.requests) == len(caught.value.attempts) == attempts


@pytest.mark.parametrize("stream", [False, True])
def test_every_attempt_is_a_row(open_lab, way, stream) -> None:
    lab = open_lab("429msx2")

    answer = lab.ask("x", model=way.model, stream=stream)

    paid = float(answer.cost_usd)
    unknown = (0.0, 0.0) if way.free else (None, None)
    assert [it.number for it in answer.attempts] == [1, 2, 3]
    assert lab.sql(ROWS).fetchall() == [
        (1, "rate_limited", None, None, *unknown),
        (2, "rate_limited", None, None, *unknown),
        (3, None, 100, 20, paid, pytest.approx(paid * 1_000)),
    ]
    told = lab.sql("select attributes->>'agentlab.retry_reason' from spans where kind = 'llm' order by attempt")
    assert told.fetchall() == [(None,), ("rate_limited",), ("rate_limited",)]


@pytest.mark.parametrize(("fault", "least", "most"), [("429ms", 0.05, 0.45), ("429", 1.0, 1.9), ("429date", 0.5, 2.5)])
def test_a_wait_that_is_asked_for_is_kept(open_lab, way, fault, least, most) -> None:
    answer = open_lab(f"{fault}x1").ask("x", model=way.model)

    assert least <= answer.attempts[1].waited_s < most
    assert answer.attempts[1].retry_reason == "rate_limited"


@pytest.mark.parametrize("fault", ["429n", "500", "503", "529", "reset", "html", "empty", "badjson"])
def test_a_wait_of_our_own_is_short(open_lab, way, fault) -> None:
    answer = open_lab(f"{fault}x1").ask("x", model=way.model)

    assert 0.2 <= answer.attempts[1].waited_s <= 0.5
    assert answer.text == Reply().text


def test_a_wait_of_an_hour_is_an_error_at_once(open_lab, server, way) -> None:
    began = time.monotonic()

    with pytest.raises(RateLimited) as caught:
        open_lab("429long").ask("x", model=way.model)

    assert caught.value.retry_after_s == pytest.approx(3_600, abs=5)
    assert len(server.requests) == 1
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("fault", "code"),
    [("400", "request_refused"), ("401", "key_refused"), ("403", "key_refused"), ("404", "model_gone")],
)
def test_what_asking_again_does_not_mend_is_asked_once(open_lab, server, way, fault, code) -> None:
    with pytest.raises(ModelError) as caught:
        open_lab(fault).ask("x", model=way.model)

    assert (caught.value.code, len(server.requests)) == (code, 1)
    assert caught.value.hint


def test_a_call_ends_in_its_time(open_lab, way) -> None:
    lab, began = open_lab("hang"), time.monotonic()

    for stream in (False, True):
        with pytest.raises(TimedOut):
            lab.ask("x", model=way.model, stream=stream, timeout_s=0.3)
    assert time.monotonic() - began < 5


def test_the_setting_ends_a_call_too(open_lab) -> None:
    with pytest.raises(TimedOut):
        open_lab("hang", model_timeout_s=0.3).ask("x", model=WAYS["google"].model)


def test_a_context_that_is_too_long_and_an_account_that_is_empty_have_their_own_errors(lab, server) -> None:
    told = {
        ("anthropic", 400, "context_too_long"): {"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long: 212000 tokens > 200000 maximum"}},
        ("anthropic", 400, "quota_exhausted"): {"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."}},
        ("openai-chat", 400, "context_too_long"): {"error": {"message": "This model's maximum context length is 128000 tokens.", "type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded"}},
        ("openai-responses", 400, "context_too_long"): {"error": {"message": "Your input exceeds the context window of this model.", "type": "invalid_request_error", "param": "input", "code": "context_length_exceeded"}},
        ("openai-chat", 429, "quota_exhausted"): {"error": {"message": "You exceeded your current quota.", "type": "insufficient_quota", "param": None, "code": "insufficient_quota"}},
        ("google", 400, "context_too_long"): {"error": {"code": 400, "message": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", "status": "INVALID_ARGUMENT"}},
        ("google", 400, "key_refused"): {"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT", "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}]}},
    }  # fmt: skip
    for (name, status, code), body in told.items():
        server.reset()
        server.reply = lambda _, body=body, status=status: Raw(body=json.dumps(body).encode(), status=status)
        with pytest.raises(ModelError) as caught:
            lab.ask("x", model=WAYS[name].model)

        assert (name, caught.value.code, len(server.requests)) == (name, code, 1)


def test_a_provider_that_is_not_there_is_unreachable(open_lab, way) -> None:
    nobody = "http://127.0.0.1:9"
    lab = open_lab(
        model_attempts=1,
        anthropic_base_url=nobody,
        openai_base_url=f"{nobody}/v1",
        google_base_url=nobody,
        ollama_base_url=f"{nobody}/v1",
        model_servers={"lab": {"base_url": f"{nobody}/v1"}},
    )

    with pytest.raises(ModelError) as caught:
        lab.ask("x", model=way.model)
    assert caught.value.code == "unreachable"
    assert caught.value.attempts[0].charged is False  # nothing was sent


def test_connections_are_free_again_after_failures(open_lab, server, way) -> None:
    """More failures than a pool has places would stop the next question."""
    lab = open_lab("529", model_attempts=1, breaker_threshold=1_000, model_rate_per_minute=0)
    for _ in range(210):
        with pytest.raises(Overloaded):
            lab.ask("x", model=way.model, stream=True)

    assert len(server.requests) == 210
