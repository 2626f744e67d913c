"""Elements of a page: by selector, by the text they show, or by a description; in frames and shadow trees too."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from agentlab.tools.browser.chromium import Error, Page
from agentlab.tools.browser.fitting import Description, Fit, words
from agentlab.tools.browser.scripts import script
from agentlab.tools.failure import ToolFailed

if TYPE_CHECKING:
    from playwright.async_api import ElementHandle, Frame

T = TypeVar("T")
PATIENCE_S = 2.0
"""How long an element may take to appear, where no step waits for it, in seconds."""
MAX_FRAMES = 30
FRAME_S = 1.0
"""How long a frame of the page is asked for, in seconds."""
_PAUSE_S = 0.1
_SHOWN = 6
_BAD_SELECTOR = ("is not a valid selector", "Unexpected token", "Unknown engine", "while parsing", "Malformed selector")


@dataclass(frozen=True, slots=True)
class Found:
    """Elements of one frame: all that fit a selector, or the one that was described."""

    frame: Frame
    selector: str
    count: int = 1
    handle: ElementHandle | None = None

    async def ask(self, function: str) -> Any:
        """What the function in JavaScript says of the list of elements."""
        if self.handle:
            return await self.handle.evaluate(f"(element) => ({function})([element])")
        return await self.frame.eval_on_selector_all(self.selector, function)

    async def element(self) -> ElementHandle:
        """The element; the first that can be seen where there are several."""
        if self.handle:
            return self.handle
        visible = await self.frame.locator(self.selector).filter(visible=True).element_handles()
        return visible[0] if visible else await self.frame.locator(self.selector).first.element_handle()


async def find(
    page: Page,
    selector: str | None,
    description: str | None,
    *,
    patience_s: float = PATIENCE_S,
    clickable: bool = False,
) -> Found:
    """What fits the selector, else the description.

    Raises ``ToolFailed`` (``selector_missing`` with the near misses, ``ambiguous``, ``invalid_selector``).
    """
    end = monotonic() + PATIENCE_S
    while True:
        try:
            if selector:
                return await _by_selector(page, selector)
            return await _by_description(page, description or "", clickable=clickable)
        except ToolFailed as failed:
            if failed.error.kind != "selector_missing" or monotonic() >= end:
                raise
        await asyncio.sleep(_PAUSE_S if selector else 4 * _PAUSE_S)


async def is_there(page: Page, selector: str) -> bool:
    """Whether the page shows what the selector names. Raises ``ToolFailed`` (``invalid_selector``)."""
    for frame in _frames(page):
        try:
            if await within(frame, frame.locator(selector).filter(visible=True).count()):
                return True
        except Error as error:
            _check_selector(error, selector, frame, page)
    return False


async def missing(page: Page, selector: str) -> ToolFailed:
    """Nothing fits the selector: what is there that comes near."""
    ids: list[str] = []
    classes: list[str] = []
    texts: list[str] = []
    for frame in _frames(page):
        try:
            there = await within(frame, frame.evaluate(script("present")))
        except Error:
            continue  # a frame that has just gone
        ids, classes, texts = ids + there["ids"], classes + there["classes"], texts + there["texts"]
    if selector.startswith("text="):
        wanted, known = [selector.removeprefix("text=").strip("\"'")], texts
    else:
        wanted, known = re.findall(r"[#.]?[\w-]{3,}", selector), ids + classes
    near = _near(wanted, known)
    if near:
        hint = f"Did you mean {' or '.join(near)}?"
    else:
        some = [repr(text) for text in texts[:_SHOWN]] + ids[:_SHOWN]
        hint = f"There are: {', '.join(some)}." if some else "The page shows nothing that could be named."
    return ToolFailed("selector_missing", f"Nothing on {page.url} fits {selector!r}. {hint}")


async def _by_selector(page: Page, selector: str) -> Found:
    for frame in _frames(page):
        try:
            if count := await within(frame, frame.locator(selector).count()):
                return Found(frame, selector, count)
        except Error as error:
            _check_selector(error, selector, frame, page)
    raise await missing(page, selector)


def _check_selector(error: Error, selector: str, frame: Frame, page: Page) -> None:
    """A frame that has just gone holds nothing; whatever else went wrong is raised."""
    if any(said in str(error) for said in _BAD_SELECTOR):
        said = str(error).strip().splitlines()[0].partition(": ")[2][:200]
        raise ToolFailed(
            "invalid_selector", f"{selector!r} is no selector ({said}). Write CSS such as #id or .name, or text=…."
        ) from error
    if frame == page.main_frame:
        raise error


async def _by_description(page: Page, description: str, *, clickable: bool) -> Found:
    wanted = Description(description)
    seen: list[tuple[Frame, Any, list[dict[str, Any]]]] = []
    everywhere: list[dict[str, Any]] = []
    for frame in _frames(page):
        try:
            handle = await within(frame, frame.evaluate_handle(script("candidates")))
            items = await handle.evaluate("found => found.items")
        except Error:
            if frame == page.main_frame:
                raise
            continue
        start = len(everywhere)
        # Where things lie in each other is said by their place in the list, which grows with each frame.
        everywhere += [{**item, "parent": item["parent"] + start if item["parent"] >= 0 else -1} for item in items]
        seen.append((frame, handle, items))
    fits = wanted.fits(everywhere, clickable=clickable)
    chosen = wanted.chosen(everywhere, fits)
    if not chosen:
        raise _nothing_fits(page, description, everywhere, fits)
    if len(chosen) > 1:
        raise _several_fit(page, description, everywhere, chosen)
    at = chosen[0].at
    for frame, handle, items in seen:
        if at < len(items):
            element = (await handle.evaluate_handle("(found, at) => found.elements[at]", at)).as_element()
            if element is None:
                break
            return Found(frame, items[at]["selector"], handle=element)
        at -= len(items)
    raise _nothing_fits(page, description, everywhere, fits)


def _nothing_fits(page: Page, description: str, items: list[dict[str, Any]], fits: Iterable[Fit]) -> ToolFailed:
    near = [_shown(items[fit.at]) for fit in fits][:4]
    if not near:
        near = [_shown(item) for item in items if item["kind"] in ("heading", "table", "button", "form")][:_SHOWN]
    hint = f"Nearest: {'; '.join(dict.fromkeys(near))}." if near else "The page shows nothing that could be meant."
    return ToolFailed("selector_missing", f"Nothing on {page.url} is clearly {description!r}. {hint}")


def _several_fit(page: Page, description: str, items: list[dict[str, Any]], chosen: list[Fit]) -> ToolFailed:
    shown = "; ".join(_shown(items[fit.at]) for fit in chosen[:4])
    return ToolFailed(
        "ambiguous", f"{len(chosen)} things on {page.url} may be {description!r}; give one as selector: {shown}."
    )


def _shown(item: dict[str, Any]) -> str:
    said = (item["name"] or item["text"])[:50]
    return f"{item['selector']} ({item['kind']}{f': {said}' if said else ''})"


def _near(wanted: Iterable[str], known: list[str]) -> list[str]:
    plain = {name.lower().lstrip("#."): name for name in reversed(known)}
    near: list[str] = []
    for word in wanted:
        parts = set(words(word))
        near += [name for name in known if parts & set(words(name))][:3]
        low = word.lower().lstrip("#.")
        near += [plain[name] for name in get_close_matches(low, plain, n=3, cutoff=0.6)]
        near += [name for key, name in plain.items() if len(low) > 3 and (low in key or (len(key) > 3 and key in low))]
    return list(dict.fromkeys(near))[:4]


async def within(frame: Frame, work: Awaitable[T]) -> T:
    """What ``work`` gives in a frame. One that never gets ready, which is not the page's own, is passed over in time.

    Raises Playwright's ``Error``.
    """
    if frame.parent_frame is None:
        return await work
    try:
        async with asyncio.timeout(FRAME_S):
            return await work
    except TimeoutError as error:
        raise Error(f"The frame {frame.url} does not get ready.") from error


def _frames(page: Page) -> list[Frame]:
    """The page itself, then its frames."""
    return [page.main_frame, *(frame for frame in page.frames if frame != page.main_frame and not frame.is_detached())][
        :MAX_FRAMES
    ]
