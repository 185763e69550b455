"""`weft demo --spoken --out FILE`: the demo's conversation in sound, and a picture of it.

The user is simulated and speaks with espeak-ng, from the script of the demo in text. The ears and
the voice of weft are those of the configuration, or the shipped model's own where it has some. What
was used is told: a conversation in which the words came by themselves proves nothing about ears.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import anyio
from rich.console import Console
from rich.text import Text

from weft import command_log, wiring
from weft.clock import VirtualClock
from weft.config import AgentConfig, shipped_config
from weft.demo import SCRIPT, hold, report, summary, weather
from weft.files import check_files
from weft.interaction_model.types import SLOT_S, MicroTurnInput
from weft.orchestrator.audit import audit
from weft.orchestrator.audited import without_unsounded
from weft.orchestrator.channels.observed import Observe
from weft.orchestrator.channels.pacing import TimedWord, words_of_slots
from weft.orchestrator.channels.sound_file import SaidFile
from weft.orchestrator.channels.spoken_user import USER_VOICE, SpokenUser
from weft.orchestrator.events import AnyEvent, ModelSpoke, SpeechCut
from weft.orchestrator.live import LiveTimeline
from weft.orchestrator.lives import lives
from weft.sound_picture import Picture, Said, check_installed, draw
from weft.sound_wiring import with_own_senses

_EARS = {
    "words": "none (the user's words come from the script, with the times of the voice)",
    "native": "the model's own",
}
_VOICES = {"native": "the model's own", "espeak": "espeak-ng"}


def main(config_path: Path | None, *, out: Path, as_json: bool, record: Path | None) -> int:
    """Hold the conversation in virtual time, write it, and report; 1 when a result was lost.

    `out` has the user on the left and the model on the right; beside it are the pictures.
    """
    check_installed()
    pictures = [out.with_suffix(".svg"), out.with_suffix(".png")]
    said = SaidFile(out, channels=2)
    named = {"--out": out, "its picture": pictures[0], "its other picture": pictures[1]}
    config_path = config_path or shipped_config("demo")
    check_files({"--config": config_path}, {**named, "--record": record})
    config = with_own_senses(wiring.checked_config(config_path, (weather,)))
    command_log.set_level(config.log.level)
    clock = VirtualClock()
    user = SpokenUser(SCRIPT, clock)
    console = Console(highlight=False)

    def build(observe: Observe) -> wiring.Conversation:
        sound = wiring.Sound(channel=user, ears=user.ears, observe=observe)
        return wiring.build(config, clock=clock, channel=sound, tools=(weather,), record=record)

    events: list[AnyEvent] = []
    heard: list[MicroTurnInput] = []
    try:
        with LiveTimeline(console, quiet=as_json, redraw=False) as live:
            anyio.run(hold, build, user.saw, live, events, heard)
    finally:
        # Also after Ctrl-C: what was said up to then was said.
        if heard:
            said.write(user.sound())
            said.close()
            draw(_picture(config, user, heard, events), *pictures)
    verdict = audit(
        events,
        heard=heard,
        backchannel_slots=user.backchannel_slots,
        asides=(config.session.floor_request,),
    )
    if as_json:
        who = {"ears": config.interaction.hearing.name, "voice": config.interaction.speaking.name}
        console.out(json.dumps(summary(verdict) | who))
    else:
        report(verdict, console)
        seconds = len(heard) * SLOT_S
        console.print(f"\n{out}: {seconds:.1f} s, the user on the left and weft on the right")
        console.print(f"{pictures[0]}, {pictures[1].name}: what happened when")
        console.print(Text(who_heard_and_spoke(config)))
    return 1 if verdict.lost else 0


def who_heard_and_spoke(config: AgentConfig) -> str:
    """Say plainly whose ears and voices a conversation had."""
    ears, voice = config.interaction.hearing.name, config.interaction.speaking.name
    return (
        f"weft's ears: {_EARS.get(ears, ears)}. weft's voice: {_VOICES.get(voice, voice)}. "
        f"The user is a script, spoken by espeak-ng ({USER_VOICE.name})."
    )


def of_whom(words: Sequence[TimedWord], events: Sequence[AnyEvent]) -> tuple[Said, ...]:
    """Say of each word that was sounded which delegation's answer it belongs to, if any."""
    spoke = [each for each in without_unsounded(events) if isinstance(each, ModelSpoke)]
    delegations = {each.index: each.delegation_id for each in spoke}
    written = words_of_slots([(each.index, each.text) for each in spoke])
    owners = [delegations[word.first_index] for word in written]
    # Where a voice counts its words in another way, the last ones are nobody's.
    owners += [None] * max(0, len(words) - len(owners))
    return tuple(Said(word, owner) for word, owner in zip(words, owners, strict=False))


def words_heard(heard: Sequence[MicroTurnInput]) -> tuple[Said, ...]:
    """Give the words that ears made of sound, when they began to sound."""
    return tuple(
        Said(TimedWord(text=word.text, start_s=word.start_s, end_s=word.end_s), None)
        for slot in heard
        for word in slot.transcribed
    )


def _picture(
    config: AgentConfig,
    user: SpokenUser,
    heard: Sequence[MicroTurnInput],
    events: Sequence[AnyEvent],
) -> Picture:
    told = config.interaction.hearing.name == "words"
    return Picture(
        title=who_heard_and_spoke(config),
        sound=user.sound(),
        user=tuple(Said(word, None) for word in user.user_words),
        heard=() if told else words_heard(heard),
        model=of_whom(user.model_words, events),
        lives=lives(events),
        cuts=tuple(event.index for event in events if isinstance(event, SpeechCut)),
    )
