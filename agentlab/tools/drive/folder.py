"""A folder as the drive. Nothing here reaches outside it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from hashlib import sha256
from itertools import count, islice
from pathlib import Path

from agentlab.tools.drive.reading import largest, text_of
from agentlab.tools.drive.shares import Shares
from agentlab.tools.failure import ToolFailed
from agentlab.tools.made import Made, write_whole
from agentlab.tools.names import inside, numbered, safe_name, same_name, split_name
from agentlab.types import JSON, Failure

MAX_LISTED = 1_000
RECORD_ONLY = "Recorded only: this drive is a folder on this computer, so nobody was given access by it."


@dataclass(frozen=True, slots=True)
class Drive:
    """The folder. Paths are relative to it, with ``/`` between their parts. Implements the port ``Storage``."""

    folder: Path

    @property
    def backend(self) -> str:
        """Name for people."""
        return "folder"

    @property
    def failures(self) -> tuple[Failure, ...]:
        """None besides those of every drive."""
        return ()

    def entries(self, path: str = "") -> list[JSON]:
        """What lies in the folder ``path``: ``{path, kind, bytes, modified}`` each, by name, hidden things left out.

        A file that is shared has ``shared`` too: ``{with, role}`` each.
        """
        place = inside(self.folder, path.strip("/"))
        if not place.is_dir():
            raise self._missing(path, "folder")
        found = sorted((item for item in place.iterdir() if not item.name.startswith(".")), key=lambda item: item.name)
        shared = Shares(self.folder).by_file()
        return [self._entry(item, shared) for item in found[:MAX_LISTED]]

    def read_text(self, path: str) -> str:
        """The text of a file, of Word and Excel files as Markdown.

        Raises ``ToolFailed`` (``outside``, ``not_found``, ``not_text``, ``too_large``, ``garbled``, ``encrypted``,
        ``not_installed``).
        """
        place = self._file(path)
        return text_of(path, lambda: read_file(place, path, largest(path)))

    def read_bytes(self, path: str, most: int) -> tuple[str, bytes]:
        """The name of a file and what is in it. Raises ``ToolFailed`` (``outside``, ``not_found``, ``too_large``)."""
        place = self._file(path)
        return place.name, read_file(place, path, most)

    def create(self, title: str, ending: str, content: str | bytes, key: str = "") -> JSON:
        """Make a new file and return ``{path, title, bytes, undo}``; the same non-empty ``key`` makes it only once."""
        made = Made(self.folder)
        body = content.encode("utf-8", "replace") if isinstance(content, str) else content
        with made.locked():
            note = made.known(key)
            if note and self._is_there(note):
                return self._finish(made, key, note)
            path = self._free_path(safe_name(title, ending))
            note = {"path": path, "title": title, "bytes": len(body), "sha256": sha256(body).hexdigest()}
            made.note(key, {**note, "done": False})
            write_whole(self.folder / path, body)
            return self._finish(made, key, note)

    def put(self, name: str, content: bytes, key: str = "") -> JSON:
        """Make a new file of any kind; otherwise like ``create``."""
        return self.create(*split_name(name), content, key)

    def share(self, path: str, people: list[str], role: str, key: str = "") -> JSON:
        """Write down that a file is shared; nobody gets access by it. The same non-empty ``key`` writes it only once."""
        place = self._file(path)
        about = {"file": place.relative_to(self.folder.resolve()).as_posix(), "with": people, "role": role}
        with Made(self.folder).locked():
            number = Shares(self.folder).add(about, key)
        return {**about, "url": "", "access_given": False, "text": RECORD_ONLY, "undo": {"share": number}}

    def unshare(self, undo: JSON) -> JSON:
        """Take a record of a share out. Twice is once."""
        with Made(self.folder).locked():
            Shares(self.folder).remove(str(undo["share"]))
        return {"removed": undo["share"]}

    def take_back(self, undo: JSON) -> JSON:
        """Remove the file ``path`` that was made here, unless somebody has changed it since. Twice is once.

        Raises ``ToolFailed`` (``changed``): what a person has worked on is not thrown away.
        """
        path = str(undo["path"])
        with Made(self.folder).locked():
            place = inside(self.folder, path)
            if place.is_file():
                if sha256(place.read_bytes()).hexdigest() != undo["sha256"]:
                    raise ToolFailed("changed", f"{path} was changed since it was made; it stays.", options=("ask",))
                place.unlink()
        return {"removed": path}

    def _is_there(self, note: JSON) -> bool:
        """A finished note is believed, also when the user has moved the file since; an unfinished one is checked."""
        if note.get("done"):
            return True
        place = inside(self.folder, str(note["path"]))
        return place.is_file() and sha256(place.read_bytes()).hexdigest() == note["sha256"]

    @staticmethod
    def _finish(made: Made, key: str, note: JSON) -> JSON:
        made.note(key, {**note, "done": True})
        shown = {name: note[name] for name in ("path", "title", "bytes")}
        return {**shown, "undo": {"path": note["path"], "sha256": note["sha256"]}}

    def _file(self, path: str) -> Path:
        place = inside(self.folder, path)
        if not place.is_file():
            raise self._missing(path, "file")
        return place

    def _free_path(self, name: str) -> str:
        taken = {same_name(item.name) for item in self.folder.iterdir()}
        return next(path for n in count(1) if same_name(path := numbered(name, n)) not in taken)

    def _entry(self, item: Path, shared: dict[str, list[JSON]]) -> JSON:
        about = item.lstat()
        modified = datetime.fromtimestamp(about.st_mtime, UTC).isoformat(timespec="seconds")
        path = item.relative_to(self.folder.resolve()).as_posix()
        entry: JSON = {
            "path": path,
            "kind": "folder" if item.is_dir() else "file",
            "bytes": about.st_size if item.is_file() else 0,
            "modified": modified,
        }
        return entry | ({"shared": shared[path]} if path in shared else {})

    def _missing(self, path: str, kind: str) -> ToolFailed:
        top = self.folder.resolve()
        fits = Path.is_dir if kind == "folder" else Path.is_file
        known = [item.relative_to(top).as_posix() for item in islice(top.rglob("[!.]*"), MAX_LISTED) if fits(item)]
        return missing(path, kind, [name for name in known if not name.startswith(".")])


def missing(path: str, kind: str, known: list[str], where: str = "in the drive") -> ToolFailed:
    """That there is no such ``kind`` (file, folder), with the near misses among ``known``."""
    seen, name = sorted(known), path.rpartition("/")[2]
    same = [it for it in seen if same_name(it.rpartition("/")[2]) == same_name(name)]
    close = (same or get_close_matches(path[:300], seen, n=3, cutoff=0.4))[:3]
    hint = f"Did you mean {' or '.join(close)}?" if close else "drive.list shows what is in the drive."
    return ToolFailed("not_found", f"There is no {kind} {path!r} {where}. {hint}")


def read_file(place: Path, path: str, most: int) -> bytes:
    """What is in a plain file, ``most`` bytes; ``path`` is how people call it. Raises ``ToolFailed``."""
    try:
        # A link that was put here since the path was checked is not followed, and a pipe is not waited for.
        number = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise ToolFailed("not_found", f"{path} cannot be read: {error.strerror or error}.") from error
    with os.fdopen(number, "rb") as file:
        about = os.fstat(number)
        if not stat.S_ISREG(about.st_mode):
            raise ToolFailed("not_found", f"{path} is no file of bytes; name one that is.")
        content = file.read(most + 1) if about.st_size <= most else None
    if content is None or len(content) > most:
        raise ToolFailed("too_large", f"{path} has more than {most:,} bytes; use a smaller file.")
    return content
