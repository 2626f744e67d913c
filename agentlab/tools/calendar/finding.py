"""Which event is meant: by its id, its title, a part of it, and the day. Never a guess among several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from agentlab.tools.failure import ToolFailed

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Named:
    """An event that may be meant: its id, its title, and when it is, in words."""

    id: str
    title: str
    when: str = ""


def ranks(name: str, known: Sequence[Named]) -> list[list[Named]]:
    """Those that fit, best first: by id, by the whole title, by a part of it."""
    wanted = _plain(name)
    by_id = [one for one in known if one.id == name.strip()]
    whole = [one for one in known if _plain(one.title) == wanted]
    part = [
        one
        for one in known
        if (title := _plain(one.title)) and (wanted in title or (len(title) > 2 and title in wanted))
    ]
    return [rank for rank in (by_id, whole, part) if rank and wanted]


def only(name: str, known: Sequence[Named]) -> Named:
    """The one event that fits. Raises ``ToolFailed`` (``not_found`` with near misses, ``ambiguous`` with all that fit)."""
    found = ranks(name, known)
    if not found:
        raise missing(name, known)
    if len({one.id for one in found[0]}) > 1:
        raise ambiguous(name, found[0])
    return found[0][0]


def missing(name: str, known: Sequence[Named], day: date | None = None) -> ToolFailed:
    """No event fits."""
    titles = {_plain(one.title): one.title for one in known if one.title}
    close = [titles[near] for near in get_close_matches(_plain(name), list(titles), n=3, cutoff=0.5)]
    hint = (
        f"Did you mean {' or '.join(repr(title[:80]) for title in close)}?"
        if close
        else "calendar.list shows what there is."
    )
    return ToolFailed(
        "not_found", f"There is no event {name[:80]!r}{f' on {day}' if day else ''} in the calendar. {hint}"
    )


def ambiguous(name: str, fitting: Sequence[Named]) -> ToolFailed:
    """Several events fit."""
    shown = "; ".join(f"{one.title[:60]!r} {one.when} (id {one.id})" for one in fitting[:_SHOWN])
    more = f"; and {len(fitting) - _SHOWN} more" if len(fitting) > _SHOWN else ""
    return ToolFailed(
        "ambiguous", f"{len(fitting)} events fit {name[:80]!r}: {shown}{more}. Give the id, or the day with 'on'."
    )


def _plain(title: str) -> str:
    return " ".join(title.casefold().split())
