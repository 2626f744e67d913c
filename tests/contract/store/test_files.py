"""Traces leave as Parquet or OTLP files and come back as they were, in another store."""

from __future__ import annotations

import json
import math
import tempfile
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from otlp_spans import notes, spans
from spans import NOON, event

from agentlab.errors import FileUnusable
from agentlab.store import TraceStore
from agentlab.store.files import Selection, export, import_
from agentlab.store.otlp import write
from agentlab.types import Event, Note, Span

ALL = Selection()
ENDED = "status <> 'running'"
NAMES = {"parquet": "traces", "json": "traces.jsonl", "protobuf": "traces.pb"}


def rows(store: TraceStore, sql: str) -> list[tuple]:
    return store.sql(sql).fetchall()


def everything(store: TraceStore) -> dict[str, list[tuple]]:
    """All there is in a store, JSON as values: DuckDB keeps the blanks and the order in which a writer put it."""
    found = {
        "spans": rows(store, f"SELECT * FROM spans WHERE {ENDED} ORDER BY trace_id, span_id"),
        "notes": rows(store, "SELECT * FROM notes ORDER BY note_id"),
        "payloads": rows(
            store,
            f"SELECT * FROM payloads WHERE span_id IN (SELECT span_id FROM spans WHERE {ENDED}) ORDER BY span_id, role",
        ),
    }
    columns = {view: store.sql(f"SELECT * FROM {view}").columns for view in found}
    for view, name in (("spans", "attributes"), ("notes", "attributes"), ("payloads", "content")):
        at = columns[view].index(name)
        found[view] = [
            (*row[:at], None if row[at] is None else json.loads(row[at]), *row[at + 1 :]) for row in found[view]
        ]
    return found


def recorded(store: TraceStore, told: list[Span], loose: list[Note]) -> None:
    for span in told:
        store.record(Event(phase="end", span=span))
    for note in loose:
        store.note(note)


@pytest.mark.parametrize("form", sorted(NAMES))
@given(
    told=st.lists(st.one_of(spans(), spans(ids=False)), max_size=6, unique_by=lambda span: span.span_id),
    loose=st.lists(notes(Span(trace_id="t", span_id="loose", started_at=NOON), 0), max_size=1),
)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_what_was_exported_comes_in_again_as_it_was(form, told, loose) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, other = TraceStore(Path(folder) / "one"), TraceStore(Path(folder) / "other")
        recorded(one, told, loose)
        path = Path(folder) / NAMES[form]

        written = export(one, path, "parquet" if form == "parquet" else "otlp", ALL)
        read = import_(other, path)
        again = import_(other, path)

        before, after = everything(one), everything(other)
        assert after == before
        assert (written.spans, read.spans, read.known) == (len(before["spans"]), len(before["spans"]), 0)
        assert (again.spans, again.notes, again.known) == (0, 0, len(before["spans"]))
        assert written.running == sum(span.status == "running" for span in told)
        assert (read.refused, again.refused) == ([], [])
        one.close()
        other.close()


@pytest.fixture
def filled(new_store) -> TraceStore:
    """A store with two runs of two spans, one of them with a payload that lies apart."""
    for run, project in (("run_a", "alpha"), ("run_b", None)):
        for number in (0, 1):
            told = event("end", f"call {number}", run_id=run, at=number * 3_600, project=project)
            told.span.payloads = {"output": "long " * 40_000 if (run, number) == ("run_a", 1) else {"n": number}}
            new_store.record(told)
    new_store.record(event("start", "still at it", run_id="run_b", at=9_999))
    return new_store


@pytest.mark.parametrize("form", sorted(NAMES))
@pytest.mark.parametrize(
    ("chosen", "runs"),
    [
        (ALL, ["run_a", "run_a", "run_b", "run_b"]),
        (Selection(run_id="run_a"), ["run_a", "run_a"]),
        (Selection(project="default"), ["run_b", "run_b"]),
        (Selection(since=NOON + timedelta(minutes=30)), ["run_a", "run_b"]),
    ],
)
def test_only_what_was_chosen_is_exported(filled, tmp_path, form, chosen, runs) -> None:
    path, other = tmp_path / NAMES[form], TraceStore(tmp_path / "other")

    done = export(filled, path, "parquet" if form == "parquet" else "otlp", chosen)
    import_(other, path)

    assert [run for (run,) in rows(other, "SELECT run_id FROM spans ORDER BY run_id")] == runs
    assert done.spans == len(runs)
    assert rows(other, "SELECT count(*) FROM payloads") == [(len(runs),)]


def test_a_payload_that_lies_apart_comes_along(filled, tmp_path) -> None:
    export(filled, tmp_path / "out", "parquet", ALL)

    table = pl.read_parquet(tmp_path / "out" / "payloads.parquet")

    assert max(len(content) for content in table["content"]) > 200_000


def test_an_import_that_was_cut_short_is_finished_by_the_next(filled, tmp_path) -> None:
    export(filled, tmp_path / "all.jsonl", "otlp", ALL)
    export(filled, tmp_path / "part.jsonl", "otlp", Selection(run_id="run_a"))
    other = TraceStore(tmp_path / "other")

    import_(other, tmp_path / "part.jsonl")
    rest = import_(other, tmp_path / "all.jsonl")

    assert (rest.spans, rest.known) == (2, 2)
    assert everything(other) == everything(filled)


def test_nothing_is_overwritten(filled, tmp_path) -> None:
    export(filled, tmp_path / "out", "parquet", ALL)

    for form in ("parquet", "otlp"):
        with pytest.raises(FileUnusable, match="there already"):
            export(filled, tmp_path / "out", form, ALL)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("missing.jsonl", None, "There is no"),
        ("text.jsonl", b"Dear diary\n", "Line 1"),
        ("half.jsonl", b'{"resourceSpans":[]}\n{"resourceSpans":[\n', "Line 2"),
        ("list.json", b"[\n1]", 'no object with a list "resourceSpans"'),
        ("noise.pb", b"\xff\xff\xff", "no ExportTraceServiceRequest"),
        ("text.parquet", b"Dear diary", "cannot be read as traces"),
    ],
)
def test_a_file_that_is_something_else_is_named_with_the_reason(new_store, tmp_path, name, content, why) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(FileUnusable, match=why) as caught:
        import_(new_store, tmp_path / name)

    assert name in caught.value.message
    assert caught.value.hint


def test_a_table_of_something_else_is_refused(new_store, tmp_path) -> None:
    duckdb.sql("SELECT 1 AS span_id, 2 AS price").write_parquet(str(tmp_path / "spans.parquet"))

    with pytest.raises(FileUnusable, match="no column trace_id, started_at, status"):
        import_(new_store, tmp_path)


def test_single_bad_spans_are_told_and_the_rest_is_taken(new_store, tmp_path) -> None:
    good = Span(trace_id="ab" * 16, span_id="cd" * 8, started_at=NOON, status="ok", duration_ms=1.0)
    request = json.loads(write([good], "json"))
    members = request["resourceSpans"][0]["scopeSpans"][0]["spans"]
    members += [{**members[0], "spanId": "12"}, {**members[0], "traceId": "0" * 32}]
    (tmp_path / "some.jsonl").write_text(json.dumps(request))

    done = import_(new_store, tmp_path / "some.jsonl")

    assert (done.spans, len(done.refused)) == (1, 2)
    assert "16 hex digits" in done.refused[0]


def test_infinite_numbers_do_not_stop_an_export(new_store, tmp_path) -> None:
    told = event("end", "odd")
    told.span.attributes = {"inf": math.inf, "nan": math.nan, "deep": [[[[[[[[[[[[[[[["x"]]]]]]]]]]]]]]]]}
    new_store.record(told)

    export(new_store, tmp_path / "x.jsonl", "otlp", ALL)
    other = TraceStore(tmp_path / "other")
    import_(other, tmp_path / "x.jsonl")

    assert everything(other) == everything(new_store)
