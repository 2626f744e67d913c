"""Guards over each place that their state may be kept in, with a clock that the test sets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from guard_racers import PATIENT

from agentlab.models.guards import Clock, Guards, open_guards
from agentlab.settings import Settings


class Hands:
    """A clock whose hands the test moves; who sleeps moves them as well."""

    def __init__(self) -> None:
        self.at = 1_000_000_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)


@pytest.fixture
def hands() -> Hands:
    return Hands()


Opener = Callable[..., Guards]


def flush(port: int) -> None:
    """Empty a Redis."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"FLUSHALL\r\n")
        assert connection.recv(64).startswith(b"+OK")


@pytest.fixture
def url(place: str, request: pytest.FixtureRequest) -> str:
    """The URL of an empty Redis, where the place is one."""
    if place == "redis":
        server = request.getfixturevalue("redis_server")
        flush(server.port)
        return str(server.url)
    if place == "cluster":
        cluster = request.getfixturevalue("redis_cluster")
        for node in cluster.nodes:
            flush(node.port)
        return str(cluster.url)
    return ""


@pytest.fixture
def guards_of(place: str, url: str, tmp_path: Path) -> Iterator[Opener]:
    """Opens guards that keep their state in ``place``; keywords are settings, ``hands`` the clock."""
    opened: list[Guards] = []

    def opener(*, hands: Hands | None = None, **chosen: Any) -> Guards:
        cache = chosen.pop("model_cache", {"memory": "memory", "disk": "disk"}.get(place, "redis"))
        settings = Settings(home=tmp_path, redis_url=url, model_cache=cache, **chosen)
        clock = Clock(hands.now, hands.sleep) if hands else None
        opened.append(open_guards(settings, clock=clock, patience=PATIENT))
        return opened[-1]

    yield opener
    for guards in opened:
        asyncio.run(guards.aclose())
