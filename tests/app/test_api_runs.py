"""The API on a lab in which something has run."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

import agentlab
from agentlab.api import create_api


@pytest.fixture(scope="module")
def client(worked):
    with agentlab.open(str(worked.path)) as lab, TestClient(create_api(lab)) as client:
        yield client


def events(client: TestClient, run_id: str, **headers: str) -> list[tuple[int, dict]]:
    """What the stream of a run sends, as (id, event)."""
    with client.stream("GET", f"/runs/{run_id}/events", headers=headers) as stream:
        fields = [line.partition(": ")[::2] for line in stream.iter_lines() if line]
    ids = [int(value) for name, value in fields if name == "id"]
    return list(zip(ids, [json.loads(value) for name, value in fields if name == "data"], strict=True))


def test_a_run_is_shown_with_its_steps(client, worked) -> None:
    run = client.get(f"/runs/{worked.good}").json()

    assert (run["status"], run["error"], run["credits"] > 0) == ("succeeded", "", True)
    assert [(step["id"], step["tool"], step["status"]) for step in run["steps"]] == [
        ("look", "drive.list", "succeeded")
    ]


def test_spans_come_in_the_order_in_which_they_began(client, worked) -> None:
    spans = client.get(f"/runs/{worked.good}/spans").json()

    assert [span["kind"] for span in spans] == ["run", "step", "tool"]
    assert spans[2]["attributes"]["gen_ai.tool.call.arguments"]


def test_recent_runs_are_newest_first(client, worked) -> None:
    table = client.get("/runs").json()

    column = table["columns"].index("run_id")
    assert [row[column] for row in table["rows"]] == [worked.bad, worked.good]


def test_the_stream_tells_the_whole_story_and_then_that_it_is_over(client, worked) -> None:
    story = events(client, worked.good)

    assert [(event["phase"], event.get("kind")) for _, event in story] == [
        ("start", "run"), ("start", "step"), ("start", "tool"), ("end", "tool"), ("end", "step"), ("end", "run"), ("done", None),
    ]  # fmt: skip
    numbers = [number for number, _ in story]
    assert numbers == sorted(numbers)
    assert len(set(numbers[:-1])) == 6


def test_a_viewer_that_comes_back_gets_only_what_it_missed(client, worked) -> None:
    story = events(client, worked.good)

    rest = events(client, worked.good, **{"Last-Event-ID": str(story[3][0])})

    assert rest == story[4:]


def test_the_stream_and_the_store_agree(client, worked) -> None:
    ended = {event["span_id"]: event for _, event in events(client, worked.bad) if event["phase"] == "end"}
    stored = {span["span_id"]: span for span in client.get(f"/runs/{worked.bad}/spans").json()}

    assert ended.keys() == stored.keys()
    for span_id, span in stored.items():
        same = ("name", "kind", "status", "error_type", "tool", "attempt", "credits", "attributes", "parent_span_id")
        assert {name: ended[span_id].get(name) for name in same} == {name: span[name] for name in same}
