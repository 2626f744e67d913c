"""From a model's name to a model that can be asked, guarded and recorded."""

from __future__ import annotations

from agentlab.errors import UnknownModel, near
from agentlab.models.guarded import Guarded
from agentlab.models.offline import OfflineModel
from agentlab.models.replay import PREFIX, Recorded, ReplayModel
from agentlab.models.scripted import ScriptedModel
from agentlab.types import Model, RecordedCall, Recorder

_PROVIDERS = ("anthropic", "openai", "google", "ollama", "vllm", "azure", "mistral")
_HINT = "Use offline, scripted:FILE with answers of your own, or replay:RUN; docs/reference/models.md tells more."


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
        {
            "name": "replay:RUN",
            "provider": "agentlab",
            "description": "Gives the answers of a recorded run again; no key, no network, no cost.",
        },
    ]


def open_model(name: str, recorder: Recorder, recorded: Recorded | None = None) -> Model:
    """The model called ``name`` (``offline``, ``scripted:FILE``, ``replay:RUN``); its calls are recorded in ``recorder``.

    ``recorded`` reads the calls of a run, for replays. Raises ``UnknownModel`` with the near misses, and
    ``FileUnusable`` where a script cannot be used.
    """
    kind, _, rest = name.strip().partition(":")
    if run_id := replayed(name):
        return Guarded(ReplayModel(run_id, recorded or _nothing), recorder, attributes={"agentlab.replay_of": run_id})
    if kind == "scripted":
        return Guarded(ScriptedModel(rest), recorder)
    if name.strip() == "offline":
        return Guarded(OfflineModel(), recorder)
    raise _unknown(name, kind)


def replayed(name: str) -> str:
    """The run that the model called ``name`` replays; empty where it replays none."""
    return name.strip().removeprefix(PREFIX) if name.strip().startswith(PREFIX) else ""


def _nothing(run_id: str) -> list[RecordedCall]:
    raise UnknownModel(
        f"There is nothing to read the run '{run_id}' from.", hint="Open a lab: lab.run(goal, model='replay:RUN')."
    )


def _unknown(name: str, kind: str) -> UnknownModel:
    if kind.lower() in _PROVIDERS:
        return UnknownModel(
            f"The model '{name}' is a provider's; this version of agentlab runs keyless models only.",
            hint=_HINT,
            model=name,
        )
    return UnknownModel(
        f"There is no model '{name}'. {near(name, ['offline', 'scripted:FILE', 'replay:RUN'])}", hint=_HINT, model=name
    )
