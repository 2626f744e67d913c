"""The reading half of a plan: fetch what is named, then summarise, extract, ask, compare or list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from agentlab.models.offline.acts import READING, Act
from agentlab.models.offline.draft import Outcome, literal
from agentlab.models.offline.mentions import Mention
from agentlab.models.offline.toolbox import Declined
from agentlab.models.offline.work import Work
from agentlab.types import JSON

LONG = 15
"""Sentences kept of each text that is to be compared."""
_NOTHING_NAMED = (
    "The goal names nothing to read: no web address, no text, no file of the drive. Name files one by one, "
    "as drive.list shows them, such as samples/faq.md."
)
_ANY_FACTS = ["dates", "amounts", "emails", "phones", "percentages"]
"""What is looked for where the goal wants "all facts"."""
_SAVES = re.compile(r"(?:note|put|save|write|make|create)\b")
_WANTS_ALL = re.compile(
    r"(?:extract|pull out|pick out|parse)\b[^.,;?]{0,20}\b(?:everything|anything|information|facts|data)\b"
)


class Reading:
    """Adds steps of reading to a draft. Several sources become steps that do not wait for each other."""

    def __init__(self, work: Work, pages: dict[str, Outcome]) -> None:
        self._work = work
        self._goal = work.goal
        self._pages = pages

    def do(self, act: Act) -> list[Outcome]:
        """The steps of one act; none where the act turns out to ask for nothing. Raises ``Declined``."""
        match act.kind:
            case "list":
                return [self._list()]
            case "summarize":
                return [self.summarize(source, self._goal.length_of(act)) for source in self._sources(act)]
            case "extract":
                fields = self._fields(act)
                return [self._extract(source, fields) for source in self._sources(act)] if fields else []
            case "compare" if len(self._goal.sources_of(act)) > 1:
                return [self._compare(act, self._goal.sources_of(act))]
            case "ask" | "compare":
                return [self._ask(source, self._question(act)) for source in self._sources(act)]
        return []

    def page(self, source: Mention) -> Outcome:
        """The page at a web address, fetched once however often it is needed."""
        if source.value not in self._pages:
            name = "fetch" if self._count("url") == 1 else f"fetch {_short(source)}"
            step = self._step("fetch", name, {"url": literal(source.value)}, f"Fetch {source.value}", ())
            label = step.part("title") if step.kind == "page" else literal(source.value)
            self._pages[source.value] = replace(step, label=label, origin=literal(source.value))
        return self._pages[source.value]

    def summarize(self, source: Mention, sentences: int | None = None) -> Outcome:
        """A summary of one source."""
        extra: JSON = {"sentences": sentences} if sentences else {}
        if focus := self._goal.focus:
            extra["focus"] = literal(focus)
        return self._of(source, "summarize", extra, f"Summarise {_shown(source)}")

    def _extract(self, source: Mention, fields: list[str]) -> Outcome:
        args: JSON = {"fields": literal(fields)}
        found = self._of(source, "extract", args, f"Extract {', '.join(fields)} from {_shown(source)}")
        return replace(found, topic=literal(" and ".join(fields)) if len(fields) <= 2 else "")

    def _ask(self, source: Mention, question: str) -> Outcome:
        return self._of(source, "ask", {"prompt": literal(question)}, f"Look for the answer in {_shown(source)}")

    def _fields(self, act: Act) -> list[str]:
        """What to look for. A verb of saving asks for facts only where nothing else is read."""
        words = self._goal.masked[act.start : act.end + 40]
        others = [other for other in self._goal.acts if other.kind in READING and other != act]
        if others and _SAVES.match(words):
            return []
        fields = self._goal.fields_of(act)
        return fields or (_ANY_FACTS if _WANTS_ALL.match(words) else [])

    def _list(self) -> Outcome:
        folder = literal(self._goal.folder)
        args = {"folder": folder} if folder else {}
        made = self._step("list", "list", args, f"List the files in {folder or 'the drive'}", ())
        return replace(made, label=folder or "the drive", origin=folder or "the drive")

    def _compare(self, act: Act, sources: list[Mention]) -> Outcome:
        """Read each text side by side, then put them next to each other."""
        texts = [self.page(source) if source.kind == "url" else self.summarize(source, LONG) for source in sources]
        context = "\n\n".join(
            f"# {source.kind.replace('url', 'page').title()}: {text.label}\n{text.text}"
            for source, text in zip(sources, texts, strict=True)
        )
        args = {"prompt": literal(self._question(act)), "context": context}
        names = " and ".join(map(_shown, sources))
        made = self._step("ask", "compare", args, f"Compare {names}", [text.step for text in texts])
        label = " and ".join(text.label for text in texts)
        return replace(made, label=label, origin=" and ".join(text.origin for text in texts))

    def _of(self, source: Mention, role: str, extra: JSON, description: str) -> Outcome:
        name = role if len(self._goal.sources) == 1 else f"{role} {_short(source)}"
        key = "context" if role == "ask" else "text"
        if source.kind == "url":
            page = self.page(source)
            made = self._step(role, name, {key: page.text, **extra}, description, [page.step])
            return replace(made, label=page.label, origin=page.origin)
        args: JSON = {"file": literal(source.value)} if source.kind == "file" else {key: literal(source.value)}
        made = self._step(role, name, {**args, **extra}, description, ())
        label = literal(source.value) if source.kind == "file" else "the text"
        return replace(made, label=label, origin=label, wide=source.value.lower().endswith((".csv", ".tsv")))

    def _step(self, role: str, name: str, args: JSON, description: str, after: Iterable[str]) -> Outcome:
        result = next((value for key, value in args.items() if key in ("text", "context") and "{{" in str(value)), "")
        return self._work.step(
            role, args, description, name=name, after=after, ground=self._work.ground(result=str(result))
        )

    def _sources(self, act: Act) -> list[Mention]:
        found = self._goal.sources_of(act)
        if not found:
            raise Declined(_NOTHING_NAMED)
        return found

    def _question(self, act: Act) -> str:
        """The goal from the question on, up to what is to be done with its answer."""
        later = [
            other.start for other in self._goal.acts if other.start > act.start and other.kind not in ("ask", "fetch")
        ]
        said = self._goal.text[act.start : min(later, default=None) if later else None]
        return said.strip(" ,;").removesuffix(" and").removesuffix(" then").strip(" ,;") or self._goal.text

    def _count(self, kind: str) -> int:
        return sum(source.kind == kind for source in self._goal.sources)


def _short(source: Mention) -> str:
    if source.kind == "text":
        return "text"
    return (
        source.value.split("?")[0].rstrip("/").rpartition("/")[2].rpartition(".")[0] or source.value.rpartition("/")[2]
    )


def _shown(source: Mention) -> str:
    return "the text" if source.kind == "text" else source.value
