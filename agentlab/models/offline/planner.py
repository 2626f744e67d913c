"""From a goal to a plan: read what is named, save what was found, and decline plainly what no tool can do."""

from __future__ import annotations

from agentlab.models.offline.acts import READING, SAVING, Act
from agentlab.models.offline.closing import CLOSING
from agentlab.models.offline.draft import Draft, Outcome
from agentlab.models.offline.fitting import Ground
from agentlab.models.offline.goal import Goal
from agentlab.models.offline.mentions import ADDRESS_MASK, MASK
from agentlab.models.offline.reading import Reading
from agentlab.models.offline.saving import Saving, title_for
from agentlab.models.offline.toolbox import Declined, Toolbox
from agentlab.types import JSON


def plan(goal: str, tools: list[JSON]) -> JSON:
    """``{goal, rationale, refusal, steps}``. Without steps where no tool fits; then ``refusal`` says why, and what does."""
    toolbox = Toolbox(tools)
    try:
        steps = _Planning(Goal.read(goal), toolbox).steps()
    except Declined as declined:
        refusal = f"{declined} {toolbox.offer()}\n\n{CLOSING}"
        return {"goal": goal, "rationale": str(declined), "refusal": refusal, "steps": []}
    said = [str(step["description"]) for step in steps]
    rationale = "; then ".join(said[:5]) + (f"; and {len(said) - 5} more steps" if len(said) > 5 else "") + "."
    return {"goal": goal, "rationale": rationale, "refusal": "", "steps": steps}


class _Planning:
    """One goal on its way to its steps."""

    def __init__(self, goal: Goal, tools: Toolbox) -> None:
        self._goal = goal
        self._tools = tools
        self._draft = Draft()
        self._reading = Reading(goal, tools, self._draft)
        self._saving = Saving(goal, tools, self._draft)
        self._found: list[tuple[int, Outcome]] = []
        """What reading gives, and where in the goal it was asked for."""

    def steps(self) -> list[JSON]:
        """The steps. Raises ``Declined`` where any part of the goal cannot be done."""
        self._decline_unreadable()
        if self._acts(("ask",)) and not self._goal.sources:
            self._use_any_tool(
                "answer without a text: name a web address, or a file of the drive such as samples/faq.md"
            )
            return self._draft.steps
        asked = False
        for act in self._acts(READING):
            if act.kind != "ask" or not (asked or self._acts(("compare",))):
                self._found += [(act.start, outcome) for outcome in self._reading.do(act)]
            asked = asked or act.kind == "ask"
        if not self._found:
            self._found = [(0, outcome) for outcome in self._implied()]
        self._save()
        for act in self._acts(("beyond",)):
            self._go_beyond(act)
        if not self._draft.steps:
            self._use_any_tool("do what this goal asks")
        return self._draft.steps

    def _acts(self, kinds: tuple[str, ...]) -> list[Act]:
        return [act for act in self._goal.acts if act.kind in kinds]

    def _implied(self) -> list[Outcome]:
        """What is read where the goal only says "fetch", "read" or "save": the page itself, the gist of a file."""
        bare = not self._goal.masked.strip(f" .,;:!?{MASK}")
        if not bare and not self._acts(("fetch", *SAVING, "extract")):
            return []
        if self._acts(("beyond",)) and not self._acts(("fetch",)):
            return []
        found = []
        for source in self._goal.sources:
            as_it_is = source.kind == "url" and not bare
            if source.kind != "text" or not self._acts(("doc",)):
                found.append(self._reading.page(source) if as_it_is else self._reading.summarize(source))
        return found

    def _save(self) -> None:
        """Each act of saving takes what was found since the last one; failing that, all that was found."""
        last = -1
        for act in self._acts(SAVING):
            before = [outcome for start, outcome in self._found if last < start < act.end]
            self._saving.do(act, before or [outcome for _, outcome in self._found])
            last = act.end

    def _go_beyond(self, act: Act) -> None:
        found = [outcome for _, outcome in self._found]
        call = self._tools.other(f"{act.words} {self._goal.masked}", act.what, self._ground(found))
        waits = [outcome.step for outcome in found]
        self._draft.add(call.tool, call.tool, call.args, f"Use {call.tool}", waits)

    def _use_any_tool(self, said: str) -> None:
        """A goal that the lexicon does not know: a tool that is about it may still be there."""
        if any(ADDRESS_MASK not in word and word.isalpha() for word in self._goal.masked.split()):
            call = self._tools.other(self._goal.masked, said, self._ground([]))
            self._draft.add(call.tool, call.tool, call.args, f"Use {call.tool}")
            return
        raise Declined("The goal says nothing that could be done.")

    def _ground(self, found: list[Outcome]) -> Ground:
        titles = [self._goal.title_of(act) for act in self._goal.acts]
        return Ground(
            goal=self._goal.text,
            files=tuple(source.value for source in self._goal.sources if source.kind == "file"),
            quotes=tuple(self._goal.quotes),
            title=next(filter(None, titles), ""),
            derived=title_for(found) if found else "",
            result="\n\n".join(outcome.text for outcome in found),
        )

    def _decline_unreadable(self) -> None:
        named = [mention.value for mention in self._goal.mentions if mention.kind == "unreadable"]
        if named:
            raise Declined(
                f"{' and '.join(named)} cannot be read here: the tools read text files (md, txt, csv, json, html)."
            )
