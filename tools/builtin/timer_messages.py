"""What a timer is to say, found in a request whose lengths of time have been cut out."""

import re

from weft.tools.builtin.spoken_requests import phrases, without_politeness, word_set

MESSAGE_LIMIT_CHARS = 300

_QUOTED = re.compile(r"(?<!\w)['\"“‘](?P<message>[^'\"”’]+(?:'\w[^'\"”’]*)?)['\"”’](?!\w)")
_SAY = re.compile(
    r"\b(?:keep (?:on )?(?:saying|repeating|calling)|saying|(?<!\bi )say|yell|chant"
    r"|announce|call out|(?<!\ba )(?<!\bto )(?:shout(?: out)?|call(?! (?:it|that|this)\b))"
    r"|let me hear|i want to hear"
    r"|the word|the phrase|repeat|loop|count me in with|sing out|guide my breathing with)\b"
    r"(?: the (?:words?|phrases?)| out loud| aloud)?[\s,:]*(?:(?:to|after) me\b[\s,:]*)?"
    r"(?P<message>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_POINTS_BACK = re.compile(r"(?:that|this|it)(?: (?:word|phrase|to me|out loud))?", re.IGNORECASE)
_SAID_BEFORE = re.compile(r"(?P<message>[^,.:;]+)[,.:;]")
"""In "hold, say that word every ten seconds"."""
_REMINDS = (
    r"\b(?:remind|tell|nudge|alert|notify|ping|wake|buzz|prompt|prod|poke|nag|warn|get|ring|cue"
    r"|beep|signal)(?:ing)? (?:me|us)(?: up)?(?: then| again)?\b|\blet me know\b"
    r"|\b(?:remind|tell|nudge|warn|nag|prompt|prod)(?:ing)? (?!(?:me|us|to|about|of|that)\b)[\w']+"
    r"(?: (?!(?:to|about|of|that)\b)[\w']+){0,2}(?= (?:to|about|that)\b)"
    r"|\bbe(?:ing)? (?:reminded|told|nudged|alerted|warned|prompted)\b"
)
_REMIND = re.compile(
    rf"(?:{_REMINDS})[\s,]*(?P<link>to|about|of|that)\b[\s,]*(?P<message>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_REMIND_OF_A_FACT = re.compile(
    r"\bremind(?:ing)? (?:me|us)[\s,]+(?P<message>(?:the|my|our|it's|it|there's|he|she|they) .+)$",
    re.IGNORECASE | re.DOTALL,
)
_FORGET = re.compile(
    r"\b(?:(?:don't|do not|never) let me forget|(?:mustn't|must not|can't|don't want to) forget"
    r"|make sure (?:that )?i(?: don't forget| remember)?|help me remember)"
    r"\b[\s,]*(?P<link>to|about|that)?\b[\s,]*(?P<message>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_TELL = re.compile(
    r"\btell (?:me|us|them|everyone|everybody|(?:the|my|our) [a-z]+)[\s,:]+"
    r"(?P<message>(?!(?:when|if|once|as soon|after|how)\b).+)$",
    re.IGNORECASE,
)
_NOTED = re.compile(
    r"\b(?:(?:reminders?|reminding|reminded)\b[\s,]*"
    r"|(?:nudges?|shout|buzz|heads[ -]up|prompts?|poke|ping|alerts?|warning|call|signal)"
    r" (?=to |about |for |of |that )|(?:alarm|timer) (?=to ))(?:me )?"
    r"(?P<link>to|about|for|of|that)\b[\s,]*(?P<message>.+)$",
    re.IGNORECASE,
)
_HAS_TO = re.compile(
    r"\b(?:i|we)(?:'ve|'m| am)?(?: really| just)?"
    r" (?:(?:need|have|want|ought|got|supposed) to|must|should|gotta)"
    r" (?P<message>(?!(?:know|be|have|get|a|an|the|my|some|you)\b)[a-z]+(?: [^,.;]+?)??)"
    r"(?=(?:[\s,]+(?:so|and|please|then)\b|[,.;]|\s*$))",
    re.IGNORECASE,
)
"""What the user has to do, said before the wish to be reminded."""
_TRAILING = re.compile(
    r"[\s,]*\b(?:please|then|okay|(?:would|will|could|can) you|if you (?:would|could|can|please)"
    r"|thanks?|for me|(?:but )?(?:just|only)|or so|from now|starting now|do (?:that|this|it)"
    r"|when it's (?:done|over|up|time|ready)|when (?:that|the) time(?:'s| is) up"
    r"|when (?:they|that|those) (?:are|is) up"
    r"|while (?:i|we|i'm|we're|they|he|she|it)\b[^,.;]*"
    r"|(?:at|to) (?:me|us)|but|and|so|with|at|a|of)[\s,.!?]*$",
    re.IGNORECASE,
)
_PRONOUNS = {
    "my": "your", "me": "you", "mine": "yours", "i": "you", "myself": "yourself", "i'm": "you're",
    "i've": "you've", "i'll": "you'll", "am": "are", "our": "your", "us": "you", "we": "you",
}  # fmt: skip


def turned_to_user(words: str) -> str:
    """Say the user's words to the user: "call my mother" becomes "call your mother"."""
    return re.sub(r"[A-Za-z']+", lambda found: _PRONOUNS.get(found[0].lower(), found[0]), words)


def message_of(rest: str) -> str | None:
    """Find what is to be said in a request whose lengths of time have been cut out."""
    rest = re.sub(r"[\s,]+say$", "", without_politeness(rest), flags=re.IGNORECASE)
    if reminded := _REMIND.search(rest) or _FORGET.search(rest):
        return _reminder(reminded["link"] or _link_for(reminded["message"]), reminded["message"])
    if told := _REMIND_OF_A_FACT.search(rest):
        return _reminder("that", told["message"])
    if quoted := _QUOTED.search(rest):
        return quoted["message"]
    if said := _SAY.search(rest):
        words = without_trailing(said["message"]).strip(" \"'“”,:;")
        named_before = _SAID_BEFORE.match(rest) if _POINTS_BACK.fullmatch(words) else None
        return named_before["message"] if named_before else words
    if told := _TELL.search(rest):
        return turned_to_user(told["message"]).strip(" \"'“”,:;")
    if noted := _NOTED.search(rest):
        return _reminder("about" if noted["link"] == "for" else noted["link"], noted["message"])
    if due := _HAS_TO.search(rest):
        return _reminder("to", due["message"])
    if bare := re.match(r"(?:times?\b\W*)?to (?P<message>.+)$", rest, re.IGNORECASE):
        return _reminder("to", bare["message"])
    if label := _label(rest):
        return f"Time is up for the {label}"
    return None


_TO_BE_SAID = word_set(
    "say saying shout shouting yell yelling announce repeat repeating chant call word words phrase"
)
_NAMING = word_set("called named labelled labeled titled tagged label name")
_TIMERS = word_set("timer timers countdown alarm")


def message_for(words: str, before: str, behind: str) -> str:
    """Say a stretch of a request to the user, given the word before it and the one behind it."""
    words = words.strip(" \"'“”,.:;")
    if before in _TO_BE_SAID:
        return finished(words)
    if before in _NAMING or behind in _TIMERS or before == "for":
        return f"Time is up for the {words.removeprefix('the ')}"
    return finished(_reminder(before, words) if before in _LINKS else turned_to_user(words))


_LINKS = ("to", "about", "of")

_NO_LABEL = (
    r"(?:that|it|this|me|us|them|now|please|then|while|when|once|about|all|long|more|exactly|good"
    r"|next|rest|first|last|another|other|few|couple|seconds?|minutes?|hours?|mins?|secs?|days?"
    r"|time|start|go|counting|and)"
)
_LABELS = (
    # "A timer for the eggs", "for the rice, a timer of 18 minutes", "put twelve minutes on for it".
    rf"(?<!clock )\bfor (?:the |my |our |some )?(?P<label>(?!{_NO_LABEL}\b)[a-z][a-z ]{{1,30}}?)"
    r"(?=\s*(?:$|[,.;:!?]|\b(?:set|start|put|give|please|and|it|they|which|will)\b))",
    # "A timer called bread", "call it tea".
    r"\b(?:called|named|labell?ed|titled|tagged|(?:call|name|label) (?:it|that|this))[\s,]+"
    r"(?:the )?[\"'“]?(?P<label>[a-z][a-z ]{1,30}?)"
    r"(?=[\"'”]|\s*(?:$|[,.;:!?]|\b(?:for|of|in|please|and|that|which|lasting)\b))",
    # "New timer: chicken".
    r"\b(?:timer|countdown|alarm): *(?:the )?(?P<label>[a-z][a-z ]{1,30}?)(?=\s*(?:$|[,.;]|for\b))",
    # "A pasta timer", "the twins' nap alarm".
    r"(?P<label>(?:[a-z']+ ){1,4})(?:timer|countdown|alarm)\b",
)
_SPEAKS_OF_A_TIMER = phrases("timers?, countdown, alarm, on for, call it, name it, label it")
_BESIDE_A_TIMER = word_set(
    """
    a an the my our your another new second third one two three next this that other extra separate
    same single first set start put run make give get begin need want do have add create launch
    setup up on in of for to with as me us him her them it i i'd we you he she they would like could
    can will please just quick short long little tiny small simple normal kitchen oven egg phone
    countdown minute minutes min mins second seconds sec secs hour hours hr hrs day days week s and
    okay ok hey so then now right also by is be not interval loud silent
    at from stop use go more half quarter
    timer alarm shorter longer using timed your reminder egg-timer some any proper
    """
)
"""Words before "timer" that do not say what it is for."""


def _label(text: str) -> str:
    """Find what a timer is for: "a pasta timer", "a timer called bread", "for the rice"."""
    if not _SPEAKS_OF_A_TIMER.search(text):
        return ""
    for pattern in _LABELS:
        for found in re.finditer(pattern, text, re.IGNORECASE):
            label = _named(found["label"])
            if label:
                return label
    return ""


def _named(words: str) -> str:
    """Keep the words at the end that may name a thing."""
    kept: list[str] = []
    for word in reversed(words.lower().split()):
        if word in _BESIDE_A_TIMER:
            break
        kept.insert(0, word)
    return " ".join(kept)


def _link_for(message: str) -> str:
    begins_with_a_thing = re.match(r"(?:the|my|our|a|an|his|her|their)\b", message, re.IGNORECASE)
    return "about" if begins_with_a_thing else "to"


def _reminder(link: str, message: str) -> str:
    """Say what to think of: an errand after "to", a thing after "about", or a fact after "that"."""
    message = turned_to_user(without_trailing(message))
    if not message or link.lower() == "that":
        return message
    return f"This is your reminder {link.lower()} {message}"


def without_trailing(message: str) -> str:
    while (shorter := _TRAILING.sub("", message)) != message:
        message = shorter
    return message.strip()


def finished(message: str) -> str:
    message = " ".join(message.split()).strip(" ,;:")[:MESSAGE_LIMIT_CHARS]
    return f"{message[:1].upper()}{message[1:]}" if message else ""
