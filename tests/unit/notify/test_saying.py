"""What a message says, and that no part of a target's URL is in a reason."""

from __future__ import annotations

import pytest

from agentlab.notify import words
from agentlab.notify.outward import _without
from agentlab.notify_settings import read_targets
from agentlab.types import RunResult


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", ["T1JJ3T3L2", "TIiajkdnlazkcOXrIdevi7FQ"]),
        ("mailtos://user:pass-word@mail.example.org?to=a@b.org", ["pass-word"]),
        ("json://hook.example.org/in?token=abcdef123", ["abcdef123"]),
    ],
)
def test_no_part_of_a_url_that_may_be_a_key_is_in_a_reason(url, secrets) -> None:
    said = _without(url, f"{url} failed: {' and '.join(secrets)} were refused with 403")

    assert not any(secret in said for secret in secrets)
    assert said.endswith("were refused with 403")


def test_a_run_that_succeeded_says_its_answer_and_one_that_did_not_its_reason() -> None:
    both = {"run_id": "r", "answer": "The answer.", "error": "The reason."}

    assert words.text_of(RunResult(status="succeeded", **both)).startswith("The answer.")
    assert words.text_of(RunResult(status="failed", **both)).startswith("The reason.")
    assert words.text_of(RunResult(status="cancelled", run_id="r", answer="So far.")).startswith("So far.")


def test_an_unknown_cost_is_said_to_be_unknown() -> None:
    assert "cost unknown" in words.text_of(RunResult(run_id="r", status="failed", cost_usd=None))
    assert "cost $0.0123" in words.text_of(RunResult(run_id="r", status="failed", cost_usd=0.01234))


def test_a_target_says_itself_what_it_is_told_of_or_else_the_setting_does() -> None:
    first, second = read_targets('["json://a/b", {"url": "slack://c", "on": ["succeeded"]}]', ("failed", "long"))

    assert (first.service, first.on) == ("json", ("failed", "long"))
    assert (second.service, second.on) == ("slack", ("succeeded",))
    assert first.key != second.key


def test_a_cut_text_is_as_long_as_it_may_be_and_says_so() -> None:
    assert words.cut("a" * 10, 10) == "a" * 10
    assert words.cut("a" * 11, 10) == "a" * 8 + " …"
