"""Google Calendar: every request fits Google's own document, every error has its kind, and nothing happens twice."""

from __future__ import annotations

import json
import shutil
import ssl
from datetime import UTC, datetime

import httplib2
import pytest
from calendar_desk import NOW, Desk
from google_server import Google, check_request
from jsonschema import ValidationError

from agentlab.settings import Settings
from agentlab.tools import builtin_tools
from agentlab.tools.calendar.google import GoogleCalendar
from agentlab.tools.calendar.google_api import GoogleApi, google_calendar
from agentlab.tools.calendar.tools import tools_of
from agentlab.tools.made import HIDDEN


@pytest.fixture
def google() -> Google:
    return Google()


@pytest.fixture
def desk(google, tmp_path) -> Desk:
    calendar = GoogleCalendar(
        api=GoogleApi("team@example.org", google_calendar("", lambda: google)),
        notes=tmp_path,
        zone="Europe/Berlin",
        now=lambda: NOW,
    )
    tools = {tool.spec.name.partition(".")[2]: tool for tool in tools_of(calendar, "Europe/Berlin", lambda: NOW)}
    return Desk(tools, tmp_path / "none")


def kind(result) -> str:
    assert result.error is not None, result.data
    assert result.error.options
    return result.error.kind


def test_an_event_is_made_with_a_body_that_the_document_allows(desk, google) -> None:
    made = desk(
        "create",
        title="Review",
        start="2026-03-10T15:00",
        location="Room",
        attendees=["Ann <ann@example.org>"],
        repeat="weekly 3 times",
    )

    assert made.success, made.error
    (event,) = google.events.values()
    assert event["start"] == {"dateTime": "2026-03-10T15:00:00+01:00", "timeZone": "Europe/Berlin"}
    assert event["recurrence"] == ["RRULE:FREQ=WEEKLY;COUNT=3"]
    assert event["attendees"] == [{"email": "ann@example.org", "displayName": "Ann"}]
    assert made.data["start"] == "2026-03-10T15:00"
    assert made.data["repeats"] == "FREQ=WEEKLY;COUNT=3"
    assert [name for name, _, _ in google.asked] == ["insert"]


@pytest.mark.parametrize(
    ("args", "start", "end"),
    [
        ({"start": "2026-03-10"}, {"date": "2026-03-10"}, {"date": "2026-03-11"}),
        ({"start": "2026-03-10", "end": "2026-03-12"}, {"date": "2026-03-10"}, {"date": "2026-03-13"}),
        (
            {"start": "2026-10-25T02:30+01:00"},
            {"dateTime": "2026-10-25T01:30:00+00:00", "timeZone": "UTC"},
            {"dateTime": "2026-10-25T02:30:00+00:00", "timeZone": "UTC"},
        ),
        (
            {"start": "2026-07-10T15:00", "timezone": "America/New_York"},
            {"dateTime": "2026-07-10T15:00:00-04:00", "timeZone": "America/New_York"},
            {"dateTime": "2026-07-10T16:00:00-04:00", "timeZone": "America/New_York"},
        ),
    ],
)
def test_days_and_zones_are_written_as_google_wants_them(desk, google, args, start, end) -> None:
    assert desk("create", title="x", **args).success

    (event,) = google.events.values()
    assert (event["start"], event["end"]) == (start, end)


def test_events_are_listed_over_several_pages_in_local_time(desk, google) -> None:
    for hour in (9, 11, 13, 15, 17):
        desk("create", title=f"at {hour}", start=f"2026-03-10T{hour:02}:00", timezone="UTC")

    assert [(title, start) for title, start, _ in desk.days("2026-03-10", "2026-03-10")] == [
        (f"at {hour}", f"2026-03-10T{hour + 1:02}:00") for hour in (9, 11, 13, 15, 17)
    ]
    assert [name for name, _, _ in google.asked].count("list") == 3


def test_an_event_is_changed_and_what_is_not_said_stays(desk, google) -> None:
    desk("create", title="Review", start="2026-03-10T15:00", end="16:30", attendees=["ann@example.org"])
    (event,) = google.events.values()
    event["attendees"][0]["responseStatus"] = "accepted"

    result = desk(
        "update", event="review", start="10:00", attendees=["ann@example.org", "bob@example.org"], location="Hall"
    )

    assert result.success, result.error
    assert (result.data["start"], result.data["end"]) == ("2026-03-10T10:00", "2026-03-10T11:30")
    assert event["attendees"] == [
        {"email": "ann@example.org", "responseStatus": "accepted"},
        {"email": "bob@example.org"},
    ]
    assert event["summary"] == "Review"


def test_the_near_the_missing_and_the_doubled_are_said(desk) -> None:
    for day in (10, 11):
        desk("create", title="Standup", start=f"2026-03-{day}T09:00")

    assert kind(desk("delete", event="standing")) == "not_found"
    several = desk("delete", event="standup")
    assert kind(several) == "ambiguous"
    gone = desk("delete", event="standup", on="2026-03-11")
    assert gone.data["start"] == "2026-03-11T09:00"
    assert kind(desk("delete", event="standup", on="2026-03-12")) == "not_found"
    assert desk("delete", event=several.error.message.split("(id ")[1].split(")")[0]).success


def test_a_repeated_call_has_one_effect(desk, google) -> None:
    made = [desk("create", key="a", title="x", start="2026-03-10T15:00") for _ in range(2)]
    renamed = [desk("update", key="b", event="x", title="y") for _ in range(2)]
    gone = [desk("delete", key="c", event="y") for _ in range(2)]

    for first, second in (made, renamed, gone):
        assert first.success, first.error
        assert (first.data, first.undo) == (second.data, second.undo)
    assert [name for name, _, _ in google.asked if name != "list"] == ["insert", "patch", "delete"]


@pytest.mark.parametrize("name", ["create", "update", "delete"])
def test_a_call_that_died_after_google_did_it_is_finished_by_the_repetition(desk, google, name) -> None:
    desk("create", title="x", start="2026-03-10T15:00")
    args = {
        "create": {"title": "new", "start": "2026-03-11T15:00"},
        "update": {"event": "x", "title": "y", "start": "16:00"},
        "delete": {"event": "x"},
    }[name]

    def die() -> None:
        if google.asked[-1][0] in ("insert", "patch", "delete"):
            raise SystemExit

    google.after = die
    with pytest.raises(SystemExit):
        desk(name, key="k", **args)
    google.after = None
    again = desk(name, key="k", **args)

    assert again.success, again.error
    alive = [one for one in google.events.values() if one["status"] != "cancelled"]
    assert [one["summary"] for one in alive] == {"create": ["x", "new"], "update": ["y"], "delete": []}[name]


def test_what_was_done_is_taken_back_once_and_not_where_it_was_changed_since(desk, google) -> None:
    made = desk("create", title="x", start="2026-03-10T15:00", location="Room")
    (event,) = google.events.values()
    before = {name: value for name, value in event.items() if name != "etag"}
    for name, args in (
        ("update", {"event": "x", "title": "y", "attendees": ["a@example.org"]}),
        ("delete", {"event": "x"}),
    ):
        result = desk(name, **args)
        assert result.success, result.error
        assert all(desk.undo(name, result).success for _ in range(2))
        assert {key: value for key, value in event.items() if key != "etag"} == before

    changed = desk("update", event="x", location="Hall")
    google._patch(event["id"], {"location": "Elsewhere"}, {"sendUpdates": "none"})
    assert kind(desk.undo("update", changed)) == "changed"
    assert kind(desk.undo("create", made)) == "changed"
    assert event["location"] == "Elsewhere"

    fresh = desk("create", title="fresh", start="2026-03-12T15:00")
    assert all(desk.undo("create", fresh).success for _ in range(2))
    assert google.events[fresh.data["id"]]["status"] == "cancelled"


def test_a_change_by_somebody_else_in_between_is_not_overwritten_and_the_repetition_looks_anew(desk, google) -> None:
    desk("create", title="x", start="2026-03-10T15:00")
    (event,) = google.events.values()

    def meddle() -> None:
        if google.asked[-1][0] == "list":
            google.after = None
            google._patch(
                event["id"],
                {"start": {"dateTime": "2026-03-10T17:00:00+01:00"}, "end": {"dateTime": "2026-03-10T18:00:00+01:00"}},
                {"sendUpdates": "none"},
            )

    google.after = meddle
    first = desk("update", key="k", event="x", end="19:00")
    second = desk("update", key="k", event="x", end="19:00")

    assert kind(first) == "conflict"
    assert first.error.retryable
    assert (second.data["start"], second.data["end"]) == ("2026-03-10T17:00", "2026-03-10T19:00")


@pytest.mark.parametrize(
    ("status", "reason", "expected", "retryable"),
    [
        (400, "invalid", "rejected", False),
        (401, "authError", "credentials", False),
        (403, "forbidden", "forbidden", False),
        (403, "rateLimitExceeded", "rate_limited", True),
        (404, "notFound", "not_found", False),
        (410, "deleted", "not_found", False),
        (412, "conditionNotMet", "conflict", True),
        (429, "rateLimitExceeded", "rate_limited", True),
        (500, "backendError", "server_error", True),
        (503, "backendError", "server_error", True),
    ],
)
@pytest.mark.parametrize("name", ["create", "list", "update", "delete"])
def test_each_error_has_its_kind_is_not_retried_inside_and_passes(
    desk, google, name, status, reason, expected, retryable
) -> None:
    desk("create", title="x", start="2026-03-10T15:00")
    args = {"create": {"title": "n", "start": "2026-03-11"}, "list": {"from": "2026-03-10"}}.get(
        name, {"event": "x", "on": "2026-03-10"}
    )
    if name == "update":
        args |= {"title": "y"}
    asked = len(google.asked)
    google.fails = [(status, reason)]

    result = desk(name, key="k", **args)
    again = desk(name, key="k", **args)

    assert kind(result) == expected
    assert result.error.retryable is retryable
    assert f"answered {status}" in result.error.message
    assert len(google.asked) > asked
    assert again.success, again.error
    assert sum(one["status"] != "cancelled" for one in google.events.values()) == {"create": 2, "delete": 0}.get(
        name, 1
    )


@pytest.mark.parametrize(("status", "expected"), [(400, "rejected"), (500, "server_error")])
def test_corrected_arguments_under_the_same_key_are_what_counts(desk, google, status, expected) -> None:
    desk("create", title="x", start="2026-03-10T15:00")
    google.fails = [(0, ""), (status, "x")]

    refused = desk("update", key="k", event="x", title="bad")
    corrected = desk("update", key="k", event="x", title="good")

    assert kind(refused) == expected
    assert corrected.data["title"] == "good"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError("no route"), "connect"),
        (TimeoutError("timed out"), "timeout"),
        (httplib2.ServerNotFoundError("x"), "dns"),
        (ssl.SSLError("x"), "connect"),
    ],
)
def test_a_network_that_is_away_is_retryable(desk, google, error, expected) -> None:
    google.breaks = error

    result = desk("list")

    assert kind(result) == expected
    assert result.error.retryable


def test_a_conflict_of_ids_is_the_event_of_an_earlier_attempt(desk, google, tmp_path) -> None:
    first = desk("create", key="k", title="x", start="2026-03-10T15:00")
    shutil.rmtree(tmp_path / HIDDEN)

    again = desk("create", key="k", title="x", start="2026-03-10T15:00")

    assert again.data["id"] == first.data["id"]
    assert [name for name, *_ in google.asked].count("insert") == 2
    assert len(google.events) == 1


@pytest.mark.parametrize(
    "content",
    ["", "no json", "[]", '{"type": "service_account"}', '{"type": "service_account", "private_key": "HUSH"}'],
)
def test_credentials_that_cannot_be_used_are_named_and_never_quoted(tmp_path, content) -> None:
    path = tmp_path / "key.json"
    path.write_text(content)
    settings = Settings(home=tmp_path, calendar="google", google_credentials=str(path))
    tool = builtin_tools(settings).get("calendar.list")
    assert tool.spec.backend == "Google Calendar"

    import asyncio

    result = asyncio.run(tool.execute({}, Desk.context("k")))

    assert kind(result) == "credentials"
    assert str(path) in result.error.message
    assert "HUSH" not in repr(result)


def test_both_kinds_of_credentials_are_read(tmp_path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    service = {
        "type": "service_account",
        "client_email": "a@example.org",
        "token_uri": "https://example.org/t",
        "private_key": key.decode(),
    }
    user = {"type": "authorized_user", "client_id": "i", "client_secret": "s", "refresh_token": "r"}
    for known in (service, user):
        path = tmp_path / "key.json"
        path.write_text(json.dumps(known))
        assert google_calendar(str(path)).connection().credentials


def test_the_checker_refuses_what_the_document_does_not_know() -> None:
    path = "/calendar/v3/calendars/primary/events"
    good = {"id": "abcde", "summary": "x", "start": {"date": "2026-03-10"}, "end": {"date": "2026-03-11"}}
    assert check_request("POST", path, {"sendUpdates": "none"}, good) == "insert"
    for query, body in (({"sendUpdates": "nobody"}, good), ({"colour": "red"}, good), ({}, None)):
        with pytest.raises((AssertionError, ValidationError)):
            check_request("POST", path, query, body)
    for body in (
        {"colour": "red"},
        {"start": {"day": "x"}},
        {"start": {"dateTime": "2026-03-10T15:00"}},
        {"attendees": [{"mail": "x"}]},
    ):
        with pytest.raises(ValidationError):
            check_request("POST", path, {}, {**good, **body})
    with pytest.raises(AssertionError):
        check_request("PUT", path, {}, good)
    assert datetime.now(UTC)
