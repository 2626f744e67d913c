"""A line holds what was recorded, and whatever was recorded becomes a line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from spans import NOON, event

from agentlab.store.line import encode, encode_content, encode_note, encode_payload, phase_of, span_id_in
from agentlab.types import Note, Payload


class Rude:
    def __str__(self) -> str:
        raise RuntimeError("no")


CIRCLE: dict[str, object] = {}
CIRCLE["self"] = CIRCLE
DEEP: list[object] = []
for _ in range(400):
    DEEP = [DEEP]


def test_a_line_is_the_phase_and_then_the_columns() -> None:
    line = encode(event("end", "http.get", credits=5, attributes={"a": "naïve\n"}))

    columns = json.loads(line)
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert list(columns)[:3] == ["phase", "trace_id", "span_id"]
    assert (columns["phase"], columns["credits"], columns["attributes"]) == ("end", 5, {"a": "naïve\n"})
    assert datetime.fromisoformat(columns["started_at"]) == NOON


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Path("/tmp/a"), "/tmp/a"),
        ({1: {"b"}}, {"1": ["b"]}),
        ("\ud800", "?"),
        (2**70, str(2**70)),
        (float("nan"), None),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00+00:00"),
        (Rude(), "<Rude>"),
    ],
)
def test_what_json_cannot_hold_is_written_out(value, expected) -> None:
    line = encode(event("end", "x", attributes={"value": value}))

    assert json.loads(line)["attributes"]["value"] == expected


@pytest.mark.parametrize("value", [CIRCLE, DEEP])
def test_bottomless_values_still_make_a_line(value) -> None:
    line = encode(event("end", "x", attributes={"value": value})).rstrip()

    assert phase_of(line) == "end"
    assert json.loads(line)["name"] == "x"


def test_text_that_is_no_text_is_mended_in_columns_too() -> None:
    line = encode(event("end", "x", error_message="no file caf\udce9"))

    assert json.loads(line)["error_message"] == "no file caf?"


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"5", b'{"phase":"other"}', b'{"phase":"end","trace_id":"to'])
def test_what_is_no_line_is_told_from_one(line) -> None:
    assert phase_of(line) is None


@pytest.mark.parametrize(
    "ids", [{}, {"trace_id": "short"}, {"span_id": 'a"b\\'}, {"trace_id": "t" * 40, "span_id": ""}]
)
@pytest.mark.parametrize("phase", ["start", "end"])
def test_the_span_of_a_line_is_found_whatever_its_ids_look_like(phase, ids) -> None:
    made = event(phase, "x", **ids)
    line = encode(made).rstrip()

    assert (phase_of(line), span_id_in(line)) == (phase, made.span.span_id)


def test_a_line_without_a_span_has_none() -> None:
    assert span_id_in(b'{"phase":"end"}') is None
    assert span_id_in(b'{"phase":"end","span_id":5}') is None
    assert span_id_in(b"nonsense") is None


def test_notes_and_payloads_are_lines_too() -> None:
    note = Note(note_id="note_1", kind="score", recorded_at=NOON, name="helpful", value=1.0)
    payload = Payload(span_id="s", role="input", recorded_at=NOON, bytes=7)

    assert phase_of(encode_note(note).rstrip()) == "note"
    assert json.loads(encode_payload(payload, encode_content({"a": 1}))) == {
        "phase": "payload", "span_id": "s", "role": "input", "recorded_at": NOON.isoformat(), "bytes": 7, "content": {"a": 1}
    }  # fmt: skip
    assert phase_of(encode_payload(payload, None).rstrip()) == "payload"
