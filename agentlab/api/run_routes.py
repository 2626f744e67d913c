"""Runs: submit, look up, watch, cancel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Request
from fastapi import Query as Param
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from agentlab.api.lab_routes import TheLab
from agentlab.api.live import Viewers
from agentlab.api.shapes import Json, NewRun, Status, Table
from agentlab.insight import telemetry

HEARTBEAT_S = 15
"""Seconds between two comments on a silent stream, so that no proxy closes it."""

router = APIRouter(prefix="/runs", tags=["runs"])


@router.post("", status_code=202, response_model=Status)
def submit(body: NewRun, lab: TheLab) -> Any:
    """Queue a goal for a worker; returns at once."""
    options = body.model_dump(exclude={"goal"})
    run = lab.submit(body.goal, **options)
    return Json({"run_id": run.run_id, "status": run.status}, status_code=202)


@router.get("", response_model=Table)
def recent(lab: TheLab, limit: Annotated[int, Param(ge=1, le=1_000)] = 50) -> Any:
    """The newest runs that have begun, columns as in the view ``runs``."""
    rows = telemetry.recent_runs(lab.sql, limit=limit).rows
    return Json({"columns": rows.columns, "rows": rows.rows(), "truncated": len(rows) == limit})


@router.get("/{run_id}", response_class=Json)
def show(run_id: str, lab: TheLab) -> Any:
    """One run: status, answer, error, steps with their results, credits, cost in US dollars, duration in seconds."""
    return Json(lab.run_of(run_id).as_dict())


@router.post("/{run_id}/cancel", response_model=Status)
def cancel(run_id: str, lab: TheLab) -> Any:
    """Stop a run, and take back what it did. A run that has ended keeps its status."""
    return Json({"run_id": run_id, "status": lab.cancel(run_id)})


@router.get("/{run_id}/spans", response_class=Json)
def spans(run_id: str, lab: TheLab) -> Any:
    """The run's trace so far: columns of the view ``spans``, in the order in which they began."""
    return Json(lab.run_of(run_id).spans)


@router.get("/{run_id}/events", response_class=EventSourceResponse)
async def events(
    run_id: str, request: Request, lab: TheLab, last_event_id: Annotated[str | None, Header()] = None
) -> EventSourceResponse:
    """Server-sent events: each is a span's columns and ``phase`` (start, end); the last one's phase is ``done``.

    The answer comes while it is written, as ``{phase: "text", text}``; with ``restart`` what came before is void.

    Every event has an id; a viewer that comes back with ``Last-Event-ID`` misses none and gets none twice.
    """
    await run_in_threadpool(lab.run_of, run_id)
    viewers: Viewers = request.app.state.viewers
    return EventSourceResponse(_sent(viewers, run_id, _number(last_event_id)), ping=HEARTBEAT_S)


async def _sent(viewers: Viewers, run_id: str, after: int) -> AsyncIterator[ServerSentEvent]:
    async for number, event in viewers.watch(run_id, after):
        yield ServerSentEvent(id=str(number), data=orjson.dumps(event, default=str).decode())


def _number(event_id: str | None) -> int:
    return int(event_id) if event_id and event_id.isdecimal() else 0
