"""The notebook, run by papermill in a real kernel against runs that the test has made."""

from __future__ import annotations

from pathlib import Path

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError

import agentlab

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "plan_quality.ipynb"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    with agentlab.open(str(folder)) as lab:
        lab.run("Summarise samples/ocean-report.md and save the summary as a document")
        plan = {"steps": [{"id": "a", "tool": "drive.list", "args": {"folder": "nowhere"}}]}
        lab.run("List what is not there", plan=plan)
    return folder


def shown(path: Path) -> str:
    notebook = nbformat.read(path, as_version=4)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return "\n".join(str(output.get("data", {}).get("text/plain", output.get("text", ""))) for output in outputs)


def test_it_reads_the_labs_own_traces(home, tmp_path) -> None:
    done = tmp_path / "done.ipynb"

    papermill.execute_notebook(NOTEBOOK, done, {"home": str(home), "days": 1}, progress_bar=False)

    assert "'runs': 2" in shown(done)
    assert "'succeeded': 0.5" in shown(done)
    assert "List what is not there" in shown(done)


def test_a_lab_without_runs_says_what_to_do(tmp_path) -> None:
    done = tmp_path / "done.ipynb"

    papermill.execute_notebook(NOTEBOOK, done, {"home": str(tmp_path / "new"), "days": 1}, progress_bar=False)

    assert "No runs in this time" in shown(done)


def test_a_home_that_cannot_be_written_stops_it_with_the_reason_and_keeps_the_notebook(tmp_path) -> None:
    done = tmp_path / "done.ipynb"
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    with pytest.raises(PapermillExecutionError, match="cannot be written"):
        papermill.execute_notebook(NOTEBOOK, done, {"home": str(blocked)}, progress_bar=False)

    assert done.exists()
