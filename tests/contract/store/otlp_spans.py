"""Any span that the store can hold, for the tests of what goes out and comes back."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from hypothesis import strategies as st

from agentlab.store.otlp import names
from agentlab.types import Kind, Note, NoteKind, Source, Span
from agentlab.types.span import SpanStatus

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
"""What JSON and DuckDB can hold: no half of a surrogate pair, no NUL."""
SOME = st.one_of(st.none(), TEXTS)
WHOLE = st.integers(-(2**63), 2**63 - 1)
REAL = st.floats(allow_nan=False, allow_infinity=False)
TIMES = st.one_of(
    st.datetimes(datetime(1970, 1, 1, 0, 0, 1), datetime(2100, 1, 1)),  # noqa: DTZ001
    st.datetimes(datetime(1900, 1, 1), datetime(9000, 1, 1)),  # noqa: DTZ001
)
JSONS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), REAL, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
KNOWN_NAMES = sorted(
    {*names.COLUMN_NAMES.values(), *sum(names.ALSO_READ.values(), ())}
    | {names.FORMAT, names.PAYLOADS, names.PAYLOAD + "input", names.TIME_TO_FIRST_CHUNK, names.OPENINFERENCE_KIND}
    | {table[role] for table in (names.MESSAGES, names.TOOL_CALL, names.VALUE, names.MIME_TYPE) for role in table}
    | {"agentlab.attributes", "agentlab.input_tokens", "agentlab.span.status", "agentlab.unended", "agentlab.service"}
    | {"otel.span_kind", "otel.status_code", "otel.links", "otel.flags", "otel.trace_state", "otel.scope.name"}
    | {
        "otel.scope.attributes",
        "otel.dropped_events_count",
        "otel.status_description",
        "bytesValue",
        "agentlab.carrier",
    }
    | {"resource.service.name", "resource.host.name", "resource.telemetry.sdk.name", "resource.", "agentlab.trace_id"}
    | {"agentlab.note.note_id", "agentlab.note.kind", *names.EVALUATION.values()}
)
VALUES = st.one_of(
    JSONS,
    st.sampled_from(["CLIENT", "INTERNAL", "UNSET", "agentlab", "", "AAEC", 1, 0, [], {}, {"bytesValue": "AAEC"}]),
    st.just([{"trace_id": "ab" * 16, "span_id": "cd" * 8, "flags": 257, "attributes": {"x": [1.5, None]}}]),
)
ATTRIBUTES = st.dictionaries(st.one_of(st.sampled_from(KNOWN_NAMES), TEXTS), VALUES, max_size=6)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "user", "assistant", "tool"]), "content": st.one_of(SOME, JSONS)},
        optional={
            "tool_calls": st.lists(st.fixed_dictionaries({"id": TEXTS, "name": TEXTS, "arguments": JSONS}), max_size=2),
            "tool_call_id": TEXTS,
            "finish_reason": TEXTS,
            "parts": JSONS,
        },
    ),
    max_size=3,
)


CONTENTS = st.one_of(
    MESSAGES,
    JSONS,
    st.fixed_dictionaries({"messages": MESSAGES, "purpose": TEXTS}),
    st.fixed_dictionaries({"text": TEXTS}),
)
"""What is kept of questions and answers: of others, and of our own calls."""


def hexes(digits: int) -> st.SearchStrategy[str]:
    return st.integers(1, 16**digits - 1).map(lambda number: f"{number:0{digits}x}")


@st.composite
def spans(draw: st.DrawFn, *, ids: bool = True) -> Span:
    """A span with payloads and notes. ``ids`` are of OTLP's form, else any text."""
    trace_id, span_id = (draw(hexes(32)), draw(hexes(16))) if ids else (draw(TEXTS), draw(TEXTS))
    span = Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=draw(st.one_of(st.none(), hexes(16) if ids else TEXTS)),
        name=draw(TEXTS),
        kind=draw(st.sampled_from(get_args(Kind))),
        started_at=draw(TIMES),
        duration_ms=draw(st.one_of(st.none(), REAL, st.integers(0, 10**9).map(lambda us: us / 1_000))),
        status=draw(st.sampled_from(get_args(SpanStatus))),
        attributes=draw(ATTRIBUTES),
        payloads=draw(st.dictionaries(st.sampled_from(["input", "output", "request", "x"]), CONTENTS)),
    )
    texts = ("run_id project conversation_id operation error_type error_message step agent skill skill_version tool "
             "tool_category provider model response_model price_version finish_reason user_id service host").split()  # fmt: skip
    for column in draw(st.sets(st.sampled_from(texts), max_size=8)):
        setattr(span, column, draw(st.one_of(TEXTS, st.just("agentlab"))))
    wholes = (
        "attempt credits pid input_tokens output_tokens cache_read_tokens cache_write_tokens reasoning_tokens".split()
    )
    for column in draw(st.sets(st.sampled_from(wholes), max_size=4)):
        setattr(span, column, draw(WHOLE))
    span.cost_usd, span.ttft_ms = draw(st.one_of(st.none(), REAL)), draw(st.one_of(st.none(), REAL))
    span.cache_hit = draw(st.one_of(st.none(), st.booleans()))
    span.notes = [draw(notes(span, number)) for number in range(draw(st.integers(0, 2)))]
    return span


@st.composite
def notes(draw: st.DrawFn, span: Span, number: int) -> Note:
    """A note about ``span``, or about something else altogether."""
    near = draw(st.booleans())
    return Note(
        note_id=f"note_{span.span_id}_{number}",
        kind=draw(st.sampled_from(get_args(NoteKind))),
        recorded_at=draw(TIMES),
        run_id=span.run_id if near else draw(SOME),
        trace_id=span.trace_id if near else draw(SOME),
        span_id=span.span_id if near else draw(SOME),
        project=span.project if near else draw(SOME),
        name=draw(TEXTS),
        value=draw(st.one_of(st.none(), REAL)),
        label=draw(SOME),
        text=draw(SOME),
        source=draw(st.sampled_from(get_args(Source))),
        author=draw(SOME),
        attributes=draw(ATTRIBUTES),
    )


def alike(one: object, other: object) -> bool:
    """Equal, and numbers of the same type: 1, 1.0 and True are three values."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return type(one) is type(other) and one == other
