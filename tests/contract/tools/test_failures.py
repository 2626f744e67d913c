"""The tables of failures: each kind once, in words, with options that a repair can use; the page of tools has them all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from agentlab.settings import Settings
from agentlab.tools import builtin_tools
from agentlab.types.tool import Recovery

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/reference/tools.md").read_text(encoding="utf-8")
SPECS = [
    spec for spec in builtin_tools(Settings(home=Path("unused"))).specs() if spec.category in ("http", "drive", "ai")
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_kind_is_declared_once_with_options_that_a_repair_can_use(spec) -> None:
    kinds = [failure.kind for failure in spec.failures]

    assert kinds
    assert len(kinds) == len(set(kinds))
    for failure in spec.failures:
        assert failure.when
        assert failure.options
        assert set(failure.options) <= set(get_args(Recovery))
        assert len(set(failure.options)) == len(failure.options)
        assert ("retry" in failure.options) == failure.retryable, failure
        assert f"| `{failure.kind}` |" in PAGE


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_what_all_tools_know_is_not_repeated(spec) -> None:
    assert not {"invalid_arguments", "timeout", "internal", "irreversible"} & {
        failure.kind for failure in spec.failures
    }
    assert spec.reaches


def test_every_kind_that_the_code_raises_is_declared_somewhere() -> None:
    files = [*(ROOT / "agentlab/tools").glob("[!_]*.py"), *(ROOT / "agentlab/tools/drive").glob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    raised = set(re.findall(r"ToolFailed\(\s*\"([a-z_]+)\"", code))
    declared = {failure.kind for spec in SPECS for failure in spec.failures} | {"invalid_arguments", "timeout"}

    assert raised - declared - {"credentials", "conflict"} == set()
