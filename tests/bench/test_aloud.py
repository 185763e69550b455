"""The benches in sound, with a voice and ears that make no mistakes, and models that are known."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import anyio
import numpy as np
import pytest

from tests.bench.policies import Babbler, Silent, attentive, hands_everything_over
from tests.fakes.meaning import FakeMeaning
from tests.fakes.sound import ConstantVoice
from tests.fakes.spelled_sound import ReadingEars, SpellingVoice
from tests.fakes.toy_senses import toy_weights
from weft.bench import _aloud, delegation, fidelity, turns, weave
from weft.bench._aloud import Aloud, AudibleWord, is_audible, said_aloud, sound_at, sounding
from weft.bench._beside_text import Rate, beside_text
from weft.bench._report import Asked, Report, aside, show
from weft.bench._users import LEAD_IN_SLOTS, Medium, last_index
from weft.bench.weave import RATES
from weft.clock import VirtualClock
from weft.errors import InputError, WeightsError
from weft.interaction_model.espeak import EspeakVoice
from weft.interaction_model.sensing_stream import SensingBatch, SensingStream
from weft.interaction_model.types import (
    SLOT_S,
    SLOT_SAMPLES,
    InteractionModel,
    MicroTurnInput,
    MicroTurnOutput,
    ReferenceRows,
    Row,
)
from weft.orchestrator.audit import audit
from weft.orchestrator.events import AnyEvent, Delegated, ModelSpoke, ResultReady, SpeechCut

REFERENCES = ["The bridge in Pisa is 1,248 metres long.", "She brings twelve crates of oranges."]


@pytest.fixture(autouse=True)
def _spelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_aloud, "sample_voice", lambda rng, split: SpellingVoice())


def aloud(ears: ReadingEars | None = None) -> Aloud:
    return Aloud(ears or ReadingEars(), ConstantVoice)


# --- what is said -------------------------------------------------------------------------------


def test_the_sound_of_slots_is_the_sound_of_the_utterance() -> None:
    voice = EspeakVoice("en-us+f4", 167, 43)
    words = said_aloud(voice, "What is 15% of eighty?", 0.73)
    assert [word.word for word in words] == ["what", "is", "fifteen", "percent", "of", "eighty"]
    spoken = voice.speak("What is fifteen percent of eighty?")
    slots = np.concatenate([sound_at(words, index) for index in range(40)])
    first = round(0.73 * 16_000)
    assert np.array_equal(slots[first : first + len(spoken.samples)], spoken.samples)
    assert not slots[:first].any()
    ends_s = [0.73 + word.end_s for word in spoken.words]
    assert [word.slot for word in words] == [int((end - 1e-6) / SLOT_S) for end in ends_s]
    assert all(sound_at(words, word.slot).any() for word in words)
    assert words[0].slot - words[0].active_slots == 3


def test_what_cannot_be_said_is_refused() -> None:
    with pytest.raises(InputError, match="can be said aloud"):
        said_aloud(EspeakVoice(), "…", 0.0)


def test_a_click_is_not_audible_and_a_syllable_is() -> None:
    silence = np.zeros(SLOT_SAMPLES, np.float32)
    click, syllable = silence.copy(), silence.copy()
    click[:80], syllable[500:1500] = 0.5, 0.01
    assert not is_audible(silence)
    assert not is_audible(click)
    assert is_audible(syllable)


def test_a_pause_lies_between_the_two_parts_of_an_utterance() -> None:
    for number in range(10):
        before, after = turns._with_pause(random.Random(number), aloud())
        silent = range(last_index(before) + 1, after[0].slot - after[0].active_slots)
        assert len(silent) >= 2
        assert not any(sound_at([*before, *after], index).any() for index in list(silent)[1:])


def test_the_same_is_said_as_is_written() -> None:
    written = delegation.held_out_cases(random.Random(5), 30)
    spoken = delegation.held_out_cases(random.Random(5), 30, aloud())
    assert [(case.kind, case.delegate) for case in written] == [
        (case.kind, case.delegate) for case in spoken
    ]
    assert all(
        text.text.casefold().split()[0].strip(",.") == said.text.casefold().split()[0].strip(",.")
        for text, said in zip(written, spoken, strict=True)
    )


# --- the benches --------------------------------------------------------------------------------


def test_an_oracle_with_good_ears_makes_no_mistake_aloud() -> None:
    found = fidelity.measure(hands_everything_over(), REFERENCES, seed=1, medium=aloud())
    assert found.word_error_rate == 0
    assert found.forced == 0


def test_what_is_said_at_a_time_is_said_when_it_is_heard() -> None:
    medium = aloud()
    words = medium.lay_out(random.Random(0), "Now.", LEAD_IN_SLOTS)
    clock = VirtualClock()
    listener = medium.listen(words, clock, over=lambda: False, listen_slots=10)

    async def say(at: Sequence[int]) -> None:
        async for heard in listener.micro_turns():
            text = " hello" if heard.index in at else ""
            await listener.send(replace(Silent().step(heard, None), text=text))

    anyio.run(say, (4, 9))
    assert medium.audible_from(listener, []) == []
    assert medium.audible_from(listener, [3, 6]) == [4, 9]
    assert medium.audible_from(listener, [9, 11]) == [9], "the last was never heard"


def test_a_model_without_ears_has_to_be_made_to_hand_over() -> None:
    deaf = aloud(ReadingEars(deaf=True))
    found = fidelity.measure(hands_everything_over(), REFERENCES, seed=1, medium=deaf)
    assert found.forced == len(REFERENCES)
    cases = [delegation.Case(text="Why is the sky blue?", delegate=True)]
    heard = delegation.measure(
        hands_everything_over(), FakeMeaning(), cases, seed=0, medium=aloud()
    )
    unheard = delegation.measure(
        hands_everything_over(), FakeMeaning(), cases, seed=0, medium=aloud(ReadingEars(deaf=True))
    )
    assert heard.by_token.recall == 1
    assert unheard.by_token.recall == 0


class _NeverStops(Silent):
    """Says every row it is offered, and never yields."""

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        said = super().step(heard, row)
        if row is None:
            return said
        floor = Babbler().step(heard, row).floor
        return MicroTurnOutput(
            index=said.index, text=row.text, floor=floor, reference_followed=True
        )

    def encode(self, text: str) -> ReferenceRows:
        return attentive().encode(text)


def test_who_yields_is_silent_and_who_does_not_is_heard() -> None:
    rngs: Callable[[], list[random.Random]] = lambda: [random.Random(n) for n in range(3)]  # noqa: E731
    model = hands_everything_over()
    yielding = [turns.stop_slots(model, rng, aloud()) for rng in rngs()]
    assert all(stop is not None and stop[0] <= 2 for stop in yielding), yielding
    going_on = [turns.stop_slots(_NeverStops(), rng, aloud()) for rng in rngs()]
    assert all(stop is not None and min(stop) > 2 for stop in going_on), going_on
    assert all(turns.goes_on(_NeverStops(), rng, aloud()) for rng in rngs()[:1])


def test_the_reply_is_counted_from_the_end_of_the_sound() -> None:
    delay = turns.reply_delay_slots(hands_everything_over(), random.Random(3), aloud())
    assert delay is not None
    assert 2 <= delay <= 3
    assert not turns.takes_over(hands_everything_over(), random.Random(3), aloud())
    assert turns.takes_over(Babbler(), random.Random(3), aloud())


def test_an_oracle_loses_nothing_in_sound() -> None:
    found = weave.measure(hands_everything_over(), FakeMeaning(), seed=2, size=3, medium=aloud())
    counts = {name: found.total(name) for name in ("lost", "said_twice", "stale_said", "invented")}
    assert counts == dict.fromkeys(counts, 0)
    assert found.total("results") > 1


def test_a_stream_that_hears_is_measured_alike_each_time() -> None:
    """A case leaves nothing behind, in the stream or in the voice."""
    weights = toy_weights(2)
    stream = SensingStream(SensingBatch(weights.module, weights.tokenizer, words=weights.words))
    medium = Aloud(stream, ConstantVoice)
    cases = delegation.held_out_cases(random.Random(1), 2, medium)

    def measured() -> tuple[object, object]:
        return (
            delegation.measure(stream, FakeMeaning(), cases, seed=1, medium=medium),
            fidelity.measure(stream, REFERENCES[1:], seed=1, medium=medium),
        )

    assert measured() == measured()


# --- talked over, in sound ----------------------------------------------------------------------


def _said(index: int, text: str) -> ModelSpoke:
    return ModelSpoke(index=index, text=text, delegation_id="d")


EVENTS = (
    Delegated(index=0, delegation_id="d", revision=0, request="how long?", by="token"),
    ResultReady(index=3, delegation_id="d", result_id="r", kind="result", text="It is very long."),
    _said(4, "It is"),
    _said(5, " very long."),
)


def test_words_are_moved_to_where_they_sound() -> None:
    sounded = [(5, 5, "It"), (5, 6, "is"), (7, 9, "very"), (9, 9, "long.")]
    moved = sounding(EVENTS, sounded)
    assert [(event.index, event.text) for event in moved] == [
        (5, " It"), (5, " i"), (6, "s"), (7, " ve"), (8, "r"), (9, "y"), (9, " long."),
    ]  # fmt: skip
    assert {event.delegation_id for event in moved} == {"d"}


def test_what_did_not_sound_was_not_said() -> None:
    cut = SpeechCut(index=6, said_index=5, character=5, unsounded="long.")
    moved = sounding([*EVENTS, cut], [(5, 5, "It"), (5, 6, "is"), (7, 7, "very")])
    assert "".join(event.text for event in moved) == " It is very"
    assert sounding(EVENTS, []) == []


def test_the_user_is_talked_over_by_sound_and_not_by_text() -> None:
    """Who speaks in slot 7 was not spoken over by text of slot 5, but by its sound in slot 7."""
    user = [MicroTurnInput(index=n, text="stop it" if n == 7 else "") for n in range(12)]
    assert audit(EVENTS, heard=user).talked_over_user == 0
    late: list[AnyEvent] = [event for event in EVENTS if not isinstance(event, ModelSpoke)]
    late += sounding(EVENTS, [(7, 7, "It"), (7, 8, "is"), (9, 9, "very"), (10, 10, "long.")])
    assert audit(late, heard=user).talked_over_user == 1


# --- the report ---------------------------------------------------------------------------------


def test_points_are_counted_towards_the_worse() -> None:
    text = {"f1": 0.95, "rate": 0.01, "lost": 1, "results": 100}
    spoken = {"f1": 0.9, "rate": 0.03, "lost": 4, "results": 50}
    assert Rate("f1").points_worse(spoken, text) == pytest.approx(5)
    assert Rate("rate", better="low").points_worse(spoken, text) == pytest.approx(2)
    assert Rate("lost", better="low", of="results").points_worse(spoken, text) == pytest.approx(7)
    assert Rate("f1").points_worse(text, spoken) == pytest.approx(-5)


def test_a_deaf_model_does_not_weave_as_well_as_one_that_hears() -> None:
    faults = dict.fromkeys(("lost", "said_twice", "talked_over_user", "stale_said", "invented"), 0)
    text = {"conversations": 20, "results": 20, **faults}
    deaf = {"conversations": 20, "results": 0, **faults}
    assert max(rate.points_worse(deaf, text) for rate in RATES) == pytest.approx(100)
    assert max(rate.points_worse(text, text) for rate in RATES) == pytest.approx(0)


@pytest.fixture
def _opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_aloud, "open_aloud", lambda weights: (hands_everything_over(), aloud()))


@pytest.mark.usefixtures("_opened")
@pytest.mark.parametrize("as_json", [True, False])
def test_sound_is_shown_beside_text(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[Asked] = []

    def measure(one: Asked, model: InteractionModel, medium: Medium) -> Report:
        asked.append(one)
        share = 0.9 if isinstance(medium, Aloud) else 0.94
        numbers = {"f1": share, "slots": 2}
        return Report(title="T", numbers=numbers, lines=[aside("own", share)], setting=["weights"])

    both = Asked(seed=3, spoken=True, weights=Path("here"))
    report = beside_text(both, measure, lambda weights: hands_everything_over(), [Rate("f1")])
    assert [(one.spoken, one.weights) for one in asked] == [(True, Path("here")), (False, None)]
    show(report, as_json=as_json)
    printed = capsys.readouterr().out
    if as_json:
        assert json.loads(printed) == {
            "f1": 0.9,
            "slots": 2,
            "text": {"f1": 0.94, "slots": 2},
            "points_worse": {"f1": 4.0},
            "points_worse_most": 4.0,
        }
    else:
        assert "+4.00" in printed
        assert "missed" in printed


def test_weights_that_are_not_there_are_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="weft train"):
        _aloud.open_aloud(tmp_path / "nothing")


def test_words_sound_only_where_they_are() -> None:
    word = AudibleWord("hm", 4, 0, LEAD_IN_SLOTS * SLOT_SAMPLES + 100, np.ones(50, np.float32))
    assert sound_at([word], LEAD_IN_SLOTS)[100:150].all()
    assert sound_at([word], LEAD_IN_SLOTS).sum() == 50
    assert not sound_at([word], LEAD_IN_SLOTS + 1).any()
