"""`agentlab prune` and `agentlab repair` as programs; and the team's engine from the settings to the row."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import agentlab
from agentlab import trace
from agentlab.types import Event, Scope


def command(*args: str, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agentlab.cli.main", *args],
        env=os.environ | {"AGENTLAB_HOME": str(home)} | env,
        capture_output=True,
        text=True,
        timeout=60,
    )


def old_run(home: Path, *, days: float, project: str = "default") -> None:
    with agentlab.open(str(home), project=project) as lab:
        span = trace.begin(Scope.of_run(f"run_{days}_{project}"), "old", kind="run")
        span.started_at -= timedelta(days=days)
        span.status, span.duration_ms = "ok", 1.0
        lab.store.record(Event(phase="end", span=span))


def test_prune_says_what_it_would_delete_and_deletes_when_told(tmp_path) -> None:
    old_run(tmp_path, days=100)
    old_run(tmp_path, days=1)

    told = command("prune", "--days", "90", home=tmp_path)
    done = command("prune", "--days", "90", "--yes", "--json", home=tmp_path)
    again = command("prune", "--days", "90", home=tmp_path)

    assert (told.returncode, "would delete of default: 1 runs with 1 spans" in told.stdout) == (0, True), told.stderr
    assert "--yes" in told.stderr
    found = json.loads(done.stdout)
    assert (found["deleted"], [part["runs"] for part in found["projects"]]) == (True, [1])
    assert "Nothing is older" in again.stdout


def test_prune_goes_by_the_policy_and_asks_for_one(tmp_path) -> None:
    old_run(tmp_path, days=10, project="demo")
    old_run(tmp_path, days=10, project="prod")
    policy = {"AGENTLAB_RETENTION": '{"demo": {"days": 7}, "prod": {"days": 30, "megabytes": 500}}'}

    without = command("prune", home=tmp_path)
    by_policy = command("prune", "--json", home=tmp_path, **policy)
    wrong = command("prune", home=tmp_path, AGENTLAB_RETENTION='{"demo": {"weeks": 1}}')

    assert (without.returncode, "AGENTLAB_RETENTION" in without.stderr) == (4, True)
    assert [part["project"] for part in json.loads(by_policy.stdout)["projects"]] == ["demo"]
    assert (wrong.returncode, "AGENTLAB_RETENTION" in wrong.stderr) == (4, True)


def test_a_damaged_catalogue_is_named_with_the_command_that_mends_it(tmp_path) -> None:
    old_run(tmp_path, days=1)
    with agentlab.open(str(tmp_path)) as lab:
        lab.store.drain()
    (tmp_path / "traces" / "catalog.sqlite").write_text("garbage")

    broken = command("sql", "SELECT count(*) AS n FROM spans", home=tmp_path)
    doctor = command("doctor", home=tmp_path)
    mended = command("repair", home=tmp_path)
    asked = command("sql", "SELECT count(*) AS n FROM spans", "--format", "json", home=tmp_path)

    assert (broken.returncode, "agentlab repair" in broken.stderr) == (4, True)
    assert (doctor.returncode, "agentlab repair" in doctor.stdout) == (4, True)
    assert (mended.returncode, mended.stdout.startswith("1 spans")) == (0, True), mended.stderr
    assert json.loads(asked.stdout) == [{"n": 1}]


def test_settings_of_a_team_lead_to_postgres_and_s3(tmp_path, postgres, s3) -> None:
    env = {
        "AGENTLAB_TRACES_URL": postgres.database("cli_team").replace("postgresql://", "postgresql+psycopg://"),
        "AGENTLAB_TRACES_DATA": "s3://lab/cli-team",
        "AGENTLAB_S3_ENDPOINT": s3.endpoint,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    run = command("run", "List the files in the drive", "--json", home=tmp_path / "a", **env)
    here = command("sql", "SELECT status FROM runs", "--format", "json", home=tmp_path / "a", **env)
    elsewhere = command("sql", "SELECT status FROM runs", "--format", "json", home=tmp_path / "b", **env)

    assert run.returncode == 0, run.stderr
    assert json.loads(here.stdout) == [{"status": "succeeded"}]
    assert json.loads(elsewhere.stdout) == [{"status": "succeeded"}], (
        "what was recorded is moved before the command ends"
    )
    assert not (tmp_path / "a" / "traces" / "lake").exists()


def test_an_engine_that_cannot_be_is_named(tmp_path) -> None:
    wrong = command("sql", "FROM spans", home=tmp_path, AGENTLAB_TRACES_URL="mysql://x", AGENTLAB_TRACES_DATA="gs://x")
    away = command("sql", "FROM spans", home=tmp_path, AGENTLAB_TRACES_URL="postgresql://me:hunter22@127.0.0.1:1/x")

    assert wrong.returncode == away.returncode == 4
    assert "postgresql://user:password@host/database" in wrong.stderr
    assert "s3://bucket/prefix" in wrong.stderr
    assert "refused" in away.stderr
    assert "hunter22" not in away.stderr
