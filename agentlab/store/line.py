"""One thing recorded is one line of JSON in the spool: its phase, then what is known of its columns.

``start`` and ``end`` carry a span, ``note`` a note, ``payload`` a payload. A span's phase and ids stand first, at fixed places,
so that a line can be told from another without being parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

import orjson

from agentlab.store.schema import COLUMNS, NOTE_COLUMNS, PAYLOAD_COLUMNS
from agentlab.types import Event, Note, Payload

LinePhase = Literal["start", "end", "note", "payload"]
DEEPEST = 50
"""Levels of nesting that are kept as they are; what lies below is written out as text."""


def _reader_of(columns: Iterable[str]) -> Callable[[str, Any], dict[str, Any]]:
    """A function that gives phase and known columns of a record as a dict.

    Written out column by column, as ``dataclasses`` writes ``__init__``: this is what every span costs its caller, and a
    loop over the names takes twice as long.
    """
    steps = [f"    if (value := record.{name}) is not None: row[{name!r}] = value" for name in columns]
    source = "\n".join(["def read(phase, record):", "    row = {'phase': phase}", *steps, "    return row"])
    found: dict[str, Any] = {}
    exec(source, {}, found)  # noqa: S102 - made of the names of our own columns
    read: Callable[[str, Any], dict[str, Any]] = found["read"]
    return read


_read_span, _read_note, _read_payload = map(_reader_of, (COLUMNS, NOTE_COLUMNS, PAYLOAD_COLUMNS))
_PHASES: dict[bytes, LinePhase] = {
    b'{"phase":"end",': "end",
    b'{"phase":"start': "start",
    b'{"phase":"note"': "note",
    b'{"phase":"paylo': "payload",
}
_LENGTH = 15
"""Bytes that tell the phase."""
_TRACE = b'"trace_id":"'
_ID = b'","span_id":"'


def encode(event: Event) -> bytes:
    """The line of an event, with its newline. Never fails: what JSON cannot hold is written out as text."""
    return _line(_read_span(event.phase, event.span))


def encode_note(note: Note) -> bytes:
    """The line of a note, with its newline. Never fails either."""
    return _line(_read_note("note", note))


def encode_payload(payload: Payload, content: bytes | None) -> bytes:
    """The line of a payload, with its newline; ``content`` is its JSON, None where that lies apart."""
    payload.content = None if content is None else orjson.Fragment(content)
    return _line(_read_payload("payload", payload))


def encode_content(value: Any) -> bytes:
    """``value`` as JSON. Never fails either."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return orjson.dumps(_plain(value))


def phase_of(line: bytes) -> LinePhase | None:
    """What a line carries, by its first bytes; None where it is no line of ours."""
    return _PHASES.get(line[:_LENGTH]) if line[-1:] == b"}" else None


def span_id_in(line: bytes) -> str | None:
    """The span id of a line with a span, without its newline; None where it has none."""
    start = line.find(_TRACE, 0, 40) + len(_TRACE) + 32
    if line[start : start + 13] == _ID and (end := line.find(b'"', start + 13)) > 0 and b"\\" not in line[start:end]:
        return line[start + 13 : end].decode()
    try:
        found = orjson.loads(line).get("span_id")
    except (ValueError, AttributeError):
        return None
    return found if isinstance(found, str) else None


def whole(text: str) -> str:
    """``text`` with its half characters (lone surrogates) replaced, which no encoding can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _line(row: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return orjson.dumps({name: _plain(value) for name, value in row.items()}, option=orjson.OPT_APPEND_NEWLINE)


def _plain(value: object, depth: int = 0) -> Any:
    if value is None or isinstance(value, bool | datetime | orjson.Fragment):
        return value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return int(value)
    if isinstance(value, Mapping) and depth < DEEPEST:
        return {_text(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth < DEEPEST:
        return [_plain(item, depth + 1) for item in value]
    return _text(value)


def _text(value: object) -> str:
    try:
        text = str(value)
    except Exception:  # noqa: BLE001 - a foreign __str__ may raise anything, and recording must not fail
        text = f"<{type(value).__name__}>"
    return whole(text)
