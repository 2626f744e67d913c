"""Placeholder."""


class GoogleCalendar: ...
