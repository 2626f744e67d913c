"""Every setting of agentlab. Each has a default that needs no key and no server; docs/reference/settings.md lists them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, PositiveFloat, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict, SettingsError

from agentlab.errors import HomeUnusable, SettingsInvalid
from agentlab.mcp_settings import McpServer
from agentlab.memory_settings import MemorySettings
from agentlab.model_settings import ModelSettings
from agentlab.notify_settings import NotifySettings
from agentlab.run_settings import RunSettings
from agentlab.tool_settings import ToolSettings

_HOST = r"(?:\[[0-9a-fA-F:.]+\]|[^\s@/,:?#]+)"
_REDIS = re.compile(
    rf"rediss?://(?:[^\s/?#]*@)?{_HOST}(?::\d{{1,5}})?(?:/\d*)?(?:\?\S*)?"
    rf"|rediss?\+cluster://(?:[^\s/?#]*@)?{_HOST}:\d{{1,5}}(?:,{_HOST}:\d{{1,5}})*/?"
)


def _aws(name: str, usual: str) -> AliasChoices:
    """Our own variable, else the one that every program for S3 reads."""
    return AliasChoices(name.lower(), f"AGENTLAB_{name}", usual)


class Settings(ModelSettings, RunSettings, ToolSettings, NotifySettings, MemorySettings):
    """Read from the environment (prefix ``AGENTLAB_``); keyword arguments win."""

    model_config = SettingsConfigDict(
        env_prefix="AGENTLAB_", frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    home: Path = Field(Path("data"), description="Folder of everything the lab writes.")
    runs_url: str = Field(
        "", description="Database of the durable runs, as an SQLAlchemy URL. Empty: `runs.sqlite` in the home."
    )
    traces_url: SecretStr = Field(
        SecretStr(""),
        description="Catalogue of the traces: `postgresql://…`, for a team. Empty: SQLite in the home.",
    )
    traces_data: str = Field(
        "",
        description="Where the Parquet files of the traces lie: a folder, or `s3://bucket/prefix`. Empty: in the home.",
    )
    s3_endpoint: str = Field(
        "", description="S3 server, `host:port`, with `http://` where it has no TLS. Empty: Amazon's."
    )
    s3_region: str = Field(
        "us-east-1", validation_alias=_aws("S3_REGION", "AWS_REGION"), description="Region of the S3 bucket."
    )
    s3_key_id: str = Field(
        "", validation_alias=_aws("S3_KEY_ID", "AWS_ACCESS_KEY_ID"), description="Key of the S3 server."
    )
    s3_secret: SecretStr = Field(
        SecretStr(""), validation_alias=_aws("S3_SECRET", "AWS_SECRET_ACCESS_KEY"), description="Its secret."
    )
    s3_session_token: SecretStr = Field(
        SecretStr(""),
        validation_alias=_aws("S3_SESSION_TOKEN", "AWS_SESSION_TOKEN"),
        description="Its token, where it has one.",
    )
    trace_durability: Literal["process", "disk"] = Field(
        "process",
        description="When a span counts as kept: `process` survives `kill -9`, `disk` a power cut too and costs a write to the disk.",
    )
    project: str = Field(
        "default", min_length=1, description="Whose traces are recorded here; retention is set by project."
    )
    retention: dict[str, dict[Literal["days", "megabytes"], PositiveFloat]] = Field(
        {},
        description="How long traces are kept, by project, as JSON: "
        '`{"default": {"days": 90, "megabytes": 5000}}`. `agentlab prune` goes by it. Empty: for ever.',
    )
    redis_url: SecretStr = Field(
        SecretStr(""),
        description="Redis that model cache, breakers and rate limits are shared over: `redis://…`, `rediss://…` (TLS), "
        "`redis+cluster://host:port,host:port`. Empty: each process has its own.",
    )
    model_cache: Literal["auto", "off", "memory", "disk", "redis"] = Field(
        "auto",
        description="Where answers of models are cached. `auto`: on Redis where one is set, else in `cache.sqlite` in the home.",
    )
    model_cache_ttl_s: int = Field(86_400, ge=1, description="How long an answer may be given again, in seconds.")
    model_cache_mb: int = Field(
        200, ge=1, description="Size of the cache on disk or in memory, in megabytes; the oldest answers go first."
    )
    breaker_threshold: int = Field(5, ge=1, description="Failures in a row after which a model is left alone.")
    breaker_cooldown_s: float = Field(
        60, gt=0, description="How long it is left alone before one call tries again, in seconds."
    )
    model_rate_per_minute: int = Field(
        300, ge=0, description="Calls that one user may make of one provider within a minute. 0: as many as they like."
    )
    budget_credits: float = Field(10_000, gt=0, description="Credits a run may use where it says nothing else.")
    step_credits: float = Field(1_000, gt=0, description="Credits one step may use.")
    mcp_servers: dict[str, McpServer] = Field(
        {},
        description="MCP servers whose tools runs may use, by name, as JSON: "
        '`{"files": {"command": ["mcp-files", "/data"]}, "shop": {"url": "https://…/mcp", "headers": {"Authorization": "$SHOP_TOKEN"}}}`.',
    )
    host: str = Field("127.0.0.1", description="Address the app listens on.")
    port: int = Field(8501, ge=1, le=65_535, description="Port of the app and of its API.")
    allowed_hosts: str = Field(
        "",
        description="Host names besides loopback under which the app and the API may be reached, with commas between.",
    )
    worker_concurrency: int = Field(4, ge=1, le=64, description="Runs that one worker works on at the same time.")
    queue_concurrency: int = Field(
        0, ge=0, description="Queued runs that all workers together work on at the same time. 0: as many as there are."
    )
    drain_seconds: float = Field(
        1.0, gt=0, description="Seconds between two moves of finished spans from the spool into the lake."
    )
    otlp_endpoint: str = Field(
        "", description="Collector that traces are sent on to by OTLP, such as `http://127.0.0.1:4318`. Empty: none."
    )
    otlp_headers: SecretStr = Field(
        SecretStr(""), description="Headers for the collector, `name=value`, several with commas between; secret."
    )
    otlp_payloads: bool = Field(
        False, description="Send goals, prompts, answers, arguments and results on to the collector too."
    )
    sql_timeout_s: float = Field(30, gt=0, description="Longest time of one query of the app, CLI or API, in seconds.")
    sql_memory_mb: int = Field(1_024, ge=64, description="Memory of one query of the app, CLI or API, in megabytes.")

    redact_personal: bool = Field(
        False,
        description="Take e-mail addresses and phone numbers out of traces too; secrets and card numbers always are.",
    )
    redact_patterns: list[str] = Field(
        [], description="Further regular expressions whose matches are taken out of traces, as a JSON list."
    )

    @field_validator("redact_patterns")
    @classmethod
    def _compile(cls, value: list[str]) -> list[str]:
        for pattern in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        return value

    @field_validator("traces_url")
    @classmethod
    def _postgres(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not value.get_secret_value().startswith("postgres"):
            raise ValueError("the catalogue of a team's traces is a Postgres: postgresql://user:password@host/database")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not _REDIS.fullmatch(value.get_secret_value()):
            raise ValueError(
                "a Redis is redis://:password@host:6379/0, rediss://… with TLS, or a cluster redis+cluster://host:port,host:port"
            )
        return value

    @field_validator("model_cache")
    @classmethod
    def _cache(cls, value: str, info: ValidationInfo) -> str:
        url = info.data.get("redis_url")
        if value == "redis" and url is not None and not url.get_secret_value():
            raise ValueError("this needs a Redis: set AGENTLAB_REDIS_URL")
        return value

    @field_validator("traces_data")
    @classmethod
    def _data(cls, value: str) -> str:
        if "://" in value and not value.startswith("s3://"):
            raise ValueError("traces lie in a folder or in s3://bucket/prefix")
        return value

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
    def outbox(self) -> Path:
        """Folder that mails go into where no mail server is set."""
        return self.home / "outbox"

    @property
    def calendar_file(self) -> Path:
        """The calendar of the tools where it is no one else's service."""
        return self.home / "calendar.ics"

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


def read_settings(**chosen: Any) -> Settings:
    """The settings of the environment, ``chosen`` ones first. Raises ``SettingsInvalid`` with everything that is wrong."""
    try:
        return Settings(**chosen)
    except ValidationError as error:
        problems = [
            f"AGENTLAB_{str(found['loc'][0]).upper()}={_shown(found)}: {found['msg']}." for found in error.errors()
        ]
    except SettingsError as error:
        problems = [f"{error}."]
    raise SettingsInvalid(
        "The settings cannot be used: " + " ".join(problems),
        hint="docs/reference/settings.md lists every setting with its range.",
        problems=problems,
    )


def _shown(found: Any) -> str:
    """The value that was refused, unless it is a secret."""
    field = Settings.model_fields.get(str(found["loc"][0]))
    return "**********" if field and field.annotation is SecretStr else repr(found["input"])
