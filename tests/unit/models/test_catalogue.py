"""What is known of a model by its name, and what the settings make of it."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import pytest

from agentlab.errors import KeyMissing, SettingsInvalid, UnknownModel
from agentlab.model_settings import ModelSettings
from agentlab.models import known_models, models
from agentlab.models.catalogue import (
    ROLES,
    about,
    credits_per_1k,
    known,
    price_per_million,
    resolve,
    retirement_warning,
    roles,
)
from agentlab.models.listing import priced, providers, without_password
from agentlab.models.prices import price_of
from agentlab.models.probe import probe, to_ask
from agentlab.settings import Settings
from agentlab.types import ModelResponse, Usage

TODAY = date(2026, 11, 25)
REALLY_TODAY = datetime.now(UTC).date()
NAMES = [info.name for info in known()]
ORIGINAL = {
    "anthropic:claude-opus-4-5": "15",
    "anthropic:claude-sonnet-4-5": "3",
    "anthropic:claude-haiku-4-5": "1",
    "openai:gpt-4-turbo": "10",
    "openai:gpt-4o": "5",
    "openai:gpt-4o-mini": "0.15",
    "google:gemini-2.0-flash": "0.075",
    "google:gemini-1.5-pro": "1.25",
}


pytestmark = pytest.mark.usefixtures("no_keys")


def row(name: str, **settings: object) -> dict[str, object]:
    return next(found for found in models(Settings(**settings), TODAY) if found["name"] == name)


# --- what is known ----------------------------------------------------------------------------------------------------


def test_the_eight_original_models_are_known_with_their_credits() -> None:
    found = {info.name: info.original_credits_per_1k for info in known() if info.original_credits_per_1k}

    assert found == {name: Decimal(credits) for name, credits in ORIGINAL.items()}


@pytest.mark.parametrize("name", NAMES)
def test_every_known_model_has_a_size_and_a_price_in_the_installed_list(name) -> None:
    info, price = about(name), price_per_million(name)

    assert info is not None
    assert info.context_window is not None
    assert info.context_window >= 100_000
    assert price is not None
    assert price.output >= price.input > 0
    assert price.price_version.startswith("genai-prices ")


@pytest.mark.parametrize(
    "name", sorted({*roles(ModelSettings()).values(), *(info.successor for info in known() if info.successor)})
)
def test_every_default_and_every_successor_is_priced_and_not_on_its_way_out(name) -> None:
    info = about(name)

    assert name in NAMES
    assert price_per_million(name) is not None
    assert retirement_warning(name, REALLY_TODAY) == ""
    assert info is not None
    assert not info.successor


def test_what_is_on_its_way_out_names_a_successor_of_the_same_provider() -> None:
    leaving = [info for info in known() if info.retiring or info.original_credits_per_1k]

    assert len(leaving) >= len(ORIGINAL)
    assert all(info.successor.partition(":")[0] == info.name.partition(":")[0] for info in leaving)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("anthropic:claude-sonnet-4-5-20250929", "anthropic:claude-sonnet-4-5"),
        ("anthropic:claude-opus-4-5-20251101", "anthropic:claude-opus-4-5"),
        ("openai:gpt-4o-2024-08-06", "openai:gpt-4o"),
        ("openai-chat:gpt-4o", "openai:gpt-4o"),
        ("openai-responses:gpt-4o-mini-2024-07-18", "openai:gpt-4o-mini"),
        ("google:gemini-1.5-pro-002", "google:gemini-1.5-pro"),
        (" Google:gemini-2.0-flash-001 ", "google:gemini-2.0-flash"),
    ],
)
def test_dated_versions_and_other_ways_to_a_model_are_that_model(name, base) -> None:
    info, its_base = about(name), about(base)

    assert info is not None
    assert its_base is not None
    assert (info.title, info.retires_on, info.successor) == (its_base.title, its_base.retires_on, its_base.successor)
    assert info.name == name.strip()


def test_a_version_that_retires_before_its_name_says_so() -> None:
    assert "was retired by OpenAI on 23 October 2026" in retirement_warning("openai:gpt-4o-2024-05-13", TODAY)
    assert "will be retired by OpenAI on 14 January 2027" in retirement_warning("openai:gpt-4o-2024-08-06", TODAY)


def test_a_model_that_only_the_price_list_knows_is_known_as_far_as_that_goes() -> None:
    info = about("anthropic:claude-opus-4-6")

    assert info is not None
    assert (info.title, info.context_window, info.retires_on, info.images) == ("Claude Opus 4.6", 1_000_000, None, None)


@pytest.mark.parametrize("name", ["openai:nothing", "ollama:llama3.1", "offline", "", "openai:", "nobody:gpt-4o"])
def test_what_nobody_knows_is_none(name) -> None:
    assert about(name) is None


def source(package: str, path: str) -> str:
    """The text of a module of an installed package, which is not imported for it."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / path).read_text(encoding="utf-8")


def sdk_dates() -> dict[str, date]:
    """Days of retirement by the providers' own SDKs."""
    found = {}
    for name, month, day, year in re.findall(
        r'"([\w.-]+)": "(\w+) (\d+)\w\w, (\d{4})"', source("anthropic", "_data/deprecated_models.py")
    ):
        moment = datetime.strptime(f"{day} {month} {year} +0000", "%d %B %Y %z")
        found[f"anthropic:{name}"] = moment.date()
    for entry in re.split(r"\n- ", source("openai", "types/shared/chat_model.py").split('"""Deprecated values:')[1]):
        told = re.search(r"Announced shutdown date:\s+(\d{4}-\d\d-\d\d)", entry)
        names = re.findall(r'"([\w.-]+)"', entry) if told else []
        found |= {f"openai:{name}": date.fromisoformat(told[1]) for name in names if told}
    return found


def test_the_dates_are_those_of_the_providers_own_sdks() -> None:
    theirs = sdk_dates()
    ours = {
        name: info.retires_on
        for name in [
            *NAMES,
            "openai:gpt-4o-2024-05-13",
            "openai:gpt-4o-2024-11-20",
            "anthropic:claude-opus-4-5-20251101",
        ]
        for info in [about(name)]
        if info and not name.startswith("google:")
    }

    assert len(theirs) > 20
    assert {name: day for name, day in ours.items() if day} == {n: day for n, day in theirs.items() if n in ours}


@pytest.mark.parametrize("name", [info.name for info in known() if info.original_credits_per_1k or info.retires_on])
def test_the_page_tells_the_same_as_the_table(name) -> None:
    info, price = about(name), price_per_million(name)
    page = (Path(__file__).parents[3] / "docs/reference/models.md").read_text(encoding="utf-8")
    (line,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]

    assert info is not None
    assert price is not None
    assert [cell.strip(" `") for cell in line.strip("|").split("|")] == [
        name,
        priced(info.original_credits_per_1k) if info.original_credits_per_1k else "—",
        f"{priced(price.input)} and {priced(price.output)}",
        f"{info.retires_on or 'unknown'}",
        info.successor,
    ]


# --- prices -----------------------------------------------------------------------------------------------------------


def test_prices_hold_the_cache_and_the_tiers() -> None:
    price = price_per_million("anthropic:claude-sonnet-4-5")

    assert price is not None
    assert (price.input, price.output, price.cache_read, price.cache_write) == (
        Decimal(3), Decimal(15), Decimal("0.3"), Decimal("3.75"),
    )  # fmt: skip
    assert [(tier.above, tier.input, tier.output) for tier in price.tiers] == [(200_000, Decimal(6), Decimal("22.5"))]


@pytest.mark.parametrize("name", NAMES)
def test_the_price_shown_is_the_price_reckoned(name) -> None:
    provider, _, model = name.partition(":")
    now = datetime.now(UTC).replace(tzinfo=None)

    shown = price_per_million(name)
    reckoned = price_of(provider, model, Usage(input_tokens=1_000, output_tokens=1_000), now)

    assert shown is not None
    assert reckoned is not None
    assert reckoned.usd == (shown.input + shown.output) / 1_000


def test_a_credit_is_a_thousandth_of_a_dollar() -> None:
    price = price_per_million("openai:gpt-4o")

    assert price is not None
    usd_for_1k = price.input / 1_000
    assert credits_per_1k("openai:gpt-4o") == (usd_for_1k / Decimal("0.001"), Decimal(10))
    assert credits_per_1k("openai:nothing") is None


def test_servers_of_ones_own_cost_nothing_unless_it_is_said() -> None:
    servers = {"lab": {"base_url": "http://gpu:8000/v1"}, "rented": {"base_url": "http://x/v1", "free": False}}
    settings = ModelSettings(model_servers=servers)

    assert [getattr(price_per_million(name, settings), "input", None) for name in (
        "ollama:gpt-4o", "vllm:any", "llamacpp:any", "lab:gpt-4o", "rented:gpt-4o", "rented:nothing",
    )] == [0, 0, 0, 0, Decimal("2.5"), None]  # fmt: skip


# --- retirement -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2026, 11, 25), "will be retired by Anthropic on 30 November 2026, in 5 days. Take anthropic:claude-sonnet-5-5"),
        (date(2026, 11, 29), "in 1 day."),
        (date(2026, 11, 30), "was retired by Anthropic on 30 November 2026"),
        (date(2027, 6, 1), "may not answer any more. Take anthropic:claude-sonnet-5-5 instead."),
    ],
)  # fmt: skip
def test_the_warning_says_when_and_what_instead(today, said) -> None:
    assert said in retirement_warning("anthropic:claude-sonnet-4-5", today)


def test_a_model_that_stays_and_one_without_a_day() -> None:
    assert retirement_warning("anthropic:claude-sonnet-5-5", TODAY) == ""
    assert retirement_warning("anthropic:claude-haiku-4-5", TODAY) == ""
    assert retirement_warning("offline", TODAY) == ""
    assert "the day is not known here" in retirement_warning("google:gemini-2.0-flash-lite", TODAY)


# --- roles ------------------------------------------------------------------------------------------------------------


def test_a_role_stands_for_its_model_wherever_a_name_does() -> None:
    settings = ModelSettings(plan_model="ollama:qwen3", reason_model="plan")

    assert tuple(roles(settings)) == ROLES
    assert [resolve(name, settings) for name in ("plan", " reason ", "cheap", "offline", "scripted:plan")] == [
        "ollama:qwen3", "ollama:qwen3", settings.cheap_model, "offline", "scripted:plan",
    ]  # fmt: skip


def test_roles_that_name_each_other_are_refused() -> None:
    settings = ModelSettings(plan_model="reason", reason_model="cheap", cheap_model="plan")

    with pytest.raises(SettingsInvalid, match="leads to no model"):
        resolve("plan", settings)


# --- the list ---------------------------------------------------------------------------------------------------------


def test_what_is_configured_comes_first_and_the_keyless_ones_before_all() -> None:
    rows = models(Settings(google_api_key="k"), TODAY)
    names = [found["name"] for found in rows]

    assert names[:3] == [found["name"] for found in known_models()][:3]
    configured = [found["configured"] for found in rows]
    assert configured == sorted(configured, reverse=True)
    assert {found["provider"] for found in rows if found["configured"]} == {"agentlab", "google"}
    assert len(names) == len(set(names))
    assert set(NAMES) <= set(names)


def test_a_row_says_what_a_model_costs_needs_and_is_used_for() -> None:
    found = row("anthropic:claude-sonnet-4-5", plan_model="anthropic:claude-sonnet-4-5", cheap_model="plan")

    assert (found["provider"], found["configured"], found["key_setting"]) == ("anthropic", False, "ANTHROPIC_API_KEY")
    assert (found["context_window"], found["retires_on"]) == (200_000, "2026-11-30")
    assert {name: found["price"][name] for name in ("input", "output")} == {"input": "3", "output": "15"}
    assert found["credits_per_1k"] == {"input": "3", "output": "15"}
    assert found["roles"] == ["plan", "cheap"]
    assert found["successor"] == "anthropic:claude-sonnet-5-5"
    assert "in 5 days" in found["warning"]


def test_models_that_only_the_settings_name_are_listed_too() -> None:
    settings = {"cheap_model": "ollama:llama3.1", "fallback_models": ["anthropic:claude-opus-4-6", "nobody:x"]}

    local, listed, stranger = (row(name, **settings) for name in ("ollama:llama3.1", *settings["fallback_models"]))

    assert (local["configured"], local["roles"], local["price"]["input"]) == (True, ["cheap"], "0")
    assert local["base_url"] == "http://127.0.0.1:11434/v1"
    assert listed["price"]["input"] == "5"
    assert (stranger["configured"], stranger["price"]) == (False, None)


def test_all_roles_together_are_ready_when_each_of_them_is() -> None:
    assert row("roles")["configured"] is False
    assert row("roles", anthropic_api_key="k")["configured"] is True
    assert row("roles", anthropic_api_key="k", cheap_model="openai:gpt-6-luna")["configured"] is False
    assert row("roles", plan_model="offline", reason_model="offline", cheap_model="offline")["configured"] is True


def test_a_local_server_is_configured_where_somebody_said_where_it_is(monkeypatch) -> None:
    assert row("ollama:NAME")["configured"] is False

    monkeypatch.setenv("OLLAMA_BASE_URL", "http://127.0.0.1:11434/v1")

    assert row("ollama:NAME")["configured"] is True


def test_another_server_behind_openais_variable_is_a_server() -> None:
    (openai,) = [
        found for found in providers(Settings(openai_base_url="http://litellm:4000/v1")) if found.name == "openai"
    ]

    assert (openai.server, openai.configured, openai.models) == (True, True, ())


def test_no_key_and_no_password_is_in_the_list() -> None:
    settings = Settings(
        anthropic_api_key="sk-very-secret",
        ollama_base_url="http://me:pass-word@127.0.0.1:11434/v1?token=to-ken",
        model_servers={"lab": {"base_url": "http://gpu:8000/v1", "api_key": "sk-very-secret"}},
    )

    text = json.dumps(models(settings, TODAY)) + repr(providers(settings))

    assert not any(secret in text for secret in ("very-secret", "pass-word", "to-ken"))
    assert without_password("https://u:p@h:1/v1?k=v") == "https://h:1/v1"


# --- tests of a key ---------------------------------------------------------------------------------------------------


def test_a_provider_is_tested_with_a_model_in_use_else_with_its_smallest() -> None:
    settings = Settings(anthropic_api_key="k", openai_api_key="k", plan_model="anthropic:claude-opus-5-5")

    assert to_ask("anthropic", settings) == "anthropic:claude-opus-5-5"
    assert to_ask("openai", settings) == "openai:gpt-6-luna"
    assert to_ask("openai-chat", settings) == "openai-chat:gpt-6-luna"
    assert to_ask("plan", settings) == "anthropic:claude-opus-5-5"
    assert to_ask("ollama", settings) == ""
    assert to_ask("offline", settings) == "offline"


def test_the_models_asked_where_none_is_in_use_are_known() -> None:
    from agentlab.models.probe import _SMALLEST

    assert all(about(name) and not retirement_warning(name, REALLY_TODAY) for name in _SMALLEST.values())


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("antropic", UnknownModel, "Did you mean anthropic"),
        ("openai", KeyMissing, "OPENAI_API_KEY"),
        ("google:gemini-3.8-flash", KeyMissing, "GOOGLE_API_KEY"),
        ("mistral:x", UnknownModel, "There is no model"),
    ],
)
def test_what_cannot_be_tested_is_said_before_anything_is_sent(name, error, said) -> None:
    with pytest.raises(error, match=said):
        probe(name, Settings(), lambda *_args, **_how: pytest.fail("asked"))


def test_a_test_is_one_short_question() -> None:
    asked = []

    def ask(prompt: str, **how: object) -> ModelResponse:
        asked.append((prompt, how))
        return ModelResponse(text="ok", usage=Usage(input_tokens=9, output_tokens=2), cost_usd=Decimal("0.00001"))

    found = probe("anthropic", Settings(anthropic_api_key="k"), ask)

    assert asked == [("Say ok.", {"model": "anthropic:claude-sonnet-5-5", "max_tokens": 64})]
    assert found.as_dict() | {"ms": 0} == {
        "model": "anthropic:claude-sonnet-5-5", "text": "ok", "ms": 0, "input_tokens": 9, "output_tokens": 2,
        "cost_usd": 0.00001, "cache_hit": False,
    }  # fmt: skip
