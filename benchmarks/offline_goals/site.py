"""The web site of the evaluation's world, answered by a real server on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from agentlab.tools.failure import ToolFailed
from agentlab.types import JSON

PAGES = Path(__file__).parent / "pages"
_KINDS = {".html": "text/html; charset=utf-8", ".json": "application/json", ".pdf": "application/pdf"}


class Site:
    """Pages by path, and what was posted."""

    def __init__(self) -> None:
        self.address = ""
        self.posts: list[JSON] = []

    def read(self, url: str) -> str:
        """The text of a page. Raises ``ToolFailed`` where there is none."""
        place = PAGES / urlsplit(url).path.lstrip("/")
        if not url.startswith(self.address) or not place.is_file():
            raise ToolFailed("not_found", f"There is no page at {url}.")
        return place.read_text(encoding="utf-8")


@contextmanager
def served() -> Iterator[Site]:
    """The site while it is being served."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                self._answer(
                    200, site.read(f"{site.address}{self.path}"), _KINDS.get(Path(self.path).suffix, "text/plain")
                )
            except ToolFailed:
                self._answer(404, "Not here.", "text/plain")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            kind = self.headers.get("Content-Type", "")
            sent = json.loads(body) if "json" in kind else parse_qs(body) if "form" in kind else body
            site.posts.append({"path": self.path, "sent": sent})
            self._answer(200, '{"stored": true}', "application/json")

        def _answer(self, status: int, body: str, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
