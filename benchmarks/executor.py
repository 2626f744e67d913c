"""What one iteration of an agent costs: a model is asked, then a tool is called. Ours beside LangGraph, pydantic-ai, smolagents.

Model and tool take no time. Ours and LangGraph's (SQLite checkpoints, ``durability="sync"``) survive ``kill -9`` after each
half of an iteration; the others keep nothing. Milliseconds an iteration, the median of the rounds, for runs of 10, 50 and 200
iterations; alternately, so that a busy machine hits all alike. The peers are installed into an environment of their own
(``--peers FOLDER``, some minutes once), or left out with ``--without-peers``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from statistics import median

from agentlab.agent.bench import Bench
from agentlab.agent.guards import Budget
from agentlab.runtime.here import Hooks
from agentlab.runtime.live import LiveLog
from agentlab.runtime.runs import Runs
from agentlab.store import TraceStore
from agentlab.testing import FakeTool, FakeTools
from agentlab.types import Event, Limits, ModelRequest, ModelResponse, OnDelta, Plan, RunSpec, Scope, Step
from agentlab.types.ids import new_id

LENGTHS = (10, 50, 200)
PEERS = ("langgraph", "langgraph without checkpoints", "pydantic-ai", "smolagents")
PACKAGES = ("langgraph", "langgraph-checkpoint-sqlite", "pydantic-ai-slim", "smolagents")


class Agreeable:
    """A model that leaves each step as it is, at once."""

    name = "fake"

    async def answer(self, request: ModelRequest, scope: Scope, on_delta: OnDelta | None = None) -> ModelResponse:
        """The step's own arguments; no text."""
        args = request.inputs["step"]["args"] if request.purpose == "reason" else {}
        return ModelResponse(output={"args": args}, cost_usd=Decimal(0), credits=0)


class Both:
    """What a lab records to: the trace store and the live log."""

    def __init__(self, store: TraceStore) -> None:
        self.store = store
        self.live: LiveLog | None = None

    def record(self, event: Event) -> None:
        """Write it down without its secrets, and show it."""
        line = self.store.record(event)
        if self.live and event.span.run_id:
            self.live.record(event.span.run_id, line)


class Ours:
    """Durable runs of a chain of steps, before each of which the model reasons."""

    def __init__(self, folder: Path) -> None:
        self._both = Both(TraceStore(folder / "traces"))
        tools = FakeTools([FakeTool("echo", lambda args: args)])

        def bench(spec: RunSpec, budget: Budget) -> Bench:
            return Bench(spec=spec, model=Agreeable(), tools=tools, recorder=self._both, budget=budget)

        self._runs = Runs(f"sqlite:///{folder}/runs.sqlite", folder, Hooks(bench_of=bench))
        self._both.live = self._runs.live

    def iterate(self, count: int) -> float:
        """Milliseconds an iteration of one run."""
        steps = [Step(id="s", tool="echo", args={"n": 0})]
        steps += [
            Step(id=f"s{n}", tool="echo", args={"n": n}, depends_on=(steps[-1].id if n == 1 else f"s{n - 1}",))
            for n in range(1, count)
        ]
        plan = Plan(goal="g", steps=tuple(steps), origin="model")
        limits = Limits(max_steps=count)
        spec = RunSpec(run_id=new_id("run"), goal="g", plan=plan, reason=True, memory=False, limits=limits)
        self._runs.start(spec)
        result = self._runs.wait(spec.run_id)
        if result.status != "succeeded":
            raise SystemExit(result.error)
        return result.duration_s / count * 1_000

    def close(self) -> None:
        """Let go of the databases."""
        self._runs.close()
        self._both.store.close()


def installed(folder: Path) -> Path:
    """The Python of the environment with the peers, made where it is missing."""
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
        (folder / "ready").touch()
    return python


class Peer:
    """A peer in a process of its own: told how many iterations, it tells how long one took."""

    def __init__(self, name: str, python: Path) -> None:
        command = [str(python.absolute()), str(Path(__file__).absolute().parent / "_executors.py"), name]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def iterate(self, count: int) -> float:
        """Milliseconds an iteration of one run."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(count, file=self._process.stdin, flush=True)
        return float(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """Let it end."""
        self._process.communicate()


def main() -> None:
    """Print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, default=Path(tempfile.gettempdir()) / "agentlab-bench-executors")
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        racers: dict[str, Ours | Peer] = {"agentlab": Ours(Path(folder))}
        if not chosen.without_peers:
            python = installed(chosen.peers)
            racers |= {name: Peer(name, python) for name in PEERS}
        times: dict[str, dict[int, list[float]]] = {name: {count: [] for count in LENGTHS} for name in racers}
        for number in range(chosen.rounds + 1):
            for count in LENGTHS:
                for name, racer in racers.items():
                    took = racer.iterate(count)
                    if number:  # the first round warms up
                        times[name][count].append(took)
        for racer in racers.values():
            racer.close()
    ours = times["agentlab"]
    print(f"{'ms an iteration, runs of':32}" + "".join(f"{count:>9}" for count in LENGTHS))
    for name, found in times.items():
        figures = "".join(f"{median(found[count]):9.2f}" for count in LENGTHS)
        ratio = median(ours[LENGTHS[1]]) / median(found[LENGTHS[1]])
        print(f"{name:32}{figures}   agentlab takes {ratio:4.2f} x as long at {LENGTHS[1]}")


if __name__ == "__main__":
    main()
