"""What each built-in tool promises: the shape of its data, how often it may be called, and when a person is asked first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from offer_world import FINE, Outside, World, world_in
from pdf_files import pdf
from site_server import Site

from agentlab.settings import Settings
from agentlab.tools import builtin_tools
from agentlab.types import ToolSpec

SPECS = {spec.name: spec for spec in builtin_tools(Settings(home=Path("unused"))).specs()}
REVIEW = {"title": "Review", "start": "2026-03-10T15:00", "attendees": ["ann@example.org"], "repeat": "weekly"}
MAIL = {"subject": "Pilot", "body": "It rained."}
CALLS: dict[str, list[dict[str, Any]]] = {
    "http.get": [{"url": "{page}"}, {"url": "{json}"}, {"url": "{page}", "save_as": "page.html"}, {"url": "{pdf}"}],
    "http.post": [{"url": "{page}", "json": [1]}],
    "ai.summarize": [{"file": "kept.txt"}],
    "ai.extract": [
        {"file": "kept.txt", "fields": ["dates", "colour"]},
        {"text": "Owner: Ann", "schema": {"properties": {"owner": {"type": "string"}}}},
    ],
    "ai.chat": [{"prompt": "When did it rain?", "file": "kept.txt"}],
    "drive.createDoc": [{"title": "w", "content": "word"}],
    "drive.createSheet": [{"title": "w", "rows": [{"a": 1}]}],
    "drive.upload": [{"path": "own.txt"}, {"url": "{page}"}],
    "drive.download": [{"file": "kept.txt"}, {"file": "rent.pdf"}],
    "drive.share": [{"file": "kept.txt", "with": ["ann@example.org"]}],
    "drive.list": [{}],
    "email.send": [MAIL | {"to": ["ann@example.org"], "attachments": ["kept.txt"]}],
    "email.sendBatch": [MAIL | {"recipients": ["ann@example.org", "bob@example.org"]}],
    "calendar.create": [REVIEW, {"title": "Day off", "start": "2026-03-10"}],
    "calendar.list": [{"from": "2026-03-01", "to": "2026-03-31"}],
    "calendar.update": [{"event": "Review", "on": "2026-03-10", "start": "16:00"}],
    "calendar.delete": [{"event": "Review"}],
    "browser.navigate": [{"url": "{page}"}],
    "browser.extract": [{"selector": "h1", "as": form} for form in ("text", "markdown", "attributes")]
    + [{"selector": "table", "as": "table"}],
    "browser.waitFor": [{"selector": "h1"}],
    "browser.click": [{"selector": "text=Go on"}, {"description": "the Leave link"}],
    "browser.screenshot": [{}, {"fullPage": True}],
}


@pytest.fixture(scope="module")
def outside(server: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    outside = Outside(tmp_path_factory.mktemp("outside"), server)
    yield outside
    outside.close()


@pytest.fixture
def world(site: Site, outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with world_in(tmp_path / "home", site, outside, monkeypatch, smtp=False) as world:
        yield world


def test_every_tool_gives_what_it_promises(world) -> None:
    page = FINE + "<table><tr><th>A</th></tr><tr><td>1</td></tr></table><a href=/other target=_blank>Leave</a>"
    world.site.page("/other", FINE + "<script>alert('hello'); console.error('ill')</script>")
    urls = {
        "{page}": world.site.page("/page", page),
        "{json}": world.site.page("/json", '{"a": [1]}', Content_Type="application/json"),
        "{pdf}": world.site.page("/rent.pdf", pdf("Rent", "Signed"), Content_Type="application/pdf"),
    }
    (world.drive / "rent.pdf").write_bytes(pdf("Rent"))

    for tool, calls in CALLS.items():
        for number, args in enumerate(calls):
            filled = {name: urls.get(value, value) if isinstance(value, str) else value for name, value in args.items()}
            result = world.good(tool, filled, f"run:{tool}:{number}")
            assert set(result.data) <= set(SPECS[tool].output_schema["properties"])

    assert CALLS.keys() == SPECS.keys()


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_the_schema_of_the_data_is_whole_flat_and_closed(spec: ToolSpec) -> None:
    schema = spec.output_schema

    Draft202012Validator.check_schema(schema)
    assert (schema["type"], schema["additionalProperties"]) == ("object", False)
    assert all(field.get("description", "").endswith(".") for field in schema["properties"].values())
    assert "$ref" not in str(schema)


def test_how_often_and_when_a_person_is_asked() -> None:
    rates = {"browser": 30, "email": 10, "drive": 60, "calendar": 60, "http": 60, "ai": 60}
    asking = {spec.name: spec.open_args for spec in SPECS.values() if spec.asks}

    assert {spec.name: spec.per_minute for spec in SPECS.values()} == {
        name: rates[spec.category] for name, spec in SPECS.items()
    }
    assert asking == {
        "browser.click": (),
        "calendar.delete": (),
        "calendar.update": ("title",),
        "drive.share": (),
        "email.send": ("subject", "body"),
        "email.sendBatch": ("subject", "body"),
        "http.post": (),
    }
    assert all(set(spec.open_args) <= set(spec.input_schema["properties"]) for spec in SPECS.values())
    assert all(spec.changes_world for spec in SPECS.values() if spec.asks)
