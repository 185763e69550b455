"""`weft talk --wav FILE`: a conversation in sound, with a file as the user; its words are drawn."""

import json
from collections.abc import Sequence
from pathlib import Path

import anyio
from rich.console import Console

from weft import command_log, wiring
from weft.clock import Clock, VirtualClock, WallClock
from weft.config import AgentConfig, shipped_config
from weft.errors import InputError
from weft.orchestrator.channels.given_words import GivenWords
from weft.orchestrator.channels.pacing import TimedWord
from weft.orchestrator.channels.sound_file import FileChannel, HeardFile, SaidFile
from weft.orchestrator.channels.words import read_words, transcript_document
from weft.orchestrator.live import LiveTimeline
from weft.orchestrator.outstanding import Outstanding
from weft.talk import check_apart, check_writable

_TAIL_S = 8.0
"""So long is waited for an answer after a file that has ended, where nothing is written."""


def talk_with_file(
    config_path: Path | None,
    wav: Path,
    *,
    words: Path | None,
    out: Path | None,
    record: Path | None,
    fast: bool,
) -> int:
    """Let a sound file be the user; give the exit code.

    What is said goes to `out`, as long as the file, and its words with their times beside it.
    `words` are the user's, for a configuration without ears.
    """
    user_words = read_words(words) if words is not None else None
    heard = HeardFile(wav)
    said = SaidFile(out) if out is not None else None
    said_words = words_file(out) if out is not None else None
    for file in (out, said_words, record):
        if file is not None:
            check_writable(file)
    check_apart(
        {"--wav": wav, "--words": words, "--out": out, "its words": said_words, "--record": record}
    )
    config = wiring.checked_config(config_path or shipped_config("talk"))
    command_log.set_level(config.log.level)
    clock: Clock = VirtualClock() if fast else WallClock()
    outstanding = Outstanding()
    channel = FileChannel(
        heard,
        clock,
        said=said,
        tail_s=0.0 if said is not None else _TAIL_S,
        still_owed=lambda: bool(outstanding),
    )
    try:
        with LiveTimeline(Console(highlight=False), redraw=not fast) as live:
            anyio.run(_hold, config, clock, channel, user_words, outstanding, live, record)
    finally:
        # Also after Ctrl-C: what was said up to then was said.
        if said is not None and said_words is not None and said.begun:
            said.close()
            _write_words(said_words, channel.words())
    return 0


def words_file(out: Path) -> Path:
    """Give the file with the words of a sound file."""
    return out.with_suffix(".json")


async def _hold(
    config: AgentConfig,
    clock: Clock,
    channel: FileChannel,
    user_words: Sequence[TimedWord] | None,
    outstanding: Outstanding,
    live: LiveTimeline,
    record: Path | None,
) -> None:
    sound = wiring.Sound(
        channel=channel,
        ears=GivenWords(user_words) if user_words is not None else None,
        observe=live.slot,
    )
    conversation = wiring.build(config, clock=clock, channel=sound, record=record)

    async def follow() -> None:
        async for event in conversation.session.events():
            outstanding.add(event)
            live.event(event)

    with wiring.single_errors():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(follow)
            await conversation.run()


def _write_words(file: Path, words: Sequence[TimedWord]) -> None:
    document = json.dumps(transcript_document(words), ensure_ascii=False, indent=1) + "\n"
    try:
        file.write_text(document, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from error
