"""How long a browser lives: shared by runs that do not see each other, closed on every path, never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from agentlab.models import open_model
from agentlab.settings import Settings
from agentlab.testing import MemoryRecorder
from agentlab.tools import builtin_tools
from agentlab.types import Scope, ToolContext

FINE = "<title>Fine</title><h1>All is well on this page.</h1>"
PROGRAM = """
import asyncio, sys, time
from agentlab.settings import Settings
from agentlab.tools import builtin_tools
from agentlab.types import Scope, ToolContext
tools = builtin_tools(Settings(home={home!r}, egress_allow={allow!r}))
result = asyncio.run(tools.get("browser.navigate").execute({{"url": {url!r}}}, ToolContext(scope=Scope.of_run("run_1"))))
print(tools.browsers.pid, result.data["title"], flush=True)
{then}
"""


def until(holds: Callable[[], bool], seconds: float = 15) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return holds()


def processes() -> dict[int, tuple[int, str]]:
    """Parent and command of all processes that are alive."""
    told = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 3) for line in told.splitlines()]
    return {int(row[0]): (int(row[1]), row[3]) for row in rows if len(row) == 4 and not row[2].startswith("Z")}


def below(pid: int) -> set[int]:
    """All descendants of a process."""
    known, found = processes(), {pid}
    while more := {child for child, (parent, _) in known.items() if parent in found} - found:
        found |= more
    return found - {pid}


def driving(top: int = 0) -> set[int]:
    """Playwright's drivers below a process, this one where none is named."""
    known = processes()
    return {pid for pid in below(top or os.getpid()) if pid in known and "run-driver" in known[pid][1]}


def started(site, tmp_path: Path, then: str) -> tuple[subprocess.Popen[str], int]:
    """A process that has a page open, and the id of its Chromium."""
    code = PROGRAM.format(home=str(tmp_path), allow=f"127.0.0.1:{site.port}", url=site.page("/", FINE), then=then)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid, title = process.stdout.readline().split()
    assert title == "Fine"
    return process, int(pid)


def test_no_chromium_outlives_a_process_that_is_killed(site, tmp_path) -> None:
    process, pid = started(site, tmp_path, "time.sleep(60)")
    family = below(process.pid)
    assert pid in family
    assert len(family) >= 4

    process.kill()
    process.wait()

    assert until(lambda: not family & set(processes())), family & set(processes())


def test_nor_one_whose_driver_hangs(site, tmp_path) -> None:
    process, pid = started(site, tmp_path, "time.sleep(60)")
    [driver] = driving(process.pid)
    os.kill(driver, signal.SIGSTOP)
    process.kill()
    process.wait()
    chromium = below(pid) | {pid}

    try:
        assert until(lambda: not chromium & set(processes()))
    finally:
        os.kill(driver, signal.SIGKILL)


def test_a_process_that_ends_takes_its_browser_along(site, tmp_path) -> None:
    process, pid = started(site, tmp_path, "")
    family = below(pid) | {pid}

    assert process.wait(timeout=20) == 0
    assert until(lambda: not family & set(processes()))


def test_a_browser_that_was_killed_is_started_again(site, own) -> None:
    lab = own()
    lab.data("navigate", url=site.page("/", FINE))
    before = lab.browsers.pid
    os.kill(before, signal.SIGKILL)
    until(lambda: before not in processes())

    again = lab.data("extract", selector="h1")

    assert (again["text"], again["reopened"]) == ("All is well on this page.", True)
    assert lab.browsers.pid not in (before, None)


def test_a_browser_that_hangs_is_replaced(site, own) -> None:
    lab = own()
    lab.data("navigate", url=site.page("/", FINE))
    before, drivers = lab.browsers.pid, len(driving())
    os.kill(before, signal.SIGSTOP)

    again = lab.data("extract", selector="h1")

    assert (again["text"], again["reopened"]) == ("All is well on this page.", True)
    assert until(lambda: before not in processes())
    assert len(driving()) <= drivers  # others may have been idle for long, and closed


def test_a_browser_that_is_killed_in_the_middle_of_a_call_is_told_and_trying_again_works(site, own) -> None:
    lab = own()
    lab.data("navigate", url=site.page("/", FINE))
    site.slow["/slow"] = 3
    site.page("/slow", FINE)
    threading.Timer(0.5, os.kill, (lab.browsers.pid, signal.SIGKILL)).start()

    kind, _, options = lab.fails("navigate", url=site.url("/slow"))
    site.slow.clear()

    assert (kind, options) == ("page_crashed", ("retry", "alternative"))
    assert lab.data("navigate", url=site.url("/slow"))["title"] == "Fine"


def test_runs_do_not_see_each_others_cookies_and_a_run_keeps_its_own(site, lab) -> None:
    set_cookie = site.page("/set", FINE, Set_Cookie="who=first; Path=/")
    show = site.page("/show", "<p id=c></p><script>c.innerText = 'cookies: ' + document.cookie</script>")
    lab.data("navigate", url=set_cookie, run="run_a")

    own, other = (lab.data("extract", url=show, selector="#c", run=run)["text"] for run in ("run_a", "run_b"))

    assert (own, other) == ("cookies: who=first", "cookies:")


def test_steps_outside_a_run_are_told_apart_by_their_trace(site, lab) -> None:
    tool, url = lab.tools["browser.navigate"], site.page("/", FINE)
    for trace in ("a" * 32, "b" * 32):
        asyncio.run(tool.execute({"url": url}, ToolContext(scope=Scope(trace_id=trace))))

    assert {"a" * 32, "b" * 32} <= set(lab.browsers.open_runs)


def test_ten_pages_at_once(site, own) -> None:
    lab = own()
    lab.data("navigate", url=site.page("/", FINE))
    for number in range(10):
        site.page(f"/{number}", f"<title>Page {number}</title><h1>This is page number {number}.</h1>")

    async def one(number: int) -> str:
        context = lab.context(f"run_p{number}")
        await lab.tools["browser.navigate"].execute({"url": site.url(f"/{number}")}, context)
        result = await lab.tools["browser.extract"].execute({"selector": "h1"}, context)
        return result.data["text"]

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*map(one, range(10)))

    assert asyncio.run(all_of_them()) == [f"This is page number {number}." for number in range(10)]
    assert len(lab.browsers.open_runs) == 11


def test_any_thread_and_any_loop_may_ask(site, lab) -> None:
    url, found = site.page("/", FINE), []
    threads = [
        threading.Thread(target=lambda run=f"run_t{n}": found.append(lab.data("navigate", url=url, run=run)["title"]))
        for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == ["Fine"] * 3


def test_the_end_of_a_run_closes_its_page(site, fresh) -> None:
    fresh.data("navigate", url=site.page("/", FINE))
    assert fresh.run in fresh.browsers.open_runs

    for _ in range(2):
        asyncio.run(fresh.browsers.close_run(fresh.run))

    assert fresh.run not in fresh.browsers.open_runs
    assert fresh.fails("extract", selector="h1")[0] == "no_page"


def test_what_nobody_uses_is_closed_and_opened_again(site, own) -> None:
    lab = own(browser_idle_s=0.4)
    lab.data("navigate", url=site.page("/", FINE))
    pid = lab.browsers.pid

    assert until(lambda: lab.browsers.open_runs == [] and lab.browsers.pid is None)
    assert until(lambda: pid not in processes())
    assert lab.data("extract", selector="h1")["reopened"]


def test_a_call_that_is_cancelled_leaves_no_page_behind(site, own) -> None:
    lab = own()
    lab.data("navigate", url=site.page("/", FINE))
    site.slow["/slow"] = 5

    async def cancelled() -> None:
        work = asyncio.create_task(
            lab.tools["browser.navigate"].execute({"url": site.page("/slow", FINE)}, lab.context())
        )
        await asyncio.sleep(0.5)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    asyncio.run(cancelled())

    assert until(lambda: lab.browsers.open_runs == [], 5)
    assert lab.data("extract", selector="h1")["reopened"]


def test_closing_twice_is_closing_once_and_a_later_call_starts_anew(site, own) -> None:
    lab = own()
    asyncio.run(lab.browsers.close_run("nobody"))
    lab.browsers.close()
    lab.data("navigate", url=site.page("/", FINE))
    asyncio.run(lab.browsers.aclose())
    lab.browsers.close()

    assert lab.browsers.pid is None
    assert lab.data("navigate", url=site.url("/"))["title"] == "Fine"


def test_the_built_in_tools_hold_their_browser_and_start_nothing(site, tmp_path) -> None:
    settings = Settings(home=tmp_path, egress_allow=f"127.0.0.1:{site.port}")
    settings.prepare_home()
    tools = builtin_tools(settings)
    model = open_model("offline", MemoryRecorder())
    assert tools.browsers.pid is None

    context = ToolContext(scope=Scope.of_run("run_1"), model=model)
    result = asyncio.run(tools.get("browser.navigate").execute({"url": site.page("/", FINE)}, context))

    assert result.data["title"] == "Fine"
    asyncio.run(tools.browsers.close_run("run_1"))
    tools.browsers.close()


def test_no_playwright_is_loaded_before_it_is_needed() -> None:
    code = "import sys; from agentlab.settings import Settings; from agentlab.tools import builtin_tools;"
    code += (
        "builtin_tools(Settings()); sys.exit(any(m.partition('.')[0] in ('playwright', 'httpx') for m in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
