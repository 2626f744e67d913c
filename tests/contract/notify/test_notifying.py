"""Telling of runs: what is written, once, and what reaches a real server of HTTP, whatever fails on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import pytest
import sqlalchemy as sa

from agentlab.notify import NotificationBook, Notifier
from agentlab.notify.book import KEEP_S, LEASE_S, TRIES, WAITS_S
from agentlab.notify.notifier import Rules
from agentlab.notify.outward import send, understands
from agentlab.notify_settings import Target
from agentlab.sql import open_database
from agentlab.store import Redaction
from agentlab.types import Parent, Question, RunResult, RunSpec, Schedule

numbers = count()
NOON = 1_772_452_800.0
KEY = "sk-ant-" + "api03-abcdefghijklmnop1234"


class Receiver:
    """A web server that keeps what is posted, and refuses as often as it is told to."""

    def __init__(self) -> None:
        self.got: list[dict] = []
        self.refuse = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                refused = receiver.refuse > 0
                receiver.refuse -= refused
                if not refused:
                    receiver.got.append(body)
                self.send_response(503 if refused else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self._server.server_port}/hook-t0ken-abc"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver():
    opened = Receiver()
    yield opened
    opened.close()


@pytest.fixture(params=["SQLite", "Postgres"])
def database(request, tmp_path) -> sa.Engine:
    if request.param == "SQLite":
        return open_database(f"sqlite:///{tmp_path / 'runs.sqlite'}")
    name = f"notify_{next(numbers)}"
    return open_database(request.getfixturevalue("postgres").database(name).replace("://", "+psycopg://"))


class Clock:
    """Stands still until it is moved."""

    now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(database, clock, monkeypatch):
    """A notifier of these targets that sends when a test says so."""
    monkeypatch.setattr(Notifier, "start", lambda self: None)

    def make(*targets: Target, **rules) -> Notifier:
        clean = Redaction().text
        return Notifier(NotificationBook(database), Rules(targets=targets, clean=clean, **rules), clock=clock)

    return make


def spec(run_id: str = "run_1", **fields) -> RunSpec:
    return RunSpec(run_id=run_id, goal="Fetch the report", **fields)


def result(status: str = "failed", **fields) -> RunResult:
    return RunResult(run_id="run_1", status=status, error="It is not there.", **fields)


def test_a_failed_run_is_told_once_however_often_it_ends(make, receiver) -> None:
    notifier = make(Target(receiver.url, ("failed",)), address="http://lab:8501")

    for _ in range(3):
        notifier.ended(spec(), result(credits=2_500_000, duration_s=3.21))
        notifier.deliver()

    (told,) = notifier.book.list("local")
    assert (told.title, told.sent, told.unsent) == ("Failed: Fetch the report", 1, 0)
    assert told.text == "It is not there.\n3.2 s, 2.5 credits, cost $0"
    (got,) = receiver.got
    assert (got["title"], got["type"]) == ("Failed: Fetch the report", "failure")
    assert got["message"].endswith("http://lab:8501/run?run=run_1")


@pytest.mark.parametrize(
    ("what", "noted", "sent"),
    [
        ((spec(), result("succeeded")), 0, 0),
        ((spec(schedule="daily"), result("succeeded")), 1, 0),
        ((spec(), result("succeeded", duration_s=61.0)), 1, 1),
        ((spec(), result("succeeded", duration_s=60.0)), 0, 0),
        ((spec(), result("cancelled")), 0, 0),
        ((spec(), result("failed")), 1, 1),
        ((spec(notify=()), result("failed")), 1, 0),
        ((spec(notify=("succeeded",)), result("succeeded")), 1, 1),
        ((spec(parent=Parent(run_id="r", root="r", span_id="s")), result("failed")), 0, 0),
    ],
    ids=[
        "quiet",
        "of a schedule",
        "long",
        "not longer",
        "cancelled",
        "failed",
        "told not to",
        "asked for",
        "of another run",
    ],
)
def test_what_is_noted_and_what_is_sent(make, receiver, what, noted, sent) -> None:
    notifier = make(Target(receiver.url, ("failed", "waiting", "long")))

    notifier.ended(*what)
    notifier.deliver()

    assert len(notifier.book.list("local")) == noted
    assert len(receiver.got) == sent


def test_each_question_is_told_once_with_what_is_asked(make, receiver) -> None:
    notifier = make(Target(receiver.url, ("waiting",)))
    first = Question(run_id="run_1", name="plan", about="plan", why="May this plan run?")
    second = Question(run_id="run_1", name="mail-1", about="step", tool="email.send", why="It sends a mail.")

    for question in (first, second, first):
        notifier.waiting(question, spec())
    notifier.deliver()

    assert [told.text for told in notifier.book.list("local")] == ["email.send: It sends a mail.", "May this plan run?"]
    assert len(receiver.got) == 2


def test_a_target_that_fails_gets_it_later_and_the_others_get_it_once(make, receiver, clock) -> None:
    other = Receiver()
    notifier = make(Target(receiver.url, ("failed",)), Target(other.url, ("failed",)))
    receiver.refuse = 2
    notifier.ended(spec(), result())

    notifier.deliver()
    (told,) = notifier.book.list("local")
    assert (told.sent, told.unsent) == (1, 1)
    assert "503" in told.error
    assert "t0ken" not in told.error
    assert notifier.deliver() == 0
    for wait in WAITS_S[:2]:
        clock.now += wait
        assert notifier.deliver() == 1

    (told,) = notifier.book.list("local")
    assert (told.sent, told.unsent, told.error) == (2, 0, "")
    assert (len(receiver.got), len(other.got)) == (1, 1)
    other.close()


def test_what_never_arrives_is_given_up_with_its_last_error(make, clock) -> None:
    notifier = make(Target("json://127.0.0.1:9/hook", ("failed",)))
    notifier.ended(spec(), result())

    tries = 0
    for _ in range(20):
        tries += notifier.deliver()
        clock.now += 1_000

    (told,) = notifier.book.list("local")
    assert tries == TRIES
    assert (told.sent, told.unsent) == (0, 1)
    assert told.error


def test_two_processes_that_look_at_once_send_a_message_once(make, receiver) -> None:
    notifiers = [make(Target(receiver.url, ("failed",))) for _ in range(4)]
    for number in range(12):
        notifiers[0].ended(spec(f"run_{number}"), result())

    threads = [threading.Thread(target=notifier.deliver) for notifier in notifiers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    notifiers[0].deliver()

    assert Counter(got["message"].rpartition("=")[2] for got in receiver.got) == {f"run_{n}": 1 for n in range(12)}


def test_a_secret_is_in_neither_the_app_nor_what_is_sent(make, receiver) -> None:
    notifier = make(Target(receiver.url, ("failed",)))

    notifier.ended(replace(spec(), goal=f"use {KEY}"), RunResult(run_id="run_1", status="failed", error=f"no {KEY}"))
    notifier.deliver()

    assert KEY not in str(notifier.book.list("local"))
    assert KEY not in str(receiver.got)
    assert "[redacted]" in receiver.got[0]["title"]


def test_long_texts_are_cut(make) -> None:
    notifier = make()

    notifier.ended(
        replace(spec(schedule="s"), goal="g" * 5_000), RunResult(run_id="r", status="succeeded", answer="a" * 9_000)
    )

    (told,) = notifier.book.list("local")
    assert len(told.title) < 110
    assert len(told.text) < 700


def test_messages_are_read_one_by_one_or_all_and_are_ones_own(make) -> None:
    notifier = make()
    for number in range(3):
        notifier.ended(spec(f"run_{number}"), result())
    notifier.ended(spec("run_x", user="ann"), result())
    book = notifier.book
    newest = book.list("local")[0]

    assert (newest.run_id, book.unread("local"), book.unread("ann")) == ("run_2", 3, 1)
    assert book.read("local", NOON + 5, [newest.id]) == 1
    assert [told.run_id for told in book.list("local", unread=True)] == ["run_1", "run_0"]
    assert book.read("local", NOON + 6) == 2
    assert (book.unread("local"), book.unread("ann")) == (0, 1)
    assert book.list("local")[0].read_at == NOON + 5


def test_old_messages_are_forgotten_with_what_was_to_be_sent(make, receiver, clock) -> None:
    notifier = make(Target(receiver.url, ("failed",)))
    notifier.ended(spec("run_old"), result())
    clock.now += KEEP_S + 1
    notifier.ended(spec("run_new"), result())

    notifier.book.forget_old(clock.now)

    assert [told.run_id for told in notifier.book.list("local")] == ["run_new"]
    assert notifier.deliver() == 1


def test_a_time_of_a_schedule_that_made_no_run_is_told_once(make, receiver) -> None:
    notifier = make(Target(receiver.url, ("failed",)), address="http://lab:8501")

    for run_id in ("run_9", "run_9", "run_10"):
        notifier.not_begun(Schedule(name="daily", cron="@daily", goal="g"), run_id, "The plan cannot run.")
    notifier.deliver()

    assert [told.title for told in notifier.book.list("local")] == ["Failed: schedule daily could not begin"] * 2
    assert [got["message"].split()[-1] for got in receiver.got] == ["http://lab:8501/schedules"] * 2


def test_a_database_that_is_away_fails_no_run(tmp_path) -> None:
    path = tmp_path / "runs.sqlite"
    notifier = Notifier(NotificationBook(open_database(f"sqlite:///{path}")), Rules())
    with open_database(f"sqlite:///{path}").begin() as connection:
        connection.execute(sa.text("drop table run_notification_sendings"))
        connection.execute(sa.text("drop table run_notifications"))

    notifier.ended(spec(), result())


DIES = """
import sys
from agentlab.notify import NotificationBook, Notifier
from agentlab.notify.notifier import Rules
from agentlab.notify_settings import Target
from agentlab.sql import open_database
from agentlab.types import RunResult, RunSpec
notifier = Notifier(NotificationBook(open_database(sys.argv[1])), Rules(targets=(Target(sys.argv[2], ("failed",)),)))
notifier.start = lambda: None
notifier.ended(RunSpec(run_id="run_1", goal="g"), RunResult(run_id="run_1", status="failed"))
notifier.deliver()
"""


@pytest.mark.parametrize(("place", "times"), [("notify.before_send", 1), ("notify.after_send", 2)])
def test_what_a_killed_process_had_not_confirmed_is_sent_by_the_next_when_its_time_is_over(
    tmp_path, receiver, place, times
) -> None:
    url = f"sqlite:///{tmp_path / 'runs.sqlite'}"
    command = [sys.executable, "-c", DIES, url, receiver.url]
    died = subprocess.run(command, env=os.environ | {"AGENTLAB_FAILPOINTS": place}, timeout=60)
    assert died.returncode == -signal.SIGKILL
    clock = Clock()
    rules = Rules(targets=(Target(receiver.url, ("failed",)),))
    notifier = Notifier(NotificationBook(open_database(url)), rules, clock=clock)
    notifier.start = lambda: None  # sent when the test says so

    clock.now = notifier.book.list("local")[0].at + 1
    notifier.ended(spec(), result())
    assert notifier.deliver() == 0
    clock.now += LEASE_S + 1
    assert notifier.deliver() == 1

    (told,) = notifier.book.list("local")
    assert told.sent == 1
    assert len(receiver.got) == times


def test_services_that_no_test_reaches_are_at_least_understood() -> None:
    telegram = "tgram://123456789:abcdefghijklmnopqrstuvwxyz123456789/12345678/"
    slack = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"

    assert understands(telegram)
    assert understands(slack)
    assert not understands("nosuchservice://x")
    assert "does not understand" in send("nosuchservice://x", "t", "b")


def test_the_thread_sends_and_leaving_sends_what_is_left(tmp_path, receiver) -> None:
    book = NotificationBook(open_database(f"sqlite:///{tmp_path / 'runs.sqlite'}"))
    notifier = Notifier(book, Rules(targets=(Target(receiver.url, ("failed",)),)))

    notifier.ended(spec(), result())
    notifier.stop()

    assert len(receiver.got) == 1
