"""From a goal to a plan: read what is named, do what is asked with it, and decline plainly what no tool can do."""

from __future__ import annotations

from datetime import datetime

from agentlab.models.offline.acts import BROWSING, FILING, PLANNING, READING, SAVING, Act
from agentlab.models.offline.browsing import Browsing
from agentlab.models.offline.closing import CLOSING
from agentlab.models.offline.draft import FILES, Outcome
from agentlab.models.offline.filing import Filing
from agentlab.models.offline.fitting import ROLES, Ground
from agentlab.models.offline.goal import Goal
from agentlab.models.offline.mailing import Mailing
from agentlab.models.offline.mentions import ADDRESS_MASK, FILE_MASK, MASK
from agentlab.models.offline.pointing import Said
from agentlab.models.offline.reading import Reading
from agentlab.models.offline.saving import Saving, title_for
from agentlab.models.offline.scheduling import Scheduling
from agentlab.models.offline.toolbox import Declined, Toolbox
from agentlab.models.offline.work import Work
from agentlab.types import JSON


def plan(goal: str, tools: list[JSON], now: datetime | None = None, said: Said | None = None) -> JSON:
    """``{goal, rationale, refusal, steps}``. Without steps where no tool fits; then ``refusal`` says why, and what does.

    Days such as "tomorrow" are those seen from ``now``; left out, it is the time of this machine. ``said`` is the text that
    "it" stands for, where the goal goes on with a conversation.
    """
    toolbox = Toolbox(tools)
    try:
        moment = now or datetime.now()  # noqa: DTZ005 - local, as people mean it
        steps = _Planning(Work(Goal.read(goal, moment, said), toolbox)).steps()
    except Declined as declined:
        refusal = f"{declined} {toolbox.offer()}\n\n{CLOSING}"
        return {"goal": goal, "rationale": str(declined), "refusal": refusal, "steps": []}
    told = [str(step["description"]) for step in steps]
    rationale = "; then ".join(told[:5]) + (f"; and {len(told) - 5} more steps" if len(told) > 5 else "") + "."
    return {"goal": goal, "rationale": rationale, "refusal": "", "steps": steps}


class _Planning:
    """One goal on its way to its steps."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._goal = work.goal
        self._browsing = Browsing(work)
        self._reading = Reading(work, self._browsing.pages)
        self._saving = Saving(work)
        self._mailing = Mailing(work)
        self._filing = Filing(work)
        self._scheduling = Scheduling(work)
        self._found: list[tuple[int, Outcome]] = []
        """What reading gives, and where in the goal it was asked for."""
        self._made: list[Outcome] = []
        """Files that steps will have made, in their order."""
        self._saved_to = -1
        """Where the last act of saving ended: it took what was found before."""

    def steps(self) -> list[JSON]:
        """The steps. Raises ``Declined`` where any part of the goal cannot be done."""
        self._decline_unreadable()
        if self._acts(("ask",)) and not self._goal.sources and not self._acts((*PLANNING, *BROWSING, "mail")):
            self._use_any_tool(
                "answer without a text: name a web address, or a file of the drive such as samples/faq.md"
            )
            return self._work.draft.steps
        for act in self._acts((*BROWSING, *READING, "agenda")):
            self._find(act)
        if not self._found:
            self._found = [(0, outcome) for outcome in self._implied()]
        for act in self._goal.acts:
            self._do(act)
        if not self._work.draft.steps:
            self._use_any_tool("do what this goal asks")
        return self._work.draft.steps

    def _acts(self, kinds: tuple[str, ...]) -> list[Act]:
        return [act for act in self._goal.acts if act.kind in kinds]

    def _find(self, act: Act) -> None:
        """The steps of an act that gives something to answer with."""
        if act.kind in READING:
            before = self._acts(("ask",))
            if act.kind != "ask" or (act == before[0] and not self._acts(("compare",))):
                self._found += [(act.start, outcome) for outcome in self._reading.do(act)]
        elif not self._work.tools.has(act.kind):
            if act.kind != "open":
                self._use_role(act)
        elif act.kind == "agenda":
            self._found += [(act.start, outcome) for outcome in self._scheduling.do(act)]
        elif act.kind != "open" or self._goal.in_browser:
            outcomes = self._browsing.do(act)
            self._found += [(act.start, outcome) for outcome in outcomes if outcome.kind not in FILES]
            self._made += [outcome for outcome in outcomes if outcome.kind in FILES]

    def _do(self, act: Act) -> None:
        """The steps of an act that changes something, with what was found and made before it."""
        if act.kind == "beyond":
            self._go_beyond(act)
        elif act.kind in SAVING:
            self._save(act)
        elif act.kind not in ("mail", *FILING, "schedule", "move", "cancel"):
            return
        elif not self._work.tools.has(act.kind):
            self._use_role(act)
        elif act.kind == "mail":
            self._mailing.do(act, self._found, self._made)
        elif act.kind in FILING:
            self._made += self._filing.do(act, self._made)
        else:
            self._scheduling.do(act)

    def _implied(self) -> list[Outcome]:
        """What is read where the goal only says "fetch", "read" or "save": the page itself, the gist of a file."""
        bare = not self._goal.masked.strip(f" .,;:!?{MASK}{FILE_MASK}")
        if not bare and not self._acts(("fetch", "open", *SAVING, "extract")):
            return []
        if self._acts(("beyond",)) and not self._acts(("fetch",)):
            return []
        found = []
        for source in self._goal.sources:
            as_it_is = source.kind == "url" and not bare
            if source.value in self._browsing.pictured:
                continue
            if source.kind != "text" or not self._acts(("doc",)):
                found.append(self._reading.page(source) if as_it_is else self._reading.summarize(source))
        return found

    def _save(self, act: Act) -> None:
        """An act of saving takes what was found since the last one; failing that, all that was found."""
        if not self._found and self._made and act.kind == "doc" and not self._goal.quotes:
            return  # pictures and uploads lie in the drive already
        before = [outcome for start, outcome in self._found if self._saved_to < start < act.end]
        self._made += self._saving.do(act, before or [outcome for _, outcome in self._found])
        self._saved_to = act.end

    def _use_role(self, act: Act) -> None:
        """A deed whose built-in tool is not here: another may do it."""
        _, words, what = ROLES[act.kind]
        self._go_beyond(Act("beyond", act.start, act.end, what, words))

    def _go_beyond(self, act: Act) -> None:
        found = [outcome for _, outcome in self._found]
        call = self._work.tools.other(f"{act.words} {self._goal.masked}", act.what, self._ground(found))
        waits = [outcome.step for outcome in found]
        self._work.draft.add(call.tool, call.tool, call.args, f"Use {call.tool}", waits)

    def _use_any_tool(self, said: str) -> None:
        """A goal that the lexicon does not know: a tool that is about it may still be there."""
        if any(ADDRESS_MASK not in word and word.isalpha() for word in self._goal.masked.split()):
            call = self._work.tools.other(self._goal.masked, said, self._ground([]))
            self._work.draft.add(call.tool, call.tool, call.args, f"Use {call.tool}")
            return
        raise Declined("The goal says nothing that could be done.")

    def _ground(self, found: list[Outcome]) -> Ground:
        titles = [self._goal.title_of(act) for act in self._goal.acts]
        return self._work.ground(
            title=next(filter(None, titles), ""),
            derived=title_for(found) if found else "",
            result="\n\n".join(outcome.text for outcome in found),
        )

    def _decline_unreadable(self) -> None:
        """Files that are no text can be handed on, not read."""
        handed_on = (*FILING, "mail")
        named = [mention for mention in self._goal.mentions if mention.kind == "unreadable"]
        read = [m.value for m in named if not (owner := self._goal.owner_of(m)) or owner.kind not in handed_on]
        if read:
            raise Declined(
                f"{' and '.join(read)} cannot be read here: the tools read text files (md, txt, csv, json, html)."
            )
