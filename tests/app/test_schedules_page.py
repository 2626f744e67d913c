"""The pages of schedules and notifications, and the bell on Home."""

from __future__ import annotations

from app_reading import EVIL, parts, words

import agentlab
from agentlab.types import RunResult, RunSpec


def test_a_schedule_is_added_paused_and_removed(visit, empty) -> None:
    app = visit(empty, "schedules")
    assert "No schedules yet" in words(app)
    assert app.button(key="schedule-add").disabled

    app.text_area(key="schedule-goal").set_value(f"List the drive {EVIL}")
    app.text_input(key="schedule-name").set_value("morning")
    app.text_input(key="schedule-cron").set_value("61 * * * *").run()
    assert "minute" in words(app)
    assert app.button(key="schedule-add").disabled

    app.text_input(key="schedule-cron").set_value("0 7 * * MON-FRI").run()
    assert "07:00" in words(app)
    app.button(key="schedule-add").click().run()

    assert not app.exception
    assert "morning" in words(app)
    assert "not yet" in words(app)
    assert app.text_input(key="schedule-name").value == ""
    app.button(key="pause-morning").click().run()
    assert "paused" in words(app)
    app.button(key="resume-morning").click().run()
    app.button(key="remove-morning").click().run()
    assert "No schedules yet" in words(app)


def test_a_name_that_cannot_be_is_refused_where_it_was_written(visit, empty) -> None:
    app = visit(empty, "schedules")
    app.text_area(key="schedule-goal").set_value("List the drive")
    app.text_input(key="schedule-cron").set_value("@daily").run()
    app.button(key="schedule-add").click().run()

    assert "cannot be named" in words(app)


def test_the_last_run_of_a_schedule_is_a_link(visit, empty) -> None:
    with agentlab.open(str(empty.path)) as lab:
        lab.schedule("daily", "@daily", "List the drive")
        run = lab.run_schedule("daily")

    app = visit(empty, "schedules")

    assert f"/run?run={run.run_id}" in str(parts(app)["schedule-daily"])
    assert "Queued" in words(app)


def test_notifications_are_shown_as_text_and_read(visit, empty) -> None:
    with agentlab.open(str(empty.path)) as lab:
        for number in range(2):
            result = RunResult(run_id=f"r{number}", status="failed", error=f"Gone. {EVIL}")
            lab.notifier.ended(RunSpec(run_id=f"r{number}", goal=f"Fetch {number}"), result)
    home = visit(empty, "home")
    assert "2 unread notifications" in words(home)

    app = visit(empty, "notifications")
    assert words(app).index("Failed: Fetch 1") < words(app).index("Failed: Fetch 0")
    assert "2 unread" in words(app)
    app.button(key="read").click().run()

    assert not app.exception
    assert "unread" not in words(app)
    assert "notification" not in words(visit(empty, "home"))


def test_nothing_told_is_said(visit, empty) -> None:
    assert "Nothing to tell" in words(visit(empty, "notifications"))
