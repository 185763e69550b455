"""The timeline that draws itself while a conversation goes on."""

import io

from rich.console import Console

from tests.fakes.held import objects_held
from weft.interaction_model.types import FloorProbabilities, MicroTurnInput, MicroTurnOutput
from weft.orchestrator.events import ModelSpoke
from weft.orchestrator.live import LiveTimeline

GAP = FloorProbabilities(user=0, pause=0, gap=1, model=0, overlap=0)


def test_a_slot_is_drawn_when_its_events_have_come() -> None:
    printed = io.StringIO()
    console = Console(file=printed, force_terminal=True, color_system=None, width=100)
    with LiveTimeline(console) as live:
        for index, text in enumerate(["", " It", " is", " Oslo."]):
            live.slot(
                MicroTurnInput(index=index), MicroTurnOutput(index=index, text=text, floor=GAP)
            )
            assert not text or text not in printed.getvalue()
            if text:
                live.event(ModelSpoke(index=index, text=text, delegation_id="d1"))
    frames = printed.getvalue()
    assert "It is Oslo." in frames
    # Woven in from the first frame on: the block of the model's own words is in the legend alone.
    assert frames.count("█") == 1


def test_strips_that_are_printed_are_not_kept() -> None:
    console = Console(file=io.StringIO(), color_system=None, width=100)
    held = []
    with LiveTimeline(console, redraw=False) as live:
        for index in range(2_000):
            text = f" word{index}"
            live.slot(
                MicroTurnInput(index=index), MicroTurnOutput(index=index, text=text, floor=GAP)
            )
            live.event(ModelSpoke(index=index, text=text, delegation_id="d1"))
            if index % 500 == 499:
                held.append(objects_held(live.timeline))
    assert max(held) < 1_000  # as many as one strip has, and not as all of them have
