"""Goals that go on with a conversation: answered from what was found before, or planned with what "it" stands for."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from agentlab.models.offline.closing import CLOSING, unsigned
from agentlab.models.offline.goal import Goal
from agentlab.models.offline.planner import plan
from agentlab.models.offline.pointing import Said, goes_on, pointing_back, with_sources
from agentlab.models.offline.questions import find_answer
from agentlab.models.offline.records import as_text
from agentlab.statements import says_only, statements
from agentlab.types import JSON

_HELD = 0.6
"""Share of what a question asks, by weight, that an earlier result must meet to answer it."""
_QUESTION = re.compile(
    r"^(?:(?:and|so|then|but|ok|okay|please)[,\s]+)*(?:what|who|whom|whose|when|where|which|why|how|does|do|did|is|are|was|were"
    r"|has|have|can|could|tell me)\b|\?\s*$",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][\w&.-]*[\w&]")
_POSSESSIVE = re.compile(_NAME.pattern + r"(?:['’]s)?")
_MINE = re.compile(r"\b(?:I|[Mm]y|[Mm]e|[Mm]ine)\b")
"""Words of a question about the person, which no text of the conversation answers."""
_PLACE = re.compile(r"\s*(?:\b(?:at|from|in|on|of)\s+)?https?://\S+")
_PATH = re.compile(r"(?:[\w.-]+/)*([\w-]+)\.(?:md|txt|csv|tsv|json|html?|log)\b")
_READS = ("ask", "extract", "summarize", "compare")
_TAKES = ("doc", "sheet", "post", "mail", "share", "fetch", *_READS)
"""Acts that may take what was said before."""
_FAILED = "Failed: "
"""How the answer of a turn begins whose run did not succeed."""
_NOTHING = "The text says nothing"
"""How an answer begins that is none."""
_HOLDS = ("text", "summary", "answer", "values", "files", "rows", "events")
"""Fields of results that are worth keeping; others only say that something was done."""
_TEXTS = ("text", "summary", "answer")
"""Fields of results that hold text to read."""


def plan_on(goal: str, tools: list[JSON], now: datetime | None, turns: list[JSON], memories: list[JSON]) -> JSON:
    """A plan as ``planner.plan`` makes it, or one with ``answer`` and no steps.

    ``turns`` are ``{goal, answer, found}`` of the conversation, oldest first; ``memories`` are ``{kind, text, source}``,
    best first.
    """
    if says_only(goal):
        noted = "\n".join(f"- {said.text}" for said in statements(goal))
        return _answered(
            goal, f"Where the memory is on, this is kept:\n{noted}", "The goal says something to remember."
        )
    read = Goal.read(goal, now or datetime.now())  # noqa: DTZ005 - local, as people mean it
    asks = _only_asks(read)
    if turns and asks and (held := _held(read, turns)):
        return _answered(goal, held, "An earlier turn of the conversation holds the answer.")
    about = _about(read, turns)
    made = plan(about, tools, now, _said(read, turns) if about == read.text else None)
    if made["refusal"] and asks and not goes_on(read.masked) and (known := _known(read, memories)):
        return _answered(goal, known, "The memory holds the answer.")
    about_turns = asks and not _MINE.search(goal) and any(_names_in(read, topic) for topic in _topics(turns))
    if made["refusal"] and about_turns and (sources := _sources(turns)):
        again = plan(with_sources(goal, sources), tools, now)
        made = made if again["refusal"] else again
    return made | {"goal": goal}


def _answered(goal: str, answer: str, why: str) -> JSON:
    return {"goal": goal, "rationale": why, "refusal": "", "answer": f"{answer}\n\n{CLOSING}", "steps": []}


def _only_asks(goal: Goal) -> bool:
    """Whether a goal is one question that names nothing to read."""
    named = {mention.kind for mention in goal.mentions} - {"quote", "title"}
    return (
        not named and {act.kind for act in goal.acts} <= {"ask", "fetch"} and bool(_QUESTION.search(goal.text.strip()))
    )


def _held(goal: Goal, turns: list[JSON]) -> str:
    """What earlier turns say to a question, newest first; empty where they do not hold it."""
    topics = _topics(turns)
    if goes_on(goal.masked):
        topics = topics[:1]
    for texts in topics:
        if _names_in(goal, texts) and (answer := _found_in(goal, texts[0], texts[1:])):
            return answer
    return ""


def _found_in(goal: Goal, about: str, texts: list[str]) -> str:
    """The best answer that texts give; empty where none meets enough.

    They may leave out the names that they are ``about``; every other name of the question must stand in the answer.
    """
    others = [name.lower() for name in _NAME.findall(goal.text) if name.lower() not in about.lower()]
    for question in [goal.text] if others else dict.fromkeys((goal.text, _POSSESSIVE.sub("", goal.text))):
        share, answer = max((find_answer(question, text) for text in texts), default=(0.0, ""), key=_worth)
        if share >= _HELD and all(name in answer.lower() for name in others):
            return answer
    return ""


def _names_in(goal: Goal, texts: list[str]) -> bool:
    """Whether every name in a question occurs there: what is said of one is no answer about another."""
    whole = "\n".join(texts).lower()
    return all(name.lower() in whole for name in _NAME.findall(goal.text))


def _worth(found: tuple[float, str]) -> tuple[float, bool]:
    """By what an answer is better than another: how much of the question it meets, then that it has a figure."""
    share, answer = found
    return share, any(letter.isdigit() for letter in answer)


def _topics(turns: list[JSON]) -> list[list[str]]:
    """What was talked about, newest first: the goals of each topic, then its texts. A question about the last is no new one."""
    topics: list[list[str]] = []
    for turn in turns:
        goal, found = str(turn.get("goal") or ""), turn.get("found") or {}
        texts = [_plainly(turn), *(text for result in found.values() for text in _texts(result))]
        texts = [text for text in texts if not text.startswith((_NOTHING, _FAILED))]
        if topics and (not found or goes_on(goal.lower()) or _only_asks(_read(goal))):
            topics[-1][0] += f"\n{goal}"
            topics[-1] += texts
        else:
            topics.append([goal, *texts])
    return topics[::-1]


def _plainly(turn: JSON) -> str:
    """A turn's answer without the sentences about who wrote it."""
    return unsigned(str(turn.get("answer") or ""))


def _texts(result: Any) -> list[str]:
    """The texts that a result holds; the whole of it, written out, where it has none."""
    if isinstance(result, dict):
        texts = [result[name] for name in _TEXTS if isinstance(result.get(name), str)]
        if isinstance(values := result.get("values"), dict):
            texts.append(as_text(json.dumps(values, ensure_ascii=False, default=str)))
        if texts:
            return texts
    return [result if isinstance(result, str) else as_text(json.dumps(result, ensure_ascii=False, default=str))]


def _said(goal: Goal, turns: list[JSON]) -> Said | None:
    """The answer before, where the goal can only mean that: it names nothing to read, and nothing it does gives anything.

    "The summary" is the last one that was made; else it is the last answer that says more than that something was done.
    """
    if goal.sources or any(act.kind not in _TAKES for act in goal.acts):
        return None
    answered = [turn for turn in turns if _plainly(turn) and not _plainly(turn).startswith(_FAILED)]
    summed = [turn for turn in answered if _has(turn, ("summary",))] if "summary" in goal.masked else []
    telling = [turn for turn in answered if not turn.get("found") or _has(turn, _HOLDS)]
    last = next(reversed(summed or telling or answered), None)
    if last is None:
        return None
    before = turns[: turns.index(last) + 1]
    about = next((goal for goal in _goals(before[::-1]) if _read(goal).sources), str(last["goal"]))
    return Said(_plainly(last), " ".join(_PATH.sub(r"\1", _PLACE.sub("", about)).strip(" .?!,").split()[:8]))


def _goals(turns: list[JSON]) -> list[str]:
    return [str(turn.get("goal") or "") for turn in turns]


def _has(turn: JSON, fields: tuple[str, ...]) -> bool:
    """Whether a result of a turn is a text, or has one of these fields."""
    found = (turn.get("found") or {}).values()
    return any(isinstance(result, str) or (isinstance(result, dict) and set(fields) & set(result)) for result in found)


def _about(goal: Goal, turns: list[JSON]) -> str:
    """The goal with the files in the place of "it", where it reads something and an earlier turn named that."""
    start, end = pointing_back(goal.masked) or (0, 0)
    reads = [act for act in goal.acts if act.kind in _READS and not start <= act.start < end]
    if not reads or goal.sources or not goes_on(goal.masked) or any(act.kind not in _TAKES for act in goal.acts):
        return goal.text
    sources = _sources(turns)
    return with_sources(goal.text, sources) if sources else goal.text


def _sources(turns: list[JSON]) -> list[str]:
    """The files and web addresses that the last turn which names any was about."""
    for goal in _goals(turns[::-1]):
        if named := [source.value for source in _read(goal).sources if source.kind in ("file", "url")]:
            return named
    return []


def _read(goal: str) -> Goal:
    """An earlier goal; its days are of no interest."""
    return Goal.read(goal, datetime.now())  # noqa: DTZ005 - as above


def _known(goal: Goal, memories: list[JSON]) -> str:
    """What the memory says to a question, what fits best first; of a run's result its answer alone."""
    for memory in memories:
        text = str(memory.get("text") or "")
        about, told, answer = text.partition(" → ") if memory.get("kind") == "result" else ("", "", text)
        fits = _names_in(goal, [text]) and not answer.startswith(_NOTHING)
        if fits and (found := _found_in(goal, about if told else "", [answer or text])):
            return f"{found} (from memory)"
    return ""
