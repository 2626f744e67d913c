"""Programs instrumented with OpenInference or OpenLLMetry and nothing else log here, over HTTP as they do anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from otlp_programs import ANSWERED_BY, fake_openai
from starlette.applications import Starlette
from starlette.routing import Mount

import agentlab
from agentlab.api import create_api, otlp_route

COST = 200 * 0.15e-6 + 1000 * 0.075e-6 + 300 * 0.60e-6
"""Of gpt-4o-mini, in US dollars: 200 fresh and 1,000 cached tokens in, 300 out."""
ASKED = [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Hi"}]
WITH_TOOLS = [
    {"role": "user", "content": "Weather?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_0", "name": "weather", "arguments": {"city": "Rome"}}],
    },
    {"role": "tool", "content": "12 C", "tool_call_id": "call_0"},
]
CALLED = [{"id": "call_1", "name": "weather", "arguments": {"city": "Oslo"}}]


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[agentlab.Lab]:
    with agentlab.open(str(tmp_path_factory.mktemp("home"))) as lab:
        yield lab


@pytest.fixture(scope="module")
def endpoint(lab) -> Iterator[str]:
    """The lab's own server, as the app mounts it."""
    app = Starlette(routes=[Mount("/api", create_api(lab)), otlp_route(lab)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def run_program(name: str, endpoint: str, **variables: str) -> None:
    program = Path(__file__).with_name("otlp_programs.py")
    logged = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_SERVICE_NAME": f"my-{name}", **variables}
    with fake_openai() as port:
        done = subprocess.run(
            [sys.executable, str(program), name, str(port)], env=os.environ | logged, capture_output=True, text=True
        )
    assert (done.returncode, done.stderr) == (0, "")


def rows(lab: agentlab.Lab, sql: str) -> list[dict]:
    relation = lab.sql(sql)
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def spans_of(lab: agentlab.Lab, service: str) -> list[dict]:
    return rows(lab, f"SELECT * FROM spans WHERE service = '{service}' ORDER BY started_at")


@pytest.fixture(scope="module", params=["openinference", "openllmetry"])
def logged(request, lab, endpoint) -> list[dict]:
    """The spans of a program, in the order in which they began: its own, chat, stream, tools, embedding, mistake."""
    run_program(request.param, endpoint, OTEL_EXPORTER_OTLP_COMPRESSION="gzip")
    return spans_of(lab, f"my-{request.param}")


def test_the_tree_is_right(logged) -> None:
    top, *calls = logged

    assert (top["name"], top["kind"], top["parent_span_id"]) == ("a day's work", "other", None)
    assert {call["parent_span_id"] for call in calls} == {top["span_id"]}
    assert {span["run_id"] for span in logged} == {top["trace_id"]}
    assert [(call["kind"], call["operation"]) for call in calls] == [
        *[("llm", "chat")] * 3,
        ("llm", "embeddings"),
        ("llm", "chat"),
    ]
    assert all(span["duration_ms"] > 0 for span in logged)


def test_model_tokens_and_cost_are_right(logged) -> None:
    for call in logged[1:4]:
        assert (call["provider"], call["response_model"]) == ("openai", ANSWERED_BY)
        assert call["model"] == "gpt-4o-mini"
        assert (call["input_tokens"], call["cache_read_tokens"], call["output_tokens"]) == (1200, 1000, 300)
        assert call["cost_usd"] == pytest.approx(COST)
        assert call["price_version"].startswith("genai-prices ")
    assert [call["finish_reason"] for call in logged[1:3]] == ["stop", "stop"]
    embedding = logged[4]
    assert (embedding["model"], embedding["input_tokens"]) == ("text-embedding-3-small", 8)
    assert embedding["cost_usd"] == pytest.approx(8 * 0.02e-6)


def test_the_time_to_the_first_token_is_known_of_a_stream(logged) -> None:
    assert 0 < logged[2]["ttft_ms"] <= logged[2]["duration_ms"]
    assert logged[1]["ttft_ms"] is None


def test_what_failed_says_why_and_costs_nothing_known(logged) -> None:
    mistake = logged[5]

    assert (mistake["status"], mistake["cost_usd"]) == ("error", None)
    assert "NotFoundError" in mistake["error_type"]
    assert "no such model" in mistake["error_message"]


def test_messages_are_kept_in_one_shape(logged, lab) -> None:
    found = lab.store.payloads(span["span_id"] for span in logged)
    chat, stream, tools = (found[span["span_id"]] for span in logged[1:4])

    assert chat["input"] == ASKED
    assert (chat["output"][0]["role"], chat["output"][0]["content"]) == ("assistant", "Hello")
    assert stream["output"][0]["content"] == "Hello"
    assert tools["input"] == WITH_TOOLS
    assert tools["output"][0]["tool_calls"] == CALLED


def test_a_tree_of_chain_agent_and_tool_is_kept_and_nothing_is_counted_twice(lab, endpoint) -> None:
    run_program("agent", f"{endpoint}/api", OTEL_RESOURCE_ATTRIBUTES="openinference.project.name=weather,team=blue")

    chain, agent, retriever, tool = spans_of(lab, "my-agent")
    assert [span["kind"] for span in (chain, agent, retriever, tool)] == ["other", "agent", "other", "tool"]
    assert [span["operation"] for span in (chain, agent, retriever, tool)] == [
        "chain",
        "invoke_agent",
        "retrieval",
        "execute_tool",
    ]
    assert agent["parent_span_id"] == chain["span_id"]
    assert {retriever["parent_span_id"], tool["parent_span_id"]} == {agent["span_id"]}
    assert (agent["agent"], agent["cost_usd"], agent["input_tokens"]) == ("researcher", None, None)
    assert (tool["tool"], chain["conversation_id"], chain["user_id"]) == ("weather", "thread-7", "ada")
    assert {span["project"] for span in (chain, agent, retriever, tool)} == {"weather"}
    assert rows(lab, f"SELECT * FROM llm_calls WHERE run_id = '{chain['run_id']}'") == []
    kept = rows(
        lab,
        f"SELECT attributes->>'resource.team' AS team, attributes->>'llm.cost.total' AS sum FROM spans WHERE span_id = '{agent['span_id']}'",
    )
    assert kept == [{"team": "blue", "sum": "0.5"}]
    payloads = lab.store.payloads([retriever["span_id"], tool["span_id"]])
    assert payloads[tool["span_id"]] == {"input": {"city": "Oslo"}, "output": "12 C"}
    assert payloads[retriever["span_id"]] == {"input": "water", "output": [{"content": "Water is wet.", "score": 0.9}]}


def test_cost_daily_counts_each_call_once(logged, lab) -> None:
    service = logged[0]["service"]

    counted = rows(
        lab,
        f"SELECT count(*) AS calls, sum(llm_calls.cost_usd) AS usd FROM llm_calls JOIN spans USING (span_id) WHERE service = '{service}'",
    )

    assert (counted[0]["calls"], counted[0]["usd"]) == (5, pytest.approx(3 * COST + 8 * 0.02e-6))
