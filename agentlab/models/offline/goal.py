"""A goal, read: what it names, what it wants done, and which names belong to which deed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agentlab.models.offline import details
from agentlab.models.offline.acts import READING, SAVING, Act, find_acts
from agentlab.models.offline.mentions import Mention, find_mentions, mask

_SOURCES = ("url", "file", "text")
_JSON_BODY = re.compile(r"\{.*\}|\[.*\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal and what was understood of it."""

    text: str
    masked: str
    mentions: list[Mention]
    acts: list[Act]

    @classmethod
    def read(cls, text: str) -> Goal:
        """Understand ``text`` as far as the rules reach."""
        found = find_mentions(text)
        masked = mask(text, found)
        return cls(text, masked, found, find_acts(masked))

    @property
    def sources(self) -> list[Mention]:
        """What can be read, each once, in order: web addresses, files, and a text in the goal itself."""
        targets = {target.value for act in self.acts if act.kind == "post" and (target := self.target_of(act))}
        found = {mention.value: mention for mention in reversed(self.mentions) if mention.kind in _SOURCES}
        return sorted((m for m in found.values() if m.value not in targets), key=lambda mention: mention.start)

    def sources_of(self, act: Act) -> list[Mention]:
        """What an act of reading reads: what stands in its own part of the goal, else before it, else anywhere."""
        start, end = self._part(act)
        own = [mention for mention in self.sources if start <= mention.start < end]
        before = [mention for mention in self.sources if mention.start < start]
        return own or before or self.sources

    def target_of(self, act: Act) -> Mention | None:
        """The web address that an act of sending sends to: the mention it ends at."""
        return next((m for m in self.mentions if m.kind == "url" and m.start == act.end - 1), None)

    def fields_of(self, act: Act) -> list[str]:
        """What an act of extracting looks for."""
        verb = re.match(r"\w+(?: (?:me|out|all|every|up)\b)?", self.masked[act.start :])
        return details.fields_of(self.masked, act.start + (verb.end() if verb else 0))

    def title_of(self, act: Act) -> str:
        """The title given for what an act saves, or an empty text."""
        later = [other.start for other in self.acts if other.start > act.start and other.kind in SAVING]
        return details.title_of(self.masked, self.text, self.mentions, act.start, min(later, default=len(self.text)))

    def words_of(self, act: Act) -> str:
        """The act's own part of the goal, mentions blotted out."""
        later = [other.start for other in self.acts if other.start > act.start]
        return self.masked[act.start : min(later, default=len(self.masked))]

    def length_of(self, act: Act) -> int | None:
        """How many sentences a summary is to have."""
        start, end = self._part(act)
        return details.length_of(self.masked[start:end]) or details.length_of(self.masked)

    @property
    def focus(self) -> str:
        """What a summary is to be about, or an empty text."""
        return details.focus_of(self.masked, self.text)

    @property
    def folder(self) -> str:
        """The folder to be listed; empty for the top of the drive."""
        return details.folder_of(self.masked, self.text, self.mentions)

    def columns_of(self, act: Act) -> list[str]:
        """The headings listed for a new sheet."""
        return details.columns_of(self.masked, self.text, act.start)

    @property
    def quotes(self) -> list[str]:
        """Quoted texts, and a text given after a colon."""
        return [mention.value for mention in self.mentions if mention.kind in ("quote", "text")]

    @property
    def json_body(self) -> str:
        """A JSON object or list written in the goal, or an empty text."""
        match = _JSON_BODY.search(self.text)
        return match.group() if match else ""

    def _part(self, act: Act) -> tuple[int, int]:
        """From an act of reading to the next one."""
        later = [other.start for other in self.acts if other.kind in READING and other.start > act.start]
        return act.start, min(later, default=len(self.text))
