"""Ids that sort by time: 48 bits of milliseconds, then 80 random bits, in Crockford's base 32 (like a ULID)."""

from __future__ import annotations

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """``prefix_`` and 26 characters, such as ``run_01kaz3…``; later ids sort after earlier ones."""
    return id_at(prefix, time.time_ns() // 1_000_000, os.urandom(10))


def id_at(prefix: str, at_ms: int, tail: bytes) -> str:
    """The id of something that happened ``at_ms`` milliseconds after 1970; ``tail`` are 10 bytes that tell it from others."""
    number = ((at_ms & (1 << 48) - 1) << 80) | int.from_bytes(tail)
    return f"{prefix}_" + "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
