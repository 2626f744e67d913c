"""Which thing on a page a description in words means: an honest guess, or the near misses.

A description names a kind (``table``, ``headline``, ``button``) or none, and words that say which one. Each candidate of that
kind is scored by how many of the words its names, its text, its marks (id, class) or the heading above it hold. One thing
must win clearly; else nobody guesses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

KINDS = {
    "table": ("table", "grid", "spreadsheet"),
    "list": ("list",),
    "heading": ("heading", "headline", "title"),
    "link": ("link", "hyperlink"),
    "button": ("button",),
    "checkbox": ("checkbox", "tickbox", "switch", "toggle"),
    "radio": ("radio",),
    "field": ("field", "input", "textbox", "dropdown", "select"),
    "image": ("image", "picture", "photo", "img", "logo", "figure"),
    "form": ("form",),
    "menu": ("menu", "navigation", "nav"),
    "paragraph": ("paragraph",),
    "article": ("article",),
    "section": ("section",),
    "code": ("code",),
    "dialog": ("dialog", "popup", "modal"),
    "tab": ("tab",),
}
"""Kinds of things, and the words for them."""
CLICKABLE = {"link", "button", "checkbox", "radio", "tab", "option", "label", "field"}
_ALIKE = {
    "checkbox": {"checkbox", "label"},
    "radio": {"radio", "label"},
    "button": {"button", "link"},
    "menu": {"menu", "list"},
}
_EMPTY = frozenset(
    "a an the of on in at to for from with this that these those page site it its which is are was and or by my our all"
    " element part thing area text content main big first one says saying called named shown showing labelled".split()
)
_BROAD = {"section", "form", "menu", "article", "dialog"}
_ENOUGH = 0.5
_CLEAR = 0.12
"""How far the best must be above the next one."""
_WORD = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Fit:
    """A candidate and how well it fits, 0 to 1."""

    at: int
    score: float


def words(text: str) -> list[str]:
    """The words of ``text`` in small letters, parts of ``camelCase`` and ``kebab-case`` apart, plurals cut."""
    return [_singular(word.lower()) for word in _WORD.findall(_HUMP.sub(" ", text))]


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


class Description:
    """What somebody looks for, read."""

    def __init__(self, text: str) -> None:
        every = words(text)
        named = {kind for kind, names in KINDS.items() for name in names if name in every}
        self._kinds = named | {alike for kind in named for alike in _ALIKE.get(kind, ())}
        spoken = {name for kind in named for name in KINDS[kind]}
        self._words = [word for word in dict.fromkeys(every) if word not in _EMPTY and word not in spoken]
        self._top = "heading" in named and not self._words

    def fits(self, items: Sequence[dict[str, Any]], *, clickable: bool = False) -> list[Fit]:
        """All candidates that hold at least one of the words, the best first."""
        found = []
        for at, item in enumerate(items):
            if clickable and item["kind"] not in CLICKABLE and not (self._kinds and item["kind"] in self._kinds):
                continue
            if self._kinds and item["kind"] not in self._kinds:
                continue
            if (score := self._score(item)) > 0:
                found.append(Fit(at, score))
        return sorted(found, key=lambda fit: (-fit.score, items[fit.at]["size"], fit.at))

    def chosen(self, items: Sequence[dict[str, Any]], fits: Sequence[Fit]) -> list[Fit]:
        """The one that is meant, in a list; several where it is not clear which; none where none fits well enough."""
        good = [fit for fit in fits if fit.score >= _ENOUGH]
        if not good:
            return []
        best = good[0]
        if self._top:
            level = min(items[fit.at]["level"] for fit in good)
            return [fit for fit in good if items[fit.at]["level"] == level]
        rivals = [fit for fit in good if best.score - fit.score < _CLEAR]
        kept: list[Fit] = []
        for fit in rivals:
            # Of a thing and what lies around or inside it, the one that fits best; twice the same thing is one.
            if not any(_related(items, fit.at, other.at) or _same(items[fit.at], items[other.at]) for other in kept):
                kept.append(fit)
        return kept

    def _score(self, item: dict[str, Any]) -> float:
        if not self._words:
            return 1.0 if self._kinds else 0.0
        short = item["text"] if len(item["text"]) <= 80 else ""
        sources = [
            (1.0, set(words(item["name"]))),
            (0.95, set(words(short))),
            (0.9, set(words(item["marks"]))),
            (0.8, set(words(item["heading"]))),
            (0.7, set(words(item["head"]))),
            (0.4, set(words(item["text"]))),
        ]
        total = sum(_best(word, sources) for word in self._words) / len(self._words)
        if item["kind"] in _BROAD and not self._kinds:
            total *= 0.85
        # What says nothing else fits better than what says this among much more.
        said = set(words(item["name"] or short))
        exact = 0.1 * len(said & set(self._words)) / len(said) if said else 0.0
        return min(1.0, total * 0.9 + exact)


def _best(word: str, sources: Sequence[tuple[float, set[str]]]) -> float:
    best = 0.0
    for weight, known in sources:
        if word in known:
            best = max(best, weight)
        elif len(word) > 3 and any(SequenceMatcher(None, word, other).ratio() > 0.84 for other in list(known)[:40]):
            best = max(best, weight * 0.75)
    return best


def _related(items: Sequence[dict[str, Any]], one: int, other: int) -> bool:
    return other in _above(items, one) or one in _above(items, other)


def _above(items: Sequence[dict[str, Any]], at: int) -> set[int]:
    above: set[int] = set()
    while (at := items[at]["parent"]) >= 0 and at not in above:
        above.add(at)
    return above


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(one["href"]) and (one["href"], one["text"]) == (other["href"], other["text"])
