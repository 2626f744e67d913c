"""Goals that go on with a conversation: what was found before answers them, "it" stands for what was said."""

from __future__ import annotations

from typing import Any

import pytest

from agentlab.models.offline.closing import CLOSING
from agentlab.models.offline.follow_up import plan_on
from agentlab.types import JSON

PAGE = (
    "Acme Corp makes anvils in Turin. Revenue rose 12 % to EUR 3.4 million. The P/E ratio stood at 28.4 at the end of "
    "the year. The company has 120 employees."
)
RESEARCH: JSON = {
    "goal": "Research Acme Corp at https://acme.example/report",
    "answer": f"Acme had a good year. Revenue rose.\n\n{CLOSING}",
    "found": {
        "fetch": {"title": "Acme", "text": PAGE},
        "summarize": {"summary": "Acme had a good year. Revenue rose."},
    },
}
FAQ: JSON = {
    "goal": "Summarise samples/faq.md",
    "answer": f"Orders ship in two days.\n\n{CLOSING}",
    "found": {"summarize": {"summary": "Orders ship in two days."}},
}
NAME: JSON = {"kind": "fact", "text": "My name is Ann Lee.", "source": "you"}


@pytest.fixture(scope="module")
def on(tmp_path_factory):
    """``on("What was its …?", turns)``: the plan for a goal in a conversation, with all the built-in tools."""
    from agentlab.settings import Settings
    from agentlab.tools import builtin_tools

    specs = builtin_tools(Settings(home=tmp_path_factory.mktemp("home"))).specs()
    tools = [{"name": s.name, "description": s.description, "input_schema": s.input_schema} for s in specs]
    return lambda goal, *turns, memories=None: plan_on(goal, tools, None, list(turns), memories or [])


def calls(made: JSON) -> list[tuple[str, Any]]:
    return [(step["tool"], step["args"]) for step in made["steps"]]


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("What was its P/E ratio?", "28.4"),
        ("And how many employees does it have?", "120"),
        ("How much was the revenue?", "12 %"),
        ("What was Acme's P/E ratio?", "28.4"),
    ],
)
def test_a_question_is_answered_from_what_an_earlier_turn_found(on, question, figure) -> None:
    made = on(question, RESEARCH)

    assert made["steps"] == []
    assert figure in made["answer"]
    assert made["answer"].endswith(CLOSING)
    assert made["refusal"] == ""


def test_its_means_the_newest_topic_and_no_older_one(on) -> None:
    assert "answer" not in on("What was its P/E ratio?", RESEARCH, FAQ)
    assert "28.4" in on("What was its P/E ratio?", FAQ, RESEARCH)["answer"]


def test_a_follow_up_of_a_follow_up_is_about_the_same(on) -> None:
    second = {"goal": "And its revenue?", "answer": "Revenue rose 12 % to EUR 3.4 million.", "found": {}}

    assert "28.4" in on("What was its P/E ratio?", RESEARCH, second)["answer"]


@pytest.mark.parametrize("question", ["What was Apple's P/E ratio?", "What is the capital of France?"])
def test_what_was_said_of_one_is_no_answer_about_another(on, question) -> None:
    made = on(question, RESEARCH)

    assert "answer" not in made
    assert made == on(question)


def test_of_several_that_a_text_names_the_one_that_was_asked_about_counts(on) -> None:
    text = "The P/E ratio of Acme stood at 28.4. Bolt makes screws. The P/E ratio of Core stood at 11.9."
    turn = RESEARCH | {
        "goal": "Summarise https://acme.example/rivals",
        "answer": "…",
        "found": {"fetch": {"text": text}},
    }

    assert "11.9" in on("What was Core's P/E ratio?", turn)["answer"]
    assert "answer" not in on("What was Bolt's P/E ratio?", turn)


def test_what_the_turns_do_not_hold_is_looked_for_where_they_looked(on) -> None:
    made = on("What does it say about refunds?", FAQ)

    assert calls(made) == [
        ("ai.chat", {"file": "samples/faq.md", "prompt": "What does samples/faq.md say about refunds?"})
    ]
    assert made["goal"] == "What does it say about refunds?"
    assert calls(on("What about refunds?", FAQ))[0][1]["file"] == "samples/faq.md"
    assert calls(on("Extract the dates from it", FAQ)) == [
        ("ai.extract", {"file": "samples/faq.md", "fields": ["dates"]})
    ]


@pytest.mark.parametrize(
    "goal",
    ["Save that as a document", "Save the answer as a document", "Put it into a document", "Save it to the drive"],
)
def test_the_last_answer_is_saved_as_it_was(on, goal) -> None:
    ((tool, args),) = calls(on(goal, FAQ, RESEARCH))

    assert tool == "drive.createDoc"
    assert args == {
        "title": "Research Acme Corp",
        "content": "# Research Acme Corp\n\nAcme had a good year. Revenue rose.\n",
    }


def test_a_question_in_between_is_no_new_topic(on) -> None:
    second = {
        "goal": "How many work there?",
        "answer": "The text says nothing about work.",
        "found": {"ask": {"answer": "…"}},
    }

    assert "28.4" in on("And the P/E ratio?", RESEARCH, second)["answer"]
    assert calls(on("And the dividends?", FAQ, second))[0][1] == {
        "file": "samples/faq.md",
        "prompt": "What about the dividends in samples/faq.md?",
    }


def test_the_summary_is_the_last_one_that_was_made_and_what_was_only_done_is_no_answer(on) -> None:
    asked = {"goal": "And its revenue?", "answer": "It rose 12 %.", "found": {}}
    saved = {"goal": "Save it as a document", "answer": "Saved as `A.md`.", "found": {"save": {"path": "A.md"}}}

    ((_, summary),) = calls(on("Save the summary as a document", RESEARCH, asked, saved))
    ((_, answer),) = calls(on("Save that as a document", RESEARCH, asked, saved))
    assert "Acme had a good year." in summary["content"]
    assert answer == {"title": "Research Acme Corp", "content": "# Research Acme Corp\n\nIt rose 12 %.\n"}


def test_why_a_run_failed_is_no_answer(on) -> None:
    failed = {"goal": "Translate it", "answer": "Failed: No tool here can translate.", "found": {}}

    ((_, args),) = calls(on("Save that as a document", RESEARCH, failed))
    assert "Acme had a good year." in args["content"]
    assert on("Save that as a document", failed)["refusal"]


def test_what_is_read_again_is_what_is_saved(on) -> None:
    read, saved = calls(on("Extract the dates from it and save them as a sheet", FAQ))

    assert read == ("ai.extract", {"file": "samples/faq.md", "fields": ["dates"]})
    assert saved[1]["rows"] == "{{steps.extract.data.rows}}"


def test_a_title_that_is_given_counts(on) -> None:
    ((_, args),) = calls(on("Save that as a document called Anvils", RESEARCH))

    assert args["title"] == "Anvils"


def test_the_last_answer_is_mailed_and_shared(on) -> None:
    ((tool, mail),) = calls(on("Email it to ann@example.org", RESEARCH))
    saved, shared = calls(on("Put the answer into a document and share it with bo@example.org", RESEARCH))

    assert (tool, mail["to"], mail["body"]) == (
        "email.send",
        ["ann@example.org"],
        "Acme had a good year. Revenue rose.",
    )
    assert "Acme had a good year." in saved[1]["content"]
    assert shared[0] == "drive.share"


@pytest.mark.parametrize(
    "goal",
    [
        "Summarise samples/faq.md and save it as a document",
        "List the files in the drive and save the list as a sheet",
        "Compare samples/faq.md and samples/notes.md",
        "What does samples/faq.md say about refunds?",
    ],
)
def test_a_goal_that_stands_by_itself_is_planned_as_ever(on, goal) -> None:
    assert on(goal, RESEARCH) == on(goal)


def test_without_a_conversation_that_means_nothing(on) -> None:
    assert on("Save that as a document")["refusal"]


def test_an_answer_with_marks_of_a_reference_stays_text(on) -> None:
    turn = RESEARCH | {"answer": "See {{steps.fetch.data.text}}."}

    ((_, args),) = calls(on("Save that as a document", turn))

    assert "{{" not in args["content"]


def test_a_question_nothing_else_answers_is_answered_from_memory(on) -> None:
    assert "Ann Lee" in on("What is my name?", memories=[NAME])["answer"]
    assert "Ann Lee" in on("What is my name?", RESEARCH, memories=[NAME])["answer"]
    assert on("What is the capital of France?", memories=[NAME])["refusal"]
    assert on("What is my name?", RESEARCH)["refusal"]


def test_of_a_result_in_memory_the_answer_counts_and_only_about_what_was_asked(on) -> None:
    kept = {
        "kind": "result",
        "text": "Research Acme → The P/E ratio stood at 28.4. It makes anvils.",
        "source": "run_1",
    }
    nothing = {
        "kind": "result",
        "text": "What is the P/E ratio? → The text says nothing about P/E, ratio.",
        "source": "run_2",
    }

    assert on("What was Acme's P/E ratio?", memories=[nothing, kept])["answer"].startswith(
        "The P/E ratio stood at 28.4. (from"
    )
    assert on("What was Apple's P/E ratio?", memories=[kept])["refusal"]
    assert on("What was the P/E ratio?", memories=[nothing])["refusal"]


def test_a_goal_that_only_says_something_is_answered(on) -> None:
    made = on("Remember that I prefer tea.")

    assert "I prefer tea." in made["answer"]
    assert "Where the memory is on" in made["answer"]


def test_the_model_reads_turns_and_memories_from_its_inputs(ask, offered) -> None:
    made = ask("plan", goal="What was its P/E ratio?", tools=offered, turns=[RESEARCH], memories=[]).output

    assert "28.4" in made["answer"]
