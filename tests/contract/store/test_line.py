"""A line holds what was recorded, and whatever was recorded becomes a line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from spans import NOON, event

from agentlab.store.line import decode, encode


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
    assert decode(encode(event("end", "x", attributes={"value": value})).rstrip()) is not None


def test_text_that_is_no_text_is_mended_in_columns_too() -> None:
    line = encode(event("end", "x", error_message="no file caf\udce9"))

    assert json.loads(line)["error_message"] == "no file caf?"


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"5", b'{"phase":"end"}', b'{"phase":"end","span_id":"\xff"}'])
def test_what_is_no_line_is_told_from_one(line) -> None:
    assert decode(line) is None
