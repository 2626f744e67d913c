"""Mail without a server: files in the outbox that every mail program opens, once each, and taken back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from email.utils import parsedate_to_datetime

import pytest

from agentlab.tools.drive import Drive
from agentlab.tools.failure import ToolFailed
from agentlab.tools.mail.outbox import Outbox
from agentlab.tools.mail.tools import mail_tools
from agentlab.types import Scope, ToolContext

NOTE = {"to": ["ann@example.org"], "subject": "Pilot: key points", "body": "It rained."}
CONTEXT = ToolContext(scope=Scope.of_run("run_1"), idempotency_key="run_1:a")


def mails(home) -> list[str]:
    return sorted(path.name for path in home.outbox.glob("*.eml"))


def undo(outbox, name, result):
    tool = next(tool for tool in outbox.tools if tool.spec.name == name)
    return asyncio.run(tool.undo(result.undo, CONTEXT))


def test_a_mail_becomes_one_file_with_all_that_a_mail_needs(outbox, home) -> None:
    (home.drive / "notes.md").write_text("# Notes")

    result = outbox("email.send", **NOTE, cc=["bob@example.org"], attachments=["notes.md"])

    assert result.success, result.error
    (name,) = mails(home)
    mail = message_from_bytes((home.outbox / name).read_bytes(), policy=default)
    assert "Pilot" in name
    assert mail.defects == []
    assert abs((parsedate_to_datetime(mail["Date"]) - datetime.now(UTC)).total_seconds()) < 60
    assert mail["Message-ID"] == result.data["id"]
    assert (mail["From"], mail["To"], mail["Cc"]) == ("lab@example.org", "ann@example.org", "bob@example.org")
    assert [part.get_filename() for part in mail.iter_attachments()] == ["notes.md"]
    assert result.data["status"] == "sent"


def test_a_repeated_call_writes_nothing_more(outbox, home) -> None:
    first, second = outbox("email.send", **NOTE), outbox("email.send", **NOTE)

    assert (first.data["status"], second.data["status"]) == ("sent", "already_sent")
    assert first.data["id"] == second.data["id"]
    assert first.undo == second.undo
    assert len(mails(home)) == 1


def test_a_file_that_a_person_moved_away_is_not_written_again(outbox, home) -> None:
    outbox("email.send", **NOTE)
    (home.outbox / mails(home)[0]).unlink()

    assert outbox("email.send", **NOTE).data["status"] == "already_sent"
    assert mails(home) == []


def test_a_crash_between_note_and_file_is_made_good(outbox, home, monkeypatch) -> None:
    from agentlab.tools.mail import outbox as module

    def die(path, content):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_whole", die)
        with pytest.raises(SystemExit):
            outbox("email.send", **NOTE)
    assert mails(home) == []

    assert outbox("email.send", **NOTE).data["status"] == "sent"
    assert len(mails(home)) == 1


def test_a_batch_is_one_file_for_each_and_resumes_with_new_addresses(outbox, home) -> None:
    some, all_ = ["ann@example.org", "bob@example.org"], ["ann@example.org", "bob@example.org", "cy@example.org"]

    outbox("email.sendBatch", recipients=some, subject="x", body="y")
    result = outbox("email.sendBatch", recipients=all_, subject="x", body="y")

    assert [row["status"] for row in result.data["recipients"]] == ["already_sent", "already_sent", "sent"]
    assert len(mails(home)) == 3


def test_what_was_written_is_taken_back_once_and_what_was_changed_stays(outbox, home) -> None:
    one = outbox("email.send", **NOTE)
    batch = outbox("email.sendBatch", key="b", recipients=["ann@example.org", "bob@example.org"], subject="x", body="y")
    assert len(mails(home)) == 3

    assert all(undo(outbox, "email.send", one).success for _ in range(2))
    assert len(mails(home)) == 2
    (home.outbox / mails(home)[0]).write_text("worked on")
    refused = undo(outbox, "email.sendBatch", batch)

    assert (refused.error.kind, refused.error.options) == ("changed", ("ask",))
    assert len(mails(home)) == 2


def test_undo_never_leaves_the_outbox(outbox, home) -> None:
    (home.home / "calendar.ics").write_text("mine")

    tool = outbox.tools[0]
    gone = asyncio.run(tool.undo({"mails": [{"path": "../calendar.ics", "sha256": ""}]}, CONTEXT))

    assert gone.error.kind == "outside"
    assert (home.home / "calendar.ics").exists()


@pytest.mark.parametrize(
    ("args", "kind"),
    [
        ({"to": ["ann@example.org\r\nBcc: eve@example.org"]}, "invalid_address"),
        ({"to": ["ann@example.org, eve@example.org"]}, "invalid_address"),
        ({"to": ["Ann\nBcc: eve@example.org <ann@example.org>"]}, "invalid_address"),
        ({"to": ["änn@example.org"]}, "invalid_address"),
        ({"to": ["ann@-example.org"]}, "invalid_address"),
        ({"to": ["ann@exa mple.org"]}, "invalid_address"),
        ({"to": ["ann"]}, "invalid_address"),
        ({"to": ['"a b"@example.org']}, "invalid_address"),
        ({"to": ["ann@" + "a" * 64 + ".org"]}, "invalid_address"),
        ({"subject": "x\r\nBcc: eve@example.org"}, "invalid_header"),
        ({"subject": "x\x00"}, "invalid_header"),
        ({"subject": "x\u2028y"}, "invalid_header"),
        ({"subject": "x\x85y"}, "invalid_header"),
        ({"attachments": ["nowhere.md"]}, "not_found"),
        ({"attachments": ["../outbox/x"]}, "outside"),
        ({"attachments": ["a\r\nb.md"]}, "outside"),
    ],
)
def test_what_would_leave_its_line_is_refused_and_corrected_it_goes(outbox, home, args, kind) -> None:
    refused = outbox("email.send", **NOTE | args)

    assert refused.error.kind == kind, refused.error
    assert refused.error.options[0] == "change_arguments"
    assert not refused.error.retryable
    assert mails(home) == []
    assert outbox("email.send", **NOTE).success


def test_a_mail_above_the_size_is_refused(outbox, home) -> None:
    (home.drive / "big.md").write_bytes(b"x" * 8_000_000)

    refused = outbox("email.send", **NOTE, attachments=["big.md"])

    assert (refused.error.kind, refused.error.options[0]) == ("too_large", "change_arguments")
    assert mails(home) == []


@pytest.mark.parametrize(("sender", "shown"), [("Lab: <lab@example.org>", '"Lab:" <lab@example.org>'), ("nobody", "")])
def test_the_sender_is_the_one_of_the_settings(home, sender, shown) -> None:
    settings = home.model_copy(update={"mail_from": sender})
    send = next(tool for tool in mail_tools(settings, Drive(home.drive)) if tool.spec.name == "email.send")

    result = asyncio.run(send.execute(NOTE, CONTEXT))

    if shown:
        assert Outbox(home.outbox).mails()[0]["from"] == shown
    else:
        assert (result.error.kind, result.error.options) == ("invalid_address", ("ask",))
        assert "AGENTLAB_MAIL_FROM" in result.error.message


# --- reading ----------------------------------------------------------------------------------------------------------


def test_the_outbox_reads_what_it_wrote(outbox, home) -> None:
    (home.drive / "notes.md").write_text("# Notes")
    outbox("email.send", **NOTE | {"subject": "Größe ☃", "body": "Größe"}, attachments=["notes.md"])
    box = Outbox(home.outbox)

    (row,) = box.mails()
    mail = box.mail(row["name"])

    assert (row["subject"], row["to"], row["from"]) == ("Größe ☃", "ann@example.org", "lab@example.org")
    assert mail["text"].strip() == "Größe"
    assert mail["attachments"] == [{"name": "notes.md", "type": "text/markdown", "bytes": 7}]


def test_the_outbox_reads_files_of_others_and_no_other_folders(home) -> None:
    home.outbox.mkdir()
    (home.outbox / "odd.eml").write_bytes(
        b"Subject: =?nope?q?x?=\r\nContent-Type: text/plain; charset=nope\r\n\r\n\xff\xfe"
    )
    (home.outbox / "empty.eml").write_bytes(b"")
    (home.outbox / "html.eml").write_bytes(b"Content-Type: text/html\r\n\r\n<b>x</b>")
    box = Outbox(home.outbox)

    assert [mail["name"] for mail in box.mails()] == ["odd.eml", "html.eml", "empty.eml"]
    assert [box.mail(mail["name"])["attachments"] for mail in box.mails()] == [[], [], []]
    assert Outbox(home.home / "nowhere").mails() == []
    for name in ("../x.eml", "nowhere.eml", ".agentlab"):
        with pytest.raises(ToolFailed):
            box.mail(name)
