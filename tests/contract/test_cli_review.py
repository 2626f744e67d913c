"""The commands that look back: replay, script, diff, score, as a script would use them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GOAL = "Summarise samples/ocean-report.md and save the summary as a document"


def agentlab(*args: str, home: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agentlab.cli.main", *args]
    return subprocess.run(
        command, env=os.environ | {"AGENTLAB_HOME": str(home)}, capture_output=True, text=True, timeout=60
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def run(home) -> dict:
    done = agentlab("run", GOAL, "--json", home=home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_run_is_replayed_offline_and_free_and_the_same(home, run) -> None:
    done = agentlab("replay", run["run_id"], "--json", home=home)

    again = json.loads(done.stdout)
    assert (done.returncode, again["answer"], again["credits"], again["cost_usd"]) == (0, run["answer"], 0.0, 0.0)
    assert len(list((home / "drive").glob("*.md"))) == 1
    same = agentlab("diff", run["run_id"], again["run_id"], home=home)
    assert same.returncode == 0, same.stdout
    assert "The runs are the same" in same.stdout


def test_run_takes_a_replay_for_a_model_and_its_goal_with_it(home, run) -> None:
    done = agentlab("run", "", "--model", f"replay:{run['run_id']}", home=home)

    assert (done.returncode, done.stdout.strip()) == (0, run["answer"].strip())


def test_tools_work_for_real_where_that_is_asked_for(home, run) -> None:
    before = len(list((home / "drive").glob("*.md")))

    assert agentlab("replay", run["run_id"], "--tools", "live", home=home).returncode == 0
    assert len(list((home / "drive").glob("*.md"))) == before + 1


def test_answers_are_written_out_edited_and_run(home, run, tmp_path) -> None:
    script = json.loads(agentlab("script", run["run_id"], home=home).stdout)
    script["answers"][-1]["text"] = "Edited."
    (tmp_path / "answers.json").write_text(json.dumps(script))

    edited = agentlab("run", GOAL, "--model", f"scripted:{tmp_path / 'answers.json'}", "--json", home=home)
    found = json.loads(edited.stdout)
    different = agentlab("diff", run["run_id"], found["run_id"], "--json", home=home)

    compared = json.loads(different.stdout)
    assert (found["answer"], different.returncode, compared["same"]) == ("Edited.", 1, False)
    assert compared["rows"][-1]["differences"][-1]["b"] == "Edited."


def test_a_difference_is_said_in_words(home, run) -> None:
    other = json.loads(agentlab("run", "List the files in samples", "--json", home=home).stdout)

    done = agentlab("diff", run["run_id"], other["run_id"], home=home)

    assert done.returncode == 1
    assert "<- first difference" in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].startswith("First difference: Goal.")


def test_a_score_can_be_a_number_a_word_or_a_comment(home, run) -> None:
    said = [
        agentlab("score", run["run_id"], "helpful", "0.9", "--author", "ann", home=home),
        agentlab("score", run["run_id"], "tone", "good", "--text", "Plain words.", home=home),
        agentlab("score", run["run_id"], "shape", "--text", "Too long.", home=home),
    ]

    assert [done.returncode for done in said] == [0, 0, 0], [done.stderr for done in said]
    query = "select name, value, label, text, source, author = 'ann' as ann from scores order by name"
    rows = json.loads(agentlab("sql", query, "--format", "json", home=home).stdout)
    assert [tuple(row.values()) for row in rows] == [
        ("helpful", 0.9, None, None, "person", True),
        ("shape", None, None, "Too long.", "person", False),
        ("tone", None, "good", "Plain words.", "person", False),
    ]


def test_secrets_that_were_taken_out_of_answers_are_said_to_be(home, tmp_path) -> None:
    key = "sk-ant-" + "api03-abcdefghijklmnop1234"
    plan = {"steps": [], "answer": f"It is {key}"}
    (tmp_path / "answers.json").write_text(json.dumps({"answers": [{"purpose": "plan", "output": plan}]}))
    done = agentlab("run", "Say it", "--model", f"scripted:{tmp_path / 'answers.json'}", "--json", home=home)

    again = agentlab("replay", json.loads(done.stdout)["run_id"], home=home)

    assert again.stdout.strip() == "It is [redacted]"
    assert "Secrets were taken out of the recorded answers, 1 in all" in again.stderr


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["replay", "run_x"], "no run 'run_x'"),
        (["script", "run_x"], "no run 'run_x'"),
        (["diff", "run_x", "run_y"], "no run 'run_x'"),
        (["score", "run_x", "helpful", "1"], "no run 'run_x'"),
        (["run", "", "--model", "replay:run_x"], "no run 'run_x'"),
    ],
)
def test_an_unknown_run_is_named(home, args, says) -> None:
    done = agentlab(*args, home=home)

    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_score_that_says_nothing_is_refused(home, run) -> None:
    done = agentlab("score", run["run_id"], "helpful", home=home)

    assert done.returncode == 2
    assert "says nothing" in done.stderr
