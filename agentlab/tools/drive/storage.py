"""What a back end of the drive can do, whatever it is. All of it blocks; the tools call it in a thread."""

from __future__ import annotations

from typing import Any, Protocol

from agentlab.types import JSON, Failure, ToolResult

UNDO = "undo"
"""The part of a note that is for ``take_back`` and ``unshare``, and is not shown."""


class Storage(Protocol):
    """A drive. Paths have ``/`` between their parts. Everything raises ``ToolFailed`` where it cannot do what it should."""

    @property
    def backend(self) -> str:
        """Name for people: ``folder``, ``Google Drive``."""
        ...

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Kinds of failure that only this back end knows."""
        ...

    def entries(self, path: str = "") -> list[JSON]:
        """What lies in a folder: ``{path, kind, bytes, modified}`` each, and ``shared`` where it is."""
        ...

    def read_text(self, path: str) -> str:
        """The text of a file; documents and sheets as Markdown."""
        ...

    def read_bytes(self, path: str, most: int) -> tuple[str, bytes]:
        """The name of a file and what is in it, ``most`` bytes."""
        ...

    def create(self, title: str, ending: str, content: str | bytes, key: str = "") -> JSON:
        """Make a new document or sheet of ``content`` in the format that ``ending`` names (``.md``, ``.csv``, …).

        Says which: ``{path, title, bytes, undo}``; the same non-empty ``key`` makes it only once.
        """
        ...

    def put(self, name: str, content: bytes, key: str = "") -> JSON:
        """Make a new file of any kind, as it is; otherwise like ``create``."""
        ...

    def share(self, path: str, people: list[str], role: str, key: str = "") -> JSON:
        """Let ``people`` see a file: ``{file, with, role, url, text, undo}``."""
        ...

    def take_back(self, undo: JSON) -> JSON:
        """Remove a file that was made here, unless somebody has changed it since. Twice is once."""
        ...

    def unshare(self, undo: JSON) -> JSON:
        """Take a share back. Twice is once."""
        ...


def made(note: JSON, *, untrusted: bool = False, **more: Any) -> ToolResult:
    """The result of a call that made something: the ``note`` of the storage, and how it is taken back."""
    shown = {name: value for name, value in note.items() if name != UNDO} | more
    return ToolResult(data=shown, undo=note[UNDO], untrusted=untrusted)
