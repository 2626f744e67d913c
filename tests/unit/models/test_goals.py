"""Whole goals, offline, through the real loop: what comes out is what stood in the texts."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from agentlab.agent.bench import Bench
from agentlab.agent.guards import Budget
from agentlab.agent.loop import run_goal
from agentlab.models import open_model
from agentlab.models.offline.closing import CLOSING
from agentlab.settings import Settings
from agentlab.testing import MemoryJournal
from agentlab.tools import builtin_tools
from agentlab.types import Limits, RunResult, RunSpec

SAMPLES = Path(__file__).parents[3] / "data" / "samples"
REPORT = b"""<html><head><title>Westfield solar farm</title></head><body><nav>Home</nav><h1>Westfield solar farm 2025</h1>
<p>The farm produced 48.2 GWh in 2025, 12 % more than in 2024.</p><p>It has 31,000 panels on 64 hectares.</p>
<p>Sheep graze between the rows.</p><p>Repairs after the hail of 3 July 2025 cost EUR 210,000.</p></body></html>"""


class Report(BaseHTTPRequestHandler):
    """One page at every path."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(REPORT)

    def log_message(self, *args: object) -> None:
        return


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Report)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def run(tmp_path, recorder) -> Callable[..., RunResult]:
    """``run(goal, allow=…)`` with the samples in the drive."""
    shutil.copytree(SAMPLES, tmp_path / "drive" / "samples")

    def go(goal: str, allow: str = "") -> RunResult:
        spec = RunSpec(run_id="run_1", goal=goal)
        bench = Bench(
            spec=spec,
            model=open_model("offline", recorder),
            tools=builtin_tools(Settings(home=tmp_path, egress_allow=allow)),
            recorder=recorder,
            budget=Budget(Limits()),
        )
        return asyncio.run(run_goal(bench, MemoryJournal()))

    return go


def test_a_page_is_fetched_summarised_and_saved_with_its_figures(run, site, tmp_path) -> None:
    done = run(f"Fetch http://{site}/report.html, summarise it and save the summary as a document", allow=site)

    assert done.status == "succeeded", done.error
    assert [step.tool for step in done.steps] == ["http.get", "ai.summarize", "drive.createDoc"]
    saved = (tmp_path / "drive" / "Summary of Westfield solar farm.md").read_text()
    for fact in ("48.2 GWh", "12 %", "31,000 panels", "EUR 210,000"):
        assert fact in done.answer
        assert fact in saved
    assert f"Source: http://{site}/report.html" in saved
    assert done.answer.endswith(CLOSING)


@pytest.mark.parametrize(
    ("goal", "facts", "file"),
    [
        (
            "Summarise samples/ocean-report.md in 5 sentences and save the summary as a document called Ocean digest",
            ["13.8 °C", "3.1 mg"],
            "Ocean digest.md",
        ),
        (
            "Extract the e-mail addresses, dates, amounts and action items from samples/meeting-notes.txt "
            "and put them into a sheet called Meeting facts",
            ["mei.tanaka@citylibrary.example", "2026-06-30", "EUR 14,350", "Jonas Weber orders the disks"],
            "Meeting facts.csv",
        ),
        (
            "Compare samples/release-a.md and samples/release-b.md and save what changed as a document called Release changes",
            ["up to 20 loans", "Families can share", "fails on labels"],
            "Release changes.md",
        ),
        (
            "What is the total amount of the overdue invoices in samples/invoices.csv?",
            ["4,251.05", "Lantern Hotel"],
            "",
        ),
        (
            "Summarise samples/ocean-report.md, samples/meeting-notes.txt and samples/faq.md in 3 sentences each "
            "and save all summaries in one document called Monday briefing",
            ["13.8 °C", "20 April 2026", "EUR"],
            "Monday briefing.md",
        ),
    ],
)
def test_the_suggested_goals_find_what_stands_in_the_samples(run, goal, facts, file, tmp_path) -> None:
    done = run(goal)

    assert done.status == "succeeded", done.error
    for fact in facts:
        assert fact in done.answer
    assert not file or all(fact in (tmp_path / "drive" / file).read_text() for fact in facts)


def test_the_tested_goals_are_the_suggested_ones() -> None:
    suggested = (SAMPLES / "goals.json").read_text(encoding="utf-8")
    tested = Path(__file__).read_text(encoding="utf-8").replace('"\n            "', "")

    assert all(
        line.split('"goal": "')[1].rstrip('",\n') in tested for line in suggested.splitlines() if '"goal"' in line
    )


def test_branches_run_side_by_side(run, recorder) -> None:
    run("Compare samples/release-a.md and samples/release-b.md")

    steps = {span.step: span for span in recorder.ended if span.kind == "step"}
    assert {"summarize_release_a", "summarize_release_b", "compare"} == set(steps)
    order = [(event.phase, event.span.step) for event in recorder.events if event.span.kind == "step"]
    assert [phase for phase, _ in order[:2]] == ["start", "start"]


def test_a_blocked_page_fails_the_run_and_says_what_to_do(run, site) -> None:
    done = run(f"Fetch http://{site}/report.html and summarise it")

    assert done.status == "failed"
    assert f"AGENTLAB_EGRESS_ALLOW={site}" in done.error + done.answer


def test_a_goal_no_tool_fits_fails_with_an_honest_reason(run) -> None:
    done = run("Write a poem about the sea")

    assert done.steps == ()
    assert "No tool here can invent texts" in done.error
    assert done.error.endswith(CLOSING)
