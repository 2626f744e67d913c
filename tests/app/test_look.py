"""The look: one palette in every place that needs it, everything bundled, nothing that loads or runs text."""

from __future__ import annotations

import re
import tomllib

import pytest
from app_reading import APP

import front
from agentlab.insight.palette import KINDS, TOKENS, colour_of, kind_colours, kind_of

CONFIG = tomllib.loads((APP / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
SCRIPTS = sorted((APP / "ui" / "assets").glob("*.js"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_configuration_repeats_the_palette(theme) -> None:
    look, token = CONFIG["theme"][theme], TOKENS[theme]

    assert tuple(look["chartCategoricalColors"]) == kind_colours(theme)
    assert (look["backgroundColor"], look["textColor"], look["borderColor"]) == (
        token["background"], token["text"], token["border"],
    )  # fmt: skip
    assert all(look[f"{name}Color"] == token[name] for name in ("green", "red", "orange", "gray"))
    assert look["linkColor"] == token["primary"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_white_text_can_be_read_on_the_primary_colour(theme) -> None:
    assert contrast("#FFFFFF", CONFIG["theme"][theme]["primaryColor"]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["text", "primary", "green", "red", "orange", "gray"])
def test_every_text_colour_can_be_read_on_page_and_panel(theme, name) -> None:
    for surface in ("background", "panel"):
        assert contrast(TOKENS[theme][name], TOKENS[theme][surface]) >= 4.5


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours; formula: WCAG 2.1, 1.4.3."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_no_kind_is_red_and_unknown_ones_have_a_colour() -> None:
    for theme in ("light", "dark"):
        assert TOKENS[theme]["red"] not in kind_colours(theme)
    assert kind_of("tool", "calendar") == "other"
    assert colour_of("plan", "light") == colour_of("llm", "light")


def test_browser_and_python_name_the_same_kinds() -> None:
    script = (APP / "ui" / "assets" / "elements.js").read_text(encoding="utf-8")

    assert re.findall(r'"(\w+)"', re.search(r"const KINDS = \[(.*?)\]", script)[1]) == list(KINDS)


def test_nothing_is_measured_or_fetched_from_elsewhere() -> None:
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert "http" not in (APP / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    for face in CONFIG["theme"]["fontFaces"]:
        assert (APP / face["url"].removeprefix("app/")).is_file()
    assert len(list((APP / "static").glob("*-LICENSE.txt"))) == len(CONFIG["theme"]["fontFaces"])


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_never_turn_text_into_markup_or_code(script) -> None:
    text = script.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")

    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://", text
    )


def test_the_first_page_is_ours_and_knows_its_server() -> None:
    page = front.front_page()

    assert "<title>agentlab</title>" in page
    assert page.index("BACKEND_BASE_URL") < page.index('<script type="module"')
    assert "SourceSans" not in page
    assert "favicon" not in page


def test_every_page_has_a_file() -> None:
    assert {path.stem for path in (APP / "page").glob("*.py")} == set(front.PAGES)
