"""A token in the middle of a sentence: the rest reaches the delegation, once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.conversation import Conversation, hold, spoken
from tests.fakes.meaning import FakeMeaning
from tests.fakes.queue import FakeQueue, Planned
from weft.clock import VirtualClock
from weft.interaction_model.scripted import Reply, ScriptedModel, sure_of
from weft.interaction_model.types import (
    ControlToken,
    Floor,
    MicroTurnInput,
    MicroTurnOutput,
    Row,
)
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import AskedAgain, Heard, Superseded
from weft.orchestrator.floor import FloorTracker
from weft.orchestrator.rest_of_turn import RestOfTurn
from weft.orchestrator.transcript import Transcript

DELEGATE, REVISE, DISMISS = ControlToken.DELEGATE, ControlToken.REVISE, ControlToken.DISMISS
HALF = "what is the weather in"
REST = "Lisbon on Saturday"
AT_HALF = {4: DELEGATE}


class Hasty(ScriptedModel):
    """Gives its tokens in fixed slots, whether or not the user is still speaking."""

    def __init__(
        self, tokens: Mapping[int, ControlToken] = AT_HALF, replies: Sequence[Reply] = ()
    ) -> None:
        super().__init__(replies)
        self._tokens = tokens

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        said = super().step(heard, row)
        return replace(said, control=self._tokens.get(heard.index, said.control))


def packages(conversation: Conversation) -> list[tuple[str, int, str]]:
    return [(p.delegation_id, p.revision, p.request) for p in conversation.queue.submitted]


JOINED = [("test.1", 0, HALF), ("test.1", 1, f"{HALF} {REST}")]


@pytest.mark.anyio
async def test_the_rest_of_a_sentence_joins_the_delegation_that_has_its_beginning() -> None:
    plans = [
        Planned(request="in$", text="Where?", after_slots=3),
        Planned(request="Saturday", text="It will rain.", after_slots=4),
    ]
    conversation = await hold(Hasty(), heard=spoken(HALF, REST, 40), plans=plans)
    assert packages(conversation) == JOINED
    assert [e.text for e in conversation.all(Heard)] == ["It will rain."]
    assert [(s.delegation_id, s.revision) for s in conversation.all(Superseded)][:1] == [
        ("test.1", 0)
    ]


@pytest.mark.anyio
@pytest.mark.parametrize("tokens", [{5: DELEGATE}, {7: DELEGATE}, {5: DELEGATE, 8: DELEGATE}])
async def test_more_tokens_in_the_rest_send_it_no_more_often(
    tokens: dict[int, ControlToken],
) -> None:
    conversation = await hold(Hasty(AT_HALF | tokens), heard=spoken(HALF, REST, 40))
    assert packages(conversation) == JOINED


@pytest.mark.anyio
async def test_the_backstop_makes_no_request_of_a_rest_that_sounds_like_one() -> None:
    rest = "Lisbon and how windy is it"
    conversation = await hold(Hasty(), heard=spoken(HALF, rest, 60))
    assert packages(conversation) == [("test.1", 0, HALF), ("test.1", 1, f"{HALF} {rest}")]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("half", "pause_slots"), [("what is the weather there?", 0), (HALF, 2), (HALF, 7)]
)
async def test_what_follows_a_whole_sentence_or_a_pause_is_a_turn_of_its_own(
    half: str, pause_slots: int
) -> None:
    rest = "how windy is it"
    tokens = AT_HALF | {4 + pause_slots + 4: DELEGATE}
    conversation = await hold(Hasty(tokens), heard=spoken(half, pause_slots, rest, 40))
    assert packages(conversation) == [("test.1", 0, half), ("test.2", 0, rest)]


@pytest.mark.anyio
async def test_thanks_after_a_request_do_not_ask_it_again() -> None:
    conversation = await hold(Hasty(), heard=spoken(HALF, "please thank you", 60))
    assert packages(conversation) == [("test.1", 0, HALF)]


@pytest.mark.anyio
async def test_a_pause_inside_the_rest_does_not_tear_it_apart() -> None:
    class Waiting(Hasty):
        def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
            said = super().step(heard, row)
            believed = Floor.USER if heard.text else Floor.PAUSE
            return replace(said, floor=sure_of(believed))

    conversation = await hold(Waiting(), heard=spoken(HALF, "Lisbon", 4, "on Saturday", 40))
    assert packages(conversation) == JOINED


@pytest.mark.anyio
async def test_a_rest_that_the_model_takes_for_a_correction_is_one() -> None:
    heard = spoken(HALF, "Lisbon no Porto", 40)
    conversation = await hold(Hasty(AT_HALF | {7: REVISE}), heard=heard)
    assert packages(conversation) == [
        ("test.1", 0, HALF),
        ("test.1", 1, f"{HALF}. Lisbon no Porto"),
    ]


@pytest.mark.anyio
async def test_a_rest_that_withdraws_the_request_is_not_sent() -> None:
    heard = spoken(HALF, "oh never mind", 40)
    conversation = await hold(Hasty(AT_HALF | {7: DISMISS}), heard=heard)
    assert packages(conversation) == [("test.1", 0, HALF)]
    assert conversation.queue.cancelled == ["test.1"]


@pytest.mark.anyio
async def test_of_a_request_that_was_refused_the_rest_is_not_refused_once_more() -> None:
    clock = VirtualClock()
    queue = FakeQueue(clock, refusal="Too many questions at once.")
    conversation = await hold(Hasty(), heard=spoken(HALF, REST, 40), queue=queue, clock=clock)
    assert [e.text for e in conversation.all(Heard)] == ["Too many questions at once."]


@pytest.mark.anyio
async def test_the_rest_waits_while_its_beginning_is_compared() -> None:
    clock = VirtualClock()
    # "in the summer" shares a telling word, so that they must be compared.
    conversation = await hold(
        Hasty({4: DELEGATE, 16: DELEGATE}),
        heard=spoken("what is the summer weather", 7, HALF, REST, 60),
        config=SessionConfig(meaning_patience_slots=30),
        meaning=FakeMeaning(slow_on=clock),
        clock=clock,
    )
    assert packages(conversation) == [
        ("test.1", 0, "what is the summer weather"),
        ("test.2", 0, HALF),
        ("test.2", 1, f"{HALF} {REST}"),
    ]


@pytest.mark.anyio
async def test_a_sentence_that_begins_like_another_request_is_not_lost_in_that_one() -> None:
    conversation = await hold(
        Hasty({6: DELEGATE, 16: DELEGATE}), heard=spoken(HALF, 7, HALF, REST, 60)
    )
    assert packages(conversation) == [("test.1", 0, HALF), ("test.2", 0, f"{HALF} {REST}")]
    assert [e.delegation_id for e in conversation.all(AskedAgain)] == ["test.1"]


slots = st.lists(st.tuples(st.sampled_from(["word", "~", "", ""]), st.booleans()), max_size=60)


@given(script=slots, believed=st.lists(st.sampled_from(list(Floor)), min_size=60, max_size=60))
def test_every_rest_is_given_once_and_begins_after_its_beginning(
    script: list[tuple[str, bool]], believed: list[Floor]
) -> None:
    config = SessionConfig()
    transcript, tracker, rests = Transcript(config.turn_gap_slots), FloorTracker(config), 0
    rest_of_turn, handed_over = RestOfTurn(config), 0
    for index, (text, token) in enumerate(script):
        active = text == "~"
        heard = MicroTurnInput(index=index, text="" if active else text, user_active=active)
        floor = tracker.update(heard)
        rest = rest_of_turn.take(transcript.user_turn, floor)
        if rest is not None:
            transcript.hand_over()
            rests += 1
            assert not floor.user_active
            gap_slots = rest.turn.first_index - rest.beginning.last_index
            assert gap_slots >= 1
        said = MicroTurnOutput(index=index, text="", floor=sure_of(believed[index]))
        tracker.settle(heard, said)
        transcript.add(heard, said, unverified=True)
        turn = transcript.user_turn
        if token and turn and not turn.handed_over and not rest_of_turn.awaits(turn):
            rest_of_turn.hand_over(turn, index)
            transcript.hand_over()
            handed_over += 1
        assert rests <= handed_over
