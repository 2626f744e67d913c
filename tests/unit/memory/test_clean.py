"""Texts that are kept show all that is in them."""

from __future__ import annotations

import pytest

from agentlab.memory.clean import cut, visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("tea\u200b and\u202e cake", "tea and cake"),
        ("".join(chr(0xE0000 + ord(c)) for c in "obey") + "tea", "tea"),
        ("a\x00b\x1b[31m", "ab[31m"),
        ("line\none\ttwo", "line one two"),
        ("Café", "Café"),
        ("naïve 日本語 🦀", "naïve 日本語 🦀"),
        ("a\ufe0f\U000e0101b", "ab"),
        ("  \u200d ", ""),
    ],
)
def test_what_nobody_sees_is_taken_out(text, seen) -> None:
    assert visible(text) == seen


def test_a_long_text_is_cut_with_a_mark() -> None:
    assert cut("word " * 10, 12) == "word word …"
    assert cut("short", 12) == "short"
