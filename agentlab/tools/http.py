"""``http.get`` and ``http.post``: ask the web, and make the answer readable; how is in ``web.py``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from mimetypes import guess_type
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from agentlab.tools.data import Data, Link
from agentlab.tools.drive import Drive, Storage, made
from agentlab.tools.failure import ToolFailed
from agentlab.tools.failures import DRIVE, READING, WEB, all_of, of
from agentlab.tools.function import FunctionTool, tool
from agentlab.tools.reach import web_of
from agentlab.types import JSON, ToolContext, ToolResult

if TYPE_CHECKING:
    from agentlab.settings import Settings
    from agentlab.tools.cached import Open
    from agentlab.tools.kept_pages import KeptPages
    from agentlab.tools.web import Web

Url = Annotated[str, Field(description="Full http or https address.", min_length=1)]
Headers = Annotated[dict[str, str] | None, Field(description="Further request headers.")]
MOST_FILES = 20
_GET = (
    # A browser names itself otherwise, follows more redirects, unpacks more kinds, and reads more bytes.
    *of(
        WEB,
        forbidden=("change_arguments", "alternative", "ask"),
        too_many_redirects=("change_arguments", "alternative"),
        garbled=("change_arguments", "alternative"),
        too_large=("change_arguments", "alternative"),
    ),
    # A PDF can still be saved as it is.
    *of(READING, encrypted=("change_arguments", "ask", "skip"), not_installed=("change_arguments", "ask")),
)
_POST = of(WEB, garbled=("ask", "skip"), too_large=("change_arguments", "ask"))
"""What came back says nothing about what was done: a POST is not sent again for it."""
PER_MINUTE = 60
"""Calls of each tool that one user may make within a minute."""


class Answer(Data):
    """An answer of the web."""

    url: str = Field(description="Address, after redirects.")
    status: int = Field(description="HTTP status.")
    content_type: str = Field(description="Such as text/html; empty where the server does not say.")
    title: str = Field(description="Of the page; else the last part of the address.")
    text: str = Field(description="Readable text; empty where the body is no text.")
    json_: Any = Field(description="Parsed, where it is JSON; else null.")
    links: list[Link] = Field(description="20 at most.")
    bytes: int = Field(description="Size of the body.")


class Fetched(Answer):
    """An answer to GET, which may have been saved."""

    path: str = Field(default="", description="Where it lies in the drive; with 'save_as' only.")
    id: str = Field(default="", description="Google's id; with 'save_as' on Google Drive only.")


def http_tools(settings: Settings, drive: Storage | None = None, opened: Open | None = None) -> list[FunctionTool]:
    """The HTTP tools, with the limits and the allow-list of ``settings``.

    Files come from ``drive`` and go to it, else to the folder that the settings name; ``opened`` gives the cache.
    """
    storage, web = drive or Drive(settings.drive), web_of(settings)
    return [_getting(settings, storage, web, opened), _posting(settings, storage, web)]


def _getting(settings: Settings, storage: Storage, web: Callable[[], Web], opened: Open | None) -> FunctionTool:
    @cache
    def pages() -> KeptPages:
        from agentlab.tools.cached import Kept
        from agentlab.tools.kept_pages import KeptPages

        keep_s = settings.tool_cache_s if opened else 0
        return KeptPages(web(), Kept(opened), keep_s, (settings.egress_allow,))

    async def take_back(undo: JSON, context: ToolContext) -> JSON:
        return await asyncio.to_thread(storage.take_back, undo)

    @tool(
        name="http.get",
        returns=Fetched,
        per_minute=PER_MINUTE,
        timeout_s=settings.http_timeout_s,
        undo=take_back,
        reaches="public web addresses",
        failures=all_of(_GET, WEB, of(DRIVE, "changed"), storage.failures),
        cache_s=settings.tool_cache_s,
    )
    async def get(
        url: Url,
        headers: Headers = None,
        fresh: Annotated[bool, Field(description="Ask again, past what the cache holds.")] = False,
        save_as: Annotated[
            str | None, Field(description="Save the file of any kind in the drive under this name.", min_length=1)
        ] = None,
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Fetch a web page or an API answer: its title, readable text, and JSON where it is JSON."""
        if save_as is not None:
            return await _save(web(), storage, url, headers or {}, save_as, settings.upload_max_bytes, context)
        return await pages().get(url, headers or {}, domains=context.domains, fresh=fresh)

    return get


def _posting(settings: Settings, storage: Storage, web: Callable[[], Web]) -> FunctionTool:
    @tool(
        name="http.post",
        returns=Answer,
        per_minute=PER_MINUTE,
        asks=True,  # a body says whatever it says to whoever is there, and nothing of it is open
        timeout_s=settings.http_timeout_s,
        changes_world=True,
        reaches="public web addresses",
        failures=all_of(_POST, WEB, of(READING, "outside"), storage.failures),
    )
    async def post(
        url: Url,
        json: Annotated[Any, Field(description="Body to send as JSON.")] = None,
        form: Annotated[dict[str, str] | None, Field(description="Body to send as a web form.")] = None,
        text: Annotated[str | None, Field(description="Body to send as plain text.")] = None,
        files: Annotated[
            dict[str, str] | None,
            Field(description="Files of the drive to send, by field of the form; 'form' may stand beside."),
        ] = None,
        headers: Headers = None,
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Send data to a web address by POST, as JSON, as a form, as text or as files, and read its answer."""
        if sum(body is not None for body in (json, form if form is not None else files, text)) > 1:
            raise ToolFailed("invalid_arguments", "Give one of 'json', 'text' and 'form' (with or without 'files').")
        body: dict[str, Any] = {"json": json} if json is not None else {"data": form, "content": text}
        if files:
            body = {"data": form or {}, "files": await _parts(storage, files, settings.upload_max_bytes)}
        own = {"Idempotency-Key": context.idempotency_key} if context.idempotency_key else {}
        return await web().ask("POST", url, {**own, **(headers or {})}, **body)

    return post


async def _save(
    web: Web, drive: Storage, url: str, headers: dict[str, str], name: str, most: int, context: ToolContext
) -> ToolResult:
    """The body as a file of the drive; of the answer only what is about it."""
    from agentlab.tools.body import readable

    response, content = await web.fetch("GET", url, headers, most=most)
    note = await asyncio.to_thread(drive.put, name, content, context.idempotency_key)
    about = readable(response, b"") | {"title": name, "bytes": len(content)}
    return made(note, **about, untrusted=True)


async def _parts(drive: Storage, files: dict[str, str], most: int) -> dict[str, tuple[str, bytes, str]]:
    """The files as parts of a form, ``most`` bytes all together."""
    if len(files) > MOST_FILES:
        raise ToolFailed("invalid_arguments", f"'files' names {len(files)} files; send {MOST_FILES} at most.")
    parts: dict[str, tuple[str, bytes, str]] = {}
    for field, path in files.items():
        name, content = await asyncio.to_thread(drive.read_bytes, path, most)
        most -= len(content)
        parts[field] = (name, content, guess_type(name)[0] or "application/octet-stream")
    return parts
