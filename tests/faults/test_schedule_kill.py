"""kill -9 of workers while schedules come due: each time makes one run, none is lost while a worker lives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

import agentlab
from agentlab.runtime.cron import read_cron
from agentlab.runtime.schedules import _run_id

SPEED = 20
"""Minutes of the clock of the workers that pass in 20 minutes of ours: their minute takes three seconds."""
WORKER = f"""
import sys, time
import agentlab
from agentlab.runtime import schedules
base = float(sys.argv[1])
schedules.EVERY_S = 0.05
lab = agentlab.open()
clock = lambda: base + (time.time() - base) * {SPEED}
lab._scheduler = schedules.Scheduler(lab._schedules, lab._begin_due, clock=clock)
lab._scheduler.start()
lab.work()
print("ready", flush=True)
time.sleep(600)
"""
PLAN = {"goal": "look", "steps": [{"id": "a", "tool": "drive.list", "args": {"folder": "samples"}}]}


@pytest.fixture
def start(tmp_path):
    started: list[subprocess.Popen[str]] = []

    def start(base: float, failpoint: str = "") -> subprocess.Popen[str]:
        env = os.environ | {"AGENTLAB_HOME": str(tmp_path), "AGENTLAB_FAILPOINTS": failpoint}
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(base)], env=env, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_each_time_makes_one_run_with_three_workers_that_are_killed(tmp_path, start) -> None:
    with agentlab.open(str(tmp_path)) as lab:
        base = time.time()
        dying = [start(base, "schedule.after_submit"), start(base)]
        living = start(base)
        assert all(process.stdout.readline() for process in (*dying, living))
        begun = base + (time.time() - base) * SPEED
        lab.schedule("each", "* * * * *", plan=PLAN)
        with lab._schedules._database.begin() as connection:  # the clock of the workers is ahead of ours
            cron = read_cron("* * * * *")
            connection.exec_driver_sql(f"update run_schedules set next_at = {cron.next(begun)[0]}")
            schedule = connection.exec_driver_sql("select id from run_schedules").scalar_one()
        times = cron.next(begun, 6)
        time.sleep(5)
        dying[1].send_signal(signal.SIGKILL)
        start(base)
        end = time.monotonic() + 60
        while base + (time.time() - base) * SPEED < times[-1] + 30:
            assert time.monotonic() < end
            time.sleep(0.1)
        lab.pause_schedule("each")
        expected = [_run_id(schedule, moment) for moment in times]
        ran = [run.run_id for run in map(lab.run_of, expected)]
        while any(lab.run_of(run_id).status != "succeeded" for run_id in ran):
            assert time.monotonic() < end
            time.sleep(0.1)
        known = {run_id for (run_id,) in lab.sql("select run_id from runs").fetchall()}

    assert dying[0].wait(10) == -signal.SIGKILL
    assert set(expected) <= known
    assert len(known) <= len(expected) + 1  # the pause may come a moment after one more
