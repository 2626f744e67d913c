"""A tool made of a function: its schema, what is wrong with arguments, and the one edge for failures."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from agentlab.tools import Registry
from agentlab.tools.failure import ToolFailed
from agentlab.tools.function import FunctionTool, tool
from agentlab.types import Scope, ToolContext, ToolResult

CONTEXT = ToolContext(scope=Scope.of_run("run_1"))


@tool(name="demo.greet", credits=2, either=("name", "names"))
async def greet(
    name: Annotated[str | None, Field(description="Whom.")] = None,
    names: list[str] | None = None,
    times: Annotated[int, Field(ge=1, le=3)] = 1,
    json_: dict[str, Any] | None = None,
    *,
    context: ToolContext,
) -> str:
    """Greet somebody,
    or several.

    More that the planner need not know.
    """
    return f"hello {name or names}" * times


def failing(error: BaseException) -> FunctionTool:
    @tool(name="demo.fail")
    async def fail(*, context: ToolContext) -> None:
        """Fail."""
        raise error

    return fail


def run(made: FunctionTool, **args: Any) -> ToolResult:
    return asyncio.run(made.execute(args, CONTEXT))


def test_the_signature_and_the_docstring_make_the_spec() -> None:
    spec = greet.spec

    assert (spec.name, spec.category, spec.description) == ("demo.greet", "demo", "Greet somebody, or several.")
    assert spec.credits == 2_000_000
    assert set(spec.input_schema["properties"]) == {"name", "names", "times", "json"}
    assert spec.input_schema["properties"]["name"]["description"] == "Whom."
    assert spec.input_schema["additionalProperties"] is False
    assert "title" not in str(spec.input_schema)


def test_a_call_returns_data_and_costs_its_fee() -> None:
    result = run(greet, name="Ann", times=2)

    assert (result.data, result.credits, result.error) == ("hello Annhello Ann", 2_000_000, None)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({}, "Give 'name' or 'names'."),
        ({"name": "Ann", "time": 2}, "There is no argument 'time'. Did you mean times"),
        ({"name": 3}, "'name': Input should be a valid string, not 3."),
        ({"name": "Ann", "times": 9}, "'times': Input should be less than or equal to 3, not 9."),
        ({"names": ["Ann", 4]}, "'names' ('1'): Input should be a valid string, not 4."),
    ],
)
def test_wrong_arguments_get_a_sentence_each_and_cost_nothing(args, said) -> None:
    assert any(problem.startswith(said) for problem in greet.validate(args)), greet.validate(args)

    result = run(greet, **args)
    assert result.error.kind == "invalid_arguments"
    assert result.error.options == ("change_arguments",)
    assert result.credits == 0


def test_arguments_known_later_count_as_given() -> None:
    assert greet.validate({"times": 2}, later=frozenset({"name"})) == []
    assert greet.validate({"name": "{{steps.a.data}}", "times": 9}, later=frozenset({"times", "name"})) == []


def test_a_tools_own_failure_keeps_its_kind() -> None:
    error = run(failing(ToolFailed("not_found", "No such thing.", retryable=True, options=("skip",)))).error

    assert (error.kind, error.message, error.retryable, error.options) == (
        "not_found",
        "No such thing.",
        True,
        ("skip",),
    )


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError("boom"), TimeoutError("of something inside")])
def test_a_surprise_is_an_internal_failure_not_an_exception(error) -> None:
    result = run(failing(error))

    assert result.error.kind == "internal"
    assert type(error).__name__ in result.error.message
    assert "Traceback" not in result.error.message


def test_a_call_that_takes_too_long_is_cut_off() -> None:
    @tool(name="demo.slow", timeout_s=0.02)
    async def slow(*, context: ToolContext) -> None:
        """Take long."""
        await asyncio.sleep(5)

    error = run(slow).error

    assert (error.kind, error.retryable) == ("timeout", True)
    assert "0.02 s" in error.message


def test_a_cancellation_goes_through() -> None:
    with pytest.raises(asyncio.CancelledError):
        run(failing(asyncio.CancelledError()))


def test_a_name_can_be_taken_once_only() -> None:
    registry = Registry([greet])

    assert registry.get("demo.greet") is greet
    assert registry.get("demo.nothing") is None
    with pytest.raises(ValueError, match=r"demo\.greet"):
        registry.add(greet)


ANYTHING = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers() | st.text(max_size=5), max_size=3)


@given(st.dictionaries(st.text(max_size=8) | st.sampled_from(["name", "names", "times", "json"]), ANYTHING, max_size=4))
@settings(max_examples=50)
def test_any_arguments_are_judged_in_sentences(args) -> None:
    assert all(problem.endswith((".", "?")) and problem.isprintable() for problem in greet.validate(args))
