"""What the user says, turn by turn, for those who listen beside the conversation."""

from collections.abc import AsyncIterable, AsyncIterator

from weft.orchestrator.events import AnyEvent, SessionEnded, UserSpoke


async def finished_turns(events: AsyncIterable[AnyEvent], gap_slots: int) -> AsyncIterator[str]:
    """Give each turn of the user once a silence longer than `gap_slots` has ended it."""
    words: list[str] = []
    last_index = 0
    async for event in events:
        over = event.index - last_index > gap_slots or isinstance(event, SessionEnded)
        if words and over:
            yield " ".join(words)
            words = []
        if isinstance(event, UserSpoke):
            words.append(event.text)
            last_index = event.index
