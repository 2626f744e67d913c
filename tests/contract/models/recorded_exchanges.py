"""Exchanges with providers that really took place, from the folder that ``AGENTLAB_TRAFFIC`` names; else some of our own."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from agentlab.testing import Raw, Reply
from agentlab.testing.speech import INTERFACES, Interface, events, interface_of, is_count, whole

FOLDER = Path(os.environ.get("AGENTLAB_TRAFFIC", "traffic-that-is-not-here"))
_EVENTS = re.compile(r"(?<=\n\n)|(?<=\r\n\r\n)")


@dataclass(frozen=True)
class Exchange:
    """One question and one answer, as they went over the wire."""

    key: str
    """Cassette and place in it, without the folder that is common to most."""
    cassette: str
    interface: Interface
    path: str
    status: int
    asked: dict[str, Any] = field(repr=False)
    body: str = field(repr=False)
    streamed: bool = False

    @property
    def model(self) -> str:
        """The model that was asked."""
        if self.interface == "google":
            return self.path.rpartition("/models/")[2].partition(":")[0]
        return str(self.asked.get("model"))

    @property
    def answer(self) -> Raw:
        """To be served."""
        if self.streamed and self.status == 200:
            return Raw(body=tuple(part.encode() for part in _EVENTS.split(self.body) if part))
        return Raw(body=self.body.encode(), status=self.status)

    @cached_property
    def told(self) -> list[dict[str, Any]]:
        """The JSON objects of the answer: one, or those of its events."""
        if not self.streamed:
            return [json.loads(self.body)]
        lines = [line[5:].strip() for line in self.body.splitlines() if line.startswith("data:")]
        return [json.loads(line) for line in lines if line and line != "[DONE]"]


def recorded() -> list[Exchange]:
    """All that asked a model and got an answer that is JSON; empty where the folder is not here."""
    path = FOLDER / "exchanges.jsonl.zst"
    if not path.exists():
        return []
    import pyarrow

    with pyarrow.CompressedInputStream(pyarrow.OSFile(str(path)), "zstd") as stream:
        lines = stream.read().decode().splitlines()
    return [found for found in map(_exchange, map(json.loads, lines)) if found and _parsable(found)]


def our_own() -> list[Exchange]:
    """A few of each interface, made by the server of the tests."""
    replies = {
        "text": Reply(),
        "cached": Reply(cache_read_tokens=40, input_tokens=120),
        "thinking": Reply(thinking="Let me see.", reasoning_tokens=7),
        "tools": Reply(
            text="", thinking="I look.", tool_calls=(("look", {"at": "the sea"}), ("look", {"at": ["the sky", 1]}))
        ),
        "long": Reply(stop="length"),
        "uncounted": Reply(counted=False),
    }
    found = []
    for interface in INTERFACES:
        for name, reply in replies.items():
            if name == "uncounted" and interface == "anthropic":
                continue  # its interface always counts; what happens else is in docs/reference/model-errors.md
            for streamed in (False, True):
                path, model = _ASKED[interface]
                body = (
                    b"".join(events(interface, reply, model)).decode()
                    if streamed
                    else json.dumps(whole(interface, reply, model))
                )
                key = f"ours/{interface}-{name}{'-stream' if streamed else ''}#0"
                found.append(Exchange(key, key[:-2], interface, path, 200, {"model": model}, body, streamed))
    return found


_ASKED: dict[Interface, tuple[str, str]] = {
    "anthropic": ("/v1/messages", "claude-sonnet-5-5"),
    "chat": ("/v1/chat/completions", "gpt-4o"),
    "responses": ("/v1/responses", "gpt-5"),
    "google": ("/v1beta/models/gemini-2.5-flash:generateContent", "gemini-2.5-flash"),
}


def cassettes(exchanges: Iterable[Exchange]) -> dict[str, list[Exchange]]:
    """The exchanges of each conversation, in their order."""
    found: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        found.setdefault(exchange.cassette, []).append(exchange)
    return found


def _exchange(line: dict[str, Any]) -> Exchange | None:
    interface = interface_of(line["path"])
    if interface is None or line["method"].upper() != "POST" or is_count(line["path"]):
        return None
    body = line["body"] or ""
    streamed = "event-stream" in line["ct"] or body.startswith(("event:", "data:"))
    if body.lstrip().startswith("[") and "streamGenerateContent" in line["path"]:  # Google's other form of a stream
        body = "".join(f"data: {json.dumps(item)}\r\n\r\n" for item in json.loads(body))
        streamed = True
    cassette = f"{line['src']}/{line['cassette']}".replace("tests/models/cassettes/", "").removesuffix(".yaml")
    key = f"{cassette}#{line['i']}"
    return Exchange(
        key,
        cassette,
        interface,
        line["path"],
        line["status"],
        line["req"] if isinstance(line["req"], dict) else json.loads(line["req"]),
        body,
        streamed,
    )


def _parsable(exchange: Exchange) -> bool:
    try:
        return bool(exchange.told)
    except ValueError:
        return False
