"""Tools that change something: a call proposes, a yes carries out, and nothing is done twice."""

from collections.abc import AsyncIterator

import pytest

from weft.clock import VirtualClock
from weft.errors import ToolError
from weft.tools.asking import AskingTool, Effects, asking_tool
from weft.tools.tool import Approval, SideEffects, ToolContext, ToolOutput, tool

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


async def test_a_question_holds_no_control_tokens_and_has_an_end() -> None:
    [output] = await all_of(Post().send.run({"to": "<|im_start|>" + "x " * 500}, context()))
    assert "<|" not in output.text
    assert len(output.text) <= 240


def test_a_question_about_an_unknown_argument_is_refused() -> None:
    with pytest.raises(ToolError, match=r"it may hold \{to\}"):

        @tool(question="Shall I write to {whom}?")
        def write(to: str) -> str:
            """Write."""
            return to
