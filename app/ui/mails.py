"""Mails of the outbox as parts of a page. All that stands in a mail is text from outside and stays text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from ui.nodes import Node, el


def mail_list(mails: Iterable[dict[str, Any]]) -> Node:
    """Mails as rows that open theirs; as ``Outbox.mails`` gives them."""
    names = (
        ("", ""),
        ("", "Subject"),
        ("quiet model", "To"),
        ("number", ""),
        ("number credits", "Size"),
        ("number when", "Day"),
    )
    top = el("div", *(el("span", name, kind=kind) for kind, name in names), kind="top", aria_hidden="true")
    return el("div", top, *map(_row, mails), kind="runs")


def _row(mail: dict[str, Any]) -> Node:
    return el(
        "a",
        el("span"),
        el("span", mail["subject"] or "(no subject)", kind="goal"),
        el("span", mail["to"], kind="quiet model"),
        el("span"),
        el("span", size(mail["bytes"]), kind="number credits"),
        el("span", mail["name"][:10], kind="number quiet when"),
        kind="run",
        href=f"/mail?{urlencode({'mail': mail['name']})}",
        title=mail["subject"],
    )


def mail_view(mail: dict[str, Any]) -> list[Node]:
    """One mail as ``Outbox.mail`` gives it: its head, its text, what is attached."""
    head = [(name, mail[name.lower()]) for name in ("From", "To", "Cc", "Date") if mail[name.lower()]]
    rows = [el("tr", el("th", name), el("td", text)) for name, text in head]
    attached = [el("li", f"{part['name']} ({part['type']}, {size(part['bytes'])})") for part in mail["attachments"]]
    return [
        el("div", el("table", el("tbody", *rows)), kind="prose"),
        el("div", el("pre", mail["text"] or "(no text)"), kind="prose"),
        *([el("div", el("h3", "Attached"), el("ul", *attached), kind="prose")] if attached else []),
    ]


def size(count: int) -> str:
    """Bytes for people: ``700 B``, ``12 kB``, ``3.4 MB``."""
    if count < 1_000:
        return f"{count} B"
    return f"{count / 1_000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"
