"""Teams: runs that depend on each other, share what they find, one trace, one budget, and are taken back together."""

from __future__ import annotations

import pytest

import agentlab
from agentlab.errors import PlanInvalid
from agentlab.insight import telemetry
from agentlab.insight.telemetry import Filters
from agentlab.team import team_plan

MEMBERS = {
    "ocean": "Summarise samples/ocean-report.md",
    "faq": "Summarise samples/faq.md",
    "note": {"goal": "Save that as a document called briefing", "after": ["ocean", "faq"]},
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with agentlab.open(home=tmp_path_factory.mktemp("home")) as lab:
        yield lab


@pytest.fixture(scope="module")
def run(lab):
    return lab.team(MEMBERS, goal="Brief me")


def test_who_comes_after_others_is_given_their_answers(lab, run) -> None:
    briefing = (lab.settings.drive / "briefing.md").read_text(encoding="utf-8")

    assert run.status == "succeeded"
    assert "## ocean" in briefing
    assert "## faq" in briefing
    assert run.answer.count("no language model took part") == 1


def test_all_of_it_is_one_trace_below_the_steps_that_began_the_runs(run) -> None:
    spans = {span["span_id"]: span for span in run.spans}
    below = [span for span in spans.values() if span["kind"] == "run" and span["run_id"] != run.run_id]

    assert len({span["trace_id"] for span in spans.values()}) == 1
    assert sorted(spans[span["parent_span_id"]]["step"] for span in below) == ["faq", "note", "ocean"]


def test_a_team_counts_as_one_run_and_its_credits_once(lab, run) -> None:
    found = telemetry.totals(lab.sql, Filters())
    recent = telemetry.recent_runs(lab.sql).rows

    assert found.runs == 1
    assert found.credits == pytest.approx(run.credits)
    assert recent["run_id"].to_list() == [run.run_id]


def test_what_a_member_did_is_taken_back_with_the_team(tmp_path) -> None:
    members = {
        "note": 'Save "hello" as a document called greetings',
        "gone": {"goal": "Download the file no-such-thing-at-all.bin from the drive", "after": ["note"]},
    }
    with agentlab.open(home=tmp_path) as lab:
        run = lab.team(members, answer=False)
        states = [(effect.tool, effect.state) for effect in run.effects if effect.tool == "drive.createDoc"]

        assert run.status == "failed"
        assert states == [("drive.createDoc", "undone")]
        assert not (lab.settings.drive / "greetings.md").exists()


def test_the_budget_of_a_member_bounds_it_and_is_part_of_the_teams(tmp_path) -> None:
    members = {"poor": {"goal": "Summarise samples/ocean-report.md", "budget": 0.5}}
    with agentlab.open(home=tmp_path) as lab:
        run = lab.team(members, answer=False)

        assert run.status == "failed"
        assert "the budget is 0.5" in run.error


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({}, "A team has one member at least."),
        ({"a": ""}, "The member 'a' needs a goal in words."),
        ({"a": {"goal": "x", "aftr": ["b"]}}, "Did you mean after?"),
        ({"a": {"goal": "x", "after": ["b"]}}, "waits for 'b', which is not in the plan"),
        ({"a": {"goal": "x", "after": ["b"]}, "b": {"goal": "y", "after": ["a"]}}, "in a circle"),
    ],
)
def test_members_that_make_no_team_are_refused_in_words(lab, members, says) -> None:
    with pytest.raises(PlanInvalid) as refused:
        lab.team(members)

    assert says in str(refused.value)


def test_with_any_a_member_is_given_nothing_that_may_not_come() -> None:
    members = {"a": "x", "b": "y", "c": {"goal": "z", "after": ["a", "b"], "join": "any"}}

    (*_, last) = team_plan("g", members, answer=True).steps

    assert (last.join, last.depends_on, last.args) == ("any", ("a", "b"), {"goal": "z"})
