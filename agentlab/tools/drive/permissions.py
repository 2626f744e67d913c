"""Who may open a file of Google Drive: permissions given, changed, and taken back."""

from __future__ import annotations

from dataclasses import dataclass

from agentlab.tools.failure import ToolFailed
from agentlab.tools.google import Google
from agentlab.types import JSON

ROLES = {"viewer": "reader", "commenter": "commenter", "editor": "writer"}
"""Our names and Google's."""


@dataclass(frozen=True)
class Permissions:
    """Those of one file."""

    google: Google
    file: str

    def give(self, people: list[str], role: str) -> list[JSON]:
        """Each of ``people`` has the role ``role`` then, or none of them has got it.

        Says what was done, for ``take_back``: ``{id, before}``, the role that somebody had before, empty where none.
        """
        has = {it.get("emailAddress", "").lower(): it for it in self._all()}
        done: list[JSON] = []
        try:
            for person in people:
                if given := self._give_one(person, role, has.get(person.lower())):
                    done.append(given)  # noqa: PERF401 - what was done must be known when the next one fails
        except ToolFailed:
            self.take_back(done)
            raise
        return done

    def take_back(self, done: list[JSON]) -> None:
        """As it was before ``give``. Twice is once."""
        permissions = self.google.service.permissions()
        for given in done:
            named = {"fileId": self.file, "permissionId": given["id"], "supportsAllDrives": True}
            if given["before"]:
                request = permissions.update(body={"role": given["before"]}, fields="id", **named)
            else:
                request = permissions.delete(**named)
            self.google.unless_gone(request)

    def _all(self) -> list[JSON]:
        request = self.google.service.permissions().list(
            fileId=self.file, fields="permissions(id,emailAddress,role,type)", pageSize=100, supportsAllDrives=True
        )
        found: list[JSON] = self.google.run(request).get("permissions", [])
        return found

    def _give_one(self, person: str, role: str, has: JSON | None) -> JSON | None:
        permissions = self.google.service.permissions()
        named = {"fileId": self.file, "fields": "id", "supportsAllDrives": True}
        if has is None:
            body = {"type": "user", "role": role, "emailAddress": person}
            made = self.google.run(permissions.create(body=body, sendNotificationEmail=False, **named))
            return {"id": made["id"], "before": ""}
        if has["role"] in (role, "owner"):
            return None
        self.google.run(permissions.update(permissionId=has["id"], body={"role": role}, **named))
        return {"id": has["id"], "before": has["role"]}
