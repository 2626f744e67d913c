"""The part of ``Lab`` that steers runs: stop, pause, go on, answer what they ask, take back what they did, and pay for them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from agentlab.agent.plan import problems_of, read_plan
from agentlab.errors import NoQuestion, NotPossible, PlanInvalid
from agentlab.settings import Settings
from agentlab.tools import Registry
from agentlab.types import FINISHED, JSON, Decision, Effect, Plan, Question, RunStatus, to_micro

if TYPE_CHECKING:
    from agentlab.runtime.accounts import Balance
    from agentlab.runtime.runs import Runs


class Steering(ABC):
    """Needs ``settings``, ``tools`` and the durable runs."""

    settings: Settings
    tools: Registry

    @property
    @abstractmethod
    def durable(self) -> Runs:
        """The durable runs of the lab."""

    @abstractmethod
    def _tell_end(self, run_id: str, *, traced: bool) -> None:
        """Say that a run was cancelled which was in no process; ``traced`` where its trace has begun."""

    def cancel(self, run_id: str) -> RunStatus:
        """Stop a run, and those it has begun; returns where it is then. Raises ``UnknownRun``.

        What it did is taken back, unless it was started with ``undo=False``.
        """
        before = self.durable.status(run_id)
        status = self.durable.cancel(run_id)
        if before in ("waiting", "paused", "queued") and status == "cancelled":
            self._tell_end(run_id, traced=before != "queued")
        return status

    def pause(self, run_id: str) -> RunStatus:
        """Let a run rest before its next step: for as long as you like. Raises ``UnknownRun``, ``NotPossible``."""
        return self.durable.pause(run_id)

    def resume(self, run_id: str) -> RunStatus:
        """Let a paused run go on. Raises ``UnknownRun``, ``NotPossible``."""
        return self.durable.resume(run_id)

    def questions(self, run_id: str = "") -> list[Question]:
        """What runs ask and nobody has answered yet, oldest first; of one run (and those it has begun), or of all."""
        found = self.durable.desks.open()
        return [one for one in found if not run_id or one.run_id == run_id or one.run_id.startswith(f"{run_id}.")]

    def approve(
        self,
        run_id: str,
        name: str = "",
        *,
        plan: JSON | Plan | None = None,
        args: JSON | None = None,
        note: str = "",
    ) -> RunStatus:
        """Say yes to what a run asks: to one question by its name, to all of them where no name is given.

        ``plan`` is the plan as it should run instead, ``args`` the arguments with which the call should be made. Raises
        ``NoQuestion``, ``PlanInvalid``.
        """
        for question in self._open_questions(run_id, name):
            changed = self._checked_plan(plan, question)
            if args is not None and (tool := self.tools.get(question.tool)) and (wrong := tool.validate(args)):
                raise PlanInvalid(wrong, hint=f"agentlab tools {question.tool} shows what it takes.")
            self._say(question, Decision(name=question.name, yes=True, note=note, plan=changed, args=args))
        return self.durable.status(run_id)

    def deny(self, run_id: str, name: str = "", *, note: str = "") -> RunStatus:
        """Say no to what a run asks; ``note`` says why. Raises ``NoQuestion``."""
        for question in self._open_questions(run_id, name):
            self._say(question, Decision(name=question.name, yes=False, note=note))
        return self.durable.status(run_id)

    def undo(self, run_id: str) -> tuple[Effect, ...]:
        """Take back what an ended run did to the world, the last thing first; what stays says why.

        Raises ``UnknownRun``, ``NotPossible`` for a run that has not ended.
        """
        self.begin_undo(run_id)
        self.durable.wait_undone(run_id)
        return self.effects(run_id)

    def begin_undo(self, run_id: str) -> None:
        """As ``undo``, and return at once; a worker does it."""
        self._must_have_ended(run_id)
        self.durable.begin_undo(run_id)

    def effects(self, run_id: str) -> tuple[Effect, ...]:
        """What a run, and those it has begun, did to the world, in that order. Raises ``UnknownRun``."""
        return self.durable.result(run_id).effects

    def balance(self, user: str | None = None) -> Balance:
        """A user's credits: granted, spent, and set aside by runs that work."""
        return self.durable.accounts.balance(user or self.settings.user)

    def grant(self, credits: float | None, user: str | None = None) -> Balance:
        """Give a user so many more credits; None takes the limit away."""
        return self.durable.accounts.grant(user or self.settings.user, None if credits is None else to_micro(credits))

    def _must_have_ended(self, run_id: str) -> None:
        if self.durable.status(run_id) not in FINISHED:
            raise NotPossible(
                f"The run {run_id} has not ended, so it cannot be taken back.", hint=f"agentlab cancel {run_id}"
            )

    def _open_questions(self, run_id: str, name: str) -> Sequence[Question]:
        self.durable.status(run_id)
        found = [one for one in self.questions(run_id) if not name or one.name == name]
        if not found:
            raise NoQuestion(
                f"The run {run_id} asks {f'no question {name!r}' if name else 'nothing'} now.",
                hint="agentlab waiting lists the runs that wait for somebody, with what they ask.",
            )
        return found

    def _say(self, question: Question, decision: Decision) -> None:
        self.durable.answer(question.run_id, replace(decision, by=self.settings.user))

    def _checked_plan(self, plan: JSON | Plan | None, question: Question) -> Plan | None:
        """The plan that a person wants instead; its goal and origin stay the model's."""
        if plan is None or question.plan is None:
            return None
        made = read_plan(plan, origin="model", goal=question.plan.goal) if isinstance(plan, dict) else plan
        limits = self.durable.spec(question.run_id).limits
        if problems := problems_of(made, self.tools, limits):
            raise PlanInvalid(problems)
        return replace(made, goal=question.plan.goal, origin=question.plan.origin)
