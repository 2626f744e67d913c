"""What a run has used that was cut off: the sum of what its finished pieces of work say."""

from __future__ import annotations

import json
from typing import Any

from dbos import DBOSClient


def spent_by(client: DBOSClient, run_id: str) -> int:
    """Micro-credits of all model and tool calls that the run has finished."""
    return sum(_credits(step.get("output")) for step in client.list_workflow_steps(run_id))


def _credits(output: Any) -> int:
    if isinstance(output, str):
        try:
            output = json.loads(output)
        except ValueError:
            return 0
    credits = output.get("credits") if isinstance(output, dict) else None
    return credits if isinstance(credits, int) else 0
