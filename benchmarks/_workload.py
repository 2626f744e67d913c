"""What the benchmarks of the trace store record: calls of models and tools, steps and runs as agents make them. No imports but Python's."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

PER_RUN = 12
"""Spans of one run, its own included."""
CATEGORIES = ("browser", "email", "drive", "calendar", "http", "ai")
TOOLS = tuple(
    f"{CATEGORIES[number % len(CATEGORIES)]}.{verb}"
    for number, verb in enumerate("open click type read send search label list get put share find create post".split())
)
MODELS = (
    ("anthropic", "claude-opus-5"),
    ("anthropic", "claude-haiku-5"),
    ("openai", "gpt-6"),
    ("openai", "gpt-6-mini"),
    ("google", "gemini-4-pro"),
    ("google", "gemini-4-flash"),
)
ERRORS = ("TimeoutError", "RateLimitError", "ValidationError", "ToolError", "AuthError")
NOTE = "the quick brown fox jumps over the lazy dog " * 4


@dataclass(frozen=True, slots=True)
class Work:
    """One span before anyone has recorded it."""

    run: int
    """Number of the run."""
    kind: Any
    """One of agentlab's kinds; a peer imports this file without agentlab."""
    name: str
    columns: dict[str, Any]
    """Values with a column of their own in agentlab."""
    attributes: dict[str, Any]
    """The rest."""

    def flat(self) -> dict[str, Any]:
        """All of it as OpenTelemetry attributes."""
        return {f"gen_ai.{name}": value for name, value in self.columns.items()} | self.attributes


def works(count: int, *, seed: int = 7) -> list[Work]:
    """That many spans, always the same ones."""
    chance = random.Random(seed)
    return [_work(number, chance) for number in range(count)]


def _work(number: int, chance: random.Random) -> Work:
    place = chance.random()
    kind = "llm" if place < 0.35 else "tool" if place < 0.75 else "step" if place < 0.97 else "plan"
    columns: dict[str, Any] = {"skill": f"skill-{chance.randint(0, 40)}", "user_id": f"u{chance.randint(0, 200)}"}
    name = kind
    if kind == "llm":
        provider, model = chance.choice(MODELS)
        prompt, answer = chance.randint(200, 8_000), chance.randint(20, 1_200)
        name = f"chat {model}"
        columns |= {"provider": provider, "model": model, "input_tokens": prompt, "output_tokens": answer}
        columns["cost_usd"] = prompt * 3e-6 + answer * 15e-6
    if kind == "tool":
        name = chance.choice(TOOLS)
        columns |= {"tool": name, "tool_category": name.split(".", maxsplit=1)[0]}
    if chance.random() < 0.06:
        columns["error_type"] = chance.choice(ERRORS)
    attributes = {"gen_ai.request.temperature": 0.2, "agentlab.step": number % PER_RUN, "agentlab.note": NOTE}
    return Work(number // PER_RUN, kind, name, columns, attributes)


def percentile(values: list[float], share: float) -> float:
    """The value that ``share`` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
