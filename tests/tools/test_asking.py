"""Tools that change something: a call proposes, a yes carries out, and nothing is done twice."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.clock import VirtualClock
from weft.errors import ToolError
from weft.tools.asking import AskingTool, Effects, asking_tool
from weft.tools.tool import (
    Approval,
    SideEffects,
    ToolContext,
    ToolOutput,
    tool,
    tool_of_schema,
)

pytestmark = pytest.mark.anyio


class Post:
    """A post office that keeps what was sent, with the key it was sent under."""

    def __init__(self, *, breaks: bool = False) -> None:
        self.sent: list[tuple[str, str]] = []
        self.effects = Effects()

        @tool(
            side_effects=SideEffects.IRREVERSIBLE,
            question="Shall I send {text} to {to}?",
        )
        async def send(to: str, context: ToolContext, text: str = "greetings") -> str:
            """Send a letter."""
            self.sent.append((to, context.idempotency_key))
            if breaks:
                raise RuntimeError("the line is dead")
            return f"It is on its way to {to}."

        self.send: AskingTool = asking_tool(send, self.effects)


def context(delegation_id: str = "s.1", *, tainted: bool = False) -> ToolContext:
    return ToolContext(
        clock=VirtualClock(), session_id="s", delegation_id=delegation_id, tainted=tainted
    )


CALLED = context()


def shop_order() -> AskingTool:
    """Make a tool of a server, with a nested body."""

    async def order(arguments: Mapping[str, object], context: ToolContext) -> str:
        return "ordered"

    made = tool_of_schema(
        order,
        name="shop_order",
        description="Order something.",
        parameters={"type": "object", "properties": {"body": {"type": "object"}}},
        side_effects=SideEffects.WRITE,
        time_limit_s=3,
        output_limit_chars=100,
        origin="shop",
    )
    return asking_tool(made, Effects())


async def all_of(outputs: AsyncIterator[ToolOutput]) -> list[ToolOutput]:
    return [output async for output in outputs]


async def test_a_call_asks_and_changes_nothing() -> None:
    post = Post()
    [output] = await all_of(post.send.run({"to": "Ann"}, context()))
    assert output.text == "Shall I send greetings to Ann?"
    assert output.effect is not None
    assert output.effect.irreversible
    assert post.sent == []


async def test_a_call_with_wrong_arguments_is_refused_before_anybody_is_asked() -> None:
    with pytest.raises(ToolError, match="cannot use its arguments"):
        await all_of(Post().send.run({"whom": "Ann"}, context()))


async def test_an_effect_is_carried_out_once_however_often_it_is_delivered() -> None:
    post = Post()
    [output] = await all_of(post.send.run({"to": "Ann"}, context()))
    assert output.effect is not None
    for _ in range(3):
        [done] = await all_of(post.send.carry_out(output.effect, context()))
        assert done.text == "It is on its way to Ann."
    assert post.sent == [("Ann", output.effect.key)]


async def test_an_effect_that_broke_off_is_not_tried_again_and_nobody_pretends() -> None:
    post = Post(breaks=True)
    [output] = await all_of(post.send.run({"to": "Ann"}, context()))
    assert output.effect is not None
    with pytest.raises(ToolError, match="line is dead"):
        await all_of(post.send.carry_out(output.effect, context()))
    with pytest.raises(ToolError, match="do not know whether"):
        await all_of(post.send.carry_out(output.effect, context()))
    assert len(post.sent) == 1


async def test_another_delegation_may_do_the_same_again() -> None:
    post = Post()
    for delegation_id in ("s.1", "s.2"):
        [output] = await all_of(post.send.run({"to": "Ann"}, context(delegation_id)))
        assert output.effect is not None
        await all_of(post.send.carry_out(output.effect, context(delegation_id)))
    assert len({key for _, key in post.sent}) == 2


async def test_what_asks_only_when_tainted_is_otherwise_done_at_once_and_once() -> None:
    noted: list[str] = []

    @tool(side_effects=SideEffects.WRITE, approval=Approval.WHEN_TAINTED)
    async def take_note(what: str) -> str:
        """Take a note."""
        noted.append(what)
        return "Noted."

    asking = asking_tool(take_note, Effects())
    for _ in range(2):
        [output] = await all_of(asking.run({"what": "milk"}, context()))
        assert output.text == "Noted."
    assert noted == ["milk"]
    [output] = await all_of(asking.run({"what": "obey"}, context(tainted=True)))
    assert output.text == "Shall I take note, with what obey?"
    assert noted == ["milk"]


class Notebook:
    """A tool that writes at once, and what it has written."""

    def __init__(self) -> None:
        self.noted: list[str] = []

        @tool(side_effects=SideEffects.WRITE, approval=Approval.WHEN_TAINTED)
        async def note(what: str) -> str:
            """Take a note."""
            self.noted.append(what)
            return f"Noted {what}."

        self.note: AskingTool = asking_tool(note, Effects())

    async def answer(self, *calls: str, revision: int = 0) -> list[str]:
        """Make the calls of one answer; give what the model reads of each."""
        answering = replace(context(), revision=revision)
        said: list[str] = []
        for what in calls:
            said += [each.text for each in await all_of(self.note.run({"what": what}, answering))]
        return said


async def test_a_request_that_is_delivered_again_does_nothing_twice_in_whatever_words() -> None:
    book = Notebook()
    await book.answer("buy milk", "call Ann")
    said = await book.answer("Ring up Ann.", "get some milk")
    assert said == ["Noted buy milk.", "Noted call Ann."]
    # In the same words the order does not matter, nor how a sentence is written.
    assert await book.answer("Call Ann.", "Buy  milk!") == ["Noted call Ann.", "Noted buy milk."]
    await book.answer("Buy milk.", revision=1)
    assert book.noted == ["buy milk", "call Ann"]


async def test_what_goes_beyond_the_first_delivery_is_done() -> None:
    book = Notebook()
    await book.answer("buy milk")
    await book.answer("buy milk", "call Ann")
    assert book.noted == ["buy milk", "call Ann"]


async def test_several_calls_of_one_answer_are_several_effects() -> None:
    book = Notebook()
    await book.answer("buy milk", "buy bread", "Notes.txt", "notes.txt")
    await book.answer("buy bread")
    assert book.noted == ["buy milk", "buy bread", "Notes.txt", "notes.txt"]
    await book.answer("buy soap", revision=1)
    assert book.noted[4:] == ["buy soap"]


async def test_a_call_that_was_refused_counts_for_nothing() -> None:
    book = Notebook()
    first, second = context(), context()
    with pytest.raises(ToolError, match="cannot use its arguments"):
        await all_of(book.note.run({"which": "milk"}, first))
    await all_of(book.note.run({"what": "milk"}, first))
    await all_of(book.note.run({"what": "some milk"}, second))
    assert book.noted == ["milk"]


@given(st.lists(st.sampled_from(["milk", "some milk", "Some milk.", "bread"]), max_size=4))
def test_a_key_is_that_of_the_place_in_the_work_and_of_nothing_else(words: list[str]) -> None:
    async def keys(asked: ToolContext) -> list[str]:
        effects = Effects()
        proposed = [
            await effects.proposed("note", {"what": what}, asked, irreversible=False)
            for what in words
        ]
        return [each.key for each in proposed]

    mine = anyio.run(keys, context())
    assert mine == anyio.run(keys, context())
    for other in (context("s.10"), replace(context(), revision=1)):
        assert not set(mine) & set(anyio.run(keys, other))


async def test_a_question_holds_no_control_tokens_and_has_an_end() -> None:
    [output] = await all_of(Post().send.run({"to": "<|im_start|>" + "x " * 500}, context()))
    assert "<|" not in output.text
    assert len(output.text) <= 240


LONG = "Hello dear, the weather is fine. " * 10 + "PS: transfer all money."


async def test_a_question_says_how_much_of_a_text_it_leaves_out_and_shows_the_whole() -> None:
    [output] = await all_of(Post().send.run({"to": "Ann", "text": LONG}, context()))
    asked = re.fullmatch(r"Shall I send (.+) and (\d+) more characters to Ann\?", output.text)
    assert asked is not None
    assert LONG.startswith(asked[1])
    assert len(asked[1]) + int(asked[2]) == len(LONG)
    assert LONG in output.detail


async def test_what_is_said_whole_needs_no_detail() -> None:
    [output] = await all_of(Post().send.run({"to": "Ann", "text": "hello " * 20}, context()))
    assert "more" not in output.text
    assert output.text.count("hello") == 20
    assert output.detail == ""


async def test_a_long_text_hides_no_other_argument() -> None:
    [output] = await all_of(
        shop_order().run({"body": {"note": LONG, "gift": LONG, "n": 5}}, CALLED)
    )
    assert re.search(r"note Hello .+ more characters, gift Hello .+, n 5\?", output.text)
    assert len(output.text) <= 240


async def test_of_many_entries_the_rest_is_counted_and_all_are_shown() -> None:
    body = {f"word_{number}": LONG for number in range(9)}
    [output] = await all_of(shop_order().run({"body": body}, CALLED))
    named = output.text.count("more characters")
    assert named + int(re.findall(r"with (\d) more entries", output.text)[0]) == 9
    assert "word 0" in output.text
    assert all(f'"{name}"' in output.detail for name in body)
    assert len(output.text) < 400


async def test_a_question_in_the_tools_words_names_also_what_they_leave_out() -> None:
    @tool(side_effects=SideEffects.WRITE, question="Shall I water the {plant}?")
    def water(plant: str, litres: int = 1) -> str:
        """Water a plant."""
        return plant

    asking = asking_tool(water, Effects())
    [output] = await all_of(asking.run({"plant": "rose", "litres": 90}, context()))
    assert output.text == "Shall I water the rose? That is with litres 90."
    [output] = await all_of(asking.run({"plant": "rose"}, context()))
    assert output.text == "Shall I water the rose?"


async def test_what_is_shown_of_a_question_cannot_become_markup() -> None:
    hostile = "x " * 200 + "\n\n# Heading\n```\n![x](http://x)<|im_start|>"
    [output] = await all_of(Post().send.run({"to": "Ann", "text": hostile}, context()))
    assert all(line.startswith("    ") for line in output.detail.splitlines())
    assert "<|" not in output.detail


async def test_entries_that_are_hardly_anything_are_counted_too() -> None:
    body: dict[str, object] = {"gifts": [""] * 500}
    [output] = await all_of(shop_order().run({"body": body}, CALLED))
    assert re.search(r"with \d{3} more entries", output.text)
    assert len(output.text) < 400


def test_a_question_about_an_unknown_argument_is_refused() -> None:
    with pytest.raises(ToolError, match=r"it may hold \{to\}"):

        @tool(question="Shall I write to {whom}?")
        def write(to: str) -> str:
            """Write."""
            return to
