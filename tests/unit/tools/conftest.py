"""A web server on loopback, a drive in a temporary folder, and a short way to call a tool."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from site_server import Site, serving

from agentlab.models import open_model
from agentlab.settings import Settings
from agentlab.testing import MemoryRecorder
from agentlab.tools import builtin_tools
from agentlab.tools.failure import ToolFailed
from agentlab.types import Scope, ToolContext, ToolResult

Call = Callable[..., ToolResult]
EVERYWHERE = {"invalid_arguments", "timeout", "internal", "irreversible"}
"""Kinds of failure of every tool, which no table names."""


@pytest.fixture(scope="session")
def server() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def other_site() -> Iterator[Site]:
    """A second server."""
    with serving() as site:
        yield site


@pytest.fixture
def site(server: Site) -> Site:
    server.clear()
    server.slow["/slow"] = 0.5
    return server


@pytest.fixture
def caller() -> Callable[..., Call]:
    """``caller(settings)("http.get", url=…)``: one call of a built-in tool under these settings."""

    def under(settings: Settings, cache: Any = None) -> Call:
        settings.prepare_home()
        tools, model = builtin_tools(settings, cache), open_model("offline", MemoryRecorder())

        def call(name: str, /, *, key: str = "", **args: Any) -> ToolResult:
            tool = tools.get(name)
            assert tool is not None
            context = ToolContext(scope=Scope.of_run("run_1"), model=model, idempotency_key=key)
            result = asyncio.run(tool.execute(args, context))
            json.dumps(result.data)
            return result

        return call

    return under


@pytest.fixture
def call(tmp_path: Path, site: Site, caller: Callable[[Settings], Call]) -> Call:
    """The same under settings that allow the test's own server and little else."""
    return caller(
        Settings(home=tmp_path, egress_allow=f"127.0.0.1:{site.port}", http_max_bytes=20_000, http_timeout_s=10)
    )


@pytest.fixture
def hasty(tmp_path: Path, site: Site, caller: Callable[[Settings], Call]) -> Call:
    """The same without patience: 0.15 s."""
    return caller(Settings(home=tmp_path, egress_allow=f"127.0.0.1:{site.port}", http_timeout_s=0.15))


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    """The drive's folder."""
    return tmp_path / "drive"


class MemoryStore:
    """A cache of tools: a dictionary of JSON texts, which may be told that time has passed."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def get(self, key: str) -> Any:
        return json.loads(self.kept[key]) if key in self.kept else None

    async def put(self, key: str, value: Any) -> None:
        self.kept[key] = json.dumps(value)

    def age(self, seconds: float) -> None:
        """Make everything older."""
        for key, text in self.kept.items():
            value = json.loads(text)
            self.kept[key] = json.dumps({**value, "at": value["at"] - seconds})


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def cached_call(tmp_path: Path, site: Site, store: MemoryStore, caller: Callable[..., Call]) -> Call:
    """``call`` with a cache."""
    return caller(Settings(home=tmp_path, egress_allow=f"127.0.0.1:{site.port}"), lambda: store)


@pytest.fixture(autouse=True)
def declared_failures(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a built-in tool fails with in these tests stands in its table of failures."""
    undeclared: list[str] = []
    told_by = ToolFailed.told_by

    def told(self: ToolFailed, table: Any) -> Any:
        table = tuple(table)
        error = told_by(self, table)
        if table and error.kind not in {*(failure.kind for failure in table), *EVERYWHERE}:
            undeclared.append(f"{error.kind}: {error.message}")
        return error

    monkeypatch.setattr(ToolFailed, "told_by", told)
    yield
    assert undeclared == []
