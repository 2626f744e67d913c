"""Scenarios of the tools of mail: into the outbox, and over a mail server that refuses, puts off and goes away."""

from __future__ import annotations

import fcntl
from hashlib import sha256
from typing import Any

from mail_server import wants
from offer_world import MAIL_MOST, Case, World, scenario

from agentlab.tools.made import HIDDEN

ONE, MANY = "email.send smtp:email.send", "email.sendBatch smtp:email.sendBatch"
OVER_SMTP = "smtp:email.send smtp:email.sendBatch"
TEXT = {"subject": "Pilot", "body": "It rained."}


def mail(tool: str, *people: str, **more: Any) -> dict[str, Any]:
    name = "recipients" if tool.endswith("Batch") else "to"
    return {**TEXT, name: list(people or ("ann@example.org",)), **more}


def up(world: World) -> None:
    """The mail server is up, where there is one."""
    if world.smtp:
        world.serve_mail()


@scenario(f"{ONE} {MANY}", "invalid_address")
def invalid_address(world: World, tool: str) -> Case:
    up(world)
    return Case(args=mail(tool, "ann"), changed=mail(tool))


@scenario(f"{ONE} {MANY}", "invalid_header")
def invalid_header(world: World, tool: str) -> Case:
    up(world)
    return Case(args=mail(tool, subject="A\nBcc: x@example.org"), changed=mail(tool))


@scenario(f"{ONE} {MANY}", "too_many_recipients")
def too_many(world: World, tool: str) -> Case:
    up(world)
    return Case(args=mail(tool, *(f"p{n}@example.org" for n in range(3))), changed=mail(tool))


@scenario(f"{ONE} {MANY}", "too_large")
def too_large(world: World, tool: str) -> Case:
    up(world)
    return Case(args=mail(tool, body="word " * MAIL_MOST), changed=mail(tool))


@scenario(ONE, "not_found")
def no_attachment(world: World, tool: str) -> Case:
    up(world)
    return Case(args=mail(tool, attachments=["keptt.txt"]), changed=mail(tool, attachments=["kept.txt"]))


@scenario(ONE, "outside")
def outside(world: World, tool: str) -> Case:
    up(world)
    return Case(args=mail(tool, attachments=["../x"]), changed=mail(tool, attachments=["kept.txt"]))


@scenario("email.send email.sendBatch", "changed")
def worked_on(world: World, tool: str) -> Case:
    def work(made: Any) -> None:
        for path in world.settings.outbox.glob("*.eml"):
            path.write_text("worked on")

    return Case(args=mail(tool), taking_back=work)


@scenario(OVER_SMTP, "connect")
def connect(world: World, tool: str) -> Case:
    return Case(args=mail(tool), mend=world.serve_mail)


@scenario(OVER_SMTP, "tls")
def tls(world: World, tool: str) -> Case:
    world.serve_mail()
    world.with_mail(f"smtp://127.0.0.1:{world.smtp_port}?starttls=always")
    return Case(args=mail(tool))


@scenario(OVER_SMTP, "auth")
def auth(world: World, tool: str) -> Case:
    world.serve_mail(auth_required=True, auth_require_tls=False, authenticator=wants("lab", "right"))
    world.with_mail(f"smtp://127.0.0.1:{world.smtp_port}")
    return Case(args=mail(tool))


def _refusing(answer: str, name: str) -> Any:
    def made(world: World, tool: str) -> Case:
        server = world.serve_mail()
        server.answers[name] = [answer]
        other = mail(tool, "bob@example.org")
        return Case(args=mail(tool), changed=other, mend=server.answers.clear)

    return made


scenario(OVER_SMTP, "greylisted")(_refusing("451 come back later", "ann@example.org"))
scenario(OVER_SMTP, "quota")(_refusing("452 no room", "ann@example.org"))
scenario(OVER_SMTP, "rate_limited")(_refusing("421 too many", "ann@example.org"))
scenario(OVER_SMTP, "rejected_recipient")(_refusing("550 no such mailbox", "ann@example.org"))


@scenario(OVER_SMTP, "rejected")
def rejected(world: World, tool: str) -> Case:
    server = world.serve_mail()
    server.answers["DATA"] = ["554 looks like an advertisement", ""]  # the next text is taken
    return Case(args=mail(tool, body="Buy now"), changed=mail(tool))


@scenario(OVER_SMTP, "timeout")
def timeout(world: World, tool: str) -> Case:
    server = world.serve_mail()
    server.slow_s = 3
    world.with_mail(f"smtp://127.0.0.1:{world.smtp_port}", limit_s=1.5)

    def mend() -> None:
        server.slow_s = 0

    return Case(args=mail(tool), mend=mend)


@scenario(OVER_SMTP, "busy")
def busy(world: World, tool: str) -> Case:
    world.serve_mail()
    world.with_mail(f"smtp://127.0.0.1:{world.smtp_port}", limit_s=1.5)
    case = Case(args=mail(tool))
    notes = world.settings.outbox / HIDDEN
    notes.mkdir(parents=True, exist_ok=True)
    other = world.stack.enter_context((notes / f"sending-{sha256(case.key.encode()).hexdigest()[:2]}.lock").open("w"))
    fcntl.flock(other, fcntl.LOCK_EX)
    case.mend = lambda: fcntl.flock(other, fcntl.LOCK_UN)
    return case


@scenario(OVER_SMTP, "unconfirmed")
def unconfirmed(world: World, tool: str) -> Case:
    world.serve_mail().dies_after_text = True
    return Case(args=mail(tool))
