"""Memory and conversations as a run sees them: implements the port ``Remembering``."""

from __future__ import annotations

import asyncio

from agentlab.memory.clean import LONGEST, cut, visible
from agentlab.memory.memories import Memories
from agentlab.memory.search import Search
from agentlab.memory.threads import Threads
from agentlab.statements import says_only, statements
from agentlab.types import Memory, RunResult, RunSpec, Turn

RESULT_IMPORTANCE = 0.3
SAID_IMPORTANCE = 0.8
"""Of what a person says about themselves in a goal."""
_LONGEST_GOAL = 300
_LONGEST_RESULT = 700


class Recollection:
    """What a run recalls and keeps. ``limit`` and ``least`` bound what is recalled; where it is not ``on``, nothing is.

    ``closing`` is a sentence that stands under answers and says nothing about them.
    """

    def __init__(
        self,
        memories: Memories,
        search: Search,
        threads: Threads,
        *,
        on: bool = True,
        limit: int = 5,
        least: float = 0.3,
        closing: str = "",
    ) -> None:
        self.memories = memories
        self.search = search
        self.threads = threads
        self._on = on
        self._limit = limit
        self._least = least
        self._closing = closing

    async def recall(self, spec: RunSpec) -> tuple[Memory, ...]:
        """What fits the goal, best first; places that are left over go to the weightiest preferences."""
        if not (self._on and spec.memory and self._limit):
            return ()
        found = await self.search.find(spec.goal, user=spec.user, limit=4 * self._limit, least=self._least)
        preferences = await asyncio.to_thread(self.memories.newest, spec.user, kind="preference")
        preferences.sort(key=lambda memory: -memory.importance)
        chosen: dict[str, Memory] = {}
        for memory in (*found, *preferences):
            if memory.source != spec.run_id:
                chosen.setdefault(memory.text.casefold(), memory)
        return tuple(chosen.values())[: self._limit]

    async def turns(self, spec: RunSpec) -> tuple[Turn, ...]:
        """The newest ten earlier turns of the run's conversation, oldest first."""
        return await asyncio.to_thread(self.threads.before, spec)

    async def keep(self, spec: RunSpec, result: RunResult) -> None:
        """Fill in the turn; keep what a succeeded run has found, and what the person said about themselves in the goal.

        What text from outside had a hand in, by its steps or by what it was shown, is marked as untrusted.
        """
        memories, turns = await self.recall(spec), await self.turns(spec)
        untrusted = any(
            (
                *(step.untrusted for step in result.steps),
                *(memory.untrusted for memory in memories),
                *(turn.untrusted for turn in turns),
            )
        )
        await asyncio.to_thread(self._keep, spec, result, untrusted)

    def close(self) -> None:
        """Let go of the indexes and of the database."""
        self.search.close()
        self.memories.close()

    def _keep(self, spec: RunSpec, result: RunResult, untrusted: bool) -> None:
        self.threads.end(spec, result, untrusted=untrusted)
        if not (self._on and spec.memory) or spec.parent:
            return
        name = spec.run_id.removeprefix("run_")
        for number, said in enumerate(statements(spec.goal), 1):
            self.memories.add(
                cut(said.text, LONGEST),
                user=spec.user,
                kind=said.kind,
                importance=SAID_IMPORTANCE,
                source=spec.run_id,
                memory_id=f"mem_{name}-{number}",
            )
        answer = visible(result.answer).removesuffix(self._closing).strip()
        if result.status == "succeeded" and answer and not says_only(spec.goal):
            text = f"{cut(visible(spec.goal), _LONGEST_GOAL)} → {cut(answer, _LONGEST_RESULT)}"
            self.memories.add(
                text,
                user=spec.user,
                kind="result",
                importance=RESULT_IMPORTANCE,
                source=spec.run_id,
                untrusted=untrusted,
                memory_id=f"mem_{name}",
            )
