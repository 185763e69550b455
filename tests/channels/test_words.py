"""Timed transcripts: what is read, what is refused and why, and what comes out again."""

import json
from pathlib import Path

import pytest

from weft.clock import VirtualClock, WallClock
from weft.errors import InputError
from weft.interaction_model.types import FloorProbabilities, MicroTurnInput, MicroTurnOutput
from weft.orchestrator.channels.words import (
    WordsChannel,
    parse_words,
    read_words,
    said_transcript,
)

SILENT_FLOOR = FloorProbabilities(user=0, pause=0, gap=1, model=0, overlap=0)


def document(*chunks: object) -> dict[str, object]:
    return {"text": "", "chunks": list(chunks)}


def chunk(text: object, *timestamp: object) -> dict[str, object]:
    return {"text": text, "timestamp": list(timestamp)}


def said(index: int, text: str) -> MicroTurnOutput:
    return MicroTurnOutput(index=index, text=text, floor=SILENT_FLOOR)


def test_the_fields_own_format_is_read(tmp_path: Path) -> None:
    file = tmp_path / "words.json"
    file.write_text(json.dumps(document(chunk("Hello", 0.5, 0.9), chunk(" there.", 0.9, 1.3))))
    assert [(w.text, w.start_s, w.end_s) for w in read_words(file)] == [
        ("Hello", 0.5, 0.9),
        ("there.", 0.9, 1.3),
    ]


def test_an_entry_of_several_words_is_shared_out() -> None:
    assert [(w.text, w.end_s) for w in parse_words(document(chunk("two words", 1.0, 2.0)))] == [
        ("two", 1.5),
        ("words", 2.0),
    ]


FINE = chunk("fine", 1.0, 1.5)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (chunk("late", 1.2, 1.8), r"overlaps entry 1: \[1.2, 1.8\] s begins before 1.5 s"),
        (chunk("early", 0.2, 0.4), "not in order: starts at 0.2 s, before entry 1 at 1.0 s"),
        (chunk("minus", -1.0, 2.0), "starts at -1.0 s, before the beginning"),
        (chunk("back", 3.0, 2.0), "ends at 2.0 s, before it starts at 3.0 s"),
        (chunk("never", float("nan"), 2.0), "must be finite, not nan"),
        (chunk("for ever", 2.0, float("inf")), "must be finite, not inf"),
        (chunk("huge", 2.0, 10**400), "must be finite"),
        (chunk("milliseconds", 2.0, 90_000), "times are in seconds; 90000 is more than a day"),
        (chunk("word", "2", 3.0), "must be numbers of seconds, not '2'"),
        (chunk("word", True, 3.0), "must be numbers of seconds, not True"),
        (chunk("word", 2.0), r"timestamp must be \[start_s, end_s\]"),
        ({"text": "word"}, r"timestamp must be \[start_s, end_s\], not None"),
        (chunk(7, 2.0, 3.0), "text must be a string, not 7"),
        (chunk("  ", 2.0, 3.0), "text is empty"),
        ("word", "must be an object with text and timestamp"),
        (chunk(" hi \ud800 there", 2.0, 3.0), r"'hi \\ud800 there'.* half a surrogate pair"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_number_and_the_reason(
    entry: object, reason: str
) -> None:
    with pytest.raises(InputError, match=reason) as refused:
        parse_words(document(FINE, entry), source="user.json")
    assert str(refused.value).startswith("user.json: entry 2")


@pytest.mark.parametrize("whole", [[], {}, {"chunks": 3}, None, "words"])
def test_another_document_is_refused_with_the_format(whole: object) -> None:
    with pytest.raises(InputError, match="must be an object"):
        parse_words(whole)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.json: cannot be read"):
        read_words(tmp_path / "nowhere.json")
    broken = tmp_path / "broken.json"
    broken.write_bytes(b'{"chunks": [')
    with pytest.raises(InputError, match="is not a JSON file"):
        read_words(broken)
    broken.write_bytes('{"text": "Café", "chunks": []}'.encode("latin-1"))
    with pytest.raises(InputError, match=r"broken\.json: is not text in UTF-8"):
        read_words(broken)
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read_words(tmp_path)


def test_a_file_in_which_nobody_speaks_is_refused(tmp_path: Path) -> None:
    silent = tmp_path / "silent.json"
    silent.write_text(json.dumps(document()))
    with pytest.raises(InputError, match=r"silent\.json: has no chunks"):
        read_words(silent)


async def hear_all(channel: WordsChannel) -> list[MicroTurnInput]:
    heard = []
    async for slot in channel.micro_turns():
        heard.append(slot)
        await channel.send(said(slot.index, ""))
        assert channel.heard_index() == slot.index
    return heard


@pytest.mark.anyio
async def test_the_channel_ends_some_time_after_the_last_word() -> None:
    words = parse_words(document(chunk("hi", 0.1, 0.3), chunk("there", 0.3, 0.8)))
    heard = await hear_all(WordsChannel(words, VirtualClock(), tail_s=1.0))
    assert [slot.text for slot in heard[:4]] == ["", "hi", "", "there"]
    assert [slot.user_active for slot in heard[:4]] == [True, False, True, False]
    assert heard[-1].start_s == pytest.approx(1.6)


@pytest.mark.anyio
async def test_the_channel_stays_while_something_is_owed_but_not_for_ever() -> None:
    words = parse_words(document(chunk("hi", 0.0, 0.2)))
    clock = VirtualClock()
    owing = WordsChannel(words, clock, tail_s=1.0, still_owed=lambda: clock.now_s() < 3.0)
    assert (await hear_all(owing))[-1].index == 13
    endless = WordsChannel(
        words, VirtualClock(), tail_s=1.0, longest_tail_s=5.0, still_owed=lambda: True
    )
    assert (await hear_all(endless))[-1].start_s < 5.2


@pytest.mark.anyio
async def test_in_real_time_a_slot_takes_as_long_as_it_lasts() -> None:
    clock = WallClock()
    began_s = clock.now_s()
    heard = await hear_all(WordsChannel((), clock, tail_s=0.4))
    assert len(heard) == 2
    assert 0.55 < clock.now_s() - began_s < 2.0


def test_what_was_said_comes_out_in_the_same_format() -> None:
    transcript = said_transcript(
        [said(0, ""), said(5, " The harb"), said(6, "our"), said(9, " ok")]
    )
    assert transcript == {
        "text": "The harbour ok",
        "chunks": [
            {"text": "The", "timestamp": [1.0, 1.2]},
            {"text": "harbour", "timestamp": [1.2, 1.4]},
            {"text": "ok", "timestamp": [1.8, 2.0]},
        ],
    }
    assert len(parse_words(transcript)) == 3
