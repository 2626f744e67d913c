"""Credits of users: never overdrawn by any number of processes, booked once."""

from __future__ import annotations

import subprocess
import sys

from agentlab.runtime.accounts import PORTION, SHARE, Accounts
from agentlab.runtime.engine import migrate
from agentlab.sql import open_database
from agentlab.types import Decision, Step

RACER = """
import os, sys
from agentlab.runtime.accounts import Accounts
from agentlab.sql import open_database
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
    accounts = Accounts(open_database(database), 1_000)
    first, second = accounts.of("run_1", "ada"), accounts.of("run_2", "ada")

    assert first.draw(600)
    assert (second.available(0), second.draw(401), second.draw(400)) == (400, False, True)
    first.close(10)
    assert second.available(10) == 390 + 590
    second.close(10)
    second.close(10)

    balance = accounts.balance("ada")
    assert (balance.spent, balance.held, balance.left) == (20, 0, 980)


def test_a_run_sets_little_aside_beyond_what_it_needs(database) -> None:
    migrate(database)
    accounts = Accounts(open_database(database), 100 * PORTION)
    assert accounts.of("run_1", "ada").draw(10)
    assert accounts.balance("ada").held == PORTION

    poor = Accounts(open_database(database), 1_000)
    assert poor.of("run_2", "bob").draw(10)
    assert poor.balance("bob").held == 1_000 // SHARE


def test_a_run_that_rests_keeps_no_more_than_it_has_spent(database) -> None:
    migrate(database)
    accounts = Accounts(open_database(database), 1_000)
    accounts.of("run_1", "ada").draw(500)

    accounts.loosen("run_1", "ada", 20)
    accounts.loosen("run_1", "ada", 20)

    assert accounts.balance("ada").held == 20
    assert accounts.of("run_1", "ada").draw(900)


def test_what_a_run_had_set_aside_is_its_own_in_the_next_process_too(database) -> None:
    migrate(database)
    accounts = Accounts(open_database(database), 1_000)
    assert accounts.of("run_1", "ada").draw(900)
    assert accounts.of("run_2", "ada").draw(100)

    again = accounts.of("run_1", "ada")

    assert again.available(10) == 890


def test_a_run_that_is_resumed_books_once_and_can_use_what_it_had_left(house) -> None:
    house.runs.accounts.grant("local", 6_000)
    spec = house.start(
        Step(id="a", tool="put", args={"n": "a"}),
        Step(id="b", tool="put", args={"n": "b"}, ask=True, depends_on=("a",)),
        Step(id="c", tool="put", args={"n": "c"}, depends_on=("b",)),
    )
    assert house.runs.wait(spec.run_id).status == "waiting"
    runs = house.reopen()
    runs.answer(spec.run_id, Decision(name="b-1", yes=True))
    result = runs.wait(spec.run_id)

    balance = runs.accounts.balance("local")
    assert (result.status, result.credits) == ("succeeded", 6_000), result.error
    assert (balance.spent, balance.held) == (6_000, 0)


def test_a_plan_that_the_balance_cannot_pay_is_not_begun(house) -> None:
    house.runs.accounts.grant("local", 5_000)
    steps = [Step(id=f"s{n}", tool="echo", args={"n": n}, depends_on=(f"s{n - 1}",) if n else ()) for n in range(4)]
    result = house.runs.wait(house.start(*steps).run_id)

    assert {step.status for step in result.steps} == {"skipped"}
    assert "the balance of local has less" in result.error
    balance = house.runs.accounts.balance("local")
    assert (balance.spent, balance.held) == (0, 0)


def test_a_run_ends_where_others_have_taken_what_was_left(house) -> None:
    house.runs.accounts.grant("local", 9_000)
    spec = house.start(
        Step(id="a", tool="echo"),
        Step(id="b", tool="echo", ask=True, depends_on=("a",)),
        Step(id="c", tool="echo", depends_on=("b",)),
    )
    assert house.runs.wait(spec.run_id).status == "waiting"
    assert house.runs.accounts.of("run_other", "local").draw(5_000)
    house.runs.answer(spec.run_id, Decision(name="b-1", yes=True))
    result = house.runs.wait(spec.run_id)

    assert [step.status for step in result.steps] == ["succeeded", "succeeded", "failed"]
    assert result.steps[2].error.kind == "balance"
    assert house.runs.accounts.balance("local").spent == 4_000


def test_a_cancelled_run_books_what_it_has_used(house) -> None:
    house.runs.accounts.grant("local", 10**6)
    spec = house.start(Step(id="a", tool="echo"), Step(id="w", tool="wait", depends_on=("a",)))
    house.until(lambda: "waiting" in house.done)
    house.runs.cancel(spec.run_id)

    balance = house.runs.accounts.balance("local")
    assert (balance.spent, balance.held) == (2_000, 0)
    assert house.runs.result(spec.run_id).credits == 2_000
