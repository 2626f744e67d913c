"""What a caller gets for each fault of a provider, on each interface, whole and as a stream: two Markdown tables.

Each cell asks once, with two attempts allowed, a server that has the fault always. It exits with 1 where a faulty answer
passes as finished. ``--write`` puts the tables into docs/reference/model-errors.md.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentlab.errors import ModelError
from agentlab.models.gateway import Gateway
from agentlab.settings import Settings
from agentlab.testing import FAULTS, MemoryRecorder, ProviderServer, Reply
from agentlab.types import Attempt, Delta, Message, ModelRequest, Options, Scope, ToolSchema

MODELS = {
    "Anthropic": "anthropic:claude-sonnet-5-5",
    "OpenAI chat": "openai-chat:gpt-4o",
    "OpenAI responses": "openai-responses:gpt-5",
    "Google": "google:gemini-2.5-flash",
}
HARMLESS = frozenset({"nousage"})
"""Faults that leave the answer whole."""
PAGE = Path(__file__).parents[1] / "docs/reference/model-errors.md"
BEGIN, END = "<!-- fault matrix: begin -->", "<!-- fault matrix: end -->"
PATIENCE_S = {("hang", False): 0.5, ("hang", True): 0.5, ("stall", False): 0.5}
"""Seconds for a whole call that nothing else would end; 30 for the others."""
STALL_S = 1.0
"""Seconds of silence inside a stream that stops; 30 for the others."""
AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of one question."""

    fault: str
    interface: str
    streamed: bool
    code: str
    """Of the error; empty where there was none."""
    attempts: tuple[Attempt, ...]

    @property
    def silent(self) -> bool:
        """A faulty answer passed as finished."""
        return not self.code and self.fault not in HARMLESS

    def __str__(self) -> str:
        usage = self.attempts[0].usage
        counted = usage.input_tokens is not None
        parts = [
            f"`{self.code}`" if self.code else "**silent**" if self.silent else "ok",
            "↻" if len(self.attempts) > 1 else "",
            f"{usage.input_tokens}+{usage.output_tokens}" if counted else "",
        ]
        return " ".join(filter(None, parts))


def matrix() -> list[Cell]:
    """Every cell; takes some seconds."""
    with ProviderServer(Reply(tool_calls=(("look", {"query": "forty-two"}),))) as server:
        return asyncio.run(_cells(server))


async def _cells(server: ProviderServer) -> list[Cell]:
    places = asyncio.Semaphore(AT_ONCE)

    async def cell(fault: str, interface: str, streamed: bool) -> Cell:
        async with places:
            return await _asked(gateways[fault], fault, interface, streamed)

    with tempfile.TemporaryDirectory() as home:
        gateways = {fault: _gateway(server, fault, Path(home)) for fault in FAULTS}
        for interface in MODELS:  # what an SDK's import takes is no silence of a provider
            await _asked(gateways["400"], "400", interface, False)
        found = await asyncio.gather(
            *(
                cell(fault, interface, streamed)
                for fault in FAULTS
                for interface in MODELS
                for streamed in (False, True)
            )
        )
        for gateway in gateways.values():
            await gateway.close()
    return list(found)


def _gateway(server: ProviderServer, fault: str, home: Path) -> Gateway:
    """Two attempts, and no guard that would come between."""
    chosen: dict[str, Any] = {
        "home": home,
        "model_attempts": 2,
        "model_timeout_s": 30,
        "model_stall_s": STALL_S if fault == "stall" else 30,
        "model_cache": "off",
        "model_rate_per_minute": 0,
        "breaker_threshold": 1_000,
    }
    return Gateway(MemoryRecorder(), settings=Settings(**chosen | server.settings(fault)))


async def _asked(gateway: Gateway, fault: str, interface: str, streamed: bool) -> Cell:
    request = ModelRequest(
        purpose="chat",
        messages=(Message(role="user", content="What is six times seven?"),),
        tools=(ToolSchema(name="look"),),
        options=Options(max_tokens=1_000, timeout_s=PATIENCE_S.get((fault, streamed))),
    )
    scope = Scope(trace_id="0" * 32, run_id="matrix")
    try:
        answer = await gateway.open(MODELS[interface]).answer(request, scope, _heard if streamed else None)
    except ModelError as error:
        return Cell(fault, interface, streamed, error.attempts[0].error_kind, error.attempts)
    return Cell(fault, interface, streamed, "", answer.attempts)


def _heard(_: Delta) -> None:
    """Nobody listens."""


def tables(cells: list[Cell]) -> str:
    """The cells as Markdown, without an end of line."""
    by_place = {(cell.fault, cell.interface, cell.streamed): cell for cell in cells}
    lines = list[str]()
    for streamed, title in ((False, "the whole answer at once"), (True, "as a stream")):
        lines += [f"| {title} | {' | '.join(MODELS)} |", "|---" * (len(MODELS) + 1) + "|"]
        for fault, words in FAULTS.items():
            row = [str(by_place[fault, interface, streamed]) for interface in MODELS]
            lines.append(f"| `{fault}`: {words} | {' | '.join(row)} |")
        lines.append("")
    return "\n".join(lines).rstrip()


def written(page: str, text: str) -> str:
    """``page`` with ``text`` between its marks."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def main() -> None:
    """Print the tables; exit with 1 where a fault is silent."""
    cells = matrix()
    text = tables(cells)
    if "--write" in sys.argv:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")
    print(text)
    silent = [cell for cell in cells if cell.silent]
    print(f"\n{len(cells)} cells, {len(silent)} silent")
    raise SystemExit(1 if silent else 0)


if __name__ == "__main__":
    main()
