"""What a forked child must not share with its parent: file locks and the threads of a database."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Forkable(Protocol):
    """Holds something that a child of this process must let go of."""

    def forked(self) -> None:
        """Called in the child, before anything else runs there."""
        ...


_FORKABLES: WeakSet[Forkable] = WeakSet()


def watch(holder: Forkable) -> None:
    """Call ``holder.forked()`` in every child of this process, for as long as the holder lives."""
    _FORKABLES.add(holder)


def _in_child() -> None:
    for holder in list(_FORKABLES):
        holder.forked()


os.register_at_fork(after_in_child=_in_child)
