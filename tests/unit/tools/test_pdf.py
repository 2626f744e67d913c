"""The text of PDF files: pages in their order, within limits, whatever a file does to the one who reads it."""

from __future__ import annotations

import time
import zlib

import pytest
from pdf_files import pdf

from agentlab.tools import pdf as reading
from agentlab.tools.failure import ToolFailed
from agentlab.tools.pdf import pdf_text


def fails(content: bytes) -> tuple[str, str]:
    with pytest.raises(ToolFailed) as failed:
        pdf_text("a.pdf", content)
    return failed.value.error.kind, failed.value.error.message


def test_pages_come_in_their_order_and_what_is_left_out_is_said(monkeypatch) -> None:
    assert pdf_text("a.pdf", pdf("Rent 900 EUR", "Signed")) == "Rent 900 EUR\n\nSigned"

    monkeypatch.setattr(reading, "MAX_PAGES", 2)

    assert pdf_text("a.pdf", pdf("one", "two", "three")) == "one\n\ntwo\n\n[1 of 3 pages are not read.]"


def test_a_password_that_is_not_empty_is_a_failure_of_its_own() -> None:
    kind, message = fails(pdf("Rent", password="right"))

    assert kind == "encrypted"
    assert "password" in message


def test_a_damaged_file_and_one_that_is_too_large(monkeypatch) -> None:
    assert fails(b"%PDF-1.4 nothing")[0] == "garbled"
    assert fails(pdf("Rent")[:200])[0] == "garbled"
    monkeypatch.setattr(reading, "LARGEST_PDF", 100)
    assert fails(pdf("Rent"))[0] == "too_large"


def bomb() -> bytes:
    """A page whose drawing unpacks to two gigabytes."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"\0" * 10_000_000) for _ in range(200)) + packer.flush()
    drawn = zlib.compress(packed)
    start = pdf("")
    filters = b"/Filter [/FlateDecode /FlateDecode] /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn)
    return start.replace(b"/Length 0 >>\nstream\n\nendstream", filters)


def endless() -> bytes:
    """Pages that hold each other."""
    return pdf("x").replace(b"/Type /Pages /Kids [4 0 R] /Count 1", b"/Type /Pages /Kids [2 0 R] /Count 1")


@pytest.mark.parametrize("hostile", [bomb, endless])
def test_a_hostile_file_ends_within_its_limits(hostile, monkeypatch) -> None:
    monkeypatch.setattr(reading, "TIME_S", 8.0)
    began = time.monotonic()

    assert fails(hostile())[0] in ("garbled", "too_large")
    assert time.monotonic() - began < 12


def test_reading_that_takes_too_long_is_ended(tmp_path, monkeypatch) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(60)")
    monkeypatch.setattr(reading, "_WORKER", slow)
    monkeypatch.setattr(reading, "TIME_S", 0.5)

    kind, message = fails(pdf("Rent"))

    assert kind == "too_large"
    assert "0.5 s" in message


def test_the_reader_knows_nothing_of_our_environment(tmp_path, monkeypatch) -> None:
    telling = tmp_path / "telling.py"
    telling.write_text('import json, os\nprint(json.dumps({"text": " ".join(os.environ), "pages": 1, "read": 1}))')
    monkeypatch.setattr(reading, "_WORKER", telling)
    monkeypatch.setenv("AGENTLAB_SMTP_URL", "hush")

    assert "AGENTLAB" not in pdf_text("a.pdf", pdf("Rent"))


def test_every_tool_that_reads_files_reads_them(site, call, drive) -> None:
    (drive / "rent.pdf").write_bytes(pdf("Rent is due on 3 May 2026."))
    (drive / "scan.pdf").write_bytes(pdf(""))
    url = site.page("/rent", pdf("Rent is due on 3 May 2026."), Content_Type="application/octet-stream")

    dates = call("ai.extract", fields=["dates"], file="rent.pdf").data["values"]["dates"]
    copy = call("drive.download", file="rent.pdf")
    fetched = call("http.get", url=url)

    assert dates == ["2026-05-03"]
    assert (copy.data["text"], copy.untrusted) == ("Rent is due on 3 May 2026.", True)
    assert (fetched.data["text"], fetched.data["status"]) == ("Rent is due on 3 May 2026.", 200)
    assert call("ai.summarize", file="scan.pdf").error.kind == "not_text"
    assert call("http.post", url=url).data["text"] == ""


def test_a_copy_of_what_cannot_be_read_is_a_copy_all_the_same(call, drive) -> None:
    (drive / "locked.pdf").write_bytes(pdf("Rent", password="right"))

    copy = call("drive.download", file="locked.pdf")

    assert (copy.success, copy.data["text"], copy.untrusted) == (True, "", False)
