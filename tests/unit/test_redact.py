"""Redaction: secrets out, everything else untouched."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agentlab.store.redact import PERSONAL, SECRETS, Redaction
from agentlab.trace import utc_now
from agentlab.types import Event, Span

KEY = "sk-ant-" + "api03-abcdefghijklmnop1234"
SECRET_TEXTS = {
    KEY: KEY,
    "Authorization: Bearer abcdef123456789.xyz": "abcdef123456789",
    "use bearer 0123456789abcdef now": "0123456789abcdef",
    "authorization=Basic dXNlcjpwYXNz": "dXNlcjpwYXNz",
    "password=hunter22 and more": "hunter22",
    '{"api_key": "abc123456", "n": 1}': "abc123456",
    "client-secret: 'q9w8e7'": "q9w8e7",
    "postgres://user:pw12@host/db": "pw12",
    "AKIA" + "IOSFODNN7EXAMPLE": "IOSFODNN7EXAMPLE",
    "ghp_" + "abcdefghijklmnopqrstuvwxyz0123": "abcdefghijklmnop",
    "xoxb-" + "123456789012-abcdef": "123456789012",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc": "eyJzdWIi",
    "card 4111 1111 1111 1111 please": "4111 1111",
    "card 5500-0000-0000-0004": "5500",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----": "MIIE",
}
HARMLESS = [
    "tokens 12",
    "basic understanding of a long-running experiment",
    "the bearer of good news-and-more",
    "token economics-of-something",
    "number 4111111111111112",
    "1763929384123456789",
    "task-scheduling-of-many-things-here",
    "password is required",
    "https://example.org/a:b@c",
    "amara.diallo@citylibrary.example",
    "13.8 °C, 1,234,567.89 EUR, 2026-03-09T12:00:00",
]


@pytest.mark.parametrize("text", SECRET_TEXTS)
def test_a_secret_is_taken_out_and_the_rest_stays(text) -> None:
    found = Redaction().text(f"before {text} after")

    assert SECRET_TEXTS[text] not in found
    assert found.startswith("before ")
    assert "[redacted]" in found


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text) -> None:
    assert Redaction().text(text) is text


def test_personal_data_goes_with_one_setting() -> None:
    text = "Call +49 30 1234 5678 or write to amara@library.example"

    assert Redaction().text(text) == text
    assert Redaction(personal=True).text(text) == "Call [redacted] or write to [redacted]"


def test_rules_of_ones_own() -> None:
    assert Redaction(extra=["ACME-[0-9]{6}"]).text("order ACME-123456") == "order [redacted]"


def event(**columns) -> Event:
    return Event(phase="end", span=Span(trace_id="t", span_id="s", started_at=utc_now(), **columns))


def test_every_text_of_an_event_is_searched_at_any_depth() -> None:
    made = event(
        name=f"get {KEY}",
        error_message=f"refused {KEY}",
        attributes={
            "a": {"list": ["x", {"deep": KEY}]},
            "headers": {"Authorization": "abc", "cookie": ["a=b"]},
            "pin_secret": 1234,
        },
    )

    clean = Redaction().event(made)

    assert KEY not in repr(clean)
    assert clean.span.attributes["headers"] == {"Authorization": "[redacted]", "cookie": ["[redacted]"]}
    assert clean.span.attributes["pin_secret"] == "[redacted]"
    assert KEY in made.span.name


def test_an_event_without_secrets_is_passed_on_as_it_is() -> None:
    made = event(name="drive.list", attributes={"input_tokens": 12, "max_tokens": 5, "key": "value", "list": [1, 2]})

    assert Redaction().event(made) is made


@given(st.text())
def test_no_text_breaks_it_and_twice_is_once(text) -> None:
    redaction = Redaction(personal=True)

    once = redaction.text(text)

    assert redaction.text(once) == once


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_attributes_break_it(value) -> None:
    Redaction().value(value)


@pytest.mark.parametrize("text", [*SECRET_TEXTS, *(f'\n{text}\t"quoted"' for text in SECRET_TEXTS)])
def test_the_glance_at_an_encoded_line_misses_no_secret(text) -> None:
    assert Redaction().suspects(orjson.dumps({"name": "x", "attributes": {"é": [text]}}))


def test_the_glance_lets_most_harmless_lines_pass() -> None:
    assert sum(Redaction().suspects(orjson.dumps({"name": text})) for text in HARMLESS) < len(HARMLESS) / 2


@given(st.sampled_from([rule for rule in (*SECRETS, *PERSONAL) if rule.mark]), st.data())
def test_a_mark_fits_wherever_its_pattern_does(rule, data) -> None:
    text = data.draw(st.from_regex(rule.pattern))
    assume(rule.counts is None or any(map(rule.counts, rule.pattern.finditer(text))))
    encoded = orjson.dumps(text.encode("utf-8", "replace").decode())

    assert Redaction(personal=rule in PERSONAL[:1]).suspects(encoded)


def test_half_characters_hide_no_secret() -> None:
    assert KEY not in Redaction().text(f"\ud800 {KEY}")


@pytest.mark.parametrize("cost", [0.013530000000000001, 1234.5678901234567, 1e-7 / 3])
def test_a_number_with_many_decimals_is_not_taken_for_a_card(cost) -> None:
    assert not Redaction().suspects(orjson.dumps({"name": "x", "cost_usd": cost}))


@pytest.mark.parametrize("text", ["4111111111111111", "pay with 4111 1111 1111 1111", "4111-1111-1111-1111."])
def test_a_card_is_suspected_wherever_it_stands(text) -> None:
    assert Redaction().suspects(orjson.dumps({"name": "x", "text": text}))
    assert Redaction().suspects(orjson.dumps({"name": "x", "number": 4111111111111111}))
