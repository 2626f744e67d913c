"""The writing side of the store: what is recorded loses its secrets and becomes lines; a disk that fails is reported."""

from __future__ import annotations

import os
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from agentlab.store.line import encode, encode_content, encode_note, encode_payload
from agentlab.store.losses import Losses, buried
from agentlab.store.redact import Redaction
from agentlab.store.spool import Spool
from agentlab.trace import utc_now
from agentlab.types import Event, Note, Payload, Scope, Span
from agentlab.types.ids import new_id

BLOB_BYTES = 64_000
"""Payloads of more bytes than this lie apart, by their hash, so that one that comes often is kept once."""


class Writer:
    """Writes into the spool under ``folder``: spans and notes in one stream, payloads in another, large ones as files.

    Threads may share it. ``project`` is whose traces these are where they do not say; ``durable`` puts each line on the disk.
    """

    def __init__(self, folder: Path, redaction: Redaction, *, project: str | None, durable: bool) -> None:
        self._folder = folder
        self._redaction = redaction
        self._project = project
        self._durable = durable
        self._spool = Spool(folder / "spool", synced=durable)
        self._payloads = Spool(folder / "payloads", synced=durable)
        self._losses = Losses(folder)
        self.failing = False
        """Whether the last thing recorded here could not be written."""

    def record(self, event: Event) -> bytes:
        """Keep ``event``, without its secrets; on return it survives the death of this process.

        What a span brings along (payloads, notes) is kept with its end, and before it. Never raises for a failing disk.
        Returns the line that was written: the span as JSON.
        """
        span = event.span
        if span.project is None:
            span.project = self._project
        line = encode(event)
        if self._redaction.suspects(line, after=b'"project":'):
            event = self._redaction.event(event)
            span, line = event.span, encode(event)
        if event.phase == "start":
            self._wrote(self._spool.append(line, opens=span.span_id))
            return line
        if span.payloads or span.notes:
            self._bring_along(span)
        self._wrote(self._spool.append(line, ends=span.span_id))
        return line

    def note(self, note: Note, *, about: Span | Scope | None = None) -> None:
        """Keep a note, without its secrets; ``about`` fills in the ids that it lacks."""
        if about:
            note.run_id, note.trace_id = note.run_id or about.run_id, note.trace_id or about.trace_id
            span_id = about.span_id if isinstance(about, Span) else about.parent_span_id
            note.span_id, note.project = note.span_id or span_id, note.project or getattr(about, "project", None)
        note.project = note.project or self._project
        line = encode_note(note)
        if self._redaction.suspects(line, after=b'"name":'):
            line = encode_note(self._redaction.note(note))
        self._wrote(self._spool.append(line))

    def bury(self) -> None:
        """Report for good what dead writers could not write."""
        for loss in buried(self._folder):
            self._report(loss.waiting + loss.lost, loss.error, f"loss_{loss.writer}")

    def close(self) -> None:
        """Let go of every file; what still cannot be written is left as a report."""
        unwritten = not (self._spool.flush() and self._payloads.flush())
        if unwritten:
            self._tell()
        self._losses.close(keep=unwritten)
        self._spool.close()
        self._payloads.close()

    def _bring_along(self, span: Span) -> None:
        for role, content in span.payloads.items():
            self._keep(span, role, content)
        for note in span.notes:
            self.note(note, about=span)

    def _keep(self, span: Span, role: str, content: Any) -> None:
        encoded = encode_content(content)
        if self._redaction.suspects(encoded):
            encoded = encode_content(self._redaction.value(orjson.loads(encoded)))
        blob = self._apart(encoded) if len(encoded) > BLOB_BYTES else None
        payload = Payload(
            span_id=span.span_id,
            trace_id=span.trace_id,
            run_id=span.run_id,
            project=span.project,
            role=role,
            recorded_at=span.started_at,
            bytes=len(encoded),
            sha256=blob,
        )
        self._wrote(self._payloads.append(encode_payload(payload, None if blob else encoded)))

    def _apart(self, content: bytes) -> str | None:
        """Write a large payload as a file of its own. Returns its hash; None where that cannot be done."""
        name = sha256(content).hexdigest()
        path = self._folder / "blobs" / name
        aside = path.with_name(f"{name}.{secrets.token_hex(4)}")
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                with aside.open("wb") as file:
                    file.write(content)
                    if self._durable:
                        os.fsync(file.fileno())
                aside.replace(path)
        except OSError:
            return None
        return name

    def _wrote(self, written: bool) -> None:
        """Keep the report of what cannot be written up to date; a good write costs one comparison."""
        if written and not self.failing:
            if not self._losses.ready:
                self._losses.prepare(self._spool.writer)
        elif not written:
            self.failing = True
            self._losses.prepare(self._spool.writer)
            self._tell()
        elif self._spool.flush() and self._payloads.flush():
            self.failing = False
            if lost := self._spool.forgive() + self._payloads.forgive():
                self._report(lost, "the disk took nothing for a while", new_id("loss"))
            self._losses.tell(0, 0, "")

    def _tell(self) -> None:
        now = (self._spool.health(), self._payloads.health())
        self._losses.tell(sum(it.waiting for it in now), sum(it.lost for it in now), now[0].error or now[1].error)

    def _report(self, lost: int, error: str, note_id: str) -> None:
        text = f"{lost} lines could not be written: {error}"
        self.note(
            Note(
                note_id=note_id,
                kind="loss",
                recorded_at=utc_now(),
                name="lines",
                value=lost,
                text=text,
                author="agentlab",
            )
        )
