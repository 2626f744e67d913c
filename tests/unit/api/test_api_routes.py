"""The API before anything has run: what it accepts, what it refuses and how it says so. No worker is needed for that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

import agentlab
from agentlab.api import create_api
from agentlab.errors import MissingExtra, ModelError, StoreUnusable


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[agentlab.Lab]:
    with agentlab.open(str(tmp_path_factory.mktemp("home"))) as lab:
        yield lab


@pytest.fixture(scope="module")
def client(lab) -> Iterator[TestClient]:
    with TestClient(create_api(lab), raise_server_exceptions=False) as client:
        yield client


def submit(client: TestClient, **body: object) -> str:
    answer = client.post("/runs", json={"goal": "List the files in the drive"} | body)
    assert answer.status_code == 202, answer.text
    return answer.json()["run_id"]


def test_health_says_the_version(client) -> None:
    assert client.get("/health").json() == {"ok": True, "version": agentlab.__version__}


def test_a_submitted_run_waits_can_be_looked_up_and_cancelled(client) -> None:
    run_id = submit(client, budget=250)

    waiting = client.get(f"/runs/{run_id}").json()
    cancelled = client.post(f"/runs/{run_id}/cancel").json()

    assert (waiting["status"], waiting["goal"], waiting["steps"]) == ("queued", "List the files in the drive", [])
    assert cancelled == {"run_id": run_id, "status": "cancelled"}
    assert client.get(f"/runs/{run_id}").json()["status"] == "cancelled"


def test_the_events_of_a_run_that_never_began_end_at_once(client) -> None:
    run_id = submit(client)
    client.post(f"/runs/{run_id}/cancel")

    with client.stream("GET", f"/runs/{run_id}/events") as stream:
        lines = list(stream.iter_lines())

    assert stream.headers["content-type"].startswith("text/event-stream")
    assert any('"phase":"done"' in line for line in lines)


def test_a_plan_of_ones_own_is_taken_along(client, lab) -> None:
    plan = {"steps": [{"id": "look", "tool": "drive.list", "args": {}}]}

    run_id = submit(client, plan=plan)

    assert lab.run_of(run_id).plan.steps[0].tool == "drive.list"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"goal": " "}, "empty_goal"),
        ({"goal": "x", "model": "no-such-model"}, "unknown_model"),
        ({"goal": "x", "budget": 0}, "budget_invalid"),
        ({"goal": "x", "plan": {"steps": []}}, "plan_invalid"),
    ],
)
def test_what_cannot_run_is_refused_with_the_next_step(client, body, code) -> None:
    answer = client.post("/runs", json=body)

    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert answer.json()["hint"]


@pytest.mark.parametrize("path", ["/runs/nobody", "/runs/nobody/spans", "/runs/nobody/events"])
def test_an_unknown_run_is_not_found(client, path) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_run")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
@pytest.mark.parametrize("path", ["/runs", "/sql"])
def test_bodies_that_a_foreign_form_could_send_are_refused(client, path, kind) -> None:
    answer = client.post(path, content=b'{"goal": "x", "query": "select 1"}', headers={"content-type": kind})

    assert answer.status_code == 415
    assert "application/json" in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/runs", {}, "goal"),
        ("/runs", {"goal": 3}, "goal"),
        ("/runs", {"goal": "x", "bugdet": 1}, "bugdet"),
        ("/sql", {"query": "x", "max_rows": 0}, "max_rows"),
    ],
)
def test_a_body_of_the_wrong_form_names_the_field(client, path, body, named) -> None:
    answer = client.post(path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert named in answer.json()["message"]


def test_broken_json_is_said_to_be_broken(client) -> None:
    answer = client.post("/runs", content=b"{", headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_sql_answers_with_columns_and_rows_that_are_json(client) -> None:
    query = "select 1 as a, 170141183460469231731687303715884105727::hugeint as b, timestamp '2026-03-01 12:00' as c, 1.50::decimal(4,2) as d, 'nan'::double as e"

    answer = client.post("/sql", json={"query": query}).json()

    assert answer["columns"] == ["a", "b", "c", "d", "e"]
    assert answer["rows"] == [[1, "170141183460469231731687303715884105727", "2026-03-01T12:00:00", "1.50", None]]
    assert answer["truncated"] is False


def test_sql_says_when_there_is_more(client) -> None:
    answer = client.post("/sql", json={"query": "select * from range(10)", "max_rows": 3}).json()

    assert (len(answer["rows"]), answer["truncated"]) == (3, True)


def test_sql_that_is_wrong_or_writes_is_refused(client) -> None:
    for query in ("select * from nowhere", "drop table spans", "select 1; select 2"):
        answer = client.post("/sql", json={"query": query})

        assert (answer.status_code, answer.json()["code"]) == (400, "query_invalid")


def test_tools_models_and_checks_are_listed(client) -> None:
    assert {"http.get", "drive.list", "ai.summarize"} <= {tool["name"] for tool in client.get("/tools").json()}
    assert "offline" in {model["name"] for model in client.get("/models").json()}
    assert {"home", "traces"} <= {check["name"] for check in client.get("/doctor").json()}


def test_recent_runs_of_an_empty_store(client) -> None:
    answer = client.get("/runs?limit=5").json()

    assert answer["rows"] == []
    assert "run_id" in answer["columns"]


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/docs", 404), ("/redoc", 404)])
def test_what_is_not_there_is_said_in_the_same_form(client, path, status) -> None:
    answer = client.get(path)

    assert answer.status_code == status
    assert answer.json().keys() == {"code", "message", "hint", "context"}


@pytest.mark.parametrize(
    ("error", "status"),
    [(ModelError("m"), 502), (StoreUnusable("s"), 503), (MissingExtra("x", "app"), 503), (RuntimeError("secret"), 500)],
)
def test_each_kind_of_error_has_its_status_and_strangers_keep_their_secrets(lab, error, status) -> None:
    api = create_api(lab)

    @api.get("/fails")
    def fails() -> None:
        raise error

    answer = TestClient(api, raise_server_exceptions=False).get("/fails")

    assert answer.status_code == status
    assert "secret" not in answer.text


def test_the_openapi_document_declares_every_route_and_its_errors(client) -> None:
    document = client.get("/openapi.json").json()

    assert set(document["paths"]) == {
        "/health", "/tools", "/models", "/doctor", "/sql", "/runs", "/runs/{run_id}", "/runs/{run_id}/cancel",
        "/runs/{run_id}/spans", "/runs/{run_id}/events", "/runs/{run_id}/waterfall", "/runs/{run_id}/scores",
        "/runs/{run_id}/spans/{span_id}/payloads", "/compare", "/v1/traces",
        "/schedules", "/schedules/next", "/schedules/{name}", "/schedules/{name}/pause", "/schedules/{name}/resume",
        "/schedules/{name}/run", "/notifications", "/notifications/read",
        "/memories", "/memories/{memory_id}",
        "/threads", "/threads/{thread}",
        "/questions", "/runs/{run_id}/approve", "/runs/{run_id}/deny", "/runs/{run_id}/pause", "/runs/{run_id}/resume",
        "/runs/{run_id}/fork", "/runs/{run_id}/effects", "/runs/{run_id}/undo", "/teams", "/credits",
    }  # fmt: skip
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["summary"]
            assert operation["description"]
            assert {"400", "404", "415", "422", "503"} <= operation["responses"].keys()
