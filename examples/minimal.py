"""The whole of weft in one page: load an agent, let it hear a question, follow what happens.

Virtual time makes this instant; leave the clock out and it is held in real time.
"""

import anyio

import weft
from weft.events import Delegated, Heard, ModelSpoke, ResultReady, UserSpoke

ENOUGH = 300  # micro-turns: a minute of talk


async def main() -> None:
    agent = weft.load("configs/talk.yaml")
    async with agent.session(clock=weft.VirtualClock()) as session:
        await session.hear("What is fifteen percent of eighty?")
        async for event in session.events():
            match event:
                case UserSpoke() | ModelSpoke():
                    who = "user " if isinstance(event, UserSpoke) else "model"
                    print(f"{event.index * 0.2:5.1f} s  {who}  {event.text.strip()}")
                case Delegated():
                    print(f"{event.index * 0.2:5.1f} s  handed over: {event.request}")
                case ResultReady():
                    print(f"{event.index * 0.2:5.1f} s  came back:   {event.text}")
            if isinstance(event, Heard) or event.index > ENOUGH:
                break


if __name__ == "__main__":
    anyio.run(main)
