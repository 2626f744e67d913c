"""Schedules on both databases: what a time that comes makes, whoever looks, and what is made up for."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from itertools import count

import pytest
import sqlalchemy as sa

from agentlab.errors import UnknownSchedule
from agentlab.runtime.schedules import Scheduler, Schedules
from agentlab.sql import open_database
from agentlab.types import Schedule

numbers = count()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


@pytest.fixture(params=["SQLite", "Postgres"])
def url(request, tmp_path) -> str:
    if request.param == "SQLite":
        return f"sqlite:///{tmp_path / 'runs.sqlite'}"
    return request.getfixturevalue("postgres").database(f"schedules_{next(numbers)}").replace("://", "+psycopg://")


@pytest.fixture
def schedules(url) -> Schedules:
    return Schedules(open_database(url))


class Queue:
    """Takes runs as the queue does: an id once."""

    def __init__(self) -> None:
        self.runs: dict[str, str] = {}
        self.asked = 0
        self.why = ""

    def __call__(self, schedule: Schedule, run_id: str) -> str:
        self.asked += 1
        if not self.why:
            self.runs.setdefault(run_id, schedule.name)
        return self.why


def hourly(name: str = "hourly", **fields) -> Schedule:
    return Schedule(name=name, cron="@hourly", goal="look", **fields)


def test_a_time_that_comes_makes_one_run_and_the_next_is_shown(schedules) -> None:
    queue = Queue()
    schedules.put(hourly(), NOON + 1)
    assert schedules.begin_due(NOON + HOUR - 1, queue) == []

    (run_id,) = schedules.begin_due(NOON + HOUR, queue)
    assert schedules.begin_due(NOON + HOUR + 1, queue) == []

    found = schedules.get("hourly", NOON + HOUR + 1)
    assert queue.runs == {run_id: "hourly"}
    assert (found.last_run, found.due_at) == (run_id, NOON + HOUR)
    assert found.next_times == (NOON + 2 * HOUR, NOON + 3 * HOUR, NOON + 4 * HOUR)


def test_three_workers_at_the_same_moment_make_one_run_of_each_time(url, schedules) -> None:
    queue = Queue()
    for number in range(5):
        schedules.put(hourly(f"s{number}"), NOON + 1)
    workers = [Schedules(open_database(url)) for _ in range(3)]
    begun: list[str] = []
    together = threading.Barrier(3)

    def work(worker: Schedules) -> None:
        for hour in range(1, 6):
            together.wait()
            begun.extend(worker.begin_due(NOON + hour * HOUR, queue))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(queue.runs) == 25
    assert sorted(begun) == sorted(queue.runs)


def test_whoever_died_before_writing_the_next_time_makes_no_second_run(schedules) -> None:
    queue = Queue()
    schedules.put(hourly(), NOON + 1)

    def dies(schedule: Schedule, run_id: str) -> str:
        queue(schedule, run_id)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        schedules.begin_due(NOON + HOUR, dies)
    (again,) = schedules.begin_due(NOON + HOUR + 20, queue)

    assert queue.asked == 2
    assert list(queue.runs) == [again]


def test_of_many_missed_times_the_last_one_runs_once(schedules) -> None:
    queue = Queue()
    schedules.put(hourly(), NOON + 1)

    assert len(schedules.begin_due(NOON + 30 * DAY + 20 * MINUTE, queue)) == 1

    found = schedules.get("hourly", NOON)
    assert found.due_at == NOON + 30 * DAY
    assert schedules.begin_due(NOON + 30 * DAY + 21 * MINUTE, queue) == []


def test_without_catching_up_a_missed_time_runs_not_at_all(schedules) -> None:
    queue = Queue()
    schedules.put(hourly(catch_up=False), NOON + 1)

    assert schedules.begin_due(NOON + HOUR + 2 * MINUTE, queue) == []
    assert len(schedules.begin_due(NOON + 2 * HOUR + 30, queue)) == 1

    assert schedules.get("hourly", NOON).due_at == NOON + 2 * HOUR
    assert len(queue.runs) == 1


def test_times_that_pass_during_a_pause_are_not_made_up_for(schedules) -> None:
    queue = Queue()
    schedules.put(hourly(), NOON + 1)

    schedules.pause("hourly", NOON + 2, paused=True)
    assert schedules.get("hourly", NOON + 2).next_times == ()
    assert schedules.begin_due(NOON + 5 * HOUR, queue) == []
    schedules.pause("hourly", NOON + 5 * HOUR + 1, paused=False)
    assert schedules.begin_due(NOON + 5 * HOUR + 2, queue) == []

    assert len(schedules.begin_due(NOON + 6 * HOUR, queue)) == 1


def test_one_of_the_same_name_gives_way_and_has_other_runs(schedules) -> None:
    queue = Queue()
    schedules.put(hourly(), NOON + 1)
    schedules.begin_due(NOON + HOUR, queue)
    schedules.put(Schedule(name="hourly", cron="0 * * * *", goal="other", notify=("failed",)), NOON + 2)
    schedules.begin_due(NOON + HOUR, queue)

    (found,) = schedules.all(NOON)
    assert (found.goal, found.notify) == ("other", ("failed",))
    assert len(queue.runs) == 2


def test_what_cannot_begin_says_why_until_it_can(schedules) -> None:
    queue = Queue()
    queue.why = "The plan cannot run."
    schedules.put(hourly(), NOON + 1)
    schedules.begin_due(NOON + HOUR, queue)
    assert schedules.get("hourly", NOON).error == "The plan cannot run."

    queue.why = ""
    schedules.begin_due(NOON + 2 * HOUR, queue)

    assert schedules.get("hourly", NOON).error == ""


def test_a_zone_that_is_known_no_more_stops_no_other_schedule(url, schedules) -> None:
    queue = Queue()
    schedules.put(hourly("a", timezone="Europe/Berlin"), NOON + 1)
    schedules.put(hourly("b"), NOON + 1)
    with open_database(url).begin() as connection:
        connection.execute(sa.text("update run_schedules set timezone = 'Old/Zone' where name = 'a'"))

    assert len(schedules.begin_due(NOON + HOUR, queue)) == 1

    assert "Old/Zone" in schedules.get("a", NOON).error
    assert list(queue.runs.values()) == ["b"]


def test_an_unknown_name_is_refused_with_what_is_near(schedules) -> None:
    schedules.put(hourly(), NOON)

    for call in (schedules.get, schedules.remove):
        with pytest.raises(UnknownSchedule, match="Did you mean hourly"):
            call("hourli", NOON)
    schedules.remove("hourly", NOON)

    assert schedules.all(NOON) == []


def test_a_scheduler_begins_what_is_due_until_it_is_stopped(schedules, monkeypatch) -> None:
    monkeypatch.setattr("agentlab.runtime.schedules.EVERY_S", 0.01)
    queue, now, seen = Queue(), [NOON + 1], threading.Event()
    schedules.put(Schedule(name="each", cron="* * * * *", goal="look"), NOON + 1)

    def clock() -> float:
        now[0] += 30  # every second look is a minute's
        if len(queue.runs) >= 10:
            seen.set()
        return now[0]

    scheduler = Scheduler(schedules, queue, clock=clock)
    scheduler.start()
    assert seen.wait(20)
    scheduler.stop()
    count_then = len(queue.runs)

    assert count_then == (schedules.get("each", now[0]).due_at - NOON) / 60
