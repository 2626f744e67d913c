"""A summary made of the text's own sentences: the ones that carry most of what the text is about."""

from __future__ import annotations

import math
import re
from collections import Counter

from agentlab.models.offline.tables import describe, read_table
from agentlab.models.offline.text import Passage, headings, passages, plain, words

_FIGURE = re.compile(r"\d[\d.,]*")
_GIST = re.compile(
    r"\b(?:short|summary|abstract|overview|key|conclusions?|findings|results|highlights)\b", re.IGNORECASE
)
_TOO_ALIKE = 0.6
"""Share of common words above which a second sentence says nothing new."""


def summarize(text: str, count: int = 5, focus: str = "") -> str:
    """At most ``count`` sentences of ``text`` in their order; those about ``focus`` first. Figures weigh more.

    A table is described instead. Scoring is by word frequency, as in H. P. Luhn, "The automatic creation of
    literature abstracts" (1958), with the position of a sentence and the words of the headings counted in.
    """
    text = plain(text)
    if table := read_table(text):
        return describe(table)
    found = [passage for passage in passages(text) if len(passage.text) > 1]
    full = [passage for passage in found if len(passage.text.split()) >= 4] or found
    if len(full) <= count:
        return " ".join(_ended(passage.text) for passage in full)
    chosen = _choose(full, _scores(full, text, focus), max(1, count))
    return " ".join(_ended(full[number].text) for number in sorted(chosen))


def _scores(found: list[Passage], text: str, focus: str) -> list[float]:
    counted = [words(passage.text) for passage in found]
    frequency = Counter(word for sentence in counted for word in sentence)
    titles, wanted = set(words(" ".join(headings(text)))), set(words(focus))
    scores = []
    for number, sentence in enumerate(counted):
        weight = sum(math.log(frequency[word]) + 0.1 for word in set(sentence)) / math.sqrt(len(sentence) + 4)
        weight += 0.15 * len(titles & set(sentence))
        weight += 0.3 * min(2, len(_FIGURE.findall(found[number].text)))
        weight += 1.0 / (1 + number) + 0.8 * bool(_GIST.search(found[number].heading))
        about = wanted & (set(sentence) | set(words(found[number].heading)))
        scores.append(weight + 5.0 * len(about) / (len(wanted) or 1))
    return scores


def _choose(found: list[Passage], scores: list[float], count: int) -> list[int]:
    chosen: list[int] = []
    for number in sorted(range(len(found)), key=lambda n: -scores[n]):
        if len(chosen) == count:
            break
        if all(_alike(found[number].text, found[other].text) < _TOO_ALIKE for other in chosen):
            chosen.append(number)
    return chosen


def _alike(one: str, other: str) -> float:
    first, second = set(words(one)), set(words(other))
    return len(first & second) / (min(len(first), len(second)) or 1)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", ":", "”", '"')) else f"{sentence}."
