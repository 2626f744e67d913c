"""The share of goals that the model ``offline`` plans, completes and declines rightly does not fall unnoticed."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offline_goals.evaluate import FIGURE, Outcome, evaluate, figure, read_goals
from offline_goals.site import Site
from offline_goals.toolset import all_tools
from offline_goals.world import NOW, World

from agentlab.agent.plan import problems_of, read_plan
from agentlab.models.offline.planner import plan
from agentlab.tools import Registry
from agentlab.types import Limits

ROOT = Path(__file__).parents[2]
COMMITTED: dict[str, Any] = json.loads(FIGURE.read_text(encoding="utf-8"))
A_LITTLE = 1
"""Goals by which a measurement may be better than the committed figure."""
TOOLS = (
    "browser.navigate browser.extract browser.click browser.screenshot browser.waitFor email.send email.sendBatch "
    "drive.upload drive.list drive.createDoc drive.createSheet drive.download drive.share calendar.create calendar.list "
    "calendar.update calendar.delete http.get http.post ai.chat ai.summarize ai.extract"
).split()


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return evaluate()


@pytest.mark.parametrize("part", ["tuned", "held_out", "all"])
def test_the_share_does_not_fall_and_does_not_rise_unnoticed(part, outcomes) -> None:
    measured, committed = figure(outcomes)[part], COMMITTED[part]
    wrong = [f"{outcome.id}: {outcome.reason}" for outcome in outcomes if not outcome.right and not outcome.held_out]

    assert measured["goals"] == committed["goals"]
    for name in ("right", "planned", "completed", "declined"):
        assert measured[name] >= committed[name], (name, wrong)
        assert measured[name] <= committed[name] + A_LITTLE, "better: python benchmarks/offline.py --write"


def test_of_the_goals_that_rules_may_be_written_for_95_percent_come_out_right() -> None:
    assert COMMITTED["tuned"]["right"] >= 0.95 * COMMITTED["tuned"]["goals"]


def test_no_goal_that_must_be_declined_changes_the_world(outcomes) -> None:
    assert [outcome.id for outcome in outcomes if outcome.to_decline and not outcome.declined] == []


def test_every_tool_is_used_twice_at_least_and_a_third_of_the_goals_is_held_out() -> None:
    goals = read_goals()
    used = Counter(step["tool"] for goal in goals for step in goal.get("steps", []))

    assert set(used) == set(TOOLS)
    assert min(used.values()) >= 2
    assert len({goal["id"] for goal in goals}) == len(goals) >= 80
    assert len(goals) * 0.3 < sum(bool(goal.get("held_out")) for goal in goals) < len(goals) * 0.37
    assert sum("declined" in goal for goal in goals) >= 10


WORDS = st.sampled_from(
    "send email mail share upload download schedule book cancel move rename invite click open wait screenshot scrape extract "
    "summarise save list my calendar meeting standup tomorrow next week at 3pm 10:00-11:30 on Friday in Room 4 with to and then "
    "ann@example.org bob@example.org a.md b.pdf https://a.example/x 'quoted' #id .price the it them her subject body: cc saying "
    "that called as editor doc sheet table {{steps.a.data}} each browser if every don't , . ? :".split(" ")
)


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return all_tools(World(tmp_path_factory.mktemp("home"), Site()))


@given(st.lists(WORDS, max_size=25).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_whatever_the_goal_the_plan_fits_the_schemas_or_says_why_not(tools, goal) -> None:
    offered = [{"name": s.name, "description": s.description, "input_schema": s.input_schema} for s in tools.specs()]

    made = plan(goal, offered, datetime.fromisoformat(NOW))

    assert bool(made["steps"]) != bool(made["refusal"])
    assert problems_of(read_plan(made, origin="model", goal=goal), tools, Limits()) == []


def examples() -> list[tuple[list[str], set[str]]]:
    """The goals of each line of the reference's table, and the tools that it says they are planned with."""
    page = (ROOT / "docs/reference/offline.md").read_text(encoding="utf-8")
    lines = page.split("| you write | it plans |\n|---|---|\n")[1].split("\n\n")[0].splitlines()
    found = []
    for line in lines:
        goals, tools = (re.findall(r"`([^`]+)`", cell) for cell in line.strip("| ").split(" | "))
        named = {
            name if "." in name else f"browser.{name}" for name in tools if re.fullmatch(r"[a-z.]+[A-Za-z]*", name)
        }
        spelt = [re.sub(r"@…", "@example.org", goal.replace("https://…", "https://a.example/x")) for goal in goals]
        found.append((spelt, named & set(TOOLS)))
    return found


@pytest.mark.parametrize(("goals", "named"), examples(), ids=[goals[0][:60] for goals, _ in examples()])
def test_the_examples_of_the_reference_are_planned_as_it_says(goals, named, tools) -> None:
    offered = [{"name": s.name, "description": s.description, "input_schema": s.input_schema} for s in tools.specs()]

    made = [plan(goal, offered, datetime.fromisoformat(NOW)) for goal in goals]

    assert {step["tool"] for one in made for step in one["steps"]} == named, made


def row(part: str) -> str:
    """The figure of one part as the reference shows it."""
    told = COMMITTED[part]
    share = f"{told['right'] / told['goals']:.0%}".replace("%", " %")
    planned, completed = (f"{told[name]} of {told['feasible']}" for name in ("planned", "completed"))
    return f"{told['goals']} | {planned} | {completed} | {told['declined']} of {told['to_decline']} | {share} |"


@pytest.mark.parametrize(("part", "name"), [("tuned", "tuned"), ("held_out", "held out"), ("all", "all")])
def test_the_reference_tells_the_committed_figure(part, name) -> None:
    page = (ROOT / "docs/reference/offline.md").read_text(encoding="utf-8")

    assert f"| {name} | {row(part)}" in page


def test_the_page_of_figures_tells_it_too() -> None:
    page = (ROOT / "docs/explanation/figures.md").read_text(encoding="utf-8")
    told = re.search(r"(\d+) of (\d+) goals .*?(\d+) of (\d+) held out", page, re.DOTALL)

    assert told
    assert [int(number) for number in told.groups()] == [
        COMMITTED["all"]["right"],
        COMMITTED["all"]["goals"],
        COMMITTED["held_out"]["right"],
        COMMITTED["held_out"]["goals"],
    ]
