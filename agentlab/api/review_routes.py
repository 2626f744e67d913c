"""What is recorded of a run, and how it compares: its trace for drawing, one span whole, two runs side by side, scores."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import orjson
from fastapi import APIRouter
from fastapi import Query as Param
from starlette.responses import Response

from agentlab.api.lab_routes import TheLab
from agentlab.api.shapes import Json, NewScore

MOST_CHARACTERS = 20_000
"""Characters of a payload that are sent unless more is asked for."""

router = APIRouter(tags=["runs"])


@router.get("/runs/{run_id}/waterfall", response_class=Response)
def waterfall(run_id: str, lab: TheLab) -> Any:
    """The run's trace as rows to draw, parents before children: `{columns, rows}`, without attributes and payloads."""
    return Response(orjson.dumps(lab.waterfall(run_id)), media_type="application/json")


@router.get("/runs/{run_id}/spans/{span_id}/payloads", response_class=Json)
def payloads(run_id: str, span_id: str, lab: TheLab, limit: Annotated[int, Param(ge=0)] = MOST_CHARACTERS) -> Any:
    """One span whole: `{span, payloads: {role: {bytes, content}}}`.

    A payload of more than `limit` characters has its `beginning` in place of `content`; 0 is no limit.
    """
    return Json(lab.detail(run_id, span_id, limit=limit))


@router.get("/compare", response_class=Json)
def compare(a: str, b: str, lab: TheLab) -> Any:
    """Two runs call by call: `{same, a, b, rows, first_difference}`, as `agentlab diff --json` prints it."""
    return Json(lab.compare(a, b).as_dict())


@router.get("/runs/{run_id}/scores", response_class=Json)
def scores(run_id: str, lab: TheLab) -> Any:
    """What is thought of the run and its spans: rows of the view `scores`, oldest first."""
    return Json(lab.scores_of(run_id))


@router.post("/runs/{run_id}/scores", status_code=201, response_class=Json)
def add_score(run_id: str, body: NewScore, lab: TheLab) -> Any:
    """Say what is thought of the run, or of one of its spans: a number, a label, a comment, or all of them."""
    said = lab.score(run_id, **body.model_dump())
    return Json(asdict(said), status_code=201)
