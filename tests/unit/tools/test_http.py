"""The HTTP tools against a real server."""

from __future__ import annotations

import json
import socket

import pytest

from agentlab.settings import Settings

PAGE = """<html><head><title> The  Solar Farm </title><style>p{}</style></head><body><nav>Menu</nav>
<h1>Solar farm</h1><p>It made <b>48.2&nbsp;GWh</b> in 2025.</p><ul><li>31,000 panels</li><li>64 hectares</li></ul>
<table><tr><td>Cost</td><td>EUR 210,000</td></tr></table><p><a href="/more?x=1">Read more</a> <a href="#top">Top</a></p>
<script>alert(1)</script><footer>Imprint</footer></body></html>"""


def test_a_page_becomes_title_text_and_links(site, call) -> None:
    result = call("http.get", url=site.page("/report.html", PAGE, Content_Type="text/html; charset=utf-8"))

    page = result.data
    assert result.untrusted
    assert result.credits == 1_000_000
    assert (page["title"], page["status"], page["content_type"]) == ("The Solar Farm", 200, "text/html")
    for part in ("# Solar farm", "It made 48.2 GWh in 2025.", "- 31,000 panels", "Cost | EUR 210,000"):
        assert part in page["text"]
    for noise in ("Menu", "alert", "Imprint", "p{}"):
        assert noise not in page["text"]
    assert page["links"] == [{"text": "Read more", "url": site.url("/more?x=1")}]
    assert page["bytes"] == len(PAGE.encode())
    assert page["json"] is None


def test_json_is_parsed(site, call) -> None:
    page = call("http.get", url=site.page("/data.json", '{"a": [1, 2]}', Content_Type="application/json")).data

    assert (page["json"], page["title"]) == ({"a": [1, 2]}, "data.json")
    assert call("http.get", url=site.page("/bad", "{", Content_Type="application/json")).data["json"] is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("Grüße".encode("latin-1"), "text/plain; charset=iso-8859-1"),
        ("Grüße".encode(), "text/plain"),
        ("Grüße".encode("utf-16"), "text/plain"),
        ("Grüße".encode("cp1252"), "text/plain; charset=no-such-charset"),
        ('<html><meta charset="iso-8859-1"><p>Grüße</p>'.encode("latin-1"), "text/html"),
    ],
)
def test_texts_are_decoded(site, call, body, kind) -> None:
    assert call("http.get", url=site.page("/x", body, Content_Type=kind)).data["text"] == "Grüße"


def test_what_is_no_text_is_not_read_as_text(site, call) -> None:
    page = call("http.get", url=site.page("/x.png", b"\x89PNG\x00\x01", Content_Type="image/png")).data

    assert (page["text"], page["bytes"]) == ("", 6)


def test_post_sends_what_was_given_and_a_key_against_doing_it_twice(site, call) -> None:
    site.page("/in", "stored", Content_Type="text/plain")

    call("http.post", key="run_1:send", url=site.url("/in"), json={"a": [1]})
    call("http.post", url=site.url("/in"), form={"q": "a b"}, headers={"X-Mine": "1"})
    call("http.post", url=site.url("/in"), text="héllo")

    first, second, third = site.asked
    assert (json.loads(first["body"]), first["headers"]["Idempotency-Key"]) == ({"a": [1]}, "run_1:send")
    assert (second["body"], second["headers"]["X-Mine"]) == (b"q=a+b", "1")
    assert "Idempotency-Key" not in second["headers"]
    assert third["body"] == "héllo".encode()


def test_redirects_are_followed_and_the_last_address_is_told(site, call) -> None:
    site.page("/a", status=302, Location="/b")
    site.page("/b", status=301, Location=site.url("/c"))
    site.page("/c", "there", Content_Type="text/plain")

    page = call("http.get", url=site.url("/a")).data

    assert (page["url"], page["text"]) == (site.url("/c"), "there")


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("http://169.254.169.254/latest/", "blocked"),
        ("http://127.0.0.1:1/", "blocked"),
        ("http://localhost:{port}/", "blocked"),
        ("file:///etc/passwd", "invalid_url"),
        ("http://a:b@127.0.0.1:{port}/", "blocked"),
    ],
)
def test_a_redirect_gains_nothing(site, call, target, kind) -> None:
    url = site.page("/a", status=302, Location=target.format(port=site.port))

    assert call("http.get", url=url).error.kind == kind


def test_redirects_end_somewhere(site, call) -> None:
    assert call("http.get", url=site.page("/loop", status=302, Location="/loop")).error.kind == "too_many_redirects"
    assert len(site.asked) == 6


def test_own_headers_do_not_follow_to_another_host(site, other_site, caller, tmp_path) -> None:
    allow = f"127.0.0.1:{site.port},127.0.0.1:{other_site.port}"
    other_site.page("/b", "ok", Content_Type="text/plain")
    site.page("/near", status=307, Location="/far")
    site.page("/far", status=307, Location=other_site.url("/b"))

    caller(Settings(home=tmp_path, egress_allow=allow))(
        "http.get", url=site.url("/near"), headers={"X-Token": "secret"}
    )

    asked = [*site.asked, *other_site.asked]
    assert [one["headers"].get("X-Token") for one in asked] == ["secret", "secret", None]


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (401, "forbidden", False),
        (403, "forbidden", False),
        (404, "not_found", False),
        (410, "not_found", False),
        (422, "rejected", False),
        (429, "rate_limited", True),
        (500, "server_error", True),
        (503, "server_error", True),
    ],
)
def test_bad_statuses_are_typed_failures(site, call, status, kind, retryable) -> None:
    url = site.page("/x", "because", status=status, Content_Type="text/plain", Retry_After="7")

    error = call("http.get", url=url).error

    assert (error.kind, error.retryable) == (kind, retryable)
    assert url in error.message
    assert "because" in error.message
    assert ("7 s" in error.message) == (status == 429)
    assert error.options


def test_a_post_that_may_have_had_its_effect_is_not_repeated_by_itself(site, call, hasty) -> None:
    url = site.page("/x", status=500)

    assert not call("http.post", url=url, text="x").error.retryable
    assert not hasty("http.post", url=site.url("/slow"), text="x").error.retryable
    assert not call("http.post", url=site.url("/drop"), text="x").error.retryable
    assert call("http.get", url=site.url("/drop")).error.retryable


def test_too_much_is_cut_off_while_it_arrives(site, call) -> None:
    error = call("http.get", url=site.page("/big", b"x" * 30_000, Content_Type="text/plain")).error

    assert error.kind == "too_large"
    assert "20,000" in error.message


def test_a_body_that_cannot_be_unpacked_is_said_so(site, call) -> None:
    assert call("http.get", url=site.page("/x", b"no gzip", Content_Encoding="gzip")).error.kind == "garbled"


def test_a_slow_server_may_be_asked_again(site, hasty) -> None:
    site.page("/slow", "late")

    error = hasty("http.get", url=site.url("/slow")).error

    assert (error.kind, error.retryable) == ("timeout", True)


def test_a_server_that_is_not_there_may_come_up(tmp_path, caller) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

    error = caller(Settings(home=tmp_path, egress_allow=f"127.0.0.1:{port}"))(
        "http.get", url=f"http://127.0.0.1:{port}/"
    ).error

    assert (error.kind, error.retryable) == ("connect", True)


def test_a_server_without_tls_is_a_tls_failure(site, caller, tmp_path) -> None:
    call = caller(Settings(home=tmp_path, egress_allow=f"127.0.0.1:{site.port}", http_timeout_s=3))

    assert call("http.get", url=site.url("/x").replace("http:", "https:")).error.kind == "tls"


@pytest.mark.parametrize(
    "args",
    [
        {"headers": {"Host": "inside"}},
        {"headers": {"Content-Length": "5"}},
        {"headers": {"X": "a\r\nHost: inside"}},
        {"headers": {"X Y": "a"}},
        {"headers": {"Proxy-Authorization": "x"}},
    ],
)
def test_headers_cannot_change_where_a_request_goes(site, call, args) -> None:
    assert call("http.get", url=site.page("/x", "ok"), **args).error.kind == "invalid_arguments"
    assert site.asked == []
