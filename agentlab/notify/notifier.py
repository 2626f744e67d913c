"""Tells of runs: writes each message down, and sends it to whoever is to have it, from a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from agentlab import failpoints
from agentlab.notify import words
from agentlab.notify.book import NotificationBook
from agentlab.notify.outward import send
from agentlab.notify_settings import Target
from agentlab.types import Notification, Question, RunResult, RunSpec, Schedule

EVERY_S = 1.0
"""Seconds between two looks for messages that are to be sent."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Who is told what."""

    targets: tuple[Target, ...] = ()
    long_s: float = 60.0
    """Seconds after which a run counts as long."""
    address: str = "http://127.0.0.1:8501"
    """Of the app, for links."""
    clean: Callable[[str], str] = str
    """Takes secrets out of a text."""


class Notifier:
    """What the lab tells. No failure in here is one of a run: what cannot be written or sent is logged."""

    def __init__(self, book: NotificationBook, rules: Rules, *, clock: Callable[[], float] = time.time) -> None:
        self.book = book
        self._rules = rules
        self._clock = clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def ended(self, spec: RunSpec, result: RunResult) -> None:
        """A run has ended. Twice is once. Of a run that another one began, that one tells."""
        if spec.parent:
            return
        events = {result.status, *(("long",) if result.duration_s > self._rules.long_s else ())}
        targets = self._targets(events, spec.notify)
        if targets or spec.schedule or result.status == "failed":
            title = words.title_of(result.status, spec.goal)
            self._tell(spec.run_id, result.status, title, words.text_of(result), spec.user, targets)

    def waiting(self, question: Question, spec: RunSpec) -> None:
        """A run waits for a person. Twice is once for each question."""
        title = words.title_of("waiting", spec.goal)
        text = words.text_of_question(question)
        targets = self._targets({"waiting"}, spec.notify)
        self._tell(spec.run_id, "waiting", title, text, spec.user, targets, question=question.name)

    def not_begun(self, schedule: Schedule, run_id: str, why: str) -> None:
        """The time of a schedule came and made no run; ``run_id`` is what its id would have been."""
        title = words.title_of("failed", f"schedule {schedule.name} could not begin")
        targets = self._targets({"failed"}, schedule.notify)
        self._tell("", "failed", title, words.cut(why, words.TEXT), "local", targets, question=run_id)

    def deliver(self) -> int:
        """Send everything that is due; returns how many messages were tried."""
        count = 0
        while sending := self.book.take(self._clock()):
            count += 1
            url = next((target.url for target in self._rules.targets if target.key == sending.target), "")
            page = f"run?run={sending.run_id}" if sending.run_id else "schedules"
            text = f"{sending.text}\n\n{self._rules.address}/{page}"
            failpoints.reach("notify.before_send")
            why = send(url, sending.title, text, sending.status) if url else "AGENTLAB_NOTIFY names it no more."
            failpoints.reach("notify.after_send")
            if why:
                self.book.not_sent(sending, self._clock(), self._rules.clean(why))
            else:
                self.book.sent(sending, self._clock())
        return count

    def test(self) -> list[tuple[str, str]]:
        """Send a short message to every target; (service, why it was not sent) of each, in the order of the setting."""
        text = f"This is a test of agentlab at {self._rules.address}."
        return [
            (target.service, self._rules.clean(send(target.url, "agentlab", text))) for target in self._rules.targets
        ]

    def start(self) -> None:
        """Send what is due, once a second, until ``stop``."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._work, name="agentlab-notify", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Send what is due now, where anything was to be sent in this process, and stop; waits 20 seconds at most."""
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=20)
            self._thread = None
        self.book.close()

    def _tell(
        self, run_id: str, status: str, title: str, text: str, user: str, targets: Iterable[str], *, question: str = ""
    ) -> None:
        clean = self._rules.clean
        told = Notification(
            id=0, run_id=run_id, status=status, title=clean(title), text=clean(text), user=user, at=self._clock()
        )
        try:
            self.book.write(told, question=question, targets=targets)
        except sa.exc.SQLAlchemyError as error:
            _log.warning("What became of the run %s could not be told: %s", run_id, error)
        if targets:
            self.start()

    def _targets(self, events: set[str], asked: tuple[str, ...] | None) -> list[str]:
        """Keys of the targets that are told of any of ``events``; what a run asks for goes before what the settings say."""
        return [target.key for target in self._rules.targets if events & set(target.on if asked is None else asked)]

    def _work(self) -> None:
        while True:
            leaving = self._stop.wait(EVERY_S)
            try:
                self.deliver()
            except (sa.exc.SQLAlchemyError, OSError) as error:
                _log.warning("Notifications could not be sent; the next look is in %g s: %s", EVERY_S, error)
            if leaving:
                return
