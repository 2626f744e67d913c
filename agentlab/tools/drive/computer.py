"""The files of this computer that may go into the drive, and the folder that files of the drive are copied to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from agentlab.tools.drive.folder import MAX_LISTED, Drive, missing, read_file
from agentlab.tools.failure import ToolFailed
from agentlab.types import JSON

if TYPE_CHECKING:
    from agentlab.settings import Settings


@dataclass(frozen=True, slots=True)
class Computer:
    """This computer, as far as the drive tools may see it."""

    folders: tuple[Path, ...]
    """May be read from, with all that is in them; hidden files are not."""
    downloads: Path
    """Is copied to."""
    most: int
    """Bytes of one file."""

    def read(self, path: str) -> tuple[str, bytes]:
        """The name of a file and what is in it. Whether a file is there is told of allowed folders only.

        Raises ``ToolFailed`` (``outside``, ``not_found``, ``too_large``).
        """
        if not self.folders:
            raise self._outside(path)
        allowed = [place for place in self._places(path) if self._allows(place)]
        if not allowed:
            raise self._outside(path)
        found = next((place for place in allowed if os.path.isfile(place)), None)  # a name that is too long is none
        if found is None:
            raise missing(path, "file", list(islice(self._known(), MAX_LISTED)), "in the folders that may be read")
        return found.name, read_file(found, path, self.most)

    def save(self, name: str, content: bytes, key: str) -> JSON:
        """Copy into the folder for downloads, under a name that is free; the same non-empty ``key`` copies only once."""
        self.downloads.mkdir(parents=True, exist_ok=True)
        return Drive(self.downloads).put(name, content, key)

    def take_back(self, undo: JSON) -> JSON:
        """Remove a copy that nobody has changed. Raises ``ToolFailed`` (``changed``)."""
        return Drive(self.downloads).take_back(undo)

    def _places(self, path: str) -> Iterator[Path]:
        """What ``path`` may mean, links followed: a place of its own, or one inside an allowed folder."""
        try:
            given = Path(path).expanduser()
            for place in [given] if given.is_absolute() else [folder / given for folder in self.folders]:
                yield place.resolve()
        except (OSError, ValueError, RuntimeError):  # too long, a zero byte, a loop of links, a home of nobody
            return

    def _allows(self, place: Path) -> bool:
        for folder in self.folders:
            top = folder.resolve()
            if place.is_relative_to(top):
                return not any(part.startswith(".") for part in place.relative_to(top).parts)
        return False

    def _known(self) -> Iterator[str]:
        for folder in self.folders:
            for top, inner, names in os.walk(folder):
                inner[:] = [name for name in inner if not name.startswith(".")]
                yield from (str(Path(top, name).relative_to(folder)) for name in names if not name.startswith("."))

    def _outside(self, path: str) -> ToolFailed:
        asked = Path(path).parent if path.startswith(("/", "~")) and "\0" not in path and len(path) < 300 else "FOLDER"
        which = ", ".join(map(str, self.folders)) or "no folder"
        return ToolFailed(
            "outside",
            f"{path[:300]!r} is in no folder that may be uploaded from ({which}). "
            f"If that is meant, set AGENTLAB_UPLOAD_FROM={asked} and start again.",
            options=("change_arguments", "ask"),
        )


def computer_of(settings: Settings) -> Computer:
    """This computer under ``settings``."""
    folders = (Path(name.strip()).expanduser() for name in settings.upload_from.split(",") if name.strip())
    downloads = Path(settings.download_to).expanduser() if settings.download_to else settings.home / "downloads"
    return Computer(tuple(folders), downloads.absolute(), settings.upload_max_bytes)
