"""Two runs side by side, call by call, with the first difference marked.

Each run's trace is a tree. Spans with the same parent are aligned: steps by their id, other spans where name and input are
the same (by ``difflib``), and what is left by name in order. Times and costs are figures, never differences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from agentlab.insight.alignment import aligned
from agentlab.insight.side import Figures, Payloads, Side
from agentlab.insight.volatile import Same
from agentlab.types import JSON

OUTCOMES = frozenset({"status", "error", "result", "answer"})
"""What a span gives back; the rest is what it was given."""
State = Literal["same", "changed", "only in A", "only in B"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that the two runs have differently; None where a run does not have it."""

    what: str
    """``arguments``, ``result``, ``status``, ``error``, ``question``, ``answer``, ``model``, ``goal``, ``plan``, …"""
    a: Any
    b: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A span of A beside the span of B that it corresponds to."""

    kind: str
    name: str
    depth: int
    """0 for what stands directly below the run."""
    state: State
    a: str | None
    """Id of the span in A; None where only B has it."""
    b: str | None
    step: str | None = None
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What ``lab.compare`` and ``agentlab diff`` show."""

    a: Figures
    b: Figures
    rows: tuple[Pair, ...]
    first_difference: int | None
    """Index into ``rows``; None where the runs are the same."""

    @property
    def same(self) -> bool:
        """Whether nothing differs but times, costs and ids."""
        return self.first_difference is None

    def as_dict(self) -> JSON:
        """The comparison as JSON."""
        return {"same": self.same, **asdict(self)}

    def __repr__(self) -> str:
        from agentlab.insight.compare_text import compare_text

        return compare_text(self)

    def _repr_html_(self) -> str:
        from agentlab.insight.compare_html import compare_html

        return compare_html(self)


def compare(
    a: Sequence[Mapping[str, Any]], b: Sequence[Mapping[str, Any]], payloads_a: Payloads, payloads_b: Payloads
) -> Comparison:
    """Compare two runs by their rows of the view ``spans`` and their payloads."""
    side_a, side_b = Side(a, payloads_a), Side(b, payloads_b)
    same = Same([*side_a.ids, *side_b.ids], [it for side in (side_a, side_b) if (it := side.lasted)])
    rows = tuple(_rows(side_a, side_b, same))
    return Comparison(a=side_a.figures(), b=side_b.figures(), rows=rows, first_difference=_first(rows))


def _first(rows: Sequence[Pair]) -> int | None:
    """The first row that differs; where only its outcome does, the first one inside it that explains that."""
    place = next((place for place, row in enumerate(rows) if row.state != "same"), None)
    while place is not None and {it.what for it in rows[place].differences} <= OUTCOMES and rows[place].differences:
        inner = place + 1
        while inner < len(rows) and rows[inner].depth > rows[place].depth and rows[inner].state == "same":
            inner += 1
        if inner == len(rows) or rows[inner].depth <= rows[place].depth:
            break
        place = inner
    return place


def _rows(a: Side, b: Side, same: Same) -> Iterator[Pair]:
    """The goal, every pair of spans below it in the order of A, and how it ended."""
    goals = _differences(same, {"goal": a.goal}, {"goal": b.goal})
    yield Pair(kind="run", name="Goal", depth=0, state=_state(goals), a=_id(a.top), b=_id(b.top), differences=goals)
    waiting = [(left, right, 0) for left, right in reversed(_pairs(a, b, a.first, b.first, same))]
    while waiting:
        left, right, depth = waiting.pop()
        yield _pair(a, b, left, right, depth, same)
        inner = _pairs(a, b, a.inside(left), b.inside(right), same)
        waiting += [(one, other, depth + 1) for one, other in reversed(inner)]
    ends = _differences(same, a.end, b.end)
    yield Pair(kind="run", name="Outcome", depth=0, state=_state(ends), a=_id(a.top), b=_id(b.top), differences=ends)


def _pairs(
    a: Side, b: Side, left: Sequence[Mapping[str, Any]], right: Sequence[Mapping[str, Any]], same: Same
) -> list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    keys = [[_key(span) for span in spans] for spans in (left, right)]
    inputs = [[same.written(side.payload(it, "input")) for it in spans] for side, spans in ((a, left), (b, right))]
    places = aligned(*keys, *inputs)
    return [(None if i is None else left[i], None if j is None else right[j]) for i, j in places]


def _key(span: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes two spans the same piece of work, whatever it was given: for a step its id."""
    if span["kind"] == "step" and span.get("step"):
        return ("step", span["step"])
    purpose = (span.get("attributes") or {}).get("agentlab.purpose") or span.get("operation") or ""
    name = span.get("tool") or (purpose if span["kind"] in {"llm", "plan"} else span.get("name") or "")
    return (span["kind"], str(name))


def _pair(
    a: Side, b: Side, left: Mapping[str, Any] | None, right: Mapping[str, Any] | None, depth: int, same: Same
) -> Pair:
    found: tuple[Difference, ...] = ()
    if left and right:
        found = _differences(same, _facts(a, left), _facts(b, right))
    span: Mapping[str, Any] = left or right or {}
    return Pair(
        kind=span["kind"],
        name=span.get("name") or span["kind"],
        depth=depth,
        state=_state(found) if left and right else "only in A" if left else "only in B",
        a=_id(left),
        b=_id(right),
        step=span.get("step"),
        differences=found,
    )


def _facts(side: Side, span: Mapping[str, Any]) -> JSON:
    """What of a span is compared. Groups are their parts: of a step only which tool it calls, and how an empty one ended."""
    ended = {"status": span.get("status"), "error": span.get("error_message") or span.get("error_type")}
    if span["kind"] in {"step", "plan", "run", "agent"} and span["span_id"] in side.below:
        return {"tool": span.get("tool")}
    if span["kind"] == "llm":
        asked = side.payload(span, "input")
        return {"question": _question(asked), "model": _model(span)} | ended | {"answer": _answer(side, span)}
    given = side.payload(span, "input", "gen_ai.tool.call.arguments")
    found = side.payload(span, "output", "gen_ai.tool.call.result")
    return {"tool": span.get("tool"), "arguments": given} | ended | {"result": None if ended["error"] else found}


def _question(asked: Any) -> Any:
    return asked.get("messages") or asked.get("inputs") or asked if isinstance(asked, dict) else asked


def _answer(side: Side, span: Mapping[str, Any]) -> Any:
    """Of our own form what was said; of others all of it, for it may call tools."""
    kept = side.payload(span, "output")
    if not isinstance(kept, dict) or not {"text", "output"} <= kept.keys():
        return kept
    return kept["text"] if kept["output"] is None else kept["output"]


def _model(span: Mapping[str, Any]) -> Any:
    """Who answered; in a replay the model that answered then."""
    return span.get("response_model") or span.get("model")


def _differences(same: Same, a: JSON, b: JSON) -> tuple[Difference, ...]:
    names = [*a, *(name for name in b if name not in a)]
    return tuple(
        Difference(what=name, a=a.get(name), b=b.get(name)) for name in names if not same(a.get(name), b.get(name))
    )


def _state(differences: Sequence[Difference]) -> State:
    return "changed" if differences else "same"


def _id(span: Mapping[str, Any] | None) -> str | None:
    return span["span_id"] if span else None
