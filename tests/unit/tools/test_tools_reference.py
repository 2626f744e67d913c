"""The page about tools knows every tool, every argument and every kind of failure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agentlab.settings import Settings
from agentlab.tools import builtin_tools

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reference" / "tools.md").read_text(encoding="utf-8")
SPECS = builtin_tools(Settings(home=Path("unused"))).specs()


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_tool_has_its_section_with_its_arguments(spec) -> None:
    section = PAGE.split(f"## `{spec.name}`")[1].split("\n## ")[0]

    assert [name for name in spec.input_schema["properties"] if f"`{name}`" not in section] == []


def test_every_kind_of_failure_is_explained() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "agentlab" / "tools").rglob("*.py"))
    kinds = set(re.findall(r"(?:ToolFailed|_failed)\(\s*\"([a-z_]+)\"|kind=\"([a-z_]+)\"", code))

    assert [kind for pair in kinds for kind in pair if kind and f"| `{kind}` |" not in PAGE] == []
    assert len(kinds) > 15


def test_the_example_of_a_tool_of_ones_own_runs() -> None:
    example = PAGE.split("```python\n")[1].split("```")[0]
    names: dict[str, object] = {}

    exec(compile(example, "tools.md", "exec"), names)

    assert names["roll"].validate({"sides": 1})
