"""What to try after a step has failed: other arguments, another tool, or nothing, where no rule sees what would help.

Each rule makes proposals for some kinds of failure. The first one wins that the failure offers, that fits the tool and that
was not tried before. None of them guesses at who gets a mail, which event goes, or what a click does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from agentlab.models.offline.mending import alike, fitted, meant, nearest, replaced, swapped
from agentlab.models.offline.moments import When, find_moments
from agentlab.models.offline.patterns import urls
from agentlab.types import JSON

READING = ("http.get", "ai.", "drive.list", "drive.download", "calendar.list", "browser.navigate", "browser.extract")
"""Tools whose wrong guess does no harm."""
SLIP = 0.85
"""How much alike two names must be to be one name with a slip, where a wrong guess would do harm."""
NEAR = 0.5
"""The same where it would not."""
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?:[+-]\d{2}:\d{2}|Z)?")
_SELECTOR = re.compile(r"(?:(?<=: )|(?<=; ))([^;]+?) \((\w+)[:)]")
_LIMIT = re.compile(r"(?i)limit|max|count|size|rows|pages|days|results|sentences|timeout")
_TAKEN = re.compile(r"(?i)already (?:exists|taken|in use|there)|is taken|name exists|duplicate")
_BREAKS = re.compile(r"[\r\n\x00-\x1f\x7f]+")
_STRAY = " \t\r\n<>()[]\"'`,;"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that may help."""

    tool: str
    args: JSON
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A step that failed, and what is known about it."""

    goal: str
    tool: str
    args: JSON
    kind: str
    message: str
    description: str = ""
    options: tuple[str, ...] = ()
    tools: dict[str, JSON] = field(default_factory=dict)
    tried: frozenset[str] = frozenset()
    now: datetime

    @classmethod
    def read(cls, inputs: JSON, now: datetime) -> Broken:
        """From the inputs of a question of the purpose ``repair``."""
        step, error = inputs.get("step") or {}, inputs.get("error") or {}
        tool, args = str(step.get("tool") or ""), dict(inputs.get("args") or step.get("args") or {})
        tried = [(it.get("tool") or tool, it.get("args") or {}) for it in inputs.get("tried") or ()]
        return cls(
            goal=str(inputs.get("goal") or ""),
            tool=tool,
            args=args,
            kind=str(error.get("kind") or ""),
            message=str(error.get("message") or ""),
            description=str(step.get("description") or ""),
            options=tuple(error.get("options") or ()),
            tools={str(it["name"]): it.get("input_schema") or {} for it in inputs.get("tools") or ()},
            tried=frozenset(_mark(*it) for it in [*tried, (tool, args)]),
            now=now,
        )

    @property
    def harmless(self) -> bool:
        """Whether a wrong guess does no harm."""
        return self.tool.startswith(READING)

    @property
    def schema(self) -> JSON:
        """That of the tool's arguments."""
        return self.tools.get(self.tool, {})

    def takes(self, name: str) -> bool:
        """Whether the tool has such an argument."""
        return name in self.schema.get("properties", {})

    def may(self, proposal: Proposal) -> bool:
        """Whether the failure offers it, the tool is there and takes it, and it was not tried."""
        action = "change_arguments" if proposal.tool == self.tool else "alternative"
        known = self.tools.get(proposal.tool, {}).get("properties")
        fits = proposal.tool in self.tools and (known is None or set(proposal.args) <= set(known))
        offered = not self.options or action in self.options
        return fits and offered and _mark(proposal.tool, proposal.args) not in self.tried


def repair(inputs: JSON, now: datetime) -> JSON:
    """``{action, tool, args, why}``; the action is ``change_arguments``, ``alternative`` or ``give_up``."""
    broken = Broken.read(inputs, now)
    for rule in _RULES:
        for found in rule(broken):
            if broken.may(found):
                action = "change_arguments" if found.tool == broken.tool else "alternative"
                return {"action": action, "tool": found.tool, "args": found.args, "why": found.why}
    return {"action": "give_up", "tool": "", "args": {}, "why": "No rule knows a way around this failure."}


def _mark(tool: str, args: JSON) -> str:
    return json.dumps([tool, args], sort_keys=True, default=str)


Rule = Callable[[Broken], Iterator[Proposal]]


def _near_misses(it: Broken) -> Iterator[Proposal]:
    """A file, folder, event or zone whose name was nearly right."""
    if it.kind in ("not_found", "invalid_zone"):
        for args in nearest(it.args, it.message, NEAR if it.harmless or it.kind == "invalid_zone" else SLIP):
            yield Proposal(it.tool, args, "What was named is not there; the message names what comes nearest.")


def _shape(it: Broken) -> Iterator[Proposal]:
    """Names and kinds of arguments as the schema has them."""
    if it.kind == "invalid_arguments" and it.schema:
        args = fitted(it.args, it.schema, drop=it.harmless)
        yield Proposal(it.tool, args, "The arguments now have the names and kinds that the tool takes.")


def _addresses(it: Broken) -> Iterator[Proposal]:
    """What strays around an address, a missing ``https://``, a line break in one line of a mail."""
    if it.kind == "invalid_url" or (it.kind == "not_found" and "url" in it.args):
        url = re.sub(r"\s+", "%20", str(it.args.get("url") or "").strip(_STRAY).rstrip(".!"))
        url = re.sub(r"^h?t?tps?:?/+(?=\w)", lambda found: "https://" if "s" in found[0] else "http://", url)
        url = url if "://" in url or not url else f"https://{url}"
        if url:
            yield Proposal(it.tool, it.args | {"url": url}, "The address was not written as one.")
    if it.kind == "invalid_address":
        fixed = replaced(
            it.args, lambda text: re.sub(r"(?i)^mailto:", "", text.strip(_STRAY)).rstrip(".") if "@" in text else text
        )
        named = {
            name: fixed[name] if name in ("to", "cc", "recipients", "attendees", "with") else value
            for name, value in it.args.items()
        }
        yield Proposal(it.tool, named, "What stood around an address is no part of it.")
    if it.kind == "invalid_header":
        line = " ".join(_BREAKS.sub(" ", str(it.args.get("subject") or "")).split())
        yield Proposal(it.tool, it.args | {"subject": line}, "A subject is one line.")


def _times(it: Broken) -> Iterator[Proposal]:
    """Days and times in words, and those that the message names in place of one that is not there."""
    if it.kind == "invalid_time":
        said = {
            name: value
            for name, value in it.args.items()
            if name in ("start", "end", "from", "to", "on") and isinstance(value, str)
        }
        read = {
            name: When.of(find_moments(value.lower(), it.now))
            for name, value in said.items()
            if repr(value)[1:-1][:60] in it.message
        }
        if found := {
            name: when.start for name, when in read.items() if when.start and not when.doubt and not when.vague
        }:
            yield Proposal(it.tool, it.args | found, "The day was said in words.")
    if it.kind == "no_such_time":
        asked = _ISO.search(it.message)
        for time in _ISO.findall(it.message)[1:]:
            changed = swapped(it.args, asked[0] if asked else "", time)
            yield Proposal(it.tool, changed, "The clocks skip that time; this one is there.")


def _elements(it: Broken) -> Iterator[Proposal]:
    """Another way to name an element of a page; a click is made on nothing that was not meant."""
    if it.kind not in ("selector_missing", "invalid_selector", "ambiguous", "no_table") or not it.tool.startswith(
        "browser."
    ):
        return
    selector = str(it.args.get("selector") or "")
    rest = {name: value for name, value in it.args.items() if name not in ("selector", "description")}
    why = "Nothing fits the element as it was named."
    if it.kind == "no_table":
        yield Proposal(it.tool, it.args | {"as": "text"}, "What fits holds no table; it is read as text.")
        yield Proposal(it.tool, rest | {"selector": "table"}, "The first table of the page.")
        return
    for near in _named_near(it, selector):
        yield Proposal(it.tool, rest | {"selector": near}, why)
    words = " ".join(re.findall(r"[A-Za-z]{2,}", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", selector.removeprefix("text="))))
    for said in (it.description, words):
        if it.takes("description") and said and it.args.get("description") != said:
            yield Proposal(it.tool, rest | {"description": said}, why)
    broader = re.sub(r"[\s>+~]+[^\s>+~]+$|[.#\[:][^.#\[:\s]+$", "", selector)
    if broader and broader != selector and it.harmless:
        yield Proposal(it.tool, rest | {"selector": broader}, "A broader selector.")
    if it.tool == "browser.extract":
        yield Proposal(it.tool, rest | {"selector": "main"}, "The main part of the page.")
        yield Proposal(it.tool, rest | {"selector": "body"}, "The whole page.")


def _named_near(it: Broken, selector: str) -> Iterator[str]:
    for name in meant(it.message):
        if selector.startswith("text=") and not name.startswith(("#", ".")):
            name = f"text={name}"
        if it.harmless or it.tool == "browser.waitFor" or alike(selector, name) >= SLIP:
            yield name
    if it.harmless:
        yield from (found[0].strip() for found in _SELECTOR.findall(it.message))


def _smaller(it: Broken) -> Iterator[Proposal]:
    """Less of it."""
    if it.kind not in ("too_large", "timeout"):
        return
    if it.args.get("fullPage"):
        yield Proposal(it.tool, it.args | {"fullPage": False}, "Only what the window shows.")
    for name, value in it.args.items():
        if _LIMIT.search(name) and isinstance(value, int | float) and not isinstance(value, bool) and value > 1:
            less = max(1, value // 2) if isinstance(value, int) else value / 2
            yield Proposal(it.tool, it.args | {name: less}, f"Half of {name}.")
    if it.kind == "too_large" and it.tool.startswith("ai.") and isinstance(text := it.args.get("text"), str):
        yield Proposal(it.tool, it.args | {"text": text[: len(text) // 2]}, "The first half of the text.")


def _plainer(it: Broken) -> Iterator[Proposal]:
    """The format that needs no further package, and a name that is free."""
    if it.kind in ("not_installed", "too_large") and it.args.get("format") in ("docx", "xlsx"):
        plain = {"docx": "markdown", "xlsx": "csv"}[it.args["format"]]
        yield Proposal(it.tool, it.args | {"format": plain}, f"Saved as {plain}, which needs nothing else.")
    if it.kind in ("exists", "already_exists", "taken", "duplicate") or _TAKEN.search(it.message):
        for name in ("title", "name", "filename", "path", "id"):
            if isinstance(value := it.args.get(name), str) and value:
                stem, dot, ending = value.rpartition(".") if re.search(r"\.\w{1,5}$", value) else (value, "", "")
                for number in range(2, 10):
                    yield Proposal(it.tool, it.args | {name: f"{stem} ({number}){dot}{ending}"}, "That name is taken.")


def _page(it: Broken) -> Iterator[Proposal]:
    """The page that the goal is about, where none is open."""
    if it.kind == "no_page" and it.takes("url"):
        for url in urls(it.goal):
            yield Proposal(it.tool, it.args | {"url": url}, "No page was open; the goal names this one.")


def _other_tools(it: Broken) -> Iterator[Proposal]:
    """The same page with the browser in place of a plain request, and the other way round; a plain answer for fields."""
    url = it.args.get("url")
    if url and it.tool == "http.get" and not it.args.get("save_as"):
        args = {"url": url, "selector": "body"}
        yield Proposal("browser.extract", args, "A browser may get the page where a plain request does not.")
        yield Proposal("browser.navigate", {"url": url}, "A browser may get the page where a plain request does not.")
    elif url and it.tool in ("browser.navigate", "browser.extract"):
        yield Proposal("http.get", {"url": url}, "The page without a browser.")
    given = {"context": it.args.get("text"), "file": it.args.get("file")}
    given = {name: value for name, value in given.items() if value}
    if it.tool == "ai.extract" and it.args.get("fields"):
        prompt = f"What are the {', '.join(map(str, it.args['fields']))} in this text?"
        yield Proposal("ai.chat", {"prompt": prompt, **given}, "The same asked as a question.")
    elif it.tool == "ai.summarize":
        yield Proposal(
            "ai.chat", {"prompt": "Summarise this text in a few sentences.", **given}, "The same asked as a question."
        )


_RULES: tuple[Rule, ...] = (
    _near_misses, _shape, _addresses, _times, _elements, _smaller, _plainer, _page, _other_tools,
)  # fmt: skip
"""In the order in which they are asked."""
