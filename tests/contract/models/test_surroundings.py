"""Around a question: its place in the trace, the event loop and the threads of the caller, and keys that stay inside."""

from __future__ import annotations

import asyncio
import json
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from model_ways import KEY, WAYS

from agentlab.errors import ModelError
from agentlab.testing import Raw, Reply
from agentlab.testing.speech import error_body

OWN_KEY = "a-key-of-no-known-form"


def test_a_question_is_a_child_of_the_span_around_it(lab, way) -> None:
    with lab.span("work", kind="tool"):
        lab.ask("x", model=way.model)
        with lab.span("inner"):
            lab.ask("x", model=way.model)

    found = lab.sql("select s.name, p.name from spans s left join spans p on p.span_id = s.parent_span_id where s.kind = 'llm' order by s.started_at").fetchall()  # fmt: skip
    assert found == [(f"chat {way.model}", "work"), (f"chat {way.model}", "inner")]


def test_a_question_alone_is_a_trace_of_its_own(lab) -> None:
    lab.ask("How many?", model=WAYS["google"].model)

    rows = lab.sql("select name, parent_span_id is null, run_id = trace_id from spans order by started_at").fetchall()
    assert rows == [("ask", True, True), (f"chat {WAYS['google'].model}", False, True)]


def test_it_works_inside_a_running_event_loop(lab, way) -> None:
    async def cell() -> str:
        streamed = "".join(lab.stream("x", model=way.model))
        assert streamed == lab.ask("x", model=way.model).text
        return streamed

    assert asyncio.run(cell()) == Reply().text


def test_twenty_questions_at_once(lab, server, way) -> None:
    """Each gets its own answer, and each has its row."""
    server.reply = lambda asked: Reply(
        text="answer " + json.dumps(asked.body).partition("number ")[2].partition(" ")[0]
    )
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda n: lab.ask(f"number {n} ", model=way.model, stream=n % 2 == 0), range(20)))

    assert [it.text for it in answers] == [f"answer {n}" for n in range(20)]
    assert lab.sql("select count(*), count(distinct run_id) from llm_calls").fetchall() == [(20, 20)]


def test_a_lab_may_be_opened_and_closed_around_each_question(open_lab, way) -> None:
    for _ in range(2):
        with open_lab() as lab:
            assert lab.ask("x", model=way.model).text


@pytest.mark.parametrize("how", ["good", "refused", "inside", "garbled", "stream"])
def test_a_key_is_in_no_error_trace_log_or_repr(open_lab, server, way, how, caplog, tmp_path) -> None:
    """Even where the provider repeats it."""
    caplog.set_level(logging.DEBUG)
    server_settings = {"base_url": server.url(version=True), "api_key": OWN_KEY}
    lab = open_lab(model_attempts=1, model_servers={"lab": server_settings})
    said = f"no such key: {KEY} nor {OWN_KEY}"
    replies = {
        "good": Reply(),
        "refused": Raw(body=json.dumps(error_body(way.interface, 401, said)).encode(), status=401),
        "inside": Raw(body=json.dumps(error_body(way.interface, 500, said)).encode()),
        "garbled": Raw(body=(f"data: {said}\n\n".encode(),)),
        "stream": Raw(body=(f"{OWN_KEY} {KEY}\n\n".encode(),)),
    }
    server.reply = lambda _: replies[how]
    told = list[str]()

    try:
        answer = lab.ask("x", model=way.model, stream=how in {"garbled", "stream"})
        told.append(repr(answer))
    except ModelError as error:
        told += [str(error), repr(error), repr(error.as_dict()), repr(error.attempts), repr(error.__cause__)]
    told += [repr(lab), repr(lab.settings), str(lab.settings), repr(lab.gateway), caplog.text, str(lab.doctor())]
    lab.sql("select * from llm_calls").fetchall()
    lab.close()

    sent = json.dumps(server.requests[-1].headers)
    key = {"lab": OWN_KEY, "ollama": ""}.get(way.model.partition(":")[0], KEY)
    assert key in sent  # it went where it belongs
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for secret in filter(None, {key, KEY}):
        assert [it[:500] for it in told if secret in it] == []
        assert not any(secret.encode() in data for data in files)
