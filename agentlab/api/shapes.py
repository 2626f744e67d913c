"""The bodies of requests and responses, as the OpenAPI document shows them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from agentlab.types import Approval


class Body(BaseModel):
    """A body that refuses fields it does not know, so that a slip of the pen is not silently dropped."""

    model_config = ConfigDict(extra="forbid")


class NewRun(Body):
    """A goal to run."""

    goal: str = Field(description="What is to be done, in words.")
    plan: dict[str, Any] | None = Field(None, description="A plan of one's own: `{goal, steps[]}`; asks no model.")
    model: str | None = Field(None, description="Name of the model; the lab's default where missing.")
    budget: float | None = Field(None, description="Credits the run may use; the lab's default where missing.")
    domains: list[str] = Field([], description="Hosts that its tools may reach; all public ones where there are none.")
    thread: str = Field("", max_length=200, description="The conversation that it continues, by any name.")
    approve: list[Approval] | None = Field(None, description="When a person is asked; the lab's default where missing.")
    reason: bool | None = Field(None, description="Whether a model looks at what is known before each step.")
    check: bool | None = Field(None, description="Whether a model looks at each result.")
    undo: bool | None = Field(None, description="Whether what it did is taken back where it fails or is cancelled.")
    memory: bool = Field(True, description="Whether it reads and feeds the user's memory.")


class NewTeam(Body):
    """Several goals that depend on each other."""

    members: dict[str, str | dict[str, Any]] = Field(
        description="By name: a goal, or `{goal, after, join, model, budget, share}`."
    )
    goal: str = Field("", description="What all of it is for.")
    answer: bool = Field(True, description="Whether a model writes one answer out of all; else it is the last one's.")
    model: str | None = None
    budget: float | None = None
    thread: str = ""


class Answer(Body):
    """What is said to what a run asks."""

    question: str = Field("", description="Name of the question; all that the run asks where missing.")
    note: str = Field("", description="Why; whoever plans on is told.")
    plan: dict[str, Any] | None = Field(None, description="The plan to run instead.")
    args: dict[str, Any] | None = Field(None, description="The arguments with which the call is to be made.")


class Fork(Body):
    """Where a new run begins in the middle of another."""

    step: str
    args: dict[str, Any] | None = Field(None, description="Other arguments for that step.")
    model: str | None = None
    budget: float | None = None


class Query(Body):
    """One read-only SQL statement over the trace store."""

    query: str
    max_rows: int = Field(10_000, ge=1, le=100_000, description="Rows returned at most.")


class NewScore(Body):
    """What is thought of a run or a span; one of value, label and text at least."""

    name: str = Field(description="What is scored, such as `helpful`.")
    value: float | None = Field(None, description="A number.")
    label: str | None = Field(None, description="A word, such as `good`.")
    text: str = Field("", description="The reasons, in words.")
    span_id: str | None = Field(None, description="The span it is about; the whole run where missing.")
    source: Literal["person", "code", "model"] = "person"
    author: str | None = Field(None, description="Who says so; the user of the server's system where missing.")


Kind = Literal["fact", "preference", "result"]
"""Kinds of memories."""


class NewMemory(Body):
    """Something to remember."""

    text: str = Field(description="1 to 2,000 characters.")
    kind: Kind = "fact"
    importance: float = Field(0.5, ge=0, le=1, description="How much it weighs, 0 to 1.")


class ChangedMemory(Body):
    """What is to change in a memory; fields that are missing stay."""

    text: str | None = Field(None, description="1 to 2,000 characters.")
    kind: Kind | None = None
    importance: float | None = Field(None, ge=0, le=1, description="How much it weighs, 0 to 1.")


class NewTitle(Body):
    """A title for a conversation."""

    title: str = Field(description="1 to 120 characters.")


class Error(BaseModel):
    """What failed, with which value; why; what to do next."""

    code: str
    message: str
    hint: str
    context: dict[str, Any]


class Status(BaseModel):
    """Where a run is: queued, running, succeeded, failed, cancelled."""

    run_id: str
    status: str


class Health(BaseModel):
    """The server answers, in this version."""

    ok: bool
    version: str


class Table(BaseModel):
    """Columns and rows; ``truncated`` says that there are more."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool


class Json(JSONResponse):
    """JSON of whatever a query may return: times in ISO form, decimals and whole numbers beyond 64 bits as text."""

    def render(self, content: Any) -> bytes:
        return orjson.dumps(plain(content), default=_text)


def plain(value: Any) -> Any:
    """``value`` in types that JSON has; dictionaries keep their order."""
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 63:
        return str(value)
    return value


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)
