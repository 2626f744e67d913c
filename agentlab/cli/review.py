"""Commands that look back at recorded runs: replay, script, diff, score."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

import agentlab
from agentlab.cli.runs import AsJson, Budget, RunId, see_through
from agentlab.types import REDACTED


class Tools(StrEnum):
    """Where the tools of a replay get their results."""

    recorded = "recorded"
    live = "live"


def replay(
    run_id: RunId,
    tools: Annotated[Tools, typer.Option(help="Results as recorded, or of tools that work for real.")] = Tools.recorded,
    as_json: AsJson = False,
    budget: Budget = None,
) -> None:
    """Run a recorded run again with its model's answers: offline, free, changing nothing."""
    with agentlab.open() as lab:
        started = lab.start_replay(run_id, tools=tools.value, budget=budget)
        _say_if_redacted(json.dumps([call.output for call in lab.recorded(run_id)], default=str))
        see_through(lab, started, as_json)


def script(run_id: RunId) -> None:
    """Write a run's model answers as a script, to be edited and run with --model scripted:FILE."""
    with agentlab.open() as lab:
        found = json.dumps(lab.script_of(run_id), ensure_ascii=False, indent=2)
    print(found)
    _say_if_redacted(found)


def _say_if_redacted(answers: str) -> None:
    if taken_out := answers.count(REDACTED):
        print(f"Secrets were taken out of the recorded answers, {taken_out} in all ({REDACTED}).", file=sys.stderr)


def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="Id of a run.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Id of another.")],
    as_json: AsJson = False,
) -> None:
    """Compare two runs, call by call. Ends with 0 where they are the same, with 1 where they differ."""
    with agentlab.open() as lab:
        found = lab.compare(a, b)
    print(json.dumps(found.as_dict(), ensure_ascii=False, default=str) if as_json else found)
    raise typer.Exit(0 if found.same else 1)


def score(
    run_id: RunId,
    name: Annotated[str, typer.Argument(help="What is scored, such as helpful.")],
    value: Annotated[str, typer.Argument(help="A number, or a word such as good. May be left out with --text.")] = "",
    span: Annotated[str | None, typer.Option(help="Id of the span it is about; else the whole run.")] = None,
    label: Annotated[str | None, typer.Option(help="A word beside the number.")] = None,
    text: Annotated[str, typer.Option(help="The reasons, in words.")] = "",
    author: Annotated[str | None, typer.Option(help="Who says so; else your user name.")] = None,
) -> None:
    """Say what you think of a run or of one of its spans."""
    number, word = _read_value(value)
    with agentlab.open() as lab:
        said = lab.score(
            run_id, name, number, label=label or word, text=text, source="person", author=author, span_id=span
        )
    print(said.note_id)


def _read_value(value: str) -> tuple[float | None, str | None]:
    try:
        return float(value), None
    except ValueError:
        return None, value or None
