"""What was asked cannot be done; asking differently helps."""

from __future__ import annotations

from agentlab.errors.base import AgentlabError


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


class NoQuestion(CallerError):
    """A run asks nothing that could be answered so."""


class NotPossible(CallerError):
    """A run is in no state in which this could be done with it."""


class ScheduleInvalid(CallerError):
    """A schedule has a name, times or a zone that it cannot have."""


class UnknownSchedule(CallerError):
    """No schedule has this name."""


class QueryInvalid(CallerError):
    """A query was refused or failed."""


class OtlpInvalid(CallerError):
    """What was sent is no OTLP."""


class ScoreInvalid(CallerError):
    """A score says nothing, or is about nothing that there is."""


class UnknownTool(CallerError):
    """No tool has this name."""


class ToolInvalid(CallerError):
    """A function cannot be made a tool."""


class FileUnusable(CallerError):
    """A file named by the caller is missing or does not hold what it should."""


class MemoryInvalid(CallerError):
    """What is to be remembered cannot be: it is empty, too long, or of no known kind."""


class UnknownMemory(CallerError):
    """No memory of the user has this id."""


class UnknownThread(CallerError):
    """The user has no conversation of this name."""
