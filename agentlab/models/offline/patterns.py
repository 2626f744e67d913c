"""What facts look like in writing: addresses, dates, amounts. Read from texts and from goals alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

_MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october"]
_MONTHS += ["november", "december"]
_MONTH = "|".join(f"{name[:3].title()}(?:{name[3:]})?" for name in _MONTHS).replace(
    "Sep(?:tember)?", "Sep(?:t(?:ember)?)?"
)
_URL = re.compile(r"\bhttps?://[^\s<>\"'`]+", re.IGNORECASE)
_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])")
_DATE = re.compile(
    rf"(?<![\d/.-])(?:(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})"
    rf"|(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m1>{_MONTH})\b\.?(?:,? (?P<y1>\d{{4}}))?"
    rf"|\b(?P<m2>{_MONTH})\b\.? (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<y2>\d{{4}}))?"
    rf"|(?P<a>\d{{1,2}})(?P<mark>[/.])(?P<b>\d{{1,2}})(?P=mark)(?P<y3>\d{{4}}))(?![\d/-])"
)
_CURRENCY = r"(?:US|A|C)?[$€£¥₹]|(?:USD|EUR|GBP|CHF|JPY|CAD|AUD|INR|SEK|NOK|DKK)\b"
_FIGURE = r"\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_SCALE = r"(?:\s?(?:million|billion|thousand|bn|[kKmM])\b)?"
_AMOUNT = re.compile(
    rf"(?:(?<![\w$])(?:{_CURRENCY})\s?(?:{_FIGURE})(?!\d){_SCALE}"
    rf"|(?<![\w.,])(?:{_FIGURE}){_SCALE}\s?(?:[€£¥$]|(?:USD|EUR|GBP|CHF|JPY|euros?|dollars?|pounds?|francs?)\b))"
)
_PERCENT = re.compile(r"(?<![\w.,])[+-−]?\d+(?:[.,]\d+)?\s?(?:%|per ?cent\b|percentage points?\b)")
_PHONE = re.compile(r"(?<![\w./+-])(?:\+\d{1,3}[\s.-]?)?(?:\(\d{1,5}\)[\s.-]?)?\d{2,5}(?:[\s.-]\d{2,5}){1,4}(?![\w/-])")
_QUANTITY = re.compile(r"(?<![\w.,/-])[+-−]?\d+(?:[.,]\d+)*(?![\w/-])")
_PERSON = re.compile(r"\b[A-Z][a-zà-ÿ]+(?: (?:van|de|von|der|da|la))? [A-Z][a-zà-ÿ]+(?:-[A-Z][a-zà-ÿ]+)?\b")
_NO_PERSON = frozenset(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday The This That In On At From To And Next New North South "
    "East West Dear Hello Best Kind Street Road Avenue University Institute Company Project Team Release Version Report "
    "Meeting Notes City Library Council Bank Hotel Cafe Bakery Station Office School Action Actions Item Items Present Phone Email Budget Ocean Sea Bay".split()
) | {name.title() for name in _MONTHS}


def urls(text: str) -> list[str]:
    """Web addresses, without the punctuation of the sentence around them."""
    return _unique(_trimmed(match.group()) for match in _URL.finditer(text))


def emails(text: str) -> list[str]:
    """E-mail addresses."""
    return _unique(match.group() for match in _EMAIL.finditer(text))


def dates(text: str) -> list[str]:
    """Dates: as ``2026-03-31`` where year and order are plain, else as written (``12 May``, ``03/04/2026``)."""
    return _unique(written for match in _DATE.finditer(text) if (written := _date(match)))


def amounts(text: str) -> list[str]:
    """Amounts of money with their currency, as written."""
    return _unique(" ".join(match.group().split()) for match in _AMOUNT.finditer(text))


def percentages(text: str) -> list[str]:
    """Percentages, as written."""
    return _unique(match.group().strip() for match in _PERCENT.finditer(text))


def phones(text: str) -> list[str]:
    """Telephone numbers of 7 to 15 digits, as written."""
    bare = _AMOUNT.sub(" ", _DATE.sub(" ", text))
    found = (match.group().strip() for match in _PHONE.finditer(bare))
    return _unique(number for number in found if 7 <= sum(c.isdigit() for c in number) <= 15)


def quantities(text: str) -> list[str]:
    """Numbers of any kind, as written; dates left out."""
    return _unique(match.group() for match in _QUANTITY.finditer(_DATE.sub(" ", text)))


def people(text: str) -> list[str]:
    """Likely names of people: two capitalised words in a row that are no heading, day or month."""
    body = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    found = (match.group() for match in _PERSON.finditer(body))
    return _unique(name for name in found if not _NO_PERSON & set(name.split()))


KINDS: dict[str, Callable[[str], list[str]]] = {
    "emails": emails,
    "urls": urls,
    "dates": dates,
    "amounts": amounts,
    "percentages": percentages,
    "phones": phones,
    "numbers": quantities,
    "people": people,
}
_SPELLINGS = {
    "emails": r"e-?mails?(?: address(?:es)?)?|mail address(?:es)?",
    "urls": r"urls?|links?|web ?(?:addresses|sites?|pages?)|web ?links?",
    "dates": r"dates?|deadlines?|days",
    "amounts": r"amounts?|prices?|costs?|sums?|(?:money|currency)(?: amounts?)?|monetary (?:amounts|values)|totals?",
    "percentages": r"percentages?|percents?|per cents?|percent values",
    "phones": r"(?:tele)?phones?(?: numbers?)?|mobile numbers?",
    "numbers": r"numbers|figures|quantities",
    "people": r"people|persons?|names?(?: of (?:the )?people)?|people'?s names",
}


def kind_of(phrase: str) -> str | None:
    """The kind of fact that a phrase such as ``e-mail addresses`` asks for, or None."""
    said = " ".join(phrase.lower().split())
    return next((kind for kind, spelling in _SPELLINGS.items() if re.fullmatch(spelling, said)), None)


def _date(match: re.Match[str]) -> str:
    part = match.groupdict()
    year = part["y1"] or part["y2"] or part["y3"]
    try:
        if part["iso"]:
            return date.fromisoformat(part["iso"]).isoformat()
        if name := part["m1"] or part["m2"]:
            day, month = int(part["d1"] or part["d2"]), _month(name)
            return date(int(year or 2000), month, day).isoformat() if year else match.group().strip(" .")
        return _numeric(int(part["a"]), int(part["b"]), int(year), match.group())
    except ValueError:
        return ""


def _numeric(first: int, second: int, year: int, written: str) -> str:
    """Day and month in either order; where both orders are possible and differ, the date stays as written."""
    if first <= 12 and second <= 12 and first != second and "/" in written:
        return written
    day, month = (second, first) if second > 12 else (first, second)
    return date(year, month, day).isoformat()


def _month(name: str) -> int:
    return next(number for number, month in enumerate(_MONTHS, 1) if month.startswith(name[:3].lower()))


def _trimmed(url: str) -> str:
    url = url.rstrip(".,;:!?*’”")
    while url.endswith((")", "]")) and url.count(url[-1]) > url.count({")": "(", "]": "["}[url[-1]]):
        url = url[:-1].rstrip(".,;:!?")
    return url


def _unique(found: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(found))
