"""The guard at the door: whose requests get in, over HTTP and over websockets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from agentlab.api import Guard


async def page(_) -> PlainTextResponse:
    return PlainTextResponse("inside")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("inside")
    await socket.close()


@pytest.fixture
def client() -> Iterator[TestClient]:
    inside = Starlette(routes=[Route("/", page, methods=["GET", "POST"]), WebSocketRoute("/socket", talk)])
    guarded = Guard(inside, ["lab.example.org", "proxy:9000", " "])
    with TestClient(guarded, base_url="http://127.0.0.1:8501") as client:
        yield client


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8501",
        "localhost:8501",
        "LOCALHOST:8501",
        "[::1]:8501",
        "lab.example.org",
        "lab.example.org:8501",
        "proxy:9000",
    ],
)
def test_own_names_get_in(client, host) -> None:
    assert client.get("/", headers={"host": host}).text == "inside"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8501", "127.0.0.1", "127.0.0.1:9999", "localhost.evil.example:8501", "127.0.0.1.evil.example",
        "0.0.0.0:8501", "proxy", "proxy:9001", "lab.example.org:1234", "", "user@127.0.0.1:8501", "127.0.0.1:8501/x", "127.0.0.1:port",
        "2130706433:8501", "[::1", "127.0.0.1:8501,evil.example",
    ],
)  # fmt: skip
def test_foreign_names_do_not(client, host) -> None:
    answer = client.get("/", headers={"host": host})

    assert answer.status_code == 400
    assert answer.json()["code"] == "host_refused"
    assert "AGENTLAB_ALLOWED_HOSTS" in answer.json()["hint"]


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8501", "http://localhost:8501", "https://lab.example.org"])
def test_own_pages_may_post(client, origin) -> None:
    assert client.post("/", headers={"origin": origin}).text == "inside"


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://127.0.0.1:3000",
        "http://127.0.0.1",
        "file://",
        "http://evil.example:8501",
        "",
        "127.0.0.1:8501",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_foreign_pages_may_neither_read_nor_write(client, method, origin) -> None:
    answer = client.request(method, "/", headers={"origin": origin})

    assert answer.status_code == 403
    assert answer.json()["code"] == "origin_refused"
    assert "access-control-allow-origin" not in answer.headers


def test_a_browser_that_says_cross_site_may_look_but_not_change(client) -> None:
    assert client.get("/", headers={"sec-fetch-site": "cross-site"}).text == "inside"
    assert client.post("/", headers={"sec-fetch-site": "same-origin"}).text == "inside"
    assert client.post("/", headers={"sec-fetch-site": "cross-site"}).json()["code"] == "cross_site_refused"


def test_programs_without_an_origin_get_in(client) -> None:
    assert client.post("/").text == "inside"


def test_two_host_headers_are_refused() -> None:
    import asyncio

    sent = []
    scope = {
        "type": "http", "scheme": "http", "method": "GET", "path": "/", "server": ("127.0.0.1", 8501),
        "headers": [(b"host", b"127.0.0.1:8501"), (b"host", b"evil.example")],
    }  # fmt: skip

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(Starlette())(scope, None, send))

    assert sent[0]["status"] == 400


def test_websockets_of_own_pages_open(client) -> None:
    with client.websocket_connect("ws://127.0.0.1:8501/socket", headers={"origin": "http://127.0.0.1:8501"}) as socket:
        assert socket.receive_text() == "inside"


@pytest.mark.parametrize(
    ("url", "headers", "status"),
    [
        ("ws://127.0.0.1:8501/socket", {"origin": "http://evil.example"}, 403),
        ("ws://127.0.0.1:8501/socket", {"sec-fetch-site": "cross-site"}, 403),
        ("ws://127.0.0.1:8501/socket", {"host": "evil.example:8501"}, 400),
    ],
)
def test_websockets_of_foreign_pages_do_not(client, url, headers, status) -> None:
    from starlette.testclient import WebSocketDenialResponse

    with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect(url, headers=headers):
        pass

    assert refused.value.status_code == status


def test_pages_may_load_nothing_from_elsewhere(client) -> None:
    headers = client.get("/").headers

    assert "default-src 'self'" in headers["content-security-policy"]
    assert "http" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
