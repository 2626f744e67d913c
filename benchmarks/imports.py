"""How long `import agentlab` takes over bare Python, beside httpx. Fresh processes, median of 9, in milliseconds."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 9


def start(code: str) -> float:
    """Milliseconds of one fresh process that runs ``code``."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return (time.perf_counter() - began) * 1_000


def main() -> None:
    """Take turns, so that a busy machine is busy for all."""
    codes = {"bare Python": "pass", "import agentlab": "import agentlab", "import httpx": "import httpx"}
    taken: dict[str, list[float]] = {name: [] for name in codes}
    for _ in range(ROUNDS):
        for name, code in codes.items():
            taken[name].append(start(code))
    bare = statistics.median(taken["bare Python"])
    for name, times in taken.items():
        median = statistics.median(times)
        print(f"{name:<16} {median:7.1f} ms   over bare Python {median - bare:7.1f} ms")


if __name__ == "__main__":
    main()
