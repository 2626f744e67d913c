"""Packed bodies, odd charsets, files sent and files saved."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from agentlab.settings import Settings
from agentlab.tools.drive import Drive
from agentlab.tools.failure import ToolFailed
from agentlab.tools.unpack import unpack

TEXT = "Grüße aus dem Süden. " * 20


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("GZIP", lambda body: gzip.compress(body[:50]) + gzip.compress(body[50:])),
        ("gzip", lambda body: gzip.compress(body) + b"\0" * 16),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("identity", bytes),
        ("deflate, gzip", lambda body: gzip.compress(zlib.compress(body))),
    ],
)
def test_packed_bodies_are_unpacked(site, call, name, pack) -> None:
    url = site.page("/x", pack(TEXT.encode()), Content_Type="text/plain; charset=utf-8", Content_Encoding=name)

    page = call("http.get", url=url).data

    assert (page["text"], page["bytes"]) == (TEXT.strip(), len(TEXT.encode()))
    assert site.asked[0]["headers"]["Accept-Encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("gzip", b"no gzip"),
        ("gzip", gzip.compress(b"x" * 100, mtime=0)[:-12]),
        ("br", b"x"),
        ("zstd", b"x"),
        ("gzip, gzip, gzip, gzip", b"x"),
    ],
)
def test_what_cannot_be_unpacked_is_said_so(site, call, name, body) -> None:
    assert call("http.get", url=site.page("/x", body, Content_Encoding=name)).error.kind == "garbled"


def test_a_bomb_is_refused_before_it_fills_the_memory(site, call) -> None:
    packed = gzip.compress(b"\0" * 10_000_000)
    url = site.page("/bomb", packed, Content_Type="text/plain", Content_Encoding="gzip")
    assert len(packed) < 20_000
    tracemalloc.start()

    error = call("http.get", url=url).error

    assert error.kind == "too_large"
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_bomb_inside_a_bomb_is_refused_too() -> None:
    with pytest.raises(ToolFailed) as failed:
        unpack(gzip.compress(gzip.compress(b"\0" * 50_000_000)), "gzip, gzip", 100_000, "http://x/")

    assert failed.value.error.kind == "too_large"


def test_a_body_of_exactly_the_limit_is_taken(site, call) -> None:
    url = site.page("/x", gzip.compress(b"x" * 20_000), Content_Type="text/plain", Content_Encoding="gzip")

    assert call("http.get", url=url).data["bytes"] == 20_000


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("Grüße “x”".encode("cp1252"), "text/plain; charset=ISO-8859-1", "Grüße “x”"),
        ("Grüße".encode("utf-16"), "text/plain; charset=utf-8", "Grüße"),
        ('<?xml version="1.0" encoding="koi8-r"?><a>Привет</a>'.encode("koi8-r"), "application/xml", "Привет"),
        ("Grüße".encode(), "text/plain; charset=hex", "Grüße"),
        ("Grüße".encode(), "text/plain; charset=undefined", "Grüße"),
        ("Grüße".encode(), 'text/plain; charset="no such"', "Grüße"),
        ("日本".encode("shift_jis"), "text/plain; charset=Shift_JIS", "日本"),
    ],
)
def test_texts_are_read_by_their_charset(site, call, body, kind, text) -> None:
    assert text in call("http.get", url=site.page("/x", body, Content_Type=kind)).data["text"]


def test_files_of_the_drive_are_sent_as_a_form(site, call, drive) -> None:
    (drive / "notes.txt").write_text("line")
    (drive / "ü.png").write_bytes(b"\x89PNG\0")
    site.page("/in", "ok", Content_Type="text/plain")

    result = call("http.post", url=site.url("/in"), form={"to": "a b"}, files={"doc": "notes.txt", "pic": "ü.png"})

    assert result.success, result.error
    sent = site.asked[0]
    assert sent["headers"]["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="to"\r\n\r\na b\r\n' in sent["body"]
    assert b'name="doc"; filename="notes.txt"\r\nContent-Type: text/plain\r\n\r\nline\r\n' in sent["body"]
    assert b"Content-Type: image/png\r\n\r\n\x89PNG\0\r\n" in sent["body"]


@pytest.mark.parametrize(
    ("args", "kind"),
    [
        ({"files": {"a": "../secret"}}, "outside"),
        ({"files": {"a": "nowhere.txt"}}, "not_found"),
        ({"files": {"a": "x.txt"}, "json": {}}, "invalid_arguments"),
        ({"files": {"a": "x.txt"}, "text": "t"}, "invalid_arguments"),
        ({"files": {str(n): "x.txt" for n in range(21)}}, "invalid_arguments"),
    ],
)
def test_files_that_cannot_be_sent_send_nothing(site, call, drive, args, kind) -> None:
    (drive / "x.txt").write_text("x")

    assert call("http.post", url=site.page("/in", "ok"), **args).error.kind == kind
    assert site.asked == []


def test_files_are_limited_all_together(site, caller, tmp_path) -> None:
    call = caller(Settings(home=tmp_path, egress_allow=f"127.0.0.1:{site.port}", upload_max_bytes=100))
    for name in ("a.txt", "b.txt"):
        (tmp_path / "drive" / name).write_text("x" * 60)

    assert call("http.post", url=site.page("/in", "ok"), files={"a": "a.txt"}).success
    assert call("http.post", url=site.page("/in", "ok"), files={"a": "a.txt", "b": "b.txt"}).error.kind == "too_large"


def test_a_file_is_saved_in_the_drive_and_taken_back(site, call, drive) -> None:
    url = site.page("/logo.png", b"\x89PNG\0" * 10_000, Content_Type="image/png")

    result = call("http.get", key="run_1:a", url=url, save_as="../Logo: new.png")
    again = call("http.get", key="run_1:a", url=url, save_as="../Logo: new.png")

    assert result.data["path"] == "Logo- new.png"
    assert again.data["path"] == result.data["path"]
    assert (drive / result.data["path"]).read_bytes() == b"\x89PNG\0" * 10_000
    assert (result.data["bytes"], result.data["content_type"], result.data["text"]) == (50_000, "image/png", "")
    assert result.undo["path"] == result.data["path"]
    assert Drive(drive).take_back(result.undo)
    assert not (drive / result.data["path"]).exists()


def test_nothing_is_saved_of_a_page_that_is_not_there(site, call, drive) -> None:
    assert call("http.get", url=site.url("/gone"), save_as="x.txt").error.kind == "not_found"
    assert list(drive.iterdir()) == []
