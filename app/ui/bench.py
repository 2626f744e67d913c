"""The lab behind the pages: one for the whole process, shared with the API."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

import agentlab
from agentlab.insight import telemetry
from agentlab.types import RunSpec


@cache
def the_lab() -> agentlab.Lab:
    """The lab under ``AGENTLAB_HOME``, opened on first use."""
    return agentlab.open()


def recent_runs(limit: int) -> list[dict[str, Any]]:
    """The newest runs with the columns of the view ``runs``, those still in the queue first."""
    lab = the_lab()
    waiting = [_waiting(spec) for spec in reversed(lab.durable.queued())]
    return [*waiting, *telemetry.recent_runs(lab.sql, limit=limit).rows.to_dicts()][:limit]


def _waiting(spec: RunSpec) -> dict[str, Any]:
    submitted = datetime.fromtimestamp(spec.submitted_at, UTC).replace(tzinfo=None)
    known = {"run_id": spec.run_id, "goal": spec.goal, "model": spec.model, "started_at": submitted}
    return known | {"status": "queued", "duration_s": None, "credits": None}
