"""Commands that steer runs: waiting, approve, deny, pause, resume, fork, undo, team, credits."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

import agentlab
from agentlab.cli.questions import described
from agentlab.cli.runs import (
    AsJson,
    Budget,
    Model,
    RunId,
    Thread,
    print_queued,
    read_json,
    see_through,
)
from agentlab.errors import CallerError, FileUnusable
from agentlab.lab import Lab
from agentlab.types import JSON, to_credits

Name = Annotated[
    str, typer.Argument(metavar="[QUESTION]", help="Name of one question; all that the run asks, where left out.")
]
Note = Annotated[str, typer.Option("--note", help="Why; whoever plans on is told.")]
Args = Annotated[
    str | None, typer.Option("--args", metavar="JSON", help="Arguments to use instead of those asked about.")
]


def waiting(as_json: AsJson = False) -> None:
    """List what runs ask, the oldest question first."""
    with agentlab.open() as lab:
        found = lab.questions()
        if as_json:
            print(json.dumps([asdict(one) for one in found], ensure_ascii=False, default=str))
            return
        print("\n".join(described(one) for one in found) or "No run waits for anybody.")


def approve(
    run_id: RunId,
    question: Name = "",
    plan: Annotated[Path | None, typer.Option("--plan", help="The plan to run instead (JSON).")] = None,
    args: Args = None,
    note: Note = "",
) -> None:
    """Say yes to what a run asks."""
    with agentlab.open() as lab:
        rested = lab.run_of(run_id).resting
        lab.approve(run_id, question, plan=read_json(plan), args=_json(args), note=note)
        _go_on(lab, run_id, rested)


def deny(run_id: RunId, question: Name = "", note: Note = "") -> None:
    """Say no to what a run asks."""
    with agentlab.open() as lab:
        rested = lab.run_of(run_id).resting
        lab.deny(run_id, question, note=note)
        _go_on(lab, run_id, rested)


def pause(run_id: RunId) -> None:
    """Let a run rest before its next step."""
    with agentlab.open() as lab:
        print(lab.pause(run_id))


def resume(run_id: RunId) -> None:
    """Let a paused run go on."""
    with agentlab.open() as lab:
        rested = lab.run_of(run_id).resting
        lab.resume(run_id)
        _go_on(lab, run_id, rested)


def fork(
    run_id: RunId,
    step: Annotated[str, typer.Argument(metavar="STEP", help="The step to do anew, with all that builds on it.")],
    args: Args = None,
    model: Model = None,
    budget: Budget = None,
    queue: Annotated[bool, typer.Option("--queue", help="Leave it to a worker.")] = False,
    as_json: AsJson = False,
) -> None:
    """Begin a new run from the middle of another."""
    with agentlab.open() as lab:
        forked = lab.fork(run_id, step, args=_json(args), model=model, budget=budget, here=not queue)
        if queue:
            print_queued(lab, forked, as_json)
        else:
            see_through(lab, forked, as_json)


def undo(run_id: RunId, as_json: AsJson = False) -> None:
    """Take back what a run did to the world, the last thing first."""
    with agentlab.open() as lab:
        effects = lab.undo(run_id)
        if as_json:
            print(json.dumps([asdict(effect) for effect in effects], ensure_ascii=False, default=str))
            return
        for effect in effects:
            print(f"{effect.state:<7} {effect.tool} ({effect.step}) {effect.note}".rstrip())
        if not effects:
            print("The run has changed nothing.")


def team(
    file: Annotated[
        Path, typer.Argument(help="The members (JSON): {name: goal} or {name: {goal, after, join, model, budget}}.")
    ],
    goal: Annotated[str, typer.Option("--goal", help="What all of it is for.")] = "",
    model: Model = None,
    budget: Budget = None,
    thread: Thread = "",
    answer: Annotated[
        bool, typer.Option("--answer/--no-answer", help="Write one answer out of all; else the last one's.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Run several goals that depend on each other and share what they find."""
    members = read_json(file)
    if not members or "steps" in members:
        raise FileUnusable(f"{file} names no members.", hint="docs/how-to/teams.md shows the format.")
    with agentlab.open() as lab:
        begun = lab.team(members, goal=goal, model=model, budget=budget, thread=thread, answer=answer)
        see_through(lab, begun, as_json)


def credits(
    add: Annotated[float | None, typer.Option("--add", help="Give so many credits more.")] = None,
    no_limit: Annotated[bool, typer.Option("--no-limit", help="Take the limit away.")] = False,
    user: Annotated[str | None, typer.Option("--user", help="Whose; your own where left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a user's credits: granted, spent, set aside by runs that work."""
    if add is not None and not 0 < add < 1e12:
        raise CallerError(
            f"{add:g} credits cannot be added.", hint="Give a positive number: agentlab credits --add 1000."
        )
    with agentlab.open() as lab:
        found = lab.grant(add, user) if add is not None else lab.grant(None, user) if no_limit else lab.balance(user)
        shown: JSON = {
            "user": found.user,
            "granted": None if found.granted is None else to_credits(found.granted),
            "spent": to_credits(found.spent),
            "held": to_credits(found.held),
            "left": None if found.left is None else to_credits(found.left),
        }
        if as_json:
            print(json.dumps(shown))
            return
        limit = "no limit" if shown["granted"] is None else f"{shown['left']:g} left of {shown['granted']:g}"
        print(f"{found.user}: {limit}, {shown['spent']:g} spent, {shown['held']:g} set aside by runs that work")


def _go_on(lab: Lab, run_id: str, rested: bool) -> None:
    """Say where the run is. One that ``rested`` goes on here where no worker lives, and is waited for; others are elsewhere."""
    run = lab.run_of(run_id)
    if not rested or run.resting or lab.durable.liveness.workers():
        print(run.status)
    else:
        see_through(lab, run, as_json=False)


def _json(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError as error:
        raise CallerError(
            f"--args is not JSON: {error}.", hint='Write an object: --args \'{"path": "a.md"}\'.'
        ) from error
    if not isinstance(found, dict):
        raise CallerError("--args is no object.", hint='Write an object: --args \'{"path": "a.md"}\'.')
    return found
