"""A server on loopback that speaks the interfaces of Anthropic, OpenAI and Google, with faults where they are wanted.

::

    with ProviderServer() as server:
        lab = agentlab.open(anthropic_base_url=server.url("429x1"), anthropic_api_key="any")
        lab.ask("Hello", model="anthropic:claude-sonnet-5-5")  # 429 once, then an answer
        server.requests                                        # what was asked

A fault is in the address: ``NAME`` always, ``NAMExN`` for the first N requests to that address. ``reply`` may be a function
of what was asked; one that returns ``Raw`` answers byte for byte.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agentlab.testing.http import abort, head, send, waits
from agentlab.testing.speech import (
    Interface,
    Raw,
    Reply,
    error_body,
    error_event,
    events,
    interface_of,
    is_count,
    tokens_counted,
    whole,
)
from agentlab.types import JSON

FAULTS: dict[str, str] = {
    "400": "the request is wrong",
    "401": "the key is wrong",
    "403": "the key may not do this",
    "404": "no such model",
    "429": "too many requests, asked again after 1 s (Retry-After: 1)",
    "429ms": "too many requests, asked again after 50 ms (retry-after-ms)",
    "429date": "too many requests, asked again at a date (Retry-After: a date)",
    "429n": "too many requests, without a word about when",
    "429long": "too many requests, asked again after an hour",
    "500": "something broke",
    "503": "not available",
    "529": "overloaded",
    "reset": "the connection breaks before the answer",
    "hang": "no answer comes",
    "stall": "the answer stops in the middle, the connection stays",
    "cut": "the connection breaks in the middle of the answer",
    "early": "the answer ends in the middle, cleanly",
    "html": "a web page, status 200",
    "empty": "nothing, status 200",
    "badjson": "JSON that breaks off, status 200",
    "garbled": "an event that is no JSON, status 200",
    "errorevent": "an error inside the answer, status 200",
    "toolcut": "a tool call that has no end",
    "nousage": "no word about tokens",
}
"""What can go wrong, by name."""
_TIMES = re.compile(r"(.+)x(\d+)")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came in."""

    interface: Interface
    path: str
    headers: dict[str, str]
    body: JSON
    fault: str
    """Empty where it was answered as it should be."""


class ProviderServer:
    """Answers each request with what ``reply`` makes of it; in a thread of its own while entered."""

    def __init__(
        self,
        reply: Reply | Callable[[Asked], Reply | Raw] = Reply(),  # noqa: B008  # frozen
        *,
        between_events_s: float = 0.0,
    ) -> None:
        self.reply = reply
        self.requests: list[Asked] = []
        self.between_s = between_events_s
        """Seconds between two events of a stream."""
        self._served: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._port = 0

    def url(self, fault: str = "", *, version: bool = False) -> str:
        """A base URL; ``version`` adds the ``/v1`` that OpenAI's clients want in it."""
        return f"http://127.0.0.1:{self._port}{f'/f/{fault}' if fault else ''}{'/v1' if version else ''}"

    def settings(self, fault: str = "") -> dict[str, str]:
        """Settings of a lab whose three providers are all this server."""
        key = "sk-test-0123456789abcdef"
        return {
            "anthropic_base_url": self.url(fault),
            "anthropic_api_key": key,
            "openai_base_url": self.url(fault, version=True),
            "openai_api_key": key,
            "google_base_url": self.url(fault),
            "google_api_key": key,
        }

    def reset(self) -> None:
        """Forget what was asked, and how often each fault has struck."""
        self.requests.clear()
        self._served.clear()

    def __enter__(self) -> ProviderServer:
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop)
        self._port = server.result(timeout=10).sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(_stop_all(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        try:
            while (asked := await self._read(reader)) and not writer.is_closing():
                await self._answer(asked, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Asked | None:
        top = await reader.readuntil(b"\r\n\r\n")
        first, *lines = top.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = await reader.readexactly(int(headers.get("content-length") or 0))
        path = first.split(" ")[1]
        interface = interface_of(path)
        if interface is None:
            return None
        fault = self._fault_of(path)
        asked = Asked(interface, path, headers, json.loads(body or b"{}"), fault)
        self.requests.append(asked)
        return asked

    def _fault_of(self, path: str) -> str:
        if not path.startswith("/f/"):
            return ""
        fault = path.split("/")[2]
        self._served[fault] += 1
        limited = _TIMES.fullmatch(fault)
        if limited is None:
            return fault
        return limited[1] if self._served[fault] <= int(limited[2]) else ""

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.fault == "hang":
            await asyncio.sleep(3_600)
        if asked.fault == "reset":
            abort(writer)
        elif asked.fault[:3].isdigit():
            status = int(asked.fault[:3])
            body = json.dumps(error_body(asked.interface, status, f"injected {status}")).encode()
            await send(writer, body, status=status, headers=waits(asked.fault))
        elif asked.fault in {"html", "empty"}:
            page = b"<!DOCTYPE html><html><body>Sign in</body></html>" if asked.fault == "html" else b""
            await send(writer, page, kind="text/html" if page else "application/json")
        else:
            reply = self._reply_to(asked)
            if isinstance(reply, Raw):
                await self._raw(reply, writer)
            elif is_count(asked.path):
                await send(writer, json.dumps(tokens_counted(asked.interface, reply)).encode())
            elif _streamed(asked):
                await self._stream(asked, reply, writer)
            else:
                await self._whole(asked, reply, writer)

    def _reply_to(self, asked: Asked) -> Reply | Raw:
        reply = self.reply if isinstance(self.reply, Reply) else self.reply(asked)
        if isinstance(reply, Raw):
            return reply
        if asked.fault == "nousage":
            return replace(reply, counted=False)
        if asked.fault == "toolcut":
            calls = reply.tool_calls or (("lookup", {"query": "forty-two"}),)
            return replace(reply, tool_calls=calls, broken_call=True, stop="length")
        return reply

    async def _whole(self, asked: Asked, reply: Reply, writer: asyncio.StreamWriter) -> None:
        body = json.dumps(whole(asked.interface, reply, _model(asked))).encode()
        match asked.fault:
            case "badjson" | "early" | "garbled":
                await send(writer, body[: len(body) * 2 // 3])
            case "errorevent":
                await send(writer, json.dumps(error_body(asked.interface, 500, "It broke.")).encode())
            case "cut" | "stall":
                await send(writer, body[: len(body) // 2], length=len(body))
                await asyncio.sleep(0.02 if asked.fault == "cut" else 3_600)
                abort(writer)
            case _:
                await send(writer, body)

    async def _stream(self, asked: Asked, reply: Reply, writer: asyncio.StreamWriter) -> None:
        told = events(asked.interface, reply, _model(asked))
        middle = len(told) // 2
        match asked.fault:
            case "badjson" | "garbled":
                told[middle] = told[middle][: len(told[middle]) // 2].rstrip() + b"\n\n"
            case "early" | "cut" | "stall":
                told = told[:middle]
            case "errorevent":
                told = [*told[:middle], error_event(asked.interface)]
        await self._say(told, writer)
        if asked.fault in {"cut", "stall"}:
            await asyncio.sleep(0.02 if asked.fault == "cut" else 3_600)
            abort(writer)
        else:
            writer.write(b"0\r\n\r\n")
            await writer.drain()

    async def _raw(self, raw: Raw, writer: asyncio.StreamWriter) -> None:
        if isinstance(raw.body, bytes):
            await send(writer, raw.body, status=raw.status, kind=raw.kind, headers=raw.headers)
            return
        await self._say(raw.body, writer)
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def _say(self, told: Sequence[bytes], writer: asyncio.StreamWriter) -> None:
        """A stream event by event, without its end."""
        writer.write(head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"}))
        for event in told:
            writer.write(b"%x\r\n%s\r\n" % (len(event), event))
            await writer.drain()
            if self.between_s:
                await asyncio.sleep(self.between_s)


async def _stop_all() -> None:
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


def _streamed(asked: Asked) -> bool:
    return "streamGenerateContent" in asked.path if asked.interface == "google" else bool(asked.body.get("stream"))


def _model(asked: Asked) -> str:
    if asked.interface == "google":
        return asked.path.rpartition("/models/")[2].partition(":")[0]
    return str(asked.body.get("model"))
