"""Where the models of a name are reached: whose interface, at which address, with which key. Imports no SDK."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from pydantic import SecretStr

from agentlab.errors import KeyMissing, UnknownModel, near
from agentlab.model_settings import ModelSettings

Dialect = Literal["anthropic", "openai-responses", "openai-chat", "google"]
"""The interface that is spoken."""
PROVIDERS = ("anthropic", "openai", "openai-chat", "openai-responses", "google", "ollama", "vllm", "llamacpp")
_OFFICIAL_OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach the models of one provider."""

    name: str
    """As it stands before the colon of a model's name."""
    dialect: Dialect
    provider: str
    """As OpenTelemetry and the price list call it: ``anthropic``, ``openai``, ``google``, ``ollama``, …"""
    base_url: str
    """Empty: the provider's own."""
    key: SecretStr = field(default_factory=lambda: SecretStr(""))
    key_setting: str = ""
    """The variable that holds the key; empty where none is needed."""
    free: bool = False
    """Whether calls cost nothing."""
    own: bool = False
    """Whether it is a server of one's own, and no provider's interface."""

    @property
    def usable(self) -> bool:
        """Whether it can be asked: it has a key, or needs none."""
        return bool(self.key.get_secret_value()) or not self.key_setting


def access_to(model: str, settings: ModelSettings) -> tuple[Access, str]:
    """Where ``provider:name`` is reached, and the name there.

    Raises ``UnknownModel`` with the near misses, and ``KeyMissing`` where the provider needs a key and has none.
    """
    prefix, _, name = model.strip().partition(":")
    found = accesses(settings).get(prefix.lower())
    if found is None or not name:
        raise UnknownModel(
            f"There is no model '{model}'. {near(prefix, [*PROVIDERS, *settings.model_servers])}",
            hint="Write provider:name, such as anthropic:claude-sonnet-5-5; docs/reference/models.md lists them.",
            model=model,
        )
    if not found.usable:
        raise KeyMissing(
            f"The model '{model}' needs a key and {found.key_setting} is not set.",
            hint=f"Set {found.key_setting}, or use a model without a key: --model offline.",
            model=model,
        )
    return found, name


def accesses(settings: ModelSettings) -> dict[str, Access]:
    """Every provider and server that can be named, by its name, usable or not."""
    elsewhere = bool(settings.openai_base_url) and not settings.openai_base_url.startswith(_OFFICIAL_OPENAI)
    openai = partial(
        Access,
        provider="openai",
        base_url=settings.openai_base_url,
        key=settings.openai_api_key,
        key_setting="" if elsewhere else "OPENAI_API_KEY",
    )
    found = [
        Access(
            name="anthropic",
            dialect="anthropic",
            provider="anthropic",
            base_url=settings.anthropic_base_url,
            key=settings.anthropic_api_key,
            key_setting="ANTHROPIC_API_KEY",
        ),
        openai(name="openai", dialect="openai-chat" if elsewhere else "openai-responses"),
        openai(name="openai-chat", dialect="openai-chat"),
        openai(name="openai-responses", dialect="openai-responses"),
        Access(
            name="google",
            dialect="google",
            provider="google",
            base_url=settings.google_base_url,
            key=settings.google_api_key,
            key_setting="GOOGLE_API_KEY",
        ),
        _local("ollama", settings.ollama_base_url),
        _local("vllm", settings.vllm_base_url),
        _local("llamacpp", settings.llamacpp_base_url),
    ]
    for name, server in settings.model_servers.items():
        found.append(_local(name, server.base_url, key=server.api_key, free=server.free))
    return {access.name: access for access in found}


def sdk_of(access: Access) -> str:
    """The module that speaks the interface."""
    return f"pydantic_ai.models.{access.dialect.partition('-')[0]}"


def is_loaded(access: Access) -> bool:
    """Whether that module is imported: what else takes a second or two, and a thread."""
    return sdk_of(access) in sys.modules


def _local(name: str, base_url: str, *, key: SecretStr | None = None, free: bool = True) -> Access:
    return Access(
        name=name,
        dialect="openai-chat",
        provider=name,
        base_url=base_url,
        key=key or SecretStr(""),
        free=free,
        own=True,
    )
