"""Real runs leave as files and over the wire, from the lab and from the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

import agentlab
from agentlab.errors import SettingsInvalid

sys.path.insert(0, str(Path(__file__).with_name("store")))
from otlp_collector import FakeCollector, collector

LISTING = {"goal": "list", "steps": [{"id": "a", "tool": "drive.list", "args": {"folder": "samples"}}]}
COLUMNS = "trace_id, span_id, parent_span_id, run_id, name, kind, status, duration_ms, tool, credits, attributes"


def command(*args: str, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agentlab.cli.main", *args],
        env=os.environ | {"AGENTLAB_HOME": str(home)} | env,
        capture_output=True,
        text=True,
        timeout=60,
    )


def spans(home: Path) -> list[tuple]:
    with agentlab.open(str(home)) as lab:
        return lab.sql(f"SELECT {COLUMNS} FROM spans ORDER BY span_id").fetchall()


@pytest.fixture
def home(tmp_path) -> Path:
    """A home with one run in it."""
    with agentlab.open(str(tmp_path / "home")) as lab:
        lab.run("", plan=LISTING)
    return tmp_path / "home"


@pytest.fixture
def fake() -> Iterator[FakeCollector]:
    with collector() as fake:
        yield fake


@pytest.mark.parametrize(("name", "form"), [("out", "parquet"), ("out.jsonl", "otlp"), ("out.pb", "otlp")])
def test_a_run_moves_to_another_home_by_file(home, tmp_path, name, form) -> None:
    path, other = tmp_path / name, tmp_path / "other"

    out = command("export", str(path), "--format", form, home=home)
    into = command("import", str(path), home=other)
    again = command("import", str(path), home=other)

    count = len(spans(home))
    assert (out.returncode, into.returncode, again.returncode) == (0, 0, 0), out.stderr + into.stderr
    assert out.stdout.startswith(f"{count} spans and ")
    assert into.stdout.startswith(f"{count} spans and ")
    assert again.stdout == f"0 spans and 0 notes are new; {count} spans were here already\n"
    assert spans(other) == spans(home)


def test_only_what_was_chosen_is_exported(home, tmp_path) -> None:
    with agentlab.open(str(home)) as lab:
        second = lab.run("", plan=LISTING).run_id

    done = command("export", str(tmp_path / "one"), "--run", second, "--since", "2020-01-01", home=home)
    none = command("export", str(tmp_path / "none"), "--since", "2090-01-01", "--project", "default", home=home)

    assert (done.returncode, none.returncode) == (0, 0), done.stderr + none.stderr
    assert set(pl.read_parquet(tmp_path / "one" / "spans.parquet")["run_id"]) == {second}
    assert none.stdout.startswith("0 spans")


def test_mistakes_say_what_to_do(home, tmp_path) -> None:
    (tmp_path / "diary.jsonl").write_text("Dear diary\n")

    diary = command("import", str(tmp_path / "diary.jsonl"), home=home)
    there = command("export", str(tmp_path / "diary.jsonl"), "--format", "otlp", home=home)
    nowhere = command("forward", home=home)

    assert (diary.returncode, there.returncode, nowhere.returncode) == (2, 2, 4)
    assert "Line 1" in diary.stderr
    assert "there already" in there.stderr
    assert "AGENTLAB_OTLP_ENDPOINT" in nowhere.stderr


def test_the_command_sends_what_is_new_and_says_how_much(home, fake) -> None:
    count = len(spans(home))

    first = command("forward", "--all", home=home, AGENTLAB_OTLP_ENDPOINT=fake.url)
    second = command("forward", home=home, AGENTLAB_OTLP_ENDPOINT=fake.url)
    down = command("forward", "--all", home=home, AGENTLAB_OTLP_ENDPOINT="http://127.0.0.1:9")

    assert (first.stdout, second.stdout) == (f"{count} spans sent\n", "0 spans sent\n"), first.stderr
    assert (down.returncode, "They are kept" in down.stderr) == (4, True)
    assert len(set(fake.ids)) == count


def test_a_lab_in_the_background_sends_its_runs_on_with_their_tree(tmp_path, fake) -> None:
    settings = {"otlp_endpoint": fake.url, "otlp_headers": "authorization=Bearer%20abc", "drain_seconds": 0.05}
    with agentlab.open(str(tmp_path), **settings) as lab:
        lab.start_background()
        run = lab.run("Count the harbours", plan=LISTING)
        ids = {span["span_id"] for span in run.spans}

    assert set(fake.ids) == ids
    by_id = {span.span_id.hex(): span for span in fake.spans}
    tops = [span for span in by_id.values() if span.parent_span_id.hex() not in by_id]
    assert [span.name for span in tops] == ["run"]
    assert fake.headers[0]["authorization"] == "Bearer abc"
    assert not any("harbours" in str(span) for span in fake.spans)


def test_goals_and_payloads_go_too_where_the_lab_says_so(tmp_path, fake) -> None:
    with agentlab.open(str(tmp_path), otlp_endpoint=fake.url, otlp_payloads=True, drain_seconds=0.05) as lab:
        lab.start_background()
        lab.run("Count the harbours", plan=LISTING)

    assert any("harbours" in str(span) for span in fake.spans)


def test_a_lab_does_not_send_to_itself(tmp_path) -> None:
    with agentlab.open(str(tmp_path), otlp_endpoint="http://localhost:8501") as lab:
        with pytest.raises(SettingsInvalid, match="this lab itself"):
            lab.start_background()
        lab.close()


def test_headers_are_secret(tmp_path) -> None:
    with agentlab.open(str(tmp_path), otlp_headers="authorization=sesame") as lab:
        assert "sesame" not in repr(lab.settings)
        assert "sesame" not in str(lab.settings.model_dump())
