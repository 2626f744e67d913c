"""Clicks in real Chromium: what appeared, dialogs, pop-ups, downloads, and elements that cannot be clicked."""

from __future__ import annotations

import pytest

PAGE = """<!doctype html><title>Form</title><h1>Order</h1><a href="/next">Next page</a>
<button id=say onclick="out.innerText = 'Hello there'">Say hello</button>
<label><input type=checkbox id=agree> I agree</label>
<button onclick="out.innerText = 'asked: ' + confirm('Really?')">Ask</button>
<button onclick="window.open('/next')">Open window</button>
<button onclick="for (let i = 0; i < 9; i++) window.open('/next?' + i)">Open many</button>
<a href="/file.zip">Get the file</a>
<button id=later onclick="setTimeout(() => { out.innerText = 'came later' }, 300)">Later</button>
<button id=fetch onclick="fetch('/data').then(r => r.text()).then(t => { out.innerText = t })">Load data</button>
<button id=post onclick="document.forms[0].submit()">Send</button><form action="/next" method="post"></form>
<div id=out></div>"""

COUNT = """<title>Count</title><button id=more onclick="out.innerText = ++n + ' pressed'">More</button>
<button id=less onclick="out.innerText = --n + ' pressed'">Less</button><div id=out></div><script>let n = 0</script>"""


@pytest.fixture
def form(site, lab):
    site.page("/next", "<title>Next</title><h1>The next page</h1>")
    site.page("/file.zip", b"PK" * 10, Content_Type="application/zip", Content_Disposition="attachment; filename=a.zip")
    site.page("/data", "data from the server")
    site.slow["/data"] = 0.3
    return lab.data("navigate", url=site.page("/form", PAGE))


@pytest.mark.usefixtures("form")
def test_a_link_leads_to_the_next_page(site, lab) -> None:
    after = lab.data("click", selector="text=Next page")

    assert (after["url"], after["title"], after["status"]) == (site.url("/next"), "Next", 200)
    assert (after["navigated"], after["clicked"], after["fits"]) == (True, "Next page", 1)
    assert "The next page" in after["appeared"]
    assert lab.data("extract", selector="h1")["text"] == "The next page"


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize(
    ("selector", "new"),
    [("#say", "Hello there"), ("#later", "came later"), ("text=Load data", "data from the server")],
)
def test_what_appears_after_a_click_is_told(lab, selector, new) -> None:
    after = lab.data("click", selector=selector)

    assert (after["appeared"], after["navigated"]) == ([new], False)


@pytest.mark.usefixtures("form")
def test_buttons_and_boxes_are_found_by_description(lab) -> None:
    assert lab.data("click", description="the hello button")["appeared"] == ["Hello there"]
    assert any("checked" in control for control in lab.data("click", description="the agree checkbox")["controls"])
    assert lab.data("click", selector="text=Send")["title"] == "Next"


@pytest.mark.usefixtures("form")
def test_a_click_with_the_same_key_is_one_click(site, lab) -> None:
    lab.data("navigate", url=site.page("/count", COUNT))

    first = lab.data("click", selector="#more", key="k1")
    again = lab.data("click", selector="#more", key="k1")

    assert first["appeared"] == ["1 pressed"]
    assert again == first
    assert lab.data("extract", selector="#out")["text"] == "1 pressed"
    assert lab.data("click", selector="#less", key="k1")["appeared"] == ["0 pressed"]
    assert lab.data("click", selector="#more", key="k2")["appeared"] == ["1 pressed"]


@pytest.mark.usefixtures("form")
def test_dialogs_are_dismissed_and_told(lab) -> None:
    after = lab.data("click", selector="text=Ask")

    assert after["dialogs"] == [{"kind": "confirm", "text": "Really?"}]
    assert after["appeared"] == ["asked: false"]


@pytest.mark.usefixtures("form")
def test_a_window_that_opens_becomes_the_page(site, lab) -> None:
    after = lab.data("click", selector="text=Open window")

    assert (after["url"], after["popup"], after["popups"]) == (
        site.url("/next"),
        site.url("/next"),
        [site.url("/next")],
    )
    assert lab.data("extract", selector="h1")["text"] == "The next page"


@pytest.mark.usefixtures("form")
def test_no_more_than_five_windows_open(lab) -> None:
    after = lab.data("click", selector="text=Open many")

    assert len(after["popups"]) == 5
    assert after["title"] == "Next"


@pytest.mark.usefixtures("form")
def test_a_download_is_refused_and_named(site, lab) -> None:
    after = lab.data("click", selector="text=Get the file")

    assert after["downloads"] == [{"name": "a.zip", "url": site.url("/file.zip")}]
    assert after["url"] == site.url("/form")


def test_leaving_a_page_that_asks_to_stay_works(site, lab) -> None:
    ask = "<script>addEventListener('beforeunload', e => { e.preventDefault(); e.returnValue = 'stay' })</script>"
    lab.data("navigate", url=site.page("/sticky", f"<p id=p>Do not leave me alone here.</p>{ask}"))
    lab.data("click", selector="#p")

    page = lab.data("navigate", url=site.page("/away", "<title>Away</title>"))

    assert page["title"] == "Away"


def test_what_covers_an_element_is_named_and_clicking_it_first_helps(site, lab) -> None:
    cover = "<div id=cover style='position:fixed;inset:0' onclick='this.remove()'>Cookies?</div>"
    button = "<button id=go onclick='this.innerText=\"went\"'>Go</button>"
    lab.data("navigate", url=site.page("/covered", f"{button}{cover}<p>Some more text here.</p>"))

    kind, message, options = lab.fails("click", selector="#go")

    assert (kind, options[0]) == ("not_clickable", "change_arguments")
    assert 'id="cover"' in message
    lab.data("click", selector="#cover")
    assert lab.data("click", selector="#go")["appeared"] == ["went"]


@pytest.mark.parametrize(
    ("state", "reason"), [("disabled", "it is disabled"), ("style='display:none'", "it is hidden")]
)
def test_a_button_that_is_off_says_so(site, lab, state, reason) -> None:
    lab.data("navigate", url=site.page("/off", f"<p>One button, and it is off.</p><button id=go {state}>Go</button>"))

    assert reason in lab.fails("click", selector="#go")[1]


def test_several_that_may_be_meant_are_listed_and_a_listed_one_works(site, lab) -> None:
    row = "<li>{0} <button onclick='this.innerText=\"deleted {0}\"'>Delete</button></li>"
    lab.data(
        "navigate", url=site.page("/two", f"<ul id=l>{row.format('tea')}{row.format('milk')}</ul><p>Choose wisely.</p>")
    )

    kind, message, options = lab.fails("click", description="the delete button")
    selector = message.split("give one as selector: ")[1].split(" (")[0]

    assert (kind, options) == ("ambiguous", ("change_arguments",))
    assert lab.data("click", selector=selector)["appeared"] == ["tea deleted tea"]
