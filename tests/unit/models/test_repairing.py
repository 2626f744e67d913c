"""Which way the rules take after a failure, and where they take none."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentlab.models.offline.model import OfflineModel
from agentlab.types import JSON, ModelRequest, Scope

SCHEMA: JSON = {"type": "object", "properties": {"file": {"type": "string"}, "event": {"type": "string"}}}


def repair(
    tool: str,
    args: JSON,
    kind: str,
    message: str = "",
    *,
    options: tuple[str, ...] = (),
    tools: dict[str, JSON] | None = None,
    tried: list[JSON] | None = None,
    **more: Any,
) -> JSON:
    inputs = {
        "goal": more.pop("goal", ""),
        "step": {"id": "a", "tool": tool, "args": {}, **more},
        "args": args,
        "error": {"kind": kind, "message": message, "options": list(options)},
        "tools": [{"name": name, "input_schema": schema} for name, schema in (tools or {tool: {}}).items()],
        "tried": tried or [],
    }
    answer = asyncio.run(OfflineModel().answer(ModelRequest(purpose="repair", inputs=inputs), Scope.of_run("r")))
    found: JSON = answer.output
    return found


def test_the_nearest_name_comes_first_and_what_was_tried_never_again() -> None:
    message = "There is no file 'note.md' in the drive. Did you mean notes.md or old/note2.md or note.txt?"

    first = repair("ai.chat", {"file": "note.md"}, "not_found", message)
    second = repair(
        "ai.chat", {"file": "note.md"}, "not_found", message, tried=[{"tool": "ai.chat", "args": first["args"]}]
    )

    assert (first["action"], first["tool"], first["args"]) == ("change_arguments", "ai.chat", {"file": "notes.md"})
    assert second["args"] != first["args"]
    assert second["action"] == "change_arguments"


@pytest.mark.parametrize("tool", ["calendar.delete", "drive.share", "email.send"])
def test_where_a_wrong_guess_would_do_harm_only_a_slip_is_mended(tool) -> None:
    far = repair(tool, {"event": "Standup"}, "not_found", "There is no event 'Standup'. Did you mean 'Stan up north'?")
    slip = repair(tool, {"event": "Standpu"}, "not_found", "There is no event 'Standpu'. Did you mean 'Standup'?")

    assert far["action"] == "give_up"
    assert slip["args"] == {"event": "Standup"}


def test_a_click_is_made_on_nothing_else() -> None:
    message = "Nothing on http://x/ is clearly 'Cancel'. Nearest: #buy (button: Buy now)."

    assert repair("browser.click", {"description": "Cancel"}, "selector_missing", message)["action"] == "give_up"
    assert (
        repair("browser.extract", {"description": "Cancel"}, "selector_missing", message)["args"]["selector"] == "#buy"
    )


def test_only_what_the_failure_offers_and_the_run_has_is_proposed() -> None:
    tools: dict[str, JSON] = {"http.get": {}, "browser.extract": {}}

    offered = repair("http.get", {"url": "http://x/"}, "forbidden", options=("alternative",), tools=tools)
    not_offered = repair("http.get", {"url": "http://x/"}, "forbidden", options=("ask",), tools=tools)
    not_there = repair("http.get", {"url": "http://x/"}, "forbidden", options=("alternative",))

    assert (offered["action"], offered["tool"]) == ("alternative", "browser.extract")
    assert (not_offered["action"], not_there["action"]) == ("give_up", "give_up")


@pytest.mark.parametrize(
    ("args", "kind", "right"),
    [
        ({"limit": 100}, "too_large", {"limit": 50}),
        ({"timeoutS": 60.0}, "timeout", {"timeoutS": 30.0}),
        ({"fullPage": True}, "too_large", {"fullPage": False}),
        ({"title": "Notes.md"}, "exists", {"title": "Notes (2).md"}),
        ({"name": "Notes"}, "already_exists", {"name": "Notes (2)"}),
    ],
)
def test_less_of_it_or_another_name(args, kind, right) -> None:
    assert repair("shop.find", args, kind)["args"] == right


def test_a_name_that_is_taken_twice_gets_the_next_number() -> None:
    tried = [{"tool": "shop.add", "args": {"name": "Notes (2)"}}]

    said = repair("shop.add", {"name": "Notes"}, "conflict", "Notes already exists.", tried=tried)

    assert said["args"] == {"name": "Notes (3)"}


def test_names_and_kinds_by_the_schema_but_nothing_is_lost_where_the_world_changes() -> None:
    schema: JSON = {
        "type": "object",
        "required": ["to"],
        "properties": {
            "to": {"type": "array", "items": {"type": "string"}},
            "urgent": {"type": "boolean"},
            "size": {"enum": ["small", "large"]},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
    }

    said = repair(
        "shop.order",
        {"to": "ann", "urgent": "yes", "size": "Large", "note": 5},
        "invalid_arguments",
        tools={"shop.order": schema},
    )
    extra = repair("shop.order", {"to": ["ann"], "colour": "red"}, "invalid_arguments", tools={"shop.order": schema})

    assert said["args"] == {"to": ["ann"], "urgent": True, "size": "large", "note": "5"}
    assert extra["action"] == "give_up"


def test_the_page_of_the_goal_is_opened_where_none_is() -> None:
    tools: dict[str, JSON] = {"browser.extract": {"properties": {"url": {}, "selector": {}}}}

    said = repair(
        "browser.extract",
        {"selector": "h1"},
        "no_page",
        tools=tools,
        goal="Read the headline of https://example.org/news",
    )

    assert said["args"] == {"selector": "h1", "url": "https://example.org/news"}


@pytest.mark.parametrize("kind", ["internal", "auth", "unconfirmed", "no_model", ""])
def test_where_no_rule_helps_it_gives_up_and_says_so(kind) -> None:
    said = repair("shop.order", {"to": "ann"}, kind, "Something odd.")

    assert said == {"action": "give_up", "tool": "", "args": {}, "why": "No rule knows a way around this failure."}


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"step": {}, "error": {}},
        {"args": {"a": [1, {"b": None}]}, "error": {"kind": "not_found", "message": "Did you mean ?"}},
    ],
)
def test_odd_questions_are_no_reason_to_fail(inputs) -> None:
    answer = asyncio.run(OfflineModel().answer(ModelRequest(purpose="repair", inputs=inputs), Scope.of_run("r")))

    assert answer.output["action"] == "give_up"
