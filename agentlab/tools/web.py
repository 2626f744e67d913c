"""One request to the web, within the bounds of ``egress.py``: redirects followed by hand, the body read within a limit.

Imported with the first request, because its library takes longer to load than all the other tools together.
"""

from __future__ import annotations

from typing import Any

import httpx

from agentlab.tools.body import readable
from agentlab.tools.egress import Egress, read_url
from agentlab.tools.failure import ToolFailed
from agentlab.tools.status import check_status, maybe_done
from agentlab.tools.unpack import PACKINGS, unpack
from agentlab.types import ToolResult

MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_NOT_YOURS = {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"}
_OWN_HEADERS = {
    "User-Agent": "agentlab (+local lab bench)",
    "Accept": "text/html, application/json, text/*;q=0.9, */*;q=0.5",
    "Accept-Encoding": PACKINGS,
}


class Web:
    """Sends one request, follows its redirects, reads its answer within the limits."""

    def __init__(self, egress: Egress, timeout_s: float, max_bytes: int) -> None:
        self._egress = egress
        self._timeout_s = timeout_s
        self.max_bytes = max_bytes

    async def ask(self, method: str, address: str, headers: dict[str, str], **body: Any) -> ToolResult:
        """The answer, readable. ``body`` is what httpx takes: ``json``, ``data``, ``content``. Raises ``ToolFailed``."""
        response, content = await self.fetch(method, address, headers, **body)
        return ToolResult(data=readable(response, content), untrusted=True)

    async def fetch(
        self, method: str, address: str, headers: dict[str, str], *, most: int = 0, **body: Any
    ) -> tuple[httpx.Response, bytes]:
        """The answer and its body, unpacked: ``most`` bytes, else as many as the settings allow. Raises ``ToolFailed``."""
        url = read_url(address)
        async with self._egress.client(self._timeout_s) as client:
            try:
                request = client.build_request(method, url, headers={**_OWN_HEADERS, **_checked(headers)}, **body)
            except (ValueError, TypeError) as error:  # NaN, infinity: JSON has none
                raise ToolFailed("invalid_arguments", f"The body cannot be sent: {error}.") from error
            try:
                return await self._follow(client, request, frozenset(headers), most or self.max_bytes)
            except httpx.RequestError as error:
                raise _unreachable(error, method, url) from error

    async def _follow(
        self, client: httpx.AsyncClient, request: httpx.Request, private: frozenset[str], most: int
    ) -> tuple[httpx.Response, bytes]:
        for _ in range(MAX_REDIRECTS + 1):
            response = await client.send(request, stream=True)
            try:
                if response.status_code not in _REDIRECTS or "location" not in response.headers:
                    content = await _read(response, most)
                    check_status(response, content)
                    return response, content
                request = _redirected(response, private)
            finally:
                await response.aclose()
        raise ToolFailed("too_many_redirects", f"{request.url} redirects more than {MAX_REDIRECTS} times.")


async def _read(response: httpx.Response, most: int) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > most:
            what = f"{response.url} sends more than {most:,} bytes."
            if response.request.method != "GET":
                raise maybe_done("too_large", what, again=False)
            raise ToolFailed("too_large", f"{what} Ask for a smaller part, or raise AGENTLAB_HTTP_MAX_BYTES.")
    return unpack(bytes(content), response.headers.get("content-encoding", ""), most, str(response.url))


def _checked(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if name.lower() in _NOT_YOURS or name.lower().startswith("proxy-"):
            raise ToolFailed("invalid_arguments", f"The header {name} is set by the tool; leave it out.")
        if (
            not (name + value).isascii()
            or not value.isprintable()
            or not name.replace("-", "").replace("_", "").isalnum()
        ):
            raise ToolFailed("invalid_arguments", f"{name!r} with the value {value!r} is no header; use plain text.")
    return headers


def _redirected(response: httpx.Response, private: frozenset[str]) -> httpx.Request:
    """The next request; headers that the caller gave stay with the host they were given for."""
    request = response.next_request
    if request is None:
        raise ToolFailed("invalid_url", f"{response.url} redirects to no usable address.")
    before, after = response.url, request.url
    if (before.scheme, before.host, before.port) != (after.scheme, after.host, after.port):
        for name in private:
            request.headers.pop(name, None)
    return request


def _unreachable(error: httpx.RequestError, method: str, url: httpx.URL) -> ToolFailed:
    """A POST that may have arrived is not sent again by itself."""
    safe = method == "GET"
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return ToolFailed("timeout", f"{url} did not take the connection in time.", retryable=True)
    if isinstance(error, httpx.TimeoutException):
        return maybe_done("timeout", f"{url} did not answer in time; AGENTLAB_HTTP_TIMEOUT_S sets it.", again=safe)
    if isinstance(error, httpx.ConnectError):
        text = str(error)
        if "certificate" in text.lower() or "ssl" in text.lower():
            return ToolFailed("tls", f"The certificate or TLS of {url} is not in order: {text}.")
        return ToolFailed("connect", f"Nothing answers at {url} ({text}). Is the server up?", retryable=True)
    return maybe_done("connect", f"The connection to {url} broke: {error or type(error).__name__}.", again=safe)
