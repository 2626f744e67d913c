"""Files as they are, read by nobody: into the drive, out of it, and to others."""

from __future__ import annotations

import re
from dataclasses import replace

from agentlab.models.offline.acts import Act
from agentlab.models.offline.draft import Outcome, literal
from agentlab.models.offline.mentions import MASK
from agentlab.models.offline.toolbox import Declined
from agentlab.models.offline.work import Work
from agentlab.types import JSON

_ROLES = (
    ("editor", re.compile(r"\b(?:edit\w*|writ(?:e|ing)|change|work on)\b")),
    ("commenter", re.compile(r"\bcomment\w*\b")),
    ("viewer", re.compile(r"\b(?:view\w*|read\w*|see|look)\b")),
)
_NAME = re.compile(r"\b(?:as|called|named|under the name)\s*$")


class Filing:
    """Adds steps on whole files to a draft."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def do(self, act: Act, made: list[Outcome]) -> list[Outcome]:
        """The steps of one act; ``made`` are the files that earlier steps will have made. Raises ``Declined``."""
        if act.kind == "upload":
            return self._upload(act)
        files = [literal(mention.value) for mention in self._work.goal.owned(act, "file", "unreadable", "target")]
        after = list[str]()
        if not files and made:
            meant = named_files(made, self._work.goal.words_of(act))
            files, after = [outcome.part("path") for outcome in meant], [outcome.step for outcome in meant]
        if not files:
            raise Declined(f"The goal does not say which file to {act.kind}: name it as drive.list shows it.")
        return self._share(act, files, after) if act.kind == "share" else self._download(files, after)

    def _upload(self, act: Act) -> list[Outcome]:
        goal = self._work.goal
        files = goal.owned(act, "file", "unreadable", "url")
        if not files:
            raise Declined(
                "The goal does not say which file to upload: name its path on this computer, or its web address."
            )
        if re.search(rf"\bto\s+{MASK}", goal.words_of(act)):
            raise Declined("Files can be uploaded to the drive only.")
        texts = goal.owned(act, "quote", "target")
        name = next((m.value for m in texts if _NAME.search(goal.masked[: m.start])), "") if len(files) == 1 else ""
        found = []
        for mention in files:
            args: JSON = {"url" if mention.kind == "url" else "path": literal(mention.value)}
            args |= {"name": literal(name)} if name else {}
            uploaded = self._work.step("upload", args, f"Upload {mention.value}")
            found.append(replace(uploaded, label=literal(name or mention.value), origin=literal(mention.value)))
        return found

    def _download(self, files: list[str], after: list[str]) -> list[Outcome]:
        for file in files:
            self._work.step("download", {"file": file}, f"Download {_shown(file)}", after=after)
        return []

    def _share(self, act: Act, files: list[str], after: list[str]) -> list[Outcome]:
        goal = self._work.goal
        people = list(dict.fromkeys(mention.value for mention in goal.around(act, "address")))
        if not people:
            raise Declined("The goal does not say with whom to share: name an e-mail address.")
        start, end = goal.stretch_of(act)
        role = next((role for role, pattern in _ROLES if pattern.search(goal.masked[start:end])), "")
        for file in files:
            args: JSON = {"file": file, "with": literal(people), **({"role": role} if role else {})}
            self._work.step("share", args, f"Share {_shown(file)} with {' and '.join(people)}", after=after)
        return []


def named_files(made: list[Outcome], words: str) -> list[Outcome]:
    """Those of the files made that the words name; failing that, the one made last."""
    kinds = {
        "sheet": r"sheet|spreadsheet|csv",
        "doc": r"docs?\b|document|note|report",
        "shot": r"screen ?-?shot|picture",
        "file": r"upload",
    }
    named = [outcome for outcome in made if re.search(rf"\b(?:{kinds.get(outcome.kind, '(?!)')})", words)]
    if named:
        return named
    return made if re.search(r"\b(?:them|both|all|files)\b", words) else made[-1:]


def _shown(file: str) -> str:
    return "the file" if "{{" in file else file
