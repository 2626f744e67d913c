"""One run's part of the browser: a context of its own, the page that is open, and what happened while a call worked."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from agentlab.tools.browser.chromium import CLOSE_S, Chromium, Error, Page
from agentlab.tools.browser.gate import Gate
from agentlab.tools.browser.proxy import Proxy
from agentlab.tools.failure import ToolFailed
from agentlab.types import JSON

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, ConsoleMessage, Dialog, Download, Request, Response

T = TypeVar("T")
MAX_PAGES = 6
"""Pages of one run at the same time: one and five pop-ups; further ones are closed at once."""
MAX_NOTED = 10
"""Dialogs, pop-ups, downloads and console errors that a result tells, of each."""
_SHOWN = 300


@dataclass
class Noticed:
    """What happened while one call worked."""

    dialogs: list[JSON] = field(default_factory=list)
    popups: list[str] = field(default_factory=list)
    downloads: list[JSON] = field(default_factory=list)
    console: list[str] = field(default_factory=list)


class Session:
    """A context with the page that is open in it. Everything here belongs to the browser's loop."""

    def __init__(self, chromium: Chromium, context: BrowserContext, page: Page, gate: Gate, proxy: Proxy) -> None:
        self._chromium = chromium
        self.page = page
        self.gate = gate
        self.answer: Response | None = None
        """What the page that is open was answered with."""
        self.asked = ""
        """Address of the last page that was asked for, redirects included."""
        self.crashed = False
        self.spoiled = False
        """True where an address could not be opened: Chromium's own page about that is there, or on its way."""
        self.loading: set[Request] = set()
        self.pressed: dict[str, JSON | None] = {}
        """What came of each click, by its idempotency key; None where that was not seen."""
        self._context = context
        self._proxy = proxy
        self._renewing = False
        self._noticed = Noticed()
        self._listen()
        self._take_in(page)

    @classmethod
    async def open(cls, chromium: Chromium, gate: Gate, proxy: Proxy, limit_s: float) -> Session:
        """A fresh session of ``chromium``, which shows the credential of ``gate``."""
        proxy.admit(gate)
        context, page = await chromium.context(gate)
        context.set_default_timeout(limit_s * 1_000)
        return cls(chromium, context, page, gate, proxy)

    def begin(self, domains: tuple[str, ...]) -> None:
        """A call begins."""
        self.gate.begin(domains)
        self._noticed = Noticed()
        if self.page.is_closed() and (left := [page for page in self._context.pages if not page.is_closed()]):
            self.page = left[-1]

    @property
    def url(self) -> str:
        """Address of the page that is open; empty where none is."""
        url = "" if self.page.is_closed() or self.crashed or self.spoiled else self.page.url
        return "" if url.startswith(("about:blank", "chrome-error:", "http://agentlab.invalid/")) else url

    def noticed(self) -> JSON:
        """What the result tells besides: hosts that were blocked, dialogs, pop-ups, downloads, errors of the console."""
        seen = self._noticed
        return {
            "blocked": list(self.gate.blocked),
            "dialogs": list(seen.dialogs),
            "popups": list(seen.popups),
            "downloads": list(seen.downloads),
            "console": list(seen.console),
        }

    def told_apart(self) -> tuple[int, int, int]:
        """How much has been noticed; grows when something happens."""
        return len(self._noticed.dialogs), len(self._noticed.popups), len(self._noticed.downloads)

    def clicked_before(self, key: str) -> JSON | None:
        """What came of the click of this idempotency key; None where there was none. Raises ``ToolFailed`` (``unconfirmed``)."""
        if not key or key not in self.pressed:
            return None
        if (came := self.pressed[key]) is None:
            raise ToolFailed(
                "unconfirmed",
                "This click was made before, and the page was lost before it was seen what came of it. It is not made again."
                " Look at the page with browser.extract.",
            )
        return came

    def check_size(self) -> None:
        """Raise ``ToolFailed`` where the page has loaded more than it may."""
        if self.gate.filled.is_set():
            raise self.gate.overfull()

    def newest(self) -> Page:
        """The page that opened last."""
        return next((page for page in reversed(self._context.pages) if not page.is_closed()), self.page)

    def on(self, chromium: Chromium) -> bool:
        """Whether this is a session of ``chromium`` that can still be worked with."""
        return self._chromium is chromium and chromium.alive and not self.crashed and not self.gate.filled.is_set()

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` gives, unless the page loads more than it may. Raises ``ToolFailed`` (``too_large``)."""
        working = asyncio.create_task(work)
        filled = asyncio.create_task(self.gate.filled.wait())
        try:
            await asyncio.wait((working, filled), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            raise self.gate.overfull()
        finally:
            for task in (working, filled):
                task.cancel()
            await asyncio.gather(working, filled, return_exceptions=True)

    async def renew(self) -> None:
        """Go on with a new page in place of the one that is spoiled."""
        self._renewing = True
        try:
            self.page = await self._context.new_page()
        finally:
            self._renewing = False
        self._take_in(self.page)
        self.spoiled = False
        await self.close_others()

    async def close_others(self) -> None:
        """Close what opened beside the page."""
        for page in self._context.pages:
            if page is not self.page:
                with suppress(Error):
                    await page.close()

    async def close(self) -> bool:
        """Close the context and forget its credential; False where the browser does not answer."""
        self._proxy.forget(self.gate)
        try:
            async with asyncio.timeout(CLOSE_S):
                with suppress(Error):
                    await self._context.close()
        except TimeoutError:
            return False
        return True

    def _listen(self) -> None:
        context = self._context
        context.on("page", self._opened)
        context.on("dialog", self._dismiss)
        context.on("console", self._heard)
        context.on("weberror", lambda problem: self._note_error(str(problem.error)))
        context.on("request", self._asks)
        context.on("response", self._answered)
        context.on("requestfinished", self._done)
        context.on("requestfailed", self._done)

    def _take_in(self, page: Page) -> None:
        page.on("download", self._refuse)
        page.on("crash", self._crash)
        page.on("close", self._closed)

    async def _opened(self, page: Page) -> None:
        if page is self.page or self._renewing:
            return
        self._take_in(page)
        with suppress(Error):
            if len(self._context.pages) > MAX_PAGES:
                await page.close()
            elif len(self._noticed.popups) < MAX_NOTED:
                self._noticed.popups.append(page.url)
                await page.wait_for_load_state("domcontentloaded")
                place = self._noticed.popups
                if "about:blank" in place or "" in place:
                    place[place.index("about:blank" if "about:blank" in place else "")] = page.url

    async def _dismiss(self, dialog: Dialog) -> None:
        if len(self._noticed.dialogs) < MAX_NOTED:
            self._noticed.dialogs.append({"kind": dialog.type, "text": dialog.message[:_SHOWN]})
        with suppress(Error):
            if dialog.type == "beforeunload":
                await dialog.accept()
            else:
                await dialog.dismiss()

    def _refuse(self, download: Download) -> None:
        if len(self._noticed.downloads) < MAX_NOTED:
            name = download.suggested_filename[:_SHOWN]
            self._noticed.downloads.append({"name": name, "url": download.url[:_SHOWN]})

    def _crash(self, page: Page) -> None:
        if page is self.page:
            self.crashed = True

    def _closed(self, page: Page) -> None:
        """What a page was loading when it closed is never told to be done."""
        self.loading = {request for request in self.loading if _page_of(request) not in (None, page)}

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
            self._note_error(message.text)

    def _note_error(self, text: str) -> None:
        if len(self._noticed.console) < MAX_NOTED:
            self._noticed.console.append(text[:_SHOWN])

    def _asks(self, request: Request) -> None:
        if self._is_of_page(request):
            self.asked = request.url
        self.loading.add(request)

    def _done(self, request: Request) -> None:
        self.loading.discard(request)

    def _answered(self, response: Response) -> None:
        if self._is_of_page(response.request):
            self.answer = response

    def _is_of_page(self, request: Request) -> bool:
        try:
            return request.is_navigation_request() and request.frame == self.page.main_frame
        except Error:  # the frame of a page that is only just opening
            return False


def _page_of(request: Request) -> Page | None:
    try:
        return request.frame.page
    except Error:  # the frame of a page that is only just opening, or of none
        return None


def no_page() -> ToolFailed:
    """Nothing is open."""
    return ToolFailed("no_page", "No page is open in the browser; use browser.navigate first.")
