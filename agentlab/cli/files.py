"""Commands that move traces: export, import, forward."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import agentlab
from agentlab.errors import SettingsInvalid


class Form(StrEnum):
    """What traces are written as."""

    parquet = "parquet"
    otlp = "otlp"


def export(
    path: Annotated[Path, typer.Argument(help="A new folder for Parquet; a new file for OTLP: .jsonl, or .pb.")],
    form: Annotated[Form, typer.Option("--format", help="What to write.")] = Form.parquet,
    run: Annotated[str | None, typer.Option("--run", metavar="RUN", help="Only this run.")] = None,
    project: Annotated[str | None, typer.Option("--project", help="Only this project.")] = None,
    since: Annotated[datetime | None, typer.Option("--since", help="Only what began then or later, in UTC.")] = None,
) -> None:
    """Write traces to files, without loss."""
    with agentlab.open() as lab:
        done = lab.export(path, form.value, run_id=run, project=project, since=_utc(since))
    print(f"{done.spans:,} spans and {done.notes:,} notes written to {path}")
    if done.running:
        print(f"{done.running:,} spans have not ended and were left out.", file=sys.stderr)


def import_(
    path: Annotated[Path, typer.Argument(help="A folder of Parquet files, or a file of OTLP (.jsonl, .json, .pb).")],
) -> None:
    """Take traces from files; what is here already is not taken twice."""
    with agentlab.open() as lab:
        done = lab.import_(path)
    print(f"{done.spans:,} spans and {done.notes:,} notes are new; {done.known:,} spans were here already")
    for reason in done.refused[:20]:
        print(reason, file=sys.stderr)
    if done.refused:
        print(f"{len(done.refused):,} spans were refused.", file=sys.stderr)
        raise typer.Exit(1)


def forward(
    everything: Annotated[bool, typer.Option("--all", help="Begin with the first span that is kept.")] = False,
) -> None:
    """Send what was recorded since the last time on to the collector, and end. A worker and the app do so all the time."""
    with agentlab.open() as lab:
        if lab.forwarder is None:
            raise SettingsInvalid(
                "No collector is named.", hint="Set AGENTLAB_OTLP_ENDPOINT, for example to http://127.0.0.1:4318."
            )
        lab.store.drain()
        if everything:
            lab.forwarder.rewind()
        print(f"{lab.forwarder.forward():,} spans sent")


def _utc(moment: datetime | None) -> datetime | None:
    """The time in UTC, without zone; one without a zone is taken for UTC."""
    return moment and (moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment)
