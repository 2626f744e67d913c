"""kill -9 of a real worker in the middle of a step: another one takes the run up, and nothing finished is repeated."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

import agentlab


class Counting(BaseHTTPRequestHandler):
    """Answers after a while, and remembers who asked for what."""

    calls: list[str]

    def do_GET(self) -> None:
        self.calls.append(self.path)
        time.sleep(0.6 if self.path.startswith("/slow") else 0)
        body = f"<title>{self.path}</title>".encode()
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except BrokenPipeError:
            return

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site():
    handler = type("Handler", (Counting,), {"calls": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", handler.calls
    server.shutdown()


@pytest.fixture
def start_worker(tmp_path, site):
    started: list[subprocess.Popen[str]] = []
    env = os.environ | {"AGENTLAB_HOME": str(tmp_path), "AGENTLAB_EGRESS_ALLOW": site[0]}

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "agentlab.cli.main", "worker"]
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert "is ready" in process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_for(condition, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.02)


def plan(host: str, *paths: str) -> dict:
    steps = [
        {
            "id": f"s{n}",
            "tool": "http.get",
            "args": {"url": f"http://{host}{path}"},
            "depends_on": [f"s{n - 1}"] if n else [],
        }
        for n, path in enumerate(paths)
    ]
    return {"goal": "fetch them in turn", "steps": steps}


def test_a_killed_workers_run_is_finished_by_the_next(tmp_path: Path, site, start_worker) -> None:
    host, calls = site
    first = start_worker()
    with agentlab.open(str(tmp_path), egress_allow=host) as lab:
        run = lab.submit("", plan=plan(host, "/a", "/b", "/slow", "/d"))
        wait_for(lambda: "/slow" in calls, 10)
        time.sleep(0.1)
        first.send_signal(signal.SIGKILL)
        first.wait()
        began = time.monotonic()
        start_worker()
        wait_for(lambda: run.status == "succeeded", 15)

        took = time.monotonic() - began
        attempts = lab.sql(
            f"select step, status from spans where kind = 'tool' and run_id = '{run.run_id}' order by started_at"
        ).fetchall()
        rows = lab.sql(f"select status from runs where run_id = '{run.run_id}'").fetchall()

    assert took < 15
    assert calls == ["/a", "/b", "/slow", "/slow", "/d"]
    assert attempts == [("s0", "ok"), ("s1", "ok"), ("s2", "crashed"), ("s2", "ok"), ("s3", "ok")]
    assert rows == [("succeeded",)]


def test_up_keeps_a_worker_alive(tmp_path: Path, site) -> None:
    host, calls = site
    env = os.environ | {
        "AGENTLAB_HOME": str(tmp_path),
        "AGENTLAB_EGRESS_ALLOW": host,
        "AGENTLAB_PORT": str(free_port()),
    }
    face = subprocess.Popen([sys.executable, "-m", "agentlab.cli.main", "up", "--no-browser"], env=env)
    try:
        with agentlab.open(str(tmp_path), egress_allow=host) as lab:
            wait_for(lambda: lab.durable.liveness.workers() == 1, 20)
            run = lab.submit("", plan=plan(host, "/slow", "/b"))
            wait_for(lambda: "/slow" in calls, 10)
            os.kill(worker_of(tmp_path), signal.SIGKILL)
            wait_for(lambda: run.status == "succeeded", 15)
            face.send_signal(signal.SIGKILL)
            wait_for(lambda: lab.durable.liveness.workers() == 0, 10)
    finally:
        face.kill()
        face.wait(10)

    assert calls.count("/b") == 1


def worker_of(home: Path) -> int:
    with sqlite3.connect(home / "runs.sqlite") as database:
        return int(database.execute("select pid from processes where worker").fetchone()[0])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_an_interrupted_run_in_the_foreground_is_cancelled(tmp_path: Path, site) -> None:
    host, calls = site
    (tmp_path / "plan.json").write_text(json.dumps(plan(host, "/slow", "/slow2", "/c")))
    env = os.environ | {"AGENTLAB_HOME": str(tmp_path), "AGENTLAB_EGRESS_ALLOW": host}
    command = [sys.executable, "-m", "agentlab.cli.main", "run", "--plan", str(tmp_path / "plan.json"), "--json"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    wait_for(lambda: calls, 10)

    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=10)

    assert process.returncode == 130
    assert json.loads(out)["status"] == "cancelled"
    assert "/c" not in calls
