"""Making all tools is quick: what takes long to load waits for the call that needs it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LATE = ["docx", "openpyxl", "markdown_it", "googleapiclient", "google.oauth2", "httplib2", "httpx", "jsonschema"]
PROBE = """
import json, sys
from agentlab.settings import Settings
from agentlab.tools import builtin_tools
tools = builtin_tools(Settings(home="unused", drive_backend=sys.argv[1]))
print(json.dumps([name for name in json.loads(sys.argv[2]) if name in sys.modules]))
"""


@pytest.mark.parametrize("backend", ["folder", "google"])
def test_making_the_tools_loads_none_of_the_large_libraries(backend, tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, backend, json.dumps(LATE)], capture_output=True, text=True, check=True
    )

    assert json.loads(done.stdout) == []
    assert not (tmp_path / "unused").exists()
