"""Word and Excel files: what goes in comes out, and nothing in them runs or fills the memory."""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlab.tools.drive.from_excel import to_markdown as excel_text
from agentlab.tools.drive.from_word import to_markdown as word_text
from agentlab.tools.drive.to_excel import to_xlsx
from agentlab.tools.drive.to_word import to_docx

CORPORA = Path(os.environ.get("AGENTLAB_CORPORA", "corpora-that-are-not-here"))
FORMULAS = json.loads(path.read_text()) if (path := CORPORA / "csv_formula.json").is_file() else []

MARKDOWN = """# Ocean

Warm **water** and *salt*, see [the report](https://example.org/r) or `code`.

## Findings

- first
- second
   - inner

1. one
2. two

| place | cm |
|---|---|
| North | **40** |
| a \\| b | 2 |

> said

```
x = 1
```"""


def package(**parts: bytes) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


def test_markdown_becomes_words_own(call, drive) -> None:
    made = call("drive.createDoc", title="Ocean", content=MARKDOWN, format="docx").data

    assert made["path"] == "Ocean.docx"
    document = docx.Document(str(drive / "Ocean.docx"))
    styles = {paragraph.text: paragraph.style.name for paragraph in document.paragraphs}
    assert styles["Ocean"] == "Heading 1"
    assert styles["Findings"] == "Heading 2"
    assert (styles["second"], styles["inner"], styles["two"]) == ("List Bullet", "List Bullet 2", "List Number")
    assert styles["said"] == "Quote"
    (link,) = [link for paragraph in document.paragraphs for link in paragraph.hyperlinks]
    assert (link.text, link.address) == ("the report", "https://example.org/r")
    assert [run.text for run in document.paragraphs[1].runs if run.bold] == ["water"]
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows] == [
        ["place", "cm"],
        ["North", "40"],
        ["a | b", "2"],
    ]


def test_every_numbered_list_counts_from_its_own_start() -> None:
    document = docx.Document(io.BytesIO(to_docx("1. a\n2. b\n\ntext\n\n5. c\n6. d")))
    numbers = [p._p.pPr.numPr.numId.val for p in document.paragraphs if p.style.name == "List Number"]
    starts = {
        number.numId: number.find(".//" + docx.oxml.ns.qn("w:startOverride")).get(docx.oxml.ns.qn("w:val"))
        for number in document.part.numbering_part.element.num_lst
        if number.numId in numbers
    }

    assert numbers[0] == numbers[1] != numbers[2] == numbers[3]
    assert [starts[number] for number in dict.fromkeys(numbers)] == ["1", "5"]


def test_a_word_document_is_read_as_markdown(call, drive) -> None:
    call("drive.createDoc", title="Ocean", content=MARKDOWN, format="docx")

    text = word_text((drive / "Ocean.docx").read_bytes())

    assert text.startswith(
        "# Ocean\n\nWarm **water** and salt, see [the report](https://example.org/r) or code.\n\n## F"
    )
    assert "- first\n- second\n   - inner" in text
    assert "| place | cm |\n| --- | --- |\n| North | 40 |\n| a \\| b | 2 |" in text.replace("**", "")
    assert call("ai.summarize", file="Ocean.docx").success


@pytest.mark.parametrize("bad", ["<b>x</b><script>1</script>", "[x](javascript:alert(1))", "[x](file:///etc/passwd)"])
def test_markup_stays_text_and_links_lead_to_the_web(bad) -> None:
    document = docx.Document(io.BytesIO(to_docx(bad)))

    assert [link for paragraph in document.paragraphs for link in paragraph.hyperlinks] == []
    assert document.paragraphs[0].text == bad


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_makes_a_document_that_opens(text) -> None:
    docx.Document(io.BytesIO(to_docx(text, text)))


def test_numbers_stay_numbers_and_tables_become_sheets(call, drive) -> None:
    tables = [[{"a": 1, "b": 2.5}, {"a": "12", "b": "-3.25"}], [["x", True], [None, "007"]]]

    made = call("drive.createSheet", title="T", rows=tables, format="xlsx").data

    book = openpyxl.load_workbook(drive / "T.xlsx")
    assert (made["path"], made["rows"]) == ("T.xlsx", 4)
    assert book.sheetnames == ["Table 1", "Table 2"]
    assert list(book["Table 1"].values) == [("a", "b"), (1, 2.5), (12, -3.25)]
    assert list(book["Table 2"].values) == [("x", True), (None, "007")]
    assert book["Table 1"]["A1"].font.bold


@pytest.mark.parametrize("value", [10**15, 2**70, "1e5", "1,234", "0012", "12345678901234567890"])
def test_what_excel_would_round_or_change_stays_text(value) -> None:
    body, _ = to_xlsx([[value]])

    assert openpyxl.load_workbook(io.BytesIO(body)).active["A1"].value == str(value)


def test_no_text_becomes_a_formula(call, drive) -> None:
    attacks = [entry["payload"] for entry in FORMULAS] or [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "  =x",
        "\t=x",
    ]

    call("drive.createSheet", title="T", rows=[[attack] for attack in attacks], format="xlsx")

    sheet = openpyxl.load_workbook(drive / "T.xlsx").active
    assert sheet.max_row == len(attacks)
    for (cell,), attack in zip(sheet.rows, attacks, strict=True):
        risky = attack.lstrip().startswith(("=", "+", "-", "@"))
        assert (cell.data_type, bool(cell.quotePrefix)) == ("s", risky), attack
    with zipfile.ZipFile(drive / "T.xlsx") as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40)), max_size=4)
    )
)
@settings(max_examples=60, deadline=None)
def test_any_cells_make_a_workbook_that_opens_and_reads(rows) -> None:
    body, written = to_xlsx(rows)

    openpyxl.load_workbook(io.BytesIO(body))
    excel_text(body)
    assert written == len([row for row in rows if row])


def test_a_sheet_that_excel_cannot_hold_is_refused(call) -> None:
    assert call("drive.createSheet", title="T", rows=[["x" * 32_768]], format="xlsx").error.kind == "too_large"
    assert call("drive.createSheet", title="T", rows=[list(range(16_385))], format="xlsx").error.kind == "too_large"
    assert call("drive.createDoc", title="T", content="x" * 2_000_001, format="docx").error.kind == "too_large"


def test_a_workbook_is_read_as_tables(call, drive) -> None:
    call("drive.createSheet", title="T", rows=[[{"city": "Oslo", "cm": 40}], [{"b": "x|y"}]], format="xlsx")

    text = excel_text((drive / "T.xlsx").read_bytes())

    assert (
        text == "## Table 1\n\n| city | cm |\n| --- | --- |\n| Oslo | 40 |\n\n## Table 2\n\n| b |\n| --- |\n| x\\|y |"
    )
    call(
        "drive.createSheet", title="One", rows=[{"city": "Oslo", "cm": 40}, {"city": "Rome", "cm": 2.5}], format="xlsx"
    )
    assert call("ai.extract", file="One.xlsx", fields=["city", "cm"]).data["rows"] == [["Oslo", "40"], ["Rome", "2.5"]]


def test_a_workbook_with_millions_of_cells_is_read_to_a_point() -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "start"
    book.active["XFD1048576"] = "end"
    out = io.BytesIO()
    book.save(out)

    text = excel_text(out.getvalue())

    assert text.startswith("| start |")
    assert text.endswith("the rest is left out …")


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.docx", b"no zip", "garbled"),
        ("a.xlsx", b"", "garbled"),
        ("a.docx", package(other=b"x"), "garbled"),
        ("a.xlsx", package(xl__workbook_xml=b"<x/>"), "garbled"),
        ("a.docx", package(word__document_xml=LAUGHS), "garbled"),
        ("a.xlsx", package(xl__workbook_xml=LAUGHS.decode().encode("utf-16")), "garbled"),
        ("a.xlsx", package(xl__workbook_xml=b" " * 60_000_000), "too_large"),
        ("a.docx", package(**{f"p{n}": b"" for n in range(2_001)}), "too_large"),
        ("a.pdf", b"%PDF", "garbled"),
        ("a.png", b"\x89PNG", "not_text"),
        ("a.docx", to_docx("x")[:-40], "garbled"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_damaged_and_hostile_files_are_typed_failures(call, drive, name, content, kind) -> None:
    (drive / name).write_bytes(content)

    error = call("ai.summarize", file=name).error

    assert error.kind == kind
    assert name in error.message


@pytest.mark.parametrize(("name", "part"), [("a.docx", "word/document.xml"), ("a.xlsx", "xl/workbook.xml")])
def test_a_whole_document_that_defines_entities_is_refused(call, drive, name, part) -> None:
    good, out = io.BytesIO(to_docx("x") if name == "a.docx" else to_xlsx([[1]])[0]), io.BytesIO()
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.namelist():
            body = old.read(item)
            if item == part:
                start = body.index(b"?>") + 2 if body.startswith(b"<?xml") else 0
                body = body[:start] + b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + body[start:]
            new.writestr(item, body)
    (drive / name).write_bytes(out.getvalue())

    error = call("ai.summarize", file=name).error

    assert (error.kind, "defines entities" in error.message) == ("garbled", True)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("drive.createDoc", {"title": "T", "content": "x", "format": "docx"}),
        ("drive.createSheet", {"title": "T", "rows": [[1]], "format": "xlsx"}),
        ("ai.summarize", {"file": "a.docx"}),
        ("ai.summarize", {"file": "a.xlsx"}),
    ],
)
def test_a_missing_package_is_named_with_its_extra(call, drive, monkeypatch, name, args) -> None:
    (drive / "a.docx").write_bytes(to_docx("x"))
    (drive / "a.xlsx").write_bytes(to_xlsx([[1]])[0])
    for module in [
        found for found in sys.modules if found.startswith(("agentlab.tools.drive.to_", "agentlab.tools.drive.from_"))
    ]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "docx", None)
    monkeypatch.setitem(sys.modules, "openpyxl", None)

    error = call(name, **args).error

    assert error.kind == "not_installed"
    assert "agentlab-bench[office]" in error.message
