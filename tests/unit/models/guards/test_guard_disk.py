"""The cache's file is full, damaged, locked, gone or forked: no call fails, and answers are cached again when they can be."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from agentlab.models.guards import Guards, Patience, open_guards
from agentlab.settings import Settings

REST_S = 0.2


@pytest.fixture
def opened():
    guards: list[Guards] = []
    yield guards
    for each in guards:
        asyncio.run(each.aclose())


@pytest.fixture
def guards_in(opened):
    def opener(home: Path, *, answer_s: float = Patience().answer_s, **chosen: Any) -> Guards:
        settings = Settings(home=home, model_cache="disk", **chosen)
        opened.append(open_guards(settings, patience=Patience(answer_s=answer_s, rest_s=REST_S)))
        return opened[-1]

    return opener


def put(guards: Guards, key: str, value: object = "kept") -> None:
    asyncio.run(guards.cache.put(key, value))


def get(guards: Guards, key: str) -> Any:
    return asyncio.run(guards.cache.get(key))


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [it.getMessage() for it in caplog.records if it.levelno >= logging.WARNING]


def test_answers_outlive_the_process_as_text(guards_in, tmp_path) -> None:
    put(guards_in(tmp_path), "k", {"text": "yes"})

    assert get(guards_in(tmp_path), "k") == {"text": "yes"}
    with sqlite3.connect(tmp_path / "cache.sqlite") as database:
        assert database.execute("select key, text from answers").fetchall() == [("k", '{"text":"yes"}')]


def test_the_file_is_no_larger_than_it_may_be_and_the_oldest_answers_go_first(guards_in, tmp_path) -> None:
    guards, text = guards_in(tmp_path, model_cache_mb=1), "x" * 10_000

    for number in range(300):
        put(guards, f"k{number}", text)
    put(guards, "k290", "put again")
    kept = [number for number in range(300) if get(guards, f"k{number}")]

    assert kept == list(range(kept[0], 300))
    assert 0 < kept[0] < 290
    assert (tmp_path / "cache.sqlite").stat().st_size < 1_500_000
    assert get(guards, "k290") == "put again"


def test_an_answer_larger_than_the_whole_cache_is_not_kept_and_drives_nothing_out(guards_in, tmp_path) -> None:
    guards = guards_in(tmp_path, model_cache_mb=1)
    put(guards, "small")

    put(guards, "large", "x" * 2_000_000)

    assert (get(guards, "small"), get(guards, "large")) == ("kept", None)


def test_old_answers_are_deleted(guards_in, tmp_path) -> None:
    guards = guards_in(tmp_path, model_cache_ttl_s=1)
    put(guards, "old")
    time.sleep(1.05)

    for number in range(201):
        put(guards, f"k{number}")

    with sqlite3.connect(tmp_path / "cache.sqlite") as database:
        assert database.execute("select count(*) from answers where key = 'old'").fetchone() == (0,)


@pytest.mark.parametrize("is_open", [False, True], ids=["before", "while open"])
@pytest.mark.parametrize("at", [0, 4096], ids=["head", "middle"])
def test_a_damaged_file_is_made_anew(guards_in, tmp_path, caplog, at, is_open) -> None:
    guards, path = guards_in(tmp_path), tmp_path / "cache.sqlite"
    for number in range(100):
        put(guards, f"k{number}", "x" * 1_000)
    if not is_open:
        asyncio.run(guards.aclose())
    with sqlite3.connect(path) as database:
        database.execute("pragma wal_checkpoint(truncate)")
    with path.open("r+b") as file:
        file.seek(at)
        file.write(os.urandom(30_000))

    other = guards_in(tmp_path)  # with nothing in its memory of the file
    for number in range(100):
        get(other, f"k{number}")
        put(guards, f"n{number}")
    put(other, "new")

    assert (get(guards, "new"), get(other, "new")) == ("kept", "kept")
    assert 1 <= sum("is damaged" in warning for warning in warnings(caplog)) <= 2


def test_a_file_of_another_kind_is_made_anew(guards_in, tmp_path, caplog) -> None:
    (tmp_path / "cache.sqlite").write_text("This is no database at all. " * 100)
    guards = guards_in(tmp_path)

    put(guards, "k")

    assert get(guards, "k") == "kept"
    assert "is damaged" in warnings(caplog)[0]


def test_a_locked_file_costs_a_call_its_cache_and_little_time(guards_in, tmp_path, caplog) -> None:
    guards = guards_in(tmp_path)
    put(guards, "before")
    other = sqlite3.connect(tmp_path / "cache.sqlite", isolation_level=None)
    other.execute("begin immediate")

    async def many() -> None:
        await asyncio.gather(*(guards.cache.put("k", "kept") for _ in range(20)))

    began = time.monotonic()
    asyncio.run(many())
    took = time.monotonic() - began
    other.execute("rollback")
    time.sleep(REST_S)

    assert took < 1  # one waits for a quarter of a second, and the others do not wait each in turn
    assert len(warnings(caplog)) == 1
    assert "Answers are not cached until it can" in warnings(caplog)[0]
    put(guards, "k")
    assert (get(guards, "k"), get(guards, "before")) == ("kept", "kept")
    other.close()


def test_a_file_that_is_deleted_is_made_again(guards_in, tmp_path) -> None:
    guards = guards_in(tmp_path)
    put(guards, "k")

    for path in tmp_path.glob("cache.sqlite*"):
        path.unlink()

    assert get(guards, "k") is None
    put(guards, "k")
    assert get(guards_in(tmp_path), "k") == "kept"


def test_a_home_that_cannot_be_written_fails_no_call(guards_in, tmp_path, caplog) -> None:
    (tmp_path / "home").write_text("a file")
    guards = guards_in(tmp_path / "home")

    put(guards, "k")

    assert get(guards, "k") is None
    assert len(warnings(caplog)) == 1
    (tmp_path / "home").unlink()
    time.sleep(REST_S)
    put(guards, "k")
    assert get(guards, "k") == "kept"


def test_text_that_is_no_json_is_no_answer(guards_in, tmp_path) -> None:
    guards = guards_in(tmp_path)
    put(guards, "k")
    with sqlite3.connect(tmp_path / "cache.sqlite") as database:
        database.execute("update answers set text = '{'")

    assert get(guards, "k") is None


def test_eight_that_make_the_file_at_once_all_use_it(guards_in, tmp_path, caplog) -> None:
    for number in range(15):
        many, barrier = [guards_in(tmp_path / str(number), answer_s=10) for _ in range(8)], Barrier(8)

        def use(guards: Guards, barrier: Barrier = barrier) -> None:
            barrier.wait(30)
            put(guards, "k")

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(use, many))

    assert warnings(caplog) == []


def test_a_forked_child_has_a_connection_and_threads_of_its_own(guards_in, tmp_path) -> None:
    guards = guards_in(tmp_path)
    put(guards, "parent")
    parents = guards.cache._store._database

    child = os.fork()
    if child == 0:
        try:
            found = get(guards, "parent")
            put(guards, "child")
            own = guards.cache._store._database is not parents
            os._exit(0 if found == "kept" and own else 1)
        finally:
            os._exit(2)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert (get(guards, "child"), get(guards, "parent")) == ("kept", "kept")


@pytest.mark.parametrize("before", [None, 0o644])
def test_the_file_is_for_the_eyes_of_its_owner_only(tmp_path, guards_in, before) -> None:
    home = tmp_path / "new" if before is None else tmp_path
    if before is not None:
        (home / "cache.sqlite").touch(before)
    guards = guards_in(home)

    asyncio.run(guards.cache.put("k", "v"))

    assert asyncio.run(guards.cache.get("k")) == "v"
    assert {oct(path.stat().st_mode & 0o777) for path in home.glob("cache.sqlite*")} == {"0o600"}
    assert before is not None or home.stat().st_mode & 0o777 == 0o700
