"""The mail's part of a plan: who gets it, what it says, what is attached. Nothing of it is made up."""

from __future__ import annotations

import re

from agentlab.models.offline.acts import Act
from agentlab.models.offline.draft import Outcome, literal
from agentlab.models.offline.filing import named_files
from agentlab.models.offline.mentions import ADDRESS_MASK
from agentlab.models.offline.saving import named_outcomes, title_for
from agentlab.models.offline.toolbox import Declined
from agentlab.models.offline.work import Work
from agentlab.types import JSON

_BLIND = re.compile(r"\bbcc\b|\bblind cop(?:y|ies)\b")
_COPIED = re.compile(rf"^(?:\s*(?:,|and)\s*{ADDRESS_MASK}+)*\s+(?:in|on|as)\s+(?:cc|copy)\b")
_BARE_NAME = re.compile(r"[\w.-]+@[\w.-]+\w,?\s+and\s+(?:to\s+)?(?P<name>[A-Z][a-zà-ÿ]+)(?![\w.+-]*@)")
_COPY = re.compile(rf"\b(?:cc|copy(?:ing)?(?: to)?|in copy|with a copy to):?\s*(?:{ADDRESS_MASK}+(?:,\s*|\s+and\s+))*$")
_SUBJECT = re.compile(
    r"\b(?:subject|title|heading|about|re)(?: line)?(?: is| of)?:?\s*$|\b(?:titled|entitled|called)\s*$"
)
_APART = re.compile(
    r"\b(?:separate(?:ly)?|individual(?:ly)?|each|batch|bulk|one by one|personal(?:ly)?|(?:a )?mail of their own|own (?:e-?)?mail)\b"
)
_ATTACHED = re.compile(r"\battach\w*|\benclos\w+|\b(?:sheet|spreadsheet|document|doc|file|screen ?-?shot|picture)s?\b")
_POINTS_BACK = re.compile(r"\b(?:it|them|this|these|those|result|results|answer|list|agenda)\b")
_POINTS_AT_PEOPLE = re.compile(r"\S+\s+(?:it |this |that )?(?:to )?(?:her|him|them|both)\b")
LONGEST_SUBJECT = 300
"""Characters that the built-in tool takes."""
_SHORT = 60
"""Characters of a subject that is the beginning of the text."""


class Mailing:
    """Adds steps of sending to a draft."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def do(self, act: Act, found: list[tuple[int, Outcome]], made: list[Outcome]) -> None:
        """The step of one act. ``found`` is what was read, and where it was asked for; ``made`` are files. Raises ``Declined``."""
        self._decline_later(act)
        self._decline_pairs(act)
        start, end = self._work.goal.stretch_of(act)
        words = self._work.goal.masked[start:end]
        to, copies = self._people(act)
        text, subject = self._texts(act)
        files = self._files(act, words, made, bool(found))
        meant = [] if text and not self._wants_found(act, found, words) else _meant(act, end, found, words, bool(files))
        body = "\n\n".join(filter(None, [literal(text), *(outcome.text for outcome in meant)]))
        attached = [literal(m.value) for m in self._work.goal.owned(act, "file", "unreadable")]
        attached += [outcome.part("path") for outcome in files]
        if not body and not attached and _POINTS_BACK.search(words):
            attached = self._handed_on(act)
        if not body and not attached:
            raise Declined("The goal does not say what to write.")
        given = literal(subject)[:LONGEST_SUBJECT]
        subject = given or (title_for(meant) if meant else _beginning(literal(text)) or _names(attached, files))
        waits = [outcome.step for outcome in (*meant, *files)]
        apart = len(to) > 1 and bool(_APART.search(words))
        if apart and not copies and not attached:
            args: JSON = {"recipients": to, "subject": subject, "body": body}
            self._send("batch", args, f"Send a mail to each of {len(to)}", waits)
            return
        extra = {"body": body, "cc": copies, "attachments": attached}
        for people in [[address] for address in to] if apart else [to]:
            args = {"to": people, "subject": subject, **{name: value for name, value in extra.items() if value}}
            self._send("mail", args, f"Send a mail to {', '.join(people)}", waits)

    def _handed_on(self, act: Act) -> list[str]:
        """Files of the drive that the acts before were about: "download a.csv and mail it to …"."""
        goal = self._work.goal
        before = [other for other in goal.acts if other.start < act.start and other.kind in ("download", "share")]
        return [literal(m.value) for other in before[-1:] for m in goal.owned(other, "file", "unreadable")]

    def _decline_pairs(self, act: Act) -> None:
        """ "Send a.md to Ann and b.md to Bob" is two mails; read as one, each would get the other's."""
        kinds = {"address": "A", "file": "F", "unreadable": "F", "said": "F"}
        found = self._work.goal.around(act, "address", "file", "unreadable", "said")
        order = re.sub(r"(.)\1+", r"\1", "".join(kinds[mention.kind] for mention in found))
        if "AFAF" in order or "FAFA" in order:
            raise Declined(
                "The goal gives several people different things in one sentence; ask for one mail after the other."
            )

    def _decline_later(self, act: Act) -> None:
        """Mails go out when their step runs; a goal that wants one at a later time is not reached."""
        words_end = act.start + len(self._work.goal.words_of(act))
        for moment in self._work.goal.moments:
            if act.start <= moment.start < words_end and (moment.clock or moment.day):
                said = self._work.goal.text[moment.start : moment.end].strip()
                raise Declined(f"Mail can be sent at once only, not {said}.")

    def _send(self, role: str, args: JSON, description: str, waits: list[str]) -> None:
        ground = self._work.ground(title=str(args["subject"]), result=str(args.get("body", "")))
        self._work.step(role, args, description, name="mail", after=waits, ground=ground)

    def _people(self, act: Act) -> tuple[list[str], list[str]]:
        """Addresses the mail goes to, and those that get a copy."""
        goal = self._work.goal
        named = goal.around(act, "address")
        start, end = goal.stretch_of(act)
        if _BLIND.search(goal.masked):
            raise Declined("Blind copies cannot be sent here.")
        if nameless := _BARE_NAME.search(goal.text[start:end]):
            raise Declined(f"The goal names no e-mail address of {nameless['name']}.")
        copies = [
            m.value for m in named if _COPY.search(goal.masked[: m.start]) or _COPIED.search(goal.masked[m.end :])
        ]
        to = [m.value for m in named if m.value not in copies]
        if not to and _POINTS_AT_PEOPLE.match(goal.masked[start:end]):
            to = [m.value for m in goal.mentions if m.kind == "address" and m.start < start]
        if not to:
            raise Declined("The goal names no e-mail address to send it to.")
        return list(dict.fromkeys(to)), list(dict.fromkeys(copies))

    def _texts(self, act: Act) -> tuple[str, str]:
        """What the mail is to say in the goal's own words, and its subject."""
        goal, said, subject = self._work.goal, list[str](), ""
        for mention in goal.around(act, "quote", "text", "said", "subject"):
            if mention.kind == "subject" or _SUBJECT.search(goal.masked[: mention.start]):
                subject = subject or mention.value
            else:
                said.append(mention.value)
        return "\n\n".join(said), subject

    def _files(self, act: Act, words: str, made: list[Outcome], read: bool) -> list[Outcome]:
        """The files made on the way that are to be attached: those named, or all there is."""
        if not made or self._work.goal.owned(act, "file", "unreadable"):
            return []
        if _ATTACHED.search(words) or (not read and _POINTS_BACK.search(words)):
            return named_files(made, words)
        return []

    def _wants_found(self, act: Act, found: list[tuple[int, Outcome]], words: str) -> bool:
        inside = any(place > act.start for place, _ in found)
        return inside or bool(_POINTS_BACK.search(words)) or bool(named_outcomes([o for _, o in found], words))


def _meant(act: Act, end: int, found: list[tuple[int, Outcome]], words: str, attached: bool) -> list[Outcome]:
    """What the mail is to hold: what is asked for in its own words, else what is named, else all that was found before."""
    inside = [outcome for place, outcome in found if act.start <= place < end]
    before = [outcome for place, outcome in found if place < act.start]
    return inside or ([] if attached else named_outcomes(before, words) or before)


def _beginning(text: str) -> str:
    """The first words of a text, or its first sentence, as a subject."""
    first = re.split(r"(?<=[.!?])\s|\n", text, maxsplit=1)[0].rstrip(".")
    cut = first if len(first) <= _SHORT else first[:_SHORT].rpartition(" ")[0] + " …"
    return cut[:1].upper() + cut[1:]


def _names(attached: list[str], files: list[Outcome]) -> str:
    if files:
        return title_for(files)
    return ", ".join(name.rpartition("/")[2] for name in attached)
