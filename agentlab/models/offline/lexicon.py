"""How deeds are said: the patterns of the offline planner, from a goal with its mentions blotted out to kinds of acts.

The order is that of claims: what stands first may claim a place in the goal first.
"""

from __future__ import annotations

from agentlab.models.offline.mentions import ADDRESS_MASK, FILE_MASK, MASK, MOMENT_MASK, SELECTOR_MASK

LEAD = (
    r"(?:[,.;:!?()]\s*|\b(?:and|then|also|please|to|you|or|now|next|finally|first|afterwards|could|would|can|kindly|both|mind|just|need"
    r"|i'll|i will|let's|must|should)\s+|^\s*)"
)
"""What may stand before a verb of the goal's own."""
EVENT = (
    r"(?:meetings?|appointments?|events?|calls?|stand-?ups?|lunch(?:es)?|dinners?|breakfasts?|coffee|reviews?|workshops?"
    r"|retros?(?:pectives?)?|syncs?|interviews?|trainings?|sessions?|reminders?|demos?|kick-?offs?|catch-?ups?|check-?ins?|dentist"
    r"|classes|class|webinars?|briefings?|1:1s?|one-on-ones?|offsites?|seminars?|lessons?|visits?|tastings?|part(?:y|ies)|slots?)"
)
"""What stands in calendars."""
_READ = f"[{MASK}{FILE_MASK}]"
_NAMES = f"[{MASK}{FILE_MASK}{ADDRESS_MASK}]"
_FREE = f"[^.;?{MASK}{FILE_MASK}{ADDRESS_MASK}]"
"""A letter of the goal's own words."""
_PEOPLE = rf"{ADDRESS_MASK}+(?:(?:,\s*|\s+and\s+|,\s+and\s+){ADDRESS_MASK}+)*"
_NEW = r"(?:\s+(?:me|it|them|an?|one|two|new|single|separate|short|simple|small|each|together|brief|plain|markdown|text|csv|summary))*"
_SHEET = r"(?:(?:spread|work)?sheets?|csv(?: files?)?|tables?)\b"
_DOC = r"(?:documents?|docs?|notes?|reports?|memos?|file|markdown)\b"
_SAVE = r"save|store|start|write|put|keep|record|create|make|export|turn|produce|prepare|draft|note|add(?! up)|generate|copy"
_MAIL = r"(?:e-?mails?|mails?|messages?|note)\b"
_SMALL = (
    r"(?:\s+(?:an?|the|one|out|each|off|over|short|quick|brief|polite|separate|individual|personal|batch|bulk|group|single|new|me|and|following"
    rf"|{ADDRESS_MASK}+[,:]?))*"
)
_CALENDAR = r"\b(?:in|into|to|on|from|of) (?:my |the |our )?(?:calendar|diary|agenda)\b"
_AGENDA = r"\b(?:calendar|agenda|diary|schedule|events|meetings|appointments)\b(?! (?:notes|minutes))"
_PARTS = r"(?:tables?|links?|headings?|headlines|main (?:content|text|part|element)|paragraphs?|list items|images|buttons?)\b"
_TAKE = r"extract|get|grab|pull|read|take|pick|collect|copy|find|convert|turn|give me|show me|list"
_SHOT = r"screen ?-?(?:shots?|grabs?|captures?)\b"
_FIGURE = r"(?:total|sum|average|mean|highest|lowest|largest|smallest|maximum|minimum|number of)\b"


def _verb(verbs: str, behind: str = "") -> str:
    """One of ``verbs`` where the goal may have a verb of its own, and what must stand behind it."""
    return rf"{LEAD}(?:{verbs})\b{behind}"


def _ahead(pattern: str, without: str = "(?!)") -> str:
    """``pattern`` somewhere behind, in the same sentence, with nothing of ``without`` before it."""
    return rf"(?=(?:(?!{without})[^;?])*?(?:{pattern}))"


MAILING = (
    ("mail", _verb("attach", _ahead(rf"\b{_MAIL}|{ADDRESS_MASK}"))),
    ("mail", _verb("send|write|draft|compose|shoot|drop", rf"{_SMALL}\s+{_MAIL}(?! address)")),
    ("mail", _verb("e-?mail(?:ing)?", r"\s+(?!address|and\b|,)")),
    ("mail", _verb("mail(?:ing)?", _ahead(ADDRESS_MASK))),
    ("mail", _verb("send|forward|mail", rf"\s+(?:her|him|them|everyone|everybody)\b(?!{_FREE}{{0,80}}\bto\s+{MASK})")),
    (
        "mail",
        _verb(
            "send|forward", rf"\b(?! me\b)(?=[^.;?]{{0,80}}\bto\s+(?!{_READ}))(?![^.;?]{{0,80}}\b(?:to|at)\s+{MASK})"
        ),
    ),
    ("mail", _verb("let|letting", rf"\s+{_PEOPLE}\s+know\b")),
    (
        "mail",
        rf"{_PEOPLE}\s+(?:should|shall|must|needs? to)\s+(?:each\s+)?(?:get|receive|have)\b[^.;?]{{0,40}}?\b{_MAIL}",
    ),
    ("mail", _verb("tell|inform|notify|remind|warn|ask", rf"\s+{ADDRESS_MASK}")),
    (
        "mail",
        _verb("send|forward|write|pass", rf"(?!{_FREE}{{0,80}}\bto\s+{MASK})(?:ing)?[^;?]{{0,90}}?{ADDRESS_MASK}"),
    ),
)
FILING = (
    ("share", _verb("share|sharing")),
    ("share", _verb("give|grant|allow", r"[^.;?]{0,80}?\b(?:access|permission|rights)\b")),
    ("share", _verb("let|allow", rf"\s+{_PEOPLE}\s+(?:to\s+)?(?:view|see|read|edit|change|comment)\b")),
    ("share", _verb("make|add", rf"\s+{_PEOPLE}\s+(?:as )?(?:an? )?(?:editor|viewer|commenter|reader)s?\b")),
    ("upload", _verb("upload|uploading")),
    (
        "upload",
        _verb(
            "put|save|store|copy|add|move",
            rf"\s+(?:the |this |my )?(?:\w+ )?{FILE_MASK}+\s+(?:in|into|on|onto|to)\s+(?:the |my |our )?drive\b",
        ),
    ),
    (
        "download",
        _verb(
            "download|downloading",
            rf"(?=[^.;?{MASK}]{{0,40}}(?:{FILE_MASK}|\bit\b|\bthem\b|\bthe (?:file|document|sheet)\b))",
        ),
    ),
    (
        "download",
        r"(?:" + LEAD + r"|\b(?:i|we)\s+)(?:get|give|fetch|make|save|copy|need|want|have)\b[^.;?]{0,60}?"
        r"(?:\blocal copy\b|\b(?:on|onto|to) (?:my|this) (?:computer|laptop|machine|disk|pc|mac)\b|\blocally\b)",
    ),
)
_NO_FILE = rf"(?!\s+(?:the |my |all )?(?:files?|folders?|documents?|sheets?)\b)(?!\s*(?:the file )?{_READ}*{FILE_MASK})"
_TRAVEL = r"\b(?:flight|hotel|table|ticket|taxi|train|trip)s?\b"
PLANNING = (
    ("schedule", _verb("set", rf"\s+(?:me )?an?\s+(?:\w+\s+)?(?:reminder|alarm|{EVENT})\b")),
    ("move", _verb("move|reschedul(?:e|ing)|postpone|push(?: back)?|shift|delay|bring forward", _NO_FILE)),
    ("move", _verb("rename", rf"{_NO_FILE}(?!\s*{MASK})")),
    (
        "move",
        _verb(
            "change|update|set|edit|switch",
            rf"(?! up\b){_NO_FILE}" + _ahead(rf"\b(?:location|place|room|venue|title|time|start|end|{EVENT})\b"),
        ),
    ),
    ("move", _verb("invite|add", rf"\s+{_PEOPLE}\s+(?:to|for)\b")),
    ("cancel", _verb("cancel|call off", _ahead(rf"\b{EVENT}\b|{MOMENT_MASK}|{MASK}|\bcalendar\b"))),
    (
        "cancel",
        _verb(
            "delete|remove|drop|clear|scrap",
            _ahead(rf"\b{EVENT}\b|{MOMENT_MASK}|\bcalendar\b", rf"\b(?:files?|folder|drive)\b|{FILE_MASK}"),
        ),
    ),
    ("schedule", _verb("schedul(?:e|ing)|set up|arrang(?:e|ing)|organi[sz](?:e|ing)|remind me|pencil in")),
    (
        "schedule",
        _verb(
            "book|plan|block(?: off| out)?|reserve|booking|planning",
            _ahead(rf"\b{EVENT}\b|\bcalendar\b|\bcalled\b", _TRAVEL),
        ),
    ),
    ("schedule", _verb("block(?: off| out)?|reserve", _ahead(rf"{MOMENT_MASK}[^;?]*\bfor\b", _TRAVEL))),
    (
        "schedule",
        _verb("add|put|create|make|enter|note|save|have", _ahead(_CALENDAR, rf"[.]|\b{_DOC}|\b{_SHEET}|{FILE_MASK}")),
    ),
    (
        "schedule",
        _verb(
            "add|put|create|make|enter|have",
            rf"(?=(?:\s+(?!{_DOC}|{_SHEET})[\w{MOMENT_MASK}-]+){{0,5}}?\s+{EVENT}\b)"
            + _ahead(rf"{MOMENT_MASK}|\b(?:calendar|diary)\b"),
        ),
    ),
    (
        "agenda",
        _verb(
            r"what(?:['’]?s| is| are)?|show|list|which|see|check|give|read|tell|get|do i have|are there|have i got|look|any|how many",
            rf"{_FREE}{{0,40}}?{_AGENDA}",
        ),
    ),
    (
        "agenda",
        _verb(
            "do (?:i|we) have|have (?:i|we) got|(?:am|are) (?:i|we)|is there|are there|what do (?:i|we) have|what have (?:i|we) got|any(?:thing)?|what(?:['’]?s| is)|who (?:am|are) (?:i|we) (?:meeting|seeing)",
            rf"{_FREE}{{0,40}}?(?:(?:on|for|at|free|busy|available)\s+{MOMENT_MASK}|\b(?:planned|scheduled|booked|happening|going on|coming up)\b)",
        ),
    ),
    ("agenda", _verb("(?:what|how) (?:does|do|is|are) (?:my|our|the)", rf"\s+{MOMENT_MASK}")),
    (
        "agenda",
        _verb("when(?:['’]?s| is| are)", rf"\s+(?:my|the|our) {_FREE}{{0,40}}?\b{EVENT}\b{_FREE}{{0,20}}[?.!]?\s*$"),
    ),
    (
        "agenda",
        rf"(?<!in )(?<!to )(?<!into )(?<!on )(?<!from )\bmy (?:agenda|calendar|diary|schedule|events|meetings|appointments)\b(?=[^.;?]*(?:{MOMENT_MASK}|{ADDRESS_MASK}))",
    ),
)
BROWSING = (
    ("shot", _verb("take|make|get|grab|capture|create|give me|show me|save|send me", rf"{_FREE}{{0,30}}?\b{_SHOT}")),
    ("shot", rf"\b(?:an?|the)\s+(?:[\w-]+\s+)?{_SHOT}(?=\s+of\b)"),
    ("shot", _verb(f"{_SHOT}|capture")),
    (
        "shot",
        _verb(
            "take|make|get",
            rf"\s+(?:an? |the )?(?:\w+ )?(?:picture|photo|snapshot|snap|image) of (?:the |this |that )?(?:\w+ )?(?:page|site|website|it\b|{MASK})",
        ),
    ),
    ("click", _verb("(?:click|clicking|tap)(?: on)?")),
    ("click", _verb("press|push|hit|follow", rf"(?=[^.;?]{{0,40}}(?:\bbutton\b|\blink\b|{MASK}|{SELECTOR_MASK}))")),
    ("wait", _verb("wait|waiting")),
    ("pick", _verb("scrape|scraping")),
    ("pick", _verb(f"{_TAKE}|save", rf"{_FREE}{{0,40}}?{SELECTOR_MASK}")),
    (
        "pick",
        _verb(
            f"{_TAKE}|save|store|put|e-?mail|send", rf"(?: out| me)?\s+(?:all |every |each )?(?:of )?(?:the )?{_PARTS}"
        ),
    ),
)
"""``pick`` counts only where the goal works in the browser."""
BROWSER = (
    rf"\bbrowser\b|\bnavigat\w+\b|\bscrap(?:e|ing)\b"
    rf"|\b(?:{_TAKE}|save|store|put|e-?mail|send)(?: out)?\s+(?:the |all |every |each )(?:\w+ )?tables?\b[^.;?{FILE_MASK}]*\b(?:from|on|of|at|in)\s+{MASK}"
)
"""Words that only a browser can make true; tables of pages are lost where a page is read as text."""
READING = (
    (
        "compare",
        r"\b(?:compare|contrast|(?:what(?: is|'s)? (?:the )?)?differences? (?:between|of|from)|(?:what (?:has |have )?)?chang\w+ (?:between|from)"
        r"|(?:how do |how does )?[^.,;?]{0,90}\bdiffers? (?:from|between)\b|how\b[^.,;?]{0,90}\bdiffers?|versus)\b",
    ),
    ("summarize", r"\b(?:summari[sz]\w*|sum(?:ming)? (?:it |them )?up|tl;?dr|condense|shorten|gist of|overview of)\b"),
    ("summary", r"\b(?:summary|summaries|(?:key|main) (?:points|facts)|highlights)\b"),
    (
        "list",
        r"\b(?:list|show|display|see|what|which|name|tell me)\b[^.,;?]{0,28}?\b(?:files|documents|folders|sheets)\b",
    ),
    ("list", rf"\b(?:what|which|contents?|list|show|look|how many)\b{_FREE}{{0,45}}?\b(?:drive|folder|directory)\b"),
    ("ask", _verb("add up|count|calculate|compute|work out|find out|look up")),
    ("ask", rf"{LEAD}(?:find|get|give me|tell me|know|fetch)\s+(?:the |an? )?(?:\w+ )?{_FIGURE}"),
    ("ask", rf"(?<!extract )(?<!out )(?<!and )(?<!, )\bthe {_FIGURE}(?=[^.;?]{{0,60}}\b(?:in|of|from)\s+{_READ})"),
    ("extract", r"\b(?:extract|pull (?:out)?|pick out|find (?:all|every)|parse)\b"),
    (
        "extract",
        _verb(
            "list|collect|gather|get|find|take|grab|pull|give me|show me|show|compile|note|put|save|write|make|create",
            rf"(?=[^.;?]{{2,90}}?\b(?:from|in|of|on)\b[^.;?]{{0,30}}{_READ})",
        ),
    ),
    (
        "extract",
        rf"(?:(?<={ADDRESS_MASK} )|(?<=mail )|(?<=send )|(?<=forward ))the\s+(?=[a-z -]{{2,50}}s\s+(?:from|in|of)\s+{_READ})",
    ),
    ("extract", rf"(?:(?<=mail )|(?<=message ))with\s+(?=(?:the|all)\s+[a-z -]{{2,50}}s\s+(?:from|in|of)\s+{_READ})"),
    ("ask", _verb("what|who|whom|whose|when|where|which|why|how|does|do|did|is|are|was|were|has|have|can i|may i")),
    (
        "ask",
        r"\b(?:tell me|explain|answer|say what|what does|how (?:many|much|long)|(?:like|want|need|curious) to know|wonder(?:ing)?)\b",
    ),
)
SAVING = (
    ("sheet", _verb(_SAVE, rf"(?:(?!\b{_DOC})[^.;?]){{0,90}}?\b(?:as|into|in|to)\b{_NEW}\s+{_SHEET}")),
    ("sheet", rf"\b(?:into|as|to|make|create|start|build|produce|prepare|export|save|write)\b{_NEW}\s+{_SHEET}"),
    ("sheet", rf"\bin\s+(?:an?|one)(?:\s+(?:new|single))?\s+{_SHEET}"),
    ("sheet", rf"\b(?:need|want|like)\s+(?:an?\s+)?(?:(?:new|empty|blank|simple)\s+)*{_SHEET}"),
    ("doc", _verb(_SAVE, rf"{_NEW}\s+{_DOC}")),
    ("doc", _verb(_SAVE, rf"(?:(?!\b{_SHEET})[^.;?]){{0,90}}?\b(?:as|into|in|to)\b{_NEW}\s+{_DOC}")),
    ("doc", _verb(_SAVE, r"[^.;?]{0,90}?\b(?:to|in|into|on)\s+(?:the|my)\s+drive\b")),
    ("doc", rf"\b(?:into|as|in)\s+(?:an?|one|two|separate)(?:\s+(?:new|single|separate|markdown))?\s+{_DOC}"),
    ("doc", _verb("save|store|keep|(?:write|note) (?:it |them )?down|write up")),
    ("post", rf"\b(?:post|send|submit|push|put)\b[^.;?]{{0,80}}?\b(?:to|at)\s+{MASK}"),
)
FETCHING = (
    ("open", _verb(r"(?:open|navigate|visit|browse|go|load)(?: to)?", rf"(?=[^.;?]{{0,30}}{MASK})")),
    (
        "fetch",
        r"\b(?:fetch|download|retrieve|load|open|visit|read|get|check|look (?:at|into|through)|go (?:to|through)|grab"
        r"|browse|view|take|use|study|review|show|display|curl|request|query|call)\b",
    ),
)
"""``open`` counts only where the goal works in the browser; else the page is fetched like any other."""
