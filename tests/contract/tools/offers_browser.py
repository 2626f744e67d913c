"""Scenarios of the browser tools, in real Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offer_world import FINE, Case, World, scenario

OPENING = "browser.navigate browser.extract browser.screenshot"
"""They are told an address."""
HERE = "browser.click browser.waitFor"
"""They work on the page that is open; one that was lost is opened again where it was."""
ALL = f"{OPENING} {HERE}"
SPIN = "<h1>Round and round it goes</h1><script>for (;;) {}</script>"
TRAP = "<p>Do not press, please.</p><button onclick='for (;;) {}'>Go</button>"
SHORT = {"browser.waitFor": {"timeoutS": 0.3}}


def opened(tool: str, url: str) -> dict[str, Any]:
    return {"url": url} | ({"selector": "h1"} if tool == "browser.extract" else {})


def here(tool: str, selector: str = "button") -> dict[str, Any]:
    return {"selector": selector} | SHORT.get(tool, {})


def on_page(world: World, html: str = FINE, path: str = "/here") -> str:
    """A page that is open."""
    url = world.site.page(path, html)
    world.call("browser.navigate", {"url": url}, "run:before")  # brings Chromium up, in whatever time that takes
    world.good("browser.navigate", {"url": url})
    return url


def visiting(world: World, tool: str, url: str, mend: Callable[[], Any] | None = None) -> Case:
    """A visit of ``url`` that fails: by an address, or because the page that was open there was lost."""
    if tool in OPENING.split():
        changed = opened(tool, world.site.page("/fine", FINE))
        return Case(args=opened(tool, url), changed=changed, other=("http.get", {"url": url}), mend=mend)
    return Case(args=here(tool), mend=mend)


def lost(world: World, tool: str, url: str) -> None:
    """Tools without an address have had ``url`` open, and lost it."""
    if tool in HERE.split():
        world.good("browser.navigate", {"url": url})
        world.lose_page()


def page_of_status(status: int, **headers: str) -> Callable[[World, str], Case]:
    def made(world: World, tool: str) -> Case:
        url = world.site.page("/page", FINE)
        lost(world, tool, url)
        world.site.page("/page", "<p>No.</p>", status=status, **headers)
        return visiting(world, tool, url, lambda: world.site.page("/page", FINE))

    return made


scenario(ALL, "forbidden")(page_of_status(403))
scenario(ALL, "not_found")(page_of_status(404))
scenario(ALL, "rejected")(page_of_status(422))
scenario(ALL, "rate_limited")(page_of_status(429))
scenario(ALL, "server_error")(page_of_status(503))
scenario(ALL, "too_many_redirects")(page_of_status(302, Location="/page"))


@scenario(OPENING, "invalid_url")
def invalid_url(world: World, tool: str) -> Case:
    return visiting(world, tool, "htp:/nowhere")


@scenario(ALL, "blocked")
def blocked(world: World, tool: str) -> Case:
    return page_of_status(302, Location="http://127.0.0.1:9/")(world, tool)


@scenario(ALL, "tls")
def tls(world: World, tool: str) -> Case:
    return page_of_status(302, Location=f"https://127.0.0.1:{world.outside.tls_port}/")(world, tool)


@scenario(ALL, "dns")
def dns(world: World, tool: str) -> Case:
    world.site.page("/late", FINE)
    url = world.site.url("/late", "late.test")
    world.hosts.add("late.test")
    lost(world, tool, url)
    world.hosts.clear()
    return visiting(world, tool, url, lambda: world.hosts.add("late.test"))


@scenario(ALL, "connect")
def connect(world: World, tool: str) -> Case:
    url = f"http://127.0.0.1:{world.outside.late_port}/"
    if tool in HERE.split():
        server = world.serve_late()
        lost(world, tool, url)
        server.shutdown()
        server.server_close()
    return visiting(world, tool, url, world.serve_late)


@scenario(ALL, "download")
def download(world: World, tool: str) -> Case:
    headers = {"Content_Type": "text/csv", "Content_Disposition": "attachment; filename=a.csv"}
    url = world.site.page("/page", FINE)
    lost(world, tool, url)
    world.site.page("/page", "a,b\n1,2\n", **headers)
    return visiting(world, tool, url)


@scenario(ALL, "too_large")
def too_large(world: World, tool: str) -> Case:
    url = world.site.page("/page", FINE)
    lost(world, tool, url)
    world.site.page("/long.js", b"//" + b"x" * 4_000_000, Content_Type="text/javascript")
    world.site.page("/page", "<p>A page with a long script.</p><script src=/long.js></script>")
    return visiting(world, tool, url)


@scenario("browser.navigate browser.extract browser.screenshot browser.waitFor", "timeout")
def timeout(world: World, tool: str) -> Case:
    world.with_browser(world.outside.hasty)
    url = world.site.page("/page", FINE)
    world.good("browser.navigate", {"url": url})  # Chromium is up
    if tool in HERE.split():
        world.lose_page()
    world.site.slow["/page"] = 5
    case = visiting(world, tool, url, world.site.slow.clear)
    case.args |= {"timeoutS": 0.5} if tool == "browser.waitFor" else {}
    return case


@scenario("browser.click", "timeout")
def endless_click(world: World, tool: str) -> Case:
    world.with_browser(world.outside.hasty)
    on_page(world, TRAP)
    return Case(args=here(tool))


@scenario("browser.click", "unconfirmed")
def clicked_before(world: World, tool: str) -> Case:
    world.with_browser(world.outside.hasty)
    on_page(world, TRAP)
    case = Case(args=here(tool))
    assert world.call(tool, case.args, case.key).error
    return case


@scenario(ALL, "page_crashed")
def page_crashed(world: World, tool: str) -> Case:
    url = world.site.page("/page", FINE)
    world.good("browser.navigate", {"url": url})
    if tool in HERE.split():
        world.lose_page()
    world.site.slow["/page"] = 3
    world.kill_browser_soon()
    return visiting(world, tool, url, world.site.slow.clear)


@scenario(ALL, "browser_missing")
def browser_missing(world: World, tool: str) -> Case:
    world.own_browser("/nowhere/chromium")
    return visiting(world, tool, world.site.page("/page", FINE))


@scenario(OPENING, "browser_failed")
def browser_failed(world: World, tool: str) -> Case:
    broken = world.home / "chromium"
    broken.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    broken.chmod(0o755)
    world.own_browser(str(broken))

    def mend() -> None:
        broken.write_text('#!/bin/sh\nexec "$(command -v chromium || command -v google-chrome)" "$@"\n')

    return visiting(world, tool, world.site.page("/page", FINE), mend)


@scenario(HERE, "browser_failed")
def browser_failed_later(world: World, tool: str) -> Case:
    case = browser_failed(world, tool)
    start, url = case.mend, world.site.page("/page", FINE)

    def mend() -> None:
        assert start is not None
        start()
        world.good("browser.navigate", {"url": url})

    case.mend = mend
    return case


@scenario("browser.extract browser.screenshot", "no_page")
def no_page(world: World, tool: str) -> Case:
    url = world.site.page("/fine", FINE)
    args = {"selector": "h1"} if tool == "browser.extract" else {}
    return Case(args=args, changed=args | {"url": url})


@scenario(HERE, "no_page")
def nothing_open(world: World, tool: str) -> Case:
    return Case(args=here(tool))


@scenario("browser.extract browser.click browser.waitFor", "invalid_selector")
def invalid_selector(world: World, tool: str) -> Case:
    on_page(world)
    return Case(args=here(tool, "[["), changed=here(tool))


@scenario("browser.extract browser.click browser.waitFor", "selector_missing")
def selector_missing(world: World, tool: str) -> Case:
    on_page(world)
    return Case(args=here(tool, "text=Go no"), changed=here(tool, "text=Go on"))


@scenario("browser.extract browser.click", "ambiguous")
def ambiguous(world: World, tool: str) -> Case:
    on_page(world, FINE + "<button id=a>Buy</button><button id=b>Buy</button>")
    return Case(args={"description": "the Buy button"}, changed={"selector": "#b"})


@scenario("browser.extract", "no_table")
def no_table(world: World, tool: str) -> Case:
    on_page(world, FINE + "<table><tr><td>1</td></tr></table>")
    return Case(args={"selector": "h1", "as": "table"}, changed={"selector": "table", "as": "table"})


@scenario("browser.click", "not_clickable")
def not_clickable(world: World, tool: str) -> Case:
    on_page(world, FINE + "<button id=off disabled>Off</button>")
    return Case(args=here(tool, "#off"), changed=here(tool, "text=Go on"))


@scenario("browser.screenshot", "outside")
def pictures_outside(world: World, tool: str) -> Case:
    on_page(world)
    (world.home / "elsewhere").mkdir()
    (world.drive / "screenshots").symlink_to(world.home / "elsewhere")
    return Case()


@scenario("browser.screenshot", "changed")
def picture_worked_on(world: World, tool: str) -> Case:
    on_page(world)
    return Case(taking_back=lambda made: (world.drive / made.data["path"]).write_bytes(b"worked on"))
