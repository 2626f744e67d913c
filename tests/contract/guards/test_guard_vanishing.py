"""Redis comes and goes, and no call notices: none fails, none takes long."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from guard_racers import PATIENT

from agentlab.errors import CircuitOpen, RateLimited
from agentlab.models.guards import Guards, Patience, SharedState, open_guards
from agentlab.settings import Settings

LONGEST_S = 0.3
HASTY = Patience(rest_s=0.5)
SECRET = "s3cret%2Fword"


class Traffic:
    """Calls as a lab makes them, one after the other in four tasks, for as long as the block lasts."""

    def __init__(self, guards: Guards) -> None:
        self.guards = guards
        self.calls = 0
        self.slow = 0
        self.longest_s = 0.0
        self.hold_up_s = 0.0
        """How late the busiest moment of this machine made everything."""

    async def __aenter__(self) -> Traffic:
        await self.guards.states()  # the first call loads the client, which takes as long as this machine is busy
        self._tasks = [asyncio.create_task(self._ask(f"model{n}")) for n in range(4)]
        self._ticker = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ticker.cancel()
        for task in self._tasks:
            if not task.done():
                task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        assert [error for error in ended if not isinstance(error, asyncio.CancelledError)] == []

    async def until(self, condition: Callable[[SharedState], bool]) -> None:
        """Wait until Redis stands like this."""
        deadline = time.monotonic() + 30
        while not condition((await self.guards.states()).shared):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)

    async def some(self, calls: int = 100) -> None:
        """Wait until so many more calls were made."""
        goal, deadline = self.calls + calls, time.monotonic() + 30
        while self.calls < goal:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)

    async def _ask(self, name: str) -> None:
        guards, number = self.guards, 0
        while True:
            number += 1
            key = f"{name}-{number}"
            await self._timed(guards.cache.get(key))
            await self._timed(guards.rates.take(name, "provider", wait_s=0))
            await self._timed(guards.breakers.admit(name))
            await self._timed(guards.breakers.failed(name) if number % 3 == 0 else guards.breakers.succeeded(name))
            await self._timed(guards.cache.put(key, {"n": number}))
            await asyncio.sleep(0.001)

    async def _timed(self, call: Coroutine[Any, Any, Any]) -> None:
        began = time.monotonic()
        await call
        took = time.monotonic() - began
        self.calls += 1
        self.slow += took > 0.1
        self.longest_s = max(self.longest_s, took)

    async def _tick(self) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.005)
            self.hold_up_s = max(self.hold_up_s, time.monotonic() - began - 0.005)


def guards_at(url: str, home: Path, patience: Patience = HASTY, **chosen: Any) -> Guards:
    chosen = {"model_rate_per_minute": 1_000_000, "model_cache": "redis"} | chosen
    return open_guards(Settings(home=home, redis_url=url, **chosen), patience=patience)


def run(guards: Guards, work: Coroutine[Any, Any, None]) -> None:
    async def both() -> None:
        try:
            await work
        finally:
            await guards.aclose()

    asyncio.run(both())


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [it.getMessage() for it in caplog.records if it.levelno >= logging.WARNING and "agentlab" in it.name]


@pytest.fixture
def server(redis_server, request: pytest.FixtureRequest):
    """A Redis of this test alone: it will be killed."""
    own = type(redis_server)(password=getattr(request, "param", ""))
    yield own
    own.stop()


def test_a_redis_that_is_killed_fails_no_call_and_is_used_again_when_it_is_back(server, tmp_path, caplog) -> None:
    guards = guards_at(server.url, tmp_path)

    async def live_through_it() -> None:
        async with Traffic(guards) as traffic:
            for _ in range(3):
                await traffic.until(lambda shared: shared.reachable)
                await traffic.some()
                await asyncio.to_thread(server.kill)
                await traffic.until(lambda shared: not shared.reachable)
                await traffic.some()
                assert not (await guards.states()).shared.reachable  # and no call under way says otherwise
                await asyncio.to_thread(server.start)
            await traffic.until(lambda shared: shared.reachable)
            await traffic.some()
        assert traffic.longest_s < LONGEST_S + traffic.hold_up_s
        assert len(warnings(caplog)) == 1  # one a minute
        await guards.cache.put("after", "it is back")
        other = guards_at(server.url, tmp_path, PATIENT)
        assert await other.cache.get("after") == "it is back"
        await other.aclose()

    run(guards, live_through_it())


def test_a_redis_that_hangs_holds_few_calls_up_and_none_for_long(server, tmp_path, caplog) -> None:
    guards = guards_at(server.url, tmp_path, Patience(rest_s=1.0))

    async def live_through_it() -> None:
        async with Traffic(guards) as traffic:
            await traffic.until(lambda shared: shared.reachable)
            await traffic.some()
            before = traffic.slow
            server.hang()
            await traffic.until(lambda shared: not shared.reachable)
            await traffic.some(400)
            server.go_on()
            await traffic.until(lambda shared: shared.reachable)
            await traffic.some()
        assert traffic.longest_s < LONGEST_S + traffic.hold_up_s
        assert traffic.slow - before <= 4 + 3  # what was under way, then one a second
        assert len(warnings(caplog)) == 1

    run(guards, live_through_it())


def test_guards_work_with_a_redis_that_was_never_there(tmp_path, caplog) -> None:
    guards = guards_at("redis://127.0.0.1:1", tmp_path, breaker_threshold=1, model_rate_per_minute=1)

    async def use() -> None:
        await guards.cache.put("k", "kept")
        assert await guards.cache.get("k") == "kept"
        await guards.breakers.failed("m")
        with pytest.raises(CircuitOpen):
            await guards.breakers.admit("m")
        await guards.rates.take("ada", "openai", wait_s=0)
        with pytest.raises(RateLimited):
            await guards.rates.take("ada", "openai", wait_s=0)
        states = await guards.states()
        assert (states.shared.reachable, states.shared.url) == (False, "redis://127.0.0.1:1")
        assert "refused" in states.shared.error
        assert states.shared.since is not None
        assert [it.name for it in states.breakers] == ["m"]
        assert [it.used for it in states.rates] == [1]

    run(guards, use())
    assert len(warnings(caplog)) == 1
    assert "Model cache, breakers and rate limits of this process are its own" in warnings(caplog)[0]


@pytest.mark.parametrize("options", [("--maxmemory", "1"), ("--rename-command", "EVAL", "")], ids=["full", "forbidden"])
def test_a_redis_that_answers_with_an_error_fails_no_call(redis_server, tmp_path, options) -> None:
    server = type(redis_server)(*options)
    guards = guards_at(server.url, tmp_path)

    async def use() -> None:
        for _ in range(20):
            await guards.cache.put("k", "kept")
            await guards.rates.take("ada", "openai", wait_s=0)
            await guards.breakers.failed("m")
            await asyncio.sleep(0.05)
        assert (await guards.states()).shared.error

    try:
        run(guards, use())
    finally:
        server.stop()


@pytest.mark.parametrize("server", ["s3cret/word"], indirect=True)
@pytest.mark.parametrize("written", [SECRET, "wrong" + SECRET], ids=["right", "wrong"])
def test_the_password_is_shown_nowhere(server, tmp_path, caplog, written) -> None:
    caplog.set_level(logging.DEBUG)
    url = f"redis://:{written}@127.0.0.1:{server.port}/0"
    guards = guards_at(url, tmp_path)

    async def use() -> str:
        await guards.cache.put("k", "kept")
        assert await guards.cache.get("k") == "kept"
        shown = repr(await guards.states())
        await asyncio.to_thread(server.kill)
        await guards.cache.put("k", "kept")
        return shown + repr(await guards.states())

    async def both() -> str:
        shown = await use()
        await guards.aclose()
        return shown

    shown = asyncio.run(both()) + caplog.text + repr(Settings(redis_url=url))
    assert f"redis://127.0.0.1:{server.port}/0" in shown
    assert ("reachable=True" in shown) == (written == SECRET)
    for secret in (SECRET, "s3cret/word", "s3cret"):
        assert secret not in shown


def test_a_node_of_a_cluster_that_is_killed_fails_no_call(redis_cluster, tmp_path) -> None:
    cluster = type(redis_cluster)()
    guards = guards_at(cluster.url, tmp_path)

    async def live_through_it() -> None:
        async with Traffic(guards) as traffic:
            await traffic.until(lambda shared: shared.reachable)
            await traffic.some()
            for node in cluster.nodes:
                await asyncio.to_thread(node.kill)
                await traffic.some(300)
            await traffic.until(lambda shared: not shared.reachable)
            for node in cluster.nodes:
                await asyncio.to_thread(node.start)
            await traffic.until(lambda shared: shared.reachable)
            await traffic.some()
        assert traffic.longest_s < LONGEST_S + traffic.hold_up_s

    try:
        run(guards, live_through_it())
    finally:
        cluster.stop()


def test_a_call_that_is_cancelled_ends_and_leaves_the_guards_in_order(server, tmp_path) -> None:
    guards = guards_at(server.url, tmp_path, PATIENT)

    async def cancel_one() -> None:
        await guards.cache.put("k", "kept")
        server.hang()
        call = asyncio.create_task(guards.cache.get("k"))
        await asyncio.sleep(0.05)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        server.go_on()
        assert await guards.cache.get("k") == "kept"
        assert (await guards.states()).shared.reachable

    run(guards, cancel_one())
