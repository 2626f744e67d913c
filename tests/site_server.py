"""A web site on loopback whose pages a test writes, and which remembers what it was asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Site:
    """What the server answers by path, and what it was asked. ``/drop`` hangs up."""

    usual: dict[str, str] = field(default_factory=dict)
    """Headers of every page that does not name its own."""
    port: int = 0
    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    rules: dict[str, Callable[[Any, bytes], tuple[int, dict[str, str], bytes]]] = field(default_factory=dict)
    """Answers that depend on the request's headers and body, by path."""
    slow: dict[str, float] = field(default_factory=dict)
    """Seconds that an answer takes, by path."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    """``{peer, path, headers, body}`` of each request."""

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def page(self, path: str, body: bytes | str = b"", *, status: int = 200, **headers: str) -> str:
        """Put a page at ``path`` (``Content_Type="…"`` for headers) and return its URL."""
        content = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, self.usual | named, content)
        return self.url(path)

    def clear(self) -> None:
        """Forget all pages and requests."""
        self.pages.clear()
        self.asked.clear()
        self.rules.clear()
        self.slow.clear()


@contextmanager
def serving(**usual: str) -> Iterator[Site]:
    """A site that is up inside the ``with``; ``usual`` headers as ``page`` takes them."""
    site = Site({name.replace("_", "-"): value for name, value in usual.items()})
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    site.port = httpd.server_address[1]
    threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield site
    httpd.shutdown()
    httpd.server_close()


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            site.asked.append(
                {"peer": self.client_address, "path": self.path, "headers": dict(self.headers.items()), "body": body}
            )
            time.sleep(site.slow.get(path, 0))
            if path == "/drop":
                self.close_connection = True
                return
            missing = (404, {"Content-Type": "text/plain"}, b"no such page")
            status, headers, content = site.pages.get(self.path) or site.pages.get(path, missing)
            if path in site.rules:
                status, headers, content = site.rules[path](self.headers, body)
            with suppress(OSError):
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *args: object) -> None:
            return

    return Handler
