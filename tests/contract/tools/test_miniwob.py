"""MiniWoB++: small pages that give a task and a reward, worked on through the public tools by scripts that read the task.

The tools neither type nor drag, so these are the tasks that clicking and reading can do.
"""

from __future__ import annotations

import asyncio
import http.server
import re
import threading
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from agentlab.settings import Settings
from agentlab.tools import builtin_tools
from agentlab.types import Scope, ToolContext

TRIES = 2
"""Tasks of a page: each is drawn anew."""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site():
    package = find_spec("miniwob")
    folder = Path((package.submodule_search_locations or [""])[0]) / "html"
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


class Hands:
    """The browser tools, on one page."""

    def __init__(self, tools: Any, host: str) -> None:
        self._tools = tools
        self._host = host
        self._context = ToolContext(scope=Scope.of_run("run_miniwob"))

    async def use(self, name: str, **args: Any) -> Any:
        result = await self._tools.get(f"browser.{name}").execute(args, self._context)
        assert result.success, (name, args, result.error)
        return result.data

    async def begin(self, task: str) -> str:
        await self.use("navigate", url=f"http://{self._host}/miniwob/{task}.html")
        await self.use("click", selector="#sync-task-cover")
        return await self.read("#query")

    async def read(self, selector: str) -> str:
        return str((await self.use("extract", selector=selector))["text"]).strip()

    async def click(self, selector: str) -> None:
        await self.use("click", selector=selector)

    async def reward(self) -> float:
        return float(await self.read("#reward-last"))


Policy = Callable[[Hands, str], Any]
POLICIES: dict[str, Policy] = {}


def policy(task: str) -> Callable[[Policy], Policy]:
    def keep(made: Policy) -> Policy:
        POLICIES[task] = made
        return made

    return keep


@policy("click-test")
async def press_the_button(hands: Hands, task: str) -> None:
    await hands.click("#subbtn")


@policy("click-button")
async def press_the_named_one(hands: Hands, task: str) -> None:
    name = re.search(r'"(.+)"', task)[1]
    await hands.click(f'#area button:text-is("{name}") >> nth=0')


@policy("click-button-sequence")
async def press_one_after_the_other(hands: Hands, task: str) -> None:
    await hands.click('#area button:text-is("ONE")')
    await hands.click('#area button:text-is("TWO")')


@policy("click-dialog")
async def close_the_dialog(hands: Hands, task: str) -> None:
    await hands.click(".ui-dialog-titlebar-close")


@policy("click-dialog-2")
async def answer_the_dialog(hands: Hands, task: str) -> None:
    name = re.search(r'"(.+)"', task)[1]
    await hands.click(".ui-dialog-titlebar-close" if name == "x" else f'.ui-dialog button:text-is("{name}")')


@policy("click-link")
async def follow_the_link(hands: Hands, task: str) -> None:
    name = re.search(r'"(.+)"', task)[1]
    await hands.click(f'#area .alink:text-is("{name}") >> nth=0')


@policy("click-option")
async def choose_one(hands: Hands, task: str) -> None:
    name = re.search(r"Select (.+) and click", task)[1]
    await hands.click(f'#area label:has-text("{name}") input')
    await hands.click('#area button:text-is("Submit")')


@policy("click-checkboxes")
async def choose_some(hands: Hands, task: str) -> None:
    names = re.search(r"Select (.+) and click", task)[1]
    for name in [] if names == "nothing" else names.split(", "):
        await hands.click(f'#area label:text-is("{name}") input')
    await hands.click('#area button:text-is("Submit")')


@policy("click-tab")
async def turn_to_the_tab(hands: Hands, task: str) -> None:
    name = re.search(r"(Tab #\d)", task)[1]
    await hands.click(f'#area a:text-is("{name}")')


@policy("click-collapsible-nodelay")
@policy("click-collapsible")
async def unfold_and_submit(hands: Hands, task: str) -> None:
    await hands.click("#area h3")
    await hands.use("waitFor", selector="#area button:visible", timeoutS=5)
    await hands.click("#area button:visible")


@policy("click-widget")
async def press_the_kind(hands: Hands, task: str) -> None:
    kind = re.search(r'"(.+)"', task)[1]
    await hands.click(f'#area [data-type="{kind}"] >> nth=0')


@policy("focus-text")
async def go_into_the_box(hands: Hands, task: str) -> None:
    await hands.click("#area input")


@policy("focus-text-2")
async def go_into_the_right_box(hands: Hands, task: str) -> None:
    place = {"1st": 0, "2nd": 1, "3rd": 2}[re.search(r"(1st|2nd|3rd)", task)[1]]
    await hands.click(f"#area input >> nth={place}")


@pytest.fixture(scope="module")
def tools(site, tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("miniwob"), egress_allow=site)
    settings.prepare_home()
    tools = builtin_tools(settings)
    yield tools
    tools.close()


@pytest.mark.parametrize("task", sorted(POLICIES))
def test_a_script_earns_its_reward(task, tools, site) -> None:
    hands = Hands(tools, site)

    async def work() -> list[float]:
        rewards = []
        for _ in range(TRIES):
            await POLICIES[task](hands, await hands.begin(task))
            rewards.append(await hands.reward())
        return rewards

    assert min(asyncio.run(work())) > 0


def test_there_are_enough_of_them() -> None:
    assert len(POLICIES) >= 10
