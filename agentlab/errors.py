"""One tree, split by who must act. Every error says what failed, why, and what to do next.

::

    AgentlabError
    ├── CallerError             the person or program that called us          exit 2
    │   ├── EmptyGoal
    │   ├── PlanInvalid         names every problem at once
    │   ├── BudgetInvalid
    │   ├── UnknownModel        names the near misses
    │   ├── UnknownRun
    │   ├── QueryInvalid
    │   ├── OtlpInvalid
    │   ├── ScoreInvalid
    │   └── FileUnusable
    ├── ModelError              a model did not answer, or not usefully       exit 3
    │   ├── RequestRefused      what was asked cannot be answered so; asking differently helps
    │   │   └── ContextTooLong
    │   ├── KeyRefused
    │   ├── ModelGone
    │   ├── QuotaExhausted
    │   ├── RateLimited         asking later helps, here and below
    │   ├── Overloaded
    │   ├── ProviderFailed
    │   ├── Unreachable
    │   ├── TimedOut
    │   ├── AnswerCut           it ended before its end
    │   ├── AnswerGarbled       it is not what the provider's interface says
    │   ├── ToolCallIncomplete
    │   ├── OutputInvalid
    │   ├── OverBudget          the credits do not suffice for the call; nothing was sent
    │   ├── CircuitOpen
    │   └── CallsOff            this process may ask no real model
    └── OperatorError           whoever runs the machine                      exit 4
        ├── SettingsInvalid
        ├── HomeUnusable
        ├── PortInUse
        ├── MissingExtra
        ├── KeyMissing
        ├── CollectorUnusable
        └── StoreUnusable

A run that ends without success is no exception: it has a result with a status. `agentlab run` then exits with 1,
and with 130 when it was cancelled.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, ClassVar


class AgentlabError(Exception):
    """Base of all errors raised on purpose.

    ``message`` says what failed and why, ``hint`` what to do next, ``context`` holds the values as a dict.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", **context: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.context = context

    @property
    def code(self) -> str:
        """Stable name for programs, such as ``unknown_model``."""
        name = type(self).__name__
        return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def as_dict(self) -> dict[str, Any]:
        """The error as JSON, the same for the API and for ``--json``."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "context": self.context}


def near(name: str, known: list[str] | tuple[str, ...]) -> str:
    """A half sentence that names the near misses of ``name``, or all known names where none is near."""
    close = get_close_matches(name, known, n=3, cutoff=0.6)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Known: {', '.join(sorted(known))}." if known else ""


class CallerError(AgentlabError):
    """What was asked cannot be done; asking differently helps."""

    exit_code = 2


class EmptyGoal(CallerError):
    """The goal holds no words."""

    def __init__(self) -> None:
        super().__init__(
            "The goal is empty.",
            hint='Say what you want done, for example: agentlab run "List the files in the drive".',
        )


class PlanInvalid(CallerError):
    """A plan does not fit the tools, or its graph has a circle."""

    def __init__(self, problems: list[str], *, hint: str = "") -> None:
        super().__init__(
            "The plan cannot run: " + " ".join(problems),
            hint=hint or "Mend the plan; docs/reference/plan.md shows the format.",
            problems=problems,
        )


class BudgetInvalid(CallerError):
    """The budget is not a positive number of credits."""


class UnknownModel(CallerError):
    """No model answers to this name."""


class UnknownRun(CallerError):
    """No run has this id."""


class QueryInvalid(CallerError):
    """A query was refused or failed."""


class OtlpInvalid(CallerError):
    """What was sent is no OTLP."""


class ScoreInvalid(CallerError):
    """A score says nothing, or is about nothing that there is."""


class FileUnusable(CallerError):
    """A file named by the caller is missing or does not hold what it should."""


class ModelError(AgentlabError):
    """A model did not answer, or its answer is of no use. ``attempts`` are the requests that were made."""

    exit_code = 3
    retryable: bool = False
    """Whether asking the same again may help."""

    def __init__(self, message: str, *, hint: str = "", retry_after_s: float | None = None, **context: Any) -> None:
        super().__init__(message, hint=hint, **context)
        self.retry_after_s = retry_after_s
        """Seconds after which the provider wants to be asked again; None where it does not say."""
        self.attempts: tuple[Any, ...] = ()
        """Records ``agentlab.types.Attempt``, the failed one last: what was used and paid for all the same."""


class RequestRefused(ModelError):
    """The provider finds something wrong with the request itself."""


class ContextTooLong(RequestRefused):
    """The prompt is longer than the model takes."""


class KeyRefused(ModelError):
    """The provider does not take the key, or the key may not use the model."""


class ModelGone(ModelError):
    """The provider has no such model (any more)."""


class QuotaExhausted(ModelError):
    """The account at the provider is used up; waiting does not help."""


class RateLimited(ModelError):
    """Too many calls in too short a time, by the provider's count or by ours."""

    retryable = True


class Overloaded(ModelError):
    """The provider has too much to do."""

    retryable = True


class ProviderFailed(ModelError):
    """Something broke at the provider."""

    retryable = True


class Unreachable(ModelError):
    """No connection, or it broke before an answer began."""

    retryable = True


class TimedOut(ModelError):
    """No answer, or not the whole of it, in the time there was."""

    retryable = True


class AnswerCut(ModelError):
    """The answer ended before its end: its last mark never came."""

    retryable = True


class AnswerGarbled(ModelError):
    """What came back is not what the provider's interface says: empty, a web page, broken JSON."""

    retryable = True


class ToolCallIncomplete(ModelError):
    """The model stopped in the middle of a tool call."""


class OutputInvalid(ModelError):
    """The structured answer does not fit the schema that was asked for."""


class OverBudget(ModelError):
    """The credits that are left do not suffice for the call."""


class CircuitOpen(ModelError):
    """The model has failed so often that it is left alone for a while."""


class CallsOff(ModelError):
    """Real model calls are turned off in this process."""


class OperatorError(AgentlabError):
    """The machine or its settings stand in the way."""

    exit_code = 4


class SettingsInvalid(OperatorError):
    """A setting has a value that it cannot have."""


class HomeUnusable(OperatorError):
    """The data folder cannot be written."""


class PortInUse(OperatorError):
    """Another program listens on the port."""


class MissingExtra(OperatorError):
    """A part of agentlab is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs packages that are not installed.",
            hint=f'Install them: pip install "agentlab-bench[{extra}]".',
            extra=extra,
        )


class KeyMissing(OperatorError):
    """A provider's model was named and there is no key for it."""


class CollectorUnusable(OperatorError):
    """The collector that traces are sent on to does not take them."""


class StoreUnusable(OperatorError):
    """The trace store cannot be read or written."""
