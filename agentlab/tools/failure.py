"""How a tool says that it failed: raised inside a tool, turned into a ``ToolError`` at the tool's edge."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from agentlab.compress import cut_text
from agentlab.types import Failure, ToolError
from agentlab.types.tool import Recovery

LONGEST = 1_500
"""Characters of a message: whatever value stands in it."""


class ToolFailed(Exception):
    """A call cannot do what it was asked to.

    ``kind`` is the short stable name programs go by, ``message`` says what failed, with which value, and what to do
    next; ``retryable`` where the same call may succeed later; ``options`` what may be tried, in order: left out, both are
    as the tool's table of failures has them. ``cost_usd``
    (US dollars, None for unknown) and ``credits`` (micro-credits) are what it used all the same.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        retryable: bool | None = None,
        options: tuple[Recovery, ...] | None = None,
        cost_usd: Decimal | None = Decimal(0),
        credits: int = 0,
    ) -> None:
        super().__init__(message)
        self.cost_usd = None if cost_usd is None else float(cost_usd)
        self.credits = credits
        self._kind, self._message, self._retryable, self._options = kind, message, retryable, options

    @property
    def error(self) -> ToolError:
        """The error as it is where no table says more."""
        return self.told_by(())

    def told_by(self, table: Iterable[Failure]) -> ToolError:
        """The error; what was not said where it was raised is as the tool's table of failures has it."""
        known = next((failure for failure in table if failure.kind == self._kind), None)
        retryable = (known.retryable if known else False) if self._retryable is None else self._retryable
        options = self._options
        if options is None and known and known.retryable == retryable:
            options = known.options
        fitting: tuple[Recovery, ...] = ("retry",) if retryable else ("change_arguments",)
        return ToolError(
            kind=self._kind,
            message=cut_text(self._message, LONGEST),
            retryable=retryable,
            options=fitting if options is None else options,
        )
