"""Schedules and notifications as parts of a page. Goals, answers and reasons stay text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from agentlab.insight import written
from agentlab.types import Notification, Schedule
from ui.nodes import Node, badge, el, icon


def schedule_face(it: Schedule, now: datetime) -> Node:
    """One schedule: its name and times, its goal, when it comes next, how it went the last time."""
    facts = {"Goal": it.goal, "Next": "paused" if it.paused else coming(it.next_times, it.timezone)}
    rows = [part for name, value in facts.items() for part in (el("dt", name), el("dd", value))]
    return el(
        "div",
        el("div", el("h2", it.name), el("code", it.cron), el("span", it.timezone), kind="titled"),
        el("dl", *rows, el("dt", "Last"), _last(it, now), kind="about"),
    )


def coming(moments: Sequence[float], zone: str) -> str:
    """Times in a zone, one after the other; a line breaks between two of them only."""
    written_out = (f"{datetime.fromtimestamp(moment, ZoneInfo(zone)):%a %d %b %Y, %H:%M}" for moment in moments)
    return " · ".join(text.replace(" ", "\u00a0") for text in written_out)


def _last(it: Schedule, now: datetime) -> Node:
    if it.error:
        return el("dd", icon("error"), f" made no run: {it.error}")
    if not it.last_run:
        return el("dd", "not yet")
    when = f" {written.ago(_moment(it.due_at), now)}" if it.due_at else ""
    return el("dd", el("a", badge(it.last_status or "succeeded"), when, href=f"/run?run={it.last_run}"))


def notification_list(found: Iterable[Notification], now: datetime) -> Node:
    """Messages as rows that open their run; what was not read stands out."""
    return el("div", *(_row(told, now) for told in found), kind="told")


def _row(told: Notification, now: datetime) -> Node:
    unsent = f"Not sent: {told.error or 'waiting for its turn'}" if told.unsent else ""
    return el(
        "a",
        icon(told.status),
        el(
            "span",
            el("strong", told.title),
            None if told.read_at else el("span", "new", kind="tag"),
            el("span", told.text, kind="soft"),
            el("span", unsent, kind="warned") if unsent else None,
        ),
        el("span", written.ago(_moment(told.at), now), kind="number quiet"),
        href=f"/run?run={told.run_id}" if told.run_id else "/schedules",
        kind="read" if told.read_at else "",
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def bell(unread: int) -> Node:
    """How much was not read, as a link to it."""
    return el("p", el("a", written.counted(unread, "unread notification"), href="/notifications"), kind="bell")
