"""How deeds are said: the patterns of the offline planner, from a goal with its mentions blotted out to kinds of acts.

The order is that of claims: what stands first may claim a place in the goal first.
"""

from __future__ import annotations

from agentlab.models.offline.mentions import ADDRESS_MASK, FILE_MASK, MASK, MOMENT_MASK, SELECTOR_MASK

LEAD = (
    r"(?:[,.;:!?()]\s*|\b(?:and|then|also|please|to|you|or|now|next|finally|first|afterwards|could|would|can|kindly|both|mind|just|need)\s+"
    r"|^\s*)"
)
"""What may stand before a verb of the goal's own."""
EVENT = (
    r"(?:meetings?|appointments?|events?|calls?|stand-?ups?|lunch(?:es)?|dinners?|breakfasts?|reviews?|workshops?|retros?(?:pectives?)?"
    r"|syncs?|interviews?|trainings?|sessions?|reminders?|demos?|kick-?offs?|catch-?ups?|check-?ins?|dentist|classes|class|webinars?"
    r"|briefings?|1:1s?|one-on-ones?|offsites?|seminars?|lessons?|visits?|tastings?|part(?:y|ies)|slots?)"
)
_READ = f"[{MASK}{FILE_MASK}]"
_FREE = f"[^.;?{MASK}{FILE_MASK}{ADDRESS_MASK}]"
_NEW = r"(?:\s+(?:me|it|them|an?|one|two|new|single|separate|short|simple|small|each|together|brief|plain|markdown|text|csv|summary))*"
_SHEET = r"(?:(?:spread|work)?sheets?|csv(?: files?)?|tables?)\b"
_DOC = r"(?:documents?|docs?|notes?|reports?|memos?|file|markdown)\b"
_SAVE = r"(?:save|store|write|put|keep|record|create|make|export|turn|produce|prepare|draft|note|add(?! up)|generate|copy)\b"
_MAIL = r"(?:e-?mails?|mails?|messages?)\b"
_SMALL = rf"(?:\s+(?:an?|the|one|out|each|off|short|quick|brief|polite|separate|individual|personal|batch|bulk|group|single|new|me|and|{ADDRESS_MASK}+[,:]?))*"
_CALENDAR = r"\b(?:in|into|to|on|from) (?:my |the |our )?(?:calendar|diary|agenda)\b"
_PARTS = r"(?:tables?|links?|headings?|headlines|main (?:content|text|part|element)|paragraphs?|list items|images|buttons?)\b"

MAILING = (
    ("mail", rf"{LEAD}attach\b(?=[^.;?]*(?:\b{_MAIL}|{ADDRESS_MASK}))"),
    ("mail", rf"{LEAD}(?:send|write|draft|compose|shoot|drop)\b{_SMALL}\s+{_MAIL}(?! address)"),
    ("mail", rf"{LEAD}e-?mail(?:ing)?\s+(?!address|and\b|,)"),
    ("mail", rf"{LEAD}mail\s+(?=[^.;?]*{ADDRESS_MASK})"),
    ("mail", rf"{LEAD}(?:let|letting|tell|inform|notify)\b[^.;?{ADDRESS_MASK}]{{0,20}}{ADDRESS_MASK}"),
    (
        "mail",
        rf"{LEAD}(?:send|forward|write|pass)(?:ing)?\b(?![^.;?{ADDRESS_MASK}]{{0,80}}\bto\s+{MASK})[^;?]{{0,90}}?{ADDRESS_MASK}",
    ),
)
SHARING = (
    ("share", rf"{LEAD}shar(?:e|ing)\b"),
    ("share", rf"{LEAD}(?:give|grant|allow)\b[^.;?]{{0,80}}?\b(?:access|permission|rights)\b"),
    (
        "share",
        rf"{LEAD}(?:let|allow)\s+[{ADDRESS_MASK},\s]+(?:and\s+{ADDRESS_MASK}+\s+)?(?:to\s+)?(?:view|see|read|edit|change|comment)\b",
    ),
    ("upload", rf"{LEAD}upload(?:ing)?\b"),
    (
        "upload",
        rf"{LEAD}(?:put|save|store|copy|add|move)\s+(?:the |this |my )?(?:file |scan |picture |photo )?{FILE_MASK}+\s+(?:in|into|on|onto|to)\s+(?:the |my |our )?drive\b",
    ),
    ("download", rf"{LEAD}download(?:ing)?\b(?=[^.;?{MASK}]{{0,40}}(?:{FILE_MASK}|\bit\b|\bthem\b))"),
    (
        "download",
        rf"{LEAD}(?:get|give|fetch|make|save|copy|need|want|have)\b[^.;?]{{0,60}}?(?:\blocal copy\b|\b(?:on|onto|to) (?:my|this) (?:computer|laptop|machine|disk)\b|\blocally\b)",
    ),
)
_WHEN = rf"(?=[^;]*(?:{MOMENT_MASK}|\bcalendar\b|\bdiary\b))"
PLANNING = (
    (
        "move",
        rf"{LEAD}(?:move|reschedul(?:e|ing)|postpone|push(?: back)?|shift|delay|bring forward)\b(?!\s+(?:the |my |all )?(?:files?|folder|documents?)\b)(?!\s*{FILE_MASK})",
    ),
    (
        "move",
        rf"{LEAD}rename\b(?!\s+(?:the |my |all )?(?:files?|folder|documents?|sheet)\b)(?!\s*(?:the file )?{_READ})",
    ),
    (
        "move",
        rf"{LEAD}(?:change|update|set|edit|switch)\b(?=[^;?]*\b(?:location|place|room|venue|title|time|start|end|{EVENT})\b)",
    ),
    ("move", rf"{LEAD}(?:invite|add)\s+[{ADDRESS_MASK},\s]+(?:and\s+{ADDRESS_MASK}+\s+)?(?:to|for)\b"),
    ("cancel", rf"{LEAD}(?:cancel|call off)\b(?=[^;?]*(?:\b{EVENT}\b|{MOMENT_MASK}|{MASK}|\bcalendar\b))"),
    (
        "cancel",
        rf"{LEAD}(?:delete|remove|drop|clear|scrap)\b(?!\s*{FILE_MASK})(?=(?:(?!\b(?:files?|folder|drive)\b)[^;?{FILE_MASK}])*(?:\b{EVENT}\b|{MOMENT_MASK}|\bcalendar\b))",
    ),
    ("schedule", rf"{LEAD}(?:schedul(?:e|ing)|set up|arrang(?:e|ing)|organi[sz](?:e|ing)|remind me)\b"),
    (
        "schedule",
        rf"{LEAD}(?:book|plan|block|reserve)(?:ing)?\b(?=(?:(?!\b(?:flight|hotel|table|ticket|taxi|train|trip)s?\b)[^;?])*(?:\b{EVENT}\b|\bcalendar\b|\bcalled\b))",
    ),
    (
        "schedule",
        rf"{LEAD}(?:add|put|create|make|enter|note|save|have)\b(?=(?:(?!\b{_DOC}|\b{_SHEET}|{FILE_MASK})[^.;?])*{_CALENDAR})",
    ),
    (
        "schedule",
        rf"{LEAD}(?:add|put|create|make|enter|have)\b(?=(?:\s+(?!{_DOC}|{_SHEET})[\w{MOMENT_MASK}-]+){{1,5}}?\s+{EVENT}\b){_WHEN}",
    ),
    ("schedule", rf"{LEAD}(?:add|put|create|make|enter)\s+(?:an?\s+)?{EVENT}\b{_WHEN}"),
    (
        "agenda",
        rf"{LEAD}(?:what(?:['’]?s| is| are)?|show|list|which|see|check|give|read|tell|get|do i have|are there|have i got|look)\b{_FREE}{{0,40}}?\b(?:calendar|agenda|diary|schedule|events|meetings|appointments)\b(?! (?:notes|minutes))",
    ),
    (
        "agenda",
        rf"{LEAD}(?:do i have|have i got|am i|is there|are there|what do i have|what have i got)\b{_FREE}{{0,40}}?(?:{MOMENT_MASK}|\bplanned\b)",
    ),
    (
        "agenda",
        rf"\bmy (?:agenda|calendar|diary|schedule|events|meetings|appointments)\b(?=[^.;?]*(?:{MOMENT_MASK}|{ADDRESS_MASK}))",
    ),
)
BROWSING = (
    (
        "shot",
        rf"{LEAD}(?:take|make|get|grab|capture|create|give me|show me|save|send me)\b{_FREE}{{0,30}}?\bscreen ?-?(?:shots?|grabs?|captures?)\b",
    ),
    ("shot", rf"{LEAD}(?:screen ?-?shot|screen ?-?grab|capture)\b"),
    ("click", rf"{LEAD}(?:click|clicking|tap)(?: on)?\b"),
    ("click", rf"{LEAD}(?:press|push|hit|follow)\b(?=[^.;?]{{0,40}}(?:\bbutton\b|\blink\b|{MASK}|{SELECTOR_MASK}))"),
    ("wait", rf"{LEAD}wait(?:ing)?\b"),
    ("pick", rf"{LEAD}scrap(?:e|ing)\b"),
    (
        "pick",
        rf"{LEAD}(?:extract|get|grab|pull|read|take|pick|collect|copy|find|convert|turn|give me|show me|list|save)\b{_FREE}{{0,40}}?{SELECTOR_MASK}",
    ),
    (
        "pick",
        rf"{LEAD}(?:extract|get|grab|pull|read|take|pick|collect|copy|find|convert|turn|give me|show me|list)(?: out)?\s+(?:all |every |each )?(?:of )?(?:the )?{_PARTS}",
    ),
)
"""``pick`` counts only where the goal is about a page; ``open`` below only where it works in the browser."""
BEYOND = (
    (
        "delete, move or rename files",
        "delete remove move rename file",
        rf"{LEAD}(?:delete|remove|erase|rename|move|trash|clean up|wipe|overwrite)\b",
    ),
    ("translate", "translate translation language", r"\btranslat\w+\b"),
    ("book trips, tables or tickets", "book reserve flight hotel table ticket", rf"{LEAD}(?:book|reserve)\b"),
    (
        "buy or pay",
        "buy pay order purchase transfer money",
        rf"{LEAD}(?:buy|purchase|order|pay|transfer|donate|sell)\b",
    ),
    ("make calls or send texts", "call phone sms dial", rf"{LEAD}(?:call(?! it| them| this)|phone|ring|sms|tweet)\b"),
    (
        "make pictures, sound or film",
        "draw image picture paint play music video",
        rf"{LEAD}(?:draw|paint|sketch|play|sing|film)\b|\b(?:image|picture|photo|video|logo|song) of\b",
    ),
    (
        "run programs",
        "run execute code program script command",
        rf"{LEAD}(?:run|execute|compile|install|deploy|restart|reboot|debug)\b",
    ),
    ("log in or fill in forms", "login sign fill form scroll", rf"{LEAD}(?:log ?in|sign in|scroll|fill in|fill out)\b"),
    ("publish", "publish release", rf"{LEAD}publish\b"),
    (
        "do what a text tells: what a page or file says is data, never an order",
        "obey follow instructions",
        rf"{LEAD}(?:do|follow|obey|carry out|execute)\s+(?:what|whatever|everything|all|the (?:instructions|steps|orders))\b[^.;?]{{0,40}}{_READ}",
    ),
    (
        "invent texts",
        "write compose poem story essay",
        r"\b(?:write|compose|invent|make up|create|tell)(?: me)?(?: an?| some| the)?(?: \w+){0,2}? "
        r"(?:poem|story|song|essay|joke|speech|letter|novel|haiku|code|program|script|function)\b",
    ),
    (
        "search the web",
        "search web news weather",
        r"\b(?:google|search (?:the (?:web|internet|net)|online|for))\b|\b(?:latest|today'?s|current) (?:news|weather)\b",
    ),
)
"""What people ask for beyond the built-in tools: what it is, words of a tool that could, how it is said."""

_FIGURE = r"(?:total|sum|average|mean|highest|lowest|largest|smallest|maximum|minimum|number of)\b"
READING = (
    (
        "compare",
        r"\b(?:compare|contrast|(?:what(?: is|'s)? (?:the )?)?differences? (?:between|of|from)"
        r"|(?:what (?:has |have )?)?chang\w+ (?:between|from)|(?:how do |how does )?[^.,;?]{0,90}\bdiffers? (?:from|between)\b|how\b[^.,;?]{0,90}\bdiffers?|versus)\b",
    ),
    ("summarize", r"\b(?:summari[sz]\w*|sum(?:ming)? (?:it |them )?up|tl;?dr|condense|shorten|gist of|overview of)\b"),
    ("summary", r"\b(?:summary|summaries|(?:key|main) (?:points|facts)|highlights)\b"),
    (
        "list",
        r"\b(?:list|show|display|see|what|which|name|tell me)\b[^.,;?]{0,28}?\b(?:files|documents|folders|sheets)\b",
    ),
    ("list", rf"\b(?:what|which|contents?|list|show|look)\b{_FREE}{{0,24}}?\b(?:drive|folder|directory)\b"),
    ("ask", rf"{LEAD}(?:add up|count|calculate|compute|work out|find out|look up)\b"),
    ("ask", rf"(?:{LEAD}(?:find|get|give me|tell me|know|fetch)\s+)(?:the |an? )?(?:\w+ )?{_FIGURE}"),
    ("ask", rf"(?<!extract )(?<!out )(?<!and )(?<!, )\bthe {_FIGURE}(?=[^.;?]{{0,60}}\b(?:in|of|from)\s+{_READ})"),
    ("extract", r"\b(?:extract|pull (?:out)?|pick out|find (?:all|every)|parse)\b"),
    (
        "extract",
        rf"{LEAD}(?:list|collect|gather|get|find|give me|show me|show|compile|note|put|save|write|make|create)\b"
        rf"(?=[^.;?]{{2,90}}?\b(?:from|in|of|on)\b[^.;?]{{0,30}}{_READ})",
    ),
    (
        "ask",
        rf"{LEAD}(?:what|who|whom|whose|when|where|which|why|how|does|do|did|is|are|was|were|has|have|can i|may i)\b",
    ),
    ("ask", r"\b(?:tell me|explain|answer|say what|what does|how (?:many|much|long)|(?:like|want) to know)\b"),
)
SAVING = (
    ("sheet", rf"{LEAD}{_SAVE}(?:(?!\b{_DOC})[^.;?]){{0,90}}?\b(?:as|into|in|to)\b{_NEW}\s+{_SHEET}"),
    ("sheet", rf"\b(?:into|as|to|make|create|build|produce|prepare|export|save|write)\b{_NEW}\s+{_SHEET}"),
    ("sheet", rf"\bin\s+(?:an?|one)(?:\s+(?:new|single))?\s+{_SHEET}"),
    ("sheet", rf"\b(?:need|want|like)\s+(?:an?\s+)?(?:(?:new|empty|blank|simple)\s+)*{_SHEET}"),
    ("doc", rf"{LEAD}{_SAVE}{_NEW}\s+{_DOC}"),
    ("doc", rf"{LEAD}{_SAVE}(?:(?!\b{_SHEET})[^.;?]){{0,90}}?\b(?:as|into|in|to)\b{_NEW}\s+{_DOC}"),
    ("doc", rf"{LEAD}{_SAVE}[^.;?]{{0,90}}?\b(?:to|in|into|on)\s+(?:the|my)\s+drive\b"),
    ("doc", rf"\b(?:into|as|in)\s+(?:an?|one|two|separate)(?:\s+(?:new|single|separate|markdown))?\s+{_DOC}"),
    ("doc", rf"{LEAD}(?:save|store|keep|(?:write|note) (?:it |them )?down|write up)\b"),
    ("post", rf"\b(?:post|send|submit|push|put)\b[^.;?]{{0,80}}?\b(?:to|at)\s+{MASK}"),
)
FETCHING = (
    ("open", rf"{LEAD}(?:open|navigate|visit|browse|go)(?: to)?\b(?=[^.;?]{{0,30}}{MASK})"),
    (
        "fetch",
        r"\b(?:fetch|download|retrieve|load|open|visit|read|get|check|look (?:at|into|through)|go (?:to|through)|grab"
        r"|browse|view|take|use|study|review|show|display)\b",
    ),
)
