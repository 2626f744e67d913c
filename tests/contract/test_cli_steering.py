"""Steering runs from the command line, as programs of their own: who answers is never the process that asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SUMMARY = "Summarise samples/ocean-report.md and save the summary as a document"
ASKS = {
    "goal": "Save a note once somebody agrees",
    "steps": [
        {"id": "look", "tool": "drive.list", "args": {}},
        {
            "id": "note",
            "tool": "drive.createDoc",
            "args": {"title": "Agreed", "content": "We agreed."},
            "depends_on": ["look"],
            "ask": True,
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


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "agentlab.cli.main", *args]


def agentlab(*args: str, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*args),
        env=os.environ | {"AGENTLAB_HOME": str(home)} | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
    )


@contextmanager
def worker(home: Path) -> Iterator[None]:
    """A worker that is ready."""
    process = subprocess.Popen(
        command("worker", "--until-eof"),
        env=os.environ | {"AGENTLAB_HOME": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    assert "ready" in process.stdout.readline()
    try:
        yield
    finally:
        process.stdin.close()
        process.wait(30)


def file_of(tmp_path: Path, data: Any) -> str:
    path = tmp_path / "input.json"
    path.write_text(json.dumps(data))
    return str(path)


def waiting_run(tmp_path: Path, home: Path) -> str:
    """A run whose process has left, and that waits for a yes to its step; its id."""
    left = agentlab("run", "--plan", file_of(tmp_path, ASKS), "--json", home=home)
    found = json.loads(left.stdout)
    assert (left.returncode, found["status"]) == (5, "waiting"), left.stderr
    return str(found["run_id"])


def shown(run_id: str, home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(agentlab("show", run_id, "--json", home=home).stdout)
    return found


def test_a_run_that_waits_ends_with_5_and_says_how_to_answer(tmp_path, home) -> None:
    left = agentlab("run", "--plan", file_of(tmp_path, ASKS), home=home)

    assert left.returncode == 5
    assert "The plan wants a yes before this step." in left.stderr
    assert "agentlab approve run_" in left.stderr
    assert not list((home / "drive").glob("Agreed*"))


def test_without_a_worker_the_process_that_says_yes_finishes_the_run(tmp_path, home) -> None:
    run_id = waiting_run(tmp_path, home)
    listed = json.loads(agentlab("waiting", "--json", home=home).stdout)
    assert [(one["run_id"], one["name"], one["tool"]) for one in listed] == [(run_id, "note-1", "drive.createDoc")]

    said = agentlab("approve", run_id, "note-1", "--args", '{"title": "Other", "content": "New"}', home=home)

    assert said.returncode == 0, said.stderr
    assert (home / "drive" / "Other.md").read_text().strip() == "New"
    assert shown(run_id, home)["status"] == "succeeded"
    assert agentlab("waiting", home=home).stdout == "No run waits for anybody.\n"


def test_with_a_worker_yes_returns_at_once_and_the_worker_finishes_the_run(tmp_path, home) -> None:
    run_id = waiting_run(tmp_path, home)
    with worker(home):
        said = agentlab("approve", run_id, home=home)
        assert said.returncode == 0, said.stderr
        assert said.stdout.strip() in ("queued", "running", "succeeded")
        for _ in range(30):
            if (found := shown(run_id, home))["status"] == "succeeded":
                break

    assert found["status"] == "succeeded"
    assert (home / "drive" / "Agreed.md").exists()


def test_no_makes_the_run_fail_and_names_the_reason(tmp_path, home) -> None:
    run_id = waiting_run(tmp_path, home)

    said = agentlab("deny", run_id, "--note", "not in this folder", home=home)

    assert said.returncode == 1
    assert "not in this folder" in shown(run_id, home)["error"]
    assert not list((home / "drive").glob("Agreed*"))


def test_a_second_answer_is_refused_and_so_are_arguments_that_do_not_fit(tmp_path, home) -> None:
    run_id = waiting_run(tmp_path, home)
    odd = agentlab("approve", run_id, "--args", '{"titel": "x"}', home=home)
    assert (odd.returncode, "titel" in odd.stderr) == (2, True), odd.stderr
    assert agentlab("approve", run_id, "--args", "[1]", home=home).returncode == 2
    assert agentlab("deny", run_id, home=home).returncode == 1

    again = agentlab("approve", run_id, home=home)

    assert again.returncode == 2
    assert "asks nothing now" in again.stderr


def test_a_plan_is_looked_at_and_another_one_runs(tmp_path, home) -> None:
    left = agentlab("run", SUMMARY, "--approve", "plan", "--json", home=home)
    run_id = json.loads(left.stdout)["run_id"]
    assert left.returncode == 5
    other = file_of(tmp_path, {"steps": [{"id": "look", "tool": "drive.list", "args": {}}]})

    said = agentlab("approve", run_id, "plan", "--plan", other, home=home)

    assert said.returncode == 0, said.stderr
    assert [step["tool"] for step in shown(run_id, home)["steps"]] == ["drive.list"]


def test_approve_none_asks_nobody_and_an_unknown_word_is_named(home) -> None:
    asked = agentlab("run", SUMMARY, "--approve", "none", "--json", home=home, AGENTLAB_APPROVE='["plan"]')
    odd = agentlab("run", SUMMARY, "--approve", "plans", home=home)

    assert asked.returncode == 0, asked.stderr
    assert odd.returncode == 2
    assert "Did you mean plan" in odd.stderr


def test_a_queued_run_is_paused_and_resumed(home) -> None:
    run_id = json.loads(agentlab("submit", SUMMARY, "--json", home=home).stdout)["run_id"]
    assert agentlab("pause", run_id, home=home).returncode == 0
    assert agentlab("resume", run_id, home=home).returncode == 0
    with worker(home):
        for _ in range(30):
            if (found := shown(run_id, home))["status"] == "succeeded":
                break
    assert found["status"] == "succeeded"
    assert agentlab("pause", run_id, home=home).returncode == 2
    assert agentlab("resume", run_id, home=home).returncode == 2


def test_a_failed_run_has_taken_back_what_it_did_unless_told_otherwise(tmp_path, home) -> None:
    plan = file_of(tmp_path, FAILS)
    failed = agentlab("run", "--plan", plan, "--json", home=home)
    run_id = json.loads(failed.stdout)["run_id"]
    agentlab("undo", run_id, home=home)
    assert [effect["state"] for effect in shown(run_id, home)["effects"]] == ["undone"]
    assert not list((home / "drive").glob("Note*"))

    kept = json.loads(agentlab("run", "--plan", plan, "--no-undo", "--json", home=home).stdout)["run_id"]
    assert list((home / "drive").glob("Note*"))
    taken = json.loads(agentlab("undo", kept, "--json", home=home).stdout)

    assert [(effect["tool"], effect["state"]) for effect in taken] == [("drive.createDoc", "undone")]
    assert not list((home / "drive").glob("Note*"))


def test_undo_of_a_run_that_changed_nothing_says_so(home) -> None:
    run_id = json.loads(agentlab("run", "List the files in the drive", "--json", home=home).stdout)["run_id"]

    assert agentlab("undo", run_id, home=home).stdout == "The run has changed nothing.\n"


def test_a_fork_takes_over_what_was_found_and_changes_one_step(home) -> None:
    first = json.loads(agentlab("run", SUMMARY, "--json", home=home).stdout)
    args = json.dumps({"title": "Fork", "content": "{{steps.summarize.data.summary}}"})

    forked = agentlab("fork", first["run_id"], "save", "--args", args, "--json", home=home)

    found = json.loads(forked.stdout)
    assert (forked.returncode, found["status"]) == (0, "succeeded"), forked.stderr
    assert found["run_id"] != first["run_id"]
    assert first["steps"][0]["result"]["summary"][:40] in (home / "drive" / "Fork.md").read_text()
    assert found["credits"] < first["credits"]


def test_a_fork_of_a_step_that_is_not_there_names_the_near_miss(home) -> None:
    run_id = json.loads(agentlab("run", SUMMARY, "--json", home=home).stdout)["run_id"]

    odd = agentlab("fork", run_id, "sav", home=home)

    assert odd.returncode == 2
    assert "save" in odd.stderr


def test_a_team_runs_as_one_run_and_its_file_is_checked(tmp_path, home) -> None:
    members = {
        "report": "Summarise samples/ocean-report.md",
        "memo": {"goal": "Write a document called Memo with the text 'read'", "after": ["report"]},
    }
    done = agentlab("team", file_of(tmp_path, members), "--goal", "A memo", "--json", home=home)
    odd = agentlab("team", file_of(tmp_path, {"a": {"goal": "x", "afer": []}}), home=home)

    found = json.loads(done.stdout)
    assert (done.returncode, found["goal"]) == (0, "A memo"), done.stderr
    assert [step["tool"] for step in found["steps"]] == ["agent.run", "agent.run"]
    assert [effect["run_id"] for effect in found["effects"]] == [f"{found['run_id']}.memo"]
    assert (home / "drive" / "Memo.md").exists()
    assert odd.returncode == 2
    assert "Did you mean after" in odd.stderr


def test_credits_are_given_and_bound_runs(home) -> None:
    assert agentlab("credits", home=home).stdout.startswith("local: no limit")
    assert json.loads(agentlab("credits", "--add", "1", "--json", home=home).stdout)["left"] == 1

    poor = agentlab("run", SUMMARY, "--json", home=home)
    assert poor.returncode == 1
    assert "agentlab credits --add" in json.loads(poor.stdout)["error"]
    assert json.loads(agentlab("credits", "--json", home=home).stdout)["held"] == 0

    agentlab("credits", "--no-limit", home=home)
    assert agentlab("run", SUMMARY, home=home).returncode == 0
    assert agentlab("credits", "--add", "-1", home=home).returncode == 2


def test_arguments_that_are_no_json_are_refused(tmp_path, home) -> None:
    odd = agentlab("approve", waiting_run(tmp_path, home), "--args", "{oops", home=home)

    assert odd.returncode == 2
    assert "--args is not JSON" in odd.stderr
