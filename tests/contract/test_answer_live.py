"""The answer of a run is shown while it is written, without its secrets, and stored only once it is whole."""

from __future__ import annotations

import json
import time

import pytest

import agentlab
from agentlab.recorder import HELD_BACK, Speech
from agentlab.types import Delta

PLAN = {"goal": "g", "steps": [{"id": "look", "tool": "drive.list", "args": {}}]}


class Live:
    """What viewers are shown."""

    def __init__(self) -> None:
        self.events: list[dict] = []

    def record(self, run_id: str, line: bytes) -> None:
        self.events.append(json.loads(line))

    @property
    def text(self) -> str:
        return "".join(event["text"] for event in self.events)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch) -> None:
    monkeypatch.setattr("agentlab.recorder.SAY_S", 0)


def said(pieces, clean=str) -> Live:
    live = Live()
    speech = Speech("run_1", live, clean)
    for piece in pieces:
        speech.hear(piece if isinstance(piece, Delta) else Delta(text=piece))
    return live


def test_pieces_come_in_order_and_the_end_is_held_back() -> None:
    words = [f"word{n} " for n in range(100)]

    shown = said(words).text

    assert "".join(words).startswith(shown)
    assert len("".join(words)) - len(shown) == HELD_BACK


def test_a_secret_that_comes_in_pieces_is_never_shown(tmp_path) -> None:
    with agentlab.open(str(tmp_path)) as lab:
        clean = lab.store.redaction.text
    secret = "sk-ant-" + "a1B2" * 12
    pieces = ["The key is ", *secret, " and ", *("more words follow here " * 20).split(" ")]

    shown = said(pieces, clean).text

    assert shown.startswith("The key is ")
    assert secret[:12] not in shown


def test_an_answer_that_begins_anew_voids_what_was_shown() -> None:
    live = said(["first " * 40, Delta(restart=True), "second " * 40])

    again = next(number for number, event in enumerate(live.events) if event.get("restart"))
    assert "first" in "".join(event["text"] for event in live.events[:again])
    assert "first" not in "".join(event["text"] for event in live.events[again:])


def test_a_run_tells_its_answer_while_it_is_written_and_the_trace_has_it_once(tmp_path) -> None:
    answer = "The drive holds what it holds. " * 20
    script = {"answers": [{"purpose": "plan", "output": PLAN}, {"purpose": "answer", "text": answer}]}
    (tmp_path / "script.json").write_text(json.dumps(script))
    with agentlab.open(str(tmp_path / "home")) as lab:
        run = lab.start("Look", model=f"scripted:{tmp_path / 'script.json'}").wait()
        until = time.monotonic() + 5
        told = []
        while not told and time.monotonic() < until:
            told = [event for _, event in lab.events(run.run_id) if event["phase"] == "text"]
        text = "".join(event["text"] for event in told)
        kinds = [span["kind"] for span in run.spans]

    assert run.answer == answer
    assert text
    assert answer.startswith(text)
    assert "text" not in kinds
