"""The app without a browser: each page runs against a lab of its own, empty or with runs in it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from app_reading import APP, EVIL
from streamlit.testing.v1 import AppTest

import agentlab

sys.path.insert(0, str(APP))

OWN_PLAN = {"steps": [{"id": "look", "tool": "drive.list", "args": {}, "description": f"Look {EVIL}"}]}
BAD_PLAN = {"steps": [{"id": "fetch", "tool": "http.get", "args": {"url": "http://127.0.0.1:9/private"}}]}


@dataclass
class Home:
    """A folder with a lab in it, and the runs that are in there."""

    path: Path
    good: str = ""
    bad: str = ""


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A lab with one run that succeeded and one that failed."""
    path = tmp_path_factory.mktemp("worked")
    with agentlab.open(str(path)) as lab:
        good = lab.run(f"Look at the drive {EVIL}", plan=OWN_PLAN)
        bad = lab.run("Fetch what may not be fetched", plan=BAD_PLAN)
    return Home(path, good.run_id, bad.run_id)


@pytest.fixture
def empty(tmp_path: Path) -> Home:
    """A lab in which nothing has run."""
    return Home(tmp_path)


Visit = Callable[..., AppTest]


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    """Open a page of the app: ``visit(home, "run", run=…)``."""
    from ui.bench import the_lab

    def open_page(home: Home, page: str, **params: str) -> AppTest:
        monkeypatch.setenv("AGENTLAB_HOME", str(home.path))
        the_lab.cache_clear()
        app = AppTest.from_file(str(APP / "main.py"), default_timeout=30)
        if page != "home":
            app.run()
            app.switch_page(f"page/{page}.py")
        for name, value in params.items():
            app.query_params[name] = value
        return app.run()

    yield open_page
    if the_lab.cache_info().currsize:
        the_lab().close()
    the_lab.cache_clear()
