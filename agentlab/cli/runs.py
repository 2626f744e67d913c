"""Commands about runs: run, submit, runs, show, cancel."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

import agentlab
from agentlab.errors import FileUnusable
from agentlab.lab import Lab, Run

Goal = Annotated[str, typer.Argument(help="What you want done, in words. May be left out where the plan names one.")]
PlanFile = Annotated[Path | None, typer.Option("--plan", help="A plan of your own (JSON); no model is asked.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Model = Annotated[
    str | None, typer.Option("--model", help="provider:name, roles, offline, scripted:FILE, or replay:RUN.")
]
Budget = Annotated[float | None, typer.Option("--budget", metavar="CREDITS", help="Most credits the run may use.")]
Domains = Annotated[
    list[str] | None,
    typer.Option("--domain", metavar="HOST", help="A host that tools may reach, or *.HOST; repeat it. Else all."),
]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="Id of a run.")]

_EXIT = {"succeeded": 0, "cancelled": 130}
_MARKS = {"ok": "✓", "error": "✗", "cancelled": "■", "running": "…"}


def run(
    goal: Goal = "",
    plan: PlanFile = None,
    as_json: AsJson = False,
    model: Model = None,
    budget: Budget = None,
    domain: Domains = None,
) -> None:
    """Run a goal here and wait for its end."""
    with agentlab.open() as lab:
        see_through(
            lab, lab.start(goal, plan=read_plan_file(plan), model=model, budget=budget, domains=domain or ()), as_json
        )


def see_through(lab: Lab, started: Run, as_json: bool) -> None:
    """Report a run of this process until its end, and leave with its exit code; Ctrl-C cancels it."""
    try:
        if not as_json:
            _follow(started)
        started.wait()
    except KeyboardInterrupt:
        lab.cancel(started.run_id)
        started.wait()
    _print_run(started, as_json)
    raise typer.Exit(_EXIT.get(started.status, 1))


def submit(
    goal: Goal = "",
    plan: PlanFile = None,
    as_json: AsJson = False,
    model: Model = None,
    budget: Budget = None,
    domain: Domains = None,
) -> None:
    """Queue a goal for a worker and return at once."""
    with agentlab.open() as lab:
        queued = lab.submit(goal, plan=read_plan_file(plan), model=model, budget=budget, domains=domain or ())
        if as_json:
            print(json.dumps({"run_id": queued.run_id, "status": queued.status}))
            return
        print(queued.run_id)
        if not lab.durable.liveness.workers():
            print("No worker is alive; start one: agentlab worker (or agentlab up).", file=sys.stderr)


def runs(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most rows.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List runs, the newest first."""
    with agentlab.open() as lab:
        found = _listed(lab, limit)
        if as_json:
            print(json.dumps(found, ensure_ascii=False, default=str))
            return
        for row in found:
            print(f"{row['run_id']}  {row['status']:<9}  {row['started_at'] or '':<19}  {row['goal'][:70]}")
        if not found:
            print('No runs yet. Try: agentlab run "List the files in the drive"', file=sys.stderr)


def show(run_id: RunId, as_json: AsJson = False) -> None:
    """Show one run: its steps and its answer."""
    with agentlab.open() as lab:
        _print_run(lab.run_of(run_id), as_json)


def cancel(run_id: RunId) -> None:
    """Stop a run."""
    with agentlab.open() as lab:
        print(lab.cancel(run_id))


def read_plan_file(plan: Path | None) -> dict[str, Any] | None:
    """The plan in a file; None where none is named. Raises ``FileUnusable``."""
    if plan is None:
        return None
    try:
        data = json.loads(plan.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileUnusable(f"The plan file {plan} cannot be read: {error.strerror}.", hint="Check the path.") from error
    except ValueError as error:
        raise FileUnusable(
            f"The plan file {plan} is not JSON: {error}.", hint="docs/reference/plan.md shows the format."
        ) from error
    return data if isinstance(data, dict) else {"steps": data}


def _follow(run: Run) -> None:
    """Print each step as it starts and ends, on stderr."""
    for event in run.follow():
        if event.get("kind") == "step":
            took = f"  {event['duration_ms'] / 1_000:.2f} s" if event["phase"] == "end" else ""
            why = f"  {event['error_message']}" if event.get("error_message") else ""
            print(f"{_MARKS.get(event['status'], '·')} {event['tool']}  {event['name']}{took}{why}", file=sys.stderr)


def _print_run(run: Run, as_json: bool) -> None:
    found = run.as_dict()
    if as_json:
        print(json.dumps(found, ensure_ascii=False, default=str))
        return
    print(found["answer"] or found["error"])
    if found["answer"] and found["error"]:
        print(f"\n{found['error']}", file=sys.stderr)
    cost = "unknown" if found["cost_usd"] is None else f"${found['cost_usd']:.4f}"
    print(
        f"\n{run.run_id}  {found['status']}  {found['duration_s']:.2f} s  {found['credits']:g} credits  cost {cost}",
        file=sys.stderr,
    )


def _listed(lab: Lab, limit: int) -> list[dict[str, Any]]:
    """Queued runs, which have no trace yet, and then those of the trace store."""
    rows: list[dict[str, Any]] = [
        {"run_id": spec.run_id, "status": "queued", "started_at": None, "goal": spec.goal, "model": spec.model}
        for spec in reversed(lab.durable.queued())
    ]
    traced = lab.runs.rel.limit(limit)
    rows += [dict(zip(traced.columns, row, strict=True)) for row in traced.fetchall()]
    return rows[:limit]
