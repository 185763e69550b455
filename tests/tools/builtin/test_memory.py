"""The tools of memory: what they read out of a request, what they say, and whose memory it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.clock import VirtualClock
from weft.errors import ToolError
from weft.tools.builtin.memory import (
    FORGET_EVERYTHING_EXAMPLES,
    FORGET_EXAMPLES,
    RECALL_EXAMPLES,
    REMEMBER_EXAMPLES,
    memory_tools,
    read_forget_arguments,
    read_forget_everything_arguments,
    read_recall_arguments,
    read_remember_arguments,
    said_to_user,
)
from weft.tools.tool import SideEffects, ToolContext, ToolOutput

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Kept:
    """One memory."""

    memory_id: int
    text: str
    noted: datetime = datetime(2026, 11, 3, tzinfo=UTC)
    tainted: bool = False
    score: float = 0.0


@dataclass
class FakeMemories:
    """Memories in a list; likeness is the share of common words."""

    kept: dict[str, list[Kept]] = field(default_factory=dict)

    async def remember(self, user_id: str, text: str, *, tainted: bool) -> Kept:
        mine = self.kept.setdefault(user_id, [])
        mine.append(Kept(len(mine), text, tainted=tainted))
        return mine[-1]

    async def recall(
        self, user_id: str, about: str, *, limit: int, least_score: float
    ) -> Sequence[Kept]:
        wanted = _words(about)
        scored = [
            replace(each, score=len(wanted & _words(each.text)) / len(wanted | _words(each.text)))
            for each in self.kept.get(user_id, [])
        ]
        fitting = [each for each in scored if each.score >= least_score]
        return sorted(fitting, key=lambda each: -each.score)[:limit]

    async def everything(self, user_id: str) -> Sequence[Kept]:
        return list(reversed(self.kept.get(user_id, [])))

    async def forget(self, user_id: str, memory_ids: Sequence[int]) -> int:
        mine = self.kept[user_id]
        self.kept[user_id] = [each for each in mine if each.memory_id not in memory_ids]
        return len(mine) - len(self.kept[user_id])

    async def forget_everything(self, user_id: str) -> int:
        return len(self.kept.pop(user_id, []))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower())) - {"that", "is", "my", "the"}


async def said(
    store: FakeMemories, name: str, session_id: str = "ann-1", **arguments: object
) -> ToolOutput:
    """What one of the tools says; the user is the part of the session id before the dash."""
    tools = {each.name: each for each in memory_tools(store)}
    context = ToolContext(
        clock=VirtualClock(),
        session_id=session_id,
        delegation_id="d",
        user_id=session_id.partition("-")[0] or None,
    )
    (output,) = [each async for each in tools[name].run(arguments, context)]
    return output


async def test_what_is_remembered_is_said_again_in_another_session() -> None:
    store = FakeMemories()
    output = await said(store, "remember", what="I'm allergic to peanuts")
    assert output.text == "I will remember that you're allergic to peanuts."
    output = await said(store, "recall", "ann-2", about="allergic to peanuts")
    assert output.text == "You told me that you're allergic to peanuts."
    assert output.detail == "- I'm allergic to peanuts (2026-11-03)"


async def test_everything_is_listed_and_no_more_than_five_are_said() -> None:
    store = FakeMemories()
    for number in range(7):
        await said(store, "remember", what=f"my locker number {number} is red")
    for about in ("", "me", "everything"):
        output = await said(store, "recall", about=about)
        assert output.text.count("your locker") == 5
        assert output.text.endswith("And 2 more things.")
        assert output.detail.count("my locker") == 7


async def test_what_is_forgotten_is_said_and_gone() -> None:
    store = FakeMemories()
    await said(store, "remember", what="my sister Ann lives in Rome")
    await said(store, "remember", what="my locker is red")
    output = await said(store, "forget", about="my sister Ann")
    assert output.text == "I have forgotten that your sister Ann lives in Rome."
    assert [each.text for each in store.kept["ann"]] == ["my locker is red"]


async def test_nothing_that_merely_resembles_it_is_forgotten() -> None:
    store = FakeMemories()
    await said(store, "remember", what="my sister Ann lives in Rome")
    for about in ("the weather in Rome", "I live in Rome"):
        with pytest.raises(ToolError, match="nothing noted"):
            await said(store, "forget", about=about)
    assert len(store.kept["ann"]) == 1


async def test_everything_is_forgotten_and_counted() -> None:
    store = FakeMemories()
    assert "nothing" in (await said(store, "forget_everything")).text
    await said(store, "remember", what="my locker is red")
    assert "the one thing" in (await said(store, "forget_everything")).text
    for what in ("a b", "c d"):
        await said(store, "remember", what=what)
    assert "all 2 things" in (await said(store, "forget_everything")).text
    assert store.kept == {}


@pytest.mark.parametrize("about", ["", "my sister"])
async def test_no_user_hears_what_another_has_told(about: str) -> None:
    store = FakeMemories()
    await said(store, "remember", what="my sister is called Ann")
    with pytest.raises(ToolError, match="nothing noted"):
        await said(store, "recall", "ben-1", about=about)


async def test_nothing_is_kept_about_a_stranger() -> None:
    with pytest.raises(ToolError, match="do not know who you are"):
        await said(FakeMemories(), "remember", "-1", what="my sister is called Ann")


def test_what_the_tools_change_is_declared() -> None:
    declared = {each.name: each.side_effects for each in memory_tools(FakeMemories())}
    assert declared == {
        "remember": SideEffects.WRITE,
        "recall": SideEffects.READ,
        "forget": SideEffects.WRITE,
        "forget_everything": SideEffects.IRREVERSIBLE,
    }


@pytest.mark.parametrize(
    ("words", "turned"),
    [
        ("I'm allergic", "you're allergic"),
        ("I am Ben and I was born in Kiel.", "you are Ben and you were born in Kiel"),
        ("my sister gave me hers, not mine", "your sister gave you hers, not yours"),
        ("we moved, and our dog came with us", "you moved, and your dog came with you"),
        ("Ann's house is in India", "Ann's house is in India"),
    ],
)
def test_the_users_words_are_said_to_the_user(words: str, turned: str) -> None:
    assert said_to_user(words) == turned


READERS = {
    "remember": read_remember_arguments,
    "recall": read_recall_arguments,
    "forget": read_forget_arguments,
    "forget_everything": read_forget_everything_arguments,
}
REQUESTS = [
    *(("remember", request) for request in REMEMBER_EXAMPLES),
    *(("recall", request) for request in RECALL_EXAMPLES),
    *(("forget", request) for request in FORGET_EXAMPLES),
    *(("forget_everything", request) for request in FORGET_EVERYTHING_EXAMPLES),
]


@pytest.mark.parametrize(("name", "request_"), REQUESTS)
def test_each_request_is_read_by_its_own_tool_and_no_other(name: str, request_: str) -> None:
    spoken = f"{request_}, please."
    reading = {other for other, read in READERS.items() if read(spoken) is not None}
    assert reading == {name}


@pytest.mark.parametrize(
    ("name", "request_", "arguments"),
    [
        ("remember", "Please remember that my locker is 42.", {"what": "my locker is 42"}),
        ("remember", "Bear in mind that I'm deaf.", {"what": "I'm deaf"}),
        ("remember", "I'd like you to remember that I swim", {"what": "I swim"}),
        ("remember", "remember this: I'm from Oslo", {"what": "I'm from Oslo"}),
        ("remember", "My car is red, please remember that.", {"what": "My car is red"}),
        ("remember", "I get up at six, keep that in mind", {"what": "I get up at six"}),
        ("recall", "um, what do you know about my sister?", {"about": "my sister"}),
        ("recall", "what did I tell you about Rome", {"about": "Rome"}),
        ("recall", "what do you remember", {"about": ""}),
        ("recall", "do you remember where the key is", {"about": "where the key is"}),
        ("recall", "Have I told you about my sister?", {"about": "my sister"}),
        ("recall", "did I ever tell you where the key is", {"about": "where the key is"}),
        ("recall", "What's my name?", {"about": "my name"}),
        ("recall", "do you know who I am", {"about": ""}),
        ("forget", "forget that I live in Rome", {"about": "I live in Rome"}),
        ("forget", "forget what I told you about my sister", {"about": "my sister"}),
        ("forget", "delete everything you know about my job", {"about": "my job"}),
        ("forget", "Erase my birthday from memory", {"about": "my birthday"}),
        ("forget", "Delete your memory of my sister", {"about": "my sister"}),
        ("forget", "Forget that I like all dogs", {"about": "I like all dogs"}),
        ("forget", "Forget that my data plan ends in May", {"about": "my data plan ends in May"}),
        ("forget", "Forget that I lost all my money", {"about": "I lost all my money"}),
        ("forget", "remove all my allergies", {"about": "all my allergies"}),
    ],
)
def test_what_it_is_about_is_read(name: str, request_: str, arguments: dict[str, object]) -> None:
    assert READERS[name](request_) == arguments


@pytest.mark.parametrize(
    "request_",
    [
        "Please forget all of it.",
        "can you delete everything I have ever told you",
        "I want you to erase all the data you have stored about me",
        "clear your memory",
        "wipe everything",
        "remove all my notes from your memory please",
        "forget everything you know about me",
    ],
)
def test_everything_is_forgotten_only_when_everything_is_named(request_: str) -> None:
    assert [name for name, read in READERS.items() if read(request_) is not None] == [
        "forget_everything"
    ]


@pytest.mark.parametrize(
    "request_",
    [
        "remember to call Ann",
        "remind me in ten minutes",
        "what is the capital of Peru",
        "what do you know about Mars",
        "do you know what time it is",
        "forget it",
        "please forget about that",
    ],
)
def test_other_requests_are_left_to_others(request_: str) -> None:
    assert all(read(request_) is None for read in READERS.values())


@given(st.text(max_size=80))
def test_reading_any_request_never_fails(request_: str) -> None:
    for read in READERS.values():
        read(request_)
    said_to_user(request_)


async def test_what_was_told_after_strangers_words_came_in_is_said_as_such() -> None:
    store = FakeMemories()
    await said(store, "remember", what="my locker is red")
    assert not (await said(store, "recall", about="my locker is red")).tainted
    store.kept["ann"].append(Kept(1, "my pin board is at Eve's", tainted=True))
    assert (await said(store, "recall", about="")).tainted
    assert (await said(store, "forget", about="my pin board is at Eve's")).tainted
    assert not (await said(store, "recall", about="")).tainted


async def test_a_call_in_tainted_work_keeps_it_as_such() -> None:
    store = FakeMemories()
    remember, *_ = memory_tools(store)
    context = ToolContext(
        clock=VirtualClock(), session_id="s", delegation_id="d", user_id="ann", tainted=True
    )
    async for _ in remember.run({"what": "my locker is red"}, context):
        pass
    assert [each.tainted for each in store.kept["ann"]] == [True]
