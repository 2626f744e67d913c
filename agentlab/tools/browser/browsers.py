"""The browser of this process: started with the first call, a session for each run, closed on every path."""

from __future__ import annotations

import asyncio
import atexit
import weakref
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

from agentlab.tools.browser.thread import LoopThread
from agentlab.tools.failure import ToolFailed
from agentlab.types import JSON, ToolContext

if TYPE_CHECKING:
    from agentlab.settings import Settings
    from agentlab.tools.browser.chromium import Chromium
    from agentlab.tools.browser.proxy import Proxy
    from agentlab.tools.browser.session import Session
    from agentlab.tools.egress import Egress, Resolve

MAX_SESSIONS = 32
"""Contexts open at the same time; the one that was not used for longest makes room."""
MAX_KNOWN = 1_000
"""Runs whose last address is remembered after their session was closed."""
STOP_S = 8
_LOST = {"timeout", "too_large", "page_crashed"}
"""Failures after which the page is not worked with any more."""


@dataclass
class Seat:
    """A run's place: one call at a time works on its page."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    session: Session | None = None
    last_url: str = ""
    """Where to go on after the session was lost; empty where nothing was open."""
    pressed: dict[str, JSON | None] = field(default_factory=dict)
    """The run's clicks, which a new session must not repeat."""
    used: float = 0.0


Work = Callable[["Session", str], Coroutine[Any, Any, Any]]
"""Works on a session; the second argument is the address that was open when an earlier session was lost."""


class Browsers:
    """All browser work of a process. Any event loop and any thread may call it; Playwright's objects stay in its own."""

    def __init__(self, settings: Settings, *, resolve: Resolve | None = None) -> None:
        self._settings = settings
        self._resolve = resolve
        self._thread = LoopThread("agentlab-browser")
        self._seats: OrderedDict[str, Seat] = OrderedDict()
        self._chromium: Chromium | None = None
        self._starting: asyncio.Lock | None = None
        self._proxy: Proxy | None = None
        self._egress: Egress | None = None
        self._used = monotonic()
        self._chores: set[asyncio.Task[Any]] = set()
        atexit.register(_close_at_exit, weakref.ref(self))

    async def use(self, context: ToolContext, work: Work, limit_s: float | None = None) -> Any:
        """What ``work`` gives back, done on the run's page within ``limit_s`` seconds. Raises ``ToolFailed``."""
        key = context.scope.run_id or context.scope.trace_id
        limit_s = limit_s or self._settings.browser_timeout_s
        return await self._thread.do(self._use(key, context.domains, work, limit_s))

    async def close_run(self, run_id: str) -> None:
        """The run has ended: close what it had open. Harmless where it had nothing."""
        if self._thread.running:
            await self._thread.do(self._leave(run_id))

    async def aclose(self) -> None:
        """Close all sessions and the browser; a later call starts it again."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """The same, for callers without a loop."""
        if not self._thread.running:
            return
        with suppress(TimeoutError, RuntimeError):
            self._thread.do_now(self._stop(), STOP_S)
        self._thread.stop()
        self._starting = self._proxy = self._chromium = None
        self._seats.clear()

    @property
    def pid(self) -> int | None:
        """Process id of Chromium; None where it does not run."""
        return self._chromium.pid if self._chromium and self._chromium.alive else None

    @property
    def open_runs(self) -> list[str]:
        """Ids of the runs (of the traces, outside a run) that have a page open."""
        return [key for key, seat in list(self._seats.items()) if seat.session]

    def check(self) -> Egress:
        """The guard of addresses, which pages are asked of before they are opened."""
        if self._egress is None:
            from agentlab.tools.egress import Egress, resolve

            self._egress = Egress(self._settings.egress_allow, resolve=self._resolve or resolve)
        return self._egress

    async def _use(self, key: str, domains: tuple[str, ...], work: Work, limit_s: float) -> Any:
        error_type = _error_type()
        from agentlab.tools.browser.trouble import told

        seat = self._seat(key)
        async with seat.lock:
            try:
                async with asyncio.timeout(limit_s):
                    session = await self._session(seat)
                    session.begin(domains)
                    found = await session.do(work(session, seat.last_url))
            except TimeoutError as error:
                where = _where(seat)
                await self._drop(seat)
                raise ToolFailed(
                    "timeout", f"{where} did not get ready within {limit_s:g} s; AGENTLAB_BROWSER_TIMEOUT_S sets it."
                ) from error
            except asyncio.CancelledError:
                self._later(self._drop(seat))
                raise
            except error_type as error:
                failed = told(error, _where(seat))
                if failed.error.kind in _LOST:
                    await self._drop(seat)
                raise failed from error
            except ToolFailed as failed:
                if failed.error.kind in _LOST:
                    await self._drop(seat)
                raise
            seat.last_url, seat.used = session.url or seat.last_url, monotonic()
            return found

    def _seat(self, key: str) -> Seat:
        seat = self._seats.setdefault(key, Seat())
        self._seats.move_to_end(key)
        seat.used = self._used = monotonic()
        idle = [other for other in self._seats.values() if other.session and not other.lock.locked()]
        for other in idle[: max(0, len(idle) - MAX_SESSIONS)]:
            self._later(self._drop(other))
        while len(self._seats) > MAX_KNOWN and next(iter(self._seats.values())).session is None:
            self._seats.popitem(last=False)
        return seat

    async def _session(self, seat: Seat) -> Session:
        from agentlab.tools.browser.gate import Gate
        from agentlab.tools.browser.session import Session

        chromium, proxy = await self._started()
        if seat.session and not seat.session.on(chromium):
            await self._drop(seat)
        if seat.session is None:
            gate = Gate(self.check(), self._settings.browser_max_bytes)
            seat.session = await Session.open(chromium, gate, proxy, self._settings.browser_timeout_s)
            seat.session.pressed = seat.pressed
        return seat.session

    async def _started(self) -> tuple[Chromium, Proxy]:
        """Chromium and its proxy, running."""
        from agentlab.tools.browser.chromium import Chromium
        from agentlab.tools.browser.proxy import Proxy

        self._starting = self._starting or asyncio.Lock()
        async with self._starting:
            if self._proxy is None:
                proxy = Proxy()
                await proxy.start()
                self._proxy = proxy
                self._later(self._sweep())
            if self._chromium and not (self._chromium.alive and await self._chromium.answers()):
                self._chromium.kill()
                await self._chromium.close()
                self._chromium = None
            if self._chromium is None:
                self._chromium = await Chromium.start(self._settings.chromium, self._proxy)
            return self._chromium, self._proxy

    async def _drop(self, seat: Seat) -> None:
        session, seat.session = seat.session, None
        if session is not None and not await session.close() and self._chromium:
            # It does not even close a context: the whole process hangs.
            chromium, self._chromium = self._chromium, None
            chromium.kill()
            await chromium.close()

    async def _leave(self, key: str) -> None:
        if seat := self._seats.pop(key, None):
            await self._drop(seat)

    async def _sweep(self) -> None:
        """Close what has been idle for too long, for as long as the thread lives."""
        idle_s = self._settings.browser_idle_s
        while True:
            await asyncio.sleep(min(5.0, idle_s / 4))
            before = monotonic() - idle_s
            for seat in list(self._seats.values()):
                if seat.session and seat.used < before and not seat.lock.locked():
                    await self._drop(seat)
            busy = any(seat.session or seat.lock.locked() for seat in self._seats.values())
            if self._chromium and not busy and self._used < before:
                chromium, self._chromium = self._chromium, None
                await chromium.close()

    async def _stop(self) -> None:
        chromium, self._chromium = self._chromium, None
        if chromium:
            await chromium.close()
        if self._proxy:
            await self._proxy.close()

    def _later(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)


def _where(seat: Seat) -> str:
    return (seat.session.asked if seat.session else "") or seat.last_url or "The page"


def _error_type() -> type[Exception]:
    """Playwright's error. Raises ``ToolFailed`` (``browser_missing``) where there is no Playwright."""
    try:
        from agentlab.tools.browser.chromium import Error
    except ImportError as error:
        raise ToolFailed(
            "browser_missing", "Playwright is missing; install it with: pip install 'agentlab-bench[browser]'."
        ) from error
    return Error


def _close_at_exit(browsers: weakref.ref[Browsers]) -> None:
    if (found := browsers()) is not None:
        found.close()
