"""The command about tools: lists them, shows one, calls one by hand."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

import agentlab
from agentlab.cli.runs import AsJson
from agentlab.errors import PlanInvalid, UnknownTool, near
from agentlab.types import JSON, ToolResult, to_credits

if TYPE_CHECKING:
    from agentlab.tools.mcp import Offer


def tools(
    name: Annotated[str, typer.Argument(help="A tool, to see its arguments, limits and failures.")] = "",
    call: Annotated[
        str | None, typer.Option("--call", metavar="ARGS", help="Call it with these arguments, a JSON object.")
    ] = None,
    undo: Annotated[
        str | None,
        typer.Option("--undo", metavar="UNDO", help="Take back a call: what it said under undo with --json."),
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help="The model of tools that ask one.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the tools that runs may use, show one, or call one by hand."""
    with agentlab.open() as lab:
        listed = lab.tool_list()
        if call is not None:
            _print_result(lab.call(name, _arguments(call), model=model), as_json)
            return
        if undo is not None:
            _print_result(lab.take_back(name, _arguments(undo)), as_json)
            return
    if not name:
        _print_list(listed, as_json)
        return
    found = next((tool for tool in listed if tool["name"] == name), None)
    if found is None:
        raise UnknownTool(
            f"There is no tool '{name}'. {near(name, [tool['name'] for tool in listed])}",
            hint="agentlab tools lists them.",
        )
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        _print_tool(found)


def _print_list(listed: list[JSON], as_json: bool) -> None:
    if as_json:
        print(json.dumps(listed, ensure_ascii=False))
        return
    width = max(len(tool["name"]) for tool in listed)
    for tool in listed:
        print(f"{tool['name']:<{width}}  {tool['description']}{_marks(tool)}")
    print(
        f"{len(listed)} tools. One of them: agentlab tools NAME; try it: agentlab tools NAME --call '{{…}}'",
        file=sys.stderr,
    )


def _marks(tool: JSON) -> str:
    if not tool["changes_world"]:
        return ""
    return " [can be undone]" if tool["reversible"] else " [cannot be undone]"


def _print_tool(tool: JSON) -> None:
    print(f"{tool['name']}: {tool['description']}")
    facts = {
        "back end": tool["backend"],
        "reaches": tool["reaches"],
        "costs": f"{tool['credits']:g} credits a call"
        + (", and what its model costs" if tool["category"] == "ai" else ""),
        "longest": f"{tool['timeout_s']:g} s",
        "cached": f"{tool['cache_s']:g} s" if tool["cache_s"] else "",
        "changes the world": ("yes," + _marks(tool).strip(" []").replace("can", " can", 1))
        if tool["changes_world"]
        else "no",
        "at most": f"{tool['per_minute']} calls a minute" if tool["per_minute"] else "",
        "asks first": _asks(tool),
    }
    for fact, value in facts.items():
        if value:
            print(f"  {fact}: {value}")
    required = set(tool["input_schema"].get("required", ()))
    print("\nArguments")
    for argument, schema in tool["input_schema"].get("properties", {}).items():
        needed = " (needed)" if argument in required else ""
        print(f"  {argument}: {_kind(schema)}{needed}  {schema.get('description', '')}".rstrip())
    if data := tool["output_schema"].get("properties"):
        print("\nData")
        for field, schema in data.items():
            print(f"  {field}: {_kind(schema)}  {schema.get('description', '')}".rstrip())
    if tool["failures"]:
        print("\nFailures")
        for failure in tool["failures"]:
            again = ", may succeed later" if failure["retryable"] else ""
            print(f"  {failure['kind']}: {failure['when']}{again}; offers {', '.join(failure['options']) or 'nothing'}")


def _asks(tool: JSON) -> str:
    if not tool["asks"]:
        return ""
    but = f", but for {' and '.join(tool['open_args'])}" if tool["open_args"] else ""
    return f"where text from outside had a hand in it{but}"


def _kind(schema: Any) -> str:
    kinds = [schema, *schema.get("anyOf", ())] if isinstance(schema, dict) else []
    named = [str(kind["type"]) for kind in kinds if kind.get("type") not in (None, "null")]
    return " or ".join(dict.fromkeys(named)) or "any"


def _arguments(text: str) -> JSON:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise PlanInvalid(
            [f"The arguments are no JSON: {error}."], hint='Write --call \'{"url": "https://…"}\'.'
        ) from error
    if not isinstance(found, dict):
        raise PlanInvalid(["The arguments are a JSON object."], hint='Write --call \'{"url": "https://…"}\'.')
    return found


def _print_result(result: ToolResult, as_json: bool) -> None:
    if as_json:
        shown = {
            "success": result.success,
            "data": result.data,
            "error": asdict(result.error) if result.error else None,
            "credits": to_credits(result.credits),
            "cost_usd": result.cost_usd,
            "cache_hit": result.cache_hit,
            "undo": result.undo,
        }
        print(json.dumps(shown, ensure_ascii=False, default=str))
    elif result.error:
        print(f"{result.error.kind}: {result.error.message}", file=sys.stderr)
    else:
        print(json.dumps(result.data, ensure_ascii=False, indent=2, default=str))
    if not result.success:
        raise typer.Exit(1)


def trust(
    server: Annotated[str, typer.Argument(help="An MCP server of the settings; left out, all are listed.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Trust it without being asked.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look at what an MCP server offers, and trust it: only then runs may use its tools."""
    with agentlab.open() as lab:
        offers = lab.mcp_offers(server)
        if as_json:
            print(json.dumps([_offer(offer) for offer in offers], ensure_ascii=False))
        else:
            for offer in offers:
                _print_offer(offer)
        if not offers and not as_json:
            print("No MCP servers: AGENTLAB_MCP_SERVERS names them.", file=sys.stderr)
        if not server or offers[0].settled:
            return
        if yes or (sys.stdin.isatty() and typer.confirm(f"Trust all of these tools of {server}?", err=True)):
            lab.mcp_trust(offers[0])
            print(f"{server} is trusted; its tools: agentlab tools", file=sys.stderr)
        else:
            print(f"Not trusted. To trust what is shown: agentlab trust {server} --yes", file=sys.stderr)


def _offer(offer: Offer) -> JSON:
    tools = [asdict(tool) | {"state": state, "hidden": tool.hidden} for tool, state in offer.tools]
    return {"server": offer.server, "settled": offer.settled, "tools": tools}


def _print_offer(offer: Offer) -> None:
    print(f"{offer.server}: {'trusted' if offer.settled else 'not trusted as it is now'}")
    for tool, state in offer.tools:
        # As the characters are, for what is hidden may be meant for a model.
        described = tool.description.encode("unicode_escape").decode() if tool.hidden else tool.description
        reads = " (says that it only reads, so nobody is asked before it is used)" if tool.read_only else ""
        print(f"  {tool.name} [{state}]  {' '.join(described.split())}{reads}")
        for argument, schema in tool.input_schema.get("properties", {}).items():
            print(
                f"    {argument}: {_kind(schema)}  {schema.get('description', '') if isinstance(schema, dict) else ''}".rstrip()
            )
        if tool.hidden:
            print(f"    Beware: it holds characters that cannot be seen: {', '.join(tool.hidden)}")
