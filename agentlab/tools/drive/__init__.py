"""The drive: where runs read files from and put documents and sheets into. A folder, or Google Drive."""

from agentlab.tools.drive.folder import Drive
from agentlab.tools.drive.storage import Storage, made
from agentlab.tools.drive.tools import drive_tools

__all__ = ["Drive", "Storage", "drive_tools", "made"]
