"""docs/reference/model-errors.md says what the code does: each class, and each cell of the fault matrix."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from agentlab import errors
from agentlab.errors import ModelError
from agentlab.testing import FAULTS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/reference/model-errors.md").read_text(encoding="utf-8")


def classes() -> dict[str, type[ModelError]]:
    return {
        name: thing
        for name, thing in vars(errors).items()
        if isinstance(thing, type) and issubclass(thing, ModelError) and thing is not ModelError
    }


def rows() -> dict[str, list[str]]:
    """The cells behind each class's name."""
    lines = PAGE.split("| class | when |")[1].split("\n\n")[0].splitlines()[2:]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {cells[0].strip("`"): cells[1:] for cells in found}


@pytest.fixture(scope="module")
def program() -> Any:
    spec = importlib.util.spec_from_file_location("fault_matrix", ROOT / "benchmarks/fault_matrix.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["fault_matrix"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def cells(program) -> list[Any]:
    found: list[Any] = program.matrix()
    return found


def test_every_class_is_told_and_none_that_is_not_there() -> None:
    assert sorted(rows()) == sorted(classes())


@pytest.mark.parametrize("name", sorted(classes()))
def test_whether_a_class_is_tried_again_is_told_as_it_is(name) -> None:
    told = rows()[name][1]

    assert told == (
        "yes" if classes()[name].retryable else "once, with the problems told" if name == "OutputInvalid" else "no"
    )


def test_the_tables_are_what_the_command_computes(program, cells) -> None:
    told = PAGE.split(program.BEGIN)[1].split(program.END)[0].strip()

    assert told == program.tables(cells), "run: python benchmarks/fault_matrix.py --write"


def test_there_is_a_cell_for_every_fault_and_none_is_silent(program, cells) -> None:
    assert {cell.fault for cell in cells} == set(FAULTS)
    assert len(cells) == len(FAULTS) * 4 * 2
    assert [cell for cell in cells if cell.silent] == []


def test_what_is_charged_is_told_as_it_is(cells) -> None:
    told = {re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower(): row[2] for name, row in rows().items()}
    wrong = []
    for cell in cells:
        for attempt in cell.attempts:
            words = told.get(attempt.error_kind, "yes")  # an answer is charged
            begun = attempt.http_status == 200
            expected = words.startswith("yes") or (begun and words.endswith("yes"))
            if attempt.charged != expected:
                wrong.append((cell.fault, cell.interface, attempt.error_kind, attempt.http_status))

    assert wrong == []


def test_a_faulty_answer_that_may_be_charged_never_costs_too_little(cells) -> None:
    """Its price is unknown; known only where the whole answer came."""
    priced = {
        (cell.fault, it.error_kind) for cell in cells for it in cell.attempts if it.charged and it.cost_usd is not None
    }

    assert priced == {("toolcut", "tool_call_incomplete")}


def test_the_command_fails_where_a_fault_is_silent(program, monkeypatch, capsys) -> None:
    silent = program.Cell("cut", "Google", True, "", ())
    monkeypatch.setattr(program, "matrix", lambda: [silent])
    monkeypatch.setattr(program, "tables", lambda _: "")
    monkeypatch.setattr(sys, "argv", ["fault_matrix.py"])

    with pytest.raises(SystemExit) as ended:
        program.main()

    assert ended.value.code == 1
    assert "1 silent" in capsys.readouterr().out
