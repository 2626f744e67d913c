"""In and out: how traces of other programs come in, and ours go elsewhere. Wires prices and settings to the store's parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentlab.errors import SettingsInvalid

if TYPE_CHECKING:
    from agentlab.settings import Settings
    from agentlab.store import TraceStore
    from agentlab.store.files import Exported, FileForm, Imported
    from agentlab.store.otlp.forwarder import Forwarder
    from agentlab.store.otlp.receiver import Receiver


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
