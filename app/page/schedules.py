"""Schedules: goals that run again and again, with their next times and their last run, and a form to add one."""

from __future__ import annotations

from zoneinfo import available_timezones

import streamlit as st

from agentlab.errors import ScheduleInvalid
from agentlab.trace import utc_now
from agentlab.types import Schedule
from ui import nodes, states
from ui import schedules as drawn
from ui.bench import the_lab
from ui.components import show

lab = the_lab()
# What a click fills in.
EXAMPLES = {
    "Every weekday at 7": "0 7 * * MON-FRI",
    "Every hour": "@hourly",
    "Every day": "@daily",
    "Every week": "@weekly",
}


def fill_in() -> None:
    """Take the chosen example over."""
    if chosen := st.session_state["schedule-example"]:
        st.session_state["schedule-cron"] = EXAMPLES[chosen]
        st.session_state["schedule-example"] = None


def show_one(it: Schedule) -> None:
    """One schedule with what can be done to it."""
    with st.container(border=True):
        show(drawn.schedule_face(it, utc_now()), key=f"schedule-{it.name}")
        with st.container(horizontal=True), states.caught(f"error-{it.name}"):
            if st.button("Run now", icon=":material/play_arrow:", key=f"run-{it.name}"):
                st.switch_page("page/run.py", query_params={"run": lab.run_schedule(it.name).run_id})
            if it.paused:
                if st.button("Resume", icon=":material/resume:", key=f"resume-{it.name}"):
                    lab.resume_schedule(it.name)
                    st.rerun()
            elif st.button("Pause", icon=":material/pause:", key=f"pause-{it.name}"):
                lab.pause_schedule(it.name)
                st.rerun()
            if st.button("Remove", icon=":material/delete:", key=f"remove-{it.name}"):
                lab.unschedule(it.name)
                st.rerun()


def show_times(cron: str, zone: str) -> bool:
    """When these times come next, or what is wrong with them; whether they can be read."""
    try:
        show(nodes.notice("Next", drawn.coming(lab.next_times(cron, zone), zone), state="ok"), key="next")
    except ScheduleInvalid as error:
        states.error(error, key="next")
        return False
    return True


def add() -> None:
    """The form; times are checked as they are written."""
    if st.session_state.pop("schedule-added", False):
        for key in ("schedule-goal", "schedule-cron", "schedule-name"):
            st.session_state[key] = ""
    goal = st.text_area(
        "Goal", key="schedule-goal", height=90, placeholder="Fetch the news page and save a summary as a document"
    )
    st.pills("Times", list(EXAMPLES), key="schedule-example", on_change=fill_in)
    left, right = st.columns(2)
    cron = left.text_input(
        "Cron", key="schedule-cron", placeholder="0 7 * * MON-FRI", help="minute hour day month weekday"
    )
    zones = sorted(available_timezones())
    usual = lab.settings.timezone or "UTC"
    zone = right.selectbox("Zone", zones, index=zones.index(usual), key="schedule-zone")
    readable = show_times(cron, zone) if cron else False
    name = st.text_input("Name", key="schedule-name", placeholder="morning-news", max_chars=64)
    catch_up = st.checkbox(
        "Make up for the last time that was missed while no worker ran", value=True, key="schedule-catch-up"
    )
    if st.button("Add schedule", type="primary", icon=":material/add:", key="schedule-add", disabled=not readable):
        with states.caught("add-error"):
            lab.schedule(name, cron, goal, timezone=zone, catch_up=catch_up)
        st.session_state["schedule-added"] = True
        st.rerun()


show(nodes.head("Schedules", lead="Goals that run again and again, for as long as a worker lives."), key="head")
found = lab.schedules()
left, right = st.columns([1.25, 1], gap="large")
with left:
    for schedule in found:
        show_one(schedule)
    if not found:
        states.empty(
            "No schedules yet", "Write a goal and when it is to run; the next times are shown as you type.", key="empty"
        )
with right:
    st.subheader("Add a schedule", anchor=False)
    add()
