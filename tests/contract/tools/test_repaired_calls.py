"""A call fails, the offline model says what to try, and that succeeds: with real tools, a web site, a drive and a calendar."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from offer_world import FINE, Outside, World, world_in
from site_server import Site

from agentlab.models import open_model
from agentlab.testing import MemoryRecorder
from agentlab.types import JSON, ModelRequest, Scope, ToolResult


@pytest.fixture(scope="module")
def outside(server: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    outside = Outside(tmp_path_factory.mktemp("outside"), server)
    yield outside
    outside.close()


@pytest.fixture
def world(site: Site, outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with world_in(tmp_path / "home", site, outside, monkeypatch, smtp=False) as world:
        yield world


def repaired(
    world: World, tool: str, args: JSON, *, description: str = "", goal: str = "", kind: str
) -> tuple[str, JSON, Any]:
    """Call, ask, call again, three times at most: the tool and the arguments that succeeded, and their data."""
    model = open_model("offline", MemoryRecorder())
    specs = world.tools.specs()
    tried: list[JSON] = []
    first = world.call(tool, args)
    assert first.error is not None
    assert first.error.kind == kind, first.error
    failed, now_tool, now_args = first, tool, args
    for number in range(3):
        assert failed.error is not None
        inputs = {
            "goal": goal,
            "step": {"id": "a", "tool": now_tool, "args": now_args, "description": description},
            "args": now_args,
            "error": {
                "kind": failed.error.kind,
                "message": failed.error.message,
                "options": list(failed.error.options),
            },
            "tools": [
                {"name": it.name, "description": it.description, "input_schema": it.input_schema} for it in specs
            ],
            "tried": tried,
        }
        request = ModelRequest(purpose="repair", inputs={**inputs, "now": "2026-03-05T09:00"})
        said = asyncio.run(model.answer(request, Scope.of_run("run_1"))).output
        assert said["action"] in ("change_arguments", "alternative"), (failed.error, said)
        tried.append({"tool": now_tool, "args": now_args, "error": failed.error.kind})
        now_tool, now_args = said["tool"], said["args"]
        assert {"tool": now_tool, "args": now_args} not in [{"tool": it["tool"], "args": it["args"]} for it in tried]
        result: ToolResult = world.call(now_tool, now_args, f"run:{number}")
        if result.success:
            return now_tool, now_args, result.data
        failed = result
    raise AssertionError(failed.error)


def test_a_file_that_is_nearly_named_right(world) -> None:
    (world.drive / "notes").mkdir()
    (world.drive / "notes" / "minutes.md").write_text("It rained on 3 May 2026.")

    _, args, data = repaired(world, "ai.extract", {"fields": ["dates"], "file": "minutes.md"}, kind="not_found")
    _, mail, _ = repaired(
        world,
        "email.send",
        {"to": ["ann@example.org"], "subject": "s", "attachments": ["kept.txt", "notes/minute.md"]},
        kind="not_found",
    )

    assert args["file"] == "notes/minutes.md"
    assert data["values"]["dates"] == ["2026-05-03"]
    assert mail["attachments"] == ["kept.txt", "notes/minutes.md"]


def test_an_event_whose_title_has_a_slip(world) -> None:
    made = world.good("calendar.create", {"title": "Project review", "start": "2026-03-10T15:00"}).data

    _, args, data = repaired(world, "calendar.update", {"event": "Projct reveiw", "start": "16:00"}, kind="not_found")

    assert (args["event"], data["id"]) == ("Project review", made["id"])


@pytest.mark.parametrize(
    ("args", "right"),
    [
        ({"text": "One. Two. Three.", "sentences": "two"}, {"sentences": 2}),
        ({"text": "One. Two. Three.", "sentences": "about 2 sentences"}, {"sentences": 2}),
        ({"text": "One. Two. Three.", "sentences": 500}, {"sentences": 50}),
        ({"text": "One. Two. Three.", "sentence": 2}, {"sentences": 2}),
        ({"text": "One. Two. Three.", "colour": "red"}, {}),
        ({"text": ["One.", "Two."]}, {"text": "One., Two."}),
    ],
)
def test_arguments_of_the_wrong_name_or_kind(world, args, right) -> None:
    _, found, _ = repaired(world, "ai.summarize", args, kind="invalid_arguments")

    assert {name: found[name] for name in right} == right
    assert "colour" not in found


def test_a_selector_that_is_not_there_but_one_like_it(world) -> None:
    page = FINE + "<table id=price-table><tr><td>Tea</td><td>3</td></tr></table>"
    url = world.site.page("/prices", page)

    _, args, data = repaired(world, "browser.extract", {"url": url, "selector": "#prices"}, kind="selector_missing")
    _, _, by_words = repaired(
        world,
        "browser.extract",
        {"url": url, "selector": "div.kosten > b"},
        description="the price table",
        kind="selector_missing",
    )

    assert args["selector"] == "#price-table"
    assert "Tea" in data["text"]
    assert "Tea" in by_words["text"]


def test_a_page_that_wants_a_browser_and_one_that_a_browser_cannot_open(world) -> None:
    def only_browsers(headers: Any, body: bytes) -> Any:
        status = 200 if "Chrome" in headers.get("user-agent", "") else 403
        return status, {"Content-Type": "text/html"}, FINE.encode()

    world.site.rules["/app"] = only_browsers
    table = world.site.page(
        "/a.csv", "a,b\n1,2\n", Content_Type="text/csv", Content_Disposition="attachment; filename=a.csv"
    )

    tool, _, data = repaired(world, "http.get", {"url": world.site.url("/app")}, kind="forbidden")
    other, _, plain = repaired(world, "browser.navigate", {"url": table}, kind="download")

    assert (tool, "All is well" in data["text"]) == ("browser.extract", True)
    assert (other, plain["text"]) == ("http.get", "a,b\n1,2")


def test_without_a_browser_the_page_is_asked_for_plainly(world) -> None:
    url = world.site.page("/fine", FINE)
    world.own_browser("/nowhere/chromium")

    tool, _, data = repaired(world, "browser.extract", {"url": url, "selector": "h1"}, kind="browser_missing")

    assert tool == "http.get"
    assert "All is well" in data["text"]


@pytest.mark.parametrize(
    ("tool", "args", "kind", "right"),
    [
        ("http.get", {"url": "<127.0.0.1:{port}/a b>"}, "invalid_url", {"url": "https://127.0.0.1:{port}/a%20b"}),
        (
            "calendar.create",
            {"title": "Call", "start": "tomorrow at 3pm"},
            "invalid_time",
            {"start": "2026-03-06T15:00"},
        ),
        (
            "calendar.create",
            {"title": "Call", "start": "2026-03-29T02:30"},
            "no_such_time",
            {"start": "2026-03-29T03:30"},
        ),
        (
            "calendar.create",
            {"title": "Call", "start": "2026-03-10T15:00", "timezone": "Berlin"},
            "invalid_zone",
            {"timezone": "Europe/Berlin"},
        ),
        (
            "email.send",
            {"to": ["mailto:ann@example.org."], "subject": "s", "body": "b"},
            "invalid_address",
            {"to": ["ann@example.org"]},
        ),
        (
            "email.send",
            {"to": ["ann@example.org"], "subject": "Hello\nWorld", "body": "b"},
            "invalid_header",
            {"subject": "Hello World"},
        ),
        (
            "drive.createSheet",
            {"title": "w", "rows": [["x" * 40_000]], "format": "xlsx"},
            "too_large",
            {"format": "csv"},
        ),
    ],
)
def test_what_is_nearly_right_is_put_right(world, tool, args, kind, right) -> None:
    def filled(value: Any) -> Any:
        return value.replace("{port}", str(world.site.port)) if isinstance(value, str) else value

    args = {name: filled(value) for name, value in args.items()}
    if kind == "invalid_url":  # the site speaks no TLS, so what matters is what is tried
        assert _said(world, tool, args, kind)["args"] == {name: filled(value) for name, value in right.items()}
        return

    _, found, _ = repaired(world, tool, args, kind=kind)

    assert {name: found[name] for name in right} == right


def _said(world: World, tool: str, args: JSON, kind: str) -> Any:
    failed = world.call(tool, args).error
    assert failed is not None
    assert failed.kind == kind
    inputs = {
        "step": {"id": "a", "tool": tool},
        "args": args,
        "error": {"kind": failed.kind, "message": failed.message, "options": list(failed.options)},
        "tools": [{"name": it.name, "input_schema": it.input_schema} for it in world.tools.specs()],
    }
    model = open_model("offline", MemoryRecorder())
    request = ModelRequest(purpose="repair", inputs=inputs)
    return asyncio.run(model.answer(request, Scope.of_run("run_1"))).output
