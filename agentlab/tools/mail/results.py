"""What the tools of mail give back."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agentlab.tools.data import Data


class Sent(Data):
    """One mail."""

    id: str = Field(description="The Message-ID.")
    to: list[str] = Field(description="Mail addresses.")
    cc: list[str] = Field(description="Mail addresses that got a copy.")
    subject: str = Field(description="Its subject line.")
    attachments: list[str] = Field(description="Files of the drive that were attached.")
    status: Literal["sent", "already_sent"] = Field(description="already_sent where this step had sent it before.")


class Reached(Data):
    """What became of the mail to one recipient."""

    address: str = Field(description="Mail address.")
    status: Literal["sent", "already_sent", "failed"] = Field(description="What became of it.")
    error: str = Field(description="Why it failed; else empty.")


class BatchSent(Data):
    """Mails to many."""

    subject: str = Field(description="Their subject line.")
    recipients: list[Reached] = Field(description="What became of each.")
    sent: int = Field(description="How many were sent now.")
    already_sent: int = Field(description="How many this step had sent before.")
    failed: int = Field(description="How many were not sent.")
    text: str = Field(description="The same in words, one line for each recipient.")
