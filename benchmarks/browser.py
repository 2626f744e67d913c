"""What the tool layer adds to a browser: warm ``browser.navigate`` against bare Playwright on the same page, in turns.

Both have their Chromium, with the same flags but for the proxy, and their page open. Bare is what one would write by hand: goto, title and the text of the body. The tool
goes through the proxy that checks every connection, waits until the page has loaded, and reads its text and its links. ``empty`` is a
call of the tool layer that does nothing in the browser: threads, locks and the edge of the tool. Medians of 40 each, in milliseconds.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from agentlab.settings import Settings
from agentlab.tools.browser import Browsers, browser_tools
from agentlab.tools.browser.chromium import FLAGS, find_program
from agentlab.tools.drive import Drive
from agentlab.types import Scope, ToolContext

CALLS = 40
ROWS = "".join(f"<tr><td>Tea {n}</td><td>{n}.20</td><td><a href='/tea/{n}'>more</a></td></tr>" for n in range(200))
PARTS = {
    "/style.css": ("text/css", "body { font: 16px serif }"),
    "/app.js": ("text/javascript", "document.body.dataset.ready = 1"),
    "/leaf.svg": ("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"),
}
PAGE = (
    "<!doctype html><title>Teas</title><link rel=stylesheet href=/style.css><link rel=icon href='data:,'>"
    f"<h1>Teas</h1><img src=/leaf.svg><p>{'Picked by hand in May. ' * 200}</p><table>{ROWS}</table><script src=/app.js></script>"
)


class Handler(BaseHTTPRequestHandler):
    """A page with a style, a script and a picture, none of which may be cached."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else kept connections, which only the bare browser has here, wait for each other
    wbufsize = -1

    def do_GET(self) -> None:
        """Answer."""
        kind, body = PARTS.get(self.path, ("text/html", PAGE))
        self.send_response(200)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[int]:
    """The port of a server that is up inside the ``with``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


async def took(work: Callable[[], Awaitable[Any]]) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1_000


async def measure(port: int, home: Path) -> dict[str, list[float]]:
    """Milliseconds of each call, in turns."""
    url, settings = f"http://127.0.0.1:{port}/", Settings(home=home, egress_allow=f"127.0.0.1:{port}")
    settings.prepare_home()
    browsers = Browsers(settings)
    navigate = browser_tools(browsers, Drive(settings.drive), settings)[0]
    context = ToolContext(scope=Scope.of_run("run_1"))

    async def tool() -> None:
        result = await navigate.execute({"url": url}, context)
        assert result.success, result.error

    async def nothing(session: Any, last_url: str) -> None:
        return None

    async with async_playwright() as playwright:
        program = find_program("") or None
        flags = [flag for flag in FLAGS if not flag.startswith(("--proxy", "--host-resolver"))]
        sandbox = os.geteuid() != 0
        browser = await playwright.chromium.launch(executable_path=program, args=flags, chromium_sandbox=sandbox)
        page = await browser.new_page(viewport={"width": 1280, "height": 900})

        async def bare() -> None:
            await page.goto(url)
            await page.title()
            await page.inner_text("body")

        works: dict[str, Callable[[], Awaitable[Any]]] = {
            "bare": bare,
            "tool": tool,
            "empty": lambda: browsers.use(context, nothing),
        }
        for work in works.values():
            for _ in range(3):
                await work()
        times: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(CALLS):
            for name, work in works.items():
                times[name].append(await took(work))
        await browser.close()
    await browsers.aclose()
    return times


def main() -> None:
    """Print the medians and their ratio."""
    with tempfile.TemporaryDirectory() as home, serving() as port:
        times = asyncio.run(measure(port, Path(home)))
    middle = {name: statistics.median(each) for name, each in times.items()}
    print(f"bare Playwright   {middle['bare']:6.1f} ms")
    print(f"browser.navigate  {middle['tool']:6.1f} ms   {middle['tool'] / middle['bare']:.2f} times as long")
    print(f"the tool layer    {middle['empty']:6.2f} ms   of it, without any work in the browser")


if __name__ == "__main__":
    main()
