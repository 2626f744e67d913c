"""Answers to GET that are given again, asked about, or never kept."""

from __future__ import annotations

import pytest

from agentlab.settings import Settings


def test_a_page_is_asked_for_once(site, cached_call) -> None:
    url = site.page("/a", "hello", Content_Type="text/plain")

    first, second = cached_call("http.get", url=url), cached_call("http.get", url=f"{url}#part")

    assert (first.cache_hit, second.cache_hit, second.credits) == (False, True, 0)
    assert second.data == first.data
    assert second.untrusted
    assert len(site.asked) == 1


def test_other_headers_are_another_question_and_fresh_goes_past(site, cached_call) -> None:
    url = site.page("/a", "old", Content_Type="text/plain")
    cached_call("http.get", url=url)
    site.page("/a", "new", Content_Type="text/plain")

    assert cached_call("http.get", url=url, headers={"Accept-Language": "de"}).data["text"] == "new"
    assert cached_call("http.get", url=url).data["text"] == "old"
    assert cached_call("http.get", url=url, fresh=True).data["text"] == "new"
    assert cached_call("http.get", url=url).data["text"] == "new"
    assert len(site.asked) == 3


@pytest.mark.parametrize("said", ["no-store", "private, max-age=60", "NO-STORE"])
def test_what_the_server_keeps_to_one_caller_is_never_kept(site, cached_call, store, said) -> None:
    url = site.page("/a", "x", Content_Type="text/plain", Cache_Control=said)

    assert [cached_call("http.get", url=url).cache_hit for _ in range(2)] == [False, False]
    assert store.kept == {}


@pytest.mark.parametrize("name", ["Authorization", "cookie", "X-Api-Key", "X-Auth-Token", "Range", "If-None-Match"])
def test_requests_with_secrets_or_conditions_are_never_kept(site, cached_call, store, name) -> None:
    url = site.page("/a", "x", Content_Type="text/plain")

    assert [cached_call("http.get", url=url, headers={name: "s"}).cache_hit for _ in range(2)] == [False, False]
    assert store.kept == {}


@pytest.mark.parametrize(("status", "vary"), [(404, ""), (206, ""), (200, "*")])
def test_only_whole_good_answers_are_kept(site, cached_call, store, status, vary) -> None:
    url = site.page("/a", "x", status=status, Content_Type="text/plain", Vary=vary)

    cached_call("http.get", url=url)

    assert store.kept == {}


@pytest.mark.parametrize(
    ("said", "age", "hit"), [("max-age=10", 9, True), ("max-age=10", 11, False), ("no-cache", 0, False)]
)
def test_the_server_may_shorten_the_time(site, cached_call, store, said, age, hit) -> None:
    url = site.page("/a", "x", Content_Type="text/plain", Cache_Control=said)
    cached_call("http.get", url=url)
    store.age(age)

    assert cached_call("http.get", url=url).cache_hit == hit


def test_an_old_answer_is_asked_about_and_a_304_makes_it_young(site, cached_call, store) -> None:
    dated = "Tue, 03 Mar 2026 10:00:00 GMT"
    url = site.page("/a", "text", Content_Type="text/plain", ETag='"v1"', Last_Modified=dated)
    cached_call("http.get", url=url)
    store.age(3_601)
    site.page("/a", status=304)

    renewed, again = cached_call("http.get", url=url), cached_call("http.get", url=url)

    asked = site.asked[1]["headers"]
    assert (asked["If-None-Match"], asked["If-Modified-Since"]) == ('"v1"', dated)
    assert (renewed.data["text"], renewed.cache_hit, again.cache_hit) == ("text", False, True)
    assert renewed.credits > 0
    assert len(site.asked) == 2


def test_a_changed_page_takes_the_place_of_the_old_one(site, cached_call, store) -> None:
    url = site.page("/a", "one", Content_Type="text/plain", ETag='"v1"')
    cached_call("http.get", url=url)
    store.age(4_000)
    site.page("/a", "two", Content_Type="text/plain", ETag='"v2"')

    assert cached_call("http.get", url=url).data["text"] == "two"
    assert cached_call("http.get", url=url).data["text"] == "two"


def test_what_lies_behind_a_redirect_is_kept_but_not_asked_about(site, cached_call, store) -> None:
    url = site.page("/a", status=302, Location="/b")
    site.page("/b", "there", Content_Type="text/plain", ETag='"b"')
    cached_call("http.get", url=url)

    assert cached_call("http.get", url=url).cache_hit
    store.age(4_000)
    cached_call("http.get", url=url)

    assert "If-None-Match" not in site.asked[2]["headers"]


def test_a_page_that_may_no_longer_be_reached_is_not_given_from_the_cache(site, caller, store, tmp_path) -> None:
    url = site.page("/a", "x", Content_Type="text/plain")
    caller(Settings(home=tmp_path, egress_allow=f"127.0.0.1:{site.port}"), lambda: store)("http.get", url=url)

    refused = caller(Settings(home=tmp_path, egress_allow=""), lambda: store)("http.get", url=url)

    assert refused.error.kind == "blocked"


def test_zero_seconds_and_no_cache_keep_nothing(site, caller, store, call, tmp_path) -> None:
    url = site.page("/a", "x", Content_Type="text/plain")
    off = caller(Settings(home=tmp_path, egress_allow=f"127.0.0.1:{site.port}", tool_cache_s=0), lambda: store)

    assert [one("http.get", url=url).cache_hit for one in (off, off, call, call)] == [False] * 4
    assert store.kept == {}


@pytest.mark.parametrize("secret", ["?api_key=0123456789", "?q=Bearer%20x&access_token=abcdefgh"])
def test_addresses_that_carry_a_secret_are_never_kept(site, cached_call, store, secret) -> None:
    url = site.page("/a", "x", Content_Type="text/plain") + secret

    assert [cached_call("http.get", url=url).cache_hit for _ in range(2)] == [False, False]
    assert store.kept == {}
