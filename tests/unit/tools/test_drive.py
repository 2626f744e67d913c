"""The drive: safe names, no way out, one file for one effect."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlab.tools.drive import Drive
from agentlab.tools.failure import ToolFailed
from agentlab.tools.made import Made
from agentlab.tools.names import LONGEST, inside, safe_name
from agentlab.tools.sheet import to_csv

OUTWARDS = [
    "../x",
    "a/../../x",
    "/etc/passwd",
    "~/x",
    "..\\x",
    "a\0b",
    ".agentlab/lock",
    "a/.hidden",
    "\\\\host\\x",
    "x" * 300,
    "a/" * 600,
]
CORPORA = Path(os.environ.get("AGENTLAB_CORPORA", "corpora-that-are-not-here"))
PUBLISHED = json.loads(path.read_text()) if (path := CORPORA / "path_traversal.json").is_file() else []
FORMULAS = json.loads(path.read_text()) if (path := CORPORA / "csv_formula.json").is_file() else []


def stays_inside(top: Path, path: str) -> bool:
    try:
        found = inside(top, path)
    except ToolFailed as failed:
        return failed.error.kind == "outside"
    return found.is_relative_to(top.resolve())


def test_a_document_is_made_and_listed(call, drive) -> None:
    made = call("drive.createDoc", title="Ocean: findings / 2026", content="# Sea\n\nWärmer.").data

    assert made == {"path": "Ocean- findings - 2026.md", "title": "Ocean: findings / 2026", "bytes": 15}
    assert (drive / made["path"]).read_text() == "# Sea\n\nWärmer."
    (entry,) = call("drive.list").data["files"]
    assert (entry["path"], entry["kind"], entry["bytes"]) == (made["path"], "file", 15)


def test_a_name_that_is_taken_gets_a_number(call, drive) -> None:
    paths = [call("drive.createDoc", title="Note", content=str(n)).data["path"] for n in range(3)]

    assert paths == ["Note.md", "Note (2).md", "Note (3).md"]
    assert [(drive / path).read_text() for path in paths] == ["0", "1", "2"]


def test_the_same_key_makes_one_file(call, drive) -> None:
    first = call("drive.createDoc", key="run_1:save", title="Note", content="x").data
    (drive / "Note.md").write_text("changed by hand")

    second = call("drive.createDoc", key="run_1:save", title="Note", content="x").data

    assert second == first
    assert (drive / "Note.md").read_text() == "changed by hand"
    assert call("drive.createDoc", key="run_2:save", title="Note", content="x").data["path"] == "Note (2).md"


@pytest.mark.parametrize("written", [True, False])
def test_a_crash_between_the_note_and_the_file_is_mended(tmp_path, monkeypatch, written) -> None:
    drive = Drive(tmp_path)
    finish = Drive._finish

    def crash(made: Made, key: str, note: object) -> None:
        if not written:
            (tmp_path / "Note.md").unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr(Drive, "_finish", staticmethod(crash))
    with pytest.raises(KeyboardInterrupt):
        drive.create("Note", ".md", "text", "k")
    monkeypatch.setattr(Drive, "_finish", staticmethod(finish))

    assert drive.create("Note", ".md", "text", "k")["path"] == "Note.md"
    assert [path.name for path in tmp_path.glob("*.md")] == ["Note.md"]
    assert (tmp_path / "Note.md").read_text() == "text"


def test_a_crash_that_lost_its_name_to_another_file_takes_the_next(tmp_path) -> None:
    drive, made = Drive(tmp_path), Made(tmp_path)
    with made.locked():
        made.note("k", {"path": "Note.md", "title": "Note", "bytes": 4, "sha256": "0" * 64, "done": False})
    (tmp_path / "Note.md").write_text("somebody else's")

    assert drive.create("Note", ".md", "text", "k")["path"] == "Note (2).md"
    assert (tmp_path / "Note.md").read_text() == "somebody else's"


def test_processes_side_by_side_never_share_a_name(tmp_path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from agentlab.tools.drive import Drive\n"
        "Path(sys.argv[1], f'ready{sys.argv[2]}').touch()\n"
        "while not Path(sys.argv[1], 'go').exists(): time.sleep(0.001)\n"
        "for n in range(25): Drive(Path(sys.argv[1])).create('Note', '.md', f'{sys.argv[2]} {n}')"
    )
    racing = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path), str(n)]) for n in range(2)]

    while len(list(tmp_path.glob("ready*"))) < 2:
        time.sleep(0.005)
    (tmp_path / "go").touch()

    assert [process.wait(30) for process in racing] == [0, 0]
    assert len({path.read_text() for path in tmp_path.glob("*.md")}) == 50
    assert not list(tmp_path.glob(".part-*"))


def test_folders_are_listed_without_hidden_things(call, drive) -> None:
    (drive / "samples").mkdir()
    (drive / "samples" / "faq.md").write_text("?")
    (drive / ".hidden").write_text("x")

    top, inner = call("drive.list").data, call("drive.list", folder="samples/").data

    assert [(entry["path"], entry["kind"]) for entry in top["files"]] == [("samples", "folder")]
    assert [entry["path"] for entry in inner["files"]] == ["samples/faq.md"]
    assert top["text"] == "- samples/"


@pytest.mark.parametrize("path", OUTWARDS)
def test_no_path_leads_out(path, call) -> None:
    assert call("drive.list", folder=path).error.kind in ("outside", "not_found")
    assert call("ai.summarize", file=path).error.kind == "outside"


def test_no_link_leads_out(call, drive, tmp_path) -> None:
    (tmp_path / "secret.md").write_text("secret")
    (drive / "link.md").symlink_to(tmp_path / "secret.md")
    (drive / "up").symlink_to(tmp_path)

    assert call("ai.summarize", file="link.md").error.kind == "outside"
    assert call("ai.summarize", file="up/secret.md").error.kind == "outside"
    assert call("drive.list", folder="up").error.kind == "outside"


def test_a_missing_file_is_named_with_its_near_misses(call, drive) -> None:
    (drive / "samples").mkdir()
    (drive / "samples" / "ocean-report.md").write_text("sea")

    for wrong in ("ocean-report.md", "samples/ocean-raport.md"):
        error = call("ai.summarize", file=wrong).error
        assert error.kind == "not_found"
        assert "Did you mean samples/ocean-report.md" in error.message


def test_only_text_is_read(call, drive) -> None:
    (drive / "x.png").write_bytes(b"\x89PNG")
    (drive / "big.txt").write_text("x" * 2_000_001)
    (drive / "latin.txt").write_bytes("Grüße aus dem Süden.".encode("latin-1"))

    assert call("ai.summarize", file="x.png").error.kind == "not_text"
    assert call("ai.summarize", file="big.txt").error.kind == "too_large"
    assert call("ai.summarize", file="latin.txt").success


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_a_sheet_is_made_of_lists_objects_and_tables(call, drive) -> None:
    lists = call("drive.createSheet", title="A", columns=["x", "y"], rows=[[1, "a,b"], [2.5, None]]).data
    objects = call("drive.createSheet", title="B", rows=[{"x": 1, "y": "l1\nl2"}, {"y": 2, "z": True}]).data
    tables = call("drive.createSheet", title="C", columns=["x"], rows=[[["a"], ["b"]], [], [["c"]]]).data

    assert read((drive / lists["path"]).read_text()) == [["x", "y"], ["1", "a,b"], ["2.5", ""]]
    assert read((drive / objects["path"]).read_text()) == [["x", "y", "z"], ["1", "l1\nl2", ""], ["", "2", "true"]]
    assert read((drive / tables["path"]).read_text()) == [["x"], ["a"], ["b"], ["c"]]
    assert [made["rows"] for made in (lists, objects, tables)] == [2, 2, 3]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "  =x", "\t=x", "-", "+", "@", "=1"]
)
def test_a_formula_is_made_harmless(cell) -> None:
    (row,) = read(to_csv([[cell]])[0])

    assert row == [f"'{cell}"]


@pytest.mark.parametrize(
    "cell", ["-5", "+3.5", "-1,234.50", "1e-5", "-12 %", "a=b", "ann@example.com", "", "2026-01-01"]
)
def test_numbers_and_plain_texts_stay_as_they_are(cell) -> None:
    assert to_csv([["x", cell]])[0] == f"x,{cell}\n" or f'"{cell}"' in to_csv([["x", cell]])[0]


def test_published_formulas_are_made_harmless() -> None:
    attacks = [entry["payload"] for entry in FORMULAS] or ["=cmd|' /C calc'!'A1'", "    =2+5"]

    for attack in attacks:
        ((cell,),) = read(to_csv([[attack]])[0])
        assert not cell.lstrip().startswith(("=", "+", "-", "@")), attack


def test_published_paths_stay_inside(tmp_path) -> None:
    """Over the published corpus where ``AGENTLAB_CORPORA`` names its folder, over our own spellings elsewhere."""
    for attack in [entry["payload"] for entry in PUBLISHED] or OUTWARDS:
        assert stays_inside(tmp_path, attack)
        assert inside(tmp_path, safe_name(attack, ".md")).parent == tmp_path.resolve()


@given(st.text(max_size=400), st.sampled_from([".md", ".csv"]))
@settings(max_examples=50)
def test_any_title_makes_a_name_that_every_system_takes(title, ending) -> None:
    name = safe_name(title, ending)

    stem = name.removesuffix(ending)
    assert name.endswith(ending)
    assert stem
    assert stem == stem.strip(" .")
    assert len(stem.encode()) <= LONGEST + 5
    assert not set(name) & set('/\\:*?"<>|')
    assert name.isprintable()
    assert stem.lower() not in ("con", "nul", "com1", "lpt9")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("report.md", "report.md"),
        ("CON", "CON-file.md"),
        ("..", "untitled.md"),
        ("a\u202eb", "ab.md"),
        ("Grüße 🌊", "Grüße 🌊.md"),
    ],
)
def test_names_stay_readable(title, name) -> None:
    assert safe_name(title, ".md") == name


@given(st.text(max_size=120))
@settings(max_examples=50)
def test_any_path_stays_inside_or_is_refused(tmp_path_factory, path) -> None:
    assert stays_inside(tmp_path_factory.getbasetemp(), path)
