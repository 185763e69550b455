"""Which reference row is offered in a micro-turn, and what is still owed to the user. Pure.

The scheduler offers; the model decides. A row that the model did not follow was not said, so it is
still owed and is offered again when the floor is free; one that it answers with the same words
again was said, with a word wrong. Nothing here knows a clock, the queue, or
how rows are made: `encode` and `absent` are handed in as functions.
"""

from collections.abc import Callable
from dataclasses import dataclass

from weft.interaction_model.types import Floor, MicroTurnOutput, ReferenceRows, Row
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import (
    AnyEvent,
    Dismissed,
    Heard,
    ResultReady,
    Shown,
    Superseded,
    WeaveCut,
    WeaveStarted,
)
from weft.orchestrator.floor import SENTENCE_ENDS, FloorState
from weft.orchestrator.owed import (
    BEGUN_OR_SAID_STATES,
    SAID_STATES,
    UNHEARD_STATES,
    UNSAID_STATES,
    Owed,
    Result,
    ResultState,
)
from weft.orchestrator.playback import Cut, Playback
from weft.orchestrator.sentences import split_sentences

_ABSENT_TRIES = 3
"""How often the absent row is offered to a model that takes it and then says nothing."""
_SILENT_SLOTS_IN_A_SENTENCE = 2
"""From such a slot on a sentence too long for one reference goes on: after one without words, as
after any sentence, but without asking whose turn it is."""


@dataclass(slots=True, kw_only=True)
class _Voice:
    """What is being said from rows: one sentence of a result, or the request for the floor."""

    owed: Owed
    rows: tuple[Row, ...]
    pause_began_index: int
    asks_for_floor: bool = False
    next_row: int = 0
    next_index: int = 0
    """The earliest slot in which the next row may be offered."""
    in_own_words: bool = False
    """Whether the model took an absent row and now says in its own words that nothing was found."""


class InjectionScheduler:
    """Says, slot by slot, which row is offered; keeps every result until it was heard."""

    def __init__(
        self,
        config: SessionConfig,
        encode: Callable[[str], ReferenceRows],
        absent: Callable[[], ReferenceRows],
    ) -> None:
        """Begin with nothing owed; `encode` is called when a sentence is the next to be woven."""
        self._config = config
        self._encode = encode
        self._absent = absent
        self._owed: list[Owed] = []
        self._added = 0
        self._voice: _Voice | None = None
        self._offered: Row | None = None
        self._declined: tuple[str, str, str] | None = None
        """Of which result which row was declined last, and what the model said in its place."""
        self._has_room = True
        """Whether the voice, if there is one, has little left to sound."""
        self._happened: list[AnyEvent] = []
        self.speaking_for: str | None = None
        """Whose result the words of the slot just settled came from; None: the model's own."""

    @property
    def unsaid(self) -> tuple[Result, ...]:
        """The results of which words are still owed, oldest first."""
        return tuple(owed.result for owed in self._owed if owed.state in UNSAID_STATES)

    @property
    def unheard(self) -> tuple[Result, ...]:
        """The results that are owed: not said yet, or said without playback having confirmed it."""
        return tuple(owed.result for owed in self._owed if owed.state in UNHEARD_STATES)

    @property
    def begun_ids(self) -> frozenset[str]:
        """The delegations of which something is being said, or was cut."""
        begun = (ResultState.WEAVING, ResultState.CUT)
        return frozenset(o.result.delegation_id for o in self._owed if o.state in begun)

    def known_since(self, index: int) -> tuple[Result, ...]:
        """The results that are owed, or were said in slot `index` or later."""
        return tuple(
            owed.result
            for owed in self._owed
            if owed.state in UNSAID_STATES
            or (owed.state in SAID_STATES and owed.last_said_index >= index)
        )

    def heard_to_its_end(self, result_id: str) -> int | None:
        """Give the slot of a result's last word, if playback has confirmed it."""
        for owed in self._owed:
            if owed.result.result_id == result_id and owed.state is ResultState.HEARD:
                return owed.last_said_index
        return None

    def forget_before(self, index: int) -> None:
        """Drop what was settled and last said before slot `index`."""
        self._owed = [
            owed
            for owed in self._owed
            if owed.state in UNHEARD_STATES or owed.last_said_index >= index
        ]

    # What comes from the background

    def add(self, result: Result, index: int) -> list[AnyEvent]:
        """Owe a result from slot `index` on; earlier news that it makes stale is dismissed."""
        for owed in self._owed:
            if owed.state is ResultState.PENDING and _same_delegation(owed.result, result):
                if owed.result.kind == "commentary" and result.kind != "commentary":
                    self._dismiss(owed, "the answer is there", index)
                elif result.timer and owed.result.text == result.text:
                    self._dismiss(owed, "it is due again already", index)
        text = self._to_be_said(result)
        owed = Owed(
            result=result,
            order=self._added,
            ready_index=index,
            waiting_since_index=index,
            unsaid=[] if result.kind == "failure" else list(split_sentences(text)),
        )
        self._owed.append(owed)
        self._added += 1
        self._happened.append(
            ResultReady(
                index=index,
                delegation_id=result.delegation_id,
                result_id=result.result_id,
                kind=result.kind,
                text=text,
                detail=result.detail,
                sources=result.sources,
            )
        )
        for component in result.components:
            self._happened.append(
                Shown(
                    index=index,
                    delegation_id=result.delegation_id,
                    result_id=result.result_id,
                    component=component,
                )
            )
        if result.text.strip() and not text:
            self._dismiss(owed, "already said", index)
        return self._take_happened()

    def add_repeated(self, result: Result, repeated_id: str, index: int) -> list[AnyEvent]:
        """Tell of a result whose words repeat another's: only what is beside them is to be seen."""
        seen = {owed.result.detail for owed in self._owed if owed.result.result_id == repeated_id}
        self._happened += [
            ResultReady(
                index=index,
                delegation_id=result.delegation_id,
                result_id=result.result_id,
                kind=result.kind,
                text="",
                detail="" if result.detail in seen else result.detail,
                sources=result.sources,
            ),
            Dismissed(
                index=index,
                delegation_id=result.delegation_id,
                result_id=result.result_id,
                reason="already said",
            ),
        ]
        return self._take_happened()

    def supersede(self, delegation_id: str, revision: int, index: int) -> list[AnyEvent]:
        """Take back what is unsaid of the revisions of a delegation before `revision`."""
        for owed in self._unsaid_of(delegation_id):
            if owed.result.revision < revision:
                self._supersede(owed, index)
        return self._take_happened()

    def replace_attempts(self, delegation_id: str, attempt: int, index: int) -> list[AnyEvent]:
        """Take back what earlier attempts found, now that `attempt` has found something.

        What was begun is finished: the words that are out cannot be taken back.
        """
        for owed in self._unsaid_of(delegation_id):
            if owed.result.attempt < attempt and owed.state is ResultState.PENDING:
                self._supersede(owed, index)
        return self._take_happened()

    def dismiss(self, delegation_id: str, reason: str, index: int) -> list[AnyEvent]:
        """Take back all that is unsaid of a delegation, for a reason."""
        for owed in self._unsaid_of(delegation_id):
            self._dismiss(owed, reason, index)
        return self._take_happened()

    # One micro-turn

    def offer(self, floor: FloorState) -> Row | None:
        """Say which row the model is given in this slot."""
        self._dismiss_old_commentary(floor.index)
        if floor.user_holds:
            self._declined = None
            self._yield_floor(floor.index)
        elif self._voice is None and self._has_room:
            self._voice = self._begin(floor)
        self._offered = self._next_row(floor.index)
        return self._offered

    def settle(
        self, said: MicroTurnOutput, heard_index: int, playback: Playback | None = None
    ) -> list[AnyEvent]:
        """Take in what the model did with the offer, and how far playback has come.

        `playback` is how the voice of a session in sound stands.
        """
        self.speaking_for = None
        voice, offered, self._offered = self._voice, self._offered, None
        if voice is not None and voice.in_own_words:
            self._settle_own_words(voice, said)
        elif voice is not None and offered is not None:
            if said.reference_followed or self._is_a_slip(voice, offered, said):
                self._settle_followed(voice, offered, said)
            else:
                self._stop(said.index)
        if playback is not None:
            self._has_room = playback.has_room
            if playback.cut is not None:
                self._unsay(playback.cut, said.index)
        self._confirm_heard(said.index, heard_index)
        return self._take_happened()

    def _to_be_said(self, result: Result) -> str:
        """Give the words to say: with a lead where the user has to be told how they fit in."""
        if result.kind != "result":
            return result.text
        text = self._without_commentary(result)
        if not text or result.timer:
            return text
        if self._takes_back(result):
            return f"{self._config.repair_lead} {text}"
        return f"{self._config.aside_lead} {text}" if result.aside else text

    def _takes_back(self, result: Result) -> bool:
        """Whether an earlier attempt at the same request was said, or begun, with other words."""
        return any(
            owed.result.kind == "result"
            and _same_delegation(owed.result, result)
            and owed.result.revision == result.revision
            and owed.result.attempt < result.attempt
            and owed.state in BEGUN_OR_SAID_STATES
            for owed in self._owed
        )

    def _without_commentary(self, result: Result) -> str:
        """Leave out of an answer those of its sentences that were said while it was still growing.

        What of them was not begun is dismissed, and said with the answer, so that none is lost.
        """
        words = whole = result.text.split()
        for owed in self._owed:
            if (
                owed.result.kind == "commentary"
                and _same_delegation(owed.result, result)
                and owed.result.revision == result.revision
                and owed.state in BEGUN_OR_SAID_STATES
            ):
                words = _without_run(words, owed.result.text.split())
        return result.text if words == whole else " ".join(words)

    # Choosing

    def _begin(self, floor: FloorState) -> _Voice | None:
        """Choose what is said next, if something may begin now: timers first, then the oldest."""
        unsaid = [owed for owed in self._owed if owed.state in UNSAID_STATES]
        if not unsaid:
            return None
        broken = next((owed for owed in unsaid if _is_in_a_sentence(owed)), None)
        if broken is not None and floor.silent_slots >= _SILENT_SLOTS_IN_A_SENTENCE:
            return self._voice_of(broken, floor.index)
        owed = min(unsaid, key=lambda o: (not o.result.timer, o.order))
        if floor.free_since_index is not None:
            return self._voice_of(owed, floor.free_since_index)
        if self._may_ask_for_floor(owed, floor):
            return _Voice(
                owed=owed,
                rows=self._encode(self._config.floor_request).rows,
                pause_began_index=floor.index,
                asks_for_floor=True,
            )
        return None

    def _voice_of(self, owed: Owed, pause_began_index: int) -> _Voice:
        rows = self._encode(owed.unsaid[0]).rows if owed.unsaid else ()
        return _Voice(
            owed=owed, rows=rows or self._absent().rows, pause_began_index=pause_began_index
        )

    def _may_ask_for_floor(self, owed: Owed, floor: FloorState) -> bool:
        held_slots = floor.index - owed.waiting_since_index
        return (
            not owed.asked_for_floor
            and not floor.user_active
            and held_slots >= self._config.max_hold_slots
            and floor.silent_slots >= self._config.floor_request_silent_slots
        )

    def _next_row(self, index: int) -> Row | None:
        voice = self._voice
        if voice is None or voice.in_own_words or index < voice.next_index:
            return None
        row = voice.rows[voice.next_row]
        # A word that has been begun cannot wait for its rest.
        in_word = voice.next_row > 0 and not row.text.startswith(" ")
        return row if self._has_room or in_word else None

    # What became of an offer

    def _is_a_slip(self, voice: _Voice, row: Row, said: MicroTurnOutput) -> bool:
        """Whether the model declined a row as it did before, with nothing said by the user since.

        Who answers a row with the same words once more is saying it, with a word wrong. Talk of its
        own it would not repeat; and it would go on so for ever, with all that waits behind.
        A row without words has none that could be wrong.
        """
        if not said.text or row.absent:
            return False
        declined = (voice.owed.result.result_id, row.text, said.text)
        again, self._declined = self._declined == declined, declined
        return again

    def _settle_followed(self, voice: _Voice, row: Row, said: MicroTurnOutput) -> None:
        """A row was said: move on to the next, or end the sentence."""
        owed = voice.owed
        self.speaking_for = owed.result.delegation_id
        voice.next_row += 1
        voice.next_index = said.index + self._config.row_every_slots
        if voice.asks_for_floor:
            owed.asked_for_floor = True
            if voice.next_row == len(voice.rows):
                self._voice = None
            return
        if owed.state is ResultState.PENDING:
            self._happened.append(
                WeaveStarted(
                    index=said.index,
                    delegation_id=owed.result.delegation_id,
                    result_id=owed.result.result_id,
                    pause_began_index=voice.pause_began_index,
                )
            )
        owed.state = ResultState.WEAVING
        if row.absent:
            voice.in_own_words = True
            owed.absent_tries += 1
            owed.said = ""
            self._settle_own_words(voice, said)
            return
        if owed.said and voice.next_row == 1 and not row.text.startswith(" "):
            owed.said += " "  # A sentence, or the rest of one, begins with no space of its own.
        owed.say(row.text, said.index)
        if voice.next_row == len(voice.rows):
            self._voice = None
            del owed.unsaid[0]
            if not owed.unsaid:
                owed.state = ResultState.SPOKEN

    def _settle_own_words(self, voice: _Voice, said: MicroTurnOutput) -> None:
        """After an absent row the model speaks until its text ends; cut short, it is owed again."""
        owed = voice.owed
        if said.text:
            self.speaking_for = owed.result.delegation_id
            owed.say(said.text, said.index)
            return
        if (
            said.reference_followed
        ):  # The slot of the absent row itself: the words may begin in the next.
            return
        self._voice = None
        interrupted = said.floor.most_likely in (Floor.USER, Floor.OVERLAP)
        if owed.said and not (interrupted and owed.said.rstrip()[-1].isalnum()):
            owed.state = ResultState.SPOKEN
        elif not owed.said and owed.absent_tries >= _ABSENT_TRIES:
            self._dismiss(owed, "the model did not speak of it", said.index)
        else:
            self._cut(owed, said.index)

    def _yield_floor(self, index: int) -> None:
        """The user has the floor: offer nothing, and owe what was begun from where it stopped."""
        if self._voice is not None:
            if not self._voice.in_own_words:
                self._stop(index)
            return
        for owed in self._owed:
            if owed.state is ResultState.WEAVING:
                self._cut(owed, index)

    def _stop(self, index: int) -> None:
        """End the voice at the row it has reached, keeping the rest of the sentence."""
        voice, self._voice = self._voice, None
        if voice is None or voice.asks_for_floor or voice.next_row == 0:
            return  # Nothing of this sentence was said: all of it is still owed as it was.
        owed, texts = voice.owed, [row.text for row in voice.rows]
        left = "".join(texts[voice.next_row :])
        broken_word, _, after = left.partition(" ")
        if any(char.isalnum() for char in broken_word):
            # A word longer than a row is said again from its beginning.
            rest = voice.next_row
            while rest > 0 and not texts[rest].startswith(" "):
                rest -= 1
            again = "".join(texts[rest : voice.next_row])
            owed.said = owed.said.removesuffix(again)
            left = again + left
        else:
            left = after  # At most punctuation is missing: the word was said.
        owed.unsaid[:1] = [left.strip()] if left.strip() else []
        if owed.unsaid:
            self._cut(owed, index)
        else:
            owed.state = ResultState.SPOKEN

    def _unsay(self, cut: Cut, index: int) -> None:
        """Owe again what was said and not sounded, to the word."""
        if self._voice is not None and not self._voice.in_own_words:
            self._stop(index)
        for owed in self._owed:
            unsounded = owed.unsay(cut)
            if not unsounded or owed.state not in UNHEARD_STATES:
                continue
            self._voice = None
            if owed.result.kind == "failure":
                owed.said = ""  # Told once more from the beginning, in the model's own words.
            else:
                owed.unsaid = list(split_sentences(" ".join([unsounded, *owed.unsaid])))
            # What was told of this cut before it was known how far the sound had come.
            self._happened = [each for each in self._happened if not _is_cut_of(each, owed)]
            self._cut(owed, index)

    def _cut(self, owed: Owed, index: int) -> None:
        owed.state = ResultState.CUT
        owed.waiting_since_index = index
        self._happened.append(
            WeaveCut(
                index=index,
                delegation_id=owed.result.delegation_id,
                result_id=owed.result.result_id,
                heard=owed.said.strip(),
                owed=" ".join(owed.unsaid),
            )
        )

    def _confirm_heard(self, index: int, heard_index: int) -> None:
        for owed in self._owed:
            if owed.state is ResultState.SPOKEN and owed.last_said_index <= heard_index:
                owed.state = ResultState.HEARD
                self._happened.append(
                    Heard(
                        index=index,
                        delegation_id=owed.result.delegation_id,
                        result_id=owed.result.result_id,
                        text=owed.said.strip(),
                    )
                )

    # Letting go

    def _dismiss_old_commentary(self, index: int) -> None:
        for owed in self._owed:
            waited_slots = index - owed.ready_index
            if (
                owed.result.kind == "commentary"
                and owed.state is ResultState.PENDING
                and waited_slots >= self._config.commentary_fresh_slots
            ):
                self._dismiss(owed, "it is no longer news", index)

    def _supersede(self, owed: Owed, index: int) -> None:
        self._settle_as(owed, ResultState.SUPERSEDED)
        self._happened.append(
            Superseded(
                index=index,
                delegation_id=owed.result.delegation_id,
                revision=owed.result.revision,
                result_id=owed.result.result_id,
            )
        )

    def _dismiss(self, owed: Owed, reason: str, index: int) -> None:
        self._settle_as(owed, ResultState.DISMISSED)
        self._happened.append(
            Dismissed(
                index=index,
                delegation_id=owed.result.delegation_id,
                result_id=owed.result.result_id,
                reason=reason,
            )
        )

    def _settle_as(self, owed: Owed, state: ResultState) -> None:
        owed.state = state
        if self._voice is not None and self._voice.owed is owed:
            self._voice = None

    def _unsaid_of(self, delegation_id: str) -> list[Owed]:
        return [
            owed
            for owed in self._owed
            if owed.result.delegation_id == delegation_id and owed.state in UNSAID_STATES
        ]

    def _take_happened(self) -> list[AnyEvent]:
        happened, self._happened = self._happened, []
        return happened


def _is_in_a_sentence(owed: Owed) -> bool:
    """Whether the first part of a long sentence has been said, and the next has not been begun."""
    return owed.state is ResultState.WEAVING and not owed.said.rstrip().endswith(SENTENCE_ENDS)


def _same_delegation(left: Result, right: Result) -> bool:
    return left.delegation_id == right.delegation_id


def _without_run(words: list[str], run: list[str]) -> list[str]:
    """Take the first place in which a run of words stands out of a text, if there is one."""
    for start in range(len(words) - len(run) + 1):
        if run and words[start : start + len(run)] == run:
            return words[:start] + words[start + len(run) :]
    return words


def _is_cut_of(event: AnyEvent, owed: Owed) -> bool:
    return isinstance(event, WeaveCut) and event.result_id == owed.result.result_id
