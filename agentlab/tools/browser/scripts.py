"""What is asked of a page: one function in JavaScript a file, beside this module."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def script(name: str) -> str:
    """The function in ``name.js``."""
    return Path(__file__).with_name(f"{name}.js").read_text(encoding="utf-8").partition("\n")[2].strip()
