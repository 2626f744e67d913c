"""Fixtures for the tests of programs that use agentlab; pytest finds them by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def no_model_calls() -> Iterator[None]:
    """Real model calls are off: each raises ``agentlab.errors.CallsOff``. Keyless models answer as ever."""
    from agentlab.models.switch import real_calls_off

    with real_calls_off():
        yield


@pytest.fixture
def agentlab_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_model_calls: Any) -> Path:
    """A home of its own, empty, for ``agentlab.open()``; real model calls are off."""
    monkeypatch.setenv("AGENTLAB_HOME", str(tmp_path / "agentlab"))
    return tmp_path / "agentlab"
