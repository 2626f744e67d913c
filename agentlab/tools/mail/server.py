"""The mail server as the settings name it, and one connection to it. What it refuses becomes a typed failure."""

from __future__ import annotations

import re
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import SecretStr

from agentlab.tool_settings import is_loopback
from agentlab.tools.failure import ToolFailed

if TYPE_CHECKING:
    from smtplib import SMTP

_STEP_S = 20.0
"""Longest wait for one answer, in seconds."""
_PORTS = {"smtp": 587, "smtps": 465}


class Deadline:
    """The moment by which a call has to end. ``seconds`` from now."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left, 0 at least."""
        return max(0.0, self._end - time.monotonic())


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over."""

    url: SecretStr
    ca: str = ""

    @property
    def address(self) -> str:
        """``host:port``, and nothing of the password."""
        parts = urlsplit(self.url.get_secret_value())
        return f"{parts.hostname}:{parts.port or _PORTS[parts.scheme]}"

    @property
    def user(self) -> str:
        """Who logs in; empty for nobody."""
        return unquote(urlsplit(self.url.get_secret_value()).username or "")

    def connect(self, deadline: Deadline) -> Line:
        """An open connection, safe and logged in. Raises ``ToolFailed`` (``connect``, ``tls``, ``auth``, ``timeout``)."""
        import smtplib

        parts = urlsplit(self.url.get_secret_value())
        host, port, password = parts.hostname or "", parts.port or _PORTS[parts.scheme], unquote(parts.password or "")
        with self._told(deadline, password):
            patience = _patience(deadline)
            if parts.scheme == "smtps":
                smtp: SMTP = smtplib.SMTP_SSL(host, port, timeout=patience, context=self._tls())
            else:
                smtp = smtplib.SMTP(host, port, timeout=patience)
            with ExitStack() as hang_up:
                hang_up.callback(smtp.close)
                smtp.ehlo_or_helo_if_needed()
                if parts.scheme == "smtp" and _starttls(parts.query, host):
                    smtp.starttls(context=self._tls())
                    smtp.ehlo()
                if self.user:
                    smtp.login(self.user, password)
                hang_up.pop_all()
        return Line(smtp, self.address, deadline, secrets=_spellings(self.user, password))

    def _tls(self) -> ssl.SSLContext:
        if self.ca and not Path(self.ca).is_file():
            raise ToolFailed("tls", f"The file of certificates {self.ca} is not there. Correct AGENTLAB_SMTP_CA.")
        return ssl.create_default_context(cafile=self.ca or None)

    @contextmanager
    def _told(self, deadline: Deadline, password: str) -> Iterator[None]:
        """Failures of connecting as ``ToolFailed``, without the password."""
        import smtplib

        hidden = _spellings(self.user, password)
        try:
            yield
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", "") or error.reason or "it broke off"
            raise ToolFailed(
                "tls",
                f"The TLS connection to {self.address} is not in order: {reason}. Where its certificate is self-made, name it "
                "in AGENTLAB_SMTP_CA; the host must be the one that the certificate names.",
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            if "STARTTLS" in str(error):
                raise ToolFailed(
                    "tls",
                    f"{self.address} offers no STARTTLS, and mail does not go over the network in the clear. Use smtps:// or "
                    "another port; ?starttls=never behind the URL gives it up.",
                ) from error
            raise self._no_login(str(error)) from error
        except smtplib.SMTPAuthenticationError as error:
            if 400 <= error.smtp_code < 500:
                raise refusal(error.smtp_code, said(error.smtp_error, hidden), f"{self.address} (login)") from None
            raise self._no_login(f"{error.smtp_code} {said(error.smtp_error, hidden)}") from None
        except smtplib.SMTPResponseException as error:  # the greeting or HELO was refused
            raise refusal(error.smtp_code, said(error.smtp_error, hidden), self.address) from None
        except (smtplib.SMTPException, OSError) as error:
            raise broken(error, self.address, deadline) from error

    def _no_login(self, why: str) -> ToolFailed:
        return ToolFailed(
            "auth",
            f"{self.address} does not let {self.user} in: {why}. Correct user and password in AGENTLAB_SMTP_URL; "
            "many providers want a password made for this program.",
        )


class Line:
    """One connection. ``deliver`` hands over a mail to all of its recipients or to none."""

    def __init__(self, smtp: SMTP, address: str, deadline: Deadline, secrets: tuple[str, ...] = ()) -> None:
        self._smtp, self._address, self._deadline, self._secrets = smtp, address, deadline, secrets
        self.open = True

    def deliver(self, sender: str, recipients: list[str], raw: bytes, before_end: Callable[[], None]) -> None:
        """Hand a mail over. Raises ``ToolFailed``; only ``unconfirmed`` leaves open whether it was taken.

        ``before_end`` is called when the server wants the text: until then nothing has been sent.
        """
        import smtplib

        try:
            self._offer(sender, recipients, raw)
            code, reply = self._ask(lambda: self._smtp.docmd("DATA"))
            if code != 354:
                raise self._refused(code, reply, "")
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise broken(error, self._address, self._deadline) from error
        except ToolFailed:
            self._reset()
            raise
        before_end()
        try:
            self._smtp.send(re.sub(rb"(?m)^\.", b"..", raw.rstrip(b"\r\n")) + b"\r\n.\r\n")
            code, reply = self._ask(self._smtp.getreply)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise ToolFailed(
                "unconfirmed",
                f"{self._address} got the whole mail and did not say whether it took it. It may have arrived: look there, or "
                "ask the recipient. It is not sent again by itself.",
            ) from error
        if code // 100 != 2:
            self._reset()
            raise self._refused(code, reply, "")

    def close(self) -> None:
        """Hang up."""
        if self.open:
            self.open = False
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(2)
                with suppress(OSError, ValueError):
                    self._smtp.sock.sendall(b"QUIT\r\n")
            self._smtp.close()

    def _offer(self, sender: str, recipients: list[str], raw: bytes) -> None:
        self._check_size(len(raw))
        options = [f"size={len(raw)}"] if self._smtp.has_extn("size") else []
        code, reply = self._ask(lambda: self._smtp.mail(sender, options))
        if code // 100 != 2:
            raise self._refused(code, reply, "")
        refused = []
        for recipient in recipients:
            code, reply = self._ask(partial(self._smtp.rcpt, recipient))
            if code // 100 != 2:
                refused.append((code, reply, recipient))
        if refused:
            worst = max(refused, key=lambda one: one[0] // 100)
            raise self._refused(*worst, others=[one[2] for one in refused if one is not worst])

    def _check_size(self, size: int) -> None:
        largest = self._smtp.esmtp_features.get("size", "").strip()
        if largest.isdecimal() and 0 < int(largest) < size:
            raise ToolFailed(
                "too_large", f"The mail has {size:,} bytes, and {self._address} takes {int(largest):,}. Attach less."
            )

    def _ask(self, question: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes]:
        if self._smtp.sock is not None:
            self._smtp.sock.settimeout(_patience(self._deadline))
        return question()

    def _reset(self) -> None:
        import smtplib

        try:
            self._ask(self._smtp.rset)
        except (smtplib.SMTPException, OSError):
            self.close()

    def _refused(self, code: int, reply: bytes, recipient: str, others: list[str] | None = None) -> ToolFailed:
        if code in (421, -1):
            self.close()
        return refusal(code, said(reply, self._secrets), self._address, recipient, others or [])


def refusal(code: int, reply: str, address: str, recipient: str = "", others: list[str] | None = None) -> ToolFailed:
    """A server's answer as a failure. ``recipient`` is the address that it was about, ``others`` those refused with it."""
    also = f" So it does {', '.join(others)}." if others else ""
    what = f"{address} answered {code}{f' about {recipient}' if recipient else ''}: {reply or 'no reason'}.{also}"
    match code:
        case 421:
            return ToolFailed("rate_limited", f"{what} It takes no more now; try again later.")
        case 452:
            return ToolFailed("quota", f"{what} It has no room now; try again later.")
        case 530 | 534 | 535 | 538:
            return ToolFailed("auth", f"{what} It wants a login: name user and password in AGENTLAB_SMTP_URL.")
        case 552 | 523 if not recipient:
            return ToolFailed("too_large", f"{what} Attach less.")
    if 400 <= code < 500:
        return ToolFailed("greylisted", f"{what} It puts the mail off; the same one may be taken in some minutes.")
    if recipient:
        return ToolFailed("rejected_recipient", f"{what} Nothing was sent. Correct or leave out the address.")
    return ToolFailed("rejected", f"{what} Nothing was sent. Change the sender (AGENTLAB_MAIL_FROM) or the text.")


def broken(error: Exception, address: str, deadline: Deadline) -> ToolFailed:
    """A connection that cannot be made or broke before a mail's text was sent."""
    slow = isinstance(error, TimeoutError) or "timed out" in str(error)
    if slow and deadline.left() <= 0.05:
        return ToolFailed("timeout", f"{address} did not answer in time. Nothing was sent; try again later.")
    why = str(error) or type(error).__name__
    return ToolFailed(
        "connect", f"The mail server {address} cannot be reached: {why}. Nothing was sent; try again later."
    )


def said(reply: bytes | str, secrets: tuple[str, ...] = ()) -> str:
    """What a server said, as one short line without the password."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    for secret in secrets:
        text = text.replace(secret, "**********")
    shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return shown[:200].rstrip(". ")


def _spellings(user: str, password: str) -> tuple[str, ...]:
    """The password as a server may have seen it: as it is, and as PLAIN and LOGIN encode it."""
    if not password:
        return ()
    plain = b64encode(f"\0{user}\0{password}".encode()).decode()
    return (plain, b64encode(password.encode()).decode(), password)


def _starttls(query: str, host: str) -> bool:
    return parse_qs(query).get("starttls", ["never" if is_loopback(host) else "always"])[-1] == "always"


def _patience(deadline: Deadline) -> float:
    return max(0.01, min(deadline.left(), _STEP_S))
