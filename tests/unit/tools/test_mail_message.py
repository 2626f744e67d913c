"""Whatever text goes into a mail, it reads back as it was, and no header more."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import compat32, default
from email.utils import getaddresses
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agentlab.tools.failure import ToolFailed
from agentlab.tools.mail.address import read_address, read_addresses
from agentlab.tools.mail.message import Attachment, Mail, compose

CORPORA = Path(os.environ.get("AGENTLAB_CORPORA", "corpora-that-are-not-here"))
PUBLISHED = json.loads(path.read_text()) if (path := CORPORA / "crlf_injection.json").is_file() else []
OWN = [
    "x\r\nBcc: eve@example.org",
    "x\nBcc: eve@example.org",
    "x\rBcc: eve@example.org",
    "x%0d%0aBcc: eve@example.org",
    "=?utf-8?q?x=0D=0ABcc=3A_eve=40example.org?=",
    "=?utf-8?b?eA0KQmNjOiBldmVAZXhhbXBsZS5vcmc=?=",
    "x\u560d\u560aBcc: eve@example.org",
    "x\r\n\r\nbody",
    "x\u2028Bcc: eve@example.org",
    "\r\n.\r\nMAIL FROM:<eve@example.org>",
]
ATTACKS = [entry["payload"] for entry in PUBLISHED] or OWN
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
TEXT = st.text(min_size=1, max_size=300)


def mail(**given_: object) -> Mail:
    known = {"sender": read_address("lab@example.org"), "to": [read_address("ann@example.org")]}
    known |= {"subject": "Note", "body": "text", "date": datetime(2026, 3, 10, tzinfo=UTC)}
    return Mail(**known | given_)  # type: ignore[arg-type]


def written(make: Callable[[], Mail]) -> tuple[bytes, str]:
    """The mail, or the kind of failure."""
    try:
        return compose(make(), "<1@example.org>"), ""
    except ToolFailed as failed:
        return b"", failed.error.kind


def heads(raw: bytes) -> list[str]:
    """The names of the headers, read off the lines and not by the parser."""
    top = raw.split(b"\r\n\r\n")[0].decode("ascii")
    assert "\r" not in top.replace("\r\n", "")
    assert "\n" not in top.replace("\r\n", "")
    return [line.split(":")[0] for line in top.split("\r\n") if line[0] not in " \t"]


def subject_of(raw: bytes) -> str:
    """The subject, by the parser that the message was not proven with."""
    return str(make_header(decode_header(message_from_bytes(raw, policy=compat32)["Subject"])))


@given(TEXT)
@settings(max_examples=300, deadline=None)
@example("=?utf-8?q?x=0D=0ABcc=3A_eve=40example.org?=")
@example(" x  y ")
@example("a" * 300)
@example("☃" * 300)
@example("e\u0301" * 100)
@example("x =?utf-8?b?eA==?= y")
def test_a_subject_reads_back_as_it_was_or_is_refused(subject) -> None:
    raw, kind = written(lambda: mail(subject=subject))
    if kind:
        assert kind == "invalid_header"
        assert re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", subject)
        return

    assert sorted(heads(raw)) == sorted(HEADERS)
    assert subject_of(raw) == subject
    assert message_from_bytes(raw, policy=default)["Subject"] == subject
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert raw.isascii()


@given(TEXT)
@settings(max_examples=300, deadline=None)
def test_a_name_reads_back_as_it_was_or_is_refused(name) -> None:
    raw, kind = written(lambda: mail(to=[read_address(f"{name} <ann@example.org>"), read_address("bob@example.org")]))
    if kind:
        assert kind == "invalid_address"
        return
    address = read_address(f"{name} <ann@example.org>")

    assert sorted(heads(raw)) == sorted(HEADERS)
    read = message_from_bytes(raw, policy=default)["To"].addresses
    assert [one.addr_spec for one in read] == ["ann@example.org", "bob@example.org"]
    ((shown, _), _) = getaddresses([message_from_bytes(raw, policy=compat32)["To"]])
    assert str(make_header(decode_header(shown))) == address.name


@given(TEXT)
@settings(max_examples=300, deadline=None)
def test_any_text_as_address_is_one_mailbox_or_refused(text) -> None:
    for spelled in (text, f"{text}@example.org", f"ann@{text}", f"<{text}>", f"Ann <{text}@example.org>"):
        with suppress(ToolFailed):
            address = read_address(spelled)
            assert re.fullmatch(r"[!-~]{1,64}@[a-z0-9.-]{1,253}", address.spec)
            raw = compose(mail(to=[address]), "<1@example.org>")
            assert sorted(heads(raw)) == sorted(HEADERS)
            assert [one.addr_spec for one in message_from_bytes(raw, policy=default)["To"].addresses] == [address.spec]


@given(st.text(max_size=600))
@settings(max_examples=300, deadline=None)
@example("x\r\n.\r\nMAIL FROM:<eve@example.org>\r\n")
@example("From here\n\n.\n" + "y" * 2000)
@example("a\x00b")
def test_a_body_reads_back_and_no_line_breaks_out(body) -> None:
    raw = compose(mail(body=body), "<1@example.org>")

    assert sorted(heads(raw)) == sorted(HEADERS)
    assert b"\x00" not in raw
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    plain = body.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    read = message_from_bytes(raw, policy=default).get_payload(decode=True).decode().replace("\r\n", "\n")
    assert read.removesuffix("\n") == plain.removesuffix("\n")


@given(st.text(min_size=1, max_size=120))
@settings(max_examples=300, deadline=None)
def test_a_name_of_an_attachment_stays_a_name(name) -> None:
    raw, kind = written(lambda: mail(attachments=[Attachment(name, b"x")]))
    if kind:
        assert kind == "invalid_header"
        return

    read = message_from_bytes(raw, policy=default)
    (part,) = read.iter_attachments()
    assert set(part.keys()) <= {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "MIME-Version"}
    assert part.get_payload(decode=True) == b"x"
    assert "\n" not in (part.get_filename() or "")


@pytest.mark.parametrize("place", ["subject", "to", "name", "cc", "attachment", "body"])
def test_published_injections_are_refused_or_harmless(place) -> None:
    """Over the published corpus where ``AGENTLAB_CORPORA`` names its folder, over our own spellings elsewhere."""
    sent = 0
    for attack in [*ATTACKS, *OWN]:
        with suppress(ToolFailed):
            changed: dict[str, object] = {
                "subject": lambda a=attack: {"subject": a},
                "to": lambda a=attack: {"to": [read_address(a)]},
                "name": lambda a=attack: {"to": [read_address(f"{a} <ann@example.org>")]},
                "cc": lambda a=attack: {"cc": read_addresses([a])},
                "attachment": lambda a=attack: {"attachments": [Attachment(a, b"x")]},
                "body": lambda a=attack: {"body": a},
            }[place]()
            raw = compose(mail(**changed), "<1@example.org>")
            sent += 1
            assert set(heads(raw)) <= {*HEADERS, "Cc"}
            assert len(heads(raw)) == len(set(heads(raw)))
            parsed = message_from_bytes(raw, policy=default)
            assert (parsed["Bcc"], parsed["Set-Cookie"]) == (None, None)
    assert sent or place in ("to", "cc")


@pytest.mark.parametrize(
    ("text", "spec", "name"),
    [
        ("ann@example.org", "ann@example.org", ""),
        (" Ann Lee <ann@example.org> ", "ann@example.org", "Ann Lee"),
        ('"Lee, Ann" <ann@example.org>', "ann@example.org", "Lee, Ann"),
        ("<ann@EXAMPLE.org>", "ann@example.org", ""),
        ("o'hara+list@xn--bcher-kva.example", "o'hara+list@xn--bcher-kva.example", ""),
        ("ann@bücher.example", "ann@xn--bcher-kva.example", ""),
        ("ann@straße.example", "ann@xn--strae-oqa.example", ""),
        ("ann@例え.テスト", "ann@xn--r8jz45g.xn--zckzah", ""),
        ("root@localhost", "root@localhost", ""),
    ],
)
def test_addresses_as_people_write_them(text, spec, name) -> None:
    address = read_address(text)

    assert (address.spec, address.name) == (spec, name)


def test_a_mailbox_twice_is_one_and_the_order_stays() -> None:
    found = read_addresses(["bob@example.org", "Ann <ann@example.org>", "ANN@example.org", "bob@EXAMPLE.org"])

    assert [address.spec for address in found] == ["bob@example.org", "ann@example.org"]


def test_the_message_id_is_the_same_for_the_same_effect_only() -> None:
    same = {mail(key="k", subject=subject).message_id for subject in ("a", "b")}
    others = {mail(key="k2").message_id, mail(key="k", to=[read_address("bob@example.org")]).message_id}

    assert len(same) == 1
    assert len(same | others) == 3
    assert mail().message_id != mail().message_id


def test_a_mail_that_would_read_back_differently_is_not_sent(monkeypatch) -> None:
    from agentlab.tools.mail import message

    monkeypatch.setattr(message, "line_of", lambda text: text)

    for subject in ("=?utf-8?q?x=0D=0ABcc=3A_eve=40example.org?=", "x  =?utf-8?b?eA==?= y"):
        assert written(lambda subject=subject: mail(subject=subject)) == (b"", "invalid_header")
