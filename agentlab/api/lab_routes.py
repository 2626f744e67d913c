"""The lab itself: health, tools, models, checks, queries."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request

from agentlab import __version__
from agentlab.api.shapes import Health, Json, Query, Table

if TYPE_CHECKING:
    from agentlab.lab import Lab

router = APIRouter(tags=["lab"])


def the_lab(request: Request) -> Lab:
    """The lab that this application serves."""
    lab: Lab = request.app.state.lab
    return lab


TheLab = Annotated[Any, Depends(the_lab)]


@router.get("/health")
async def health() -> Health:
    """Whether the server answers."""
    return Health(ok=True, version=__version__)


@router.get("/tools", response_class=Json)
def tools(lab: TheLab) -> Any:
    """Every tool with its JSON schema, fee (micro-credits) and limits."""
    return Json([asdict(spec) for spec in lab.tools.specs()])


@router.get("/models", response_class=Json)
def models(lab: TheLab) -> Any:
    """Every model that a run may name."""
    return Json(list(lab.models()))


@router.get("/doctor", response_class=Json)
def doctor(lab: TheLab) -> Any:
    """What works on this machine and what does not, each with the next step."""
    return Json([{"name": c.name, "ok": c.ok, "detail": c.detail, "hint": c.hint} for c in lab.doctor()])


@router.post("/sql", response_model=Table)
def sql(body: Query, lab: TheLab) -> Any:
    """The answer to one read-only statement over spans, runs, steps, llm_calls, tool_calls, errors, cost_daily."""
    found = lab.query(body.query, max_rows=body.max_rows)
    return Json({"columns": found.columns, "rows": found.rows, "truncated": found.truncated})
