"""Every setting of agentlab. Each has a default that needs no key and no server; docs/reference/settings.md lists them."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from agentlab.errors import HomeUnusable


class Settings(BaseSettings):
    """Read from the environment (prefix ``AGENTLAB_``); keyword arguments win."""

    model_config = SettingsConfigDict(env_prefix="AGENTLAB_", frozen=True, extra="ignore")

    home: Path = Field(Path("data"), description="Folder of everything the lab writes.")
    runs_url: str = Field(
        "", description="Database of the durable runs, as an SQLAlchemy URL. Empty: `runs.sqlite` in the home."
    )
    model: str = Field("offline", description="Model of a run that names none.")
    budget_credits: float = Field(10_000, gt=0, description="Credits a run may use where it says nothing else.")
    step_credits: float = Field(1_000, gt=0, description="Credits one step may use.")
    egress_allow: str = Field(
        "",
        description="Private addresses that tools may reach, as `host:port`, several with commas between. "
        "Public addresses need no entry.",
    )
    http_timeout_s: float = Field(30, gt=0, le=600, description="Longest time of one HTTP call, in seconds.")
    http_max_bytes: int = Field(5_000_000, gt=0, description="Largest HTTP body a tool reads, in bytes.")
    host: str = Field("127.0.0.1", description="Address the app listens on.")
    port: int = Field(8501, ge=1, le=65_535, description="Port of the app and of its API.")
    allowed_hosts: str = Field(
        "",
        description="Host names besides loopback under which the app and the API may be reached, with commas between.",
    )
    worker_concurrency: int = Field(4, ge=1, le=64, description="Runs that one worker works on at the same time.")
    drain_seconds: float = Field(
        1.0, gt=0, description="Seconds between two moves of finished spans from the spool into the lake."
    )
    sql_timeout_s: float = Field(30, gt=0, description="Longest time of one query of the app, CLI or API, in seconds.")
    sql_memory_mb: int = Field(1_024, ge=64, description="Memory of one query of the app, CLI or API, in megabytes.")

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def traces(self) -> Path:
        """Folder of the trace store."""
        return self.home / "traces"

    @property
    def drive(self) -> Path:
        """Folder that the drive tools work in."""
        return self.home / "drive"

    @property
    def database_url(self) -> str:
        """Where durable runs are kept."""
        return self.runs_url or f"sqlite:///{self.home / 'runs.sqlite'}"

    def prepare_home(self) -> None:
        """Make the home folder and prove that it can be written.

        Raises ``HomeUnusable`` with what to do, having written nothing.
        """
        try:
            for folder in (self.home, self.traces, self.drive):
                folder.mkdir(parents=True, exist_ok=True)
            probe = self.home / f".write-test-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise HomeUnusable(
                f"The data folder {self.home} cannot be written: {error.strerror or error}.",
                hint="Point AGENTLAB_HOME at a folder you own, for example AGENTLAB_HOME=~/agentlab.",
                home=str(self.home),
            ) from error
