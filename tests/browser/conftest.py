"""The real app in a real Chromium: one server and one worker for the whole session, a fresh browser context for each test."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 390, "height": 844}, "color_scheme": "light", "device_scale_factor": 2,
        "is_mobile": True, "has_touch": True,
    },
}  # fmt: skip
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
READY_S = 60


@dataclass
class Site:
    """The running app."""

    url: str
    home: Path

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """One call of the API."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api{path}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def finished(self, goal: str, plan: dict[str, Any] | None = None) -> str:
        """Submit a goal and wait for its end; its id."""
        run_id: str = self.ask("/runs", {"goal": goal, "plan": plan})["run_id"]
        end = time.monotonic() + READY_S
        while self.ask(f"/runs/{run_id}")["status"] in {"queued", "running"}:
            assert time.monotonic() < end, f"{goal!r} did not end"
            time.sleep(0.1)
        return run_id


@dataclass
class Tab:
    """One page of the app in a browser, and what went wrong in it."""

    page: Page
    site: Site
    troubles: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to ``path`` and wait until our part of the page is there."""
        self.page.goto(self.site.url + path)
        self.page.locator(".block[data-ready]").first.wait_for()
        return self.page

    def settle(self) -> None:
        """Wait until nothing is being drawn any more."""
        self.page.locator("[data-testid=stStatusWidget]").wait_for(state="detached")
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(300)

    def violations(self) -> list[str]:
        """What axe has against the page, by rule and place."""
        found = Axe().run(self.page, options={"runOnly": STANDARD}).response["violations"]
        return [f"{rule['id']}: {node['target']}" for rule in found for node in rule["nodes"]]

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return int(
            self.page.evaluate(
                "() => { const main = document.querySelector('[data-testid=stMain]');"
                " return Math.max(main.scrollWidth - main.clientWidth, document.documentElement.scrollWidth - innerWidth) }"
            )
        )


def chromium() -> str | None:
    """A Chromium of this system; None for the one that Playwright has installed."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)


class PatientPage:
    """A web page that answers when it is told to, so that a run can be watched for as long as that takes."""

    def __init__(self) -> None:
        self.answer = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.answer.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self.answer

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer.wait(25)
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<title>Patient</title><p>This page waited until it was asked for.</p>")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


@pytest.fixture(scope="session")
def patient_page() -> Iterator[PatientPage]:
    """A page that tools may reach."""
    page = PatientPage()
    yield page
    page.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, patient_page: PatientPage) -> Iterator[Site]:
    """The app on a free port with a worker beside it and a home of its own."""
    home, port = tmp_path_factory.mktemp("home"), _free_port()
    environment = os.environ | {"AGENTLAB_HOME": str(home), "AGENTLAB_EGRESS_ALLOW": patient_page.address}
    serve = ["uvicorn", "--app-dir", str(ROOT / "app"), "asgi:app", "--port", str(port), "--no-access-log"]
    logs = [home / "app.log", home / "worker.log"]
    commands = [serve, ["agentlab.cli.main", "worker"]]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", *command], env=environment, cwd=ROOT, stdout=log.open("w"), stderr=subprocess.STDOUT
        )
        for command, log in zip(commands, logs, strict=True)
    ]
    site = Site(f"http://127.0.0.1:{port}", home)
    _wait_for(site, processes, logs)
    yield site
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(site: Site, processes: list[subprocess.Popen[bytes]], logs: list[Path]) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        assert all(process.poll() is None for process in processes), "\n".join(log.read_text() for log in logs)
        try:
            site.ask("/health")
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail("The app did not come up: " + "\n".join(log.read_text() for log in logs))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go; AGENTLAB_PICTURES names another folder."""
    named = os.environ.get("AGENTLAB_PICTURES")
    folder = Path(named) if named else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def tab(browser: Browser, site: Site) -> Iterator[Callable[[str], Tab]]:
    """Open a tab with a look: ``tab("dark")``. Whatever the console or the network complains about ends in ``troubles``."""
    contexts = []

    def open_tab(look: str = "light") -> Tab:
        context = browser.new_context(**LOOKS[look])
        contexts.append(context)
        found = Tab(context.new_page(), site)
        found.page.set_default_timeout(READY_S * 1_000)
        _watch(found)
        return found

    yield open_tab
    for context in contexts:
        context.close()


def _watch(tab: Tab) -> None:
    def outside(url: str) -> bool:
        return not url.startswith((tab.site.url, tab.site.url.replace("http", "ws", 1), "data:", "blob:"))

    def lost(request: Request) -> bool:
        """A stream of events is closed by the page itself when its run is done; whatever else breaks off is a trouble."""
        return not (request.url.endswith("/events") and request.failure == "net::ERR_ABORTED")

    page = tab.page
    page.on("console", lambda said: tab.troubles.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: tab.troubles.append(str(error)))
    page.on("requestfailed", lambda request: tab.troubles.append(f"failed: {request.url}") if lost(request) else None)
    page.on("request", lambda request: tab.troubles.append(f"outside: {request.url}") if outside(request.url) else None)
    page.on("websocket", lambda socket: tab.troubles.append(f"outside: {socket.url}") if outside(socket.url) else None)
