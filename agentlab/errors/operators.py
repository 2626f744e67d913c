"""The machine or its settings stand in the way."""

from __future__ import annotations

from agentlab.errors.base import AgentlabError


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


class McpUnusable(OperatorError):
    """An MCP server does not answer, or offers something else than was shown."""


class CollectorUnusable(OperatorError):
    """The collector that traces are sent on to does not take them."""


class StoreUnusable(OperatorError):
    """The trace store cannot be read or written."""
