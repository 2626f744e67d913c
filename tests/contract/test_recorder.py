"""What every ``Recorder`` promises, whatever it keeps events in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from agentlab import trace
from agentlab.store import TraceStore
from agentlab.testing import MemoryRecorder
from agentlab.types import Event, Recorder, Scope, Span


class Subject(NamedTuple):
    """A recorder, and how to see what it kept: name and status of every span that has ended."""

    recorder: Recorder
    ended: Callable[[], list[tuple[str, str]]]


@pytest.fixture(params=["trace store", "memory"])
def subject(request, tmp_path) -> Iterator[Subject]:
    if request.param == "memory":
        memory = MemoryRecorder()
        yield Subject(memory, lambda: [(span.name, span.status) for span in memory.ended])
        return
    store = TraceStore(tmp_path / "traces")
    ended = "SELECT name, status FROM spans WHERE status <> 'running' ORDER BY started_at"
    yield Subject(store, lambda: store.query(ended).rows)
    store.close()


SCOPE = Scope.of_run("run_1")


def test_an_ended_span_can_be_read_when_record_has_returned(subject) -> None:
    with trace.span(subject.recorder, SCOPE, "work", kind="tool"):
        assert subject.ended() == []

    assert subject.ended() == [("work", "ok")]


def test_a_span_is_kept_as_it_was_when_it_was_recorded(subject) -> None:
    span = trace.begin(SCOPE, "before", kind="tool")
    span.status = "error"
    subject.recorder.record(Event(phase="end", span=span))
    span.name, span.status = "after", "ok"

    assert subject.ended() == [("before", "error")]


def test_spans_nest_and_end_in_their_own_time(subject) -> None:
    with trace.span(subject.recorder, SCOPE, "outer", kind="run") as outer:
        with trace.span(subject.recorder, SCOPE.under(outer), "inner", kind="tool"):
            pass
        assert subject.ended() == [("inner", "ok")]

    assert sorted(subject.ended()) == [("inner", "ok"), ("outer", "ok")]


def test_a_failure_inside_a_span_is_kept_and_goes_on_its_way(subject) -> None:
    with pytest.raises(ValueError, match="no"), trace.span(subject.recorder, SCOPE, "work", kind="tool"):
        raise ValueError("no")

    assert subject.ended() == [("work", "error")]


@pytest.mark.parametrize("value", [object(), {1, 2}, "\ud800", {1: 2}, float("inf"), 2**80])
def test_no_attribute_makes_record_fail(subject, value) -> None:
    with trace.span(subject.recorder, SCOPE, "work", kind="tool", attributes={"value": value}):
        pass

    assert subject.ended() == [("work", "ok")]


def test_threads_may_record_at_the_same_time(subject) -> None:
    def work(thread: int) -> None:
        now = datetime.now(UTC).replace(tzinfo=None)
        for number in range(50):
            span = Span(trace_id="t", span_id=f"{thread}-{number}", name="x", started_at=now, status="ok")
            subject.recorder.record(Event(phase="end", span=span))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(subject.ended()) == 200
