"""Workers that are killed while they run things, forked from one process that has imported everything already.

Their tools leave what they do in files below ``world``, one line each, written under a lock: what a repetition with the
same key would do a second time would be seen there.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from agentlab.agent import rollback, step
from agentlab.agent.bench import Bench
from agentlab.agent.guards import Budget
from agentlab.failpoints import reach
from agentlab.runtime.here import Hooks
from agentlab.runtime.runs import Runs
from agentlab.testing import FakeTools, MemoryRecorder
from agentlab.types import ModelResponse, RunSpec, ToolError, ToolResult, ToolSpec

GRANTED = 10**11
"""So much that no run wants for what others have set aside: each sets 50 credits aside at once."""
MODEL_COST, FEE = 3_000, 1_000
AT_ONCE = 8
step.BACKOFF_S = rollback.PAUSE_S = 0.01


class World:
    """What tools have done: lines in files, each file under its lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def lines(self, name: str) -> list[str]:
        path = self._folder / name
        return path.read_text().splitlines() if path.exists() else []

    def add(self, name: str, line: str, *, once: bool = False) -> None:
        """One more line; with ``once`` only where it is not there yet."""
        with (self._folder / name).open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            if not (once and line in file.read().splitlines()):
                file.write(f"{line}\n")
                file.flush()


class Tool:
    """``put`` can be taken back, ``send`` cannot; ``late`` does it and times out; ``busy`` works the second time;
    ``broken`` works with other arguments; ``fail`` never does; ``echo`` changes nothing."""

    def __init__(self, name: str, world: World) -> None:
        changes = name in ("put", "send", "late", "busy")
        self.spec = ToolSpec(
            name=name,
            category="fake",
            description=name,
            input_schema={"type": "object"},
            credits=FEE,
            changes_world=changes,
            reversible=changes and name != "send",
        )
        self._world = world

    def validate(self, args, *, later=frozenset()):
        return []

    async def execute(self, args, context):
        key, name = context.idempotency_key, self.spec.name
        await asyncio.sleep(0.005)
        reach("tool.inside")
        self._world.add("calls", key)
        if name == "fail" or (name == "broken" and not args.get("right")):
            return _failure("gone")
        if name == "busy" and context.attempt == 1 and context.model:
            return _failure("busy", retryable=True)
        if self.spec.changes_world:
            self._world.add("done", f"{key} {json.dumps(args, sort_keys=True)}", once=True)
        reach("tool.done")
        if name == "late" and context.model:
            return _failure("timeout")
        return ToolResult(data=args, credits=FEE, undo={"key": key} if self.spec.reversible else None)

    async def undo(self, undo, context):
        await asyncio.sleep(0.005)
        self._world.add("undone", undo["key"], once=True)
        return ToolResult()


def _failure(kind: str, *, retryable: bool = False) -> ToolResult:
    return ToolResult(error=ToolError(kind=kind, message=kind, retryable=retryable), credits=FEE)


class Model:
    """Answers by the purpose and the step alone; its plans are in the goal."""

    name = "crew"

    async def answer(self, request, scope, on_delta=None):
        reach("model.inside")
        await asyncio.sleep(0.002)
        output: Any = {}
        if request.purpose == "plan":
            output = json.loads(request.inputs["goal"])
        if request.purpose == "reason":
            output = {"args": {**request.inputs["step"]["args"], "thought": True}}
        if request.purpose == "repair":
            output = {"action": "change_arguments", "args": {"right": True, "step": scope.step}}
        text = "done" if request.purpose == "answer" else ""
        return ModelResponse(text=text, output=output, cost_usd=Decimal("0.000003"), credits=MODEL_COST)


def bench_of(world: World, spec: RunSpec, budget: Budget) -> Bench:
    """What a run of the crew works with."""
    names = ("put", "send", "late", "busy", "broken", "fail", "echo")
    tools = FakeTools(Tool(name, world) for name in names)
    return Bench(spec=spec, model=Model(), tools=tools, recorder=MemoryRecorder(), budget=budget)


def open_runs(folder: Path, url: str = "") -> Runs:
    """The runs of the crew, as each of its processes sees them."""
    world = World(folder / "world")
    hooks = Hooks(bench_of=lambda spec, budget: bench_of(world, spec, budget))
    return Runs(url or f"sqlite:///{folder / 'runs.sqlite'}", folder, hooks, granted=GRANTED)


class Crew:
    """The test's side: keeps workers alive, each of which may die at one failpoint."""

    def __init__(self) -> None:
        command = [sys.executable, __file__]
        self._server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._living: dict[int, str] = {}

    def start(self, folder: Path, failpoint: str = "", url: str = "") -> int:
        """One more worker. ``failpoint`` is one of ``AGENTLAB_FAILPOINTS``; without it the worker lives."""
        pid = int(self._ask([str(folder), url, failpoint]))
        self._living[pid] = failpoint
        return pid

    def died(self) -> list[str]:
        """The failpoints of those that have died since the last call."""
        found: dict[str, int] = json.loads(self._ask(None))
        assert set(found.values()) <= {-signal.SIGKILL}, f"ended without being killed: {found}"
        return [self._living.pop(int(pid)) for pid in found]

    def kill(self, pid: int) -> None:
        """kill -9."""
        os.kill(pid, signal.SIGKILL)
        while pid in self._living:
            self.died()
            time.sleep(0.01)

    def end(self) -> None:
        """kill -9 of all of them."""
        for pid in [*self._living]:
            self.kill(pid)

    def close(self) -> None:
        self.end()
        self._server.communicate()

    def _ask(self, question: list[str] | None) -> str:
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(f"{json.dumps(question)}\n")
        self._server.stdin.flush()
        return self._server.stdout.readline()


def serve() -> None:
    """The other side: forks a worker for each failpoint that it is told, and says who has died when it is asked."""
    children: set[int] = set()
    for line in sys.stdin:
        if (told := json.loads(line)) is None:
            ended = {pid: os.waitpid(pid, os.WNOHANG) for pid in children}
            answer = {pid: os.waitstatus_to_exitcode(status) for pid, (found, status) in ended.items() if found}
            children -= answer.keys()
            print(json.dumps(answer), flush=True)
            continue
        pid = os.fork()
        if not pid:
            _work(*told)
        children.add(pid)
        print(pid, flush=True)
    for pid in children:
        os.waitpid(pid, 0)


def _work(folder: str, url: str, failpoint: str) -> None:
    os.close(0)
    os.dup2(2, 1)
    if failpoint:
        os.environ["AGENTLAB_FAILPOINTS"] = failpoint
    try:
        open_runs(Path(folder), url).work(AT_ONCE)
        time.sleep(600)
    finally:
        os._exit(1)


if __name__ == "__main__":
    serve()
