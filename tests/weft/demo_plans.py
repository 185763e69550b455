"""A model by rules and agents by plan with which the demo goes as it should."""

from tests.fakes.queue import Planned
from weft.background_agents.types import UpdateKind
from weft.interaction_model.scripted import Reply
from weft.interaction_model.types import ControlToken

REPLIES = (
    Reply(heard="^hi", says="Hello! Good to hear you."),
    Reply(heard="meant|sorry", says="All right, Lisbon.", control=ControlToken.REVISE),
    Reply(heard="stop that", says="I will stop.", control=ControlToken.DISMISS),
    Reply(heard="what|how|every", says="Let me see.", control=ControlToken.DELEGATE),
    Reply(heard="thank", says="You are welcome."),
)

HONEY = (
    "Honey bees make honey from nectar, which they thicken in the hive by fanning their wings. "
    "One bee makes about a twelfth of a teaspoon in its life."
)

PLANS = (
    Planned(request="fifteen percent", text="Fifteen percent of eighty is twelve.", after_slots=9),
    Planned(request="honey", text=HONEY, after_slots=7),
    Planned(request="lisbon", text="It is a quarter past nine in Lisbon.", after_slots=8),
    Planned(request="tokyo", text="It is a quarter past five in Tokyo.", after_slots=30),
    Planned(request="weather", text="no answer", after_slots=8, kind=UpdateKind.FAILURE),
    *(
        Planned(
            request="breathe",
            text="Breathe.",
            after_slots=20 * number,
            sequence=number,
            final=False,
        )
        for number in range(1, 12)
    ),
)
