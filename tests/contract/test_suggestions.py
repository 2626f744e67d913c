"""The five suggested goals of Home: each does real work on real input, offline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import agentlab

GOALS = json.loads((Path(__file__).parents[2] / "data" / "samples" / "goals.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with agentlab.open(str(tmp_path_factory.mktemp("home"))) as opened:
        yield opened


def test_there_are_five(lab) -> None:
    assert lab.suggestions == GOALS
    assert len(GOALS) == 5


@pytest.mark.parametrize("suggestion", GOALS, ids=lambda suggestion: suggestion["title"])
def test_a_suggested_goal_succeeds_and_says_that_no_model_took_part(lab, suggestion) -> None:
    run = lab.run(suggestion["goal"])

    assert run.status == "succeeded", run.error
    assert run.steps
    assert all(step.status == "succeeded" for step in run.steps)
    assert "no language model took part" in run.answer
    assert run.cost_usd == 0


def test_what_they_made_lies_in_the_drive(lab) -> None:
    made = [path for path in (lab.settings.drive).iterdir() if path.is_file() and not path.name.startswith(".")]

    assert made
    assert all(path.stat().st_size > 100 for path in made)
