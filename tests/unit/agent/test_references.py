"""References: looked up, typed, never run."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlab.agent.references import ReferenceUnresolved, fill, references

KEYS = st.from_regex(r"[a-z0-9_-]{1,8}", fullmatch=True)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=10,
)


@given(VALUES, KEYS)
def test_a_whole_reference_gives_back_the_very_value(value, key) -> None:
    known = {"steps": {"a": {"data": {key: value}}}}

    assert fill(f"{{{{steps.a.data.{key}}}}}", known) == value


@given(VALUES.filter(lambda value: "{{" not in str(value)))
def test_what_names_nothing_is_left_as_it_is(value) -> None:
    assert fill(value, {}) == value


@given(st.text())
def test_no_text_is_ever_run(text) -> None:
    with suppress(ReferenceUnresolved):
        assert fill(text, {"steps": {}}) == text


def test_a_filled_in_value_is_not_filled_in_again() -> None:
    known = {"steps": {"a": {"data": "{{steps.b.data}}"}, "b": {"data": "secret"}}}

    assert fill("{{steps.a.data}}", known) == "{{steps.b.data}}"


def test_inside_a_text_values_are_written_out() -> None:
    known = {"steps": {"a": {"data": {"n": [1, 2], "t": "x"}}}}

    assert fill("{{steps.a.data.n}} and {{ steps.a.data.t }}", known) == "[1, 2] and x"


def test_references_are_found_at_any_depth() -> None:
    assert list(references({"a": ["{{x.y}}", {"b": "go {{z}}"}]})) == ["x.y", "z"]


def test_a_path_that_leads_nowhere_says_what_is_there() -> None:
    with pytest.raises(ReferenceUnresolved, match=r"no 'titel' in steps\.a\.data \(there is text, title\)"):
        fill("{{steps.a.data.titel}}", {"steps": {"a": {"data": {"title": "t", "text": ""}}}})
