"""The outbox: mails as ``.eml`` files in a folder, for a lab without a mail server. Nothing in it has left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any

from agentlab.tools.failure import ToolFailed
from agentlab.tools.made import Made, write_whole
from agentlab.tools.mail.delivery import Delivery, Status
from agentlab.tools.mail.failures import OUTBOX
from agentlab.tools.mail.message import Mail, compose
from agentlab.tools.names import inside, safe_name
from agentlab.types import JSON

LARGEST_SHOWN = 20_000_000
"""Mails above this size in bytes are listed and not opened."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """The folder. One file for each mail."""

    folder: Path
    max_bytes: int = 10_000_000
    failures = OUTBOX
    backend = "outbox"

    def carry(self, mails: Sequence[Mail], key: str = "") -> list[Delivery]:
        """Write each mail, unless it was written before under the same key. Raises ``ToolFailed``."""
        prepared = [(mail, made, compose(mail, made)) for mail in mails for made in [mail.message_id]]
        for _, _, raw in prepared:
            check_size(raw, self.max_bytes)
        return [self._put(mail, message_id, raw) for mail, message_id, raw in prepared]

    def _put(self, mail: Mail, message_id: str, raw: bytes) -> Delivery:
        made = Made(self.folder)
        with made.locked():
            note = made.known(mail.note_key)
            if note and (note.get("done") or self._is_there(note)):
                made.note(mail.note_key, {**note, "done": True})
                return self._delivery(mail, "already_sent", note)
            note = {"path": self._name(mail, message_id), "sha256": sha256(raw).hexdigest(), "message_id": message_id}
            made.note(mail.note_key, {**note, "done": False})
            write_whole(self.folder / note["path"], raw)
            made.note(mail.note_key, {**note, "done": True})
            return self._delivery(mail, "sent", note)

    @staticmethod
    def _delivery(mail: Mail, status: Status, note: JSON) -> Delivery:
        undo = {"path": note["path"], "sha256": note["sha256"]}
        return Delivery(mail=mail, status=status, message_id=str(note["message_id"]), undo=undo)

    def _is_there(self, note: JSON) -> bool:
        place = inside(self.folder, str(note["path"]))
        return place.is_file() and sha256(place.read_bytes()).hexdigest() == note["sha256"]

    @staticmethod
    def _name(mail: Mail, message_id: str) -> str:
        stem = safe_name(mail.subject, ".eml").removesuffix(".eml")[:60].strip(" .-") or "mail"
        return f"{mail.date:%Y-%m-%d-%H%M%S} {stem} {message_id[1:11]}.eml"

    def take_back(self, mails: Sequence[JSON]) -> JSON:
        """Remove mails that were written here; twice is once. Raises ``ToolFailed`` (``changed``), having removed none."""
        with Made(self.folder).locked():
            places = [(inside(self.folder, str(mail["path"])), str(mail["sha256"])) for mail in mails]
            for place, digest in places:
                if place.is_file() and sha256(place.read_bytes()).hexdigest() != digest:
                    raise ToolFailed("changed", f"{place.name} in the outbox was changed since; all of them stay.")
            for place, _ in places:
                place.unlink(missing_ok=True)
        return {"removed": [place.name for place, _ in places]}

    def mails(self, limit: int = 200) -> list[JSON]:
        """The newest mails in the outbox, newest first: ``{name, from, to, cc, subject, date, bytes}`` each, all of them text."""
        if not self.folder.is_dir():
            return []
        found = [path for path in self.folder.glob("*.eml") if path.is_file() and not path.name.startswith(".")]
        return [_head_of(path) for path in sorted(found, key=lambda path: path.name, reverse=True)[:limit]]

    def mail(self, name: str) -> JSON:
        """One mail: as in ``mails``, and ``text`` and ``attachments`` (``{name, type, bytes}`` each).

        Raises ``ToolFailed`` (``not_found``, ``outside``, ``too_large``).
        """
        place = inside(self.folder, name)
        if not place.is_file() or place.suffix != ".eml":
            raise ToolFailed("not_found", f"There is no mail {name!r} in the outbox.")
        if place.stat().st_size > LARGEST_SHOWN:
            raise ToolFailed("too_large", f"{name} is too large to be shown; open it with a mail program.")
        read = _read(place.read_bytes())
        body = read.get_body(("plain", "html"))
        attached = [
            {
                "name": part.get_filename() or "unnamed",
                "type": part.get_content_type(),
                "bytes": len(part.get_payload(decode=True) or b""),
            }
            for part in read.iter_attachments()
        ]
        return {**_head_of(place), "text": _text_of(body), "attachments": attached}


def check_size(raw: bytes, max_bytes: int) -> None:
    """Raise ``ToolFailed`` (``too_large``) where a mail is larger than the settings allow."""
    if len(raw) > max_bytes:
        raise ToolFailed(
            "too_large",
            f"The mail has {len(raw):,} bytes with its attachments, and AGENTLAB_MAIL_MAX_BYTES allows {max_bytes:,}. "
            "Attach less, or say where the files lie.",
        )


def _read(raw: bytes) -> EmailMessage:
    from email.policy import default

    return message_from_bytes(raw, policy=default)


def _head_of(path: Path) -> JSON:
    with path.open("rb") as file:
        read = _read(file.read(65_536))
    shown = {name: str(read[name] or "") for name in ("From", "To", "Cc", "Subject", "Date")}
    return {"name": path.name, **{name.lower(): text for name, text in shown.items()}, "bytes": path.stat().st_size}


def _text_of(body: Any) -> str:
    if body is None:
        return ""
    content = body.get_payload(decode=True) or b""
    try:
        return str(content.decode(body.get_content_charset() or "utf-8", "replace"))
    except LookupError:  # a charset that nobody knows
        return str(content.decode("utf-8", "replace"))
