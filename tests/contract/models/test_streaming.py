"""A stream says the same as the whole answer, piece by piece; a listener hears when an attempt is taken back."""

from __future__ import annotations

import threading

import pytest
from model_ways import WAYS

from agentlab.errors import AnswerCut, TimedOut
from agentlab.testing import Reply
from agentlab.types import Delta

LONG = Reply(text="A word and another. " * 30, pieces=20, input_tokens=400, cache_read_tokens=100, output_tokens=120)


def test_the_pieces_are_the_text_and_all_else_is_the_same(lab, server, way) -> None:
    server.reply = LONG
    heard = list[Delta]()

    streamed, whole = lab.ask("Go on.", model=way.model, stream=heard.append), lab.ask("Go on.", model=way.model)

    assert "".join(it.text for it in heard) == streamed.text == whole.text == LONG.text
    assert len(heard) >= LONG.pieces
    for name in ("usage", "cost_usd", "credits", "finish_reason", "model", "thinking", "tool_calls"):
        assert getattr(streamed, name) == getattr(whole, name), name
    (attempt,) = streamed.attempts
    assert attempt.streamed
    assert 0 < attempt.ttft_ms <= attempt.duration_ms
    assert whole.attempts[0].ttft_ms is None
    assert lab.sql("select count(ttft_ms) from llm_calls").fetchall() == [(1,)]


def test_the_stream_of_a_lab_gives_texts_and_then_the_answer(lab, server, way) -> None:
    server.reply = LONG

    answer = lab.stream("Go on.", model=way.model)

    assert "".join(answer) == answer.response.text == LONG.text


def test_the_first_piece_comes_long_before_the_last(lab, server) -> None:
    server.reply, server.between_s = LONG, 0.02
    try:
        (attempt,) = lab.ask("Go on.", model=WAYS["anthropic"].model, stream=True).attempts
    finally:
        server.between_s = 0.0

    assert attempt.ttft_ms < attempt.duration_ms / 2


def test_a_thought_is_told_apart_from_the_text(lab, server) -> None:
    server.reply = Reply(thinking="Hm.")
    for name in ("anthropic", "openai-responses", "google"):
        heard = list[Delta]()
        lab.ask("Go on.", model=WAYS[name].model, stream=heard.append)

        assert "".join(it.thinking for it in heard) == "Hm.", name
        assert "".join(it.text for it in heard) == Reply().text, name


@pytest.mark.parametrize("fault", ["cutx1", "earlyx1", "garbledx1", "errorevent" + "x1"])
def test_a_listener_hears_that_the_answer_begins_anew(open_lab, server, way, fault) -> None:
    server.reply = LONG
    heard = list[Delta]()

    answer = open_lab(fault).ask("Go on.", model=way.model, stream=heard.append)

    (again,) = [at for at, it in enumerate(heard) if it.restart]
    assert 0 < len("".join(it.text for it in heard[:again])) < len(LONG.text)
    assert "".join(it.text for it in heard[again:]) == answer.text == LONG.text
    assert [it.status for it in answer.attempts] == ["error", "ok"]


def test_nobody_hears_of_a_new_beginning_where_nothing_was_said(open_lab, way) -> None:
    heard = list[Delta]()

    open_lab("500x1").ask("Go on.", model=way.model, stream=heard.append)

    assert not any(it.restart for it in heard)


def test_a_stream_that_stays_broken_is_an_error_with_all_attempts(open_lab, way) -> None:
    answer = open_lab("cut", model_attempts=2).stream("Go on.", model=way.model)

    with pytest.raises(AnswerCut) as caught:
        list(answer)
    assert [it.error_kind for it in caught.value.attempts] == ["answer_cut"] * 2


def test_silence_in_a_stream_is_an_error(open_lab, way) -> None:
    lab = open_lab("stall", model_attempts=1, model_stall_s=0.2)

    with pytest.raises(TimedOut):
        lab.ask("Go on.", model=way.model, stream=True)


def test_what_a_listener_raises_ends_the_call_and_is_raised(lab, server, way) -> None:
    def listen(_: Delta) -> None:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        lab.ask("Go on.", model=way.model, stream=listen)
    assert len(server.requests) == 1  # it is no reason to ask again
    assert lab.sql("select status, error_type from llm_calls").fetchall() == [("error", "ZeroDivisionError")]
    assert lab.ask("And now?", model=way.model).text  # the connection is fit for the next one


def test_pieces_come_in_order_to_one_thread(lab, server) -> None:
    server.reply, threads = LONG, set()
    lab.ask("Go on.", model=WAYS["google"].model, stream=lambda _: threads.add(threading.get_ident()))

    assert len(threads) == 1
