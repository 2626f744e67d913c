"""When a call that failed is made again, and after how long: the one layer that decides; SDKs try once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from agentlab.errors import ModelError

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 8.0
"""Of our own choosing; what a server asks for is obeyed up to the deadline."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long."""

    attempts: int = 3
    """The first one included."""
    whole_s: float = 120.0
    """Seconds for a call, all attempts and waits together."""
    clock: Callable[[], float] = time.monotonic
    luck: Callable[[], float] = field(default=random.random)
    """A number from 0 to 1, so that callers who failed together do not come back together."""

    def wait_s(self, error: ModelError, attempt: int, left_s: float) -> float | None:
        """Seconds to wait after ``attempt`` (starts at 1) failed; None where it is not tried again.

        That is: where trying again cannot help, where it was the last attempt, and where the server wants to be left
        alone for longer than the ``left_s`` seconds that the call has.
        """
        if not error.retryable or attempt >= self.attempts:
            return None
        wait = error.retry_after_s
        if wait is None:
            wait = min(FIRST_WAIT_S * 2 ** (attempt - 1), LONGEST_WAIT_S) * (0.5 + self.luck() / 2)
        return wait if wait < left_s else None
