"""One tool of an MCP server as a tool of ours: arguments and results checked, its text marked as coming from outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from agentlab.errors import near
from agentlab.tools.failure import ToolFailed
from agentlab.tools.mcp.connection import Servers
from agentlab.tools.mcp.offer import Offered
from agentlab.types import JSON, Failure, ToolContext, ToolError, ToolResult, ToolSpec, to_micro

MAX_RESULT = 2_000_000
"""Characters of a result that are kept."""
_LONGEST_DESCRIPTION = 1_000
_TOP = ("$defs", "definitions", "$schema", "$id")
"""Parts of a schema that stand at its top."""
_NAME = re.compile(r"^[A-Za-z0-9_-]{1,64}$")
_FAILURES = (
    Failure(kind="connect", when="the server is not there", retryable=True, options=("retry", "alternative")),
    Failure(kind="mcp", when="the server refuses the call or fails in it", options=("change_arguments", "alternative")),
    Failure(
        kind="changed",
        when="the server describes the tool otherwise than it was trusted",
        options=("alternative", "ask"),
    ),
    Failure(kind="gone", when="the server no longer offers the tool", options=("alternative", "ask")),
    Failure(
        kind="invalid_result", when="the result does not fit the schema that the server gave", options=("alternative",)
    ),
    Failure(kind="too_large", when="the result is larger than is kept", options=("change_arguments",)),
)


def mcp_tools(servers: Servers) -> Iterator[McpTool]:
    """The trusted tools of all servers, named ``mcp.<server>.<tool>``. Connects to none."""
    for server in servers.names:
        for name, offered in servers.pins.of(server).items():
            if _NAME.match(name):
                yield McpTool(server, offered, servers)


class McpTool:
    """Implements the port ``Tool``."""

    def __init__(self, server: str, offered: Offered, servers: Servers) -> None:
        config = servers.config(server)
        self._server = server
        self._offered = offered
        self._servers = servers
        told = " ".join(offered.description.split())[:_LONGEST_DESCRIPTION]
        self.spec = ToolSpec(
            name=f"mcp.{server}.{offered.name}",
            category="mcp",
            description=f"{told or offered.name} (Of the MCP server {server}.)",
            input_schema=offered.input_schema,
            credits=to_micro(config.credits),
            timeout_s=config.timeout_s,
            changes_world=offered.name not in config.reads,
            reaches=f"the MCP server {server}",
            backend=" ".join(config.command) or config.url,
            failures=_FAILURES,
            output_schema=_data_schema(offered.output_schema),
            # What a server does with its arguments nobody here can know, so none of them is open.
            asks=not offered.read_only and offered.name not in config.reads,
        )

    def validate(self, args: JSON, *, later: frozenset[str] = frozenset()) -> list[str]:
        """What is wrong with the arguments by the server's own schema, one sentence each."""
        from jsonschema import Draft202012Validator

        schema = {**self._offered.input_schema}
        schema["required"] = [name for name in schema.get("required", []) if name not in later]
        sure = {name: value for name, value in args.items() if name not in later}
        known = list(schema.get("properties", {}))
        if schema.get("additionalProperties") is None and known:
            schema["additionalProperties"] = False
        found = []
        for error in Draft202012Validator(schema).iter_errors(sure):
            where = ".".join(map(str, error.absolute_path))
            if error.validator == "additionalProperties":
                extra = sorted(set(sure) - set(known))
                found += [f"There is no argument {name!r}. {near(name, known)}".strip() for name in extra]
            else:
                found.append(f"{where + ': ' if where else ''}{error.message:.200}.")
        return list(dict.fromkeys(found))

    async def execute(self, args: JSON, context: ToolContext) -> ToolResult:
        """The server's result: ``text``, and ``structured`` where it gives data; untrusted, like all text from outside."""
        if problems := self.validate(args):
            return _failed("invalid_arguments", " ".join(problems))
        try:
            answer = await self._servers.call(self._server, self._offered.name, args)
            return self._read(answer)
        except ToolFailed as failed:
            return ToolResult(error=failed.told_by(_FAILURES), untrusted=True)

    async def undo(self, undo: JSON, context: ToolContext) -> ToolResult:
        """A server's effects are its own."""
        return _failed("irreversible", f"What {self.spec.name} does cannot be taken back.")

    def _read(self, answer: Any) -> ToolResult:
        texts = [block.text for block in answer.content if getattr(block, "type", "") == "text"]
        others = [block.type for block in answer.content if getattr(block, "type", "") != "text"]
        text = "\n".join(texts)
        if answer.is_error:
            raise ToolFailed(
                "mcp", f"{self.spec.name} failed: {' '.join(text.split())[:500] or 'it does not say why'}."
            )
        structured = answer.structured_content
        if len(text) + len(json.dumps(structured, default=str)) > MAX_RESULT:
            raise ToolFailed("too_large", f"{self.spec.name} gave back more than {MAX_RESULT:,} characters.")
        self._check(structured)
        data: JSON = {"text": text, "structured": structured}
        if others:
            data["left_out"] = others
        return ToolResult(data=data, credits=self.spec.credits, untrusted=True)

    def _check(self, structured: Any) -> None:
        schema = self._offered.output_schema
        if schema is None:
            return
        from jsonschema import Draft202012Validator

        problem = next(iter(Draft202012Validator(schema).iter_errors(structured)), None)
        if problem is not None:
            raise ToolFailed("invalid_result", f"{self.spec.name} broke its own promise: {problem.message:.200}.")


def _data_schema(structured: JSON | None) -> JSON:
    """The schema of our ``data`` around the server's, whose definitions keep their place at the top."""
    inner = {name: value for name, value in (structured or {}).items() if name not in _TOP}
    if structured and '"$ref": "#"' in json.dumps(structured):
        inner = {}  # it holds itself, and is the top no more; the server's own schema is checked all the same
    return {
        "type": "object",
        "properties": {
            "text": {"type": "string", "description": "What the server says."},
            "structured": inner or {"description": "The server's data, where it gives any; else null."},
            "left_out": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Kinds of parts that are no text.",
            },
        },
        "required": ["text", "structured"],
        "additionalProperties": False,
        **{name: structured[name] for name in _TOP[:2] if structured and name in structured},
    }


def _failed(kind: str, message: str) -> ToolResult:
    option: Any = "change_arguments" if kind == "invalid_arguments" else "ask"
    return ToolResult(error=ToolError(kind=kind, message=message, options=(option,)))
