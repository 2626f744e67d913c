"""Connections to MCP servers: one for each server, opened with the first call, in a loop of their own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from agentlab.door import Door
from agentlab.errors import MissingExtra, SettingsInvalid
from agentlab.mcp_settings import McpServer
from agentlab.tools.failure import ToolFailed
from agentlab.tools.mcp.offer import Offer, Offered, compared
from agentlab.tools.mcp.pins import Pins
from agentlab.types import JSON

CONNECT_S = 20.0
"""Seconds in which a server has to be there and say what it offers."""
MOST_TOOLS = 500


class Servers:
    """The servers of the settings. Safe in any number of threads and event loops."""

    def __init__(self, servers: Mapping[str, McpServer], home: Path) -> None:
        self._servers = servers
        self._home = home
        self.pins = Pins(home / "mcp.json")
        self._door = Door()
        self._open: dict[str, _Connection] = {}

    @property
    def names(self) -> list[str]:
        """Those that the settings name."""
        return sorted(self._servers)

    def config(self, name: str) -> McpServer:
        """How a server is reached."""
        return self._servers[name]

    def offer(self, name: str) -> Offer:
        """What a server offers today, beside what was trusted. Raises ``ToolFailed`` where it does not answer."""
        return compared(name, self._door.run(self._offered(name)), self.pins.of(name))

    def trust(self, offer: Offer) -> None:
        """Trust what was shown. Raises ``ToolFailed`` (``changed``) where the server offers something else by now."""
        today = self._door.run(self._offered(offer.server))
        if compared(offer.server, today, {}).digest != offer.digest:
            raise ToolFailed("changed", f"{offer.server} offers something else by now. Look again.")
        self.pins.pin(offer.server, today)

    async def call(self, server: str, tool: str, args: JSON) -> Any:
        """The server's own result of a call, of a tool that is as it was trusted. Raises ``ToolFailed``."""
        return await self._door.ask(self._called(server, tool, args))

    def close(self) -> None:
        """End all connections and the servers that were started."""
        self._door.close(self._hang_up)

    async def _hang_up(self) -> None:
        for connection in self._open.values():
            await connection.close()
        self._open.clear()

    async def _offered(self, name: str) -> dict[str, Offered]:
        return await (await self._connected(name)).offered()

    async def _called(self, server: str, tool: str, args: JSON) -> Any:
        connection = await self._connected(server)
        then, today = self.pins.of(server).get(tool), (await connection.offered()).get(tool)
        if today is None:
            raise ToolFailed(
                "gone", f"The MCP server {server} no longer offers {tool}.", options=("alternative", "ask")
            )
        if then is None or then.digest != today.digest:
            raise ToolFailed(
                "changed",
                f"The MCP server {server} describes {tool} otherwise than it was trusted. "
                f"Somebody has to look at it: agentlab trust {server}.",
                options=("alternative", "ask"),
            )
        return await connection.call(tool, args)

    async def _connected(self, name: str) -> _Connection:
        found = self._open.get(name)
        if found is None or not found.alive:
            found = self._open[name] = _Connection(name, self._servers[name], self._home / "mcp" / name)
        await found.ready()
        return found


class _Connection:
    """One server while it is connected: a task that holds the client, so that it is opened and closed in one place."""

    def __init__(self, name: str, server: McpServer, folder: Path) -> None:
        self._name = name
        self._server = server
        self._folder = folder
        self._client: Any = None
        self._tools: dict[str, Offered] | None = None
        self._leave = asyncio.Event()
        self._there: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._hold())

    @property
    def alive(self) -> bool:
        """Whether it is open, or about to be."""
        return not self._task.done() and not self._leave.is_set()

    async def ready(self) -> None:
        """Wait until it is open. Raises ``ToolFailed`` (``connect``)."""
        await asyncio.shield(self._there)

    async def offered(self) -> dict[str, Offered]:
        """The server's tools by name, as it told them when it was connected."""
        if self._tools is None:
            found, cursor = dict[str, Offered](), None
            while len(found) < MOST_TOOLS:
                listed = await self._asked(self._client.list_tools(cursor=cursor), CONNECT_S)
                for it in listed.tools:
                    found[it.name] = Offered(
                        name=it.name,
                        description=it.description or "",
                        input_schema=it.input_schema,
                        output_schema=it.output_schema,
                        read_only=bool(it.annotations and it.annotations.read_only_hint),
                    )
                cursor = listed.next_cursor
                if not cursor:
                    break
            self._tools = found
        return self._tools

    async def call(self, tool: str, args: JSON) -> Any:
        """Raises ``ToolFailed`` (``timeout``, ``mcp``, ``connect``)."""
        return await self._asked(self._client.call_tool(tool, args), self._server.timeout_s)

    async def close(self) -> None:
        """Let it end."""
        self._leave.set()
        await asyncio.wait([self._task], timeout=10)

    async def _asked(self, work: Any, within_s: float) -> Any:
        from mcp import MCPError
        from mcp.types import CONNECTION_CLOSED

        try:
            async with asyncio.timeout(within_s):
                return await work
        except TimeoutError:
            raise ToolFailed("timeout", f"The MCP server {self._name} did not answer within {within_s:g} s.") from None
        except MCPError as error:
            if error.code == CONNECTION_CLOSED:
                self._leave.set()  # the next call opens another one
                raise self._away(EOFError("it has hung up")) from None
            raise ToolFailed(
                "mcp", f"The MCP server {self._name} says: {error}.", options=("change_arguments",)
            ) from None
        except (OSError, RuntimeError, EOFError) as error:
            raise self._away(error) from None

    async def _hold(self) -> None:
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(CONNECT_S):
                    self._client = await stack.enter_async_context(
                        _client(self._name, self._server, self._folder, stack)
                    )
                self._there.set_result(None)
                await self._leave.wait()
        except (
            OSError,
            TimeoutError,
            ValueError,
            RuntimeError,
            ExceptionGroup,
            MissingExtra,
            SettingsInvalid,
        ) as error:
            if not self._there.done():
                self._there.set_exception(self._away(error))
                self._there.exception()  # seen, also where nobody waits any more

    def _away(self, error: Exception) -> Exception:
        if isinstance(error, MissingExtra | SettingsInvalid):
            return error
        what = " ".join(self._server.command) if self._server.command else self._server.url
        return ToolFailed(
            "connect",
            f"The MCP server {self._name} ({what}) does not answer: {_innermost(error)}. Is it installed and running?",
            retryable=True,
        )


def _innermost(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__


def _client(name: str, server: McpServer, folder: Path, stack: AsyncExitStack) -> Any:
    try:
        import httpx2
        from mcp import Client, StdioServerParameters, stdio_client
        from mcp.client.streamable_http import streamable_http_client
    except ImportError as error:
        raise MissingExtra("MCP servers", "mcp") from error
    if server.url:
        headers = {key: _filled(value, name) for key, value in server.headers.items()}
        client = httpx2.AsyncClient(headers=headers, timeout=server.timeout_s)
        return Client(streamable_http_client(server.url, http_client=client), client_info=_us())
    folder.mkdir(parents=True, exist_ok=True)
    program, *args = server.command
    log = stack.enter_context((folder / "stderr.log").open("w", encoding="utf-8"))
    env = {key: _filled(value, name) for key, value in server.env.items()}
    return Client(
        stdio_client(StdioServerParameters(command=program, args=args, env=env, cwd=folder), errlog=log),
        client_info=_us(),
    )


def _us() -> Any:
    from mcp import Implementation

    from agentlab import __version__

    return Implementation(name="agentlab", version=__version__)


def _filled(value: str, server: str) -> str:
    """A value with ``$NAME`` taken from our environment; raises ``SettingsInvalid`` where it is not there."""
    if not value.startswith("$"):
        return value
    found = os.environ.get(value[1:])
    if found is None:
        raise SettingsInvalid(
            f"The MCP server {server} wants {value}, which is not set.", hint=f"Set {value[1:]} where agentlab starts."
        )
    return found
