"""The browser's part of a plan: open a page, wait, click, take something out of it, take its picture."""

from __future__ import annotations

import re
from dataclasses import replace

from agentlab.models.offline.acts import Act
from agentlab.models.offline.draft import Outcome, literal
from agentlab.models.offline.mentions import MASK, Mention
from agentlab.models.offline.toolbox import Declined
from agentlab.models.offline.work import Work
from agentlab.types import JSON

LONGEST_WAIT = 120
"""Seconds that the built-in tool waits at most."""
_PARTS = (
    (r"tables?", "table", "table"),
    (r"links?|hyperlinks?", "a", "attributes"),
    (r"images?|pictures?", "img", "attributes"),
    (r"headings?|headlines|titles", "h1, h2, h3", "text"),
    (r"paragraphs?", "p", "text"),
    (r"list items?|bullets?", "li", "text"),
    (r"buttons?", "button", "text"),
    (r"main(?: \w+)?", "main", "text"),
    (r"(?:whole |full )?(?:page|text|content)", "body", "text"),
)
"""Parts of a page by their names: the selector that means them, and the form they are wanted in."""
_FORMS = (
    (r"\bmarkdown\b", "markdown"),
    (r"\bas (?:an? )?table\b", "table"),
    (r"\b(?:attributes|links)\b", "attributes"),
)
_WHOLE = re.compile(r"\b(?:full|whole|entire|complete)[ -]?(?:page|length|site)?\b")
_SECONDS = re.compile(r"\b(\d{1,3})\s?(s|secs?|seconds?|min|minutes?)\b")
_NAMED = re.compile(
    rf"(?:\s*(?:on|for|until|till|the|a|button|link|tab|text|word|element)\b)*\s*(?P<name>[^,;.?!{MASK}]+?)"
    r"\s*(?:\b(?:button|link|tab|element|text|to (?:appear|show|load|come)|appears|shows up|is (?:there|shown|visible))\b.*"
    rf"|\b(?:and|then|at|on|in|before)\b.*|[,;.?!{MASK}].*)?$",
    re.IGNORECASE | re.DOTALL,
)
_NO_NAME = frozenset("it this that here there them one the a an button link tab element something anything".split())


class Browsing:
    """Adds steps in the browser. There is one page, so each step waits for the one before it."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._last: Outcome | None = None
        self.pages: dict[str, Outcome] = {}
        """What is open in the browser, by the web address that led there."""
        self.pictured: set[str] = set()
        """Web addresses of which only a picture, or a part, was wanted."""
        self._url = ""
        self._named = ""
        """The element named last."""

    def do(self, act: Act) -> list[Outcome]:
        """The steps of one act; what they give to answer with. Raises ``Declined``."""
        urls = self._work.goal.owned(act, "url")
        match act.kind:
            case "open":
                for url in urls:
                    self._open(url)
                return []
            case "shot":
                return [self._shot(act, url) for url in urls or (None,)]
            case "pick":
                return [self._pick(act, url) for url in urls or (None,)]
        self._stand_on(urls)
        if act.kind == "click":
            selector = self._selector(act, "click")
            self._moved(self._step("click", {"selector": selector}, f"Click {selector}"))
        else:
            self._wait(act)
        return []

    def _open(self, url: Mention) -> None:
        self._url = url.value
        self._moved(self._step("open", {"url": literal(url.value)}, f"Open {url.value}"))

    def _moved(self, made: Outcome) -> None:
        """The page is another one now: reading it means reading what this step gave."""
        label = made.part("title") if made.kind == "page" else literal(self._url)
        self.pages[self._url] = replace(made, label=label, origin=literal(self._url))

    def _stand_on(self, urls: list[Mention]) -> None:
        """Have the page open that is meant: the one named, else the one that is open, else the first of the goal."""
        wanted = urls or ([] if self._last else [m for m in self._work.goal.mentions if m.kind == "url"][:1])
        if not wanted and not self._last:
            raise Declined("The goal does not say on which page: name its web address.")
        for url in wanted:
            if url.value != self._url:
                self._open(url)

    def _shot(self, act: Act, url: Mention | None) -> Outcome:
        args = self._place(url) | ({"fullPage": True} if _WHOLE.search(self._words(act)) else {})
        made = self._step("shot", args, f"Take a picture of {self._url}")
        return replace(made, label=made.part("title") if made.kind == "shot" else "", origin=literal(self._url))

    def _pick(self, act: Act, url: Mention | None) -> Outcome:
        words = self._words(act)
        selector, form = self._part(act, words)
        form = next((form for pattern, form in _FORMS if re.search(pattern, words)), form)
        args = self._place(url) | {"selector": selector} | ({"as": form} if form != "text" else {})
        made = self._step("pick", args, f"Take {selector} out of {self._url}")
        label = made.part("title") if made.kind == "table" else literal(self._url)
        return replace(made, label=label, origin=literal(self._url), wide=True)

    def _part(self, act: Act, words: str) -> tuple[str, str]:
        for mention in self._work.goal.owned(act, "selector"):
            return str(literal(mention.value)), "text"
        for pattern, selector, form in _PARTS:
            if re.search(rf"\b(?:{pattern})\b", words):
                return selector, form
        raise Declined("The goal does not say which part of the page: name a selector such as .price, or the table.")

    def _wait(self, act: Act) -> None:
        args: JSON = {"selector": self._selector(act, "wait for")}
        if said := _SECONDS.search(self._said(act)):
            seconds = int(said.group(1)) * (60 if said.group(2).startswith("m") else 1)
            if not 0 < seconds <= LONGEST_WAIT:
                raise Declined(f"A wait can be {LONGEST_WAIT} seconds at most, not {said.group()}.")
            args["timeoutS"] = seconds
        self._step("wait", args, f"Wait for {args['selector']}")

    def _selector(self, act: Act, deed: str) -> str:
        self._named = self._element(act, deed)
        return self._named

    def _element(self, act: Act, deed: str) -> str:
        """A selector that the goal writes, else the text that the element shows; "it" is the element named last."""
        for mention in self._work.goal.owned(act, "selector", "quote"):
            plain = mention.kind == "quote" and not re.match(r"[#.\[]|text=", mention.value)
            return str(literal(f"text={mention.value}" if plain else mention.value))
        start = min(act.end, len(self._work.goal.text))
        named = _NAMED.match(self._work.goal.text[start : start + 80])
        name = named["name"].strip() if named else ""
        if name.lower() in ("it", "that", "this") and self._named:
            return self._named
        if not name or _SECONDS.fullmatch(name) or set(name.lower().split()) <= _NO_NAME or re.match(r"https?:", name):
            raise Declined(f"The goal does not say what to {deed}: name it by its text, or by a selector.")
        return str(literal(f"text={name}"))

    def _place(self, url: Mention | None) -> JSON:
        """The page of a step: none where it is open already."""
        if url is None and self._last:
            return {}
        url = url or next((m for m in self._work.goal.mentions if m.kind == "url"), None)
        if url is None:
            raise Declined("The goal does not say of which page: name its web address.")
        if url.value == self._url and self._last:
            return {}
        self._url = url.value
        self.pictured.add(url.value)
        return {"url": literal(url.value)}

    def _step(self, role: str, args: JSON, description: str) -> Outcome:
        made = self._work.step(role, args, description, after=[self._last.step] if self._last else [])
        self._last = made
        return made

    def _words(self, act: Act) -> str:
        return self._work.goal.words_of(act)

    def _said(self, act: Act) -> str:
        return self._work.goal.text[act.start : act.start + len(self._words(act))].lower()
