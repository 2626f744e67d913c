"""What is done with the page of a session: open an address, click, wait for an element, take a picture."""

from __future__ import annotations

import asyncio
from collections import Counter
from time import monotonic
from typing import TYPE_CHECKING, Any

from agentlab.tools.browser.chromium import WINDOW, Error, Page
from agentlab.tools.browser.finding import find, is_there, missing, within
from agentlab.tools.browser.gate import place
from agentlab.tools.browser.scripts import script
from agentlab.tools.browser.session import Session, no_page
from agentlab.tools.browser.trouble import check_page, crashed, told, why_not_clickable
from agentlab.tools.egress import read_url
from agentlab.tools.failure import ToolFailed
from agentlab.tools.page import read_page
from agentlab.types import JSON

if TYPE_CHECKING:
    from playwright.async_api import ElementHandle

LOAD_S = 10.0
"""How long pictures and scripts of a page may take after its text is there, in seconds."""
SETTLE_S = 3.0
"""How long what a click began may take until the page is looked at, in seconds."""
CLICK_S = 5.0
"""How long an element may take to become clickable, in seconds."""
MAX_TEXT = 20_000
"""Characters of a page's text in a result; browser.extract gives more."""
MAX_NEW = 50
MAX_HEIGHT = 16_000
"""Tallest picture of a whole page, in pixels."""
_MAX_HTML = 400_000
_MAX_FRAMES = 5
_UNTOUCHED = 8
"""Looks at a page that a click has not changed yet, before it counts as having done nothing."""
_STATE = """() => [location.href, document.readyState, document.getElementsByTagName("*").length,
    document.body ? document.body.innerText.length : 0]"""
_SAYS_MORE = "() => document.body && document.body.innerText.trim().length > 20"


async def visit(session: Session, url: str) -> None:
    """Open ``url``. Raises ``ToolFailed``, of every kind that a page can fail with."""
    await session.gate.addresses(read_url(url))
    session.gate.count_anew()
    session.loading.clear()
    session.answer, session.asked = None, url
    if session.spoiled:
        await session.renew()
    try:
        await session.page.goto(url, wait_until="domcontentloaded")
    except Error as error:
        session.spoiled = True
        raise _reason(session, error) from error
    await _load(session)
    await _check(session)


async def stay(session: Session, last_url: str) -> bool:
    """Have a page open: the one that is, else the one of the session that was lost; whether it had to be opened again.

    Raises ``ToolFailed`` (``no_page``).
    """
    if session.url:
        return False
    if not last_url:
        raise no_page()
    await visit(session, last_url)
    return True


async def describe(session: Session) -> JSON:
    """The page: ``{url, status, title, text, links}``; the text is its readable start, visible frames included."""
    page = session.page
    seen = await _ask(page, script("clean"), None, _MAX_HTML)
    text = read_page(str(seen["html"])).text
    if len(text) < 20:
        try:  # a page that is drawn by scripts
            await page.wait_for_function(_SAYS_MORE, timeout=1_000 if session.loading else 300)
            seen = await _ask(page, script("clean"), None, _MAX_HTML)
            text = read_page(str(seen["html"])).text
        except Error:
            pass  # it has no more to say
    for frame in [frame for frame in page.frames if frame != page.main_frame][:_MAX_FRAMES]:
        try:
            function = f"([root, limit]) => ({script('clean')})(root, limit)"
            inner = await within(frame, frame.evaluate(function, [None, _MAX_HTML]))
        except Error:
            continue  # a frame that has just gone
        text = f"{text}\n\n{read_page(str(inner['html'])).text}".strip()
    return {
        "url": page.url,
        "status": session.answer.status if session.answer else 0,
        "title": str(seen["title"])[:300],
        "text": text[:MAX_TEXT],
        "links": seen["links"],
    }


async def click(session: Session, selector: str | None, description: str | None, key: str = "") -> JSON:
    """Click, wait until the page is quiet, and tell what is there that was not there before; kept under ``key``."""
    page = session.page
    found = await find(page, selector, description, clickable=True)
    element = await found.element()
    label = " ".join(str(await element.evaluate("node => node.innerText || node.value || node.title || ''")).split())
    before, was, state = await _ask(page, script("state")), page.url, await _ask(page, _STATE)
    session.gate.count_anew()
    session.loading.clear()
    session.pressed[key] = None  # from here on it may have its effect, whatever breaks
    try:
        await _press(page, element, found.selector)
    except ToolFailed:
        del session.pressed[key]
        raise
    await _settle(session, state)
    opened = session.newest()
    if opened is not page:
        session.page = opened
        await _load(session)
        await _settle(session, None)
    await _check(session, any_status=True)
    after = await _ask(session.page, script("state"))
    came: JSON = {
        **await describe(session),
        "clicked": label[:200],
        "fits": found.count,
        "navigated": session.page.url != was,
        "popup": opened.url if opened is not page else None,
        "appeared": _new(before["lines"], after["lines"]),
        "controls": _new(before["controls"], after["controls"]),
    }
    session.pressed[key] = came
    return came


async def wait_for(session: Session, selector: str, timeout_s: float) -> float:
    """Seconds until the page shows what ``selector`` names. Raises ``ToolFailed`` (``selector_missing``)."""
    began = monotonic()
    while not await is_there(session.page, selector):
        if monotonic() - began > timeout_s:
            failed = await missing(session.page, selector)
            raise ToolFailed("selector_missing", f"{failed} Waited {timeout_s:g} s.")
        await asyncio.sleep(0.1)
    return round(monotonic() - began, 2)


async def shoot(session: Session, *, whole: bool) -> tuple[bytes, bool]:
    """A picture (PNG) of what the window shows or of the ``whole`` page; and whether its end was left out."""
    page = session.page
    if not whole:
        return await page.screenshot(animations="disabled"), False
    height = int(await _ask(page, "() => document.documentElement.scrollHeight"))
    if height <= MAX_HEIGHT:
        return await page.screenshot(full_page=True, animations="disabled"), False
    clip: Any = {"x": 0, "y": 0, "width": WINDOW["width"], "height": MAX_HEIGHT}
    return await page.screenshot(full_page=True, clip=clip, animations="disabled"), True


def _new(before: list[str], after: list[str]) -> list[str]:
    """What is in ``after`` and was not, or not as often, in ``before``."""
    known, new = Counter(before), []
    for line in after:
        known[line] -= 1
        if known[line] < 0 and line not in new:
            new.append(line[:500])
    return new[:MAX_NEW]


async def _ask(page: Page, function: str, *arguments: Any) -> Any:
    """What a function in JavaScript says; once more where the page went elsewhere meanwhile."""
    call = f"(arguments_) => ({function})(...arguments_)"
    for _ in range(4):
        try:
            return await page.evaluate(call, list(arguments))
        except Error as error:
            if "context was destroyed" not in str(error) and "Cannot find context" not in str(error):
                raise
        await page.wait_for_load_state("domcontentloaded")
    return await page.evaluate(call, list(arguments))


async def _press(page: Page, element: ElementHandle, selector: str) -> None:
    """Click the element. Raises ``ToolFailed`` (``not_clickable``) where that cannot be, and nothing was done."""
    try:
        await element.click(timeout=CLICK_S * 1_000)
    except Error as error:
        said = str(error)
        if "click action done" in said:
            return  # only what follows takes long
        reason = why_not_clickable(said)
        if not reason and "performing click action" not in said and await _is_awake(page, error):
            reason = "it moves, or is gone"
        if not reason:
            raise
        raise ToolFailed(
            "not_clickable", f"{selector} on {page.url} cannot be clicked: {reason}. Click what is in the way first."
        ) from error


async def _is_awake(page: Page, error: Error) -> bool:
    """Whether a page on which something took too long still answers."""
    if "Timeout" not in str(error):
        return False
    try:
        async with asyncio.timeout(1):
            return bool(await page.evaluate("() => true"))
    except (TimeoutError, Error):
        return False


async def _load(session: Session) -> None:
    """Wait for the rest of the page, up to a limit: what is there by then is taken."""
    try:
        await session.page.wait_for_load_state("load", timeout=LOAD_S * 1_000)
    except Error as error:
        if "Timeout" not in str(error):
            raise


async def _settle(session: Session, before: Any) -> None:
    """Wait until nothing loads and nothing is drawn any more, up to a limit; longer while all is as ``before``."""
    end, last, steady = monotonic() + SETTLE_S, None, 0
    while monotonic() < end and steady < (_UNTOUCHED if last == before else 2):
        await asyncio.sleep(0.06)
        page = session.newest()
        try:
            now = await page.evaluate(_STATE)
        except Error:
            now = None  # on its way to another page
        quiet = now is not None and now == last and now[1] == "complete" and not session.loading
        steady, last = steady + 1 if quiet else 0, now


async def _check(session: Session, *, any_status: bool = False) -> None:
    """Raise ``ToolFailed`` where what is open is not the page that was meant."""
    session.check_size()
    if session.crashed:
        raise crashed(session.asked)
    answer, page = session.answer, session.page
    if page.url.startswith("chrome-error:") or page.url.startswith(("file:", "chrome:", "view-source:")):
        session.spoiled = True
        raise _reason(session, None)
    if answer is None or answer.status < 400:
        return
    if refused := session.gate.refused.get(place(read_url(answer.url))):
        session.spoiled = True
        raise refused
    if not any_status:
        session.spoiled = True  # nobody is to work on a page that says what went wrong
        check_page(answer.status, answer.url, str(await _ask(page, "() => document.body?.innerText ?? ''"))[:1_000])


def _reason(session: Session, error: Error | None) -> ToolFailed:
    """Why the page that was asked for did not come."""
    if session.gate.filled.is_set():
        return session.gate.overfull()
    try:
        if refused := session.gate.refused.get(place(read_url(session.asked))):
            return refused
        if session.answer and session.answer.status >= 400:
            check_page(session.answer.status, session.answer.url, "")
    except ToolFailed as failed:
        return failed
    if error is None:
        return ToolFailed("connect", f"{session.asked} could not be opened in the browser.")
    return told(error, session.asked)
