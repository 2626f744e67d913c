"""OTLP over HTTP, as its specification asks: forms, statuses, partial success, limits."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

import agentlab
from agentlab.api import create_api, otlp_route, trace_routes
from agentlab.store.otlp import receiver

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PROTOBUF, JSON = "application/x-protobuf", "application/json"


@pytest.fixture
def lab(tmp_path) -> Iterator[agentlab.Lab]:
    with agentlab.open(str(tmp_path)) as lab:
        yield lab


@pytest.fixture
def client(lab) -> Iterator[TestClient]:
    app = Starlette(routes=[Mount("/api", create_api(lab)), otlp_route(lab)])
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def request(*spans: dict, **resource: str) -> dict:
    """As in the examples of OpenTelemetry: ids in hex, whole numbers as text."""
    usual = {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "I'm a server span",
        "kind": 2,
        "startTimeUnixNano": "1544712660000000000",
        "endTimeUnixNano": "1544712661000000000",
    }
    attributes = [{"key": key.replace("_", "."), "value": {"stringValue": value}} for key, value in resource.items()]
    members = [usual | span for span in spans or ({},)]
    return {"resourceSpans": [{"resource": {"attributes": attributes}, "scopeSpans": [{"spans": members}]}]}


def in_protobuf(**fields: bytes) -> bytes:
    message = ExportTraceServiceRequest()
    span = (
        message.resource_spans.add()
        .scope_spans.add()
        .spans.add(name="x", start_time_unix_nano=10**18, end_time_unix_nano=10**18)
    )
    span.trace_id, span.span_id = (
        fields.get("trace_id", bytes.fromhex(TRACE)),
        fields.get("span_id", bytes.fromhex(SPAN)),
    )
    return message.SerializeToString()


def stored(lab: agentlab.Lab) -> list[tuple]:
    return lab.sql("SELECT trace_id, span_id, name, service FROM spans ORDER BY span_id").fetchall()


@pytest.mark.parametrize("path", ["/v1/traces", "/api/v1/traces"])
def test_json_in_json_out(client, lab, path) -> None:
    answer = client.post(path, json=request(service_name="my.service"))

    assert (answer.status_code, answer.headers["content-type"], answer.json()) == (200, JSON, {})
    assert stored(lab) == [(TRACE, SPAN, "I'm a server span", "my.service")]


@pytest.mark.parametrize("path", ["/v1/traces", "/api/v1/traces"])
@pytest.mark.parametrize("packed", [False, True])
def test_protobuf_in_protobuf_out(client, lab, path, packed) -> None:
    headers = {"content-type": PROTOBUF} | ({"content-encoding": "gzip"} if packed else {})
    body = gzip.compress(in_protobuf()) if packed else in_protobuf()

    answer = client.post(path, content=body, headers=headers)

    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, PROTOBUF, b"")
    assert stored(lab) == [(TRACE, SPAN, "x", "unknown_service")]


def test_an_empty_request_is_a_good_one(client) -> None:
    assert client.post("/v1/traces", content=b"", headers={"content-type": PROTOBUF}).status_code == 200


def test_what_json_senders_write_in_other_ways_is_read_too(client, lab) -> None:
    odd = {
        "traceId": TRACE.upper(),
        "startTimeUnixNano": 1544712660000000000,
        "endTimeUnixNano": "1544712661500000000",
        "attributes": [
            {"key": "n", "value": {"intValue": 7}},
            {"key": "big", "value": {"intValue": "9007199254740993"}},
            {"key": "list", "value": {"arrayValue": {"values": [{"doubleValue": 1}, {}]}}},
            {"key": "later", "value": {"someFutureValue": 1}},
            {"key": "none"},
        ],
        "someFutureField": {"x": 1},
    }

    assert client.post("/v1/traces", json=request(odd)).json() == {}

    row = lab.sql("SELECT trace_id, duration_ms, attributes FROM spans").fetchall()[0]
    assert row[:2] == (TRACE, 1500.0)
    kept = json.loads(row[2])
    assert {name: kept[name] for name in ("n", "big", "list", "later", "none")} == {
        "n": 7, "big": 9007199254740993, "list": [1.0, None], "later": None, "none": None,
    }  # fmt: skip


def test_bad_spans_are_counted_and_the_others_kept(client, lab) -> None:
    bad = [
        {"traceId": "00"},
        {"traceId": "0" * 32},
        {"spanId": "xyz"},
        {"startTimeUnixNano": "0"},
        {"parentSpanId": "1"},
        {"name": 5},
    ]

    answer = client.post("/v1/traces", json=request({}, *bad)).json()

    assert answer["partialSuccess"]["rejectedSpans"] == "6"
    assert "32 hex digits" in answer["partialSuccess"]["errorMessage"]
    assert "And 1 more." in answer["partialSuccess"]["errorMessage"]
    assert len(stored(lab)) == 1


def test_partial_success_in_protobuf(client) -> None:
    answer = client.post("/v1/traces", content=in_protobuf(span_id=b"1"), headers={"content-type": PROTOBUF})

    told = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, told.rejected_spans) == (200, 1)
    assert "16 hex digits" in told.error_message


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON, b"{"),
        (JSON, b"[]"),
        (JSON, b'{"resourceSpans": {}}'),
        (JSON, b'{"resourceSpans": [1]}'),
        (JSON, b'{"resourceSpans": [{"scopeSpans": [{"spans": 1}]}]}'),
        (JSON, b"[" * 100_000),
        (PROTOBUF, b"\xff\xff\xff"),
        (PROTOBUF, b"Dear diary"),
    ],
)
def test_what_is_no_request_is_a_400_with_a_status(client, lab, content_type, body) -> None:
    answer = client.post("/v1/traces", content=body, headers={"content-type": content_type})

    assert (answer.status_code, answer.headers["content-type"]) == (400, content_type)
    if content_type == JSON:
        assert answer.json()["code"] == 3
        assert "cannot be read" in answer.json()["message"]
    else:
        assert answer.content.startswith(b"\x08\x03\x12")
        assert b"cannot be read" in answer.content
    assert stored(lab) == []


def test_a_value_that_is_nested_too_deep_costs_its_span_only(client, lab) -> None:
    value: dict = {"stringValue": "x"}
    for _ in range(100):
        value = {"arrayValue": {"values": [value]}}

    answer = client.post("/v1/traces", json=request({"attributes": [{"key": "deep", "value": value}]}, {}))

    assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert len(stored(lab)) == 1


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_forms_of_other_sites_are_refused(client, content_type) -> None:
    for path in ("/v1/traces", "/api/v1/traces"):
        assert client.post(path, content=b"{}", headers={"content-type": content_type}).status_code == 415


def test_only_gzip_is_unpacked(client) -> None:
    headers = {"content-type": JSON, "content-encoding": "br"}

    assert client.post("/v1/traces", content=b"{}", headers=headers).status_code == 415


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"{}", mtime=0)[:-4]], ids=["no gzip", "cut"])
def test_broken_gzip_is_a_400(client, body) -> None:
    headers = {"content-type": JSON, "content-encoding": "gzip"}

    assert client.post("/v1/traces", content=body, headers=headers).status_code == 400


def test_too_much_is_a_413_before_it_is_unpacked(client, monkeypatch) -> None:
    monkeypatch.setattr(receiver, "MAX_BYTES", 1_000)
    monkeypatch.setattr(trace_routes, "MAX_BYTES", 1_000)
    bomb = gzip.compress(b"0" * 10_000_000)[:900]

    large = client.post("/v1/traces", content=b"0" * 1_001, headers={"content-type": PROTOBUF})
    packed = client.post("/v1/traces", content=bomb, headers={"content-type": PROTOBUF, "content-encoding": "gzip"})

    assert (large.status_code, packed.status_code) == (413, 413)


def test_more_than_the_machine_should_hold_is_asked_to_come_back(client, monkeypatch) -> None:
    monkeypatch.setattr(trace_routes, "WAITING_BYTES", 10)

    answer = client.post("/v1/traces", json=request())

    assert (answer.status_code, answer.headers["retry-after"], answer.json()["code"]) == (429, "2", 8)
    monkeypatch.setattr(trace_routes, "WAITING_BYTES", 100_000)
    assert client.post("/v1/traces", json=request()).status_code == 200


def test_a_disk_that_takes_nothing_is_a_503_and_the_sender_tries_again(client, lab) -> None:
    lab.receiver._failing = lambda: True

    answer = client.post("/v1/traces", json=request())

    assert (answer.status_code, answer.headers["retry-after"], answer.json()["code"]) == (503, "2", 14)


def test_secrets_of_others_are_taken_out_too(client, lab) -> None:
    secret = "sk-abcdefghijklmnopqrstuvwx"
    texts = {"http.request.header.authorization": f"Bearer {secret}", "input.value": f"my key is {secret}", "x": secret}
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in texts.items()]
    event = {"name": "log", "timeUnixNano": "1544712660000000000", "attributes": attributes}

    client.post("/v1/traces", json=request({"name": secret, "attributes": attributes, "events": [event]}, team=secret))

    for view in ("spans", "payloads", "notes"):
        rows = str(lab.sql(f"SELECT * FROM {view}").fetchall())
        assert "[redacted]" in rows
        assert secret not in rows


def test_what_is_sent_again_is_kept_once_and_a_newer_state_besides(client, lab) -> None:
    for _ in range(2):
        assert client.post("/v1/traces", json=request()).status_code == 200
    assert len(stored(lab)) == 1

    client.post("/v1/traces", json=request({"status": {"code": 2}}))
    assert len(stored(lab)) == 2


def test_only_so_many_are_remembered(client, lab, monkeypatch) -> None:
    monkeypatch.setattr(receiver, "REMEMBERED", 3)
    client.post("/v1/traces", json=request(*({"spanId": f"{number:016x}"} for number in range(1, 9))))

    assert len(lab.receiver._recent) == 3


def test_it_is_described_and_only_post_is_answered(client) -> None:
    described = client.get("/api/openapi.json").json()["paths"]["/v1/traces"]["post"]

    assert set(described["requestBody"]["content"]) == {PROTOBUF, JSON}
    assert {"200", "400", "413", "415", "429", "503"} <= set(described["responses"])
    assert client.get("/v1/traces").status_code == 405
