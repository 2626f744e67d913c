"""Schedules, and what was told of runs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi import Query as Param
from pydantic import Field

from agentlab.api.lab_routes import TheLab
from agentlab.api.shapes import Body, Json, NewRun, Status

router = APIRouter(tags=["schedules"])


class NewSchedule(NewRun):
    """A goal that is to run again and again."""

    goal: str = Field("", description="What is to be done, in words; may be left out where the plan names it.")
    name: str = Field(description="Up to 64 letters, digits, - _ and dots; one of the same name gives way.")
    cron: str = Field(
        description="Five fields, such as `0 7 * * MON-FRI`, or `@hourly`, `@daily`, `@weekly`, `@monthly`."
    )
    timezone: str = Field("UTC", description="IANA name of the zone of these times.")
    domains: list[str] = Field([], description="Hosts that its tools may reach; all public ones where empty.")
    catch_up: bool = Field(True, description="Make up for the last of the times that no worker lived at.")
    notify: list[Literal["failed", "succeeded", "cancelled", "waiting", "long"]] | None = Field(
        None, description="What is told outward of its runs; as the settings say where missing."
    )


class Read(Body):
    """Messages that were read."""

    ids: list[int] | None = Field(None, description="Their ids; all where missing.")


@router.get("/schedules", response_class=Json)
def schedules(lab: TheLab) -> Any:
    """All schedules by name, each with its next three times, its last run and where that is. Times in seconds, UTC."""
    return Json([asdict(found) for found in lab.schedules()])


@router.post("/schedules", status_code=201, response_class=Json)
def schedule(body: NewSchedule, lab: TheLab) -> Any:
    """Run a goal at the times of a cron line, by whatever worker lives then."""
    return Json(asdict(lab.schedule(**body.model_dump())), status_code=201)


@router.get("/schedules/next", response_class=Json)
def next_times(lab: TheLab, cron: str, timezone: str = "UTC", count: Annotated[int, Param(ge=1, le=50)] = 3) -> Any:
    """When a cron line comes next, in seconds since the epoch; 400 says what is wrong with it."""
    return Json(lab.next_times(cron, timezone, count))


@router.delete("/schedules/{name}", status_code=204)
def unschedule(name: str, lab: TheLab) -> None:
    """Take a schedule away; its runs stay."""
    lab.unschedule(name)


@router.post("/schedules/{name}/pause", response_class=Json)
def pause(name: str, lab: TheLab) -> Any:
    """Let a schedule rest; times that pass meanwhile are not made up for."""
    return Json(asdict(lab.pause_schedule(name)))


@router.post("/schedules/{name}/resume", response_class=Json)
def resume(name: str, lab: TheLab) -> Any:
    """Let a schedule go on with its next time."""
    return Json(asdict(lab.resume_schedule(name)))


@router.post("/schedules/{name}/run", status_code=202, response_model=Status)
def run(name: str, lab: TheLab) -> Any:
    """Queue a run of a schedule now, beside its times."""
    begun = lab.run_schedule(name)
    return Json({"run_id": begun.run_id, "status": begun.status}, status_code=202)


@router.get("/notifications", response_class=Json)
def notifications(lab: TheLab, unread: bool = False, limit: Annotated[int, Param(ge=1, le=1_000)] = 100) -> Any:
    """`{unread, notifications}`: how many were not read, and what was told of runs, the newest first."""
    found = [asdict(told) for told in lab.notifications(unread=unread, limit=limit)]
    return Json({"unread": lab.unread(), "notifications": found})


@router.post("/notifications/read", response_class=Json)
def mark_read(body: Read, lab: TheLab) -> Any:
    """Mark messages as read; `{read}` is how many were not."""
    return Json({"read": lab.mark_read(body.ids)})
