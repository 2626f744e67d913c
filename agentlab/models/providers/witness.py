"""What really came over the wire. SDKs end a stream that was cut as cheerfully as one that is whole; a witness does not.

A witness sits between the SDK and its connection and reads along: whether the interface's last mark came, whether each
event is JSON, what usage was counted until then, when the first byte came.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from typing import Any, Literal

import httpx2

from agentlab.models.providers.access import Dialect
from agentlab.models.providers.wire import LAST_MARK, Reading

CURRENT: ContextVar[Witness | None] = ContextVar("agentlab_witness", default=None)
"""The witness of the request that this task makes."""
Problem = Literal["", "cut", "garbled", "failed"]
_KEPT = 4_000_000
"""Bytes of an answer that is no stream which are kept to be read; longer ones are not looked into."""


class Witness:
    """Of one request. Ask it when the SDK is done, or has failed."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.first_byte_at: float | None = None
        """By ``time.perf_counter``."""
        self.ended = False
        """The server ended its answer; no connection broke."""
        self.blind = False
        """The answer was packed in a way that cannot be read along."""
        self.streamed = False
        self.bytes = 0
        self._reading = Reading(dialect)
        self._whole: list[bytes] = []
        self._line = b""

    @property
    def request_id(self) -> str:
        """The provider's number of the request, for its support."""
        return next((self.headers[name] for name in _REQUEST_IDS if self.headers.get(name)), "")

    @property
    def usage(self) -> dict[str, Any] | None:
        """What the provider has counted so far, as it says it; None where it has said nothing."""
        return self._reading.usage

    @property
    def body(self) -> bytes:
        """The answer, where it is no stream."""
        return b"".join(self._whole)

    def problem(self) -> tuple[Problem, str]:
        """What keeps the answer from being whole, and a sentence about it; empty texts where nothing does.

        ``cut``: it ended too early; ``garbled``: it is none; ``failed``: an error came in its place.
        """
        if self.status is None or self.status >= 400 or self.blind:
            return "", ""
        if self._reading.garbled:
            return "garbled", self._reading.garbled
        if not self.bytes:
            return "garbled", "The answer is empty."
        if not self.streamed:
            return self._problem_of_whole()
        if not self.ended:
            return "cut", "The connection broke in the middle of the answer."
        if not self._reading.finished:
            return "cut", f"The stream ended without its last mark ({LAST_MARK[self.dialect]})."
        return "", ""

    def _problem_of_whole(self) -> tuple[Problem, str]:
        start = self.body[:200].lstrip().lower()
        if start.startswith((b"<!doctype", b"<html", b"<")):
            return "garbled", "A web page came back instead of an answer."
        if not self.ended:
            return "cut", "The connection broke in the middle of the answer."
        if not self._reading.whole(self.body):
            return "garbled", "The answer is no JSON object."
        return ("failed", self._reading.error) if self._reading.error else ("", "")

    def met(self, response: httpx2.Response) -> None:
        """The head of the answer is here."""
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.streamed = "event-stream" in self.headers.get("content-type", "")

    def took(self, chunk: bytes) -> None:
        """A piece of the answer, unpacked."""
        if self.first_byte_at is None:
            self.first_byte_at = time.perf_counter()
        self.bytes += len(chunk)
        if not self.streamed:
            if self.bytes <= _KEPT:
                self._whole.append(chunk)
            else:
                self.blind = True
            return
        *lines, self._line = (self._line + chunk).split(b"\n")
        for line in lines:
            self._reading.line(line.rstrip(b"\r"))

    def end(self) -> None:
        """The server has ended its answer."""
        self.ended = True
        if self.streamed:
            self._reading.line(self._line.rstrip(b"\r"))
            self._line = b""


_REQUEST_IDS = ("request-id", "x-request-id", "x-goog-request-id", "x-amzn-requestid")


class WitnessedTransport(httpx2.AsyncBaseTransport):
    """A transport that lets the current witness read along."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """As the transport underneath."""
        response = await self._inner.handle_async_request(request)
        if witness := CURRENT.get():
            witness.met(response)
            unpack = _unpacking(response.headers.get("content-encoding", ""))
            if unpack is None:
                witness.blind = True
            elif isinstance(response.stream, httpx2.AsyncByteStream):
                response.stream = _ReadAlong(response.stream, witness, unpack)
        return response

    async def aclose(self) -> None:
        """Close the transport underneath."""
        await self._inner.aclose()


class _ReadAlong(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, witness: Witness, unpack: Callable[[bytes], bytes]) -> None:
        self._inner = inner
        self._witness = witness
        self._unpack = unpack

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._witness.took(self._unpack(chunk))
            yield chunk
        self._witness.end()

    async def aclose(self) -> None:
        await self._inner.aclose()


def _unpacking(encoding: str) -> Callable[[bytes], bytes] | None:
    match encoding.strip().lower():
        case "" | "identity":
            return bytes
        case "gzip" | "deflate" | "x-gzip":
            return zlib.decompressobj(wbits=47).decompress
    return None
