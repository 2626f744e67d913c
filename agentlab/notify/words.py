"""What a message says: which run, how it stands, why or what it found, what it took."""

from __future__ import annotations

from agentlab.types import Question, RunResult, to_credits

TITLE = 90
"""Characters of a goal in a title."""
TEXT = 600
"""Characters of an answer or a reason."""


def title_of(status: str, goal: str) -> str:
    """``Failed: Fetch the report``, the goal cut."""
    return f"{status.capitalize()}: {cut(' '.join(goal.split()), TITLE)}"


def text_of(result: RunResult) -> str:
    """The reason of a run that did not succeed, else its answer, cut; then what it took."""
    found = result.answer if result.status == "succeeded" else result.error or result.answer
    cost = (
        "cost unknown" if result.cost_usd is None else f"cost ${result.cost_usd:.4f}" if result.cost_usd else "cost $0"
    )
    took = f"{result.duration_s:.1f} s, {to_credits(result.credits):g} credits, {cost}"
    return f"{cut(found.strip(), TEXT)}\n{took}".strip()


def text_of_question(question: Question) -> str:
    """What is asked, cut."""
    about = f"{question.tool}: " if question.tool else ""
    return cut(f"{about}{question.why}", TEXT)


def cut(text: str, most: int) -> str:
    """``text`` with at most ``most`` characters; a cut one ends with …"""
    return text if len(text) <= most else f"{text[: most - 2].rstrip()} …"
