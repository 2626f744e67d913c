"""A bench of fakes: tools from plain functions, a model from a list of answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentlab.agent.bench import Bench
from agentlab.agent.guards import Budget
from agentlab.testing import FakeModel, FakeTool, FakeTools, MemoryRecorder
from agentlab.types import Limits, Plan, RunSpec

MakeBench = Callable[..., Bench]


@pytest.fixture
def recorder() -> MemoryRecorder:
    return MemoryRecorder()


@pytest.fixture
def bench(recorder: MemoryRecorder) -> MakeBench:
    """``bench(tools=…, answers=…, plan=…, limits=…, ports={"desk": …}, approve=…)``; other names are fields of ``RunSpec``."""

    def make(
        *,
        tools: tuple[FakeTool, ...] = (),
        answers: Any = None,
        plan: Plan | None = None,
        limits: Limits | None = None,
        ports: dict[str, Any] | None = None,
        **options: Any,
    ) -> Bench:
        spec = RunSpec(run_id="run_1", goal="do it", model="fake", plan=plan, limits=limits or Limits(), **options)
        return Bench(
            spec=spec,
            model=FakeModel(answers),
            tools=FakeTools(tools),
            recorder=recorder,
            budget=Budget(spec.limits),
            **(ports or {}),
        )

    return make
