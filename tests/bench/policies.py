"""Models whose scores are known beforehand, because they always do the same."""

from collections.abc import Sequence

from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.interaction_model.training.language.backchannels import INCOMPLETE_ENDINGS
from weft.interaction_model.types import (
    ControlToken,
    FloorProbabilities,
    MicroTurnInput,
    MicroTurnOutput,
    ReferenceRows,
    Row,
)

_GAP = FloorProbabilities(user=0.01, pause=0.01, gap=0.96, model=0.01, overlap=0.01)
_MODEL = FloorProbabilities(user=0.01, pause=0.01, gap=0.01, model=0.96, overlap=0.01)


class Silent:
    """Says nothing, hands nothing over, follows no row."""

    def encode(self, text: str) -> ReferenceRows:
        return ReferenceRows(text=text, rows=(Row(text=text, last=True),))

    def absent(self) -> ReferenceRows:
        return ReferenceRows(text="", rows=(Row(text="", last=True, absent=True),))

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        return MicroTurnOutput(index=heard.index, text="", floor=_GAP)

    def snapshot(self) -> object:
        return None

    def restore(self, snapshot: object) -> None:
        pass


class Babbler(Silent):
    """Says a word and hands something over in every slot."""

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        return MicroTurnOutput(
            index=heard.index, text=" blah", floor=_MODEL, control=ControlToken.DELEGATE
        )


def attentive(replies: Sequence[Reply] = ()) -> ScriptedModel:
    """Make a model that does as it should: it waits where an utterance hangs, and knows replies."""
    endings = "|".join(sorted(map(_escaped, INCOMPLETE_ENDINGS), key=len, reverse=True))
    return ScriptedModel(replies, unfinished=rf"(?:^|[ ,.;:])(?:{endings})[.,;:?!]*$")


def hands_everything_over() -> ScriptedModel:
    """Make a model that waits for the end of a turn and then hands it over with a lead."""
    return attentive([Reply(heard=".", says="Let me check.", control=ControlToken.DELEGATE)])


def _escaped(word: str) -> str:
    # Written without its apostrophe, "I'm" hangs as well.
    return word.replace("'", "'?")
