"""Google's Calendar interface: one request at a time, and its errors as typed failures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from agentlab.tools.failure import ToolFailed
from agentlab.types import JSON

SCOPE = "https://www.googleapis.com/auth/calendar.events"
_PATIENCE_S = 20
_TOO_MANY = {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"}


@dataclass(frozen=True, slots=True)
class GoogleApi:
    """Requests about the events of one calendar. ``http`` stands in for the network in tests."""

    calendar: str
    credentials: str = ""
    http: Any = None

    def find(self, **query: Any) -> list[JSON]:
        """All events that fit, page by page, 2,500 at most."""
        found: list[JSON] = []
        token: str | None = None
        while len(found) < 2_500:
            page = self._ask(partial(self._page, query, token))
            found += page.get("items", [])
            token = page.get("nextPageToken")
            if not token:
                break
        return found

    def _page(self, query: JSON, token: str | None, events: Any) -> Any:
        return events.list(calendarId=self.calendar, pageToken=token, **query)

    def get(self, event: str) -> JSON:
        """One event, also one that was taken out (its ``status`` is ``cancelled``)."""
        return self._ask(lambda events: events.get(calendarId=self.calendar, eventId=event))

    def insert(self, body: JSON) -> JSON:
        """A new event. Nobody is mailed."""
        return self._ask(lambda events: events.insert(calendarId=self.calendar, body=body, sendUpdates="none"))

    def patch(self, event: str, body: JSON, etag: str = "") -> JSON:
        """Change some fields; with ``etag`` only where nobody has changed the event since."""
        return self._ask(
            lambda events: events.patch(calendarId=self.calendar, eventId=event, body=body, sendUpdates="none"), etag
        )

    def delete(self, event: str, etag: str = "") -> None:
        """Take an event out; with ``etag`` as above."""
        self._ask(lambda events: events.delete(calendarId=self.calendar, eventId=event, sendUpdates="none"), etag)

    def _ask(self, make: Callable[[Any], Any], etag: str = "") -> JSON:
        with self._told():
            service = self._service()
            try:
                request = make(service.events())
                if etag:
                    request.headers["If-Match"] = etag
                found: Any = request.execute(num_retries=0)
            finally:
                service.close()
            return found if isinstance(found, dict) else {}

    def _service(self) -> Any:
        from googleapiclient.discovery import build

        http = self.http or self._authorized()
        return build("calendar", "v3", http=http, static_discovery=True, cache_discovery=False)

    def _authorized(self) -> Any:
        import google_auth_httplib2
        import httplib2

        return google_auth_httplib2.AuthorizedHttp(self._read_credentials(), http=httplib2.Http(timeout=_PATIENCE_S))

    def _read_credentials(self) -> Any:
        from google.oauth2 import credentials, service_account

        try:
            known = json.loads(Path(self.credentials).expanduser().read_text(encoding="utf-8"))
            if known.get("type") == "service_account":
                return service_account.Credentials.from_service_account_info(known, scopes=[SCOPE])  # type: ignore[no-untyped-call]
            return credentials.Credentials.from_authorized_user_info(known, scopes=[SCOPE])  # type: ignore[no-untyped-call]
        except (OSError, ValueError, KeyError, AttributeError) as error:
            why = (
                error.strerror
                if isinstance(error, OSError)
                else "it is no JSON of a service account or authorized user"
            )
            raise ToolFailed(
                "credentials",
                f"AGENTLAB_GOOGLE_CREDENTIALS={self.credentials or '(empty)'} cannot be used: {why}. docs/how-to/calendar.md "
                "says how to get the file.",
            ) from None  # the error may quote the file

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of the client and the network as ``ToolFailed``."""
        try:
            import google.auth.exceptions
            import googleapiclient.errors
            import httplib2
        except ImportError as error:
            raise ToolFailed(
                "credentials", 'Google Calendar needs packages: pip install "agentlab-bench[google]".'
            ) from error
        try:
            yield
        except googleapiclient.errors.HttpError as error:
            raise failure(int(error.resp.status), error.content) from error
        except google.auth.exceptions.TransportError as error:
            raise ToolFailed("connect", f"Google cannot be reached: {_short(error)}. Try again later.") from error
        except google.auth.exceptions.GoogleAuthError as error:
            raise ToolFailed(
                "auth",
                f"Google does not accept the credentials: {_short(error)}. Make new ones (docs/how-to/calendar.md).",
            ) from error
        except (httplib2.HttpLib2Error, OSError) as error:
            raise ToolFailed("connect", f"Google cannot be reached: {_short(error)}. Try again later.") from error


def failure(status: int, content: bytes) -> ToolFailed:
    """What Google answered as a failure."""
    said, reasons = _said(content)
    what = f"Google Calendar answered {status}{f': {said}' if said else ''}."
    if status == 429 or (status == 403 and reasons & _TOO_MANY):
        return ToolFailed("rate_limited", f"{what} Try again later.")
    match status:
        case 401:
            return ToolFailed("auth", f"{what} Make new credentials (docs/how-to/calendar.md).")
        case 403:
            return ToolFailed(
                "forbidden", f"{what} Share the calendar with the account, with the right to change events."
            )
        case 404 | 410:
            return ToolFailed("not_found", f"{what} The event or the calendar (AGENTLAB_GOOGLE_CALENDAR) is not there.")
        case 409 | 412:
            return ToolFailed("conflict", f"{what} The event was changed at the same time; try again.")
    if status >= 500:
        return ToolFailed("server_error", f"{what} Try again later.")
    return ToolFailed("rejected", f"{what} Change the arguments.")


def _said(content: bytes) -> tuple[str, set[str]]:
    try:
        error = json.loads(content)["error"]
        return _short(error.get("message", "")), {str(one.get("reason")) for one in error.get("errors", [])}
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", set()


def _short(text: object) -> str:
    return " ".join(str(text).split())[:200].rstrip(". ")
