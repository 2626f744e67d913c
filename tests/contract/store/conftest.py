"""Stores: one of one's own, one that does not exist yet, and one for all where run ids keep tests apart."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from agentlab.store import TraceStore
from agentlab.store.lake import Lake


@pytest.fixture(scope="session")
def empty_lake(tmp_path_factory):
    """A folder with a lake that holds nothing: making one takes a tenth of a second, copying it no time."""
    folder = tmp_path_factory.mktemp("empty") / "traces"
    folder.mkdir()
    lake = Lake(folder)
    lake._open()
    lake.close()
    return folder


@pytest.fixture
def store(tmp_path, empty_lake) -> Iterator[TraceStore]:
    shutil.copytree(empty_lake, tmp_path / "traces")
    store = TraceStore(tmp_path / "traces")
    yield store
    store.close()


@pytest.fixture
def new_store(tmp_path) -> Iterator[TraceStore]:
    store = TraceStore(tmp_path / "traces")
    yield store
    store.close()


@pytest.fixture(scope="session")
def shared_store(tmp_path_factory) -> Iterator[TraceStore]:
    store = TraceStore(tmp_path_factory.mktemp("shared") / "traces")
    yield store
    store.close()
