"""What attributes of others mean in our columns, and that nothing they say is lost."""

from __future__ import annotations

import math
from dataclasses import asdict
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from otlp_spans import alike

from agentlab.store.otlp import jsonform, names, protobuf, read, write
from agentlab.store.otlp.wire import ERROR, OK, UNSET, Origin, WireEvent, WireSpan
from agentlab.types import Span

START = 1_772_366_400_000_000_000


def wire(attributes: dict | None = None, **fields: object) -> WireSpan:
    fields = {"origin": Origin(), "start_ns": START, "end_ns": START + 2_500_000, "name": "x"} | fields
    return WireSpan(trace_id="ab" * 16, span_id="cd" * 8, attributes=attributes or {}, **fields)


def received(attributes: dict | None = None, price_of=None, **fields: object) -> Span:
    found = read(protobuf.render([wire(attributes, **fields)]), "protobuf", price_of)
    assert found.refused == []
    return found.spans[0]


def test_opentelemetrys_own_names_move_into_columns() -> None:
    span = received(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "anthropic",
            "gen_ai.request.model": "claude-x",
            "gen_ai.response.model": "claude-x-1",
            "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.output_tokens": 20,
            "gen_ai.usage.cache_read.input_tokens": 60,
            "gen_ai.usage.cache_creation.input_tokens": 10,
            "gen_ai.usage.reasoning.output_tokens": 5,
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.response.time_to_first_chunk": 0.25,
            "gen_ai.conversation.id": "thread",
            "gen_ai.agent.name": "writer",
            "user.id": "ada",
            "agentlab.run_id": "run_1",
            "agentlab.step": "s1",
            "agentlab.attempt": 2,
            "agentlab.cost_usd": 0.5,
            "mine": "kept",
        }
    )

    assert (span.kind, span.operation, span.provider) == ("llm", "chat", "anthropic")
    assert (span.model, span.response_model, span.finish_reason) == ("claude-x", "claude-x-1", "stop")
    assert (span.input_tokens, span.output_tokens, span.reasoning_tokens) == (100, 20, 5)
    assert (span.cache_read_tokens, span.cache_write_tokens) == (60, 10)
    assert (span.ttft_ms, span.cost_usd, span.run_id) == (250.0, 0.5, "run_1")
    assert (span.step, span.attempt, span.agent) == ("s1", 2, "writer")
    assert (span.conversation_id, span.user_id) == ("thread", "ada")
    assert span.attributes == {"mine": "kept", "otel.status_code": "UNSET", "otel.span_kind": "INTERNAL"}
    assert span.duration_ms == 2.5


def test_openllmetry_of_last_year_is_read_too() -> None:
    span = received(
        {
            "llm.request.type": "chat",
            "gen_ai.system": "OpenAI",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.prompt_tokens": 7,
            "gen_ai.usage.completion_tokens": 3,
            "llm.usage.total_tokens": 10,
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": "Hi",
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.finish_reason": "tool_calls",
            "gen_ai.completion.0.tool_calls.0.id": "c",
            "gen_ai.completion.0.tool_calls.0.name": "weather",
            "gen_ai.completion.0.tool_calls.0.arguments": '{"city": "Oslo"}',
            "traceloop.association.properties.session_id": "thread",
        }
    )

    assert (span.kind, span.operation, span.provider, span.model) == ("llm", "chat", "openai", "gpt-4o")
    assert (span.input_tokens, span.output_tokens, span.conversation_id) == (7, 3, "thread")
    assert span.payloads["input"] == [{"role": "user", "content": "Hi"}]
    call = {"id": "c", "name": "weather", "arguments": {"city": "Oslo"}}
    assert span.payloads["output"] == [
        {"role": "assistant", "content": None, "finish_reason": "tool_calls", "tool_calls": [call]}
    ]
    assert span.attributes["llm.usage.total_tokens"] == 10


@pytest.mark.parametrize(
    ("kind", "column", "value"),
    [("workflow", "agent", None), ("agent", "agent", "planner"), ("tool", "tool", "planner")],
)
def test_openllmetrys_entities_are_named(kind, column, value) -> None:
    span = received(
        {"traceloop.span.kind": kind, "traceloop.entity.name": "planner", "traceloop.entity.input": '{"a": 1}'}
    )

    assert getattr(span, column) == value
    assert span.payloads == {"input": {"a": 1}}


@pytest.mark.parametrize(
    ("attributes", "kind", "operation"),
    [
        ({"openinference.span.kind": "LLM"}, "llm", "chat"),
        ({"openinference.span.kind": "EMBEDDING"}, "llm", "embeddings"),
        ({"openinference.span.kind": "GUARDRAIL"}, "eval", "guardrail"),
        ({"openinference.span.kind": "RERANKER"}, "other", "rerank"),
        ({"openinference.span.kind": "UNKNOWN"}, "other", None),
        ({"openinference.span.kind": "AGENT", "gen_ai.operation.name": "create_agent"}, "agent", "create_agent"),
        ({"gen_ai.operation.name": "text_completion"}, "llm", "text_completion"),
        ({"gen_ai.operation.name": "invoke_workflow"}, "other", "invoke_workflow"),
        ({"gen_ai.operation.name": "chat", "agentlab.kind": "skill"}, "skill", "chat"),
        ({"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 1}, "llm", "chat"),
        ({"http.method": "GET"}, "other", None),
    ],
)
def test_kinds(attributes, kind, operation) -> None:
    span = received(attributes)

    assert (span.kind, span.operation) == (kind, operation)


def test_sums_on_the_spans_above_are_not_counted_and_stay() -> None:
    sums = {"gen_ai.usage.input_tokens": 100, "llm.token_count.completion": 20, "llm.cost.total": 0.5}

    span = received({"openinference.span.kind": "AGENT"} | sums)

    assert (span.input_tokens, span.output_tokens, span.cost_usd) == (None, None, None)
    assert {name: span.attributes[name] for name in sums} == sums


def test_cached_tokens_that_the_sender_left_out_of_the_prompt_are_added() -> None:
    asked = []

    def price_of(provider, model, usage, at):
        asked.append((provider, model, usage.input_tokens, usage.cache_read_tokens, at.year))
        return SimpleNamespace(usd=Decimal("0.25"), version="list 1")

    span = received(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "anthropic",
            "gen_ai.request.model": "claude-x",
            "gen_ai.usage.input_tokens": 5,
            "gen_ai.usage.cache_read.input_tokens": 900,
            "gen_ai.usage.cache_creation.input_tokens": 95,
        },
        price_of,
    )

    assert span.input_tokens == 1_000
    assert span.attributes["agentlab.input_tokens_as_sent"] == 5
    assert (span.cost_usd, span.price_version) == (0.25, "list 1")
    assert asked == [("anthropic", "claude-x", 1_000, 900, 2026)]


def test_a_cost_that_the_sender_gives_is_taken_and_not_reckoned() -> None:
    span = received(
        {"openinference.span.kind": "LLM", "llm.model_name": "m", "llm.token_count.prompt": 1, "llm.cost.total": 0.125},
        pytest.fail,
    )

    assert (span.cost_usd, span.price_version) == (0.125, None)


@pytest.mark.parametrize("value", ["many", 1.5, True, None, [1], {"a": 1}, "9" * 30])
def test_a_value_of_another_type_stays_an_attribute(value) -> None:
    span = received({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": value})

    assert span.input_tokens is None
    assert span.attributes["gen_ai.usage.input_tokens"] == value


@pytest.mark.parametrize(("value", "tokens"), [(7.0, 7), ("7", 7)])
def test_whole_numbers_in_other_clothes_are_read(value, tokens) -> None:
    assert received({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": value}).input_tokens == tokens


def test_resource_scope_links_and_the_rest_are_kept_and_go_out_again() -> None:
    origin = Origin(
        resource={
            "service.name": "shop",
            "host.name": "h1",
            "process.pid": 7,
            "telemetry.sdk.language": "go",
            "service.version": "2",
        },
        scope_name="their.lib",
        scope_version="1.2",
        scope_attributes={"a": 1},
        resource_schema="https://s/1",
        scope_schema="https://s/2",
        resource_dropped=1,
    )
    link = {"trace_id": "12" * 16, "span_id": "34" * 8, "trace_state": "x=y", "attributes": {"why": "retry"}}
    sent = wire(
        {"mine": {"bytesValue": "AAEC"}, "deep": [{"a": [1, 2.5, None]}]},
        origin=origin, kind=5, trace_state="a=b", flags=257, links=[link], dropped=(1, 2, 3), status=OK,
        events=[WireEvent("tick", START + 1_000, {"n": 1}, 4)],
    )  # fmt: skip
    expected = protobuf.parse(protobuf.render([sent]))[0][0]

    span = received(
        sent.attributes,
        **{
            name: getattr(sent, name)
            for name in ("origin", "kind", "trace_state", "flags", "links", "dropped", "status", "events")
        },
    )

    assert (span.service, span.host, span.pid, span.project) == ("shop", "h1", 7, "shop")
    assert span.attributes["resource.telemetry.sdk.language"] == "go"
    again = protobuf.parse(write([span], "protobuf"))[0][0]
    assert again.origin.resource == expected.origin.resource | {"openinference.project.name": "shop"}
    for name in (
        "scope_name",
        "scope_version",
        "scope_attributes",
        "resource_schema",
        "scope_schema",
        "resource_dropped",
    ):
        assert getattr(again.origin, name) == getattr(expected.origin, name), name
    for name in (
        "trace_id",
        "span_id",
        "kind",
        "trace_state",
        "flags",
        "links",
        "dropped",
        "status",
        "start_ns",
        "end_ns",
    ):
        assert getattr(again, name) == getattr(expected, name), name
    assert {name: again.attributes[name] for name in expected.attributes} == expected.attributes
    assert (again.events[0].name, again.events[0].time_ns, again.events[0].attributes["n"]) == (
        "tick",
        START + 1_000,
        1,
    )


def test_an_exception_tells_what_failed() -> None:
    thrown = WireEvent(
        "exception", START, {"exception.type": "ValueError", "exception.message": "no", "exception.stacktrace": "…"}
    )

    span = received(status=ERROR, events=[thrown])
    named = received({"error.type": "timeout"}, status=ERROR, status_message="too slow", events=[thrown])

    assert (span.status, span.error_type, span.error_message) == ("error", "ValueError", "no")
    assert (named.error_type, named.error_message) == ("timeout", "too slow")
    assert span.notes[0].attributes["exception.stacktrace"] == "…"


def test_an_exception_that_was_caught_is_no_error() -> None:
    span = received(status=UNSET, events=[WireEvent("exception", START, {"exception.type": "ValueError"})])

    assert (span.status, span.error_type) == ("ok", None)


def test_an_evaluation_is_a_score() -> None:
    told = {
        "gen_ai.evaluation.name": "helpful",
        "gen_ai.evaluation.score.value": 0.5,
        "gen_ai.evaluation.score.label": "fair",
        "gen_ai.evaluation.explanation": "so so",
        "gen_ai.response.id": "r",
    }

    note = received(events=[WireEvent("gen_ai.evaluation.result", START, told)]).notes[0]

    assert (note.kind, note.name, note.value, note.label, note.text) == ("score", "helpful", 0.5, "fair", "so so")
    assert note.attributes == {"gen_ai.response.id": "r"}


def test_notes_of_a_span_that_comes_twice_have_the_same_ids_and_sort_by_time() -> None:
    events = [WireEvent("a", START), WireEvent("b", START + 5_000_000)]

    one, other = received(events=events), received(events=events)

    ids = [note.note_id for note in one.notes]
    assert ids == [note.note_id for note in other.notes] == sorted(ids)
    assert len(set(ids)) == 2


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([{"type": "text", "content": "Hi"}], {"content": "Hi"}),
        ([], {"content": []}),
        (
            [{"type": "tool_call", "id": "1", "name": "n", "arguments": {}}],
            {"content": None, "tool_calls": [{"id": "1", "name": "n", "arguments": {}}]},
        ),
        ([{"type": "tool_call_response", "id": "1", "response": {"a": 1}}], {"content": {"a": 1}, "tool_call_id": "1"}),
        (
            [{"type": "reasoning", "content": "hm"}, {"type": "text", "content": "Hi"}],
            {"content": [{"type": "reasoning", "content": "hm"}, {"type": "text", "content": "Hi"}]},
        ),
        ([{"type": "text", "content": "Hi", "extra": 1}], {"content": [{"type": "text", "content": "Hi", "extra": 1}]}),
    ],
)
def test_parts_become_content_and_go_out_as_parts(parts, message) -> None:
    sent = [{"role": "user", "parts": parts, "finish_reason": "stop"}]

    span = received({"gen_ai.operation.name": "chat", "gen_ai.input.messages": sent})

    assert span.payloads["input"] == [{"role": "user", **message, "finish_reason": "stop"}]
    out = jsonform.parse(write([span], "json"))[0][0]
    assert names.VALUE["input"] not in out.attributes


def test_system_instructions_stand_before_the_messages() -> None:
    span = received(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system_instructions": '[{"type": "text", "content": "Be brief"}]',
            "gen_ai.input.messages": '[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]',
        }
    )

    assert span.payloads["input"] == [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Hi"}]


@pytest.mark.parametrize(
    "flat",
    [
        {"llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.role.x": 1},
        {"llm.input_messages.first": 1},
        {"gen_ai.prompt.": 1},
    ],
)
def test_names_that_contradict_each_other_stay_attributes(flat) -> None:
    span = received({"openinference.span.kind": "LLM"} | flat)

    assert span.payloads == {}
    assert {name: span.attributes[name] for name in flat} == flat


@pytest.mark.parametrize("text", ["12", "true", "null", "{not json", "12 C", '"quoted"'])
def test_plain_texts_stay_texts(text) -> None:
    span = received({"openinference.span.kind": "TOOL", "output.value": text})

    assert span.payloads["output"] == text


@pytest.mark.parametrize("form", [protobuf, jsonform])
def test_numbers_that_json_has_none_for_are_kept_as_text(form) -> None:
    sent = form.render([wire({"a": math.inf, "b": -math.inf, "c": math.nan})])

    span = read(sent, "protobuf" if form is protobuf else "json").spans[0]

    assert {name: span.attributes[name] for name in "abc"} == {"a": "Infinity", "b": "-Infinity", "c": "NaN"}


LEAVES = st.one_of(
    st.text(max_size=5), st.integers(-5, 5), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)
)
FLAT_NAMES = [f"{prefix}{rest}" for prefix in names.FLAT for rest in ("0.role", "0.message.role", "1.x.y", "content")]
KNOWN = sorted({*names.COLUMN_NAMES.values(), *sum(names.ALSO_READ.values(), ()), *FLAT_NAMES, *names.WHOLE})
FORMS = {"protobuf": protobuf, "json": jsonform}


@pytest.mark.parametrize("form", sorted(FORMS))
@given(
    attributes=st.dictionaries(
        st.one_of(st.sampled_from(KNOWN), st.text(max_size=5)),
        st.one_of(
            LEAVES, st.lists(LEAVES, max_size=2), st.just('[{"role": "user", "parts": []}]'), st.just('{"a": 1}')
        ),
        max_size=8,
    ),
    kind=st.sampled_from(
        [{}, {"openinference.span.kind": "LLM"}, {"gen_ai.operation.name": "chat"}, {"traceloop.span.kind": "tool"}]
    ),
    values=st.dictionaries(
        st.sampled_from([*names.VALUE.values(), *names.MIME_TYPE.values(), *names.MESSAGES.values()]), LEAVES
    ),
)
@settings(max_examples=150, deadline=None)
def test_whatever_others_send_is_kept_and_comes_back_from_our_own_form(form, attributes, kind, values) -> None:
    sent = wire(dict(attributes | kind | values))

    first = read(FORMS[form].render([sent]), form)
    assert first.refused == []
    again = read(write(first.spans, form), form)

    one, other = asdict(first.spans[0]), asdict(again.spans[0])
    assert [name for name in one if not alike(one[name], other[name])] == []
    own = {
        name: value
        for name, value in attributes.items()
        if name not in KNOWN and not name.startswith(tuple(names.FLAT))
    }
    assert {name: first.spans[0].attributes[name] for name in own} == own
