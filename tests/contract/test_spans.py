"""`lab.span`: what anyone logs is kept when the block is left, as part of whatever is around it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap

import pytest
from opentelemetry import trace as otel
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import agentlab
from agentlab import trace
from agentlab.types import Scope


@pytest.fixture
def lab(tmp_path):
    with agentlab.open(str(tmp_path)) as lab:
        yield lab


def rows(lab, columns: str, order: str = "started_at") -> list[tuple]:
    return lab.sql(f"SELECT {columns} FROM spans ORDER BY {order}").fetchall()


def test_columns_payloads_and_attributes_find_their_places(lab) -> None:
    with lab.span("rank", kind="llm", model="m", input={"q": 1}, colour="red") as span:
        span.set(output_tokens=7, cost_usd=0.5, output=[1, 2], conversation_id="c", depth=3)
        span.event("half way", "so far so good", n=1)

    assert rows(lab, "name, kind, status, model, output_tokens, cost_usd, conversation_id, project, attributes") == [
        ("rank", "llm", "ok", "m", 7, 0.5, "c", "default", '{"colour":"red","depth":3}')
    ]
    assert lab.store.payloads([span.span.span_id]) == {span.span.span_id: {"input": {"q": 1}, "output": [1, 2]}}
    assert lab.sql("SELECT name, text, attributes FROM events").fetchall() == [
        ("half way", "so far so good", '{"n":1}')
    ]


def test_spans_inside_one_another_are_one_trace_and_one_run(lab) -> None:
    with lab.span("outer", kind="agent"), lab.span("middle", kind="tool"), lab.span("inner"):
        pass
    with lab.span("another"):
        pass

    found = rows(lab, "name, parent_span_id, span_id, trace_id, run_id")
    assert [(name, parent) for name, parent, *_ in found] == [
        ("outer", None), ("middle", found[0][2]), ("inner", found[1][2]), ("another", None)
    ]  # fmt: skip
    assert len({trace_id for *_, trace_id, _ in found}) == 2
    assert all(trace_id == run_id for *_, trace_id, run_id in found)
    assert lab.sql("SELECT goal, status, spans FROM runs ORDER BY started_at").fetchall() == [
        ("outer", "succeeded", 3), ("another", "succeeded", 1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [(ValueError("no"), "error", "ValueError"), (asyncio.CancelledError(), "cancelled", None)],
)
def test_an_exception_marks_the_span_and_goes_on(lab, error, status, kind) -> None:
    with pytest.raises(type(error)), lab.span("work"):
        raise error

    assert rows(lab, "status, error_type") == [(status, kind)]


def test_a_span_inside_a_run_belongs_to_its_step(lab) -> None:
    scope = Scope(trace_id="a" * 32, run_id="run_1", step="fetch")
    with trace.span(lab.recorder, scope, "http.get", kind="tool") as call, lab.span("parse"):
        pass

    assert rows(lab, "name, run_id, step, parent_span_id, trace_id") == [
        ("http.get", "run_1", "fetch", None, "a" * 32),
        ("parse", "run_1", "fetch", call.span_id, "a" * 32),
    ]


def test_tasks_side_by_side_keep_their_own_place(lab) -> None:
    async def work(name: str) -> None:
        with lab.span(name):
            await asyncio.sleep(0.01)
            with lab.span(f"in {name}"):
                await asyncio.sleep(0.01)

    async def main() -> None:
        with lab.span("all"):
            await asyncio.gather(work("a"), work("b"))

    asyncio.run(main())
    names = dict(rows(lab, "span_id, name"))
    parents = {name: names.get(parent) for name, parent in rows(lab, "name, parent_span_id")}
    assert parents == {"all": None, "a": "all", "b": "all", "in a": "a", "in b": "b"}


def test_instrumented_libraries_are_children_and_keep_what_they_say(lab) -> None:
    tracer = lab.tracer_provider.get_tracer("library", "1.2")
    attributes = {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": 1_000_000, "gen_ai.usage.output_tokens": 0, "own": ("a", "b"),
    }  # fmt: skip
    with lab.span("outer") as outer, tracer.start_as_current_span("chat", attributes=attributes) as call:
        call.add_event("thinking")
        with lab.span("below"):
            pass

    columns = "name, kind, operation, provider, model, input_tokens, cost_usd > 0, run_id = trace_id, parent_span_id"
    assert rows(lab, columns) == [
        ("outer", "other", None, None, None, None, None, True, None),
        ("chat", "llm", "chat", "openai", "gpt-4o-mini", 1_000_000, True, True, outer.span.span_id),
        ("below", "other", None, None, None, None, None, True, f"{call.get_span_context().span_id:016x}"),
    ]
    [(own, scope)] = lab.sql(
        "SELECT attributes->'own', attributes->>'otel.scope.name' FROM spans WHERE name = 'chat'"
    ).fetchall()
    assert (own, scope) == ('["a","b"]', "library")
    assert lab.sql("SELECT name FROM events").fetchall() == [("thinking",)]


def test_other_processors_get_our_spans_under_their_usual_names(lab) -> None:
    exporter = InMemorySpanExporter()
    lab.tracer_provider.add_span_processor(SimpleSpanProcessor(exporter))
    with pytest.raises(ValueError, match="no"), lab.span("rank", kind="llm", model="m", output_tokens=7, own=1):
        raise ValueError("no")

    [sent] = exporter.get_finished_spans()
    assert sent.attributes["gen_ai.request.model"] == "m"
    assert (sent.attributes["gen_ai.usage.output_tokens"], sent.attributes["own"]) == (7, 1)
    assert sent.status.status_code is otel.StatusCode.ERROR
    assert rows(lab, "span_id, status") == [(f"{sent.context.span_id:016x}", "error")]


def test_records_belong_to_the_span_around_them(lab) -> None:
    lab.record("loss", 0.25, epoch=3)
    with lab.span("evaluate") as span:
        lab.record("verdict", "good")

    columns = "name, value, label, run_id, span_id, attributes"
    assert lab.sql(f"SELECT {columns} FROM records ORDER BY recorded_at").fetchall() == [
        ("loss", 0.25, None, None, None, '{"epoch":3}'),
        ("verdict", None, "good", span.span.run_id, span.span.span_id, "{}"),
    ]
    assert len(lab.records) == 2


PROGRAM = """
    import os, sys, time
    import agentlab
    lab = agentlab.open(sys.argv[1])
    with lab.span("run it", kind="agent"):
        for n in range(5):
            with lab.span(f"done {n}", kind="tool", input=n):
                pass
        with lab.span("asking", kind="llm", model="m"):
            print("now", flush=True)
            time.sleep(60)
"""


def test_a_killed_program_shows_what_it_had_done_and_what_it_was_doing(tmp_path) -> None:
    program = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(tmp_path)]
    with subprocess.Popen(program, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"now\n"
        os.kill(process.pid, signal.SIGKILL)

    with agentlab.open(str(tmp_path)) as lab:
        states = dict(rows(lab, "name, status"))
        assert states == {"run it": "crashed", "asking": "crashed"} | {f"done {n}": "ok" for n in range(5)}
        assert lab.sql("SELECT goal, status FROM runs").fetchall() == [("run it", "crashed")]
        lab.store.drain()
        assert dict(rows(lab, "name, status")) == states
        assert len(lab.store.payloads(span_id for (span_id,) in rows(lab, "span_id"))) == 5
