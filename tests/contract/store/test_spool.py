"""The spool: one line and one write per event, one file per process, and a disk that fails breaks no run."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from pathlib import Path

import pytest
from spans import event

from agentlab.store import Spool, SpoolHealth, TraceStore
from agentlab.store import spool as spools
from agentlab.store.segment import opened


def lines(folder: Path) -> list[tuple[str, str]]:
    """Phase and name of every event in the spool."""
    found = [json.loads(line) for path in sorted(folder.iterdir()) for line in path.read_bytes().splitlines() if line]
    return [(line["phase"], line["name"]) for line in found]


def test_making_a_spool_makes_nothing(tmp_path) -> None:
    Spool(tmp_path / "spool").close()

    assert list(tmp_path.iterdir()) == []


def test_an_event_is_in_the_file_when_record_returns(tmp_path) -> None:
    spool = Spool(tmp_path)

    spool.record(event("start", "a"))

    assert lines(tmp_path) == [("start", "a")]


def test_a_segment_is_locked_for_as_long_as_its_writer_has_it(tmp_path) -> None:
    spool = Spool(tmp_path)
    spool.record(event("end", "a"))

    with opened(tmp_path) as [segment]:
        assert not segment.dead
    spool.close()
    with opened(tmp_path) as [segment]:
        assert segment.dead


def test_a_closed_spool_opens_another_segment(tmp_path) -> None:
    spool = Spool(tmp_path)
    spool.record(event("end", "a"))
    spool.close()
    spool.record(event("end", "b"))

    assert len(list(tmp_path.iterdir())) == 2
    assert lines(tmp_path) == [("end", "a"), ("end", "b")]


def test_a_full_segment_is_left_and_what_is_open_is_told_again_in_the_next(tmp_path) -> None:
    spool = Spool(tmp_path, roll_bytes=1)
    spool.record(event("start", "run"))
    spool.record(event("end", "tool"))
    spool.record(event("end", "run"))
    spool.record(event("end", "late"))

    files = [
        [json.loads(line)["name"] for line in path.read_bytes().splitlines()] for path in sorted(tmp_path.iterdir())
    ]
    assert files == [["run"], ["run", "tool"], ["run", "run"], ["late"]]
    with opened(tmp_path) as segments:
        assert [segment.dead for segment in segments] == [True, True, True, False]


def test_a_forked_child_writes_a_segment_of_its_own_and_keeps_no_lock_of_its_parents(tmp_path) -> None:
    spool = Spool(tmp_path)
    spool.record(event("start", "parents"))
    ask, told = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        spool.record(event("end", "childs"))
        os.write(told[1], b"1")
        os.read(ask[0], 1)
        os._exit(0)
    os.read(told[0], 1)
    spool.close()

    with opened(tmp_path) as [parents, childs]:
        states = (parents.dead, childs.dead, childs.read(0).count(b"\n"))
    os.write(ask[1], b"1")
    os.waitpid(child, 0)

    assert states == (True, False, 1)


def test_threads_share_a_spool(tmp_path) -> None:
    spool = Spool(tmp_path, roll_bytes=20_000)

    def work(thread: int) -> None:
        for number in range(200):
            spool.record(event("end", f"{thread}-{number}"))

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(lines(tmp_path)) == sorted(("end", f"{t}-{n}") for t in range(4) for n in range(200))


def test_a_disk_that_fails_is_counted_and_warned_about_once(tmp_path, caplog) -> None:
    (tmp_path / "file").touch()
    spool = Spool(tmp_path / "file")

    spool.record(event("end", "a"))
    spool.record(event("end", "b"))

    assert (spool.health().waiting, spool.health().lost) == (2, 0)
    assert "file" in spool.health().error
    assert len(caplog.records) == 1


def test_what_could_not_be_written_is_written_as_soon_as_it_can_be_and_in_order(tmp_path) -> None:
    (tmp_path / "spool").touch()
    spool = Spool(tmp_path / "spool")
    spool.record(event("start", "a"))
    spool.record(event("end", "a"))
    (tmp_path / "spool").unlink()
    spool.record(event("end", "b"))

    assert lines(tmp_path / "spool") == [("start", "a"), ("end", "a"), ("end", "b")]
    assert spool.health() == SpoolHealth(waiting=0, lost=0, error="")


def test_the_oldest_lines_are_lost_and_counted_when_too_many_wait(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(spools, "BACKLOG_BYTES", 1_000)
    (tmp_path / "spool").touch()
    spool = Spool(tmp_path / "spool")
    for number in range(20):
        spool.record(event("end", f"{number}"))
    lost = spool.health().lost
    (tmp_path / "spool").unlink()

    assert spool.flush()
    assert 0 < lost < 20
    assert lines(tmp_path / "spool") == [("end", f"{number}") for number in range(lost, 20)]
    assert (spool.forgive(), spool.health().lost) == (lost, 0)


def test_a_segment_that_somebody_deletes_is_noticed_and_what_is_open_told_again(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(spools, "CHECK_S", 0.0)
    spool = Spool(tmp_path)
    spool.record(event("start", "run"))
    next(tmp_path.iterdir()).unlink()
    spool.record(event("end", "a"))

    assert lines(tmp_path) == [("start", "run"), ("end", "a")]


def test_a_synced_spool_is_on_the_disk_with_each_line(tmp_path, monkeypatch) -> None:
    synced: list[int] = []
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda fd: (synced.append(fd), real(fd)))
    spool = Spool(tmp_path, synced=True)
    spool.record(event("start", "a"))
    spool.record(event("end", "a"))

    assert len(synced) == 2


def test_a_line_cut_short_by_a_full_disk_swallows_no_other(tmp_path, monkeypatch) -> None:
    spool = Spool(tmp_path)
    spool.record(event("end", "a"))
    real, calls = os.write, []

    def full(fd: int, data: bytes) -> int:
        calls.append(data)
        if len(calls) == 1:
            return real(fd, data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    spool.record(event("end", "late"))
    monkeypatch.setattr(os, "write", real)
    spool.record(event("end", "b"))

    assert lines(tmp_path) == [("end", "a"), ("end", "late"), ("end", "b")]


def test_half_a_line_that_cannot_be_taken_back_is_ended(tmp_path, monkeypatch) -> None:
    spool = Spool(tmp_path)
    spool.record(event("end", "a"))
    real, calls = os.write, []

    def full(fd: int, data: bytes) -> int:
        calls.append(data)
        if len(calls) == 1:
            return real(fd, data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    monkeypatch.setattr(os, "ftruncate", lambda *_: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    spool.record(event("end", "late"))
    assert spool.health().waiting == 1
    monkeypatch.undo()
    spool.record(event("end", "b"))

    with opened(tmp_path) as [segment]:
        a, half, *rest = segment.read(0).splitlines()
    assert (json.loads(a)["name"], half) == ("a", b'{"phase":"')
    assert [json.loads(line)["name"] for line in rest] == ["late", "b"]


def test_short_writes_are_continued(tmp_path, monkeypatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, data[:7]))

    Spool(tmp_path).record(event("end", "a"))

    assert lines(tmp_path) == [("end", "a")]


def test_a_drain_that_takes_a_new_segment_for_a_dead_one_costs_no_line(tmp_path, monkeypatch) -> None:
    real, drained = fcntl.flock, []

    def flock(fd: int, operation: int) -> None:
        if operation == fcntl.LOCK_EX and not drained:
            drained.append(next((tmp_path / "spool").iterdir()))
            TraceStore(tmp_path).drain()
            assert not drained[0].exists()
        real(fd, operation)

    writing = TraceStore(tmp_path)
    monkeypatch.setattr(fcntl, "flock", flock)
    writing.record(event("end", "a"))

    assert drained
    names = "SELECT name FROM spans"
    assert TraceStore(tmp_path).query(names).rows == [("a",)]
    writing.close()
    TraceStore(tmp_path).drain()
    assert TraceStore(tmp_path).query(names).rows == [("a",)]


def test_a_full_segment_beats_none_where_no_new_one_can_be_made(tmp_path, monkeypatch) -> None:
    spool = Spool(tmp_path, roll_bytes=1)
    spool.record(event("end", "a"))
    monkeypatch.setattr(os, "open", lambda *_: (_ for _ in ()).throw(OSError(24, "Too many open files")))
    spool.record(event("end", "b"))
    monkeypatch.undo()

    assert spool.health().waiting == 0
    assert lines(tmp_path) == [("end", "a"), ("end", "b")]


@pytest.mark.parametrize("tail", [b"", b'{"phase":"end","trace', b'{"phase":"end","span_id":"x","name":"torn"}'])
def test_readers_see_whole_lines_only(tmp_path, tail) -> None:
    spool = Spool(tmp_path)
    spool.record(event("end", "a"))
    with next(tmp_path.iterdir()).open("ab") as file:
        file.write(tail)

    with opened(tmp_path) as [segment]:
        assert [json.loads(line)["name"] for line in segment.read(0).splitlines()] == ["a"]
