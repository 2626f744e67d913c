"""A goal, read: what it names, what it wants done, and which names belong to which deed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from agentlab.models.offline import details
from agentlab.models.offline.acts import FILING, READING, SAVING, Act, find_acts, in_browser
from agentlab.models.offline.mentions import MOMENT_MASK, Mention, MentionKind, find_mentions, mask
from agentlab.models.offline.moments import Moment, When, find_moments
from agentlab.models.offline.pointing import Said, pointing_back
from agentlab.models.offline.spelling import mend

_SOURCES = ("url", "file", "text")
_TAKES_FILES = (*FILING, "mail")
"""Acts whose files are handed on as they are, not read."""
_TAKES_QUOTES = ("mail", "schedule", "move", "cancel", "click", "wait", "pick", "upload")
"""Acts whose quoted texts say what to do there, and are no text to save."""
_JSON_BODY = re.compile(r"\{.*\}|\[.*\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal and what was understood of it."""

    text: str
    masked: str
    mentions: list[Mention]
    moments: list[Moment]
    acts: list[Act]
    title_before: str = ""
    """What the text that the goal points back to may be called; empty where it points at none."""

    @classmethod
    def read(cls, text: str, now: datetime, said: Said | None = None) -> Goal:
        """Understand ``text`` as far as the rules reach; days are those seen from ``now``.

        ``said`` is what a conversation has come to: "it" or "the answer" then stands for that text.
        """
        text = mend(text, [(mention.start, mention.end) for mention in find_mentions(text)])
        found = find_mentions(text)
        back = pointing_back(mask(text, found)) if said else None
        if said and back:
            found = sorted([*found, Mention("text", said.text, *back)], key=lambda mention: mention.start)
        masked = mask(text, found)
        moments = find_moments(masked, now)
        letters = list(masked)
        for moment in moments:
            letters[moment.start : moment.end] = MOMENT_MASK * (moment.end - moment.start)
        masked = "".join(letters)
        return cls(text, masked, found, moments, find_acts(masked), said.title if said and back else "")

    @property
    def sources(self) -> list[Mention]:
        """What can be read, each once, in order: web addresses, files, and a text in the goal itself."""
        targets = {target.value for act in self.acts if act.kind == "post" and (target := self.target_of(act))}
        found = {mention.value: mention for mention in reversed(self.mentions) if self._is_source(mention)}
        return sorted((m for m in found.values() if m.value not in targets), key=lambda mention: mention.start)

    @property
    def in_browser(self) -> bool:
        """Whether its pages are opened in the browser."""
        return in_browser(self.masked, self.acts)

    def sources_of(self, act: Act) -> list[Mention]:
        """What an act of reading reads: what stands in its own part of the goal, else before it, else anywhere."""
        start, end = self._part(act)
        own = [mention for mention in self.sources if start <= mention.start < end]
        before = [mention for mention in self.sources if mention.start < start]
        return own or before or self.sources

    def owner_of(self, mention: Mention) -> Act | None:
        """The act in whose words a mention stands: the last one that begins before it."""
        before = [act for act in self.acts if act.start <= mention.start]
        return before[-1] if before else None

    def owned(self, act: Act, *kinds: MentionKind) -> list[Mention]:
        """The mentions of some kinds that stand in an act's own words."""
        return [mention for mention in self.mentions if mention.kind in kinds and self.owner_of(mention) == act]

    def around(self, act: Act, *kinds: MentionKind) -> list[Mention]:
        """The mentions of some kinds from an act to the next that is no reading: "send the gist of … to …"."""
        start, end = self.stretch_of(act)
        return [mention for mention in self.mentions if mention.kind in kinds and start <= mention.start < end]

    def stretch_of(self, act: Act) -> tuple[int, int]:
        """From an act to the next one that is no reading."""
        inside = (*READING, "fetch", "agenda", "pick", "shot") if act.kind == "mail" else (*READING, "fetch")
        later = [other.start for other in self.acts if other.start > act.start and other.kind not in inside]
        return act.start, min(later, default=len(self.text))

    def when(self, act: Act) -> When:
        """The moments that an act names."""
        start, end = self.stretch_of(act)
        return When.of([moment for moment in self.moments if start <= moment.start < end])

    def target_of(self, act: Act) -> Mention | None:
        """The web address that an act of sending sends to: the mention it ends at."""
        return next((m for m in self.mentions if m.kind == "url" and m.start == act.end - 1), None)

    def fields_of(self, act: Act) -> list[str]:
        """What an act of extracting looks for."""
        verb = re.match(r"\w+(?: (?:me|out|all|every|up)\b)?", self.masked[act.start :])
        return details.fields_of(self.masked, act.start + (verb.end() if verb else 0))

    def title_of(self, act: Act) -> str:
        """The title given for what an act saves, or an empty text."""
        effects = (*SAVING, *_TAKES_QUOTES)
        later = [other.start for other in self.acts if other.start > act.start and other.kind in effects]
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
        quotes = [m for m in self.mentions if not (owner := self.owner_of(m)) or owner.kind == "list"]
        return details.folder_of(self.masked, self.text, quotes)

    def columns_of(self, act: Act) -> list[str]:
        """The headings listed for a new sheet."""
        listed = [mention.value for mention in self.mentions if mention.kind == "columns" and mention.start > act.start]
        return details.split_names(listed[0]) if listed else []

    @property
    def quotes(self) -> list[str]:
        """Quoted texts that could be saved or sent, and a text given after a colon."""
        texts = [mention for mention in self.mentions if mention.kind in ("quote", "text")]
        return [m.value for m in texts if not (owner := self.owner_of(m)) or owner.kind not in _TAKES_QUOTES]

    @property
    def json_body(self) -> str:
        """A JSON object or list written in the goal, or an empty text."""
        match = _JSON_BODY.search(self.text)
        return match.group() if match else ""

    def _is_source(self, mention: Mention) -> bool:
        owner = self.owner_of(mention)
        taken = owner is not None and owner.kind in _TAKES_FILES and (mention.kind != "url" or owner.kind == "upload")
        return mention.kind in _SOURCES and not taken

    def _part(self, act: Act) -> tuple[int, int]:
        """From an act of reading to the next one."""
        later = [other.start for other in self.acts if other.kind in READING and other.start > act.start]
        return act.start, min(later, default=len(self.text))
