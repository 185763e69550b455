"""Conversations on virtual time: one character, or one list entry, is a micro-turn of 200 ms."""

import logging
from collections.abc import AsyncIterator

import anyio
import pytest

from tests.fakes.channel import ScriptedChannel
from tests.fakes.conversation import Conversation, hold, spoken
from tests.fakes.meaning import FakeMeaning
from tests.fakes.queue import FakeQueue, Planned
from weft.background_agents.types import UpdateKind
from weft.clock import VirtualClock, WallClock
from weft.interaction_model.scripted import NOT_FOUND, Reply, ScriptedModel
from weft.interaction_model.types import (
    ControlToken,
    MicroTurnInput,
    MicroTurnOutput,
    Row,
)
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import (
    AgentProgress,
    AnyEvent,
    AskedAgain,
    Delegated,
    Dismissed,
    FloorChanged,
    Heard,
    ModelSpoke,
    ResultReady,
    SessionEnded,
    Superseded,
    WeaveCut,
    WeaveStarted,
)
from weft.orchestrator.session import Session

pytestmark = pytest.mark.anyio

DELEGATE, REVISE, DISMISS = ControlToken.DELEGATE, ControlToken.REVISE, ControlToken.DISMISS
PARIS = "The capital of France is Paris."
CAPITAL = "what's the capital of France?"


def knowing_little() -> ScriptedModel:
    return ScriptedModel(
        [
            Reply(heard="never mind", says="All right.", control=DISMISS),
            Reply(heard="i meant", says="All right.", control=REVISE),
            Reply(heard="hello", says="Hi there."),
            Reply(heard="what|how|every", says="Let me see.", control=DELEGATE),
            Reply(heard="u$", control=DELEGATE),
        ]
    )


def heard_texts(conversation: Conversation) -> list[str]:
    return [event.text for event in conversation.all(Heard)]


async def test_a_finding_waits_for_the_pause() -> None:
    model = knowing_little()
    plans = [Planned(request="u", text="Paris.", after_slots=3)]
    await hold(model, heard="uuu__uuuu____", plans=plans)
    assert model.followed_at == [11]  # 3, 4 silent; 9, 10 answered first; 11 is free


async def test_a_result_is_woven_one_slot_after_the_pause_began() -> None:
    model = knowing_little()
    plans = [Planned(request="capital", text=PARIS, after_slots=3)]
    conversation = await hold(model, heard=spoken(CAPITAL, 4, "yeah", 8), plans=plans)
    (started,) = conversation.all(WeaveStarted)
    assert started.pause_began_index == 10  # the user is heard last in slot 9
    assert started.index == 11
    assert heard_texts(conversation) == [PARIS]


async def test_the_users_question_is_answered_before_a_result_is_woven() -> None:
    plans = [Planned(request="capital", text=PARIS, after_slots=6)]
    heard = spoken(CAPITAL, 5, "oh and hello", 12)
    conversation = await hold(knowing_little(), heard=heard, plans=plans)
    assert conversation.said == f"Let me see. Hi there. {PARIS}"


async def test_a_barge_in_cuts_an_answer_and_the_rest_is_said_later() -> None:
    text = "The tower is three hundred and thirty metres high and made of iron."
    plans = [Planned(request="tower", text=text, after_slots=4)]
    heard = spoken("how high is the tower?", 8, "no wait please", 20)
    conversation = await hold(knowing_little(), heard=heard, plans=plans)
    (cut,) = conversation.all(WeaveCut)
    assert f"{cut.heard} {cut.owed}" == text
    assert heard_texts(conversation) == [text]
    assert conversation.said.endswith(text)


async def test_a_backchannel_does_not_cut_an_answer() -> None:
    plans = [Planned(request="u", text="one two three four five six seven eight.", after_slots=1)]
    conversation = await hold(knowing_little(), heard="u______m_______", plans=plans)
    assert conversation.all(WeaveCut) == []
    assert len(conversation.all(Heard)) == 1


async def test_a_correction_supersedes_and_the_old_result_is_never_said() -> None:
    plans = [
        Planned(request="capital of France[?]$", text=PARIS, after_slots=9),
        Planned(request="Spain", text="The capital of Spain is Madrid.", after_slots=5),
    ]
    heard = spoken(CAPITAL, 4, "no i meant Spain", 20)
    for stubborn in (False, True):
        clock = VirtualClock()
        queue = FakeQueue(clock, plans, stubborn=stubborn)
        conversation = await hold(knowing_little(), heard=heard, queue=queue, clock=clock)
        assert heard_texts(conversation) == ["The capital of Spain is Madrid."]
        assert [package.revision for package in queue.submitted] == [0, 1]
        assert "Paris" not in conversation.said
        assert len(conversation.all(Superseded)) == 1


async def test_a_correction_reaches_the_agent_with_the_request_it_corrects() -> None:
    heard = spoken(CAPITAL, 4, "no i meant Spain", 6)
    conversation = await hold(knowing_little(), heard=heard)
    corrected = conversation.queue.submitted[1]
    assert corrected.request == "what's the capital of France. no i meant Spain"
    assert corrected.delegation_id == conversation.queue.submitted[0].delegation_id


async def test_a_result_that_is_no_longer_wanted_is_dismissed() -> None:
    plans = [Planned(request="capital", text=PARIS, after_slots=12)]
    conversation = await hold(
        knowing_little(), heard=spoken(CAPITAL, 4, "never mind", 20), plans=plans
    )
    assert conversation.queue.cancelled == ["test.1"]
    assert [d.reason for d in conversation.all(Dismissed)] == ["the user no longer wants it"]
    assert "Paris" not in conversation.said


async def test_a_failure_is_spoken_once_and_plainly() -> None:
    plans = [Planned(request="capital", text="connection refused", kind=UpdateKind.FAILURE)]
    conversation = await hold(knowing_little(), heard=spoken(CAPITAL, 30), plans=plans)
    assert conversation.said == f"Let me see. {NOT_FOUND}"
    assert heard_texts(conversation) == [NOT_FOUND]
    woven = [event for event in conversation.all(ModelSpoke) if event.delegation_id]
    assert all(not event.unverified for event in woven)


async def test_a_failure_that_was_talked_over_is_said_again() -> None:
    plans = [Planned(request="capital", kind=UpdateKind.FAILURE, after_slots=4)]
    heard = spoken(CAPITAL, 6, "hang on", 30)
    conversation = await hold(knowing_little(), heard=heard, plans=plans)
    assert len(conversation.all(WeaveCut)) == 1
    assert heard_texts(conversation) == [NOT_FOUND]


@pytest.mark.parametrize("kind", [UpdateKind.RESULT, UpdateKind.THINKING])
async def test_an_empty_end_is_an_honest_failure(kind: UpdateKind) -> None:
    plans = [Planned(request="capital", kind=kind)]
    conversation = await hold(knowing_little(), heard=spoken(CAPITAL, 30), plans=plans)
    assert heard_texts(conversation) == [NOT_FOUND]


async def test_a_delegation_that_is_never_heard_of_expires_in_words() -> None:
    config = SessionConfig(deadline_s=2.0)
    conversation = await hold(knowing_little(), heard=spoken(CAPITAL, 30), config=config)
    assert conversation.queue.cancelled == ["test.1"]
    assert heard_texts(conversation) == [NOT_FOUND]


@pytest.mark.parametrize("kind", [UpdateKind.THINKING, UpdateKind.COMMENTARY])
async def test_work_that_begins_and_then_hangs_is_given_up_once_and_stays_unsaid(
    kind: UpdateKind,
) -> None:
    config = SessionConfig(deadline_s=2.0, deadline_grace_s=1.0)
    plans = [
        Planned(request="capital", kind=kind, text="I am on it.", after_slots=3, final=False),
        Planned(request="capital", text=PARIS, after_slots=25, sequence=1),
    ]
    clock = VirtualClock()
    # The agent is in another process: it does not hear that nobody waits for it any more.
    queue = FakeQueue(clock, plans, stubborn=True)
    heard = spoken(CAPITAL, 60)
    conversation = await hold(
        knowing_little(), heard=heard, queue=queue, clock=clock, config=config
    )
    assert queue.cancelled == ["test.1"]
    (delegated,) = conversation.all(Delegated)
    (given_up,) = [each for each in conversation.all(ResultReady) if each.kind == "failure"]
    assert given_up.index - delegated.index == 16  # the first slot after 3 s
    assert heard_texts(conversation)[-1] == NOT_FOUND
    assert "Paris" not in conversation.said


async def test_an_answer_of_which_no_end_was_published_is_said_and_nothing_more() -> None:
    config = SessionConfig(deadline_s=2.0, deadline_grace_s=1.0)
    plans = [Planned(request="capital", text=PARIS, after_slots=3, final=False)]
    heard = spoken(CAPITAL, 40, CAPITAL, 20)
    conversation = await hold(knowing_little(), heard=heard, plans=plans, config=config)
    # The first delegation is closed by then: the second question is not taken for the same.
    assert heard_texts(conversation) == [PARIS, PARIS]


async def test_a_full_queue_is_spoken_of() -> None:
    clock = VirtualClock()
    queue = FakeQueue(clock, refusal="Too many questions at once.")
    conversation = await hold(knowing_little(), heard=spoken(CAPITAL, 20), queue=queue, clock=clock)
    assert [ready.kind for ready in conversation.all(ResultReady)] == ["refusal"]
    assert heard_texts(conversation) == ["Too many questions at once."]
    assert conversation.all(Delegated) == []


async def test_too_many_open_delegations_are_refused_in_words() -> None:
    config = SessionConfig(max_open_delegations=1, refusal="One thing at a time.")
    heard = spoken(CAPITAL, 10, "how high is the tower?", 20)
    conversation = await hold(knowing_little(), heard=heard, config=config)
    assert len(conversation.queue.submitted) == 1
    assert heard_texts(conversation) == ["One thing at a time."]


async def test_the_same_request_is_not_delegated_twice_while_it_is_open() -> None:
    heard = spoken(CAPITAL, 10, "what's the capital of France", 10)
    conversation = await hold(knowing_little(), heard=heard)
    assert len(conversation.queue.submitted) == 1
    assert [again.delegation_id for again in conversation.all(AskedAgain)] == ["test.1"]
    assert conversation.all(Dismissed) == []  # what is under way is still owed


async def test_a_comparison_that_takes_longer_than_a_micro_turn_is_read_when_it_is_done() -> None:
    clock = VirtualClock()
    config = SessionConfig(meaning_patience_slots=30)
    heard = spoken(CAPITAL, 4, CAPITAL, 40)
    conversation = await hold(
        knowing_little(),
        heard=heard,
        config=config,
        meaning=FakeMeaning(slow_on=clock),
        clock=clock,
    )
    (again,) = conversation.all(AskedAgain)
    assert again.index == 28  # asked in slot 15, compared for 2.5 s
    assert len(conversation.queue.submitted) == 1


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_correction_of_a_request_that_is_still_compared_corrects_that_one(
    hangs: bool,
) -> None:
    clock = VirtualClock()
    plans = [
        Planned(request="France", text=PARIS, after_slots=60),
        Planned(request="capital[?]$", text="Of what?", after_slots=2),
        Planned(request="Peru", text="It is Lima.", after_slots=5),
    ]
    heard = spoken(CAPITAL, 4, "what's the capital?", 3, "no i meant of Peru", 80)
    conversation = await hold(
        knowing_little(),
        heard=heard,
        plans=plans,
        config=SessionConfig(meaning_patience_slots=14),
        meaning=FakeMeaning(hangs=hangs, slow_on=clock),
        clock=clock,
    )
    packages = conversation.queue.submitted
    assert [(each.delegation_id, each.request) for each in packages] == [
        ("test.1", CAPITAL),
        ("test.2", "what's the capital?"),
        ("test.2", "what's the capital. no i meant of Peru"),
    ]
    assert heard_texts(conversation) == ["It is Lima.", PARIS]


async def test_a_correction_of_what_was_asked_again_corrects_what_is_under_way() -> None:
    clock = VirtualClock()
    plans = [
        Planned(request="France[?]$", text=PARIS, after_slots=99),
        Planned(request="tower", text="It is high.", after_slots=40),
        Planned(request="Spain", text="It is Madrid.", after_slots=5),
    ]
    heard = spoken(
        CAPITAL, 4, "how high is the tower?", 14, CAPITAL, 3, "no i meant the one of Spain", 80
    )
    conversation = await hold(
        knowing_little(),
        heard=heard,
        plans=plans,
        config=SessionConfig(meaning_patience_slots=30),
        meaning=FakeMeaning(slow_on=clock),
        clock=clock,
    )
    packages = conversation.queue.submitted
    assert [package.delegation_id for package in packages] == ["test.1", "test.2", "test.1"]
    assert [again.delegation_id for again in conversation.all(AskedAgain)] == ["test.1"]
    assert "France. no i meant the one of Spain" in packages[-1].request
    aside = "Coming back to your earlier question. It is high."
    assert heard_texts(conversation) == ["It is Madrid.", aside]


async def test_a_request_that_is_still_compared_can_be_withdrawn() -> None:
    clock = VirtualClock()
    plans = [
        Planned(request="France", text=PARIS, after_slots=50),
        Planned(request="capital[?]$", text="Of what?", after_slots=20),
    ]
    heard = spoken(CAPITAL, 4, "what's the capital?", 3, "never mind", 60)
    conversation = await hold(
        knowing_little(),
        heard=heard,
        plans=plans,
        config=SessionConfig(meaning_patience_slots=30),
        meaning=FakeMeaning(slow_on=clock),
        clock=clock,
    )
    assert conversation.queue.cancelled == ["test.2"]
    assert heard_texts(conversation) == [PARIS]


@pytest.mark.parametrize("times", [2, 3])
async def test_the_same_request_is_run_once_also_while_the_first_is_still_compared(
    times: int,
) -> None:
    clock = VirtualClock()
    plans = [
        Planned(request="France", text=PARIS, after_slots=90),
        Planned(request="capital[?]$", text="Of what?", after_slots=60),
    ]
    again: list[str | int] = ["what's the capital?", 3] * times
    conversation = await hold(
        knowing_little(),
        heard=spoken(CAPITAL, 4, *again, 140),
        plans=plans,
        config=SessionConfig(meaning_patience_slots=30),
        meaning=FakeMeaning(slow_on=clock),
        clock=clock,
    )
    requests = [package.request for package in conversation.queue.submitted]
    assert requests == [CAPITAL, "what's the capital?"]
    assert [a.delegation_id for a in conversation.all(AskedAgain)] == ["test.2"] * (times - 1)
    assert sorted(heard_texts(conversation)) == ["Of what?", PARIS]


@pytest.mark.parametrize("ending", ["failure", "empty", "expired"])
async def test_a_request_is_not_lost_with_the_same_one_that_ends_while_they_are_compared(
    ending: str,
) -> None:
    clock = VirtualClock()
    kind = UpdateKind.THINKING if ending == "empty" else UpdateKind.FAILURE
    plan = Planned(request="tower", kind=kind, after_slots=18)
    heard = spoken("how high is the tower?", 8, "how high is the tower?", 60)
    conversation = await hold(
        knowing_little(),
        heard=heard,
        plans=[] if ending == "expired" else [plan],
        config=SessionConfig(
            meaning_patience_slots=30,
            deadline_s=3.5 if ending == "expired" else 60,
            deadline_grace_s=0,
        ),
        meaning=FakeMeaning(slow_on=clock),
        clock=clock,
    )
    delegated = [each.delegation_id for each in conversation.all(Delegated)]
    assert delegated == ["test.1", "test.2"]
    assert conversation.all(AskedAgain) == []


async def test_a_request_that_differs_in_one_telling_word_is_another_request() -> None:
    heard = spoken(
        "what is the weather in Rome today", 8, "what is the weather in Rome tomorrow", 8
    )
    config = SessionConfig(same_request_similarity=0.5)
    conversation = await hold(knowing_little(), heard=heard, config=config)
    assert len(conversation.queue.submitted) == 2


async def test_a_comparison_of_meaning_that_hangs_loses_neither_request_nor_result() -> None:
    plans = [Planned(request="capital", text=PARIS, after_slots=16)]
    heard = spoken(CAPITAL, 3, "what's the capital of France again", 60)
    config = SessionConfig(meaning_patience_slots=4)
    conversation = await hold(
        knowing_little(), heard=heard, plans=plans, config=config, meaning=FakeMeaning(hangs=True)
    )
    assert len(conversation.queue.submitted) == 2
    assert heard_texts(conversation) == [PARIS, PARIS]


async def test_the_timer_is_stopped_and_not_the_question_asked_after_it() -> None:
    plans = [
        Planned(
            request="breathe",
            text="Breathe.",
            after_slots=20 * (beat + 1),
            final=False,
            sequence=beat,
            sources=("timer",),
        )
        for beat in range(9)
    ] + [Planned(request="capital", text=PARIS, after_slots=60)]
    model = ScriptedModel(
        [
            Reply(heard="stop", says="All right.", control=DISMISS),
            Reply(heard="what|every", says="Let me see.", control=DELEGATE),
        ]
    )
    heard = spoken("every four seconds say breathe", 22, CAPITAL, 4, "you can stop that now", 70)
    conversation = await hold(model, heard=heard, plans=plans)
    assert conversation.queue.cancelled == ["test.1"]
    assert heard_texts(conversation) == ["Breathe.", PARIS]


@pytest.mark.parametrize("user_speaks_slots", [0, 60])
async def test_an_answer_said_while_it_grew_is_said_whole_and_once(user_speaks_slots: int) -> None:
    beginning, rest = "The tower is very high.", "It is made of iron."
    plans = [
        Planned(
            request="tower",
            kind=UpdateKind.COMMENTARY,
            text=beginning,
            after_slots=3,
            final=False,
        ),
        Planned(request="tower", text=f"{beginning} {rest}", after_slots=50, sequence=1),
    ]
    heard = spoken("how high is the tower?", 2, *["so"] * user_speaks_slots, 90)
    conversation = await hold(knowing_little(), heard=heard, plans=plans)
    assert " ".join(heard_texts(conversation)) == f"{beginning} {rest}"
    assert conversation.said.endswith(rest)
    assert conversation.said.count(beginning) == 1


async def test_a_failed_request_may_be_asked_again() -> None:
    plans = [Planned(request="capital", kind=UpdateKind.FAILURE, after_slots=2)]
    heard = spoken(CAPITAL, 20, CAPITAL, 20)
    conversation = await hold(knowing_little(), heard=heard, plans=plans)
    assert len(conversation.queue.submitted) == 2
    assert heard_texts(conversation) == [NOT_FOUND, NOT_FOUND]


async def test_the_same_result_under_a_new_id_is_not_said_twice() -> None:
    plans = [Planned(request="capital", text=PARIS, after_slots=2)]
    heard = spoken(CAPITAL, 3, "what's the capital of France again", 30)
    config = SessionConfig(same_request_similarity=0.8)
    conversation = await hold(knowing_little(), heard=heard, plans=plans, config=config)
    assert len(conversation.queue.submitted) == 2
    assert heard_texts(conversation) == [PARIS]
    assert [d.reason for d in conversation.all(Dismissed)] == ["already said"]


async def test_a_question_asked_again_after_its_answer_is_answered_again() -> None:
    plans = [Planned(request="capital", text=PARIS, after_slots=2)]
    heard = spoken(CAPITAL, 20, "what's the capital of France again", 20)
    conversation = await hold(knowing_little(), heard=heard, plans=plans)
    assert heard_texts(conversation) == [PARIS, PARIS]


async def test_a_broken_comparison_of_meaning_loses_no_result() -> None:
    plans = [Planned(request="capital", text=PARIS, after_slots=2)]
    heard = spoken(CAPITAL, 20, CAPITAL, 20)
    conversation = await hold(
        knowing_little(), heard=heard, plans=plans, meaning=FakeMeaning(broken=True)
    )
    assert heard_texts(conversation) == [PARIS, PARIS]


async def test_lower_attempts_and_repeated_updates_are_dropped() -> None:
    plans = [
        Planned(request="capital", text="Wrong.", after_slots=4, attempt=2, final=False),
        Planned(request="capital", text="Stale.", after_slots=5, attempt=1),
        Planned(request="capital", text="Twice.", after_slots=6, attempt=2, final=False),
        Planned(request="capital", text=PARIS, after_slots=7, attempt=3),
    ]
    heard = spoken(CAPITAL, 2, "hm so well then you know that they went there", 20)
    conversation = await hold(knowing_little(), heard=heard, plans=plans)
    assert heard_texts(conversation) == [PARIS]


async def test_an_answer_that_takes_back_what_was_said_says_so() -> None:
    plans = [
        Planned(request="capital", text="It is Lyon.", after_slots=4, final=False),
        Planned(request="capital", text=PARIS, after_slots=30, attempt=1),
    ]
    conversation = await hold(knowing_little(), heard=spoken(CAPITAL, 70), plans=plans)
    assert heard_texts(conversation) == ["It is Lyon.", f"I have to correct myself. {PARIS}"]


async def test_what_was_never_said_needs_no_correction() -> None:
    plans = [
        Planned(request="capital", text="It is Lyon.", after_slots=4, final=False),
        Planned(request="capital", text=PARIS, after_slots=5, attempt=1),
    ]
    talking_on = spoken(CAPITAL, 4, "yes yes yes yes yes yes", 40)
    conversation = await hold(knowing_little(), heard=talking_on, plans=plans)
    assert heard_texts(conversation) == [PARIS]


async def test_an_answer_after_a_change_of_topic_says_what_it_is_about() -> None:
    plans = [Planned(request="capital", text=PARIS, after_slots=30)]
    elsewhere = spoken(CAPITAL, 6, "my sister has a new bicycle", 60)
    conversation = await hold(knowing_little(), heard=elsewhere, plans=plans)
    assert heard_texts(conversation) == [f"Coming back to your earlier question. {PARIS}"]


async def test_an_answer_to_what_is_still_talked_about_needs_no_words_before_it() -> None:
    plans = [Planned(request="capital", text=PARIS, after_slots=30)]
    on_topic = spoken(CAPITAL, 6, "the capital of France is famous", 60)
    conversation = await hold(knowing_little(), heard=on_topic, plans=plans)
    assert heard_texts(conversation) == [PARIS]


async def test_a_later_attempt_that_fails_does_not_contradict_an_answer() -> None:
    plans = [
        Planned(request="capital", text=PARIS, after_slots=4, attempt=0, final=False),
        Planned(request="capital", kind=UpdateKind.FAILURE, after_slots=4, attempt=1),
    ]
    heard = spoken(CAPITAL, 2, "hm so well then you know that they went there", 20)
    conversation = await hold(knowing_little(), heard=heard, plans=plans)
    assert heard_texts(conversation) == [PARIS]


async def test_a_flood_of_updates_is_taken_in_piece_by_piece_and_in_order() -> None:
    plans = [
        Planned(
            request="capital",
            kind=UpdateKind.THINKING,
            text=str(number),
            after_slots=3,
            final=number == 5,
            sequence=number,
        )
        for number in range(6)
    ]
    conversation = await hold(
        knowing_little(),
        heard=spoken(CAPITAL, 30),
        plans=plans,
        config=SessionConfig(updates_a_slot=4),
    )
    progress = conversation.all(AgentProgress)
    assert [event.text for event in progress] == list("012345")
    first = progress[0].index
    assert [event.index - first for event in progress] == [0, 0, 0, 0, 1, 1]


async def test_progress_is_said_only_while_it_is_news() -> None:
    plans = [
        Planned(request="capital", kind=UpdateKind.THINKING, text="hm", after_slots=3, final=False),
        Planned(
            request="capital",
            kind=UpdateKind.COMMENTARY,
            text="I am looking at a map.",
            after_slots=4,
            final=False,
            sequence=1,
        ),
        Planned(request="capital", text=PARIS, after_slots=12, sequence=2),
    ]
    conversation = await hold(knowing_little(), heard=spoken(CAPITAL, 30), plans=plans)
    assert conversation.said == f"Let me see. I am looking at a map. {PARIS}"
    assert [event.kind for event in conversation.all(AgentProgress)] == ["thinking"]

    quiet = SessionConfig(speak_commentary=False)
    conversation = await hold(
        knowing_little(), heard=spoken(CAPITAL, 30), plans=plans, config=quiet
    )
    assert conversation.said == f"Let me see. {PARIS}"


async def test_the_same_commentary_is_not_said_twice_by_another_agent_or_attempt() -> None:
    def look(sequence: int, text: str, attempt: int = 0) -> Planned:
        return Planned(
            request="capital",
            kind=UpdateKind.COMMENTARY,
            text=text,
            after_slots=4 + 8 * sequence,
            final=False,
            attempt=attempt,
            sequence=sequence,
        )

    plans = [
        look(0, "I am looking at a map."),
        look(1, "I'm asking somebody else."),
        look(2, "I am looking at a map!", attempt=1),
        Planned(request="capital", text=PARIS, after_slots=36, attempt=1, sequence=3),
    ]
    conversation = await hold(knowing_little(), heard=spoken(CAPITAL, 60), plans=plans)
    remarks = "I am looking at a map. I'm asking somebody else."
    assert conversation.said == f"Let me see. {remarks} {PARIS}"
    assert [event.text for event in conversation.all(AgentProgress)] == ["I am looking at a map!"]


async def test_a_timer_keeps_its_beat() -> None:
    plans = [
        Planned(
            request="breathe",
            text="Breathe.",
            after_slots=20 * (beat + 1),
            final=beat == 3,
            sequence=beat,
            sources=("timer",),
        )
        for beat in range(4)
    ]
    heard = spoken("every four seconds say breathe", 90)
    conversation = await hold(knowing_little(), heard=heard, plans=plans)
    said_at = [slot for slot, text in conversation.said_at().items() if text == "Breathe."]
    assert said_at == [26, 46, 66, 86]
    assert conversation.all(Dismissed) == []


async def test_a_result_held_too_long_asks_for_the_floor_and_waits_for_the_gap() -> None:
    config = SessionConfig(max_hold_slots=10, floor_request="I have an answer.")
    plans = [Planned(request="capital", text=PARIS, after_slots=3)]
    heard = spoken(CAPITAL, 4, "thanks so I went to the", 6, "to the", 4, "market yes", 12)
    conversation = await hold(knowing_little(), heard=heard, plans=plans, config=config)
    assert conversation.said == f"Let me see. I have an answer. {PARIS}"
    assert len(conversation.all(WeaveStarted)) == 1
    assert heard_texts(conversation) == [PARIS]


async def test_the_backstop_hands_over_what_the_model_did_not() -> None:
    model = ScriptedModel([Reply(heard="capital", says="I see.")])
    plans = [Planned(request="capital", text=PARIS, after_slots=2)]
    heard = spoken(CAPITAL, 30)
    conversation = await hold(model, heard=heard, plans=plans)
    (delegated,) = conversation.all(Delegated)
    assert delegated.by == "backstop"
    assert delegated.index == 18  # 2.5 s after slot 4 is slot 17; the answer is read in the next
    assert heard_texts(conversation) == [PARIS]

    off = SessionConfig(backstop="off")
    assert not (await hold(model, heard=heard, config=off)).all(Delegated)


async def test_the_backstop_leaves_small_talk_alone() -> None:
    heard = spoken("hello my good old friend", 30)
    conversation = await hold(knowing_little(), heard=heard)
    assert conversation.all(Delegated) == []


async def test_nothing_is_lost_when_playback_lags() -> None:
    plans = [Planned(request="capital", text=PARIS, after_slots=3)]
    heard = spoken(CAPITAL, 30)
    conversation = await hold(knowing_little(), heard=heard, plans=plans, lag_slots=4)
    (confirmed,) = conversation.all(Heard)
    assert confirmed.index == max(conversation.said_at()) + 4
    assert conversation.session.owed == ()


async def test_what_was_said_is_owed_until_playback_has_confirmed_it() -> None:
    plans = [Planned(request="capital", text=PARIS, after_slots=3)]
    heard = spoken(CAPITAL, 8)
    conversation = await hold(knowing_little(), heard=heard, plans=plans, lag_slots=4)
    assert conversation.said.endswith(PARIS)
    assert [result.text for result in conversation.session.owed] == [PARIS]


async def test_the_package_carries_the_conversation_with_its_marks() -> None:
    heard = spoken("hello", 12, CAPITAL, 6, "how high is the tower?", 8)
    conversation = await hold(knowing_little(), heard=heard)
    first, second = conversation.queue.submitted
    assert first.request == CAPITAL
    assert [(line.speaker, line.text, line.unverified) for line in first.transcript] == [
        ("user", "hello", False),
        ("model", "Hi there.", True),
        ("user", CAPITAL, False),
        ("model", "Let me", True),
    ]
    assert first.transcript[2].start_s == pytest.approx(2.6)
    assert first.cutoff_index == 19
    assert second.request == "how high is the tower?"
    assert [other.request for other in second.open_delegations] == [CAPITAL]


async def test_a_session_ends_completely() -> None:
    conversation = await hold(heard="u__")
    assert conversation.queue.closed == ["test"]
    assert conversation.events[-1] == SessionEnded(index=2, reason="the channel closed")


async def test_no_log_message_holds_a_word_of_the_conversation(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="weft")
    await hold(
        knowing_little(),
        heard=spoken(CAPITAL, 20, "never mind", 5),
        plans=[Planned(request="capital", text=PARIS)],
    )
    assert caplog.records
    assert not any("Paris" in str(vars(r)) or "capital" in str(vars(r)) for r in caplog.records)


async def test_two_runs_of_one_script_are_the_same() -> None:
    async def once() -> list[AnyEvent]:
        plans = [Planned(request="capital", text=PARIS, after_slots=3)]
        heard = spoken(CAPITAL, 5, "no i meant Spain", 5, CAPITAL, 20)
        return list((await hold(knowing_little(), heard=heard, plans=plans)).events)

    assert await once() == await once()


async def test_floor_changes_are_told_once() -> None:
    conversation = await hold(heard="uu____")
    floors = [event.floor.value for event in conversation.all(FloorChanged)]
    assert floors == ["user", "pause", "gap"]


class _Endless(ScriptedChannel):
    """A channel in real time that nobody closes."""

    async def micro_turns(self) -> AsyncIterator[MicroTurnInput]:
        for index in range(10_000):
            await anyio.sleep(0.01)
            yield MicroTurnInput(index=index)


class _Failing(ScriptedModel):
    """A model that breaks in slot 2."""

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        if heard.index == 2:
            raise RuntimeError("broken")
        return super().step(heard, row)


def _session(model: ScriptedModel, channel: ScriptedChannel, clock: VirtualClock) -> Session:
    return Session(
        channel=channel,
        model=model,
        queue=FakeQueue(clock),
        meaning=FakeMeaning(),
        clock=clock,
        session_id="test",
    )


async def test_a_cancelled_session_closes_its_readers_and_its_delegations() -> None:
    clock, wall = VirtualClock(), WallClock()
    queue = FakeQueue(clock)
    session = Session(
        channel=_Endless(clock, []),
        model=ScriptedModel(),
        queue=queue,
        meaning=FakeMeaning(),
        clock=wall,
        session_id="test",
    )
    with anyio.move_on_after(0.2):
        await session.run()
    events = [event async for event in session.events()]
    assert isinstance(events[-1], SessionEnded)
    assert events[-1].reason == "cancelled"
    assert queue.closed == ["test"]


async def test_a_broken_model_ends_the_session_with_its_name() -> None:
    clock = VirtualClock()
    session = _session(_Failing(), ScriptedChannel(clock, [""] * 5), clock)
    with pytest.raises(ExceptionGroup):
        await session.run()
    events = [event async for event in session.events()]
    assert events[-1] == SessionEnded(index=2, reason="error: RuntimeError")
