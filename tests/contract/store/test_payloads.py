"""Payloads and notes: kept with their span, whole, without secrets, once; large ones by their hash."""

from __future__ import annotations

import json

import pytest
from spans import NOON, event

from agentlab.store import Redaction, TraceStore
from agentlab.types import Note

KEY = "sk-ant-" + "api03-abcdefghijklmnop1234"
LARGE = "é" * 100_000


def ended(name: str, **payloads):
    made = event("end", name, project="p")
    made.span.payloads = payloads
    return made


def note(number: int, **fields) -> Note:
    return Note(note_id=f"note_{number}", kind="score", recorded_at=NOON, **fields)


@pytest.fixture(params=["from the spool", "from the lake"])
def settled(request, store):
    """Drains, or does not."""
    return store.drain if request.param == "from the lake" else lambda: None


def test_payloads_come_back_as_they_were(store, settled) -> None:
    made = ended("a", input={"messages": ["it's", None, 1.5]}, output="done")
    store.record(made)
    settled()

    assert store.payloads([made.span.span_id]) == {
        made.span.span_id: {"input": {"messages": ["it's", None, 1.5]}, "output": "done"}
    }
    rows = "SELECT role, content, bytes, sha256, run_id, project, recorded_at FROM payloads ORDER BY role DESC"
    assert store.query(rows).rows[0] == ("output", '"done"', 6, None, "run_1", "p", NOON)


def test_a_large_payload_lies_apart_and_is_kept_once(store, settled) -> None:
    spans = [ended("a", input=LARGE), ended("b", input=LARGE)]
    for made in spans:
        store.record(made)
    settled()

    found = store.payloads(made.span.span_id for made in spans)
    assert [content["input"] == LARGE for content in found.values()] == [True, True]
    hashes = store.query("SELECT DISTINCT sha256, content, bytes FROM payloads").rows
    assert [(len(sha), content, size) for sha, content, size in hashes] == [(64, None, 200_002)]
    store.drain()
    assert list((store.folder / "blobs").iterdir()) == []
    assert store.sql("SELECT count(*) FROM lake.blobs").fetchall() == [(1,)]


def test_a_span_and_what_it_brings_are_seen_together(store) -> None:
    made = ended("a", input=1)
    made.span.notes = [Note(note_id="n", kind="event", recorded_at=NOON, name="half way", attributes={"n": 1})]
    store.record(made)

    counted = "SELECT (SELECT count(*) FROM spans), (SELECT count(*) FROM payloads), (SELECT count(*) FROM events)"
    assert store.query(counted).rows == [(1, 1, 1)]
    store.drain()
    assert store.query(counted).rows == [(1, 1, 1)]
    assert store.query("SELECT run_id, span_id, name, attributes FROM events").rows == [
        ("run_1", made.span.span_id, "half way", '{"n":1}')
    ]


def test_of_one_authors_scores_the_newest_counts_and_may_be_taken_back(store, settled) -> None:
    store.note(note(1, run_id="r", name="good", value=0.2, author="ann", source="person"))
    store.note(note(2, run_id="r", name="good", value=0.9, author="ann", source="person"))
    store.note(note(3, run_id="r", name="good", value=0.5, author="judge", source="model"))
    store.note(note(4, run_id="r", name="slow", label="yes", author="ann", source="person"))
    store.note(note(5, run_id="r", name="slow", author="ann", source="person"))
    settled()

    scores = store.query("SELECT name, value, source, author FROM scores ORDER BY value").rows
    assert scores == [("good", 0.5, "model", "judge"), ("good", 0.9, "person", "ann")]
    assert store.query("SELECT count(*) FROM notes").rows == [(5,)]


def test_secrets_are_in_no_file_of_the_store(engine) -> None:
    store = TraceStore(engine, redaction=Redaction(personal=True))
    made = ended("a", input={"headers": {"Authorization": "abc"}, "text": f"use {KEY}"}, output=[f"{KEY} " * 3_000])
    made.span.user_id = "amara@library.example"
    store.record(made)
    store.note(note(1, run_id="r", name="n", text=f"leaks {KEY}", author="amara@library.example"))
    in_the_spool = _bytes(store)
    store.drain()
    rows = store.sql("SELECT (SELECT string_agg(content::VARCHAR) FROM payloads), (SELECT string_agg(text) FROM notes)")
    blobs = [bytes(row[0]) for row in store.sql("SELECT data FROM lake.blobs").fetchall()]

    for text in (in_the_spool, _bytes(store), *blobs, repr(rows.fetchall()).encode()):
        assert KEY.encode() not in text
        assert b"amara" not in text
    assert b'"Authorization":"[redacted]"' in in_the_spool
    assert len(blobs) == 0 or b"[redacted]" in blobs[0]
    store.close()


def test_what_no_json_can_hold_is_kept_as_text(store) -> None:
    made = ended("a", input={1: {2, 3}, "\ud800": object()})
    store.record(made)

    found = store.payloads([made.span.span_id])[made.span.span_id]["input"]
    assert json.loads(json.dumps(found)) == found
    assert found["1"] == [2, 3]


def _bytes(store: TraceStore) -> bytes:
    return b"".join(path.read_bytes() for path in store.folder.rglob("*") if path.is_file())


def test_forecasts_meet_what_became_of_the_run(store) -> None:
    store.record(event("end", "run", kind="run", cost_usd=0.3, duration_ms=2_000.0))
    told = {"min": 0.1, "max": 0.5, "confidence": 0.8, "calibration": "calibrated", "p_over_limit": 0.01}
    store.note(
        Note(
            note_id="f", kind="forecast", recorded_at=NOON, run_id="run_1", name="cost_usd", value=0.2, attributes=told
        )
    )
    store.note(
        Note(
            note_id="s",
            kind="plan_score",
            recorded_at=NOON,
            run_id="run_1",
            value=7.5,
            attributes={"draft": 1, "efficiency": 8},
        )
    )
    for number, value in enumerate((0.4, 0.6)):
        attributes = {"tools": ["http.get", "ai.summarize"], "runs": 4 + number, "succeeded": 3}
        store.note(
            Note(
                note_id=f"p{number}", kind="pattern", recorded_at=NOON, name="read", value=value, attributes=attributes
            )
        )

    forecast = "SELECT min, expected, max, confidence, calibration, p_over_limit, actual, inside FROM forecasts"
    assert store.query(forecast).rows == [(0.1, 0.2, 0.5, 0.8, "calibrated", 0.01, 0.3, True)]
    assert store.query("SELECT draft, overall, efficiency, reliability FROM plan_scores").rows == [(1, 7.5, 8.0, None)]
    assert store.query("SELECT tools, runs, value FROM patterns").rows == [(["http.get", "ai.summarize"], 5, 0.6)]
