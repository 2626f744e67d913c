"""What a tool of one's own promises about its result, and what becomes of a result that breaks the promise."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

import agentlab
from agentlab.tools.data import Data, DataCheck
from agentlab.types import Scope, ToolContext, ToolResult


class Price(BaseModel):
    """What an article costs."""

    article: str
    cents: Annotated[int, Field(description="In euro cents.")]


@dataclass
class Basket:
    prices: list[Price]
    note: str = ""


class Node(BaseModel):
    name: str
    inner: list[Node] = []


def call(tool: Any, **args: Any) -> ToolResult:
    return asyncio.run(tool.execute(args, ToolContext(scope=Scope.of_run("run_1"))))


def returning(annotation: Any, value: Any, **spec: Any) -> Any:
    def given() -> Any:
        """Give it."""
        return value

    given.__annotations__["return"] = annotation
    return agentlab.tool(given, **spec)


def test_the_schema_comes_from_the_return_annotation_with_references_written_out() -> None:
    schema = returning(Basket, None).spec.output_schema

    price = schema["properties"]["prices"]["items"]
    assert price["properties"] == {
        "article": {"type": "string"},
        "cents": {"type": "integer", "description": "In euro cents."},
    }
    assert "$defs" not in schema


@pytest.mark.parametrize("says_nothing", [Any, None, ToolResult, object])
def test_an_annotation_that_says_nothing_promises_nothing(says_nothing) -> None:
    tool = returning(says_nothing, {"anything": 1})

    assert tool.spec.output_schema == {}
    assert call(tool).data == {"anything": 1}


def test_a_type_that_holds_itself_keeps_its_references_and_is_checked() -> None:
    tool = returning(Node, {"name": "a", "inner": [{"name": "b", "inner": [{"nam": "c"}]}]})

    assert tool.spec.output_schema["$defs"]
    assert call(tool).error.kind == "wrong_result"


@pytest.mark.parametrize(
    ("annotation", "value", "data"),
    [
        (float, 3, 3),
        (list[str], ("a", "b"), ["a", "b"]),
        (Price, Price(article="pen", cents=120), {"article": "pen", "cents": 120}),
        (Basket, Basket([Price(article="pen", cents=1)]), {"prices": [{"article": "pen", "cents": 1}], "note": ""}),
        (str | None, None, None),
        (dict, {"half a character": "\ud800"}, {"half a character": "\ud800"}),
    ],
)
def test_what_fits_is_handed_on_as_json(annotation, value, data) -> None:
    result = call(returning(annotation, value))

    assert result.success, result.error
    assert result.data == data


@pytest.mark.parametrize(
    ("annotation", "value", "place"),
    [
        (float, "3", "number"),
        (int, True, "integer"),
        (list[str], ["a", 1], "1:"),
        (Price, {"article": "pen"}, "cents"),
        (Basket, {"prices": [{"article": "pen", "cents": "many"}]}, "prices.0.cents"),
        (dict[str, int], {"a": object()}, "no JSON"),
    ],
)
def test_what_does_not_fit_is_a_failure_that_repeating_does_not_help(annotation, value, place) -> None:
    error = call(returning(annotation, value, name="shop.find")).error

    assert (error.kind, error.retryable, error.options) == ("wrong_result", False, ("alternative", "replan"))
    assert "shop.find" in error.message
    assert place in error.message


def test_what_went_through_can_be_taken_back_and_a_failure_costs_no_fee() -> None:
    async def take_back(undo: Any, context: Any) -> str:
        return undo["made"]

    tool = returning(
        ToolResult,
        ToolResult(data={"article": 1}, undo={"made": "it"}, credits=7),
        returns=Price,
        changes_world=True,
        undo=take_back,
    )
    result = call(tool)

    assert (result.error.kind, result.data, result.undo, result.credits) == ("wrong_result", None, {"made": "it"}, 7)
    assert asyncio.run(tool.undo(result.undo, ToolContext(scope=Scope.of_run("run_1")))).data == "it"


def test_data_has_these_fields_and_no_others_and_underscores_fall_off() -> None:
    class Stretch(Data):
        from_: str = Field(description="First day.")
        note: str = Field(default="", description="May be missing.")

    check = DataCheck(Stretch)

    assert check.read({"from": "2026-03-10"}) == {"from": "2026-03-10"}
    assert (check.schema["required"], check.schema["additionalProperties"]) == (["from"], False)
    with pytest.raises(ValueError, match="colour"):
        check.read({"from": "2026-03-10", "colour": "red"})


@pytest.mark.parametrize(
    ("spec", "asks"),
    [
        ({}, False),
        ({"changes_world": True}, True),
        ({"changes_world": True, "undo": lambda undo, context: None}, False),
        ({"changes_world": True, "asks": False}, False),
        ({"asks": True}, True),
    ],
)
def test_who_is_asked_about_a_tool_of_ones_own(spec, asks) -> None:
    tool = returning(Any, 1, per_minute=5, open_args=(), **spec)

    assert (tool.spec.asks, tool.spec.per_minute) == (asks, 5)
    assert returning(Any, 1).spec.per_minute == 0
