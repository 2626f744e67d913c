"""Another program writes the file while a change is being made: neither loses anything."""

from __future__ import annotations

import pytest

from agentlab.tools.calendar.file import CalendarFile, Edit
from agentlab.tools.calendar.lines import CalendarText
from agentlab.tools.failure import ToolFailed


def block(uid: str) -> str:
    return f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260310T100000Z\r\nEND:VEVENT\r\n"


def disturbed(file: CalendarFile, times: int):
    """Puts an event in, while another program adds one each of the first ``times`` times that the file is read."""
    seen = []

    def work(text: CalendarText) -> Edit:
        seen.append(text)
        if len(seen) <= times:
            other = text.with_event(f"other-{len(seen)}", block(f"other-{len(seen)}"))
            file.path.write_bytes(other.text.encode())
        return Edit(uid="mine", before="", after=block("mine"), data={"n": len(seen)})

    return work


def test_what_the_other_wrote_in_between_stays_and_ours_is_added(tmp_path) -> None:
    file = CalendarFile(tmp_path / "calendar.ics")

    outcome = file.change("k", disturbed(file, 2))

    assert outcome.data == {"n": 3}
    assert [one.uid for one in file.read().events] == ["other-1", "other-2", "mine"]


def test_a_program_that_keeps_writing_makes_the_call_retryable(tmp_path) -> None:
    file = CalendarFile(tmp_path / "calendar.ics")

    with pytest.raises(ToolFailed) as failed:
        file.change("k", disturbed(file, 99))
    assert failed.value.error.kind == "busy"
    assert [one.uid for one in file.read().events][-1] == "other-5"

    file.change("k", disturbed(file, 0))
    assert [one.uid for one in file.read().events].count("mine") == 1


def test_a_link_to_a_calendar_elsewhere_stays_a_link(tmp_path) -> None:
    (tmp_path / "synced").mkdir()
    (tmp_path / "calendar.ics").symlink_to(tmp_path / "synced" / "mine.ics")
    file = CalendarFile(tmp_path / "calendar.ics")

    file.change("k", disturbed(file, 0))

    assert file.path.is_symlink()
    assert "UID:mine" in (tmp_path / "synced" / "mine.ics").read_text()
