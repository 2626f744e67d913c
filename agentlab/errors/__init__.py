"""One tree, split by who must act. Every error says what failed, why, and what to do next.

::

    AgentlabError
    ├── CallerError             the person or program that called us          exit 2
    │   ├── EmptyGoal
    │   ├── PlanInvalid         names every problem at once
    │   ├── BudgetInvalid
    │   ├── UnknownModel        names the near misses
    │   ├── UnknownRun
    │   ├── NoQuestion
    │   ├── NotPossible
    │   ├── ScheduleInvalid
    │   ├── UnknownSchedule
    │   ├── QueryInvalid
    │   ├── OtlpInvalid
    │   ├── ScoreInvalid
    │   ├── UnknownTool
    │   ├── ToolInvalid
    │   ├── FileUnusable
    │   ├── MemoryInvalid
    │   ├── UnknownMemory
    │   └── UnknownThread
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
        ├── McpUnusable
        ├── CollectorUnusable
        └── StoreUnusable

A run that ends without success is no exception: it has a result with a status. `agentlab run` then exits with 1,
and with 130 when it was cancelled.
"""

from agentlab.errors.base import AgentlabError, near
from agentlab.errors.callers import (
    BudgetInvalid,
    CallerError,
    EmptyGoal,
    FileUnusable,
    MemoryInvalid,
    NoQuestion,
    NotPossible,
    OtlpInvalid,
    PlanInvalid,
    QueryInvalid,
    ScheduleInvalid,
    ScoreInvalid,
    ToolInvalid,
    UnknownMemory,
    UnknownModel,
    UnknownRun,
    UnknownSchedule,
    UnknownThread,
    UnknownTool,
)
from agentlab.errors.models import (
    AnswerCut,
    AnswerGarbled,
    CallsOff,
    CircuitOpen,
    ContextTooLong,
    KeyRefused,
    ModelError,
    ModelGone,
    OutputInvalid,
    OverBudget,
    Overloaded,
    ProviderFailed,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    TimedOut,
    ToolCallIncomplete,
    Unreachable,
)
from agentlab.errors.operators import (
    CollectorUnusable,
    HomeUnusable,
    KeyMissing,
    McpUnusable,
    MissingExtra,
    OperatorError,
    PortInUse,
    SettingsInvalid,
    StoreUnusable,
)

__all__ = [
    "AgentlabError",
    "AnswerCut",
    "AnswerGarbled",
    "BudgetInvalid",
    "CallerError",
    "CallsOff",
    "CircuitOpen",
    "CollectorUnusable",
    "ContextTooLong",
    "EmptyGoal",
    "FileUnusable",
    "HomeUnusable",
    "KeyMissing",
    "KeyRefused",
    "McpUnusable",
    "MemoryInvalid",
    "MissingExtra",
    "ModelError",
    "ModelGone",
    "NoQuestion",
    "NotPossible",
    "OperatorError",
    "OtlpInvalid",
    "OutputInvalid",
    "OverBudget",
    "Overloaded",
    "PlanInvalid",
    "PortInUse",
    "ProviderFailed",
    "QueryInvalid",
    "QuotaExhausted",
    "RateLimited",
    "RequestRefused",
    "ScheduleInvalid",
    "ScoreInvalid",
    "SettingsInvalid",
    "StoreUnusable",
    "TimedOut",
    "ToolCallIncomplete",
    "ToolInvalid",
    "UnknownMemory",
    "UnknownModel",
    "UnknownRun",
    "UnknownSchedule",
    "UnknownThread",
    "UnknownTool",
    "Unreachable",
    "near",
]
