"""Tools of one's own: a plain function in a notebook, a package that offers some, and calling one by hand."""

from __future__ import annotations

import threading
from typing import Annotated, Literal

import pytest
from pydantic import Field

import agentlab
from agentlab.errors import ToolInvalid, UnknownTool
from agentlab.tools import own
from agentlab.tools.failure import ToolFailed
from agentlab.types import ToolContext


@pytest.fixture
def lab(tmp_path):
    with agentlab.open(home=str(tmp_path)) as lab:
        yield lab


def test_a_plain_function_is_a_tool_of_a_run(lab) -> None:
    threads = []

    @lab.tool
    def count_words(text: Annotated[str, Field(description="Any text.")], per: Literal["text", "line"] = "text") -> int:
        """Count the words of a text."""
        threads.append(threading.current_thread())
        return len(text.split())

    plan = {"goal": "g", "steps": [{"id": "n", "tool": "my.count_words", "args": {"text": "one two three"}}]}
    run = lab.run("", plan=plan)

    assert (run.status, run.answer) == ("succeeded", "3")
    assert threads[0] is not threading.main_thread()
    spec = count_words.spec
    assert (spec.category, spec.description, spec.changes_world) == ("my", "Count the words of a text.", False)
    assert spec.input_schema["required"] == ["text"]
    assert spec.input_schema["properties"]["per"]["enum"] == ["text", "line"]


def test_an_async_function_gets_the_context_and_may_undo(lab) -> None:
    stock = {"pens": 3}

    async def put_back(undo, context) -> None:
        stock["pens"] += undo["taken"]

    @lab.tool(name="shop.take", changes_world=True, undo=put_back, credits=2)
    async def take(pens: int, *, context: ToolContext) -> dict[str, object]:
        """Take pens out of the shop."""
        stock["pens"] -= pens
        return {"left": stock["pens"], "key": context.idempotency_key}

    result = lab.call("shop.take", {"pens": 2})

    assert result.data["left"] == 1
    assert result.data["key"]
    assert result.credits == 2_000_000
    assert take.spec.reversible


def test_what_a_function_raises_is_a_failed_call(lab) -> None:
    @lab.tool
    def look_up(name: str) -> str:
        """Look something up."""
        if name == "gone":
            raise ToolFailed("not_found", "There is no 'gone'.", options=("skip",))
        raise RuntimeError("boom")

    gone, broken, wrong = (lab.call("my.look_up", args) for args in ({"name": "gone"}, {"name": "x"}, {"nme": "x"}))

    assert (gone.error.kind, gone.error.options) == ("not_found", ("skip",))
    assert (broken.error.kind, "boom" in broken.error.message) == ("internal", True)
    assert wrong.error.kind == "invalid_arguments"
    assert "Did you mean name?" in wrong.error.message


def test_a_cell_that_is_run_again_replaces_its_tool(lab) -> None:
    for answer in ("first", "second"):

        @lab.tool(name="my.answer")
        def give(answer=answer) -> str:
            """Give the answer."""
            return str(answer)

    assert lab.call("my.answer").data == "second"
    assert [spec.name for spec in lab.tools.specs()].count("my.answer") == 1


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: agentlab.tool(lambda x: x), "docstring"),
        (lambda: agentlab.tool(name="nodot")(_documented), "category.verb"),
        (lambda: agentlab.tool(name="my tool.x")(_documented), "category.verb"),
        (lambda: agentlab.tool(_odd), "types that JSON knows"),
    ],
)
def test_what_cannot_be_a_tool_says_why(make, says) -> None:
    with pytest.raises(ToolInvalid, match=says) as caught:
        make()
    assert caught.value.hint


def test_a_call_by_hand_is_in_the_traces(lab) -> None:
    assert lab.call("drive.list").success
    assert not lab.call("drive.list", {"folder": "nowhere"}).success
    with pytest.raises(UnknownTool, match=r"drive\.list"):
        lab.call("drive.lst")

    rows = lab.sql("SELECT tool, status, error_type FROM tool_calls ORDER BY started_at").fetchall()
    assert rows == [("drive.list", "ok", None), ("drive.list", "error", "not_found")]


class Entry:
    """What a package's entry point would be."""

    def __init__(self, value, found) -> None:
        self.value, self._found = value, found

    def load(self):
        if isinstance(self._found, Exception):
            raise self._found
        return self._found


def test_packages_offer_tools_and_a_broken_one_takes_no_other_with_it(monkeypatch, tmp_path) -> None:
    one, two = agentlab.tool(name="shop.one")(_documented), agentlab.tool(name="shop.two")(_documented)
    offered = [
        Entry("a:one", one),
        Entry("b:broken", ImportError("no module named shop")),
        Entry("c:none", [1, 2]),
        Entry("d:make", lambda: [two]),
    ]
    monkeypatch.setattr(own, "entry_points", lambda group: offered if group == "agentlab.tools" else [])

    with pytest.warns(own.PluginBroken) as warned, agentlab.open(home=str(tmp_path)) as lab:
        names = [spec.name for spec in lab.tools.specs()]

    assert {"shop.one", "shop.two", "http.get"} <= set(names)
    assert sorted(str(it.message).split()[3] for it in warned) == ["b:broken", "c:none"]


def _documented(x: int = 1) -> int:
    """Give x back."""
    return x


class _Odd:
    pass


def _odd(x: _Odd) -> None:
    """Take something odd."""
