"""Every page of the app: with nothing in the lab, with runs in it, and with what goes wrong."""

from __future__ import annotations

import pytest
from app_reading import EVIL, parts, words

PAGES = ("home", "launch", "run", "telemetry", "tools", "models", "memory", "mail")


@pytest.mark.parametrize("page", PAGES)
def test_no_page_fails_where_nothing_has_run(visit, empty, page) -> None:
    assert not visit(empty, page).exception


@pytest.mark.parametrize("page", PAGES)
def test_no_page_fails_where_something_has(visit, worked, page) -> None:
    assert not visit(worked, page).exception


# --- Home -------------------------------------------------------------------------------------------------------------


def test_home_suggests_goals_and_says_that_nothing_has_run(visit, empty) -> None:
    app = visit(empty, "home")

    assert [button.key for button in app.button] == ["run-1", "run-2", "run-3", "run-4", "run-5", "own"]
    assert "Nothing has run yet" in words(app)


def test_run_on_a_suggestion_submits_it_and_shows_its_page(visit, empty) -> None:
    from ui.bench import the_lab

    app = visit(empty, "home")
    app.button(key="run-1").click().run()

    (waiting,) = the_lab().durable.queued()
    assert waiting.goal == the_lab().suggestions[0]["goal"]
    assert app.query_params["run"] == waiting.run_id
    assert parts(app)["live"]["events"] == f"/api/runs/{waiting.run_id}/events"


def test_a_waiting_run_stands_first_among_the_recent_ones(visit, empty) -> None:
    from ui.bench import the_lab

    visit(empty, "home")
    the_lab().submit("Wait for a worker")

    app = visit(empty, "home")

    assert "Wait for a worker" in words(app)
    assert "queued" in words(app)


def test_recent_runs_open_their_page(visit, worked) -> None:
    app = visit(worked, "home")

    rows = parts(app)["recent"]["nodes"][0]["children"][1:]
    assert [row["href"] for row in rows] == [f"/run?run={worked.bad}", f"/run?run={worked.good}"]


# --- Launch -----------------------------------------------------------------------------------------------------------


def test_an_empty_goal_is_answered_with_what_to_do(visit, empty) -> None:
    app = visit(empty, "launch")
    app.button(key="run").click().run()

    assert "The goal is empty." in words(app)
    assert not app.exception


def test_show_plan_lists_steps_tools_and_credits_and_runs_nothing(visit, empty) -> None:
    from ui.bench import the_lab

    app = visit(empty, "launch")
    app.text_area(key="goal").set_value("List the files in the drive")
    app.button(key="preview").click().run()

    assert "drive.list" in words(app)
    assert "1 step, from 1 credit" in words(app)
    assert the_lab().durable.queued() == []


def test_a_plan_disappears_when_the_goal_it_was_made_for_changes(visit, empty) -> None:
    app = visit(empty, "launch")
    app.text_area(key="goal").set_value("List the files in the drive")
    app.button(key="preview").click().run()
    assert "plan" in parts(app)

    app.text_area(key="goal").set_value("Something else").run()

    assert "plan" not in parts(app)


def test_a_budget_of_zero_is_refused(visit, empty) -> None:
    app = visit(empty, "launch")
    app.text_area(key="goal").set_value("List the files in the drive")
    app.number_input(key="budget").set_value(0.0)
    app.button(key="run").click().run()

    assert "A budget of 0 credits lets nothing run." in words(app)


def test_run_submits_the_goal_with_its_budget(visit, empty) -> None:
    from ui.bench import the_lab

    app = visit(empty, "launch")
    app.text_area(key="goal").set_value("List the files in the drive")
    app.number_input(key="budget").set_value(250.0)
    app.button(key="run").click().run()

    (waiting,) = the_lab().durable.queued()
    assert (waiting.goal, waiting.limits.budget) == ("List the files in the drive", 250_000_000)


# --- Run --------------------------------------------------------------------------------------------------------------


def test_without_a_run_the_page_lists_them(visit, worked) -> None:
    assert "Fetch what may not be fetched" in words(visit(worked, "run"))


def test_an_unknown_run_is_named_with_what_to_do(visit, worked) -> None:
    app = visit(worked, "run", run="run_nobody")

    assert "run_nobody" in words(app)
    assert not app.exception


def test_a_run_shows_its_answer_figures_and_trace(visit, worked) -> None:
    app = visit(worked, "run", run=worked.good)

    assert "Succeeded" in words(app)
    assert "1 of 1" in words(app)
    assert {"answer", "figures", "trace"} <= parts(app).keys()
    assert [row["depth"] for row in parts(app)["trace"]["rows"]] == [0, 1, 2]
    assert parts(app)["trace"]["events"] is None


def test_a_failed_run_says_why_above_everything(visit, worked) -> None:
    app = visit(worked, "run", run=worked.bad)

    assert "127.0.0.1:9" in words(app)
    assert list(parts(app))[1] == "failure"
    assert [row["error"] for row in parts(app)["trace"]["rows"] if row["step"]] != ["", ""]


def test_cancel_stops_a_waiting_run(visit, empty) -> None:
    from ui.bench import the_lab

    app = visit(empty, "home")
    app.button(key="run-1").click().run()
    app.button(key="cancel").click().run()

    assert the_lab().run_of(app.query_params["run"]).status == "cancelled"
    assert "Cancelled" in words(app)
    assert "live" not in parts(app)


def test_run_again_repeats_goal_and_plan(visit, worked) -> None:
    from ui.bench import the_lab

    app = visit(worked, "run", run=worked.good)
    app.button(key="again").click().run()

    again = the_lab().run_of(app.query_params["run"])
    assert again.run_id != worked.good
    assert again.plan.steps[0].tool == "drive.list"
    the_lab().cancel(again.run_id)


# --- Telemetry --------------------------------------------------------------------------------------------------------


def test_telemetry_of_nothing_leads_home(visit, empty) -> None:
    app = visit(empty, "telemetry")

    assert "No run in this period" in words(app)
    assert [button.label for button in app.button] == ["Go to Home"]


def test_telemetry_draws_charts_that_say_what_they_show(visit, worked) -> None:
    app = visit(worked, "telemetry")

    charts = app.get("plotly_chart")
    assert len(charts) == 3
    assert "runs on 1 day, 1 of them failed" in charts[0].proto.alt
    assert "http.get" in words(app)
    assert len(app.code) == 3


def test_filters_come_from_the_address_and_unknown_ones_are_ignored(visit, worked) -> None:
    app = visit(worked, "telemetry", period="7 days", model="nobody")

    assert app.selectbox(key="period").value == "7 days"
    assert app.selectbox(key="model").value == "All models"


# --- Text from outside ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("page", "chosen"), [("home", False), ("run", False), ("run", True), ("telemetry", False)])
def test_text_of_goals_tools_and_models_never_reaches_markdown(visit, worked, page, chosen) -> None:
    app = visit(worked, page, **({"run": worked.good} if chosen else {}))

    read_as_markdown = [app.markdown, app.title, app.header, app.subheader, app.caption, app.error, app.info, app.html]
    assert not [element.value for kind in read_as_markdown for element in kind if "evil" in str(element.value)]
    assert page == "telemetry" or EVIL in words(app)


# --- trouble ----------------------------------------------------------------------------------------------------------


def test_every_page_says_when_traces_cannot_be_kept(visit, empty) -> None:
    from agentlab.store.losses import Losses

    losses = Losses(empty.path / "traces")
    losses.prepare("worker-1")
    losses.tell(7, 2, "[Errno 28] No space left on device")

    for page in PAGES:
        assert "7 lines of traces wait for the disk, 2 are lost: [Errno 28] No space left on device" in words(
            visit(empty, page)
        )
    losses.close(keep=False)
    assert "Traces are in trouble" not in words(visit(empty, "home"))
