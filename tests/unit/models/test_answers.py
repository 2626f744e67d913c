"""The final answer of the offline model."""

from __future__ import annotations

from agentlab.models.offline.closing import CLOSING


def done(name: str, result: object, tool: str = "x.y") -> dict[str, object]:
    return {"id": name, "tool": tool, "status": "succeeded", "result": result, "error": ""}


def test_it_tells_what_was_found_and_where_it_was_saved(ask) -> None:
    steps = [
        done("fetch", {"url": "http://a.example/", "status": 200, "title": "A", "text": "Long text."}, "http.get"),
        done("summarize", {"summary": "It made 48.2 GWh.", "source": "text"}),
        done("save", {"path": "Summary.md", "title": "Summary", "bytes": 9}),
    ]

    said = ask("answer", goal="g", steps=steps).text

    assert said == f"It made 48.2 GWh.\n\nSaved as `Summary.md`.\n\n{CLOSING}"


def test_several_sources_are_named(ask) -> None:
    steps = [
        done("summarize_a", {"summary": "A.", "source": "a.md"}),
        done("summarize_b", {"summary": "B.", "source": "text"}),
    ]

    said = ask("answer", goal="g", steps=steps).text

    assert "**a.md**\nA." in said
    assert "**b**\nB." in said


def test_facts_files_pages_and_unknown_results_are_shown(ask) -> None:
    steps = [
        done("extract", {"values": {"emails": ["a@b.example"], "owner": "Ann", "dates": []}, "source": "n.txt"}),
        done(
            "list",
            {"folder": "", "files": [{"path": "n.txt", "kind": "file", "bytes": 12}, {"path": "s", "kind": "folder"}]},
        ),
        done("send", {"url": "http://a.example/", "status": 201, "text": "Stored."}, "http.post"),
        done("other", {"temperature": 21}, "weather.lookup"),
    ]

    said = ask("answer", goal="g", steps=steps).text

    for part in ("- emails: a@b.example", "- owner: Ann", "- dates: none found", "- n.txt (12 bytes)", "- s/"):
        assert part in said
    assert "it answered 201. Stored." in said
    assert 'weather.lookup: {"temperature": 21}' in said


def test_what_failed_and_what_was_left_out_is_said(ask) -> None:
    steps = [
        {"id": "fetch", "tool": "http.get", "status": "failed", "result": None, "error": "The host x was not found."},
        {"id": "save", "tool": "drive.createDoc", "status": "skipped", "result": None, "error": ""},
    ]

    said = ask("answer", goal="g", steps=steps).text

    assert "fetch (http.get) failed. The host x was not found." in said
    assert "Not done: save." in said
    assert said.endswith(CLOSING)


def test_no_step_is_an_answer_too(ask) -> None:
    assert ask("answer", goal="g", steps=[]).text.endswith(CLOSING)
