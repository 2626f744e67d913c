"""A conversation from end to end: runs of one thread, the model ``offline``, the memory they share."""

from __future__ import annotations

import pytest

import agentlab


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with agentlab.open(home=tmp_path_factory.mktemp("home")) as lab:
        lab.run("Summarise samples/ocean-report.md", thread="ocean")
        yield lab


def test_a_follow_up_is_answered_from_what_was_found_with_no_step(lab) -> None:
    run = lab.run("And the warmest day?", thread="ocean")

    assert (run.status, len(run.steps)) == ("succeeded", 0)
    assert "21.4 °C" in run.answer


def test_without_the_thread_nobody_knows_what_is_meant(tmp_path) -> None:
    with agentlab.open(home=tmp_path) as elsewhere:
        elsewhere.run("Summarise samples/ocean-report.md")
        assert elsewhere.run("And the warmest day?", memory=False).status == "failed"


def test_what_was_answered_is_saved(lab) -> None:
    lab.run("Save the summary as a document called Ocean", thread="ocean")

    saved = (lab.settings.drive / "Ocean.md").read_text(encoding="utf-8")
    assert "1.6 °C above the average" in saved
    assert "offline rules" not in saved


def test_each_run_is_a_turn_and_leaves_a_result(lab) -> None:
    (thread,) = lab.threads()
    turns = lab.thread("ocean")

    assert thread["turns"] == len(turns) == len(lab.memories(kind="result"))
    assert turns[0].goal == "Summarise samples/ocean-report.md"
    assert all(turn.answer for turn in turns)


def test_what_a_person_says_is_known_to_every_later_run(lab) -> None:
    lab.run("Remember that my name is Ann Lee.")

    assert "Ann Lee" in lab.run("What is my name?").answer
    assert lab.run("What is my name?", memory=False).status == "failed"


def test_a_run_that_was_in_no_conversation_begins_one_that_sees_it(tmp_path) -> None:
    with agentlab.open(home=tmp_path) as lab:
        first = lab.run("Summarise samples/ocean-report.md")
        second = lab.go_on(first.run_id, "What was the warmest day?", here=True).wait()
        third = lab.go_on(second.run_id, "Save that as a document called warm", here=True).wait()

        assert "28 June 2026" in second.answer
        assert second.steps == ()
        assert "28 June 2026" in (lab.settings.drive / "warm.md").read_text()
        assert [turn.run_id for turn in lab.thread(first.run_id)] == [first.run_id, second.run_id, third.run_id]
