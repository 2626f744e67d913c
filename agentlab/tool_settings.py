"""The settings about tools: what they may reach, how much they read, whose services they use."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

_FORM = "smtp://user:password@host:587, or smtps://user:password@host:465"


class ToolSettings(BaseSettings):
    """Fields of ``agentlab.settings.Settings``."""

    egress_allow: str = Field(
        "",
        description="Private addresses that tools may reach, as `host:port`, several with commas between. "
        "Public addresses need no entry.",
    )
    http_timeout_s: float = Field(30, gt=0, le=600, description="Longest time of one HTTP call, in seconds.")
    http_max_bytes: int = Field(5_000_000, gt=0, description="Largest HTTP body a tool reads, in bytes, unpacked.")
    chromium: str = Field(
        "", description="Program of Chromium for the browser tools. Empty: the system's, else Playwright's own."
    )
    browser_timeout_s: float = Field(30, gt=0, le=600, description="Longest time of one browser call, in seconds.")
    browser_idle_s: float = Field(
        120, gt=0, description="Seconds without a call after which a run's page, and then the browser, is closed."
    )
    browser_max_bytes: int = Field(
        20_000_000, gt=0, description="Bytes that one page may load, all its parts together."
    )
    tool_cache_s: float = Field(
        3_600, ge=0, description="How long an answer to `http.get` may be given again, in seconds. 0: never."
    )
    result_chars: int = Field(
        20_000, ge=1_000, description="Characters of one result that a model is shown; the trace keeps the whole."
    )
    upload_from: str = Field(
        "",
        description="Folders of this computer that `drive.upload` may read, several with commas between. Empty: none.",
    )
    upload_max_bytes: int = Field(
        50_000_000, gt=0, description="Largest file that goes into the drive, out of it or to the web, in bytes."
    )
    download_to: str = Field("", description="Folder that `drive.download` copies to. Empty: `downloads` in the home.")
    drive_backend: Literal["folder", "google"] = Field(
        "folder",
        validation_alias=AliasChoices("drive_backend", "AGENTLAB_DRIVE", "AGENTLAB_DRIVE_BACKEND"),
        description="Where the drive is: `folder` in the home, or `google`.",
    )
    google_drive_folder: str = Field(
        "root", min_length=1, description="Id of the folder in Google Drive that the drive tools work in."
    )

    mail_from: str = Field(
        "",
        description="Sender of mails: `lab@example.org` or `Lab <lab@example.org>`. Empty: the user of `AGENTLAB_SMTP_URL`.",
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="Mail server: `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465` (TLS). Empty: mails go into "
        "the folder `outbox` in the home and leave it never.",
    )
    smtp_ca: str = Field(
        "",
        description="File of certificates (PEM) that the mail server's one is checked against. Empty: those of the system.",
    )
    mail_max_recipients: int = Field(50, ge=1, le=1_000, description="Addresses that one call may send to.")
    mail_max_bytes: int = Field(
        10_000_000, ge=10_000, description="Largest mail, attachments as they are sent included, in bytes."
    )

    calendar: Literal["file", "google"] = Field(
        "file", description="Calendar of the tools: `file` is `calendar.ics` in the home, `google` a Google Calendar."
    )
    timezone: str = Field(
        "", description="IANA name of the zone that times without one are in. Empty: the system's zone."
    )
    google_credentials: str = Field(
        "", description="JSON file with the credentials of a Google service account or of an authorized user."
    )
    google_calendar: str = Field(
        "primary", min_length=1, description="Which Google Calendar: its id, or `primary` for the account's own."
    )

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if url := value.get_secret_value():
            problem = _problem_of(url)
            if not problem and not info.data.get("mail_from") and "@" not in unquote(urlsplit(url).username or ""):
                problem = "mails need a sender: set AGENTLAB_MAIL_FROM=lab@example.org"
            if problem:
                raise ValueError(problem)
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value:
            try:
                ZoneInfo(value)
            except (ZoneInfoNotFoundError, ValueError, OSError) as error:
                raise ValueError("a zone has a name such as Europe/Berlin or America/New_York") from error
        return value


def is_loopback(host: str) -> bool:
    """Whether ``host`` names this very machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() in ("localhost", "localhost.")


def _problem_of(url: str) -> str:
    """What is wrong with the URL of a mail server; no part of it is repeated, for it holds a password."""
    try:
        parts = urlsplit(url)
        port, host, query = parts.port, parts.hostname, parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        return f"a mail server is {_FORM}; characters such as @ and / in a password are written as %40 and %2F"
    if parts.scheme not in ("smtp", "smtps") or not host or port == 0 or parts.path not in ("", "/") or parts.fragment:
        return f"a mail server is {_FORM}"
    starttls = query.pop("starttls", ["always"])[-1]
    if query or starttls not in ("always", "never"):
        return "behind the ? stands starttls=always or starttls=never, and nothing else"
    if parts.scheme == "smtp" and starttls == "never" and parts.password and not is_loopback(host):
        return "a password is not sent in the clear to another machine: leave starttls=never out"
    return ""
