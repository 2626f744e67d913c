"""A collector that keeps what it is sent, and answers as it is told. ``python otlp_collector.py FOLDER URL`` forwards there."""

from __future__ import annotations

import gzip
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


class FakeCollector:
    """What came in, and ``answers``: status and headers of the next ones; 200 once there are none left."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.resources: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.sizes: list[int] = []
        self.most = 10**9
        """Spans beyond which a request is too large."""
        self.response = ExportTraceServiceResponse()
        self.url = ""

    @property
    def ids(self) -> list[str]:
        return [span.span_id.hex() for span in self.spans]

    def attributes(self, number: int = 0) -> dict[str, Any]:
        """The texts among the attributes of a span."""
        return {pair.key: pair.value.string_value for pair in self.spans[number].attributes}

    def take(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
        self.headers.append(headers)
        if self.answers:
            return self.answers.pop(0)
        request = ExportTraceServiceRequest.FromString(gzip.decompress(body))
        spans = [span for group in request.resource_spans for part in group.scope_spans for span in part.spans]
        if len(spans) > self.most:
            return 413, {}
        self.sizes.append(len(spans))
        self.spans += spans
        for group in request.resource_spans:
            self.resources.append({pair.key: pair.value.string_value for pair in group.resource.attributes})
        return 200, {}


@contextmanager
def collector() -> Iterator[FakeCollector]:
    """A collector that listens."""
    fake = FakeCollector()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()} | {"path": self.path}
            status, extra = fake.take(body, headers)
            content = fake.response.SerializeToString() if status == 200 else b""
            self.send_response(status)
            for name, value in {"content-length": str(len(content)), **extra}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    yield fake
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    from agentlab.store import TraceStore
    from agentlab.store.otlp import forwarder
    from agentlab.store.otlp.collector import Collector

    forwarder.BATCH = 5
    print(forwarder.Forwarder(TraceStore(Path(sys.argv[1])), Collector(sys.argv[2])).forward())
