"""Parts of a page as plain data. The browser makes elements of it, all text as text: no HTML, no Markdown, no image."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from agentlab.agent.graph import dependencies
from agentlab.insight import written
from agentlab.insight.palette import kind_of
from agentlab.types import Plan, Step, ToolSpec, to_credits

Node = dict[str, Any] | str
STATE = {"succeeded": "ok", "failed": "error", "queued": "pending", "waiting": "pending"}
"""Icon of a run's status, where it has another name."""
_REFERENCE = re.compile(r"(\{\{[^{}]*\}\})")


def el(tag: str, *children: Node | None, kind: str = "", href: str = "", **attributes: str) -> Node:
    """One element. ``kind`` is its CSS class; ``href`` leads to a page of this server and is dropped otherwise."""
    named = {name.replace("_", "-"): value for name, value in attributes.items()}
    if kind:
        named["class"] = kind
    return {
        "tag": tag,
        "attributes": named,
        "href": href,
        "children": [child for child in children if child is not None],
    }


def icon(state: str) -> Node:
    """The shape of a state: ok, error, running, pending, paused, cancelled, crashed."""
    return {"icon": STATE.get(state, state)}


def badge(status: str) -> Node:
    """A run's status as shape, word and colour."""
    return el("span", icon(status), status.capitalize(), kind=f"badge {status}")


def head(title: str, *, lead: str = "", status: str = "", facts: Sequence[Node] = (), run_id: str = "") -> Node:
    """The top of a page: its title, then one sentence, or a line with status and facts."""
    line = [
        badge(status) if status else None,
        *(el("span", fact) for fact in facts),
        el("code", run_id) if run_id else None,
    ]
    row = el("div", *line, kind="facts") if any(line) else None
    return el("section", el("h1", title), el("p", lead, kind="lead") if lead else None, row, kind="head")


def titled(title: str, note: str) -> Node:
    """The title of a part of a page, with a remark beside it."""
    return el("div", el("h2", title), el("span", note), kind="titled")


def rests_on(steps: Sequence[str]) -> list[Node]:
    """A quiet line with the steps that an answer rests on; nothing where there are none."""
    names = (part for name in steps for part in (" ", el("code", name)))
    return [el("p", "Rests on", *names, kind="soft cites")] if steps else []


def tiles(figures: Iterable[tuple[str, str, str]]) -> Node:
    """Figures side by side, each as label, value and a remark below."""
    parts = (
        el(
            "div",
            el("div", label, kind="label"),
            el("div", value, kind="value"),
            el("div", note or "\u00a0", kind="note", title=note),
        )
        for label, value, note in figures
    )
    return el("div", *parts, kind="tiles")


def card(title: str, text: str, remark: str = "") -> Node:
    """What a card says above its button."""
    return el("div", el("h3", title), el("p", text), el("p", remark, kind="why") if remark else None, kind="card")


def notice(title: str, text: str = "", hint: str = "", *, state: str = "error") -> Node:
    """What failed, why, and what to do next; ``state`` other than ``error`` makes it a calm note."""
    parts = [el("p", line) for line in (text, hint) if line]
    role = "alert" if state == "error" else "note"
    return el("div", icon(state), el("div", el("h3", title), *parts), kind=f"notice {state}", role=role)


def empty(title: str, text: str) -> Node:
    """A place that has nothing to show yet, and what would fill it."""
    return el("div", el("h3", title), el("p", text), kind="empty")


def run_list(runs: Iterable[dict[str, Any]], now: datetime) -> Node:
    """Runs as rows that open their page; columns of the view ``runs``, ``now`` in UTC without zone."""
    names = [
        ("", "Status"),
        ("", "Goal"),
        ("quiet model", "Model"),
        ("number", "Time"),
        ("number credits", "Credits"),
        ("number when", "Started"),
    ]
    top = el(
        "div",
        *(el("span", "" if name == "Status" else name, kind=kind) for kind, name in names),
        kind="top",
        aria_hidden="true",
    )
    return el("div", top, *(_run_row(run, now) for run in runs), kind="runs")


def _run_row(run: dict[str, Any], now: datetime) -> Node:
    took = None if run["duration_s"] is None else run["duration_s"] * 1_000
    return el(
        "a",
        icon(run["status"]),
        el("span", run["goal"] or run["run_id"], el("span", f", {run['status']}", kind="unread"), kind="goal"),
        el("span", run["model"] or "", kind="quiet model"),
        el("span", written.duration(took), kind="number"),
        el("span", written.credits(run["credits"]), kind="number credits"),
        el("span", written.ago(run["started_at"], now), kind="number quiet when"),
        kind="run",
        href=f"/run?run={run['run_id']}",
        title=run["goal"] or "",
    )


def error_list(errors: Iterable[dict[str, Any]], now: datetime) -> Node:
    """Errors as rows: how often, where, the last message; each opens the last run that had it."""
    rows = [
        el(
            "a",
            icon("error"),
            el("span", el("b", row["error"] or "error"), f"  {row['message'] or ''}", kind="goal"),
            el("span", row["place"], kind="quiet model"),
            el("span", f"{row['times']} ×", kind="number"),
            el("span", written.ago(row["last_seen"], now), kind="number quiet when"),
            kind="run",
            href=f"/run?run={row['run_id']}",
            title=row["message"] or "",
        )
        for row in errors
    ]
    return el("div", *rows, kind="runs errors")


def score_list(scores: Iterable[dict[str, Any]], now: datetime) -> Node:
    """Scores as rows: name, what is said, why, by whom and when; columns of the view ``scores``."""
    rows = (
        el(
            "div",
            el("strong", row["name"]),
            el("span", said, kind="said"),
            el(
                "span",
                row["text"] or "",
                el("span", f" on span {row['span_id']}", kind="quiet") if row["span_id"] else None,
                kind="why",
            ),
            el("span", f"{row['author'] or 'unknown'} ({row['source']})", kind="quiet"),
            el(
                "span",
                written.ago(row["recorded_at"], now),
                kind="number quiet",
                title=f"{row['recorded_at']:%Y-%m-%d %H:%M} UTC",
            ),
            kind="score",
        )
        for row in scores
        for said in [" ".join(filter(None, (row["label"], None if row["value"] is None else f"{row['value']:g}")))]
    )
    return el("div", *rows, kind="scores")


def plan_list(plan: Plan, specs: Iterable[ToolSpec]) -> Node:
    """A plan as numbered steps: what, with which tool and arguments, after which others, for how many credits."""
    known = {spec.name: spec for spec in specs}
    number = {step.id: str(place) for place, step in enumerate(plan.steps, 1)}
    return el("ol", *(_step(step, number, known.get(step.tool)) for step in plan.steps), kind="plan")


def _step(step: Step, number: dict[str, str], spec: ToolSpec | None) -> Node:
    waits = sorted((number.get(name, name) for name in dependencies(step)), key=lambda text: (len(text), text))
    after = f"after {' and '.join(waits)}" if waits else "starts at once"
    tool = el("span", el("span", kind=f"dot {kind_of('tool', spec.category if spec else None)}"), step.tool)
    fee = written.counted(written.credits(to_credits(spec.credits)), "credit") if spec else written.UNKNOWN
    args = el("dl", *(part for name, value in step.args.items() for part in _argument(name, value)), kind="args")
    what = [el("div", step.description or step.id, kind="what"), el("div", tool, el("span", after), kind="how")]
    return el(
        "li",
        el("span", number[step.id], kind="count"),
        el("div", *what),
        el("span", fee, kind="fee"),
        args if step.args else None,
    )


def _argument(name: str, value: Any) -> list[Node]:
    text = value if isinstance(value, str) else written.as_json(value)
    short = text if len(text) <= 400 else f"{text[:400]} …"
    parts: list[Node] = [
        el("span", part, kind="ref") if _REFERENCE.fullmatch(part) else part for part in _REFERENCE.split(short) if part
    ]
    return [el("dt", name), el("dd", *parts)]
