"""What a server offers, and how it compares with what was trusted."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from agentlab.types import JSON

State = Literal["trusted", "new", "changed", "gone"]
_FINE = frozenset("\n\t")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One tool as a server describes it."""

    name: str
    description: str = ""
    input_schema: JSON = field(default_factory=lambda: {"type": "object"})
    output_schema: JSON | None = None
    read_only: bool = False
    """Whether the server says that it only reads (``readOnlyHint``); its word, and pinned like the rest."""

    @property
    def digest(self) -> str:
        """64 hex digits of all that a model would read or go by."""
        told = [self.name, self.description, self.input_schema, self.output_schema]
        told += ["reads only"] if self.read_only else []  # pins of before are of tools that did not say it
        return sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def hidden(self) -> list[str]:
        """Characters of its texts that people do not see and models may: ``U+200B`` and the like."""
        told = json.dumps([self.name, self.description, self.input_schema], ensure_ascii=False)
        odd = {it for it in told if it not in _FINE and unicodedata.category(it) in {"Cf", "Cc", "Co", "Cn"}}
        return sorted(f"U+{ord(it):04X}" for it in odd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """All that a server offers today, each tool with its state."""

    server: str
    tools: tuple[tuple[Offered, State], ...]

    @property
    def digest(self) -> str:
        """64 hex digits of all tools together: what is trusted is what was shown."""
        return sha256(" ".join(sorted(it.digest for it, state in self.tools if state != "gone")).encode()).hexdigest()

    @property
    def settled(self) -> bool:
        """Whether everything is as it was trusted."""
        return all(state == "trusted" for _, state in self.tools)


def compared(server: str, today: Mapping[str, Offered], trusted: Mapping[str, Offered]) -> Offer:
    """Each tool of today and of then, with its state."""
    found: list[tuple[Offered, State]] = []
    for name, offered in today.items():
        then = trusted.get(name)
        found.append((offered, "new" if then is None else "trusted" if then.digest == offered.digest else "changed"))
    found += [(then, "gone") for name, then in trusted.items() if name not in today]
    return Offer(server=server, tools=tuple(sorted(found, key=lambda it: it[0].name)))
