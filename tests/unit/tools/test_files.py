"""Files into the drive, out of it, and shared: from allowed places only, nothing overwritten, each effect once."""

from __future__ import annotations

import asyncio
import json
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from agentlab.settings import Settings
from agentlab.tools import builtin_tools
from agentlab.tools.drive import Drive
from agentlab.tools.drive.computer import computer_of
from agentlab.tools.drive.folder import read_file
from agentlab.tools.failure import ToolFailed
from agentlab.types import Scope, ToolContext

CORPORA = Path(os.environ.get("AGENTLAB_CORPORA", "corpora-that-are-not-here"))


def corpus(name: str, *own: str) -> list[str]:
    """The published attacks where ``AGENTLAB_CORPORA`` names their folder, else our own."""
    path = CORPORA / f"{name}.json"
    return [entry["payload"] for entry in json.loads(path.read_text())] if path.is_file() else list(own)


NAMES = corpus("archive_entry_names", "./../evil", "C:\\Windows\\evil.txt", "CON", "a" * 300, "x\0y", "aux.txt", "a. ")
PATHS = corpus("path_traversal", "../../{FILE}", "..%2f..%2f{FILE}", "/etc/passwd", "....//{FILE}", "\\\\host\\x")


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A folder of this computer that may be uploaded from."""
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "contract.pdf").write_bytes(b"%PDF-1.7")
    return folder


@pytest.fixture
def here(tmp_path: Path, site, scans, caller):
    """``call`` with that folder allowed."""
    allow = f"127.0.0.1:{site.port}"
    return caller(Settings(home=tmp_path, upload_from=str(scans), egress_allow=allow, upload_max_bytes=50_000))


def undone(tmp_path: Path, name: str, undo: dict, **settings: object):
    tool = builtin_tools(Settings(home=tmp_path, **settings)).get(name)
    return asyncio.run(tool.undo(undo, ToolContext(scope=Scope.of_run("run_1"))))


def inventory(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("path", ["contract.pdf", "./contract.pdf", "{scans}/contract.pdf"])
def test_a_file_of_an_allowed_folder_is_uploaded(here, drive, scans, path) -> None:
    result = here("drive.upload", path=path.format(scans=scans))

    assert result.data["path"] == "contract.pdf"
    assert (drive / "contract.pdf").read_bytes() == b"%PDF-1.7"


def test_a_name_of_ones_own_keeps_the_kind_of_the_file(here) -> None:
    assert here("drive.upload", path="contract.pdf", name="Lease 2026").data["path"] == "Lease 2026.pdf"
    assert here("drive.upload", path="contract.pdf", name="a/b: c.PDF").data["path"] == "a-b- c.PDF"


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "~/.ssh/id_rsa", "../agentlab.db", "{scans}/../x", "~nobody-here/x", "a\0b"]
)
def test_other_places_of_this_computer_are_refused_and_the_way_is_told(here, scans, path) -> None:
    error = here("drive.upload", path=path.format(scans=scans)).error

    assert error.kind == "outside"
    assert "AGENTLAB_UPLOAD_FROM=" in error.message
    assert error.options == ("change_arguments", "ask")


def test_without_allowed_folders_only_files_of_the_drive_are_copied(call, drive) -> None:
    (drive / "a.txt").write_text("a")

    assert call("drive.upload", path="a.txt", name="b.txt").data["path"] == "b.txt"
    assert call("drive.upload", path="/etc/hostname").error.kind == "outside"


def test_whether_a_forbidden_file_is_there_is_not_told(here, tmp_path) -> None:
    (tmp_path / "there.txt").write_text("x")

    there, nowhere = (here("drive.upload", path=f"{tmp_path}/{name}.txt").error for name in ("there", "not-t"))

    assert there.message.replace("there.txt", "") == nowhere.message.replace("not-t.txt", "")


def test_hidden_files_links_outwards_and_pipes_are_not_uploaded(here, scans, tmp_path) -> None:
    (scans / ".env").write_text("KEY=1")
    (tmp_path / "secret.txt").write_text("secret")
    (scans / "link.txt").symlink_to(tmp_path / "secret.txt")
    (scans / "loop").symlink_to(scans / "loop")
    os.mkfifo(scans / "pipe")

    kinds = [here("drive.upload", path=name).error.kind for name in (".env", "link.txt", "loop", "pipe", ".")]

    assert kinds == ["outside", "outside", "outside", "not_found", "not_found"]


def test_a_missing_upload_is_named_with_its_near_misses(here) -> None:
    error = here("drive.upload", path="contrakt.pdf").error

    assert (error.kind, error.options) == ("not_found", ("change_arguments", "skip"))
    assert "Did you mean contract.pdf?" in error.message


def test_a_file_of_the_web_is_uploaded_within_the_limit(here, site, drive) -> None:
    url = site.page("/files/logo.png?size=2", b"\x89PNG\0", Content_Type="image/png")
    big = site.page("/big.bin", b"x" * 50_001)

    result = here("drive.upload", url=url)

    assert (result.data["path"], result.data["source"]) == ("logo.png", url)
    assert (drive / "logo.png").read_bytes() == b"\x89PNG\0"
    assert here("drive.upload", url=big).error.kind == "too_large"
    assert here("drive.upload", url="http://169.254.169.254/latest/").error.kind == "blocked"
    assert here("drive.upload", url=url, path="contract.pdf").error.kind == "invalid_arguments"
    assert inventory(drive) - {".agentlab/lock"} == {"logo.png"}


def test_a_file_that_is_too_large_is_refused(here, scans) -> None:
    (scans / "big.bin").write_bytes(b"x" * 50_001)

    assert here("drive.upload", path="big.bin").error.kind == "too_large"


def test_a_repeated_step_uploads_downloads_and_shares_once(here, drive, tmp_path) -> None:
    for _ in range(2):
        here("drive.upload", key="r:a", path="contract.pdf")
        here("drive.download", key="r:b", file="contract.pdf")
        here("drive.share", key="r:c", file="contract.pdf", **{"with": ["ann@example.org"]})

    assert [path.name for path in drive.glob("[!.]*")] == ["contract.pdf"]
    assert [path.name for path in (tmp_path / "downloads").glob("[!.]*")] == ["contract.pdf"]
    assert len(here("drive.list").data["files"][0]["shared"]) == 1


def test_a_download_overwrites_nothing(call, drive, tmp_path) -> None:
    (drive / "samples").mkdir()
    (drive / "samples" / "a.txt").write_text("new")
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / "A.TXT").write_text("mine")

    data = call("drive.download", file="samples/a.txt").data

    assert data["path"] == str(tmp_path / "downloads" / "a (2).txt")
    assert Path(data["path"]).read_text() == "new"
    assert (tmp_path / "downloads" / "A.TXT").read_text() == "mine"
    assert (data["file"], data["bytes"]) == ("samples/a.txt", 3)


def test_a_download_is_taken_back_unless_it_was_worked_on(call, drive, tmp_path) -> None:
    (drive / "a.txt").write_text("a")
    first, second = (call("drive.download", file="a.txt") for _ in range(2))
    Path(second.data["path"]).write_text("worked on")

    assert undone(tmp_path, "drive.download", first.undo).success
    assert undone(tmp_path, "drive.download", first.undo).success
    assert undone(tmp_path, "drive.download", second.undo).error.kind == "changed"
    assert [path.name for path in (tmp_path / "downloads").glob("[!.]*")] == ["a (2).txt"]


def test_a_share_is_a_record_that_says_so_and_is_taken_back(call, drive, tmp_path) -> None:
    (drive / "plan.md").write_text("x")

    result = call("drive.share", file="plan.md", role="editor", **{"with": ["ann@example.org", "bob@example.org"]})

    assert (result.data["access_given"], result.data["url"]) == (False, "")
    assert "nobody was given access" in result.data["text"]
    listed = call("drive.list").data
    assert listed["files"][0]["shared"] == [{"with": ["ann@example.org", "bob@example.org"], "role": "editor"}]
    assert listed["text"] == "- plan.md (shared with ann@example.org, bob@example.org)"
    assert all(undone(tmp_path, "drive.share", result.undo).success for _ in range(2))
    assert "shared" not in call("drive.list").data["files"][0]


@pytest.mark.parametrize(
    "people", [[], ["ann"], ["a b@example.org"], ["ann@example.org,bob@example.org"], "ann@example.org"]
)
def test_only_addresses_are_shared_with(call, drive, people) -> None:
    (drive / "plan.md").write_text("x")

    assert call("drive.share", file="plan.md", **{"with": people}).error.kind == "invalid_arguments"


def test_published_names_of_files_are_harmless(here, drive, tmp_path) -> None:
    """As names in the drive they make one file right in it; as paths they name nothing outside."""
    before = inventory(tmp_path)

    for name in NAMES:
        result = here("drive.upload", path="contract.pdf", name=name[:500])
        assert result.success, (name, result.error)
        place = drive / result.data["path"]
        assert place.parent == drive
        assert place.is_file()
        assert not place.is_symlink()
        assert len(place.name.encode()) <= 255
        assert unicodedata.is_normalized("NFC", place.name)
        assert not set(place.name) & set('/\\:*?"<>|\0')
        assert not place.stem.endswith((" ", "."))

    inside = {f"drive/{name}" for name in inventory(drive)}
    assert inventory(tmp_path) - before - inside == set()


def refusal(work: Callable[[], object]) -> str:
    """The kind of the failure of ``work``; empty where it did what it was asked to."""
    try:
        work()
    except ToolFailed as failed:
        return failed.error.kind
    return ""


def test_published_paths_read_share_and_download_nothing(here, drive, scans, tmp_path) -> None:
    before = inventory(tmp_path)
    storage, computer = Drive(drive), computer_of(Settings(home=tmp_path, upload_from=str(scans)))

    for attack in [*PATHS, *NAMES]:
        for path in filter(None, (attack.replace("{FILE}", aim) for aim in ("etc/passwd", "scans/contract.pdf"))):
            assert refusal(lambda path=path: storage.read_bytes(path, 100)) in ("outside", "not_found"), path
            assert refusal(lambda path=path: storage.share(path, ["ann@example.org"], "viewer")), path
            kind = refusal(lambda path=path: computer.read(path))
            assert kind in ("outside", "not_found") or (not kind and path.endswith("scans/contract.pdf")), path
    for attack in [*PATHS, *NAMES][::25]:
        assert here("drive.download", file=attack or "..").error.kind in ("outside", "not_found"), attack

    assert {name for name in inventory(tmp_path) - before if not name.startswith("drive/")} == set()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Report", "REPORT"),
        ("Straße", "STRASSE"),
        ("caf\u00e9", "cafe\u0301"),
        ("\u212bngstr\u00f6m", "\u00e5ngstr\u00f6m"),
    ],
)
def test_names_that_are_one_file_on_some_system_get_a_number(tmp_path, first, second) -> None:
    drive = Drive(tmp_path)
    (tmp_path / f"{first}.md").write_text("a")

    assert drive.create(second, ".md", "b")["path"].endswith("(2).md")


@pytest.mark.parametrize(
    "title", ["con", "NUL.tar", "COM¹", "lpt9.x", "CONIN$", "aux .b", "trail. . ", "a" * 400, "ü" * 300]
)
def test_names_that_windows_cannot_have_are_changed(tmp_path, title) -> None:
    name = Drive(tmp_path).create(title, ".md", "b")["path"]

    assert name.partition(".")[0].strip().lower() not in {"con", "nul", "com¹", "lpt9", "conin$", "aux"}
    assert len(name.encode()) <= 255
    assert not name.removesuffix(".md").endswith((".", " "))


def test_a_link_in_the_drive_that_leads_out_is_not_downloaded_nor_sent(here, drive, tmp_path, site) -> None:
    (tmp_path / "secret.md").write_text("secret")
    (drive / "link.md").symlink_to(tmp_path / "secret.md")
    os.mkfifo(drive / "pipe.md")

    assert here("drive.download", file="link.md").error.kind == "outside"
    assert here("drive.download", file="pipe.md").error.kind == "not_found"
    assert here("http.post", url=site.page("/in"), files={"f": "link.md"}).error.kind == "outside"


def test_what_takes_the_place_of_a_checked_file_is_not_followed_nor_waited_for(tmp_path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe")

    assert [refusal(lambda name=name: read_file(tmp_path / name, name, 9)) for name in ("link", "pipe")] == [
        "not_found"
    ] * 2
