"""How soon the app is there, and how far a viewer lags behind a run: a real server, a real worker, real server-sent events."""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from typing import Any

import httpx

PLAN = {
    "goal": "list a folder many times",
    "steps": [
        {"id": f"s{n}", "tool": "drive.list", "args": {"folder": "samples"}, "depends_on": [f"s{n - 1}"] if n else []}
        for n in range(50)
    ],
}


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def first_page(base: str) -> float:
    """Seconds until the app answers with its page."""
    began = time.perf_counter()
    while True:
        try:
            if httpx.get(base, trust_env=False).status_code == 200:
                return time.perf_counter() - began
        except httpx.TransportError:
            time.sleep(0.01)


def lags(base: str) -> list[float]:
    """Milliseconds between the end of a span and its arrival, for each span of one run."""
    run_id = httpx.post(f"{base}/api/runs", json={"goal": PLAN["goal"], "plan": PLAN}, trust_env=False).json()["run_id"]
    found: list[float] = []
    with httpx.stream("GET", f"{base}/api/runs/{run_id}/events", trust_env=False, timeout=60) as stream:
        for line in stream.iter_lines():
            if not line.startswith("data:"):
                continue
            now = datetime.now(UTC).replace(tzinfo=None)
            for event in _events(json.loads(line[5:])):
                if event["phase"] == "done":
                    return found
                if event["phase"] == "end":
                    ended = datetime.fromisoformat(event["started_at"]).timestamp() + event["duration_ms"] / 1_000
                    found.append((now.timestamp() - ended) * 1_000)
    return found


def _events(data: Any) -> list[dict[str, Any]]:
    return data if isinstance(data, list) else [data]


def main() -> None:
    """Start `agentlab up` in an empty home and measure."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as home:
        env = os.environ | {"AGENTLAB_HOME": home, "AGENTLAB_PORT": str(port)}
        up = subprocess.Popen(
            [sys.executable, "-m", "agentlab.cli.main", "up", "--no-browser"], env=env, stdout=subprocess.DEVNULL
        )
        try:
            print(f"first page after {first_page(base):.2f} s")
            time.sleep(3)
            found = sorted(lags(base))
            p95 = found[int(len(found) * 0.95)]
            print(
                f"live event lag   median {statistics.median(found):.0f} ms   p95 {p95:.0f} ms   of {len(found)} spans"
            )
        finally:
            up.terminate()
            up.wait(10)


if __name__ == "__main__":
    main()
