"""The text of a file, by its kind: text as it is, Word and Excel files as Markdown, PDF files page after page."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath

from agentlab.errors import MissingExtra
from agentlab.tools.failure import ToolFailed

READABLE = {".md", ".txt", ".csv", ".tsv", ".json", ".html", ".htm", ".log", ".xml", ".yaml", ".yml", ".rst", ".eml"}
OFFICE = {".docx", ".xlsx"}
PDF = ".pdf"
LARGEST_PDF = 20_000_000
"""Largest PDF that is read, in bytes; its text is far shorter."""
MAX_READ = 2_000_000
"""Largest file that is read as text, in bytes."""
MAX_UNPACKED = 50_000_000
"""Bytes of a Word or Excel file, unpacked."""
MAX_PARTS = 2_000
_UNREADABLE = (
    zipfile.BadZipFile,
    NotImplementedError,  # zipfile's word for a way of packing that it does not know
    RuntimeError,  # its word for a password
    OSError,
    EOFError,
)
"""What ``zipfile`` raises for a damaged package, one packed in a way it does not know, and one with a password."""


def text_of(path: str, read: Callable[[], bytes]) -> str:
    """The text of the file ``path``, whose bytes ``read`` gives.

    Raises ``ToolFailed`` (``not_text``, ``garbled``, ``too_large``, ``encrypted``, ``not_installed``).
    """
    ending = PurePosixPath(path).suffix.lower()
    if ending in READABLE:
        return read().decode("utf-8-sig", "replace")
    if ending == PDF:
        return _of_pdf(path, read())
    if ending not in OFFICE:
        kinds = ", ".join(sorted(READABLE | OFFICE | {PDF}))
        raise ToolFailed("not_text", f"{path} is not a file that text can be read from ({kinds}).")
    content = read()
    _check_package(path, content)
    try:
        if ending == ".docx":
            from agentlab.tools.drive.from_word import to_markdown
        else:
            from agentlab.tools.drive.from_excel import to_markdown
        return to_markdown(content)
    except ImportError as error:
        raise needs_office(f"Reading {path}") from error
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, SyntaxError, RecursionError) as error:
        # The libraries let through whatever a broken file makes them stumble over.
        raise ToolFailed("garbled", f"{path} cannot be read: it is damaged, or no {ending} file.") from error


def _of_pdf(path: str, content: bytes) -> str:
    from agentlab.tools.pdf import pdf_text

    if text := pdf_text(path, content):
        return text
    raise ToolFailed("not_text", f"{path} holds pictures of pages and no text; ask for a copy with text.")


def largest(path: str) -> int:
    """How many bytes of the file ``path`` may be read for its text."""
    return LARGEST_PDF if path.lower().endswith(PDF) else MAX_READ


def needs_office(what: str) -> ToolFailed:
    """That ``what`` needs the extra ``office``, and how to install it."""
    return ToolFailed("not_installed", str(MissingExtra(what, "office")))


def _odd(xml: bytes) -> bool:
    """It declares a document type, or is written in UTF-16, where one would not be seen."""
    return b"<!DOCTYPE" in xml or b"\0" in xml[:100]


def _check_package(path: str, content: bytes) -> None:
    """Before a library opens it: not too much in it, and no part that could define entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise ToolFailed(
                    "too_large", f"{path} unpacks to more than {MAX_UNPACKED:,} bytes or {MAX_PARTS} parts."
                )
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")) and _odd(package.read(part)):
                    raise ToolFailed("garbled", f"{path} defines entities in {part.filename}; no office program does.")
    except _UNREADABLE as error:
        raise ToolFailed("garbled", f"{path} is damaged: {error}.") from error
