"""Schedules through every door: Python, the command line, the API; the worker is real, and so are its runs."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import agentlab
from agentlab.api import create_api
from agentlab.errors import PlanInvalid, ScheduleInvalid, SettingsInvalid, UnknownModel, UnknownSchedule
from agentlab.types import Plan, RunResult, Step

LISTING = {"goal": "list", "steps": [{"id": "a", "tool": "drive.list", "args": {"folder": "samples"}}]}


@pytest.fixture
def lab(tmp_path):
    with agentlab.open(str(tmp_path)) as opened:
        yield opened


@pytest.fixture
def client(lab):
    with TestClient(create_api(lab)) as opened:
        yield opened


def command(home: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "agentlab.cli.main", *args]
    return subprocess.run(
        line, env=os.environ | {"AGENTLAB_HOME": str(home)} | env, capture_output=True, text=True, timeout=60
    )


def let_it_come(home: Path) -> None:
    """As if the next time of every schedule had just come."""
    with sqlite3.connect(home / "runs.sqlite") as database:
        database.execute("update run_schedules set next_at = 0 where next_at is not null")


def until(true, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.02)


def test_what_is_due_runs_in_a_worker_as_it_was_asked(lab, tmp_path) -> None:
    made = lab.schedule(
        "each", "* * * * *", plan=LISTING, budget=50, domains=["example.org"], timezone="Asia/Tokyo", notify=["failed"]
    )
    assert (made.goal, made.last_run, len(made.next_times)) == ("list", "", 3)
    lab.work()

    let_it_come(tmp_path)
    until(lambda: lab.schedules()[0].last_status == "succeeded")

    spec = lab.durable.spec(lab.schedules()[0].last_run)
    assert (spec.schedule, spec.notify, spec.domains) == ("each", ("failed",), ("example.org",))
    assert spec.limits.budget == 50_000_000
    assert spec.plan.steps[0].tool == "drive.list"


def test_a_plan_as_an_object_is_kept_whole(lab) -> None:
    steps = (
        Step(id="a", tool="drive.list", args={"folder": "samples"}, description="Look"),
        Step(id="b", tool="drive.createDoc", args={"title": "t", "content": "{{steps.a.data}}"}, depends_on=("a",)),
    )
    lab.schedule("own", "@daily", plan=Plan(goal="g", steps=steps, origin="file"))

    run = lab.run_schedule("own")

    assert run.plan.steps == steps
    assert lab.schedules()[0].last_run == run.run_id
    assert lab.schedules()[0].last_status == "queued"


def test_what_cannot_run_is_refused_when_it_is_made(lab) -> None:
    wrong = [
        (ScheduleInvalid, ("a b", "@daily", "g"), {}),
        (ScheduleInvalid, ("a", "@never", "g"), {}),
        (ScheduleInvalid, ("a", "@daily", "g"), {"timezone": "Mars"}),
        (ScheduleInvalid, ("a", "@daily", "g"), {"notify": ["always"]}),
        (UnknownModel, ("a", "@daily", "g"), {"model": "ofline"}),
        (PlanInvalid, ("a", "@daily", "g"), {"plan": {"steps": [{"id": "a", "tool": "drive.lst"}]}}),
    ]
    for kind, args, named in wrong:
        with pytest.raises(kind) as raised:
            lab.schedule(*args, **named)
        assert raised.value.hint
    with pytest.raises(UnknownSchedule):
        lab.run_schedule("none")

    assert lab.schedules() == []


def test_what_can_run_no_more_is_told_when_its_time_comes(lab, tmp_path) -> None:
    @lab.tool(name="own.one")
    def one() -> int:
        """Give one."""
        return 1

    lab.schedule("own", "* * * * *", plan={"goal": "g", "steps": [{"id": "a", "tool": "own.one"}]})
    lab.tools.remove("own.one")
    lab.work()

    let_it_come(tmp_path)
    until(lambda: lab.unread() == 1)

    assert "own.one" in lab.schedules()[0].error
    assert lab.notifications()[0].title == "Failed: schedule own could not begin"


def test_the_command_line_keeps_schedules(tmp_path) -> None:
    added = command(
        tmp_path, "schedule", "add", "daily", "0 7 * * MON-FRI", "List the drive", "--timezone", "Europe/Berlin"
    )
    assert (added.returncode, "next: " in added.stdout) == (0, True), added.stderr
    assert "agentlab worker" in added.stderr
    assert "(paused)" in command(tmp_path, "schedule", "pause", "daily").stdout
    assert "next: " in command(tmp_path, "schedule", "resume", "daily").stdout
    run_id = command(tmp_path, "schedule", "run", "daily").stdout.strip()

    (listed,) = json.loads(command(tmp_path, "schedule", "list", "--json").stdout)

    assert (listed["name"], listed["last_run"], listed["last_status"]) == ("daily", run_id, "queued")
    assert command(tmp_path, "schedule", "remove", "daily").returncode == 0
    gone = command(tmp_path, "schedule", "remove", "daily")
    assert (gone.returncode, "no schedule 'daily'" in gone.stderr) == (2, True)
    wrong = command(tmp_path, "schedule", "add", "x", "61 * * * *", "g")
    assert (wrong.returncode, "minute" in wrong.stderr) == (2, True)


def test_the_command_line_shows_what_was_told(lab, tmp_path) -> None:
    lab.notifier.ended(lab._spec("Fetch it"), RunResult(run_id="r", status="failed", error="Gone."))

    shown = command(tmp_path, "notifications", "--read").stdout
    again = command(tmp_path, "notifications", "--json").stdout

    assert shown.startswith("* ")
    assert "Failed: Fetch it" in shown
    assert json.loads(again)[0]["read_at"]


def test_the_command_line_tests_who_is_told_and_shows_no_secret(tmp_path) -> None:
    env = {
        "AGENTLAB_NOTIFY": json.dumps(
            ["json://127.0.0.1:9/t0ken-secret", {"url": "slack://A/B/C-secret", "on": ["failed"]}]
        )
    }

    listed = command(tmp_path, "notify", **env)
    tested = command(tmp_path, "notify", "--test", **env)
    doctor = command(tmp_path, "doctor", **env)

    assert listed.stdout == "json  failed, waiting, long\nslack  failed\n"
    assert tested.returncode == 1
    assert "json of failed, waiting, long; slack of failed" in doctor.stdout
    assert "secret" not in "".join(done.stdout + done.stderr for done in (listed, tested, doctor))
    assert command(tmp_path, "notify", "--test").returncode == 4


@pytest.mark.parametrize(
    "text",
    ["slack://secret", '{"url": "slack://secret"}', '["secret"]', '[{"url": "slack://secret", "on": ["ever"]}]', "[1]"],
)
def test_targets_that_cannot_be_read_are_refused_without_being_repeated(tmp_path, text) -> None:
    with pytest.raises(SettingsInvalid, match="AGENTLAB_NOTIFY") as refused:
        agentlab.open(str(tmp_path), notify=text)

    assert "secret" not in str(refused.value)


def test_words_that_nobody_can_be_told_of_are_refused(tmp_path) -> None:
    with pytest.raises(SettingsInvalid, match=r"AGENTLAB_NOTIFY_ON.*'ever'"):
        agentlab.open(str(tmp_path), notify_on="failed,ever")


def test_the_api_keeps_schedules(client) -> None:
    body = {"name": "daily", "cron": "@daily", "goal": "List the drive", "timezone": "Europe/Berlin"}
    made = client.post("/schedules", json=body)

    assert (made.status_code, made.json()["cron"]) == (201, "@daily")
    assert client.get("/schedules").json()[0]["next_times"] == made.json()["next_times"]
    assert client.post("/schedules/daily/pause").json()["paused"] is True
    assert client.post("/schedules/daily/resume").json()["paused"] is False
    begun = client.post("/schedules/daily/run")
    assert (begun.status_code, begun.json()["status"]) == (202, "queued")
    assert client.delete("/schedules/daily").status_code == 204
    assert client.delete("/schedules/daily").status_code == 404
    assert client.post("/schedules", json=body | {"cron": "daily"}).status_code == 400
    assert client.post("/schedules", json=body | {"notify": ["ever"]}).status_code == 422
    assert len(client.get("/schedules/next", params={"cron": "@hourly", "count": 5}).json()) == 5


def test_the_api_shows_what_was_told(client, lab) -> None:
    for number in range(2):
        result = RunResult(run_id=f"r{number}", status="failed", error="Gone.")
        lab.notifier.ended(lab._spec(f"Goal {number}"), result)
    found = client.get("/notifications").json()
    newest = found["notifications"][0]

    assert (found["unread"], newest["title"]) == (2, "Failed: Goal 1")
    assert client.post("/notifications/read", json={"ids": [newest["id"]]}).json() == {"read": 1}
    assert [it["title"] for it in client.get("/notifications?unread=true").json()["notifications"]] == [
        "Failed: Goal 0"
    ]
    assert client.post("/notifications/read", json={}).json() == {"read": 1}
