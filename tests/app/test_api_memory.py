"""The API on what outlives a run: memories and conversations."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

import agentlab
from agentlab.api import create_api
from agentlab.types import RunSpec


@pytest.fixture
def lab(empty):
    with agentlab.open(str(empty.path)) as lab:
        yield lab


@pytest.fixture
def client(lab):
    with TestClient(create_api(lab)) as client:
        yield client


def test_a_memory_is_kept_found_changed_and_forgotten(client) -> None:
    kept = client.post("/memories", json={"text": "Ann likes tea", "kind": "preference", "importance": 0.9})
    assert (kept.status_code, kept.json()["source"], kept.json()["score"]) == (201, "you", None)
    path = f"/memories/{kept.json()['id']}"

    (found,) = client.get("/memories", params={"query": "tea", "min_score": 0.5, "kind": "preference"}).json()
    assert (found["text"], found["score"]) == ("Ann likes tea", 0.98)
    assert client.get("/memories?kind=fact").json() == []

    changed = client.patch(path, json={"text": "Ann likes coffee"}).json()
    assert (changed["text"], changed["importance"]) == ("Ann likes coffee", 0.9)
    assert client.delete(path).status_code == 204
    assert client.get("/memories").json() == []
    assert [client.delete(path).status_code, client.patch(path, json={"text": "x"}).status_code] == [404, 404]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": ""}, 400, "memory_invalid"),
        ({"text": "x" * 2_001}, 400, "memory_invalid"),
        ({"text": "x", "kind": "rumour"}, 422, "invalid_request"),
        ({"text": "x", "importance": 2}, 422, "invalid_request"),
        ({"text": "x", "user": "bob"}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_remembered_is_refused(client, body, status, code) -> None:
    answer = client.post("/memories", json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_conversations_are_listed_read_renamed_and_deleted(client, lab) -> None:
    lab.recollection.threads.begin(RunSpec(run_id="run_1", goal="Rain?", thread="weather / today", submitted_at=1.0))
    path = "/threads/weather"
    lab.recollection.threads.begin(RunSpec(run_id="run_2", goal="Sun?", thread="weather", submitted_at=2.0))

    assert [row["thread"] for row in client.get("/threads").json()] == ["weather", "weather / today"]
    assert client.get(path).json()[0]["goal"] == "Sun?"
    assert client.get("/threads/weather%20%2F%20today").json()[0]["goal"] == "Rain?"
    assert client.patch(path, json={"title": "The sun"}).status_code == 204
    assert client.get("/threads").json()[0]["title"] == "The sun"
    assert client.delete(path).status_code == 204
    assert [client.get(path).status_code, client.delete(path).status_code] == [404, 404]
