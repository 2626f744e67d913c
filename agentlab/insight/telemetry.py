"""The questions behind the Telemetry page. Each answer carries the SQL that gave it, so that anyone can ask on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from agentlab.insight import written
from agentlab.insight.summary import Figure
from agentlab.trace import utc_now

if TYPE_CHECKING:
    import polars as pl

Reader = Callable[[str], Any]
"""Runs one query and returns a relation (something with ``.pl()``), such as ``lab.sql``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which runs count."""

    since: datetime | None = None
    """UTC, without zone; None for all time."""
    model: str | None = None
    """Name of the runs' model; None for every model."""

    @classmethod
    def last(cls, days: int | None, *, model: str | None = None) -> Filters:
        """The runs of the last ``days`` days; None for all time."""
        return cls(since=None if days is None else utc_now() - timedelta(days=days), model=model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A table and the query it came from."""

    sql: str
    rows: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The runs that count, in figures."""

    runs: int
    succeeded: int
    finished: int
    p50_s: float | None
    """Median duration in seconds; None before any run has ended."""
    p95_s: float | None
    """95th percentile of the duration in seconds."""
    credits: float
    cost_usd: float | None
    """US dollars of the runs whose price is known; None where there is none."""

    def figures(self) -> list[Figure]:
        """Label, value and remark of the four figures that come first."""
        median = None if self.p50_s is None else self.p50_s * 1_000
        tail = None if self.p95_s is None else self.p95_s * 1_000
        return [
            ("Runs", f"{self.runs:,}", f"{self.finished:,} ended"),
            ("Succeeded", written.share(self.succeeded, self.finished), f"{self.finished - self.succeeded:,} did not"),
            ("Duration", written.duration(median), f"median; p95 {written.duration(tail)}"),
            ("Credits", written.credits(self.credits), f"{written.dollars(self.cost_usd)} of model calls"),
        ]


def totals(read: Reader, filters: Filters) -> Totals:
    """Counts, latency and spending over all runs that count."""
    return Totals(**_ask(read, _TOTALS, filters).rows.row(0, named=True))


def runs_per_day(read: Reader, filters: Filters) -> Answer:
    """Columns ``day``, ``status``, ``runs``; days in UTC, oldest first."""
    return _ask(read, _RUNS_PER_DAY, filters)


def latency_by_tool(read: Reader, filters: Filters) -> Answer:
    """Columns ``tool``, ``category``, ``calls``, ``failed``, ``p50_ms``, ``p95_ms``; slowest first, 20 at most."""
    return _ask(read, _LATENCY_BY_TOOL, filters)


def spent_per_day(read: Reader, filters: Filters) -> Answer:
    """Columns ``day``, ``model``, ``credits``, ``cost_usd`` (None where unknown); oldest first."""
    return _ask(read, _SPENT_PER_DAY, filters)


def errors(read: Reader, filters: Filters) -> Answer:
    """Columns ``error``, ``place``, ``times``, ``last_seen``, ``message``, ``run_id``; most frequent first, 20 at most."""
    return _ask(read, _ERRORS, filters)


def models(read: Reader) -> list[str]:
    """The models that runs have used, by name."""
    return [name for (name,) in read("select distinct model from runs where model is not null order by 1").fetchall()]


def recent_runs(read: Reader, *, limit: int = 10) -> Answer:
    """The newest runs with the columns of the view ``runs``; those that others have begun stand in the traces of these."""
    sql = f"select * from runs where {_ON_THEIR_OWN} order by started_at desc limit {limit:d}"  # noqa: S608 - a whole number
    return Answer(sql=sql, rows=read(sql).pl())


def _ask(read: Reader, question: str, filters: Filters) -> Answer:
    sql = question.format(counted=_counted(filters)).strip()
    return Answer(sql=sql, rows=read(sql).pl())


def _counted(filters: Filters) -> str:
    wanted = [_ON_THEIR_OWN]
    if filters.since:
        wanted.append(f"started_at >= timestamp '{filters.since:%Y-%m-%d %H:%M:%S}'")
    if filters.model:
        wanted.append("model = '{}'".format(filters.model.replace("'", "''")))
    return f"(select * from runs where {' and '.join(wanted)})"  # noqa: S608 - a time and a quoted name


_ON_THEIR_OWN = "not contains(run_id, '.')"
"""Runs that no other run has begun: what the others took is counted in these."""
_TOTALS = """
select
  count(*)::int as runs,
  (count(*) filter (where status = 'succeeded'))::int as succeeded,
  (count(*) filter (where status in ('succeeded', 'failed', 'cancelled')))::int as finished,
  quantile_cont(duration_s, 0.5) as p50_s,
  quantile_cont(duration_s, 0.95) as p95_s,
  coalesce(sum(credits), 0)::double as credits,
  sum(cost_usd) as cost_usd
from {counted}
"""

_RUNS_PER_DAY = """
select started_at::date as day, status, count(*)::int as runs
from {counted}
group by all
order by day, status
"""

_LATENCY_BY_TOOL = """
select
  tool,
  any_value(tool_category) as category,
  count(*)::int as calls,
  (count(*) filter (where status = 'error'))::int as failed,
  quantile_cont(duration_ms, 0.5) as p50_ms,
  quantile_cont(duration_ms, 0.95) as p95_ms
from tool_calls
where tool is not null and duration_ms is not null and run_id in (select run_id from {counted})
group by tool
order by p95_ms desc
limit 20
"""

_SPENT_PER_DAY = """
select
  started_at::date as day,
  coalesce(model, 'unknown') as model,
  coalesce(sum(credits), 0)::double as credits,
  sum(cost_usd) as cost_usd
from {counted}
group by all
order by day, model
"""

_ERRORS = """
select
  coalesce(error_type, status) as error,
  coalesce(tool, name, kind) as place,
  count(*)::int as times,
  max(started_at) as last_seen,
  arg_max(error_message, started_at) as message,
  arg_max(run_id, started_at) as run_id
from errors
where run_id in (select run_id from {counted})
group by all
order by times desc, last_seen desc
limit 20
"""
