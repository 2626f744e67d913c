"""What the tool layer adds to a call: arguments filled and checked, the budget, the guard, the record in the trace.

A step of a plan (``agent/step.py``) with ``http.get`` against a server on loopback, and with ``drive.list``, against the same work
done with the library directly: httpx on the same TLS settings and the page made readable; ``Path.iterdir`` and ``lstat``. One call
of each in turn, so that a busy machine slows both; medians in milliseconds. The cache is off, the journal is in memory.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from agentlab.agent.bench import Bench
from agentlab.agent.guards import Budget
from agentlab.agent.progress import Progress
from agentlab.agent.schedule import Room
from agentlab.agent.step import run_step
from agentlab.settings import Settings
from agentlab.store import TraceStore
from agentlab.testing import FakeModel, MemoryJournal
from agentlab.tools import builtin_tools
from agentlab.tools.body import readable
from agentlab.types import Event, Limits, Plan, RunSpec, Scope, Step

CALLS = 300
PAGE = b"<html><title>T</title><body>" + b"<p>Some words of a page.</p>" * 200 + b"</body></html>"


class Handler(BaseHTTPRequestHandler):
    """One page."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send it."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Kept:
    """Records into the trace store."""

    def __init__(self, store: TraceStore) -> None:
        self.store = store

    def record(self, event: Event) -> None:
        """Write it down."""
        self.store.record(event)


async def alternately(
    layer: Callable[[int], Awaitable[Any]], direct: Callable[[], Awaitable[Any]], calls: int
) -> list[float]:
    """Medians in milliseconds: with the layer, directly, and of the difference of two calls in a row."""
    spent: list[tuple[float, float]] = []
    for number in range(calls + 20):
        began = time.perf_counter()
        await layer(number)
        between = time.perf_counter()
        await direct()
        spent.append((between - began, time.perf_counter() - between))
    warm = spent[20:]
    return [1_000 * median(values) for values in (*zip(*warm, strict=True), [a - b for a, b in warm])]


async def measure(home: Path, url: str, calls: int) -> None:
    """Print two lines of figures."""
    port = url.partition("127.0.0.1:")[2].rstrip("/")
    settings = Settings(home=home, egress_allow=f"127.0.0.1:{port}", tool_cache_s=0)
    settings.prepare_home()
    for number in range(30):
        (settings.drive / f"file-{number}.md").write_text("x" * number)
    store = TraceStore(home / "traces")
    limits = Limits(budget=10**15)
    spec = RunSpec(run_id="run_1", goal="g", limits=limits)
    bench = Bench(
        spec=spec, model=FakeModel(), tools=builtin_tools(settings), recorder=Kept(store), budget=Budget(limits)
    )
    tls = httpx.create_ssl_context(trust_env=False)

    async def step(tool: str, args: dict[str, Any], number: int) -> None:
        room = Room(1)
        async with room:
            done = await run_step(
                Step(id=f"{tool}-{number}", tool=tool, args=args),
                Progress(Plan(goal="g", origin="file")),
                bench,
                MemoryJournal(),
                Scope.of_run("run_1"),
                room,
            )
        assert done.status == "succeeded", done.error

    async def library_get() -> None:
        async with httpx.AsyncClient(verify=tls, trust_env=False) as client:
            response = await client.get(url)
        readable(response, response.content)

    async def library_list() -> None:
        await asyncio.to_thread(lambda: [(item.name, item.lstat()) for item in sorted(settings.drive.iterdir())])

    lines = {
        "http.get": await alternately(lambda n: step("http.get", {"url": url}, n), library_get, calls),
        "drive.list": await alternately(lambda n: step("drive.list", {}, n), library_list, calls),
    }
    for name, (layer, direct, more) in lines.items():
        print(f"{name:11} {layer:6.2f} ms as a step   {direct:6.2f} ms directly   {more:5.2f} ms more")
    store.close()


def main() -> None:
    """Start the server, measure, stop it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=CALLS)
    calls = parser.parse_args().calls
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), f"http://127.0.0.1:{server.server_address[1]}/", calls))
    server.shutdown()


if __name__ == "__main__":
    main()
