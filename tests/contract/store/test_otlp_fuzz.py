"""Whatever is sent, the receiver keeps it, refuses single spans, or says that it is no OTLP. It never breaks."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from otlp_spans import JSONS, spans

from agentlab.errors import OtlpInvalid
from agentlab.store.otlp import Received, jsonform, read, write
from agentlab.store.otlp.wire import Origin, WireEvent, WireSpan
from agentlab.types import Note, Span

THEIRS = WireSpan(
    "ab" * 16, "cd" * 8, "call", 10**18, 10**18 + 5, Origin({"service.name": "x"}, "lib", "1", {"a": 1}), "12" * 8,
    attributes={
        "openinference.span.kind": "LLM", "llm.input_messages.0.message.role": "user", "input.value": "{}",
        "input.mime_type": "application/json", "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text"}]}],
        "gen_ai.system_instructions": "[]", "llm.invocation_parameters": '{"model": "m"}', "llm.model_name": "m",
        "gen_ai.usage.input_tokens": 1, "gen_ai.prompt.0.tool_calls.0.arguments": "{}",
    },
    events=[WireEvent("exception", 10**18, {"exception.type": "E"}), WireEvent("gen_ai.evaluation.result", 10**18, {"gen_ai.evaluation.name": "n"})],
    links=[{"trace_id": "ab" * 16, "span_id": "cd" * 8}], status=2,
)  # fmt: skip


ATTRIBUTE = st.one_of(JSONS, st.sampled_from([None, True, 7, -0.5, "", "x", "[", [1], {"a": 1}]))
"""What an attribute may hold: often of another type than it should."""


def places(node: Any, path: tuple = ()) -> list[tuple]:
    """The way to every node."""
    found = [path]
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in members:
        found += places(value, (*path, key))
    return found


def replaced(tree: Any, path: tuple, value: Any) -> Any:
    if not path:
        return value
    tree = copy.deepcopy(tree)
    node = tree
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return tree


def wrong_fields(record: Span | Note) -> list[str]:
    """Fields that hold what their column cannot."""
    return [name for name, kind in get_type_hints(type(record)).items() if not fits(getattr(record, name), kind)]


def fits(value: object, kind: Any) -> bool:
    if get_origin(kind) in (Union, UnionType):
        return any(fits(value, each) for each in get_args(kind))
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    kind = get_origin(kind) or kind
    if kind is datetime and isinstance(value, datetime):
        return value.tzinfo is None
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind) and (kind is not int or not isinstance(value, bool))


def taken(body: bytes, form: str) -> Received | None:
    try:
        return read(body, form)
    except OtlpInvalid:
        return None


@given(data=st.data(), ours=st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_part_of_a_request_may_be_anything(data, ours) -> None:
    body = write([data.draw(spans())], "json") if ours else jsonform.render([THEIRS])
    request = json.loads(body)
    for _ in range(data.draw(st.integers(1, 3))):
        every = places(request)
        values = [path for path in every if path[-1:] == ("value",)]
        if values and data.draw(st.booleans()):
            request = replaced(
                request, data.draw(st.sampled_from(values)), jsonform._rendered_value(data.draw(ATTRIBUTE))
            )
        else:
            request = replaced(request, data.draw(st.sampled_from(every)), data.draw(JSONS))

    found = taken(json.dumps(request).encode(), "json")

    for span in found.spans if found else ():
        assert wrong_fields(span) == []
        assert [wrong_fields(note) for note in span.notes if wrong_fields(note)] == []
        assert all(isinstance(name, str) for name in [*span.attributes, *span.payloads])
        read(write([span], "json"), "json")


@given(body=st.binary(max_size=60), form=st.sampled_from(["json", "protobuf"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes(body, form) -> None:
    taken(body, form)


@given(sent=spans(), data=st.data())
@settings(max_examples=200, deadline=None)
def test_bytes_that_were_damaged_on_the_way(sent, data) -> None:
    body = bytearray(write([sent], "protobuf"))
    for _ in range(3):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))

    taken(bytes(body), "protobuf")


@pytest.mark.parametrize("body", [b'{"resourceSpans":' + b"[" * 900 + b"]" * 900 + b"}", b'"' * 1001])
def test_json_that_is_deep_or_odd(body) -> None:
    assert taken(body, "json") is None
