"""The memories of one user, indexed for search in this process: words by SQLite's FTS5, meaning by vectors."""

from __future__ import annotations

import math
import re
import sqlite3
from typing import TYPE_CHECKING, Any

from agentlab.types import Memory

if TYPE_CHECKING:
    import numpy as np

_NEAR = 200
"""Memories that are looked at closely, best first by BM25."""
_MOST_WORDS = 12
"""Words of a query that are looked for, rarest first."""
_WORD = re.compile(r"[^\W_]+")
_STOP = frozenset(
    "a about all also am an and any are as at be been but by can could did do does for from had has have how i if in into is it "
    "its just like make may me more my no not now of on one only or our out over please say says she should so some such than "
    "that the their them then there these they this those to too up us use very was we were what when where which while who "
    "whom whose why will with would you your".split()
)


class Index:
    """Texts by the words in them. Not safe to use from two threads at once."""

    def __init__(self) -> None:
        self.seen = 0
        """Number of the last change that is in here."""
        self.memories: dict[int, Memory] = {}
        self._places: dict[str, int] = {}
        self._vectors: dict[int, bytes] = {}
        self._matrix: tuple[list[int], np.ndarray[Any, Any]] | None = None
        self._words = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._words.execute(
            "create virtual table texts using fts5(text, tokenize='porter unicode61 remove_diacritics 2')"
        )

    def close(self) -> None:
        """Let go of what it holds."""
        self._words.close()

    def take(self, rows: list[dict[str, Any]], model: str) -> None:
        """Take changes in, as ``Memories.changes`` gives them; vectors only of the embeddings ``model``."""
        if not rows:
            return
        self._words.execute("begin")
        for row in rows:
            place = self._places.setdefault(row["id"], len(self._places) + 1)
            self._words.execute("delete from texts where rowid = ?", (place,))
            self.memories.pop(place, None)
            self._vectors.pop(place, None)
            if not row["gone"]:
                fields = ("id", "user", "kind", "text", "importance", "source", "at", "untrusted")
                self.memories[place] = Memory(**{name: row[name] for name in fields})
                self._words.execute("insert into texts(rowid, text) values (?, ?)", (place, row["text"]))
                if model and row["vector_of"] == model and row["vector"]:
                    self._vectors[place] = bytes(row["vector"])
        self._words.execute("commit")
        self._matrix = None
        self.seen = rows[-1]["version"]

    def without_vector(self, most: int) -> list[Memory]:
        """Memories whose vector is not known, the last written first."""
        lacking = [memory for place, memory in self.memories.items() if place not in self._vectors]
        return sorted(lacking, key=lambda memory: -memory.at)[:most]

    def by_words(self, query: str) -> dict[int, float]:
        """How well memories fit the words of ``query``, 0 to 1, by place.

        The square root of the share of the query's words that the memory holds, each weighted by its rarity (the inverse
        document frequency of BM25), times 0.7 to 1 by its BM25 as FTS5 counts it, next to the best one's.
        """
        holding = self._holding(query)
        if not any(holding.values()):
            return {}
        count = len(self.memories)
        rarity = {word: math.log(1 + (count - len(at) + 0.5) / (len(at) + 0.5)) for word, at in holding.items()}
        wanted = " OR ".join(f'"{word}"' for word, at in holding.items() if at)
        ranked = self._words.execute(
            "select rowid, -rank from texts where texts match ? order by rank limit ?", (wanted, _NEAR)
        ).fetchall()
        best, whole = ranked[0][1] or 1.0, sum(rarity.values())
        found = {}
        for place, bm25 in ranked:
            met = sum(weight for word, weight in rarity.items() if place in holding[word])
            found[place] = math.sqrt(met / whole) * (0.7 + 0.3 * bm25 / best)
        return found

    def by_meaning(self, vector: list[float]) -> dict[int, float]:
        """The cosine between ``vector`` and the nearest memories, 0 to 1, by place."""
        import numpy as np

        places, matrix = self._matrix or self._arranged()
        wanted = np.asarray(vector, dtype=np.float32)
        if not places or matrix.shape[1] != len(wanted):
            return {}
        cosines = matrix @ (wanted / (np.linalg.norm(wanted) or 1.0))
        nearest = np.argsort(-cosines)[:_NEAR]
        return {places[n]: min(1.0, float(cosines[n])) for n in nearest if cosines[n] > 0}

    def _holding(self, query: str) -> dict[str, set[int]]:
        """The places that hold each word of a query; its rarest words, those included that nobody has."""
        said = dict.fromkeys(word.lower() for word in _WORD.findall(query))
        words = [word for word in said if word not in _STOP and (len(word) > 1 or word.isdigit())]
        counted = [(self._count(word), word) for word in words]
        rarest = [word for _, word in sorted(counted)[:_MOST_WORDS]]
        found = "select rowid from texts where texts match ?"
        return {word: {place for (place,) in self._words.execute(found, (f'"{word}"',))} for word in rarest}

    def _count(self, word: str) -> int:
        found = self._words.execute("select count(*) from texts where texts match ?", (f'"{word}"',))
        return int(found.fetchone()[0])

    def _arranged(self) -> tuple[list[int], np.ndarray[Any, Any]]:
        """The vectors as rows of length 1; those of another length than the first are left out."""
        import numpy as np

        rows = {place: np.frombuffer(vector, dtype=np.float32) for place, vector in self._vectors.items()}
        width = len(next(iter(rows.values()), ()))
        places = [place for place, row in rows.items() if len(row) == width]
        matrix = np.stack([rows[place] for place in places]) if places else np.zeros((0, 0), dtype=np.float32)
        lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
        self._matrix = places, matrix / np.where(lengths == 0, 1.0, lengths)
        return self._matrix
