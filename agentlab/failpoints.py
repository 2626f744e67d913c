"""Named places where a test may kill the process: ``AGENTLAB_FAILPOINTS=drain.before_commit,drain.after_commit:0.3``.

A number behind a name is the share of times (0 to 1) that the process dies there. Without the variable nothing happens.
"""

from __future__ import annotations

import os
import random
import signal


def reach(name: str) -> None:
    """Die here, as by ``kill -9``, where the environment says so."""
    wanted = os.environ.get("AGENTLAB_FAILPOINTS")
    if wanted is None:
        return
    for point in wanted.split(","):
        place, _, share = point.partition(":")
        if place.strip() == name and random.random() < float(share or 1):  # noqa: S311 - no secret hangs on it
            os.kill(os.getpid(), signal.SIGKILL)
