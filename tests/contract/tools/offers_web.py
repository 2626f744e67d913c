"""Scenarios of asking the web without a browser."""

from __future__ import annotations

from typing import Any

from offer_world import FINE, HTTP_MOST, UPLOAD_MOST, Case, World, scenario
from pdf_files import pdf

ASKING = "http.get http.post drive.upload"
HTML = {"Content-Type": "text/html"}
BROTLI_HELLO = b"\x0b\x02\x80hello\x03"
"""The text hello, packed by hand (RFC 7932)."""


def asked(tool: str, url: str, **more: Any) -> dict[str, Any]:
    return {"url": url, **({"json": {"a": 1}} if tool == "http.post" else {}), **more}


def fine(world: World, tool: str) -> dict[str, Any]:
    return asked(tool, world.site.page("/fine", FINE))


@scenario(ASKING, "invalid_url")
def invalid_url(world: World, tool: str) -> Case:
    return Case(args=asked(tool, "htp:/nowhere"), changed=fine(world, tool))


@scenario(ASKING, "blocked")
def blocked(world: World, tool: str) -> Case:
    return Case(args=asked(tool, "http://127.0.0.1:9/"), changed=fine(world, tool))


@scenario(ASKING, "dns")
def dns(world: World, tool: str) -> Case:
    world.site.page("/late", FINE)
    return Case(
        args=asked(tool, world.site.url("/late", "late.test")),
        changed=fine(world, tool),
        mend=lambda: world.hosts.add("late.test"),
    )


@scenario(ASKING, "connect")
def connect(world: World, tool: str) -> Case:
    return Case(args=asked(tool, f"http://127.0.0.1:{world.outside.late_port}/"), mend=world.serve_late)


@scenario(ASKING, "tls")
def tls(world: World, tool: str) -> Case:
    return Case(args=asked(tool, f"https://127.0.0.1:{world.outside.tls_port}/"), changed=fine(world, tool))


@scenario(ASKING, "too_many_redirects")
def too_many_redirects(world: World, tool: str) -> Case:
    for hop in range(8):
        world.site.page(f"/hop{hop}", status=302, Location=f"/hop{hop + 1}")
    target = world.site.page("/hop8", FINE)
    url = world.site.url("/hop0")
    return Case(args=asked(tool, url), changed=asked(tool, target), other=("browser.navigate", {"url": url}))


@scenario(ASKING, "forbidden")
def forbidden(world: World, tool: str) -> Case:
    def answer(headers: Any, body: bytes) -> Any:
        welcome = headers.get("authorization") == "Bearer right" or "Chrome" in headers.get("user-agent", "")
        return (200 if welcome else 403), HTML, FINE.encode()

    world.site.rules["/members"] = answer
    url = world.site.url("/members")
    right = {"headers": {"Authorization": "Bearer right"}}
    changed = fine(world, tool) if tool == "drive.upload" else asked(tool, url, **right)
    return Case(args=asked(tool, url), changed=changed, other=("browser.navigate", {"url": url}))


@scenario(ASKING, "not_found")
def not_found(world: World, tool: str) -> Case:
    return Case(args=asked(tool, world.site.url("/nowhere")), changed=fine(world, tool))


@scenario(ASKING, "rate_limited")
def rate_limited(world: World, tool: str) -> Case:
    url = world.site.page("/busy", "later", status=429, Retry_After="1")
    return Case(args=asked(tool, url), mend=lambda: world.site.page("/busy", FINE))


@scenario(ASKING, "rejected")
def rejected(world: World, tool: str) -> Case:
    def answer(headers: Any, body: bytes) -> Any:
        return (200 if headers.get("x-version") == "2" else 422), HTML, FINE.encode()

    world.site.rules["/picky"] = answer
    url = world.site.url("/picky")
    changed = fine(world, tool) if tool == "drive.upload" else asked(tool, url, headers={"X-Version": "2"})
    return Case(args=asked(tool, url), changed=changed)


@scenario(ASKING, "server_error")
def server_error(world: World, tool: str) -> Case:
    url = world.site.page("/ill", "ill", status=503)
    return Case(args=asked(tool, url), mend=lambda: world.site.page("/ill", FINE))


@scenario(ASKING, "garbled")
def garbled(world: World, tool: str) -> Case:
    def answer(headers: Any, body: bytes) -> Any:
        if headers.get("accept-encoding") == "identity":
            return 200, HTML, b"hello"
        return 200, HTML | {"Content-Encoding": "br"}, BROTLI_HELLO

    world.site.rules["/packed"] = answer
    url = world.site.url("/packed")
    changed = asked(tool, url, headers={"Accept-Encoding": "identity"})
    return Case(
        args=asked(tool, url),
        changed=fine(world, tool) if tool == "drive.upload" else changed,
        other=("browser.navigate", {"url": url}),
    )


@scenario("http.get drive.upload", "too_large")
def too_large(world: World, tool: str) -> Case:
    text = "<p>" + "many words " * ((HTTP_MOST if tool == "http.get" else UPLOAD_MOST) // 10)

    def answer(headers: Any, body: bytes) -> Any:
        part = headers.get("range") == "bytes=0-99"
        return (206 if part else 200), HTML, (text[:100] if part else text).encode()

    world.site.rules["/long"] = answer
    url = world.site.url("/long")
    changed = fine(world, tool) if tool == "drive.upload" else asked(tool, url, headers={"Range": "bytes=0-99"})
    return Case(args=asked(tool, url), changed=changed, other=("browser.extract", {"url": url, "selector": "p"}))


@scenario("http.post", "too_large")
def too_large_to_send(world: World, tool: str) -> Case:
    (world.drive / "big.bin").write_bytes(b"x" * (UPLOAD_MOST + 1))
    url = world.site.page("/take", "taken", Content_Type="text/plain")
    return Case(args={"url": url, "files": {"f": "big.bin"}}, changed={"url": url, "files": {"f": "kept.txt"}})


@scenario("http.post", "outside")
def outside(world: World, tool: str) -> Case:
    url = world.site.page("/take", "taken", Content_Type="text/plain")
    return Case(args={"url": url, "files": {"f": "../x"}}, changed={"url": url, "files": {"f": "kept.txt"}})


@scenario("http.get", "encrypted")
def encrypted(world: World, tool: str) -> Case:
    url = world.site.page("/locked.pdf", pdf("Rent", password="right"), Content_Type="application/pdf")
    return Case(args={"url": url}, changed={"url": url, "save_as": "locked.pdf"})


@scenario("http.get", "not_installed")
def not_installed(world: World, tool: str) -> Case:
    bare = world.home / "worker.py"
    bare.write_text('print(\'{"error": "not_installed"}\')')
    world.patch.setattr("agentlab.tools.pdf._WORKER", bare)
    url = world.site.page("/open.pdf", pdf("Rent"), Content_Type="application/pdf")
    return Case(args={"url": url}, changed={"url": url, "save_as": "open.pdf"})


@scenario("http.get", "changed")
def changed(world: World, tool: str) -> Case:
    url = world.site.page("/file", "text", Content_Type="text/plain")

    def worked_on(made: Any) -> None:
        (world.drive / made.data["path"]).write_text("worked on")

    return Case(args={"url": url, "save_as": "copy.txt"}, taking_back=worked_on)
