"""Reading a page of the app that ran without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[2] / "app"
EVIL = '![](http://evil.example/x.png) <img src="http://evil.example/y.png"> [link](http://evil.example) **bold**'
"""Text that would like to be read as Markdown or HTML."""


def parts(app: AppTest) -> dict[str, Any]:
    """What our components were given, by key."""
    return {part.key: json.loads(part.proto.json) for part in app.get("bidi_component")}


def words(app: AppTest) -> str:
    """All text of our components on the page."""
    return "\n".join(text for given in parts(app).values() for text in texts(given.get("nodes", [])))


def texts(node: Any) -> Iterator[str]:
    """All text below a node."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for child in node:
            yield from texts(child)
    else:
        yield from texts(node.get("children", []))
