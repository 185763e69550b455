"""Streaming, whole sequences, batches and snapshots are one and the same model."""

import math
import random

import pytest
import torch

from weft.interaction_model.checkpoint import Weights
from weft.interaction_model.config import ModelConfig
from weft.interaction_model.model import InteractionModule
from weft.interaction_model.model_stream import ModelStream, RowVector, StreamBatch, followed
from weft.interaction_model.sampling import Sampler
from weft.interaction_model.tokenizer import FIRST_TEXT_ID, HeardToken, Special, WordTokenizer
from weft.interaction_model.training.batches import make_batch
from weft.interaction_model.training.loss import forward
from weft.interaction_model.training.slots import (
    Conversation,
    PackedReference,
    RowGiven,
    Slot,
)
from weft.interaction_model.types import (
    Floor,
    LivedSlot,
    MicroTurnInput,
    MicroTurnOutput,
    Row,
)
from weft.interaction_model.word_vectors import WordVectors

TEXTS = [
    "what is the weather in Lima?",
    "hello there",
    "a question about 42 pears",
    "Zürich, please",
]
LONG_WORD = "please,hello,lima,question"
CONFIG = ModelConfig(
    vocabulary_size=400, width=32, layers=2, heads=4, key_value_heads=2, window_slots=6, sinks=2
)
ENTRIES = [
    "what",
    "the",
    "weather",
    "lima",
    "hello",
    "question",
    "zur",
    "##ich",
    "please",
    "4",
    "##2",
]
"""Words with a vector; others ("pears") have none."""
AGREEMENT = 1e-5


@pytest.fixture(scope="module")
def tokenizer() -> WordTokenizer:
    return WordTokenizer.train(TEXTS, 400)


@pytest.fixture(scope="module", params=[0, 6], ids=["spelled", "with_vectors"])
def weights(request: pytest.FixtureRequest, tokenizer: WordTokenizer) -> Weights:
    torch.manual_seed(7)
    changes = {"vocabulary_size": tokenizer.vocabulary_size, "word_dims": request.param}
    fresh = InteractionModule(CONFIG.model_copy(update=changes)).eval()
    with torch.no_grad():  # a toy that speaks: no weight may be idle in the comparison
        fresh.unembedding.weight.normal_(std=0.6)
        for name, parameter in fresh.named_parameters():
            if name.endswith("sink_values"):
                parameter.normal_()
    words = None
    if request.param:
        words = WordVectors.quantised(ENTRIES, torch.randn(len(ENTRIES), request.param))
    return Weights(fresh, tokenizer, words)


def open_streams(
    weights: Weights, *, batch: int = 1, sampler: Sampler | None = None
) -> StreamBatch:
    return StreamBatch(weights.module, weights.tokenizer, batch, sampler, weights.words)


def script(rng: random.Random, slots: int) -> list[MicroTurnInput]:
    """Words, pasted texts that wait for room, activity and silence at random."""
    heard = []
    for index in range(slots):
        kind = rng.random()
        text = rng.choice(rng.choice(TEXTS).split()) if kind < 0.4 else ""
        if kind < 0.05:
            text = rng.choice([*TEXTS, LONG_WORD])
        heard.append(MicroTurnInput(index=index, text=text, user_active=0.4 <= kind < 0.6))
    return heard


def live(
    stream: ModelStream, heard: list[MicroTurnInput], rows: list[Row | None]
) -> list[MicroTurnOutput]:
    return [stream.step(h, row) for h, row in zip(heard, rows, strict=True)]


def rows_for(stream: ModelStream, rng: random.Random, slots: int) -> list[Row | None]:
    given = [*stream.encode("Lima has 42 pears and Zürich none").rows, *stream.absent().rows]
    return [rng.choice(given) if rng.random() < 0.4 else None for _ in range(slots)]


def heard_tokens(
    tokenizer: WordTokenizer, heard: list[MicroTurnInput]
) -> list[tuple[HeardToken, ...]]:
    """What reaches the model in each slot, the slow way: so many tokens a slot, the rest later."""
    backlog: list[HeardToken] = []
    taken = []
    for h in heard:
        for word in h.text.split():
            *begun, last = tokenizer.word(word)
            backlog += [*map(HeardToken, begun), HeardToken(last, word)]
        now, backlog = backlog[: CONFIG.heard_text], backlog[CONFIG.heard_text :]
        taken.append(tuple(now) or (HeardToken(4 if h.user_active else 5),))
    return taken


def test_words_beyond_the_room_of_a_slot_wait_and_are_counted(weights: Weights) -> None:
    stream = ModelStream(open_streams(weights))
    pasted = " ".join(TEXTS)
    tokens = sum(len(word) for word in weights.tokenizer.words(pasted))
    heard = [MicroTurnInput(index=0, text=pasted)]
    heard += [MicroTurnInput(index=index) for index in range(1, tokens)]
    behind = [stream.step(h, None).behind_slots for h in heard]
    slots = math.ceil(tokens / CONFIG.heard_text)
    assert slots > 2
    assert behind == [max(0, slots - 1 - index) for index in range(tokens)]


def test_a_word_that_is_divided_over_slots_brings_its_vector_with_its_end(
    weights: Weights,
) -> None:
    tokens = list(weights.tokenizer.heard(LONG_WORD))
    assert len(tokens) > CONFIG.heard_text
    assert [heard.word for heard in tokens] == [""] * (len(tokens) - 1) + [LONG_WORD]
    if weights.words is None:
        return
    slots = math.ceil(len(tokens) / CONFIG.heard_text)
    heard = [MicroTurnInput(index=0, text=LONG_WORD)]
    heard += [MicroTurnInput(index=index) for index in range(1, slots)]
    spelled = ModelStream(StreamBatch(weights.module, weights.tokenizer))
    known = ModelStream(open_streams(weights))
    without, with_vectors = (live(stream, heard, [None] * slots) for stream in (spelled, known))
    differs = [a.floor != b.floor for a, b in zip(without, with_vectors, strict=True)]
    assert differs == [False] * (slots - 1) + [True]


def test_a_word_shouted_is_the_word_said(weights: Weights) -> None:
    said, shouted = (
        ModelStream(open_streams(weights)).step(MicroTurnInput(index=0, text=text), None)
        for text in ("weather.", "“weather!!”")
    )
    assert said == shouted


def test_streaming_agrees_with_the_whole_sequence_beyond_the_window(weights: Weights) -> None:
    rng = random.Random(1)
    stream = ModelStream(open_streams(weights, sampler=Sampler(temperature=1.5, seed=3)))
    heard = script(rng, 40)
    reference = stream.encode("Lima has 42 pears and Zürich none")
    given: list[RowGiven | None] = [
        RowGiven(0, rng.randrange(len(reference.rows))) if rng.random() < 0.4 else None
        for _ in heard
    ]
    rows = [None if g is None else reference.rows[g.row] for g in given]
    said = live(stream, heard, rows)
    vectors = [row.vector for row in reference.rows]
    packed = tuple(v.tokens for v in vectors if isinstance(v, RowVector))
    slots = [
        Slot(tokens, out.token_ids, Floor.GAP, g)
        for tokens, out, g in zip(heard_tokens(weights.tokenizer, heard), said, given, strict=True)
    ]
    batch = make_batch(
        [Conversation(slots, [PackedReference(packed, ended=True)])],
        weights.module.config,
        weights.words,
    )
    with torch.inference_mode():
        hidden = forward(weights.module, batch)[0]
        floors = weights.module.heads(hidden).floor_logits.softmax(-1)
    layout = weights.module.config.layout
    last_heard = (batch.positions[0] % layout.positions == layout.heard_text - 1).nonzero()[:, 0]
    assert len(last_heard) == 40 > weights.module.config.window_slots
    assert any(len(out.token_ids) == layout.said_text for out in said)
    for out, column in zip(said, last_heard.tolist(), strict=True):
        streamed = [getattr(out.floor, floor.value) for floor in Floor]
        assert torch.allclose(torch.tensor(streamed), floors[column], atol=AGREEMENT)


def test_a_row_in_a_batch_equals_the_row_alone(weights: Weights) -> None:
    rng = random.Random(2)
    scripts = [script(rng, 25) for _ in range(3)]
    together = open_streams(weights, batch=3)
    alone = [ModelStream(open_streams(weights)) for _ in scripts]
    given = [rows_for(alone[0], rng, 25) for _ in scripts]
    for index in range(25):
        batched = together.step([s[index] for s in scripts], [g[index] for g in given])
        for b, stream in enumerate(alone):
            single = stream.step(scripts[b][index], given[b][index])
            assert single.token_ids == batched[b].token_ids
            assert single.floor.user == pytest.approx(batched[b].floor.user, abs=AGREEMENT)


def test_restoring_a_snapshot_equals_a_straight_run(weights: Weights) -> None:
    rng = random.Random(3)
    stream = ModelStream(open_streams(weights))
    heard, rows = script(rng, 30), rows_for(stream, rng, 30)
    live(stream, heard[:15], rows[:15])
    halfway = stream.snapshot()
    straight = live(stream, heard[15:], rows[15:])
    live(stream, script(rng, 9), [None] * 9)
    stream.restore(halfway)
    assert live(stream, heard[15:], rows[15:]) == straight


def test_a_stream_that_relives_what_another_lived_is_as_that_one(weights: Weights) -> None:
    rng = random.Random(5)
    first, second = (ModelStream(open_streams(weights)) for _ in range(2))
    heard, rows = script(rng, 60), rows_for(first, rng, 60)
    said = live(first, heard[:40], rows[:40])
    # More than it can remember: the beginning is passed over.
    lived = [LivedSlot(*each) for each in zip(heard, rows, said, strict=False)]
    assert len(lived) > 2 * CONFIG.layers * CONFIG.window_slots
    second.relive(lived)
    straight = live(first, heard[40:], rows[40:])
    again = live(second, heard[40:], rows[40:])
    assert [each.token_ids for each in again] == [each.token_ids for each in straight]
    for mine, theirs in zip(again, straight, strict=True):
        assert mine.floor.gap == pytest.approx(theirs.floor.gap, abs=AGREEMENT)


def test_a_foreign_snapshot_is_refused(weights: Weights) -> None:
    with pytest.raises(TypeError, match="not a snapshot"):
        ModelStream(open_streams(weights)).restore("yesterday")


@pytest.mark.parametrize(
    ("row", "said", "taken_up"),
    [
        ((20, 21), (20, 21), True),
        ((20, 21), (20, 30), False),  # "They" was offered, "Then …" is the model's own
        ((20, 21), (20, 30, 31), False),
        ((20, 21), (30, 21, 31), False),  # "Yes," was offered, "No, really?" is its own
        ((20, 21, 22), (20, 21, 30), True),  # a slip
        ((20, 21, 22, 23), (20, 21, 30, 31), False),
        ((20,), (20,), True),
        ((20,), (30,), False),
        ((20,), (20, 30, 31), False),  # "The" was offered, "Then let" is its own
        ((20, 21), (), False),
        ((20, 21), (int(Special.DELEGATE), 20, 21), False),
    ],
)
def test_a_row_is_followed_when_most_of_it_is_said(
    row: tuple[int, ...], said: tuple[int, ...], taken_up: bool
) -> None:
    offered = Row(text="", vector=RowVector(torch.zeros(1), row))
    assert followed(offered, said) is taken_up


def test_the_cache_never_grows(weights: Weights) -> None:
    streams = open_streams(weights)
    before = [t.shape for t in streams.snapshot().cache]
    rng = random.Random(4)
    for heard in script(rng, 60):
        streams.step([heard], [None])
    assert [t.shape for t in streams.snapshot().cache] == before


def test_only_silence_text_and_opening_control_can_be_said(weights: Weights) -> None:
    stream = ModelStream(open_streams(weights, sampler=Sampler(temperature=8.0, seed=1)))
    said = live(stream, script(random.Random(5), 200), [None] * 200)
    assert any(out.control for out in said)
    assert all(token >= FIRST_TEXT_ID for out in said for token in out.token_ids[1:])


def test_greedy_decoding_repeats_itself(weights: Weights) -> None:
    heard = script(random.Random(6), 30)
    runs = [live(ModelStream(open_streams(weights)), heard, [None] * 30) for _ in range(2)]
    assert runs[0] == runs[1]


def test_sampling_repeats_itself_with_its_seed_and_differs_without(weights: Weights) -> None:
    heard = script(random.Random(6), 30)

    def run(seed: int) -> list[MicroTurnOutput]:
        streams = open_streams(weights, sampler=Sampler(temperature=2.0, seed=seed))
        return live(ModelStream(streams), heard, [None] * 30)

    assert run(1) == run(1)
    assert run(1) != run(2)
