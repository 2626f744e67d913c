"""All 22 tools of the product. Eight are the real ones; the other 14 are stand-ins that work on a ``World`` in memory.

The stand-ins are written as the real tools would be, so their signatures are the schemas to start from:

========  ==========================================================================
browser   one page, kept for the whole run; steps on it follow one another
email     ``send``: one mail that all of ``to`` see; ``sendBatch``: a mail of their own for each
drive     ``upload`` and ``download`` between this computer and the drive, ``share``
calendar  times are local, ``2026-03-10T15:00``; a day alone is a whole day
========  ==========================================================================
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from agentlab.settings import Settings
from agentlab.tools.ai import ai_tools
from agentlab.tools.drive import Drive, drive_tools
from agentlab.tools.function import FunctionTool, tool
from agentlab.tools.http import http_tools
from agentlab.tools.registry import Registry
from agentlab.types import JSON, ToolContext
from offline_goals.world import World

Url = Annotated[str, Field(description="Full http or https address.", min_length=1)]
Selector = Annotated[
    str,
    Field(
        description="CSS selector, or text=… for the element that shows this text, such as text=Sign in.", min_length=1
    ),
]
Addresses = Annotated[list[str], Field(description="E-mail addresses.", min_length=1)]
Copies = Annotated[list[str] | None, Field(description="E-mail addresses that get a copy.")]
Subject = Annotated[str, Field(description="Subject line.", min_length=1, max_length=300)]
DriveFile = Annotated[str, Field(description="A file in the drive, such as samples/faq.md.", min_length=1)]
Moment = Annotated[str, Field(description="Local time such as 2026-03-10T15:00, or a day such as 2026-03-10.")]
Event = Annotated[str, Field(description="The event: its id, or its title where one event has it.", min_length=1)]
OnDay = Annotated[str | None, Field(description="Day of the event (2026-03-10), where several have its title.")]
Attendees = Annotated[list[str] | None, Field(description="E-mail addresses of those to invite.")]


async def _nothing(undo: JSON, context: ToolContext) -> None:
    """A stand-in takes nothing back."""


def all_tools(world: World) -> Registry:
    """The 22 tools, on one world."""
    settings = Settings(home=world.home, egress_allow=world.site.removeprefix("http://"))
    drive = Drive(world.drive)
    real = [*http_tools(settings), *drive_tools(drive), *ai_tools(drive)]
    return Registry([*real, *browser_tools(world), *email_tools(world), *file_tools(world), *calendar_tools(world)])


def browser_tools(world: World) -> list[FunctionTool]:
    """A browser with one page."""

    @tool(name="browser.navigate")
    async def navigate(url: Url, *, context: ToolContext) -> JSON:
        """Open a web page in the browser; later browser steps work on it."""
        return world.browser.open(url)

    @tool(name="browser.extract")
    async def extract(
        selector: Selector,
        url: Annotated[str | None, Field(description="Page to open first; else the page that is open.")] = None,
        as_: Annotated[
            Literal["text", "markdown", "table", "attributes"],
            Field(
                description="text; markdown; table: columns and rows of an HTML table; attributes: text and link of each element."
            ),
        ] = "text",
        *,
        context: ToolContext,
    ) -> JSON:
        """Take the elements that fit a selector out of a page in the browser, as text, Markdown, a table or attributes."""
        return world.browser.extract(selector, url, as_)

    @tool(name="browser.click", changes_world=True)
    async def click(selector: Selector, *, context: ToolContext) -> JSON:
        """Click an element of the page that is open in the browser."""
        return world.browser.click(selector)

    @tool(name="browser.screenshot", changes_world=True, undo=_nothing)
    async def screenshot(
        url: Annotated[str | None, Field(description="Page to open first; else the page that is open.")] = None,
        fullPage: Annotated[bool, Field(description="The whole page, not only what a window shows.")] = False,  # noqa: N803 - JSON
        *,
        context: ToolContext,
    ) -> JSON:
        """Take a picture of a page in the browser and save it in the drive."""
        return world.browser.screenshot(url, fullPage)

    @tool(name="browser.waitFor")
    async def wait_for(
        selector: Selector,
        timeoutS: Annotated[float, Field(description="Longest wait, in seconds.", gt=0, le=120)] = 10,  # noqa: N803 - JSON
        *,
        context: ToolContext,
    ) -> JSON:
        """Wait until the page that is open in the browser shows an element."""
        return world.browser.wait_for(selector, timeoutS)

    return [navigate, extract, click, screenshot, wait_for]


def email_tools(world: World) -> list[FunctionTool]:
    """Mail into an outbox."""

    @tool(name="email.send", changes_world=True, either=("body", "attachments"))
    async def send(
        to: Addresses,
        subject: Subject,
        body: Annotated[str, Field(description="Text of the mail.")] = "",
        cc: Copies = None,
        attachments: Annotated[list[str] | None, Field(description="Files in the drive to attach.")] = None,
        *,
        context: ToolContext,
    ) -> JSON:
        """Send one e-mail to one or several addresses; all of them see each other."""
        return world.send(to, subject, body, cc or [], attachments or [])

    @tool(name="email.sendBatch", changes_world=True)
    async def send_batch(
        recipients: Addresses,
        subject: Subject,
        body: Annotated[str, Field(description="Text of each mail.", min_length=1)],
        *,
        context: ToolContext,
    ) -> JSON:
        """Send the same e-mail to several addresses, a separate mail for each."""
        sent = [world.send([address], subject, body, [], []) for address in recipients]
        return {"recipients": recipients, "subject": subject, "sent": len(sent)}

    return [send, send_batch]


def file_tools(world: World) -> list[FunctionTool]:
    """What goes into the drive, out of it, and to others."""

    @tool(name="drive.upload", changes_world=True, undo=_nothing, either=("path", "url"))
    async def upload(
        path: Annotated[str | None, Field(description="A file on this computer; or give 'url'.")] = None,
        url: Annotated[str | None, Field(description="Address of a file on the web; or give 'path'.")] = None,
        name: Annotated[str | None, Field(description="Name in the drive; else the file's own.")] = None,
        *,
        context: ToolContext,
    ) -> JSON:
        """Put a file of any kind, from this computer or from the web, into the drive."""
        return world.upload(path, url, name)

    @tool(name="drive.download", changes_world=True)
    async def download(file: DriveFile, *, context: ToolContext) -> JSON:
        """Copy a file of the drive to this computer."""
        return world.download(file)

    @tool(name="drive.share", changes_world=True, undo=_nothing)
    async def share(
        file: DriveFile,
        with_: Addresses,
        role: Annotated[Literal["viewer", "commenter", "editor"], Field(description="What they may do.")] = "viewer",
        *,
        context: ToolContext,
    ) -> JSON:
        """Let people see, comment on or edit a file of the drive."""
        return world.share(file, with_, role)

    return [upload, download, share]


def calendar_tools(world: World) -> list[FunctionTool]:
    """A calendar."""

    @tool(name="calendar.create", changes_world=True, undo=_nothing)
    async def create(
        title: Annotated[str, Field(description="Title of the event.", min_length=1)],
        start: Moment,
        end: Annotated[str | None, Field(description="Local time or last day; else one hour, or the day.")] = None,
        location: Annotated[str | None, Field(description="Room, place or link.")] = None,
        attendees: Attendees = None,
        timezone: Annotated[
            str | None, Field(description="IANA name such as Europe/Berlin; else the local zone.")
        ] = None,
        *,
        context: ToolContext,
    ) -> JSON:
        """Put an event into the calendar."""
        return world.calendar.create(title, start, end, location, attendees or [], timezone)

    @tool(name="calendar.list")
    async def list_(
        from_: Annotated[str | None, Field(description="First day, such as 2026-03-10; else today.")] = None,
        to: Annotated[str | None, Field(description="Last day, included; else six days after the first.")] = None,
        *,
        context: ToolContext,
    ) -> JSON:
        """List the events of the calendar between two days."""
        return world.calendar.between(from_, to)

    @tool(name="calendar.update", changes_world=True, undo=_nothing)
    async def update(
        event: Event,
        on: OnDay = None,
        title: Annotated[str | None, Field(description="New title.")] = None,
        start: Annotated[
            str | None,
            Field(description="New start: 2026-03-10T15:00; a day alone keeps the time, a time alone (15:00) the day."),
        ] = None,
        end: Annotated[
            str | None, Field(description="New end, written alike; else the event keeps its length.")
        ] = None,
        location: Annotated[str | None, Field(description="New room, place or link.")] = None,
        attendees: Annotated[list[str] | None, Field(description="E-mail addresses to invite as well.")] = None,
        *,
        context: ToolContext,
    ) -> JSON:
        """Move or change an event of the calendar; what is not given stays."""
        return world.calendar.update(event, on, title, start, end, location, attendees or [])

    @tool(name="calendar.delete", changes_world=True)
    async def delete(event: Event, on: OnDay = None, *, context: ToolContext) -> JSON:
        """Take an event out of the calendar."""
        return world.calendar.delete(event, on)

    return [create, list_, update, delete]
