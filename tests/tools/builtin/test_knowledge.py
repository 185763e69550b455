"""Answers from notes, through a search that the test provides."""

from dataclasses import dataclass

import pytest

from weft.clock import VirtualClock
from weft.errors import ToolError
from weft.tools.builtin.knowledge import knowledge_tool, read_arguments, spoken_source
from weft.tools.tool import ToolContext, ToolOutput

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Note:
    """A passage of the test's notes."""

    text: str
    source: str
    score: float


async def ask(*notes: Note) -> ToolOutput:
    """What the tool finds in these notes."""

    async def search(query: str) -> list[Note]:
        assert query == "How deep is the well?"
        return list(notes)

    context = ToolContext(clock=VirtualClock(), session_id="s", delegation_id="d")
    arguments = {"question": "How deep is the well?"}
    return await anext(knowledge_tool(search).run(arguments, context))


async def test_the_best_passage_is_said_with_its_source() -> None:
    output = await ask(
        Note("Wells are old.", "old.md", 0.5),
        Note("# The well\n\nIt is **nine** metres deep. See [map](m.png).", "a/the_well.md", 0.8),
    )
    assert output.text == ("It is nine metres deep. See map. That is from the notes on the well.")
    assert output.sources == ("a/the_well.md", "old.md")


async def test_a_long_passage_is_said_in_its_first_sentences() -> None:
    output = await ask(Note("It is nine metres deep. " * 50, "well.md", 0.9))
    assert len(output.text.split()) < 60
    assert output.text.startswith("It is nine metres deep.")
    assert len(output.detail) > len(output.text)


@pytest.mark.parametrize(
    "notes", [(), (Note("Bread needs salt.", "bread.md", 0.1),), (Note("# Title", "t.md", 0.9),)]
)
async def test_what_the_notes_do_not_say_is_not_made_up(notes: tuple[Note, ...]) -> None:
    with pytest.raises(ToolError, match="The notes say nothing about that"):
        await ask(*notes)


def test_the_whole_request_is_the_question() -> None:
    assert read_arguments("Um, how deep is the well, please?") == {
        "question": "how deep is the well"
    }


def test_a_source_is_said_without_path_and_signs() -> None:
    assert spoken_source("garden/winter-roses.md#care") == "the notes on winter roses"
