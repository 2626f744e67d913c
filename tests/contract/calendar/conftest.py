"""The tools of the calendar on a file, in Berlin, at a fixed time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from calendar_desk import Desk, desk_in


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_in(tmp_path)


@pytest.fixture
def desk_at(tmp_path: Path) -> Callable[[str], Desk]:
    return lambda zone: desk_in(tmp_path / zone.replace("/", "-"), zone)
