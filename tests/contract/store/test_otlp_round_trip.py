"""What we write as OTLP is read back exactly: every column, attribute, payload and note, in protobuf and in JSON."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from otlp_spans import alike, spans

from agentlab.store.otlp import read, write


@pytest.mark.parametrize("form", ["protobuf", "json"])
@given(sent=st.lists(st.one_of(spans(), spans(ids=False)), max_size=3))
@settings(max_examples=150, deadline=None)
def test_a_span_that_we_wrote_comes_back_as_it_was(form, sent) -> None:
    received = read(write(sent, form), form)

    assert received.refused == []
    assert received.notes == []
    assert len(received.spans) == len(sent)
    for before, after in zip(sent, received.spans, strict=True):
        one, other = asdict(before), asdict(after)
        assert [name for name in one if not alike(one[name], other[name])] == [], (one, other)
