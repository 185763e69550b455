"""Scenes: what is drawn, asked and said belongs together; the held-out is never trained."""

import random
from itertools import pairwise

import numpy as np
import pytest

from weft.errors import InputError
from weft.interaction_model.config import ModelConfig, PatchConfig
from weft.interaction_model.tokenizer import FIRST_TEXT_ID, Special, WordTokenizer
from weft.interaction_model.training import figures, filming, pictures
from weft.interaction_model.training.hearing import HeardWord
from weft.interaction_model.training.language import sights
from weft.interaction_model.training.language.english import number_words
from weft.interaction_model.training.language.utterance import Split, is_held_out
from weft.interaction_model.training.scenes import (
    KINDS,
    LEAST_SLOTS,
    Kind,
    Manner,
    Scene,
    make_scene,
)
from weft.interaction_model.types import SLOT_S, Floor

_CONFIG = ModelConfig()


@pytest.fixture(scope="module")
def tokenizer() -> WordTokenizer:
    numbers = [number_words(n) for n in range(20)]
    texts = [*numbers, *filming.SIGNS, *filming.COMBINATIONS, "start stop Okay, I will count."]
    return WordTokenizer.train(texts, 500)


def _scene(
    tokenizer: WordTokenizer,
    seed: object,
    kind: Kind,
    *,
    split: Split = "train",
    slots: int = 100,
    asked: bool | None = True,
    small: bool = True,
) -> Scene:
    patches = PatchConfig(rows=1, columns=2) if small else PatchConfig()
    return make_scene(
        random.Random(f"{seed}"),
        tokenizer,
        _CONFIG,
        split,
        slots,
        patches=patches,
        kind=kind,
        asked=asked,
    )


_SIZE = (PatchConfig().width, PatchConfig().height)


def _text(scene: Scene) -> str:
    return " ".join("".join(scene.said).split())


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_scene(tokenizer: WordTokenizer, kind: Kind) -> None:
    one, other = (_scene(tokenizer, 7, kind, small=False) for _ in range(2))
    assert (one.frames == other.frames).all()
    assert one.slots == other.slots
    assert one.truth == other.truth
    another = _scene(tokenizer, 8, kind, small=False)
    assert (one.frames != another.frames).any()


@pytest.mark.parametrize("kind", KINDS)
def test_every_slot_has_a_frame_and_fits_the_layout(tokenizer: WordTokenizer, kind: Kind) -> None:
    for seed in range(10):
        scene = _scene(tokenizer, seed, kind, slots=80, asked=None)
        assert scene.frames.shape == (80, 40, 80, 3)
        assert len(scene.slots) == len(scene.said) == 80
        for slot in scene.slots:
            assert 1 <= len(slot.heard) <= _CONFIG.heard_text
            assert len(slot.said) <= _CONFIG.said_text


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_heard_is_the_request_and_it_is_answered_at_once(
    tokenizer: WordTokenizer, kind: Kind
) -> None:
    for seed in range(20):
        scene = _scene(tokenizer, seed, kind)
        ids = [h.token for slot in scene.slots for h in slot.heard if h.token >= FIRST_TEXT_ID]
        assert tokenizer.text_of(ids).split() == [word.word for word in scene.words]
        first = next(n for n, slot in enumerate(scene.slots) if slot.said)
        acted = [
            n for n, slot in enumerate(scene.slots) if slot.heard[0].token != int(Special.NOTHING)
        ]
        assert first == max(acted) + Manner().reply_after_slots
        assert max(acted) >= scene.asked_slot, "long words are heard over several slots"
        assert _text(scene).startswith(sights.lead(kind))
        assert scene.slots[first].floor is Floor.MODEL
        assert scene.slots[acted[0]].floor is Floor.USER
        assert scene.slots[-1].floor in (Floor.GAP, Floor.MODEL)


@pytest.mark.parametrize("kind", KINDS)
def test_who_was_asked_nothing_says_nothing(tokenizer: WordTokenizer, kind: Kind) -> None:
    scene = _scene(tokenizer, 1, kind, asked=False)
    assert not scene.words
    assert scene.asked_slot == -1
    assert set(scene.said) == {""}
    assert {slot.floor for slot in scene.slots} == {Floor.GAP}


@pytest.mark.parametrize("slots", [LEAST_SLOTS, 100, 150])
def test_a_number_follows_each_repetition_within_two_slots(
    tokenizer: WordTokenizer, slots: int
) -> None:
    for seed in range(40):
        scene = _scene(tokenizer, seed, "count", slots=slots)
        assert isinstance(scene.truth, filming.Repetitions)
        ends = scene.truth.ends_s
        assert 2 <= len(ends) <= filming.MOST_REPETITIONS
        numbers = " ".join(number_words(n) for n in range(1, len(ends) + 1))
        assert _text(scene) == f"{sights.COUNT_LEAD} {numbers}"
        last_words = [n for n, text in enumerate(scene.said) if text][-len(ends) :]
        if all(len(tokenizer.word(w)) <= _CONFIG.said_text for w in numbers.split()):
            for said_at, end_s in zip(last_words, ends, strict=True):
                assert 0.2 <= (said_at + 1) * SLOT_S - end_s <= 0.4 + 1e-9


@pytest.mark.parametrize("slots", [LEAST_SLOTS, 120])
def test_start_and_stop_are_said_around_the_action(tokenizer: WordTokenizer, slots: int) -> None:
    for seed in range(40):
        scene = _scene(tokenizer, seed, "action", slots=slots)
        truth = scene.truth
        assert isinstance(truth, filming.Stretch)
        assert _text(scene) == f"{sights.WATCH_LEAD} start stop"
        words = [n for n, text in enumerate(scene.said) if text.strip() in ("start", "stop")]
        if len(words) == 2:  # else a small vocabulary has spread a word over two slots
            began, ended = ((n + 1) * SLOT_S for n in words)
            assert 0.2 <= began - truth.start_s <= 0.4 + 1e-9
            assert 0.4 <= ended - truth.end_s <= 0.6 + 1e-9


@pytest.mark.parametrize("kind", ["appear", "read"])
def test_what_can_be_seen_is_named_once_it_can(tokenizer: WordTokenizer, kind: Kind) -> None:
    for seed in range(30):
        scene = _scene(tokenizer, seed, kind, slots=LEAST_SLOTS)
        truth = scene.truth
        assert isinstance(truth, filming.Sighting)
        answer = _text(scene).removeprefix(sights.lead(kind)).strip()
        assert answer.rstrip(".").split()[-len(truth.keywords) :] == list(truth.keywords)
        after_lead = [n for n, slot in enumerate(scene.slots) if slot.said]
        begun = next(n for n in after_lead if n * SLOT_S >= truth.from_s - 0.2)
        assert 0 <= (begun + 1) * SLOT_S - truth.from_s <= 1.2
        assert (begun + 1) * SLOT_S < truth.until_s


def test_something_can_be_seen_to_happen_when_it_does(tokenizer: WordTokenizer) -> None:
    """The frames move while the figure acts, and are still (but for noise) before."""
    for seed in range(12):
        scene = _scene(tokenizer, seed, "action", slots=120, small=False)
        assert isinstance(scene.truth, filming.Stretch)
        change = np.abs(np.diff(scene.frames.astype(np.int16), axis=0)).max(axis=3)
        moved = (change > 60).sum(axis=(1, 2))
        first, last = (filming.seen_slot(s) for s in (scene.truth.start_s, scene.truth.end_s))
        still = moved[last + 2 :]
        assert np.median(moved[first + 1 : last - 1]) > 3 * np.median(still)
        assert np.median(moved[first + 1 : last - 1]) > 20


def test_the_thing_is_not_there_before_its_moment(tokenizer: WordTokenizer) -> None:
    shown = 0
    for seed in range(20):
        scene = _scene(tokenizer, seed, "appear", split="held_out", small=False)
        truth = scene.truth
        assert isinstance(truth, filming.Sighting)
        colour = np.array(pictures.COLOURS[truth.keywords[0]])
        first = filming.seen_slot(truth.from_s)
        near = np.abs(scene.frames.astype(int) - colour).max(axis=3) < 45
        count = near.sum(axis=(1, 2))
        shown += int(np.median(count[first + 5 :]) > np.median(count[:first]) + 40)
    assert shown >= 16, "where light and noise leave the colour what it was, it is seen to come"


def test_the_splits_share_neither_phrasings_nor_combinations_nor_backdrops() -> None:
    rng = random.Random(0)
    for _ in range(300):
        assert is_held_out(filming.choose_topic(rng, "appear", "held_out").name)
        trained = filming.choose_topic(rng, "appear", "train").name
        assert trained in pictures.THINGS or not is_held_out(trained)
    for table in (
        sights.COUNT_ASKED,
        sights.ACTION_ASKED,
        sights.APPEAR_ASKED,
        sights.READ_ASKED,
    ):
        held_out = [template for template in table if is_held_out(template)]
        assert len(held_out) >= 2
        assert len(table) - len(held_out) >= 15
    assert 3 <= sum(map(is_held_out, pictures.BACKDROPS)) <= 12
    assert sum(map(is_held_out, filming.COMBINATIONS)) >= 8


def test_training_never_asks_with_a_held_out_phrasing() -> None:
    rng = random.Random(1)
    held_out = {sights.read_request(rng, "held_out") for _ in range(200)}
    trained = {sights.read_request(rng, "train") for _ in range(2000)}
    assert held_out
    assert not held_out & trained


def test_requests_are_sentences_with_what_they_ask_for() -> None:
    rng = random.Random(2)
    splits: tuple[Split, ...] = ("train", "held_out")
    for split in splits:
        for _ in range(300):
            action = rng.choice(tuple(figures.DOINGS))
            text = sights.action_request(rng, action, split)
            assert "start" in text.lower()
            assert "stop" in text.lower()
            asked = sights.appear_request(rng, "orange arrow", split)
            assert "{" not in asked
            assert "(" not in asked
            assert " a orange" not in asked.lower()
            assert "arrow" in asked or split == "train", "training has misheard words"


def test_what_a_training_scene_shows_beside_is_of_the_training_split() -> None:
    assert not any(is_held_out(what) for what in filming._shown("train"))
    assert len(filming._shown("held_out")) == len(filming.COMBINATIONS)


def test_a_thing_in_a_colour_without_a_name_is_called_what_it_is(tokenizer: WordTokenizer) -> None:
    topic = filming.Topic("appear", "fish", "fish")
    rng = random.Random(3)
    film = filming.choose_film(rng, topic, 2, 60, "train", _SIZE)
    assert isinstance(film.truth, filming.Sighting)
    assert film.truth.keywords == ("fish",)
    assert [text for _, text in film.due] == ["Now, the fish."]
    named = {part.names for part in film.shows(film.truth.until_s).parts}
    assert ("fish",) in named
    assert all(names == ("fish",) or names[-1] != "fish" for names in named), "there is one fish"


def test_evaluation_has_no_colour_without_a_name() -> None:
    rng = random.Random(4)
    splits: tuple[tuple[Split, bool], ...] = (("train", True), ("held_out", False))
    for split, nameless in splits:
        topics = [filming.choose_topic(rng, "appear", split).name for _ in range(200)]
        films = [
            filming.choose_film(
                rng, filming.choose_topic(rng, "appear", split), 2, 60, split, _SIZE
            )
            for _ in range(40)
        ]
        shown = [part.names for film in films for part in film.shows(12.0).parts]
        assert any(len(name.split()) == 1 for name in topics) == nameless
        assert any(len(names) == 1 for names in shown) == nameless


def test_a_request_may_be_laid_by_a_voice(tokenizer: WordTokenizer) -> None:
    def laid(rng: random.Random, text: str, first_slot: int) -> list[HeardWord]:
        return [HeardWord(w, first_slot + 2 * n, 1) for n, w in enumerate(text.split())]

    scene = make_scene(
        random.Random(3),
        tokenizer,
        _CONFIG,
        "train",
        120,
        patches=PatchConfig(rows=1, columns=1),
        kind="read",
        asked=True,
        manner=Manner(laid=laid),
    )
    assert [w.slot - scene.words[0].slot for w in scene.words] == [
        2 * n for n in range(len(scene.request.split()))
    ]


def test_a_request_that_leaves_no_room_is_refused(tokenizer: WordTokenizer) -> None:
    with pytest.raises(InputError, match="60"):
        _scene(tokenizer, 0, "count", slots=LEAST_SLOTS - 1)

    def slow(rng: random.Random, text: str, first_slot: int) -> list[HeardWord]:
        return [HeardWord(w, first_slot + 20 * n, 1) for n, w in enumerate(text.split())]

    with pytest.raises(InputError, match="room"):
        make_scene(
            random.Random(0),
            tokenizer,
            _CONFIG,
            "train",
            LEAST_SLOTS,
            kind="count",
            asked=True,
            manner=Manner(laid=slow),
        )


def test_what_a_voice_needs_time_for_is_said_with_gaps(tokenizer: WordTokenizer) -> None:
    def rows(text: str) -> list[tuple[int, ...]]:
        return [row for word in text.split() for row in (tokenizer.word(word)[:4], ())]

    manner = Manner(rows=rows, heard_tokens=1, reply_after_slots=4)
    scene = make_scene(
        random.Random(5),
        tokenizer,
        _CONFIG,
        "train",
        150,
        patches=PatchConfig(rows=1, columns=1),
        kind="count",
        asked=True,
        manner=manner,
    )
    assert all(len(slot.heard) == 1 for slot in scene.slots)
    acted = [n for n, slot in enumerate(scene.slots) if slot.heard[0].token != Special.NOTHING]
    lead = len(sights.COUNT_LEAD.split())
    first = max(acted) + 4
    said = [n for n, slot in enumerate(scene.slots) if slot.said][:lead]
    assert said == [first + 2 * n for n in range(lead)]
    assert isinstance(scene.truth, filming.Repetitions)
    assert scene.truth.ends_s[0] > (first + 2 * lead) * SLOT_S


def _begun(numbers: list[int], wanted: range) -> int:
    """How often a number of a repetition comes that is lower than the one before it, or first."""
    inside = [n for n in numbers if n in wanted]
    return sum(1 for before, n in pairwise([wanted.stop, *inside]) if n < before)


@pytest.mark.parametrize("seed", range(4))
def test_what_a_frame_shows_is_told_by_number(tokenizer: WordTokenizer, seed: int) -> None:
    """The quarters of each repetition, what goes on, things once they are there, a sign."""
    counted = _scene(tokenizer, seed, "count")
    assert isinstance(counted.truth, filming.Repetitions)
    numbers = [shown.movement for shown in counted.shown]
    last = numbers[filming.seen_slot(counted.truth.ends_s[-1]) - 1]
    first = 1 + 4 * ((last - 1) // 4)
    assert last - first >= 2, "in the last quarters just before it is over"
    assert _begun(numbers, range(first, first + 4)) == len(counted.truth.ends_s)

    acted = _scene(tokenizer, seed, "action")
    assert isinstance(acted.truth, filming.Stretch)
    for index, shown in enumerate(acted.shown):
        if acted.truth.start_s < filming.seen_s(index) < acted.truth.end_s:
            assert 1 + 4 * len(figures.REPETITIONS) <= shown.movement < filming.MOVEMENTS
    assert acted.shown[-1].movement == 0

    appeared = _scene(tokenizer, seed, "appear")
    assert isinstance(appeared.truth, filming.Sighting)
    what = appeared.truth.keywords
    named = [[part.names for part in shown.parts] for shown in appeared.shown]
    since = next(n for n, names in enumerate(named) if what in names)
    assert filming.seen_s(since) > appeared.truth.from_s
    assert all(what in names for names in named[since:])

    read = _scene(tokenizer, seed, "read")
    assert isinstance(read.truth, filming.Sighting)
    signs = [shown.sign for shown in read.shown]
    clear = filming.seen_slot(read.truth.from_s)
    assert not any(signs[:clear])
    assert all(signs[clear:])
    text = filming.SIGNS[signs[-1] - 1].split()
    assert tuple(number_words(int(w)) if w.isdigit() else w for w in text) == read.truth.keywords
