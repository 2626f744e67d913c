"""What outlives a run, over HTTP: memories and conversations."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Query as Param
from starlette.responses import Response

from agentlab.api.lab_routes import TheLab
from agentlab.api.shapes import ChangedMemory, Json, Kind, NewMemory, NewTitle

router = APIRouter(tags=["memory"])

Limit = Annotated[int, Param(ge=1, le=10_000)]


@router.get("/memories", response_class=Json)
def memories(
    lab: TheLab,
    query: str = "",
    kind: Kind | None = None,
    limit: Limit = 100,
    min_score: Annotated[float, Param(ge=0, le=1)] = 0.0,
) -> Any:
    """What the memory holds, the newest first; with `query` what fits it, best first, each with a `score` of 0 to 1."""
    return Json([asdict(one) for one in lab.memories(query, kind=kind, limit=limit, min_score=min_score)])


@router.post("/memories", status_code=201, response_class=Json)
def remember(body: NewMemory, lab: TheLab) -> Any:
    """Remember something, without its secrets."""
    return Json(asdict(lab.remember(body.text, kind=body.kind, importance=body.importance)), status_code=201)


@router.patch("/memories/{memory_id}", response_class=Json)
def edit(memory_id: str, body: ChangedMemory, lab: TheLab) -> Any:
    """Change a memory; what is left out stays."""
    return Json(asdict(lab.edit_memory(memory_id, **body.model_dump())))


@router.delete("/memories/{memory_id}", status_code=204, response_class=Response)
def forget(memory_id: str, lab: TheLab) -> None:
    """Wipe a memory for good."""
    lab.forget(memory_id)


@router.get("/threads", response_class=Json)
def threads(lab: TheLab, limit: Limit = 100) -> Any:
    """The conversations, the last used first: `{thread, title, turns, at}`."""
    return Json(lab.threads(limit=limit))


@router.get("/threads/{thread:path}", response_class=Json)
def thread(thread: str, lab: TheLab) -> Any:
    """All turns of a conversation, oldest first: `{run_id, goal, answer, found, untrusted, at}`."""
    return Json([asdict(turn) for turn in lab.thread(thread)])


@router.patch("/threads/{thread:path}", status_code=204, response_class=Response)
def rename(thread: str, body: NewTitle, lab: TheLab) -> None:
    """Give a conversation a title."""
    lab.rename_thread(thread, body.title)


@router.delete("/threads/{thread:path}", status_code=204, response_class=Response)
def delete(thread: str, lab: TheLab) -> None:
    """Delete a conversation; its runs and what the memory holds stay."""
    lab.delete_thread(thread)
