"""`import agentlab` opens no file, loads no SDK and touches no network."""

from __future__ import annotations

import json
import subprocess
import sys

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
