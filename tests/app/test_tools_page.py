"""The page of tools: every tool is there, its form calls it, and a failure says what helps."""

from __future__ import annotations

import pytest
from app_reading import words

import agentlab


def press(app):
    return next(button for button in app.button if button.label == "Call").click().run()


def test_every_tool_is_listed_and_one_is_shown(visit, empty) -> None:
    app = visit(empty, "tools", tool="drive.createDoc")

    said = words(app)
    with agentlab.open(str(empty.path)) as lab:
        assert [tool["name"] for tool in lab.tool_list() if tool["name"] not in said] == []
    assert "leaves something behind, can be undone" in said
    assert app.caption[0].value == "It really happens."
    assert [field.label for field in app.text_input] == ["title *", "content *"]


def test_a_call_shows_what_it_brought_and_is_traced(visit, empty) -> None:
    app = visit(empty, "tools", tool="drive.list")
    app.text_input[0].input("samples")

    app = press(app)

    assert not app.exception
    assert "It worked" in words(app)
    assert "samples/faq.md" in app.json[0].value
    with agentlab.open(str(empty.path)) as lab:
        assert lab.sql("SELECT tool, status FROM tool_calls").fetchall() == [("drive.list", "ok")]


@pytest.mark.parametrize(
    ("tool", "field", "value", "says"),
    [
        ("drive.list", "folder", "nowhere", ["not_found", "What helps"]),
        ("http.get", "url *", "http://127.0.0.1:9/", ["blocked", "AGENTLAB_EGRESS_ALLOW"]),
        ("drive.createDoc", "title *", "only a title", ["invalid_arguments", "'content' is missing"]),
    ],
)
def test_a_failure_says_what_helps(visit, empty, tool, field, value, says) -> None:
    app = visit(empty, "tools", tool=tool)
    next(it for it in app.text_input if it.label == field).input(value)

    app = press(app)

    assert not app.exception
    assert [part for part in says if part not in words(app)] == []


def test_what_a_call_left_behind_is_taken_back(visit, empty) -> None:
    app = visit(empty, "tools", tool="drive.createDoc")
    next(it for it in app.text_input if it.label == "title *").input("note")
    next(it for it in app.text_input if it.label == "content *").input("hello")
    app = press(app)
    assert (empty.path / "drive" / "note.md").exists()

    app.button(key="take-back").click().run()

    assert "It is taken back" in words(app)
    assert not (empty.path / "drive" / "note.md").exists()
    with agentlab.open(str(empty.path)) as lab:
        traced = lab.sql("SELECT name, operation, status FROM spans WHERE kind = 'tool' ORDER BY started_at").fetchall()
    assert traced == [("drive.createDoc", "execute_tool", "ok"), ("undo drive.createDoc", "undo", "ok")]


def test_a_tool_that_is_not_there_shows_the_first_one(visit, empty) -> None:
    assert "ai.chat" in words(visit(empty, "tools", tool="nowhere.x"))


def test_what_a_tool_gives_back_how_often_it_may_be_called_and_when_it_asks(visit, empty) -> None:
    said = words(visit(empty, "tools", tool="email.send"))

    assert "10 calls a minute" in said
    assert "subject and body may come from there" in said
    assert "What it gives back" in [it.value for it in visit(empty, "tools", tool="email.send").subheader]
    assert "The Message-ID." in said
