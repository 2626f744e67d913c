"""What runs ask, in words, and answers from the keyboard."""

from __future__ import annotations

import json
import sys

from agentlab.lab import Lab, Run
from agentlab.types import Question


def answer_here(lab: Lab, run: Run) -> bool:
    """Ask at the keyboard what ``run`` asks; False where nobody wants to answer now."""
    for question in run.questions:
        print(f"\n{described(question)}", file=sys.stderr)
        said = input("Go on? [y]es, [n]o, [l]ater: ").strip().lower()[:1]
        if said == "y":
            lab.approve(question.run_id, question.name)
        elif said == "n":
            lab.deny(question.run_id, question.name)
        else:
            return False
    return True


def described(question: Question) -> str:
    """A question in words, with what exactly is asked about."""
    lines = [f"{question.run_id} asks '{question.name}': {question.why}"]
    if question.plan:
        lines += [
            f"  {step.id}: {step.tool} {json.dumps(step.args, ensure_ascii=False, default=str)}"
            for step in question.plan.steps
        ]
    elif question.tool:
        lines.append(f"  {question.tool} {json.dumps(question.args, ensure_ascii=False, default=str)}")
    return "\n".join(lines)
