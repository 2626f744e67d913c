"""Two runs call by call: what differs, what does not, and where they part."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as some
from insight_traces import NOON, a_span

from agentlab.insight.alignment import aligned
from agentlab.insight.apart import apart
from agentlab.insight.compare import compare
from agentlab.insight.volatile import Same

TRACE_A, TRACE_B = "a" * 32, "b" * 32


def a_run(name: str, *calls: tuple[str, str, object, object], status: str = "ok", answer: str = "Done.") -> tuple:
    """A run of steps, each with one call: (step, tool, arguments, result); its spans and its payloads."""
    run = f"{name}-run"
    spans = [a_span(run, kind="run", name="The goal", run_id=run, trace_id=name * 32, status=status, duration_ms=900.0)]
    payloads = {run: {"input": {"goal": "The goal"}, "output": answer}}
    for number, (step, tool, args, result) in enumerate(calls):
        at = number * 10
        spans.append(a_span(f"{name}{step}", run, at_ms=at, kind="step", name=step, step=step, tool=tool, run_id=run))
        call = f"{name}{step}-1"
        spans.append(
            a_span(call, f"{name}{step}", at_ms=at + 1, name=tool, tool=tool, step=step, attempt=1, run_id=run)
        )
        payloads[call] = {"input": args, "output": result}
    return spans, payloads


def compared(a: tuple, b: tuple):
    return compare(a[0], b[0], a[1], b[1])


ONE = ("one", "http.get", {"url": "x"}, {"text": "hello"})
TWO = ("two", "drive.createDoc", {"text": "hello"}, {"file": "a.md"})
THREE = ("three", "drive.list", {}, ["a.md"])


def rows(it) -> list[tuple[str, str]]:
    return [(row.name, row.state) for row in it.rows]


def test_two_runs_of_the_same_are_the_same_whatever_their_times_and_ids() -> None:
    a, b = a_run("a", ONE, TWO), a_run("b", ONE, TWO)
    for span in b[0]:
        span["duration_ms"] = 5_000.0

    it = compared(a, b)

    assert it.same
    assert it.first_difference is None
    assert [name for name, _ in rows(it)] == ["Goal", "one", "http.get", "two", "drive.createDoc", "Outcome"]


def test_the_first_difference_is_where_they_part_and_says_what() -> None:
    other = ("one", "http.get", {"url": "x"}, {"text": "goodbye"})
    after = ("two", "drive.createDoc", {"text": "goodbye"}, {"file": "a.md"})

    it = compared(a_run("a", ONE, TWO), a_run("b", other, after, answer="Else."))

    assert [(row.name, [found.what for found in row.differences]) for row in it.rows if row.state == "changed"] == [
        ("http.get", ["result"]), ("drive.createDoc", ["arguments"]), ("Outcome", ["answer"]),
    ]  # fmt: skip
    assert it.rows[it.first_difference].differences[0].b == {"text": "goodbye"}
    assert it.first_difference == 2


def test_steps_are_found_by_their_id_in_whatever_order_they_ran() -> None:
    it = compared(a_run("a", ONE, TWO, THREE), a_run("b", THREE, ONE, TWO))

    assert it.same


def test_a_step_that_one_run_has_alone_is_said_to_be_so() -> None:
    it = compared(a_run("a", ONE, TWO), a_run("b", ONE, THREE, TWO))

    assert rows(it)[3:5] == [("three", "only in B"), ("drive.list", "only in B")]
    assert it.first_difference == 3
    assert rows(compared(a_run("a", ONE, THREE), a_run("b", ONE)))[3] == ("three", "only in A")


def test_a_goal_of_its_own_comes_first() -> None:
    a, b = a_run("a", ONE), a_run("b", ONE)
    b[0][0]["name"] = "Another goal"

    it = compared(a, b)

    assert (it.first_difference, it.rows[0].differences[0].what) == (0, "goal")


def test_a_failed_call_differs_in_status_and_error_and_its_step_does_not_come_before_it() -> None:
    a, b = a_run("a", ONE), a_run("b", ONE, status="error")
    for span in b[0][1:]:
        span |= {"status": "error", "error_type": "timeout", "error_message": "Too slow."}

    it = compared(a, b)

    first = it.rows[it.first_difference]
    assert first.name == "http.get"
    assert [found.what for found in first.differences] == ["status", "error", "result"]


def test_an_outcome_is_explained_by_what_differs_inside() -> None:
    a, b = a_run("a", ONE), a_run("b", ("one", "http.get", {"url": "x"}, {"text": "else"}))
    for (spans, payloads), answer in ((a, "Yes."), (b, "No.")):
        name = spans[0]["span_id"][0]
        spans.append(a_span(f"{name}m", f"{name}one-1", at_ms=2, kind="llm", name="chat offline", model="offline"))
        payloads[f"{name}m"] = {"input": {"messages": []}, "output": {"text": answer, "output": None}}

    it = compared(a, b)

    assert it.rows[it.first_difference].kind == "llm"


def test_a_replay_is_the_same_though_another_model_is_named() -> None:
    a, b = a_run("a"), a_run("b")
    for (spans, payloads), model in ((a, "offline"), (b, "replay:a")):
        name = spans[0]["span_id"][0]
        columns = {"model": model, "response_model": "offline", "attributes": {"agentlab.purpose": "plan"}}
        spans.append(a_span(f"{name}m", f"{name}-run", at_ms=1, kind="llm", name=f"plan {model}", **columns))
        payloads[f"{name}m"] = {"input": {"messages": [1]}, "output": {"text": "", "output": {"steps": []}}}

    assert compared(a, b).same


def test_another_tool_called_beside_the_same_words_is_another_answer() -> None:
    def asked(name: str, tool: str) -> tuple:
        said = [
            {
                "role": "assistant",
                "content": "Let me see.",
                "tool_calls": [{"id": f"call_{name}", "name": tool, "arguments": {}}],
            }
        ]
        return [a_span(f"{name}0", kind="llm", name="chat gpt")], {f"{name}0": {"input": [], "output": said}}

    assert [row.state for row in compared(asked("a", "search"), asked("b", "search")).rows].count("changed") == 0
    assert [row.state for row in compared(asked("a", "search"), asked("b", "fetch")).rows] == [
        "same",
        "changed",
        "changed",
    ]


def test_calls_of_an_agent_loop_are_aligned_by_what_they_were_given() -> None:
    def loop(name: str, *queries: str) -> tuple:
        spans = [a_span(f"{name}0", kind="agent", name="agent")]
        payloads = {}
        for number, query in enumerate(queries, 1):
            spans.append(a_span(f"{name}{number}", f"{name}0", at_ms=number, name="search", tool="search"))
            payloads[f"{name}{number}"] = {"input": {"q": query}, "output": query}
        return spans, payloads

    it = compared(loop("a", "x", "y", "z"), loop("b", "new", "x", "y", "z"))

    assert [row.state for row in it.rows[1:-1]] == ["only in B", "same", "same", "same"]


def test_figures_stand_side_by_side() -> None:
    a, b = a_run("a", ONE), a_run("b", ONE, TWO)
    b[0][-1]["attempt"] = 2

    it = compared(a, b)

    assert (it.a.tool_calls, it.b.tool_calls, it.b.attempts) == (1, 2, 1)
    assert (it.a.duration_s, it.a.status, it.a.run_id) == (0.9, "ok", "a-run")


def test_without_payloads_the_excerpts_of_the_attributes_are_compared() -> None:
    a, b = a_run("a", ONE), a_run("b", ONE)
    b[0][-1]["attributes"] = {"gen_ai.tool.call.result": "else"}
    a[0][-1]["attributes"] = {"gen_ai.tool.call.result": "this"}

    it = compare(a[0], b[0], {}, {})

    assert [found.what for found in it.rows[it.first_difference].differences] == ["result"]


def test_a_long_comparison_leaves_out_what_is_the_same() -> None:
    steps = [(f"s{number}", "echo", {"n": number}, number) for number in range(100)]
    changed = [*steps[:50], ("s50", "echo", {"n": 50}, "else"), *steps[51:]]

    lines = repr(compared(a_run("a", *steps), a_run("b", *changed))).splitlines()

    assert len(lines) < 40
    assert "=  … 97 more that are the same" in lines
    assert any("<- first difference" in line for line in lines)


def test_runs_without_spans_can_be_compared() -> None:
    assert compare([], [], {}, {}).same


def test_it_shows_itself_in_the_terminal_and_in_a_notebook() -> None:
    evil = '<img src="http://evil.example/x.png">'
    it = compared(a_run("a", ONE), a_run("b", ("one", "http.get", {"url": evil}, {"text": "hello"})))

    text, page = repr(it), it._repr_html_()

    assert "First difference: http.get in step 'one', arguments." in text
    assert "<- first difference" in text
    assert "<img" not in page
    assert "<script" not in page
    assert "&lt;img" in page
    found: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: found.append(tag)
    parser.feed(page)
    assert set(found) <= {"style", "div", "span", "b", "table", "tr", "th", "td"}


# --- what means nothing -----------------------------------------------------------------------------------------------

RAN = (NOON, NOON.replace(minute=5))
same = Same(["a" * 16, "run_a", "run_b"], [RAN])


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("run_a wrote", "run_b wrote"),
        ("a" * 16, "run_b"),
        ("run_01k0000000000000000000000a", "run_01k0000000000000000000000b"),
        ("id 6f0e1c0a-1111-4222-8333-444455556666", "id 7f0e1c0a-1111-4222-8333-444455556666"),
        ("at 2026-03-01T12:01:00Z", "at 2026-03-01T12:02:33.5+00:00"),
        ("Sun, 01 Mar 2026 12:00:09 GMT", "Sun, 01 Mar 2026 12:03:00 GMT"),
        ({"modified": 1.5, "n": 1}, {"modified": 2.5, "n": 1}),
        ([{"elapsed_ms": 3}], [{"elapsed_ms": 4}]),
        ((1, 2), [1, 2]),
        ({"id": "call_x", "arguments": {}}, {"id": "call_y", "arguments": {}}),
        ({"role": "tool", "tool_call_id": "x"}, {"role": "tool", "tool_call_id": "y"}),
    ],
)
def test_ids_and_moments_of_the_runs_are_no_differences(a, b) -> None:
    assert same(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("hello", "hullo"),
        (1, 2),
        ("on 2026-05-03 14:00", "on 2026-05-03 15:00"),
        ("2026-05-03", "2026-05-04"),
        ({"a": 1}, {"a": 1, "b": None}),
        (None, ""),
        ({"modified": "by Ann"}, {"modified": "by Bob"}),
        ({"id": "a", "arguments": {}}, {"id": "b", "arguments": {"x": 1}}),
        ({"id": "a"}, {"id": "b"}),
        ("42 of 99", "43 of 99"),
        ("at 2026-03-01T99:99", "at 2026-03-01T98:99"),
    ],
)
def test_everything_else_is_one(a, b) -> None:
    assert not same(a, b)


# --- alignment --------------------------------------------------------------------------------------------------------

words = some.lists(some.sampled_from("abc"), max_size=8)


@given(words, words)
def test_every_item_stands_in_exactly_one_pair_and_both_keep_what_fits(a, b) -> None:
    places = aligned(a, b, a, b)

    assert sorted(i for i, _ in places if i is not None) == list(range(len(a)))
    assert sorted(j for _, j in places if j is not None) == list(range(len(b)))
    assert [i for i, _ in places if i is not None] == list(range(len(a)))
    assert all(a[i] == b[j] for i, j in places if i is not None and j is not None)


@given(words)
def test_a_list_is_aligned_with_itself(a) -> None:
    assert aligned(a, a, a, a) == [(place, place) for place in range(len(a))]


@pytest.mark.parametrize("same", [True, False])
def test_many_calls_of_one_name_are_aligned_quickly(same) -> None:
    many, began = 10_000, time.process_time()
    inputs = (["x"] * many, ["x"] * (many + 1)) if same else (range(many), range(-1, many))

    places = aligned(["x"] * many, ["x"] * (many + 1), *map(list, inputs))

    assert len(places) == many + 1
    assert time.process_time() - began < 5


def test_long_values_are_cut_around_where_they_differ() -> None:
    one, other = apart("x" * 500 + "here", "x" * 500 + "there")

    assert one == "…" + "x" * 40 + "here"
    assert other == "…" + "x" * 40 + "there"
    assert apart(None, {"a": 1}) == ("nothing", '{"a": 1}')
