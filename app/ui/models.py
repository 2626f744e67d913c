"""Models as parts of a page: roles, providers, the table with prices, what a test brought, and the guards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agentlab.errors import AgentlabError
from agentlab.insight import written
from agentlab.models.listing import Provider
from agentlab.models.probe import Probed
from ui.nodes import Node, el, icon, notice

Row = Mapping[str, Any]
"""A row of ``Lab.models()``."""


def price(row: Row) -> str:
    """What a model costs, in one line: ``$2 in and $10 out per million tokens``."""
    found = row["price"]
    if found is None:
        return ""
    if found["version"] == "local":
        return "costs nothing"
    return f"${found['input']} in and ${found['output']} out per million tokens"


def chosen(row: Row) -> Node:
    """What is known of the model that somebody chose: what it is, its price, its size, its end."""
    window = f"{row['context_window']:,} tokens of context" if row["context_window"] else ""
    facts = ", ".join(filter(None, (price(row), window)))
    lines = [el("p", row["description"], kind="soft"), el("p", facts, kind="soft") if facts else None]
    return el("div", *lines, warning(row))


def warning(row: Row) -> Node | None:
    """The warning of a model that is on its way out."""
    return (
        el("p", el("span", "retires", kind="tag warn"), f" {row['warning']}", kind="warned") if row["warning"] else None
    )


def role_list(roles: Mapping[str, str], rows: Mapping[str, Row]) -> Node:
    """Each role with its model and what that costs."""
    lines = (
        el(
            "div",
            el("strong", role),
            el("code", model),
            el("span", _ready(rows[model]), price(rows[model]), kind="quiet"),
            warning(rows[model]),
            kind="role",
        )
        for role, model in roles.items()
        if model in rows
    )
    return el("div", *lines, kind="roles")


def _ready(row: Row) -> str:
    if row["configured"]:
        return ""
    return f"needs {row['key_setting']}, " if row["key_setting"] else "not set up, "


def provider_card(provider: Provider) -> Node:
    """A provider or server: whether it can be asked, what it lacks, where it is."""
    state, text = ("ok", "Configured") if provider.configured else ("pending", "No key")
    if provider.configured:
        why = f"At {provider.base_url}" if provider.base_url else "Its own address"
    elif provider.key_setting:
        why = f"Set {provider.key_setting} and start agentlab again."
    else:
        text, why = "Not set up", f"Would be looked for at {provider.base_url}"
    count = "" if provider.server else f"{len(provider.models)} known models"
    used = f"In use: {', '.join(name.partition(':')[2] for name in provider.in_use)}" if provider.in_use else count
    badge = el("span", icon(state), text, kind=f"badge {'succeeded' if provider.configured else ''}")
    return el("div", el("h3", provider.title), badge, el("p", why, kind="why"), el("p", used, kind="why"), kind="card")


def probed(found: Probed | AgentlabError) -> Node:
    """What a test brought: the answer with its figures, or what went wrong and what to do."""
    if isinstance(found, AgentlabError):
        return notice(found.message, found.hint)
    took = written.duration(found.ms)
    if found.response is None:
        return notice(f"It answers, {took}", "\n".join(found.offers) or "It offers no model.", state="ok")
    usage, cost = found.response.usage, found.response.cost_usd
    said = found.response.text.strip() or f"No text; it ended with: {found.response.finish_reason}."
    tokens = f"{_tokens(usage.input_tokens)} + {_tokens(usage.output_tokens)} tokens"
    paid = "cost unknown" if cost is None else written.dollars(float(cost))
    return notice(said, f"{found.asked}: {took}, {tokens}, {paid}", state="ok")


def _tokens(count: int | None) -> str:
    return written.UNKNOWN if count is None else f"{count:,}"


def table(rows: Iterable[Row]) -> Node:
    """Models with what they cost, in dollars and in credits, how much they take, and their end."""
    names = [
        ("", "Model"),
        ("number", "$ in"),
        ("number", "$ out"),
        ("number wide", "Credits in"),
        ("number wide", "Credits out"),
        ("number wide", "Context"),
    ]
    top = el("tr", *(el("th", name, kind=kind, scope="col") for kind, name in names))
    return el("table", el("thead", top), el("tbody", *map(_line, rows)), kind="models")


def _line(row: Row) -> Node:
    cost, credits = row["price"] or {}, row["credits_per_1k"] or {}
    unknown = written.UNKNOWN
    instead = f" Take {row['successor']} instead." if row["warning"] and row["successor"] else ""
    name = el(
        "td",
        el("code", row["name"]),
        *(el("span", role, kind="tag quiet") for role in row["roles"]),
        None if row["configured"] else el("span", "no key" if row["key_setting"] else "not set up", kind="tag quiet"),
        _end(row),
        el("div", f"{row['description']}{instead}", kind="quiet"),
    )
    return el(
        "tr",
        name,
        el("td", cost.get("input", unknown), kind="number"),
        el("td", cost.get("output", unknown), kind="number"),
        el("td", credits.get("input", unknown), kind="number wide"),
        el("td", credits.get("output", unknown), kind="number wide"),
        el("td", f"{row['context_window']:,}" if row["context_window"] else unknown, kind="number wide"),
    )


def _end(row: Row) -> Node | None:
    """The badge of a model that is on its way out, or gone."""
    if not row["warning"]:
        return None
    day = row["retires_on"] or "soon"
    return el("span", f"{'retired' if row['retired'] else 'retires'} {day}", kind="tag warn", title=row["warning"])


def guards(states: Any) -> list[Node]:
    """Breakers, rate limits and the shared store, as ``Lab.guard_states()`` tells them."""
    return [_breakers(states.breakers), _rates(states.rates), _shared(states.shared)]


def _breakers(breakers: Iterable[Any]) -> Node:
    lines = [
        el(
            "div",
            el("strong", one.name),
            el(
                "span",
                icon("error" if one.state == "open" else "ok" if one.state == "closed" else "pending"),
                one.state,
                kind="said",
            ),
            el("span", f"{written.counted(one.failures, 'failure')} in a row"),
            el("span", _again(one), kind="number quiet"),
            kind="guard",
        )
        for one in breakers
    ]
    return _section("Breakers", lines, "No model has failed lately: every call goes through.")


def _again(one: Any) -> str:
    return f"tries again in {one.retry_after_s:.0f} s" if one.state != "closed" and one.retry_after_s else ""


def _rates(rates: Iterable[Any]) -> Node:
    lines = [
        el(
            "div",
            el("strong", one.provider),
            el("span", one.user, kind="said"),
            el("span", f"{one.used:,} of {one.limit:,} calls in the last minute"),
            el("span", f"{one.left:,} left", kind="number quiet"),
            kind="guard",
        )
        for one in rates
    ]
    return _section("Rate limits", lines, "No call was counted in the last minute, or no limit is set.")


def _shared(shared: Any) -> Node:
    if not shared.url:
        return _section("Shared store", [], "None: breakers and limits are those of this process.")
    state = "reachable" if shared.reachable else "not reachable"
    since = f"since {shared.since:%Y-%m-%d %H:%M} UTC" if shared.since else ""
    error = f"last error: {shared.error}" if shared.error else ""
    line = el(
        "div",
        el("strong", shared.url),
        el("span", icon("ok" if shared.reachable else "error"), state, kind="said"),
        el("span", ", ".join(filter(None, (since, error)))),
        kind="guard",
    )
    return _section("Shared store", [line], "")


def _section(title: str, lines: list[Node], nothing: str) -> Node:
    body = el("div", *lines, kind="guards") if lines else el("p", nothing, kind="soft")
    return el("section", el("h3", title), body, kind="guarded")
