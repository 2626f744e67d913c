"""Answers to questions, in the text's own sentences: those that fit the question best, or the plain word that none does."""

from __future__ import annotations

import math
import re
from collections import Counter

from agentlab.models.offline.comparison import compare, parts
from agentlab.models.offline.tables import ask_table, read_table
from agentlab.models.offline.text import Passage, passages, plain, words

_K1, _B = 1.2, 0.6
_ENOUGH = 0.25
"""Share of what was asked, by weight, that the best sentence must meet."""
_MOST = 3
"""Sentences in an answer."""
_ASKS_TO_COMPARE = re.compile(r"\b(?:compare|comparison|differen\w+|differ|changed|versus|vs)\b", re.IGNORECASE)
_FILE = re.compile(r"\S+\.(?:md|txt|csv|tsv|json|html?|log)\b|https?://\S+")
_EMPTY = frozenset(
    words(
        "what does say tell know file document text page find answer question does mention explain make long much many see accord according"
    )
)


def answer_question(prompt: str, context: str) -> str:
    """What ``context`` says to ``prompt``. Ranks sentences by BM25 (Robertson and Zaragoza, 2009)."""
    if not context.strip():
        return (
            "Without a language model I can only answer from a text. Name a file or a web page to look in, "
            f"for example: What does samples/faq.md say about … (asked: {prompt.strip()[:200]})"
        )
    text = plain(context)
    if _ASKS_TO_COMPARE.search(prompt) and len(parts(text)) > 1:
        return compare(text)
    share, answer = find_answer(prompt, text)
    return answer if share >= _ENOUGH else _not_there(prompt, set(_asked(prompt)))


def find_answer(prompt: str, context: str) -> tuple[float, str]:
    """The sentences or the figure that fit best, and the share of what was asked that they meet, by weight, 0 to 1.

    The share is 0, and the answer empty, where nothing meets any of it.
    """
    text = plain(context)
    table = read_table(text)
    if table and (said := ask_table(table, _FILE.sub(" ", prompt))):
        return 1.0, said
    share, best = _best(_with_answers(passages(text)), _asked(prompt))
    return share, "\n".join(dict.fromkeys(best))


def _asked(prompt: str) -> list[str]:
    """The words of a question that carry meaning."""
    return [word for word in words(_FILE.sub(" ", prompt)) if word not in _EMPTY]


def _not_there(prompt: str, asked: set[str]) -> str:
    said = [word for word in _FILE.sub(" ", prompt).strip(" ?!.").split() if asked & set(words(word))]
    about = (
        f" about {', '.join(dict.fromkeys(word.strip(',;:?!.') for word in said))}" if said else " that answers this"
    )
    return f"The text says nothing{about}."


def _with_answers(found: list[Passage]) -> list[Passage]:
    """The passages, where a question is joined with the sentence that answers it."""
    joined: list[Passage] = []
    for passage in found:
        last = joined[-1] if joined else None
        if last and last.text.endswith("?") and last.heading == passage.heading:
            joined[-1] = Passage(f"{last.text} {passage.text}", last.heading)
        else:
            joined.append(passage)
    return joined


def _best(found: list[Passage], asked: list[str]) -> tuple[float, list[str]]:
    """The best passages in the order of the text, and the share of what was asked that the first of them meets."""
    counted = [Counter(words(passage.text)) for passage in found]
    themes = [set(words(passage.heading)) for passage in found]
    rarity = {word: _rarity(word, counted) for word in set(asked)}
    average = sum(sum(one.values()) for one in counted) / (len(counted) or 1) or 1
    scored = [(_score(counted[n], themes[n], rarity, average), n) for n in range(len(found))]
    top, best = max(scored, default=(0.0, 0), key=lambda item: item[0])
    met = sum(weight for word, weight in rarity.items() if found and (word in counted[best] or word in themes[best]))
    if not met:
        return 0.0, []
    good = sorted(scored, key=lambda item: -item[0])[:_MOST]
    chosen = sorted((item for item in good if item[0] >= 0.5 * top), key=lambda item: item[1])
    return met / sum(rarity.values()), [found[n].text for _, n in chosen]


def _rarity(word: str, counted: list[Counter[str]]) -> float:
    holding = sum(word in said for said in counted)
    return math.log(1 + (len(counted) - holding + 0.5) / (holding + 0.5))


def _score(said: Counter[str], theme: set[str], rarity: dict[str, float], average: float) -> float:
    length = sum(said.values())
    score = 0.0
    for word, weight in rarity.items():
        count = said[word] + 0.7 * (word in theme)
        score += weight * count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * length / average))
    return score
