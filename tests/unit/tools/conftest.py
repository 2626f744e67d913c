"""A web server on loopback, a drive in a temporary folder, and a short way to call a tool."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agentlab.models import open_model
from agentlab.settings import Settings
from agentlab.testing import MemoryRecorder
from agentlab.tools import builtin_tools
from agentlab.tools.failure import ToolFailed
from agentlab.types import Scope, ToolContext, ToolResult

Call = Callable[..., ToolResult]
EVERYWHERE = {"invalid_arguments", "timeout", "internal", "irreversible"}
"""Kinds of failure of every tool, which no table names."""


@dataclass
class Site:
    """What the server answers by path, and what it was asked."""

    port: int = 0
    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def page(self, path: str, body: bytes | str = b"", *, status: int = 200, **headers: str) -> str:
        """Put a page at ``path`` (``Content_Type="…"`` for headers) and return its URL."""
        content = body.encode() if isinstance(body, str) else body
        self.pages[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, content)
        return self.url(path)


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            site.asked.append(
                {"peer": self.client_address, "path": self.path, "headers": dict(self.headers.items()), "body": body}
            )
            if self.path == "/slow":
                time.sleep(0.5)
            if self.path == "/drop":
                self.close_connection = True
                return
            status, headers, content = site.pages.get(self.path, (404, {"Content-Type": "text/plain"}, b"no such page"))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(content)
            except OSError:
                return

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *args: object) -> None:
            return

    return Handler


@contextmanager
def serving() -> Iterator[Site]:
    """A site that is up inside the ``with``."""
    site = Site()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    site.port = httpd.server_address[1]
    threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield site
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture(scope="session")
def server() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def other_site() -> Iterator[Site]:
    """A second server."""
    with serving() as site:
        yield site


@pytest.fixture
def site(server: Site) -> Site:
    server.pages.clear()
    server.asked.clear()
    return server


@pytest.fixture
def caller() -> Callable[..., Call]:
    """``caller(settings)("http.get", url=…)``: one call of a built-in tool under these settings."""

    def under(settings: Settings, cache: Any = None) -> Call:
        settings.prepare_home()
        tools, model = builtin_tools(settings, cache), open_model("offline", MemoryRecorder())

        def call(name: str, /, *, key: str = "", **args: Any) -> ToolResult:
            tool = tools.get(name)
            assert tool is not None
            context = ToolContext(scope=Scope.of_run("run_1"), model=model, idempotency_key=key)
            result = asyncio.run(tool.execute(args, context))
            json.dumps(result.data)
            return result

        return call

    return under


@pytest.fixture
def call(tmp_path: Path, site: Site, caller: Callable[[Settings], Call]) -> Call:
    """The same under settings that allow the test's own server and little else."""
    return caller(
        Settings(home=tmp_path, egress_allow=f"127.0.0.1:{site.port}", http_max_bytes=20_000, http_timeout_s=10)
    )


@pytest.fixture
def hasty(tmp_path: Path, site: Site, caller: Callable[[Settings], Call]) -> Call:
    """The same without patience: 0.15 s."""
    return caller(Settings(home=tmp_path, egress_allow=f"127.0.0.1:{site.port}", http_timeout_s=0.15))


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    """The drive's folder."""
    return tmp_path / "drive"


class MemoryStore:
    """A cache of tools: a dictionary of JSON texts, which may be told that time has passed."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def get(self, key: str) -> Any:
        return json.loads(self.kept[key]) if key in self.kept else None

    async def put(self, key: str, value: Any) -> None:
        self.kept[key] = json.dumps(value)

    def age(self, seconds: float) -> None:
        """Make everything older."""
        for key, text in self.kept.items():
            value = json.loads(text)
            self.kept[key] = json.dumps({**value, "at": value["at"] - seconds})


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def cached_call(tmp_path: Path, site: Site, store: MemoryStore, caller: Callable[..., Call]) -> Call:
    """``call`` with a cache."""
    return caller(Settings(home=tmp_path, egress_allow=f"127.0.0.1:{site.port}"), lambda: store)


@pytest.fixture(autouse=True)
def declared_failures(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a built-in tool fails with in these tests stands in its table of failures."""
    undeclared: list[str] = []
    told_by = ToolFailed.told_by

    def told(self: ToolFailed, table: Any) -> Any:
        table = tuple(table)
        error = told_by(self, table)
        if table and error.kind not in {*(failure.kind for failure in table), *EVERYWHERE}:
            undeclared.append(f"{error.kind}: {error.message}")
        return error

    monkeypatch.setattr(ToolFailed, "told_by", told)
    yield
    assert undeclared == []
