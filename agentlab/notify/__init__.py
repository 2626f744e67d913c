"""Telling people that a run has ended or waits: in the app always, outward where the settings name somebody."""

from agentlab.notify.book import NotificationBook
from agentlab.notify.notifier import Notifier

__all__ = ["NotificationBook", "Notifier"]
