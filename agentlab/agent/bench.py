"""What a run works with: its ports in one record, so that the loop's functions take few arguments."""

from __future__ import annotations

from dataclasses import dataclass

from agentlab.agent.guards import Budget
from agentlab.types import Model, Recorder, RunSpec, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The ports and the purse of one run."""

    spec: RunSpec
    model: Model
    tools: Tools
    recorder: Recorder
    budget: Budget
