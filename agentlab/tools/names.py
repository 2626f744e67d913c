"""File names from anybody's titles, and paths that cannot leave a folder."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from agentlab.tools.failure import ToolFailed

LONGEST = 120
"""Bytes of a file's name in UTF-8, its ending left out."""
LONGEST_PATH = 1_000
"""Characters of a path in the drive."""
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]+')
_RESERVED = {"con", "prn", "aux", "nul", "conin$", "conout$"}
_RESERVED |= {f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"}
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,10}$")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def safe_name(title: str, ending: str) -> str:
    """A file name with ``ending`` (``.md``) for ``title``: readable, and the same file on every system."""
    plain = unicodedata.normalize("NFC", _FORBIDDEN.sub("-", title))
    seen = "".join(c for c in plain if unicodedata.category(c) not in _INVISIBLE)
    if ending and seen.lower().endswith(ending.lower()):
        seen = seen[: -len(ending)]
    stem = _cut(" ".join(seen.split()).strip(" .-~$")).rstrip(" .-")
    if not stem:
        stem = "untitled"
    if stem.partition(".")[0].strip().lower() in _RESERVED:
        stem = f"{stem.partition('.')[0].strip()}-file"
    return stem + ending


def split_name(name: str) -> tuple[str, str]:
    """``("report", ".pdf")`` for ``report.pdf``: a title, and the ending of its kind, which may be empty."""
    found = _ENDING.search(name.strip().rstrip(". "))
    return (name.strip().rstrip(". ")[: found.start()], found.group()) if found else (name, "")


def same_name(name: str) -> str:
    """What two names share that are one file on some system: no case, one form of Unicode."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def _cut(stem: str) -> str:
    return stem.encode("utf-8")[:LONGEST].decode("utf-8", "ignore")


def numbered(name: str, number: int) -> str:
    """``notes.md`` for 1, ``notes (2).md`` for 2, and so on."""
    stem, ending = split_name(name)
    return name if number == 1 else f"{stem} ({number}){ending}"


def inside(folder: Path, path: str) -> Path:
    """The place that ``path`` names in ``folder``. Raises ``ToolFailed`` (``outside``) where it would leave it.

    Refused as well: absolute paths, ``..``, hidden names, and links that lead out of the folder.
    """
    parts = path.replace("\\", "/").split("/")
    if path.startswith(("/", "\\", "~")) or len(path) > LONGEST_PATH or any(_strange(part) for part in parts):
        raise _outside(path)
    top = folder.resolve()
    try:
        found = top.joinpath(*parts).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise _outside(path) from error
    if not found.is_relative_to(top):
        raise _outside(path)
    return found


def _strange(part: str) -> bool:
    hidden = part.startswith(".") and part != "."
    return hidden or any(ord(c) < 32 for c in part) or len(part.encode("utf-8", "replace")) > 255


def _outside(path: str) -> ToolFailed:
    return ToolFailed(
        "outside", f"{path!r} is not a place in the drive. Name files as drive.list shows them, such as samples/faq.md."
    )
