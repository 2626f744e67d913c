"""Summaries, extraction, answers to questions: real text in, its own facts out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlab.models.offline.extraction import extract
from agentlab.models.offline.patterns import KINDS
from agentlab.models.offline.questions import answer_question
from agentlab.models.offline.summary import summarize
from agentlab.models.offline.text import passages, sentences, words

ANY_TEXT = st.one_of(
    st.text(max_size=400),
    st.lists(
        st.sampled_from(
            ["Owner: Ann", "# Head", "- item", "a,b", "1,2", "|x|", "<p>Hi</p>", "3 May 2026.", "€5", "? A", ""]
        ),
        max_size=20,
    ).map("\n".join),
)

HTML = """<!doctype html><html><head><title>Report</title><style>p {color: red}</style></head><body>
<nav><a href="/">Home</a> and other menus nobody reads</nav>
<h1>Solar farm at Westfield</h1>
<p>The farm produced 48.2 GWh in 2025, which is 12 % more than in 2024. It has 31,000 panels on 64 hectares.</p>
<p>Sheep graze between the rows of panels. The weather was pleasant on most days of the year.</p>
<p>Repairs cost EUR 210,000 after the hail of 3 July 2025. Visitors can see the farm on Sundays.</p>
<script>alert("never shown 99")</script></body></html>"""


def test_a_summary_is_made_of_the_texts_own_sentences_in_their_order(sample) -> None:
    text = sample("ocean-report.md")

    said = sentences(summarize(text, 5))

    own = [passage.text for passage in passages(text)]
    assert len(said) == 5
    assert sorted(said, key=own.index) == said


def test_a_summary_of_a_page_keeps_its_figures_and_no_markup() -> None:
    said = summarize(HTML, 3)

    assert "48.2 GWh" in said
    assert "EUR 210,000" in said
    assert not any(noise in said for noise in ("<", "menus", "alert", "color"))


def test_focus_brings_what_it_names() -> None:
    assert "Sheep" not in summarize(HTML, 1)
    assert "Sheep graze" in summarize(HTML, 1, focus="animals such as sheep")


def test_of_two_sentences_that_say_as_much_the_one_with_figures_is_kept() -> None:
    text = "The mill was built. The harvest was good for barley farmers. The harvest was 40 tonnes for barley farmers."

    assert "40 tonnes" in summarize(text, 2)


def test_a_short_text_is_its_own_summary() -> None:
    assert summarize("One thing happened today.", 5) == "One thing happened today."
    assert summarize("", 5) == ""


def test_a_table_is_described(sample) -> None:
    said = summarize(sample("invoices.csv"), 5)

    assert "12 rows" in said
    assert "36,004.95 in total" in said
    assert "overdue 3" in said


def test_abbreviations_and_decimals_do_not_end_a_sentence() -> None:
    assert sentences("Dr. Lee paid 3.5 million. That was on Jan. 3. Mr. Fox left.") == [
        "Dr. Lee paid 3.5 million.",
        "That was on Jan. 3.",
        "Mr. Fox left.",
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [("refunds", "refunded"), ("prices", "price"), ("cities", "city"), ("planning", "planned"), ("takes", "take")],
)
def test_forms_of_a_word_meet(one, other) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (
            "emails",
            "Write to ann.lee+x@mail.example.com, or (bo@b.example).",
            ["ann.lee+x@mail.example.com", "bo@b.example"],
        ),
        ("emails", "not@, @not, a@b, user@localhost", []),
        (
            "urls",
            "See https://a.example/x?y=1. And (http://b.example/z)!",
            ["https://a.example/x?y=1", "http://b.example/z"],
        ),
        ("dates", "On 2026-03-03 and 3 March 2026 and March 3, 2026", ["2026-03-03"]),
        ("dates", "3rd of Sept 2026; Dec 24, 2025; 31.12.2026", ["2026-09-03", "2025-12-24", "2026-12-31"]),
        ("dates", "03/04/2026 or 13/04/2026 or 04/13/2026", ["03/04/2026", "2026-04-13"]),
        ("dates", "It may rain on 12 May. 31 February 2026 and 2026-13-01 are no days.", ["12 May"]),
        (
            "amounts",
            "€1,234.50 and $5 million, EUR 300, 300 euros, £20k, 12 eggs",
            ["€1,234.50", "$5 million", "EUR 300", "300 euros", "£20k"],
        ),
        ("percentages", "12 % more, 3.5%, 7 per cent, 100 things", ["12 %", "3.5%", "7 per cent"]),
        (
            "phones",
            "Call +49 555 0142 77 or (555) 010-9999, not 2026-03-03 or EUR 1 234 567.",
            ["+49 555 0142 77", "(555) 010-9999"],
        ),
        ("people", "Amara Diallo met Jan van Dijk on Monday Morning in March 2026.", ["Amara Diallo", "Jan van Dijk"]),
    ],
)
def test_facts_are_found_by_what_they_look_like(kind, text, found) -> None:
    assert KINDS[kind](text) == found


def test_fields_are_found_by_label_heading_and_column() -> None:
    text = "# Plan\nOwner: Ann Lee\n**Due date:** 3 May 2026\n- Risk: rain\n- Risk: wind\n\n## Decisions\n- Start early\n- End late\n"

    assert extract(text, ["owner", "due date", "risk", "decisions", "colour"]) == {
        "owner": "Ann Lee",
        "due date": "3 May 2026",
        "risk": ["rain", "wind"],
        "decisions": ["Start early", "End late"],
        "colour": [],
    }


def test_columns_of_a_table_are_fields(sample) -> None:
    found = extract(sample("invoices.csv"), ["customers", "amounts", "due date"])

    assert found["customers"][:2] == ["Riverside Bakery", "Harbour Ferry"]
    assert found["amounts"][0] == "1240.00"
    assert found["due date"][0] == "2026-02-07"
    assert len({len(column) for column in found.values()}) == 1


def test_real_notes_give_up_their_facts(sample) -> None:
    found = extract(sample("meeting-notes.txt"), ["emails", "dates", "amounts", "action items"])

    assert len(found["emails"]) == 5
    assert {"2026-03-09", "2026-06-30"} <= set(found["dates"])
    assert {"EUR 31,500", "EUR 14,350"} <= set(found["amounts"])
    assert len(found["action items"]) == 4


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What does samples/faq.md say about refunds?", "within 30 days"),
        ("How much is a ticket for children?", "EUR 2.10"),
        ("How long does the crossing take?", "12 minutes"),
        ("Can I take my bicycle?", "EUR 1.80"),
    ],
)
def test_questions_are_answered_from_the_text(question, answer, sample) -> None:
    assert answer in answer_question(question, sample("faq.md"))


def test_what_the_text_does_not_say_is_not_answered(sample) -> None:
    assert answer_question("Who leads NASA?", sample("faq.md")) == "The text says nothing about leads, NASA."
    assert "only answer from a text" in answer_question("Who leads NASA?", "")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the total amount of the overdue invoices?", "3 rows with status overdue is 4,251.05"),
        ("What is the highest amount?", "is 12,400"),
        ("What is the average amount for the Marine Station?", "2 rows with customer Marine Station is 1,450"),
        ("How many invoices of the City Library are there?", "2 of 12 rows"),
        ("How many rows are there?", "12 rows"),
        ("Which invoices are open?", "2026-107"),
    ],
)
def test_tables_are_added_up(question, answer, sample) -> None:
    assert answer in answer_question(question, sample("invoices.csv"))


def test_two_texts_are_compared_sentence_by_sentence(sample) -> None:
    context = (
        f"# File: a\n{summarize(sample('release-a.md'), 15)}\n\n# File: b\n{summarize(sample('release-b.md'), 15)}"
    )

    said = answer_question("What changed?", context)

    assert "up to 5 loans at once. → Readers can renew up to 20 loans at once." in said
    assert "Only in b:\n- Families can share" in said
    assert "signs readers out" not in said


def test_equal_texts_say_the_same() -> None:
    assert answer_question("Compare them", "# File: a\nIt rains.\n# File: b\nIt rains.") == "a and b say the same."


@given(ANY_TEXT, st.integers(1, 9), st.text(max_size=20))
@settings(max_examples=50)
def test_a_summary_of_any_text_has_at_most_the_sentences_asked_for(text, count, focus) -> None:
    assert isinstance(summarize(text, count, focus), str)


@given(ANY_TEXT, st.lists(st.one_of(st.sampled_from([*KINDS, "owner", "item"]), st.text(max_size=20)), max_size=5))
@settings(max_examples=50)
def test_extraction_gives_every_field_a_text_or_a_list(text, fields) -> None:
    found = extract(text, fields)

    assert list(found) == list(dict.fromkeys(fields))
    assert all(isinstance(value, str | list) for value in found.values())


@given(st.text(max_size=60), ANY_TEXT)
@settings(max_examples=50)
def test_any_question_gets_an_answer(question, text) -> None:
    assert answer_question(question, text)
