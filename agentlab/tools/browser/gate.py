"""What one run's pages may reach, and how much they may load; what was refused is kept for the result."""

from __future__ import annotations

import asyncio
from secrets import token_urlsafe

import httpx

from agentlab.tools.egress import Egress
from agentlab.tools.failure import ToolFailed

MAX_BLOCKED = 20
"""Hosts that a result names as blocked."""


def place(url: httpx.URL) -> str:
    """``host:port`` of a URL."""
    return f"{url.raw_host.decode('ascii').lower()}:{url.port or (443 if url.scheme in ('https', 'wss') else 80)}"


class Gate:
    """The guard of one session. ``name`` and ``secret`` are what its browser context shows to the proxy."""

    def __init__(self, egress: Egress, max_bytes: int) -> None:
        self.name = token_urlsafe(9)
        self.secret = token_urlsafe(24)
        self.domains: tuple[str, ...] = ()
        self.blocked: list[str] = []
        self.refused: dict[str, ToolFailed] = {}
        """Why ``host:port`` could not be reached, since the call began."""
        self._egress = egress
        self._max_bytes = max_bytes
        self._bytes = 0
        self.filled = asyncio.Event()
        """Set once the page has loaded more than it may."""

    def begin(self, domains: tuple[str, ...]) -> None:
        """A call begins, in a run or skill that may reach ``domains``."""
        self.domains = domains
        self.blocked, self.refused = [], {}

    def count_anew(self) -> None:
        """What follows belongs to a new page."""
        self._bytes = 0
        self.filled.clear()

    def overfull(self) -> ToolFailed:
        """How that is told."""
        return ToolFailed(
            "too_large",
            f"The page loads more than {self._max_bytes:,} bytes. Open a smaller page, or raise AGENTLAB_BROWSER_MAX_BYTES.",
        )

    async def addresses(self, url: httpx.URL) -> list[str]:
        """Addresses that may be connected to. Raises ``ToolFailed`` (``blocked``, ``dns``, ``too_large``)."""
        try:
            if self.filled.is_set():
                raise self.overfull()
            return await self._egress.addresses(url, self.domains)
        except ToolFailed as failed:
            self.refuse(url, failed)
            raise

    def refuse(self, url: httpx.URL, failed: ToolFailed) -> None:
        """Keep why ``url`` was not reached."""
        self.refused[place(url)] = failed
        if failed.error.kind == "blocked" and url.host not in self.blocked and len(self.blocked) < MAX_BLOCKED:
            self.blocked.append(url.host)

    def count(self, size: int) -> None:
        """``size`` more bytes have come. Raises ``ToolFailed`` (``too_large``)."""
        self._bytes += size
        if self._bytes > self._max_bytes:
            self.filled.set()
            raise self.overfull()
