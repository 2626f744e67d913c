"""The switch that keeps a process from asking real models: for tests that must cost nothing and depend on nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from agentlab.errors import CallsOff

_off = 0


@contextmanager
def real_calls_off() -> Iterator[None]:
    """Inside of it every call of a provider's or a server's model raises ``CallsOff``, in every thread."""
    global _off
    _off += 1
    try:
        yield
    finally:
        _off -= 1


def check_real_call(model: str, *, allowed: bool = True) -> None:
    """Raises ``CallsOff`` where ``model`` must not be asked; ``allowed`` is the setting."""
    if _off or not allowed:
        raise CallsOff(
            f"The model '{model}' may not be asked: real model calls are turned off in this process.",
            hint="Use offline, scripted:FILE or replay:RUN."
            + ("" if _off else " AGENTLAB_REAL_MODEL_CALLS=1 turns them on."),
        )
