"""A model did not answer, or not usefully: one error for each way, for it decides what helps."""

from __future__ import annotations

from typing import Any

from agentlab.errors.base import AgentlabError


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
