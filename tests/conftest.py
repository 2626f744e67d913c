"""Real servers on loopback, started by the tests that need them: PostgreSQL, S3 by moto, Redis alone and as a cluster."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from glob import glob
from pathlib import Path

import pytest

PLACES = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin")
"""Where distributions keep the programs of a server, which are on nobody's path."""


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models are set up as on a machine whose environment says nothing about them."""
    from agentlab.model_settings import ModelSettings

    for field in ModelSettings.model_fields:
        for variable in (f"AGENTLAB_{field.upper()}", field.upper()):
            monkeypatch.delenv(variable, raising=False)
    for variable in ("GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL", "GEMINI_BASE_URL"):
        monkeypatch.delenv(variable, raising=False)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _program(name: str) -> str:
    found = sorted(path for place in PLACES for path in glob(f"{place}/{name}")) or [shutil.which(name) or ""]
    assert found[-1], f"{name} is missing: apt-get install postgresql, or brew install postgresql@17"
    return found[-1]


class Postgres:
    """A server of one's own with the databases that are asked for."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="agentlab-pg-"))
        self.user = "postgres" if os.getuid() == 0 else getpass.getuser()
        if os.getuid() == 0:
            shutil.chown(self._folder, self.user)
        self.port = free_port()
        self._run("initdb", "-A", "trust", "-U", self.user, "--no-sync", "-D", str(self._folder / "data"))
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
        self._run(
            "pg_ctl", "-D", str(self._folder / "data"), "-l", str(self._folder / "log"), "-o", options, "-w", "start"
        )

    def database(self, name: str, *, template: str = "template0") -> str:
        """A new database, as a copy of ``template``. Returns its URL."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, name: str, *arguments: str) -> None:
        command = [_program(name), *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", self.user, "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self._folder)


class S3Server:
    """An S3 server in a process of its own, with one bucket."""

    def __init__(self) -> None:
        self.endpoint = f"http://127.0.0.1:{free_port()}"
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", self.endpoint.rsplit(":", 1)[1]]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/lab", method="PUT")).read()
                return
            except OSError:
                assert time.monotonic() < deadline, "the S3 server does not answer"
                time.sleep(0.05)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


class RedisServer:
    """A Redis in a process of its own that keeps nothing on disk. It may be killed, and started again on its port."""

    def __init__(self, *options: str, password: str = "") -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="agentlab-redis-"))
        self.password = password
        self.port = free_port()
        self._options = [*options, *(["--requirepass", password] if password else [])]
        self.start()

    @property
    def url(self) -> str:
        """As a setting takes it."""
        return f"redis://{f':{self.password}@' if self.password else ''}127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it; returns when it answers."""
        program = shutil.which("redis-server")
        assert program, "redis-server is missing: apt-get install redis-server, or brew install redis"
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        command += ["--save", "", "--appendonly", "no", "--daemonize", "no", *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as probe:
                    probe.sendall(b"PING\r\n")
                    assert probe.recv(64)  # a refusal for want of a password is an answer too
                    return
            except OSError:
                assert self._process.poll() is None, "the Redis ended at once"
                assert time.monotonic() < deadline, "the Redis does not answer"
                time.sleep(0.02)

    def kill(self) -> None:
        """kill -9; returns when it is dead."""
        self._process.kill()
        self._process.wait()

    def hang(self) -> None:
        """Stop answering, with all connections open."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Answer again."""
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


class RedisCluster:
    """Three masters that share the slots between them."""

    def __init__(self) -> None:
        options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
        self.nodes = [RedisServer(*options, "--cluster-port", str(free_port())) for _ in range(3)]
        program = shutil.which("redis-cli")
        assert program, "redis-cli is missing: apt-get install redis-tools, or brew install redis"
        places = [f"127.0.0.1:{node.port}" for node in self.nodes]
        command = [program, "--cluster", "create", *places, "--cluster-replicas", "0", "--cluster-yes"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
        self.url = f"redis+cluster://{','.join(places)}"
        self._wait_for_agreement(program)

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()

    def _wait_for_agreement(self, program: str) -> None:
        deadline = time.monotonic() + 30
        for node in self.nodes:
            command = [program, "-p", str(node.port), "cluster", "info"]
            while "cluster_state:ok" not in subprocess.run(command, check=True, capture_output=True, text=True).stdout:
                assert time.monotonic() < deadline, "the Redis cluster does not come up"
                time.sleep(0.05)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    server = S3Server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[RedisCluster]:
    cluster = RedisCluster()
    yield cluster
    cluster.stop()
