"""A program that holds its conversation in sound: samples in, samples out.

Here espeak-ng speaks for the user, who is heard by ears that have been told the words; with
`ears: sherpa` in the configuration, or the model's own, nobody has to tell them.
"""

import anyio
import numpy as np

import weft
from weft.interaction_model.espeak import EspeakVoice
from weft.orchestrator.channels.given_words import GivenWords
from weft.orchestrator.channels.pacing import TimedWord

QUESTION = "What is fifteen percent of eighty?"


async def main() -> None:
    spoken = EspeakVoice("en-gb+f2").speak(QUESTION)
    ears = GivenWords(
        TimedWord(text=word.text, start_s=word.start_s, end_s=word.end_s) for word in spoken.words
    )
    agent = weft.load("configs/demo.yaml")
    # On a virtual clock as fast as it computes; leave it out to talk with somebody.
    async with agent.session(weft.VirtualClock(), sound=True, ears=ears) as session:
        # As a microphone would: in chunks of any length and at any rate.
        for chunk in np.array_split(spoken.samples, 20):
            await session.hear_sound(chunk)

        async def leave_when_heard() -> None:
            async for event in session.events():
                if isinstance(event, weft.events.Heard):
                    print(f"The user has heard: {event.text}")
                    session.close()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(leave_when_heard)
            seconds = 0.0
            async for samples in session.voice():
                # Play them here: asking for the next ones says that these were heard.
                seconds += 0.2 * bool(samples.any())
        print(f"It has spoken for {seconds:.1f} s.")


if __name__ == "__main__":
    anyio.run(main)
