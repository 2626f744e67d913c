"""How a run may be started."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from agentlab.types.plan import JSON, Plan
from agentlab.types.run import Approval


class RunOptions(TypedDict, total=False):
    """How a run may be started. What is left out comes from the settings."""

    plan: JSON | Plan | None
    """A plan of one's own, which asks no model for anything; or one that ``preview`` gave, changed or not."""
    model: str | None
    """``provider:name``, ``roles``, ``offline``, ``scripted:FILE``, ``replay:RUN``."""
    budget: float | None
    """Credits."""
    domains: Sequence[str]
    """Hosts that its tools may reach (``example.org``, ``*.example.org``), all public ones where there are none."""
    thread: str
    """The conversation that it continues: any name."""
    approve: Sequence[Approval] | None
    """When a person is asked."""
    reason: bool | None
    """Whether a model looks at what is known before each step that builds on others."""
    check: bool | None
    """Whether a model looks at each result."""
    undo: bool | None
    """Whether what it did is taken back where it fails or is cancelled."""
    memory: bool
    """Whether it reads and feeds the user's memory."""
    user: str | None
    """Whose credits, rates and memory."""
    notify: Sequence[str] | None
    """What is told of it outward: ``failed``, ``succeeded``, ``cancelled``, ``waiting``, ``long``."""
