"""The built-in tools as a planner sees them, and a short way to ask a model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentlab.models.offline import OfflineModel
from agentlab.settings import Settings
from agentlab.testing import MemoryRecorder
from agentlab.tools import Registry, builtin_tools
from agentlab.types import JSON, ModelRequest, ModelResponse, Purpose, Scope

SAMPLES = Path(__file__).parents[3] / "data" / "samples"


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Three categories only: the planner's answers to what no tool can do are tested with them."""
    tools = builtin_tools(Settings(home=tmp_path_factory.mktemp("home")))
    names = [spec.name for spec in tools.specs() if spec.category in ("ai", "drive", "http")]
    return Registry(tool for name in names if (tool := tools.get(name)))


@pytest.fixture(scope="session")
def offered(registry: Registry) -> list[JSON]:
    """The tools as the loop offers them to a planner."""
    return [
        {"name": s.name, "description": s.description, "input_schema": s.input_schema, "changes_world": s.changes_world}
        for s in registry.specs()
    ]


@pytest.fixture
def recorder() -> MemoryRecorder:
    return MemoryRecorder()


@pytest.fixture(scope="session")
def ask() -> Callable[..., ModelResponse]:
    """``ask("chat", prompt=…, context=…)``: the offline model's answer."""

    def asked(purpose: Purpose, **inputs: Any) -> ModelResponse:
        request = ModelRequest(purpose=purpose, inputs=inputs)
        return asyncio.run(OfflineModel().answer(request, Scope.of_run("run_1")))

    return asked


@pytest.fixture(scope="session")
def sample() -> Callable[[str], str]:
    """The text of a sample."""
    return lambda name: (SAMPLES / name).read_text(encoding="utf-8")
