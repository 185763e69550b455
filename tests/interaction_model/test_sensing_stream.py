"""A model with senses: a live stream and the whole sequence are one and the same model."""

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from weft.errors import InputError, WeightsError
from weft.interaction_model.checkpoint import Weights, load_weights, save_weights
from weft.interaction_model.config import ModelConfig, PatchConfig, SensesConfig
from weft.interaction_model.dmel import log_mel
from weft.interaction_model.flow import FlowConfig, FlowHead
from weft.interaction_model.model import InteractionModule
from weft.interaction_model.model_stream import RowVector, load_stream
from weft.interaction_model.native_voice import Piece
from weft.interaction_model.patches import Sight
from weft.interaction_model.sensing_stream import (
    SensingBatch,
    SensingStream,
    SpeakingStream,
    load_sensing_stream,
)
from weft.interaction_model.tokenizer import FIRST_TEXT_ID, HeardToken, WordTokenizer
from weft.interaction_model.training.batches import make_batch
from weft.interaction_model.training.loss import forward
from weft.interaction_model.training.slots import (
    Conversation,
    PackedReference,
    RowGiven,
    Slot,
    Sound,
)
from weft.interaction_model.training.transcribing import in_slots
from weft.interaction_model.types import (
    SLOT_SAMPLES,
    Floor,
    MicroTurnInput,
    MicroTurnOutput,
    Row,
    Senses,
)
from weft.interaction_model.weights_folder import SHIPPED, SHIPPED_SENSES, has_senses, verified
from weft.interaction_model.word_vectors import WordVectors

TEXTS = ["what is the weather in lima", "hello there", "a question about pears", "count the jumps"]
SENSES = SensesConfig(
    layers=1, ear_width=24, patches=PatchConfig(rows=1, columns=2, widths=(8, 8, 8))
)
CONFIG = ModelConfig(
    width=32, layers=2, heads=4, key_value_heads=2, window_slots=6, sinks=2, heard_text=1,
    word_dims=6, senses=SENSES, sinks_reach_slots=5,
)  # fmt: skip
AGREEMENT = 1e-4
SLOTS = 20


@pytest.fixture(scope="module")
def weights() -> Weights:
    torch.manual_seed(3)
    tokenizer = WordTokenizer.train(TEXTS, 330)
    config = CONFIG.model_copy(update={"vocabulary_size": tokenizer.vocabulary_size})
    module = InteractionModule(config).eval()
    with torch.no_grad():  # a toy that writes and speaks
        module.unembedding.weight.normal_(std=0.6)
        module.transcript.weight.normal_(std=0.6)
        module.ear.into.weight.normal_(std=0.5)
        module.ear.out.weight.normal_(std=0.5)
        for name, parameter in module.named_parameters():
            if name.endswith("sink_values"):
                parameter.normal_()
    entries = ["what", "the", "weather", "lima", "hello", "##a", "##e", "p"]
    return Weights(module, tokenizer, WordVectors.quantised(entries, torch.randn(8, 6)))


def open_batch(weights: Weights, batch: int = 1) -> SensingBatch:
    return SensingBatch(weights.module, weights.tokenizer, batch, words=weights.words)


def sensed(seed: int, slots: int = SLOTS) -> list[Senses]:
    """Noise that comes and goes, and a frame in two slots of three."""
    rng = np.random.default_rng(seed)
    return [
        Senses(
            index=index,
            samples=(rng.normal(size=SLOT_SAMPLES) * rng.choice((0.0, 0.01, 0.3))).astype(
                np.float32
            ),
            frame=None if index % 3 == 2 else rng.integers(0, 256, (50, 90, 3), dtype=np.uint8),
        )
        for index in range(slots)
    ]


def live(
    streams: SensingBatch, senses: list[Senses], rows: list[Row | None]
) -> tuple[list[tuple[int, ...]], list[MicroTurnInput], list[MicroTurnOutput]]:
    """What a stream writes, hears and says, slot by slot."""
    tokens, heard, said = [], [], []
    for each, row in zip(senses, rows, strict=True):
        [perceived] = streams.perceive([each])
        assert streams._perceived is not None
        tokens.append(streams._perceived[0].tokens)
        heard.append(perceived)
        said += streams.step([perceived], [row])
    return tokens, heard, said


def with_words(tokens: list[tuple[int, ...]], tokenizer: WordTokenizer) -> list[list[HeardToken]]:
    """Name each word at its last token, the slow way: by looking at what follows."""
    flat = [(n, token) for n, slot in enumerate(tokens) for token in slot if token >= FIRST_TEXT_ID]
    named: list[list[HeardToken]] = [
        [HeardToken(t) for t in slot if t < FIRST_TEXT_ID] for slot in tokens
    ]
    word: list[int] = []
    for place, (n, token) in enumerate(flat):
        word.append(token)
        after = flat[place + 1] if place + 1 < len(flat) else None
        begins = after is not None and tokenizer.text_of([after[1]]).startswith(" ")
        rest = after is None or after[0] > n
        # With room left in its slot the word has ended, even if the next slot goes on strangely.
        room = len(tokens[n]) < SENSES.transcript_tokens and rest
        late = rest and not room and (after is None or after[0] > n + 1)
        ends = begins or room or late
        text = tokenizer.text_of(word).strip() if ends else ""
        named[n].append(HeardToken(token, text))
        word = [] if ends else word
    return named


def test_streaming_agrees_with_the_whole_sequence_in_every_modality(weights: Weights) -> None:
    streams = open_batch(weights)
    senses = sensed(1)
    reference = streams.encode("what is the weather")
    rng = random.Random(4)
    given = [RowGiven(0, 0) if rng.random() < 0.4 else None for _ in senses]
    rows = [reference.rows[0] if g else None for g in given]
    tokens, _, said = live(streams, senses, rows)
    assert len({t for slot in tokens for t in slot}) > 5
    assert any(len(slot) == SENSES.transcript_tokens for slot in tokens)

    levels = in_slots(
        SENSES.dmel.quantise(log_mel(np.concatenate([s.samples for s in senses]))), SLOTS
    )
    sight = Sight(SENSES.patches)
    vectors = [row.vector for row in reference.rows]
    packed = tuple(v.tokens for v in vectors if isinstance(v, RowVector))
    slots = [
        Slot(
            tuple(heard),
            out.token_ids,
            Floor.GAP,
            row,
            sound=Sound(sound),
            patches=sight.look(each.frame),
        )
        for heard, out, row, sound, each in zip(
            with_words(tokens, weights.tokenizer), said, given, levels, senses, strict=True
        )
    ]
    batch = make_batch(
        [Conversation(slots, [PackedReference(packed, ended=True)])],
        weights.module.config,
        weights.words,
    )
    with torch.inference_mode():
        hidden = forward(weights.module, batch)[0]
        floors = weights.module.heads(hidden).floor_logits.softmax(-1)
        written = weights.module.transcript_logits(hidden).argmax(-1)
    layout = weights.module.config.layout
    places = batch.positions[0] % layout.positions
    decisions = (places == layout.decision).nonzero()[:, 0].tolist()
    assert len(decisions) == SLOTS > weights.module.config.window_slots
    for out, column in zip(said, decisions, strict=True):
        streamed = [getattr(out.floor, floor.value) for floor in Floor]
        assert torch.allclose(torch.tensor(streamed), floors[column], atol=AGREEMENT)
    last_sounds = (places == layout.first_transcript - 1).nonzero()[:, 0].tolist()
    assert [int(written[column]) for column in last_sounds] == [slot[0] for slot in tokens]


def test_streams_of_a_batch_do_not_disturb_each_other(weights: Weights) -> None:
    several = [sensed(seed, 10) for seed in (5, 6, 7)]
    nothing: list[Row | None] = [None] * 10
    alone = [live(open_batch(weights), senses, nothing) for senses in several]
    together = open_batch(weights, batch=3)
    for index in range(10):
        heard = together.perceive([senses[index] for senses in several])
        said = together.step(heard, [None] * 3)
        for b in range(3):
            assert heard[b].text == alone[b][1][index].text
            assert said[b].token_ids == alone[b][2][index].token_ids


def test_what_is_perceived_is_words_with_their_times(weights: Weights) -> None:
    _, heard, _ = live(open_batch(weights), sensed(1), [None] * SLOTS)
    words = [word for slot in heard for word in slot.transcribed]
    assert words
    for slot in heard:
        assert slot.text == " ".join(word.text for word in slot.transcribed)
    for word in words:
        assert 0.0 <= word.start_s < word.end_s
        assert 0.0 < word.confidence <= 1.0
    ends = [word.end_s for word in words]
    assert ends == sorted(ends)


def test_a_snapshot_brings_back_what_was_heard_and_seen(weights: Weights) -> None:
    streams = open_batch(weights)
    senses = sensed(8)
    live(streams, senses[:9], [None] * 9)
    before = streams.snapshot()
    first = live(streams, senses[9:], [None] * (SLOTS - 9))
    streams.restore(before)
    assert live(streams, senses[9:], [None] * (SLOTS - 9)) == first


def test_words_may_be_typed_to_a_model_that_can_hear(weights: Weights) -> None:
    stream = SensingStream(open_batch(weights))
    quiet = stream.step(MicroTurnInput(index=0), None)
    typed = stream.step(MicroTurnInput(index=1, text="what is the weather"), None)
    assert quiet.inner_transcript == ""
    assert typed.inner_transcript == "what is"
    assert typed.behind_slots > 0


def test_a_slot_of_another_length_and_what_is_no_frame_are_refused_and_take_nothing(
    weights: Weights,
) -> None:
    streams = open_batch(weights)
    before = streams.snapshot()
    with pytest.raises(ValueError, match="3200 samples"):
        streams.perceive([Senses(index=0, samples=np.zeros(100, dtype=np.float32))])
    no_frame = np.zeros((2, 3, 2), dtype=np.uint8)
    quiet = np.zeros(SLOT_SAMPLES, dtype=np.float32)
    with pytest.raises(InputError, match="video frame"):
        streams.perceive([Senses(index=0, samples=quiet, frame=no_frame)])
    after = streams.snapshot()
    assert torch.equal(before.cache[2], after.cache[2])


def test_weights_without_senses_are_refused(weights: Weights) -> None:
    module = InteractionModule(
        ModelConfig(vocabulary_size=weights.tokenizer.vocabulary_size, width=32, layers=1, heads=4)
    )
    with pytest.raises(WeightsError, match="no senses"):
        SensingBatch(module, weights.tokenizer)


def test_a_voice_of_its_own_sounds_what_the_stream_says(weights: Weights) -> None:
    head = FlowHead(FlowConfig(width=16, layers=1, heads=2, letter_width=8, trunk_width=32)).eval()
    stream = SpeakingStream(open_batch(weights), head, seed=1)
    told: list[Piece] = []
    states_of = stream._pieces_of
    said_text = ""
    for each in sensed(1):
        said = stream.step(stream.perceive(each), None)
        said_text += said.text
        told += states_of(said)
        voiced = stream.sound(said)
        assert voiced.samples.shape == (SLOT_SAMPLES,)
        assert np.isfinite(voiced.samples).all()
    assert "".join(piece.text for piece in told) == said_text
    carrying = [piece.hidden for piece in told if piece.hidden is not None]
    assert len(carrying) > 3
    assert all(hidden.shape == (32,) for hidden in carrying)


@pytest.mark.parametrize(
    ("where", "value", "named"),
    [
        ("senses.layers", 99, "config.senses.layers"),
        ("senses.transcript_delay_slots", -1, "config.senses.transcript_delay_slots"),
        ("senses.transcript_tokens", 0, "config.senses.transcript_tokens"),
        ("senses.audio_positions", 4, "config.senses: .* 20 dMel frames"),
        ("senses.dmel.levels", 1, "config.senses.dmel.levels"),
        ("senses.patches.columns", 1_000_000, "config.senses.patches.columns"),
        ("senses.patches.widths", [8, 8, 10**9], "config.senses.patches.widths.2"),
        ("layers", 10**9, "config.layers"),
        ("heads", 3, "config: .* width .* heads"),
        ("key_value_heads", 3, "config: .* heads .* key_value_heads"),
        ("rope_base", math.nan, "config.rope_base"),
        ("window_slots", 0, "config.window_slots"),
        ("colour", "blue", "config.colour"),
    ],
)
def test_a_layout_that_no_model_has_is_named(
    weights: Weights, tmp_path: Path, where: str, value: object, named: str
) -> None:
    save_weights(tmp_path, weights)
    described = tmp_path / "weights.json"
    description = json.loads(described.read_text())
    *path, last = where.split(".")
    place = description["config"]
    for name in path:
        place = place[name]
    place[last] = value
    described.write_text(json.dumps(description))
    for read in (verified, load_weights):
        with pytest.raises(WeightsError, match=named) as raised:
            read(tmp_path)
        assert str(described) in str(raised.value)
        assert "weft train" in str(raised.value)


def test_a_layout_of_other_weights_is_refused_before_memory_is_taken_for_it(
    weights: Weights, tmp_path: Path
) -> None:
    save_weights(tmp_path, weights)
    described = tmp_path / "weights.json"
    description = json.loads(described.read_text())
    description["config"] |= {"width": 16_384, "layers": 200}
    description["sha256"].pop("config", None)  # as it was saved once
    described.write_text(json.dumps(description))
    with pytest.raises(WeightsError, match="is of another layout"):
        load_weights(tmp_path)


def test_a_layout_that_is_not_the_one_that_was_saved_is_refused(
    weights: Weights, tmp_path: Path
) -> None:
    save_weights(tmp_path, weights)
    described = tmp_path / "weights.json"
    description = json.loads(described.read_text())
    description["config"]["senses"]["dmel"]["levels"] = 17
    described.write_text(json.dumps(description))
    with pytest.raises(WeightsError, match=r"weights\.json: `config` .*SHA-256 .*weft train"):
        verified(tmp_path)
    del description["sha256"]["config"]  # of a folder from before, nobody can tell
    described.write_text(json.dumps(description))
    assert verified(tmp_path) == description


@pytest.mark.parametrize("folder", [SHIPPED, SHIPPED_SENSES])
def test_the_layouts_that_are_shipped_are_within_bounds(folder: Path) -> None:
    assert "width" in verified(folder)["config"]


def test_weights_with_senses_come_back_as_they_were_kept(weights: Weights, tmp_path: Path) -> None:
    save_weights(tmp_path, weights)
    assert has_senses(tmp_path)
    assert not has_senses(SHIPPED)
    again = load_weights(tmp_path)
    assert again.module.config == weights.module.config
    kept = weights.module.ear.into.weight.to(torch.bfloat16).float()
    assert torch.equal(again.module.ear.into.weight, kept)
    stream = load_sensing_stream(tmp_path)
    heard = stream.perceive(sensed(1)[0])
    assert stream.step(heard, None).index == 0
    with pytest.raises(WeightsError, match="with senses"):
        load_stream(tmp_path)
