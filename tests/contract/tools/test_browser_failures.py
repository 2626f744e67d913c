"""Every kind of failure is told with what it offers, and what it offers works."""

from __future__ import annotations

import asyncio
import datetime
import ssl
import sys
import threading
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from agentlab.tools.browser import failures

FINE = "<title>Fine</title><h1>All is well on this page.</h1>"
SPIN = "<h1>Round and round it goes</h1><script>setTimeout(() => { for (;;) {} }, 0)</script>"


def table(name: str) -> dict[str, tuple[str, ...]]:
    return {failure.kind: failure.options for failure in getattr(failures, name)}


def offered(lab, tool: str, kind: str, **args: object) -> str:
    """A call fails with ``kind`` and offers what the tool's table says; its message."""
    found, message, options = lab.fails(tool, **args)
    spec = lab.tools[f"browser.{tool}"].spec
    known = {failure.kind: failure.options for failure in spec.failures}
    assert (found, options) == (kind, known[kind]), message
    return message


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, "forbidden"),
        (404, "not_found"),
        (410, "not_found"),
        (422, "rejected"),
        (429, "rate_limited"),
        (503, "server_error"),
    ],
)
@pytest.mark.parametrize("body", ["", "<p>No.</p>"])
def test_a_status_is_a_failure_and_the_right_page_helps(site, lab, status, kind, body) -> None:
    url = site.page("/bad", body, status=status, Cache_Control="no-store")

    message = offered(lab, "navigate", kind, url=url)
    site.page("/bad", FINE)

    assert str(status) in message
    assert lab.data("navigate", url=url)["title"] == "Fine"  # the same again, where it may succeed later


def test_a_host_that_is_not_found(own, site) -> None:
    known: dict[str, list[str]] = {}

    async def resolve(host: str, port: int) -> list[str]:
        if host not in known:
            raise OSError("no such host")
        return known[host]

    lab = own(egress_allow=f"late.test:{site.port}", resolve=resolve)
    site.page("/", FINE)

    assert "late.test" in offered(lab, "navigate", "dns", url=site.url("/", "late.test"))
    known["late.test"] = ["127.0.0.1"]
    assert lab.data("navigate", url=site.url("/", "late.test"))["title"] == "Fine"


def test_nobody_answers_and_later_somebody_does(own, site) -> None:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lab = own(egress_allow=f"127.0.0.1:{port},127.0.0.1:{site.port}")

    assert f":{port}" in offered(lab, "navigate", "connect", url=f"http://127.0.0.1:{port}/")
    assert "drop" in offered(lab, "navigate", "connect", url=site.url("/drop"))
    late = HTTPServer(("127.0.0.1", port), SimpleHTTPRequestHandler)
    threading.Thread(target=late.serve_forever, daemon=True).start()
    assert lab.data("navigate", url=f"http://127.0.0.1:{port}/")["status"] == 200
    late.shutdown()
    late.server_close()


def certificate(folder: Path) -> Path:
    """A certificate that nobody has signed."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1))
    signed = builder.sign(key, hashes.SHA256())
    encoding, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "both.pem"
    path.write_bytes(key.private_bytes(encoding, plain, serialization.NoEncryption()) + signed.public_bytes(encoding))
    return path


def test_a_certificate_that_is_not_in_order(own, site, tmp_path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate(tmp_path))
    server = HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    lab = own(egress_allow=f"127.0.0.1:{port},127.0.0.1:{site.port}")

    message = offered(lab, "navigate", "tls", url=f"https://127.0.0.1:{port}/")

    assert "ERR_CERT" in message
    assert lab.data("navigate", url=site.page("/", FINE))["title"] == "Fine"
    server.shutdown()
    server.server_close()


def test_redirects_without_an_end(site, lab) -> None:
    url = site.page("/loop", status=302, Location="/loop")

    offered(lab, "navigate", "too_many_redirects", url=url)
    assert lab.data("navigate", url=site.page("/", FINE))["title"] == "Fine"


def test_a_file_to_download_is_no_page(site, lab) -> None:
    url = site.page("/a.zip", b"PK", Content_Type="application/zip", Content_Disposition="attachment; filename=a.zip")

    assert "http.get" in offered(lab, "navigate", "download", url=url)
    assert lab.data("navigate", url=site.page("/", FINE))["title"] == "Fine"


@pytest.mark.parametrize("spin", [SPIN, "<script>for (;;) alert(1)</script>"])
def test_a_page_that_never_gets_ready_is_left_and_the_next_one_opens(site, impatient, spin) -> None:
    lab = impatient
    url = site.page("/spin", spin)

    result = lab.call("navigate", url=url)
    if result.success:  # read before it began to spin
        result = lab.call("extract", selector="h1")
    site.page("/spin", FINE)

    assert (result.error.kind, result.error.options) == ("timeout", table("NAVIGATE")["timeout"])
    assert lab.data("navigate", url=url)["title"] == "Fine"


def test_a_server_that_does_not_answer_in_time(site, impatient) -> None:
    lab = impatient
    site.slow["/slow"] = 6

    message = offered(lab, "navigate", "timeout", url=site.page("/slow", FINE))

    assert "AGENTLAB_BROWSER_TIMEOUT_S" in message
    site.slow.clear()
    assert lab.data("navigate", url=site.url("/slow"))["title"] == "Fine"


def test_a_click_that_may_have_had_its_effect_is_not_repeated_by_itself(site, impatient) -> None:
    lab = impatient
    lab.data(
        "navigate",
        url=site.page("/trap", "<p>Do not press this button, please.</p><button onclick='for (;;) {}'>Go</button>"),
    )

    result = lab.call("click", selector="button")

    assert (result.error.kind, result.error.retryable, result.error.options) == ("timeout", False, ("replan", "skip"))
    assert lab.data("navigate", url=site.page("/", FINE))["title"] == "Fine"


def test_a_click_whose_page_was_lost_is_not_made_again_under_its_key(site, impatient) -> None:
    lab = impatient
    lab.data(
        "navigate", url=site.page("/trap", "<p>Do not press, please.</p><button onclick='for (;;) {}'>Go</button>")
    )
    assert lab.fails("click", selector="button", key="k1")[0] == "timeout"

    kind, message, options = lab.fails("click", selector="button", key="k1")

    assert (kind, options) == ("unconfirmed", ("replan", "skip"))
    assert "not made again" in message
    lab.data("navigate", url=site.page("/", FINE))
    assert lab.data("extract", selector="h1")["text"] == "All is well on this page."


@pytest.mark.parametrize("part", ["page", "script"])
def test_more_bytes_than_a_page_may_load(site, lab, part) -> None:
    big = b"<title>Big</title><p>" + b"x" * 4_000_000
    url = site.page("/big", big)
    if part == "script":
        site.page("/long.js", b"//" + big, Content_Type="text/javascript")
        url = site.page("/big", "<p>A page with a long script.</p><script src=/long.js></script>")

    assert "AGENTLAB_BROWSER_MAX_BYTES" in offered(lab, "navigate", "too_large", url=url)
    assert lab.data("navigate", url=site.page("/big", FINE))["title"] == "Fine"


def test_without_chromium_it_is_said_how_to_get_one(own, site, monkeypatch) -> None:
    lab = own(chromium="/nowhere/chromium")
    message = offered(lab, "navigate", "browser_missing", url=site.page("/", FINE))
    monkeypatch.setattr("agentlab.tools.browser.chromium.NAMES", ())
    none = own()
    missing = offered(none, "navigate", "browser_missing", url=site.url("/"))

    assert "AGENTLAB_CHROMIUM=/nowhere/chromium" in message
    assert "playwright install chromium" in missing
    monkeypatch.undo()
    assert none.data("navigate", url=site.url("/"))["title"] == "Fine"


def test_without_playwright_it_is_said_how_to_get_it(own, site, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright.async_api", None)
    monkeypatch.delitem(sys.modules, "agentlab.tools.browser.chromium", raising=False)

    assert "agentlab-bench[browser]" in offered(own(), "navigate", "browser_missing", url=site.page("/", FINE))


def test_a_chromium_that_does_not_start(own, site, tmp_path) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    broken.chmod(0o755)
    lab = own(chromium=str(broken))

    assert "does not start" in offered(lab, "navigate", "browser_failed", url=site.page("/", FINE))
    broken.write_text('#!/bin/sh\nexec "$(command -v chromium || command -v google-chrome)" "$@"\n')
    assert lab.data("navigate", url=site.url("/"))["title"] == "Fine"


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("extract", {"selector": "h1"}),
        ("click", {"selector": "h1"}),
        ("screenshot", {}),
        ("waitFor", {"selector": "h1"}),
    ],
)
def test_where_nothing_is_open_navigating_first_helps(site, fresh, tool, args) -> None:
    lab = fresh
    assert "browser.navigate first" in offered(lab, tool, "no_page", **args)
    lab.data("navigate", url=site.page("/", FINE))
    assert lab.data(tool, **args)


@pytest.mark.parametrize("tool", ["extract", "click", "waitFor"])
def test_a_selector_that_fits_nothing_names_what_comes_near(site, lab, tool) -> None:
    lab.data("navigate", url=site.page("/", "<h1 id=price-table class=big>All the prices</h1><button>Sign in</button>"))
    wait = {"timeoutS": 0.3} if tool == "waitFor" else {}

    ids = offered(lab, tool, "selector_missing", selector="#prices", **wait)
    texts = offered(lab, tool, "selector_missing", selector="text=Sing in", **wait)
    nothing = offered(lab, tool, "selector_missing", selector=".zzz", **wait)

    assert "Did you mean #price-table?" in ids
    assert "Did you mean Sign in?" in texts
    assert "'Sign in'" in nothing
    assert lab.data(tool, selector="text=Sign in")
    assert lab.data(tool, selector="#price-table")


@pytest.mark.parametrize("tool", ["extract", "click", "waitFor"])
@pytest.mark.parametrize("selector", ["[[", "#a >", ":nope(", "zzz=1"])
def test_a_selector_that_cannot_be_read(site, lab, tool, selector) -> None:
    lab.data("navigate", url=site.page("/", FINE))

    assert repr(selector) in offered(lab, tool, "invalid_selector", selector=selector)
    assert lab.data(tool, selector="h1")


def test_what_holds_no_table(site, lab) -> None:
    lab.data("navigate", url=site.page("/", FINE + "<table><tr><td>1</td><td>2</td></tr></table>"))

    assert "'table'" in offered(lab, "extract", "no_table", selector="h1", as_="table")
    assert lab.data("extract", selector="table", as_="table")["rows"] == [["1", "2"]]


def test_pictures_do_not_leave_the_drive(site, own, tmp_path) -> None:
    lab = own()
    lab.data("navigate", url=site.page("/", FINE))
    (tmp_path / "elsewhere").mkdir()
    folder = lab.settings.drive / "screenshots"
    folder.symlink_to(tmp_path / "elsewhere")

    offered(lab, "screenshot", "outside")

    assert list((tmp_path / "elsewhere").iterdir()) == []
    folder.unlink()
    assert lab.data("screenshot")["file"].startswith("screenshots/")


def test_a_page_that_crashes_is_opened_again_by_the_next_call(site, lab) -> None:
    lab.data("navigate", url=site.page("/", FINE))
    seat = lab.browsers._seats[lab.run]

    async def crash(session: object, last: str) -> None:
        page = seat.session.page
        cdp = await page.context.new_cdp_session(page)
        asyncio.get_running_loop().create_task(cdp.send("Page.crash"))
        await page.evaluate("() => new Promise(done => setTimeout(done, 10_000))")

    from agentlab.tools.failure import ToolFailed

    with pytest.raises(ToolFailed) as failed:
        asyncio.run(lab.browsers.use(lab.context(), crash))
    error = failed.value.told_by(failures.EXTRACT)
    again = lab.data("extract", selector="h1")

    assert (error.kind, error.retryable, error.options) == ("page_crashed", True, ("retry", "alternative"))
    assert (again["text"], again["reopened"]) == ("All is well on this page.", True)


def test_every_kind_in_the_tables_is_tested_here_or_beside() -> None:
    folder = Path(__file__).parent
    tests = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("test_browser_*.py"))
    kinds = {failure.kind for name in ("EXTRACT", "CLICK", "SCREENSHOT", "WAIT") for failure in getattr(failures, name)}

    assert [kind for kind in sorted(kinds) if f'"{kind}"' not in tests] == []
