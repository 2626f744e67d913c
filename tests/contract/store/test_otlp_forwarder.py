"""What this lab recorded reaches a collector at least once, through outages, refusals and ``kill -9``; nothing waits for it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from otlp_collector import FakeCollector, collector
from spans import NOON, event

from agentlab.errors import CollectorUnusable, SettingsInvalid, StoreUnusable
from agentlab.store import TraceStore
from agentlab.store.compaction import clear, compact
from agentlab.store.otlp import forwarder as module
from agentlab.store.otlp.collector import Collector, headers_of, leads_to, traces_url
from agentlab.store.otlp.forwarder import Forwarder
from agentlab.trace import HOST
from agentlab.types import Note


@pytest.fixture
def fake() -> Iterator[FakeCollector]:
    with collector() as fake:
        yield fake


@pytest.fixture
def forwarder(store, fake) -> Forwarder:
    """One that has begun, and was sent nothing yet."""
    forwarder = Forwarder(store, Collector(fake.url), every_s=0.02)
    forwarder.forward()
    return forwarder


def recorded(store: TraceStore, *names: str, drain: bool = True, **columns: object) -> list[str]:
    """Record calls of these names. Returns their span ids."""
    told = [event("end", name, **{"host": HOST} | columns) for name in names]
    for it in told:
        store.record(it)
    if drain:
        store.close()
        store.drain()
    return [it.span.span_id for it in told]


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not happen within 20 seconds"
        time.sleep(0.01)


def test_what_is_recorded_is_sent_once_and_what_was_there_before_is_not(store, fake) -> None:
    recorded(store, "before")
    forwarder = Forwarder(store, Collector(fake.url))
    assert forwarder.forward() == 0

    ids = recorded(store, "a", "b")

    assert (forwarder.forward(), forwarder.forward()) == (2, 0)
    assert fake.ids == ids
    assert fake.headers[0]["path"] == "/v1/traces"
    assert (fake.headers[0]["content-type"], fake.headers[0]["content-encoding"]) == ("application/x-protobuf", "gzip")
    assert fake.resources[0]["service.name"] == "agentlab"


def test_a_rewind_sends_everything_that_is_kept(store, fake, forwarder) -> None:
    ids = recorded(store, "a", "b")
    forwarder.forward()

    forwarder.rewind()

    assert forwarder.forward() == 2
    assert fake.ids == ids * 2


def test_merges_and_forgotten_snapshots_change_nothing(store, fake, forwarder) -> None:
    ids = []
    for number in range(6):
        ids += recorded(store, f"call {number}")
        if number == 2:
            forwarder.forward()
    with store.lake.writing() as lake:
        compact(lake, at_least=2)
        clear(lake, "INTERVAL 0 SECONDS")

    forwarder.forward()

    assert fake.ids == ids


def test_many_go_in_batches(store, fake, forwarder, monkeypatch) -> None:
    monkeypatch.setattr(module, "BATCH", 4)
    ids = recorded(store, *(f"call {number}" for number in range(10)))

    assert forwarder.forward() == 10
    assert fake.sizes == [4, 4, 2]
    assert fake.ids == ids


@pytest.mark.parametrize("status", [401, 404, 429, 500, 502, 503, 504])
def test_what_is_not_taken_is_kept_and_sent_later(store, fake, forwarder, status) -> None:
    fake.answers = [(status, {"retry-after": "7"})]
    ids = recorded(store, "a")

    with pytest.raises(CollectorUnusable, match=str(status)) as caught:
        forwarder.forward()

    assert caught.value.context == {"retry_after_s": 7.0}
    assert forwarder.forward() == 1
    assert fake.ids == ids


def test_what_will_never_be_taken_does_not_stop_the_rest(store, fake, forwarder, caplog) -> None:
    recorded(store, "refused")
    fake.answers = [(400, {})]
    forwarder.forward()

    ids = recorded(store, "taken")
    forwarder.forward()

    assert fake.ids == ids
    assert "will not take 1 spans: 400" in caplog.text


def test_requests_that_are_too_large_are_made_smaller(store, fake, forwarder) -> None:
    fake.most = 3
    ids = recorded(store, *(f"call {number}" for number in range(10)))

    assert forwarder.forward() == 10
    assert fake.ids == ids
    assert max(fake.sizes) <= 3


def test_what_the_collector_left_out_is_told(store, fake, forwarder, caplog) -> None:
    fake.response.partial_success.rejected_spans = 1
    fake.response.partial_success.error_message = "too old"
    recorded(store, "a")

    forwarder.forward()

    assert "1 spans were left out: too old" in caplog.text


def test_a_collector_that_is_down_is_waited_for_in_the_background(store, fake, caplog) -> None:
    forwarder = Forwarder(store, Collector(fake.url), every_s=0.02)
    forwarder.start()
    fake.answers = [(503, {})] * 3
    ids = recorded(store, "a", "b")
    until(lambda: fake.ids == ids)
    ids += recorded(store, "c")
    until(lambda: fake.ids == ids)
    forwarder.stop()

    assert caplog.text.count("took no traces") == 1
    assert "takes traces again" in caplog.text


def test_retry_after_is_waited_for(store, fake) -> None:
    forwarder = Forwarder(store, Collector(fake.url), every_s=0.02)
    forwarder.forward()
    fake.answers = [(429, {"retry-after": "5"})]
    recorded(store, "a")

    failures, wait_s = forwarder._attempt(0)

    assert (failures, wait_s) == (1, 5.0)


def test_stopping_does_not_wait_for_a_collector_that_is_gone(store) -> None:
    forwarder = Forwarder(store, Collector("http://127.0.0.1:9"), every_s=30)
    forwarder.start()
    recorded(store, "a")
    began = time.monotonic()

    forwarder.stop()

    assert time.monotonic() - began < 5
    assert Forwarder(store, Collector("http://127.0.0.1:9"))._place.read() != {}


def test_what_came_in_from_others_is_not_sent_on(store, fake, forwarder) -> None:
    recorded(store, "theirs", service="my-program")
    ids = recorded(store, "ours")

    forwarder.forward()

    assert fake.ids == ids


def test_prompts_and_answers_stay_here_unless_asked_for(store, fake, forwarder) -> None:
    secret = "the plan for the harbour"
    told = event("end", "http.get", host=HOST)
    told.span.payloads = {"input": secret, "output": {"text": secret}}
    told.span.attributes = {
        "gen_ai.tool.call.arguments": secret,
        "agentlab.plan": {"goal": secret},
        "some.long.text": secret * 10,
        "agentlab.attempts": 2,
    }
    told.span.notes = [
        Note(
            note_id="note_1",
            kind="event",
            recorded_at=NOON,
            name="retry",
            text=secret,
            span_id=told.span.span_id,
            trace_id=told.span.trace_id,
        )
    ]
    store.record(told)
    run = event("end", secret, kind="run", host=HOST)
    run.span.attributes = {"agentlab.goal": secret, "agentlab.answer": secret}
    store.record(run)
    recorded(store)

    forwarder.forward()

    assert len(fake.spans) == 2
    assert not any(secret in str(span) for span in fake.spans)
    assert [span.events[0].name for span in fake.spans if span.events] == ["retry"]
    assert {span.name for span in fake.spans} == {"http.get", "run"}

    Forwarder(store, Collector(fake.url), content=True).rewind()
    Forwarder(store, Collector(fake.url), content=True).forward()
    assert {secret in str(span) for span in fake.spans[2:]} == {True}


def test_two_processes_do_not_send_at_the_same_time(store, fake, forwarder) -> None:
    recorded(store, "a")

    with forwarder._place.alone():
        assert Forwarder(store, Collector(fake.url)).forward() == 0
        with pytest.raises(StoreUnusable, match="right now"):
            Forwarder(store, Collector(fake.url)).rewind()

    assert forwarder.forward() == 1


def test_a_damaged_place_is_named(store, fake, forwarder) -> None:
    (store.folder / "forwarded.json").write_text("{")

    with pytest.raises(StoreUnusable, match=r"forwarded\.json"):
        forwarder.forward()


def test_every_span_arrives_though_the_sender_is_killed_again_and_again(tmp_path, fake) -> None:
    store = TraceStore(tmp_path / "of one machine")
    Forwarder(store, Collector(fake.url)).forward()
    program = Path(__file__).with_name("otlp_collector.py")
    ids = recorded(store, *(f"call {number}" for number in range(40)))
    command = [sys.executable, str(program), str(store.folder), fake.url]
    kills = 0

    while kills < 3:
        seen = len(fake.ids)
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            until(lambda seen=seen: len(fake.ids) > seen)
            process.kill()
        kills += 1
    subprocess.run(command, check=True, capture_output=True)

    assert set(fake.ids) == set(ids)
    assert len(fake.ids) <= len(ids) + kills * 5


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
        ("https://collector.example/otlp/", "https://collector.example/otlp/v1/traces"),
        ("https://collector.example/v1/traces", "https://collector.example/v1/traces"),
    ],
)
def test_the_path_is_added_where_it_is_missing(endpoint, url) -> None:
    assert traces_url(endpoint) == url


@pytest.mark.parametrize("endpoint", ["collector:4318", "ftp://x", "http://", "http://user:pass@host:4318"])
def test_what_is_no_address_is_refused_without_showing_it(endpoint) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        traces_url(endpoint)

    assert "pass@" not in str(caught.value)


def test_headers_are_read_as_opentelemetry_writes_them_and_never_shown() -> None:
    assert headers_of("Authorization=Bearer%20abc=, x-team = blue") == {
        "authorization": "Bearer abc=",
        "x-team": "blue",
    }
    with pytest.raises(SettingsInvalid) as caught:
        headers_of("secret-without-a-name")

    assert "secret-without" not in str(caught.value)
    assert "abc" not in repr(Collector("http://h", {"authorization": "abc"}))


def test_headers_are_sent(store, fake) -> None:
    forwarder = Forwarder(store, Collector(fake.url, {"authorization": "Bearer abc"}))
    forwarder.forward()
    recorded(store, "a")

    forwarder.forward()

    assert fake.headers[-1]["authorization"] == "Bearer abc"


@pytest.mark.parametrize(
    ("endpoint", "ours"),
    [
        ("http://127.0.0.1:8501", True),
        ("http://localhost:8501/api", True),
        ("http://lab.example:8501", True),
        ("http://127.0.0.1:4318", False),
        ("http://other.example:8501", False),
    ],
)
def test_ones_own_address_is_recognised(endpoint, ours) -> None:
    assert leads_to(endpoint, "lab.example", 8501) is ours
