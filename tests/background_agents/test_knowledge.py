"""A folder as it is now can be searched; each paragraph of it is embedded once."""

import os
import tempfile
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from numpy.typing import NDArray

from tests.background_agents.words_meaning import WordsEmbedder
from weft.background_agents.knowledge import AFTER_FAILURE_S, LOOK_EVERY_S, Knowledge, Passage
from weft.background_agents.paragraphs import Paragraph, paragraphs
from weft.clock import VirtualClock
from weft.errors import InputError
from weft.sentences import sentences

pytestmark = pytest.mark.anyio


class Home:
    """A folder of notes beside the index of it."""

    def __init__(self, place: Path) -> None:
        self.notes = place / "notes"
        self.index = place / "index.sqlite"
        self.notes.mkdir()

    def write(self, **files: str) -> None:
        """Make Markdown files, or give them another content."""
        for name, content in files.items():
            (self.notes / f"{name}.md").write_text(content)

    def opened(self, embedder: WordsEmbedder) -> Knowledge:
        """The folder as one process sees it."""
        return Knowledge(self.notes, embedder, index=self.index, inline=True)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@asynccontextmanager
async def following(knowledge: Knowledge) -> AsyncIterator[VirtualClock]:
    """Follow the folder for as long as the block lasts."""
    clock = VirtualClock()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(knowledge.follow, clock)
        yield clock
        tasks.cancel_scope.cancel()


async def said(knowledge: Knowledge, query: str = "tea") -> list[str]:
    """The texts of all passages, the best first."""
    return [passage.text for passage in await knowledge.search(query, limit=1000)]


class BreakingEmbedder(WordsEmbedder):
    """Embeds a number of batches and then no more."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self.batches = batches

    async def embedded_once(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.batches == 0:
            raise RuntimeError("the model is gone")
        self.batches -= 1
        return await super().embedded_once(texts)


class WaitingEmbedder(WordsEmbedder):
    """Embeds when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = anyio.Event()

    async def embedded_once(self, texts: Sequence[str]) -> NDArray[np.float32]:
        await self.gate.wait()
        return await super().embedded_once(texts)


class WatchedEmbedder(WordsEmbedder):
    """Remembers the thread in which it was asked for its name, which may load a model."""

    thread: threading.Thread | None = None

    def fingerprint(self) -> str:
        self.thread = threading.current_thread()
        return super().fingerprint()


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        await Knowledge(tmp_path / "nowhere", WordsEmbedder(), inline=True).load()


async def test_the_best_passage_comes_first_with_its_source(home: Home) -> None:
    home.write(house="# The house\n\n## Kitchen\nThe kettle is red. Tea is on the shelf.")
    home.write(garden="# Garden\n\nRoses need water.")
    [best, other] = await home.opened(WordsEmbedder()).search("where is the tea")
    assert best.answer.endswith("Tea is on the shelf.")
    assert (best.source, best.place) == ("house", "house.md, Kitchen")
    assert other.place == "garden.md"
    assert best.score > other.score


async def test_an_empty_folder_knows_nothing(home: Home) -> None:
    assert await home.opened(WordsEmbedder()).search("tea") == []


async def test_at_the_next_start_only_what_is_new_is_embedded(home: Home) -> None:
    home.write(a="# A\n\nTea is hot.\n\nIce is cold.", b="# B\n\nRoses are red.")
    first = WordsEmbedder()
    await home.opened(first).load()
    assert len(first.embedded_anew) == 6
    home.write(a="# A\n\nTea is hot.\n\nIce is very cold.", c="# C\n\nSnow is white.")
    second = WordsEmbedder()
    knowledge = home.opened(second)
    assert len(await said(knowledge)) == 4
    assert second.embedded_anew == [
        text for text in ["A: Ice is very cold.", "C: Snow is white."] for _ in range(2)
    ]


async def test_a_file_that_moves_is_not_embedded_again(home: Home) -> None:
    home.write(a="# A\n\nTea is hot.")
    embedder = WordsEmbedder()
    knowledge = home.opened(embedder)
    await knowledge.load()
    before = list(embedder.embedded_anew)
    (home.notes / "sub").mkdir()
    (home.notes / "a.md").rename(home.notes / "sub" / "b.md")
    await knowledge.load()
    assert [passage.place for passage in await knowledge.search("tea")] == ["sub/b.md"]
    assert embedder.embedded_anew == before


async def test_another_model_embeds_everything_itself(home: Home) -> None:
    home.write(a="Tea is hot.")
    await home.opened(WordsEmbedder(width=64, name="old")).load()
    embedder = WordsEmbedder(width=1024, name="new")
    assert await said(home.opened(embedder)) == ["Tea is hot."]
    assert len(embedder.embedded_anew) == 2


async def test_what_was_embedded_before_a_crash_is_kept(home: Home) -> None:
    home.write(**{f"n{number}": f"Note number {number}." for number in range(40)})
    broken = BreakingEmbedder(batches=1)
    with pytest.raises(RuntimeError, match="the model is gone"):
        await home.opened(broken).load()
    embedder = WordsEmbedder()
    assert len(await said(home.opened(embedder))) == 40
    assert broken.embedded_anew
    assert len(broken.embedded_anew) + len(embedder.embedded_anew) == 80
    assert not set(broken.embedded_anew) & set(embedder.embedded_anew)


async def test_two_processes_that_start_at_once_both_find_everything(home: Home) -> None:
    home.write(**{f"n{number}": f"Note number {number}." for number in range(60)})
    both = [Knowledge(home.notes, WordsEmbedder(), index=home.index) for _ in range(2)]
    async with anyio.create_task_group() as tasks:
        for knowledge in both:
            tasks.start_soon(knowledge.load)
    for knowledge in both:
        assert len(await said(knowledge)) == 60
    third = WordsEmbedder()
    await home.opened(third).load()
    assert third.embedded_anew == []


async def test_without_an_index_it_works_and_embeds_what_is_new(home: Home) -> None:
    home.index.mkdir()
    home.write(a="Tea is hot.")
    embedder = WordsEmbedder()
    knowledge = home.opened(embedder)
    await knowledge.load()
    home.write(b="Ice is cold.")
    await knowledge.load()
    assert sorted(await said(knowledge)) == ["Ice is cold.", "Tea is hot."]
    assert len(embedder.embedded_anew) == 4


async def test_changes_are_noticed_while_a_session_runs(home: Home) -> None:
    home.write(a="Tea is hot.", b="Ice is cold.")
    knowledge = home.opened(WordsEmbedder())
    await knowledge.load()
    async with following(knowledge) as clock:
        home.write(a="Tea is green.", c="Snow is white.")
        (home.notes / "b.md").unlink()
        await clock.advance_to_s(LOOK_EVERY_S / 2)
        assert sorted(await said(knowledge)) == ["Ice is cold.", "Tea is hot."]
        await clock.advance_to_s(LOOK_EVERY_S)
        assert sorted(await said(knowledge)) == ["Snow is white.", "Tea is green."]
        (home.notes / "c.md").rename(home.notes / "winter.txt")
        await clock.advance_to_s(2 * LOOK_EVERY_S)
        assert [found.place for found in await knowledge.search("snow", limit=1)] == ["winter.txt"]


async def test_a_folder_that_vanishes_and_returns_costs_nothing(home: Home) -> None:
    home.write(a="Tea is hot.")
    embedder = WordsEmbedder()
    knowledge = home.opened(embedder)
    await knowledge.load()
    async with following(knowledge) as clock:
        home.notes.rename(home.notes.with_name("taken out"))
        await clock.advance_to_s(LOOK_EVERY_S)
        assert await said(knowledge) == []
        home.notes.with_name("taken out").rename(home.notes)
        await clock.advance_to_s(2 * LOOK_EVERY_S)
        assert await said(knowledge) == ["Tea is hot."]
    assert len(embedder.embedded_anew) == 2


async def test_an_embedder_that_breaks_leaves_what_was_known_and_is_tried_again(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    home.write(a="Tea is hot.")
    embedder = BreakingEmbedder(batches=1)
    knowledge = home.opened(embedder)
    await knowledge.load()
    async with following(knowledge) as clock:
        home.write(b="Ice is cold.")
        await clock.advance_to_s(LOOK_EVERY_S)
        assert await said(knowledge) == ["Tea is hot."]
        assert "RuntimeError: the model is gone" in caplog.text
        embedder.batches = 1
        await clock.advance_to_s(LOOK_EVERY_S + AFTER_FAILURE_S)
        assert len(await said(knowledge)) == 2


async def test_a_search_does_not_wait_for_what_is_being_embedded(home: Home) -> None:
    embedder = WaitingEmbedder()
    knowledge = home.opened(embedder)
    await knowledge.load()
    async with following(knowledge) as clock:
        home.write(a="Tea is hot.")
        await clock.advance_to_s(LOOK_EVERY_S)
        assert await said(knowledge) == []
        embedder.gate.set()
        await clock.advance_to_s(LOOK_EVERY_S)
        assert await said(knowledge) == ["Tea is hot."]


async def test_the_loop_is_not_held_up(home: Home) -> None:
    home.write(a="Tea is hot.")
    embedder = WatchedEmbedder()
    assert await said(Knowledge(home.notes, embedder, index=home.index)) == ["Tea is hot."]
    assert embedder.thread is not None
    assert embedder.thread is not threading.current_thread()


async def test_a_long_load_says_how_far_it_is(home: Home) -> None:
    home.write(many="\n\n".join(f"Note number {number}." for number in range(320)))
    announced: list[str] = []
    knowledge = Knowledge(
        home.notes, WordsEmbedder(), index=home.index, announce=announced.append, inline=True
    )
    await knowledge.load()
    assert announced[0] == "embedding 320 new paragraphs of notes, once"
    assert announced[-1] == "320 of 320 new paragraphs of notes embedded"
    assert len(announced) == 11
    announced.clear()
    await knowledge.load()
    assert announced == []


PLACES = st.sampled_from(["a.md", "b.md", "c.txt", "sub/a.md", "sub/deep/d.txt"])
BLOCKS = st.lists(
    st.sampled_from(["# Tea", "## Green", "Tea is hot.", "Ice is cold. Very cold.", "- one", "x"]),
    max_size=5,
)


class ChangingFolder(RuleBasedStateMachine):
    """Edits, moves and restarts, against reading everything anew each time."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.home = Home(Path(self.place.name))
        self.embedder = WordsEmbedder()
        self.knowledge = self.home.opened(self.embedder)
        self.kept: set[bytes] = set()
        self.moment = 1
        self.models = 1

    def teardown(self) -> None:
        self.place.cleanup()

    @rule(file=PLACES, blocks=BLOCKS)
    def write(self, file: str, blocks: list[str]) -> None:
        self._write(file, "\n\n".join(blocks).encode())

    @rule(file=PLACES)
    def spoil(self, file: str) -> None:
        self._write(file, b"\xff")

    @rule(file=PLACES)
    def remove(self, file: str) -> None:
        (self.home.notes / file).unlink(missing_ok=True)

    @rule(file=PLACES, other=PLACES)
    def rename(self, file: str, other: str) -> None:
        if (self.home.notes / file).exists():
            (self.home.notes / other).parent.mkdir(parents=True, exist_ok=True)
            (self.home.notes / file).replace(self.home.notes / other)

    @rule()
    def restart(self) -> None:
        self.knowledge = self.home.opened(self.embedder)

    @rule()
    def change_model(self) -> None:
        self.models += 1
        self.embedder = WordsEmbedder(64 * self.models, f"words {self.models}")
        self.knowledge = self.home.opened(self.embedder)
        self.kept = set()

    @invariant()
    def what_is_found_is_what_is_there(self) -> None:
        self.embedder.embedded_anew.clear()
        anyio.run(self.knowledge.load)
        there = self._read_everything()
        found: list[Passage] = anyio.run(partial(self.knowledge.search, "tea ice", limit=1000))
        assert sorted((each.text, each.place) for each in found) == sorted(
            (each.text, ", ".join([each.file, *each.headings[1:]])) for each in there
        )
        new = {each.key: each for each in there if each.key not in self.kept}
        assert len(self.embedder.embedded_anew) == sum(
            1 + len(sentences(each.text)) for each in new.values()
        )
        self.kept = {each.key for each in there}

    def _write(self, file: str, content: bytes) -> None:
        path = self.home.notes / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        # The file system's clock may not have moved since the last step.
        self.moment += 1
        os.utime(path, ns=(self.moment, self.moment))

    def _read_everything(self) -> list[Paragraph]:
        found: list[Paragraph] = []
        for path in self.home.notes.rglob("*.*"):
            content = path.read_bytes()
            if content != b"\xff":
                found += paragraphs(content.decode(), path.relative_to(self.home.notes).as_posix())
        return found


TestChangingFolder = ChangingFolder.TestCase
# Each step waits for the disk.
TestChangingFolder.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
