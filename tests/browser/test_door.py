"""The guard around the running server, Streamlit's pages, files and websockets included."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "streamlit",
}  # fmt: skip


def status(site, method: str, path: str, **headers: str) -> int:
    """The status of one plain request."""
    address = urlsplit(site.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    found = connection.getresponse().status
    connection.close()
    return found


@pytest.mark.parametrize(
    "path", ["/", "/run", "/api/health", "/_stcore/health", "/static/favicon.png", "/app/static/mark.png"]
)
def test_no_part_of_the_server_answers_to_a_foreign_name(site, path) -> None:
    assert status(site, "GET", path, Host="evil.example") == 400
    assert status(site, "GET", path, Origin="http://evil.example") == 403


def test_the_websocket_of_the_app_opens_for_its_own_pages_only(site) -> None:
    assert status(site, "GET", "/_stcore/stream", **UPGRADE, Origin=site.url) == 101
    assert status(site, "GET", "/_stcore/stream", **UPGRADE, Origin="http://evil.example") == 403
    assert status(site, "GET", "/_stcore/stream", **UPGRADE, Host="evil.example") == 400


def test_a_foreign_page_cannot_start_a_run(site) -> None:
    assert status(site, "POST", "/api/runs", Sec_Fetch_Site="cross-site") == 403
