"""`import agentlab` opens no file, loads no SDK and touches no network."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROBE = """
import json, sys
before = set(sys.modules)
opened, other = [], []
def watch(event, args):
    if event == "open" and not str(args[0]).endswith((".py", ".pyc")):
        opened.append(str(args[0]))
    elif event.startswith(("socket.", "subprocess.", "os.mkdir", "sqlite3.")):
        other.append(event)
sys.addaudithook(watch)
import agentlab
print(json.dumps({"modules": sorted(set(sys.modules) - before), "opened": opened, "other": other}))
"""


def probe() -> dict[str, list[str]]:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_importing_opens_nothing_and_calls_nobody() -> None:
    found = probe()

    assert found["opened"] == []
    assert found["other"] == []


def test_importing_loads_a_handful_of_modules_and_nobody_elses() -> None:
    modules = probe()["modules"]

    assert len(modules) <= 10, modules
    assert {name.partition(".")[0] for name in modules} <= {"agentlab"} | set(sys.stdlib_module_names)


MODELS_PROBE = """
import json, sys, tempfile
import agentlab
early = sorted(sys.modules)
with agentlab.open(home=tempfile.mkdtemp(), anthropic_api_key="any", fallback_models=["openai:gpt-x"], openai_api_key="any") as lab:
    named = lab.gateway.open("anthropic:claude-x").name
    lab.models()
    lab.memories()
    late = sorted(sys.modules)
print(json.dumps({"early": early, "late": late, "named": named}))
"""
HELP_PROBE = """
import json, sys
from typer.testing import CliRunner
from agentlab.cli.main import app
done = CliRunner().invoke(app, ["--help"])
print(json.dumps({"late": sorted(sys.modules), "code": done.exit_code, "said": done.output}))
"""
PROVIDERS = ("pydantic_ai", "anthropic", "openai", "google.genai", "limits", "redis", "jsonschema")
"""Packages that are imported when the first question to a provider comes, or when a guard or a schema needs them."""


def providers_in(modules: list[str]) -> list[str]:
    return [name for name in modules if name.startswith(PROVIDERS)]


@pytest.fixture(scope="module")
def naming() -> dict[str, list[str]]:
    done = subprocess.run([sys.executable, "-c", MODELS_PROBE], capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_importing_loads_no_provider(naming) -> None:
    assert providers_in(naming["early"]) == []


def test_opening_a_lab_and_naming_a_model_loads_no_provider(naming) -> None:
    assert naming["named"] == "anthropic:claude-x"
    assert providers_in(naming["late"]) == []


def test_the_help_of_the_command_line_loads_no_provider() -> None:
    done = subprocess.run([sys.executable, "-c", HELP_PROBE], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])

    assert found["code"] == 0
    assert "ask" in found["said"]
    assert providers_in(found["late"]) == []
