"""How soon a trace of 50,000 spans is there: from the store to the JSON that the Run page draws, then in a browser.

Best and median of five. The page fetches rows without attributes; what a selected span took and gave is fetched apart.
The browser's part needs a Chromium, and includes the time in which any page of the app is loaded.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
from live import first_page, free_port
from playwright.sync_api import Page, sync_playwright

import agentlab
from agentlab.insight import recording
from agentlab.insight.waterfall import rows_of
from agentlab.trace import utc_now
from agentlab.types import Event, Kind, Span

SPANS = 50_000
ROUNDS = 5
TRACE = "5" * 32


def record_trace(lab: agentlab.Lab, spans: int = SPANS, trace_id: str = TRACE) -> str:
    """A trace as an agent framework sends it: one agent, turns of a hundred spans each, a model call and tools in every one."""
    begun = utc_now() - timedelta(minutes=30)
    for number in range(spans):
        turn, place = divmod(number - 1, 100)
        parent = None if number == 0 else f"{0:016x}" if place == 0 else f"{turn * 100 + 1:016x}"
        kind: Kind
        kind, name = (
            ("agent", "A long job") if number == 0 else ("agent", f"turn {turn}") if place == 0 else _call(place)
        )
        span = Span(
            trace_id=trace_id,
            run_id=trace_id,
            span_id=f"{number:016x}",
            parent_span_id=parent,
            name=name,
            kind=kind,
            started_at=begun + timedelta(milliseconds=number * 30),
            duration_ms=float(spans * 30) if number == 0 else 2_900.0 if place == 0 else 29.0,
            status="error" if number % 997 == 996 else "ok",
            error_type="timeout" if number % 997 == 996 else None,
            model="some-model" if kind == "llm" else None,
            tool=name if kind == "tool" else None,
            tool_category="http" if kind == "tool" else None,
            cost_usd=0.001 if kind == "llm" else None,
            attributes={"gen_ai.tool.call.arguments": f'{{"q": "question {number}"}}', "note": "x" * 200},
            payloads={"input": {"q": f"question {number}"}, "output": "an answer " * 20},
        )
        lab.store.record(Event(phase="end", span=span))
    lab.store.drain()
    return trace_id


def _call(place: int) -> tuple[Kind, str]:
    return ("llm", "chat some-model") if place % 4 == 1 else ("tool", f"search.{place % 3}")


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds of ``work``, best and median of five, and what it gave back."""
    taken, found = [], None
    for _ in range(ROUNDS):
        began = time.perf_counter()
        found = work()
        taken.append(time.perf_counter() - began)
    return min(taken), statistics.median(taken), found


def whole_rows(lab: agentlab.Lab, trace_id: str) -> bytes:
    """Every column of every span, as rows with their attributes: what a small trace gets."""
    return orjson.dumps([row.as_dict() for row in rows_of(lab.run_of(trace_id).spans)])


def light_rows(lab: agentlab.Lab, trace_id: str) -> bytes:
    """What the page fetches of a large trace."""
    return orjson.dumps(lab.waterfall(trace_id))


def one_detail(lab: agentlab.Lab, trace_id: str) -> Any:
    """What the page fetches of the selected span."""
    return lab.detail(trace_id, f"{4_321:016x}")


def head(lab: agentlab.Lab, trace_id: str) -> Any:
    """What stands above the trace: goal, state, figures."""
    run = lab.run_of(trace_id)
    return run.result, recording.totals_of(lab.store, trace_id)


def in_browser(home: str, trace_id: str) -> None:
    """Print how soon the page is there, and how soon it answers to a key and to scrolling half way down."""
    port = free_port()
    serve = [sys.executable, "-m", "uvicorn", "--app-dir", "app", "asgi:app", "--port", str(port), "--no-access-log"]
    server = subprocess.Popen(
        serve, env=os.environ | {"AGENTLAB_HOME": home}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    first_page(f"http://127.0.0.1:{port}")
    try:
        with sync_playwright() as play:
            found = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
            browser = play.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1360, "height": 900})
            page.goto(f"http://127.0.0.1:{port}/run")
            page.locator(".block[data-ready]").first.wait_for()
            for name, work in _acts(page, f"http://127.0.0.1:{port}/run?run={trace_id}").items():
                best, median, _ = timed(work)
                print(f"{name:<12} best {best:5.2f} s   median {median:5.2f} s   in the browser")
            browser.close()
    finally:
        server.terminate()
        server.wait(20)


def _acts(page: Page, address: str) -> dict[str, Callable[[], None]]:
    tree, title = page.locator(".tree"), page.locator(".detail h3")

    def open_list() -> None:
        page.goto(address.partition("?")[0])
        page.locator(".runs .run").first.wait_for()

    def open_page() -> None:
        page.goto(address)
        page.locator(".trace[data-ready=stored] .row").first.wait_for()

    def press_keys() -> None:
        for key, place in (("End", SPANS - 1), ("Home", 0)):
            tree.press(key)
            page.locator(f".row[aria-selected=true][data-place='{place}']").wait_for()
        title.wait_for()

    def scroll() -> None:
        for place in (SPANS // 2, 0):
            tree.evaluate(f"tree => {{ tree.scrollTop = 31 * {place} }}")
            page.locator(f".row[data-place='{place + 3}']").wait_for()

    return {"list of runs": open_list, "trace": open_page, "two keys": press_keys, "two scrolls": scroll}


def main() -> None:
    """Print a line for each part of the page."""
    with tempfile.TemporaryDirectory() as home, agentlab.open(home) as lab:
        trace_id = record_trace(lab)
        for work in (head, light_rows, one_detail, whole_rows):
            best, median, found = timed(partial(work, lab, trace_id))
            size = f"   {len(found) / 1e6:.1f} MB" if isinstance(found, bytes) else ""
            print(f"{work.__name__:<12} best {best:5.2f} s   median {median:5.2f} s{size}   of {SPANS:,} spans")
        in_browser(home, trace_id)


if __name__ == "__main__":
    main()
