"""The Python front door, as a notebook uses it: real runs, real traces, nothing faked."""

from __future__ import annotations

import asyncio
import json

import pytest

import agentlab
from agentlab.errors import (
    BudgetInvalid,
    EmptyGoal,
    PlanInvalid,
    QueryInvalid,
    SettingsInvalid,
    UnknownModel,
    UnknownRun,
)

LISTING = {"goal": "list", "steps": [{"id": "a", "tool": "drive.list", "args": {"folder": "samples"}}]}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with agentlab.open(str(tmp_path_factory.mktemp("home"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def run(lab):
    return lab.run("", plan=LISTING)


def test_a_run_knows_what_became_of_it(run) -> None:
    assert (run.status, run.goal, run.model) == ("succeeded", "list", "offline")
    assert run.steps[0].result
    assert run.credits == 1
    assert run.duration_s > 0
    assert json.loads(json.dumps(run.as_dict()))["steps"][0]["status"] == "succeeded"


def test_a_run_shows_itself_in_a_notebook_without_any_script(run) -> None:
    shown = run._repr_html_()

    assert "drive.list" in shown
    assert "<script" not in shown
    assert "://" not in shown


def test_what_an_answer_holds_cannot_become_markup(lab) -> None:
    hostile = "<img src=x onerror=alert(1)>"

    shown = lab.run(hostile, plan=LISTING)._repr_html_()

    assert "<img" not in shown
    assert "&lt;img" in shown


def test_tables_become_frames_and_relations(lab, run) -> None:
    assert lab.runs.pl()["run_id"][-1] == run.run_id
    assert len(lab.spans.df()) == len(lab.spans)
    assert lab.runs.where("status = 'succeeded'").fetchall()
    assert "<table" in lab.runs._repr_html_()
    assert lab.sql("select count(*) from tool_calls").fetchone()[0] >= 1


def test_the_spans_of_a_run_form_one_tree(run) -> None:
    spans = run.spans
    ids = {span["span_id"] for span in spans}

    assert [span["kind"] for span in spans] == ["run", "step", "tool"]
    assert len({span["trace_id"] for span in spans}) == 1
    assert all(span["parent_span_id"] in ids for span in spans[1:])
    assert spans[2]["attributes"]["gen_ai.tool.call.arguments"] == '{"folder": "samples"}'


def test_a_run_can_be_followed_while_it_works(lab) -> None:
    run = lab.start("", plan=LISTING)

    events = list(run.follow())

    assert [event["phase"] for event in events][-1] == "done"
    assert {"run", "step", "tool"} <= {event.get("kind") for event in events}


def test_a_preview_runs_nothing_and_works_inside_an_event_loop(lab) -> None:
    async def cell() -> object:
        return lab.preview("Summarise samples/ocean-report.md and save the summary as a document")

    before = len(lab.runs)
    plan = asyncio.run(cell())

    assert [step.tool for step in plan.steps] == ["ai.summarize", "drive.createDoc"]
    assert len(lab.runs) == before


def test_wrong_use_is_an_error_that_says_what_to_do(lab) -> None:
    wrong = [
        (EmptyGoal, {"goal": " \n "}),
        (BudgetInvalid, {"goal": "x", "budget": -1}),
        (UnknownModel, {"goal": "x", "model": "ofline"}),
        (PlanInvalid, {"goal": "x", "plan": {"steps": []}}),
        (PlanInvalid, {"goal": "x", "plan": {"steps": [{"id": "a", "tool": "drive.lst"}]}}),
    ]
    for kind, arguments in wrong:
        with pytest.raises(kind) as raised:
            lab.run(**arguments)
        assert raised.value.hint
    with pytest.raises(UnknownRun):
        lab.run_of("run_none")
    with pytest.raises(QueryInvalid):
        lab.query("delete from spans")


def test_two_labs_in_one_process_make_room_for_each_other(lab, tmp_path) -> None:
    with agentlab.open(str(tmp_path)) as other:
        assert other.run("", plan=LISTING).status == "succeeded"
        assert lab.run("", plan=LISTING).status == "succeeded"
        assert len(other.runs) == 1


def test_samples_that_the_user_removed_stay_removed(tmp_path) -> None:
    with agentlab.open(str(tmp_path)) as lab:
        (lab.settings.drive / "samples" / "ocean-report.md").unlink()

    with agentlab.open(str(tmp_path)) as again:
        assert not (again.settings.drive / "samples" / "ocean-report.md").exists()


def test_many_processes_read_while_runs_are_written(lab) -> None:
    import subprocess
    import sys

    lab.run("", plan=LISTING)
    code = f"import agentlab; print(len(agentlab.open({str(lab.settings.home)!r}).runs))"
    readers = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for _ in range(5):
        lab.run("", plan=LISTING)

    assert all(int(reader.communicate(timeout=60)[0]) >= 1 for reader in readers)
    assert {reader.returncode for reader in readers} == {0}


def test_many_short_visits_do_not_crowd_the_spool(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("agentlab.store.traces.CROWD_FILES", 2)
    for _ in range(4):
        with agentlab.open(str(tmp_path)) as lab:
            lab.run("", plan=LISTING)

    with agentlab.open(str(tmp_path)) as lab:
        assert len(lab.runs) == 4
        assert lab.store.health().segments <= 2


def test_secrets_reach_neither_the_trace_store_nor_a_viewer(tmp_path) -> None:
    key = "sk-ant-" + "api03-abcdefghijklmnop1234"
    plan = {"steps": [{"id": "a", "tool": "drive.createDoc", "args": {"title": "Keys", "content": f"it is {key}"}}]}
    with agentlab.open(str(tmp_path)) as lab:
        run = lab.run(f"keep {key}", plan=plan)
        lab.store.drain()
        assert run.status == "succeeded"
        assert "[redacted]" in lab.runs.pl()["goal"][0]
        watched = json.dumps(lab.durable.live.read(run.run_id))

    stored = b"".join(path.read_bytes() for path in (tmp_path / "traces").rglob("*") if path.is_file())
    assert key.encode() not in stored
    assert key not in watched


def test_a_setting_out_of_range_is_named_with_its_value(tmp_path) -> None:
    with pytest.raises(SettingsInvalid, match=r"AGENTLAB_PORT=99999.*AGENTLAB_REDACT_PATTERNS"):
        agentlab.open(str(tmp_path), port=99999, redact_patterns=["("])


CELL = """
import asyncio, agentlab
async def cell():
    with agentlab.open({home!r}) as lab:
        print(lab.run("", plan={plan!r}).status)
asyncio.run(cell())
"""


def test_a_notebook_cell_whose_event_loop_is_running_can_run_a_goal(tmp_path) -> None:
    import subprocess
    import sys

    code = CELL.format(home=str(tmp_path), plan=LISTING)

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=40)

    assert done.stdout.strip() == "succeeded", done.stderr
