"""Memories and conversations as parts of a page. All that stands in them is text from runs and people and stays text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from agentlab.insight import written
from agentlab.types import Memory, Turn
from ui.nodes import Node, el
from ui.prose import prose

YOU = "you"
"""The source of what a person has written."""


def memory_list(memories: Iterable[Memory], now: datetime) -> Node:
    """Memories as rows: the text opens the memory, its source opens the run; ``now`` in UTC without zone."""
    return el("div", *(_row(memory, now) for memory in memories), kind="memories")


def _row(memory: Memory, now: datetime) -> Node:
    score = "" if memory.score is None else f"fits {memory.score:.2f}"
    return el(
        "div",
        el("span", memory.kind, kind=f"kind {memory.kind}"),
        el("a", memory.text, kind="said", href=f"/memory?{urlencode({'memory': memory.id})}", title="Edit or forget"),
        el(
            "span",
            el("span", f"importance {memory.importance:.1f}"),
            el("span", score) if score else None,
            source(memory.source),
            el("span", written.ago(moment(memory.at), now)),
            kind="facts",
        ),
        kind="memory",
    )


def source(name: str) -> Node:
    """Where a memory is from: a run that opens, or you."""
    if name == YOU:
        return el("span", "by you")
    return el("a", "from a run", href=f"/run?{urlencode({'run': name})}", title=name)


def thread_list(threads: Iterable[dict[str, Any]], now: datetime) -> Node:
    """Conversations as rows that open theirs; as ``Lab.threads`` gives them."""
    rows = (
        el(
            "a",
            el("span"),
            el("span", row["title"] or row["thread"], kind="goal"),
            el("span", row["thread"], kind="quiet model"),
            el("span", written.counted(row["turns"], "turn"), kind="number"),
            el("span", kind="number credits"),
            el("span", written.ago(moment(row["at"]), now), kind="number quiet when"),
            kind="run",
            href=f"/memory?{urlencode({'thread': row['thread']})}",
            title=row["title"],
        )
        for row in threads
    )
    return el("div", *rows, kind="runs")


def turn_view(turn: Turn, now: datetime) -> Node:
    """One turn: what was asked, what was answered, and the run behind it."""
    run = el("a", "Open the run", href=f"/run?{urlencode({'run': turn.run_id})}", title=turn.run_id)
    return el(
        "section",
        el("h3", turn.goal),
        prose(turn.answer) if turn.answer else el("p", "No answer yet.", kind="soft"),
        el("span", run, el("span", written.ago(moment(turn.at), now)), kind="facts"),
        kind="turn",
    )


def moment(at: float) -> datetime:
    """Seconds since the epoch as a time in UTC without zone."""
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
