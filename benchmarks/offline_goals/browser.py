"""The browser of the evaluation's world: the pages of its site, found by simple selectors. No scripts run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from agentlab.tools.failure import ToolFailed
from agentlab.types import JSON
from offline_goals.site import Site

_VOID = {"meta", "br", "img", "input", "link", "hr"}


@dataclass
class Element:
    """A tag, its attributes, and everything inside it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, blanks made one."""
        parts = (part if isinstance(part, str) else f" {part.text} " for part in self.inside if not _silent(part))
        return " ".join(" ".join(parts).split())

    def every(self) -> list[Element]:
        """This element and all inside it, in the order of the page."""
        return [self, *(inner for part in self.inside if isinstance(part, Element) for inner in part.every())]


class Browser:
    """One page, and the pictures that were taken."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.url = ""
        self.shots: dict[str, str] = {}
        """Path in the drive: what was pictured."""

    def open(self, url: str) -> JSON:
        """Open a page."""
        self._site.read(url)
        self.url = url
        return self._page()

    def click(self, selector: str) -> JSON:
        """Follow the link or button that fits."""
        found = self._find(selector)[0]
        goes_to = found.attributes.get("href") or found.attributes.get("data-to")
        if goes_to:
            self.url = urljoin(self.url, goes_to)
        return {**self._page(), "clicked": found.text}

    def wait_for(self, selector: str, timeout_s: float) -> JSON:
        """Nothing ever comes later here: an element is there, or the wait is in vain."""
        return {"selector": selector, "found": bool(self._find(selector)), "waitedS": 0.0}

    def screenshot(self, url: str | None, full: bool) -> JSON:
        """Note that a picture was taken."""
        if url:
            self.open(url)
        page = self._page()
        path = f"screenshots/{len(self.shots) + 1}.png"
        self.shots[path] = urlsplit(self.url).path + (" whole" if full else "")
        return {"path": path, "title": page["title"], "page": self.url, "fullPage": full}

    def extract(self, selector: str, url: str | None, form: str) -> JSON:
        """What fits, in the form that is wanted."""
        if url:
            self.open(url)
        found = self._find(selector)
        text = "\n".join(_markdown(item) if form == "markdown" else item.text for item in found)
        rows = [[item.text, urljoin(self.url, item.attributes.get("href", ""))] for item in found]
        columns = ["text", "href"]
        if form == "table":
            lines = [
                [cell.text for cell in row.every() if cell.tag in ("td", "th")]
                for row in found[0].every()
                if row.tag == "tr"
            ]
            columns, rows = lines[0], lines[1:]
            text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        elif form != "attributes":
            columns, rows = ["text"], [[item.text] for item in found]
        elif form == "attributes":
            text = "\n".join(" ".join(row) for row in rows)
        return {"page": self.url, "title": self._page()["title"], "text": text, "columns": columns, "rows": rows}

    def _page(self) -> JSON:
        if not self.url:
            raise ToolFailed("no_page", "No page is open in the browser; use browser.navigate first.")
        root = _parse(self._site.read(self.url))
        title = next((item.text for item in root.every() if item.tag == "title"), "")
        body = next((item for item in root.every() if item.tag == "body"), root)
        return {"url": self.url, "status": 200, "title": title, "text": body.text}

    def _find(self, selector: str) -> list[Element]:
        self._page()
        root = _parse(self._site.read(self.url))
        items = next((item for item in root.every() if item.tag == "body"), root).every()
        if selector.startswith("text="):
            wanted = selector.removeprefix("text=").strip("\"'").lower()
            found = [item for item in items if wanted in item.text.lower()]
            found = [item for item in found if not any(wanted in part.text.lower() for part in item.every()[1:])]
        else:
            found = [item for item in items if any(_fits(item, one.strip()) for one in selector.split(","))]
        if not found:
            raise ToolFailed("not_found", f"Nothing on {self.url} fits {selector!r}.")
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("document")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        item = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(item)
        if tag not in _VOID:
            self._open.append(item)

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) > 1 and self._open[-1].tag == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)


def _parse(html: str) -> Element:
    reader = _Reader()
    reader.feed(html)
    return reader.root


def _silent(part: Element | str) -> bool:
    return isinstance(part, Element) and part.tag in ("head", "script", "style")


def _fits(item: Element, selector: str) -> bool:
    match = re.fullmatch(r"([a-z][a-z0-9]*)?(?:#([\w-]+))?(?:\.([\w-]+))?", selector)
    if not match or not selector:
        return False
    tag, name, kind = match.groups()
    return (
        (not tag or item.tag == tag)
        and (not name or item.attributes.get("id") == name)
        and (not kind or kind in item.attributes.get("class", "").split())
    )


def _markdown(item: Element) -> str:
    blocks = [part for part in item.every() if re.fullmatch(r"h[1-6]|p|li", part.tag)] or [item]
    marks = {"li": "- ", "h1": "# ", "h2": "## ", "h3": "### "}
    return "\n\n".join(marks.get(block.tag, "") + block.text for block in blocks)
