"""The lines of a calendar file. What is not changed keeps its very bytes, whoever wrote it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from agentlab.tools.failure import ToolFailed

_EVENT = re.compile(r"^BEGIN:VEVENT[ \t]*\r?$.*?^END:VEVENT[ \t]*(?:\r?\n|\Z)", re.M | re.S | re.I)
_ZONE = re.compile(r"^BEGIN:VTIMEZONE[ \t]*\r?$.*?^END:VTIMEZONE[ \t]*(?:\r?\n|\Z)", re.M | re.S | re.I)
_TZID = re.compile(r"^TZID(?:;[^:\r\n]*)?:(.*?)\r?$", re.M | re.I)
_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"[^\n]*\n(?:[ \t][^\n]*\n)*|[^\n]+\Z")
_NAME = re.compile(r"(?P<name>[A-Za-z0-9-]+)(?P<params>(?:;[^\":;]*(?:\"[^\"]*\"[^\":;]*)*)*):(?P<value>.*)", re.S)
_INNER = re.compile(r"^BEGIN:(?!VEVENT)(\S+?)\r?$.*?^END:\1\r?$", re.M | re.S | re.I)
EMPTY = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//agentlab//calendar//EN\r\nEND:VCALENDAR\r\n"


@dataclass(frozen=True)
class Block:
    """One event as it stands in the file, from BEGIN to END."""

    raw: str

    @cached_property
    def plain(self) -> str:
        """Without folds, and without what is nested in it."""
        return _INNER.sub("", _FOLD.sub("", self.raw))

    def value(self, name: str) -> str:
        """What stands behind the colon of the first line of that name; empty where there is none."""
        return self.parts(name)[1]

    def parts(self, name: str) -> tuple[str, str]:
        """Parameters (with their semicolon) and value of the first line of that name."""
        for found in re.finditer(rf"^{name}[;:].*?$", self.plain, re.M | re.I):
            if line := _NAME.fullmatch(found.group().rstrip("\r")):
                return line["params"], line["value"]
        return "", ""

    @cached_property
    def uid(self) -> str:
        found = re.search(r"^UID(?:;[^:\r\n]*)?:(.*?)\r?$", _FOLD.sub("", self.raw), re.M | re.I)
        return found[1].strip() if found else ""

    @property
    def recurs(self) -> bool:
        """Whether it is a series."""
        return bool(self.value("RRULE") or self.value("RDATE"))

    def with_lines(
        self, changed: Mapping[str, Iterable[str]], added: Iterable[str] = (), ending: str = "\r\n"
    ) -> Block:
        """With the lines of these names replaced, or taken out where there are none, and others added; all else stays."""
        left = {name: list(lines) for name, lines in changed.items()} | {"": list(added)}
        out: list[str] = []
        depth = 0
        for line in _LINE.findall(self.raw):
            name = re.split(r"[;:]", line, maxsplit=1)[0].strip().upper()
            if name == "END" and depth == 1:
                out += [one for lines in left.values() for one in written(lines, ending)]
                left = {}
            depth += {"BEGIN": 1, "END": -1}.get(name, 0)
            if depth == 1 and name in changed and name not in ("BEGIN", "END"):
                out += written(left.pop(name, []), ending)
                continue
            out.append(line)
        return Block("".join(out))


@dataclass(frozen=True)
class CalendarText:
    """The text of a calendar file."""

    text: str

    @classmethod
    def read(cls, text: str) -> CalendarText:
        """Raises ``ToolFailed`` (``garbled``) where the text is no whole calendar."""
        bare = text.removeprefix("\ufeff").strip().upper()
        if not bare.startswith("BEGIN:VCALENDAR") or not bare.endswith("END:VCALENDAR"):
            raise ToolFailed(
                "garbled",
                "calendar.ics is not a whole calendar (BEGIN:VCALENDAR to END:VCALENDAR). It stays as it is: mend it, or move "
                "it away and a new one is begun.",
            )
        return cls(text)

    @property
    def ending(self) -> str:
        return "\r\n" if "\r\n" in self.text or "\n" not in self.text else "\n"

    @cached_property
    def events(self) -> list[Block]:
        return [Block(found.group()) for found in _EVENT.finditer(self.text)]

    @cached_property
    def zones(self) -> dict[str, str]:
        """The time zones that the file describes, by their names in it."""
        found = {}
        for zone in _ZONE.finditer(self.text):
            if name := _TZID.search(_FOLD.sub("", zone.group())):
                found[name[1]] = zone.group()
        return found

    def of(self, uid: str) -> list[Block]:
        """All blocks of one event: the series and its changed occurrences."""
        return [block for block in self.events if block.uid == uid]

    def with_event(self, uid: str, blocks: str) -> CalendarText:
        """With the blocks of that event replaced by ``blocks``, at the place of the first one, else at the end."""
        out, place, last = [], -1, 0
        for found in _EVENT.finditer(self.text):
            if Block(found.group()).uid == uid:
                out.append(self.text[last : found.start()])
                place, last = (len(out) if place < 0 else place), found.end()
        out.append(self.text[last:])
        if place >= 0:
            out.insert(place, blocks)
            return CalendarText("".join(out))
        return self._before_end(blocks)

    def with_zone(self, name: str, lines: Iterable[str]) -> CalendarText:
        """With the description of a zone, where there is none yet."""
        if name in self.zones:
            return self
        block = "".join(written(lines, self.ending))
        first = re.search(r"^BEGIN:(?!VCALENDAR)", self.text, re.M | re.I)
        if first is None:
            return self._before_end(block)
        return CalendarText(self.text[: first.start()] + block + self.text[first.start() :])

    def _before_end(self, block: str) -> CalendarText:
        end = [found.start() for found in re.finditer(r"^END:VCALENDAR", self.text, re.M | re.I)][-1]
        return CalendarText(self.text[:end] + block + self.text[end:])


def line(name: str, value: str, **params: str) -> str:
    """One line. ``value`` is written as it is; a parameter is put into quotes where it needs them."""
    shown = "".join(f";{key.rstrip('_')}={_param(text)}" for key, text in params.items())
    return f"{name}{shown}:{value}"


def escaped(text: str) -> str:
    """Text as a value: line breaks, commas and semicolons cannot end it, and control characters are gone."""
    plain = cleaned(text.replace("\r\n", "\n").replace("\r", "\n"), keep="\n\t")
    for sign, spelled in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        plain = plain.replace(sign, spelled)
    return plain


def unescaped(value: str) -> str:
    """The text in a value."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value, flags=re.S)


def cleaned(text: str, keep: str = "") -> str:
    """Without control characters, other line breaks and halves of characters."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(c if c in keep or unicodedata.category(c) not in ("Cc", "Zl", "Zp") else " " for c in whole)


def _param(text: str) -> str:
    plain = cleaned(text).replace('"', "'")
    return f'"{plain}"' if re.search(r"[:;,]", plain) or plain != plain.strip() else plain


def written(lines: Iterable[str], ending: str = "\r\n") -> list[str]:
    """Lines as they stand in a file: 75 bytes at most, longer ones folded between characters."""
    return [_folded(one, ending) for one in lines]


def _folded(text: str, ending: str) -> str:
    out, size = [], 0
    for character in text:
        length = len(character.encode("utf-8", "surrogateescape"))
        if size + length > 75:
            out.append(f"{ending} ")
            size = 1
        out.append(character)
        size += length
    return "".join(out) + ending
