"""What the tools of the drive give back."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agentlab.tools.data import Data


class Kept(Data):
    """A file that was made."""

    path: str = Field(description="Where it lies; other tools take it as 'file'.")
    title: str = Field(description="What it was called; the path has it in a form that every system takes.")
    bytes: int = Field(description="Its size.")
    id: str = Field(default="", description="Google's id; on Google Drive only.")
    url: str = Field(default="", description="Where people open it; on Google Drive only.")


class Sheet(Kept):
    """A sheet that was made."""

    rows: int = Field(description="How many rows it has, headings left out.")


class Uploaded(Kept):
    """A file that came into the drive."""

    source: str = Field(description="The address or the path that it came from.")


class Downloaded(Data):
    """A copy on this computer."""

    file: str = Field(description="The file in the drive.")
    path: str = Field(description="Path of the copy on this computer.")
    title: str = Field(description="Its name.")
    bytes: int = Field(description="Its size.")
    text: str = Field(description="What a PDF says, where it is one that can be read; else empty.")


class Access(Data):
    """Who may do what with a file."""

    with_: list[str] = Field(description="Mail addresses.")
    role: str = Field(description="viewer, commenter or editor.")


class Entry(Data):
    """A file or a folder."""

    path: str = Field(description="Where it lies; other tools take it as 'file'.")
    kind: Literal["file", "folder"] = Field(description="Which of the two it is.")
    bytes: int = Field(description="Its size; 0 for a folder.")
    modified: str = Field(description="When it was last changed, UTC.")
    shared: list[Access] = Field(default=[], description="Who else may use it; where it is shared only.")
    id: str = Field(default="", description="Google's id; on Google Drive only.")
    url: str = Field(default="", description="Where people open it; on Google Drive only.")


class Listing(Data):
    """What lies in a folder."""

    folder: str = Field(description="The folder, as it was asked for.")
    files: list[Entry] = Field(description="Files and folders by name, 1,000 at most.")
    text: str = Field(description="The paths, one a line.")


class Shared(Access):
    """A file that people were let at."""

    file: str = Field(description="The file in the drive.")
    url: str = Field(description="Where they open it; empty where the drive is a folder.")
    access_given: bool = Field(description="False where the share was only written down.")
    text: str = Field(description="The same in words.")
