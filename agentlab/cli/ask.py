"""The command that asks a model: ask."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

import agentlab
from agentlab.errors import FileUnusable
from agentlab.types import Attempt, Delta, ModelResponse, to_credits


def ask(
    model: Annotated[
        str, typer.Argument(help="provider:name, plan, reason, cheap, offline, scripted:FILE, replay:RUN.")
    ],
    prompt: Annotated[str, typer.Argument(help="The question; - reads it from standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    stream: Annotated[bool, typer.Option("--stream", help="Print the answer as it comes.")] = False,
    system: Annotated[str, typer.Option("--system", help="What the model is told beforehand.")] = "",
    output: Annotated[
        Path | None, typer.Option("--output", help="File with the JSON Schema that the answer is to fit.")
    ] = None,
    tools: Annotated[
        Path | None, typer.Option("--tools", help="File with a JSON list of tools that it may ask for.")
    ] = None,
    image: Annotated[
        list[str] | None, typer.Option("--image", help="A picture: file or address; may be repeated.")
    ] = None,
    max_tokens: Annotated[int | None, typer.Option("--max-tokens", min=1, help="Tokens of the answer at most.")] = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", min=0, help="0 also lets the cache answer.")
    ] = None,
    thinking: Annotated[bool, typer.Option("--thinking", help="Let the model think first.")] = False,
    budget: Annotated[
        float | None, typer.Option("--budget", metavar="CREDITS", help="Most credits it may cost.")
    ] = None,
) -> None:
    """Ask a model one question."""
    question = sys.stdin.read() if prompt == "-" else prompt
    with agentlab.open() as lab:
        response = lab.ask(
            question,
            model=model,
            system=system,
            output=_read(output),
            tools=_read(tools) or (),
            images=image or (),
            max_tokens=max_tokens,
            temperature=temperature,
            thinking=thinking or None,
            budget=budget,
            stream=_print if stream and not as_json else stream,
        )
    if as_json:
        print(json.dumps(as_dict(response), ensure_ascii=False, default=str))
        return
    if not stream:
        print(response.text or _structured(response))
    elif response.tool_calls or response.output is not None:
        print(_structured(response))
    else:
        print()
    print(_bill(response), file=sys.stderr)


def as_dict(response: ModelResponse) -> dict[str, Any]:
    """An answer as JSON. Costs are texts, so that no digit is lost."""
    found = asdict(response)
    found["credits"] = None if response.credits is None else to_credits(response.credits)
    found["cost_usd"] = None if response.cost_usd is None else str(response.cost_usd)
    found["attempts"] = [_attempt(attempt) for attempt in response.attempts]
    del found["native"]
    return found


def _attempt(attempt: Attempt) -> dict[str, Any]:
    found = asdict(attempt)
    found["credits"] = None if attempt.credits is None else to_credits(attempt.credits)
    found["cost_usd"] = None if attempt.cost_usd is None else str(attempt.cost_usd)
    found["started_at"] = attempt.started_at.isoformat()
    return found


def _print(delta: Delta) -> None:
    if delta.restart:
        print("\n(the answer broke off; it begins anew)", file=sys.stderr)
    print(delta.text, end="", flush=True)


def _structured(response: ModelResponse) -> str:
    if response.output is not None:
        return json.dumps(response.output, ensure_ascii=False, indent=2)
    return "\n".join(f"{call.name}({json.dumps(call.args, ensure_ascii=False)})" for call in response.tool_calls)


def _bill(response: ModelResponse) -> str:
    usage, said = response.usage, []
    if usage.input_tokens is not None:
        said.append(f"{usage.input_tokens:,} + {usage.output_tokens or 0:,} tokens")
    cost, used = response.cost_usd, response.credits
    said.append("cost unknown" if cost is None or used is None else f"{cost:.6f} USD, {to_credits(used):g} credits")
    if len(response.attempts) > 1:
        said.append(f"{len(response.attempts)} attempts")
    if response.cache_hit:
        said.append("from the cache")
    return f"[{response.model}: {'; '.join(said)}]"


def _read(path: Path | None) -> Any:
    if path is None:
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FileUnusable(
            f"{path} cannot be read as JSON: {error}.", hint="Check the file.", path=str(path)
        ) from error
