"""What the browser tools give back."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from agentlab.tools.data import Data, Link


class Dialog(Data):
    """A question or alert of the page."""

    kind: str = Field(description="alert, confirm, prompt or beforeunload.")
    text: str = Field(description="What it said.")


class Refused(Data):
    """A download that was not kept."""

    name: str = Field(description="The name it was to have.")
    url: str = Field(description="Its address.")


class Noticed(Data):
    """What all of them tell."""

    url: str = Field(description="Address of the page, after redirects.")
    blocked: list[str] = Field(description="Hosts that the page asked for and that may not be reached.")
    dialogs: list[Dialog] = Field(description="Alerts and questions; all are dismissed.")
    popups: list[str] = Field(description="Addresses of windows that opened.")
    downloads: list[Refused] = Field(description="Files that were refused.")
    console: list[str] = Field(description="Errors that the page reported.")


class Opened(Noticed):
    """A page."""

    status: int = Field(description="HTTP status; 0 where there was no answer of a server.")
    title: str = Field(description="Its title.")
    text: str = Field(description="Its readable start, 20,000 characters at most.")
    links: list[Link] = Field(description="50 at most.")


class Clicked(Opened):
    """The page after a click."""

    clicked: str = Field(description="Text of the element.")
    fits: int = Field(description="How many elements fit the selector.")
    navigated: bool = Field(description="Whether the address is another now.")
    popup: str | None = Field(description="Address of the window that opened, which is the page now; null for none.")
    appeared: list[str] = Field(description="Lines of text that were not there before.")
    controls: list[str] = Field(description="Links, buttons and boxes that were not there, or changed.")
    reopened: bool = Field(description="Whether the page had been lost and was opened again.")


class Taken(Noticed):
    """Elements of a page."""

    title: str = Field(description="Title of the page.")
    selector: str = Field(description="What was found, also by a description.")
    text: str = Field(description="What they say, 200,000 characters at most.")
    columns: list[str] = Field(description="Headings of 'rows'.")
    rows: list[list[Any]] = Field(description="The same as a table.")
    count: int = Field(description="How many elements fit.")
    cut: bool = Field(description="True where something was left out.")
    reopened: bool = Field(description="Whether the page had been lost and was opened again.")


class Pictured(Noticed):
    """A picture of a page."""

    title: str = Field(description="Title of the page.")
    width: int = Field(description="In pixels.")
    height: int = Field(description="In pixels.")
    bytes: int = Field(description="Size of the file.")
    file: str = Field(description="Where it lies in the drive.")
    path: str = Field(description="The same.")
    fullPage: bool = Field(description="Whether it is of the whole page.")  # noqa: N815 - JSON
    cut: bool = Field(description="True where the end of the page is missing.")
    reopened: bool = Field(description="Whether the page had been lost and was opened again.")


class Waited(Noticed):
    """An element that came."""

    selector: str = Field(description="What was waited for.")
    found: bool = Field(description="True.")
    waitedS: float = Field(description="How long it took, in seconds.")  # noqa: N815 - JSON
    reopened: bool = Field(description="Whether the page had been lost and was opened again.")
