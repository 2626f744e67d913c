"""Opening pages, taking parts out of them, pictures, waiting: in real Chromium."""

from __future__ import annotations

import base64
import hashlib

import pytest

SHOP = """<!doctype html><title>Tea shop</title>
<nav><a href="/about">About us</a><a href="/cart">Cart</a></nav>
<h1>Teas of the week</h1><p class="intro">Picked by hand in May.</p><p style="display:none">secret</p>
<h2>Prices</h2>
<table id="price-table"><caption>Prices of today</caption>
<thead><tr><th rowspan="2">Tea</th><th colspan="2">Price</th></tr><tr><th>100 g</th><th>1 kg</th></tr></thead>
<tbody><tr><td>Assam</td><td>4.20</td><td>38</td></tr><tr><td>Sencha</td><td colspan="2">sold out</td></tr>
<tr style="display:none"><td>Hidden</td><td>1</td><td>2</td></tr></tbody></table>
<h2>Opening hours</h2><table id="hours"><tr><td>Day</td><td>From</td></tr><tr><td>Monday</td><td>9:00</td></tr></table>
<h2>News</h2><ul class="news"><li>New: <b>Oolong</b></li><li>See <a href="/blog?x=1">the blog</a></li></ul>
<img src="/leaf.png" alt="A leaf of tea" width=20 height=20>
<footer>Imprint</footer><script>document.title = "Tea shop, drawn"</script>"""


@pytest.fixture
def shop(site, lab):
    site.page("/leaf.png", b"x", Content_Type="image/png")
    return lab.data("navigate", url=site.page("/shop", SHOP))


def test_a_page_is_opened_and_told(shop, site) -> None:
    assert (shop["url"], shop["status"], shop["title"]) == (site.url("/shop"), 200, "Tea shop, drawn")
    for part in ("# Teas of the week", "Picked by hand in May.", "| Assam | 4.20 | 38", "- New: Oolong"):
        assert part in shop["text"]
    assert "secret" not in shop["text"]
    assert shop["links"][0] == {"text": "About us", "url": site.url("/about")}
    assert [shop[name] for name in ("blocked", "dialogs", "popups", "downloads", "console")] == [[]] * 5


def test_redirects_are_followed_and_the_last_address_told(site, lab) -> None:
    site.page("/old", status=302, Location="/newer")
    site.page("/newer", "<title>x</title><meta http-equiv=refresh content='0;url=/newest'>")
    site.page("/newest", "<title>Newest</title><p>You have arrived at last, welcome.")

    page = lab.data("navigate", url=site.url("/old"))
    later = lab.data("waitFor", selector="text=arrived at last")

    assert page["url"] in (site.url("/newer"), site.url("/newest"))
    assert (later["url"], later["found"]) == (site.url("/newest"), True)


@pytest.mark.usefixtures("shop")
def test_elements_are_taken_as_text_markdown_and_attributes(site, lab) -> None:
    text = lab.data("extract", selector=".news li")
    markdown = lab.data("extract", selector=".news", as_="markdown")
    links = lab.data("extract", selector="nav a", as_="attributes")

    assert (text["text"], text["count"]) == ("New: Oolong\nSee the blog", 2)
    assert text["rows"] == [["New: Oolong"], ["See the blog"]]
    assert markdown["text"] == f"- New: **Oolong**\n- See [the blog]({site.url('/blog?x=1')})"
    assert links["columns"][:2] == ["text", "href"]
    assert [row[:2] for row in links["rows"]] == [["About us", site.url("/about")], ["Cart", site.url("/cart")]]


@pytest.mark.usefixtures("shop")
def test_a_table_keeps_its_shape_where_cells_span_others(lab) -> None:
    table = lab.data("extract", selector="table", as_="table")

    assert table["columns"] == ["Tea", "Price 100 g", "Price 1 kg"]
    assert table["rows"] == [["Assam", "4.20", "38"], ["Sencha", "sold out", "sold out"]]
    assert "| Assam | 4.20 | 38 |" in table["text"]
    assert lab.data("extract", selector="#hours", as_="table")["rows"] == [["Monday", "9:00"]]
    assert lab.data("extract", selector="#hours", as_="table")["columns"] == ["Day", "From"]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("description", "selector"),
    [
        ("the price table", "#price-table"),
        ("table with the opening hours", "#hours"),
        ("the headline", "html > body > h1"),
        ("the list of news", "html > body > ul"),
        ("the picture of a leaf", "html > body > img"),
        ("link to the cart", "html > body > nav > a:nth-of-type(2)"),
        ("the intro", "html > body > p:nth-of-type(1)"),
    ],
)
def test_a_description_finds_what_it_means(lab, description, selector) -> None:
    assert lab.data("extract", description=description)["selector"] == selector


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("description", ["the shipping costs", "the login button", "the weather table"])
def test_a_description_of_what_is_not_there_is_not_guessed(lab, description) -> None:
    kind, message, options = lab.fails("extract", description=description)

    assert (kind, options) == ("selector_missing", ("change_arguments", "replan"))
    assert "Nearest: " in message


def test_frames_and_shadow_trees_are_searched(site, lab) -> None:
    site.page("/inner", "<h2>Inside</h2><table><tr><th>a</th></tr><tr><td>1</td></tr></table><button>Deep</button>")
    url = site.page(
        "/outer",
        "<h1>Outside</h1><iframe src='/inner'></iframe><div id=host></div><script>"
        "document.getElementById('host').attachShadow({mode: 'open'}).innerHTML ="
        "'<section id=card aria-label=\"Weather card\"><p class=degrees>21 degrees</p></section>'</script>",
    )
    page = lab.data("navigate", url=url)

    assert "Inside" in page["text"]
    assert "21 degrees" in page["text"]
    assert lab.data("extract", selector="table", as_="table")["rows"] == [["1"]]
    assert lab.data("extract", selector=".degrees")["text"] == "21 degrees"
    assert lab.data("extract", description="the weather card")["text"] == "21 degrees"
    assert lab.data("click", selector="text=Deep")["clicked"] == "Deep"


def test_a_page_drawn_by_scripts_is_waited_for(site, lab) -> None:
    draw = "document.body.innerHTML = '<h1>Drawn by a script, a little later</h1>'"
    url = site.page("/app", f"<div id=root></div><script>setTimeout(() => {{ {draw} }}, 150)</script>")

    assert "Drawn by a script" in lab.data("navigate", url=url)["text"]


def test_extract_and_screenshot_open_the_page_they_are_given(site, lab) -> None:
    url = site.page("/a", "<title>A</title><p>first</p>")

    assert lab.data("extract", url=url, selector="p")["text"] == "first"
    assert lab.data("screenshot", url=site.page("/b", "<title>B</title>"))["title"] == "B"


def test_a_picture_is_a_payload_and_a_file_that_can_be_taken_back(site, lab) -> None:
    lab.data("navigate", url=site.page("/tall", "<title>Tall page</title><div style='height:3000px'>x</div>"))

    window, whole = lab.call("screenshot"), lab.call("screenshot", fullPage=True, key="k1")
    again = lab.call("screenshot", fullPage=True, key="k1")
    place = lab.settings.drive / whole.data["file"]
    picture = base64.b64decode(whole.payloads["screenshot"].removeprefix("data:image/png;base64,"))

    assert (window.data["width"], window.data["height"]) == (1280, 900)
    assert whole.data["height"] >= 3000
    assert whole.data["file"] == whole.data["path"] == "screenshots/Tall page (2).png"
    assert again.data["file"] == whole.data["file"]
    assert hashlib.sha256(place.read_bytes()).digest() == hashlib.sha256(picture).digest()
    assert len(picture) == whole.data["bytes"]

    undo = lab.tools["browser.screenshot"].undo
    import asyncio

    taken = [asyncio.run(undo(whole.undo, lab.context())) for _ in range(2)]

    assert all(result.success for result in taken)
    assert not place.exists()
    assert (lab.settings.drive / window.data["file"]).exists()
    (lab.settings.drive / window.data["file"]).write_bytes(b"painted over")
    assert asyncio.run(undo(window.undo, lab.context())).error.kind == "changed"


def test_waiting_ends_when_the_element_is_there(site, lab) -> None:
    late = "setTimeout(() => document.body.insertAdjacentHTML('beforeend', '<b id=late>here</b>'), 400)"
    lab.data("navigate", url=site.page("/late", f"<p>Wait a little for the rest.</p><script>{late}</script>"))

    found = lab.data("waitFor", selector="#late", timeoutS=5)

    assert found["found"]
    assert found["waitedS"] < 4
