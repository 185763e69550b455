"""A tool that shows a chart while its answer is said, and a client that draws what is shown.

A component is a typed value: a client with graphics draws it as it likes, and sends it on as JSON
with `component.model_dump(mode="json")`. This one has only text. `Screen` knows what is to be seen
now: what belonged to a corrected or withdrawn request leaves it.
"""

import anyio

import weft
from weft import components
from weft.orchestrator.screen import Screen, seen_markdown

MONTHS = ("March", "April", "May")
RAIN_MM = (31.0, 44.5, 62.0)


@weft.tool(examples=("how much did it rain this spring", "was it a wet spring"))
def spring_rain() -> weft.ToolOutput:
    """Say how much it rained this spring."""
    chart = components.Chart(
        title="Rain this spring",
        style="bar",
        points_name="month",
        points=MONTHS,
        series=(components.Series(name="rain", unit="mm", values=RAIN_MM),),
    )
    return weft.ToolOutput("It rained more every month, most in May.", components=(chart,))


async def main() -> None:
    agent = weft.load("configs/talk.yaml", tools=[spring_rain])
    screen = Screen()
    async with agent.session(clock=weft.VirtualClock()) as session:
        await session.hear("How much did it rain this spring?")
        async for event in session.events():
            screen.add(event)
            if isinstance(event, weft.events.Heard):
                print(f"heard: {event.text}\n")
            if isinstance(event, weft.events.Heard) or event.index > 300:
                break
    for shown in screen.shown:
        print(seen_markdown(shown))


if __name__ == "__main__":
    anyio.run(main)
