"""What tools may reach: public ``http(s)`` addresses, and private ones that the settings name as ``host:port``.

The check is made on the resolved addresses of every single connection, and the connection goes to an address that
passed it: a name that points elsewhere a moment later, and a redirect, gain nothing.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from functools import cached_property

import httpx

from agentlab.tools.addresses import why_private
from agentlab.tools.domains import DOMAINS, within
from agentlab.tools.failure import ToolFailed

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""From a host and a port to its addresses; raises ``OSError`` where there is none."""

_ODD_CHARACTER = re.compile(r"[\s\\\x00-\x1f\x7f]")
_NUMBER = re.compile(r"^(?:0x[0-9a-f]*|[0-9]+)$", re.IGNORECASE)
_PLAIN_IPV4 = re.compile(r"^(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})$")
_PORTS = {"http": 80, "https": 443}


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of ``host``, as the system resolves it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def read_url(text: str) -> httpx.URL:
    """``text`` as a URL that may be asked for. Raises ``ToolFailed`` (``invalid_url``, ``blocked``)."""
    text = text.strip()
    if _ODD_CHARACTER.search(text):
        raise ToolFailed("invalid_url", f"{text!r} holds blanks, backslashes or control characters. Write them as %XX.")
    try:
        url = httpx.URL(text)
        port = url.port
    except (httpx.InvalidURL, ValueError) as error:
        raise ToolFailed("invalid_url", f"{text!r} is no URL: {error}.") from error
    if url.scheme not in _PORTS or not url.host or port == 0:
        raise ToolFailed("invalid_url", f"{text!r} is no http or https URL with a host; write https://host/path.")
    if url.userinfo:
        raise ToolFailed("blocked", f"{url.copy_with(userinfo=b'')} was given a user and password; leave them out.")
    return url


class Egress:
    """The guard. ``allow`` names private addresses as ``host:port``, several with commas between."""

    def __init__(self, allow: str = "", *, resolve: Resolve = resolve) -> None:
        self._allowed = {entry.strip().lower() for entry in allow.split(",") if entry.strip()}
        self._resolve = resolve

    async def addresses(self, url: httpx.URL, domains: tuple[str, ...] | None = None) -> list[str]:
        """Addresses of ``url`` that may be connected to. Raises ``ToolFailed`` (``blocked``, ``dns``).

        One bad address among several is enough to refuse the host. ``domains`` are the hosts that may be reached at all;
        left out, they are those of the call of a tool that this is part of.
        """
        host, entry = _host(url), _entry(url)
        if not within(host, reachable := DOMAINS.get() if domains is None else domains):
            raise ToolFailed(
                "blocked",
                f"{host} is not among the hosts that this run may reach: {', '.join(reachable)}.",
            )
        allowed = entry in self._allowed
        if not allowed and _oddly_spelled(host):
            raise ToolFailed("blocked", f"{host} is an unusual way to write an address; write it as four decimals.")
        try:
            found = await self._resolve(host, _port(url))
        except (OSError, UnicodeError) as error:
            raise ToolFailed(
                "dns",
                f"The host {host} was not found ({error}). Check its spelling and the network.",
                retryable=True,
            ) from error
        for address in found:
            if not allowed and (reason := why_private(address)):
                what = (
                    f"{host} is {reason} address" if host == address else f"{host} leads to {address}, {reason} address"
                )
                raise ToolFailed(
                    "blocked",
                    f"{what}. If that is meant, set AGENTLAB_EGRESS_ALLOW={entry} and start again.",
                )
        return found

    def client(self, timeout_s: float) -> httpx.AsyncClient:
        """An HTTP client that can only go where it may: no proxy, no redirect of its own, no cookie jar kept."""
        return httpx.AsyncClient(
            transport=_GuardedTransport(self, self._tls), timeout=timeout_s, trust_env=False, follow_redirects=False
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context(trust_env=False)


class _GuardedTransport(httpx.AsyncBaseTransport):
    """Connects to the very address that was checked, under the name that was asked for."""

    def __init__(self, egress: Egress, tls: ssl.SSLContext) -> None:
        self._egress = egress
        # Nothing is kept alive: two names on one address must not share a connection.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._inner = httpx.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = read_url(str(request.url))
        *others, last = await self._egress.addresses(url)
        for address in others:
            try:
                return await self._inner.handle_async_request(_to(address, request))
            except httpx.ConnectError:
                continue
        return await self._inner.handle_async_request(_to(last, request))

    async def aclose(self) -> None:
        await self._inner.aclose()


def _to(address: str, request: httpx.Request) -> httpx.Request:
    """The same request with the connection fixed to ``address``; Host header and TLS name stay."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address.partition("%")[0]),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": _host(request.url)},
    )


def _port(url: httpx.URL) -> int:
    return url.port or _PORTS[url.scheme]


def _host(url: httpx.URL) -> str:
    """The host as it goes over the wire: international names in their ASCII form."""
    return url.raw_host.decode("ascii")


def _entry(url: httpx.URL) -> str:
    host = f"[{_host(url)}]" if ":" in url.host else _host(url)
    return f"{host}:{_port(url)}".lower()


def _oddly_spelled(host: str) -> bool:
    last = host.rstrip(".").rpartition(".")[2]
    return bool(_NUMBER.match(last)) and not _PLAIN_IPV4.match(host)
