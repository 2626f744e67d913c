"""What a search of the memory takes: milliseconds over 10,000 memories, next to FTS5 alone with the same texts and words.

Texts are of 20 to 60 words drawn by Zipf's law from 20,000, queries of 3 to 12 words of the same; `warm` is a search of a process
that has searched before, `after a change` one that has to read a memory that was written in between.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable

import agentlab

MEMORIES = 10_000
QUERIES = 200
_WORDS = [f"w{number:x}" for number in range(20_000)]
_WEIGHTS = [1 / (rank + 10) for rank in range(len(_WORDS))]


def said(draw: random.Random, least: int, most: int) -> str:
    """A text of words, common ones often."""
    return " ".join(draw.choices(_WORDS, _WEIGHTS, k=draw.randint(least, most)))


def milliseconds(work: Callable[[str], object], queries: list[str]) -> list[float]:
    """What ``work`` takes for each query."""
    took = []
    for query in queries:
        began = time.perf_counter()
        work(query)
        took.append((time.perf_counter() - began) * 1e3)
    return took


def bare(texts: list[str]) -> Callable[[str], object]:
    """The ten best of FTS5 alone."""
    database = sqlite3.connect(":memory:")
    database.execute("create virtual table texts using fts5(text, tokenize='porter unicode61 remove_diacritics 2')")
    database.executemany("insert into texts(text) values (?)", [(text,) for text in texts])

    def search(query: str) -> object:
        wanted = " OR ".join(f'"{word}"' for word in query.split())
        return database.execute(
            "select text from texts where texts match ? order by rank limit 10", (wanted,)
        ).fetchall()

    return search


def main() -> None:
    """Print the figures."""
    draw = random.Random(7)
    texts = [said(draw, 20, 60) for _ in range(MEMORIES)]
    queries = [said(draw, 3, 12) for _ in range(QUERIES)]
    with tempfile.TemporaryDirectory() as home, agentlab.open(home) as lab:
        began = time.perf_counter()
        for text in texts:
            lab.remember(text)
        wrote = (time.perf_counter() - began) / MEMORIES * 1e3
        began = time.perf_counter()
        lab.memories(queries[0], limit=10)
        first = (time.perf_counter() - began) * 1e3

        def search(query: str) -> object:
            return asyncio.run(lab.recollection.search.find(query, limit=10))

        def search_after_change(query: str) -> object:
            lab.remember(query)
            return search(query)

        ours, changed, alone = (milliseconds(work, queries) for work in (search, search_after_change, bare(texts)))
    ours_ms, alone_ms = statistics.median(ours), statistics.median(alone)
    print(f"{MEMORIES:,} memories, {QUERIES} queries, the ten best of each")
    print(f"a memory written           {wrote:6.2f} ms")
    print(f"the first search           {first:6.0f} ms   (the index is made)")
    print(
        f"a search, warm             {ours_ms:6.2f} ms   p95 {statistics.quantiles(ours, n=20)[-1]:.2f}, worst {max(ours):.2f}"
    )
    print(f"one after a change         {statistics.median(changed):6.2f} ms   with the writing")
    print(f"FTS5 alone                 {alone_ms:6.2f} ms   p95 {statistics.quantiles(alone, n=20)[-1]:.2f}")
    print(f"the search over FTS5 alone {ours_ms / alone_ms:6.2f} x")


if __name__ == "__main__":
    main()
