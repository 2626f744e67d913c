"""What a goal names: web addresses, files, e-mail addresses, quoted texts, elements of pages, and texts given in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from agentlab.models.offline.patterns import emails, urls

MASK = "¤"
"""Stands for every character of a web address, a text or a quotation, so that its words are not read as the goal's own."""
FILE_MASK = "¢"
"""The same for files, and for web addresses of files that are no text."""
ADDRESS_MASK = "@"
"""The same for e-mail addresses."""
SELECTOR_MASK = "¦"
"""The same for elements of a page, such as ``#results``."""
MOMENT_MASK = "§"
"""The same for days and times."""
TITLE_MASK = "¬"
"""The same for titles that are not quoted."""
READABLE = r"md|txt|csv|tsv|json|html?|log|xml|ya?ml|rst|eml"
_UNREADABLE = r"pdf|docx?|xlsx?|pptx?|odt|ods|png|jpe?g|gif|svg|mp[34]|wav|mov|zip|tar|gz|exe|parquet|sqlite"
_FILE = re.compile(
    rf"(?<![\w/@.:~-])(?:~/|/)?(?:[\w-][\w.-]*/)*[\w-][\w.()-]*\.(?:{READABLE}|{_UNREADABLE})(?![\w-])(?!\.\w)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\"([^\"]+)\"|“([^”]+)”|«([^»]+)»|‘([^’]+)’|(?<!\w)'([^']+)'(?!\w)|`([^`]+)`")
_TAG = r"a|p|h[1-6]|div|span|table|t[drh]|[uo]l|li|button|input|form|section|main|article|img|nav|header|footer"
_SELECTOR = re.compile(rf"(?<![\w/.#&@-])(?:{_TAG})?[#.][A-Za-z][\w-]*(?:[.#][\w-]+)*(?![\w@/-])(?!\.\w)")
_INLINE = re.compile(r"^(?P<head>[^:]{3,160}?(?::[^:]{3,160}?)?):\s+(?P<text>(?!subject\b)\S.*)$", re.DOTALL)
_GIVES_TEXT = re.compile(
    r"\b(?:text|note|paragraph|message|passage|sentences?|following|e-?mail|content|words|this)$|\bfollowing\b"
)
_NAMES_TARGET = re.compile(
    r"\b(?:save|store|write|put|export|keep|create|make|record|turn|convert|copy|upload)\b.*"
    r"\b(?:as|called|named|titled|to|into)\s+(?:an?\s+|the\s+)?(?:file\s+|document\s+|sheet\s+)?[\"'“‘]?$",
    re.IGNORECASE | re.DOTALL,
)
_TO_THEM = r"(?:her|him|them|both|everyone|everybody|all of them|(?:[\w.+-]+@[\w.-]+\w(?:,\s*|\s+and\s+)?)+)"
_NEXT_DEED = (
    r"(?=,?\s+(?:and|then)\s+(?:then\s+|also\s+|please\s+)*(?:attach|save|store|share|schedule|book|upload|download|post|send|e-?mail|mail"
    r"|take|click|cc|copy|put|cancel|delete|move|summari[sz]e|list|fetch|create|make)\b|,\s+(?:cc|then|subject|attach)\b|;|\.\s+[A-Z]|[.!]?\s*$)"
)
_HOW = r"(?:\s*(?:separately|individually|each|one by one|(?:by|via|in an?)\s+e?-?mail))?"
_SAYS = re.compile(
    rf"\b(?:(?:saying|to say|stating|that says|which says)(?:\s+that)?:?"
    rf"|asking(?:\s+(?:her|him|them))?"
    rf"|(?:tell|inform|notify|remind|warn|ask)(?:ing)?\s+{_TO_THEM}{_HOW}(?:\s+(?:that|to|about))?"
    rf"|let(?:ting)?\s+{_TO_THEM}\s+know(?:\s+(?:by|via|in|through)\s+(?:e-?mail|mail))?(?:\s+that|:)?"
    rf"|(?:e-?mail|mail|write(?:\s+to)?|message|send|tell)\s+{_TO_THEM}:"
    rf"|(?:e-?mail|mail|write(?:\s+to)?|message)\s+{_TO_THEM}\s+that"
    rf"|\b(?:body|message)(?:\s+is)?:)\s+(?P<said>[^\s\"'“‘«@¤].*?){_NEXT_DEED}",
    re.IGNORECASE | re.DOTALL,
)
_COLUMNS = re.compile(
    rf"(?:\bwith (?:the )?|[,(]\s*)(?:columns|headings|headers)\s*:?\s+(?P<said>[^.;?]+?){_NEXT_DEED}", re.IGNORECASE
)
_REMINDER = re.compile(
    r"\b(?:remind me|reminder\b[^,;?]{0,40}?) (?:to|about|that|of)\s+(?P<said>[^,;?]+?)"
    r"(?=\s+(?:(?:on|at|by|in|from)\s+(?:the\s+)?(?:\d|(?:mon|tues|wednes|thurs|fri|satur|sun)day|next|noon|two|three|an?\b)|today|tonight|tomorrow|next|this|the day)|[,;?.]|$)",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:do not|don['’]?t|never)\s+(?P<said>[^,;.?!]+)", re.IGNORECASE)
_TITLE = re.compile(
    r"\b(?:called|named|titled|entitled)\s+(?P<said>[A-Z0-9][^,.;:?!\"“]*?)"
    r"(?=\s+(?:with|from|in|into|and|as|to|that|for|on|at|by|saying|containing|stating|reading|next|tomorrow|today)\b|\s*[\"“‘,.;:?!]|\s*$)"
)
_SUBJECT = re.compile(
    r"\bsubject(?: line)?(?: is)?:?\s+(?P<said>[A-Z0-9][^,;\"“]*?)(?=[,;]|\s+(?:and|saying|with)\b|\.?\s*$)"
)

MentionKind = Literal[
    "url",
    "file",
    "text",
    "quote",
    "target",
    "unreadable",
    "address",
    "said",
    "subject",
    "selector",
    "columns",
    "denied",
    "title",
]
_MASKS: dict[str, str] = {
    "file": FILE_MASK,
    "unreadable": FILE_MASK,
    "address": ADDRESS_MASK,
    "selector": SELECTOR_MASK,
    "title": TITLE_MASK,
}


@dataclass(frozen=True, slots=True)
class Mention:
    """Something a goal names, and where. ``target`` is a file to be made, ``unreadable`` one that is no text, ``address``
    an e-mail address, ``said`` what a mail or a reminder is to say, ``selector`` an element of a page."""

    kind: MentionKind
    value: str
    start: int
    end: int

    @property
    def binary(self) -> bool:
        """Whether it leads to a file that is no text."""
        return bool(re.search(rf"\.(?:{_UNREADABLE})$", self.value, re.IGNORECASE))


def find_mentions(goal: str) -> list[Mention]:
    """All mentions in the order of the goal; none overlaps another."""
    found: list[Mention] = []
    for mention in [
        *_inline_text(goal),
        *_said(goal),
        *_urls(goal),
        *_addresses(goal),
        *_quotes(goal),
        *_files(goal),
        *_selectors(goal),
    ]:
        if all(mention.end <= other.start or mention.start >= other.end for other in found):
            found.append(mention)
    return sorted(found, key=lambda mention: mention.start)


def mask(goal: str, found: list[Mention]) -> str:
    """The goal in small letters, every mention blotted out, every position kept."""
    letters = [c.lower() if len(c.lower()) == 1 else c for c in goal]
    for mention in found:
        letter = FILE_MASK if mention.kind == "url" and mention.binary else _MASKS.get(mention.kind, MASK)
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


def _selectors(goal: str) -> Iterator[Mention]:
    for match in _SELECTOR.finditer(goal):
        yield Mention("selector", match.group(), match.start(), match.end())


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


def _said(goal: str) -> Iterator[Mention]:
    """Texts that are not quoted: what a mail says and its subject (where there is an address), a reminder, columns, and what
    is not to be done."""
    kinds: list[tuple[re.Pattern[str], MentionKind]] = [
        (_REMINDER, "said"),
        (_COLUMNS, "columns"),
        (_DENIED, "denied"),
        (_TITLE, "title"),
    ]
    if emails(goal):
        kinds += [(_SAYS, "said"), (_SUBJECT, "subject")]
    for pattern, kind in kinds:
        for match in pattern.finditer(goal):
            yield Mention(kind, match["said"].strip(), match.start("said"), match.end("said"))
