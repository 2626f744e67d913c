"""A world in which every failure of every built-in tool can be had, and mended: servers on loopback, a drive, a calendar.

A scenario makes one kind of failure of one tool, and says what mends it. ``test_offers.py`` goes through all of them.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import HTTPServer, SimpleHTTPRequestHandler
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mail_server import Server, certificate
from site_server import Site

from agentlab.errors import Overloaded
from agentlab.models import open_model
from agentlab.settings import Settings
from agentlab.testing import MemoryRecorder
from agentlab.tools import Registry, builtin_tools
from agentlab.tools.browser import Browsers, browser_tools
from agentlab.tools.drive import Drive
from agentlab.tools.mail.post import Post
from agentlab.tools.mail.server import MailServer
from agentlab.tools.mail.tools import Desk, desk_tools
from agentlab.types import JSON, Scope, ToolContext, ToolResult

FINE = "<title>Fine</title><h1>All is well on this page.</h1><button>Go on</button>"
HTTP_MOST, UPLOAD_MOST, BROWSER_MOST, MAIL_MOST = 100_000, 1_000_000, 3_000_000, 30_000
RUNS = count(1)
Scenario = Callable[["World", str], "Case"]
SCENARIOS: dict[tuple[str, str], Scenario] = {}
"""By tool (``smtp:`` in front where it goes over a mail server) and kind of failure."""


def scenario(tools: str, kind: str) -> Callable[[Scenario], Scenario]:
    """This function makes the failure ``kind`` of each of the ``tools``."""

    def known(function: Scenario) -> Scenario:
        for tool in tools.split():
            SCENARIOS[tool, kind] = function
        return function

    return known


@dataclass(kw_only=True)
class Case:
    """A call that fails, and what helps."""

    args: JSON = field(default_factory=dict)
    changed: JSON | None = None
    """Arguments that are right."""
    other: tuple[str, JSON] | None = None
    """Another tool that does the same, and its arguments."""
    mend: Callable[[], Any] | None = None
    """What happens out in the world, after which the same call succeeds."""
    taking_back: Callable[[ToolResult], Any] | None = None
    """The failure is met by taking the call back, after this was done to what it made."""
    key: str = "run:step"


class Refusing:
    """A model that refuses to answer questions of some purposes; the offline model answers the others."""

    def __init__(self, *purposes: str) -> None:
        self._purposes = purposes
        self._offline = open_model("offline", MemoryRecorder())
        self.name = "offline"

    async def answer(self, request: Any, scope: Any, on_delta: Any = None) -> Any:
        if request.purpose in self._purposes:
            raise Overloaded("The model takes no more questions now.", hint="Ask later.")
        return await self._offline.answer(request, scope, on_delta)


class World:
    """The tools of a lab and all that they reach. ``call`` calls one of them."""

    def __init__(
        self, home: Path, site: Site, browser: Outside, patch: pytest.MonkeyPatch, stack: ExitStack, smtp: bool
    ) -> None:
        self.home, self.site, self.patch, self.stack = home, site, patch, stack
        self.outside = browser
        self.run = f"run_{next(RUNS)}"
        self.settings = Settings(
            home=home,
            timezone="Europe/Berlin",
            egress_allow=browser.allowed,
            http_max_bytes=HTTP_MOST,
            upload_max_bytes=UPLOAD_MOST,
            upload_from=str(home / "here"),
            mail_max_recipients=2,
            mail_max_bytes=MAIL_MOST,
            mail_from="lab@example.org",
        )
        self.settings.prepare_home()
        self.drive = self.settings.drive
        (self.drive / "kept.txt").write_text("It rained on 3 May 2026.")
        (home / "here").mkdir()
        (home / "here" / "own.txt").write_text("own")
        self.model: Any = open_model("offline", MemoryRecorder())
        self.tools: Registry = builtin_tools(self.settings)
        self.with_browser(browser.patient)
        self.hosts: set[str] = set()
        self._resolve()
        self.smtp: Server | None = Server() if smtp else None
        if self.smtp:
            self.smtp_port = free_port()
            self.with_mail(f"smtp://127.0.0.1:{self.smtp_port}")

    # --- calls ----------------------------------------------------------------------------------------------------------

    def call(self, tool: str, args: JSON, key: str = "run:step") -> ToolResult:
        found = self.tools.get(tool.removeprefix("smtp:"))
        assert found is not None
        return asyncio.run(found.execute(args, self._context(key)))

    def good(self, tool: str, args: JSON, key: str = "run:before") -> ToolResult:
        """A call that succeeds, and gives what its tool promises."""
        result = self.call(tool, args, key)
        assert result.success, result.error
        found = self.tools.get(tool.removeprefix("smtp:"))
        assert found is not None
        Draft202012Validator(found.spec.output_schema).validate(result.data)
        return result

    def undo(self, tool: str, result: ToolResult) -> ToolResult:
        found = self.tools.get(tool.removeprefix("smtp:"))
        assert found is not None
        assert result.undo is not None
        return asyncio.run(found.undo(result.undo, self._context("run:undo")))

    def _context(self, key: str) -> ToolContext:
        return ToolContext(scope=Scope.of_run(self.run), model=self.model, idempotency_key=key)

    # --- what a scenario changes --------------------------------------------------------------------------------------------

    def with_browser(self, browsers: Browsers) -> None:
        """The browser tools work in these from now on."""
        self.browsers = browsers
        for tool in browser_tools(browsers, Drive(self.drive), self.settings):
            self.tools.replace(tool)

    def own_browser(self, chromium: str) -> None:
        """A browser of this world alone."""
        settings = self.settings.model_copy(update={"chromium": chromium, "browser_timeout_s": 15})
        browsers = Browsers(settings)
        self.stack.callback(browsers.close)
        self.with_browser(browsers)

    def with_mail(self, url: str, *, ca: str = "", limit_s: float = 20) -> None:
        """The mail tools send through this server from now on; they wait for nothing inside a call."""
        secret = Settings(home=self.home, smtp_url=url, mail_from="lab@example.org").smtp_url
        post = Post(
            server=MailServer(secret, ca), notes=self.settings.outbox, max_bytes=MAIL_MOST, limit_s=limit_s, waits_s=()
        )
        desk = Desk(
            carrier=post, drive=Drive(self.drive), sender="lab@example.org", max_recipients=2, max_bytes=MAIL_MOST
        )
        for tool in desk_tools(desk):
            self.tools.replace(tool)

    def serve_mail(self, **options: Any) -> Server:
        """The mail server is up."""
        assert self.smtp is not None
        self.smtp.start(port=self.smtp_port, **options)
        self.stack.callback(self.smtp.stop)
        return self.smtp

    def lose_page(self) -> None:
        """The page of this run is closed, as one that was idle; its address is remembered."""
        seat = self.browsers._seats[self.run]
        asyncio.run(self.browsers._thread.do(self.browsers._drop(seat)))

    def kill_browser_soon(self, seconds: float = 0.7) -> None:
        """Chromium is killed while a call works."""

        def kill() -> None:
            chromium = self.browsers._chromium
            if chromium is not None:
                chromium.kill()

        timer = threading.Timer(seconds, kill)
        timer.start()
        self.stack.callback(timer.join)

    def serve_late(self) -> HTTPServer:
        """Somebody answers on the port on which nobody did."""
        server = HTTPServer(("127.0.0.1", self.outside.late_port), _Late)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.stack.callback(server.server_close)
        self.stack.callback(server.shutdown)
        return server

    def without(self, package: str, module: str) -> None:
        """``package`` is not installed, so that our ``module`` cannot be imported."""
        import sys

        self.patch.setitem(sys.modules, package, None)
        self.patch.delitem(sys.modules, module, raising=False)

    def _resolve(self) -> None:
        real = socket.getaddrinfo

        def resolve(host: Any, *more: Any, **named: Any) -> Any:
            if str(host).endswith(".test"):
                if host not in self.hosts:
                    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
                host = "127.0.0.1"
            return real(host, *more, **named)

        self.patch.setattr(socket, "getaddrinfo", resolve)


class _Late(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        body = FINE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def log_message(self, *args: object) -> None:
        return


class Outside:
    """What all worlds share, since it takes long to start: two browsers, a port without a server, a server with bad TLS."""

    def __init__(self, home: Path, site: Site) -> None:
        self.late_port = free_port()
        tls, _ = certificate(home, "elsewhere.example.org")
        self._server = HTTPServer(("127.0.0.1", 0), _Late)
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.tls_port = self._server.server_address[1]
        threading.Thread(target=self._quiet, daemon=True).start()
        self.allowed = ",".join(
            [f"127.0.0.1:{port}" for port in (site.port, self.late_port, self.tls_port)] + [f"late.test:{site.port}"]
        )
        self.patient = self._browsers(home / "patient", 20)
        self.hasty = self._browsers(home / "hasty", 3)

    def close(self) -> None:
        self.patient.close()
        self.hasty.close()
        self._server.shutdown()
        self._server.server_close()

    def _browsers(self, home: Path, seconds: int) -> Browsers:
        settings = Settings(
            home=home, egress_allow=self.allowed, browser_timeout_s=seconds, browser_max_bytes=BROWSER_MOST
        )
        settings.prepare_home()
        return Browsers(settings)

    def _quiet(self) -> None:
        self._server.handle_error = lambda *about: None  # a handshake that is refused is meant
        self._server.serve_forever(poll_interval=0.02)


@contextmanager
def world_in(home: Path, site: Site, outside: Outside, patch: pytest.MonkeyPatch, *, smtp: bool) -> Iterator[World]:
    """A world of one's own, which ends with the ``with``."""
    with ExitStack() as stack:
        world = World(home, site, outside, patch, stack, smtp)
        yield world
        stack.callback(lambda: asyncio.run(world.browsers.close_run(world.run)))


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
