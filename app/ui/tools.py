"""Tools as parts of a page: the list by category, one tool with its arguments and failures, and what a call brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from agentlab.insight import written
from agentlab.insight.palette import kind_of
from agentlab.types import JSON, ToolResult, to_credits
from ui.nodes import Node, el, notice

Tool = Mapping[str, Any]
"""A row of ``Lab.tool_list()``."""


def listed(tools: Iterable[Tool], chosen: str) -> Node:
    """All tools, each a link to its own part of the page."""
    by_category = groupby(sorted(tools, key=lambda it: (it["category"], it["name"])), key=lambda it: it["category"])
    groups = (
        el("section", el("h3", category), el("div", *(_link(it, chosen) for it in found), kind="links"))
        for category, found in by_category
    )
    return el("div", *groups, kind="toolbox")


def _link(tool: Tool, chosen: str) -> Node:
    mark = el("span", kind=f"dot {kind_of('tool', tool['category'])}")
    here = "here" if tool["name"] == chosen else ""
    return el("a", mark, el("code", tool["name"]), href=f"/tools?{urlencode({'tool': tool['name']})}", kind=here)


def face(tool: Tool) -> Node:
    """What a tool does, reaches, costs and leaves behind."""
    after = "leaves nothing behind"
    if tool["changes_world"]:
        after = "leaves something behind, can be undone" if tool["reversible"] else "leaves something behind for good"
    facts = {
        "Back end": tool["backend"],
        "Reaches": tool["reaches"] or "nothing",
        "Costs": written.counted(written.credits(tool["credits"]), "credit") + " a call",
        "Longest": f"{tool['timeout_s']:g} s",
        "Cached": f"{tool['cache_s']:g} s" if tool["cache_s"] else "",
        "After it": after,
        "At most": f"{tool['per_minute']} calls a minute" if tool["per_minute"] else "",
        "Asks first": _asks(tool),
    }
    rows = (part for name, value in facts.items() if value for part in (el("dt", name), el("dd", value)))
    return el(
        "div",
        el("div", el("h2", tool["name"]), kind="titled"),
        el("p", tool["description"], kind="soft"),
        el("dl", *rows, kind="about"),
    )


def _asks(tool: Tool) -> str:
    if not tool["asks"]:
        return ""
    but = f"; {' and '.join(tool['open_args'])} may come from there" if tool["open_args"] else ""
    return f"where text from outside had a hand in it{but}"


def data(tool: Tool) -> Node | None:
    """What it gives back, field by field."""
    fields = tool["output_schema"].get("properties")
    if not fields:
        return None
    top = el("tr", *(el("th", name, scope="col") for name in ("Field", "Kind", "What it is")))
    lines = (
        el(
            "tr",
            el("td", el("code", name)),
            el("td", " or ".join(it.get("type", "any") for it in about.get("anyOf", [about]))),
            el("td", about.get("description", "")),
        )
        for name, about in fields.items()
    )
    return el("table", el("thead", top), el("tbody", *lines), kind="models")


def failures(tool: Tool) -> Node | None:
    """The ways in which it fails, and what each offers."""
    if not tool["failures"]:
        return None
    top = el("tr", *(el("th", name, scope="col") for name in ("Failure", "When", "What helps")))
    lines = (
        el(
            "tr",
            el("td", el("code", it["kind"])),
            el("td", it["when"]),
            el("td", ", ".join(option.replace("_", " ") for option in it["options"])),
        )
        for it in tool["failures"]
    )
    return el("table", el("thead", top), el("tbody", *lines), kind="models")


def called(result: ToolResult) -> Node:
    """What a call brought, or why it failed and what helps."""
    if result.error:
        options = ", ".join(option.replace("_", " ") for option in result.error.options)
        return notice(result.error.kind, result.error.message, f"What helps: {options}" if options else "")
    paid = written.counted(written.credits(to_credits(result.credits)), "credit")
    return notice("It worked", f"{paid}{', from the cache' if result.cache_hit else ''}", state="ok")


def taken_back(result: ToolResult) -> Node:
    """Whether what a call left behind is gone."""
    if result.error:
        return notice("It stays", result.error.message)
    return notice("It is taken back", "What the call left behind is gone.", state="ok")


def form(tool: Tool) -> JSON | None:
    """A form for the arguments; what was written in it once it was sent, else None. Fields left empty are left out."""
    schema = tool["input_schema"]
    needed = set(schema.get("required", ()))
    with st.form(f"call-{tool['name']}", border=True):
        given = {
            name: _field(name, about, needed=name in needed) for name, about in schema.get("properties", {}).items()
        }
        sent = st.form_submit_button("Call", type="primary", icon=":material/play_arrow:")
    return {name: value for name, value in given.items() if value not in (None, "", [])} if sent else None


def _field(name: str, about: JSON, *, needed: bool) -> Any:
    label, note = f"{name} *" if needed else name, about.get("description")
    kinds = {it.get("type") for it in (about, *about.get("anyOf", ()))}
    choices = next((it["enum"] for it in (about, *about.get("anyOf", ())) if "enum" in it), None)
    if choices:
        options = [str(it) for it in choices]
        default = str(about["default"]) if str(about.get("default")) in options else None
        return st.selectbox(label, options, index=options.index(default) if default else None, help=note)
    if "boolean" in kinds:
        return st.checkbox(label, value=bool(about.get("default")), help=note) or None
    if "integer" in kinds or "number" in kinds:
        step = 1 if "integer" in kinds else None
        return st.number_input(label, value=about.get("default"), step=step, help=note)
    if "string" in kinds:
        return st.text_input(label, value=about.get("default") or "", help=note)
    return _json(st.text_area(f"{label} (JSON)", height=80, help=note))


def _json(text: str) -> Any:
    """JSON as it was written; a text that is none stays a text, and the tool says what it wants."""
    import json

    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        return text
