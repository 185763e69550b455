"""Whatever user, model and background do, in whatever order: nothing lost, nothing said twice.

Each example is one conversation of the scheduler with a random world. The floor head is random as
well, so nothing here rests on a model that judges the floor rightly.
"""

from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from weft.interaction_model.types import (
    Floor,
    FloorProbabilities,
    MicroTurnInput,
    MicroTurnOutput,
    ReferenceRows,
    Row,
)
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import (
    AnyEvent,
    Dismissed,
    Heard,
    ResultReady,
    Superseded,
    WeaveStarted,
)
from weft.orchestrator.floor import FloorState, FloorTracker
from weft.orchestrator.injection import InjectionScheduler
from weft.orchestrator.owed import Result

CONFIG = SessionConfig(
    max_hold_slots=12, lapse_slots=6, commentary_fresh_slots=8, floor_request="May I speak?"
)
SORRY = ("Sorry,", " nothing", " found.")


@dataclass(frozen=True)
class Arrival:
    """Something the background does before a slot."""

    what: str
    delegation: int
    sentences: int
    attempt: int


@dataclass(frozen=True)
class Slot:
    """What user, model, playback and background do in one micro-turn."""

    user: str
    follows: bool
    floor: Floor
    chats: bool
    lag_slots: int
    arrivals: tuple[Arrival, ...]


_ARRIVALS = (
    "result",
    "result",
    "timer",
    "commentary",
    "failure",
    "supersede",
    "attempt",
    "dismiss",
)
_FLOORS = (Floor.GAP, Floor.GAP, Floor.MODEL, *Floor)


def slot_of(number: int) -> Slot:
    """Read a slot out of one number, the quiet slot out of 0: far faster than drawing each part."""

    def draw(choices: int) -> int:
        nonlocal number
        number, choice = divmod(number, choices)
        return choice

    floor, follows, user = _FLOORS[draw(8)], draw(4) < 3, ("", "", "", "", "word", "~")[draw(6)]
    chats, lag_slots, arrives = draw(4) == 3, draw(4), draw(3) == 2
    arrival = Arrival(
        what=_ARRIVALS[draw(8)], delegation=draw(3), sentences=1 + draw(3), attempt=draw(3)
    )
    return Slot(
        user=user,
        follows=follows,
        floor=floor,
        chats=chats,
        lag_slots=lag_slots,
        arrivals=(arrival,) if arrives else (),
    )


QUIET = slot_of(0)
numbers = st.integers(0, 8 * 4 * 6 * 4 * 4 * 3 * 8 * 3 * 3 * 3 - 1)


def encode(text: str) -> ReferenceRows:
    """Two words a row; every row knows the sentence and its own place in it."""
    words = text.split()
    pairs = [" ".join(words[i : i + 2]) for i in range(0, len(words), 2)]
    rows = tuple(
        Row(
            text=pair if place == 0 else f" {pair}",
            vector=(text, place),
            last=place == len(pairs) - 1,
        )
        for place, pair in enumerate(pairs)
    )
    return ReferenceRows(text=text, rows=rows)


def absent() -> ReferenceRows:
    return ReferenceRows(text="", rows=(Row(text="", vector=("", 0), last=True, absent=True),))


@dataclass
class World:
    """Runs the scheduler and checks, slot by slot, what must always hold."""

    tracker: FloorTracker = field(default_factory=lambda: FloorTracker(CONFIG))
    scheduler: InjectionScheduler = field(
        default_factory=lambda: InjectionScheduler(CONFIG, encode, absent)
    )
    index: int = 0
    added: list[Result] = field(default_factory=list)
    events: list[AnyEvent] = field(default_factory=list)
    followed: list[Row] = field(default_factory=list)
    own_words: list[str] = field(default_factory=list)
    """What the model still has to say after an absent row."""
    open_row: tuple[str, int] | None = None
    """The sentence that is being said and the row that must come next."""
    declined: tuple[Row, str] | None = None
    """The row to which the model said something else, and what."""

    def live(self, slot: Slot) -> None:
        for arrival in slot.arrivals:
            self.arrive(arrival)
        heard = MicroTurnInput(
            index=self.index,
            text=slot.user if slot.user != "~" else "",
            user_active=slot.user == "~",
        )
        floor = self.tracker.update(heard)
        row = self.scheduler.offer(floor)
        self.check_offer(row, floor)
        if floor.user_holds:
            self.declined = None
        said = self.act(slot, heard, row)
        self.events += self.scheduler.settle(said, self.index - slot.lag_slots)
        self.tracker.settle(heard, said)
        self.index += 1

    def arrive(self, arrival: Arrival) -> None:
        delegation_id = f"d{arrival.delegation}"
        match arrival.what:
            case "supersede":
                self.events += self.scheduler.supersede(delegation_id, 1, self.index)
            case "dismiss":
                self.events += self.scheduler.dismiss(delegation_id, "unwanted", self.index)
            case "attempt":
                self.events += self.scheduler.replace_attempts(
                    delegation_id, arrival.attempt, self.index
                )
            case "result" | "timer" | "commentary" | "failure":
                number = len(self.added)
                sentences = [
                    " ".join(f"R{number}s{sentence}w{word}" for word in range(8)) + "."
                    for sentence in range(arrival.sentences)
                ]
                result = Result(
                    result_id=f"r{number}",
                    delegation_id=delegation_id,
                    attempt=arrival.attempt,
                    kind="result" if arrival.what == "timer" else arrival.what,
                    text=" ".join(sentences),
                    timer=arrival.what == "timer",
                )
                self.added.append(result)
                self.events += self.scheduler.add(result, self.index)

    def check_offer(self, row: Row | None, floor: FloorState) -> None:
        if row is None:
            return
        assert not floor.user_holds
        assert isinstance(row.vector, tuple)
        sentence, place = row.vector
        if place == 0:
            assert not floor.user_active, "begun while the user speaks"
        else:
            assert self.open_row == (sentence, place), "two voices, or a row left out"

    def act(self, slot: Slot, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        """Be a model that may do anything, except to say half a row."""
        followed = row is not None and slot.follows
        text = "Well." if slot.chats else ""
        self.open_row = None
        if row is not None and followed:
            assert isinstance(row.vector, tuple)
            self.followed.append(row)
            text = row.text
            self.open_row = None if row.last else (row.vector[0], row.vector[1] + 1)
            self.own_words = list(SORRY) if row.absent else []
        if self.own_words:
            text = self.own_words.pop(0) if slot.follows else ""
            self.own_words = self.own_words if text else []
        if row is not None and not followed and text and not row.absent:
            again, self.declined = self.declined == (row, text), (row, text)
            if again:  # the same words for the same row are the row, with a word wrong
                assert isinstance(row.vector, tuple)
                self.followed.append(row)
                self.open_row = None if row.last else (row.vector[0], row.vector[1] + 1)
        chances = {state: 0.96 if state is slot.floor else 0.01 for state in Floor}
        return MicroTurnOutput(
            index=heard.index,
            text=text,
            floor=FloorProbabilities(
                user=chances[Floor.USER],
                pause=chances[Floor.PAUSE],
                gap=chances[Floor.GAP],
                model=chances[Floor.MODEL],
                overlap=chances[Floor.OVERLAP],
            ),
            reference_followed=followed,
        )

    def words_of(self, result: Result) -> list[str]:
        """The words said of a result, in the order in which they were said."""
        own = set(result.text.split())
        return [word for row in self.followed for word in row.text.split() if word in own]

    def settled(self, kind: type[Heard] | type[Dismissed] | type[Superseded]) -> list[str | None]:
        """The results with which an event of this kind has to do."""
        return [event.result_id for event in self.events if isinstance(event, kind)]

    def check_ends(self) -> None:
        """Every result has exactly one fate, and what was said of it was said once, in order."""
        heard, dismissed = self.settled(Heard), self.settled(Dismissed)
        superseded = self.settled(Superseded)
        unsaid = [result.result_id for result in self.scheduler.unsaid]
        unheard = [result.result_id for result in self.scheduler.unheard]
        awaiting = [result_id for result_id in unheard if result_id not in unsaid]
        fates = [*heard, *dismissed, *superseded, *unheard]
        assert sorted(map(str, fates)) == sorted(result.result_id for result in self.added)
        for result in self.added:
            if result.kind == "failure":
                continue
            words, said = result.text.split(), self.words_of(result)
            assert said == words[: len(said)], "said twice, left out, or out of order"
            if result.result_id in (*heard, *awaiting):
                assert said == words

    def check_order(self) -> None:
        """Nothing begins while something older, that is not a timer, waits to begin."""
        waiting: list[Result] = []
        for event in self.events:
            match event:
                case ResultReady():
                    waiting.append(next(r for r in self.added if r.result_id == event.result_id))
                case WeaveStarted():
                    begun = next(r for r in waiting if r.result_id == event.result_id)
                    assert begun == min(waiting, key=lambda r: not r.timer)
                    waiting.remove(begun)
                case Dismissed() | Superseded():
                    waiting = [r for r in waiting if r.result_id != event.result_id]
                case _:
                    pass


@settings(max_examples=100, deadline=None)
@given(st.lists(numbers, min_size=20, max_size=60))
def test_nothing_is_lost_and_nothing_is_said_twice(script: list[int]) -> None:
    world = World()
    for number in script:
        world.live(slot_of(number))
        world.check_ends()
    world.check_order()


@settings(max_examples=60, deadline=None)
@example([0, 0, 0, 0, 0, 6231, 0, 15256, 0, 3000])  # the same words for the same row twice
@given(st.lists(numbers, min_size=10, max_size=30))
def test_all_that_is_owed_is_heard_once_it_is_quiet(script: list[int]) -> None:
    world = World()
    for number in script:
        world.live(slot_of(number))
    for _ in range(40 + 20 * len(world.added)):
        world.live(QUIET)
    world.check_ends()
    assert world.scheduler.unheard == ()
