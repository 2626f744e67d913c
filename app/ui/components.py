"""The two components of our own: a part of a page from plain data, and the trace of a run, stored or live."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from agentlab.insight.waterfall import Row
from agentlab.types import Step
from ui.nodes import Node

_ASSETS = Path(__file__).parent / "assets"


def _read(*names: str) -> str:
    return "\n".join((_ASSETS / name).read_text(encoding="utf-8") for name in names)


@st.cache_resource(show_spinner=False)
def _component(name: str, scripts: tuple[str, ...]) -> Any:
    return st.components.v2.component(
        f"agentlab_{name}",
        html=f'<div class="{name}"></div>',
        css=_read("base.css", f"{name}.css"),
        js=_read("elements.js", *scripts),
    )


def show(*nodes: Node, key: str) -> None:
    """Draw ``nodes``; a click on one of their links opens that page in this session."""
    made = _component("block", ("block.js",))(data={"nodes": nodes}, key=key, on_opened_change=_nothing)
    if made.opened:
        open_path(made.opened)


def open_path(path: str) -> None:
    """Go to a page of ours by its address, such as ``/run?run=run_01…``."""
    address = urlsplit(path)
    st.switch_page(f"page/{address.path.strip('/')}.py", query_params=dict(parse_qsl(address.query)))


def stored_trace(run_id: str, rows: Sequence[Row], *, key: str) -> None:
    """The waterfall of a run that has ended, with the details of the selected span."""
    _trace({"run_id": run_id, "rows": [row.as_dict() for row in rows], "events": None}, key)


def large_trace(run_id: str, spans: int, *, key: str) -> None:
    """The same for a trace of so many spans that the browser fetches them itself, and draws those in view."""
    _trace(
        {"run_id": run_id, "rows": [], "spans": spans, "table": f"/api/runs/{run_id}/waterfall", "events": None}, key
    )


def live_trace(run_id: str, steps: Iterable[Step], *, key: str) -> None:
    """The waterfall of a run as it grows; when the run has ended or rests, the page runs again.

    ``steps`` are those of a plan that is known beforehand; a planned run brings its own. ``drawn_at`` is new each time, so
    that a browser which has kept the part of a run that rested looks again once it goes on.
    """
    plan = [{"id": step.id, "description": step.description, "args": step.args} for step in steps]
    events = f"/api/runs/{run_id}/events"
    _trace({"run_id": run_id, "events": events, "plan": plan, "rows": [], "drawn_at": time.time()}, key)


def _trace(data: dict[str, Any], key: str) -> None:
    scripts = ("waterfall.js", "detail.js", "live.js", "trace.js")
    _component("trace", scripts)(data=data, key=key, on_done_change=_nothing)


def _nothing() -> None:
    """A component's event needs a callback to become an attribute of its result."""
