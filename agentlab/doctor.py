"""What the lab stands on: one check each, with the next step where something is wrong."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentlab.errors import AgentlabError
from agentlab.models.providers.access import accesses

if TYPE_CHECKING:
    from agentlab.lab import Lab


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    """What was found."""
    hint: str = ""
    """What to do; empty where all is well."""


def examine(lab: Lab) -> list[Check]:
    """Look at everything; a check that breaks is a check that failed."""
    return [_safely(name, check, lab) for name, check in _checks()]


def _checks() -> Iterator[tuple[str, Callable[[str, Lab], Check]]]:
    yield "python", _python
    yield "home", _home
    yield "runs", _runs
    yield "workers", _workers
    yield "traces", _traces
    yield "app", _app
    yield "model", _model
    yield "guards", _guards
    yield "notify", _notify


def _safely(name: str, check: Callable[[str, Lab], Check], lab: Lab) -> Check:
    try:
        return check(name, lab)
    except AgentlabError as error:
        return Check(name, False, error.message, error.hint)
    except Exception as error:  # noqa: BLE001 - whatever is broken, the other checks still tell
        return Check(
            name, False, f"{type(error).__name__}: {error}", "Run with AGENTLAB_HOME on a local, writable disk."
        )


def _python(name: str, _lab: Lab) -> Check:
    return Check(name, True, f"{sys.version.split()[0]} at {sys.executable}")


def _home(name: str, lab: Lab) -> Check:
    lab.settings.prepare_home()
    return Check(name, True, str(lab.settings.home))


def _runs(name: str, lab: Lab) -> Check:
    waiting = len(lab.durable.queued())
    return Check(name, True, f"{waiting} waiting in {lab.durable.describe()}")


def _workers(name: str, lab: Lab) -> Check:
    alive = lab.durable.liveness.workers()
    if alive or not lab.durable.queued():
        return Check(name, True, f"{alive} alive")
    return Check(name, False, "runs are waiting and no worker is alive", "Start one: agentlab worker (or agentlab up).")


def _traces(name: str, lab: Lab) -> Check:
    health, trouble = lab.store.health(), lab.store.trouble()
    detail = f"{health.rows:,} spans stored, {health.waiting_bytes:,} bytes in the spool"
    if trouble:
        return Check(name, False, f"{detail}; {trouble.message}", trouble.hint)
    return Check(name, True, detail + (f"; {health.lost:,} lines were lost in the past" if health.lost else ""))


def _app(name: str, _lab: Lab) -> Check:
    missing = [part for part in ("streamlit", "fastapi", "uvicorn", "plotly") if importlib.util.find_spec(part) is None]
    if missing:
        return Check(name, False, f"not installed: {', '.join(missing)}", 'pip install "agentlab-bench[app]"')
    return Check(name, True, f"http://{_lab.settings.host}:{_lab.settings.port}")


def _model(name: str, lab: Lab) -> Check:
    lab.gateway.open(lab.settings.model)
    ready = [access.name for access in accesses(lab.settings).values() if access.usable and access.key_setting]
    return Check(name, True, f"{lab.settings.model}; keys for {', '.join(ready) or 'no provider'}")


def _guards(name: str, lab: Lab) -> Check:
    states = lab.guard_states()
    resting = [it.name for it in states.breakers if it.state != "closed"]
    left_alone = f"; left alone after failures: {', '.join(resting)}" if resting else ""
    shared = states.shared
    if shared.url and not shared.reachable:
        return Check(
            name,
            False,
            f"{shared.url} does not answer ({shared.error}); each process guards for itself{left_alone}",
            "Runs go on. Start the Redis, or empty AGENTLAB_REDIS_URL.",
        )
    return Check(name, True, f"{f'shared over {shared.url}' if shared.url else 'in this process'}{left_alone}")


def _notify(name: str, lab: Lab) -> Check:
    """Who is told outward; kinds of services only, for a URL may be a key as a whole."""
    targets = lab.settings.targets
    told = "; ".join(f"{target.service} of {', '.join(target.on) or 'nothing'}" for target in targets)
    waiting = sum(note.unsent for note in lab.notifications(unread=True)) if targets else 0
    unsent = f"; {waiting} not sent" if waiting else ""
    return Check(name, True, (told or "nobody outside") + unsent)
