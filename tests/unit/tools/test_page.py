"""Web pages as text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from agentlab.tools.page import MAX_LINKS, read_page

PIECES = [
    "<p>",
    "</p>",
    "<script>",
    "</nav>",
    "<nav>",
    "<li>",
    "<a href='x'>",
    "</a>",
    "text",
    "&amp;",
    "<",
    "<!--",
    "]]>",
    "<td>",
]


def test_an_unclosed_menu_does_not_swallow_the_page() -> None:
    page = read_page("<nav><svg></nav><p>Text</p>")

    assert page.text == "Text"


def test_entities_breaks_and_blanks() -> None:
    assert read_page("<p>a&nbsp;&lt;b&gt;<br>c   d\n e</p>").text == "a <b>\nc d e"


def test_links_are_few_and_lead_somewhere() -> None:
    links = "".join(f'<a href="/{n}">link {n}</a>' for n in range(50))

    page = read_page(f'<a href="javascript:x()">no</a><a href="/x"><img></a>{links}')

    assert len(page.links) == MAX_LINKS
    assert page.links[0] == {"text": "link 0", "url": "/0"}


@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)))
@settings(max_examples=50)
def test_any_markup_is_read_as_far_as_it_goes(html) -> None:
    assert isinstance(read_page(html).text, str)
