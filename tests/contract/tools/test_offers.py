"""Every failure of every built-in tool, made to happen; and whatever it offers, tried: it works.

``retry``: the same call succeeds later. ``change_arguments``: a corrected call succeeds. ``alternative``: another tool does the
same. ``skip``, ``ask`` and ``replan`` are the loop's; here they are only offered. A kind of failure without a scenario fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import offers_browser
import offers_local
import offers_mail
import offers_web
import pytest
from offer_world import SCENARIOS, Outside, World, world_in
from site_server import Site

from agentlab.settings import Settings
from agentlab.tools import builtin_tools
from agentlab.types import Failure

MODULES = (offers_browser, offers_local, offers_mail, offers_web)
MAIL = ("email.send", "email.sendBatch")
_HERE = Settings(home=Path("unused"))
_SERVED = Settings(home=Path("unused"), smtp_url="smtp://127.0.0.1:25", mail_from="lab@example.org")
SPECS = {spec.name: spec for spec in builtin_tools(_HERE).specs()}
SPECS |= {f"smtp:{spec.name}": spec for spec in builtin_tools(_SERVED).specs() if spec.name in MAIL}
DECLARED = {(name, failure.kind): failure for name, spec in SPECS.items() for failure in spec.failures}
LOOPS = {"skip", "ask", "replan"}


@pytest.fixture(scope="module")
def outside(server: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    outside = Outside(tmp_path_factory.mktemp("outside"), server)
    yield outside
    outside.close()


@pytest.fixture
def world(
    request: pytest.FixtureRequest, site: Site, outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    tool = request.node.callspec.params["tool"]
    with world_in(tmp_path / "home", site, outside, monkeypatch, smtp=tool.startswith("smtp:")) as world:
        yield world


def test_every_kind_of_failure_has_a_scenario_and_no_scenario_is_left_over() -> None:
    assert sorted(DECLARED.keys() - SCENARIOS.keys()) == []
    assert sorted(SCENARIOS.keys() - DECLARED.keys()) == []


@pytest.mark.parametrize(("tool", "kind"), sorted(DECLARED))
def test_what_a_failure_offers_works(world: World, tool: str, kind: str) -> None:
    case, failure = SCENARIOS[tool, kind](world, tool), DECLARED[tool, kind]
    if case.taking_back:
        made = world.good(tool, case.args, case.key)
        case.taking_back(made)
        failed = world.undo(tool, made)
    else:
        failed = world.call(tool, case.args, case.key)

    error = failed.error
    assert error is not None, failed.data
    assert (error.kind, error.options, error.retryable) == (kind, failure.options, failure.retryable), error.message
    assert len(error.message) > 25
    assert error.message.partition(" It says: ")[0].rstrip("'\")")[-1] in ".?!"
    if case.changed is not None and "change_arguments" in failure.options:
        world.good(tool, case.changed, "run:changed")
    if case.other is not None and "alternative" in failure.options:
        assert world.good(*case.other, "run:other").data
    if case.mend is not None and failure.retryable:
        case.mend()
        world.good(tool, case.args, case.key)
    assert set(failure.options) <= LOOPS | _tried(case, failure)


def _tried(case: object, failure: Failure) -> set[str]:
    """The offers that the scenario has tried."""
    has = {"change_arguments": "changed", "alternative": "other", "retry": "mend"}
    return {option for option, name in has.items() if getattr(case, name) is not None}
