"""`weft talk` in sound: a sound file as the user, or whoever speaks into the microphone.

What is heard and said is drawn as in a talk of words; nobody types.
"""

import json
from collections.abc import Callable, Coroutine, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import anyio
from rich.console import Console

from weft import command_log, wiring
from weft.clock import Clock, VirtualClock, WallClock
from weft.config import AgentConfig, shipped_config
from weft.errors import InputError
from weft.files import check_files
from weft.orchestrator.channels.device_channel import DeviceChannel
from weft.orchestrator.channels.film import film_file, open_film
from weft.orchestrator.channels.given_words import GivenWords
from weft.orchestrator.channels.pacing import TimedWord
from weft.orchestrator.channels.sound_devices import (
    DeviceChoice,
    PortAudioDevices,
    SoundDevices,
    device_names,
    list_devices,
    parse_choice,
)
from weft.orchestrator.channels.sound_file import FileChannel, HeardFile, SaidFile
from weft.orchestrator.channels.words import read_words, transcript_document
from weft.orchestrator.live import LiveTimeline
from weft.orchestrator.outstanding import Outstanding
from weft.sound_wiring import check_seen, with_own_senses

_TAIL_S = 8.0
"""So long is waited for an answer after a file that has ended, where nothing is written."""

Beside = Callable[..., Coroutine[Any, Any, None]]
"""What has to run beside a conversation, for as long as it lasts; says when it is ready."""


def talk_with_file(
    config_path: Path | None,
    wav: Path,
    *,
    words: Path | None,
    out: Path | None,
    record: Path | None,
    fast: bool,
    video: str | None = None,
) -> int:
    """Let a sound file be the user; give the exit code.

    What is said goes to `out`, as long as the file, and its words with their times beside it.
    `words` are the user's, for a configuration without ears; without them the model hears and
    speaks by itself where it can and nobody else is asked to. `video` is what the user shows.
    """
    user_words = read_words(words) if words is not None else None
    heard = HeardFile(wav)
    said = SaidFile(out) if out is not None else None
    said_words = out.with_suffix(".json") if out is not None else None
    config_path = config_path or shipped_config("talk")
    check_files(
        {"CONFIG": config_path, "--wav": wav, "--words": words, "--video": film_file(video)},
        {"--out": out, "the words of --out": said_words, "--record": record},
    )
    config = _configured(config_path, words_given=user_words is not None, video=video)
    clock: Clock = VirtualClock() if fast else WallClock()
    outstanding = Outstanding()
    frames = open_film(video, patient=fast, clock=clock) if video is not None else None
    channel = FileChannel(
        heard,
        clock,
        said=said,
        frames=frames,
        tail_s=0.0 if said is not None else _TAIL_S,
        still_owed=lambda: bool(outstanding),
    )
    try:
        with frames or nullcontext(), LiveTimeline(_console(), redraw=not fast) as live:
            sound = wiring.Sound(
                channel=channel,
                ears=GivenWords(user_words) if user_words is not None else None,
                observe=live.slot,
            )
            anyio.run(_hold, config, clock, sound, outstanding, live, record, None)
    finally:
        # Also after Ctrl-C: what was said up to then was said.
        if said is not None and said_words is not None and said.begun:
            said.close()
            _write_words(said_words, channel.words())
    return 0


def talk_with_microphone(
    config_path: Path | None,
    *,
    device: str | None,
    record: Path | None,
    video: str | None = None,
    devices: SoundDevices | None = None,
    clock: Clock | None = None,
) -> int:
    """Let whoever speaks into the microphone be the user, until Ctrl-C; give the exit code.

    The model hears and speaks by itself where it can and nobody else is asked to. `devices` and
    `clock` replace those of the machine.
    """
    choice = _choice(device) if device is not None else None
    config_path = config_path or shipped_config("talk")
    check_files({"CONFIG": config_path, "--video": film_file(video)}, {"--record": record})
    config = _configured(config_path, words_given=False, video=video)
    devices = devices or PortAudioDevices(choice)
    # They are opened when the models have loaded, which takes half a minute.
    devices.check()
    clock = clock or WallClock()
    frames = open_film(video, clock=clock) if video is not None else None
    channel = DeviceChannel(devices, clock, frames=frames)
    with frames or nullcontext(), LiveTimeline(_console()) as live:
        sound = wiring.Sound(channel=channel, observe=live.slot)
        anyio.run(_hold, config, clock, sound, Outstanding(), live, record, channel.keep_open)
    return 0


def show_devices() -> int:
    """Print the microphones and speakers there are; give the exit code."""
    console = _console()
    for line in list_devices():
        console.print(line, markup=False, soft_wrap=True)
    return 0


async def _hold(
    config: AgentConfig,
    clock: Clock,
    sound: wiring.Sound,
    outstanding: Outstanding,
    live: LiveTimeline,
    record: Path | None,
    beside: Beside | None,
) -> None:
    conversation = wiring.build(config, clock=clock, channel=sound, record=record)

    async def follow() -> None:
        async for event in conversation.session.events():
            outstanding.add(event)
            live.event(event)

    with wiring.single_errors():
        async with anyio.create_task_group() as tasks:
            if beside is not None:
                # Only now: what is said while the models load is heard by nobody.
                await tasks.start(beside)
            async with anyio.create_task_group() as talking:
                talking.start_soon(follow)
                await conversation.run()
            tasks.cancel_scope.cancel()


def _choice(device: str) -> DeviceChoice:
    try:
        names = device_names() if "," in device else []
    except InputError:
        names = []  # Opening them says it, once it is known that the choice can be read.
    return parse_choice(device, names)


def _console() -> Console:
    return Console(highlight=False)


def _configured(config_path: Path, *, words_given: bool, video: str | None) -> AgentConfig:
    """Read the configuration; raises InputError when it would leave out what is given."""
    config = wiring.checked_config(config_path)
    command_log.set_level(config.log.level)
    if not words_given:
        config = with_own_senses(config)
    ears = config.interaction.hearing.name
    if words_given and ears != "words":
        raise InputError(
            f"nobody would read --words: interaction.ears is `{ears}`, who makes words of the "
            "sound; leave --words out, or write `ears: words`"
        )
    if video is not None:
        check_seen(config.interaction)
    return config


def _write_words(file: Path, words: Sequence[TimedWord]) -> None:
    document = json.dumps(transcript_document(words), ensure_ascii=False, indent=1) + "\n"
    try:
        file.write_text(document, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from error
