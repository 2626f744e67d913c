"""Run as a program by ``pdf.py``: a PDF on standard input, its text as one JSON object on standard output.

Imports nothing of agentlab: it works in a process that may die, with bounds for memory and time that the system keeps.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import resource
import sys
from typing import Any


def told(content: bytes, pages: int, characters: int) -> dict[str, Any]:
    """``{text, pages, read}``, or ``{error}``. Raises whatever a broken file makes the library stumble over."""
    try:
        from pypdf import PdfReader
        from pypdf.errors import DependencyError
    except ImportError:
        return {"error": "not_installed"}
    logging.disable(logging.CRITICAL)
    reader = PdfReader(io.BytesIO(content))
    try:
        if reader.is_encrypted and not reader.decrypt(""):
            return {"error": "encrypted"}
        texts = list[str]()
        for page in reader.pages[:pages]:
            texts.append(page.extract_text() or "")
            if sum(map(len, texts)) > characters:
                break
    except DependencyError:  # a cipher that needs a further package
        return {"error": "encrypted"}
    return {"text": "\n\n".join(texts)[:characters], "pages": len(reader.pages), "read": len(texts)}


def main() -> None:
    """Limits first, then the file."""
    pages, characters, memory, seconds = map(int, sys.argv[1:5])
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):  # systems that do not keep it
            resource.setrlimit(what, (most, most))
    sys.stdout.write(json.dumps(told(sys.stdin.buffer.read(), pages, characters)))


if __name__ == "__main__":
    main()
