"""Text as a reader sees it: words, sentences, headings, lists; markup left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from agentlab.models.offline.records import as_text

_TAGS = re.compile(r"<(?:!doctype|html|head|body|p|div|h[1-6]|table|ul|ol|span|article)\b[^<>]*>", re.IGNORECASE)
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.+?)\s*#*$")
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?(.+)$")
_LABELLED = re.compile(r"^\s*\**[A-Z][\w /&'-]{0,40}\**\s?:\**\s+\S")
_RULER = re.compile(r"^\s*(?:[-=*_|:+]\s*){3,}$")
_NUMBERED = re.compile(r"(?<=\n)[ \t]*\n\d{1,2}[.)] +([A-Z][^.!?:;\n]{2,60})\n(?=[ \t]*\n)")
_BYLINE = re.compile(r"^\s*([*_])(?!\1)[^*_]+\1$")
_END = re.compile(r"(?<=[.!?])[\"'’”)\]]*\s+(?=[\"'‘“(\[]?[A-Z0-9])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|Prof|St|No|Nos|vs|approx|ca|cf|Fig|Inc|Ltd|Co|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
    r"|e\.g|i\.e|a\.m|p\.m|U\.S|U\.K)|\b[A-Z])\.$"
)
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_STRONG = re.compile(r"(\*\*|__|`)(.+?)\1")

STOP = frozenset(
    "a about above after again all also am an and any are as at be because been before being below between both but by "
    "can could did do does doing done down during each either few for from further get give had has have having he her "
    "here hers him his how i if in into is it its itself just let like many may me might more most much must my no nor "
    "not now of off on once one only or other our ours out over own per please say says said same shall she should so "
    "some such tell than that the their them then there these they this those through to too two under until up upon "
    "us very was we were what when where which while who whom whose why will with within without would you your".split()
)


@dataclass(frozen=True, slots=True)
class Passage:
    """One sentence, list item or labelled line, and the heading it stands under."""

    text: str
    heading: str = ""


def plain(text: str) -> str:
    """``text`` without markup, where it looks like HTML; JSON as labelled items or a table; else as it is."""
    if text.lstrip()[:1] in ("{", "["):
        return as_text(text)
    if not _TAGS.search(text[:20_000]):
        return text
    reader = _Plain()
    reader.feed(text)
    reader.close()
    return "".join(reader.parts)


def passages(text: str) -> list[Passage]:
    """The sentences of ``text`` in their order; headings, rulers and bylines (a line all in italics) are not."""
    found: list[Passage] = []
    asked = ""
    for heading, block in _blocks(text):
        said = sentences(block)
        if said and heading.endswith("?") and heading != asked:
            # An answer says little without the question above it.
            said[0], asked = f"{heading} {said[0]}", heading
        found += [Passage(sentence, heading) for sentence in said]
    return found


def sentences(block: str) -> list[str]:
    """The sentences of one paragraph. Abbreviations and decimals do not end one."""
    found: list[str] = []
    for piece in _END.split(_STRONG.sub(r"\2", " ".join(block.split()))):
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] = f"{found[-1]} {piece}"
        elif piece:
            found.append(piece)
    return found


def headings(text: str) -> list[str]:
    """The headings of a Markdown text, without their marks."""
    return [match.group(1) for line in text.splitlines() if (match := _HEADING.match(line))]


def item_of(line: str) -> str | None:
    """What a list item says, or None where the line is none."""
    match = _ITEM.match(line)
    return _STRONG.sub(r"\2", match.group(1)) if match else None


def words(text: str) -> list[str]:
    """The words that carry meaning, shortened to their stems."""
    found = (word.lower().replace("’", "'").removesuffix("'s") for word in _WORD.findall(text))
    return [stem(word) for word in found if word not in STOP]


def stem(word: str) -> str:
    """A crude stem, so that `refunds`, `refunded` and `refund` meet. Numbers stay as they are."""
    if len(word) < 4 or not word.isalpha():
        return word
    for ending, kept in (
        (r"ies", "y"),
        (r"ing", ""),
        (r"ed", ""),
        (r"(?<=s|x|z)es", ""),
        (r"(?<=ch|sh)es", ""),
        (r"s", ""),
    ):
        if len(word) > 5 or ending == "s":
            shorter = re.sub(f"{ending}$", kept, word)
            if shorter != word and not word.endswith("ss"):
                word = shorter
                break
    if len(word) > 8:
        word = word.removesuffix("ation")
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 4 else word


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Pairs of a heading and a paragraph, list item or labelled line under it."""
    heading, lines = "", list[str]()
    for line in [*_numbered_headings(text).splitlines(), ""]:
        title, item = _HEADING.match(line), item_of(line)
        alone = item is not None or bool(_LABELLED.match(line)) or line.lstrip().startswith("|")
        if lines and (alone or title or not line.strip() or _RULER.match(line) or _BYLINE.match(line)):
            yield heading, " ".join(lines)
            lines = []
        if _BYLINE.match(line):
            continue
        if title:
            heading = title.group(1)
        elif alone:
            lines = [item if item is not None else line.strip().strip("|")]
        elif line.strip() and not _RULER.match(line):
            lines.append(line.strip())


def _numbered_headings(text: str) -> str:
    """``text`` with lines such as ``3. Second branch``, alone between empty lines, marked as headings."""
    return _NUMBERED.sub(r"\n# \1\n", text)


class _Plain(HTMLParser):
    _SILENT = frozenset({"script", "style", "nav", "footer", "noscript", "title"})
    _LINES = frozenset({"p", "div", "br", "li", "tr", "ul", "ol", "table", "section", "article", "blockquote"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._silent and tag in self._SILENT:
            self._silent = tag
        elif re.fullmatch("h[1-6]", tag):
            self.parts.append("\n\n# ")
        elif tag in self._LINES:
            self.parts.append("\n- " if tag == "li" else "\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        elif tag in self._LINES or re.fullmatch("h[1-6]", tag):
            self.parts.append("\n\n")
        elif tag in {"td", "th"}:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))
