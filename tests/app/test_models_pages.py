"""The page Models and the choice of a model on Launch: keys missing, keys there, tests that fail, guards."""

from __future__ import annotations

import json
import re
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from app_reading import parts, texts, words

from agentlab.errors import KeyRefused
from agentlab.lab import Lab
from agentlab.types import ModelResponse, Usage

SECRET = "sk-very-secret"


pytestmark = pytest.mark.usefixtures("no_keys")


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a key for Anthropic and one for OpenAI."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)


def given(app) -> str:
    """Everything that the browser is given, as text."""
    return json.dumps(parts(app))


def rows(app) -> dict[str, str]:
    """The table of models: name and the text of its line."""
    body = parts(app)["models"]["nodes"][1]["children"][1]["children"]
    return {found[0]: " ".join(found) for found in (list(texts(line)) for line in body)}


# --- Models -----------------------------------------------------------------------------------------------------------


def test_without_a_key_the_page_says_which_to_set(visit, empty) -> None:
    app = visit(empty, "models")

    assert not app.exception
    assert "Set ANTHROPIC_API_KEY and start agentlab again." in words(app)
    assert app.button(key="test-anthropic").disabled
    assert not app.button(key="test-ollama").disabled
    assert app.button(key="test-ollama").label == "List models"


def test_roles_show_their_models_and_what_they_cost(visit, empty, keys, monkeypatch) -> None:
    monkeypatch.setenv("AGENTLAB_PLAN_MODEL", "openai:gpt-4-turbo")
    app = visit(empty, "models")

    assert [line["children"][0]["children"][0] for line in parts(app)["roles"]["nodes"][0]["children"]] == [
        "plan", "reason", "cheap",
    ]  # fmt: skip
    assert "$0.1 in and $0.5 out per million tokens" in words(app)
    assert "openai:gpt-4-turbo was retired by OpenAI on 23 October 2026" in words(app)


def test_the_table_has_prices_credits_context_and_retirement(visit, empty, keys) -> None:
    found = rows(visit(empty, "models"))

    assert found["anthropic:claude-sonnet-5-5"].endswith("2 10 2 10 1,000,000")
    assert re.search("retire[sd] 2027-01-14", found["openai:gpt-4o"])
    assert "no key" in found["google:gemini-3.8-flash"]
    assert "no key" not in found["openai:gpt-4o"]


def test_a_test_shows_the_answer_with_its_figures(visit, empty, keys, monkeypatch) -> None:
    asked = []

    def ask(_: Lab, prompt: str, **how: object) -> ModelResponse:
        asked.append((prompt, how["model"]))
        return ModelResponse(text="ok", usage=Usage(input_tokens=11, output_tokens=2), cost_usd=Decimal("0.00042"))

    monkeypatch.setattr(Lab, "ask", ask, raising=False)
    app = visit(empty, "models")
    app.button(key="test-anthropic").click().run()

    assert asked == [("Say ok.", "anthropic:claude-sonnet-5-5")]
    assert "11 + 2 tokens, $0.0004" in words(app)
    assert "result-anthropic" in parts(app)

    app.button(key="test-ollama").click().run()

    assert "result-anthropic" in parts(app), "a second test leaves the first one's answer where it is"


def test_a_test_that_fails_says_what_to_do(visit, empty, keys, monkeypatch) -> None:
    def ask(*_args: object, **_how: object) -> ModelResponse:
        raise KeyRefused("OpenAI does not take the key.", hint="Make a new one, then set OPENAI_API_KEY.")

    monkeypatch.setattr(Lab, "ask", ask, raising=False)
    app = visit(empty, "models")
    app.button(key="test-openai").click().run()

    assert not app.exception
    assert "OpenAI does not take the key." in words(app)
    assert "Make a new one, then set OPENAI_API_KEY." in words(app)
    assert {"result-openai", "card-google", "models"} <= parts(app).keys()


def test_a_server_that_is_not_there_is_named(visit, empty, monkeypatch) -> None:
    monkeypatch.setenv("VLLM_BASE_URL", f"http://me:{SECRET}@127.0.0.1:9/v1")
    app = visit(empty, "models")
    app.button(key="test-vllm").click().run()

    assert "vLLM does not answer at http://127.0.0.1:9/v1/models" in words(app)
    assert SECRET not in given(app)


def test_no_key_is_given_to_the_browser(visit, empty, keys) -> None:
    for page in ("models", "launch"):
        app = visit(empty, page)
        assert SECRET not in given(app)
        assert SECRET not in str(app.main)


def test_guards_are_shown_where_the_lab_has_them(visit, empty, monkeypatch) -> None:
    states = SimpleNamespace(
        breakers=[
            SimpleNamespace(name="anthropic", state="open", failures=5, opened_at=None, retry_after_s=12.4)
        ],
        rates=[SimpleNamespace(user="ann", provider="openai", limit=60, used=58, left=2)],
        shared=SimpleNamespace(url="redis://cache:6379/0", reachable=False, since=datetime.fromisoformat("2026-11-25T08:00"), error="refused"),
    )  # fmt: skip
    monkeypatch.setattr(Lab, "guard_states", lambda _: states, raising=False)

    text = words(visit(empty, "models"))

    for said in ("5 failures in a row", "tries again in 12 s", "58 of 60 calls in the last minute", "2 left",
                 "not reachable", "since 2026-11-25 08:00 UTC, last error: refused"):  # fmt: skip
        assert said in text


def test_guards_that_hold_nothing_back_say_so(visit, empty, monkeypatch) -> None:
    states = SimpleNamespace(
        breakers=[], rates=[], shared=SimpleNamespace(url="", reachable=False, since=None, error="")
    )
    monkeypatch.setattr(Lab, "guard_states", lambda _: states, raising=False)

    text = words(visit(empty, "models"))

    assert "every call goes through" in text
    assert "those of this process" in text


# --- the choice on Launch ---------------------------------------------------------------------------------------------


def test_launch_offers_keyless_models_roles_and_those_with_a_key(visit, empty, keys) -> None:
    options = visit(empty, "launch").selectbox(key="launch_model").options

    assert options[0] == "offline"
    assert {"roles", "anthropic:claude-sonnet-5-5", "openai:gpt-4o"} <= set(options)
    assert not [name for name in options if name.startswith("google:")]


def test_the_model_of_the_settings_is_chosen_first(visit, empty, monkeypatch) -> None:
    monkeypatch.setenv("AGENTLAB_MODEL", "plan")

    app = visit(empty, "launch")

    assert app.selectbox(key="launch_model").value == "plan"
    assert "Claude Sonnet 5.5" in words(app)


def test_a_chosen_model_shows_its_price_and_its_end(visit, empty, keys) -> None:
    app = visit(empty, "launch")
    app.selectbox(key="launch_model").select("openai:gpt-4o").run()

    assert "$2.5 in and $10 out per million tokens, 128,000 tokens of context" in words(app)
    assert "retired by OpenAI on 14 January 2027" in words(app)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("google:gemini-3.8-flash", "GOOGLE_API_KEY is not set"),
        ("antropic:claude", "Did you mean anthropic"),
        ("roles", "ANTHROPIC_API_KEY is not set"),
    ],
)
def test_a_model_that_cannot_be_asked_is_refused_in_place_and_nothing_is_lost(
    visit, empty, monkeypatch, typed, said
) -> None:
    monkeypatch.setenv("AGENTLAB_MODEL", typed)
    app = visit(empty, "launch")

    assert said in words(app)
    app.text_area(key="goal").set_value("List the files in the drive")

    app.button(key="run").click().run()

    assert not app.exception
    assert app.text_area(key="goal").value == "List the files in the drive"
    assert app.selectbox(key="launch_model").value == typed
    assert "run-error" in parts(app)
