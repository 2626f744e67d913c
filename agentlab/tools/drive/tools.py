"""The tools ``drive.*``: the same on every storage."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from agentlab.tools.drive.computer import Computer, computer_of
from agentlab.tools.drive.reading import needs_office
from agentlab.tools.drive.results import Downloaded, Kept, Listing, Shared, Sheet, Uploaded
from agentlab.tools.drive.storage import Storage, made
from agentlab.tools.failure import ToolFailed
from agentlab.tools.failures import DRIVE, WEB, all_of, of, without
from agentlab.tools.function import FunctionTool, Undo, tool
from agentlab.tools.names import split_name
from agentlab.tools.reach import web_of
from agentlab.tools.sheet import to_csv
from agentlab.types import JSON, Failure, ToolContext, ToolResult

if TYPE_CHECKING:
    from agentlab.settings import Settings

PER_MINUTE = 60
"""Calls of each tool that one user may make within a minute."""
LONGEST_DOC = 2_000_000
"""Characters of a text that becomes a Word document."""

Title = Annotated[str, Field(description="Title; becomes the file's name.", min_length=1, max_length=500)]
DriveFile = Annotated[str, Field(description="A file in the drive, such as samples/faq.md.", min_length=1)]
Addresses = Annotated[
    list[Annotated[str, Field(pattern=r"^[^@\s,;<>]{1,64}@[^@\s,;<>]{1,253}$")]],
    Field(description="E-mail addresses.", min_length=1, max_length=100),
]


def drive_tools(drive: Storage, settings: Settings | None = None) -> list[FunctionTool]:
    """The drive tools on one storage; those that also touch the web and this computer need ``settings``."""

    async def take_back(undo: JSON, context: ToolContext) -> JSON:
        return await asyncio.to_thread(drive.take_back, undo)

    backend = drive.backend

    @tool(
        name="drive.list",
        reaches="the drive",
        backend=backend,
        failures=all_of(of(DRIVE, "outside", "not_found"), drive.failures),
        returns=Listing,
        per_minute=PER_MINUTE,
    )
    async def list_(
        folder: Annotated[str, Field(description="Folder in the drive; empty for its top.")] = "",
        *,
        context: ToolContext,
    ) -> JSON:
        """List the files and folders in a folder of the drive."""
        files = await asyncio.to_thread(drive.entries, folder)
        return {"folder": folder, "files": files, "text": "\n".join(map(_line, files))}

    return [
        list_,
        *_making(drive, take_back),
        *(_moving(drive, settings, take_back) if settings else ()),
    ]


def _making(drive: Storage, take_back: Undo) -> list[FunctionTool]:
    # Without the package for Word and Excel files, and for what is too large for them, there is the plain format.
    own = of(DRIVE, "changed", "too_large", not_installed=("change_arguments", "ask"))
    failures = all_of(own, drive.failures)

    @tool(
        name="drive.createDoc",
        returns=Kept,
        per_minute=PER_MINUTE,
        changes_world=True,
        undo=take_back,
        reaches="the drive",
        backend=drive.backend,
        failures=failures,
    )
    async def create_doc(
        title: Title,
        content: Annotated[str, Field(description="Text of the document, in Markdown.")],
        format_: Annotated[
            Literal["markdown", "docx"], Field(description="docx for a Word document; else Markdown.")
        ] = "markdown",
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Save text as a new Markdown document in the drive."""
        if format_ == "docx":
            body = await asyncio.to_thread(_as_word, content, title)
            return made(await asyncio.to_thread(drive.create, title, ".docx", body, context.idempotency_key))
        return made(await asyncio.to_thread(drive.create, title, ".md", content, context.idempotency_key))

    @tool(
        name="drive.createSheet",
        returns=Sheet,
        per_minute=PER_MINUTE,
        changes_world=True,
        undo=take_back,
        reaches="the drive",
        backend=drive.backend,
        failures=failures,
    )
    async def create_sheet(
        title: Title,
        rows: Annotated[list[Any], Field(description="Rows: lists of cells, or objects; or several tables in a list.")],
        columns: Annotated[list[str] | None, Field(description="Headings; needed where rows are lists.")] = None,
        format_: Annotated[
            Literal["csv", "xlsx"],
            Field(description="xlsx for an Excel workbook, a sheet for each table; else CSV."),
        ] = "csv",
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Save rows as a new sheet (CSV) in the drive."""
        body, written = await asyncio.to_thread(_as_excel if format_ == "xlsx" else _as_csv, rows, columns)
        note = await asyncio.to_thread(drive.create, title, f".{format_}", body, context.idempotency_key)
        return made(note, rows=written)

    return [create_doc, create_sheet]


def _moving(drive: Storage, settings: Settings, take_back: Undo) -> list[FunctionTool]:
    web, computer = web_of(settings), computer_of(settings)

    @tool(
        name="drive.upload",
        returns=Uploaded,
        per_minute=PER_MINUTE,
        timeout_s=60,
        changes_world=True,
        undo=take_back,
        reaches="the drive, public web addresses, allowed folders of this computer",
        backend=drive.backend,
        failures=all_of(of(DRIVE, "changed", outside=("change_arguments", "ask")), WEB, drive.failures),
        either=("path", "url"),
    )
    async def upload(
        path: Annotated[str | None, Field(description="A file on this computer; or give 'url'.")] = None,
        url: Annotated[str | None, Field(description="Address of a file on the web; or give 'path'.")] = None,
        name: Annotated[
            str | None, Field(description="Name in the drive; else the file's own.", min_length=1, max_length=500)
        ] = None,
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Put a file of any kind, from this computer or from the web, into the drive."""
        if path and url:
            raise ToolFailed("invalid_arguments", "Give 'path' or 'url', not both.")
        if url:
            response, content = await web().fetch("GET", url, {}, most=settings.upload_max_bytes)
            own, source = response.url.path.rstrip("/").rpartition("/")[2] or response.url.host, str(response.url)
        else:
            own, content = await asyncio.to_thread(_from_here, drive, computer, path or "")
            source = path or ""
        called = name or own
        if not split_name(called)[1]:
            called += split_name(own)[1]
        note = await asyncio.to_thread(drive.put, called, content, context.idempotency_key)
        return made(note, source=source)

    return [
        upload,
        _downloading(drive, computer),
        _sharing(drive, all_of(of(DRIVE, "outside", "not_found"), drive.failures)),
    ]


def _downloading(drive: Storage, computer: Computer) -> FunctionTool:
    async def remove_copy(undo: JSON, context: ToolContext) -> JSON:
        return await asyncio.to_thread(computer.take_back, undo)

    @tool(
        name="drive.download",
        returns=Downloaded,
        per_minute=PER_MINUTE,
        timeout_s=60,
        changes_world=True,
        undo=remove_copy,
        reaches="the drive, the folder for downloads",
        backend=drive.backend,
        failures=all_of(without(DRIVE, "not_installed"), drive.failures),
    )
    async def download(file: DriveFile, *, context: ToolContext) -> ToolResult:
        """Copy a file of the drive to this computer, and tell what it says where it is a PDF."""
        name, content = await asyncio.to_thread(drive.read_bytes, file, computer.most)
        note = await asyncio.to_thread(computer.save, name, content, context.idempotency_key)
        text = await asyncio.to_thread(_says, name, content)
        about = {"file": file, "path": str(computer.downloads / note["path"]), "text": text}
        return made(note, **about, untrusted=bool(text))

    return download


def _sharing(drive: Storage, failures: tuple[Failure, ...]) -> FunctionTool:
    async def unshare(undo: JSON, context: ToolContext) -> JSON:
        return await asyncio.to_thread(drive.unshare, undo)

    @tool(
        name="drive.share",
        returns=Shared,
        per_minute=PER_MINUTE,
        asks=True,  # whom a file is opened to, and which one, is for people to say
        changes_world=True,
        undo=unshare,
        reaches="the drive",
        backend=drive.backend,
        failures=failures,
    )
    async def share(
        file: DriveFile,
        with_: Addresses,
        role: Annotated[Literal["viewer", "commenter", "editor"], Field(description="What they may do.")] = "viewer",
        *,
        context: ToolContext,
    ) -> ToolResult:
        """Let people see, comment on or edit a file of the drive."""
        people = list(dict.fromkeys(with_))
        return made(await asyncio.to_thread(drive.share, file, people, role, context.idempotency_key))

    return share


def _says(name: str, content: bytes) -> str:
    """The text of a PDF; empty where it has none that can be read, for the copy is there all the same."""
    from agentlab.tools.pdf import is_pdf, pdf_text

    try:
        return pdf_text(name, content) if is_pdf(content) else ""
    except ToolFailed:
        return ""


def _from_here(drive: Storage, computer: Computer, path: str) -> tuple[str, bytes]:
    """A file of an allowed folder; where there is none of that kind, a file of the drive itself, to be copied."""
    try:
        return computer.read(path)
    except ToolFailed as refused:
        try:
            return drive.read_bytes(path, computer.most)
        except ToolFailed:
            raise refused from None


def _as_word(content: str, title: str) -> bytes:
    if len(content) > LONGEST_DOC:
        raise ToolFailed(
            "too_large", f"A Word document is made of {LONGEST_DOC:,} characters at most; save it as markdown."
        )
    try:
        from agentlab.tools.drive.to_word import to_docx
    except ImportError as error:
        raise needs_office("A Word document") from error
    return to_docx(content, title)


def _as_csv(rows: list[Any], columns: list[str] | None) -> tuple[bytes, int]:
    text, written = to_csv(rows, columns)
    return text.encode("utf-8", "replace"), written


def _as_excel(rows: list[Any], columns: list[str] | None) -> tuple[bytes, int]:
    try:
        from agentlab.tools.drive.to_excel import to_xlsx
    except ImportError as error:
        raise needs_office("An Excel workbook") from error
    return to_xlsx(rows, columns)


def _line(file: JSON) -> str:
    people = [person for share in file.get("shared", ()) for person in share["with"]]
    shared = f" (shared with {', '.join(people)})" if people else ""
    return f"- {file['path']}{'/' if file['kind'] == 'folder' else ''}{shared}"
