"""A record is complete up to its last slot, and reads back as it was written."""

from pathlib import Path

import pytest

from tests.fakes.conversation import hold, spoken
from tests.fakes.queue import Planned
from weft.errors import InputError
from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.interaction_model.types import ControlToken
from weft.orchestrator.config import SessionConfig
from weft.orchestrator.events import SessionEnded
from weft.orchestrator.record import FileRecord, read_record

pytestmark = pytest.mark.anyio


async def _recorded(path: Path) -> tuple[object, ...]:
    conversation = await hold(
        ScriptedModel([Reply(heard="capital", says="Let me see.", control=ControlToken.DELEGATE)]),
        heard=spoken("the capital of Łódź?", 20),
        plans=[Planned(request="capital", text="There is none. I am sorry.")],
        record=FileRecord(path),
    )
    return conversation.events


async def test_a_record_reads_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    events = await _recorded(path)
    record = read_record(path)
    assert record.events == events
    assert record.header.session_id == "test"
    assert record.header.config_digest == SessionConfig().digest
    assert [slot.heard.index for slot in record.slots] == list(range(24))
    rows = [slot.row.text for slot in record.slots if slot.row]
    assert rows == ["There is", " none.", "I am", " sorry."]
    assert record.slots[5].said.control is ControlToken.DELEGATE
    assert "Łódź" in path.read_text(encoding="utf-8")


async def test_a_record_whose_last_line_was_cut_off_still_reads(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    await _recorded(path)
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    path.write_text("".join(lines[:9]) + lines[9][:30], encoding="utf-8")
    record = read_record(path)
    assert len(record.slots) == 8
    assert record.end == ()


async def test_any_character_can_be_recorded_and_cut_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    record = FileRecord(path)
    record.begin("s", SessionConfig())
    record.end([SessionEnded(index=1, reason="a\u2028b\x85c\ud800")])
    (ended,) = read_record(path).end
    assert ended == SessionEnded(index=1, reason="a\u2028b\x85c?")
    path.write_bytes(path.read_bytes() + '{"slot": "Ł'.encode()[:-1])
    assert read_record(path).end == (ended,)


async def test_every_slot_is_on_disk_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    record = FileRecord(path)
    record.begin("s", SessionConfig())
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1
    record.end([])


async def test_what_is_not_a_record_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    for text, expected in [
        ("", "empty"),
        ('{"header": {', "its only line is unfinished"),
        ('{"header": {"version": 9}}\n', ":1: "),
        ("no json\n", ":1: "),
    ]:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=expected):
            read_record(path)
    with pytest.raises(InputError, match="cannot read"):
        read_record(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="cannot write"):
        FileRecord(tmp_path / "no" / "such.jsonl")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk here")
def test_a_full_disk_ends_the_record_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    record = FileRecord(Path("/dev/full"))
    record.begin("s", SessionConfig())
    record.end([])
    [line] = [entry.message for entry in caplog.records]
    assert line.startswith("the record /dev/full ends here: ")
