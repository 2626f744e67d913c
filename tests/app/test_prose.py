"""A model's answer as text: the marks that shape a page work, everything else stays the characters it is."""

from __future__ import annotations

import json
import re

from app_reading import EVIL, texts
from hypothesis import given
from hypothesis import strategies as some

from ui.prose import prose

TAGS = {
    "div",
    "p",
    "h2",
    "h3",
    "ul",
    "ol",
    "li",
    "pre",
    "code",
    "strong",
    "em",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}


def tags(node) -> list[str]:
    if isinstance(node, str):
        return []
    return [node["tag"], *(tag for child in node["children"] for tag in tags(child))]


def read(node) -> str:
    return "".join(texts(node))


def test_headings_lists_tables_code_and_emphasis() -> None:
    node = prose(
        "# Found\n\nIt **grew** by `8 %`, *nearly*.\nStill so.\n\n- one\n* two\n\n1. first\n2) second\n\n|a|b|\n|--|:-:|\n|1|2|\n\n```\nx = 1\n```"
    )

    assert tags(node) == [
        "div", "h2", "p", "strong", "code", "em", "ul", "li", "li", "ol", "li", "li",
        "table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td", "pre", "code",
    ]  # fmt: skip
    assert "It grew by 8 %, nearly. Still so." in read(node)


def test_links_images_and_html_stay_text() -> None:
    node = prose(EVIL)

    assert tags(node) == ["div", "p", "strong"]
    assert read(node) == EVIL.replace("**", "")


def test_names_with_stars_and_underscores_are_left_alone() -> None:
    assert read(prose("2 * 3 * 4 and snake_case_name and a*b*c")) == "2 * 3 * 4 and snake_case_name and a*b*c"


def test_a_fence_that_is_never_closed_ends_with_the_text() -> None:
    assert read(prose("```\nhalf")) == "half"


def test_json_is_set_as_code_and_what_only_looks_like_it_is_not() -> None:
    assert tags(prose('{"path": "Note.md",\n "bytes": 3}')) == ["div", "pre", "code"]
    assert tags(prose("[1] and so on")) == ["div", "p"]


marks = some.sampled_from(
    ["# ", "- ", "1. ", "```", "|", "|--|--|", "**", "*", "`", "\n", "\n\n", " ", "<b>", "![](x)"]
)


@given(some.lists(marks | some.text(max_size=8), max_size=30).map("".join))
def test_any_text_ends_in_known_tags_and_loses_no_word(text) -> None:
    node = prose(text)

    assert set(tags(node)) <= TAGS
    letters = re.findall(r"[^\W\d_]", text)
    assert sorted(re.findall(r"[^\W\d_]", read(node))) == sorted(letters) or "```" in text
    json.dumps(node)
