"""Plotly figures of the telemetry tables. Aggregate first: a figure draws at most ``MOST_POINTS`` points.

``figure.layout.meta`` says in one sentence what the figure shows, for those who cannot see it.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from math import log10
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from agentlab.insight import written
from agentlab.insight.palette import TOKENS, Theme, colour_of, kind_colours

if TYPE_CHECKING:
    import polars as pl

MOST_POINTS = 2_000
FONT = "Inter, system-ui, sans-serif"
STATUSES = ("succeeded", "failed", "cancelled", "crashed", "running")
FEWEST_DAYS = 7
"""Days on an axis of days, however short the history."""

_STATUS_TOKEN = {"succeeded": "green", "failed": "red", "cancelled": "gray", "crashed": "orange", "running": "primary"}
_HATCH = {"failed": "/", "crashed": "x"}
_QUANTILES = (("median", "p50_ms"), ("p95", "p95_ms"))
_DAY_MS = 86_400_000
_ZEROS = re.compile(r"\.0+ ")


def template(theme: Theme) -> go.layout.Template:
    """The look of every figure: one grid, quiet axes, our type; ``theme`` is ``light`` or ``dark``."""
    token = TOKENS[theme]
    quiet = {"color": token["gray"], "size": 12}
    axis = {
        "gridcolor": token["border"],
        "linecolor": token["border"],
        "zeroline": False,
        "automargin": True,
        "ticklabelstandoff": 5,
        "tickfont": quiet,
        "title": {"font": quiet},
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": token["text"]},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(kind_colours(theme)),
            "margin": {"l": 0, "r": 12, "t": 8, "b": 0},
            "legend": {
                "orientation": "h",
                "y": 1.03,
                "yanchor": "bottom",
                "x": 0,
                "traceorder": "normal",
                "font": quiet,
            },
            "hoverlabel": {
                "bgcolor": token["panel"],
                "bordercolor": token["border"],
                "font": {"family": FONT, "color": token["text"], "size": 12},
            },
            "xaxis": axis | {"showgrid": False},
            "yaxis": axis,
            "dragmode": False,
            "showlegend": True,
        }
    )


def runs_per_day(rows: pl.DataFrame, theme: Theme) -> go.Figure:
    """Stacked bars of runs by day and status; failed ones are red and hatched."""
    figure = _figure(theme)
    for status in (name for name in STATUSES if name in set(rows["status"])):
        part = rows.filter(rows["status"] == status).head(MOST_POINTS // len(STATUSES))
        figure.add_bar(
            x=part["day"].to_list(),
            y=part["runs"].to_list(),
            name=status,
            marker=_marker(status, theme),
            hovertemplate=f"%{{x|%d %b}}: %{{y}} {status}<extra></extra>",
        )
    failed = rows.filter(rows["status"] == "failed")["runs"].sum()
    runs, days = written.counted(int(rows["runs"].sum()), "run"), written.counted(rows["day"].n_unique(), "day")
    said = f"{runs} on {days}, {failed:,} of them failed"
    return _by_day(figure, rows["day"].to_list(), said)


def _marker(status: str, theme: Theme) -> dict[str, Any]:
    token = TOKENS[theme]
    hatch = {"fillmode": "overlay", "size": 6, "fgcolor": token["background"], "fgopacity": 0.6}
    return {
        "color": token[_STATUS_TOKEN[status]],
        "line": {"width": 0},
        "pattern": hatch | {"shape": _HATCH.get(status, "")},
    }


def spent_per_day(rows: pl.DataFrame, theme: Theme) -> go.Figure:
    """Stacked bars of credits by day and model."""
    figure = _figure(theme)
    models = sorted(set(rows["model"]))
    for model in models:
        part = rows.filter(rows["model"] == model).head(MOST_POINTS // len(models))
        figure.add_bar(
            x=part["day"].to_list(),
            y=part["credits"].to_list(),
            name=_plain(model),
            marker={"line": {"width": 0}},
            hovertemplate=f"%{{x|%d %b}}: %{{y:,.4~g}} credits<extra>{_plain(model)}</extra>",
        )
    spent = written.counted(written.credits(float(rows["credits"].sum())), "credit")
    said = f"{spent} on {written.counted(rows['day'].n_unique(), 'day')}"
    return _by_day(figure, rows["day"].to_list(), said)


def latency_by_tool(rows: pl.DataFrame, theme: Theme) -> go.Figure:
    """A line per tool from its median to its 95th percentile, on a logarithmic axis."""
    figure = _figure(theme)
    shown = list(rows.head(MOST_POINTS // 3).reverse().iter_rows(named=True))
    for row in shown:
        colour = colour_of(row["category"] or "other", theme)
        figure.add_scatter(
            x=[row["p50_ms"], row["p95_ms"]],
            y=[_plain(row["tool"])] * 2,
            mode="lines+markers",
            showlegend=False,
            line={"color": colour, "width": 3},
            marker={
                "size": [10, 12],
                "opacity": 1,
                "color": [TOKENS[theme]["background"], colour],
                "line": {"color": colour, "width": 2.5},
            },
            customdata=[[name, written.duration(row[field]), row["calls"]] for name, field in _QUANTILES],
            hovertemplate="%{y}, %{customdata[0]}: %{customdata[1]} (%{customdata[2]} calls)<extra></extra>",
        )
    figure.update_layout(height=max(120, 44 + 40 * len(shown)), xaxis=_time_axis(shown), meta=_slowest(shown))
    return figure


def _slowest(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "No tool was called"
    slow = max(rows, key=lambda row: float(row["p95_ms"]))
    return f"Duration of {written.counted(len(rows), 'tool')}; the slowest is {slow['tool']} with a p95 of {written.duration(slow['p95_ms'])}"


def _time_axis(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A logarithmic axis with readable times at 1, 2 and 5 of each power of ten."""
    ticks = [base * factor for base in (0.1, 1, 10, 100, 1e3, 1e4, 1e5, 1e6) for factor in (1, 2, 5)]
    low = min((row["p50_ms"] for row in rows), default=1) * 0.8
    high = max((row["p95_ms"] for row in rows), default=1_000) * 1.25
    inside = [tick for tick in ticks if low <= tick <= high]
    return {
        "type": "log",
        "range": [log10(max(low, 1e-3)), log10(max(high, 1e-2))],
        "showgrid": True,
        "tickvals": inside,
        "ticktext": [_ZEROS.sub(" ", written.duration(tick)) for tick in inside],
    }


def _figure(theme: Theme) -> go.Figure:
    return go.Figure(layout={"template": template(theme), "height": 250})


def _by_day(figure: go.Figure, days: list[date], said: str) -> go.Figure:
    """Stack the bars over whole days; a short history still shows a week."""
    first, last = min(days), max(days)
    first = min(first, last - timedelta(days=FEWEST_DAYS - 1))
    middle = timedelta(hours=14)
    span = [datetime.combine(first, time()) - middle, datetime.combine(last, time()) + middle]
    figure.update_traces(width=0.62 * _DAY_MS)
    figure.update_layout(
        barmode="stack",
        meta=said,
        xaxis={"type": "date", "range": span, "tickformat": "%d %b", "tickangle": 0, "nticks": 8},
        yaxis={"rangemode": "tozero", "nticks": 5},
    )
    return figure


def _plain(text: str) -> str:
    """Text that plotly shows as it stands: it reads some HTML in labels."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
