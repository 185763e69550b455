"""Which of a user's words are worth remembering, noticed while the conversation goes on.

The decision is pure and careful: it takes plain statements that will still hold next month, and
leaves questions, moods, plans and secrets. Keeping them happens in the background.
"""

import logging
import re
from collections.abc import AsyncIterable, Callable

from weft.background_agents.memory import MemoryStore, is_secret
from weft.background_agents.personal_data import PatternFinder
from weft.errors import WeftError
from weft.tools.builtin.spoken_requests import without_fillers

WORDS = range(3, 31)
"""Shorter statements say nothing, longer ones are stories."""


def _one_of(*lines: str) -> str:
    """Write a pattern for any of the words in some lines, which stand between bars."""
    return f"(?:{'|'.join(lines)})"


_RELATION = _one_of(
    "wife|husband|spouse|partner|girlfriend|boyfriend|fianc[ée]e?|sons?|daughters?|child|children",
    "kids?|baby|mother|father|mom|mum|dad|parents?|sisters?|brothers?|twins?|siblings?",
    "grand(?:mother|father|ma|pa|parents|son|daughter|child|children)|aunt|uncle|cousins?|niece",
    "nephew|(?:best )?friends?|boss|colleagues?|neighbou?rs?|doctor|dentist|teacher|dogs?|cats?",
    "pets?|horse|parrot|rabbit|hamster",
)
_ATTRIBUTE = _one_of(
    "(?:(?:first|last|middle|family|full|real) )?name|nickname|birthday|birth date|age",
    "anniversary|job|profession|occupation|company|employer|home ?town|native language",
    "mother tongue|religion|diet|blood type|pronouns|hobby|hobbies|star sign|(?:shoe )?size",
    "height|car|bike|house|flat|apartment|address|school|university|time zone",
    "favou?rite [a-z' ]{2,30}?",
)
_NUMBER = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|\w+teen|\w+ty(?:-\w+)?)"
_LASTS = _one_of(
    "(?:is|are|was|were) (?:called|named|born|allergic|vegetarian|vegan|diabetic|deaf|blind)",
    rf"(?:is|are|was|were) (?:married|divorced|retired|from|afraid|an? \w+|{_NUMBER})",
    "lives?|works?|studies|study|speaks?|plays?|likes?|loves?|hates?|prefers?|never|always",
    "can't (?:eat|stand|walk|see|hear)|(?:doesn't|don't) (?:eat|drink|like)",
    "has (?:an? )?(?:allergy|diabetes|asthma|dementia)",
)
"""What one says of somebody else and still holds next month."""
_ABOUT_ME = _one_of(
    "allergic|intolerant|lactose|gluten|vegetarian|vegan|pescatarian|diabetic|coeliac|celiac",
    "colou?r[- ]?blind|blind|deaf|dyslexic|left-?handed|right-?handed|pregnant|married|divorced",
    "widowed|single|retired|unemployed|self-employed|muslim|jewish|christian|hindu|buddhist",
    f"from|called|named|afraid of|scared of|learning|training for|originally|born|{_NUMBER} years",
    r"an? (?!(?:bit|little|lot|few|moment|minute|hurry|mess|wreck|idiot|fool)\b)\w+",
)
_THING = r"(?!(?:it|that|this|them|those|these|you|him|her|how|what|when|where|the way|to)\b)\w+"
"""A pronoun says nothing once the conversation is over."""
_STATEMENTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:my|our) (?:\w+ ){{0,2}}?{_RELATION}(?:,? \w+,?)? {_LASTS}\b",
        rf"^(?:my|our) (?:\w+ ){{0,2}}?{_RELATION}'s (?:name|birthday|age|favou?rite \w+) is\b",
        rf"^(?:my|our) {_ATTRIBUTE}(?: is|'s| are)(?! not\b)",
        rf"^(?:i'm|i am|we're|we are) (?:not )?(?:(?:very|severely|highly) )?{_ABOUT_ME}\b",
        r"^i(?:'ve got| have|'ve) (?:(?:an?|the|two|three|four|five|no) )?(?:\w+ )?"
        rf"(?:{_RELATION}|allergy|allergies|asthma|diabetes|adhd|garden|piano|guitar|car|bike)\b",
        r"^(?:i|we) (?:live|work (?:at|as|for|in)|study|(?:was|were) born|grew up|come from)\b",
        r"^(?:i|we) (?:moved to|teach|collect|own an?|speak|play|used to (?:be|live|work)) \w+",
        r"^(?:i|we) (?:don't|do not|never|can't|cannot|only)"
        rf" (?:eat|drink|stand|fly|drive|smoke|hear|see|like) {_THING}",
        rf"^(?:i|we) (?:really |absolutely )?(?:love|like|hate|dislike|enjoy|prefer) {_THING}",
        r"^(?:i|we) (?:always|usually|never)"
        r" (?:eat|drink|take|use|go|get up|wake up|travel|work|sleep|want|cook|prefer)\b",
        r"^(?:please )?call me (?!(?:back|an?|at|in|when|later|if|on)\b)\w+|^i go by \w+",
        r"^(?:people|everyone|everybody|friends) calls? me \w+",
    )
)

_LEAD = re.compile(
    r"^(?:"
    + _one_of(
        "well|so|and|but|oh|ah|okay|ok|yes|yeah|no|hey|hi|hello|actually|anyway|also|because",
        "by the way|you know|i think you should know|just so you know|for your information",
        "you see|the thing is|as you know|remember",
    )
    + r"\b[\s,.!:–-]*)+",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"^(?:(?:can|could|would|will) you |please )*"
    + _one_of(
        "remember|keep in mind|(?:make|take) a note|note(?: down)?|don't (?:ever )?forget",
        "never forget",
    )
    + r"(?: please)?(?: that|[,:])\s+(?P<what>.+)$",
    re.IGNORECASE,
)
"""Said in so many words. Without "that" it is a reminder or a question."""
_OFF_THE_RECORD = re.compile(
    r"\b"
    + _one_of(
        "(?:don't|do not|never) (?:remember|note|store|save|keep|record) (?:that|this|it)",
        r"off the record|forget (?:that|this|what i|it)\b|between (?:you and me|us)",
        "just kidding|(?:i'm|i was) joking",
    ),
    re.IGNORECASE,
)
_UNCERTAIN = re.compile(
    r"\b"
    + _one_of(
        "if|unless|maybe|perhaps|might|wish|imagine|suppose|pretend|let's say|would|could|should",
        "guess|think|hope|probably|almost|seems?|supposed|not sure|said|says|told|asked|whether",
        "means?|meant",
    )
    + r"\b",
    re.IGNORECASE,
)
_PASSING = re.compile(
    r"\b"
    + _one_of(
        "now|today|tonight|tomorrow|yesterday|at the moment|currently|soon|later|again|still|just",
        "already|this (?:morning|afternoon|evening|week|weekend|month|time|minute|one)",
        "(?:last|next) (?:night|week|time)|for a (?:bit|while|moment|minute)|on the phone",
        "on (?:her|his|their|my|the) way|a (?:bit|little)|minutes?|hours? ago|outside|upstairs",
    )
    + r"\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"\?\s*$|^"
    + _one_of(
        "what|who|whom|whose|when|where|why|how|which|is|are|am|was|were|do|does|did|can|could",
        "will|would|should|has|have|may|shall",
    )
    + r"\b",
    re.IGNORECASE,
)

logger = logging.getLogger(__name__)


def things_to_remember(said: str) -> tuple[str, ...]:
    """Choose the statements of a user's turn that are worth keeping, in the user's words. Pure.

    None when the user asks not to remember, or speaks of secrets.
    """
    said = without_fillers(said)
    if _OFF_THE_RECORD.search(said):
        return ()
    # A plain split will do: what a wrong one leaves is no statement, and this must cost nothing.
    chosen = (_worth_keeping(sentence) for sentence in re.split(r"(?<=[.!?])\s+", said))
    return tuple(dict.fromkeys(text for text in chosen if text))


def _worth_keeping(sentence: str) -> str | None:
    """Give what of a sentence is to be kept, or None."""
    if is_secret(sentence):
        return None
    asked = _ASKED.match(sentence)
    if asked and not sentence.rstrip().endswith("?"):
        return _tidy(asked["what"])
    text = _LEAD.sub("", sentence)
    if _QUESTION.search(text) or len(text.split()) not in WORDS:
        return None
    if _UNCERTAIN.search(text) or _PASSING.search(text):
        return None
    if PatternFinder().find(text):
        # A number or an address is kept when the user asks for it, not because it came up.
        return None
    return _tidy(text) if any(pattern.search(text) for pattern in _STATEMENTS) else None


def _tidy(text: str) -> str:
    return text.strip().rstrip(" .,;!")


async def notice(
    turns: AsyncIterable[str],
    store: MemoryStore,
    user_id: str,
    *,
    tainted: Callable[[], bool] = lambda: False,
) -> None:
    """Keep what is worth remembering of a user's turns, until there are no more.

    `tainted` says whether words of strangers have come into the conversation so far, which the user
    may only repeat.
    """
    async for said in turns:
        for text in things_to_remember(said):
            try:
                await store.remember(user_id, text, tainted=tainted())
            except WeftError as error:
                # A memory that cannot be kept must not end a conversation.
                logger.warning("a memory could not be kept: %s", type(error).__name__)


__all__ = ["notice", "things_to_remember"]
