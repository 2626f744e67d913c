"""Whatever the order of records, rolls, deaths, drains and reads: each ended span is one row, and no other is."""

from __future__ import annotations

from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spans import event

from agentlab.store import Spool, TraceStore

WRITERS = 3
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("start"), st.integers(0, WRITERS - 1)),
        st.tuples(st.just("end"), st.integers(0, WRITERS - 1)),
        st.tuples(st.just("die"), st.integers(0, WRITERS - 1)),
        st.tuples(st.sampled_from(["drain", "read"]), st.just(0)),
    ),
    max_size=20,
)
numbers = count()


class Model:
    """What the store ought to show, kept in two dicts."""

    def __init__(self, store: TraceStore) -> None:
        self.run_id = f"run_property_{next(numbers)}"
        self._store = store
        self._spools = [Spool(store.folder / "spool", roll_bytes=600) for _ in range(WRITERS)]
        self._open: list[list[str]] = [[] for _ in range(WRITERS)]
        self.expected: dict[str, str] = {}

    def do(self, action: str, writer: int) -> None:
        """Take one step, in the store and here."""
        if action == "drain":
            self._store.drain()
        elif action == "read":
            self.check()
        elif action == "die":
            self._spools[writer].close()
            self.expected |= dict.fromkeys(self._open[writer], "crashed")
            self._open[writer].clear()
        else:
            self._record(action, writer)

    def _record(self, phase: str, writer: int) -> None:
        ends = phase == "end" and self._open[writer]
        name = self._open[writer].pop(0) if ends else f"span-{next(numbers)}"
        if phase == "start":
            self._open[writer].append(name)
        self.expected[name] = "running" if phase == "start" else "ok"
        self._spools[writer].record(event(phase, name, run_id=self.run_id))

    def check(self) -> None:
        """The store shows what it ought to, each span once."""
        found = self._store.query(f"SELECT name, status FROM spans WHERE run_id = '{self.run_id}'").rows
        assert sorted(found) == sorted(self.expected.items())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_each_span_is_one_row_in_its_newest_state(shared_store, actions) -> None:
    model = Model(shared_store)
    for action, writer in actions:
        model.do(action, writer)
    model.check()
    for writer in range(WRITERS):
        model.do("die", writer)
    model.do("drain", 0)
    model.check()
