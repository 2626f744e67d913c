"""The first page a browser gets: Streamlit's own, with our name and fonts, and told where its server is.

Without the last, Streamlit looks for its server below the page's own path first (``/run/_stcore``), and every page
but Home begins with failed requests.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

PAGES = {
    "home": ("Home", ":material/home:"),
    "launch": ("Launch", ":material/play_circle:"),
    "team": ("Team", ":material/groups:"),
    "run": ("Runs", ":material/account_tree:"),
    "schedules": ("Schedules", ":material/schedule:"),
    "notifications": ("Notifications", ":material/notifications:"),
    "compare": ("Compare", ":material/difference:"),
    "telemetry": ("Telemetry", ":material/monitoring:"),
    "tools": ("Tools", ":material/construction:"),
    "models": ("Models", ":material/neurology:"),
    "memory": ("Memory", ":material/psychology:"),
    "mail": ("Mail", ":material/mail:"),
}
"""Title and icon of each page by the name of its file, which is its address too; the first one is at ``/``."""

_HEAD = """
    <script>window.__streamlit = { BACKEND_BASE_URL: location.origin }</script>
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" type="image/png" href="./app/static/mark.png" />
    <link rel="preload" href="./app/static/inter-latin-wght-normal.woff2" as="font" type="font/woff2" crossorigin />
"""


def routes() -> list[Route]:
    """One route for each page; whatever else there is stays Streamlit's."""
    first, *others = PAGES
    return [Route(path, _serve) for path in ("/", f"/{first}", *(f"/{name}" for name in others))]


async def _serve(_: Request) -> HTMLResponse:
    return HTMLResponse(front_page(), headers={"cache-control": "no-cache"})


@cache
def front_page() -> str:
    """Streamlit's page with our head."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    page = re.sub(r'<link\s+rel="(?:shortcut icon|preload)"[^>]*(?:favicon|SourceSans)[^>]*/>', "", page)
    return page.replace("<title>Streamlit</title>", "<title>agentlab</title>").replace("<head>", f"<head>{_HEAD}", 1)
