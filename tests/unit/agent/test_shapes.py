"""Paths into results are checked before anything runs, against what the tools say that they give back."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentlab.agent.plan import problems_of
from agentlab.settings import Settings
from agentlab.testing import FakeTool, FakeTools
from agentlab.tools import builtin_tools
from agentlab.types import Limits, Plan, Step

FOUND = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string"},
        "rows": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
        "author": {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"name": {"type": "string"}}}]},
        "facts": {"type": "object", "additionalProperties": {"type": "number"}},
    },
}
TOOLS = FakeTools([FakeTool("find", lambda args: args, output_schema=FOUND), FakeTool("use", lambda args: args)])


def problems(path: str) -> list[str]:
    steps = (Step(id="f", tool="find"), Step(id="u", tool="use", args={"x": f"{{{{steps.f.data{path}}}}}"}))
    return problems_of(Plan(goal="g", steps=steps), TOOLS, Limits())


@pytest.mark.parametrize(
    "path", ["", ".title", ".rows", ".rows.0", ".rows.3.n", ".rows.0.other", ".author.name", ".facts.mass"]
)
def test_what_may_be_there_is_taken(path) -> None:
    assert problems(path) == []


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (".titel", "no 'titel'. Did you mean title?"),
        (".title.length", "a string there, which has no 'length'."),
        (".rows.first", "a list there, so a number stands in place of 'first'."),
        (".rows.0.n.x", "an integer there, which has no 'x'."),
        (".facts.mass.unit", "a number there, which has no 'unit'."),
    ],
)
def test_what_cannot_be_there_is_named_before_anything_runs(path, why) -> None:
    assert problems(path) == [f"Step 'u': {{{{steps.f.data{path}}}}} leads nowhere: the result of find has {why}"]


def test_what_says_nothing_about_its_result_leaves_everything_open() -> None:
    steps = (Step(id="u", tool="use"), Step(id="v", tool="use", args={"x": "{{steps.u.data.any.thing}}"}))

    assert problems_of(Plan(goal="g", steps=steps), TOOLS, Limits()) == []


def test_a_slip_in_a_path_into_a_built_in_tools_result_is_found() -> None:
    tools = builtin_tools(Settings(home=Path("unused")))
    steps = (
        Step(id="page", tool="http.get", args={"url": "https://example.org"}),
        Step(id="note", tool="drive.createDoc", args={"title": "n", "content": "{{steps.page.data.txt}}"}),
    )

    (problem,) = problems_of(Plan(goal="g", steps=steps), tools, Limits())

    assert "Did you mean text?" in problem
