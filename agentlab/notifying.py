"""The part of ``Lab`` that tells: what was told of runs, and who is told outward."""

from __future__ import annotations

import time
from abc import ABC
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from agentlab.errors import SettingsInvalid
from agentlab.settings import Settings
from agentlab.types import Notification, Question, RunResult, RunSpec

if TYPE_CHECKING:
    from agentlab.notify import Notifier


class Notifying(ABC):
    """Needs ``settings``."""

    settings: Settings

    def notifications(self, *, unread: bool = False, limit: int = 100, user: str = "local") -> list[Notification]:
        """What was told of runs, the newest first."""
        return self.notifier.book.list(user, unread=unread, limit=limit)

    def unread(self, user: str = "local") -> int:
        """How many of them were not read."""
        return self.notifier.book.unread(user)

    def mark_read(self, ids: Iterable[int] | None = None, *, user: str = "local") -> int:
        """Mark these as read, or all; returns how many were not."""
        return self.notifier.book.read(user, time.time(), ids)

    def notify_test(self) -> list[tuple[str, str]]:
        """Send a message to everybody that ``AGENTLAB_NOTIFY`` names: the service and why it was not sent, of each.

        Raises ``SettingsInvalid`` where it names nobody.
        """
        if not self.settings.targets:
            raise SettingsInvalid(
                "AGENTLAB_NOTIFY names nobody.",
                hint="docs/how-to/notifications.md shows how mail, Slack and others are named.",
            )
        return self.notifier.test()

    @cached_property
    def notifier(self) -> Notifier:
        """What tells of runs."""
        from agentlab.notify import NotificationBook, Notifier
        from agentlab.notify.notifier import Rules
        from agentlab.sql import open_database
        from agentlab.store import Redaction

        settings = self.settings
        redaction = Redaction(personal=settings.redact_personal, extra=settings.redact_patterns)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        rules = Rules(
            targets=settings.targets,
            long_s=settings.notify_after_s,
            address=f"http://{host}:{settings.port}",
            clean=redaction.text,
        )
        return Notifier(NotificationBook(open_database(settings.database_url)), rules)

    def _tell_ended(self, spec: RunSpec, result: RunResult) -> None:
        self.notifier.ended(spec, result)

    def _tell_asked(self, question: Question, spec: RunSpec) -> None:
        self.notifier.waiting(question, spec)

    def _start_telling(self) -> None:
        """Send what others left to be sent, too, and forget what is old."""
        self.notifier.book.forget_old(time.time())
        if self.settings.targets:
            self.notifier.start()

    def _stop_telling(self) -> None:
        if notifier := self.__dict__.get("notifier"):
            notifier.stop()
