"""Looking back at real runs of a real lab: replays, scripts, comparisons, payloads, scores, and traces of other programs."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

import agentlab
from agentlab.errors import ScoreInvalid, UnknownRun
from agentlab.trace import utc_now
from agentlab.types import Event, Span

GOAL = "Summarise samples/ocean-report.md and save the summary as a document"
TRACE = "f" * 32


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with agentlab.open(str(tmp_path_factory.mktemp("home"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def run(lab):
    return lab.run(GOAL)


@pytest.fixture(scope="module")
def foreign(lab):
    """A trace that another program has sent: an agent that asked a model and searched."""
    begun = utc_now() - timedelta(seconds=9)
    spans = [
        Span(trace_id=TRACE, run_id=TRACE, span_id="a" * 16, name="Research agent", kind="agent", started_at=begun,
             duration_ms=5_000.0, status="ok", payloads={"output": "It is 4."}),
        Span(trace_id=TRACE, run_id=TRACE, span_id="b" * 16, parent_span_id="a" * 16, name="chat gpt", kind="llm",
             started_at=begun + timedelta(seconds=1), duration_ms=900.0, status="ok", model="gpt", cost_usd=0.02,
             input_tokens=10, payloads={"input": [{"role": "user", "content": "2+2?"}], "output": {"content": "4"}}),
        Span(trace_id=TRACE, run_id=TRACE, span_id="c" * 16, parent_span_id="a" * 16, name="search", kind="tool",
             started_at=begun + timedelta(seconds=2), duration_ms=30.0, status="error", error_type="timeout"),
    ]  # fmt: skip
    for span in spans:
        lab.store.record(Event(phase="end", span=span))
    return lab.run_of(TRACE)


def documents(lab) -> list[str]:
    return sorted(path.name for path in lab.settings.drive.glob("*.md"))


# --- payloads ---------------------------------------------------------------------------------------------------------


def test_what_went_into_a_call_and_what_came_out_is_kept_whole(lab, run) -> None:
    call = next(span for span in run.spans if span["tool"] == "ai.summarize" and span["kind"] == "tool")
    question = next(span for span in run.spans if span["parent_span_id"] == call["span_id"])

    kept, asked = lab.payloads(run.run_id, call["span_id"]), lab.payloads(run.run_id, question["span_id"])

    assert kept["input"]["file"] == "samples/ocean-report.md"
    assert kept["output"]["summary"]
    report = (lab.settings.drive / "samples" / "ocean-report.md").read_text(encoding="utf-8")
    assert asked["input"]["messages"][1]["content"] == report
    assert asked["output"]["text"] == kept["output"]["summary"]


def test_one_span_is_shown_whole_or_cut(run) -> None:
    call = next(span for span in run.spans if span["tool"] == "drive.createDoc" and span["kind"] == "tool")

    whole, cut = run.detail(call["span_id"]), run.detail(call["span_id"], limit=20)

    assert whole["span"]["tool"] == "drive.createDoc"
    assert whole["payloads"]["input"]["content"]["content"]
    assert len(cut["payloads"]["input"]["beginning"]) == 20
    assert cut["payloads"]["input"]["bytes"] == whole["payloads"]["input"]["bytes"] > 20


# --- replay -----------------------------------------------------------------------------------------------------------


def test_a_replay_gives_the_same_answers_costs_nothing_and_changes_nothing(lab, run) -> None:
    before = documents(lab)

    again = lab.replay(run.run_id)

    assert (again.status, again.answer, again.goal) == ("succeeded", run.answer, GOAL)
    assert [(step.id, step.result) for step in again.steps] == [(step.id, step.result) for step in run.steps]
    assert (again.credits, again.cost_usd) == (0, 0.0)
    assert documents(lab) == before
    asked = [span for span in again.spans if span["kind"] == "llm"]
    assert {span["attributes"]["agentlab.replay_of"] for span in asked} == {run.run_id}
    assert len(asked) == len([span for span in run.spans if span["kind"] == "llm"])


def test_a_replay_is_the_same_as_its_run(lab, run) -> None:
    found = lab.compare(run.run_id, lab.run("", model=f"replay:{run.run_id}").run_id)

    assert found.same, repr(found)
    assert all(row.state == "same" for row in found.rows)


def test_a_replay_of_a_replay_is_one_too(lab, run) -> None:
    again = lab.replay(lab.replay(run.run_id).run_id)

    assert (again.status, again.answer) == ("succeeded", run.answer)


def test_tools_may_work_for_real(lab, run) -> None:
    before = documents(lab)

    again = lab.replay(run.run_id, tools="live")

    assert again.status == "succeeded"
    assert len(documents(lab)) == len(before) + 1
    assert again.credits > 0


def test_a_plan_of_ones_own_is_replayed_with_it(lab) -> None:
    plan = {"steps": [{"id": "a", "tool": "drive.createDoc", "args": {"title": "Once", "content": "x"}}]}
    run = lab.run("Write it once", plan=plan)
    before = documents(lab)

    again = lab.run("Write it once", model=f"replay:{run.run_id}")

    assert (again.status, again.plan) == ("succeeded", run.plan)
    assert documents(lab) == before


def test_a_question_that_was_never_asked_fails_and_says_what_to_do(lab, run) -> None:
    plan = {"steps": [{"id": "new", "tool": "ai.chat", "args": {"prompt": "What?"}}]}

    failed = lab.run("Something else", plan=plan, model=f"replay:{run.run_id}")

    assert failed.status == "failed"
    assert "--tools live" in failed.error


def test_a_failed_run_fails_again_for_the_same_reason(lab) -> None:
    plan = {"steps": [{"id": "a", "tool": "http.get", "args": {"url": "http://127.0.0.1:9/private"}}]}
    run = lab.run("Fetch it", plan=plan)

    again = lab.replay(run.run_id)

    assert (again.status, again.error) == ("failed", run.error)


def test_an_unknown_run_cannot_be_replayed_compared_or_scored(lab, run) -> None:
    for wrong in (
        lambda: lab.replay("run_none"),
        lambda: lab.run("x", model="replay:run_none"),
        lambda: lab.script_of("run_none"),
        lambda: lab.compare(run.run_id, "run_none"),
        lambda: lab.score("run_none", "helpful", 1),
        lambda: lab.scores_of("' or true --"),
    ):
        with pytest.raises(UnknownRun):
            wrong()


def test_an_edited_script_shows_what_would_have_become_of_it(lab, run, tmp_path) -> None:
    script = lab.script_of(run.run_id)
    next(answer for answer in script["answers"] if answer["purpose"] == "answer")["text"] = "Edited."
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(script))

    edited = lab.run(GOAL, model=f"scripted:{path}")
    found = lab.compare(run.run_id, edited.run_id)

    assert edited.answer == "Edited."
    assert [row.name for row in found.rows if row.kind == "llm" and row.state == "changed"]
    assert found.rows[-1].differences[-1].b == "Edited."


def test_secrets_stay_out_of_a_replay(lab) -> None:
    key = "sk-ant-" + "api03-abcdefghijklmnop1234"
    plan = {"steps": [{"id": "a", "tool": "drive.createDoc", "args": {"title": "Keys", "content": f"it is {key}"}}]}
    run = lab.run("keep it", plan=plan)

    again = lab.replay(run.run_id)

    assert again.status == "succeeded", again.error
    kept = [lab.payloads(it.run_id, span["span_id"]) for it in (run, again) for span in it.spans]
    assert "[redacted]" in json.dumps(kept)
    assert key not in json.dumps(kept)


# --- traces of other programs -----------------------------------------------------------------------------------------


def test_a_trace_of_another_program_is_a_run(foreign) -> None:
    assert (foreign.status, foreign.goal, foreign.answer) == ("succeeded", "Research agent", "It is 4.")
    assert (foreign.model, foreign.cost_usd, foreign.duration_s) == ("gpt", 0.02, 5.0)
    assert [span["name"] for span in foreign.spans] == ["Research agent", "chat gpt", "search"]
    assert (foreign.foreign, foreign.ended, foreign.plan) == (True, True, None)
    assert foreign.totals.spans == 3
    assert "Research agent" in foreign._repr_html_()


def test_whoever_watches_it_is_told_at_once_that_it_has_ended(lab, foreign) -> None:
    assert lab.events(TRACE) == [(0, {"phase": "done", "status": "succeeded"})]


def test_its_waterfall_is_that_of_its_spans(foreign) -> None:
    table = foreign.waterfall()
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]

    assert [(row["name"], row["depth"], row["kind"]) for row in rows] == [
        ("Research agent", 0, "group"), ("chat gpt", 1, "llm"), ("search", 1, "other"),
    ]  # fmt: skip
    assert (rows[1]["start_ms"], rows[2]["error"]) == (1_000, "timeout")


def test_its_answers_are_a_script(lab, foreign) -> None:
    (answer,) = lab.script_of(TRACE)["answers"]

    assert (answer["text"], answer["usage"], answer["cost_usd"]) == ("4", {"input_tokens": 10}, 0.02)


def test_it_is_compared_and_scored_like_any_other(lab, run, foreign) -> None:
    assert lab.compare(TRACE, TRACE).same
    assert not lab.compare(TRACE, run.run_id).same
    assert lab.score(foreign, "helpful", 1).trace_id == TRACE


# --- scores -----------------------------------------------------------------------------------------------------------


def test_scores_of_runs_and_spans_are_rows_with_author_and_time(lab, run) -> None:
    before, span = utc_now(), run.spans[2]

    lab.score(run, "helpful", 1, label="good", text="It says what I asked.", source="person", author="ann")
    lab.score(span, "faithful", 0.25, author="judge")

    found = lab.scores_of(run.run_id)
    assert [(it["name"], it["value"], it["label"], it["author"], it["source"], it["span_id"]) for it in found] == [
        ("helpful", 1.0, "good", "ann", "person", None), ("faithful", 0.25, None, "judge", "code", span["span_id"]),
    ]  # fmt: skip
    assert before <= found[0]["recorded_at"] <= utc_now()
    assert "helpful" in lab.scores.pl()["name"].to_list()


def test_a_newer_score_of_the_same_by_the_same_counts(lab) -> None:
    run = lab.run("List the files in the drive")

    for value in (0.1, 0.9):
        lab.score(run.run_id, "helpful", value, author="ann")
    lab.score(run.run_id, "helpful", 0.5, author="bob")

    assert [(it["author"], it["value"]) for it in lab.scores_of(run.run_id)] == [("ann", 0.9), ("bob", 0.5)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "x" * 300, "value": 1}, "300"),
        ({"name": "helpful"}, "says nothing"),
        ({"name": "helpful", "value": float("nan")}, "no number"),
        ({"name": "helpful", "value": 1, "source": "nobody"}, "not from 'nobody'"),
        ({"name": "helpful", "value": 1, "span_id": "nowhere"}, "no span 'nowhere'"),
    ],
)
def test_a_score_that_says_nothing_is_refused(lab, run, arguments, says) -> None:
    with pytest.raises(ScoreInvalid, match=says) as raised:
        lab.score(run, **arguments)
    assert raised.value.hint
