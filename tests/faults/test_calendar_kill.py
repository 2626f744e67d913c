"""The calendar file under several writers and under kill -9: nothing lost, nothing twice, and always a whole file."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from agentlab.tools.calendar.lines import CalendarText, unescaped

WRITER = Path(__file__).with_name("calendar_writer.py")


def start(home: Path, name: str, count: int, failpoints: str = "") -> subprocess.Popen[bytes]:
    env = os.environ | ({"AGENTLAB_FAILPOINTS": failpoints} if failpoints else {})
    return subprocess.Popen([sys.executable, str(WRITER), str(home), name, str(count)], env=env)


def titles(home: Path) -> Counter[str]:
    """What the file holds; fails where it is not whole."""
    text = CalendarText.read((home / "calendar.ics").read_bytes().decode())
    return Counter(unescaped(block.value("SUMMARY")) for block in text.events)


def test_two_processes_at_once_lose_nothing(tmp_path) -> None:
    writers = [start(tmp_path, name, 40) for name in ("a", "b", "c")]

    assert [writer.wait(timeout=120) for writer in writers] == [0, 0, 0]
    assert titles(tmp_path) == {f"{name}-{n}": 1 for name in "abc" for n in range(40)}


@pytest.mark.parametrize("point", ["calendar.before_write", "calendar.after_write"])
def test_killed_around_a_write_the_event_is_there_once_after_the_repetition(tmp_path, point) -> None:
    assert start(tmp_path, "a", 8, point).wait(timeout=60) == -signal.SIGKILL
    deaths = 1
    while start(tmp_path, "a", 8, f"{point}:0.25").wait(timeout=60) == -signal.SIGKILL and deaths < 8:
        deaths += 1
        if (tmp_path / "calendar.ics").exists():
            assert max(titles(tmp_path).values(), default=1) == 1

    assert start(tmp_path, "a", 8).wait(timeout=60) == 0
    assert titles(tmp_path) == {f"a-{n}": 1 for n in range(8)}


def test_killed_at_any_moment_the_file_is_the_old_or_the_new_one(tmp_path) -> None:
    dice = random.Random(7)
    assert start(tmp_path, "first", 1).wait(timeout=60) == 0
    for _ in range(6):
        process = start(tmp_path, "a", 60)
        time.sleep(0.4 + dice.random())
        process.kill()
        process.wait()
        found = titles(tmp_path)
        assert found["first-0"] == 1
        assert max(found.values()) == 1

    assert start(tmp_path, "a", 60).wait(timeout=60) == 0
    assert titles(tmp_path) == {"first-0": 1} | {f"a-{n}": 1 for n in range(60)}
