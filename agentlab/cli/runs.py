"""Commands about runs: run, submit, runs, show, cancel."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

import agentlab
from agentlab.cli.questions import answer_here, described
from agentlab.errors import CallerError, FileUnusable, near
from agentlab.lab import Lab, Run
from agentlab.types import Approval, RunOptions

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
Thread = Annotated[str, typer.Option("--thread", metavar="NAME", help="The conversation it continues, by any name.")]
Approve = Annotated[
    list[str] | None,
    typer.Option(
        "--approve",
        metavar="WHEN",
        help="When you are asked: plan, changes, untrusted, failure; repeat it. none: never. Else as the settings say.",
    ),
]
Undo = Annotated[
    bool | None, typer.Option("--undo/--no-undo", help="Take back what it did where it fails or is cancelled.")
]
Check = Annotated[bool | None, typer.Option("--check/--no-check", help="Let a model look at each result.")]
Reason = Annotated[bool | None, typer.Option("--reason/--no-reason", help="Let a model look before each step.")]
Remember = Annotated[bool, typer.Option("--memory/--no-memory", help="Read your memory, and add to it.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="Id of a run.")]

_EXIT = {"succeeded": 0, "cancelled": 130, "waiting": 5, "paused": 5}
_MARKS = {"ok": "✓", "error": "✗", "cancelled": "■", "running": "…"}


def run(
    goal: Goal = "",
    plan: PlanFile = None,
    as_json: AsJson = False,
    model: Model = None,
    budget: Budget = None,
    domain: Domains = None,
    thread: Thread = "",
    approve: Approve = None,
    undo: Undo = None,
    check: Check = None,
    reason: Reason = None,
    memory: Remember = True,
) -> None:
    """Run a goal here and wait for its end."""
    with agentlab.open() as lab:
        how = _options(plan, model, budget, domain, thread, approve, undo, check, reason, memory=memory)
        started = lab.start(goal, **how)
        see_through(lab, started, as_json)


def _options(
    plan: Path | None,
    model: str | None,
    budget: float | None,
    domains: list[str] | None,
    thread: str,
    approve: list[str] | None,
    undo: bool | None,
    check: bool | None,
    reason: bool | None,
    *,
    memory: bool,
) -> RunOptions:
    """What the options of a command say."""
    return {
        "plan": read_json(plan),
        "model": model,
        "budget": budget,
        "domains": domains or (),
        "thread": thread,
        "approve": asked_when(approve),
        "undo": undo,
        "check": check,
        "reason": reason,
        "memory": memory,
    }


def see_through(lab: Lab, started: Run, as_json: bool) -> None:
    """Report a run of this process until its end, and leave with its exit code; Ctrl-C cancels it.

    What it asks is asked here, where somebody sits at the keyboard; else it is left waiting.
    """
    written = ""
    try:
        while True:
            written = "" if as_json else _follow(started)
            started.wait()
            if started.status != "waiting" or as_json or not (sys.stdin.isatty() and answer_here(lab, started)):
                break
    except KeyboardInterrupt:
        lab.cancel(started.run_id)
        started.wait()
    print_run(started, as_json, written=written)
    raise typer.Exit(_EXIT.get(started.status, 1))


def asked_when(approve: list[str] | None) -> list[Approval] | None:
    """The words behind ``--approve``, checked; None where there are none."""
    if approve is None:
        return None
    words = [word for given in approve for word in given.split(",") if word and word != "none"]
    known = get_args(Approval)
    for word in words:
        if word not in known:
            raise CallerError(
                f"--approve knows no '{word}'. {near(word, known)}", hint=f"It knows {', '.join(known)}, none."
            )
    return cast("list[Approval]", words)


def submit(
    goal: Goal = "",
    plan: PlanFile = None,
    as_json: AsJson = False,
    model: Model = None,
    budget: Budget = None,
    domain: Domains = None,
    thread: Thread = "",
    approve: Approve = None,
    undo: Undo = None,
    check: Check = None,
    reason: Reason = None,
    memory: Remember = True,
) -> None:
    """Queue a goal for a worker and return at once."""
    with agentlab.open() as lab:
        how = _options(plan, model, budget, domain, thread, approve, undo, check, reason, memory=memory)
        queued = lab.submit(goal, **how)
        print_queued(lab, queued, as_json)


def print_queued(lab: Lab, queued: Run, as_json: bool) -> None:
    """Say that a run waits for a worker, and whether there is one."""
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
            print(f"{row['run_id']}  {row['status']:<9}  {str(row['started_at'] or '')[:19]:<19}  {row['goal'][:70]}")
        if not found:
            print('No runs yet. Try: agentlab run "List the files in the drive"', file=sys.stderr)


def show(run_id: RunId, as_json: AsJson = False) -> None:
    """Show one run: its steps and its answer."""
    with agentlab.open() as lab:
        print_run(lab.run_of(run_id), as_json)


def cancel(run_id: RunId) -> None:
    """Stop a run, and take back what it did."""
    with agentlab.open() as lab:
        status = lab.cancel(run_id)
        lab.durable.wait_undone(run_id)
        print(status)


def read_json(plan: Path | None) -> dict[str, Any] | None:
    """The object in a plan file; None where no file is named. Raises ``FileUnusable``."""
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


def _follow(run: Run) -> str:
    """Print each step as it starts and ends, on stderr, and the answer while it is written, where somebody reads along.

    Returns what was printed of the answer.
    """
    written = ""
    for event in run.follow():
        if event["phase"] == "text" and sys.stdout.isatty() and event.get("run_id") == run.run_id:
            written = "" if event.get("restart") else written + event["text"]
            print("\n" if event.get("restart") else event["text"], end="", flush=True)
        elif event.get("kind") == "step":
            took = f"  {event['duration_ms'] / 1_000:.2f} s" if event["phase"] == "end" else ""
            why = f"  {event['error_message']}" if event.get("error_message") else ""
            print(f"{_MARKS.get(event['status'], '·')} {event['tool']}  {event['name']}{took}{why}", file=sys.stderr)
    return written


def print_run(run: Run, as_json: bool, *, written: str = "") -> None:
    """A run as it stands: its answer or its reason, what it asks, what it did, what it took.

    ``written`` is the beginning of the answer that stands there already.
    """
    found = run.as_dict()
    if as_json:
        print(json.dumps(found, ensure_ascii=False, default=str))
        return
    words = found["answer"] or found["error"]
    print(words[len(written) :] if words.startswith(written) else f"\n{words}")
    if found["answer"] and found["error"]:
        print(f"\n{found['error']}", file=sys.stderr)
    for question in run.questions:
        print(f"\n{described(question)}\n  agentlab approve {question.run_id} {question.name}", file=sys.stderr)
    for effect in found["effects"]:
        print(f"  {effect['state']:<7} {effect['tool']} ({effect['step']}) {effect['note']}".rstrip(), file=sys.stderr)
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
