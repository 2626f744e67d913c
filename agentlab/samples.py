"""What ships with agentlab to begin with: files for the drive, and goals that work on them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path


def suggestions() -> list[dict[str, str]]:
    """Goals to begin with: ``title``, ``goal`` and ``why`` of each."""
    found: list[dict[str, str]] = json.loads((_samples() / "goals.json").read_text(encoding="utf-8"))
    return found


def lay_out(drive: Path) -> None:
    """Put the samples into the drive, once: what the user changes or deletes there stays so."""
    if not (drive / "samples").exists():
        shutil.copytree(_samples(), drive / "samples", ignore=shutil.ignore_patterns("goals.json"))


def _samples() -> Path:
    here = Path(__file__).parent
    packed = here / "_samples"
    return packed if packed.is_dir() else here.parent / "data" / "samples"
