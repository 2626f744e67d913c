"""Parts of pages as data: plans, runs, notices."""

from __future__ import annotations

from datetime import datetime

from app_reading import texts

from agentlab.types import Plan, Step, ToolSpec
from ui import nodes

NOON = datetime.fromisoformat("2026-03-01T12:00:00")


def read(node) -> list[str]:
    return list(texts(node))


def test_a_plan_names_what_each_step_waits_for_and_costs() -> None:
    spec = ToolSpec(name="http.get", category="http", description="", input_schema={}, credits=1_500_000)
    plan = Plan(
        goal="g",
        steps=(
            Step(id="one", tool="http.get", description="Fetch it"),
            Step(id="two", tool="no.such", args={"text": "see {{steps.one.data.title}}!", "n": 3}, depends_on=("one",)),
        ),
    )

    found = read(nodes.plan_list(plan, [spec]))

    assert found[:5] == ["1", "Fetch it", "http.get", "starts at once", "1.5 credits"]
    assert found[5:] == [
        "2",
        "two",
        "no.such",
        "after 1",
        "—",
        "text",
        "see ",
        "{{steps.one.data.title}}",
        "!",
        "n",
        "3",
    ]


def test_a_run_that_has_not_begun_has_dashes() -> None:
    run = {
        "run_id": "run_1",
        "goal": None,
        "model": None,
        "status": "queued",
        "started_at": NOON,
        "duration_s": None,
        "credits": None,
    }

    found = read(nodes.run_list([run], NOON))

    assert "run_1" in found
    assert found.count("—") == 2


def test_links_lead_nowhere_unless_given() -> None:
    assert nodes.el("a", "x")["href"] == ""


def test_a_notice_leaves_out_what_is_empty() -> None:
    assert read(nodes.notice("Failed.", "", "Try again.")) == ["Failed.", "Try again."]


def test_figures_keep_their_height_without_a_remark() -> None:
    assert read(nodes.tiles([("Runs", "3", "")])) == ["Runs", "3", "\u00a0"]
