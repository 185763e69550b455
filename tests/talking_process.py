"""A conversation in a process of its own, which a test may kill: `python -m … CONFIG RECORD TEXT`.

The user says the text, or with a record that is there already, nothing more. What was said of an
answer is printed once it is recorded, a line a slot, and the whole of it once it was heard.
"""

import json
import sys
from pathlib import Path

import anyio
import yaml

from tests.background_agents.words_meaning import WordsMeaning
from tests.fakes.whole import hands_over
from weft import wiring
from weft.announcing import announce_in_log
from weft.clock import WallClock
from weft.config import AgentConfig, parse_config
from weft.orchestrator.channels.memory import MemoryChannel
from weft.orchestrator.events import Delegated, Heard, ModelSpoke
from weft.orchestrator.record import SessionRecord, read_record


async def _talk(config: AgentConfig, record: Path, past: SessionRecord | None, text: str) -> None:
    clock = WallClock()
    channel = MemoryChannel(clock, first_index=past.next_index if past else 0)
    conversation = wiring.build(
        config,
        clock=clock,
        channel=channel,
        model=hands_over(),
        meaning=WordsMeaning(),
        record=record,
        past=past,
        announce=announce_in_log,
    )
    if past is None:
        channel.hear(text)

    async def follow() -> None:
        async for event in conversation.session.events():
            match event:
                case Delegated():
                    _print("delegated", event.request)
                case ModelSpoke() if event.delegation_id is not None:
                    _print("said", event.text)
                case Heard():
                    _print("heard", event.text)
                    channel.close()
                case _:
                    pass
        _print("ended", "")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(follow)
        await conversation.run()


def _print(what: str, text: str) -> None:
    sys.stdout.write(json.dumps([what, text]) + "\n")
    sys.stdout.flush()


def _main(config_file: Path, record: Path, text: str) -> None:
    config = parse_config(yaml.safe_load(config_file.read_text()))
    past = read_record(record) if record.exists() else None
    anyio.run(_talk, config, record, past, text)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
