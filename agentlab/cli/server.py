"""Commands that stay: up (the app and a worker beside it), worker."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

import agentlab
from agentlab.errors import MissingExtra, PortInUse
from agentlab.settings import Settings, read_settings

RESTART_S = 1.0
"""Seconds before a worker that died is started again."""


def up(
    port: Annotated[int | None, typer.Option(help="Port of the app. Default: AGENTLAB_PORT, else 8501.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the app in the browser.")] = True,
) -> None:
    """Open the app, with a worker beside it. Ctrl-C ends both."""
    settings = read_settings(port=port) if port else read_settings()
    settings.prepare_home()
    _require_free(settings)
    os.environ["AGENTLAB_HOME"] = str(settings.home)
    os.environ["AGENTLAB_PORT"] = str(settings.port)
    worker = _Worker()
    threading.Thread(target=_when_up, args=(settings, worker, browser), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _serve(settings)
    finally:
        worker.stop()


def worker(
    until_eof: Annotated[bool, typer.Option("--until-eof", help="End also when standard input closes.")] = False,
) -> None:
    """Take queued runs and work on them; look after runs whose process died."""
    lab = agentlab.open()
    print(f"worker {lab.work()} is ready (data in {lab.settings.home})", flush=True)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    if until_eof:
        threading.Thread(target=_wait_for_eof, args=(stop,), daemon=True).start()
    stop.wait()
    lab.close()


def _wait_for_eof(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


def _require_free(settings: Settings) -> None:
    with socket.socket(_family(settings)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise PortInUse(
                f"{settings.host}:{settings.port} cannot be listened on: {error.strerror}.",
                hint="Another agentlab may be open there already. Take another port: agentlab up --port 8502.",
            ) from error


def app_folder() -> Path:
    """Where the app's files are: beside the package in a checkout, inside it once installed."""
    here = Path(agentlab.__file__).parent
    packed = here / "_app"
    return packed if packed.is_dir() else here.parent / "app"


def _serve(settings: Settings) -> None:
    """Serve the app in this process until Ctrl-C."""
    gc.disable()  # imports make much and free nothing; the app turns it on again once it is warm
    try:
        import streamlit  # noqa: F401 - the face may be missing from a small install
        import uvicorn
    except ImportError as error:
        raise MissingExtra("The app", "app") from error
    sys.path.insert(0, str(app_folder()))
    uvicorn.run(
        "asgi:app", host=settings.host, port=settings.port, log_config=None, log_level="warning", access_log=False
    )


def _when_up(settings: Settings, worker: _Worker, browser: bool) -> None:
    """What follows once the app answers: until then the page has the machine to itself."""
    while not _answers(settings):
        time.sleep(0.05)
    url = f"http://{settings.host}:{settings.port}"
    print(f"agentlab is at {url} (data in {settings.home}); Ctrl-C ends it.", flush=True)
    worker.start()
    if browser:
        webbrowser.open(url)


def _answers(settings: Settings) -> bool:
    with socket.socket(_family(settings)) as probe:
        return probe.connect_ex((settings.host, settings.port)) == 0


def _family(settings: Settings) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in settings.host else socket.AF_INET


class _Worker:
    """A worker process that is started again whenever it dies, until ``stop``.

    It ends with this process, however this one ends: its standard input is a pipe that only we hold open.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_alive, name="agentlab-worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._process:
            self._process.communicate(timeout=5)

    def _keep_alive(self) -> None:
        while not self._stopping.is_set():
            command = [sys.executable, "-m", "agentlab.cli.main", "worker", "--until-eof"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - ours
            self._process.wait()
            self._stopping.wait(RESTART_S)
