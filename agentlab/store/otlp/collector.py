"""A collector: anything that takes OTLP over HTTP. One request, one outcome; who waits and tries again is the forwarder."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from agentlab.errors import CollectorUnusable, SettingsInvalid

if TYPE_CHECKING:
    import httpx

PATH = "/v1/traces"
TIMEOUT_S = 10.0
NEVER = frozenset({400, 413, 422})
"""Answers that say that this request will never be taken. All others may come from a mistake that is mended, or pass."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "0.0.0.0", "::"})  # noqa: S104 - names of this machine


class Refused(Exception):
    """The collector will never take this request; ``too_large`` where it may take a smaller one."""

    def __init__(self, message: str, *, too_large: bool = False) -> None:
        super().__init__(message)
        self.too_large = too_large


class Collector:
    """The collector at ``endpoint``. ``headers`` are secret: they are sent, and neither shown nor logged."""

    def __init__(self, endpoint: str, headers: Mapping[str, str] | None = None, *, transport: Any = None) -> None:
        self.url = traces_url(endpoint)
        self._headers = dict(headers or {})
        self._transport = transport
        self._client: httpx.Client | None = None

    def send(self, request: bytes) -> str:
        """Send a request in protobuf. Returns what the collector had to say about spans that it left out; mostly nothing.

        Raises ``Refused``, or ``CollectorUnusable`` where trying again may help; its context may hold ``retry_after_s``.
        """
        import httpx

        fixed = {"content-type": "application/x-protobuf", "content-encoding": "gzip"}
        try:
            answer = self._open().post(self.url, content=gzip.compress(request, 3), headers=self._headers | fixed)
        except httpx.HTTPError as error:
            raise self._unusable(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__) from error
        if answer.is_success:
            return _left_out(answer.content)
        if answer.status_code in NEVER:
            raise Refused(f"{answer.status_code} {answer.reason_phrase}", too_large=answer.status_code == 413)
        raise self._unusable(f"it answered {answer.status_code} {answer.reason_phrase}", _seconds(answer.headers))

    def close(self) -> None:
        """Let go of the connection; a later request opens another one."""
        if self._client:
            self._client.close()
            self._client = None

    def forget(self) -> None:
        """Let go of the connection in a forked child, without a word to the collector."""
        self._client = None

    def __repr__(self) -> str:
        return f"Collector({self.url!r})"

    def _open(self) -> httpx.Client:
        import httpx

        if self._client is None:
            self._client = httpx.Client(timeout=TIMEOUT_S, transport=self._transport)
        return self._client

    def _unusable(self, why: str, retry_after_s: float | None = None) -> CollectorUnusable:
        context = {} if retry_after_s is None else {"retry_after_s": retry_after_s}
        return CollectorUnusable(
            f"The collector at {self.url} took no traces: {why}.",
            hint="They are kept, and sent once it does. Check AGENTLAB_OTLP_ENDPOINT and AGENTLAB_OTLP_HEADERS.",
            **context,
        )


def traces_url(endpoint: str) -> str:
    """Where traces go: below the address of a collector, or the address itself where it names the path already.

    Raises ``SettingsInvalid``.
    """
    parts = urlsplit(endpoint.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise SettingsInvalid(
            "AGENTLAB_OTLP_ENDPOINT is no address of a collector.",
            hint="Give http:// or https://, a host and a port, such as http://127.0.0.1:4318; "
            "a name and password belong into AGENTLAB_OTLP_HEADERS.",
        )
    path = parts.path.rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc, path if path.endswith(PATH) else path + PATH, parts.query, ""))


def leads_to(endpoint: str, host: str, port: int) -> bool:
    """Whether the address is the one that ``host`` and ``port`` listen on: this lab itself."""
    parts = urlsplit(traces_url(endpoint))
    usual = 443 if parts.scheme == "https" else 80
    return (parts.port or usual) == port and (parts.hostname == host or parts.hostname in LOOPBACK)


def headers_of(text: str) -> dict[str, str]:
    """``name=value,name=value`` as headers; values may be percent-encoded. Raises ``SettingsInvalid``."""
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, mark, value = (piece.strip() for piece in part.partition("="))
        if not mark or not name.replace("-", "").replace("_", "").isalnum() or not unquote(value).isprintable():
            raise SettingsInvalid(
                "AGENTLAB_OTLP_HEADERS cannot be read.",
                hint="Write name=value, several with commas between; percent-encode commas inside a value.",
            )
        found[name.lower()] = unquote(value)
    return found


def _left_out(content: bytes) -> str:
    answer = ExportTraceServiceResponse()
    try:
        answer.ParseFromString(content)
    except DecodeError:  # some collectors answer with a text of their own
        return ""
    count, message = answer.partial_success.rejected_spans, answer.partial_success.error_message
    return f"{count} spans were left out: {message}" if count else message


def _seconds(headers: httpx.Headers) -> float | None:
    """``Retry-After``, in seconds or as a date."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
