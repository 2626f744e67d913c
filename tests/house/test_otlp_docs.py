"""The tables of docs/reference/otlp.md are those of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentlab.store.otlp import names

PAGE = (Path(__file__).parents[2] / "docs/reference/otlp.md").read_text(encoding="utf-8")


def table(heading: str) -> list[tuple[str, ...]]:
    """The rows of the table whose first heading this is, without the marks of code."""
    lines = PAGE.split(f"| {heading} |", 1)[1].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append(tuple(cell.strip().replace("`", "") for cell in line.strip("|").split("|")))
    return rows


def test_every_column_is_told_with_its_name_and_the_others_that_are_read() -> None:
    assert table("column") == [
        (column, name, ", ".join(names.ALSO_READ.get(column, ()))) for column, name in names.COLUMN_NAMES.items()
    ]


@pytest.mark.parametrize(
    ("heading", "kinds"),
    [
        (names.OPENINFERENCE_KIND, names.OPENINFERENCE_KINDS),
        (names.TRACELOOP_KIND, names.TRACELOOP_KINDS),
        (names.REQUEST_TYPE, names.REQUEST_TYPES),
    ],
)
def test_every_kind_is_told_with_what_it_becomes(heading, kinds) -> None:
    assert table(f"`{heading}`") == [(name, *known) for name, known in kinds.items()]


def test_every_operation_is_told_with_its_kind() -> None:
    assert table("`gen_ai.operation.name` | `kind`") == list(names.OPERATION_KINDS.items())


@pytest.mark.parametrize("name", [*names.FLAT, *names.WHOLE, *names.MESSAGES.values(), *names.TOOL_CALL.values()])
def test_every_source_of_a_payload_is_told(name) -> None:
    assert f"`{name}" in PAGE
