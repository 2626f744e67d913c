"""What is asked of Google's Calendar interface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from agentlab.tools.google import Google
from agentlab.types import JSON

SCOPES = ["https://www.googleapis.com/auth/calendar.events"]
ADVICE = {
    "forbidden": "Share the calendar with the account, with the right to change events.",
    "not_found": "The event or the calendar (AGENTLAB_GOOGLE_CALENDAR) is not there.",
}


def google_calendar(credentials: str, http: Callable[[], Any] | None = None) -> Google:
    """The interface with the rights of ``credentials``, a file. Connects to nothing."""
    return Google("calendar", "v3", credentials, SCOPES, advice=ADVICE, http=http)


@dataclass(frozen=True, slots=True)
class GoogleApi:
    """Requests about the events of one calendar. All raise ``ToolFailed`` as ``Google.run`` does."""

    calendar: str
    google: Google

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
        request = make(self.google.service.events())
        if etag:
            request.headers["If-Match"] = etag
        found = self.google.run(request)
        return found if isinstance(found, dict) else {}
