"""Commands that look back at recorded runs: replay, script."""

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
        see_through(lab, lab.start_replay(run_id, tools=tools.value, budget=budget), as_json)


def script(run_id: RunId) -> None:
    """Write a run's model answers as a script, to be edited and run with --model scripted:FILE."""
    with agentlab.open() as lab:
        found = json.dumps(lab.script_of(run_id), ensure_ascii=False, indent=2)
    print(found)
    if taken_out := found.count(REDACTED):
        print(f"Secrets were taken out of these answers in {taken_out} places ({REDACTED}).", file=sys.stderr)
