"""What a goal names: web addresses, files, quoted texts, and a text that is given in the goal itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from agentlab.models.offline.patterns import emails, urls

MASK = "¤"
"""Stands for every character of a mention, so that its words are not read as the goal's own."""
ADDRESS_MASK = "@"
"""The same for e-mail addresses."""
READABLE = r"md|txt|csv|tsv|json|html?|log|xml|ya?ml|rst|eml"
_UNREADABLE = r"pdf|docx?|xlsx?|pptx?|odt|ods|png|jpe?g|gif|svg|mp[34]|wav|mov|zip|tar|gz|exe|parquet|sqlite"
_FILE = re.compile(
    rf"(?<![\w/@.:-])(?:[\w-][\w.-]*/)*[\w-][\w.()-]*\.(?:{READABLE}|{_UNREADABLE})(?![\w-])(?!\.\w)", re.IGNORECASE
)
_QUOTED = re.compile(r"\"([^\"]+)\"|“([^”]+)”|«([^»]+)»|‘([^’]+)’|(?<!\w)'([^']+)'(?!\w)|`([^`]+)`")
_INLINE = re.compile(r"^(?P<head>[^:]{3,160}?(?::[^:]{3,160}?)?):\s+(?P<text>\S.*)$", re.DOTALL)
_GIVES_TEXT = re.compile(r"\b(?:text|note|paragraph|message|passage|sentences?|following|e-?mail|content|words|this)$")
_NAMES_TARGET = re.compile(
    r"\b(?:save|store|write|put|export|keep|create|make|record|turn|convert|copy)\b.*"
    r"\b(?:as|called|named|titled|to|into)\s+(?:an?\s+|the\s+)?(?:file\s+|document\s+|sheet\s+)?[\"'“‘]?$",
    re.IGNORECASE | re.DOTALL,
)

MentionKind = Literal["url", "file", "text", "quote", "target", "unreadable", "address"]


@dataclass(frozen=True, slots=True)
class Mention:
    """Something a goal names, and where. ``target`` is a file to be made, ``unreadable`` one that is no text,
    ``address`` an e-mail address."""

    kind: MentionKind
    value: str
    start: int
    end: int


def find_mentions(goal: str) -> list[Mention]:
    """All mentions in the order of the goal; none overlaps another."""
    found: list[Mention] = []
    for mention in [*_inline_text(goal), *_urls(goal), *_addresses(goal), *_quotes(goal), *_files(goal)]:
        if all(mention.end <= other.start or mention.start >= other.end for other in found):
            found.append(mention)
    return sorted(found, key=lambda mention: mention.start)


def mask(goal: str, found: list[Mention]) -> str:
    """The goal in small letters, every mention blotted out, every position kept."""
    letters = [c.lower() if len(c.lower()) == 1 else c for c in goal]
    for mention in found:
        letter = ADDRESS_MASK if mention.kind == "address" else MASK
        letters[mention.start : mention.end] = letter * (mention.end - mention.start)
    return "".join(letters)


def _urls(goal: str) -> Iterator[Mention]:
    for url in urls(goal):
        for match in re.finditer(re.escape(url), goal):
            yield Mention("url", url, match.start(), match.end())


def _addresses(goal: str) -> Iterator[Mention]:
    for address in emails(goal):
        for match in re.finditer(re.escape(address), goal):
            yield Mention("address", address, match.start(), match.end())


def _files(goal: str) -> Iterator[Mention]:
    for match in _FILE.finditer(goal):
        yield Mention(_file_kind(goal[: match.start()], match.group()), match.group(), match.start(), match.end())


def _quotes(goal: str) -> Iterator[Mention]:
    for match in _QUOTED.finditer(goal):
        said = next(part for part in match.groups() if part is not None).strip()
        is_file = _FILE.fullmatch(said) or re.fullmatch(rf"[^\n\"]{{1,120}}\.(?:{READABLE})", said, re.IGNORECASE)
        kind: MentionKind = _file_kind(goal[: match.start()], said) if is_file else "quote"
        if said:
            yield Mention(kind, said, match.start(), match.end())


def _file_kind(before: str, name: str) -> MentionKind:
    if _NAMES_TARGET.search(before[-200:]):
        return "target"
    return "file" if re.search(rf"\.(?:{READABLE})$", name, re.IGNORECASE) else "unreadable"


def _inline_text(goal: str) -> Iterator[Mention]:
    """``Summarise this text: …``: what follows the colon, where the words before it announce a text."""
    match = _INLINE.match(goal)
    if match and _GIVES_TEXT.search(match["head"].lower().rstrip()) and len(match["text"].split()) >= 3:
        yield Mention("text", match["text"].strip("\"'“” "), match.start("text"), match.end("text"))
