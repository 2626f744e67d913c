"""What may be reached: every address is checked, however it is written and wherever a name leads."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import socket
from pathlib import Path

import httpx
import pytest

from agentlab.tools.addresses import why_private
from agentlab.tools.egress import Egress, read_url
from agentlab.tools.failure import ToolFailed

REFUSED = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0x7f000001/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://0/",
    "http://0.0.0.0:80/",
    "http://127.0.0.1./",
    "http://localhost/",
    "http://localhost./",
    "http://LOCALHOST:8080/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:1::1]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[2606:4700::5efe:a00:1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.100.100.200/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/metadata/",
    "http://192.0.0.192/latest/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://user:pw@example.org/",
    "http://127.1.1.1:80\\@@127.2.2.2:80/",
    "http://①②⑦.⓪.⓪.①/",
    "http://0x41414141A9FEA9FE/",
    "http://8.8.8.010/",
    "http://0x08080808/",
    "http://134744072/",
    "http://0o10.8.8.8/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "javascript:alert(1)",
    "//example.org/",
    "http://",
    "http:///path",
    "http://example.org:99999/",
    "http://example.org:0/",
    "http://exa mple.org/",
    "http://example.org/\r\nHost: inside",
    "",
]

CORPORA = Path(os.environ.get("AGENTLAB_CORPORA", "corpora-that-are-not-here"))
PUBLISHED = json.loads(path.read_text()) if (path := CORPORA / "ssrf.json").is_file() else []


async def hostile(host: str, port: int) -> list[str]:
    """A name server in an attacker's hands: every name leads home. Addresses are read as the system reads them."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return ["127.0.0.1"]
    return [str(address[4][0]) for address in found]


def why_refused(url: str, egress: Egress) -> str:
    try:
        asyncio.run(egress.addresses(read_url(url)))
    except ToolFailed as failed:
        return failed.error.kind
    return ""


def fixed(*addresses: str) -> Egress:
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return Egress(resolve=resolve)


@pytest.mark.parametrize("url", REFUSED)
def test_private_addresses_and_odd_spellings_are_refused(url) -> None:
    assert why_refused(url, Egress(resolve=hostile)) in ("blocked", "invalid_url")


def test_published_attack_strings_are_refused() -> None:
    """Over the published corpus where ``AGENTLAB_CORPORA`` names its folder, over our own spellings elsewhere."""
    attacks = [entry["payload"] for entry in PUBLISHED] or REFUSED

    reached = [url for url in attacks if not why_refused(url, Egress(resolve=hostile))]

    assert reached == []


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_reachable(address) -> None:
    assert why_private(address) == ""
    assert asyncio.run(fixed(address).addresses(httpx.URL("http://example.org/"))) == [address]


def test_every_private_network_is_known() -> None:
    for network in ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                    "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "fc00::/7",
                    "fe80::/10", "ff00::/8", "2001:db8::/32", "2001::/32", "64:ff9b:1::/48"):  # fmt: skip
        inside = ipaddress.ip_network(network)
        for address in (inside[1], inside[-1]):
            assert why_private(str(address)), address


def test_one_private_address_among_public_ones_is_enough() -> None:
    assert why_refused("http://example.org/", fixed("1.1.1.1", "10.0.0.1")) == "blocked"


def test_an_allowed_entry_is_exactly_that_host_and_port() -> None:
    egress = Egress("127.0.0.1:8000, [::1]:8000, wiki.internal:443", resolve=hostile)

    for allowed in (
        "http://127.0.0.1:8000/x",
        "http://[::1]:8000/",
        "https://wiki.internal/",
        "https://WIKI.internal:443/",
    ):
        assert why_refused(allowed, egress) == "", allowed
    for other in ("http://127.0.0.1:8001/", "http://127.0.0.1/", "http://localhost:8000/", "http://2130706433:8000/",
                  "http://127.0.0.1.:8000/", "http://wiki.internal/", "http://evil.wiki.internal:443/"):  # fmt: skip
        assert why_refused(other, egress) == "blocked", other


def test_a_refusal_names_the_entry_that_would_allow_it() -> None:
    with pytest.raises(ToolFailed, match=r"AGENTLAB_EGRESS_ALLOW=10\.0\.0\.1:81 "):
        asyncio.run(Egress().addresses(read_url("http://10.0.0.1:81/")))


def test_an_unknown_host_may_be_tried_again() -> None:
    async def nowhere(host: str, port: int) -> list[str]:
        raise socket.gaierror("unknown")

    with pytest.raises(ToolFailed) as caught:
        asyncio.run(Egress(resolve=nowhere).addresses(read_url("http://nowhere.example/")))
    assert (caught.value.error.kind, caught.value.error.retryable) == ("dns", True)


def test_the_connection_goes_to_the_address_that_was_checked(site) -> None:
    """A name that is resolved once, passes, and would lead elsewhere a moment later."""
    answers = iter([["127.0.0.1"]])

    async def once(host: str, port: int) -> list[str]:
        return next(answers)

    async def fetch() -> httpx.Response:
        async with Egress(f"rebound.example:{site.port}", resolve=once).client(2) as client:
            return await client.get(f"http://rebound.example:{site.port}/x")

    site.page("/x", "hello")
    assert asyncio.run(fetch()).text == "hello"
    assert site.asked[0]["headers"]["Host"] == f"rebound.example:{site.port}"


def test_the_next_address_is_tried_where_the_first_does_not_answer(site) -> None:
    async def two(host: str, port: int) -> list[str]:
        return ["::1", "127.0.0.1"]

    async def fetch() -> httpx.Response:
        async with Egress(f"both.example:{site.port}", resolve=two).client(2) as client:
            return await client.get(f"http://both.example:{site.port}/x")

    site.page("/x", "hello")
    assert asyncio.run(fetch()).text == "hello"


def test_two_names_on_one_address_share_no_connection(site) -> None:
    async def here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async def fetch() -> None:
        allow = f"one.example:{site.port},other.example:{site.port}"
        async with Egress(allow, resolve=here).client(2) as client:
            for name in ("one", "other"):
                await client.get(f"http://{name}.example:{site.port}/x")

    asyncio.run(fetch())
    one, other = site.asked
    assert one["peer"] != other["peer"]


def test_proxies_of_the_environment_are_not_used(site, call, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9/")

    assert call("http.get", url=site.page("/x", "hello")).success
