"""In and out: how traces of other programs come in, and ours go elsewhere. Wires prices and settings to the store's parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentlab.errors import SettingsInvalid
from agentlab.trace import current_scope

if TYPE_CHECKING:
    from agentlab.settings import Settings
    from agentlab.store import TraceStore
    from agentlab.store.files import Exported, FileForm, Imported
    from agentlab.store.otel import OpenSpan
    from agentlab.store.otlp.forwarder import Forwarder
    from agentlab.store.otlp.receiver import Receiver
    from agentlab.store.retention import Pruning
    from agentlab.types import Event, Kind, Scope, Span


def export(store: TraceStore, path: Path, form: FileForm, **chosen: Any) -> Exported:
    """Write traces to files; ``chosen`` are fields of ``Selection``. Raises ``FileUnusable``."""
    from agentlab.store import files

    return files.export(store, path, form, files.Selection(**chosen))


def import_(store: TraceStore, path: Path) -> Imported:
    """Record the traces of a file or folder; calls that say no cost are priced. Raises ``FileUnusable``."""
    from agentlab.models.prices import price_of
    from agentlab.store import files

    return files.import_(store, path, price_of=price_of)


def receiver(store: TraceStore) -> Receiver:
    """What keeps spans sent by OTLP; calls that say no cost are priced."""
    from agentlab.models.prices import price_of
    from agentlab.store.otlp.receiver import Receiver

    return Receiver(store.record, store.note, failing=lambda: store.failing, price_of=price_of)


def forwarder(settings: Settings, store: TraceStore) -> Forwarder | None:
    """What sends traces on to the collector that the settings name; None where they name none. Raises ``SettingsInvalid``."""
    if not settings.otlp_endpoint:
        return None
    from agentlab.store.otlp.collector import Collector, headers_of, leads_to
    from agentlab.store.otlp.forwarder import Forwarder

    if leads_to(settings.otlp_endpoint, settings.host, settings.port):
        raise SettingsInvalid(
            "AGENTLAB_OTLP_ENDPOINT is the address of this lab itself.",
            hint="Name the collector that traces are to go to.",
        )
    collector = Collector(settings.otlp_endpoint, headers_of(settings.otlp_headers.get_secret_value()))
    return Forwarder(store, collector, content=settings.otlp_payloads, every_s=settings.drain_seconds)


class Otel:
    """OpenTelemetry in this process, set up on first use; importing it takes a tenth of a second."""

    def __init__(self, record: Callable[[Event], object]) -> None:
        from agentlab.models.prices import price_of
        from agentlab.store import otel

        self._record = record
        self._processor = otel.SpoolProcessor(record, price_of)
        self._open = otel.OpenSpan
        self.provider = otel.provider(self._processor)
        self._tracer = self.provider.get_tracer("agentlab")

    def span(self, name: str, kind: Kind, values: dict[str, Any]) -> OpenSpan:
        """A span to be entered."""
        return self._open(self._tracer, self._processor, self._record, name, kind, values)

    def around(self) -> Scope | Span | None:
        """The span around the caller, or its place in a run; None outside of both."""
        return self._processor.current() or current_scope()


def prune(
    settings: Settings,
    store: TraceStore,
    project: str | None,
    days: float | None,
    megabytes: float | None,
    *,
    dry_run: bool,
) -> list[Pruning]:
    """Delete what is older or larger than these limits, else than those of the settings; or only say so."""
    from agentlab.store.retention import Limit, prune

    if days is not None or megabytes is not None:
        limits = {project: Limit(days, megabytes)}
    else:
        limits = {name: Limit(**limit) for name, limit in settings.retention.items() if project in (None, name)}
    if not limits:
        raise SettingsInvalid(
            f"Nothing says how long traces{f' of {project}' if project else ''} are kept.",
            hint='Say so with --days or --megabytes, or with AGENTLAB_RETENTION=\'{"default": {"days": 90}}\'.',
        )
    return prune(store, limits, dry_run=dry_run)
