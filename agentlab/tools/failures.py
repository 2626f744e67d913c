"""The kinds of failure that the built-in tools know, with what helps in each: the tables behind ``failures=``.

Left out are those of every tool: ``invalid_arguments``, ``timeout``, ``internal``, ``irreversible``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from agentlab.types import Failure
from agentlab.types.tool import Recovery

_OUTSIDE = Failure(kind="outside", when="a path that leaves the drive")
_NO_FILE = Failure(kind="not_found", when="no such file, folder or page", options=("change_arguments", "skip"))
_TOO_LARGE = Failure(kind="too_large", when="more bytes than are read or kept")
_CHANGED = Failure(kind="changed", when="what is to be taken back was worked on since; it stays", options=("ask",))
_GARBLED = Failure(kind="garbled", when="a file that cannot be unpacked")
_ENCRYPTED = Failure(kind="encrypted", when="a PDF with a password", options=("ask", "skip"))
_NOT_INSTALLED = Failure(kind="not_installed", when="a package that this needs is not installed", options=("ask",))

WEB = (
    Failure(kind="invalid_url", when="not an http or https URL"),
    Failure(
        kind="blocked", when="a private address, or a user and password in the URL", options=("change_arguments", "ask")
    ),
    Failure(kind="dns", when="the host was not found", retryable=True, options=("retry", "change_arguments")),
    Failure(kind="connect", when="nothing answers, or the connection broke", retryable=True, options=("retry", "skip")),
    Failure(kind="tls", when="the certificate or TLS is not in order", options=("change_arguments", "ask")),
    Failure(kind="too_many_redirects", when="more than 5"),
    Failure(kind="forbidden", when="a permission that was not given", options=("change_arguments", "ask")),
    _NO_FILE,
    Failure(kind="rate_limited", when="too many calls for now", retryable=True, options=("retry", "skip")),
    Failure(kind="rejected", when="the server does not take the request"),
    Failure(kind="server_error", when="a fault of the server", retryable=True, options=("retry", "skip")),
    Failure(kind="garbled", when="a body that cannot be unpacked"),
    _TOO_LARGE,
)
"""What asking the web may meet."""

READING = (
    *(_OUTSIDE, _NO_FILE, _TOO_LARGE, _GARBLED, _ENCRYPTED, _NOT_INSTALLED),
    Failure(kind="not_text", when="a file that no text can be read from"),
)
"""What reading a file of the drive may meet."""

DRIVE = (_OUTSIDE, _NO_FILE, _TOO_LARGE, _CHANGED, _NOT_INSTALLED)
"""What listing, copying, sharing and making files of the drive may meet."""

MODEL = (
    Failure(kind="model", when="the model did not answer, or not usefully", options=("alternative", "ask")),
    Failure(kind="no_model", when="the run has no model", options=("ask",)),
)

GOOGLE = (
    Failure(kind="credentials", when="Google: there are no credentials, or they are not taken", options=("ask",)),
    Failure(
        kind="conflict",
        when="Google: somebody else changed the same thing at the same time",
        retryable=True,
        options=("retry", "ask"),
    ),
    *(
        it
        for it in WEB
        if it.kind in ("connect", "dns", "forbidden", "not_found", "rate_limited", "rejected", "server_error")
    ),
    _NOT_INSTALLED,
)
"""What every call of Google may meet besides."""


def of(table: Iterable[Failure], *kinds: str, **offers: tuple[Recovery, ...]) -> tuple[Failure, ...]:
    """Those ``kinds`` of a table that a tool can meet; ``offers`` names more of them, with what helps in this tool."""
    known = {failure.kind: failure for failure in table}
    plain = [known[kind] for kind in kinds]
    return (*plain, *(replace(known[kind], options=options) for kind, options in offers.items()))


def without(table: Iterable[Failure], *kinds: str) -> tuple[Failure, ...]:
    """A table without the ``kinds`` that a tool cannot meet."""
    return tuple(failure for failure in table if failure.kind not in kinds)


def all_of(*tables: tuple[Failure, ...]) -> tuple[Failure, ...]:
    """Several tables as one; of a kind that stands in several, the first."""
    found: dict[str, Failure] = {}
    for failure in (it for table in tables for it in table):
        found.setdefault(failure.kind, failure)
    return tuple(found.values())
