"""A site on loopback, a port on which nobody may knock, and a short way to call the browser tools in real Chromium."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from site_server import Site, serving

from agentlab.settings import Settings
from agentlab.tools.browser import Browsers, browser_tools
from agentlab.tools.drive import Drive
from agentlab.types import Scope, ToolContext, ToolResult

RUNS = count(1)


class Canary:
    """A port of loopback, TCP and UDP, IPv4 and IPv6, on which nobody may knock."""

    def __init__(self) -> None:
        self.knocks: list[str] = []
        self._sockets: list[socket.socket] = []
        self.port = self._listen(socket.AF_INET, "127.0.0.1", 0)
        if socket.has_ipv6:
            with suppress(OSError):
                self._listen(socket.AF_INET6, "::1", self.port)

    def close(self) -> None:
        for each in self._sockets:
            each.close()

    def _listen(self, family: int, host: str, port: int) -> int:
        tcp, udp = socket.socket(family, socket.SOCK_STREAM), socket.socket(family, socket.SOCK_DGRAM)
        self._sockets += [tcp, udp]
        tcp.bind((host, port))
        udp.bind((host, tcp.getsockname()[1]))
        tcp.listen()
        threading.Thread(target=self._count, args=(tcp.accept, f"tcp {host}"), daemon=True).start()
        threading.Thread(target=self._count, args=(lambda: udp.recv(99), f"udp {host}"), daemon=True).start()
        return int(tcp.getsockname()[1])

    def _count(self, come: Callable[[], object], name: str) -> None:
        with suppress(OSError):
            while True:
                come()
                self.knocks.append(name)


@dataclass
class Lab:
    """The browser tools on one drive; every call works in an event loop of its own."""

    settings: Settings
    browsers: Browsers
    tools: dict[str, Any]
    run: str = "run_0"

    def context(self, run: str = "", **more: Any) -> ToolContext:
        return ToolContext(scope=Scope.of_run(run or self.run), **more)

    def call(
        self, name: str, *, run: str = "", domains: tuple[str, ...] = (), key: str = "", **args: Any
    ) -> ToolResult:
        context = self.context(run, domains=domains, idempotency_key=key)
        args = {name.rstrip("_"): value for name, value in args.items()}
        result: ToolResult = asyncio.run(self.tools[f"browser.{name}"].execute(args, context))
        json.dumps(result.data)
        return result

    def data(self, name: str, **args: Any) -> Any:
        """What a call that succeeds gives."""
        result = self.call(name, **args)
        assert result.success, result.error
        return result.data

    def fails(self, name: str, **args: Any) -> tuple[str, str, tuple[str, ...]]:
        """Kind, message and offers of a call that fails."""
        result = self.call(name, **args)
        assert result.error, result.data
        return result.error.kind, result.error.message, result.error.options


def lab_of(home: Path, **chosen: Any) -> Lab:
    """A lab with these settings; ``resolve`` answers for the names of hosts."""
    resolve = chosen.pop("resolve", None)
    settings = Settings(home=home, **chosen)
    settings.prepare_home()
    browsers = Browsers(settings, resolve=resolve)
    return Lab(
        settings, browsers, {tool.spec.name: tool for tool in browser_tools(browsers, Drive(settings.drive), settings)}
    )


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not there is not waited for as long as out in the world."""
    monkeypatch.setattr("agentlab.tools.browser.finding.PATIENCE_S", 0.2)
    monkeypatch.setattr("agentlab.tools.browser.acts.CLICK_S", 1.5)


@pytest.fixture(scope="session")
def server() -> Iterator[Site]:
    with serving(Content_Type="text/html; charset=utf-8") as site:
        yield site


@pytest.fixture
def site(server: Site) -> Site:
    server.clear()
    return server


@pytest.fixture(scope="module")
def impatient(server: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A browser of its own that waits for three seconds at most."""
    lab = lab_of(tmp_path_factory.mktemp("lab"), egress_allow=f"127.0.0.1:{server.port}", browser_timeout_s=3)
    lab.call("navigate", url=server.page("/warm", "<title>Warm</title>"))
    yield lab
    lab.browsers.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.close()


@pytest.fixture(scope="session")
def warm(server: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One browser for all tests that do not break it."""
    lab = lab_of(
        tmp_path_factory.mktemp("lab"),
        egress_allow=f"127.0.0.1:{server.port}",
        browser_timeout_s=15,
        browser_max_bytes=3_000_000,
    )
    yield lab
    lab.browsers.close()


@pytest.fixture
def lab(warm: Lab) -> Iterator[Lab]:
    """A run in that browser, the same for all tests: what they need they open."""
    warm.run = "run_shared"
    yield warm
    for run in warm.browsers.open_runs:
        if run != "run_shared":
            asyncio.run(warm.browsers.close_run(run))


@pytest.fixture
def fresh(lab: Lab) -> Lab:
    """A run of its own in that browser, which has opened nothing yet."""
    lab.run = f"run_{next(RUNS)}"
    return lab


@pytest.fixture
def own(site: Site, tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """``own(setting=…)``: a lab with a browser of its own, which may be broken."""
    made: list[Lab] = []

    def make(**chosen: Any) -> Lab:
        allowed = chosen.pop("egress_allow", f"127.0.0.1:{site.port}")
        made.append(lab_of(tmp_path / f"home{len(made)}", egress_allow=allowed, **chosen))
        return made[-1]

    yield make
    for lab in made:
        lab.browsers.close()
