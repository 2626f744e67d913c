"""One suite over every built-in tool: what each of them owes to the loop."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from agentlab.models import open_model
from agentlab.settings import Settings
from agentlab.testing import MemoryRecorder
from agentlab.tools import builtin_tools
from agentlab.tools.function import FunctionTool
from agentlab.types import MICRO, Scope, ToolContext

GOOD: dict[str, dict[str, Any]] = {
    "http.get": {"url": "https://example.org/"},
    "http.post": {"url": "https://example.org/", "text": "x"},
    "ai.summarize": {"text": "It rained on 3 May 2026. The river rose by 40 cm."},
    "ai.extract": {"text": "It rained on 3 May 2026.", "fields": ["dates"]},
    "ai.chat": {"prompt": "When did it rain?", "context": "It rained on 3 May 2026."},
    "drive.list": {},
    "drive.createDoc": {"title": "Note", "content": "text"},
    "drive.createSheet": {"title": "Sheet", "columns": ["a"], "rows": [[1]]},
    "drive.upload": {"path": "kept.txt", "name": "again.txt"},
    "drive.download": {"file": "kept.txt"},
    "drive.share": {"file": "kept.txt", "with": ["ann@example.org"]},
    "email.send": {"to": ["ann@example.org"], "subject": "Note", "body": "text"},
    "email.sendBatch": {"recipients": ["ann@example.org", "bob@example.org"], "subject": "Note", "body": "text"},
    "calendar.create": {"title": "Review", "start": "2026-03-10T15:00"},
    "calendar.list": {"from": "2026-03-10"},
    "calendar.update": {"event": "Standup", "start": "10:00"},
    "calendar.delete": {"event": "Standup"},
    "browser.navigate": {"url": "https://example.org/"},
    "browser.extract": {"selector": "h1"},
    "browser.click": {"selector": "text=Sign in"},
    "browser.screenshot": {},
    "browser.waitFor": {"selector": "#done"},
}
MAKING = ["drive.createDoc", "drive.createSheet", "drive.upload", "drive.download"]
"""They leave a file."""
OFFLINE = sorted(name for name in GOOD if not name.startswith(("http.", "browser.")))
FAILING = {
    "http.get": {"url": "http://127.0.0.1:1/"},
    "http.post": {"url": "http://169.254.169.254/", "json": {}},
    "ai.summarize": {"file": "nowhere.md"},
    "ai.extract": {"file": "../../etc/passwd", "fields": ["x"]},
    "ai.chat": {"prompt": "x", "file": "nowhere.md"},
    "drive.list": {"folder": "nowhere"},
    "drive.createSheet": {"title": "x", "rows": [[1], None]},
    "drive.upload": {"path": "/etc/passwd"},
    "drive.download": {"file": "../../etc/passwd"},
    "drive.share": {"file": "kept.txtt", "with": ["ann@example.org"]},
    "email.send": {"to": ["ann@example.org"], "subject": "x", "attachments": ["nowhere.md"]},
    "email.sendBatch": {"recipients": ["ann"], "subject": "x", "body": "x"},
    "calendar.create": {"title": "Review", "start": "tomorrow"},
    "calendar.list": {"from": "2026-03-10", "to": "2026-03-01"},
    "calendar.update": {"event": "Standing", "start": "10:00"},
    "calendar.delete": {"event": "Nobody's"},
}
CHANGES = (
    "browser.click",
    "browser.screenshot",
    "drive.create",
    "drive.upload",
    "drive.download",
    "drive.share",
    "http.post",
    "email.",
    "calendar.create",
    "calendar.update",
    "calendar.delete",
)
TAKEN_BACK = (
    "browser.screenshot",
    "http.get",
    "drive.create",
    "drive.upload",
    "drive.download",
    "drive.share",
    "email.",
    "calendar.create",
    "calendar.update",
    "calendar.delete",
)
"""What the tools of a lab without settings can undo."""


STANDUP = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//tests//EN
BEGIN:VEVENT
UID:standup@example.org
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Berlin:20260310T093000
DTEND;TZID=Europe/Berlin:20260310T094500
SUMMARY:Standup
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def tools(tmp_path: Path):
    settings = Settings(home=tmp_path, download_to=str(tmp_path / "drive"))
    settings.prepare_home()
    settings.calendar_file.write_text(STANDUP)
    (settings.drive / "kept.txt").write_text("kept")
    return builtin_tools(settings)


@pytest.fixture
def context() -> ToolContext:
    model = open_model("offline", MemoryRecorder())
    return ToolContext(scope=Scope.of_run("run_1"), model=model, idempotency_key="run_1:a")


def test_the_suite_knows_every_tool(tools) -> None:
    assert [spec.name for spec in tools.specs()] == sorted(GOOD)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_the_face_of_a_tool_is_whole(tools, name) -> None:
    spec = tools.get(name).spec

    Draft202012Validator.check_schema(spec.input_schema)
    assert spec.input_schema["type"] == "object"
    assert spec.input_schema["additionalProperties"] is False
    assert all(field.get("description") for field in spec.input_schema["properties"].values())
    assert spec.category == name.partition(".")[0]
    assert spec.description.endswith(".")
    assert "\n" not in spec.description
    assert spec.credits == MICRO
    assert 0 < spec.timeout_s <= (160 if name == "browser.waitFor" else 60)
    assert spec.changes_world == name.startswith(CHANGES)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_good_arguments_fit_the_schema_and_the_tool_agrees(tools, name) -> None:
    tool = tools.get(name)

    assert tool.validate(GOOD[name]) == []
    Draft202012Validator(tool.spec.input_schema).validate(GOOD[name])


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("spoil", ["unknown", "missing", "wrong type"])
def test_bad_arguments_get_sentences_and_are_not_executed(tools, context, name, spoil, tmp_path) -> None:
    tool = tools.get(name)
    required = tool.spec.input_schema.get("required") or [
        key for key in GOOD[name] if tool.spec.input_schema.get("anyOf")
    ]
    args = {
        "unknown": {**GOOD[name], "colour": "red"},
        "missing": {key: value for key, value in GOOD[name].items() if key not in required},
        "wrong type": dict.fromkeys(tool.spec.input_schema["properties"], object()),
    }[spoil]
    if args == GOOD[name]:
        return  # some tools need nothing, so nothing can be missing

    problems = tool.validate(args)
    result = asyncio.run(tool.execute(args, context))

    assert problems
    assert all(problem.endswith((".", "?")) and "Traceback" not in problem for problem in problems)
    assert result.error.kind == "invalid_arguments"
    assert (result.data, result.credits) == (None, 0)
    assert [path.name for path in (tmp_path / "drive").iterdir()] == ["kept.txt"]


@pytest.mark.parametrize("name", sorted(GOOD))
def test_arguments_that_come_later_are_not_missed(tools, name) -> None:
    tool = tools.get(name)

    assert tool.validate({}, later=frozenset(GOOD[name])) == []


@pytest.mark.parametrize("name", OFFLINE)
def test_a_call_that_succeeds_gives_json_and_costs_the_fee(tools, context, name) -> None:
    result = asyncio.run(tools.get(name).execute(GOOD[name], context))

    assert result.success, result.error
    assert json.loads(json.dumps(result.data)) == result.data
    assert result.credits == tools.get(name).spec.credits
    assert result.cost_usd == 0


@pytest.mark.parametrize("name", sorted(FAILING))
def test_a_call_that_fails_says_what_and_what_next(tools, context, name) -> None:
    result = asyncio.run(tools.get(name).execute(FAILING[name], context))

    assert not result.success
    assert result.error.kind not in ("internal", "")
    assert len(result.error.message) > 20
    assert "Traceback" not in result.error.message
    assert result.error.options
    assert (result.data, result.credits) == (None, 0)


@pytest.mark.parametrize("name", MAKING)
def test_an_effect_with_a_known_key_is_not_done_again(tools, context, name, tmp_path) -> None:
    first, second = (asyncio.run(tools.get(name).execute(GOOD[name], context)) for _ in range(2))

    assert first.data == second.data
    assert len([path for path in (tmp_path / "drive").iterdir() if path.is_file()]) == 2


@pytest.mark.parametrize("name", OFFLINE)
def test_no_call_outlives_its_time(tools, context, name) -> None:
    tool = tools.get(name)
    hasty = FunctionTool(replace(tool.spec, timeout_s=0.0), tool._arguments, tool._function)

    result = asyncio.run(hasty.execute(GOOD[name], context))

    assert result.error.kind == "timeout"
    assert result.error.retryable != tool.spec.changes_world


@pytest.mark.parametrize("name", MAKING)
def test_what_was_made_is_taken_back_once_and_a_changed_file_stays(tools, context, name, tmp_path) -> None:
    tool = tools.get(name)
    result = asyncio.run(tool.execute(GOOD[name], context))
    place = tmp_path / "drive" / result.data["path"]

    assert place.exists()
    assert all(asyncio.run(tool.undo(result.undo, context)).success for _ in range(2))
    assert not place.exists()

    again = asyncio.run(tool.execute(GOOD[name], replace(context, idempotency_key="run_1:b")))
    place.write_text("worked on")
    refused = asyncio.run(tool.undo(again.undo, context))

    assert (refused.error.kind, place.read_text()) == ("changed", "worked on")


@pytest.mark.parametrize("name", sorted(name for name in GOOD if not name.startswith(TAKEN_BACK)))
def test_what_cannot_be_taken_back_says_so(tools, context, name) -> None:
    assert not tools.get(name).spec.reversible
    assert asyncio.run(tools.get(name).undo({}, context)).error.kind == "irreversible"
