"""A Google Calendar in memory behind the client's transport. It takes what Google's discovery document allows, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import googleapiclient.discovery_cache
import httplib2
from jsonschema import Draft202012Validator

DOCUMENT = json.loads(
    (Path(googleapiclient.discovery_cache.__file__).parent / "documents" / "calendar.v3.json").read_text("utf-8")
)
METHODS = DOCUMENT["resources"]["events"]["methods"]


def schema_of(name: str) -> dict[str, Any]:
    """A schema of the document as JSON Schema: references resolved by ``$defs``, unknown fields refused."""
    return {"$ref": f"#/$defs/{name}", "$defs": {known: _plain(given) for known, given in DOCUMENT["schemas"].items()}}


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in given:
        return {"$ref": f"#/$defs/{given['$ref']}"}
    made: dict[str, Any] = (
        {"type": given["type"]}
        if given.get("type") in ("object", "array", "string", "boolean", "integer", "number")
        else {}
    )
    if "properties" in given:
        made["properties"] = {name: _plain(one) for name, one in given["properties"].items()}
        made["additionalProperties"] = (
            _plain(given["additionalProperties"]) if "additionalProperties" in given else False
        )
    elif "additionalProperties" in given:
        made["additionalProperties"] = _plain(given["additionalProperties"])
    if "items" in given:
        made["items"] = _plain(given["items"])
    if given.get("format") == "date":
        made["pattern"] = r"^\d{4}-\d{2}-\d{2}$"
    if given.get("format") == "date-time":
        made["pattern"] = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$"
    return made


def check_request(method: str, path: str, query: dict[str, str], body: Any) -> str:
    """The name of the method that was asked, as the document has it. Fails where the request breaks the document."""
    base = "/" + DOCUMENT["servicePath"]
    forms = {
        name: re.escape(base + known["path"]).replace(r"\{calendarId\}", "[^/]+").replace(r"\{eventId\}", "[^/]+")
        for name, known in METHODS.items()
        if known["httpMethod"] == method
    }
    name = next((name for name, form in forms.items() if re.fullmatch(form, path)), "")
    assert name, f"the document knows no {method} {path}"
    known = METHODS[name]
    allowed = {**DOCUMENT["parameters"], **known["parameters"]}
    for key, value in query.items():
        assert key in allowed, f"{name} has no parameter {key}"
        given = allowed[key]
        if "enum" in given:
            assert value in given["enum"], (key, value)
        if given["type"] == "boolean":
            assert value in ("true", "false"), (key, value)
        if given["type"] == "integer":
            assert int(given.get("minimum", 0)) <= int(value) <= int(given.get("maximum", 10**9)), (key, value)
        if given.get("format") == "date-time":
            assert datetime.fromisoformat(value).tzinfo, (key, value)
    required = {
        key for key, given in known["parameters"].items() if given.get("required") and given["location"] == "query"
    }
    assert required <= set(query), required
    if "request" in known:
        Draft202012Validator(schema_of(known["request"]["$ref"])).validate(body)
        read_only = [key for key in body if DOCUMENT["schemas"]["Event"]["properties"][key].get("readOnly")]
        assert read_only == [], read_only
    else:
        assert body is None, body
    return name


@dataclass
class Google:
    """The transport: ``request`` as httplib2 has it."""

    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    fails: list[tuple[int, str]] = field(default_factory=list)
    """Answers to give instead, in turn: status and reason."""
    breaks: BaseException | None = None
    after: Callable[[], None] | None = None
    versions: int = 0

    def close(self) -> None:
        """As a transport has it."""

    def request(self, uri: str, method: str = "GET", body: Any = None, headers: Any = None, **_: Any) -> Any:
        if self.breaks:
            raise self.breaks
        parts = urlsplit(uri)
        query = dict(parse_qsl(parts.query))
        given = json.loads(body) if body else None
        name = check_request(method, parts.path, query, given)
        self.asked.append((name, parts.path, query))
        if self.fails:
            status, reason = self.fails.pop(0)
            if status:
                return self._error(status, reason)
        pieces = parts.path.removeprefix("/calendar/v3/calendars/").split("/")
        assert unquote(pieces[0]) == "team@example.org"
        event = unquote(pieces[2]) if len(pieces) > 2 else ""
        wanted = {key.lower(): value for key, value in (headers or {}).items()}.get("if-match")
        if event and name in ("patch", "delete") and wanted and wanted != self.events.get(event, {}).get("etag"):
            return self._error(412, "conditionNotMet")
        answer = getattr(self, f"_{name}")(event, given, query)
        if self.after:
            self.after()
        return answer

    # --- the methods --------------------------------------------------------------------------------------------------

    def _insert(self, _: str, body: dict[str, Any], query: dict[str, str]) -> Any:
        assert query["sendUpdates"] == "none"
        assert re.fullmatch("[a-v0-9]{5,1024}", body["id"])
        if body["id"] in self.events:
            return self._error(409, "duplicate")
        self.events[body["id"]] = {"status": "confirmed", **body}
        return self._answer(self._touched(body["id"]))

    def _get(self, event: str, *_: Any) -> Any:
        return self._answer(self.events[event]) if event in self.events else self._error(404, "notFound")

    def _patch(self, event: str, body: dict[str, Any], query: dict[str, str]) -> Any:
        assert query["sendUpdates"] == "none"
        if event not in self.events:
            return self._error(404, "notFound")
        for key, value in body.items():
            if value in ("", []):
                self.events[event].pop(key, None)
            elif isinstance(value, dict):
                self.events[event][key] = {**self.events[event].get(key, {}), **value}
            else:
                self.events[event][key] = value
        return self._answer(self._touched(event))

    def _delete(self, event: str, *_: Any) -> Any:
        if event not in self.events or self.events[event]["status"] == "cancelled":
            return self._error(410, "deleted")
        self.events[event]["status"] = "cancelled"
        self._touched(event)
        return httplib2.Response({"status": 204}), b""

    def _list(self, _: str, __: Any, query: dict[str, str]) -> Any:
        assert query.get("orderBy") != "startTime" or query["singleEvents"] == "true"
        low, high = (datetime.fromisoformat(query[key]) for key in ("timeMin", "timeMax"))
        found = [
            one
            for one in self.events.values()
            if one["status"] != "cancelled" and _start(one) < high and (_end(one) > low or "recurrence" in one)
        ]
        place = int(query.get("pageToken", 0))
        page = {"items": found[place : place + 2]}
        return self._answer(page | ({"nextPageToken": str(place + 2)} if len(found) > place + 2 else {}))

    def _touched(self, event: str) -> dict[str, Any]:
        self.versions += 1
        self.events[event]["etag"] = f'"{self.versions}"'
        return self.events[event]

    @staticmethod
    def _answer(content: Any) -> Any:
        return httplib2.Response({"status": 200, "content-type": "application/json"}), json.dumps(
            deepcopy(content)
        ).encode()

    @staticmethod
    def _error(status: int, reason: str) -> Any:
        error = {"error": {"code": status, "message": f"said {reason}", "errors": [{"reason": reason}]}}
        return httplib2.Response({"status": status, "content-type": "application/json"}), json.dumps(error).encode()


def _start(event: dict[str, Any]) -> datetime:
    return _moment(event["start"])


def _end(event: dict[str, Any]) -> datetime:
    return _moment(event["end"])


def _moment(point: dict[str, str]) -> datetime:
    if "date" in point:
        return datetime.combine(date.fromisoformat(point["date"]), datetime.min.time()).astimezone()
    return datetime.fromisoformat(point["dateTime"])
