"""The trace store: every span is a row that anyone can query with SQL, while runs are being written."""

from agentlab.store.drainer import Drainer
from agentlab.store.engine import S3, Engine
from agentlab.store.query import QueryResult
from agentlab.store.reader import VIEWS
from agentlab.store.redact import Redaction
from agentlab.store.spool import Spool, SpoolHealth
from agentlab.store.traces import StoreHealth, TraceStore

__all__ = [
    "S3",
    "VIEWS",
    "Drainer",
    "Engine",
    "QueryResult",
    "Redaction",
    "Spool",
    "SpoolHealth",
    "StoreHealth",
    "TraceStore",
]
