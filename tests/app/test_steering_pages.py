"""What a person does to runs on the pages: launch them so that they ask, answer, pause, fork, take back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from app_reading import EVIL, parts, words
from streamlit.testing.v1 import AppTest

import agentlab

ASKS = {
    "goal": "Save a note once somebody agrees",
    "steps": [
        {"id": "look", "tool": "drive.list", "args": {}},
        {
            "id": "note",
            "tool": "drive.createDoc",
            "args": {"title": "Agreed", "content": f"We agreed. {EVIL}"},
            "depends_on": ["look"],
            "ask": True,
            "description": f"Save {EVIL}",
        },
    ],
}
FAILS = {
    "goal": "Write a note, then fetch what may not be fetched",
    "steps": [
        {"id": "note", "tool": "drive.createDoc", "args": {"title": "Note", "content": "Hello"}},
        {"id": "fetch", "tool": "http.get", "args": {"url": "http://127.0.0.1:9/x"}, "depends_on": ["note"]},
    ],
}
SUMMARY = "Summarise samples/ocean-report.md and save the summary as a document"


def started(home: Any, goal: str = "", **options: Any) -> str:
    """A run in a process that has left since; its id."""
    with agentlab.open(str(home.path)) as lab:
        return lab.run(goal, **options).run_id


def key_of(app: AppTest, beginning: str) -> str:
    """The key of the widget or part that begins so."""
    keys = [part.key for part in (*app.button, *app.text_area, *app.text_input, *app.toggle) if part.key]
    return next(key for key in [*keys, *parts(app)] if key.startswith(beginning))


def lab() -> agentlab.Lab:
    from ui.bench import the_lab

    return the_lab()


def finished(run_id: str) -> agentlab.Run:
    """The run, brought to its end by another process's worker in the person of this one."""
    with agentlab.open(str(lab().settings.home)) as elsewhere:
        elsewhere.work()
        return elsewhere.run_of(run_id).wait()


# --- questions --------------------------------------------------------------------------------------------------------


def test_a_plan_that_waits_is_shown_first_with_its_score_and_runs_after_yes(visit, empty) -> None:
    run_id = started(empty, SUMMARY, approve=["plan"])

    app = visit(empty, "run", run=run_id)

    assert "May this plan run?" in words(app)
    assert "Score" in words(app)
    assert list(parts(app)).index(key_of(app, "why-")) < list(parts(app)).index("trace")
    app.button(key=key_of(app, "yes-")).click().run()
    assert not app.exception
    assert parts(app)["live"]["run_id"] == run_id
    assert finished(run_id).status == "succeeded"
    assert lab().questions() == []


def test_no_ends_the_run_with_the_remark_and_nothing_was_run(visit, empty) -> None:
    run_id = started(empty, SUMMARY, approve=["plan"])
    app = visit(empty, "run", run=run_id)

    app.text_input(key=key_of(app, "note-")).set_value("Not today").run()
    app.button(key=key_of(app, "no-")).click().run()

    ended = finished(run_id)
    assert ended.status == "failed"
    assert "Not today" in ended.error
    assert ended.effects == ()


def test_arguments_are_changed_before_yes_and_what_is_no_json_is_said(visit, empty) -> None:
    run_id = started(empty, plan=ASKS)
    app = visit(empty, "run", run=run_id)
    assert "May this step go on?" in words(app)
    field = key_of(app, "args-")

    app.text_area(key=field).set_value("{oops").run()
    assert "are not JSON" in words(app)
    app.text_area(key=field).set_value(json.dumps({"title": "Other", "content": "Changed"})).run()
    app.button(key=key_of(app, "yes-")).click().run()

    assert finished(run_id).status == "succeeded"
    assert (lab().settings.drive / "Other.md").read_text().strip() == "Changed"


def test_another_plan_runs_in_place_of_the_one_that_was_asked_about(visit, empty) -> None:
    run_id = started(empty, SUMMARY, approve=["plan"])
    app = visit(empty, "run", run=run_id)
    app.toggle(key=key_of(app, "edit-")).set_value(True).run()
    assert not app.exception
    (question,) = lab().questions(run_id)
    shorter = {"steps": [{"id": "look", "tool": "drive.list", "args": {}}]}

    lab().approve(run_id, question.name, plan=shorter)

    assert [step.tool for step in finished(run_id).steps] == ["drive.list"]


def test_what_a_run_asks_is_shown_as_text(visit, empty) -> None:
    app = visit(empty, "run", run=started(empty, plan=ASKS))

    assert json.loads(app.text_area(key=key_of(app, "args-")).value)["content"] == f"We agreed. {EVIL}"
    assert all(EVIL not in part.value for part in app.markdown)


def test_home_lists_what_waits_above_the_suggestions(visit, empty) -> None:
    run_id = started(empty, plan=ASKS)

    app = visit(empty, "home")

    keys = list(parts(app))
    assert keys.index("asking") < keys.index("suggestion-1")
    assert f"/run?run={run_id}" in str(parts(app)["asking"])
    assert ASKS["goal"] in words(app)


def test_home_says_nothing_of_waiting_where_nothing_waits(visit, worked) -> None:
    assert "asking" not in parts(visit(worked, "home"))


# --- pause, cancel ----------------------------------------------------------------------------------------------------


def test_a_run_is_paused_and_goes_on(visit, empty) -> None:
    visit(empty, "home")
    run = lab().submit(SUMMARY)
    app = visit(empty, "run", run=run.run_id)
    app.button(key="pause").click().run()
    with agentlab.open(str(empty.path)) as elsewhere:
        elsewhere.work()
        elsewhere.run_of(run.run_id).wait()

    app = visit(empty, "run", run=run.run_id)
    assert "The run is paused" in words(app)
    assert "pause" not in [button.key for button in app.button]
    app.button(key="resume").click().run()

    assert not app.exception
    assert parts(app)["live"]["run_id"] == run.run_id
    assert finished(run.run_id).status == "succeeded"


def test_a_waiting_run_is_cancelled_and_asks_no_more(visit, empty) -> None:
    run_id = started(empty, plan=ASKS)
    app = visit(empty, "run", run=run_id)

    app.button(key="cancel").click().run()

    assert "Cancelled" in words(app)
    assert lab().questions() == []


# --- effects, fork ----------------------------------------------------------------------------------------------------


def test_what_a_failed_run_did_is_shown_as_taken_back(visit, empty) -> None:
    app = visit(empty, "run", run=started(empty, plan=FAILS))
    lab().durable.wait_undone(app.query_params["run"])

    app.run()

    assert "taken back" in str(parts(app)["effects"])
    assert "undo" not in [button.key for button in app.button]
    assert "undo drive.createDoc" in [row["name"] for row in parts(app)["trace"]["rows"]]


def test_take_back_undoes_what_a_run_did(visit, empty) -> None:
    run_id = started(empty, SUMMARY)
    app = visit(empty, "run", run=run_id)
    assert "done" in str(parts(app)["effects"])
    assert "Rests on" in words(app)
    assert "plan 9" in words(app)

    with agentlab.open(str(empty.path)) as elsewhere:
        elsewhere.work()
        app.button(key="undo").click().run()

    assert not app.exception
    assert "taken back" in str(parts(app)["effects"])


def test_a_fork_begins_with_the_arguments_that_were_written(visit, empty) -> None:
    run_id = started(empty, SUMMARY)
    app = visit(empty, "run", run=run_id)
    app.selectbox(key="fork-step").set_value("save").run()
    app.text_area(key="fork-args-save").set_value(json.dumps({"title": "Fork", "content": "From the fork"})).run()
    app.button(key="fork").click().run()

    forked = app.query_params["run"]
    assert forked != run_id
    assert "forked from" in words(app)
    assert finished(forked).status == "succeeded"
    assert (lab().settings.drive / "Fork.md").exists()


@pytest.mark.parametrize(("written", "said"), [("[1]", "are an object"), ("{", "are not JSON")])
def test_a_fork_with_arguments_that_are_none_says_so(visit, empty, written, said) -> None:
    app = visit(empty, "run", run=started(empty, SUMMARY))
    app.selectbox(key="fork-step").set_value("save").run()
    app.text_area(key="fork-args-save").set_value(written).run()
    app.button(key="fork").click().run()

    assert said in words(app)


def test_effects_of_a_run_below_name_the_step_that_began_it(visit, empty) -> None:
    with agentlab.open(str(empty.path)) as there:
        run = there.team({"memo": "Write a document called Memo with the text 'done'"})
        assert run.status == "succeeded", run.error

    app = visit(empty, "run", run=run.run_id)

    assert "memo · " in str(parts(app)["effects"])
    depths = [row["depth"] for row in parts(app)["trace"]["rows"] if row["name"] == "Run"]
    assert depths == [0, 2]


# --- Launch -----------------------------------------------------------------------------------------------------------


def test_how_it_runs_is_taken_along(visit, empty) -> None:
    app = visit(empty, "launch")
    app.text_area(key="goal").set_value(SUMMARY)
    app.toggle(key="approve-plan").set_value(True)
    app.toggle(key="approve-untrusted").set_value(False)
    app.text_input(key="thread").set_value(" harbour ")
    app.toggle(key="undo").set_value(False)
    app.toggle(key="check").set_value(True)
    app.toggle(key="memory").set_value(False)
    app.button(key="run").click().run()

    (spec,) = lab().durable.queued()
    assert (spec.approve, spec.thread, spec.undo, spec.check, spec.memory) == (("plan",), "harbour", False, True, False)


def test_a_plan_is_shown_with_its_score_and_its_editor(visit, empty) -> None:
    app = visit(empty, "launch")
    app.text_area(key="goal").set_value(SUMMARY)
    app.button(key="preview").click().run()
    assert "Score 9" in words(app)

    app.toggle(key="edit-plan").set_value(True).run()

    assert not app.exception
    assert len(app.dataframe) + len(app.get("arrow_data_frame")) > 0
    app.button(key="run").click().run()
    (spec,) = lab().durable.queued()
    assert [step.tool for step in spec.plan.steps] == ["ai.summarize", "drive.createDoc"]


def test_rows_of_the_editor_become_the_plan() -> None:
    from ui.plans import _step

    row = {
        "id": "b",
        "tool": "drive.list",
        "args": "",
        "after": "a, c",
        "join": "any",
        "ask": True,
        "description": None,
    }

    assert _step(row) == {
        "id": "b", "tool": "drive.list", "args": {}, "depends_on": ["a", "c"], "join": "any", "ask": True,
        "description": "",
    }  # fmt: skip


def test_a_run_is_gone_on_with_from_its_page(visit, empty) -> None:
    from ui.bench import the_lab

    with agentlab.open(str(empty.path)) as lab:
        run_id = lab.run("List the files in the drive").run_id
    app = visit(empty, "run", run=run_id)
    app.text_input(key="next").input("What was there?")
    next(button for button in app.button if button.label == "Ask").click().run()

    (asked,) = the_lab().durable.queued()
    assert (asked.goal, asked.thread) == ("What was there?", run_id)
    assert [turn.run_id for turn in the_lab().thread(run_id)] == [run_id, asked.run_id]
