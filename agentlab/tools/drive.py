"""The drive: a folder that runs read from and put documents and sheets into. Nothing here reaches outside it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from hashlib import sha256
from itertools import count, islice
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from agentlab.tools.failure import ToolFailed
from agentlab.tools.function import FunctionTool, tool
from agentlab.tools.made import Made, write_whole
from agentlab.tools.names import inside, numbered, safe_name
from agentlab.tools.sheet import to_csv
from agentlab.types import JSON, ToolContext, ToolResult

READABLE = {".md", ".txt", ".csv", ".tsv", ".json", ".html", ".htm", ".log", ".xml", ".yaml", ".yml", ".rst", ".eml"}
MAX_READ = 2_000_000
"""Largest file that is read, in bytes."""
MAX_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class Drive:
    """The folder. Paths are relative to it, with ``/`` between their parts."""

    folder: Path

    def entries(self, path: str = "") -> list[JSON]:
        """What lies in the folder ``path``: ``{path, kind, bytes, modified}`` each, by name, hidden things left out."""
        place = inside(self.folder, path.strip("/"))
        if not place.is_dir():
            raise self._missing(path, "folder")
        found = sorted((item for item in place.iterdir() if not item.name.startswith(".")), key=lambda item: item.name)
        return [self._entry(item) for item in found[:MAX_LISTED]]

    def read_text(self, path: str) -> str:
        """The text of a file. Raises ``ToolFailed`` (``outside``, ``not_found``, ``not_text``, ``too_large``)."""
        place = inside(self.folder, path)
        if not place.is_file():
            raise self._missing(path, "file")
        if place.suffix.lower() not in READABLE:
            raise ToolFailed("not_text", f"{path} is not a text file that can be read ({', '.join(sorted(READABLE))}).")
        if place.stat().st_size > MAX_READ:
            raise ToolFailed("too_large", f"{path} has more than {MAX_READ:,} bytes; use a smaller file.")
        return place.read_text(encoding="utf-8-sig", errors="replace")

    def create(self, title: str, ending: str, content: str | bytes, key: str = "") -> JSON:
        """Make a new file and return ``{path, title, bytes, sha256}``; the same non-empty ``key`` makes it only once."""
        made, body = Made(self.folder), content.encode("utf-8", "replace") if isinstance(content, str) else content
        with made.locked():
            note = made.known(key)
            if note and self._is_there(note):
                return self._finish(made, key, note)
            path = self._free_path(safe_name(title, ending))
            note = {"path": path, "title": title, "bytes": len(body), "sha256": sha256(body).hexdigest()}
            made.note(key, {**note, "done": False})
            write_whole(self.folder / path, body)
            return self._finish(made, key, note)

    def _is_there(self, note: JSON) -> bool:
        """A finished note is believed, also when the user has moved the file since; an unfinished one is checked."""
        if note.get("done"):
            return True
        place = inside(self.folder, str(note["path"]))
        return place.is_file() and sha256(place.read_bytes()).hexdigest() == note["sha256"]

    @staticmethod
    def _finish(made: Made, key: str, note: JSON) -> JSON:
        made.note(key, {**note, "done": True})
        return {name: note[name] for name in ("path", "title", "bytes", "sha256")}

    def take_back(self, path: str, digest: str) -> JSON:
        """Remove a file that was made here, unless somebody has changed it since. Twice is once.

        Raises ``ToolFailed`` (``changed``): what a person has worked on is not thrown away.
        """
        with Made(self.folder).locked():
            place = inside(self.folder, path)
            if place.is_file():
                if sha256(place.read_bytes()).hexdigest() != digest:
                    raise ToolFailed("changed", f"{path} was changed since it was made; it stays.", options=("ask",))
                place.unlink()
        return {"removed": path}

    def _free_path(self, name: str) -> str:
        taken = {item.name.casefold() for item in self.folder.iterdir()}
        return next(path for n in count(1) if (path := numbered(name, n)).casefold() not in taken)

    def _entry(self, item: Path) -> JSON:
        about = item.lstat()
        modified = datetime.fromtimestamp(about.st_mtime, UTC).isoformat(timespec="seconds")
        return {
            "path": item.relative_to(self.folder.resolve()).as_posix(),
            "kind": "folder" if item.is_dir() else "file",
            "bytes": about.st_size if item.is_file() else 0,
            "modified": modified,
        }

    def _missing(self, path: str, kind: str) -> ToolFailed:
        top = self.folder.resolve()
        fits = Path.is_dir if kind == "folder" else Path.is_file
        known = [item.relative_to(top).as_posix() for item in islice(top.rglob("[!.]*"), MAX_LISTED) if fits(item)]
        seen = sorted(name for name in known if not name.startswith("."))
        same = [name for name in seen if name.rpartition("/")[2] == path.rpartition("/")[2]]
        close = (same or get_close_matches(path, seen, n=3, cutoff=0.4))[:3]
        hint = f"Did you mean {' or '.join(close)}?" if close else "drive.list shows what is there."
        return ToolFailed(
            "not_found", f"There is no {kind} {path!r} in the drive. {hint}", options=("change_arguments", "skip")
        )


def _made(note: JSON, **more: Any) -> ToolResult:
    shown = {name: value for name, value in note.items() if name != "sha256"} | more
    return ToolResult(data=shown, undo={"path": note["path"], "sha256": note["sha256"]})


Title = Annotated[str, Field(description="Title; becomes the file's name.", min_length=1, max_length=500)]


def drive_tools(drive: Drive) -> list[FunctionTool]:
    """The drive tools on one folder."""

    async def take_back(undo: JSON, context: ToolContext) -> JSON:
        return await asyncio.to_thread(drive.take_back, str(undo["path"]), str(undo["sha256"]))

    @tool(name="drive.list", reaches="the drive")
    async def list_(
        folder: Annotated[str, Field(description="Folder in the drive; empty for its top.")] = "",
        *,
        context: ToolContext,
    ) -> JSON:
        """List the files and folders in a folder of the drive."""
        files = await asyncio.to_thread(drive.entries, folder)
        lines = [f"- {file['path']}{'/' if file['kind'] == 'folder' else ''}" for file in files]
        return {"folder": folder, "files": files, "text": "\n".join(lines)}

    @tool(name="drive.createDoc", changes_world=True, undo=take_back, reaches="the drive")
    async def create_doc(
        title: Title,
        content: Annotated[str, Field(description="Text of the document, in Markdown.")],
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Save text as a new Markdown document in the drive."""
        return _made(await asyncio.to_thread(drive.create, title, ".md", content, context.idempotency_key))

    @tool(name="drive.createSheet", changes_world=True, undo=take_back, reaches="the drive")
    async def create_sheet(
        title: Title,
        rows: Annotated[list[Any], Field(description="Rows: lists of cells, or objects; or several tables in a list.")],
        columns: Annotated[list[str] | None, Field(description="Headings; needed where rows are lists.")] = None,
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Save rows as a new sheet (CSV) in the drive."""
        table, written = to_csv(rows, columns)
        made = await asyncio.to_thread(drive.create, title, ".csv", table, context.idempotency_key)
        return _made(made, rows=written)

    return [list_, create_doc, create_sheet]
