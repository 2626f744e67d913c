"""The page of the memory: listed, searched, added to, changed, forgotten; conversations and their turns."""

from __future__ import annotations

import pytest
from app_reading import EVIL, parts, words

import agentlab
from agentlab.door import Door
from agentlab.types import RunResult, RunSpec


@pytest.fixture
def filled(empty):
    """A lab that remembers two things and holds a conversation of two turns; the id of the first memory."""
    door = Door()
    with agentlab.open(str(empty.path)) as lab:
        kept = lab.remember(f"Ann likes tea {EVIL}", kind="preference", importance=0.9)
        for number, goal in enumerate(("Research Acme", "What was its revenue?"), 1):
            spec = RunSpec(run_id=f"run_{number}", goal=goal, thread="acme", submitted_at=float(number))
            result = RunResult(run_id=spec.run_id, status="succeeded", answer=f"Answer {number} {EVIL}")
            door.run(lab.recollection.keep(spec, result))
    door.close()
    return kept.id


def test_an_empty_memory_says_so_and_takes_something(visit, empty) -> None:
    app = visit(empty, "memory")
    assert "Nothing is remembered yet" in words(app)

    app.text_area[0].set_value("The office is in Turin")
    app.button[0].click().run()

    assert "The office is in Turin" in words(app)
    assert "by you" in words(app)
    assert not app.exception


def test_memories_show_kind_importance_and_the_run_they_are_from(visit, empty, filled) -> None:
    app = visit(empty, "memory")
    rows = parts(app)["memories"]["nodes"][0]["children"]
    links = [child["href"] for row in rows for child in row["children"][2]["children"] if isinstance(child, dict)]

    assert len(rows) == 3
    assert "importance 0.9" in words(app)
    assert "/run?run=run_2" in links
    assert EVIL in words(app)


def test_a_search_shows_what_fits(visit, empty, filled) -> None:
    app = visit(empty, "memory")
    app.text_input(key="query").set_value("tea").run()

    assert len(parts(app)["memories"]["nodes"][0]["children"]) == 1
    assert "fits 0." in words(app)

    app.text_input(key="query").set_value("zeppelin").run()
    assert "Nothing fits" in words(app)


def test_a_memory_is_changed_and_forgotten(visit, empty, filled) -> None:
    from ui.bench import the_lab

    app = visit(empty, "memory", memory=filled)
    app.text_area[0].set_value("Ann likes coffee")
    next(button for button in app.button if button.label == "Save").click().run()
    assert "Ann likes coffee" in words(app)

    app.query_params["memory"] = filled
    app.run()
    app.button(key="forget").click().run()
    assert "Ann likes coffee" not in words(app)
    assert filled not in [memory.id for memory in the_lab().memories()]


def test_what_is_not_there_is_named(visit, empty) -> None:
    for app in (visit(empty, "memory", memory="mem_no"), visit(empty, "memory", thread="nothing")):
        assert "There is no" in words(app)
        assert not app.exception


def test_a_conversation_is_read_renamed_and_deleted(visit, empty, filled) -> None:
    assert "Research Acme" in words(visit(empty, "memory"))
    app = visit(empty, "memory", thread="acme")
    assert "Answer 1" in words(app)
    assert "What was its revenue?" in words(app)

    app.text_input[0].set_value("Acme's year")
    next(button for button in app.button if button.label == "Rename").click().run()
    assert "Acme's year" in words(app)

    app.button(key="delete").click().run()
    assert "Acme's year" not in words(app)
