"""The settings about runs: when a person is asked, what a model looks at, what a user may spend."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings


class RunSettings(BaseSettings):
    """Fields of ``agentlab.settings.Settings``."""

    user: str = Field(
        "local", min_length=1, max_length=200, description="Who runs things here: whose credits, rates and memory."
    )
    approve: list[Literal["plan", "changes", "untrusted", "failure"]] = Field(
        ["untrusted"],
        description="When a run asks a person, as a JSON list: `plan` (before it starts), `changes` (each step that changes "
        "something outside), `untrusted` (text from outside had a hand in something that sends, shares, deletes or spends), "
        "`failure` (a person may know more about a failed step). `[]`: never.",
    )
    reason: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Whether a model looks at what is known before each step that builds on others. `auto`: where a "
        "language model plans.",
    )
    check: bool = Field(False, description="Whether a model looks at each result and has a wrong one made again.")
    undo: bool = Field(True, description="Whether what a run did is taken back where it fails or is cancelled.")
    balance_credits: float = Field(
        0, ge=0, description="Credits that a user begins with; `agentlab credits --add` gives more. 0: no limit."
    )
    tool_rates: dict[str, int] = Field(
        {},
        description="Calls a minute that one user may make of a tool, by its name, its category, or `*`, as JSON: "
        '`{"http.get": 120, "browser": 10}`; 0 for no limit. Tools that are not named keep their own.',
    )
    tool_breaker: bool = Field(
        True, description="Whether a tool that keeps failing (`http.get` by host) is left alone for a while."
    )

    @field_validator("tool_rates")
    @classmethod
    def _counted(cls, value: dict[str, int]) -> dict[str, int]:
        if any(rate < 0 for rate in value.values()):
            raise ValueError("a rate is a number of calls a minute, 0 for no limit")
        return value

    def rate_of(self, tool: str, category: str, usual: int) -> int:
        """Calls a minute that one user may make of a tool; ``usual`` is the tool's own rate."""
        return next((self.tool_rates[name] for name in (tool, category, "*") if name in self.tool_rates), usual)
