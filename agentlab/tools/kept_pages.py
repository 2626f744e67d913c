"""GET with memory: answers are given again while they are young, and asked about with their ETag once they are old."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httpx

from agentlab.tools.cached import Kept, key_of
from agentlab.tools.egress import read_url
from agentlab.tools.pdf import read_answer
from agentlab.tools.secret import holds_secret
from agentlab.tools.web import Web
from agentlab.types import JSON, ToolResult

_APART = re.compile(r"auth|cookie|token|key|secret|session|password|^if-|^range$", re.IGNORECASE)
"""Names of headers whose answers are for one caller only, or are no whole answers."""
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=\"?(\d{1,9})")


@dataclass(frozen=True)
class KeptPages:
    """Answers to GET, kept for ``cache_s`` seconds at most; ``terms`` are the settings under which they were allowed."""

    web: Web
    kept: Kept
    cache_s: float
    terms: tuple[Any, ...] = ()

    async def get(
        self, address: str, headers: dict[str, str], *, domains: tuple[str, ...] = (), fresh: bool = False
    ) -> ToolResult:
        """The answer, readable. ``fresh`` asks in any case. Raises ``ToolFailed``."""
        if self.cache_s <= 0 or any(_APART.search(name) for name in headers) or holds_secret([address, headers]):
            return ToolResult(data=await read_answer(*await self.web.fetch("GET", address, headers)), untrusted=True)
        url = str(read_url(address).copy_with(fragment=None))
        key = key_of("http.get", url, headers, sorted(domains), self.web.max_bytes, *self.terms)
        found = None if fresh else await self.kept.find(key)
        before = found[0] if found else {}
        if found and found[1] < min(self.cache_s, before["for_s"]):
            return ToolResult(data=before["data"], untrusted=True, cache_hit=True)
        response, content = await self.web.fetch("GET", address, {**headers, **_conditions(before, headers)})
        if response.status_code == 304 and before:
            await self.kept.keep(key, {**before, "for_s": _for_s(response, before["for_s"])})
            return ToolResult(data=before["data"], untrusted=True)
        data = await read_answer(response, content)
        if response.status_code == 200 and _may_be_kept(response):
            await self.kept.keep(key, {"data": data, "for_s": _for_s(response), **_validators(response, url)})
        return ToolResult(data=data, untrusted=True)


def _may_be_kept(response: httpx.Response) -> bool:
    said = response.headers.get("cache-control", "").lower()
    return "no-store" not in said and "private" not in said and response.headers.get("vary", "").strip() != "*"


def _for_s(response: httpx.Response, otherwise: float = 1e9) -> float:
    """How long the server lets its answer be given again, in seconds."""
    said = response.headers.get("cache-control", "").lower()
    age = _MAX_AGE.search(said)
    return 0.0 if "no-cache" in said else float(age.group(1)) if age else otherwise


def _validators(response: httpx.Response, url: str) -> JSON:
    """What asks whether the answer still holds; of an answer behind a redirect nothing, it belongs to another address."""
    if str(response.url.copy_with(fragment=None)) != url:
        return {}
    named = {"If-None-Match": response.headers.get("etag"), "If-Modified-Since": response.headers.get("last-modified")}
    return {"validators": {name: value for name, value in named.items() if value and value.isprintable()}}


def _conditions(before: JSON, headers: dict[str, str]) -> dict[str, str]:
    own = {name.lower() for name in headers}
    return {name: value for name, value in before.get("validators", {}).items() if name.lower() not in own}
