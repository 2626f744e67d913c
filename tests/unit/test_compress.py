"""Long results made short: never too long, always JSON, the same every time, and honest about what is left out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlab.agent.prompts import ask_for_answer
from agentlab.compress import compress, cut_text
from agentlab.types import StepResult

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=400)),
    lambda inner: st.one_of(st.lists(inner, max_size=40), st.dictionaries(st.text(max_size=60), inner, max_size=30)),
    max_leaves=60,
)
LONGEST = st.integers(200, 2_000)


def size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False))


@given(VALUES, LONGEST)
@settings(max_examples=300, deadline=None)
def test_never_longer_than_asked_and_twice_is_once(value, longest) -> None:
    short = compress(value, longest)

    assert size(short) <= longest
    assert compress(short, longest) == short
    assert compress(value, longest) == short
    assert json.loads(json.dumps(short)) == short
    if size(value) <= longest:
        assert short == value


@given(st.text(alphabet='a"\\\n\t é€😀', min_size=0, max_size=3_000), LONGEST)
@settings(max_examples=200, deadline=None)
def test_texts_that_are_written_with_escapes_fit_too(text, longest) -> None:
    short = compress(text, longest)

    assert size(short) <= longest
    assert short == text or "characters left out" in short


@given(st.text(max_size=2_000), st.integers(0, 1_000))
def test_a_text_keeps_its_head_and_its_tail(text, longest) -> None:
    short = cut_text(text, longest)

    assert len(short) <= max(longest, 40)
    head, found, tail = short.partition(" … ")
    assert text.startswith(head) if found and "left out" in short else True
    assert text.endswith(tail.rpartition(" … ")[2]) if found and "left out" in short else short == text


def test_the_note_tells_how_much_is_gone() -> None:
    text = "".join(chr(97 + n % 26) for n in range(50_000))

    short = cut_text(text, 8_832)

    head, tail = short.split(" … 41,200 characters left out … ")
    assert text == head + text[len(head) : -len(tail)] + tail
    assert len(head) + len(tail) == 50_000 - 41_200


def test_long_lists_keep_first_and_last_items_with_a_count() -> None:
    short = compress(list(range(100_000)), 1_000)

    note = next(item for item in short if isinstance(item, str))
    place = short.index(note)
    assert short[:place] == list(range(place))
    assert short[place + 1 :] == list(range(100_000 - (len(short) - place - 1), 100_000))
    assert note == f"… {100_000 - (len(short) - 1):,} items left out …"
    assert len(short) > 100


def test_keys_stay_and_short_values_are_whole() -> None:
    page = {
        "url": "https://example.org/",
        "status": 200,
        "text": "x" * 90_000,
        "json": None,
        "links": [{"url": "u"}] * 20,
    }

    short = compress(page, 2_000)

    assert list(short) == list(page)
    assert (short["url"], short["status"], short["json"]) == (page["url"], 200, None)
    assert short["links"] == page["links"]
    assert short["text"].startswith("xxx")
    assert "characters left out" in short["text"]


def test_rows_of_a_table_are_whole_rows() -> None:
    rows = [{"name": f"n{n}", "price": n} for n in range(5_000)]

    short = compress({"rows": rows}, 3_000)["rows"]

    assert all(row in rows for row in short if isinstance(row, dict))
    assert short[0] == rows[0]
    assert short[-1] == rows[-1]


def test_objects_with_very_many_keys_and_deep_ones_fit() -> None:
    deep: Any = "x" * 500
    for _ in range(300):
        deep = {"inner": deep}

    many = compress({f"key {n}": n for n in range(10_000)}, 1_000)

    assert "keys left out" in many["…"]
    assert many["key 0"] == 0
    assert size(compress(deep, 400)) <= 400


@pytest.mark.parametrize("longest", [200, 400, 1_000, 3_000])
def test_what_cannot_be_cut_is_left_out(longest) -> None:
    """Numbers have no middle that could be left out."""
    assert size(compress({f"k{n}": 10**300 + n for n in range(50)}, longest)) <= longest
    assert size(compress([10**300] * 50, longest)) <= longest
    assert size(compress({"k": 10**2_000}, longest)) <= longest


def test_what_is_too_deep_for_json_is_said_so() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]

    assert compress(deep, 400) == "… a value that is nested too deeply …"


def test_what_is_no_json_becomes_text() -> None:
    assert compress({"a": {1, 2}}, 1_000) == {"a": {1, 2}}
    assert compress({"a": b"x" * 5_000}, 1_000)["a"].startswith("b'xxx")


@pytest.mark.parametrize(("longest", "whole"), [(1_000, False), (30_000, True)])
def test_the_writer_of_the_answer_is_shown_the_short_form_and_given_the_whole(longest, whole) -> None:
    step = StepResult(id="a", tool="http.get", status="succeeded", result={"title": "T", "text": "word " * 4_000})

    request = ask_for_answer("What does it say?", (step,), longest)

    words = str(request.messages[1].content)
    shown = json.loads(words.partition("Results:\n")[2])
    assert (shown[0]["result"] == step.result) == whole
    assert shown[0]["result"]["title"] == "T"
    assert request.inputs["steps"][0]["result"] == step.result
