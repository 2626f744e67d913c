"""Who was to see which file of a drive that is a folder: a record, because a folder can let nobody in."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from agentlab.tools.made import HIDDEN, write_whole
from agentlab.types import JSON
from agentlab.types.ids import new_id


class Shares:
    """The file ``shares.json`` in the hidden folder of a drive: by number, what is shared with whom in which role."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / HIDDEN / "shares.json"

    def all(self) -> dict[str, JSON]:
        """``{number: {file, with, role}}``; a file that cannot be read counts as none."""
        try:
            found: Any = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def by_file(self) -> dict[str, list[JSON]]:
        """``{with, role}`` of every share, by file."""
        files: dict[str, list[JSON]] = {}
        for share in self.all().values():
            files.setdefault(share["file"], []).append({"with": share["with"], "role": share["role"]})
        return files

    def add(self, share: JSON, key: str) -> str:
        """Write ``share`` down and return its number; the same for the same non-empty ``key``."""
        number = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:24] if key else new_id("share")
        self._write(self.all() | {number: share})
        return number

    def remove(self, number: str) -> None:
        """Take one out, where it is there."""
        self._write({other: share for other, share in self.all().items() if other != number})

    def _write(self, shares: dict[str, JSON]) -> None:
        write_whole(self._path, json.dumps(shares, ensure_ascii=True, indent=1).encode())
