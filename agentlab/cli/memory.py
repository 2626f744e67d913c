"""Commands about what outlives a run: memory and its parts, and conversations."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

import agentlab
from agentlab.cli.runs import AsJson
from agentlab.types import JSON, Memory, MemoryKind

memory = typer.Typer(help="What the memory holds: list it, search it, add to it, change it, forget.")
threads = typer.Typer(help="Conversations: list them, show one, rename it, delete it.")


class Kind(StrEnum):
    """Kinds of memories."""

    fact = "fact"
    preference = "preference"
    result = "result"


MemoryId = Annotated[str, typer.Argument(metavar="MEMORY", help="Id of a memory, as the list shows it.")]
ThreadId = Annotated[str, typer.Argument(metavar="THREAD", help="Name of a conversation, as the list shows it.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Most rows.")]
OfKind = Annotated[Kind | None, typer.Option(help="Only this kind.")]
Importance = Annotated[float | None, typer.Option(min=0, max=1, help="0 to 1; 0.5 is the usual one.")]


@memory.callback(invoke_without_command=True)
def _memory(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_memories()


@memory.command("list")
def list_memories(kind: OfKind = None, limit: Limit = 50, as_json: AsJson = False) -> None:
    """List what the memory holds, the newest first."""
    with agentlab.open() as lab:
        _print(
            lab.memories(kind=_plain(kind), limit=limit), as_json, "Nothing is remembered yet. Try: agentlab memory add"
        )


@memory.command()
def search(
    query: Annotated[str, typer.Argument(help="What is looked for, in words.")],
    kind: OfKind = None,
    limit: Limit = 10,
    min_score: Annotated[float, typer.Option(min=0, max=1, help="How well it must fit, 0 to 1.")] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Search the memory: what fits best comes first."""
    with agentlab.open() as lab:
        found = lab.memories(query, kind=_plain(kind), limit=limit, min_score=min_score)
        _print(found, as_json, "Nothing fits. Try fewer or other words.")


@memory.command()
def add(
    text: Annotated[str, typer.Argument(help="What is to be remembered, in a sentence or two.")],
    kind: Annotated[Kind, typer.Option(help="What it is.")] = Kind.fact,
    importance: Annotated[float, typer.Option(min=0, max=1, help="0 to 1.")] = 0.5,
) -> None:
    """Remember something; prints its id."""
    with agentlab.open() as lab:
        print(lab.remember(text, kind=kind.value, importance=importance).id)


@memory.command()
def edit(
    memory_id: MemoryId,
    text: Annotated[str | None, typer.Option(help="What it says from now on.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="What it is from now on.")] = None,
    importance: Importance = None,
) -> None:
    """Change a memory; what is left out stays."""
    with agentlab.open() as lab:
        _print([lab.edit_memory(memory_id, text=text, kind=_plain(kind), importance=importance)], False, "")


@memory.command()
def forget(memory_id: MemoryId) -> None:
    """Wipe a memory for good."""
    with agentlab.open() as lab:
        lab.forget(memory_id)


@threads.callback(invoke_without_command=True)
def _threads(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_threads()


@threads.command("list")
def list_threads(limit: Limit = 50, as_json: AsJson = False) -> None:
    """List conversations, the last used first."""
    with agentlab.open() as lab:
        found = lab.threads(limit=limit)
    if as_json:
        _print_json(found)
        return
    for row in found:
        turns = f"{row['turns']} turn{'' if row['turns'] == 1 else 's'}"
        print(f"{row['thread']}  {_day(row['at'])}  {turns:>9}  {row['title'][:70]}")
    if not found:
        print("No conversations yet: a run that names a thread begins one.", file=sys.stderr)


@threads.command("show")
def show_thread(thread: ThreadId, as_json: AsJson = False) -> None:
    """Show the turns of a conversation, oldest first."""
    with agentlab.open() as lab:
        found = lab.thread(thread)
    if as_json:
        _print_json([asdict(turn) for turn in found])
        return
    for turn in found:
        print(f"> {turn.goal}\n{turn.answer or '(no answer yet)'}\n")


@threads.command("rename")
def rename_thread(thread: ThreadId, title: Annotated[str, typer.Argument(help="1 to 120 characters.")]) -> None:
    """Give a conversation a title."""
    with agentlab.open() as lab:
        lab.rename_thread(thread, title)


@threads.command("delete")
def delete_thread(thread: ThreadId) -> None:
    """Delete a conversation; its runs and what the memory holds stay."""
    with agentlab.open() as lab:
        lab.delete_thread(thread)


def _plain(kind: Kind | None) -> MemoryKind | None:
    return kind.value if kind else None


def _print(found: list[Memory], as_json: bool, nothing: str) -> None:
    if as_json:
        _print_json([asdict(one) for one in found])
        return
    for one in found:
        score = "" if one.score is None else f"{one.score:.2f}  "
        print(f"{one.id}  {_day(one.at)}  {one.kind:<10}  {one.importance:.1f}  {score}{one.text[:100]}")
    if not found:
        print(nothing, file=sys.stderr)


def _print_json(rows: Iterable[JSON]) -> None:
    print(json.dumps(list(rows), ensure_ascii=False, default=str))


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at):%Y-%m-%d %H:%M}"  # noqa: DTZ006 - local, as people read it
