"""The one way out of the browser: a proxy on loopback that checks every connection and makes it itself.

It connects to the very address that the guard has checked, so a name that leads elsewhere a moment later gains nothing.
Each browser context shows a credential of its own; who has none is told nothing but 407, Chromium's own errands included.
One connection carries one request: what comes after it is never read, so nothing passes unchecked.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hmac import compare_digest

import httpx

from agentlab.tools.browser.gate import Gate
from agentlab.tools.egress import read_url
from agentlab.tools.failure import ToolFailed

HELLO = "http://agentlab.invalid/"
"""Answered by the proxy itself; a context shows its credential there first."""
CONNECT_S = 10
MAX_HEAD = 256 * 1024
_CHUNK = 64 * 1024
_OURS = {"connection", "keep-alive", "upgrade", "te", "trailer", "expect", "host"}
_GREETING = b"<!doctype html><link rel=icon href='data:,'>"


@dataclass(frozen=True, slots=True)
class Head:
    """Start line and headers of a message."""

    start: str
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, raw: bytes) -> Head:
        """The head in ``raw``. Raises ``ValueError``."""
        start, *lines = raw.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        pairs = [line.split(":", 1) for line in lines]
        return cls(start, tuple((name.strip(), value.strip()) for name, value in pairs))

    def get(self, name: str) -> str:
        """The value of a header, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def written(self, start: str, *more: str) -> bytes:
        """As bytes, with another start line, and without the headers that end at this proxy."""
        kept = [f"{name}: {value}" for name, value in self.headers if not _ends_here(name.lower())]
        return "\r\n".join([start, *more, *kept, "Connection: close", "", ""]).encode("latin-1")


def _ends_here(name: str) -> bool:
    return name in _OURS or name.startswith("proxy-")


class Proxy:
    """Listens on a free port of loopback."""

    def __init__(self) -> None:
        self.port = 0
        self._gates: dict[str, Gate] = {}
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=MAX_HEAD)
        self.port = self._server.sockets[0].getsockname()[1]

    def admit(self, gate: Gate) -> None:
        """Serve who shows the credential of ``gate``."""
        self._gates[gate.name] = gate

    def forget(self, gate: Gate) -> None:
        """Serve it no more."""
        self._gates.pop(gate.name, None)

    async def close(self) -> None:
        """End all connections."""
        if self._server:
            self._server.close()
        for task in self._connections:
            task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a connection is served in a task
        self._connections.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, EOFError, asyncio.LimitOverrunError, ValueError, ToolFailed):
            pass  # the other side is gone, or says nothing that can be read: there is nobody to tell
        except asyncio.CancelledError:
            pass  # the proxy closes
        finally:
            self._connections.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(CONNECT_S):
            head = Head.read(await reader.readuntil(b"\r\n\r\n"))
        method, target, _ = head.start.split(" ", 2)
        gate = self._gate_of(head)
        if gate is None:
            return await _answer(writer, "407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="lab"')
        if target == HELLO:
            return await _answer(writer, "200 OK", "Content-Type: text/html", body=_GREETING)
        tunnel = method == "CONNECT"
        url = read_url(f"{'https' if target.endswith(':443') else 'http'}://{target}" if tunnel else target)
        try:
            beyond = await _connect(gate, url)
        except ToolFailed:
            return await _answer(writer, "502 Refused")
        try:
            if tunnel:
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                await _ask(head, method, url, reader, beyond[1])
            await _relay((reader, writer), beyond, gate, tunnel=tunnel)
        finally:
            beyond[1].close()

    def _gate_of(self, head: Head) -> Gate | None:
        kind, _, code = head.get("proxy-authorization").partition(" ")
        with suppress(ValueError):
            name, _, secret = b64decode(code, validate=True).decode().partition(":")
            gate = self._gates.get(name)
            if kind.lower() == "basic" and gate and compare_digest(secret.encode(), gate.secret.encode()):
                return gate
        return None


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _connect(gate: Gate, url: httpx.URL) -> Stream:
    """A connection to an address of ``url`` that passed the guard. Raises ``ToolFailed``, which the gate keeps."""
    failed = ToolFailed("connect", f"The host {url.host} has no address.")
    port = url.port or (443 if url.scheme == "https" else 80)
    for address in await gate.addresses(url):
        try:
            async with asyncio.timeout(CONNECT_S):
                return await asyncio.open_connection(address, port, limit=MAX_HEAD)
        except TimeoutError:
            failed = ToolFailed("timeout", f"{url.host}:{port} did not take the connection within {CONNECT_S} s.")
        except OSError as error:
            failed = ToolFailed("connect", f"Nothing answers at {url.host}:{port} ({error}). Is the server up?")
    gate.refuse(url, failed)
    raise failed


async def _ask(
    head: Head, method: str, url: httpx.URL, reader: asyncio.StreamReader, beyond: asyncio.StreamWriter
) -> None:
    """Send one request on: its head rewritten, and exactly as much body as it says."""
    if head.get("transfer-encoding"):
        raise ValueError("a request in chunks is not passed on")
    host = url.netloc.decode("ascii")
    beyond.write(head.written(f"{method} {url.raw_path.decode('ascii')} HTTP/1.1", f"Host: {host}"))
    left = int(head.get("content-length") or 0)
    while left > 0 and (chunk := await reader.read(min(left, _CHUNK))):
        left -= len(chunk)
        beyond.write(chunk)
        await beyond.drain()
    await beyond.drain()


async def _relay(near: Stream, beyond: Stream, gate: Gate, *, tunnel: bool) -> None:
    """Pass bytes on until one side has said all. Of a plain request, only the answer is passed."""
    down = asyncio.create_task(_answered(beyond[0], near[1], gate.count, plain=not tunnel))
    up = asyncio.create_task(_pipe(near[0], beyond[1] if tunnel else None, lambda size: None))
    try:
        await asyncio.wait((down, up), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (down, up):
            task.cancel()
        await asyncio.gather(down, up, return_exceptions=True)


async def _answered(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, count: Callable[[int], None], *, plain: bool
) -> None:
    status = "100"
    while plain and status.startswith("1"):
        raw = await source.readuntil(b"\r\n\r\n")
        count(len(raw))
        head = Head.read(raw)
        protocol, status, *reason = head.start.split(" ", 2)
        if status == "407":  # a site must not speak as if it were this proxy
            status = "403"
        if not status.startswith("1"):
            sink.write(head.written(" ".join([protocol, status, *reason])))
    await _pipe(source, sink, count)


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter | None, count: Callable[[int], None]) -> None:
    while chunk := await source.read(_CHUNK):
        count(len(chunk))
        if sink:
            sink.write(chunk)
            await sink.drain()


async def _answer(writer: asyncio.StreamWriter, status: str, *headers: str, body: bytes = b"") -> None:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
    writer.write("\r\n".join(lines).encode("latin-1") + body)
    await writer.drain()
