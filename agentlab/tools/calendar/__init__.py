"""The calendar: a file that other programs open too, or a Google Calendar."""
