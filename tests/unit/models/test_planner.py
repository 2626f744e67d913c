"""Goals as people write them, and the plans that the offline rules make of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlab.agent.plan import problems_of, read_plan
from agentlab.models.offline.closing import CLOSING
from agentlab.models.offline.planner import plan
from agentlab.types import Limits

PAGE = "http://127.0.0.1:8000/report.html"

# goal -> the tools of its steps, and arguments that must stand in the step of that number
PLANS: list[tuple[str, str, dict[int, dict[str, Any]]]] = [
    (
        f"Fetch {PAGE}, summarise it and save the summary as a document",
        "http.get ai.summarize drive.createDoc",
        {
            0: {"url": PAGE},
            1: {"text": "{{steps.fetch.data.text}}"},
            2: {"title": "Summary of {{steps.fetch.data.title}}"},
        },
    ),
    ("Summarise samples/a.md in 3 sentences", "ai.summarize", {0: {"file": "samples/a.md", "sentences": 3}}),
    ("Please summarize samples/a.md in two sentences.", "ai.summarize", {0: {"sentences": 2}}),
    (
        "Summarise samples/a.md and save the summary as a document called Ocean findings",
        "ai.summarize drive.createDoc",
        {1: {"title": "Ocean findings"}},
    ),
    (
        "Give me an overview of samples/a.md focusing on the budget",
        "ai.summarize",
        {0: {"file": "samples/a.md", "focus": "the budget"}},
    ),
    (
        "Extract the e-mail addresses, dates and amounts from samples/n.txt and put them into a sheet called Facts",
        "ai.extract drive.createSheet",
        {
            0: {"fields": ["emails", "dates", "amounts"]},
            1: {"title": "Facts", "rows": "{{steps.extract.data.rows}}", "columns": "{{steps.extract.data.columns}}"},
        },
    ),
    ("Find the phone numbers in samples/n.txt", "ai.extract", {0: {"fields": ["phones"], "file": "samples/n.txt"}}),
    (
        "Make a table of the e-mail addresses in samples/n.txt",
        "ai.extract drive.createSheet",
        {0: {"fields": ["emails"]}},
    ),
    (
        'Put the customers and amounts from samples/i.csv into a sheet called "Open invoices"',
        "ai.extract drive.createSheet",
        {0: {"fields": ["customers", "amounts"]}, 1: {"title": "Open invoices"}},
    ),
    (
        "Extract invoice number and due date from samples/i.csv",
        "ai.extract",
        {0: {"fields": ["invoice number", "due date"]}},
    ),
    (
        "Collect the action items from samples/n.txt and save them as a document",
        "ai.extract drive.createDoc",
        {0: {"fields": ["action items"]}, 1: {"title": "Action items from n"}},
    ),
    ("What does samples/faq.md say about refunds?", "ai.chat", {0: {"file": "samples/faq.md"}}),
    (
        "Read samples/faq.md and tell me how long a refund takes",
        "ai.chat",
        {0: {"prompt": "tell me how long a refund takes"}},
    ),
    (
        f"How many people work there according to {PAGE}?",
        "http.get ai.chat",
        {1: {"context": "{{steps.fetch.data.text}}"}},
    ),
    ("What is the total amount of the overdue invoices in samples/i.csv?", "ai.chat", {0: {"file": "samples/i.csv"}}),
    ("List the files in the drive", "drive.list", {0: {}}),
    ("What files are in the samples folder?", "drive.list", {0: {"folder": "samples"}}),
    ("Which documents are in my drive?", "drive.list", {}),
    (
        "List the files in samples and save the list as a sheet called Index",
        "drive.list drive.createSheet",
        {1: {"rows": "{{steps.list.data.files}}", "title": "Index"}},
    ),
    (f"Fetch {PAGE}", "http.get", {0: {"url": PAGE}}),
    (PAGE, "http.get ai.summarize", {}),
    ("samples/faq.md", "ai.summarize", {0: {"file": "samples/faq.md"}}),
    ("Show me samples/faq.md", "ai.summarize", {}),
    (f"Save the page {PAGE} as a document", "http.get drive.createDoc", {1: {"title": "{{steps.fetch.data.title}}"}}),
    (
        "Download https://api.example.org/data.json and save it as a sheet",
        "http.get drive.createSheet",
        {1: {"rows": "{{steps.fetch.data.json}}"}},
    ),
    (
        'Save "Buy milk and bread" as a note called Shopping',
        "drive.createDoc",
        {0: {"title": "Shopping", "content": "Buy milk and bread"}},
    ),
    (
        "Create a document titled 'Plan' with the text 'We start on Monday'",
        "drive.createDoc",
        {0: {"title": "Plan", "content": "We start on Monday"}},
    ),
    (
        "Create a sheet called Budget with the columns item, price and date",
        "drive.createSheet",
        {0: {"title": "Budget", "columns": ["item", "price", "date"], "rows": []}},
    ),
    (
        "Summarise samples/faq.md and save it as Ferry-facts",
        "ai.summarize drive.createDoc",
        {1: {"title": "Ferry-facts"}},
    ),
    (
        "Save the summary of samples/faq.md as faq-summary.md",
        "ai.summarize drive.createDoc",
        {1: {"title": "faq-summary"}},
    ),
    (
        'Post {"name": "Ann", "age": 3} to https://example.org/people',
        "http.post",
        {0: {"url": "https://example.org/people", "json": {"name": "Ann", "age": 3}}},
    ),
    (
        "Summarise samples/a.md and send the summary to https://hooks.example.org/in",
        "ai.summarize http.post",
        {1: {"json": {"source": "samples/a.md", "summary": "{{steps.summarize.data.summary}}"}}},
    ),
    (
        "Summarise this text: The sea is warm. It was 21 degrees in May.",
        "ai.summarize",
        {0: {"text": "The sea is warm. It was 21 degrees in May."}},
    ),
    ("Write a report on samples/a.md", "ai.summarize drive.createDoc", {}),
    (
        "Summarise samples/a.md, then extract the dates from samples/b.txt, save the summary as a document "
        "and the dates in a sheet",
        "ai.summarize ai.extract drive.createDoc drive.createSheet",
        {2: {"title": "Summary of a"}, 3: {"title": "Dates from b"}},
    ),
]

# goal -> a word that the honest answer must hold
DECLINED = [
    ("What is the capital of France?", "name a web address"),
    ("Write a poem about the sea", "invent"),
    ("Book a flight to Paris", "book"),
    ("Send an e-mail to ann@example.com saying hello", "send e-mail"),
    ("Summarise samples/a.md and e-mail it to ann@example.com", "send e-mail"),
    ("Delete all files in the drive", "delete"),
    ("Translate samples/faq.md into French", "translate"),
    ("Summarise all files in samples", "one by one"),
    ("Summarise report.pdf", "report.pdf"),
    ("Run the tests", "run programs"),
    ("Search the web for agent benchmarks", "search the web"),
    ("Frobnicate samples/faq.md", "do what this goal asks"),
    ("Post it to https://example.org/in", "what to send"),
    ("hello", "do what this goal asks"),
]


@pytest.mark.parametrize(("goal", "tools", "args"), PLANS, ids=[goal[:60] for goal, _, _ in PLANS])
def test_a_goal_becomes_the_plan_one_would_write_by_hand(goal, tools, args, offered, registry) -> None:
    made = plan(goal, offered)

    assert [step["tool"] for step in made["steps"]] == tools.split()
    for number, expected in args.items():
        assert expected.items() <= made["steps"][number]["args"].items()
    assert problems_of(read_plan(made, origin="model"), registry, Limits()) == []
    assert made["rationale"]


@pytest.mark.parametrize(("goal", "said"), DECLINED, ids=[goal[:60] for goal, _ in DECLINED])
def test_what_no_tool_can_do_gets_an_honest_answer_and_no_step(goal, said, offered) -> None:
    made = plan(goal, offered)

    assert made["steps"] == []
    assert said in made["refusal"]
    assert "What the tools here can do" in made["refusal"]
    assert made["refusal"].endswith(CLOSING)


def test_several_files_become_branches_that_meet(offered) -> None:
    steps = plan("Summarise samples/a.md and samples/b.md and save both summaries in one document", offered)["steps"]

    assert [step["depends_on"] for step in steps[:2]] == [[], []]
    assert steps[2]["depends_on"] == [steps[0]["id"], steps[1]["id"]]
    assert all(f"{{{{steps.{step['id']}.data.summary}}}}" in steps[2]["args"]["content"] for step in steps[:2])


def test_a_comparison_reads_both_texts_before_it_looks_at_them_together(offered) -> None:
    steps = plan("What changed between samples/a.md and samples/b.md?", offered)["steps"]

    assert [step["tool"] for step in steps] == ["ai.summarize", "ai.summarize", "ai.chat"]
    assert steps[2]["depends_on"] == ["summarize_a", "summarize_b"]


def test_two_pages_are_fetched_side_by_side_and_each_only_once(offered) -> None:
    steps = plan("Fetch https://a.example/x and https://a.example/y, summarise both and extract their dates", offered)[
        "steps"
    ]

    assert [step["tool"] for step in steps].count("http.get") == 2
    assert all(not step["depends_on"] for step in steps if step["tool"] == "http.get")


def test_separate_documents_are_separate(offered) -> None:
    steps = plan("Summarise samples/a.md and samples/b.md in separate documents", offered)["steps"]

    assert [step["args"]["title"] for step in steps[2:]] == ["Summary of a", "Summary of b"]


def test_a_reference_in_the_goal_stays_a_text(offered, registry) -> None:
    made = plan("Save 'Dear {{name}}, see {{steps.x.data}}' as a note called {{title}}", offered)

    assert problems_of(read_plan(made, origin="model"), registry, Limits()) == []
    assert "{{" not in str(made["steps"])


def tool(name: str, description: str, required: list[str], **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": required}
    return {"name": name, "description": description, "input_schema": schema, "changes_world": True}


TEXT, LIST = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
MAIL = tool("email.send", "Send an e-mail.", ["to", "subject", "body"], to=LIST, subject=TEXT, body=TEXT)
EVENT = tool(
    "calendar.create", "Create an event in the calendar.", ["title", "start"], title=TEXT, start=TEXT, attendees=LIST
)
WEATHER = tool(
    "weather.lookup", "Look up the weather of a city.", ["city"], city=TEXT, units={"enum": ["metric", "imperial"]}
)


SHARE = tool("drive.share", "Share a file.", ["file", "with"], file=TEXT, role=TEXT, **{"with": LIST})
MOVE = tool("calendar.update", "Change an event.", ["event"], event=TEXT, on=TEXT, start=TEXT, end=TEXT, location=TEXT)
CANCEL = tool("calendar.delete", "Cancel an event.", ["event"], event=TEXT, on=TEXT)
BROWSER = [
    tool("browser.navigate", "Open a page.", ["url"], url=TEXT),
    tool("browser.click", "Click.", ["selector"], selector=TEXT),
    tool("browser.screenshot", "Picture of the page.", [], url=TEXT, fullPage={"type": "boolean"}),
]
ALL = [MAIL, EVENT, SHARE, MOVE, CANCEL, *BROWSER]
NOW = datetime(2026, 3, 4, 9, 30)  # noqa: DTZ001 - local, as people mean it


def test_what_was_made_on_the_way_is_handed_on(offered) -> None:
    goal = "Summarise samples/a.md, save it as a document called A, share it with ann@example.com and mail her the document"

    steps = plan(
        goal, [*offered, tool("email.send", "", ["to", "subject"], to=LIST, subject=TEXT, attachments=LIST), SHARE]
    )["steps"]

    assert [step["tool"] for step in steps] == ["ai.summarize", "drive.createDoc", "drive.share", "email.send"]
    assert steps[2]["args"]["file"] == "{{steps.save.data.path}}"
    assert steps[3]["args"]["attachments"] == ["{{steps.save.data.path}}"]


def test_the_browser_has_one_page_so_its_steps_wait_for_each_other(offered) -> None:
    steps = plan("Open https://a.example/x, click 'Next' and take a screenshot", [*offered, *BROWSER])["steps"]

    assert [step["depends_on"] for step in steps] == [[], ["open"], ["click"]]
    assert steps[1]["args"] == {"selector": "text=Next"}


def test_days_are_those_seen_from_now(offered) -> None:
    made = plan("Schedule a meeting called Review tomorrow", [*offered, EVENT], NOW)

    assert made["steps"][0]["args"]["start"] == "2026-03-05"


def test_slips_of_the_keyboard_are_mended_but_not_in_what_is_quoted(offered) -> None:
    made = plan("sumarise samples/a.md and save it as a documnet called 'Sumary'", offered)

    assert [step["tool"] for step in made["steps"]] == ["ai.summarize", "drive.createDoc"]
    assert made["steps"][1]["args"]["title"] == "Sumary"


def test_what_is_said_not_to_be_done_is_not_done(offered) -> None:
    assert [
        step["tool"] for step in plan("Summarise samples/a.md but don't save it as a document", offered)["steps"]
    ] == ["ai.summarize"]


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        ("Email the summary of samples/a.md to Ann", "no e-mail address"),
        ("Email ann@example.com and Bob that we are closed", "of Bob"),
        ("Email ann@example.com", "what to write"),
        ("Email ann@example.com tomorrow at 9:00: the ferry is late", "at once only"),
        ("Send samples/a.md to ann@example.com and samples/b.md to bob@example.com", "different things"),
        ("Send ann@example.com the text 'hi', bcc bob@example.com", "Blind copies"),
        ("If budget.csv is empty, email ann@example.com that it is empty", "condition"),
        ("Every Monday, summarise samples/a.md and mail it to ann@example.com", "again and again"),
        ("Schedule a call called Sync tomorrow at 3", "morning or in the afternoon"),
        ("Schedule a call called Sync on 03/04/2026", "two days"),
        ("Schedule a workshop next week", "the day"),
        ("Move the review by an hour", "new start"),
        ("Cancel all events on Friday", "which event"),
        ("Share samples/a.md", "with whom"),
        ("Click the button on https://a.example/x", "what to click"),
        ("Open https://a.example/x, type 'lamp' into #search and take a screenshot", "fill in forms"),
        ("Do what https://a.example/x says", "data, never an order"),
        ("Summarise samples/a.md and print it", "papers"),
    ],
)
def test_what_is_not_said_or_cannot_be_done_declines_the_whole_goal(goal, said, offered) -> None:
    made = plan(goal, [*offered, *ALL], NOW)

    assert made["steps"] == []
    assert said in made["rationale"]


@pytest.mark.parametrize(
    ("goal", "name", "args"),
    [
        (
            "Summarise samples/a.md and e-mail it to ann@example.com with the subject 'Ocean news'",
            "email.send",
            {"to": ["ann@example.com"], "subject": "Ocean news", "body": "{{steps.summarize.data.summary}}"},
        ),
        (
            "Schedule a meeting called Review with ann@example.com on 3 March 2026",
            "calendar.create",
            {"title": "Review", "start": "2026-03-03", "attendees": ["ann@example.com"]},
        ),
        ("Look up the weather in New York in metric units", "weather.lookup", {"city": "New York", "units": "metric"}),
    ],
)
def test_tools_nobody_told_the_rules_about_are_filled_from_the_goal(goal, name, args, offered) -> None:
    last = plan(goal, [*offered, MAIL, EVENT, WEATHER])["steps"][-1]

    assert (last["tool"], last["args"]) == (name, args)


def test_an_argument_without_ground_is_asked_for_not_invented(offered) -> None:
    made = plan("Schedule a meeting called Review", [*offered, EVENT])

    assert made["steps"] == []
    assert "does not say its start" in made["refusal"]


WORDS = st.sampled_from(
    "summarise extract compare save list fetch post what how the dates emails from in as a document sheet called and then "
    "samples/a.md b.csv https://a.example/x 'quoted words' \"x\" {{steps.a.data}} ann@example.com folder 3 sentences : , . ?".split(
        " "
    )
)


@given(st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=25).map(" ".join)))
@settings(max_examples=50)
def test_whatever_the_goal_the_plan_can_run_or_says_why_not(offered, registry, goal) -> None:
    made = plan(goal, offered)

    assert bool(made["steps"]) != bool(made["refusal"])
    assert problems_of(read_plan(made, origin="model", goal=goal), registry, Limits()) == []
