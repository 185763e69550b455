"""A tool of one's own: a function with type hints, a docstring, and a few ways people would ask.

An agent behind an endpoint reads the arguments out of the conversation itself. The local agent
is told by `read_arguments` which words are the ingredient: by itself it would take them all.
"""

import anyio

import weft

SUBSTITUTES = {"cumin": "caraway", "butter": "olive oil", "buttermilk": "milk with lemon juice"}


def read_ingredient(request: str) -> dict[str, object] | None:
    """Find the ingredient in what the user said."""
    for name in SUBSTITUTES:
        if name in request.lower():
            return {"ingredient": name}
    return None


@weft.tool(
    examples=(
        "I have no cumin left, what could I take instead?",
        "what could I take instead of butter",
    ),
    read_arguments=read_ingredient,
)
async def substitute(ingredient: str) -> str:
    """Say what to use instead of an ingredient.

    Args:
        ingredient: its everyday name.
    """
    return f"Instead of {ingredient} you can use {SUBSTITUTES[ingredient]}."


async def main() -> None:
    agent = weft.load("configs/talk.yaml", tools=[substitute])
    async with agent.session(clock=weft.VirtualClock()) as session:
        await session.hear("I have no cumin left, what could I take instead?")
        async for event in session.events():
            if isinstance(event, weft.events.ResultReady):
                print(f"found out: {event.text}")
            if isinstance(event, weft.events.Heard):
                print(f"heard:     {event.text}")
                break
            if event.index > 300:
                break


if __name__ == "__main__":
    anyio.run(main)
