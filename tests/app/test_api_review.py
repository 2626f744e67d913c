"""The API on what is recorded: payloads, waterfalls, comparisons, scores."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

import agentlab
from agentlab.api import create_api


@pytest.fixture(scope="module")
def client(worked):
    with agentlab.open(str(worked.path)) as lab, TestClient(create_api(lab)) as client:
        yield client


def test_a_span_is_told_whole_and_a_large_payload_from_its_beginning(client, worked) -> None:
    call = client.get(f"/runs/{worked.good}/spans").json()[2]
    path = f"/runs/{worked.good}/spans/{call['span_id']}/payloads"

    whole, cut = client.get(path).json(), client.get(f"{path}?limit=10").json()

    assert whole["payloads"]["input"]["content"] == {}
    assert whole["span"]["tool"] == "drive.list"
    assert isinstance(whole["payloads"]["output"]["content"], dict | list)
    assert len(cut["payloads"]["output"]["beginning"]) == 10
    assert client.get(f"{path}?limit=0").json() == whole


def test_a_span_that_is_not_there_has_nothing(client, worked) -> None:
    assert client.get(f"/runs/{worked.good}/spans/nowhere/payloads").json() == {"span": {}, "payloads": {}}


def test_the_waterfall_has_a_row_for_every_span_and_no_attributes(client, worked) -> None:
    table = client.get(f"/runs/{worked.bad}/waterfall").json()

    assert [row[table["columns"].index("depth")] for row in table["rows"]] == [0, 1, 2]
    assert "attributes" not in table["columns"]


def test_two_runs_are_compared(client, worked) -> None:
    found = client.get(f"/compare?a={worked.good}&b={worked.bad}").json()

    assert (found["same"], found["first_difference"], found["rows"][0]["differences"][0]["what"]) == (False, 0, "goal")
    assert client.get(f"/compare?a={worked.good}&b={worked.good}").json()["same"]


def test_a_score_is_kept_and_listed(client, worked) -> None:
    said = client.post(f"/runs/{worked.bad}/scores", json={"name": "helpful", "value": 0, "author": "ann"})

    assert (said.status_code, said.json()["source"]) == (201, "person")
    (found,) = client.get(f"/runs/{worked.bad}/scores").json()
    assert (found["name"], found["value"], found["author"], found["note_id"]) == (
        "helpful", 0.0, "ann", said.json()["note_id"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "helpful"}, 400, "score_invalid"),
        ({"name": "helpful", "value": 1, "span_id": "nowhere"}, 400, "score_invalid"),
        ({"name": "helpful", "value": 1, "source": "nobody"}, 422, "invalid_request"),
        ({"value": 1}, 422, "invalid_request"),
    ],
)
def test_a_score_that_cannot_be_is_refused(client, worked, body, status, code) -> None:
    answer = client.post(f"/runs/{worked.bad}/scores", json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "path", ["/runs/no/waterfall", "/runs/no/scores", "/runs/no/spans/x/payloads", "/compare?a=no&b=no"]
)
def test_an_unknown_run_is_not_found(client, path) -> None:
    assert client.get(path).status_code == 404


def test_a_replay_is_submitted_like_any_run(client, worked) -> None:
    answer = client.post("/runs", json={"goal": "", "model": f"replay:{worked.good}"})

    run = client.get(f"/runs/{answer.json()['run_id']}").json()
    client.post(f"/runs/{run['run_id']}/cancel")
    assert (answer.status_code, run["model"]) == (202, f"replay:{worked.good}")
    assert run["goal"] == client.get(f"/runs/{worked.good}").json()["goal"]
