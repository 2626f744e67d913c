"""Mail servers that end with their test, and the tools of mail in a home of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from mail_server import Server

from agentlab.settings import Settings
from agentlab.tools.drive import Drive
from agentlab.tools.mail.post import Post
from agentlab.tools.mail.server import MailServer
from agentlab.tools.mail.tools import Desk, desk_tools, mail_tools
from agentlab.types import Scope, ToolContext, ToolResult


@dataclass
class Call:
    """Calls tools of mail by their names, with the arguments a test names and ``usual`` ones for the rest."""

    tools: list[Any]
    usual: dict[str, dict[str, Any]] = field(default_factory=dict)
    waited: list[float] = field(default_factory=list)
    """Seconds that were to be waited for the server."""

    def __call__(self, name: str = "email.send", key: str = "run_1:a", **args: Any) -> ToolResult:
        tool = next(tool for tool in self.tools if tool.spec.name == name)
        context = ToolContext(scope=Scope.of_run("run_1"), idempotency_key=key)
        return asyncio.run(tool.execute(self.usual.get(name, {}) | args, context))


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start a server: ``serve(answers={…}, auth_required=True)``."""
    started: list[Server] = []

    def start(server: Server | None = None, **options: Any) -> Server:
        started.append((server or Server()).start(**options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", mail_from="lab@example.org")
    settings.prepare_home()
    return settings


@pytest.fixture
def outbox(home: Settings) -> Call:
    """Call a tool of mail without a server: ``outbox("email.send", to=[…], …)``."""
    return Call(mail_tools(home, Drive(home.drive)))


@pytest.fixture
def mailer(home: Settings) -> Callable[..., Call]:
    """Tools that send through a server: ``mailer(url, limit_s=2)``; waits are cut to nothing and kept in ``waited``."""

    def make(url: str, *, ca: str = "", **post: Any) -> Call:
        waited: list[float] = []
        settings = Settings(home=home.home, smtp_url=url, mail_from="lab@example.org", smtp_ca=ca)
        carrier = Post(
            server=MailServer(settings.smtp_url, ca),
            notes=settings.outbox,
            max_bytes=post.pop("max_bytes", 10_000_000),
            **{"sleep": waited.append, **post},
        )
        desk = Desk(carrier=carrier, drive=Drive(home.drive), sender="lab@example.org", max_bytes=carrier.max_bytes)
        text = {"subject": "Pilot", "body": "It rained."}
        return Call(
            desk_tools(desk), {"email.send": text | {"to": ["ann@example.org"]}, "email.sendBatch": text}, waited
        )

    return make
