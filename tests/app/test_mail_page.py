"""The page of the outbox: all mails, and one with its text and what is attached."""

from __future__ import annotations

from app_reading import EVIL, parts, words

import agentlab

PLAN = {
    "steps": [
        {
            "id": "mail",
            "tool": "email.send",
            "args": {
                "to": ["ann@example.org"],
                "subject": f"Pilot & co? {EVIL}"[:300],
                "body": f"It rained. {EVIL}",
                "attachments": ["samples/faq.md"],
            },
        }
    ]
}


def test_mails_are_listed_and_opened_as_text(visit, empty) -> None:
    with agentlab.open(str(empty.path)) as lab:
        run = lab.run("Send it", plan=PLAN)
        assert run.status == "succeeded", run.steps
    app = visit(empty, "mail")
    (row,) = parts(app)["mails"]["nodes"][0]["children"][1:]
    name = next((empty.path / "outbox").glob("*.eml")).name

    assert "Pilot & co?" in words(app)
    assert row["href"].startswith("/mail?mail=")

    opened = visit(empty, "mail", mail=name)

    assert "It rained." in words(opened)
    assert "faq.md (text/markdown" in words(opened)
    assert "ann@example.org" in words(opened)
    assert not opened.exception


def test_a_mail_that_is_not_there_is_named(visit, empty) -> None:
    for name in ("nowhere.eml", "../runs.sqlite"):
        app = visit(empty, "mail", mail=name)

        assert "cannot be shown" in words(app)
        assert not app.exception
