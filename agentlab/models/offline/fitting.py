"""Which tool fits a deed, and what of the goal fits its arguments. Works for tools nobody has told the rules about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from agentlab.models.offline.draft import literal
from agentlab.models.offline.patterns import amounts, dates, emails, quantities, urls
from agentlab.models.offline.text import words
from agentlab.types import JSON

ROLES: dict[str, tuple[str, str, str]] = {
    "fetch": ("http.get", "fetch get download page url web http", "fetch web pages"),
    "post": ("http.post", "post send submit http url web", "send data to a web address"),
    "summarize": ("ai.summarize", "summarize summarise summary text", "summarise"),
    "extract": ("ai.extract", "extract fields facts text", "extract facts"),
    "ask": ("ai.chat", "answer question chat ask text", "answer questions"),
    "list": ("drive.list", "list files folder drive", "list files"),
    "doc": ("drive.createDoc", "create document save doc file text", "save documents"),
    "sheet": ("drive.createSheet", "create sheet save spreadsheet table csv rows", "save sheets"),
    "upload": ("drive.upload", "upload file drive", "upload files"),
    "download": ("drive.download", "download file drive copy", "download files of the drive"),
    "share": ("drive.share", "share file permission access", "share files"),
    "mail": ("email.send", "send email mail message", "send e-mail"),
    "batch": ("email.sendBatch", "send batch email mail each", "send e-mail to each of several people"),
    "schedule": ("calendar.create", "calendar event create schedule meeting appointment", "schedule or book anything"),
    "agenda": ("calendar.list", "calendar list events agenda meetings", "look into a calendar"),
    "move": ("calendar.update", "calendar update move change event", "move or change events"),
    "cancel": ("calendar.delete", "calendar delete cancel remove event", "cancel or delete events"),
    "open": ("browser.navigate", "browser open navigate page", "open pages in a browser"),
    "click": ("browser.click", "browser click page button link", "click through web pages"),
    "wait": ("browser.waitFor", "browser wait page element", "wait for a page"),
    "pick": ("browser.extract", "browser extract page element selector table", "take parts out of pages in a browser"),
    "shot": ("browser.screenshot", "browser screenshot picture page", "take pictures of web pages"),
}
"""Deeds: the built-in tool, words of another tool that could do it, how it is said."""

_ENOUGH = 3
"""Points from which on a tool is about the same thing: 2 for a word of its name, 1 for one of its description."""
_PLACE = re.compile(r"\b(?:in|for|of|about|at|on)\s+((?:[A-ZÀ-Þ][\w'-]+)(?:\s+[A-ZÀ-Þ][\w'-]+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What an argument may be made of: facts of the goal, and results of earlier steps."""

    goal: str
    files: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    title: str = ""
    """A title that the goal gives."""
    derived: str = ""
    """A title made of what was found, where it gives none."""
    result: str = ""
    """A reference to the text found last."""


_SPELLINGS: tuple[tuple[str, str], ...] = (
    ("urls", r"url|uri|link|website|webpage|href"),
    ("emails", r"to|cc|bcc|recipients?|e?mail|email_address|attendees?|guests?"),
    ("files", r"path|file|filename|file_name|attachment"),
    ("dates", r"date|day|start|begin|end|when|due|deadline|until|from_date|to_date|start_date|end_date|start_time"),
    ("amounts", r"amount|price|budget|cost"),
    ("title", r"title|subject|name|heading|summary"),
    ("text", r"text|content|body|message|input|description|document|data|context|note"),
    ("query", r"query|question|prompt|q|search|request|goal|instruction"),
    ("place", r"city|place|location|country|region|topic|address|person|company"),
)


def best_tool(tools: dict[str, JSON], wanted: str) -> JSON | None:
    """The tool that shares most words with ``wanted``, if it shares enough of them."""
    asked = set(_plain_words(wanted))
    scored = [(_points(tool, asked), name) for name, tool in tools.items()]
    points, name = max(scored, default=(0, ""), key=lambda item: item[0])
    return tools[name] if points >= _ENOUGH else None


def fit(tool: JSON, ground: Ground) -> tuple[JSON, list[str]]:
    """Arguments for ``tool`` that have a ground, and the names of the required ones that have none."""
    schema = tool.get("input_schema") or {}
    required = [str(name) for name in schema.get("required") or []]
    args: JSON = {}
    for name, wanted in (schema.get("properties") or {}).items():
        value = _value(str(name), wanted if isinstance(wanted, dict) else {}, ground, needed=name in required)
        if value not in (None, "", []):
            args[name] = value
    return args, [name for name in required if name not in args]


def _points(tool: JSON, asked: set[str]) -> int:
    name = set(_plain_words(re.sub(r"(?<=[a-z])(?=[A-Z])|[._-]", " ", str(tool["name"]))))
    about = set(_plain_words(str(tool.get("description") or "")))
    return 2 * len(name & asked) + len(about & asked)


def _plain_words(text: str) -> list[str]:
    return words(re.sub(r"\be-mail", "email", text.lower()).replace("look up", "lookup look up"))


def _value(name: str, wanted: JSON, ground: Ground, *, needed: bool) -> Any:
    said = name.lower()
    if choices := wanted.get("enum"):
        return next(
            (choice for choice in choices if re.search(rf"\b{re.escape(str(choice))}\b", ground.goal, re.I)), None
        )
    kind = next((kind for kind, spelling in _SPELLINGS if re.fullmatch(spelling, said)), "")
    many = wanted.get("type") == "array"
    if wanted.get("type") in ("integer", "number"):
        return _figure(said, ground.goal, needed) if kind not in ("urls", "emails", "files") else None
    if wanted.get("type") not in (None, "string", "array"):
        return None
    if kind == "text":
        return ground.result or literal(ground.quotes[-1] if ground.quotes else "")
    found = _candidates(kind, ground, needed=needed)
    return literal(found) if many else literal(found[0]) if found else None


def _candidates(kind: str, ground: Ground, *, needed: bool) -> list[str]:
    match kind:
        case "urls":
            return urls(ground.goal)
        case "emails":
            return emails(ground.goal)
        case "files":
            return list(ground.files)
        case "dates":
            return dates(ground.goal)
        case "amounts":
            return amounts(ground.goal)
        case "title":
            return [text for text in (ground.title, *ground.quotes, ground.derived) if text]
        case "place":
            return [match.group(1) for match in _PLACE.finditer(ground.goal)]
        case "query":
            return [*ground.quotes, ground.goal] if needed else []
    return []


def _figure(name: str, goal: str, needed: bool) -> float | int | None:
    near = re.search(
        rf"\b(\d+(?:\.\d+)?)\s+{re.escape(name)}|\b{re.escape(name)}\s+(?:of |to |=)?\s?(\d+(?:\.\d+)?)", goal, re.I
    )
    found = [group for group in near.groups() if group] if near else quantities(goal) if needed else []
    try:
        return (float(found[0]) if "." in found[0] else int(found[0])) if len(found) == 1 else None
    except ValueError:
        return None
