"""OTLP in files: one request a line in JSON, as OpenTelemetry's file exporter writes it, or protobuf, one after the other."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from agentlab.errors import FileUnusable, OtlpInvalid
from agentlab.store.otlp import own, request
from agentlab.store.otlp.foreign import PriceOf
from agentlab.store.otlp.request import Form, Received
from agentlab.store.otlp.wire import Origin, WireSpan
from agentlab.types import Note, Span

PROTOBUF = (".pb", ".binpb", ".otlp")


def form_of(path: Path) -> Form:
    """What is in a file of that name."""
    return "protobuf" if path.suffix in PROTOBUF else "json"


def write(path: Path, chunks: Iterable[Received]) -> None:
    """Write each chunk as a request. The file appears under its name once it is complete."""
    form = form_of(path)
    aside = path.with_name(f"{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with aside.open("wb") as file:
            for chunk in chunks:
                file.write(request.render(_wires(chunk), form) + (b"\n" if form == "json" else b""))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def read(path: Path, price_of: PriceOf | None = None) -> Iterator[Received]:
    """What is in a file. Raises ``FileUnusable`` with the line that is no OTLP."""
    try:
        if form_of(path) == "protobuf":
            yield request.read(path.read_bytes(), "protobuf", price_of)
            return
        with path.open("rb") as file:
            if file.readline(1 << 24).strip() in (b"{", b"["):  # one request over many lines
                file.seek(0)
                yield request.read(file.read(), "json", price_of)
                return
            file.seek(0)
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _line(line, number, price_of)
    except OSError as error:
        raise FileUnusable(f"{path} cannot be read: {error.strerror}.", hint="Check the path.") from error
    except OtlpInvalid as error:
        raise FileUnusable(
            f"{path} is no file of OTLP traces. {error.message}",
            hint="Import what agentlab export or OpenTelemetry's file exporter wrote; nothing after that was taken.",
        ) from error


def _line(line: bytes, number: int, price_of: PriceOf | None) -> Received:
    try:
        return request.read(line, "json", price_of)
    except OtlpInvalid as error:
        raise OtlpInvalid(f"Line {number}: {error.message}") from error


def _wires(chunk: Received) -> Iterator[WireSpan]:
    origins: dict[str, Origin] = {}
    for span in chunk.spans:
        yield own.wire_of(span, origins)
    if chunk.notes:
        yield own.carrier_of(chunk.notes, _carrier(chunk.notes), origins)


def _carrier(notes: list[Note]) -> Span:
    moment = notes[0].recorded_at
    return Span(
        trace_id=os.urandom(16).hex(),
        span_id=os.urandom(8).hex(),
        name="notes",
        started_at=moment,
        duration_ms=0.0,
        status="ok",
    )
