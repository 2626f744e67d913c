"""The body of an HTTP answer as data: decoded, parsed where it is JSON, made readable where it is a page."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

from agentlab.tools.page import Page, read_page
from agentlab.types import JSON

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?\s*([A-Za-z0-9_-]{2,40})", re.IGNORECASE)
LONGEST_TITLE = 150
"""Characters of a page's title."""
_XML_CHARSET = re.compile(rb"^\s*<\?xml[^>]{0,100}encoding=[\"']([A-Za-z0-9_.:-]{2,40})")
_LATIN = {"iso-8859-1", "iso8859-1", "latin-1", "latin1", "ascii", "us-ascii"}
_TEXTUAL = ("text/", "json", "xml", "javascript", "x-www-form-urlencoded", "yaml", "csv", "markdown")


def readable(response: httpx.Response, content: bytes) -> JSON:
    """``{url, status, content_type, title, text, json, links, bytes}``; ``text`` is empty where the body is not text."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    text = decode(content, response.charset_encoding) if _is_text(kind, content) else ""
    page = _page(kind, text)
    return {
        "url": str(response.url),
        "status": response.status_code,
        "content_type": kind,
        "title": (page.title or _name(response.url))[:LONGEST_TITLE],
        "text": page.text,
        "json": _parsed(kind, text),
        "links": [{"text": link["text"], "url": _joined(response.url, link["url"])} for link in page.links],
        "bytes": len(content),
    }


def decode(content: bytes, charset: str | None) -> str:
    """``content`` as text: by its byte-order mark, the declared charset, the page's own (meta, XML), UTF-8, Windows-1252."""
    if content.startswith(b"\xef\xbb\xbf"):
        return content[3:].decode("utf-8", "replace")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    start = content[:2_048]
    inside = _XML_CHARSET.search(start) or _META_CHARSET.search(start)
    for name in (charset, inside.group(1).decode("ascii") if inside else None, "utf-8"):
        try:
            if name:
                return content.decode(_meant(name))
        except (LookupError, ValueError):  # an unknown name, one that is no charset of texts, or bytes it has not
            continue
    return content.decode("cp1252", "replace")


def _meant(charset: str) -> str:
    """Pages that say Latin-1 mean Windows-1252, as browsers take it."""
    return "cp1252" if charset.lower().replace("_", "-") in _LATIN else charset


def _is_text(kind: str, content: bytes) -> bool:
    return any(part in kind for part in _TEXTUAL) or (not kind and b"\x00" not in content[:1_024])


def _page(kind: str, text: str) -> Page:
    if "html" in kind or re.match(r"\s*<(?:!doctype html|html)\b", text, re.IGNORECASE):
        return read_page(text)
    return Page(text=text.strip())


def _parsed(kind: str, text: str) -> Any:
    if "json" not in kind:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _name(url: httpx.URL) -> str:
    return url.path.rstrip("/").rpartition("/")[2] or url.host


def _joined(base: httpx.URL, link: str) -> str:
    try:
        return str(base.join(link))
    except (httpx.InvalidURL, ValueError):
        return link
