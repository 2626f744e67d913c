"""Nothing the browser does reaches an address that was not checked: a hostile page against a port that counts knocks."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import time

import httpx
import pytest

from agentlab.tools.browser.gate import Gate
from agentlab.tools.browser.proxy import Proxy
from agentlab.tools.egress import Egress

LOOPBACKS = ("127.0.0.1", "[::1]", "0x7f000001", "2130706433", "0177.0.0.1", "127.1", "localhost", "[::ffff:127.0.0.1]")
TRICKS = """<!doctype html><title>Innocent</title><h1>Nothing to see here, really.</h1>
<link rel=prefetch href="http://127.0.0.1:{port}/prefetch"><link rel=preconnect href="http://127.0.0.1:{port}">
<link rel=dns-prefetch href="//localhost:{port}"><link rel=stylesheet href="http://127.0.0.1:{port}/style.css">
<link rel=icon href="http://127.0.0.1:{port}/icon.png"><img src="http://127.0.0.1:{port}/picture.png">
<iframe src="http://127.0.0.1:{port}/frame"></iframe><iframe src="file:///etc/passwd"></iframe>
<iframe src="data:text/html,<img src=http://127.0.0.1:{port}/data>"></iframe>
<iframe src="http://127.0.0.1:{own}/away"></iframe><iframe name=target></iframe><embed src="http://127.0.0.1:{port}/embed">
<object data="http://127.0.0.1:{port}/object"></object><video src="http://127.0.0.1:{port}/video"></video>
<form id=f action="http://127.0.0.1:{port}/form" method=post target=target><input name=a></form>
<a id=ping href="#" ping="http://127.0.0.1:{port}/ping">x</a>
<script src="http://127.0.0.1:{port}/script.js"></script><script>
const tries = {hosts};
for (const host of tries) {{
  fetch(`http://${{host}}:{port}/`, {{mode: "no-cors"}}).catch(() => 0);
  fetch(`https://${{host}}:{port}/`, {{mode: "no-cors"}}).catch(() => 0);
  new Image().src = `http://${{host}}:{port}/image`;
  try {{ new WebSocket(`ws://${{host}}:{port}/`); new WebSocket(`wss://${{host}}:{port}/`); }} catch (e) {{}}
}}
fetch("http://169.254.169.254/latest/meta-data/", {{mode: "no-cors"}}).catch(() => 0);
fetch("/away").catch(() => 0);
fetch("file:///etc/passwd").catch(() => 0);
new EventSource("http://127.0.0.1:{port}/events");
navigator.sendBeacon("http://127.0.0.1:{port}/beacon", "x");
document.getElementById("f").submit(); document.getElementById("ping").click();
window.open("http://127.0.0.1:{port}/window"); window.open("file:///etc/passwd");
const code = `fetch("http://127.0.0.1:{port}/worker", {{mode: "no-cors"}}).catch(() => 0);`;
new Worker(URL.createObjectURL(new Blob([code])));
try {{ navigator.serviceWorker.register("/worker.js"); }} catch (e) {{}}
try {{ const peer = new RTCPeerConnection({{iceServers: [{{urls: "stun:127.0.0.1:{port}"}},
  {{urls: "turn:127.0.0.1:{port}?transport=tcp", username: "a", credential: "b"}}]}});
  peer.createDataChannel("x"); peer.createOffer().then(offer => peer.setLocalDescription(offer)); }} catch (e) {{}}
try {{ new WebTransport("https://127.0.0.1:{port}/"); }} catch (e) {{}}
</script>"""


def test_a_hostile_page_reaches_nobody(site, lab, canary) -> None:
    site.page("/worker.js", f"fetch('http://127.0.0.1:{canary.port}/service')", Content_Type="text/javascript")
    site.page("/away", status=302, Location=f"http://127.0.0.1:{canary.port}/redirected")
    url = site.page("/tricks", TRICKS.format(port=canary.port, own=site.port, hosts=list(LOOPBACKS)))

    page = lab.data("navigate", url=url)
    time.sleep(1.0)
    after = lab.data("click", selector="h1")

    assert canary.knocks == []
    assert page["title"] == "Innocent"
    assert "root:" not in page["text"]
    assert {"127.0.0.1"} <= set(page["blocked"]) | set(after["blocked"])
    assert not any(it["path"] == "/worker.js" for it in site.asked)


def test_the_canary_sings(canary) -> None:
    with socket.create_connection(("127.0.0.1", canary.port)), socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.sendto(b"x", ("127.0.0.1", canary.port))
        time.sleep(0.2)

    assert sorted(canary.knocks) == ["tcp 127.0.0.1", "udp 127.0.0.1"]


@pytest.mark.parametrize("host", [*LOOPBACKS, "169.254.169.254", "[fd00:ec2::254]", "10.0.0.1"])
def test_private_addresses_are_not_opened_however_they_are_spelled(lab, canary, host) -> None:
    kind, message, options = lab.fails("navigate", url=f"http://{host}:{canary.port}/")

    assert (kind, canary.knocks) == ("invalid_url" if host.startswith("0177") else "blocked", [])
    assert options in (("change_arguments", "ask"), ("change_arguments",))
    assert host in message or host.strip("[]") in message


@pytest.mark.parametrize("url", ["file:///etc/passwd", "chrome://version", "data:text/html,x", "javascript:alert(1)"])
def test_other_schemes_are_not_opened(lab, url) -> None:
    assert lab.fails("navigate", url=url)[0] == "invalid_url"


@pytest.mark.parametrize(
    "body",
    [
        "<meta http-equiv=refresh content='0;url={there}'><p>x</p>",
        "<script>location.href = '{there}'</script>",
        "<script>location.href = 'https://127.0.0.1:{port}/'</script>",
    ],
)
def test_a_page_that_moves_on_to_a_private_address_is_blocked(site, lab, canary, body) -> None:
    there = f"http://127.0.0.1:{canary.port}/"
    result = lab.call("navigate", url=site.page("/move", body.format(there=there, port=canary.port)))
    # It may move on just after it was read: then the next step finds out.
    later = result if result.error else lab.call("click", selector="body")

    assert canary.knocks == []
    assert (result.error or later.error or result.data["blocked"]) or later.data["blocked"]


def test_a_redirect_to_a_private_address_is_blocked(site, lab, canary) -> None:
    url = site.page("/r", status=302, Location=f"http://127.0.0.1:{canary.port}/")

    kind, message, options = lab.fails("navigate", url=url)

    assert (kind, options, canary.knocks) == ("blocked", ("change_arguments", "ask"), [])
    assert f"AGENTLAB_EGRESS_ALLOW=127.0.0.1:{canary.port}" in message


def test_a_link_to_a_private_address_is_blocked(site, lab, canary) -> None:
    lab.data(
        "navigate", url=site.page("/l", f"<a href='http://127.0.0.1:{canary.port}/'>Go there at your own risk</a>")
    )

    assert lab.fails("click", selector="a")[0] == "blocked"
    assert canary.knocks == []


def test_what_a_blocked_page_offers_works_once_it_is_allowed(site, own) -> None:
    refused = own(egress_allow="").fails("navigate", url=site.page("/x", "<title>X</title>"))
    entry = refused[1].split("AGENTLAB_EGRESS_ALLOW=")[1].split(" ")[0]

    assert own(egress_allow=entry).data("navigate", url=site.url("/x"))["title"] == "X"


def test_a_name_that_leads_elsewhere_a_moment_later_gains_nothing(site, own, canary, monkeypatch) -> None:
    asked: list[str] = []
    tried: set[str] = set()
    connect = asyncio.open_connection

    async def resolve(host: str, port: int) -> list[str]:
        if host == "site.test":
            return ["127.0.0.1"]
        asked.append(host)
        return ["8.8.8.8"] if len(asked) % 2 else ["127.0.0.1"]

    async def nearby(host: str, *args, **more):
        tried.add(host)
        if host != "127.0.0.1":
            raise OSError("the tests stay on this machine")
        return await connect(host, *args, **more)

    monkeypatch.setattr(asyncio, "open_connection", nearby)
    lab = own(egress_allow=f"site.test:{site.port}", resolve=resolve)
    tries = f"for (let i = 0; i < 20; i++) fetch('http://rebind.test:{canary.port}/' + i).catch(() => 0)"
    url = site.page("/rebind", f"<p>A page that asks a strange host again and again.</p><script>{tries}</script>")

    page = lab.data("navigate", url=url.replace("127.0.0.1", "site.test"))
    after = lab.data("click", selector="p")

    assert asked.count("rebind.test") > 2
    assert "8.8.8.8" in tried
    assert canary.knocks == []
    assert (page["blocked"] or after["blocked"]) == ["rebind.test"]


def test_a_run_reaches_its_own_domains_only(site, own) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    hosts = ("www.shop.test", "evil.test", "shop.test")
    lab = own(egress_allow=",".join(f"{host}:{site.port}" for host in hosts), resolve=resolve)
    site.page("/pixel.png", b"x", Content_Type="image/png")
    site.page("/p", f"<p>A page of the shop, with a pixel.</p><img src='{site.url('/pixel.png', 'evil.test')}'>")

    narrow = lab.data("navigate", url=site.url("/p", "www.shop.test"), domains=("*.shop.test",))
    pixels = [it["path"] for it in site.asked if it["path"] == "/pixel.png"]
    refused = lab.fails("navigate", url=site.url("/p", "evil.test"), domains=("*.shop.test",))
    top = lab.fails("navigate", url=site.url("/p", "shop.test"), domains=("*.shop.test",))
    wide = lab.data("navigate", url=site.url("/p", "www.shop.test"), run="run_wide")

    assert (narrow["blocked"], pixels) == (["evil.test"], [])
    assert [refused[0], top[0]] == ["blocked", "blocked"]
    assert "*.shop.test" in refused[1]
    assert wide["blocked"] == []
    assert [it["path"] for it in site.asked if it["path"] == "/pixel.png"] == ["/pixel.png"]


def test_the_proxy_serves_nobody_without_the_credential(site, lab) -> None:
    lab.data("navigate", url=site.page("/x", "<title>X</title>"))
    proxy = f"127.0.0.1:{lab.browsers._proxy.port}"
    asked = len(site.asked)

    answers = [
        httpx.get(site.url("/x"), proxy=f"http://{credential}{proxy}", trust_env=False).status_code
        for credential in ("", "someone:secret@", f"{next(iter(lab.browsers._proxy._gates))}:wrong@")
    ]
    with socket.create_connection(("127.0.0.1", lab.browsers._proxy.port)) as raw:
        raw.sendall(f"CONNECT 127.0.0.1:{site.port} HTTP/1.1\r\n\r\n".encode())
        tunnel = raw.recv(100)

    assert answers == [407, 407, 407]
    assert tunnel.startswith(b"HTTP/1.1 407")
    assert len(site.asked) == asked


def test_one_connection_to_the_proxy_carries_one_request() -> None:
    """Even where the server would read on: what follows the first request is never sent to it."""
    heard = bytearray()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                while chunk := await reader.read(1_000):
                    heard.extend(chunk)
        writer.close()

    async def ask() -> bytes:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port, proxy = server.sockets[0].getsockname()[1], Proxy()
        gate = Gate(Egress(f"127.0.0.1:{port}"), 1_000)
        proxy.admit(gate)
        await proxy.start()
        code = base64.b64encode(f"{gate.name}:{gate.secret}".encode()).decode()
        head = f"GET http://127.0.0.1:{port}/first HTTP/1.1\r\nHost: evil\r\nProxy-Authorization: Basic {code}\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write((head + head.replace("first", "second")).encode())
        said = await reader.read()
        writer.close()
        await proxy.close()
        server.close()
        return said

    said = asyncio.run(ask())

    assert said.count(b"HTTP/1.1 200") == 1
    assert b"Connection: close" in said
    assert heard.startswith(b"GET /first HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"second" not in heard
    assert b"Proxy-Authorization" not in heard
    assert b"evil" not in heard


def test_websockets_reach_what_is_allowed(lab, site) -> None:
    """The same way out, so that what the hostile page cannot do is not merely broken."""
    socket_page = f"<p id=p>waiting for the socket to say something</p><script>new WebSocket('ws://127.0.0.1:{site.port}/ws')</script>"
    lab.data("navigate", url=site.page("/w", socket_page))
    end = time.monotonic() + 5
    while time.monotonic() < end and not any(it["path"] == "/ws" for it in site.asked):
        time.sleep(0.05)

    assert any(it["path"] == "/ws" and it["headers"].get("Upgrade") == "websocket" for it in site.asked)


def test_a_site_cannot_pretend_to_be_the_proxy(site, lab) -> None:
    url = site.page("/auth", "no", status=407, Proxy_Authenticate='Basic realm="lab"')

    assert lab.fails("navigate", url=url)[0] == "forbidden"
    assert lab.data("navigate", url=site.page("/fine", "<title>Fine</title>"))["title"] == "Fine"
    assert not any("Proxy-Authorization" in it["headers"] for it in site.asked)


def test_the_guard_works_in_any_loop(lab, site) -> None:
    async def both() -> list[str]:
        context = [lab.context(f"run_x{n}") for n in range(2)]
        tool = lab.tools["browser.navigate"]
        url = site.page("/x", "<title>X</title>")
        results = await asyncio.gather(*(tool.execute({"url": url}, each) for each in context))
        return [result.data["title"] for result in results]

    assert asyncio.run(both()) == ["X", "X"]
