"""A mail and its text as RFC 5322 has it: headers of our own making, the body by Python's ``email`` package."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from secrets import token_hex

from agentlab.tools.failure import ToolFailed
from agentlab.tools.mail.address import Address, addresses_line, check_line, line_of

_ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What is to be sent: one mail, whose readers all see ``to`` and ``cc``."""

    sender: Address
    to: Sequence[Address]
    subject: str
    body: str
    cc: Sequence[Address] = ()
    attachments: Sequence[Attachment] = ()
    key: str = ""
    """Same for every repetition of the same mail; empty where it may be sent again."""
    date: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def recipients(self) -> tuple[Address, ...]:
        """Everyone who gets it, each once."""
        return tuple({address.key: address for address in (*self.to, *self.cc)}.values())

    @property
    def note_key(self) -> str:
        """Under which it is remembered: the key together with those who get it."""
        return "\n".join([self.key, *sorted(address.key for address in self.recipients)]) if self.key else ""

    @property
    def message_id(self) -> str:
        """Its Message-ID: the same in every repetition, drawn anew where there is no key."""
        known = sha256(self.note_key.encode("utf-8", "surrogatepass")).hexdigest()[:32] if self.key else token_hex(16)
        return f"<{known}@{self.sender.domain}>"


def compose(mail: Mail, message_id: str) -> bytes:
    """The mail as bytes. Raises ``ToolFailed`` (``invalid_header``) where a text would not stay in its place."""
    check_line(mail.subject, "subject")
    head = {
        "From": addresses_line([mail.sender]),
        "To": addresses_line(mail.to),
        **({"Cc": addresses_line(mail.cc)} if mail.cc else {}),
        "Subject": line_of(mail.subject),
        "Date": format_datetime(mail.date),
        "Message-ID": message_id,
    }
    for address in (mail.sender, *mail.recipients):
        check_line(address.name, "name")
    top = "".join(f"{name}: {value}\r\n" for name, value in head.items()).encode("ascii")
    raw = top + _body(mail).as_bytes()
    _prove(mail, raw, head)
    return raw


def _body(mail: Mail) -> EmailMessage:
    from email.policy import SMTP

    # Lines end in CRLF and hold ASCII only, so that every server passes them on unchanged.
    made = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    text = mail.body.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    made.set_content(text, cte="base64" if _ODD.search(text) else None)
    for attachment in mail.attachments:
        check_line(attachment.name, "name of an attachment")
        kind = (mimetypes.guess_type(attachment.name)[0] or "application/octet-stream").partition("/")
        if kind[0] in ("message", "multipart"):
            kind = ("application", "/", "octet-stream")
        shown = attachment.name.replace("=?", "=_")  # else readers would decode it
        made.add_attachment(attachment.content, maintype=kind[0], subtype=kind[2], filename=shown)
    return made


def _prove(mail: Mail, raw: bytes, head: dict[str, str]) -> None:
    """Read the mail as its reader will: the same subject, the same people, and no header more."""
    from email.policy import default

    try:
        read = message_from_bytes(raw, policy=default)
        to, cc = _specs(read["To"]), _specs(read["Cc"])
        names, subject = set(read.keys()) - {"MIME-Version"}, str(read["Subject"])
    except (MessageError, ValueError, IndexError, AttributeError) as error:
        raise _astray() from error
    same_people = to == [a.spec for a in mail.to] and cc == [a.spec for a in mail.cc]
    expected = {*head, "Content-Type", "Content-Transfer-Encoding"}
    if subject != mail.subject or not same_people or not names <= expected or len(read.keys()) != len(set(read.keys())):
        raise _astray()


def _specs(header: object) -> list[str]:
    return [address.addr_spec for address in getattr(header, "addresses", ())]


def _astray() -> ToolFailed:
    return ToolFailed(
        "invalid_header",
        "The mail would not read back as it was written: its subject or an address holds something that mail programs "
        "take for more than text. Write them in plain letters.",
    )
