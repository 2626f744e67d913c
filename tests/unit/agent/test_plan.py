"""Plans: every problem at once, in words that say what to do."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlab.agent.graph import dependencies, waves
from agentlab.agent.plan import problems_of, read_plan
from agentlab.errors import PlanInvalid
from agentlab.testing import FakeTool, FakeTools
from agentlab.types import Limits, Plan, Step

TOOLS = FakeTools([FakeTool("echo", lambda args: args)])


def problems(*steps: Step, limits: Limits | None = None) -> str:
    return " ".join(problems_of(Plan(goal="g", steps=steps), TOOLS, limits or Limits()))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "a JSON object with goal and steps, not a list"),
        ({"steps": {}}, "'steps' is a list, not an object"),
        ({"steps": []}, "The plan has no steps"),
        ({"steps": ["x"]}, "Step 1 is an object, not a text"),
        ({"steps": [{"tool": "echo"}]}, "Step 1 needs an 'id'"),
        ({"steps": [{"id": "a b", "tool": "echo"}]}, "letters, digits, - and _"),
        ({"steps": [{"id": "a"}]}, "needs the name of a 'tool'"),
        ({"steps": [{"id": "a", "tool": "echo", "args": []}]}, None),
        ({"steps": [{"id": "a", "tool": "echo", "args": [1]}]}, "'args' of step 1 is an object, not a list"),
        ({"steps": [{"id": "a", "tool": "echo", "depends_on": "b"}]}, "'depends_on' of step 1 is a list of step ids"),
        ({"steps": [{"id": "a", "tool": "echo", "depend_on": []}]}, "Did you mean depends_on?"),
    ],
)
def test_the_form_of_a_plan_file(data, says) -> None:
    if says is None:
        assert read_plan(data, origin="file").steps[0].args == {}
        return
    with pytest.raises(PlanInvalid) as raised:
        read_plan(data, origin="file")
    assert says in str(raised.value)


def test_problems_of_a_plan_come_all_at_once() -> None:
    with pytest.raises(PlanInvalid) as raised:
        read_plan({"steps": [{"id": "a"}, {"tool": "echo"}]}, origin="file")

    assert len(raised.value.context["problems"]) == 2


def test_a_circle_is_named() -> None:
    found = problems(
        Step(id="a", tool="echo", depends_on=("b",)), Step(id="b", tool="echo", args={"x": "{{steps.a.data}}"})
    )

    assert "in a circle" in found
    assert "a -> b" in found or "b -> a" in found


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (Step(id="a", tool="ecko"), "Did you mean echo?"),
        (Step(id="a", tool="echo", depends_on=("z",)), "waits for 'z', which is not in the plan"),
        (Step(id="a", tool="echo", args={"x": "{{steps.z.data}}"}), "waits for 'z', which is not in the plan"),
        (Step(id="a", tool="echo", args={"x": "{{1+1}}"}), "write {{steps.<id>.data.<field>}}"),
        (Step(id="a", tool="echo", args={"x": "{{input.url}}"}), "this run has no input"),
    ],
)
def test_a_step_that_cannot_run_says_why(step, says) -> None:
    assert says in problems(step)


def test_an_id_used_twice_and_too_many_steps() -> None:
    found = problems(Step(id="a", tool="echo"), Step(id="a", tool="echo"), limits=Limits(max_steps=1))

    assert "'a' is used twice" in found
    assert "the limit is 1" in found


@st.composite
def plans(draw) -> Plan:
    count = draw(st.integers(1, 12))
    steps = []
    for number in range(count):
        waits = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        steps.append(Step(id=f"s{number}", tool="echo", depends_on=tuple(f"s{n}" for n in sorted(waits))))
    return Plan(goal="g", steps=tuple(draw(st.permutations(steps))))


@given(plans())
def test_waves_hold_every_step_once_and_after_what_it_waits_for(plan) -> None:
    seen: set[str] = set()
    for wave in waves(plan):
        assert all(dependencies(step) <= seen for step in wave)
        seen |= {step.id for step in wave}
    assert sorted(seen) == sorted(step.id for step in plan.steps)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_no_json_breaks_the_reader(data) -> None:
    with suppress(PlanInvalid):
        assert isinstance(read_plan(data, origin="file"), Plan)
