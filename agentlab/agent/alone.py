"""What a run is without a lab around it: nobody to ask, nothing shared, nothing remembered. For previews and tests."""

from __future__ import annotations

from agentlab.types import (
    JSON,
    Decision,
    Effect,
    Memory,
    Question,
    RunResult,
    RunSpec,
    ToolError,
    ToolResult,
    ToolSpec,
    Turn,
)


class NobodyToAsk:
    """The port ``Desk`` where nobody sits: what is asked stays open."""

    pausing = False

    async def decision(self, question: Question) -> Decision | None:
        """None, for ever."""
        return None


class EffectsInMind:
    """The port ``Effects`` for as long as the process lives."""

    def __init__(self) -> None:
        self._by_key: dict[str, Effect] = {}
        self._claims: dict[str, str] = {}

    async def write(self, effect: Effect) -> None:
        """Keep it, in the place of the one with the same key."""
        self._by_key[effect.key] = effect
        self._claims.pop(effect.key, None)

    async def find(self, key: str) -> Effect | None:
        """The effect under a key."""
        return self._by_key.get(key)

    async def claim(self, key: str, by: str) -> Effect | None:
        """The effect, unless another one than ``by`` has claimed it."""
        return self._by_key[key] if self._claims.setdefault(key, by) == by else None

    async def of(self, run_id: str) -> tuple[Effect, ...]:
        """All of a run, in the order in which they began."""
        return tuple(effect for effect in self._by_key.values() if effect.run_id == run_id)


class NoGuard:
    """The port ``ToolGuard`` that lets everything through."""

    async def admit(self, spec: ToolSpec, args: JSON, user: str) -> ToolError | None:
        """None."""
        return None

    async def told(self, spec: ToolSpec, args: JSON, result: ToolResult) -> None:
        """Nothing is learned."""


class NoMemory:
    """The port ``Remembering`` that remembers nothing."""

    async def recall(self, spec: RunSpec) -> tuple[Memory, ...]:
        """Nothing."""
        return ()

    async def turns(self, spec: RunSpec) -> tuple[Turn, ...]:
        """Nothing."""
        return ()

    async def keep(self, spec: RunSpec, result: RunResult) -> None:
        """Nothing is kept."""
