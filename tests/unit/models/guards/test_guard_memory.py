"""The cache of one process is no larger than it may be."""

from __future__ import annotations

import asyncio

from agentlab.models.guards.cache import MemoryCache

MEGABYTES = 0.001
"""A thousand signs."""


def cache_with(**texts: str) -> MemoryCache:
    cache = MemoryCache(60, MEGABYTES, lambda: 0.0)
    for key, text in texts.items():
        asyncio.run(cache.write(key, text))
    return cache


def kept(cache: MemoryCache, *keys: str) -> list[str]:
    return [key for key in keys if asyncio.run(cache.read(key)) is not None]


def test_the_oldest_answers_go_first() -> None:
    cache = cache_with(a="x" * 400, b="x" * 400, c="x" * 400)

    assert kept(cache, "a", "b", "c") == ["b", "c"]


def test_an_answer_that_was_put_again_is_new_and_counts_once() -> None:
    cache = cache_with(a="x" * 400, b="x" * 400)
    asyncio.run(cache.write("a", "y" * 500))
    assert kept(cache, "a", "b") == ["a", "b"]

    asyncio.run(cache.write("c", "x" * 400))

    assert kept(cache, "a", "b", "c") == ["a", "c"]


def test_an_answer_larger_than_all_of_it_drives_nothing_out() -> None:
    cache = cache_with(a="x" * 400, b="x" * 1_001)

    assert kept(cache, "a", "b") == ["a"]
