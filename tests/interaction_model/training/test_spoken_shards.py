"""Speech in a folder of shards: what was rendered comes back to the bit, and goes on if cut off."""

from pathlib import Path

import numpy as np
import pytest

from weft.errors import InputError
from weft.interaction_model.dmel import DMelConfig
from weft.interaction_model.training.spoken import make_utterances
from weft.interaction_model.training.spoken_shards import (
    PHONEMES,
    SHARD,
    SpokenExample,
    SpokenExamples,
    example_of,
    fit_dmel,
    read_shards,
    write_shards,
)

_DMEL = DMelConfig()


def _assert_same(one: SpokenExample, other: SpokenExample) -> None:
    assert one.words == other.words
    for name in ("levels", "word_starts", "word_ends", "phonemes", "phoneme_starts"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert np.array_equal(one.phoneme_ends, other.phoneme_ends)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shards, made by two processes."""
    made = tmp_path_factory.mktemp("shards")
    write_shards(made, seed=3, count=SHARD + 1, dmel=_DMEL, processes=2)
    return made


def test_what_is_read_is_what_was_rendered(folder: Path) -> None:
    """Levels to the bit, words, phonemes and their times."""
    examples = SpokenExamples(folder)
    assert len(examples) == 2 * SHARD
    rendered = [example_of(utterance, _DMEL) for utterance in make_utterances(3, 40)]
    for made, read in zip(rendered, examples[:40], strict=True):
        _assert_same(made, read)
    assert examples[0].levels.max() > 9
    for one, other in zip(read_shards(folder), examples, strict=True):
        _assert_same(one, other)
    _assert_same(examples[-1], examples[2 * SHARD - 1])
    with pytest.raises(IndexError):
        examples[2 * SHARD]


def test_phonemes_and_words_lie_within_the_frames(folder: Path) -> None:
    """Whole slots; a frame has the phoneme that is sounded in it, or silence between them."""
    for example in SpokenExamples(folder)[:60]:
        assert len(example.levels) % 20 == 0
        frames = example.phoneme_frames()
        assert frames.shape == (len(example.levels),)
        assert 1 not in example.phonemes, "a phoneme without a name of its own"
        if not example.words:
            assert not frames.any()
            continue
        assert example.word_ends[-1] <= len(example.levels) / 100
        spoken = slice(
            *np.rint([100 * example.word_starts[0], 100 * example.word_ends[-1]]).astype(int)
        )
        assert (frames[spoken] > 0).mean() > 0.6
        assert not frames[: spoken.start].any()
        assert frames.max() < len(PHONEMES)


def test_what_was_cut_off_goes_on(folder: Path, tmp_path: Path) -> None:
    """Shards that are there are kept as they are; the missing one is made the same again."""
    first, second = sorted(folder.glob("*.npz"))
    (tmp_path / second.name).write_bytes(second.read_bytes())
    kept = (tmp_path / second.name).stat().st_mtime_ns
    ticks: list[None] = []
    write_shards(
        tmp_path, seed=3, count=2 * SHARD, dmel=_DMEL, processes=1, tick=lambda: ticks.append(None)
    )
    assert len(ticks) == 1
    assert (tmp_path / second.name).stat().st_mtime_ns == kept
    for one, other in zip(SpokenExamples(tmp_path)[:20], SpokenExamples(folder)[:20], strict=True):
        _assert_same(one, other)
    assert first.name in {path.name for path in tmp_path.iterdir()}


def test_shards_of_something_else_are_refused(folder: Path, tmp_path: Path) -> None:
    """Another seed or other levels would be mixed in silently; a damaged file is named."""
    with pytest.raises(InputError, match="another seed"):
        write_shards(folder, seed=4, count=1, dmel=_DMEL)
    with pytest.raises(InputError, match="another dmel"):
        write_shards(folder, seed=3, count=1, dmel=DMelConfig(levels=8))
    with pytest.raises(InputError, match="32 levels"):
        write_shards(folder, seed=3, count=1, dmel=DMelConfig(levels=32))
    with pytest.raises(InputError, match="holds no shards"):
        SpokenExamples(tmp_path)
    (tmp_path / "shard-00000.npz").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="is no shard"):
        write_shards(tmp_path, seed=3, count=1, dmel=_DMEL)
    with pytest.raises(InputError, match="is no shard"):
        SpokenExamples(tmp_path)[0]


def test_statistics_use_all_levels() -> None:
    """Training's speech fills the levels between floor and ceiling."""
    fitted = fit_dmel(1, 48)
    levels = np.concatenate(
        [example_of(utterance, fitted).levels for utterance in make_utterances(2, 16)]
    )
    assert (np.bincount(levels.ravel(), minlength=16) > 0).all()
