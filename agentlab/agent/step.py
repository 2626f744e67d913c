"""One step of a plan: ask where a person must, act, look at the result, and climb the repair ladder where it failed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from agentlab.agent.attempts import Attempts
from agentlab.agent.bench import Bench
from agentlab.agent.call import failed, filled, key_of, make_call
from agentlab.agent.consent import filled_from, why_ask
from agentlab.agent.graph import dependencies
from agentlab.agent.judgement import judged, proposal_in, reasoned_args
from agentlab.agent.progress import Progress
from agentlab.agent.prompts import ask_for_check, ask_for_reason, ask_for_repair
from agentlab.agent.repair import Call, Ladder, Proposal
from agentlab.agent.schedule import Room
from agentlab.agent.subrun import AGENT, run_child
from agentlab.types import (
    Decision,
    Journal,
    ModelResponse,
    Question,
    Scope,
    Step,
    StepResult,
    ToolResult,
)

BACKOFF_S = 0.2
"""Seconds before the second attempt; doubled for each one after it."""


async def run_step(
    step: Step, progress: Progress, bench: Bench, journal: Journal, scope: Scope, room: Room
) -> StepResult:
    """Run ``step`` to its end, however many calls that takes.

    Everything that costs or changes something is done through ``journal``. A step that waits for a person rests in
    ``room``; a run that is resumed walks the same way again and finds the work done.
    """
    return await _Work(step, progress, bench, journal, scope, room).through()


class _Work:
    def __init__(
        self, step: Step, progress: Progress, bench: Bench, journal: Journal, scope: Scope, room: Room
    ) -> None:
        ladder = Ladder(limits=bench.spec.limits, proposes=progress.planned, checks=bench.spec.check)
        self.step = step
        self.progress = progress
        self.bench = bench
        self.room = room
        self.attempts = Attempts(step, bench, journal, scope, ladder)
        self.left_out = ""
        """Why the model left the step out; empty where it did not."""

    async def through(self) -> StepResult:
        """Every call that the step needs. One that is cancelled says so, unless the run goes on later."""
        try:
            return await self._climbed()
        except asyncio.CancelledError:
            if not self.room.goes_on:
                self.attempts.cut_off()
            raise

    async def _climbed(self) -> StepResult:
        call: Call | None = await self._first_call()
        while call is not None:
            await self.room.rest_until(self._may_go_on)
            call = await self._made(call)
            move = self.attempts.next_move()
            if move == "check":
                await self._check()
                move = self.attempts.next_move()
            if move == "end":
                break
            if move == "retry":
                await asyncio.sleep(BACKOFF_S * 2 ** (self.attempts.of(call) - 1))
            else:
                call = await self._repaired()
        return self._outcome()

    async def _may_go_on(self) -> bool:
        return not self.bench.desk.pausing

    async def _first_call(self) -> Call:
        """The plan's; where a model is to reason first, with the arguments that it wants."""
        call = Call(tool=self.step.tool, args=self.step.args, shaped=self.progress.shaped)
        if not (self.bench.spec.reason and self.progress.planned and dependencies(self.step)):
            return call
        request = ask_for_reason(self.bench.spec.goal, self.step, self.progress.results_for(self.step))
        answer = await self.attempts.ask("reason", request, untrusted=bool(self.progress.tainted))
        args = reasoned_args(answer, call, self.bench.tools)
        return call if args is None else replace(call, args=args, shaped=call.shaped or answer.untrusted)

    async def _made(self, call: Call) -> Call:
        """Make ``call``, or what a person makes of it, once; what was made."""
        ready = filled(call, self.progress.known, self.bench)
        if isinstance(ready, ToolResult):
            await self.attempts.make(call, _known(ready))
            return call
        tool, args = ready
        run_id = self.bench.spec.run_id
        why = why_ask(self.step, call, tool.spec, self.bench.spec, self.progress.tainted)
        if why and not self.attempts.of(call):
            said = await self._decision(
                Question(
                    run_id=run_id,
                    name=f"{self.step.id}-{call.number}",
                    about="step",
                    why=why,
                    step=self.step.id,
                    tool=call.tool,
                    args=args,
                )
            )
            if not said.yes:
                await self.attempts.make(call, _known(_refused(said)), args)
                return call
            if said.args is not None:
                return await self._made(replace(call, args=said.args, approved=True))
        if call.tool == AGENT:
            await self.attempts.begin()
            result = await run_child(self.step, args, call, self.bench, self.progress, self.room, self.attempts.span)
            await self.attempts.make(call, _known(result), args)
        else:
            number, key = self.attempts.of(call) + 1, key_of(run_id, self.step, call)
            used = self.attempts.credits

            async def make(scope: Scope) -> ToolResult:
                return await make_call(tool, args, key, number, self.bench, scope, used=used)

            await self.attempts.make(call, make, args)
        return call

    async def _decision(self, question: Question) -> Decision:
        """What a person says to ``question``, however long that takes."""
        said: list[Decision] = []

        async def decided() -> bool:
            found = await self.bench.desk.decision(question)
            said.extend([found] if found else [])
            return bool(said)

        await self.room.rest_until(decided)
        return said[-1]

    async def _check(self) -> None:
        """Let a model look at the last result; where it is not what was wanted, it becomes a failure."""
        tried = self.attempts.tried
        last = tried[-1]
        request = ask_for_check(self.bench.spec.goal, self.step, last.call.args, last.result.data)

        def close(answer: ModelResponse) -> None:
            self.attempts.close_if_over([*tried[:-1], judged(last, answer)])

        tried[-1] = judged(last, await self.attempts.ask(f"check-{len(tried)}", request, close))

    async def _repaired(self) -> Call | None:
        """The call that a model proposes in place of those that failed; None where there is none to make."""
        tried = self.attempts.tried
        request = ask_for_repair(self.bench.spec.goal, self.step, tried, self.bench.tools.specs())

        def close(answer: ModelResponse) -> None:
            proposal = proposal_in(answer, tried, self.bench.tools)
            if proposal.action != "call" and not self._person_may_know(proposal):
                self._take(proposal)
                self.attempts.close(self._outcome())

        answer = await self.attempts.ask(f"repair-{tried[-1].call.number}", request, close)
        proposal = proposal_in(answer, tried, self.bench.tools)
        if self._person_may_know(proposal):
            return await self._person_says(proposal)
        self._take(proposal)
        return proposal.call

    def _take(self, proposal: Proposal) -> None:
        if proposal.action == "skip":
            self.left_out = proposal.why or "The model left it out."

    def _person_may_know(self, proposal: Proposal) -> bool:
        return proposal.action == "ask" and "failure" in self.bench.spec.approve

    async def _person_says(self, proposal: Proposal) -> Call | None:
        """The call that a person wants in place of the one that failed."""
        last = self.attempts.tried[-1]
        error = last.result.error
        said = await self._decision(
            Question(
                run_id=self.bench.spec.run_id,
                name=f"{self.step.id}-{last.call.number}-failed",
                about="failure",
                why=f"{error.message if error else ''} {proposal.why}".strip(),
                step=self.step.id,
                tool=last.call.tool,
                args=last.call.args,
            )
        )
        if said.yes:
            args = last.call.args if said.args is None else said.args
            return replace(last.call, args=args, number=last.call.number + 1, shaped=False, approved=True)
        await self.attempts.make(last.call, _known(_refused(said)))
        return None

    def _outcome(self) -> StepResult:
        outcome = self.attempts.outcome()
        outcome = replace(outcome, untrusted=outcome.untrusted or self._passes_on())
        return replace(outcome, status="skipped", error=None, note=self.left_out) if self.left_out else outcome

    def _passes_on(self) -> bool:
        """Whether text from outside that went into the last call may be in what a tool made of it, and gave back."""
        call = self.attempts.tried[-1].call
        tool = self.bench.tools.get(call.tool)
        if tool is None or tool.spec.changes_world:  # what such a tool gives back is about the thing that it made
            return False
        return call.shaped or any(filled_from(call.args, self.progress.tainted))


def _refused(said: Decision) -> ToolResult:
    return failed("refused", f"{said.by} said no. {said.note}".strip())


def _known(result: ToolResult) -> Callable[[Scope], Awaitable[ToolResult]]:
    """An attempt whose result is known before anything is called."""

    async def told(_: Scope) -> ToolResult:
        return result

    return told
