"""Two thousand runs of plans made up by numbers, cut off and taken up at random: what must hold, whatever happens.

A run that breaks a rule is named by its number: ``check(NUMBER)`` shows it again.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter, defaultdict

import pytest
from chance import Crash, Fate, World, real_sleep, told

from agentlab.agent.loop import run_goal
from agentlab.agent.repair import PROPOSALS
from agentlab.agent.rollback import roll_back
from agentlab.trace import Parked
from agentlab.types import Scope

RUNS = int(os.environ.get("AGENTLAB_TEST_RUNS", "2000"))
PARTS = 8
MOST_OVER = 15
"""What a call may cost beyond its fee here."""


@pytest.fixture
def loop(monkeypatch):
    async def at_once(_seconds, result=None):
        await real_sleep(0)
        return result

    monkeypatch.setattr(asyncio, "sleep", at_once)
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def through(world: World, loop, work, fates) -> tuple[object, int]:
    """What ``work`` comes to, taken up as often as it is cut off or rests; and how often it was cut off."""
    cut = 0
    for _ in range(100):
        world.meet(next(fates))
        task = world.fate.task = loop.create_task(work())
        try:
            return loop.run_until_complete(task), cut
        except (Crash, asyncio.CancelledError):
            if not world.fate.dead:
                raise
            cut += 1
        except Parked:
            assert set(world.person.asked) > set(world.person.said), "it rests for nothing"
            for name in set(world.person.asked) - set(world.person.said):
                world.person.speak(name)
    raise AssertionError("it never ends")


def undisturbed():
    while True:
        yield Fate()


def disturbed(world: World, places: int):
    """Three deaths at most, each at any of the places that the run passes."""
    chance = world.draw("fate")
    for _ in range(chance.randrange(1, 4)):
        yield Fate(frozenset({chance.randrange(1, places + 2)}))
    yield from undisturbed()


def run(world: World, loop, fates):
    return through(world, loop, lambda: run_goal(world.bench(), world.journal), fates)


def check(seed: int, loop) -> None:
    """One run undisturbed, the same one cut off, and the same one cancelled; each is taken back in the end."""
    calm = World(seed)
    result, _ = run(calm, loop, undisturbed())
    keep_limits(calm, result)
    well_told(calm, cut=0, result=result)
    places = calm.fate.passed
    happened = dict(calm.happened)

    rough = World(seed)
    again, cut = run(rough, loop, disturbed(rough, places))
    doubts = any(effect.state == "begun" for effect in rough.effects.all().values())
    if not calm.tight and not (cut and doubts):  # short credits: it matters who asks first; a call cut off is doubtful
        assert told(again) == told(result)
        assert rough.happened == happened
    keep_limits(rough, again)
    well_told(rough, cut=cut, result=again)
    taken_back(rough, loop, disturbed(rough, 12))

    if seed % 4 == 0:
        stopped = World(seed)
        try:
            run(stopped, loop, iter([Fate(cancel_at=calm.draw("cancel").randrange(1, places + 1)), *[Fate()] * 99]))
        except asyncio.CancelledError:
            well_told(stopped, cut=0, result=None)
        taken_back(stopped, loop, undisturbed())


def keep_limits(world: World, result) -> None:
    """What was spent is what the calls say; no limit is passed but by one call whose cost nobody knew."""
    budget = world.limits
    assert result.credits == sum(one.credits or 0 for one in world.journal.done.values() if hasattr(one, "credits"))
    assert 0 <= result.credits <= budget.budget + MOST_OVER * min(budget.max_parallel, len(result.steps) or 1)
    assert result.credits <= world.account.granted + MOST_OVER * budget.max_parallel
    for step in result.steps:
        assert 0 <= step.credits <= budget.step_budget + MOST_OVER, step
        assert step.attempts <= (PROPOSALS + 2) * budget.max_attempts + 2
    assert world.most_inside <= budget.max_parallel
    numbers = defaultdict(set)
    for key in world.calls:
        _, step, *number = key.split(":")
        numbers[step].add(number[0] if number else "1")
    assert all(len(found) <= 1 + PROPOSALS + 1 for found in numbers.values())


def well_told(world: World, *, cut: int, result) -> None:
    """Each start has an end, and one only, unless the run was cut off; what hangs somewhere hangs on what is there."""
    starts, ends = Counter(), Counter()
    spans = {event.span.span_id: event.span for event in world.recorder.events}
    parks = sum(event.phase == "end" and event.span.status == "waiting" for event in world.recorder.events)
    for event in world.recorder.events:
        (starts if event.phase == "start" else ends)[event.span.span_id] += 1
    for name, span in spans.items():
        assert starts[name] >= 1, f"{span.kind} {span.name} ends and has not begun"
        assert ends[name] <= 1 + (cut + parks if span.kind in ("run", "step") else 0), (span.kind, span.name)
        assert ends[name] or cut, f"{span.kind} {span.name} has begun and does not end"
        assert span.parent_span_id is None or span.parent_span_id in spans
    if result and not cut:
        begun = {one.id for one in result.steps if one.attempts}
        assert begun <= {span.step for span in spans.values() if span.kind == "step"}


def taken_back(world: World, loop, fates) -> None:
    """After a run is taken back, the world and the journal of effects agree, and what was undone was undone in reverse."""
    journal, world.journal = world.journal, World(world.seed).journal
    world.journal._world = world
    order = [key for key, effect in world.effects.all().items() if key in world.present and effect.tool == "put"]
    effects, _ = through(world, loop, lambda: back(world), fates)
    world.journal = journal
    for effect in effects:
        there = effect.key in world.present
        if effect.state == "undone":
            assert not there
            assert effect.key in world.taken_back
        elif effect.state == "failed":
            assert not there
        elif effect.tool == "put":
            assert effect.note, effect
    assert {effect.key for effect in effects} >= set(world.happened)
    assert [key for key in world.taken_back if key in order] == order[::-1]
    assert not [key for key in world.present if world.happened[key].startswith("put")]


async def back(world: World):
    return await roll_back(world.bench(), world.journal, Scope.of_run(world.spec.run_id))


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_happens_the_rules_hold(loop, part) -> None:
    for seed in range(part, RUNS, PARTS):
        try:
            check(seed, loop)
        except (Exception, asyncio.CancelledError) as error:
            error.add_note(f"the rules were broken by run {seed}")
            raise


def test_the_worlds_are_as_wild_as_they_should_be(loop) -> None:
    """A property that holds because nothing ever happens says nothing."""
    seen = Counter()
    for seed in range(200):
        world = World(seed)
        result, cut = run(world, loop, disturbed(world, 40))
        seen["cut"] += cut
        seen["asked"] += len(world.person.asked)
        seen["happened"] += len(world.happened)
        seen["repaired"] += sum(key.count(":") == 2 for key in world.calls)
        seen["replanned"] += any(step.id.startswith("a") for step in result.steps)
        seen[result.status] += 1
        seen["tight"] += "budget" in {step.error.kind for step in result.steps if step.error}
    assert min(seen[name] for name in ("cut", "asked", "happened", "repaired", "succeeded", "failed")) > 30, seen
    assert min(seen["replanned"], seen["tight"]) > 5, seen
