"""Google on loopback: a transport that checks each request against the description in the client's package.

``GoogleWire(name, version, answer)`` stands for ``httplib2.Http``. A request that the description does not know, with a parameter
or a field that it does not have, or with a value of another type, fails the test; else ``answer`` gets it and says what comes back.
"""

from __future__ import annotations

import importlib.resources
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httplib2


@dataclass
class Asked:
    """One request that fits the description."""

    method: str
    """``files.create``"""
    path: dict[str, str]
    query: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)
    """JSON of the request."""
    media: bytes | None = None
    """Content of an upload, when it is complete."""
    media_type: str = ""


Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]


class GoogleWire:
    """Implements what ``googleapiclient`` needs of ``httplib2.Http``."""

    def __init__(self, name: str, version: str, answer: Callable[[Asked], Answer]) -> None:
        place = importlib.resources.files("googleapiclient.discovery_cache.documents") / f"{name}.{version}.json"
        self._about = json.loads(place.read_text(encoding="utf-8"))
        self._answer = answer
        self._open: dict[str, tuple[Asked, bytearray]] = {}
        self.asked: list[Asked] = []
        self.problems: list[str] = []
        """What did not fit the description; a test asserts that there is nothing."""
        self.timeout = None

    def request(self, uri: str, method: str = "GET", body: Any = None, headers: Any = None, **_: Any) -> Any:
        """Check, answer."""
        if uri in self._open:
            return self._chunk(uri, body, dict(headers or {}))
        try:
            asked = self._checked(uri, method, body, dict(headers or {}))
        except AssertionError as error:  # the tool's edge would make a result of it
            self.problems.append(str(error))
            raise
        if asked.query.get("uploadType") == "resumable":
            session = f"https://www.googleapis.com/session/{len(self._open)}"
            self._open[session] = (asked, bytearray())
            return httplib2.Response({"status": "200", "location": session}), b""
        return self._said(asked)

    def close(self) -> None:
        """Nothing is open."""

    def _said(self, asked: Asked) -> Any:
        self.asked.append(asked)
        status, said, *more = self._answer(asked)
        content = said if isinstance(said, bytes) else json.dumps(said).encode() if said is not None else b""
        headers = {"status": str(status), "content-length": str(len(content)), **(more[0] if more else {})}
        return httplib2.Response(headers), content

    def _chunk(self, uri: str, body: Any, headers: dict[str, str]) -> Any:
        asked, got = self._open[uri]
        content = body.read() if hasattr(body, "read") else body or b""
        got += content
        whole = re.match(r"bytes (?:\d+-(\d+)|\*)/(\d+)", headers.get("Content-Range", f"bytes */{len(got)}"))
        assert whole, headers
        if len(got) < int(whole.group(2)):
            return httplib2.Response({"status": "308", "range": f"bytes=0-{len(got) - 1}"}), b""
        asked.media = bytes(got)
        return self._said(asked)

    def _checked(self, uri: str, method: str, body: Any, headers: dict[str, str]) -> Asked:
        parts = urlsplit(uri)
        assert f"{parts.scheme}://{parts.netloc}/" == self._about["rootUrl"], uri
        query = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True) if parts.query else [])
        name, spec, path = self._method(method, parts.path, query)
        for key, value in {**query, **path}.items():
            known = {**self._about["parameters"], **spec.get("parameters", {}), "uploadType": {"type": "string"}}
            assert key in known, f"{name} has no parameter {key!r}"
            _check_text(f"{name}.{key}", value, known[key])
        required = {key for key, about in spec.get("parameters", {}).items() if about.get("required")}
        assert required <= {**query, **path}.keys(), f"{name} lacks {required - {**query, **path}.keys()}"
        if "fields" in query and "response" in spec:
            self._check_fields(query["fields"], spec["response"]["$ref"])
        sent = json.loads(body) if body else {}
        if sent:
            assert "request" in spec, f"{name} takes no body"
            self._check_value(name, sent, {"$ref": spec["request"]["$ref"]})
        return Asked(name, path, query, sent, media_type=headers.get("X-Upload-Content-Type", ""))

    def _method(self, verb: str, path: str, query: dict[str, str]) -> tuple[str, dict[str, Any], dict[str, str]]:
        for name, spec in _methods(self._about["resources"]):
            uploads = spec.get("mediaUpload", {}).get("protocols", {})
            templates = ["/" + self._about["servicePath"] + spec["path"]]
            if "uploadType" in query:
                templates = [protocol["path"] for protocol in uploads.values()]
            for template in templates:
                pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
                if spec["httpMethod"] == verb and (found := re.fullmatch(pattern, path)):
                    return name, spec, {key: unquote(value) for key, value in found.groupdict().items()}
        raise AssertionError(f"{verb} {path} is no request of {self._about['name']}")

    def _check_value(self, where: str, value: Any, about: dict[str, Any]) -> None:
        if "$ref" in about:
            about = self._about["schemas"][about["$ref"]]
        kind = about["type"]
        if kind == "object":
            assert isinstance(value, dict), f"{where} is no object"
            known, more = about.get("properties", {}), about.get("additionalProperties")
            for key, item in value.items():
                assert key in known or more, f"{where} has no field {key!r}"
                self._check_value(f"{where}.{key}", item, known.get(key, more))
        elif kind == "array":
            assert isinstance(value, list), f"{where} is no list"
            for item in value:
                self._check_value(f"{where}[]", item, about["items"])
        else:
            types: dict[str, Any] = {
                "string": str,
                "boolean": bool,
                "integer": int,
                "number": (int, float),
                "any": object,
            }
            assert isinstance(value, types[kind]), f"{where} is no {kind}: {value!r}"
            assert "enum" not in about or value in about["enum"], f"{where} cannot be {value!r}"

    def _check_fields(self, mask: str, schema: str) -> None:
        """``nextPageToken,files(id,name)``: every name is a field of the answer."""
        known = self._about["schemas"][schema]["properties"]
        for found in re.finditer(r"([\w*]+)(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?(?:,|$)", mask):
            name, inner = found.groups()
            assert name in known, f"{schema} has no field {name!r}"
            if inner:
                about = known[name].get("items", known[name])
                self._check_fields(inner, about["$ref"])
        assert re.sub(r"[\w*]|[(),]", "", mask) == "", mask


def _methods(resources: dict[str, Any], before: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in resources.items():
        for method, spec in resource.get("methods", {}).items():
            yield f"{before}{name}.{method}", spec
        yield from _methods(resource.get("resources", {}), f"{before}{name}.")


def _check_text(where: str, value: str, about: dict[str, Any]) -> None:
    """A parameter, which is text in a URL."""
    match about["type"]:
        case "boolean":
            assert value in ("true", "false"), f"{where} is no boolean: {value!r}"
        case "integer":
            number = int(value)
            assert int(about.get("minimum", number)) <= number <= int(about.get("maximum", number)), f"{where}={value}"
    assert "enum" not in about or value in about["enum"], f"{where} cannot be {value!r}"
    assert not about.get("pattern") or re.fullmatch(about["pattern"], value), f"{where}={value}"
