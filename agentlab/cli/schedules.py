"""Commands about goals that run again and again, and about what is told of runs: schedule, notifications, notify."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

import agentlab
from agentlab.cli.runs import AsJson, Budget, Domains, Model, PlanFile, read_json
from agentlab.types import Schedule

app = typer.Typer(
    help="Run goals again and again: add, list, remove, pause, resume, run.", no_args_is_help=True, add_completion=False
)
Name = Annotated[str, typer.Argument(help="Name of the schedule.")]


@app.command()
def add(
    name: Name,
    cron: Annotated[str, typer.Argument(help="Five fields of cron in quotes, or @hourly, @daily, @weekly, @monthly.")],
    goal: Annotated[str, typer.Argument(help="What you want done. May be left out where the plan names it.")] = "",
    timezone: Annotated[str, typer.Option(help="Zone of these times, such as Europe/Berlin.")] = "UTC",
    catch_up: Annotated[
        bool, typer.Option(help="Make up for the last of the times that no worker lived at, or for none.")
    ] = True,
    notify: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN", help="What is told outward: failed,succeeded,cancelled,waiting,long; none for nothing."
        ),
    ] = None,
    plan: PlanFile = None,
    model: Model = None,
    budget: Budget = None,
    domain: Domains = None,
    as_json: AsJson = False,
) -> None:
    """Run a goal at the times of a cron line. One of the same name gives way."""
    told = None if notify is None else [word for word in notify.replace(",", " ").split() if word != "none"]
    with agentlab.open() as lab:
        made = lab.schedule(
            name,
            cron,
            goal,
            timezone=timezone,
            plan=read_json(plan),
            model=model,
            budget=budget,
            domains=domain or (),
            catch_up=catch_up,
            notify=told,
        )
        _print([made], as_json)
        if not lab.durable.liveness.workers():
            print("No worker is alive; start one: agentlab worker (or agentlab up).", file=sys.stderr)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List schedules with their next times, their last run and how it went."""
    with agentlab.open() as lab:
        found = lab.schedules()
    _print(found, as_json)
    if not found:
        print(
            'No schedules yet. Try: agentlab schedule add daily @daily "List the files in the drive"', file=sys.stderr
        )


@app.command()
def remove(name: Name) -> None:
    """Take a schedule away; its runs stay."""
    with agentlab.open() as lab:
        lab.unschedule(name)


@app.command()
def pause(name: Name) -> None:
    """Let a schedule rest; times that pass meanwhile are not made up for."""
    with agentlab.open() as lab:
        _print([lab.pause_schedule(name)], as_json=False)


@app.command()
def resume(name: Name) -> None:
    """Let a schedule go on with its next time."""
    with agentlab.open() as lab:
        _print([lab.resume_schedule(name)], as_json=False)


@app.command()
def run(name: Name) -> None:
    """Queue a run of a schedule now, beside its times; prints the run's id."""
    with agentlab.open() as lab:
        print(lab.run_schedule(name).run_id)


def notifications(
    read: Annotated[bool, typer.Option("--read", help="Mark all as read.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most of them.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List what was told of runs, the newest first; * stands before what was not read."""
    with agentlab.open() as lab:
        found = lab.notifications(limit=limit)
        if read:
            lab.mark_read()
    if as_json:
        print(json.dumps([asdict(told) for told in found], ensure_ascii=False))
        return
    for told in found:
        mark = " " if told.read_at else "*"
        unsent = f"  [not sent: {told.error or 'waiting'}]" if told.unsent else ""
        print(f"{mark} {_when(told.at, 'UTC')}  {told.title}  {told.run_id}{unsent}")


def notify(
    test: Annotated[bool, typer.Option("--test", help="Send a message to every target of AGENTLAB_NOTIFY.")] = False,
) -> None:
    """Show who is told outward, or send a test. Exit code 1 where somebody did not get it."""
    with agentlab.open() as lab:
        if not test:
            for target in lab.settings.targets:
                print(f"{target.service}  {', '.join(target.on)}")
            print("Send them a message: agentlab notify --test", file=sys.stderr)
            return
        answers = lab.notify_test()
    for service, why in answers:
        print(f"{service}  {why or 'sent'}")
    if any(why for _, why in answers):
        raise typer.Exit(1)


def _print(schedules: list[Schedule], as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(schedule) for schedule in schedules], ensure_ascii=False))
        return
    for it in schedules:
        print(f"{it.name}  {it.cron}  {it.timezone}{'  (paused)' if it.paused else ''}")
        print(f"  goal: {it.goal[:100]}")
        if it.next_times:
            print(f"  next: {', '.join(_when(moment, it.timezone) for moment in it.next_times)}")
        if it.error:
            print(f"  last: made no run: {it.error}")
        elif it.last_run:
            print(f"  last: {it.last_run} {it.last_status}")


def _when(moment: float, zone: str) -> str:
    return f"{datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"
