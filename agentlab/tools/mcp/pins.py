"""What was trusted: one file in the home, written whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from agentlab.errors import HomeUnusable
from agentlab.tools.made import write_whole
from agentlab.tools.mcp.offer import Offered
from agentlab.types import JSON


class Pins:
    """The tools of each server as a person has seen and trusted them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, server: str) -> dict[str, Offered]:
        """The trusted tools of a server, by name."""
        return {name: Offered(**told) for name, told in self._read().get(server, {}).items()}

    def pin(self, server: str, tools: Mapping[str, Offered]) -> None:
        """Trust these tools of a server, in place of those before."""
        kept = self._read() | {server: {name: asdict(tool) for name, tool in tools.items()}}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._path, json.dumps(kept, ensure_ascii=False, indent=1).encode())

    def _read(self) -> dict[str, dict[str, JSON]]:
        try:
            found: dict[str, dict[str, JSON]] = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise HomeUnusable(
                f"{self._path} cannot be read: {error}.",
                hint="Delete it and trust your MCP servers again: agentlab trust NAME.",
            ) from error
        return found
