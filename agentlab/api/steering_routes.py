"""Steering runs: what they ask and what is said to it, pause, fork, take back; teams and credits."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from agentlab.api.lab_routes import TheLab
from agentlab.api.shapes import Answer, Fork, Json, NewTeam, Status
from agentlab.types import to_credits

router = APIRouter(tags=["runs"])


@router.get("/questions", response_class=Json)
def questions(lab: TheLab, run_id: str = "") -> Any:
    """What runs ask and nobody has answered, oldest first: `{run_id, name, about, why, step, tool, args, plan, asked_at}`."""
    return Json([asdict(question) for question in lab.questions(run_id)])


@router.post("/runs/{run_id}/approve", response_model=Status)
def approve(run_id: str, body: Answer, lab: TheLab) -> Any:
    """Say yes to what the run asks, as it is or changed."""
    status = lab.approve(run_id, body.question, plan=body.plan, args=body.args, note=body.note)
    return Json({"run_id": run_id, "status": status})


@router.post("/runs/{run_id}/deny", response_model=Status)
def deny(run_id: str, body: Answer, lab: TheLab) -> Any:
    """Say no to what the run asks."""
    return Json({"run_id": run_id, "status": lab.deny(run_id, body.question, note=body.note)})


@router.post("/runs/{run_id}/pause", response_model=Status)
def pause(run_id: str, lab: TheLab) -> Any:
    """Let the run rest before its next step."""
    return Json({"run_id": run_id, "status": lab.pause(run_id)})


@router.post("/runs/{run_id}/resume", response_model=Status)
def resume(run_id: str, lab: TheLab) -> Any:
    """Let a paused run go on."""
    return Json({"run_id": run_id, "status": lab.resume(run_id)})


@router.post("/runs/{run_id}/fork", status_code=202, response_model=Status)
def fork(run_id: str, body: Fork, lab: TheLab) -> Any:
    """Queue a new run that begins in the middle of this one."""
    run = lab.fork(run_id, body.step, args=body.args, model=body.model, budget=body.budget)
    return Json({"run_id": run.run_id, "status": run.status}, status_code=202)


@router.get("/runs/{run_id}/effects", response_class=Json)
def effects(run_id: str, lab: TheLab) -> Any:
    """What the run did to the world: `{run_id, key, step, tool, args, state, undo, note}`, in that order."""
    return Json([asdict(effect) for effect in lab.effects(run_id)])


@router.post("/runs/{run_id}/undo", status_code=202, response_class=Json)
def undo(run_id: str, lab: TheLab) -> Any:
    """Begin to take back what the run did; `effects` shows how far it is."""
    lab.begin_undo(run_id)
    return Json([asdict(effect) for effect in lab.effects(run_id)], status_code=202)


@router.post("/teams", status_code=202, response_model=Status)
def team(body: NewTeam, lab: TheLab) -> Any:
    """Queue several goals that depend on each other, as one run."""
    options = body.model_dump(include={"goal", "answer", "model", "budget", "thread"})
    run = lab.team(body.members, here=False, **options)
    return Json({"run_id": run.run_id, "status": run.status}, status_code=202)


@router.get("/credits", response_class=Json)
def credits(lab: TheLab) -> Any:
    """The credits of the lab's user: `{user, granted, spent, held, left}`; null for no limit."""
    found = lab.balance()
    shown = {name: None if value is None else to_credits(value) for name, value in _amounts(found).items()}
    return Json({"user": found.user} | shown)


def _amounts(found: Any) -> dict[str, int | None]:
    return {"granted": found.granted, "spent": found.spent, "held": found.held, "left": found.left}
