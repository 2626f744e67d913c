"""The saving half of a plan: put what was found into documents and sheets, or send it to a web address."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from agentlab.models.offline.acts import Act
from agentlab.models.offline.draft import Outcome, literal
from agentlab.models.offline.toolbox import Declined
from agentlab.models.offline.work import Work
from agentlab.types import JSON

_TITLES = {
    "summary": "Summary of",
    "table": "Facts from",
    "answer": "Answer from",
    "list": "Files in",
    "page": "",
    "agenda": "Events of",
    "doc": "",
    "sheet": "",
    "shot": "Picture of",
    "file": "",
    "other": "",
}
_NAMED_BY = {
    "summary": r"summar|points|highlights",
    "answer": r"answer|comparison|differences",
    "table": r"dates|e-?mails|amounts|addresses|facts|values|figures|phones|links",
    "page": r"\b(?:page|text|article)\b",
    "agenda": r"\b(?:agenda|calendar|events|meetings|appointments|schedule)\b",
}
_HOLDS_JSON = re.compile(r"\.json\b|\bapi\b", re.IGNORECASE)
_PAIR = re.compile(r"(?<!\S)([a-z][\w-]*)=([^\s,;=]+)")
_EACH = re.compile(
    r"\b(?:each|separate|two|own|respective) (?:\w+ )?(?:documents?|docs?|notes?|files?|sheets?)\b|\beach\b"
)


class Saving:
    """Adds steps of saving to a draft."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._goal = work.goal
        self._made: list[Outcome] = []

    def do(self, act: Act, found: list[Outcome]) -> list[Outcome]:
        """The steps of one act, for those of ``found`` that it means; the files they make. Raises ``Declined``."""
        self._made = []
        meant = self._meant(act, found)
        groups = [[outcome] for outcome in meant] if _EACH.search(self._goal.words_of(act)) and meant else [meant]
        for group in groups:
            {"doc": self._doc, "sheet": self._sheet, "post": self._post}[act.kind](act, group)
        return self._made

    def _meant(self, act: Act, found: list[Outcome]) -> list[Outcome]:
        """Those that the act names; a sheet means tables and lists, where there are any."""
        own = self._goal.masked[act.start : act.end]
        named = named_outcomes(found, own) or named_outcomes(found, self._goal.words_of(act))
        flat = (
            [outcome for outcome in found if outcome.kind in ("table", "list", "agenda")] if act.kind == "sheet" else []
        )
        return flat or named or found

    def _doc(self, act: Act, found: list[Outcome]) -> None:
        given = self._goal.title_of(act)
        own = [quote for quote in self._goal.quotes if quote != given]
        if not found and not own:
            raise Declined("The goal names nothing to save: no text, no file, no web address.")
        before = literal(self._goal.title_before)
        title = literal(given) or (title_for(found) if found else before or literal(" ".join(own[-1].split()[:6])))
        content = (
            _document(title, found) if found else f"# {title}\n\n{literal(own[-1])}\n" if before else literal(own[-1])
        )
        self._add("doc", {"title": title, "content": content}, f"Save the document {_plain(title)}", found)

    def _sheet(self, act: Act, found: list[Outcome]) -> None:
        given = literal(self._goal.title_of(act))
        if not found:
            self._empty_sheet(act, given)
            return
        shapes: dict[object, list[Outcome]] = {}
        for outcome in found:
            shapes.setdefault((outcome.kind, outcome.wide), []).append(outcome)
        for same in shapes.values():
            title = given or title_for(same)
            self._add("sheet", {"title": title, **_rows(same)}, f"Save the sheet {_plain(title)}", same)

    def _empty_sheet(self, act: Act, title: str) -> None:
        columns = self._goal.columns_of(act)
        if not columns or not title:
            raise Declined("The goal names no rows for the sheet: no file or web address to take them from.")
        args: JSON = {"title": title, "columns": literal(columns), "rows": []}
        self._add("sheet", args, f"Make the empty sheet {title}", [])

    def _post(self, act: Act, found: list[Outcome]) -> None:
        target = self._goal.target_of(act)
        if target is None:
            raise Declined("The goal does not say to which web address to send it.")
        args = {"url": literal(target.value), **self._body(found)}
        self._add("post", args, f"Send it to {target.value}", found)

    def _body(self, found: list[Outcome]) -> JSON:
        if found:
            items = [{"source": outcome.label, outcome.kind: outcome.text} for outcome in found]
            return {"json": items[0] if len(items) == 1 else {"items": items}}
        try:
            return {"json": literal(json.loads(self._goal.json_body))}
        except (ValueError, RecursionError):
            pass
        if pairs := _PAIR.findall(self._goal.masked):
            return {"form": {literal(name): literal(self._spelt(value)) for name, value in pairs}}
        if self._goal.quotes:
            return {"text": literal(self._goal.quotes[-1])}
        raise Declined("The goal does not say what to send.")

    def _spelt(self, value: str) -> str:
        """A value as the goal spells it, capitals too."""
        at = self._goal.masked.find(f"={value}") + 1
        return self._goal.text[at : at + len(value)]

    def _add(self, role: str, args: JSON, description: str, found: list[Outcome]) -> None:
        title = str(args.get("title", ""))
        ground = self._work.ground(title=title, result="\n\n".join(outcome.text for outcome in found))
        name = {"doc": "save", "sheet": "sheet", "post": "send"}[role]
        made = self._work.step(role, args, description, name=name, after=_steps(found), ground=ground)
        if role != "post":
            self._made.append(replace(made, label=title))


def named_outcomes(found: list[Outcome], words: str) -> list[Outcome]:
    """Those that ``words`` name: "the summary", "the dates"."""
    return [outcome for outcome in found if re.search(_NAMED_BY.get(outcome.kind, r"(?!)"), words)]


def _rows(found: list[Outcome]) -> JSON:
    first = found[0]
    if first.kind in ("table", "agenda"):
        rows: Any = first.part("rows") if len(found) == 1 else [outcome.part("rows") for outcome in found]
        return {"columns": first.part("columns"), "rows": rows}
    if first.kind == "list":
        return {"rows": first.part("files")}
    if first.kind == "page" and len(found) == 1 and _HOLDS_JSON.search(first.origin):
        return {"rows": first.part("json")}
    return {"columns": ["source", first.kind], "rows": [[outcome.label, outcome.text] for outcome in found]}


def title_for(found: list[Outcome]) -> str:
    """A title for what was found, where the goal gives none: what it is, and where it is from."""
    labels = list(dict.fromkeys(_name(outcome.label) for outcome in found))
    kinds = {outcome.kind for outcome in found}
    before = _TITLES[found[0].kind] if len(kinds) == 1 else "Findings from"
    if len({outcome.topic for outcome in found}) == 1 and found[0].topic:
        before = f"{found[0].topic[:1].upper()}{found[0].topic[1:]} from"
    if len(found) > 1 and before == "Summary of":
        before = "Summaries of"
    if " and " in found[0].label and found[0].kind == "answer":
        before = "Comparison of"
    if len(labels) > 3:
        return f"{before} {len(labels)} texts".strip()
    said = labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"
    return f"{before} {said}".strip() or "Result"


def _document(title: str, found: list[Outcome]) -> str:
    if len(found) == 1:
        return f"# {title}\n\n{found[0].text}\n\nSource: {found[0].origin or found[0].label}\n"
    parts = [f"## {title_for([outcome])}\n\n{outcome.text}" for outcome in found]
    return "\n\n".join([f"# {title}", *parts]) + "\n"


def _name(label: str) -> str:
    """The name of a file without folder and ending; several of them one by one."""
    parts = label.split(" and ")
    return " and ".join(
        re.sub(r"\.\w{2,5}$", "", part.rpartition("/")[2]) if "{{" not in part else part for part in parts
    )


def _plain(title: str) -> str:
    return "" if "{{" in title else f"“{title}”"


def _steps(found: list[Outcome]) -> list[str]:
    return [outcome.step for outcome in found]
