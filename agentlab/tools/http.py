"""``http.get`` and ``http.post``: ask the web, and make the answer readable; how is in ``web.py``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from agentlab.tools.failure import ToolFailed
from agentlab.tools.function import FunctionTool, tool
from agentlab.types import ToolContext, ToolResult

if TYPE_CHECKING:
    from agentlab.settings import Settings
    from agentlab.tools.web import Web

Url = Annotated[str, Field(description="Full http or https address.", min_length=1)]
Headers = Annotated[dict[str, str] | None, Field(description="Further request headers.")]


def http_tools(settings: Settings) -> list[FunctionTool]:
    """The HTTP tools, with the timeout, the size limit and the allow-list of ``settings``."""

    @cache
    def web() -> Web:
        from agentlab.tools.egress import Egress
        from agentlab.tools.web import Web

        return Web(Egress(settings.egress_allow), settings.http_timeout_s, settings.http_max_bytes)

    @tool(name="http.get", timeout_s=settings.http_timeout_s)
    async def get(url: Url, headers: Headers = None, *, context: ToolContext) -> ToolResult:
        """Fetch a web page or an API answer: its title, readable text, and JSON where it is JSON."""
        return await web().ask("GET", url, headers or {})

    @tool(name="http.post", timeout_s=settings.http_timeout_s, changes_world=True)
    async def post(
        url: Url,
        json: Annotated[Any, Field(description="Body to send as JSON.")] = None,
        form: Annotated[dict[str, str] | None, Field(description="Body to send as a web form.")] = None,
        text: Annotated[str | None, Field(description="Body to send as plain text.")] = None,
        headers: Headers = None,
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Send data to a web address by POST, as JSON, as a form or as text, and read its answer."""
        if sum(body is not None for body in (json, form, text)) > 1:
            raise ToolFailed("invalid_arguments", "Give one of 'json', 'form' and 'text', not several.")
        body: dict[str, Any] = {"json": json} if json is not None else {"data": form, "content": text}
        own = {"Idempotency-Key": context.idempotency_key} if context.idempotency_key else {}
        return await web().ask("POST", url, {**own, **(headers or {})}, **body)

    return [get, post]
