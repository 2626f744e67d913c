"""The text of a PDF, read in a process of its own: whatever a hostile file does there, it ends within these limits."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from agentlab.errors import MissingExtra
from agentlab.tools.body import readable
from agentlab.tools.drive.reading import LARGEST_PDF
from agentlab.tools.failure import ToolFailed
from agentlab.types import JSON

MAX_PAGES = 500
MAX_TEXT = 2_000_000
"""Characters of a text."""
TIME_S = 15.0
MEMORY = 1_000_000_000
"""Bytes of address space that reading may use."""
_WORKER = Path(__file__).with_name("pdf_worker.py")


def is_pdf(content: bytes) -> bool:
    """By its first bytes; names and headers may lie."""
    return b"%PDF-" in content[:1_024]


def pdf_text(where: str, content: bytes) -> str:
    """The text of a PDF, page after page, with a line at its end where something was left out; empty for a scan.

    Blocks. Raises ``ToolFailed`` (``encrypted``, ``garbled``, ``too_large``, ``not_installed``) about ``where``.
    """
    if len(content) > LARGEST_PDF:
        raise ToolFailed("too_large", f"{where} has more than {LARGEST_PDF:,} bytes; use a smaller file.")
    told = _asked(where, content)
    match told.get("error"):
        case None:
            more = told["pages"] - told["read"]
            left = f"\n\n[{more:,} of {told['pages']:,} pages are not read.]" if more else ""
            return f"{told['text']}{left}".strip()
        case "not_installed":
            raise ToolFailed("not_installed", str(MissingExtra(f"Reading {where}", "office")))
        case "encrypted":
            raise ToolFailed("encrypted", f"{where} is a PDF with a password. Ask for a copy without one.")
        case _:
            raise ToolFailed("garbled", f"{where} cannot be read: it is a damaged PDF ({told.get('why', '')[:200]}).")


def _asked(where: str, content: bytes) -> Any:
    command = [sys.executable, "-I", str(_WORKER), str(MAX_PAGES), str(MAX_TEXT), str(MEMORY), str(int(TIME_S) + 1)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=TIME_S, env={}, check=False)  # noqa: S603 - ours
    except subprocess.TimeoutExpired:
        raise ToolFailed(
            "too_large", f"The text of {where} was not read within {TIME_S:g} s; use a smaller file."
        ) from None
    try:
        return json.loads(done.stdout)
    except ValueError:  # it stumbled, or ran out of memory or time
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return {"error": "garbled", "why": last or f"reading it ended with {done.returncode}"}


async def read_answer(response: httpx.Response, content: bytes) -> JSON:
    """``readable``, with the text of a PDF. Raises ``ToolFailed`` as ``pdf_text`` does."""
    data = readable(response, content)
    return data | {"text": await asyncio.to_thread(pdf_text, data["url"], content)} if is_pdf(content) else data
