"""Credits of users: never overdrawn by any number of processes, booked once."""

from __future__ import annotations

import subprocess
import sys

from agentlab.runtime.accounts import PORTION, Accounts
from agentlab.runtime.engine import migrate, open_database
from agentlab.types import Step

RACER = """
import os, sys
from agentlab.runtime.accounts import Accounts
from agentlab.runtime.engine import open_database
for racer in range(8):
    if not os.fork():
        accounts, got = Accounts(open_database(sys.argv[1]), 100_000_000), 0
        for number in range(20):
            run = accounts.of(f"run_{racer}_{number}", "ada")
            if run.draw(1_000_000):
                got += 1
                run.close(1_000_000)
        os.write(1, f"{got}\\n".encode())
        os._exit(0)
for racer in range(8):
    os.wait()
"""


def test_eight_processes_that_race_never_overdraw_a_balance(database) -> None:
    migrate(database)
    accounts = Accounts(open_database(database), 100_000_000)
    accounts.balance("ada")
    out = subprocess.run([sys.executable, "-c", RACER, database], check=True, capture_output=True, text=True).stdout
    got = [int(line) for line in out.split()]

    balance = accounts.balance("ada")
    assert (balance.spent, balance.held) == (sum(got) * 1_000_000, 0)
    assert balance.spent <= 100_000_000
    assert len(got) == 8
    assert sum(got) >= 50  # what was set aside for others comes back, and is had by someone


def test_a_run_never_draws_what_another_one_has_set_aside(database) -> None:
    migrate(database)
    accounts = Accounts(open_database(database), PORTION + 10)
    first, second = accounts.of("run_1", "ada"), accounts.of("run_2", "ada")

    assert first.draw(10)
    assert (second.available(0), second.draw(11), second.draw(10)) == (10, False, True)
    first.close(10)
    assert second.available(10) == PORTION - 10
    second.close(10)
    second.close(10)

    balance = accounts.balance("ada")
    assert (balance.spent, balance.held, balance.left) == (20, 0, PORTION - 10)


def test_what_a_run_had_set_aside_is_its_own_in_the_next_process_too(database) -> None:
    migrate(database)
    accounts = Accounts(open_database(database), PORTION)
    assert accounts.of("run_1", "ada").draw(10)

    again = accounts.of("run_1", "ada")

    assert again.available(10) == PORTION - 10


def test_a_run_that_is_resumed_books_once_and_can_use_what_it_had_left(house) -> None:
    house.runs.accounts.grant("local", 6_000)
    spec = house.start(
        Step(id="a", tool="put", args={"n": "a"}),
        Step(id="b", tool="put", args={"n": "b"}, ask=True, depends_on=("a",)),
        Step(id="c", tool="put", args={"n": "c"}, depends_on=("b",)),
    )
    assert house.runs.wait(spec.run_id).status == "waiting"
    runs = house.reopen()
    from agentlab.types import Decision

    runs.answer(spec.run_id, Decision(name="b-1", yes=True))
    result = runs.wait(spec.run_id)

    balance = runs.accounts.balance("local")
    assert (result.status, result.credits) == ("succeeded", 6_000), result.error
    assert (balance.spent, balance.held) == (6_000, 0)


def test_a_run_ends_where_the_balance_does(house) -> None:
    house.runs.accounts.grant("local", 5_000)
    steps = [Step(id=f"s{n}", tool="echo", args={"n": n}, depends_on=(f"s{n - 1}",) if n else ()) for n in range(4)]
    result = house.runs.wait(house.start(*steps).run_id)

    assert [step.status for step in result.steps] == ["succeeded", "succeeded", "failed", "skipped"]
    assert result.steps[2].error.kind == "balance"
    balance = house.runs.accounts.balance("local")
    assert (balance.spent, balance.held) == (4_000, 0)


def test_a_cancelled_run_books_what_it_has_used(house) -> None:
    house.runs.accounts.grant("local", 10**6)
    spec = house.start(Step(id="a", tool="echo"), Step(id="w", tool="wait", depends_on=("a",)))
    house.until(lambda: "waiting" in house.done)
    house.runs.cancel(spec.run_id)

    balance = house.runs.accounts.balance("local")
    assert (balance.spent, balance.held) == (2_000, 0)
    assert house.runs.result(spec.run_id).credits == 2_000
