"""Chromium itself: found on the system, started with what keeps it inside its proxy, and never left behind.

This is the only module that imports Playwright.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from signal import SIGKILL

from playwright.async_api import Browser, BrowserContext, CDPSession, Error, Page, Playwright, async_playwright

from agentlab.tools.browser.gate import Gate
from agentlab.tools.browser.proxy import HELLO, Proxy
from agentlab.tools.failure import ToolFailed

__all__ = ["Chromium", "Error", "Page"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
CLOSE_S = 5
ANSWER_S = 2
WINDOW = {"width": 1280, "height": 900}
FLAGS = (
    "--proxy-bypass-list=<-loopback>",  # without it, loopback goes past the proxy
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # names are the proxy's business
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--dns-prefetch-disable",
    "--no-pings",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-domain-reliability",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--js-flags=--max-old-space-size=512",
    "--disk-cache-size=52428800",
    "--mute-audio",
)
_WATCH = """read -r _ && exit 0
sleep 3
case "$(ps -ww -o args= -p "$1")" in *"$2"*) kill -9 -- "-$1" || kill -9 "$1" ;; esac"""
"""Reads a line and goes, or reads the end of a process that was killed: then Chromium must not outlive it."""


def find_program(named: str) -> str:
    """Path of Chromium: the one that is ``named``, else the system's; empty where there is none.

    Raises ``ToolFailed`` (``browser_missing``) where the named one is not there.
    """
    if named:
        if found := shutil.which(os.path.expanduser(named)):
            return found
        raise ToolFailed("browser_missing", f"AGENTLAB_CHROMIUM={named} is no program. Name one, or leave it empty.")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or next((path for path in _MAC if Path(path).exists()), "")


def _check_there(program: str) -> None:
    if not Path(program).exists():
        raise ToolFailed(
            "browser_missing",
            "There is no Chromium. Install your system's package (apt install chromium), or run: "
            "playwright install chromium. AGENTLAB_CHROMIUM names one that lies elsewhere.",
        )


class Chromium:
    """One process of Chromium, with the driver that leads it."""

    def __init__(self, driver: Playwright, browser: Browser, line: CDPSession, pid: int, token: str) -> None:
        self.pid = pid
        self._driver = driver
        self._browser = browser
        self._line = line
        self._watcher = _watch(pid, token)

    @classmethod
    async def start(cls, named: str, proxy: Proxy) -> Chromium:
        """Start it. Raises ``ToolFailed`` (``browser_missing``, ``browser_failed``)."""
        program, token = find_program(named), token_hex(8)
        driver = await async_playwright().start()
        try:
            program = program or driver.chromium.executable_path
            _check_there(program)
            server = f"--proxy-server=http://127.0.0.1:{proxy.port}"
            browser = await driver.chromium.launch(
                executable_path=program,
                args=[*FLAGS, server, f"--agentlab-watch={token}"],
                chromium_sandbox=os.geteuid() != 0,
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
            )
            line = await browser.new_browser_cdp_session()
            return cls(driver, browser, line, await _pid(line), token)
        except Error as error:
            await driver.stop()
            said = str(error).strip().splitlines()[0][:300]
            raise ToolFailed(
                "browser_failed", f"{program} does not start: {said}. Start it by hand to see why."
            ) from error
        except (ToolFailed, asyncio.CancelledError):
            await driver.stop()
            raise

    @property
    def alive(self) -> bool:
        """Whether it can be worked with."""
        return self._browser.is_connected()

    async def answers(self) -> bool:
        """Whether it does something when it is asked: one that was killed is found out before anything is begun."""
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._line.send("Browser.getVersion")
        except (TimeoutError, Error):
            return False
        return True

    async def context(self, gate: Gate) -> tuple[BrowserContext, Page]:
        """A fresh context whose every request shows the credential of ``gate``, with one page."""
        context = await self._browser.new_context(
            accept_downloads=False,
            service_workers="block",
            viewport={"width": WINDOW["width"], "height": WINDOW["height"]},
        )
        try:
            page = await context.new_page()
            await _introduce(context, page, gate)
        except (Error, asyncio.CancelledError):
            with suppress(Error):
                await context.close()
            raise
        return context, page

    def kill(self) -> None:
        """End the process at once; ``close`` then clears up after it."""
        _kill(self.pid)

    async def close(self) -> None:
        """End it, by force where it does not end by itself."""
        try:
            async with asyncio.timeout(CLOSE_S):
                with suppress(Error):
                    await self._browser.close()
        except TimeoutError:
            self.kill()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._driver.stop()
        except TimeoutError:
            pass  # it ends with this process
        finally:
            _dismiss(self._watcher)


async def _pid(line: CDPSession) -> int:
    about = await line.send("SystemInfo.getProcessInfo")
    return next(int(one["id"]) for one in about["processInfo"] if one["type"] == "browser")


async def _introduce(context: BrowserContext, page: Page, gate: Gate) -> None:
    """Show the credential once; Chromium then adds it to whatever the context asks for, workers and sockets included.

    Handing it to Playwright instead would halt each single request on its way.
    """
    session = await context.new_cdp_session(page)
    tasks: set[asyncio.Task[None]] = set()

    async def say(method: str, event: dict[str, str], **more: object) -> None:
        with suppress(Error):  # a page that is gone needs no answer
            await session.send(method, {"requestId": event["requestId"], **more})

    def answering(method: str, **more: object) -> Callable[[dict[str, str]], None]:
        def answer(event: dict[str, str]) -> None:
            task = asyncio.create_task(say(method, event, **more))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        return answer

    credential = {"response": "ProvideCredentials", "username": gate.name, "password": gate.secret}
    session.on("Fetch.authRequired", answering("Fetch.continueWithAuth", authChallengeResponse=credential))
    session.on("Fetch.requestPaused", answering("Fetch.continueRequest"))
    await session.send("Fetch.enable", {"handleAuthRequests": True, "patterns": [{"urlPattern": f"{HELLO}*"}]})
    await page.goto(HELLO)
    await session.send("Fetch.disable")
    await session.detach()


def _watch(pid: int, token: str) -> subprocess.Popen[bytes]:
    command = ["/bin/sh", "-c", _WATCH, "agentlab-watch", str(pid), token]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - a fixed command
        command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True
    )


def _dismiss(watcher: subprocess.Popen[bytes]) -> None:
    if watcher.stdin:
        with suppress(OSError):
            watcher.stdin.write(b"\n")
            watcher.stdin.close()
    with suppress(subprocess.TimeoutExpired):
        watcher.wait(timeout=1)


def _kill(pid: int) -> None:
    with suppress(OSError):
        if os.getpgid(pid) == pid:  # it leads a group of its own; never end ours
            os.killpg(pid, SIGKILL)
        else:
            os.kill(pid, SIGKILL)
