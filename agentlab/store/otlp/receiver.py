"""The receiver of OTLP over HTTP, without the HTTP: bytes in, spans in the store, and the answer that the protocol asks for."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from agentlab.errors import OtlpInvalid, StoreUnusable
from agentlab.store.otlp.foreign import PriceOf
from agentlab.store.otlp.request import Form, read
from agentlab.types import Event, Note, Span

MAX_BYTES = 64_000_000
"""Largest body, before and after it is unpacked."""
FORMS: dict[str, Form] = {"application/x-protobuf": "protobuf", "application/json": "json"}
"""Types of content that are read; the answer has the same."""
REMEMBERED = 50_000
"""Spans kept last that are known again when a sender, having missed our answer, sends them once more."""
TOLD = 5
"""Refused spans whose reasons are told in the answer."""


class OtlpTooLarge(OtlpInvalid):
    """The body is larger than what is read in one go."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a request."""

    spans: int
    """Spans that are safe now."""
    refused: list[str]
    """Why each of the others was not kept."""


class Receiver:
    """Keeps what other programs send. Threads may share it.

    ``record`` and ``note`` write durably, ``failing`` says whether the disk takes nothing; ``price_of`` tells what a call cost.
    """

    def __init__(
        self,
        record: Callable[[Event], object],
        note: Callable[[Note], object],
        *,
        failing: Callable[[], bool],
        price_of: PriceOf | None = None,
    ) -> None:
        self._record = record
        self._note = note
        self._failing = failing
        self._price_of = price_of
        self._recent: dict[tuple[object, ...], None] = {}
        self._lock = threading.Lock()

    def receive(self, body: bytes, form: Form, *, gzipped: bool = False) -> Kept:
        """Keep the spans of a request; on return they survive the death of this process.

        Nothing is written of a body that is no request: raises ``OtlpInvalid``. Raises ``StoreUnusable`` where the disk
        fails; the sender is to send it all again.
        """
        found = read(unpacked(body) if gzipped else body, form, self._price_of)
        new = [span for span in found.spans if _key(span) not in self._recent]
        for span in new:
            span.service = span.service or "agentlab"
            self._record(Event(phase="end", span=span))
        for note in found.notes:
            self._note(note)
        if self._failing():
            raise StoreUnusable("Traces cannot be written.", hint="Free the disk; the sender tries again.")
        self._remember(new)
        return Kept(len(found.spans), found.refused)

    def _remember(self, spans: list[Span]) -> None:
        with self._lock:
            self._recent |= dict.fromkeys(map(_key, spans))
            for key in list(islice(self._recent, max(0, len(self._recent) - REMEMBERED))):
                del self._recent[key]


def _key(span: Span) -> tuple[object, ...]:
    """What a span that is sent again shares with the first one, and a newer state of it does not."""
    return span.trace_id, span.span_id, span.started_at, span.duration_ms, span.status


def unpacked(body: bytes) -> bytes:
    """The content of a body in gzip. Raises ``OtlpInvalid``; ``OtlpTooLarge`` before more than the limit is unpacked."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        data = unpacking.decompress(body, MAX_BYTES + 1)
    except zlib.error as error:
        raise OtlpInvalid(
            f"The body is not in gzip: {error}.", hint="Leave Content-Encoding out, or compress the body."
        ) from error
    if len(data) > MAX_BYTES:
        raise too_large()
    if not unpacking.eof:
        raise OtlpInvalid("The body in gzip is cut off.", hint="Send it again.")
    return data


def too_large() -> OtlpTooLarge:
    """The error of a body that is too large."""
    return OtlpTooLarge(
        f"The body is larger than {MAX_BYTES:,} bytes.", hint="Send fewer spans at once.", limit=MAX_BYTES
    )


def answer(kept: Kept, form: Form) -> bytes:
    """The ``ExportTraceServiceResponse``: empty where all was kept, else how many spans were not, and why."""
    if not kept.refused:
        return b"" if form == "protobuf" else b"{}"
    more = f" And {len(kept.refused) - TOLD} more." if len(kept.refused) > TOLD else ""
    message = " ".join(kept.refused[:TOLD]) + more
    if form == "json":
        return orjson.dumps({"partialSuccess": {"rejectedSpans": str(len(kept.refused)), "errorMessage": message}})
    response = ExportTraceServiceResponse()
    response.partial_success.rejected_spans = len(kept.refused)
    response.partial_success.error_message = message
    data: bytes = response.SerializeToString()
    return data


def status(code: int, message: str, form: Form) -> bytes:
    """A ``google.rpc.Status``, which OTLP answers errors with: ``code`` is gRPC's, below 128."""
    if form == "json":
        return orjson.dumps({"code": code, "message": message})
    text = message.encode()
    return b"\x08" + bytes([code]) + b"\x12" + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])
