"""Stores on both engines: one of one's own, one that does not exist yet, and one for all where run ids keep tests apart."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from agentlab.store import Engine, TraceStore
from agentlab.store.engine import S3
from agentlab.store.lake import Lake

numbers = count()


class OneMachine:
    """SQLite and a folder. Making a lake takes a tenth of a second, copying an empty one no time."""

    def __init__(self, folder: Path) -> None:
        self._empty = folder / "traces"
        self._empty.mkdir()
        _make(Engine(folder=self._empty))

    def new(self, folder: Path) -> Engine:
        return Engine(folder=folder / "traces")

    def empty(self, folder: Path) -> Engine:
        shutil.copytree(self._empty, folder / "traces")
        return self.new(folder)


class Team:
    """Postgres and S3: a database and a prefix for each store."""

    def __init__(self, folder: Path, postgres, s3) -> None:
        self._postgres, self._s3 = postgres, s3
        folder.mkdir(exist_ok=True)
        _make(self._engine(folder, postgres.database("empty_lake")))

    def new(self, folder: Path) -> Engine:
        return self._engine(folder / "traces", self._postgres.database(f"lake_{next(numbers)}"))

    def empty(self, folder: Path) -> Engine:
        return self._engine(folder / "traces", self._postgres.database(f"lake_{next(numbers)}", template="empty_lake"))

    def _engine(self, folder: Path, url: str) -> Engine:
        folder.mkdir(exist_ok=True)
        s3 = S3(endpoint=self._s3.endpoint, key_id="key", secret="secret")
        return Engine(folder=folder, catalogue_url=url, data=f"s3://lab/{url.rsplit('/', 1)[1]}", s3=s3)


def _make(engine: Engine) -> None:
    lake = Lake(engine)
    lake._open()
    lake.close()


@pytest.fixture(scope="session", params=["one machine", "team"])
def kind(request, tmp_path_factory) -> OneMachine | Team:
    """The two kinds of engine; every test of the store runs on both."""
    folder = tmp_path_factory.mktemp("empty")
    if request.param == "one machine":
        return OneMachine(folder)
    return Team(folder, request.getfixturevalue("postgres"), request.getfixturevalue("s3"))


@pytest.fixture
def engine(kind, tmp_path) -> Engine:
    """An engine whose lake exists and holds nothing."""
    return kind.empty(tmp_path)


@pytest.fixture
def store(engine) -> Iterator[TraceStore]:
    store = TraceStore(engine)
    yield store
    store.close()


@pytest.fixture
def new_store(kind, tmp_path) -> Iterator[TraceStore]:
    store = TraceStore(kind.new(tmp_path))
    yield store
    store.close()


@pytest.fixture
def another(store) -> Iterator[Callable[[], TraceStore]]:
    """Further processes' stores of the same engine, as far as one process can play them."""
    made: list[TraceStore] = []

    def open_one() -> TraceStore:
        made.append(TraceStore(store.engine))
        return made[-1]

    yield open_one
    for each in made:
        each.close()


@pytest.fixture(scope="session")
def shared_store(kind, tmp_path_factory) -> Iterator[TraceStore]:
    store = TraceStore(kind.new(tmp_path_factory.mktemp("shared")))
    yield store
    store.close()
