"""The guard at the door: who may talk to this server, and what its pages may load.

Loopback is no protection against a web page: a foreign site can point its own name at 127.0.0.1 (DNS rebinding) or send
requests and open websockets across origins. So every request, the app's included, must name a host we know and, where
a browser says where it comes from, come from such a host.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORT = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
}


class Guard:
    """ASGI middleware around everything: pages, API and websockets.

    ``allowed_hosts`` are names besides loopback, as ``name`` (the scheme's port or our own) or ``name:port``.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._allowed = frozenset(host.strip().lower() for host in allowed_hosts if host.strip())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
        elif refusal := self._refusal(scope):
            await _refuse(scope, receive, send, *refusal)
        else:
            await self._app(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> tuple[int, str, str] | None:
        """Status, code and message of the refusal; None for a welcome request."""
        headers = Headers(scope=scope)
        own_port = (scope.get("server") or ("", None))[1]
        host, origin = headers.get("host", ""), headers.get("origin")
        if len(headers.getlist("host")) != 1 or not self._known(host, scope["scheme"], own_port):
            return 400, "host_refused", f"This server does not answer to the name {host[:200]!r}."
        if origin is not None and not self._known_origin(origin, own_port):
            return 403, "origin_refused", f"Requests from the site {origin[:200]!r} are refused."
        foreign = headers.get("sec-fetch-site") == "cross-site"
        if foreign and (scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS):
            return 403, "cross_site_refused", "Another site may not change anything here."
        return None

    def _known_origin(self, origin: str, own_port: int | None) -> bool:
        scheme, mark, authority = origin.partition("://")
        return bool(mark) and scheme in {"http", "https"} and self._known(authority, scheme, own_port)

    def _known(self, authority: str, scheme: str, own_port: int | None) -> bool:
        try:
            parts = urlsplit(f"//{authority}")
            name, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:
            return False
        if not name or parts.netloc != authority or "@" in authority:
            return False
        default = _DEFAULT_PORT.get(scheme)
        port = port or default
        if f"{name}:{port}" in self._allowed:
            return True
        return port == own_port if name in LOOPBACK else name in self._allowed and port in {default, own_port}


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, code: str, message: str) -> None:
    hint = (
        "If this is your own address, name it: AGENTLAB_ALLOWED_HOSTS=name or name:port, several with commas between."
    )
    body: dict[str, Any] = {"code": code, "message": message, "hint": hint, "context": {}}
    if scope["type"] == "websocket":
        await receive()
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008, "reason": code})
            return
    prefix = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    data = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    await send({"type": f"{prefix}.start", "status": status, "headers": headers})
    await send({"type": f"{prefix}.body", "body": data})
