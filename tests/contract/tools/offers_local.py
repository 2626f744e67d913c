"""Scenarios of the drive, the AI tools and the calendar."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from offer_world import UPLOAD_MOST, Case, Refusing, World, scenario
from pdf_files import pdf

from agentlab.tools.drive.reading import MAX_READ

AI = "ai.summarize ai.extract ai.chat"
READS: dict[str, dict[str, Any]] = {
    "ai.summarize": {},
    "ai.extract": {"fields": ["dates"]},
    "ai.chat": {"prompt": "When did it rain?"},
    "drive.download": {},
    "drive.share": {"with": ["ann@example.org"]},
}


def of_file(tool: str, path: str) -> dict[str, Any]:
    return {**READS[tool], "file": path}


# --- files ----------------------------------------------------------------------------------------------------------------


@scenario(f"{AI} drive.download drive.share", "outside")
def outside(world: World, tool: str) -> Case:
    return Case(args=of_file(tool, "../../etc/passwd"), changed=of_file(tool, "kept.txt"))


@scenario(f"{AI} drive.download drive.share", "not_found")
def not_found(world: World, tool: str) -> Case:
    return Case(args=of_file(tool, "keptt.txt"), changed=of_file(tool, "kept.txt"))


@scenario("drive.list", "outside")
def folder_outside(world: World, tool: str) -> Case:
    return Case(args={"folder": "../.."}, changed={"folder": ""})


@scenario("drive.list", "not_found")
def no_folder(world: World, tool: str) -> Case:
    return Case(args={"folder": "nowhere"}, changed={"folder": ""})


@scenario("drive.upload", "outside")
def not_from_here(world: World, tool: str) -> Case:
    return Case(args={"path": "/etc/passwd"}, changed={"path": "own.txt"})


@scenario(AI, "not_text")
def not_text(world: World, tool: str) -> Case:
    (world.drive / "a.png").write_bytes(b"\x89PNG")
    return Case(args=of_file(tool, "a.png"), changed=of_file(tool, "kept.txt"))


@scenario(f"{AI} drive.download", "too_large")
def too_large(world: World, tool: str) -> Case:
    (world.drive / "big.txt").write_bytes(b"x" * (max(MAX_READ, UPLOAD_MOST) + 1))
    return Case(args=of_file(tool, "big.txt"), changed=of_file(tool, "kept.txt"))


@scenario(AI, "garbled")
def garbled(world: World, tool: str) -> Case:
    (world.drive / "a.docx").write_bytes(b"no zip")
    return Case(args=of_file(tool, "a.docx"), changed=of_file(tool, "kept.txt"))


@scenario(AI, "encrypted")
def encrypted(world: World, tool: str) -> Case:
    (world.drive / "locked.pdf").write_bytes(pdf("Rent", password="right"))
    return Case(args=of_file(tool, "locked.pdf"))


@scenario(AI, "not_installed")
def not_installed(world: World, tool: str) -> Case:
    world.good("drive.createDoc", {"title": "w", "content": "word", "format": "docx"})
    world.without("docx", "agentlab.tools.drive.from_word")
    return Case(args=of_file(tool, "w.docx"))


@scenario("drive.createDoc", "not_installed")
def no_word(world: World, tool: str) -> Case:
    world.without("docx", "agentlab.tools.drive.to_word")
    args = {"title": "w", "content": "word"}
    return Case(args=args | {"format": "docx"}, changed=args | {"format": "markdown"})


@scenario("drive.createSheet", "not_installed")
def no_excel(world: World, tool: str) -> Case:
    world.without("openpyxl", "agentlab.tools.drive.to_excel")
    args = {"title": "w", "rows": [[1]]}
    return Case(args=args | {"format": "xlsx"}, changed=args | {"format": "csv"})


@scenario("drive.createDoc", "too_large")
def too_long_for_word(world: World, tool: str) -> Case:
    args = {"title": "w", "content": "x" * 2_000_001}
    return Case(args=args | {"format": "docx"}, changed=args | {"format": "markdown"})


@scenario("drive.createSheet", "too_large")
def too_long_for_excel(world: World, tool: str) -> Case:
    args = {"title": "w", "rows": [["x" * 40_000]]}
    return Case(args=args | {"format": "xlsx"}, changed=args | {"format": "csv"})


MADE: dict[str, dict[str, Any]] = {
    "drive.createDoc": {"title": "w", "content": "word"},
    "drive.createSheet": {"title": "w", "rows": [[1]]},
    "drive.upload": {"path": "own.txt"},
    "drive.download": {"file": "kept.txt"},
}


@scenario(" ".join(MADE), "changed")
def worked_on(world: World, tool: str) -> Case:
    def work(made: Any) -> None:
        place = Path(made.data["path"])
        (place if place.is_absolute() else world.drive / place).write_text("worked on")

    return Case(args=MADE[tool], taking_back=work)


# --- models ---------------------------------------------------------------------------------------------------------------


@scenario(AI, "model")
def model_away(world: World, tool: str) -> Case:
    world.model = Refusing(tool.partition(".")[2])
    args = {**READS[tool], ("context" if tool == "ai.chat" else "text"): "It rained on 3 May 2026."}
    asked = {"prompt": "What are the dates in this text?", "context": "It rained on 3 May 2026."}
    return Case(args=args, other=("ai.chat", asked))


@scenario(AI, "no_model")
def no_model(world: World, tool: str) -> Case:
    world.model = None
    return Case(args=of_file(tool, "kept.txt"))


# --- the calendar ---------------------------------------------------------------------------------------------------------

REVIEW = {"title": "Review", "start": "2026-03-10T15:00"}
CHANGING = "calendar.create calendar.update calendar.delete"


def review(world: World, **more: Any) -> str:
    return str(world.good("calendar.create", REVIEW | more).data["id"])


def on_event(world: World, tool: str, **args: Any) -> dict[str, Any]:
    """Arguments of a tool on one event that is there."""
    if tool == "calendar.create":
        return {"title": "Other", "start": "2026-03-11T15:00"} | args
    event = {"event": review(world)}
    return event | ({"start": "2026-03-11T15:00"} | args if tool == "calendar.update" else {})


@scenario("calendar.create calendar.update", "invalid_time")
def invalid_time(world: World, tool: str) -> Case:
    good = on_event(world, tool)
    return Case(args=good | {"start": "soon"}, changed=good)


@scenario("calendar.list", "invalid_time")
def invalid_days(world: World, tool: str) -> Case:
    return Case(args={"from": "2026-03-10", "to": "2026-03-01"}, changed={"from": "2026-03-01", "to": "2026-03-10"})


@scenario("calendar.delete", "invalid_time")
def invalid_day(world: World, tool: str) -> Case:
    good = on_event(world, tool)
    return Case(args=good | {"on": "soon"}, changed=good)


@scenario("calendar.create calendar.update", "no_such_time")
def no_such_time(world: World, tool: str) -> Case:
    good = on_event(world, tool)
    return Case(args=good | {"start": "2026-03-29T02:30"}, changed=good | {"start": "2026-03-29T03:30"})


@scenario("calendar.create calendar.update", "ambiguous_time")
def ambiguous_time(world: World, tool: str) -> Case:
    good = on_event(world, tool)
    return Case(args=good | {"start": "2026-10-25T02:30"}, changed=good | {"start": "2026-10-25T02:30+02:00"})


@scenario("calendar.create", "invalid_zone")
def invalid_zone(world: World, tool: str) -> Case:
    return Case(args=REVIEW | {"timezone": "Berlin"}, changed=REVIEW | {"timezone": "Europe/Berlin"})


@scenario("calendar.create", "invalid_repeat")
def invalid_repeat(world: World, tool: str) -> Case:
    return Case(args=REVIEW | {"repeat": "now and then"}, changed=REVIEW | {"repeat": "weekly"})


@scenario("calendar.update", "invalid_repeat")
def off_its_days(world: World, tool: str) -> Case:
    series = {"event": review(world, repeat="weekly on tuesday")}
    return Case(args=series | {"start": "2026-03-11"}, changed=series | {"start": "2026-03-17"})


@scenario("calendar.create calendar.update", "invalid_address")
def invalid_attendee(world: World, tool: str) -> Case:
    good = on_event(world, tool)
    return Case(args=good | {"attendees": ["ann"]}, changed=good | {"attendees": ["ann@example.org"]})


@scenario("calendar.update calendar.delete", "not_found")
def no_event(world: World, tool: str) -> Case:
    good = on_event(world, tool)
    return Case(args=good | {"event": "Reveiw"}, changed=good | {"event": "Review"})


@scenario("calendar.update calendar.delete", "ambiguous")
def two_events(world: World, tool: str) -> Case:
    good = on_event(world, tool)
    world.good("calendar.create", REVIEW | {"start": "2026-03-12T15:00"}, "run:second")
    return Case(args=good | {"event": "Review"}, changed=good)


@scenario(CHANGING, "changed")
def changed_since(world: World, tool: str) -> Case:
    def work(made: Any) -> None:
        if tool == "calendar.delete":
            world.good("calendar.create", REVIEW, "run:again")  # another event; the deleted one comes back by hand
            path = world.settings.calendar_file
            path.write_text(path.read_text().replace("UID:", f"UID:{made.data['id']}\r\nX-WAS:", 1))
            return
        world.good("calendar.update", {"event": made.data["id"], "title": "Worked on"}, "run:later")

    return Case(args=on_event(world, tool), taking_back=work)


@scenario(f"{CHANGING} calendar.list", "garbled")
def no_calendar(world: World, tool: str) -> Case:
    args = on_event(world, tool) if tool != "calendar.list" else {}
    world.settings.calendar_file.write_text("This is no calendar.")
    return Case(args=args)


@scenario(CHANGING, "busy")
def written_elsewhere(world: World, tool: str) -> Case:
    args, writing = on_event(world, tool), [True]
    path = world.settings.calendar_file

    def another_program(place: str) -> None:
        """Writes the file between our reading and our writing, each time, at the point that crash tests use."""
        if place == "calendar.before_write" and writing:
            path.write_text((path.read_text() if path.exists() else "") + "\n")

    world.patch.setattr("agentlab.tools.calendar.file.reach", another_program)
    return Case(args=args, mend=writing.clear)
