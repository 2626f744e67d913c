"""Google Drive, every operation against a Drive in memory; each request is checked against Google's own description."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httplib2
import pytest
from google.auth.exceptions import RefreshError, TransportError
from google_requests import Answer, Asked, GoogleWire

from agentlab.settings import Settings
from agentlab.tools import builtin_tools
from agentlab.tools.drive import drive_of, drive_tools
from agentlab.tools.drive.google import ADVICE, DOC, FOLDER, SCOPES, SHEET, GoogleDrive
from agentlab.tools.drive.to_excel import to_xlsx
from agentlab.tools.google import Google, failure_of
from agentlab.types import Scope, ToolContext, ToolResult

Q = re.compile(
    r"(name (?:=|contains)|mimeType !?=|trashed =|appProperties has) ?('(?:[^'\\]|\\.)*'|\w+|\{.*?\})|('(?:[^'\\]|\\.)*') in parents"
)


@dataclass
class MemoryDrive:
    """What Google Drive would hold. ``fails`` says what the next requests are answered instead."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    content: dict[str, bytes] = field(default_factory=dict)
    fails: dict[str, list[Answer]] = field(default_factory=dict)
    clock: int = 0

    def add(self, name: str, mime: str = "text/plain", content: bytes = b"", parent: str = "top", **more: Any) -> str:
        """Put a file there and return its id."""
        self.clock += 1
        number = f"f{self.clock}"
        self.files[number] = {
            "id": number,
            "name": name,
            "mimeType": mime,
            "parents": [parent],
            "modifiedTime": f"2026-03-0{self.clock % 9 + 1}T10:00:00.000Z",
            "webViewLink": f"https://drive.google.com/file/d/{number}",
            "permissions": [{"id": "me", "emailAddress": "me@example.org", "role": "owner", "type": "user"}],
            **more,
        }
        if not mime.startswith("application/vnd.google-apps."):
            self.files[number] |= {"size": str(len(content)), "md5Checksum": f"md5-{content.hex()[:20]}-{len(content)}"}
        self.content[number] = content
        return number

    def answer(self, asked: Asked) -> Answer:
        """What Google would say."""
        if self.fails.get(asked.method):
            return self.fails[asked.method].pop(0)
        where = asked.path.get("fileId", "")
        if where and where not in self.files:
            return 404, {"error": {"message": f"File not found: {where}.", "errors": [{"reason": "notFound"}]}}
        kind, _, act = asked.method.partition(".")
        return getattr(self, f"{act}_{kind}")(asked, where)

    def list_files(self, asked: Asked, _: str) -> Answer:
        found = [it for it in self.files.values() if all(self._holds(it, part) for part in Q.findall(asked.query["q"]))]
        newest = "desc" in asked.query["orderBy"]
        found.sort(key=lambda it: it["modifiedTime"] if newest else it["name"], reverse=newest)
        size, start = min(100, int(asked.query["pageSize"])), int(asked.query.get("pageToken", 0))
        page = {"files": found[start : start + size]}
        return 200, page | ({"nextPageToken": str(start + size)} if len(found) > start + size else {})

    @staticmethod
    def _holds(file: dict[str, Any], part: tuple[str, str, str]) -> bool:
        what, value, parent = part
        text = re.sub(r"\\(.)", r"\1", (value or parent).strip("'"))
        if parent:
            return text in file["parents"]
        if what.startswith("appProperties"):
            key, wanted = re.findall(r"'([^']*)'", value)
            return file.get("appProperties", {}).get(key) == wanted
        tests = {"name =": file["name"] == text, "name contains": text in file["name"], "trashed =": True}
        return {**tests, "mimeType =": file["mimeType"] == text, "mimeType !=": file["mimeType"] != text}[what]

    def create_files(self, asked: Asked, _: str) -> Answer:
        body = dict(asked.body)
        number = self.add(body.pop("name"), body.pop("mimeType"), asked.media or b"", body.pop("parents")[0], **body)
        return 200, self.files[number]

    def get_files(self, asked: Asked, where: str) -> Answer:
        return 200, self.content[where] if asked.query.get("alt") == "media" else self.files[where]

    def export_files(self, asked: Asked, where: str) -> Answer:
        return 200, self.content[where] + f" as {asked.query['mimeType']}".encode()

    def delete_files(self, asked: Asked, where: str) -> Answer:
        del self.files[where]
        return 204, None

    def list_permissions(self, asked: Asked, where: str) -> Answer:
        return 200, {"permissions": self.files[where]["permissions"]}

    def create_permissions(self, asked: Asked, where: str) -> Answer:
        self.clock += 1
        self.files[where]["permissions"].append({"id": f"p{self.clock}", **asked.body})
        return 200, {"id": f"p{self.clock}"}

    def update_permissions(self, asked: Asked, where: str) -> Answer:
        next(it for it in self.files[where]["permissions"] if it["id"] == asked.path["permissionId"]).update(asked.body)
        return 200, {"id": asked.path["permissionId"]}

    def delete_permissions(self, asked: Asked, where: str) -> Answer:
        kept = [it for it in self.files[where]["permissions"] if it["id"] != asked.path["permissionId"]]
        if len(kept) == len(self.files[where]["permissions"]):
            return 404, {"error": {"message": "Permission not found."}}
        self.files[where]["permissions"] = kept
        return 204, None


@pytest.fixture
def memory() -> MemoryDrive:
    return MemoryDrive()


@pytest.fixture
def wire(memory) -> Iterator[GoogleWire]:
    made = GoogleWire("drive", "v3", memory.answer)
    yield made
    assert made.problems == []


@pytest.fixture
def tools(wire, tmp_path, site):
    google = Google("drive", "v3", "", SCOPES, advice=ADVICE, http=lambda: wire)
    settings = Settings(
        home=tmp_path, upload_from=str(tmp_path), egress_allow=f"127.0.0.1:{site.port}", upload_max_bytes=5_000
    )
    settings.prepare_home()
    return {tool.spec.name: tool for tool in drive_tools(GoogleDrive(google, "top"), settings)}


@pytest.fixture
def do(tools):
    """``do("list", folder="x")``: one call of a tool of the drive."""

    def call(name: str, /, *, key: str = "", **args: Any) -> ToolResult:
        context = ToolContext(scope=Scope.of_run("run_1"), idempotency_key=key)
        return asyncio.run(tools[f"drive.{name}"].execute(args, context))

    return call


@pytest.fixture
def undo(tools):
    def call(name: str, said: dict[str, Any]) -> ToolResult:
        return asyncio.run(tools[f"drive.{name}"].undo(said, ToolContext(scope=Scope.of_run("run_1"))))

    return call


def test_a_folder_is_listed_page_by_page_with_its_shares(do, memory, wire) -> None:
    folder = memory.add("samples", FOLDER)
    memory.add("b.txt", content=b"four", parent=folder)
    memory.add("a/b", parent=folder)
    memory.add("notes", DOC, parent=folder)
    memory.files["f2"]["permissions"].append(
        {"id": "p", "emailAddress": "ann@example.org", "role": "writer", "type": "user"}
    )

    top, inner = do("list").data, do("list", folder="samples/").data

    assert [(file["path"], file["kind"]) for file in top["files"]] == [("samples", "folder")]
    assert [file["path"] for file in inner["files"]] == ["id:f3", "samples/b.txt", "samples/notes"]
    assert inner["files"][1] | {"modified": ""} == {
        "path": "samples/b.txt",
        "kind": "file",
        "bytes": 4,
        "modified": "",
        "id": "f2",
        "url": "https://drive.google.com/file/d/f2",
        "shared": [{"with": ["ann@example.org"], "role": "editor"}],
    }
    assert wire.asked[0].query["q"] == "'top' in parents and trashed = false"
    assert wire.asked[0].query["includeItemsFromAllDrives"] == "true"


def test_a_long_folder_is_read_to_its_limit(do, memory, wire) -> None:
    for n in range(1_205):
        memory.add(f"n{n:04}")

    assert len(do("list").data["files"]) == 1_000


def test_markdown_becomes_a_document_of_googles(do, memory, wire) -> None:
    data = do("createDoc", key="run_1:save", title="Sea / 2026", content="# Wärmer").data

    made = wire.asked[-1]
    assert (made.method, made.media, made.media_type) == ("files.create", "# Wärmer".encode(), "text/markdown")
    assert {**made.body, "appProperties": None} == {
        "name": "Sea - 2026",
        "parents": ["top"],
        "mimeType": DOC,
        "appProperties": None,
    }
    assert set(made.body["appProperties"]) == {"agentlab_key"}
    assert len("agentlab_key" + made.body["appProperties"]["agentlab_key"]) <= 124
    assert data == {
        "path": "Sea - 2026",
        "title": "Sea / 2026",
        "bytes": 9,
        "id": "f1",
        "url": "https://drive.google.com/file/d/f1",
    }


def test_rows_become_a_sheet_of_googles_and_office_files_stay_files(do, wire) -> None:
    sheet = do("createSheet", title="S", columns=["a"], rows=[[1], ["=x"]]).data
    word = do("createDoc", title="W", content="x", format="docx").data
    excel = do("createSheet", title="E", rows=[[1]], format="xlsx").data

    creates = [asked for asked in wire.asked if asked.method == "files.create"]
    assert (creates[0].media, creates[0].media_type, creates[0].body["mimeType"]) == (b"a\n1\n'=x\n", "text/csv", SHEET)
    assert creates[1].body["mimeType"].endswith("wordprocessingml.document")
    assert creates[1].media.startswith(b"PK")
    assert (sheet["path"], sheet["rows"], word["path"], excel["path"]) == ("S", 2, "W.docx", "E.xlsx")
    assert "appProperties" not in creates[0].body


def test_a_repeated_step_makes_nothing_twice(do, memory, wire) -> None:
    first, second = (do("createDoc", key="run_1:save", title="Note", content="x").data for _ in range(2))
    other = do("createDoc", key="run_2:save", title="Note", content="x").data

    assert first == second
    assert other["path"] == "Note (2)"
    assert [asked.method for asked in wire.asked].count("files.create") == 2


def test_files_are_uploaded_as_they_are_in_pieces(do, memory, wire, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("agentlab.tools.drive.google._CHUNK", 1_024)
    (tmp_path / "notes.md").write_bytes(b"x" * 2_500)
    (tmp_path / "empty.bin").write_bytes(b"")

    data = do("upload", path="notes.md").data

    assert (wire.asked[-1].body["mimeType"], wire.asked[-1].media) == ("text/markdown", b"x" * 2_500)
    assert (data["path"], data["bytes"]) == ("notes.md", 2_500)
    assert do("upload", path="empty.bin").data["bytes"] == 0


def test_a_file_of_the_web_is_uploaded(do, site, memory) -> None:
    url = site.page("/logo.png", b"\x89PNG", Content_Type="image/png")

    assert do("upload", url=url).data["path"] == "logo.png"
    assert memory.content["f1"] == b"\x89PNG"


@pytest.mark.parametrize(
    ("mime", "name", "said"),
    [
        ("text/plain", "a.txt", b"text"),
        (DOC, "a.docx", b"text as application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (SHEET, "a.xlsx", b"text as application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_files_are_downloaded_and_googles_own_exported(do, memory, mime, name, said) -> None:
    memory.add(name.partition(".")[0] if mime != "text/plain" else name, mime, b"text")

    data = do("download", file="a" if mime != "text/plain" else name).data

    assert Path(data["path"]).name == name
    assert Path(data["path"]).read_bytes() == said


def test_what_is_too_large_is_not_downloaded(do, memory) -> None:
    memory.add("big.bin", content=b"x" * 5_001)

    assert do("download", file="big.bin").error.kind == "too_large"


def test_texts_are_read_for_the_ai_tools(wire, memory) -> None:
    drive = GoogleDrive(Google("drive", "v3", "", SCOPES, advice=ADVICE, http=lambda: wire), "top")
    memory.add("doc", DOC, b"# Sea")
    memory.add("t.csv", "text/csv", b"a,b\n1,2\n")
    memory.add("x.png", "image/png", b"x")
    memory.add("t.xlsx", "application/x", to_xlsx([["a"], [1]])[0])

    assert drive.read_text("doc") == "# Sea as text/markdown"
    assert drive.read_text("t.csv") == "a,b\n1,2\n"
    assert drive.read_text("t.xlsx").startswith("| a |")
    assert drive.read_text("id:f2") == "a,b\n1,2\n"
    with pytest.raises(Exception, match="not a file that text"):
        drive.read_text("x.png")


def test_a_share_gives_a_permission_each_and_is_taken_back(do, undo, memory, wire) -> None:
    number = memory.add("plan.md")
    memory.files[number]["permissions"].append(
        {"id": "b", "emailAddress": "Bob@example.org", "role": "reader", "type": "user"}
    )

    result = do(
        "share", file="plan.md", role="editor", **{"with": ["ann@example.org", "bob@example.org", "me@example.org"]}
    )

    created = next(asked for asked in wire.asked if asked.method == "permissions.create")
    assert created.body == {"type": "user", "role": "writer", "emailAddress": "ann@example.org"}
    assert created.query["sendNotificationEmail"] == "false"
    roles = {it["emailAddress"].lower(): it["role"] for it in memory.files[number]["permissions"]}
    assert roles == {"me@example.org": "owner", "bob@example.org": "writer", "ann@example.org": "writer"}
    assert (result.data["access_given"], result.data["url"]) == (True, "https://drive.google.com/file/d/f1")
    assert all(undo("share", result.undo).success for _ in range(2))
    roles = {it["emailAddress"].lower(): it["role"] for it in memory.files[number]["permissions"]}
    assert roles == {"me@example.org": "owner", "bob@example.org": "reader"}


def test_a_share_that_fails_half_way_gives_nobody_anything(do, memory) -> None:
    number = memory.add("plan.md")
    create, calls = memory.create_permissions, iter([1, 2])
    bad = (400, {"error": {"message": "Bad address.", "errors": [{"reason": "invalidSharingRequest"}]}})
    memory.create_permissions = lambda asked, where: bad if next(calls) == 2 else create(asked, where)  # type: ignore[method-assign]

    error = do("share", file="plan.md", **{"with": ["ann@example.org", "bob@example.org"]}).error

    assert (error.kind, "Bad address" in error.message) == ("rejected", True)
    assert [it["id"] for it in memory.files[number]["permissions"]] == ["me"]


def test_what_was_made_is_deleted_once_and_what_was_changed_stays(do, undo, memory) -> None:
    doc, again = (do("createDoc", title="Note", content="x", key=f"r:{n}") for n in range(2))
    memory.files[again.undo["id"]]["modifiedTime"] = "2026-12-01T00:00:00.000Z"

    assert all(undo("createDoc", doc.undo).success for _ in range(2))
    assert undo("createDoc", again.undo).error.kind == "changed"
    assert list(memory.files) == [again.undo["id"]]


def test_names_with_quotes_are_quoted_and_the_newest_of_equals_is_meant(do, memory, wire) -> None:
    memory.add("Ann's \\ plan", content=b"old")
    memory.add("Ann's \\ plan", content=b"new")

    data = do("download", file="Ann's \\ plan").data

    assert Path(data["path"]).read_bytes() == b"new"
    assert "name = 'Ann\\'s \\\\ plan'" in wire.asked[0].query["q"]


@pytest.mark.parametrize(
    "path", ["repport.md", "samples/x.md", "..", "/", "a/" * 30, "id:nowhere", "' or name contains '"]
)
def test_what_is_not_there_is_said_with_its_near_misses(do, memory, path) -> None:
    memory.add("report.md")

    error = do("download", file=path).error

    assert error.kind == "not_found"
    assert ("Did you mean report.md?" in error.message) == (path == "repport.md")


@pytest.mark.parametrize(
    ("status", "reason", "kind", "retryable"),
    [
        (400, "invalid", "rejected", False),
        (401, "authError", "credentials", False),
        (403, "insufficientFilePermissions", "forbidden", False),
        (403, "userRateLimitExceeded", "rate_limited", True),
        (404, "notFound", "not_found", False),
        (409, "conflict", "conflict", True),
        (412, "conditionNotMet", "conflict", True),
        (429, "rateLimitExceeded", "rate_limited", True),
        (500, "internalError", "server_error", True),
        (503, "backendError", "server_error", True),
    ],
)
def test_bad_answers_are_typed_failures(do, memory, status, reason, kind, retryable) -> None:
    body = {"error": {"message": "Because.", "errors": [{"reason": reason}]}}
    memory.fails = {"files.list": [(status, body)], "files.create": [(status, body)]}

    listed, made = do("list").error, do("createDoc", title="N", content="x").error

    assert (listed.kind, listed.retryable, made.kind, made.retryable) == (kind, retryable) * 2
    assert "Because" in listed.message
    assert listed.options


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (httplib2.ServerNotFoundError("no www.googleapis.com"), "dns"),
        (TransportError("no network"), "dns"),
        (RefreshError("invalid_grant"), "credentials"),
        (TimeoutError("timed out"), "timeout"),
        (ConnectionResetError("reset"), "connect"),
        (httplib2.RedirectMissingLocation("x", {}, b""), "connect"),
    ],
)
def test_a_network_that_fails_is_typed_too(do, wire, monkeypatch, raised, kind) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise raised

    monkeypatch.setattr(wire, "request", broken)

    assert do("list").error.kind == kind


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"error": "no"}', b"[]", b'{"error": {}}'])
def test_an_answer_that_is_no_error_of_googles_is_still_told(content) -> None:
    assert failure_of(502, content, ADVICE).error.kind == "server_error"


# --- credentials ------------------------------------------------------------------------------------------------------


def google_settings(tmp_path: Path, content: Any) -> Settings:
    path = tmp_path / "google.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return Settings(home=tmp_path, drive_backend="google", google_credentials=str(path))


AUTHORIZED = {"type": "authorized_user", "client_id": "c", "client_secret": "hush", "refresh_token": "r"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no json", "no whole credentials"),
        ("[]", "no whole credentials"),
        ({"type": "service_account"}, "no whole credentials"),
        ({"type": "authorized_user", "client_secret": "hush"}, "no whole credentials"),
        ({"type": "external_account", "credential_source": {"executable": {"command": "rm"}}}, "external_account"),
        ({}, "None"),
    ],
)
def test_credentials_that_cannot_be_used_are_said_why_without_their_secrets(tmp_path, content, said) -> None:
    tool = builtin_tools(google_settings(tmp_path, content)).get("drive.list")

    error = asyncio.run(tool.execute({}, ToolContext(scope=Scope.of_run("r")))).error

    assert error.kind == "credentials"
    assert said in error.message
    assert "hush" not in error.message


@pytest.mark.parametrize("path", ["", "/nowhere/google.json"])
def test_missing_credentials_are_said_so_when_they_are_needed(tmp_path, path) -> None:
    tool = builtin_tools(Settings(home=tmp_path, drive_backend="google", google_credentials=path)).get("drive.list")

    assert tool.spec.backend == "Google Drive"
    assert asyncio.run(tool.execute({}, ToolContext(scope=Scope.of_run("r")))).error.kind == "credentials"


def test_the_back_end_is_chosen_by_its_variable(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("AGENTLAB_DRIVE", "google")

    assert drive_of(Settings(home=tmp_path)).backend == "Google Drive"
    assert drive_of(Settings(home=tmp_path, drive_backend="folder")).backend == "folder"


def test_rights_of_a_user_are_renewed_and_sent(tmp_path, wire, memory, monkeypatch) -> None:
    sent: list[dict[str, Any]] = []

    class Http:
        """Answers Google's token address, and everything else as the Drive in memory."""

        def __init__(self, timeout: float) -> None:
            self.timeout = timeout
            self.redirect_codes = frozenset()

        def request(self, uri: str, method: str = "GET", body: Any = None, headers: Any = None, **more: Any) -> Any:
            if uri == "https://oauth2.googleapis.com/token":
                return httplib2.Response({"status": "200"}), b'{"access_token": "fresh", "expires_in": 3600}'
            sent.append(dict(headers))
            return wire.request(uri, method, body, headers)

        def close(self) -> None:
            """Nothing is open."""

    monkeypatch.setattr(httplib2, "Http", Http)
    memory.add("a.txt", parent="root")
    tool = builtin_tools(google_settings(tmp_path, AUTHORIZED)).get("drive.list")

    result = asyncio.run(tool.execute({}, ToolContext(scope=Scope.of_run("r"))))

    assert [file["path"] for file in result.data["files"]] == ["a.txt"]
    assert {headers.get("authorization") or headers.get(b"authorization") for headers in sent} <= {
        "Bearer fresh",
        b"Bearer fresh",
    }


def test_the_check_refuses_what_google_does_not_know(memory) -> None:
    wire = GoogleWire("drive", "v3", memory.answer)
    service = Google("drive", "v3", "", SCOPES, advice=ADVICE, http=lambda: wire).service

    for request in (
        service.files().create(body={"nme": "x"}),
        service.files().create(body={"name": 5}),
        service.files().list(fields="files(id,nam)"),
        service.permissions().create(fileId="f", body={"role": "reader", "typ": "user"}),
    ):
        with pytest.raises(AssertionError):
            request.execute()
