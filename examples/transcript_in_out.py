"""A timed transcript as the user, and what the model said in the same format.

The format is that of Full-Duplex-Bench: `{"text", "chunks": [{"text", "timestamp": [0.4, 1.0]}]}`.
`weft talk --words FILE --out FILE --fast` does the same from the command line.
"""

import json

import anyio

from weft import MicroTurnInput, MicroTurnOutput, VirtualClock, wiring
from weft.orchestrator.channels.observed import ObservedChannel
from weft.orchestrator.channels.words import WordsChannel, parse_words, said_transcript

TRANSCRIPT = {
    "text": "Hi there! What is seven times eight?",
    "chunks": [
        {"text": "Hi there!", "timestamp": [0.4, 1.0]},
        {"text": "What is", "timestamp": [4.0, 4.5]},
        {"text": "seven times", "timestamp": [4.5, 5.3]},
        {"text": "eight?", "timestamp": [5.3, 5.8]},
    ],
}


async def main() -> None:
    clock = VirtualClock()
    said: list[MicroTurnOutput] = []

    def observe(heard: MicroTurnInput, output: MicroTurnOutput) -> None:
        said.append(output)

    channel = ObservedChannel(WordsChannel(parse_words(TRANSCRIPT), clock, tail_s=12.0), observe)
    conversation = wiring.build(
        wiring.checked_config("configs/talk.yaml"), clock=clock, channel=channel
    )
    await conversation.run()
    print(json.dumps(said_transcript(said), indent=1))


if __name__ == "__main__":
    anyio.run(main)
