"""The command about models: models."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Annotated, Any

import typer

import agentlab
from agentlab.cli.runs import AsJson
from agentlab.models.catalogue import title_of
from agentlab.models.probe import Probed, probe

_HEADS = ("model", "role", "$/M in", "$/M out", "context", "retires", "needs")
_NUMBERS = {2, 3, 4}
_UNKNOWN = "?"


def models(
    everything: Annotated[bool, typer.Option("--all", help="Also what has no key here, and what is retired.")] = False,
    test: Annotated[
        str | None,
        typer.Option(
            "--test", metavar="NAME", help="Ask a provider, a server, a role or a model for one short answer."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the models that can be named, what they cost and when they retire; or test one."""
    with agentlab.open() as lab:
        if test is not None:
            found = probe(test, lab.settings, lab.ask)
            warning = next((row["warning"] for row in lab.models() if row["name"] == found.asked), "")
            _print_probe(found, warning, as_json)
            return
        rows = lab.models()
    shown = [row for row in rows if everything or row["configured"] or row["roles"]]
    if as_json:
        print(json.dumps(shown, ensure_ascii=False))
        return
    _print_table(shown)
    _print_remarks(shown, rows, everything)


def _print_table(rows: Iterable[dict[str, Any]]) -> None:
    cells = [_HEADS, *(_cells(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADS))]
    for number, row in enumerate(cells):
        columns = enumerate(zip(row, widths, strict=True))
        print(
            "  ".join(
                text.rjust(width) if at in _NUMBERS else text.ljust(width) for at, (text, width) in columns
            ).rstrip()
        )
        if number == 0:
            print("  ".join("-" * width for width in widths))


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    price, window = row["price"] or {}, row["context_window"]
    cost = (
        (price.get("input", ""), price.get("output", ""))
        if price or row["provider"] == "agentlab"
        else (_UNKNOWN, _UNKNOWN)
    )
    context = f"{window:,}" if window else ""
    return row["name"], ", ".join(row["roles"]), *cost, context, row["retires_on"] or "", _needs(row)


def _needs(row: dict[str, Any]) -> str:
    """What is missing before the model can be asked."""
    if row["configured"]:
        return ""
    if row["name"] == "roles":
        return "the keys of its models"
    return row["key_setting"] or ("a server" if row["base_url"] else "another name")


def _print_remarks(shown: list[dict[str, Any]], rows: list[dict[str, Any]], everything: bool) -> None:
    """What to do next, on standard error: warnings of models in use, keys that are missing, where there is more."""
    notes = [row["warning"] for row in shown if row["warning"] and row["roles"]]
    missing = {row["provider"]: row["key_setting"] for row in rows if not row["configured"] and row["key_setting"]}
    if missing:
        notes.append("No key: " + ", ".join(f"{title_of(name)} ({setting})" for name, setting in missing.items()) + ".")
    if len(shown) < len(rows):
        notes.append(f"{len(rows) - len(shown)} more: agentlab models --all. Test a key: agentlab models --test NAME.")
    elif everything:
        notes.append("Test a key: agentlab models --test NAME.")
    for note in notes:
        print(note, file=sys.stderr)


def _print_probe(found: Probed, warning: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps(found.as_dict() | {"warning": warning}, ensure_ascii=False))
        return
    if found.response is None:
        print("\n".join(found.offers) or "It answers and offers no model.")
        print(f"\n{title_of(found.asked)} answered in {found.ms:.0f} ms", file=sys.stderr)
        return
    usage, cost = found.response.usage, found.response.cost_usd
    print(found.response.text.strip() or f"(no text; it ended with: {found.response.finish_reason})")
    tokens = f"{_known(usage.input_tokens)} + {_known(usage.output_tokens)} tokens"
    price = "unknown" if cost is None else f"${cost:.6f}"
    print(f"\n{found.asked}  {found.ms:.0f} ms  {tokens}  cost {price}", file=sys.stderr)
    if warning:
        print(warning, file=sys.stderr)


def _known(tokens: int | None) -> str:
    return _UNKNOWN if tokens is None else f"{tokens:,}"
