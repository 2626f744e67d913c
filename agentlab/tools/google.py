"""Google's interfaces: credentials from a file, the description that ships with the client, failures by their kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from agentlab.errors import MissingExtra
from agentlab.tools.failure import ToolFailed

TIMEOUT_S = 20
"""Longest silence of Google, in seconds."""
_BUSY = {
    "rateLimitExceeded", "userRateLimitExceeded", "sharingRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded",
    "backendError",
}  # fmt: skip


class Google:
    """One of Google's interfaces (``drive``, ``v3``) with the rights of ``credentials``, a file; opened with the first call.

    ``advice`` says by a failure's kind what to do in this interface; ``http`` makes a connection, for tests.
    """

    def __init__(
        self,
        name: str,
        version: str,
        credentials: str,
        scopes: list[str],
        *,
        advice: Mapping[str, str],
        http: Callable[[], Any] | None = None,
    ) -> None:
        self._name, self._version = name, version
        self._advice = advice
        self._credentials = credentials
        self._scopes = scopes
        self._http = http

    @cached_property
    def service(self) -> Any:
        """What requests are made with. Raises ``ToolFailed`` (``credentials``, ``not_installed``)."""
        try:
            from googleapiclient.discovery import build
        except ImportError as error:
            raise ToolFailed("not_installed", str(MissingExtra(f"Google ({self._name})", "google"))) from error
        # From the description inside the package: nothing is asked until a request is run.
        return build(self._name, self._version, http=self.connection(), static_discovery=True, cache_discovery=False)

    def run(self, request: Any) -> Any:
        """The answer to a request, on a connection of its own: one connection cannot serve two threads.

        Raises ``ToolFailed``: ``credentials``, ``forbidden``, ``not_found``, ``conflict``, ``rate_limited``, ``rejected``,
        ``server_error``, ``connect``, ``dns``, ``timeout``.
        """
        return self.guard(lambda: request.execute(http=self.connection()))

    def unless_gone(self, request: Any) -> Any:
        """The answer, as ``run`` has it; None where what it is about is there no more."""
        try:
            return self.run(request)
        except ToolFailed as failed:
            if failed.error.kind != "not_found":
                raise
            return None

    def guard(self, work: Callable[[], Any]) -> Any:
        """What ``work`` gives back; its failures as ``run`` has them."""
        import httplib2
        from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
        from googleapiclient.errors import HttpError

        try:
            return work()
        except HttpError as error:
            wait = error.resp.get("retry-after", "")
            raise failure_of(int(error.resp.status), error.content, self._advice, wait) from error
        except RefreshError as error:
            raise ToolFailed("credentials", f"Google does not take the credentials: {error}. Renew them.") from error
        except (TransportError, httplib2.ServerNotFoundError) as error:
            raise ToolFailed("dns", f"Google was not found: {error}. Check the network.") from error
        except GoogleAuthError as error:
            raise ToolFailed("credentials", f"The credentials for Google cannot be used: {error}.") from error
        except TimeoutError as error:
            raise ToolFailed("timeout", f"Google did not answer within {TIMEOUT_S} s.", retryable=True) from error
        except (httplib2.HttpLib2Error, OSError) as error:
            raise ToolFailed("connect", f"The connection to Google broke: {error or type(error).__name__}.") from error

    def connection(self) -> Any:
        """A connection of one's own; one cannot serve two threads."""
        if self._http:
            return self._http()
        import httplib2
        from google_auth_httplib2 import AuthorizedHttp

        return AuthorizedHttp(self._rights, http=httplib2.Http(timeout=TIMEOUT_S))

    @cached_property
    def _rights(self) -> Any:
        return read_credentials(self._credentials, self._scopes)


def read_credentials(path: str, scopes: list[str]) -> Any:
    """Google's credentials from a JSON file of a service account or of an authorized user.

    Raises ``ToolFailed`` (``credentials``) with what to do; never with what is in the file.
    """
    if not path:
        raise ToolFailed(
            "credentials", "There are no credentials for Google. Set AGENTLAB_GOOGLE_CREDENTIALS to their file."
        )
    from google.auth.exceptions import GoogleAuthError
    from google.oauth2.credentials import Credentials
    from google.oauth2.service_account import Credentials as ServiceAccount

    service_account: Any = ServiceAccount  # neither has types for what is called here
    authorized_user: Any = Credentials
    try:
        found = json.loads(Path(path).expanduser().read_text(encoding="utf-8"))
        kind = found.get("type")
        if kind == "service_account":
            return service_account.from_service_account_info(found, scopes=scopes)
        if kind == "authorized_user":
            return authorized_user.from_authorized_user_info(found, scopes=scopes)
    except OSError as error:
        raise ToolFailed("credentials", f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, AttributeError, KeyError, TypeError, GoogleAuthError):  # which may quote the file
        raise ToolFailed("credentials", f"{path} holds no whole credentials for Google; get the file anew.") from None
    raise ToolFailed(
        "credentials",
        f"{path} holds credentials of the type {kind!r}; use those of a service_account or an authorized_user.",
    )


def failure_of(status: int, content: bytes | str, advice: Mapping[str, str], wait: str = "") -> ToolFailed:
    """A bad status of Google as a failure, with the sentence that Google says and the ``advice`` for its kind."""
    try:
        error = json.loads(content)["error"]
        said, reasons = str(error["message"]), {str(it.get("reason")) for it in error.get("errors", ())}
    except (ValueError, KeyError, TypeError, AttributeError):
        said, reasons = "", set()
    what = f"Google answered {status}{f': {said}' if said else ''}".rstrip(".")
    match status:
        case 401:
            return ToolFailed("credentials", f"{what}. The credentials are not taken; renew them.")
        case 403 if reasons & _BUSY:
            return ToolFailed("rate_limited", f"{what}. Try again later.")
        case 403:
            return ToolFailed("forbidden", f"{what}. {advice['forbidden']}")
        case 404 | 410:
            return ToolFailed("not_found", f"{what}. {advice['not_found']}")
        case 409 | 412:
            return ToolFailed("conflict", f"{what}. Somebody else changed it at the same time; try again.")
        case 429:
            return ToolFailed(
                "rate_limited", f"{what}. Try again {f'after {wait} s' if wait.isdecimal() else 'later'}."
            )
    if status >= 500:
        return ToolFailed("server_error", f"{what}. Try again later.")
    return ToolFailed("rejected", f"{what}. Change the arguments.")
