"""The page Team: a table of members becomes one run."""

from __future__ import annotations

from app_reading import words


def test_the_example_runs_as_a_team(visit, empty) -> None:
    from ui.bench import the_lab

    app = visit(empty, "team")
    app.button(key="run").click().run()

    (waiting,) = the_lab().durable.queued()
    assert [(step.id, step.tool) for step in waiting.plan.steps] == [
        ("ocean", "agent.run"),
        ("meeting", "agent.run"),
        ("note", "agent.run"),
    ]
    assert waiting.plan.steps[2].args["share"] == {
        "ocean": "{{steps.ocean.data.answer}}",
        "meeting": "{{steps.meeting.data.answer}}",
    }
    assert waiting.plan.origin == "model"


def test_a_budget_of_zero_is_refused_in_words(visit, empty) -> None:
    app = visit(empty, "team")
    app.number_input(key="budget").set_value(0.0)
    app.button(key="run").click().run()

    assert "lets nothing run" in words(app)


def test_rows_without_a_goal_are_left_out() -> None:
    from ui.team import as_members

    rows = [{"name": "a", "goal": "Do it", "after": " b , ", "join": "any", "budget": 5.0}, {"name": "x", "goal": None}]

    assert as_members(rows) == {
        "a": {"goal": "Do it", "after": ["b"], "join": "any", "model": None, "budget": 5.0},
    }
