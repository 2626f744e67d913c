"""Answers over a plain connection: heads, bodies, and the words about when to come again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus


def waits(fault: str) -> dict[str, str]:
    """Headers that say when to come again, by the name of the fault."""
    match fault:
        case "429":
            return {"retry-after": "1"}
        case "429ms":
            return {"retry-after-ms": "50"}
        case "429long":
            return {"retry-after": "3600"}
        case "429date":
            return {"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)}
    return {}


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """Status line and headers."""
    named = {"request-id": "req_1", "x-request-id": "req_1"} | dict(headers)
    phrase = HTTPStatus(status).phrase if status in {it.value for it in HTTPStatus} else "Overloaded"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in named.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def send(
    writer: asyncio.StreamWriter,
    body: bytes,
    *,
    status: int = 200,
    kind: str = "application/json",
    headers: Mapping[str, str] | None = None,
    length: int | None = None,
) -> None:
    """One whole answer; ``length`` promises another length than it has."""
    told = {"content-type": kind, "content-length": str(len(body) if length is None else length)} | dict(headers or {})
    writer.write(head(status, told) + body)
    await writer.drain()


def abort(writer: asyncio.StreamWriter) -> None:
    """Break the connection."""
    writer.transport.abort()
