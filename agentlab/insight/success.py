"""How often the calls of each tool have succeeded, for those who weigh plans."""

from __future__ import annotations

import time
from collections.abc import Mapping

from agentlab.insight.telemetry import Reader

FRESH_S = 300.0
"""Seconds for which the figures are good enough."""
_QUERY = """
select tool, avg((status = 'ok')::int) as share
from spans
where kind = 'tool' and tool is not null and status in ('ok', 'error') and operation = 'execute_tool'
  and started_at >= now()::timestamp - interval 30 days
group by tool having count(*) >= 5
"""


class SuccessRates:
    """Shares of calls that succeeded within the last thirty days, 0 to 1, by tool; those with fewer than five calls left out."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._at = 0.0
        self._rates: dict[str, float] = {}

    def __call__(self) -> Mapping[str, float]:
        """The figures, five minutes old at most."""
        now = time.monotonic()
        if not self._at or now - self._at > FRESH_S:
            self._at = now
            self._rates = dict(self._read(_QUERY).fetchall())
        return self._rates
