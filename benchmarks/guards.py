"""What the guards add to a model call: microseconds of each, alone and in sum, in memory, on disk and over a Redis.

One call that finds its answer in the cache asks the cache alone; one that does not asks for a place and for the breaker,
reports back and keeps the answer. Medians of 2,000 in one task on an idle server; an answer is 2 KB of JSON.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agentlab.models.guards import open_guards
from agentlab.settings import Settings

CALLS = 2_000
ANSWER = {"text": "word " * 400, "usage": {"input_tokens": 1_200, "output_tokens": 400}, "finish_reason": "stop"}


@contextmanager
def redis_server() -> Iterator[str]:
    """A Redis of its own that keeps nothing on disk; its URL, or nothing where none is installed."""
    program = shutil.which("redis-server")
    if program is None:
        yield ""
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.02)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


async def median_us(work: Callable[[int], Awaitable[Any]]) -> float:
    """Microseconds of ``work``, which is given the number of the call."""
    took = []
    for number in range(CALLS):
        began = time.perf_counter()
        await work(number)
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1e6


async def measure(name: str, settings: Settings) -> None:
    """Print a line for the guards that these settings open."""
    guards = open_guards(settings)
    await guards.states()
    figures = {
        "put": await median_us(lambda n: guards.cache.put(f"{n:064x}", ANSWER)),
        "hit": await median_us(lambda n: guards.cache.get(f"{n:064x}")),
        "miss": await median_us(lambda n: guards.cache.get(f"-{n:063x}")),
        "admit": await median_us(lambda n: guards.breakers.admit("model")),
        "succeeded": await median_us(lambda n: guards.breakers.succeeded("model")),
        "take": await median_us(lambda n: guards.rates.take("user", "provider", wait_s=0)),
    }
    await guards.aclose()
    whole = sum(figures[part] for part in ("miss", "take", "admit", "succeeded", "put"))
    parts = "".join(f"{part} {us:5.1f} µs  " for part, us in figures.items())
    print(f"{name:<7} {parts} a call that is not cached, in sum {whole:5.1f} µs")


def main() -> None:
    """Print one line for each place."""
    with tempfile.TemporaryDirectory() as folder, redis_server() as url:
        home, limit = Path(folder), 1_000_000
        for name, chosen in {
            "memory": {"model_cache": "memory"},
            "disk": {"model_cache": "disk"},
            "redis": {"model_cache": "redis", "redis_url": url},
        }.items():
            if name == "redis" and not url:
                print("redis   not measured: redis-server is not installed")
                continue
            settings: Any = {"home": home, "model_rate_per_minute": limit} | chosen
            asyncio.run(measure(name, Settings(**settings)))


if __name__ == "__main__":
    main()
