"""What became of a mail, and what carries mails: the outbox or a mail server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from agentlab.tools.mail.message import Mail
from agentlab.types import JSON, Failure, ToolError

Status = Literal["sent", "already_sent", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one mail."""

    mail: Mail
    status: Status
    message_id: str
    error: ToolError | None = None
    undo: JSON | None = None

    @property
    def row(self) -> JSON:
        """As a batch reports it."""
        return {
            "address": self.mail.to[0].spec,
            "status": self.status,
            "error": f"{self.error.kind}: {self.error.message}" if self.error else "",
        }


class Carrier(Protocol):
    """Takes mails where they are to go, each at most once under its key."""

    @property
    def failures(self) -> tuple[Failure, ...]: ...

    @property
    def backend(self) -> str: ...

    def carry(self, mails: Sequence[Mail], key: str = "") -> list[Delivery]:
        """What became of each. Raises ``ToolFailed`` where nothing was tried, for the mail itself is not in order."""
        ...
