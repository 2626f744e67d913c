"""The drive: where runs read files from and put documents and sheets into. A folder, or Google Drive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentlab.tools.drive.folder import Drive
from agentlab.tools.drive.storage import UNDO, Storage, made
from agentlab.tools.drive.tools import drive_tools

if TYPE_CHECKING:
    from agentlab.settings import Settings

__all__ = ["UNDO", "Drive", "Storage", "drive_of", "drive_tools", "made"]


def drive_of(settings: Settings) -> Storage:
    """The drive that the settings name. Connects to nothing."""
    if settings.drive_backend == "folder":
        return Drive(settings.drive)
    from agentlab.tools.drive.google import ADVICE, SCOPES, GoogleDrive
    from agentlab.tools.google import Google

    google = Google("drive", "v3", settings.google_credentials, SCOPES, advice=ADVICE)
    return GoogleDrive(google, settings.google_drive_folder)
