"""Google Drive as the drive. Paths are names from the folder that the settings name; ``id:…`` names a file by its id."""

from __future__ import annotations

import io
import re
from hashlib import sha256
from itertools import count
from mimetypes import guess_type

from agentlab.tools.drive.folder import MAX_LISTED, missing
from agentlab.tools.drive.permissions import ROLES, Permissions
from agentlab.tools.drive.reading import largest, text_of
from agentlab.tools.failure import ToolFailed
from agentlab.tools.failures import GOOGLE
from agentlab.tools.google import Google
from agentlab.tools.names import numbered, safe_name, split_name
from agentlab.types import JSON

SCOPES = ["https://www.googleapis.com/auth/drive"]
ADVICE = {
    "forbidden": "Share the file or folder with the account of the credentials.",
    "not_found": "drive.list shows what is in the drive.",
}
FOLDER = "application/vnd.google-apps.folder"
DOC, SHEET = "application/vnd.google-apps.document", "application/vnd.google-apps.spreadsheet"
CONVERTED = {".md": ("text/markdown", DOC), ".csv": ("text/csv", SHEET)}
"""What is sent for an ending, and what Google makes of it."""
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_COPIES = {
    DOC: (_WORD, ".docx"),
    SHEET: (_EXCEL, ".xlsx"),
    "application/vnd.google-apps.presentation": (_SLIDES, ".pptx"),
}
"""How Google's own kinds leave the drive."""
_TEXTS = {DOC: ("text/markdown", ".md"), SHEET: (_EXCEL, ".xlsx")}
"""How they are read."""
_FIELDS = "id,name,mimeType,size,modifiedTime,webViewLink,md5Checksum"
_KEY = "agentlab_key"
_CHUNK = 8 * 1024 * 1024
_DEEPEST = 20
_ALL_DRIVES = {"supportsAllDrives": True}


class GoogleDrive:
    """Implements the port ``Storage``. ``folder`` is the id of the folder that everything lies in."""

    backend = "Google Drive"
    failures = GOOGLE

    def __init__(self, google: Google, folder: str = "root") -> None:
        self._google = google
        self._folder = folder

    def entries(self, path: str = "") -> list[JSON]:
        """What lies in a folder: ``{path, kind, bytes, modified, id, url}`` each, by name, and ``shared`` where it is."""
        place = path.strip("/")
        parent = self._find(place, "folder")["id"] if place else self._folder
        permissions = "permissions(emailAddress,role,type)"
        found = self._search(f"'{_quoted(parent)}' in parents", f"{_FIELDS},{permissions}", order="name")
        return [_entry(file, place) for file in found]

    def read_text(self, path: str) -> str:
        """The text of a file; Google's documents as Markdown, its sheets as tables."""
        file = self._find(path, "file")
        kind, ending = _TEXTS.get(file["mimeType"], ("", ""))
        name = f"{file['name']}{ending}"
        return text_of(name, lambda: self._content(file, kind, largest(name)))

    def read_bytes(self, path: str, most: int) -> tuple[str, bytes]:
        """The name of a file and what is in it; Google's own kinds as files of Microsoft Office."""
        file = self._find(path, "file")
        kind, ending = _COPIES.get(file["mimeType"], ("", ""))
        return f"{file['name']}{ending}", self._content(file, kind, most)

    def create(self, title: str, ending: str, content: str | bytes, key: str = "") -> JSON:
        """Make a document or sheet: Google's own of Markdown and CSV, else a file."""
        body = content.encode("utf-8", "replace") if isinstance(content, str) else content
        source, kind = CONVERTED.get(ending, (guess_type(f"x{ending}")[0] or "application/octet-stream", ""))
        return self._made(safe_name(title, "" if kind else ending), title, source, kind, body, key)

    def put(self, name: str, content: bytes, key: str = "") -> JSON:
        """Make a file of any kind, as it is."""
        kind = guess_type(name)[0] or "application/octet-stream"
        return self._made(safe_name(*split_name(name)), name, kind, "", content, key)

    def share(self, path: str, people: list[str], role: str, key: str = "") -> JSON:
        """Give ``people`` a permission each, without a mail from Google. Who has another role gets this one."""
        file = self._find(path, "file")
        done = Permissions(self._google, file["id"]).give(people, ROLES[role])
        text = f"{', '.join(people)} can now open {path} as {role}; Google sent no mail about it."
        about = {"file": path, "with": people, "role": role, "url": file.get("webViewLink", ""), "access_given": True}
        return {**about, "text": text, "undo": {"file": file["id"], "permissions": done}}

    def unshare(self, undo: JSON) -> JSON:
        """Take permissions that were given back, and give back the roles that were changed. Twice is once."""
        Permissions(self._google, undo["file"]).take_back(undo["permissions"])
        return {"removed": [given["id"] for given in undo["permissions"]]}

    def take_back(self, undo: JSON) -> JSON:
        """Delete a file that was made here, unless somebody has changed it since. Twice is once."""
        files = self._google.service.files()
        now = self._google.unless_gone(
            files.get(fileId=undo["id"], fields="id,name,modifiedTime,md5Checksum", **_ALL_DRIVES)
        )
        if now is None:
            return {"removed": undo["path"]}
        if _state(now) != undo["state"]:
            raise ToolFailed("changed", f"{undo['path']} was changed since it was made; it stays.")
        self._google.unless_gone(files.delete(fileId=undo["id"], **_ALL_DRIVES))
        return {"removed": undo["path"]}

    # --- finding --------------------------------------------------------------------------------------------------

    def _find(self, path: str, kind: str) -> JSON:
        """The file or folder that ``path`` names; of several with one name the one that was changed last."""
        parts = [part for part in path.split("/") if part]
        if not parts or len(parts) > _DEEPEST or len(path) > 4_000:
            raise ToolFailed(
                "not_found", f"{path[:200]!r} names no {kind} in Google Drive. drive.list shows what is there."
            )
        parent, found = self._folder, None
        for number, part in enumerate(parts, 1):
            found = self._named(part, parent, "folder" if number < len(parts) else kind, path)
            parent = found["id"]
        return found or {}

    def _named(self, name: str, parent: str, kind: str, path: str) -> JSON:
        if name.startswith("id:"):
            found: JSON = self._google.run(
                self._google.service.files().get(fileId=name[3:], fields=_FIELDS, **_ALL_DRIVES)
            )
            return found
        sign = "=" if kind == "folder" else "!="
        inside = f"'{_quoted(parent)}' in parents and mimeType {sign} '{FOLDER}'"
        same = self._search(f"name = '{_quoted(name)}' and {inside}", _FIELDS, order="modifiedTime desc", most=1)
        for file in same:
            return file
        near = [file["name"] for file in self._search(inside, "name", order="name")]
        raise missing(path, kind, near, "in Google Drive")

    def _search(self, query: str, fields: str, *, order: str, most: int = MAX_LISTED) -> list[JSON]:
        found: list[JSON] = []
        page = None
        while len(found) < most:
            answer = self._google.run(
                self._google.service.files().list(
                    q=f"{query} and trashed = false",
                    fields=f"nextPageToken,files({fields})",
                    orderBy=order,
                    pageSize=min(1_000, most - len(found)),
                    includeItemsFromAllDrives=True,
                    **_ALL_DRIVES,
                    **({"pageToken": page} if page else {}),
                )
            )
            found += answer.get("files", ())
            page = answer.get("nextPageToken")
            if not page:
                break
        return found

    # --- content --------------------------------------------------------------------------------------------------

    def _content(self, file: JSON, export_as: str, most: int) -> bytes:
        from googleapiclient.http import MediaIoBaseDownload

        files = self._google.service.files()
        if export_as:
            request = files.export_media(fileId=file["id"], mimeType=export_as)
        else:
            request = files.get_media(fileId=file["id"], **_ALL_DRIVES)
        request.http = self._google.connection()
        out = io.BytesIO()
        load = MediaIoBaseDownload(out, request, chunksize=_CHUNK)
        done = int(file.get("size", 0)) == 0 and not export_as
        while not done:
            _, done = self._google.guard(load.next_chunk)
            if out.tell() > most:
                break
        if out.tell() > most:
            raise ToolFailed("too_large", f"{file['name']} has more than {most:,} bytes; use a smaller file.")
        return out.getvalue()

    def _made(self, name: str, title: str, source: str, kind: str, content: bytes, key: str) -> JSON:
        from googleapiclient.http import MediaIoBaseUpload

        mark = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:40] if key else ""
        before = (
            self._search(
                f"appProperties has {{ key='{_KEY}' and value='{mark}' }}", _FIELDS, order="createdTime", most=1
            )
            if mark
            else []
        )
        if before:
            return _note(before[0], title, len(content))
        body = {"name": self._free(name), "parents": [self._folder], "mimeType": kind or source}
        request = self._google.service.files().create(
            body=body | ({"appProperties": {_KEY: mark}} if mark else {}),
            media_body=MediaIoBaseUpload(io.BytesIO(content), mimetype=source, chunksize=_CHUNK, resumable=True),
            fields=_FIELDS,
            **_ALL_DRIVES,
        )
        http, made = self._google.connection(), None
        while made is None:
            _, made = self._google.guard(lambda: request.next_chunk(http=http))
        return _note(made, title, len(content))

    def _free(self, name: str) -> str:
        stem, ending = split_name(name)
        alike = self._search(
            f"name contains '{_quoted(stem[:100])}' and '{_quoted(self._folder)}' in parents", "name", order="name"
        )
        taken = {file["name"] for file in alike}
        return next(free for n in count(1) if (free := numbered(name, n) if ending else _counted(name, n)) not in taken)


def _quoted(text: str) -> str:
    return re.sub(r"([\\'])", r"\\\1", text)


def _counted(name: str, number: int) -> str:
    return name if number == 1 else f"{name} ({number})"


def _state(file: JSON) -> str:
    """What changes when somebody works on a file: Google's own kinds have no checksum."""
    return str(file.get("md5Checksum") or file.get("modifiedTime"))


def _path_of(file: JSON) -> str:
    return f"id:{file['id']}" if "/" in file["name"] or file["name"].startswith("id:") else str(file["name"])


def _note(file: JSON, title: str, size: int) -> JSON:
    path = _path_of(file)
    about = {"path": path, "title": title, "bytes": size, "id": file["id"], "url": file.get("webViewLink", "")}
    return {**about, "undo": {"id": file["id"], "path": path, "state": _state(file)}}


def _entry(file: JSON, folder: str) -> JSON:
    path = _path_of(file)
    entry: JSON = {
        "path": f"{folder}/{path}" if folder and not path.startswith("id:") else path,
        "kind": "folder" if file["mimeType"] == FOLDER else "file",
        "bytes": int(file.get("size", 0)),
        "modified": file.get("modifiedTime", ""),
        "id": file["id"],
        "url": file.get("webViewLink", ""),
    }
    others = [it for it in file.get("permissions", ()) if it.get("role") != "owner" and it.get("emailAddress")]
    names = {theirs: ours for ours, theirs in ROLES.items()}
    shared = [{"with": [it["emailAddress"]], "role": names.get(it["role"], it["role"])} for it in others]
    return entry | ({"shared": shared} if shared else {})
