"""The colours of kinds and states, the same in the app, in figures and in notebooks; red always means failed."""

from __future__ import annotations

from typing import Literal

Theme = Literal["light", "dark"]

KINDS = ("llm", "browser", "http", "email", "drive", "ai", "skill", "other")
"""Kinds that have a colour of their own, in the order of the palette."""

_KIND_COLOURS: dict[Theme, tuple[str, ...]] = {
    "light": ("#3B5BDB", "#0E8A8A", "#7048C6", "#B8560B", "#5C7C1F", "#C2387E", "#8A6A00", "#5F6775"),
    "dark": ("#8AA0FF", "#4FC3C3", "#B79CF5", "#F0A35E", "#A9CC63", "#F07CB6", "#E3C34B", "#9AA3B2"),
}
_ALIASES = {"plan": "llm", "eval": "llm", "agent": "skill"}

TOKENS: dict[Theme, dict[str, str]] = {
    "light": {
        "background": "#FFFFFF",
        "panel": "#F6F7F9",
        "text": "#16181D",
        "border": "#E3E6EB",
        "primary": "#3B5BDB",
        "green": "#0B7A53",
        "red": "#C92A2A",
        "orange": "#AE510A",
        "gray": "#5F6775",
    },
    "dark": {
        "background": "#0F1115",
        "panel": "#171A21",
        "text": "#E6E8EC",
        "border": "#2A2F3A",
        "primary": "#9DB0FF",
        "green": "#4CC38A",
        "red": "#FF7B7B",
        "orange": "#F0A35E",
        "gray": "#9AA3B2",
    },
}
"""Surfaces, lines, text and states by theme. ``app/.streamlit/config.toml`` repeats them; a test keeps both equal."""


def kind_of(kind: str, category: str | None = None) -> str:
    """The kind that decides the colour of a span: its tool's category where it has one, else what it is."""
    named = category or _ALIASES.get(kind, kind)
    return named if named in KINDS else "other"


def colour_of(kind: str, theme: Theme) -> str:
    """The colour of a kind, as ``#RRGGBB``."""
    return _KIND_COLOURS[theme][KINDS.index(kind_of(kind))]


def kind_colours(theme: Theme) -> tuple[str, ...]:
    """The colours of ``KINDS``, in the same order."""
    return _KIND_COLOURS[theme]
