"""Whatever stands in an argument, a tool works or fails by name, in a sentence that a model can act on. No stack trace, ever."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentlab.models import open_model
from agentlab.settings import Settings
from agentlab.testing import MemoryRecorder
from agentlab.tools import builtin_tools
from agentlab.tools.egress import Egress
from agentlab.tools.failure import ToolFailed
from agentlab.types import Scope, Tool, ToolContext, ToolResult

CORPORA = Path(os.environ.get("AGENTLAB_CORPORA", "corpora-that-are-not-here"))
SPECS = {spec.name: spec for spec in builtin_tools(Settings(home=Path("unused"))).specs()}
FIELDS = [(name, field) for name, spec in sorted(SPECS.items()) for field in spec.input_schema["properties"]]
FILL: dict[str, Any] = {
    "url": "https://example.org/",
    "text": "It rained on 3 May 2026.",
    "prompt": "When?",
    "title": "T",
    "content": "c",
    "rows": [["a"]],
    "file": "kept.txt",
    "path": "kept.txt",
    "with": ["ann@example.org"],
    "fields": ["dates"],
    "to": ["ann@example.org"],
    "recipients": ["ann@example.org"],
    "subject": "S",
    "body": "b",
    "start": "2026-03-10T15:00",
    "event": "T",
    "selector": "body",
}
"""Values that fit, for what a tool needs."""
OWN = [
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\u202e",
    "𝕏" * 50,
    "%s%n{0}{{steps.a.data}}",
    "../..",
    "${7*7}",
    "-1",
    "NaN",
    "null",
    "[" * 5_000,
]


def corpus(name: str) -> list[str]:
    path = CORPORA / f"{name}.json"
    entries = json.loads(path.read_text()) if path.is_file() else []
    return [
        base64.b64decode(entry["payload"]).decode("utf-8", "surrogateescape")
        if entry.get("encoding") == "base64"
        else entry["payload"]
        for entry in entries
    ]


HOSTILE = [*OWN, *corpus("naughty_strings"), *corpus("json_parsing")]


def deep(levels: int, make: Any) -> Any:
    value: Any = "bottom"
    for _ in range(levels):
        value = make(value)
    return value


WRONG = {
    "null": None,
    "true": True,
    "float": 1.5,
    "infinity": float("inf"),
    "big": 10**400,
    "text": "x",
    "list": [1, None, [2]],
    "object": {"a": {"b": [None]}},
    "deep list": deep(100_000, lambda inner: [inner]),
    "deep object": deep(5_000, lambda inner: {"a": inner}),
    "wide": [{}] * 10_000,
    "long": "x" * 10_000_000,
    "long list": ["y" * 1_000_000] * 10,
    "long key": {"k" * 1_000_000: 1},
    "object of Python": object(),
    "bytes": b"x",
}


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """The tools, with a network that finds no host."""

    async def nowhere(self: Egress, url: Any, domains: Any = None) -> list[str]:
        raise ToolFailed("dns", f"The host of {str(url)[:100]} was not found.")

    monkeypatch.setattr(Egress, "addresses", nowhere)
    settings = Settings(home=tmp_path)
    settings.prepare_home()
    (settings.drive / "kept.txt").write_text("It rained on 3 May 2026.")
    return builtin_tools(settings)


def whole(tool: Tool) -> dict[str, Any]:
    """Arguments that fit, no more than are needed."""
    schema = tool.spec.input_schema
    groups = [schema, *schema.get("allOf", [])]
    first = [group["anyOf"][0]["required"][0] for group in groups if "anyOf" in group]
    return {name: FILL[name] for name in (*schema.get("required", []), *first)}


def run(tool: Tool, calls: Iterator[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], ToolResult]]:
    """Each call and its result, in one event loop."""
    context = ToolContext(scope=Scope.of_run("run_1"), model=open_model("offline", MemoryRecorder()))

    async def all_of_them() -> list[tuple[dict[str, Any], ToolResult]]:
        return [(args, await tool.execute(args, context)) for args in calls]

    yield from asyncio.run(all_of_them())


def check(tool: Tool, args: Any, result: ToolResult) -> None:
    problems = tool.validate(args)
    assert bool(problems) == (result.error is not None and result.error.kind == "invalid_arguments") or not problems
    if result.error is None:
        json.dumps(result.data)
        return
    error = result.error
    assert error.kind in {"invalid_arguments", "timeout", *(failure.kind for failure in tool.spec.failures)}, error
    assert error.options, error
    assert 20 < len(error.message) < 3_000, error
    assert "Traceback" not in error.message
    assert "fault of the tool" not in error.message
    error.message.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_values_of_any_type_and_size_are_taken_or_refused_in_words(tools, name, field) -> None:
    tool = tools.get(name)

    for args, result in run(tool, ({**whole(tool), field: value} for value in WRONG.values())):
        check(tool, args, result)


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_hostile_texts_are_data(tools, name, field, tmp_path) -> None:
    tool = tools.get(name)
    shape = tool.spec.input_schema["properties"][field]
    wrap = {"array": lambda text: [text], "object": lambda text: {text: text}}.get(
        shape.get("type", ""), lambda text: text
    )

    for args, result in run(tool, ({**whole(tool), field: wrap(text)} for text in HOSTILE)):
        check(tool, args, result)

    ours = {"drive", "traces", "downloads", "cache.sqlite", "outbox", "calendar.ics", ".agentlab"}
    stray = [path for path in tmp_path.iterdir() if path.name not in ours]
    assert stray == []


@pytest.mark.parametrize("name", sorted(SPECS))
def test_missing_and_further_arguments_are_named(tools, name) -> None:
    tool = tools.get(name)
    fit = whole(tool)

    for missing in fit:
        problems = tool.validate({key: value for key, value in fit.items() if key != missing})
        assert any(f"'{missing}'" in problem for problem in problems), (missing, problems)
    for extra in ["colour", "", "\ud800", "__class__", "self", "context_", "x" * 1_000_000]:
        (problem,) = tool.validate({**fit, extra: 1})
        assert "no argument" in problem or extra == "\ud800"
        assert len(problem) < 3_000
    assert tool.validate(["not", "an", "object"]) == [
        "The arguments are an object with names, not ['not', 'an', 'object']."
    ]


@pytest.mark.parametrize("name", sorted(SPECS))
def test_good_arguments_are_good(tools, name) -> None:
    assert tools.get(name).validate(whole(tools.get(name))) == []


@pytest.mark.parametrize("text", HOSTILE[: len(OWN)] + corpus("json_parsing"))
def test_a_json_of_strangers_is_refused_or_an_object(tools, text) -> None:
    """What parses as JSON goes in as all the arguments of a tool, as a model would have sent it."""
    try:
        args = json.loads(text)
    except (ValueError, RecursionError):
        return
    for name in ("drive.list", "http.post", "ai.extract"):
        problems = tools.get(name).validate(args)
        assert all(isinstance(problem, str) and problem.endswith((".", "?")) for problem in problems)
