"""The members of a team as a table, and what the lab takes them as."""

from __future__ import annotations

from typing import Any

import streamlit as st

EXAMPLE = [
    {
        "name": "ocean",
        "goal": "Summarise samples/ocean-report.md",
        "after": "",
        "join": "all",
        "model": "",
        "budget": None,
    },
    {
        "name": "meeting",
        "goal": "Summarise samples/meeting-notes.txt",
        "after": "",
        "join": "all",
        "model": "",
        "budget": None,
    },
    {
        "name": "note",
        "goal": "Save that as a document called briefing",
        "after": "ocean, meeting",
        "join": "all",
        "model": "",
        "budget": None,
    },
]
"""What the table holds at first: a team that works without any key."""


def members(*, key: str) -> list[dict[str, Any]]:
    """A table in which a person writes the members; its rows."""
    column = st.column_config
    found: list[dict[str, Any]] = st.data_editor(
        EXAMPLE,
        key=key,
        num_rows="dynamic",
        hide_index=True,
        column_config={
            "name": column.TextColumn("Member", required=True, width="small"),
            "goal": column.TextColumn("Goal", required=True, width="large"),
            "after": column.TextColumn("After", help="Members whose answers it is given, with commas between."),
            "join": column.SelectboxColumn("Waits for", options=["all", "any"], default="all", width="small"),
            "model": column.TextColumn("Model", help="Its own, where it has one."),
            "budget": column.NumberColumn("Credits", min_value=0.0, help="Its own limit, where it has one."),
        },
    )
    return found


def as_members(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The rows as ``lab.team`` takes them; those without a name and a goal are left out."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.get("name") and row.get("goal"):
            after = [name.strip() for name in (row.get("after") or "").split(",") if name.strip()]
            told = {"goal": row["goal"], "after": after, "join": row.get("join"), "model": row.get("model")}
            found[row["name"]] = told | ({"budget": row["budget"]} if row.get("budget") else {})
    return found
