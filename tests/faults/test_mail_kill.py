"""kill -9 in the middle of a batch of mails: the repetition sends the rest, and nobody gets a mail twice."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

SENDER = Path(__file__).with_name("mail_sender.py")
PEOPLE = [f"p{n}@example.org" for n in range(12)]


class Keeper:
    """Takes every mail after a short while, and counts them by recipient."""

    def __init__(self) -> None:
        self.got: Counter[str] = Counter()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        await asyncio.sleep(0.02)
        self.got.update(envelope.rcpt_tos)
        return "250 OK"


@pytest.fixture
def server() -> Iterator[tuple[Keeper, str]]:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    keeper = Keeper()
    controller = Controller(keeper, hostname="127.0.0.1", port=port, ready_timeout=20)
    controller.start()
    yield keeper, f"smtp://127.0.0.1:{port}"
    controller.stop(no_assert=True)


def start(home: Path, url: str, failpoints: str = "") -> subprocess.Popen[str]:
    env = os.environ | ({"AGENTLAB_FAILPOINTS": failpoints} if failpoints else {})
    command = [sys.executable, str(SENDER), str(home), url, *PEOPLE]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)


def finish(home: Path, url: str) -> dict:
    process = start(home, url)
    out, _ = process.communicate(timeout=60)
    found: dict = json.loads(out)
    return found


@pytest.mark.parametrize("point", ["mail.before_note", "mail.after_done"])
def test_killed_between_two_mails_everybody_gets_exactly_one(server, tmp_path, point) -> None:
    keeper, url = server
    deaths = 0
    while start(tmp_path, url, f"{point}:0.5").wait(timeout=60) == -signal.SIGKILL and deaths < 12:
        deaths += 1

    result = finish(tmp_path, url)

    assert deaths > 0
    assert result["error"] == ""
    assert keeper.got == dict.fromkeys(PEOPLE, 1)


@pytest.mark.parametrize("point", ["mail.before_text", "mail.before_done"])
def test_killed_while_a_mail_is_handed_over_it_is_named_and_nobody_gets_two(server, tmp_path, point) -> None:
    keeper, url = server
    assert start(tmp_path, url, point).wait(timeout=60) == -signal.SIGKILL

    result = finish(tmp_path, url)

    (open_,) = [row for row in result["data"]["recipients"] if row["status"] == "failed"]
    assert open_["address"] == PEOPLE[0]
    assert open_["error"].startswith("unconfirmed: ")
    assert keeper.got[PEOPLE[0]] == (1 if point == "mail.before_done" else 0)
    assert {to: keeper.got[to] for to in PEOPLE[1:]} == dict.fromkeys(PEOPLE[1:], 1)


def test_killed_at_any_moment_nobody_gets_two_and_who_got_none_is_named(server, tmp_path) -> None:
    keeper, url = server
    for _ in range(4):
        process = start(tmp_path, url)
        before, end = keeper.got.total(), time.monotonic() + 20
        while keeper.got.total() < before + 2 and process.poll() is None and time.monotonic() < end:
            time.sleep(0.003)
        process.kill()
        process.wait()

    result = finish(tmp_path, url)

    rows = {row["address"]: row for row in result["data"]["recipients"]}
    assert max(keeper.got.values()) == 1
    for to in PEOPLE:
        assert keeper.got[to] == 1 or rows[to]["error"].startswith("unconfirmed: "), to
        assert rows[to]["status"] != "failed" or rows[to]["error"].startswith("unconfirmed: "), to
