"""The settings about tools: what they may reach, how much they read, what is kept of their answers."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings


class ToolSettings(BaseSettings):
    """Fields of ``agentlab.settings.Settings``."""

    egress_allow: str = Field(
        "",
        description="Private addresses that tools may reach, as `host:port`, several with commas between. "
        "Public addresses need no entry.",
    )
    http_timeout_s: float = Field(30, gt=0, le=600, description="Longest time of one HTTP call, in seconds.")
    http_max_bytes: int = Field(5_000_000, gt=0, description="Largest HTTP body a tool reads, in bytes, unpacked.")
    tool_cache_s: float = Field(
        3_600, ge=0, description="How long an answer to `http.get` may be given again, in seconds. 0: never."
    )
    result_chars: int = Field(
        20_000, ge=1_000, description="Characters of one result that a model is shown; the trace keeps the whole."
    )
    upload_from: str = Field(
        "",
        description="Folders of this computer that `drive.upload` may read, several with commas between. Empty: none.",
    )
    upload_max_bytes: int = Field(
        50_000_000, gt=0, description="Largest file that goes into the drive, out of it or to the web, in bytes."
    )
    download_to: str = Field("", description="Folder that `drive.download` copies to. Empty: `downloads` in the home.")
    drive_backend: Literal["folder", "google"] = Field(
        "folder",
        validation_alias=AliasChoices("drive_backend", "AGENTLAB_DRIVE", "AGENTLAB_DRIVE_BACKEND"),
        description="Where the drive is: `folder` in the home, or `google`.",
    )
    google_credentials: str = Field(
        "", description="File with the credentials for Google: of a service account, or of an authorized user."
    )
    google_drive_folder: str = Field(
        "root", min_length=1, description="Id of the folder in Google Drive that the drive tools work in."
    )
