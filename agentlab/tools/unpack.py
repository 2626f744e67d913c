"""Packed bodies of HTTP answers, unpacked within a limit: a small body that would fill the memory is refused."""

from __future__ import annotations

import zlib

from agentlab.tools.failure import ToolFailed

PACKINGS = "gzip, deflate"
"""What we say that we can unpack. Others (``br``, ``zstd``) need libraries that cannot all be stopped half way."""
_GZIP = 16 + zlib.MAX_WBITS
_DEEPEST = 3
"""Packings around each other."""


def unpack(content: bytes, packing: str, most: int, where: str) -> bytes:
    """``content`` without its ``packing``, a ``Content-Encoding`` header such as ``gzip``; ``most`` bytes of it.

    Raises ``ToolFailed``: ``garbled`` where it cannot be unpacked, ``too_large`` where more would come out.
    """
    names = [name for name in (part.strip().lower() for part in packing.split(",")) if name and name != "identity"]
    if len(names) > _DEEPEST:
        raise _garbled(where, f"it is packed {len(names)} times")
    for name in reversed(names):
        if name not in ("gzip", "x-gzip", "deflate"):
            raise _garbled(where, f"it is packed as {name!r}, which was not asked for")
        try:
            content = _inflated(content, name, most, where)
        except zlib.error as error:
            raise _garbled(where, str(error)) from error
    return content


def _inflated(content: bytes, name: str, most: int, where: str) -> bytes:
    out, rest = bytearray(), content
    while rest:
        inflate = zlib.decompressobj(_window(name, rest))
        out += inflate.decompress(rest, most + 1 - len(out))
        if len(out) > most:
            raise ToolFailed("too_large", f"{where} unpacks to more than {most:,} bytes. Ask for a smaller part.")
        if not inflate.eof:
            raise _garbled(where, "its end is missing")
        # What follows is a further member of a gzip file, or padding that servers leave behind.
        rest = inflate.unused_data if name != "deflate" and inflate.unused_data.startswith(b"\x1f\x8b") else b""
    return bytes(out)


def _window(name: str, content: bytes) -> int:
    """``deflate`` means the zlib format; some servers send it without its two bytes of header."""
    if name != "deflate":
        return _GZIP
    has_header = len(content) > 1 and content[0] & 0x0F == 8 and (content[0] << 8 | content[1]) % 31 == 0
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS


def _garbled(where: str, why: str) -> ToolFailed:
    return ToolFailed("garbled", f"{where} sent a body that cannot be unpacked: {why}.")
