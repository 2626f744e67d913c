"""The tools of mail: one mail that all see, and a mail of their own for each of many."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from agentlab.tools.data import Data
from agentlab.tools.drive import Storage
from agentlab.tools.failure import ToolFailed
from agentlab.tools.failures import without
from agentlab.tools.function import FunctionTool, tool
from agentlab.tools.mail.address import Address, read_address, read_addresses
from agentlab.tools.mail.delivery import Carrier, Delivery
from agentlab.tools.mail.failures import ATTACHING
from agentlab.tools.mail.message import Attachment, Mail
from agentlab.tools.mail.outbox import Outbox
from agentlab.tools.mail.post import Post
from agentlab.tools.mail.results import BatchSent, Sent
from agentlab.tools.mail.server import MailServer
from agentlab.types import JSON, ToolContext, ToolError, ToolResult

if TYPE_CHECKING:
    from agentlab.settings import Settings

TIME_S = 60.0
"""Longest time of one call, in seconds; a mail server has ten less, so that what became of each mail is told."""
NOBODY = "agentlab@localhost"

Addresses = Annotated[list[str], Field(description="E-mail addresses.", min_length=1)]
Copies = Annotated[list[str] | None, Field(description="E-mail addresses that get a copy.")]
Subject = Annotated[str, Field(description="Subject line.", min_length=1, max_length=300)]
Files = Annotated[list[str] | None, Field(description="Files in the drive to attach.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Writes mails: from whom, to how many, with files of which drive, and who carries them."""

    carrier: Carrier
    drive: Storage
    sender: str = NOBODY
    max_recipients: int = 50
    max_bytes: int = 10_000_000

    def send(self, to: list[str], subject: str, body: str, cc: list[str], attachments: list[str], key: str) -> Delivery:
        """One mail that everyone in ``to`` and ``cc`` gets. Raises ``ToolFailed``."""
        main = read_addresses(to)
        copies = [address for address in read_addresses(cc) if address.key not in {one.key for one in main}]
        self._check_count(len(main) + len(copies))
        mail = Mail(
            sender=self._sender(),
            to=main,
            cc=copies,
            subject=subject,
            body=body,
            attachments=self._attached(attachments),
            key=key and f"{key}:send",
        )
        (delivery,) = self.carrier.carry([mail], key)
        return delivery

    def send_batch(self, recipients: list[str], subject: str, body: str, key: str) -> list[Delivery]:
        """A mail of their own for each. Raises ``ToolFailed`` where none can be written."""
        people, sender = read_addresses(recipients), self._sender()
        self._check_count(len(people))
        mails = [
            Mail(sender=sender, to=[one], subject=subject, body=body, key=key and f"{key}:batch") for one in people
        ]
        return self.carrier.carry(mails, key)

    def _sender(self) -> Address:
        try:
            return read_address(self.sender)
        except ToolFailed as failed:
            message = f"The sender in AGENTLAB_MAIL_FROM cannot be used: {failed}"
            raise ToolFailed("invalid_address", message, options=("ask",)) from failed

    def _check_count(self, count: int) -> None:
        if count > self.max_recipients:
            raise ToolFailed(
                "too_many_recipients",
                f"{count} addresses are more than the {self.max_recipients} that one call may send to. Send to fewer, or raise "
                "AGENTLAB_MAIL_MAX_RECIPIENTS.",
            )

    def _attached(self, paths: Sequence[str]) -> list[Attachment]:
        left, found = self.max_bytes, []
        for path in dict.fromkeys(paths):
            name, content = self.drive.read_bytes(path, left)
            left -= len(content)
            found.append(Attachment(name, content))
        return found


def mail_tools(settings: Settings, drive: Storage) -> list[FunctionTool]:
    """The tools of mail as ``settings`` say: over a mail server where one is set, else into the outbox."""
    sender, carrier = settings.mail_from or NOBODY, _carrier(settings)
    if isinstance(carrier, Post) and not settings.mail_from:
        sender = carrier.server.user
    desk = Desk(
        carrier=carrier,
        drive=drive,
        sender=sender,
        max_recipients=settings.mail_max_recipients,
        max_bytes=settings.mail_max_bytes,
    )
    return desk_tools(desk)


def _carrier(settings: Settings) -> Outbox | Post:
    if settings.smtp_url.get_secret_value():
        server = MailServer(settings.smtp_url, settings.smtp_ca)
        return Post(server=server, notes=settings.outbox, max_bytes=settings.mail_max_bytes)
    return Outbox(settings.outbox, settings.mail_max_bytes)


def desk_tools(desk: Desk) -> list[FunctionTool]:
    """The tools of mail at one desk."""
    outbox = desk.carrier if isinstance(desk.carrier, Outbox) else None

    async def take_back(undo: JSON, context: ToolContext) -> JSON:
        return await asyncio.to_thread(outbox.take_back, undo["mails"]) if outbox else {}

    def mail_tool(
        name: str, returns: type[Data], *, attaches: bool = False, either: tuple[str, ...] = ()
    ) -> Callable[[Callable[..., Any]], FunctionTool]:
        return tool(
            name=name,
            timeout_s=TIME_S,
            changes_world=True,
            undo=take_back if outbox else None,
            reaches="the drive and the outbox" if outbox else "the drive and the mail server",
            backend=desk.carrier.backend,
            failures=desk.carrier.failures if attaches else without(desk.carrier.failures, *ATTACHING),
            either=either,
            returns=returns,
            per_minute=10,
            asks=True,
            # What a mail says may come from a page: the goal named its readers. Readers and files may not.
            open_args=("subject", "body"),
        )

    @mail_tool("email.send", Sent, attaches=True, either=("body", "attachments"))
    async def send(
        to: Addresses,
        subject: Subject,
        body: Annotated[str, Field(description="Text of the mail.")] = "",
        cc: Copies = None,
        attachments: Files = None,
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Send one e-mail to one or several addresses; all of them see each other."""
        key = context.idempotency_key
        delivery = await asyncio.to_thread(desk.send, to, subject, body, cc or [], attachments or [], key)
        return _sent(delivery, attachments or [])

    @mail_tool("email.sendBatch", BatchSent)
    async def send_batch(
        recipients: Addresses,
        subject: Subject,
        body: Annotated[str, Field(description="Text of each mail.", min_length=1)],
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Send the same e-mail to several addresses, a separate mail for each."""
        deliveries = await asyncio.to_thread(desk.send_batch, recipients, subject, body, context.idempotency_key)
        return _batch_sent(subject, deliveries)

    return [send, send_batch]


def _sent(delivery: Delivery, attachments: list[str]) -> ToolResult:
    if delivery.error:
        return ToolResult(error=delivery.error)
    mail = delivery.mail
    data: JSON = {
        "id": delivery.message_id,
        "to": [address.spec for address in mail.to],
        "cc": [address.spec for address in mail.cc],
        "subject": mail.subject,
        "attachments": attachments,
        "status": delivery.status,
    }
    return ToolResult(data=data, undo={"mails": [delivery.undo]} if delivery.undo else None)


def _batch_sent(subject: str, deliveries: Sequence[Delivery]) -> ToolResult:
    """What became of each. Fails where a repetition may send more, and where nobody got the mail."""
    counts = Counter(delivery.status for delivery in deliveries)
    failed = [delivery for delivery in deliveries if delivery.error]
    done = len(deliveries) - len(failed)
    rows = [delivery.row for delivery in deliveries]
    lines = [f"- {row['address']}: {row['status']}. {row['error']}".rstrip(". ") for row in rows]
    data: JSON = {
        "subject": subject,
        "recipients": rows,
        "sent": counts["sent"],
        "already_sent": counts["already_sent"],
        "failed": len(failed),
        "text": "\n".join(lines),
    }
    undo = {"mails": [one.undo for one in deliveries if one.undo]} if any(one.undo for one in deliveries) else None
    return ToolResult(data=data, error=_batch_error(failed, done), undo=undo)


def _batch_error(failed: Sequence[Delivery], done: int) -> ToolError | None:
    """None where nothing more can be had by a repetition and somebody got the mail."""
    errors = [delivery.error for delivery in failed if delivery.error]
    worst = next((error for error in errors if error.retryable), None) or next(iter(errors), None)
    if worst is None or (done and not worst.retryable):
        return None
    others = ", ".join(delivery.mail.to[0].spec for delivery in failed)
    message = f"{len(failed)} of {done + len(failed)} mails were not sent ({others}). {worst.message}"
    return replace(worst, message=message)
