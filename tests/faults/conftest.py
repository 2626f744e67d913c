"""Stores on both engines, empty and of one's own, for tests that hurt them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from run_crew import Crew

from agentlab.store import S3, Engine

numbers = count()


@pytest.fixture
def runs_url(request) -> str:
    """A database of runs in a Postgres, where the test asks for one; else empty, for a file."""
    if request.param == "SQLite":
        return ""
    url: str = request.getfixturevalue("postgres").database(f"runs_{next(numbers)}")
    return url.replace("://", "+psycopg://")


@pytest.fixture(scope="session")
def whole_crew() -> Iterator[Crew]:
    crew = Crew()
    yield crew
    crew.close()


@pytest.fixture
def crew(whole_crew: Crew) -> Iterator[Crew]:
    """Workers of runs; none of them outlives its test."""
    yield whole_crew
    whole_crew.end()


@pytest.fixture(params=["one machine", "team"])
def engine(request, tmp_path) -> Engine:
    """SQLite and a folder, then Postgres and S3. There is no lake yet: the first drain makes it."""
    folder: Path = tmp_path / "traces"
    if request.param == "one machine":
        return Engine(folder=folder)
    name = f"faults_{next(numbers)}"
    url = request.getfixturevalue("postgres").database(name)
    s3 = S3(endpoint=request.getfixturevalue("s3").endpoint, key_id="key", secret="secret")
    return Engine(folder=folder, catalogue_url=url, data=f"s3://lab/{name}", s3=s3)
