"""``browser.navigate``, ``extract``, ``click``, ``screenshot`` and ``waitFor``: one page, kept for the whole run."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from struct import unpack
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from agentlab.tools.browser import failures
from agentlab.tools.browser.browsers import Browsers
from agentlab.tools.browser.results import Clicked, Opened, Pictured, Taken, Waited
from agentlab.tools.drive import UNDO, Drive, Storage
from agentlab.tools.function import FunctionTool, tool
from agentlab.tools.names import inside
from agentlab.types import JSON, ToolContext, ToolResult

if TYPE_CHECKING:
    from agentlab.settings import Settings
    from agentlab.tools.browser.session import Session

PICTURES = "screenshots"
"""Folder of the drive that pictures are saved in."""
GRACE_S = 5
"""Seconds that a call may take beyond its limit to clear up."""
PER_MINUTE = 30
"""Calls of each tool that one user may make within a minute."""
REACHES = "public web addresses"

Url = Annotated[str, Field(description="Full http or https address.", min_length=1)]
First = Annotated[str | None, Field(description="Page to open first; else the page that is open.")]
Selector = Annotated[
    str | None,
    Field(
        description="CSS selector, or text=… for the element that shows this text, such as text=Sign in.", min_length=1
    ),
]
Description = Annotated[
    str | None,
    Field(description="The element in words, such as: the price table, the headline, the Accept button.", min_length=2),
]


def browser_tools(browsers: Browsers, drive: Storage, settings: Settings) -> list[FunctionTool]:
    """The browser tools, which work in ``browsers`` and save pictures in ``drive``."""
    limit_s = settings.browser_timeout_s + GRACE_S
    return [
        _navigate(browsers, limit_s),
        _extract(browsers, limit_s),
        _click(browsers, limit_s),
        _screenshot(browsers, limit_s, drive),
        _wait_for(browsers, settings.browser_timeout_s),
    ]


def _navigate(browsers: Browsers, limit_s: float) -> FunctionTool:
    @tool(
        name="browser.navigate", timeout_s=limit_s, reaches=REACHES, backend="Chromium", failures=failures.NAVIGATE,
        returns=Opened, per_minute=PER_MINUTE,
    )  # fmt: skip
    async def navigate(url: Url, *, context: ToolContext) -> ToolResult:
        """Open a web page in the browser; later browser steps work on it."""

        async def work(session: Session, last_url: str) -> JSON:
            from agentlab.tools.browser.acts import describe, visit

            await visit(session, url)
            await session.close_others()
            return await describe(session) | session.noticed()

        return ToolResult(data=await browsers.use(context, work), untrusted=True)

    return navigate


def _extract(browsers: Browsers, limit_s: float) -> FunctionTool:
    @tool(
        name="browser.extract", timeout_s=limit_s, reaches=REACHES, backend="Chromium", failures=failures.EXTRACT,
        either=("selector", "description"), returns=Taken, per_minute=PER_MINUTE,
    )  # fmt: skip
    async def extract(
        selector: Selector = None,
        description: Description = None,
        url: First = None,
        as_: Annotated[
            Literal["text", "markdown", "table", "attributes"],
            Field(
                description="text; markdown; table: columns and rows of an HTML table; attributes: text and link of each element."
            ),
        ] = "text",
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Take elements out of a page in the browser, by selector or description, as text, Markdown, a table or attributes."""

        async def work(session: Session, last_url: str) -> JSON:
            from agentlab.tools.browser.finding import find
            from agentlab.tools.browser.reading import read

            again = await _stand(session, url, last_url)
            found = await find(session.page, selector, description)
            taken = await read(found, as_)
            about = {"url": session.url, "title": await session.page.title(), "selector": found.selector}
            return about | taken | {"reopened": again} | session.noticed()

        return ToolResult(data=await browsers.use(context, work), untrusted=True)

    return extract


def _click(browsers: Browsers, limit_s: float) -> FunctionTool:
    @tool(
        name="browser.click", timeout_s=limit_s, changes_world=True, reaches=REACHES, backend="Chromium",
        failures=failures.CLICK, either=("selector", "description"), returns=Clicked, per_minute=PER_MINUTE, asks=True,
    )  # fmt: skip
    async def click_(selector: Selector = None, description: Description = None, *, context: ToolContext) -> ToolResult:
        """Click an element of the page that is open in the browser, and tell what appeared."""

        async def work(session: Session, last_url: str) -> JSON:
            from agentlab.tools.browser.acts import click

            key = context.idempotency_key and f"{context.idempotency_key} {selector} {description}"
            if before := session.clicked_before(key):
                return before | {"reopened": False} | session.noticed()
            again = await _stand(session, None, last_url)
            came = await click(session, selector, description, key)
            return came | {"reopened": again} | session.noticed()

        return ToolResult(data=await browsers.use(context, work), untrusted=True)

    return click_


def _screenshot(browsers: Browsers, limit_s: float, drive: Storage) -> FunctionTool:
    pictures, place = _album(drive)

    async def take_back(undo: JSON, context: ToolContext) -> JSON:
        _check(drive)
        removed = await asyncio.to_thread(pictures.take_back, undo)
        return {"removed": f"{place}{removed['removed']}"}

    @tool(
        name="browser.screenshot", timeout_s=limit_s, changes_world=True, undo=take_back, backend="Chromium",
        reaches=f"{REACHES}, the drive", failures=failures.SCREENSHOT,
        returns=Pictured, per_minute=PER_MINUTE,
    )  # fmt: skip
    async def screenshot(
        url: First = None,
        fullPage: Annotated[bool, Field(description="The whole page, not only what a window shows.")] = False,  # noqa: N803 - JSON
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Take a picture of a page in the browser and save it in the drive."""

        async def work(session: Session, last_url: str) -> tuple[bytes, JSON]:
            from agentlab.tools.browser.acts import shoot

            again = await _stand(session, url, last_url)
            picture, cut = await shoot(session, whole=fullPage)
            about = {"url": session.url, "title": await session.page.title(), "fullPage": fullPage, "cut": cut}
            return picture, about | {"reopened": again} | session.noticed()

        _check(drive)
        picture, about = await browsers.use(context, work)
        title = about["title"] or about["url"]
        made = await asyncio.to_thread(pictures.put, f"{title}.png", picture, context.idempotency_key)
        return _pictured(picture, about, made, place)

    return screenshot


def _album(drive: Storage) -> tuple[Storage, str]:
    """Where pictures are saved: a folder of the drive, or a drive that has no folders of ours; and the path to it."""
    return (Drive(drive.folder / PICTURES), f"{PICTURES}/") if isinstance(drive, Drive) else (drive, "")


def _check(drive: Storage) -> None:
    """Raises ``ToolFailed`` (``outside``) where the folder of pictures leads out of the drive."""
    if isinstance(drive, Drive):
        inside(drive.folder, PICTURES)


def _wait_for(browsers: Browsers, limit_s: float) -> FunctionTool:
    @tool(
        name="browser.waitFor", timeout_s=120 + limit_s + GRACE_S, reaches=REACHES, backend="Chromium", failures=failures.WAIT,
        returns=Waited, per_minute=PER_MINUTE,
    )  # fmt: skip
    async def wait(
        selector: Annotated[
            str, Field(description="CSS selector, or text=… for the element that shows this text.", min_length=1)
        ],
        timeoutS: Annotated[float, Field(description="Longest wait, in seconds.", gt=0, le=120)] = 10,  # noqa: N803 - JSON
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Wait until the page that is open in the browser shows an element."""

        async def work(session: Session, last_url: str) -> JSON:
            from agentlab.tools.browser.acts import wait_for

            again = await _stand(session, None, last_url)
            waited = await wait_for(session, selector, timeoutS)
            return {"url": session.url, "selector": selector, "found": True, "waitedS": waited, "reopened": again} | (
                session.noticed()
            )

        return ToolResult(data=await browsers.use(context, work, limit_s + timeoutS), untrusted=True)

    return wait


async def _stand(session: Session, url: str | None, last_url: str) -> bool:
    """Have the right page open; whether a page that was lost had to be opened again."""
    from agentlab.tools.browser.acts import stay, visit

    if not url:
        return await stay(session, last_url)
    await visit(session, url)
    return False


def _pictured(picture: bytes, about: JSON, made: JSON, place: str) -> ToolResult:
    width, height = unpack(">II", picture[16:24])
    path = f"{place}{made['path']}"
    data: dict[str, Any] = {
        **about,
        "width": width,
        "height": height,
        "bytes": made["bytes"],
        "file": path,
        "path": path,
    }
    return ToolResult(
        data=data,
        untrusted=True,
        undo=made[UNDO],
        payloads={"screenshot": f"data:image/png;base64,{b64encode(picture).decode('ascii')}"},
    )
