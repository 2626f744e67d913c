"""Sends mails through a mail server, each at most once under its key, and remembers what it sent."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from agentlab.failpoints import reach
from agentlab.tools.failure import ToolFailed
from agentlab.tools.made import HIDDEN, Made
from agentlab.tools.mail.delivery import Delivery, Status
from agentlab.tools.mail.failures import SMTP
from agentlab.tools.mail.message import Mail, compose
from agentlab.tools.mail.outbox import check_size
from agentlab.tools.mail.server import Deadline, Line, MailServer
from agentlab.types import ToolError

WAITS_S = (2.0, 5.0, 10.0, 20.0)
"""Waits before mails that the server put off are offered again, in seconds."""
ENDS_THE_CALL = frozenset({"connect", "tls", "auth", "timeout", "rate_limited"})
"""Failures that the next mail would meet as well."""
PUT_OFF = frozenset({"greylisted", "quota"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Implements ``Carrier``. ``notes`` is the folder that it remembers in, ``limit_s`` its time for one call in seconds.

    A note is written when the server has asked for the text of a mail, and completed when it has answered. A note that
    was not completed means: nobody knows, so the mail is not sent again.
    """

    server: MailServer
    notes: Path
    max_bytes: int = 10_000_000
    limit_s: float = 50.0
    waits_s: tuple[float, ...] = WAITS_S
    sleep: Callable[[float], None] = time.sleep
    failures = SMTP

    @property
    def backend(self) -> str:
        return f"SMTP {self.server.address}"

    def carry(self, mails: Sequence[Mail], key: str = "") -> list[Delivery]:
        """Send each mail, unless it was sent before under the same key. Raises ``ToolFailed``."""
        deadline = Deadline(self.limit_s)
        letters = [_Letter(mail, mail.message_id, self.max_bytes) for mail in mails]
        with self._alone(key, deadline):
            waiting = [letter for letter in letters if not self._settled(letter)]
            for wait in (*self.waits_s, None):
                self._round(waiting, deadline)
                waiting = [one for one in waiting if one.failure and one.failure.kind in PUT_OFF]
                if not waiting or wait is None or wait + 1 > deadline.left():
                    break
                self.sleep(wait)
        return [letter.delivery for letter in letters]

    def _settled(self, letter: _Letter) -> bool:
        note = Made(self.notes).known(letter.mail.note_key) or {}
        if note.get("state") == "sent":
            letter.status = "already_sent"
        elif note.get("state") == "sending":
            message = (
                f"An earlier attempt handed {letter.message_id} over and ended before the server's answer was noted. It may "
                "have arrived: look there, or ask the recipient. It is not sent again by itself; a new run sends anew."
            )
            letter.failure = ToolFailed("unconfirmed", message).told_by(SMTP)
        return bool(letter.status or letter.failure)

    def _round(self, letters: Sequence[_Letter], deadline: Deadline) -> None:
        """Offer each letter once. What stops one connection stops the round; the others fail alike."""
        line, stopped = None, None
        for letter in letters:
            letter.failure = stopped
            if stopped:
                continue
            try:
                line = line if line and line.open else self.server.connect(deadline)
                self._send(letter, line)
            except ToolFailed as failed:
                letter.failure = failed.told_by(SMTP)
                stopped = letter.failure if letter.failure.kind in ENDS_THE_CALL else None
        if line:
            line.close()

    def _send(self, letter: _Letter, line: Line) -> None:
        made, key = Made(self.notes), letter.mail.note_key
        note = {"message_id": letter.message_id, "to": [to.spec for to in letter.mail.recipients]}

        def begin() -> None:
            reach("mail.before_note")
            made.note(key, {**note, "state": "sending"})
            reach("mail.before_text")

        try:
            line.deliver(letter.mail.sender.spec, [to.spec for to in letter.mail.recipients], letter.raw, begin)
        except ToolFailed as failed:
            if failed.error.kind != "unconfirmed":
                made.note(key, {**note, "state": "refused"})
            raise
        reach("mail.before_done")
        made.note(key, {**note, "state": "sent"})
        reach("mail.after_done")
        letter.status = "sent"

    @contextmanager
    def _alone(self, key: str, deadline: Deadline) -> Iterator[None]:
        """Alone among all processes that send under this key. Raises ``ToolFailed`` (``busy``)."""
        self.notes.joinpath(HIDDEN).mkdir(parents=True, exist_ok=True)
        if not key:
            yield
            return
        digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        with (self.notes / HIDDEN / f"sending-{digest[:2]}.lock").open("w") as lock:
            while not _took(lock.fileno()):
                if deadline.left() <= 1:
                    raise ToolFailed("busy", "This mail is being sent by another process just now; try again later.")
                time.sleep(0.05)
            yield


class _Letter:
    """A mail on its way, its text, and what became of it."""

    def __init__(self, mail: Mail, message_id: str, max_bytes: int) -> None:
        self.mail, self.message_id = mail, message_id
        self.raw = compose(mail, message_id)
        check_size(self.raw, max_bytes)
        self.status: str = ""
        self.failure: ToolError | None = None

    @property
    def delivery(self) -> Delivery:
        status: Status = "failed" if not self.status else "sent" if self.status == "sent" else "already_sent"
        error = None if self.status else self.failure
        return Delivery(mail=self.mail, status=status, message_id=self.message_id, error=error)


def _took(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
