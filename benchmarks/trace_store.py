"""The trace store beside OpenTelemetry's bare SDK, MLflow and Phoenix: what a span costs, how fast it is stored and read.

``trace_store.py caller ingest dashboard frames peers`` measures those parts, without names all of them. The peers are installed
into an environment of their own (``--peers FOLDER``, some minutes once), or left out with ``--without-peers``. Figures depend
on what else the machine does: read the ratios.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import _reading as reading
import _writing as writing

PARTS = ("caller", "ingest", "dashboard", "frames", "peers")
PEERS = ("mlflow", "phoenix")
PEER_SPANS = 1_200
"""Spans that each peer stores: few, for they take their time."""


def main() -> None:
    """Print the figures of the parts that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument(
        "--spans", nargs="+", type=int, default=[1_000_000], help="sizes of the stores of the dashboard"
    )
    parser.add_argument("--peers", type=Path, default=Path(tempfile.gettempdir()) / "agentlab-bench-peers")
    parser.add_argument("--without-peers", action="store_true")
    chosen = parser.parse_args()
    parts = chosen.parts or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    ours: dict[str, Any] = {}
    if "caller" in parts:
        print("What a span costs its caller")
        ours["caller"] = writing.report_caller()
    if "ingest" in parts:
        print("Into the lake, writers and one drain")
        ours["ingest"] = writing.report_ingest()
    if "dashboard" in parts:
        print("Eight questions of a dashboard")
        reading.report_dashboard(chosen.spans)
    if "frames" in parts:
        print("Lists, data frames and a long trace")
        reading.report_frames()
    if "peers" in parts and not chosen.without_peers:
        print("Peers, the same spans")
        try:
            python = installed(chosen.peers)
        except subprocess.CalledProcessError as error:
            print(f"  left out, for they cannot be installed: {error}")
            return
        for peer in PEERS:
            compare(peer, python, ours)


def installed(folder: Path) -> Path:
    """The Python of the environment with the peers, made where it is missing."""
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "mlflow", "arize-phoenix"], check=True)
        (folder / "ready").touch()
    return python


def compare(peer: str, python: Path, ours: dict[str, Any]) -> None:
    """Run one peer and print its figures, and how many times ours it takes, where ours were measured in this call."""
    command = [str(python.absolute()), str(Path(__file__).absolute().parent / "_peers.py"), peer, str(PEER_SPANS)]
    with tempfile.TemporaryDirectory(prefix="agentlab-peer-") as cwd:
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=cwd
        )
    found = json.loads(done.stdout.splitlines()[-1])
    rate, size, call = found["rows"] / found["stored_s"], found["bytes"] / found["rows"], found["times_us"]["p50"]
    print(
        f"  {peer}: p50 {call:.0f} us per span, {rate:,.0f} spans/s stored, {size:,.0f} bytes per span,"
        f" {found['rows']:,} spans as a frame in {found['frame_s']:.2f} s"
    )
    if "ingest" in ours:
        own_rate, own_size = ours["ingest"]
        print(f"    ours: {own_rate / rate:,.0f} x its spans/s, 1/{size / own_size:.0f} of its bytes per span")
    if "caller" in ours:
        print(f"    lab.span costs {ours['caller']['lab.span'][0] / call:.2f} x its span")


if __name__ == "__main__":
    main()
