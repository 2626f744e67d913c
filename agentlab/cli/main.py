"""``agentlab``: the commands and their one edge, where an error becomes a message and an exit code."""

from __future__ import annotations

import json
import sys
import warnings
from typing import Annotated

import typer

from agentlab import __version__
from agentlab.cli import ask, files, memory, models, review, runs, schedules, server, steering, tools, traces
from agentlab.errors import AgentlabError
from agentlab.memory.silence import EmbeddingsSilent
from agentlab.models.catalogue import ModelRetiring

app = typer.Typer(
    help="The lab bench for LLM agents. Exit codes: 0 succeeded, 1 the run failed, 2 wrong use, 3 a model did not "
    "answer, 4 the machine or its settings, 5 the run waits for somebody, 130 cancelled.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    server.up,
    server.worker,
    runs.run,
    runs.submit,
    runs.runs,
    runs.show,
    runs.cancel,
    steering.waiting,
    steering.approve,
    steering.deny,
    steering.pause,
    steering.resume,
    steering.fork,
    steering.undo,
    steering.team,
    steering.credits,
    ask.ask,
    review.replay,
    review.script,
    review.diff,
    review.score,
    schedules.notifications,
    schedules.notify,
    models.models,
    tools.tools,
    tools.trust,
    traces.sql,
    traces.doctor,
    traces.prune,
    traces.repair,
    files.export,
    files.forward,
):
    app.command()(command)
app.command("import")(files.import_)
app.add_typer(schedules.app, name="schedule")
app.add_typer(memory.memory, name="memory")
app.add_typer(memory.threads, name="threads")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"agentlab {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """Options of the program itself."""


def _warn(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
    """Say a warning in one line; those for developers are not for this place."""
    if issubclass(category, ModelRetiring | EmbeddingsSilent):
        print(f"Warning: {message}", file=sys.stderr)


def main() -> None:
    """Run the program named on the command line and leave with its exit code."""
    warnings.showwarning = _warn
    try:
        app()
    except AgentlabError as error:
        if "--json" in sys.argv:
            print(json.dumps({"error": error.as_dict()}, ensure_ascii=False, default=str))
        print(f"Error: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
