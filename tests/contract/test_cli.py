"""The command line as a program: what scripts rely on, and what people are told when something is wrong."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

PAGE = b"""<html><head><title>Harbour report</title></head><body><nav>Home | About</nav><h1>Harbour report</h1>
<p>In 2025 the harbour of Brennhavn handled 48,300 containers, 12 percent more than the year before.</p>
<p>The new crane, which cost 3.4 million euros, was idle on nine days.</p>
<p>Visitors may park behind the customs house.</p></body></html>"""


def agentlab(*args: str, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agentlab.cli.main", *args]
    return subprocess.run(
        command, env=os.environ | {"AGENTLAB_HOME": str(home)} | env, capture_output=True, text=True, timeout=60
    )


@pytest.fixture(scope="module")
def page() -> str:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()


def test_a_page_is_fetched_summarised_and_saved(tmp_path, page) -> None:
    goal = f"Fetch http://{page}/report.html, summarise it and save the summary as a document"

    done = agentlab("run", goal, "--json", home=tmp_path, AGENTLAB_EGRESS_ALLOW=page)

    found = json.loads(done.stdout)
    assert (done.returncode, found["status"]) == (0, "succeeded"), done.stderr
    assert {"run_id", "status", "answer", "steps", "credits", "cost_usd", "duration_s"} <= set(found)
    assert "48,300" in found["answer"]
    assert [step["tool"] for step in found["steps"]] == ["http.get", "ai.summarize", "drive.createDoc"]
    assert all(set(step) >= {"id", "tool", "status", "attempts", "result"} for step in found["steps"])
    documents = list((tmp_path / "drive").glob("*.md"))
    assert len(documents) == 1
    assert "48,300" in documents[0].read_text()

    counted = agentlab("sql", "select kind, count(*) as n from spans group by 1", "--format", "json", home=tmp_path)
    assert {row["kind"]: row["n"] for row in json.loads(counted.stdout)} == {
        "run": 1,
        "plan": 1,
        "llm": 3,
        "step": 3,
        "tool": 3,
    }


def test_a_plan_of_ones_own_runs_with_no_model(tmp_path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"goal": "look", "steps": [{"id": "a", "tool": "drive.list", "args": {}}]}))

    done = agentlab("run", "--plan", str(plan), "--json", home=tmp_path / "home")

    found = json.loads(done.stdout)
    assert (found["status"], found["goal"], found["cost_usd"]) == ("succeeded", "look", 0.0)
    assert found["steps"][0]["status"] == "succeeded"
    kinds = agentlab(
        "sql", "select kind from spans where kind in ('llm', 'plan')", "--format", "csv", home=tmp_path / "home"
    )
    assert kinds.stdout.split() == ["kind"]


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["run", "  "], 2, ["The goal is empty", "agentlab run"]),
        (["run", "x", "--model", "offlin"], 2, ["'offlin'", "offline"]),
        (["run", "x", "--model", "anthropic:claude"], 4, ["ANTHROPIC_API_KEY", "--model offline"]),
        (["run", "x", "--budget", "0"], 2, ["budget of 0", "--budget 100"]),
        (["run", "x", "--budget", "nan"], 2, ["budget of nan"]),
        (["run", "--plan", "nowhere.json"], 2, ["nowhere.json", "No such file"]),
        (["show", "run_x"], 2, ["no run 'run_x'", "agentlab runs"]),
        (["cancel", "run_x"], 2, ["no run 'run_x'"]),
        (["sql", "selec 1"], 2, ["selec"]),
        (["sql", "drop table spans"], 2, ["SELECT"]),
        (["sql", "select * from read_csv('/etc/passwd')"], 2, []),
        (["nonsense"], 2, ["nonsense"]),
    ],
)
def test_wrong_use_says_what_to_do_and_leaves_nothing_behind(tmp_path, args, code, says) -> None:
    done = agentlab(*args, home=tmp_path)

    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert [part for part in says if part not in done.stderr] == []
    assert agentlab("runs", home=tmp_path).stdout == ""


def test_errors_are_json_where_json_was_asked_for(tmp_path) -> None:
    done = agentlab("run", "", "--json", home=tmp_path)

    assert json.loads(done.stdout)["error"]["code"] == "empty_goal"


def test_an_unreachable_address_fails_the_run_with_its_reason(tmp_path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{closed.getsockname()[1]}"

        done = agentlab(
            "run", f"Fetch http://{host}/x and summarise it", "--json", home=tmp_path, AGENTLAB_EGRESS_ALLOW=host
        )

    found = json.loads(done.stdout)
    assert (done.returncode, found["status"]) == (1, "failed")
    assert host in found["error"]
    assert [step["status"] for step in found["steps"]] == ["failed", "skipped"]


def test_a_private_address_is_refused_and_the_error_names_the_setting(tmp_path, page) -> None:
    done = agentlab("run", f"Fetch http://{page}/report.html and summarise it", "--json", home=tmp_path)

    found = json.loads(done.stdout)
    assert found["steps"][0]["error"]["kind"] == "blocked"
    assert "AGENTLAB_EGRESS_ALLOW" in found["error"]


def test_a_budget_that_cannot_be_enough_runs_nothing(tmp_path) -> None:
    goal = "Summarise samples/ocean-report.md and save the summary as a document"

    done = agentlab("run", goal, "--budget", "1", "--json", home=tmp_path)

    found = json.loads(done.stdout)
    assert (done.returncode, found["status"]) == (1, "failed")
    assert "--budget" in found["error"]
    assert list((tmp_path / "drive").glob("*.md")) == []


def test_a_home_that_cannot_be_written_is_named(tmp_path) -> None:
    (tmp_path / "file").write_text("in the way")

    done = agentlab("run", "List the files", home=tmp_path / "file")

    assert done.returncode == 4
    assert str(tmp_path / "file") in done.stderr
    assert "AGENTLAB_HOME" in done.stderr


def test_a_setting_that_cannot_be_is_named(tmp_path) -> None:
    done = agentlab("up", "--no-browser", home=tmp_path, AGENTLAB_PORT="abc")

    assert done.returncode == 4
    assert "AGENTLAB_PORT='abc'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_named_with_a_way_out(tmp_path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        done = agentlab("up", "--no-browser", "--port", str(taken.getsockname()[1]), home=tmp_path)

    assert done.returncode == 4
    assert "--port 8502" in done.stderr


def test_submitted_runs_are_listed_as_queued_and_can_be_cancelled(tmp_path) -> None:
    run_id = agentlab("submit", "List the files in samples", home=tmp_path).stdout.strip()
    assert f"{run_id}  queued" in agentlab("runs", home=tmp_path).stdout

    assert agentlab("cancel", run_id, home=tmp_path).stdout.strip() == "cancelled"
    assert json.loads(agentlab("show", run_id, "--json", home=tmp_path).stdout)["status"] == "cancelled"


def test_the_doctor_finds_a_fresh_lab_well(tmp_path) -> None:
    done = agentlab("doctor", "--json", home=tmp_path)

    checks = json.loads(done.stdout)
    assert done.returncode == 0, checks
    assert {check["name"] for check in checks} == {
        "python",
        "home",
        "runs",
        "workers",
        "traces",
        "app",
        "model",
        "guards",
        "notify",
    }


def test_tools_are_listed_shown_and_called(tmp_path) -> None:
    listed = json.loads(agentlab("tools", "--json", home=tmp_path).stdout)
    shown = agentlab("tools", "drive.createDoc", home=tmp_path)
    mail = agentlab("tools", "email.send", home=tmp_path).stdout
    called = agentlab("tools", "drive.list", "--call", '{"folder": "samples"}', "--json", home=tmp_path)
    failed = agentlab("tools", "drive.list", "--call", '{"folder": "nowhere"}', home=tmp_path)
    wrong = agentlab("tools", "drive.lst", home=tmp_path)

    assert {"http.get", "ai.chat"} <= {tool["name"] for tool in listed}
    assert "title: string (needed)" in shown.stdout
    assert "can be undone" in shown.stdout
    assert "asks first" not in shown.stdout
    assert "at most: 10 calls a minute" in mail
    assert "asks first: where text from outside had a hand in it, but for subject and body" in mail
    assert "id: string  The Message-ID." in mail
    assert json.loads(called.stdout)["data"]["files"]
    assert (failed.returncode, "not_found" in failed.stderr) == (1, True)
    assert (wrong.returncode, "drive.list" in wrong.stderr) == (2, True)
