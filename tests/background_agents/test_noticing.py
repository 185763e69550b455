"""What is worth remembering: plain lasting statements, and nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.background_agents.test_memory import Calendar, opened
from tests.background_agents.words_meaning import WordsEmbedder
from weft.background_agents.memory import Memory, SqliteMemory
from weft.background_agents.noticing import notice, things_to_remember
from weft.errors import InputError

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("I'm allergic to peanuts.", "I'm allergic to peanuts"),
        ("Well, um, my sister is called Ann.", "my sister is called Ann"),
        ("My name is Ben.", "My name is Ben"),
        ("By the way, my birthday is on the third of May.", "my birthday is on the third of May"),
        ("My favourite colour is green!", "My favourite colour is green"),
        ("We live in a small town near Lyon.", "We live in a small town near Lyon"),
        ("I work as a nurse in Leeds.", "I work as a nurse in Leeds"),
        ("My husband works at the harbour.", "My husband works at the harbour"),
        ("My daughter Mia is seven years old.", "My daughter Mia is seven years old"),
        ("I have two cats.", "I have two cats"),
        ("I don't eat meat.", "I don't eat meat"),
        ("I really love old jazz records.", "I really love old jazz records"),
        ("I'm a vegetarian.", "I'm a vegetarian"),
        ("I am left-handed, you know.", "I am left-handed"),
        ("Please call me Liz.", "Please call me Liz"),
        ("Remember that the spare key is under the pot.", "the spare key is under the pot"),
        ("Please keep in mind that I get up at six.", "I get up at six"),
        ("Our dog's name is Rex.", "Our dog's name is Rex"),
    ],
)
def test_a_lasting_statement_is_worth_remembering(said: str, kept: str) -> None:
    assert things_to_remember(said) == (kept,)


@pytest.mark.parametrize(
    "said",
    [
        "What is my name?",
        "is my sister called Ann",
        "Do you remember that we met in Rome?",
        "Remember to call my mother.",
        "If I lived in Rome, I'd be happy.",
        "I wish I had a dog.",
        "My wife is on the phone right now.",
        "My sister is coming over later.",
        "I'm a bit tired.",
        "I'm hungry.",
        "I love it!",
        "I like that idea.",
        "I have a question.",
        "I have a meeting at ten.",
        "He said my name is Ben.",
        "Call me back later.",
        "Set a timer for ten minutes.",
        "I think my name is funny.",
        "My password is swordfish.",
        "Remember that my card is 4111 1111 1111 1111.",
        "My number is 0176 12345678, I live in Kiel at ann@example.org.",
        "Thanks, that's great.",
        "",
    ],
)
def test_anything_else_is_not(said: str) -> None:
    assert things_to_remember(said) == ()


def test_one_turn_may_hold_several() -> None:
    assert things_to_remember(
        "Hi! My name is Ben. What's the weather? I'm allergic to nuts. My name is Ben."
    ) == ("My name is Ben", "I'm allergic to nuts")


@pytest.mark.parametrize(
    "said",
    [
        "I'm married. But don't remember that, please.",
        "Off the record: I'm divorced.",
        "My name is Zorro. Just kidding.",
        "I'm a spy. Forget that.",
    ],
)
def test_what_is_off_the_record_stays_so(said: str) -> None:
    assert things_to_remember(said) == ()


@settings(deadline=None)
@given(st.text(max_size=120))
def test_any_text_can_be_looked_through(said: str) -> None:
    for kept in things_to_remember(said):
        assert kept


async def turns(*said: str) -> AsyncIterator[str]:
    for each in said:
        yield each


async def test_what_is_noticed_is_kept_for_its_user(tmp_path: Path) -> None:
    async with opened(tmp_path / "memory.sqlite") as store:
        await notice(turns("My name is Ann. How are you?", "Fine."), store, "ann")
        await notice(turns("How are you?"), store, "ben")
        assert [each.text for each in await store.everything("ann")] == ["My name is Ann"]
        assert await store.everything("ben") == []


class FullDisk(SqliteMemory):
    """A store that can keep nothing more."""

    async def remember(self, user_id: str, text: str, *, tainted: bool = False) -> Memory:
        raise InputError("the disk is full")


async def test_a_store_that_fails_does_not_end_the_noticing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = FullDisk(tmp_path / "memory.sqlite", WordsEmbedder(), wall_now=Calendar())
    await notice(turns("My name is Ann.", "My name is Ann."), store, "ann")
    assert caplog.text.count("could not be kept") == 2
    assert "Ann" not in caplog.text


async def test_what_is_noticed_after_strangers_words_came_in_is_marked(tmp_path: Path) -> None:
    async with opened(tmp_path / "memory.sqlite") as store:
        said = iter([False, True])
        heard = turns("My name is Ann.", "My sister is called Eve.")
        await notice(heard, store, "ann", tainted=lambda: next(said))
        found = {each.text: each.tainted for each in await store.everything("ann")}
    assert found == {"My name is Ann": False, "My sister is called Eve": True}
