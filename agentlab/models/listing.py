"""What can be named here: every known model and every server, with what it needs, what it costs and what it is used for.

Plain data for the faces. Keys never appear, and an address is shown without the password that may stand in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from agentlab.errors import AgentlabError, KeyMissing, SettingsInvalid, UnknownModel
from agentlab.model_settings import ModelSettings
from agentlab.models.catalogue import ROLES, about, price_per_million, resolve, retirement_warning, roles, title_of
from agentlab.models.gateway import known_models
from agentlab.models.lineup import LINEUP
from agentlab.models.providers.access import Access, access_to, accesses

_FREE = {"offline", "replay:RUN"}
"""Keyless models that cost nothing; a script says itself what it costs."""
_LOCAL = {"ollama": "ollama_base_url", "vllm": "vllm_base_url", "llamacpp": "llamacpp_base_url"}
"""Servers of one's own that have an address without being named, and the setting that names it."""
KEYLESS = ("offline", "scripted", "replay", "roles")
"""What stands before the colon where no provider is asked, or not one alone."""
_SPOKEN_DIFFERENTLY = ("openai-chat", "openai-responses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who can be asked: a provider or a server of one's own."""

    name: str
    """As it stands before the colon of a model's name."""
    title: str
    configured: bool
    """Whether it has what it needs: its key, or for a server an address that somebody gave."""
    key_setting: str
    """The variable that holds its key; empty where none is needed."""
    base_url: str
    """Empty: the provider's own."""
    server: bool
    """Whether it is a server of one's own, whose models it must be asked for."""
    in_use: tuple[str, ...]
    """Full names of its models that the settings name."""
    models: tuple[str, ...]
    """The same, and those that are known of it."""


def models(settings: ModelSettings, today: date | None = None) -> list[dict[str, Any]]:
    """Every model and server that can be named, what is configured first.

    Each row is plain JSON: ``name, provider, description, configured, key_setting, base_url, context_window, max_output,
    price, credits_per_1k, roles, retires_on, retired, successor, warning``. Where no model of a server is known, its name is
    ``SERVER:NAME``. ``price`` holds US dollars per million tokens as text, None where unknown.
    """
    day = today or datetime.now(UTC).date()
    found, used = providers(settings), _used(settings)
    rows = [_keyless(row["name"], row["description"], settings) for row in known_models() if row["name"] != "roles"]
    rows.append(_of_roles(settings, found))
    for provider in found:
        rows += [_row(name, provider, settings, day) for name in provider.models]
        if provider.server:
            rows.append(_row(f"{provider.name}:NAME", provider, settings, day))
    names = {row["name"] for row in rows}
    rows += [_stranger(name, settings) for name in used if name not in names]
    return sorted(rows, key=lambda row: not row["configured"])


def providers(settings: ModelSettings) -> list[Provider]:
    """Every provider and server, configured or not; OpenAI's other ways of speaking only where they are in use."""
    used = _used(settings)
    found = []
    for access in accesses(settings).values():
        named = tuple(name for name in used if name.partition(":")[0].lower() == access.name)
        if access.name in _SPOKEN_DIFFERENTLY and not named:
            continue
        fixed = (
            () if is_server(access) else tuple(info.name for info in LINEUP if info.name.startswith(f"{access.name}:"))
        )
        found.append(
            Provider(
                name=access.name,
                title=title_of(access.name),
                configured=_is_configured(access, settings, bool(named)),
                key_setting=access.key_setting,
                base_url=without_password(access.base_url),
                server=is_server(access),
                in_use=named,
                models=tuple(dict.fromkeys((*named, *fixed))),
            )
        )
    return found


def described(name: str, settings: ModelSettings, today: date | None = None) -> dict[str, Any]:
    """The row of any name that somebody may type; a role's name gives its model's row."""
    meant, day = resolve(name, settings), today or datetime.now(UTC).date()
    found = next((row for row in models(settings, day) if row["name"] == meant), None)
    if found:
        return found
    kind = meant.partition(":")[0]
    keyless = next((row for row in known_models() if row["name"].partition(":")[0] == kind), None)
    if keyless:
        return _keyless(keyless["name"], keyless["description"], settings) | {"name": meant}
    provider = next((one for one in providers(settings) if one.name == kind.lower()), None)
    return _row(meant, provider, settings, day) if provider and meant != kind else _stranger(meant, settings)


def trouble_with(name: str, settings: ModelSettings) -> AgentlabError | None:
    """Why the model cannot be asked, as far as can be told without asking; None where nothing is known against it."""
    try:
        meant = {resolve(role, settings) for role in ROLES} if name.strip() == "roles" else {resolve(name, settings)}
        for model in meant:
            if model.partition(":")[0] not in KEYLESS:
                access_to(model, settings)
    except (UnknownModel, KeyMissing, SettingsInvalid) as error:
        return error
    return None


def is_server(access: Access) -> bool:
    """Whether it is a server of one's own (or another's) rather than the provider that its name says."""
    return access.provider not in {"anthropic", "openai", "google"} or (
        access.provider == "openai" and not access.key_setting
    )


def without_password(url: str) -> str:
    """The address without user, password and query; what is no address is not shown at all."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def priced(amount: Decimal) -> str:
    """An amount as text, without zeros at its end: ``0.075``, ``10``."""
    return f"{amount.normalize():f}"


def _is_configured(access: Access, settings: ModelSettings, named: bool) -> bool:
    setting = _LOCAL.get(access.name)
    if setting is None:
        return access.usable
    return named or setting in settings.model_fields_set


def _used(settings: ModelSettings) -> tuple[str, ...]:
    """Full names of the models that the settings name, roles resolved."""
    named = [*roles(settings).values(), settings.model, *settings.fallback_models]
    meant = dict.fromkeys(resolve(name, settings) for name in named)
    return tuple(name for name in meant if name.partition(":")[0] not in KEYLESS)


def _row(name: str, provider: Provider, settings: ModelSettings, day: date) -> dict[str, Any]:
    info, price = about(name), price_per_million(name, settings)
    elsewhere = f" at {provider.base_url}" if provider.base_url else ""
    title = info.title if info else "Any of its models" if name.endswith(":NAME") else name.partition(":")[2]
    return {
        "name": name,
        "provider": provider.name,
        "description": f"{title}, {provider.title}{elsewhere}.",
        "configured": provider.configured,
        "key_setting": provider.key_setting,
        "base_url": provider.base_url,
        "context_window": info.context_window if info else None,
        "max_output": info.max_output if info else None,
        "price": price and _prices(price.input, price.output, price.price_version),
        "credits_per_1k": price and {"input": priced(price.input), "output": priced(price.output)},
        "roles": [role for role, model in roles(settings).items() if resolve(model, settings) == name],
        "retires_on": info.retires_on.isoformat() if info and info.retires_on else None,
        "successor": (info.successor or None) if info else None,
        "retired": bool(info and info.retires_on and info.retires_on <= day),
        "warning": retirement_warning(name, day),
    }


def _prices(first: Decimal, output: Decimal, version: str) -> dict[str, str]:
    return {"input": priced(first), "output": priced(output), "version": version}


def _bare(name: str, description: str, *, configured: bool, in_roles: list[str]) -> dict[str, Any]:
    """A row without a provider."""
    empty = dict.fromkeys(("context_window", "max_output", "price", "credits_per_1k", "retires_on", "successor"))
    start = {"name": name, "provider": "agentlab", "description": description, "configured": configured}
    return start | {"key_setting": "", "base_url": ""} | empty | {"roles": in_roles, "retired": False, "warning": ""}


def _keyless(name: str, description: str, settings: ModelSettings) -> dict[str, Any]:
    used = [role for role, model in roles(settings).items() if _same(resolve(model, settings), name)]
    row = _bare(name, description, configured=True, in_roles=used)
    if name in _FREE:
        nothing = {"input": "0", "output": "0"}
        row |= {"price": nothing | {"version": "local"}, "credits_per_1k": nothing}
    return row


def _same(model: str, name: str) -> bool:
    return model.partition(":")[0] == name.partition(":")[0]


def _of_roles(settings: ModelSettings, found: list[Provider]) -> dict[str, Any]:
    """The row that stands for all roles together: each call goes to the model of its role."""
    ready = {name for provider in found if provider.configured for name in provider.models}
    meant = {role: resolve(model, settings) for role, model in roles(settings).items()}
    ready |= {name for name in meant.values() if name.partition(":")[0] in KEYLESS}
    each = ", ".join(f"{role} {model}" for role, model in meant.items())
    return _bare(
        "roles",
        f"Each call goes to the model of its role: {each}.",
        configured=set(meant.values()) <= ready,
        in_roles=[],
    )


def _stranger(name: str, settings: ModelSettings) -> dict[str, Any]:
    used = [role for role, model in roles(settings).items() if resolve(model, settings) == name]
    return _bare(name, "No provider and no server is called so.", configured=False, in_roles=used)
