"""How many goals the model ``offline`` plans, completes and declines rightly: ``python benchmarks/offline.py``.

``--tuned`` leaves out the goals that no rule may be written for; ``--write`` makes what was measured the committed
figure, ``benchmarks/offline_goals/figure.json``, which ``tests/evaluation`` keeps from falling.
"""

from __future__ import annotations

import argparse
import json
import time

from offline_goals.evaluate import FIGURE, Outcome, evaluate, figure, shares

_HEAD = f"{'':<12}{'goals':>6}{'right':>7}   {'planned':>9}{'completed':>11}{'declined':>10}"


def main() -> None:
    """Run all goals and print the shares by category, then what failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--tuned", action="store_true", help="only the goals that rules may be written for")
    parser.add_argument("--write", action="store_true", help=f"commit what was measured to {FIGURE.name}")
    asked = parser.parse_args()
    started = time.perf_counter()
    outcomes = [outcome for outcome in evaluate() if not (asked.tuned and outcome.held_out)]
    print(_HEAD)
    for category in dict.fromkeys(outcome.category for outcome in outcomes):
        _print_line(category, [outcome for outcome in outcomes if outcome.category == category])
    print()
    for name, held_out in (("tuned", False), ("held out", True)):
        _print_line(name, [outcome for outcome in outcomes if outcome.held_out == held_out])
    _print_line("all", outcomes)
    print()
    for outcome in outcomes:
        if not outcome.right:
            print(f"{outcome.id}{' (held out)' if outcome.held_out else ''}: {outcome.reason}\n    {outcome.goal}")
    print(f"\n{len(outcomes)} goals in {time.perf_counter() - started:.1f} s")
    if asked.write and not asked.tuned:
        FIGURE.write_text(json.dumps(figure(outcomes), indent=2) + "\n", encoding="utf-8")


def _print_line(name: str, outcomes: list[Outcome]) -> None:
    told = shares(outcomes)
    if not told["goals"]:
        return
    share = f"{told['right'] / told['goals']:.0%}"
    planned, completed = f"{told['planned']}/{told['feasible']}", f"{told['completed']}/{told['feasible']}"
    declined = f"{told['declined']}/{told['to_decline']}"
    print(f"{name:<12}{told['goals']:>6}{share:>7}   {planned:>9}{completed:>11}{declined:>10}")


if __name__ == "__main__":
    main()
