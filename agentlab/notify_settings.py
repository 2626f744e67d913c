"""The settings about notifications: who is told outward, and of what."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from agentlab.errors import ScheduleInvalid

EVENTS = ("failed", "succeeded", "cancelled", "waiting", "long")
"""What a target may be told of; ``long`` is a run that took longer than ``notify_after_s``."""
_FORM = 'a JSON list such as ["mailto://user:password@example.org", {"url": "slack://…", "on": ["failed"]}]'
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*(?=://.)", re.I)


@dataclass(frozen=True, slots=True)
class Target:
    """Somewhere outside that is told. ``url`` is a secret as a whole: its host and path may be keys."""

    url: str
    on: tuple[str, ...]
    """Of what: words of ``EVENTS``."""

    @property
    def key(self) -> str:
        """What stands for it in tables."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:16]

    @property
    def service(self) -> str:
        """The kind of place: ``mailto``, ``slack``, …"""
        found = _SCHEME.match(self.url)
        return found.group().lower() if found else "?"


class NotifySettings(BaseSettings):
    """Fields of ``agentlab.settings.Settings``."""

    notify_on: str = Field(
        "failed waiting long",
        description="What is told outward, with blanks or commas between: `failed`, `succeeded`, `cancelled`, `waiting`, `long`.",
    )
    notify: SecretStr = Field(
        SecretStr(""),
        description='Who is told outward, as a JSON list of apprise URLs, each also as `{"url": …, "on": ["failed"]}`.',
    )
    notify_after_s: float = Field(60, ge=0, description="Seconds after which a run counts as `long`.")

    @field_validator("notify_on")
    @classmethod
    def _events(cls, value: str) -> str:
        _require(value.replace(",", " ").split())
        return value

    @field_validator("notify")
    @classmethod
    def _targets(cls, value: SecretStr) -> SecretStr:
        read_targets(value.get_secret_value(), ())
        return value

    @property
    def targets(self) -> tuple[Target, ...]:
        """Who is told outward."""
        return read_targets(self.notify.get_secret_value(), tuple(self.notify_on.replace(",", " ").split()))


def read_targets(text: str, usual: tuple[str, ...]) -> tuple[Target, ...]:
    """The targets that ``text`` (JSON) lists, told of ``usual`` where they say nothing else.

    Raises ``ValueError`` that names no URL, for they hold keys.
    """
    try:
        found = json.loads(text or "[]")
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise ValueError(f"it is {_FORM}")
    return tuple(_target(entry, number, usual) for number, entry in enumerate(found, 1))


def checked_events(events: Iterable[str]) -> tuple[str, ...]:
    """``events`` where each is a word of ``EVENTS``. Raises ``ScheduleInvalid``."""
    words = tuple(events)
    try:
        _require(words)
    except ValueError as error:
        raise ScheduleInvalid(
            f"This cannot be told: {error}.", hint="docs/how-to/notifications.md lists the words."
        ) from None
    return words


def _target(entry: Any, number: int, usual: tuple[str, ...]) -> Target:
    url, on = (entry.get("url"), entry.get("on", usual)) if isinstance(entry, dict) else (entry, usual)
    known = not isinstance(entry, dict) or entry.keys() <= {"url", "on"}
    if not isinstance(url, str) or not _SCHEME.match(url) or not isinstance(on, list | tuple) or not known:
        raise ValueError(f"entry {number} is neither a URL nor an object with 'url' and 'on'; it is {_FORM}")
    _require(on)
    return Target(url, tuple(on))


def _require(words: Iterable[Any]) -> None:
    unknown = [str(word) for word in words if word not in EVENTS]
    if unknown:
        raise ValueError(f"'{unknown[0]}' is none of {', '.join(EVENTS)}")
