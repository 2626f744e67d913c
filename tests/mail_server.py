"""A mail server in a thread that does what a test wants of it, and tools that send through it.

It stands on one port, keeps what it took, and refuses, puts off, stalls or dies where it is told to.
"""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORD = "pass/word+1@x"


@dataclass
class Server:
    """What it does, and what it has."""

    took: list[tuple[list[str], bytes]] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    """By recipient, or ``DATA`` or ``MAIL``: answers in turn, the last one for ever; none is 250."""
    dies_after_text: bool = False
    slow_s: float = 0.0
    rcpt: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    _controller: Any = None

    # --- what aiosmtpd calls ------------------------------------------------------------------------------------------

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if answer := self._answer("MAIL"):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        await asyncio.sleep(self.slow_s)
        self.rcpt[address] += 1
        if answer := self._answer(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if answer := self._answer("DATA"):
            return answer
        self.took.append((list(envelope.rcpt_tos), envelope.content))
        if self.dies_after_text:
            server.transport.abort()
            await asyncio.sleep(60)
        return "250 OK"

    def _answer(self, name: str) -> str:
        answers = self.answers.get(name, [])
        return "" if not answers else answers.pop(0) if len(answers) > 1 else answers[0]

    # --- what tests ask -----------------------------------------------------------------------------------------------

    @property
    def port(self) -> int:
        return int(self._controller.port)

    @property
    def counts(self) -> Counter[str]:
        """How many mails each recipient got."""
        return Counter(to for recipients, _ in self.took for to in recipients)

    def start(self, **options: Any) -> Server:
        """Listen on loopback, on ``port`` where one is named; other ``options`` as aiosmtpd takes them."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", options.pop("port", 0)))
            port = int(probe.getsockname()[1])
        self._controller = Controller(self, hostname="127.0.0.1", port=port, ready_timeout=20, **options)
        self._controller.start()
        self.connections = 0
        return self

    def stop(self) -> None:
        """Close it; twice is once."""
        if self._controller.loop.is_running():
            self._controller.stop(no_assert=True)


def wants(user: str, password: str) -> Callable[..., AuthResult]:
    """Lets one user in."""

    def check(server, session, envelope, mechanism, data) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (user.encode(), password.encode()), handled=False)

    return check


def certificate(folder: Path, host: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """A context for a server with a self-made certificate for ``host``, and the file to trust it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of the tests")])
    now = datetime.datetime.now(datetime.UTC)
    try:
        known: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        known = x509.DNSName(host)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([known]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / f"{host}.pem", folder / f"{host}.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.01)
