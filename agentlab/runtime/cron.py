"""When a line of cron comes, in a time zone whose clocks are put forward and back.

The fields are read by cronsim. Where the hour is named, each local time counts once: one that the clocks skip comes when the
gap ends, one that they show twice comes the first time. Where the hour begins with ``*`` the line goes by elapsed time, so that
"every 15 minutes" stays that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import dropwhile, islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from agentlab.errors import ScheduleInvalid

ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""Words that stand for a whole line."""
_FORM = "minute hour day-of-month month day-of-week, such as '0 7 * * MON-FRI', or @hourly, @daily, @weekly, @monthly, @yearly"


@dataclass(frozen=True, slots=True)
class Cron:
    """Times that come again and again. Made by ``read_cron``."""

    line: str
    zone: ZoneInfo

    def next(self, after: float, count: int = 1) -> tuple[float, ...]:
        """The next times later than ``after``; seconds since the epoch. Fewer than ``count`` where no more come."""
        return tuple(islice((moment for moment in self._moments(after) if moment > after), count))

    def last(self, until: float) -> float:
        """The last time that is not later than ``until``; there is one for every line."""
        return next(dropwhile(lambda moment: moment > until, self._moments(until, back=True)))

    def _moments(self, start: float, *, back: bool = False) -> Iterator[float]:
        """Moments in order, from a little before ``start`` or a little after it, without end; one may come more than once."""
        local = datetime.fromtimestamp(int(start), UTC).astimezone(self.zone)
        if self.line.split()[1].startswith("*"):
            around = local.astimezone(UTC) + timedelta(seconds=1 if back else 0)
            for found in CronSim(self.line, around.astimezone(self.zone), reverse=back):
                yield found.timestamp()
            return
        before = 0.0
        naive = local.replace(tzinfo=None) + timedelta(days=1 if back else 0)
        for found in CronSim(self.line, naive, reverse=back):
            moment = self._moment(found)
            if moment != before:
                yield moment
            before = moment

    def _moment(self, local: datetime) -> float:
        """When the clocks of the zone show ``local`` for the first time; where they skip it, when they go on."""
        while True:
            moment = local.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
            if moment.astimezone(self.zone).replace(tzinfo=None) == local:
                return moment.timestamp()
            local += timedelta(minutes=1)


def read_cron(line: str, timezone: str = "UTC") -> Cron:
    """The times of ``line`` in the zone named ``timezone``. Raises ``ScheduleInvalid`` with the form it should have."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ScheduleInvalid(
            f"There is no time zone '{timezone}'.",
            hint="A zone has a name such as UTC, Europe/Berlin, America/New_York.",
        ) from error
    words = line.split()
    full = ALIASES.get(line.strip().lower(), " ".join(words))
    if len(full.split()) != 5:
        raise ScheduleInvalid(f"The times '{line}' have {len(words)} fields, not five.", hint=f"Write {_FORM}.")
    try:
        cron = Cron(full, zone)
        comes = cron.next(0.0)
    except (CronSimError, ValueError) as error:
        what = re.sub("^Bad ", "its field ", str(error))
        raise ScheduleInvalid(f"The times '{line}' cannot be read: {what} is wrong.", hint=f"Write {_FORM}.") from error
    if not comes:
        raise ScheduleInvalid(f"The times '{line}' never come.", hint=f"Write {_FORM}.")
    return cron
