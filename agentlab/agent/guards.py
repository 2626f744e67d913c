"""Limits that are checked before a call and settled after it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from agentlab.types import Account, Limits, ToolError, to_credits, total_usd

WARN_AT = (0.8, 0.95)
"""Shares of a run's budget at which it says so."""


class Budget:
    """The credits of one run: reserved before a call, settled after it, so that calls side by side share one purse.

    What is reserved must be there in the user's ``account`` too, which other runs draw on at the same time.
    """

    def __init__(self, limits: Limits, account: Account | None = None, *, before: int = 0) -> None:
        """``before`` are micro-credits that the run had used when this process took it up."""
        self._limits = limits
        self._account = account
        self._reserved = 0
        self._used = before
        self.spent = 0
        """Micro-credits settled, as the run is walked through anew."""
        self.cost_usd: float | None = 0.0
        """US dollars settled; None once any part of it was unknown."""

    @property
    def _taken(self) -> int:
        """Micro-credits used and set aside. A run that was taken up has used what it has not walked through yet, too."""
        return max(self._used, self.spent) + self._reserved

    @property
    def left(self) -> int:
        """Micro-credits that one call may use now."""
        left = min(self._limits.budget - self._taken, self._limits.step_budget)
        if self._account and left > 0:
            left = min(left, self._account.available(self._taken))
        return left

    @property
    def balance(self) -> int:
        """Micro-credits that the user's account has for the run, besides what other runs have set aside."""
        return self._limits.budget if self._account is None else self._account.available(self._taken)

    def reserve(self, amount: int, used: int = 0) -> ToolError | None:
        """Set ``amount`` micro-credits aside, or say why not. ``used`` are those that its step has had already."""
        if amount > self._limits.step_budget - used:
            return ToolError(
                kind="budget",
                message=f"The call costs {to_credits(amount):g} credits and {to_credits(used):g} of the step's "
                f"{to_credits(self._limits.step_budget):g} are used. Raise AGENTLAB_STEP_CREDITS.",
            )
        left = self._limits.budget - self._taken
        if amount > left:
            return ToolError(
                kind="budget",
                message=f"The call costs {to_credits(amount):g} credits and {to_credits(max(left, 0)):g} of the run's "
                f"{to_credits(self._limits.budget):g} are left. Raise the budget (--budget CREDITS).",
            )
        if self._account and not self._account.draw(self._taken + amount):
            return ToolError(
                kind="balance",
                message=f"The call costs {to_credits(amount):g} credits, and other runs have taken what was left of the "
                "balance. Add to it: agentlab credits --add CREDITS.",
            )
        self._reserved += amount
        return None

    def release(self, amount: int) -> None:
        """Give back what ``reserve`` set aside; what was really used is settled apart."""
        self._reserved -= amount

    def use(self, amount: int) -> None:
        """A call made in this process has used so much; the journal does not know of it yet."""
        self._used += amount

    def settle(self, amount: int, cost_usd: Decimal | float | None) -> None:
        """Count what a call in the journal has used, in this process or before."""
        self.spent += amount
        self.cost_usd = total_usd([self.cost_usd, cost_usd])

    def warnings(self, amount: int) -> Iterator[int]:
        """The percentages of the budget that ``amount`` more micro-credits would pass."""
        for share in WARN_AT:
            mark = self._limits.budget * share
            if self.spent < mark <= self.spent + amount:
                yield round(share * 100)
