"""Which delegation a correction or a withdrawal is about, and whether two requests differ. Pure.

The model says *that* something is withdrawn or corrected, not *what*: a control token has no
argument. The words of the turn tell it: what they share with a request, or that they speak of
something that goes on by itself. Where they tell nothing, the youngest is meant.
"""

# Lists of words read best as text.
# ruff: noqa: SIM905

import re
from collections.abc import Collection, Sequence

from weft.orchestrator.delegation import Delegation

_COMMON_WORDS = frozenset(
    "a about actually again all also am an and any are as at be been but by can could did do does "
    "down for from give go got had has have he her his how i i'd i'll i'm i've if in into is it "
    "it's its just know let let's like look make many may me mean meant mind much must my need "
    "needed never no not now of off oh okay on once or our out over please said she should so "
    "sorry tell than that that's the their them then there these they this those to too up us "
    "wait want wanted was we well were what what's when when's where where's which who who's "
    "whose why will with would yes you your".split()
)
"""Words that nearly every request has, and that tell no two apart."""
_TURNING_WORDS = frozenset("down in into off on out over up".split())
"""Common words that turn a request into another one all the same: "the light off"."""
_TIMER_WORDS = frozenset(
    "alarm alarms beat beats count countdown counting nudging remind reminder reminders reminding "
    "repeat repeating saying telling timer timers".split()
)
_STOP_WORDS = frozenset("enough off quit stop stopped".split())
_SEARCH_WORDS = frozenset(
    "answer bother check find found know look looked looking question remember remembered search "
    "searching".split()
)
_ENDING = re.compile(r"(?:'s|ing|ed|s)?e?$")
_SHORTEST_STEM = 3


def withdrawn(
    turn: str,
    candidates: Sequence[Delegation],
    *,
    begun_ids: Collection[str],
    recent_since_s: float,
) -> Delegation | None:
    """Give the delegation that a turn like "stop the timer" or "never mind" withdraws.

    `candidates` come youngest first; of `begun_ids` something is being said, or was cut. Older
    than `recent_since_s` (session clock), a timer is not what "never mind" is about.
    """
    words = _words(turn)
    if words & _SEARCH_WORDS and not words & _TIMER_WORDS:
        # "Stop looking", "I found it": whatever it is, it is not a timer.
        candidates = [each for each in candidates if not _is_old_timer(each, recent_since_s)]
    if not candidates:
        return None
    shared = [_shared(turn, each) for each in candidates]
    if max(shared) > 0:
        return candidates[shared.index(max(shared))]
    begun = [each for each in candidates if each.delegation_id in begun_ids]
    timed = [each for each in candidates if each.timed]
    if words & _TIMER_WORDS:
        return [*timed, *begun, *candidates][0]
    if words & _STOP_WORDS:
        return [*begun, *timed, *candidates][0]
    return _youngest(candidates, recent_since_s)


def corrected(
    turn: str, candidates: Sequence[Delegation], *, recent_since_s: float
) -> Delegation | None:
    """Give the delegation that a turn like "no, I meant Spain" corrects; youngest first as above.

    What a correction puts in may stand in an older request too, so that shared words prove little;
    only to a timer, which one comes back to minutes later, do they lead past the youngest.
    """
    if not candidates:
        return None
    youngest = _youngest(candidates, recent_since_s)
    if _shared(turn, youngest) == 0:
        for each in candidates:
            if each.timed and _shared(turn, each) > 0:
                return each
    return youngest


def differ(left: str, right: str) -> bool:
    """Whether each of two texts has a telling word that the other lacks: ten minutes, or twenty.

    Sentence embeddings put such texts very near each other, though they ask for different things.
    """
    ours, theirs = telling(left, _TURNING_WORDS), telling(right, _TURNING_WORDS)
    return bool(ours - theirs) and bool(theirs - ours)


def _youngest(candidates: Sequence[Delegation], recent_since_s: float) -> Delegation:
    current = [each for each in candidates if not _is_old_timer(each, recent_since_s)]
    return [*current, *candidates][0]


def _is_old_timer(delegation: Delegation, recent_since_s: float) -> bool:
    return delegation.timed and delegation.asked_s < recent_since_s


def _shared(turn: str, delegation: Delegation) -> int:
    return len(telling(turn) & telling(delegation.request))


def telling(text: str, also: Collection[str] = ()) -> set[str]:
    """Give the words by which a text differs from others, without their endings."""
    words = _words(text)
    return {_stem(word) for word in words if word not in _COMMON_WORDS or word in also}


def _stem(word: str) -> str:
    stem = _ENDING.sub("", word, count=1)
    return stem if len(stem) >= _SHORTEST_STEM else word


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w']+(?:[.,:]\d+)*", text.lower().replace("’", "'")))
