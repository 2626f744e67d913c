"""The details of a goal: what to extract, how long a summary, under which title, in which folder."""

from __future__ import annotations

import re

from agentlab.models.offline.mentions import FILE_MASK, MASK, MOMENT_MASK, Mention
from agentlab.models.offline.patterns import kind_of

_READ = f"[{MASK}{FILE_MASK}]"
_NUMBERS = dict(zip("one two three four five six seven eight nine ten".split(), range(1, 11), strict=True))
_COUNT = re.compile(
    rf"\b(\d{{1,2}}|{'|'.join(_NUMBERS)})[ -](?:short |key |main )*(?:sentences?|lines?|points?|bullets?)\b"
)
_FOCUS = re.compile(
    r"\b(?:focus(?:ing|ed)?|concentrat\w+|with regard|with a view) (?:on|to)\s+(.+?)(?=[,.;?]|\band (?:save|put|write|store|then)\b|$)"
)
_TITLE = re.compile(
    r"\b(?:called|named|titled|entitled|call it|name it|(?:under|with) the (?:title|name)(?: of)?|title:?)\s+"
)
_TITLE_WORDS = re.compile(
    r"""[^,.;:?!"“‘]+?(?=\s+(?:with|from|in|into|and|as|to|that|for|saying|containing|stating|reading)\b"""
    r"""|\s+(?:on|at|by)\s*$|\s*["“‘,.;:?!]|\s*$)"""
)
_NOUN = re.compile(
    r"\b(?:new|an?|the)\s+(?:\w+\s+)?(?:sheet|spreadsheet|document|doc|note|report|event|meeting|workshop)\s*$"
)
_PLAIN_TITLE = re.compile(
    r"\bas\s+(?!(?:an?|the|one|two|it|well|separate|plain|markdown|documents?|notes?|sheets?|tables?|csv|json|text)\b)"
    r"([\w-]{3,60})(?=\s*(?:[,.;?!]|$|\band\b))"
)
"""A title behind "as", in one word: save it as ocean-summary."""
_PHRASE_END = re.compile(
    rf"\s*(?:[.;?:]|\bof\b(?=[^,.;?]{{0,16}}{_READ})|\b(?:from|in|into|out of|to|on|as|inside|within|of which|that|which)\b(?! (?:number|charge|kin)\b)"
    rf"|\band (?:save|put|write|store|then|make|create|summari|send|post|export|keep|list)|{_READ}|$)"
)
_CONTAINER = re.compile(
    r"\s*(?:me )?(?:an? |the |one )?(?:new |simple |short )?(?:documents?|docs?|notes?|reports?|sheets?|spreadsheets?|tables?|csv"
    r"|lists?|files?|overview|copy)\b(?: file)?(?:(?: called| named| titled)? [^,.;?]{0,60}?)??"
    r"(?:\s+(?:with|of|containing)\b|(?P<end>\s*$|\s+(?:called|named|titled|from|in|on|about)\b))"
)
_NOT_A_FIELD = re.compile(
    r"^(?:(?:all|any|every|each|both|the|its|their|of|an?|out|me|also|please|different|various|single|full|complete|whole"
    r"|following|mentioned|contained|found)\s+)+"
)
_SAID_OF_FIELDS = re.compile(
    r"(?:\s+(?:mentioned|listed|given|found|contained|named|stated|shown|there|that (?:are|is|occur|appear)\b.*))+$"
)
_WHOLE = frozenset(
    "it this them that page pages site website file files document documents text texts content contents report reports "
    "article data everything information facts what is what's anything something note notes minutes contents summary summaries stuff "
    "sheet table spreadsheet list copy both key main points highlights overview gist".split()
)
_FOLDERS = (
    re.compile(r"\b(?:folder|directory)\s+(?:called\s+|named\s+)?([\w-]+(?:/[\w.-]+)*)"),
    re.compile(r"\b([\w-]+(?:/[\w.-]+)*)/?\s+(?:folder|directory)\b"),
    re.compile(r"\b(?:in|inside|under|of|from)\s+(?:the\s+|my\s+)?([\w-]+(?:/[\w.-]+)*)/?(?=[\s.,;?!]|$)"),
)
_NO_FOLDER = frozenset(
    "files documents sheets folders list the my a an drive it this that each every which in of folder there here sheet document file".split()
)


def fields_of(masked: str, start: int) -> list[str]:
    """What to extract: the phrase behind the verb that ends at ``start``, split at commas and "and"."""
    found = []
    phrase = _phrase(masked, start)
    for part in re.split(r",|&|\band\b|\bplus\b|\bor\b|\bas well as\b", phrase):
        said = _SAID_OF_FIELDS.sub("", _NOT_A_FIELD.sub("", " ".join(part.split()))).strip(" -:'\"")
        words = said.split()
        if words and len(said) <= 48 and not set(words) <= _WHOLE and "{" not in said:
            found.append(kind_of(said) or said)
    return list(dict.fromkeys(found))[:10]


def _phrase(masked: str, start: int) -> str:
    """The words from ``start`` on that say what is wanted; of "a table of the dates" the dates."""
    container = _CONTAINER.match(masked, start)
    if container and container.group("end"):
        return ""
    start = container.end() if container else start
    end = _PHRASE_END.search(masked, start)
    return masked[start : end.start() if end else len(masked)]


def length_of(masked: str) -> int | None:
    """How many sentences a summary is to have, where the goal says so."""
    match = _COUNT.search(masked)
    return min(50, max(1, _NUMBERS.get(match.group(1)) or int(match.group(1)))) if match else None


def focus_of(masked: str, goal: str) -> str:
    """What a summary is to be about, where the goal says so; in the goal's own spelling."""
    match = _FOCUS.search(masked)
    return goal[match.start(1) : match.end(1)].strip(" \"'“”") if match else ""


def title_of(masked: str, goal: str, found: list[Mention], start: int, end: int) -> str:
    """The title that the goal gives between two places: after "called", or as the name of a file to make."""
    for match in _TITLE.finditer(masked, start, end):
        quoted = next((m.value for m in found if m.start == match.end() and m.kind in ("quote", "target")), "")
        # A day or time behind a title is none of its words.
        moment = masked.find(MOMENT_MASK, match.end() + 1, end)
        given = goal[match.end() : end if moment < 0 or masked[match.end()] == MOMENT_MASK else moment]
        words = _TITLE_WORDS.match(given)
        if title := quoted or (words.group().strip() if words else ""):
            return _without_ending(title)
    for quote in found:
        if quote.kind == "quote" and start <= quote.start < end and _NOUN.search(masked[: quote.start]):
            return _without_ending(quote.value)
    made = next((m.value for m in found if m.kind == "target" and start <= m.start < end), "")
    as_quoted = next((m for m in found if m.kind == "quote" and start <= m.start < end), None)
    if not made and as_quoted and re.search(r"\bas\s*$", masked[: as_quoted.start]):
        made = as_quoted.value
    plain = _PLAIN_TITLE.search(masked, start, end) if not made else None
    return _without_ending(goal[plain.start(1) : plain.end(1)] if plain else made)


def folder_of(masked: str, goal: str, found: list[Mention]) -> str:
    """The folder of the drive that is to be listed; empty for its top."""
    for pattern in _FOLDERS:
        for match in pattern.finditer(masked):
            if match.group(1) not in _NO_FOLDER:
                return goal[match.start(1) : match.end(1)].strip("/")
    return next((m.value.strip("/") for m in found if m.kind == "quote"), "")


def split_names(said: str) -> list[str]:
    """The names in a list such as "item, price and date"."""
    return [part.strip(" \"'") for part in re.split(r",|\band\b|&", said) if part.strip(" \"'")][:20]


def _without_ending(title: str) -> str:
    name = title.strip(" \"'“”‘’").rpartition("/")[2]
    return re.sub(r"\.(?:md|txt|csv|html?)$", "", name, flags=re.IGNORECASE)[:200]
