"""From a model's name to a model that can be asked, guarded and recorded."""

from __future__ import annotations

import asyncio
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from agentlab.errors import UnknownModel, near
from agentlab.models.catalogue import ROLES, ModelRetiring, about, resolve, retirement_warning
from agentlab.models.estimate import Estimate, estimate_of, tokens_of
from agentlab.models.guarded import Guarded, Terms
from agentlab.models.guards import Guards, open_guards
from agentlab.models.offline import OfflineModel
from agentlab.models.providers.access import PROVIDERS, Access, access_to, accesses, is_loaded
from agentlab.models.recorded import Book, Recorded
from agentlab.models.replay import PREFIX, ReplayModel
from agentlab.models.replay import Recorded as RecordedCalls
from agentlab.models.retry import RetryPolicy
from agentlab.models.roles import RoleModel
from agentlab.models.scripted import ScriptedModel
from agentlab.models.switch import check_real_call
from agentlab.models.tokens import TokenCount
from agentlab.settings import Settings, read_settings
from agentlab.trace import utc_now
from agentlab.types import Model, ModelRequest, ModelResponse, OnDelta, Purse, RecordedCall, Recorder, Scope

if TYPE_CHECKING:
    from agentlab.models.providers.connections import Connections
    from agentlab.models.providers.model import ProviderModel

KEYLESS = ("offline", "scripted:FILE", "replay:RUN")
_HINT = "docs/reference/models.md lists what can be named; agentlab models shows what is configured."


def known_models() -> list[dict[str, str]]:
    """The keyless models: ``name``, ``provider``, ``description`` of each."""
    return [
        {
            "name": "offline",
            "provider": "agentlab",
            "description": "Plans and reads by rules, on this machine; no key, no network, no language model.",
        },
        {
            "name": "scripted:FILE",
            "provider": "agentlab",
            "description": "Gives the answers written in a JSON file, for tests and demonstrations.",
        },
        {
            "name": "replay:RUN",
            "provider": "agentlab",
            "description": "Gives the answers of a recorded run again; no key, no network, no cost.",
        },
    ]


@dataclass
class Gateway:
    """Where models come from. One for a lab; opening a model imports no SDK and sends nothing."""

    recorder: Recorder
    recorded: RecordedCalls | None = None
    """Reads the calls of a run, for replays."""
    settings: Settings = field(default_factory=read_settings)

    @cached_property
    def guards(self) -> Guards:
        """Cache, breakers and rate limits of all models that are opened here."""
        return open_guards(self.settings)

    @cached_property
    def connections(self) -> Connections:
        """The connections to providers; imports pydantic-ai."""
        from agentlab.models.providers.connections import Connections

        return Connections()

    def open(self, name: str, *, purse: Purse | None = None, user: str = "local") -> Model:
        """The model called ``name``: ``provider:model``, ``server:model``, a role, ``roles``, or a keyless one.

        ``purse`` pays for its calls and ``user`` is whose rate limit they count against. Raises ``UnknownModel`` with
        the near misses, ``KeyMissing``, and ``FileUnusable`` where a script cannot be used.
        """
        name = name.strip()
        if name == "roles":
            return RoleModel({role: self.open(role, purse=purse, user=user) for role in ROLES})
        if name in ROLES:
            return self.open(resolve(name, self.settings), purse=purse, user=user)
        if keyless := self._keyless(name):
            return keyless
        terms = Terms(
            guards=self.guards,
            policy=RetryPolicy(attempts=self.settings.model_attempts, whole_s=self.settings.model_timeout_s),
            purse=purse,
            user=user,
        )
        names = [name, *(other for other in self.settings.fallback_models if other != name)]
        return Guarded([self._provided(other, user) for other in names], terms)

    async def count(self, name: str, request: ModelRequest) -> TokenCount:
        """The tokens of a prompt. Raises as ``open`` does, and the provider's ``ModelError``."""
        name = resolve(name.strip(), self.settings)
        if name == "roles" or self._keyless(name):
            return TokenCount(tokens_of(request), exact=False)
        return await self._provided(name, "local")[0].count(request)

    def warm(self) -> None:
        """Import the SDKs of providers that have a key, so that the first question need not wait; a few seconds."""
        with_key = [it for it in accesses(self.settings).values() if it.usable and it.key_setting]
        if with_key:
            from agentlab.models.providers.connections import load

            for access in with_key:
                load(access)

    async def close(self) -> None:
        """Let go of connections, files and threads."""
        if "connections" in self.__dict__:
            await self.connections.close()
        if "guards" in self.__dict__:
            await self.guards.aclose()

    def _keyless(self, name: str) -> Model | None:
        kind, _, rest = name.partition(":")
        if run_id := replayed(name):
            model = ReplayModel(run_id, self.recorded or _nothing)
            return Recorded(model, self.recorder, attributes={"agentlab.replay_of": run_id})
        if kind == "scripted":
            return Recorded(ScriptedModel(rest), self.recorder)
        if name == "offline":
            return Recorded(OfflineModel(), self.recorder)
        if not rest:
            known = [*KEYLESS, *ROLES, "roles", *(f"{provider}:MODEL" for provider in PROVIDERS)]
            raise UnknownModel(f"There is no model '{name}'. {near(name, known)}", hint=_HINT, model=name)
        return None

    def _provided(self, name: str, user: str) -> tuple[_Provided, Book]:
        access, short = access_to(name, self.settings)
        model = _Provided(access, short, self)
        return model, Book(self.recorder, model.name, access.provider, user=user)


class _Provided:
    """A provider's model before its SDK is there: that is imported when the first question comes."""

    def __init__(self, access: Access, short: str, gateway: Gateway) -> None:
        self.name = f"{access.name}:{short}"
        self.provider = access.provider
        self._access = access
        self._short = short
        self._gateway = gateway
        self._model: Model | None = None

    def estimate(self, request: ModelRequest) -> Estimate:
        """What the call may cost at most."""
        longest = self._longest
        if self._access.free:
            return Estimate(max_tokens=request.options.max_tokens or longest)
        return estimate_of(self.provider, self._short, request, longest, utc_now())

    async def answer(self, request: ModelRequest, scope: Scope, on_delta: OnDelta | None = None) -> ModelResponse:
        """One attempt. Raises ``CallsOff`` where real calls are turned off."""
        check_real_call(self.name, allowed=self._gateway.settings.real_model_calls)
        if self._model is None:
            self._model = self._open() if is_loaded(self._access) else await asyncio.to_thread(self._open)
        return await self._model.answer(request, scope, on_delta)

    @cached_property
    def _longest(self) -> int:
        """Tokens of an answer where the question says nothing: the setting, and never more than the model gives."""
        known = about(self.name)
        longest = self._gateway.settings.model_max_tokens
        return min(longest, known.max_output) if known and known.max_output else longest

    async def count(self, request: ModelRequest) -> TokenCount:
        """The tokens of a prompt, as the provider counts; estimated where it does not."""
        check_real_call(self.name, allowed=self._gateway.settings.real_model_calls)
        model = await asyncio.to_thread(self._open)
        counted = await model.count(request)
        return TokenCount(tokens_of(request), exact=False) if counted is None else TokenCount(counted, exact=True)

    def _open(self) -> ProviderModel:
        from agentlab.models.providers.connections import load
        from agentlab.models.providers.model import Patience, ProviderModel

        load(self._access)
        if warning := retirement_warning(self.name, utc_now().date()):
            warnings.warn(warning, ModelRetiring, stacklevel=2)
        settings = self._gateway.settings
        patience = Patience(settings.model_timeout_s, settings.model_stall_s, 0 if self._access.free else self._longest)
        return ProviderModel(self._access, self._short, self._gateway.connections, patience)


def open_model(name: str, recorder: Recorder, recorded: RecordedCalls | None = None) -> Model:
    """The model called ``name``, by the settings of the environment; for programs that have no lab."""
    return Gateway(recorder, recorded).open(name)


def replayed(name: str) -> str:
    """The run that the model called ``name`` replays; empty where it replays none."""
    return name.strip().removeprefix(PREFIX) if name.strip().startswith(PREFIX) else ""


def _nothing(run_id: str) -> list[RecordedCall]:
    raise UnknownModel(
        f"There is nothing to read the run '{run_id}' from.", hint="Open a lab: lab.run(goal, model='replay:RUN')."
    )
