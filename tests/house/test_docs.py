"""Docs that cannot rot: every command, option, setting and error class is written about, and every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from agentlab import errors
from agentlab.cli.main import app
from agentlab.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def links(path: Path) -> list[str]:
    """Targets inside the repository that a page links to."""
    return re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_its_options_are_in_the_reference(name) -> None:
    text = page("reference/cli.md")

    assert f"## `agentlab {name}" in text
    section = text.split(f"## `agentlab {name}")[1].split("\n## ")[0]
    for option in COMMANDS[name].params:
        assert any(f"`{spelling}" in section for spelling in option.opts), option.opts


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_reference_with_its_default(name) -> None:
    row = next(
        (line for line in page("reference/settings.md").splitlines() if f"`AGENTLAB_{name.upper()}`" in line), ""
    )
    default = Settings.model_fields[name].default

    assert row, f"AGENTLAB_{name.upper()} is not in docs/reference/settings.md"
    assert str(default) in row.replace(",", "") if str(default) else "empty" in row


def test_every_error_class_is_drawn_in_the_tree_of_its_module() -> None:
    classes = [name for name, thing in vars(errors).items() if isinstance(thing, type) and issubclass(thing, Exception)]

    assert [name for name in classes if name not in (errors.__doc__ or "")] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_the_repository_leads_somewhere(path) -> None:
    assert [target for target in links(path) if not (path.parent / target).exists()] == []


def test_every_page_is_reachable_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached or path.suffix != ".md":
            continue
        reached.add(path)
        waiting += [(path.parent / target).resolve() for target in links(path)]

    assert sorted(str(path.relative_to(ROOT)) for path in set(PAGES) - reached) == []
