"""Who gives a score, where nobody says so."""

from __future__ import annotations

from agentlab.scoring import score, user


def test_the_author_is_the_user_of_the_system() -> None:
    assert score("run_1", "t", "helpful", 1).author == user()


def test_a_system_that_knows_no_user_has_an_unknown_one() -> None:
    def nobody() -> str:
        raise OSError("no username set in the environment")

    assert user(nobody) == "unknown"


def test_what_is_empty_is_not_kept() -> None:
    note = score("run_1", "t", " helpful ", True, label=" ", text="")

    assert (note.name, note.value, note.label, note.text, note.kind) == ("helpful", 1.0, None, None, "score")
