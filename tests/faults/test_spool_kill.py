"""kill -9 of writers and drains at any moment, on both engines: what was acknowledged is in the store, once."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from crew import Acknowledged, Crew, run_of

from agentlab.errors import AgentlabError
from agentlab.store import Engine, TraceStore

KILLS = 110
"""Kills at random moments, for each engine; those at named places come on top."""
WRITERS, DRAINS = 3, 2
FAILPOINTS = (
    *("spool.new_segment", "drain.before_commit", "drain.after_commit", "drain.before_remove", "drain.after_remove"),
    *("compact.before_merge", "compact.after_merge", "compact.after_clear"),
)
STREAMS = {"spans": "spans WHERE kind = 'tool'", "notes": "notes WHERE kind = 'event'", "payloads": "payloads"}
"""What every call leaves one row in."""


@dataclass
class Fray:
    """What is running, and what was killed."""

    crew: Crew
    running: dict[int, tuple[str, int, str]] = field(default_factory=dict)
    """By process id: its kind, its number, its failpoint."""
    after: dict[int, int] = field(default_factory=dict)
    """By writer: the dead one whose run it takes up."""
    writers: int = 0
    killed: Counter[str] = field(default_factory=Counter)
    """By kind, or by failpoint."""

    def start(self, kind: str, *, after: int | None = None, failpoint: str = "") -> int:
        """One more of its kind. A writer may take up the run of a dead one."""
        number = self.writers
        if kind == "writer":
            self.writers += 1
            if after is not None:
                self.after[number] = after
        pid = self.crew.start(kind, slot=number, after=after, failpoint=failpoint)
        self.running[pid] = (kind, number, failpoint)
        return pid

    def kill_one(self) -> None:
        """Kill any one and replace it; writers more often, or on a busy machine no drain would ever come to an end."""
        weights = [2 if kind == "writer" else 1 for kind, _, _ in self.running.values()]
        [pid] = random.choices(list(self.running), weights)
        self.crew.kill(pid)
        self._bury(pid, replace=True)

    def kill_at(self, failpoint: str) -> None:
        """Let one die at a named place, the others being writers."""
        for pid, (kind, _, _) in list(self.running.items()):
            if kind == "drain":
                self.crew.kill(pid)
                self._bury(pid, replace=False)
        kind = "writer" if failpoint.startswith("spool.") else "drain"
        pid = self.start(kind, failpoint=failpoint)
        deadline = time.monotonic() + 60
        while pid not in self.crew.dead():
            assert time.monotonic() < deadline, f"nobody reaches {failpoint}"
            time.sleep(0.02)
        self._bury(pid, replace=False)

    def _bury(self, pid: int, *, replace: bool) -> None:
        kind, number, failpoint = self.running.pop(pid)
        self.killed[failpoint or kind] += 1
        if replace:
            self.start(kind, after=number if kind == "writer" else None)

    def kill_all(self) -> None:
        """Kill what is left."""
        for pid in self.running:
            self.crew.kill(pid)
        self.crew.close()


class Watch(threading.Thread):
    """Reads all the time: every snapshot holds what was acknowledged before it, each thing once."""

    def __init__(self, store: TraceStore, acknowledged: Acknowledged, fray: Fray) -> None:
        super().__init__()
        self.snapshots = 0
        self.wrong: list[str] = []
        self._store, self._acknowledged, self._fray = store, acknowledged, fray
        self._over = threading.Event()

    def run(self) -> None:
        """Until it is over, or something is wrong."""
        while not self._over.is_set() and not self.wrong:
            sure = {slot: self._acknowledged[slot, "spans"] for slot in range(self._fray.writers)}
            try:
                self.wrong = wrong(self._store, sure)
            except AgentlabError as error:
                self.wrong = [str(error)]
            self.snapshots += 1

    def stop(self) -> None:
        """End after the snapshot at hand."""
        self._over.set()
        self.join()


def wrong(store: TraceStore, sure: dict[int, int]) -> list[str]:
    """What a snapshot lacks of ``sure`` (spans by writer), or has twice."""
    counts = " UNION ALL ".join(
        f"SELECT '{stream}', ('0x' || span_id[:4])::BIGINT AS writer, count(*), count(DISTINCT span_id),"
        f" max(('0x' || span_id[5:])::BIGINT) + 1 FROM {rows} GROUP BY ALL"
        for stream, rows in STREAMS.items()
    )
    doubled = "SELECT kind || ' ' || span_id, -1, count(*), 1, 1 FROM spans WHERE kind <> 'tool' GROUP BY ALL HAVING count(*) > 1"
    found = store.query(f"{counts} UNION ALL {doubled}", max_rows=100_000).rows
    seen = {(stream, writer): rows for stream, writer, *rows in found}
    uneven = [f"{key}: rows, distinct, last: {counts}" for key, counts in seen.items() if len(set(counts)) > 1]
    lacking = [
        f"{stream} of {writer}: {seen.get((stream, writer), [0])[0]} of {count}"
        for stream in STREAMS
        for writer, count in sure.items()
        if seen.get((stream, writer), [0])[0] < count
    ]
    return uneven + lacking


def test_what_was_acknowledged_is_there_once(engine: Engine, tmp_path) -> None:
    acknowledged = Acknowledged(tmp_path / "acknowledged")
    fray, store = Fray(Crew(engine)), TraceStore(engine)
    watch = Watch(store, acknowledged, fray)
    try:
        for _ in range(WRITERS):
            fray.start("writer")
        for _ in range(DRAINS):
            fray.start("drain")
        watch.start()
        for _ in range(KILLS):
            time.sleep(random.uniform(0.05, 0.45))
            fray.kill_one()
        for failpoint in FAILPOINTS:
            fray.kill_at(failpoint)
    finally:
        watch.stop()
        fray.kill_all()
    while store.health().segments or any((engine.folder / "payloads").iterdir()):
        store.drain()

    sure = {slot: acknowledged[slot, "spans"] for slot in range(fray.writers)}
    came_to = f"{dict(fray.killed)} killed, {sum(sure.values())} spans acknowledged, {watch.snapshots} snapshots"
    in_the_end = [f"in the end: {line}" for line in wrong(store, sure)]
    assert watch.wrong == [], "\n".join([came_to, *watch.wrong, *in_the_end])
    assert in_the_end == [], came_to
    assert wrong_ends(store, acknowledged, fray) == [], came_to
    assert fray.killed.total() >= KILLS + len(FAILPOINTS), came_to
    assert sum(sure.values()) > 1_000, came_to
    assert watch.snapshots > 10, came_to
    assert left_over(engine) == [], came_to
    print(came_to)


def wrong_ends(store: TraceStore, acknowledged: Acknowledged, fray: Fray) -> list[str]:
    """Runs and steps that lack their row, or whose row does not say what became of them."""
    rows = store.query("SELECT run_id, kind, status FROM spans WHERE kind IN ('run', 'step')", max_rows=100_000).rows
    found = {(run_id, kind): status for run_id, kind, status in rows}
    heirs = {dead: heir for heir, dead in fray.after.items()}
    bad = [f"{key} is {status}" for key, status in found.items() if status not in ("ok", "crashed")]
    for slot in range(fray.writers):
        begun, ended = (acknowledged[slot, name] for name in ("runs_begun", "runs_ended"))
        for number in range(begun):
            over = number < ended
            if number == begun - 1 and (heir := heirs.get(slot)) is not None:
                over = bool(acknowledged[heir, "resumed_ended"])
            for kind in ("run", "step"):
                status = found.get((run_of(slot, number), kind))
                if status is None or (over and status != "ok"):
                    bad.append(f"{kind} {run_of(slot, number)}, over: {over}, is {status}")
    return bad


def left_over(engine: Engine) -> list[str]:
    """Files that nobody needs any more, or that only appear where something went wrong."""
    errors = engine.folder.parent / "errors"
    places = [engine.folder / name for name in ("spool", "payloads", "damaged", "drain")]
    files = [str(path) for place in places if place.exists() for path in place.iterdir()]
    return files + (sorted(set(errors.read_text().splitlines())) if errors.exists() else [])
