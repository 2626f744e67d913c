"""Limits that are checked before a call and settled after it."""

from __future__ import annotations

from decimal import Decimal

from agentlab.types import Limits, ToolError, to_credits, total_usd


class Budget:
    """The credits of one run: reserved before a call, settled after it, so that calls side by side share one purse."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._reserved = 0
        self.spent = 0
        """Micro-credits settled."""
        self.cost_usd: float | None = 0.0
        """US dollars settled; None once any part of it was unknown."""

    @property
    def left(self) -> int:
        """Micro-credits that one call may use now."""
        return min(self._limits.budget - self.spent - self._reserved, self._limits.step_budget)

    def reserve(self, amount: int) -> ToolError | None:
        """Set ``amount`` micro-credits aside, or say why not."""
        left = self.left
        if amount > left:
            return ToolError(
                kind="budget",
                message=f"The call costs {to_credits(amount):g} credits and {to_credits(max(left, 0)):g} of the run's "
                f"{to_credits(self._limits.budget):g} are left. Raise the budget (--budget CREDITS).",
            )
        self._reserved += amount
        return None

    def release(self, amount: int) -> None:
        """Give back what ``reserve`` set aside; what was really used is settled apart."""
        self._reserved -= amount

    def settle(self, amount: int, cost_usd: Decimal | float | None) -> None:
        """Count what a call has used."""
        self.spent += amount
        self.cost_usd = total_usd([self.cost_usd, cost_usd])
