"""A store of one's own for tests that count files, and one for all where run ids keep tests apart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentlab.store import TraceStore


@pytest.fixture
def store(tmp_path) -> Iterator[TraceStore]:
    store = TraceStore(tmp_path / "traces")
    yield store
    store.close()


@pytest.fixture(scope="session")
def shared_store(tmp_path_factory) -> Iterator[TraceStore]:
    store = TraceStore(tmp_path_factory.mktemp("shared") / "traces")
    yield store
    store.close()
