"""Full disks, damaged files, clocks that jump, folders that go away: the run goes on, and nothing is lost in silence."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from apart import Apart, names, span

from agentlab.errors import StoreUnusable
from agentlab.store import TraceStore
from agentlab.store import spool as spools
from agentlab.store.losses import losses
from agentlab.store.repair import repair
from agentlab.store.segment import sizes


class SmallDisk:
    """A file system of eight megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, _writer: Apart) -> None:
        with (self.folder / "filler").open("wb", buffering=0) as file:
            for block in (65_536, 4_096, 1):
                try:
                    while True:
                        file.write(b"x" * block)
                except OSError:
                    continue

    def free(self, _writer: Apart) -> None:
        (self.folder / "filler").unlink()


class SmallFiles:
    """Files of the writer that must not grow: where no file system can be mounted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, writer: Apart) -> None:
        largest = max(sizes(self.folder / "traces" / "spool").values())
        assert largest > 4_096
        resource.prlimit(writer.pid, resource.RLIMIT_FSIZE, (largest + 10, resource.RLIM_INFINITY))

    def free(self, writer: Apart) -> None:
        resource.prlimit(writer.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def mounted(folder: Path, options: str) -> bool:
    """Whether a file system of its own could be mounted there."""
    command = ["mount", "-t", "tmpfs", "-o", options, "agentlab-test", str(folder)]
    return os.getuid() == 0 and subprocess.run(command, capture_output=True).returncode == 0


@pytest.fixture
def disk(tmp_path) -> Iterator[SmallDisk | SmallFiles]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mounted(folder, "size=8m"):
        yield SmallFiles(folder)
        return
    yield SmallDisk(folder)
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def apart() -> Iterator[Callable[..., Apart]]:
    started: list[Apart] = []

    def start(folder: Path, **options: object) -> Apart:
        started.append(Apart(folder, **options))
        return started[-1]

    yield start
    for each in started:
        each.close()


def told(folder: Path) -> list[str]:
    """The names in the segments, in the order in which they were written."""
    lines = (line for name in sizes(folder) for line in (folder / name).read_bytes().splitlines())
    return [json.loads(line)["name"] for line in lines]


def numbers(last: int) -> list[str]:
    return [f"{number}" for number in range(last)]


# --- disks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("durable", [False, True])
def test_a_full_disk_stops_nobody_and_what_waits_is_written_once_there_is_room(disk, apart, durable) -> None:
    folder = disk.folder / "traces"
    writer, store = apart(folder, durable=durable), TraceStore(folder)
    writer.ask("record(0, 20)")
    disk.fill(writer)
    waiting = writer.ask("record(20, 60)")
    [loss] = store.health().losses
    disk.free(writer)
    left = writer.ask("record(60, 61)")

    assert waiting > 30
    assert (loss.waiting, loss.lost, loss.alive) == (waiting, 0, True)
    assert "space" in loss.error or "large" in loss.error
    assert left == 0
    assert told(folder / "spool") == numbers(61)
    assert (store.health().losses, store.health().lost) == ((), 0)
    store.drain()
    assert names(store) == numbers(61)


def test_a_full_disk_blocks_nobody_who_reads(disk, apart) -> None:
    folder = disk.folder / "traces"
    writer, store = apart(folder), TraceStore(folder)
    writer.ask("record(0, 20)")
    writer.ask("store.drain()")
    writer.ask("record(20, 40)")
    assert names(store) == numbers(40)
    disk.fill(writer)
    writer.ask("record(40, 45)")

    assert names(store)[:40] == numbers(40)
    disk.free(writer)
    writer.ask("record(45, 46)")
    store.drain()
    assert names(store) == numbers(46)


def test_what_waits_in_a_writer_that_is_killed_is_one_loss_counted_once(disk, apart) -> None:
    folder = disk.folder / "traces"
    writer, store, other = apart(folder), TraceStore(folder), TraceStore(folder)
    writer.ask("record(0, 20)")
    disk.fill(writer)
    waiting = writer.ask("record(20, 60)")
    disk.free(writer)
    writer.kill()
    [loss] = store.health().losses

    for each in (store, other, store):
        each.drain()
    assert (loss.waiting, loss.alive) == (waiting, False)
    assert store.health().lost == waiting
    assert store.health().losses == ()
    assert store.query("SELECT kind, value::INTEGER FROM notes").rows == [("loss", waiting)]
    assert names(store) == numbers(60 - waiting)


def test_the_oldest_lines_are_given_up_when_too_many_wait_and_counted_for_all_to_see(disk, apart) -> None:
    folder = disk.folder / "traces"
    writer, store = apart(folder), TraceStore(folder)
    writer.ask("record(0, 20)")
    disk.fill(writer)
    waiting = writer.ask(f"record(20, 100, text='x' * {spools.BACKLOG_BYTES // 50})")
    [loss] = store.health().losses
    disk.free(writer)
    writer.ask("record(100, 101)")

    assert (loss.waiting, loss.lost) == (waiting, 80 - waiting)
    assert loss.lost > 20
    assert (store.health().lost, store.health().losses) == (loss.lost, ())
    assert names(store)[-1] == "100"


def test_a_sync_that_fails_doubles_nothing(tmp_path, monkeypatch) -> None:
    store = TraceStore(tmp_path, durable=True)
    store.record(span("0"))
    monkeypatch.setattr(os, "fdatasync", lambda _fd: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    store.record(span("1"))
    failing = store.writer._spool.health().error
    monkeypatch.undo()
    store.record(span("2"))

    assert "Input/output" in failing
    assert names(store) == numbers(3)
    assert store.writer._spool.health().error == ""


@pytest.mark.parametrize("way", ["read-only", "a file in the way"])
def test_a_folder_that_cannot_be_written_stops_nobody_and_is_known_elsewhere(tmp_path, apart, monkeypatch, way) -> None:
    place, folder = tmp_path / "place", tmp_path / "place" / "traces"
    place.mkdir()
    mine = way == "read-only" and mounted(place, "ro,size=100k")
    if not mine:
        folder.mkdir()
        (folder / "spool").touch()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    writer = apart(folder, temporary=temporary)
    waiting = writer.ask("record(0, 10)")
    found = TraceStore(folder).health().losses if mine else losses(folder)
    if mine:
        subprocess.run(["umount", "-l", str(place)], check=True)
    else:
        (folder / "spool").unlink()
    writer.ask("record(10, 11)")

    assert waiting == 10
    assert [(loss.waiting, loss.alive) for loss in found] == [(10, True)]
    assert names(TraceStore(folder)) == numbers(11)


# --- files ------------------------------------------------------------------------------------------------------------

BAD = {
    "garbage": bytes(range(128, 256)),
    "no UTF-8": b'{"phase":"end","trace_id":"' + b"\xff" * 32 + b'","span_id":"\xfe"}',
    "half a line": b'{"phase":"end","trace_id":"00',
    "the other half": b'11","span_id":"x","name":"half"}',
    "zeros": b"\0" * 5_000,
    "zeros in a line": b'{"phase":"end","trace_id":"0","span_id":"\0"',
    "another thing": b'{"phase":"end"}',
    "a list": b"[1, 2]",
    "a long line of nothing": b"z" * 20_000_000,
    "a long line that ends like ours": b'{"phase":"end",' + b"z" * 20_000_000 + b"}",
}


def test_good_lines_arrive_and_bad_ones_are_set_aside_and_counted(tmp_path) -> None:
    store = TraceStore(tmp_path)
    store.record(span("0"))
    [segment] = (tmp_path / "spool").iterdir()
    for number, bad in enumerate(BAD.values(), start=1):
        with segment.open("ab") as file:
            file.write(bad + b"\n")
        store.record(span(f"{number}", text="y" * (20_000_000 if number == 3 else 10)))
    with segment.open("ab") as file:
        file.write(b'{"phase":"end","torn')
    store.close()
    wanted = numbers(len(BAD) + 1)

    assert names(store) == wanted
    store.drain()
    assert names(store) == wanted
    assert store.health().damaged == len(BAD)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "damaged").iterdir())
    assert all(bad in kept for bad in BAD.values())


@pytest.mark.parametrize("damage", ["truncated", "emptied", "garbage", "deleted"])
@pytest.mark.parametrize("opened", [True, False], ids=["open before", "opened after"])
def test_a_damaged_catalogue_is_said_to_be_one_and_the_spool_goes_on(tmp_path, apart, damage, opened) -> None:
    other = apart(tmp_path / "traces")
    other.ask("record(0, 10)")
    other.ask("store.close()")
    other.ask("store.drain()")
    catalogue = tmp_path / "traces" / "catalog.sqlite"
    store = TraceStore(tmp_path / "traces")
    if opened:
        assert names(store) == numbers(10)
        store.drain()
    hurt(catalogue, damage)
    store.record(span("10"))

    with pytest.raises(StoreUnusable) as of_drain:
        store.drain()
    with pytest.raises(StoreUnusable) as of_reader:
        store.health()
    store.record(span("11"))
    assert "repair.md" in of_drain.value.hint
    assert "repair.md" in of_reader.value.hint
    assert told(tmp_path / "traces" / "spool") == ["10", "11"]
    repair(store)
    assert names(store) == numbers(12)
    store.record(span("12"))
    assert store.drain() == 1
    assert names(store) == numbers(13)


def hurt(catalogue: Path, damage: str) -> None:
    size = catalogue.stat().st_size
    if damage == "deleted":
        catalogue.unlink()
    elif damage == "garbage":
        with catalogue.open("r+b") as file:
            file.write(os.urandom(size))
    else:
        os.truncate(catalogue, 0 if damage == "emptied" else size // 3)
    for name in ("catalog.sqlite-wal", "catalog.sqlite-shm"):
        catalogue.with_name(name).unlink(missing_ok=True)


def test_a_folder_that_is_removed_while_all_are_at_it_is_begun_anew(tmp_path, apart) -> None:
    folder = tmp_path / "traces"
    writer, store = apart(folder), TraceStore(folder)
    writer.ask("record(0, 10)")
    writer.ask("store.drain()")
    writer.ask("store.record(span('long', 'start', kind='run', span_id='a' * 16)) and None")
    assert names(store) == numbers(10)
    shutil.rmtree(folder)
    time.sleep(spools.CHECK_S + 0.1)
    writer.ask("record(10, 20)")
    writer.ask("store.drain()")
    writer.ask("record(20, 21)")

    assert names(store) == numbers(21)[10:]
    assert store.query("SELECT name, status FROM spans WHERE kind = 'run'").rows == [("long", "running")]
    writer.close()
    store.drain()
    assert names(TraceStore(folder)) == numbers(21)[10:]


# --- time, company ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drained", [False, True])
def test_clocks_that_jump_change_no_order(tmp_path, monkeypatch, drained) -> None:
    hour, year = 3_600 * 10**9, 365 * 86_400 * 10**9
    now = time.time_ns()
    jumps = [0, -hour, -hour + 1, year, year, 0, -year]
    monkeypatch.setattr(spools.time, "time_ns", lambda: now + jumps[min(len(written), len(jumps) - 1)])
    written: list[str] = []
    store = TraceStore(tmp_path)
    store.writer._spool._full = 1
    store.record(span("long", "start", kind="run", span_id="a" * 16))
    seen = []
    for number in range(len(jumps)):
        store.record(span(f"{number}"))
        written.append(f"{number}")
        seen.append(store.query("SELECT status FROM spans WHERE kind = 'run'").rows)
        if drained:
            store.drain()

    assert drained or [name for name in told(tmp_path / "spool") if name != "long"] == written
    assert seen == [[("running",)]] * len(jumps)
    store.record(span("long", kind="run", span_id="a" * 16))
    store.close()
    store.drain()
    assert names(store) == written
    assert store.query("SELECT status FROM spans WHERE kind = 'run'").rows == [("ok",)]


def test_two_labs_share_a_folder(tmp_path, apart) -> None:
    labs = [apart(tmp_path), apart(tmp_path)]
    for turn in range(5):
        for lab, first in zip(labs, (0, 100), strict=True):
            lab.tell(f"record({first + 20 * turn}, {first + 20 * turn + 20})")
            lab.tell("store.drain()")
            lab.tell("len(names(store))")
        seen = [[lab.answer() for _ in range(3)][2] for lab in labs]
        assert max(seen) <= 40 * (turn + 1)
        assert min(seen) >= 20 * (turn + 1)

    assert labs[0].ask("names(store)") == labs[1].ask("names(store)") == numbers(200)


def test_a_fork_in_the_middle_and_both_go_on(tmp_path, apart) -> None:
    lab = apart(tmp_path)
    lab.ask("record(0, 10)")
    lab.ask("store.drain()")
    lab.ask("record(10, 20)")
    lab.ask("names(store)")
    lab.ask("globals().update(told=os.pipe(), gone=os.pipe())")
    first = "record(100, 150), store.drain(), names(store), os.write(told[1], b'1'), os.read(gone[0], 1)"
    child = lab.ask(f"os.fork() or ({first}, record(150, 200), store.drain(), os._exit(0))")
    lab.ask("record(20, 100)")
    lab.ask("store.drain()")
    lab.ask("len(os.read(told[0], 1))")
    lab.ask("store.close()")
    lab.ask("store.drain()")
    writers = {name.split("-")[1] for name in sizes(tmp_path / "spool")}
    lab.ask("os.write(gone[1], b'1')")

    assert lab.ask(f"os.waitpid({child}, 0)[1]") == 0
    assert writers == {f"{child}"}, "the child keeps the parent's segment locked"
    assert lab.ask("names(store)") == numbers(200)
    lab.ask("store.drain()")
    assert lab.ask("names(store)") == numbers(200)
    assert list((tmp_path / "spool").iterdir()) == []


def test_what_a_user_holds_open_blocks_no_drain_and_no_reader(tmp_path, apart) -> None:
    user, store = apart(tmp_path), TraceStore(tmp_path)
    user.ask("record(0, 10)")
    user.ask("store.drain()")
    user.ask("globals().update(held=[store.sql('FROM spans') for _ in range(20)], half=store.sql('FROM notes'))")
    user.ask("[cursor.fetchone() for cursor in held[:10]] and None")
    user.ask("globals().update(inside=store._trusted.snapshot()) or inside.execute('BEGIN; FROM lake.spans') and None")
    began = time.monotonic()
    for number in range(10, 15):
        store.record(span(f"{number}"))
        assert store.drain() == 1
        assert names(store) == numbers(number + 1)

    assert time.monotonic() - began < 20
    assert user.ask("[len(relation.fetchall()) for relation in held[10:]]") == [10] * 10
    assert user.ask("len(names(store))") == 15


def test_threads_that_record_read_and_drain_at_once_disturb_nobody(tmp_path) -> None:
    store = TraceStore(tmp_path)
    raised: list[Exception] = []

    def work(first: int) -> None:
        try:
            for number in range(first, first + 25):
                store.record(span(f"{number}"))
                if number % 5 == 0:
                    store.drain()
                    names(store)
        except Exception as error:  # noqa: BLE001 - the test is to see any
            raised.append(error)

    threads = [threading.Thread(target=work, args=(25 * thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert raised == []
    assert names(store) == numbers(100)
