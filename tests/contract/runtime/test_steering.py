"""Runs are paused, asked about, answered and stopped, over restarts of the process and in the worst of moments."""

from __future__ import annotations

import threading
import time

import pytest

from agentlab.errors import NoQuestion, NotPossible
from agentlab.runtime.desk import LOOK_S, PARKED, PARKING
from agentlab.types import Decision, Plan, Step

CHAIN = tuple(Step(id=f"s{n}", tool="put", args={"n": n}, depends_on=(f"s{n - 1}",) if n else ()) for n in range(3))
ASKING = (Step(id="a", tool="put", args={"n": "a"}), Step(id="b", tool="put", args={"n": "b"}, ask=True))


def yes(name: str, **changes) -> Decision:
    return Decision(name=name, yes=True, **changes)


def test_a_paused_run_rests_before_its_next_step_and_goes_on_in_the_next_process(house) -> None:
    spec = house.start(
        Step(id="w", tool="wait"), *CHAIN[:1], Step(id="z", tool="put", args={"n": "z"}, depends_on=("w",))
    )
    house.until(lambda: "waiting" in house.done)
    house.runs.pause(spec.run_id)
    time.sleep(LOOK_S * 1.5)
    house.gate.set()
    assert house.runs.wait(spec.run_id).status == "paused"
    assert "z" not in house.done

    runs = house.reopen()
    assert runs.status(spec.run_id) == "paused"
    runs.resume(spec.run_id)

    assert runs.wait(spec.run_id).status == "succeeded"
    assert sorted(house.done) == ["0", "waiting", "z"]


def test_a_run_that_nobody_paused_is_not_resumed_and_an_ended_one_not_paused(house) -> None:
    spec = house.start(*CHAIN)
    assert house.runs.wait(spec.run_id).status == "succeeded"
    with pytest.raises(NotPossible):
        house.runs.pause(spec.run_id)
    with pytest.raises(NotPossible):
        house.runs.resume(spec.run_id)


@pytest.mark.parametrize("worker", [False, True], ids=["in this process", "with a worker"])
def test_a_question_outlives_the_process_and_its_answer_lets_the_run_go_on(house, worker) -> None:
    spec = house.start(*ASKING, work=worker)
    if worker:
        house.runs.work(2)
    assert house.runs.wait(spec.run_id).status == "waiting"

    runs = house.reopen()
    (question,) = runs.desks.open(spec.run_id)
    assert (question.name, question.args) == ("b-1", {"n": "b"})
    runs.answer(spec.run_id, yes("b-1", args={"n": "c"}))
    result = runs.wait(spec.run_id)

    assert (result.status, house.done) == ("succeeded", ["a", "c"])
    assert result.credits == 4_000
    with pytest.raises(NoQuestion):
        runs.answer(spec.run_id, yes("b-1"))


def test_a_no_ends_the_step_and_what_was_done_is_taken_back(house) -> None:
    spec = house.start(*ASKING)
    house.runs.wait(spec.run_id)
    house.runs.answer(spec.run_id, Decision(name="b-1", yes=False, by="ada", note="Never."))

    result = house.runs.wait(spec.run_id)

    assert (result.status, house.undone) == ("failed", ["a"])
    assert "ada said no. Never." in result.error
    assert [effect.state for effect in result.effects] == ["undone"]


def test_a_plan_runs_as_a_person_wants_it_after_a_restart(house) -> None:
    house.model.plans["g"] = [{"id": "x", "tool": "put", "args": {"n": "x"}}]
    spec = house.start(approve=("plan",))
    assert house.runs.wait(spec.run_id).status == "waiting"
    runs = house.reopen()
    runs.answer(spec.run_id, yes("plan", plan=Plan(goal="g", steps=CHAIN)))

    assert runs.wait(spec.run_id).status == "succeeded"
    assert house.done == ["0", "1", "2"]
    assert house.model.asked.count("plan") == 1


def test_a_word_in_the_very_moment_of_parking_is_not_lost(house, monkeypatch) -> None:
    """The answer comes at another place of the way into the park each time; a run that misses it would wait for ever."""
    desks, put = house.runs.desks, house.runs.desks.put
    moments = {"before": PARKING, "after": PARKING, "between": PARKED, "late": PARKED}
    for moment, place in moments.items():
        for _ in range(3):
            answered = threading.Event()

            def putting(run_id, there, *, moment=moment, place=place, answered=answered):
                meant = there == place and not answered.is_set() and desks.open(run_id)
                if meant and moment in ("before", "between"):
                    answered.set()
                    house.runs.answer(run_id, yes("b-1"))
                found = put(run_id, there)
                if meant and moment in ("after", "late"):
                    answered.set()
                    house.runs.answer(run_id, yes("b-1"))
                return found

            monkeypatch.setattr(desks, "put", putting)
            spec = house.start(*ASKING)
            house.until(lambda run_id=spec.run_id: house.runs.status(run_id) == "succeeded", 10)
            assert answered.is_set()


def test_words_said_at_any_time_are_heard(house) -> None:
    """Answers race with parking, unarranged."""
    asked = [house.start(*ASKING) for _ in range(20)]
    left = {spec.run_id for spec in asked}
    end = time.monotonic() + 30
    while left:
        assert time.monotonic() < end, {run_id: house.runs.status(run_id) for run_id in left}
        for question in house.runs.desks.open():
            house.runs.answer(question.run_id, yes(question.name))
        left = {run_id for run_id in left if not house.runs.ended(run_id)}
    assert {house.runs.status(spec.run_id) for spec in asked} == {"succeeded"}
    assert len(house.done) == 40


@pytest.mark.parametrize("place", [PARKING, PARKED])
def test_a_cancel_in_the_moment_of_parking_is_not_lost(house, monkeypatch, place) -> None:
    desks, put, said = house.runs.desks, house.runs.desks.put, []

    def putting(run_id, there):
        if there == place and not said:
            said.append(house.runs.cancel(run_id))
        return put(run_id, there)

    monkeypatch.setattr(desks, "put", putting)
    spec = house.start(*ASKING)
    house.until(lambda: said and house.runs.status(spec.run_id) == "cancelled")
    time.sleep(0.3)

    assert house.runs.status(spec.run_id) == "cancelled"
    house.until(lambda: house.undone == ["a"])
    assert house.runs.desks.open(spec.run_id) == []


def test_a_cancel_is_not_undone_by_whoever_wakes_the_run(house, monkeypatch) -> None:
    spec = house.start(*ASKING)
    house.runs.wait(spec.run_id)
    release = house.runs.desks.release

    def releasing(run_id):
        found = release(run_id)
        if found:
            house.runs.cancel(run_id)
        return found

    monkeypatch.setattr(house.runs.desks, "release", releasing)
    house.runs.answer(spec.run_id, yes("b-1"))
    time.sleep(0.5)

    assert house.runs.status(spec.run_id) == "cancelled"
    assert house.done == ["a"]


def test_a_cancel_takes_less_than_two_seconds(house) -> None:
    spec = house.start(CHAIN[0], Step(id="w", tool="wait", depends_on=("s0",)))
    house.until(lambda: "waiting" in house.done)
    began = time.monotonic()
    assert house.runs.cancel(spec.run_id) == "cancelled"
    house.until(lambda: any(span.kind == "run" for span in house.recorder.ended))
    assert time.monotonic() - began < 2

    house.until(lambda: house.undone == ["0"])
    assert house.runs.result(spec.run_id).credits == 2_000
    assert {span.kind: span.status for span in house.recorder.ended if span.step != "s0"} == {
        "tool": "cancelled",
        "step": "cancelled",
        "run": "cancelled",
    }
