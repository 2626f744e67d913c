"""Compare: two runs side by side, call by call, with the first difference marked. The address names them, to be shared."""

from __future__ import annotations

from typing import Any

import streamlit as st

from agentlab.insight import written
from agentlab.trace import utc_now
from ui import compared, nodes, states
from ui.bench import recent_runs, the_lab
from ui.components import show

lab = the_lab()
now = utc_now()
known: dict[str, dict[str, Any]] = {run["run_id"]: run for run in recent_runs(limit=200) if run["status"] != "queued"}


def choose(side: str) -> str | None:
    """A run, by its goal and age; the address chooses first."""
    given = st.query_params.get(side)
    options = [*known, *([given] if given and given not in known else [])]
    place = options.index(given) if given in options else None
    chosen: str | None = st.selectbox(
        f"Run {side.upper()}",
        options,
        index=place,
        format_func=in_words,
        key=f"compare-{side}",
        placeholder="Choose a run",
    )
    if chosen and chosen != given:
        st.query_params[side] = chosen
    return chosen


def in_words(run_id: str) -> str:
    """What a run is called in the list."""
    run = known.get(run_id)
    return f"{written.ago(run['started_at'], now)}, {run['status']}: {run['goal'] or run_id}" if run else run_id


def show_comparison(a: str, b: str) -> None:
    """Figures, then the calls."""
    with states.caught("compare-error"):
        found = lab.compare(a, b)
    show(compared.summary(found), key="verdict")
    show(compared.figures(found), key="sides")
    st.subheader("Call by call", anchor=False)
    show(compared.pairs(found), key="pairs")


show(nodes.head("Compare runs", lead="What differs between two runs, and where they part."), key="head")
left, right = st.columns(2)
with left:
    a = choose("a")
with right:
    b = choose("b")
if a and b:
    show_comparison(a, b)
else:
    text = "Each call of the one stands beside that of the other; what differs is shown, and the first of it is marked."
    states.empty("Choose two runs", text, key="none")
