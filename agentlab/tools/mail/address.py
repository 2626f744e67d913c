"""Mail addresses and the text of header lines. Whatever text comes in, it stays inside its line."""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from agentlab.tools.failure import ToolFailed

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NAMED = re.compile(r'(?P<name>[^<>]*)<(?P<spec>[^<>]*)>|(?P<plain>[^<>"]*)')
_FORBIDDEN = {"Cc", "Cs", "Zl", "Zp"}
_PLAIN_LINE = re.compile(r"[!-~]+(?: [!-~]+)*")
_CHUNK = 45
"""Bytes of one encoded word: 60 characters in base64, 72 with what is around them, and 75 are allowed."""
_SHORT = 60


@dataclass(frozen=True, slots=True)
class Address:
    """Who sends or gets a mail: ``spec`` is ``ann@example.org`` in ASCII, ``name`` what people read before it."""

    spec: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.spec.rpartition("@")[2]

    @property
    def key(self) -> str:
        """The same for all spellings of one mailbox."""
        return self.spec.lower()


def read_address(text: str) -> Address:
    """The address in ``ann@example.org`` or ``Ann Lee <ann@example.org>``. Raises ``ToolFailed`` (``invalid_address``)."""
    check_line(text, "address", kind="invalid_address")
    found = _NAMED.fullmatch(text.strip())
    if not found:
        raise _invalid(text, "one address at a time")
    name = (found["name"] or "").strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    local, at, domain = (found["spec"] if found["plain"] is None else found["plain"]).strip().rpartition("@")
    if not at:
        raise _invalid(text, "there is no @ in it")
    if not local.isascii():
        raise _invalid(text, "letters before the @ must be ASCII, for many servers take no others")
    if not _LOCAL.fullmatch(local) or len(local) > 64:
        raise _invalid(text, "what stands before the @ is no name of a mailbox")
    spec = f"{local}@{_domain(domain, text)}"
    if len(spec) > 254:
        raise _invalid(text, "it is longer than 254 characters")
    return Address(spec, name)


def read_addresses(texts: Iterable[str]) -> list[Address]:
    """The addresses, each mailbox once. Raises ``ToolFailed`` (``invalid_address``)."""
    found: dict[str, Address] = {}
    for address in map(read_address, texts):
        found.setdefault(address.key, address)
    return list(found.values())


def check_line(text: str, what: str, *, kind: str = "invalid_header") -> None:
    """Raise ``ToolFailed`` where ``text`` cannot be one line of a mail's head."""
    odd = next((c for c in text if unicodedata.category(c) in _FORBIDDEN), None)
    if odd is not None:
        raise ToolFailed(
            kind,
            f"The {what} {_shown(text)} holds a line break or a control character (U+{ord(odd):04X}). Write it as one plain line.",
        )


def line_of(text: str) -> str:
    """``text`` as the value of a header such as Subject: as it is, or as encoded words that hold it unchanged."""
    plain = _PLAIN_LINE.fullmatch(text) and len(text) <= _SHORT and "=?" not in text
    return text if plain or not text else _encoded(text)


def addresses_line(addresses: Iterable[Address]) -> str:
    """Addresses as the value of a header such as To."""
    return ",\r\n ".join(_mailbox(address) for address in addresses)


def _mailbox(address: Address) -> str:
    if not address.name:
        return address.spec
    if _PLAIN_LINE.fullmatch(address.name) and len(address.name) <= _SHORT and "=?" not in address.name:
        quoted = address.name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address.spec}>'
    return f"{_encoded(address.name)}\r\n <{address.spec}>"


def _encoded(text: str) -> str:
    """RFC 2047: words in base64, each of whole characters."""
    chunks, size = [""], 0
    for character in text:
        length = len(character.encode())
        if size + length > _CHUNK:
            chunks.append("")
            size = 0
        chunks[-1] += character
        size += length
    return "\r\n ".join(f"=?utf-8?b?{b64encode(chunk.encode()).decode()}?=" for chunk in chunks)


def _domain(text: str, whole: str) -> str:
    import idna

    try:
        domain = text.lower() if text.isascii() else idna.encode(text, uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise _invalid(whole, "what stands behind the @ is no host name") from error
    if not domain or len(domain) > 253 or not all(_LABEL.fullmatch(label) for label in domain.split(".")):
        raise _invalid(whole, "what stands behind the @ is no host name")
    return domain


def _invalid(text: str, why: str) -> ToolFailed:
    return ToolFailed("invalid_address", f"{_shown(text)} is no mail address: {why}. Write it as ann@example.org.")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:77]}...")
