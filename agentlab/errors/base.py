"""What all errors have, and the half sentence that names near misses."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, ClassVar


class AgentlabError(Exception):
    """Base of all errors raised on purpose.

    ``message`` says what failed and why, ``hint`` what to do next, ``context`` holds the values as a dict.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", **context: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.context = context

    @property
    def code(self) -> str:
        """Stable name for programs, such as ``unknown_model``."""
        name = type(self).__name__
        return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def as_dict(self) -> dict[str, Any]:
        """The error as JSON, the same for the API and for ``--json``."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "context": self.context}


def near(name: str, known: list[str] | tuple[str, ...]) -> str:
    """A half sentence that names the near misses of ``name``, or all known names where none is near."""
    close = get_close_matches(name, known, n=3, cutoff=0.6)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Known: {', '.join(sorted(known))}." if known else ""
