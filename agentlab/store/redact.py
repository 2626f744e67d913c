"""Redaction before the write: what looks like a secret never reaches the trace store or a viewer.

Applied to every text of what is recorded: names, messages, attributes and payloads, keys included. The shapes are those that
issuers publish. Most of what is recorded holds no secret, so each line is glanced at first, as a whole and in its encoded form
(a microsecond for a span); only where the glance finds the mark of a rule are the rules applied, text by text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pydantic_core import SchemaValidator, core_schema

from agentlab.store.line import whole
from agentlab.types import Event, Note, Span

REPLACEMENT = "[redacted]"
SHORTEST = 8
"""Characters below which a text holds no secret worth the search."""
_NAMES = r"pass(?:word|wd|phrase)|pwd|secret|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|(?:access|auth|refresh|session)[-_ ]?token|client[-_ ]?secret"
_SPAN_TEXTS = (
    *("run_id", "project", "conversation_id", "name", "operation", "error_type", "error_message", "step", "agent"),
    *("skill", "tool", "provider", "model", "response_model", "finish_reason", "user_id", "service", "attributes"),
)
_NOTE_TEXTS = ("name", "label", "text", "author", "attributes")
"""Columns that hold texts of others; what is in the rest is made here."""
_SECRET_KEY = re.compile(rf"(?i)(?:^|[-_.])(?:{_NAMES}|authorization|cookie|set-cookie)$")


@dataclass(frozen=True, slots=True)
class Rule:
    """One shape of text that is taken out."""

    name: str
    pattern: re.Pattern[str]
    replacement: str = REPLACEMENT
    """May name groups of the pattern, such as ``\\\\1``."""
    mark: str = ""
    """A simpler expression, small or large letters alike, that fits wherever the pattern does, in JSON too; empty fits all."""
    counts: Callable[[re.Match[str]], bool] | None = None
    """A last look at what the pattern found; None takes it all."""


def _is_card(found: re.Match[str]) -> bool:
    """Whether the number stands by itself and its check digit is right (Luhn, ISO/IEC 7812)."""
    if found.start() and found.string[found.start() - 1] in "0123456789.-":
        return False
    digits = [int(character) for character in found.group() if character.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


SECRETS = (
    Rule(
        "private key",
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S),
        mark="private key-----",
    ),
    Rule(
        "authorization",
        re.compile(r"(?i)(authorization[\"']?\s*[:=]\s*[\"']?(?:[a-z]+\s+)?)(?!\[redacted\])[^\s\"',]{3,}"),
        r"\1" + REPLACEMENT,
        "authorization",
    ),
    Rule(
        "bearer token",
        re.compile(r"(?i)\b(bearer)\s+(?=\S*[\d._~+/=-])[A-Za-z0-9._~+/-]{12,}=*"),
        r"\1 " + REPLACEMENT,
        "bearer",
    ),
    Rule(
        "prefixed key",
        re.compile(r"\b(?:sk|pk|rk|whsec)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9_-]{12,}"),
        mark="(?:sk|pk|rk|whsec)[-_][a-z0-9_-]{12}",
    ),
    Rule(
        "cloud key",
        re.compile(r"\b(?:(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,})"),
        mark=r"a[ks]ia[0-9a-z]{16}|aiza|ya29\.",
    ),
    Rule(
        "forge key",
        re.compile(
            r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,})"
        ),
        mark="gh[pousr]_[a-z0-9]{20}|github_pat_|glpat-|hf_[a-z0-9]{20}|npm_[a-z0-9]{30}|pypi-",
    ),
    Rule("chat key", re.compile(r"\bxox[abeprs]-[\w-]{10,}"), mark="xox[abeprs]-"),
    Rule("JWT", re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), mark="eyj"),
    Rule(
        "password in a URL",
        re.compile(r"(\b[a-z][a-z0-9+.-]*://[^/\s:@]*:)[^@\s/]+(?=@)", re.I),
        r"\1" + REPLACEMENT,
        r"://[^/\s]*@",
    ),
    Rule(
        "named secret",
        re.compile(rf"(?i)((?:{_NAMES})[\"']?\s*[:=]\s*[\"']?)(?!\[redacted\])[^\s\"',;&]{{3,}}"),
        r"\1" + REPLACEMENT,
        rf"{_NAMES}|cookie",
    ),
    Rule("card number", re.compile(r"\d(?:[ -]?\d){12,18}(?![\d.-]?\d)"), mark=r"\d(?:[ -]?\d){12}", counts=_is_card),
)
"""Taken out always."""
PERSONAL = (
    Rule("e-mail address", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), mark="@"),
    Rule("phone number", re.compile(r"(?<![\w.])\+?\(?\d{1,4}\)?(?:[ ./-]\(?\d{2,5}\)?){2,5}(?![\w.])")),
)
"""Taken out where the lab says so."""


class Redaction:
    """The rules of one lab. ``extra`` are regular expressions of its own."""

    def __init__(self, *, personal: bool = False, extra: Iterable[str] = ()) -> None:
        own = (Rule(f"own rule {number}", re.compile(pattern)) for number, pattern in enumerate(extra, 1))
        self._rules = (*SECRETS, *(PERSONAL if personal else ()), *own)
        marks = [rule.mark for rule in self._rules]
        pattern = "(?i)" + "|".join(marks) if all(marks) else ""
        self._glance = SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))

    def suspects(self, line: bytes, *, after: bytes = b"") -> bool:
        """Whether an encoded line may hold a secret. Linear in its length, whatever stands in it.

        ``after`` is where the search begins: the ids of a span stand before it, and many look like the number of a card.
        """
        return self._glance.isinstance_python(line[max(line.find(after), 0) :].decode())

    def event(self, event: Event) -> Event:
        """``event`` without secrets: itself where it holds none, else a copy."""
        span = event.span
        found = self._changed(span, _SPAN_TEXTS)
        notes = [self.note(note) for note in span.notes]
        payloads = self.value(span.payloads)
        if not all(new is old for new, old in zip(notes, span.notes, strict=True)):
            found["notes"] = notes
        if payloads is not span.payloads:
            found["payloads"] = payloads
        return Event(phase=event.phase, span=replace(span, **found)) if found else event

    def note(self, note: Note) -> Note:
        """``note`` without secrets: itself where it holds none, else a copy."""
        found = self._changed(note, _NOTE_TEXTS)
        return replace(note, **found) if found else note

    def _changed(self, record: Span | Note, names: tuple[str, ...]) -> dict[str, Any]:
        """The texts of a record that are others without secrets."""
        pairs = ((name, value, self.value(value)) for name in names if (value := getattr(record, name)) is not None)
        return {name: new for name, old, new in pairs if new is not old}

    def text(self, text: str) -> str:
        """``text`` without secrets; the same object where it holds none."""
        if len(text) >= SHORTEST and self._glance.isinstance_python(whole(text)):
            for rule in self._rules:
                text = _applied(rule, text)
        return text

    def value(self, value: Any, *, secret: bool = False) -> Any:
        """``value`` with every text inside it redacted; under a key that names a secret, whole."""
        if isinstance(value, str):
            return REPLACEMENT if secret and value else self.text(value)
        if isinstance(value, dict):
            found = {key: self.value(item, secret=secret or _names_secret(key)) for key, item in value.items()}
            return value if all(found[key] is value[key] for key in value) else found
        if isinstance(value, list | tuple):
            items = [self.value(item, secret=secret) for item in value]
            return value if all(new is old for new, old in zip(items, value, strict=True)) else items
        return REPLACEMENT if secret and isinstance(value, int | float) and not isinstance(value, bool) else value


@lru_cache(4_096)
def _names_secret(key: object) -> bool:
    return isinstance(key, str) and _SECRET_KEY.search(key) is not None


def _applied(rule: Rule, text: str) -> str:
    if rule.counts is None:
        return rule.pattern.sub(rule.replacement, text)
    counts = rule.counts
    found = rule.pattern.sub(lambda match: rule.replacement if counts(match) else match.group(), text)
    return text if found == text else found
