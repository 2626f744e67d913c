"""Searching memories: words, freshness and weight make a score of 0 to 1; only what has changed is read again."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlab.errors import ProviderFailed
from agentlab.memory.memories import Memories
from agentlab.memory.search import Search
from agentlab.memory.silence import EmbeddingsSilent
from agentlab.memory.tables import prepare

DAY = 86_400.0


class Clock:
    """A clock that stands where it is put; seconds."""

    def __init__(self) -> None:
        self.at = 1_000 * DAY

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memories(clock):
    database = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool, connect_args={"check_same_thread": False})
    prepare(database)
    yield Memories(database, now=clock)
    database.dispose()


@pytest.fixture
def search(memories, clock):
    made = Search(memories, now=clock)
    yield made
    made.close()


def found(search: Search, query: str, **how) -> list[str]:
    return [memory.text for memory in asyncio.run(search.find(query, **how))]


def test_what_fits_the_words_is_found_and_nothing_else(memories, search) -> None:
    memories.add("The P/E ratio of Acme was 28.4")
    memories.add("Invoices are due within thirty days")

    assert found(search, "when are invoices due?") == ["Invoices are due within thirty days"]
    assert found(search, "ratios of Acme") == ["The P/E ratio of Acme was 28.4"]
    assert found(search, "zeppelin") == []
    assert found(search, "the of and") == []
    assert found(search, "") == []


def test_stems_and_accents_meet(memories, search) -> None:
    memories.add("Réunions with the Zürich office were moved")

    assert found(search, "reunion zurich moving") != []


@pytest.mark.parametrize(
    "query", ['"', "AND OR NOT", "a* NEAR(b)", "text:x", "'; drop table texts; --", "🦀", "日本語"]
)
def test_a_query_is_words_and_never_an_expression(memories, search, query) -> None:
    memories.add("Something else entirely")

    assert found(search, query) == []


def test_scores_lie_between_0_and_1_and_meet_the_least(memories, search) -> None:
    memories.add("invoices in March", importance=1.0)
    memories.add("invoices of the year before last, and much else", importance=0.0)

    (best, second) = asyncio.run(search.find("invoices March"))
    assert 1 >= best.score > second.score > 0
    assert best.text == "invoices in March"
    assert best.score == 1.0
    assert found(search, "invoices March", least=0.8) == ["invoices in March"]
    assert found(search, "invoices March", limit=1) == ["invoices in March"]


def test_of_two_that_fit_alike_the_fresh_one_comes_first(memories, search, clock) -> None:
    memories.add("the budget is 10")
    clock.at += 60 * DAY
    memories.add("the budget is 20")

    first, second = asyncio.run(search.find("budget"))
    assert first.text == "the budget is 20"
    assert first.score - second.score == pytest.approx(0.2 * 0.75, abs=0.001)  # two half-lives of 30 days


def test_of_two_that_fit_alike_the_important_one_comes_first(memories, search) -> None:
    memories.add("the budget is 10", importance=0.9)
    memories.add("the budget is 20", importance=0.1)

    assert found(search, "budget")[0] == "the budget is 10"


def test_changes_are_seen_by_the_next_search(memories, search) -> None:
    kept = memories.add("Ann likes tea")
    assert found(search, "tea")

    memories.edit(kept.id, text="Ann likes coffee")
    assert (found(search, "tea"), found(search, "coffee")) == ([], ["Ann likes coffee"])

    memories.forget(kept.id)
    assert found(search, "coffee") == []


def test_only_changes_are_read_again(memories, search, monkeypatch) -> None:
    read = []
    for number in range(5):
        memories.add(f"memory {number}")
    found(search, "memory")
    changes = memories.changes
    monkeypatch.setattr(memories, "changes", lambda user, after: read.extend(rows := changes(user, after)) or rows)

    memories.add("memory 6")

    assert len(found(search, "memory")) == 6
    assert len(read) == 1


def test_nobody_finds_what_is_another_users(memories, search) -> None:
    memories.add("Ann likes tea", user="ann")

    assert found(search, "tea", user="bob") == []
    assert found(search, "tea", user="ann") == ["Ann likes tea"]


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(st.text(min_size=1, max_size=60), max_size=8), query=st.text(max_size=80))
def test_any_text_can_be_searched_with_any_query(texts, query) -> None:
    from agentlab.errors import MemoryInvalid

    database = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool, connect_args={"check_same_thread": False})
    prepare(database)
    kept, made = Memories(database), None
    for text in texts:
        try:
            kept.add(text)
        except MemoryInvalid:
            continue
    made = Search(kept)
    assert all(0 < (memory.score or 0) <= 1 for memory in asyncio.run(made.find(query)))
    made.close()
    database.dispose()


# --- meaning ----------------------------------------------------------------------------------------------------------

MEANING = {"tea": [1.0, 0.0], "a hot drink": [0.9, 0.1], "Invoices are due": [0.0, 1.0], "Ann likes tea": [1.0, 0.1]}


async def embed(texts):
    return [MEANING[text] for text in texts]


def test_meaning_finds_what_words_do_not(memories, clock) -> None:
    memories.add("Ann likes tea")
    memories.add("Invoices are due")
    search = Search(memories, embed=embed, model="test:small", now=clock)

    assert found(search, "a hot drink")[0] == "Ann likes tea"
    assert found(search, "a hot drink", least=0.5) == ["Ann likes tea"]
    search.close()


def test_vectors_are_kept_and_asked_for_once(memories, clock) -> None:
    asked = []

    async def counted(texts):
        asked.append(list(texts))
        return await embed(texts)

    memories.add("Ann likes tea")
    first, other = (Search(memories, embed=counted, model="test:small", now=clock) for _ in range(2))
    found(first, "tea")
    found(first, "tea")
    found(other, "tea")

    assert asked == [["tea", "Ann likes tea"], ["tea"], ["tea"]]
    first.close()
    other.close()


def test_a_text_that_was_changed_gets_another_vector(memories, clock) -> None:
    kept = memories.add("Ann likes tea")
    search = Search(memories, embed=embed, model="test:small", now=clock)
    assert found(search, "a hot drink", least=0.5) == ["Ann likes tea"]

    memories.edit(kept.id, text="Invoices are due")
    assert found(search, "a hot drink", least=0.5) == []
    search.close()


def test_where_embeddings_fail_words_decide_and_it_is_said_once(memories, clock) -> None:
    calls = []

    async def failing(texts):
        calls.append(texts)
        raise ProviderFailed("It broke.")

    memories.add("Ann likes tea")
    search = Search(memories, embed=failing, model="test:small", now=clock)

    with pytest.warns(EmbeddingsSilent, match="It broke"):
        assert found(search, "tea") == ["Ann likes tea"]
    assert found(search, "tea") == ["Ann likes tea"]
    assert len(calls) == 1  # left alone for a minute
    search.close()
