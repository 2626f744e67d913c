"""How a tool says that it failed: raised inside a tool, turned into a ``ToolError`` at the tool's edge."""

from __future__ import annotations

from decimal import Decimal

from agentlab.types import ToolError
from agentlab.types.tool import Recovery


class ToolFailed(Exception):
    """A call cannot do what it was asked to.

    ``kind`` is the short stable name programs go by, ``message`` says what failed, with which value, and what to do
    next; ``retryable`` where the same call may succeed later; ``options`` what may be tried, in order. ``cost_usd``
    (US dollars, None for unknown) and ``credits`` (micro-credits) are what it used all the same.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        retryable: bool = False,
        options: tuple[Recovery, ...] | None = None,
        cost_usd: Decimal | None = Decimal(0),
        credits: int = 0,
    ) -> None:
        super().__init__(message)
        self.cost_usd = None if cost_usd is None else float(cost_usd)
        self.credits = credits
        fitting: tuple[Recovery, ...] = ("retry",) if retryable else ("change_arguments",)
        self.error = ToolError(
            kind=kind, message=message, retryable=retryable, options=fitting if options is None else options
        )
