"""A web page as something to read: its title, its text without menus and scripts, its links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_SILENT = {"script", "style", "noscript", "template", "svg", "nav", "footer", "aside", "form", "iframe", "select"}
_LINES = {"p", "div", "section", "article", "main", "header", "br", "tr", "table", "ul", "ol", "dl", "dt", "dd"}
_LINES |= {"blockquote", "pre", "figure", "figcaption", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "li"}
_VOID = {"br", "hr", "img", "input", "meta", "link", "source", "wbr", "area", "base", "col", "embed", "track"}
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
MAX_LINKS = 20
"""Links kept of one page."""


@dataclass
class Page:
    """What is worth reading on a page. ``text`` keeps headings as ``#`` lines and list items as ``-`` lines."""

    title: str = ""
    text: str = ""
    links: list[dict[str, str]] = field(default_factory=list)
    """``{"text", "url"}``; the URL as it stands on the page."""


def read_page(html: str) -> Page:
    """The readable part of ``html``; broken markup is read as far as it goes."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = tidy("".join(reader.parts))
    return Page(title=" ".join("".join(reader.title).split()), text=text, links=reader.links[:MAX_LINKS])


def tidy(text: str) -> str:
    """``text`` with single blanks inside lines, and one empty line at most between them."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.title: list[str] = []
        self.links: list[dict[str, str]] = []
        self._silent: list[str] = []
        self._in_title = False
        self._link: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag == "title" and not self._silent:
            self._in_title = True
        elif tag in {"td", "th"}:
            self.parts.append(" | ")
        elif tag in _LINES:
            self.parts.append("\n" + _HEADINGS.get(tag, "- " if tag == "li" else ""))
        if tag == "a" and not self._silent and (url := dict(attrs).get("href")):
            self._link = {"text": "", "url": url}

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            # An unclosed inner tag must not silence the rest of the page.
            del self._silent[self._silent.index(tag) :]
        elif tag == "title":
            self._in_title = False
        elif tag in _LINES and tag not in _VOID:
            self.parts.append("\n")
        if tag == "a" and self._link:
            self._keep_link(self._link)

    def _keep_link(self, link: dict[str, str]) -> None:
        link["text"] = " ".join(link["text"].split())
        if link["text"] and not link["url"].startswith(("#", "javascript:", "data:")):
            self.links.append(link)
        self._link = None

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif not self._silent:
            self.parts.append(data if "\n" not in data else re.sub(r"\s+", " ", data))
            if self._link:
                self._link["text"] += data
