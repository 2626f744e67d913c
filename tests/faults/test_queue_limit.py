"""A limit for all workers together: fifty queued runs, three workers, four at a time, seen by what the runs reach."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Lock, Thread

import pytest

import agentlab

RUNS = 50
LIMIT = 4
numbers = count()


class Gauge:
    """A web site that counts how many are in it at the same time, and how often each address was asked for."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self.calls: Counter[str] = Counter()
        gauge, lock = self, Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with lock:
                    gauge.inside += 1
                    gauge.most = max(gauge.most, gauge.inside)
                    gauge.calls[self.path] += 1
                time.sleep(0.15)
                with lock:
                    gauge.inside -= 1
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def gauge():
    opened = Gauge()
    yield opened
    opened.close()


@pytest.fixture(params=["SQLite", "Postgres"])
def settings(request, tmp_path: Path, gauge) -> dict[str, str]:
    """Of the lab and of its workers, as variables of the environment."""
    found = {
        "AGENTLAB_HOME": str(tmp_path),
        "AGENTLAB_EGRESS_ALLOW": gauge.address,
        "AGENTLAB_QUEUE_CONCURRENCY": str(LIMIT),
    }
    if request.param == "Postgres":
        url = request.getfixturevalue("postgres").database(f"queue_{next(numbers)}")
        found["AGENTLAB_RUNS_URL"] = url.replace("://", "+psycopg://")
    return found


@pytest.fixture
def start_worker(settings):
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "agentlab.cli.main", "worker"]
        started.append(subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def queue_them(lab: agentlab.Lab, address: str) -> list[agentlab.Run]:
    step = {"id": "a", "tool": "http.get"}
    urls = [f"http://{address}/{number}" for number in range(RUNS)]
    return [lab.submit("fetch", plan={"steps": [step | {"args": {"url": url}}]}) for url in urls]


@pytest.mark.parametrize("killed", [False, True], ids=["all live", "one is killed"])
def test_no_more_than_the_limit_at_once_none_twice_none_lost(
    settings, monkeypatch, gauge, start_worker, killed
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with agentlab.open() as lab:
        runs = queue_them(lab, gauge.address)
        workers = [start_worker() for _ in range(3)]
        assert all("is ready" in worker.stdout.readline() for worker in workers)
        if killed:
            while len(gauge.calls) < 10:
                time.sleep(0.02)
            workers[0].send_signal(signal.SIGKILL)
        end = time.monotonic() + 90
        while any(run.status != "succeeded" for run in runs):
            assert time.monotonic() < end, Counter(run.status for run in runs)
            time.sleep(0.2)

    assert gauge.most <= LIMIT
    assert gauge.most > LIMIT // 2
    assert len(gauge.calls) == RUNS
    again = sum(gauge.calls.values()) - RUNS
    assert again <= (LIMIT if killed else 0)  # a step that was cut off is done again
