"""From a model's name to a model that can be asked, guarded and recorded."""

from __future__ import annotations

from agentlab.errors import UnknownModel, near
from agentlab.models.guarded import Guarded
from agentlab.models.offline import OfflineModel
from agentlab.models.scripted import ScriptedModel
from agentlab.types import Model, Recorder

_PROVIDERS = ("anthropic", "openai", "google", "ollama", "vllm", "azure", "mistral")
_HINT = "Use offline, or scripted:FILE with answers of your own; docs/reference/models.md tells more."


def known_models() -> list[dict[str, str]]:
    """The models that can be named: ``name``, ``provider``, ``description`` of each."""
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
    ]


def open_model(name: str, recorder: Recorder) -> Model:
    """The model called ``name`` (``offline``, ``scripted:FILE``); its calls are recorded in ``recorder``.

    Raises ``UnknownModel`` with the near misses, and ``FileUnusable`` where a script cannot be used.
    """
    kind, _, rest = name.strip().partition(":")
    if kind == "scripted":
        return Guarded(ScriptedModel(rest), recorder)
    if name.strip() == "offline":
        return Guarded(OfflineModel(), recorder)
    raise _unknown(name, kind)


def _unknown(name: str, kind: str) -> UnknownModel:
    if kind.lower() in _PROVIDERS:
        return UnknownModel(
            f"The model '{name}' is a provider's; this version of agentlab runs keyless models only.",
            hint=_HINT,
            model=name,
        )
    return UnknownModel(
        f"There is no model '{name}'. {near(name, ['offline', 'scripted:FILE'])}", hint=_HINT, model=name
    )
