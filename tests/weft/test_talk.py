"""`weft talk`: keys are heard while the model speaks, and a words file can be the user."""

import io
import json
import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partialmethod
from pathlib import Path

import anyio
import pytest
from textual.widgets import Input, Static

from tests.fakes.queue import Planned
from tests.weft.scripted import scripted_conversation
from weft import talk, wiring
from weft.clock import Clock, VirtualClock
from weft.errors import InputError, WeightsError
from weft.interaction_model.scripted import Reply, ScriptedModel, sure_of
from weft.interaction_model.types import (
    SLOT_S,
    ControlToken,
    Floor,
    MicroTurnInput,
    MicroTurnOutput,
    Row,
)
from weft.orchestrator.channels.words import WordsChannel, parse_words
from weft.orchestrator.events import ResultReady
from weft.orchestrator.outstanding import Outstanding
from weft.orchestrator.ports import Channel
from weft.orchestrator.record import FileRecord, SessionRecord, read_record
from weft.tools.components import Card, Fact

REPLIES = (
    Reply(heard="capital", says="Let me see.", control=ControlToken.DELEGATE),
    Reply(heard="hi", says="Hello! Good to hear you."),
)
PLANS = (Planned(request="capital", text="It is Oslo.", after_slots=3),)
CARD = Card(title="Norway", facts=(Fact(label="people in Oslo", value="717,710"),))
SHOWING = (
    Planned(
        request="capital",
        text="Look at the screen.",
        detail="The **oldest** part is Gamlebyen.",
        components=(CARD,),
    ),
)

AGENT = "background: {agents: {local: {provider: local}}}\n"
CHUNKS = [
    {"text": "What's", "timestamp": [0.2, 0.5]},
    {"text": "the", "timestamp": [0.5, 0.7]},
    {"text": "capital?", "timestamp": [0.7, 1.2]},
]


def build(clock: Clock, channel: Channel) -> wiring.Conversation:
    return scripted_conversation(clock, channel, REPLIES, PLANS)


async def until(condition: Callable[[], bool], limit_s: float = 20.0) -> None:
    with anyio.fail_after(limit_s):
        while not condition():  # noqa: ASYNC110  (a terminal tells nobody that it was drawn)
            await anyio.sleep(0.05)


@pytest.mark.parametrize(
    ("line", "complete", "rest"),
    [
        ("", "", ""),
        ("hel", "", "hel"),
        ("hello ", "hello", ""),
        ("hello th", "hello", "th"),
        ("  ", "", ""),
        (" one two  three", "one two", "three"),
    ],
)
def test_a_word_is_complete_when_a_space_follows(line: str, complete: str, rest: str) -> None:
    assert tuple(part.strip() for part in talk.split_typed(line)) == (complete, rest)


def test_the_status_says_how_long_words_that_were_pasted_wait() -> None:
    assert talk.status(Outstanding(), 0).startswith("nothing under way")
    assert talk.status(Outstanding(), 12) == "still hearing you: 2.4 s of words wait"


@pytest.mark.anyio
async def test_what_is_typed_is_heard_and_the_answer_is_seen() -> None:
    said: list[MicroTurnOutput] = []
    app = talk.TalkApp(build, said)
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press(*"what's", "space", *"the", "space", *"capital?")
        line = app.query_one("#line", Input)
        assert line.value == "capital?"
        await pilot.press("enter")
        assert line.value == ""
        await until(lambda: "Oslo." in " ".join(slot.text for slot in said))
        await pilot.pause()
        assert "Oslo." in str(app.query_one("#said", Static).render())
        drawing = "\n".join(
            str(strip.render()) for strip in app.query("#strips Static").results(Static)
        )
        assert "▄" in drawing
        assert "capital?" in drawing
        assert "◆" in drawing
        await pilot.press("ctrl+q")
        await until(lambda: not app.is_running)
    assert app.failure is None
    assert app.return_code == 0


@pytest.mark.anyio
async def test_a_long_conversation_lays_out_no_more_strips_than_can_be_scrolled_to() -> None:
    channels: list[Channel] = []

    def late(clock: Clock, channel: Channel) -> wiring.Conversation:
        channels.append(channel)
        return build(clock, channel)

    app = talk.TalkApp(late, [])
    async with app.run_test(size=(100, 40)) as pilot:
        await until(lambda: bool(channels))
        quarter_hour = round(900 / SLOT_S)
        said = MicroTurnOutput(index=quarter_hour, text="Still here.", floor=sure_of(Floor.MODEL))
        for slot in (said, replace(said, index=quarter_hour + 1, text="")):
            await channels[0].send(slot)
        await until(lambda: "Still here." in str(app.query("#strips Static").last(Static).render()))
        await until(lambda: len(app.query("#strips Static")) <= 40)
        await pilot.press("ctrl+q")
        await until(lambda: not app.is_running)


def quiet_slots(indices: range) -> list[MicroTurnOutput]:
    return [MicroTurnOutput(index=i, text="", floor=sure_of(Floor.GAP)) for i in indices]


@pytest.mark.anyio
async def test_who_scrolls_back_in_the_timeline_is_left_there_until_the_end_is_reached() -> None:
    channels: list[Channel] = []

    def held(clock: Clock, channel: Channel) -> wiring.Conversation:
        channels.append(channel)
        return build(clock, channel)

    app = talk.TalkApp(held, [])
    async with app.run_test(size=(60, 24)) as pilot:
        await until(lambda: bool(channels))
        strips = app.query_one("#strips", talk.Following)

        async def live_on(indices: range) -> None:
            for slot in quiet_slots(indices):
                await channels[0].send(slot)
            await pilot.pause()

        await live_on(range(1_000, 1_400))
        await until(lambda: strips.max_scroll_y > 20 and strips.scroll_y == strips.max_scroll_y)
        await pilot.press("pageup", "pageup")
        read_at = strips.scroll_y
        assert read_at < strips.max_scroll_y
        before = strips.max_scroll_y
        await live_on(range(1_400, 1_600))
        await until(lambda: strips.max_scroll_y > before)
        assert strips.scroll_y == read_at
        while strips.scroll_y < strips.max_scroll_y:
            await pilot.press("pagedown")
        before = strips.max_scroll_y
        await live_on(range(1_600, 1_800))
        await until(lambda: strips.max_scroll_y > before)
        await until(lambda: strips.scroll_y == strips.max_scroll_y)
        # Once more down at the end is not away from it.
        await pilot.press("pagedown")
        before = strips.max_scroll_y
        await live_on(range(1_800, 2_000))
        await until(lambda: strips.max_scroll_y > before)
        await until(lambda: strips.scroll_y == strips.max_scroll_y)
        await pilot.press("ctrl+q")
        await until(lambda: not app.is_running)


@pytest.mark.anyio
async def test_strips_that_are_read_do_not_move_when_the_oldest_could_go() -> None:
    channels: list[Channel] = []

    def held(clock: Clock, channel: Channel) -> wiring.Conversation:
        channels.append(channel)
        return build(clock, channel)

    app = talk.TalkApp(held, [])
    async with app.run_test(size=(60, 24)) as pilot:
        await until(lambda: bool(channels))
        strips = app.query_one("#strips", talk.Following)
        for slot in quiet_slots(range(10_000, 10_002)):
            await channels[0].send(slot)
        await until(lambda: len(strips.children) == 40)
        await until(lambda: strips.scroll_y == strips.max_scroll_y)
        await pilot.press("pageup")
        seen = strips.children[-5]
        where = seen.region
        for slot in quiet_slots(range(10_300, 10_302)):
            await channels[0].send(slot)
        await until(lambda: len(strips.children) > 45)
        assert seen.region == where
        while not strips.follows:
            await pilot.press("pagedown")
        await until(lambda: len(strips.children) == 40)
        await pilot.press("ctrl+q")
        await until(lambda: not app.is_running)


@pytest.mark.anyio
async def test_who_reads_on_the_screen_is_left_there_when_more_is_shown() -> None:
    app = talk.TalkApp(build, [])
    long = "\n\n".join(f"Paragraph {number}." for number in range(40))

    def ready(number: int) -> ResultReady:
        return ResultReady(
            index=number,
            delegation_id=f"s.{number}",
            result_id=f"r{number}",
            kind="result",
            text="Look at the screen.",
            detail=long,
        )

    async with app.run_test(size=(60, 30)) as pilot:
        screen = app.query_one("#screen", talk.Following)
        app._show_screen(ready(1))
        await until(lambda: 0 < screen.max_scroll_y == screen.scroll_y)
        screen.scroll_to(y=3, animate=False)
        await until(lambda: screen.scroll_y == 3)
        before = screen.max_scroll_y
        app._show_screen(ready(2))
        await until(lambda: screen.max_scroll_y > before)
        await pilot.pause()
        assert screen.scroll_y == 3
        await pilot.press("ctrl+q")
        await until(lambda: not app.is_running)


@pytest.mark.anyio
async def test_what_is_drawn_stays_as_it_is() -> None:
    frames: list[str] = []

    class Watched(talk.TalkApp):
        def _show_strips(self) -> None:
            super()._show_strips()
            drawn = list(self.query("#strips Static").results(Static))
            rows = str(drawn[-1].render()).splitlines()
            frames.extend(row for row in rows if row.strip().startswith("weft"))

    said: list[MicroTurnOutput] = []
    app = Watched(build, said)
    async with app.run_test(size=(200, 40)) as pilot:
        await pilot.press(*"what's", "space", *"the", "space", *"capital?", "enter")
        await until(lambda: "Oslo." in " ".join(slot.text for slot in said))
        await until(lambda: "▓▓" in frames[-1])
        await pilot.press("ctrl+q")
        await until(lambda: not app.is_running)
    assert [frame for frame in frames if not frames[-1].startswith(frame)] == []


@pytest.mark.anyio
async def test_what_was_said_is_still_seen_in_another_width() -> None:
    app = talk.TalkApp(build, [])

    def strips() -> list[str]:
        return [str(strip.render()) for strip in app.query("#strips Static").results(Static)]

    async with app.run_test(size=(40, 24)) as pilot:
        await pilot.press(*"hi", "enter")
        await until(lambda: len(strips()) == 2)
        before = strips()[0]
        assert "Hello!" in before
        await pilot.resize_terminal(44, 24)
        await until(lambda: len(strips()) == 2 and strips()[0] == before)
        await pilot.press("ctrl+q")
        await until(lambda: not app.is_running)


@pytest.mark.anyio
async def test_a_low_terminal_has_room_for_the_talk() -> None:
    app = talk.TalkApp(build, [])
    async with app.run_test(size=(80, 16)) as pilot:
        await pilot.pause()
        assert not app.query_one("#legend", Static).display
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert app.query_one("#legend", Static).display
        await pilot.press("ctrl+q")
        await until(lambda: not app.is_running)


@pytest.mark.anyio
async def test_what_an_agent_shows_stands_on_the_screen() -> None:
    def shows(clock: Clock, channel: Channel) -> wiring.Conversation:
        return scripted_conversation(clock, channel, REPLIES, SHOWING)

    said: list[MicroTurnOutput] = []
    app = talk.TalkApp(shows, said)
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press(*"what's", "space", *"the", "space", *"capital?", "enter")
        await until(lambda: "screen." in " ".join(slot.text for slot in said))
        await pilot.pause()
        screen = "".join(
            strip.text
            for strip in app.query_one("#shown", Static).render_lines(
                app.query_one("#shown", Static).size.region
            )
        )
        assert "Norway" in screen
        assert "The oldest part is Gamlebyen." in screen
        assert "717,710" in screen
        await pilot.press("ctrl+q")
        await until(lambda: not app.is_running)


@pytest.mark.anyio
async def test_ctrl_c_ends_the_session_with_a_complete_record(tmp_path: Path) -> None:
    file = tmp_path / "record.jsonl"

    def recorded(clock: Clock, channel: Channel) -> wiring.Conversation:
        return scripted_conversation(clock, channel, REPLIES, record=FileRecord(file))

    said: list[MicroTurnOutput] = []
    app = talk.TalkApp(recorded, said)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"hi", "enter")
        await until(lambda: len(said) > 1)
        await pilot.resize_terminal(60, 20)
        await pilot.press("ctrl+c")
        await until(lambda: not app.is_running)
    record = read_record(file)
    assert record.end
    assert [slot.heard.index for slot in record.slots] == list(range(len(record.slots)))
    assert any(slot.heard.text == "hi" for slot in record.slots)


@pytest.mark.anyio
async def test_keys_faster_than_their_events_are_heard_once(tmp_path: Path) -> None:
    file = tmp_path / "record.jsonl"

    def recorded(clock: Clock, channel: Channel) -> wiring.Conversation:
        return scripted_conversation(clock, channel, REPLIES, record=FileRecord(file))

    app = talk.TalkApp(recorded, [])
    async with app.run_test(size=(80, 24)) as pilot:
        line = app.query_one("#line", Input)
        for key in "one two th":
            line.insert_text_at_cursor(key)
        await pilot.press("enter")
        await until(lambda: file.exists() and "th" in _heard(file))
        await pilot.press("ctrl+c")
        await until(lambda: not app.is_running)
    assert _heard(file) == ["one", "two", "th"]


def _heard(record: Path) -> list[str]:
    """Every word that a recorded session heard."""
    if not record.read_bytes().count(b"\n"):
        return []
    return " ".join(slot.heard.text for slot in read_record(record).slots).split()


@pytest.mark.anyio
async def test_a_conversation_that_cannot_be_made_ends_the_app_with_the_reason() -> None:
    def broken(clock: Clock, channel: Channel) -> wiring.Conversation:
        raise WeightsError("no weights")

    app = talk.TalkApp(broken, [])
    async with app.run_test():
        await until(lambda: not app.is_running)
    assert str(app.failure) == "no weights"


class ErrorOfOurs(Exception):
    """Nothing that weft raises on purpose."""


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `weft talk` run without a terminal as it does in one."""

    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("sys.__stderr__", Terminal())
    monkeypatch.setattr(talk.TalkApp, "run", partialmethod(talk.TalkApp.run, headless=True))


def raising(error: Exception, *, after: int) -> Callable[[], None]:
    """Make something that may be called so often, and then raises."""
    allowed = iter(range(after))

    def call() -> None:
        if next(allowed, None) is None:
            raise error

    return call


@pytest.mark.usefixtures("terminal", "_wired")
def test_an_error_in_the_conversation_is_raised_when_the_screen_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, out = tmp_path / "record.jsonl", tmp_path / "said.json"
    breaks = raising(ErrorOfOurs("broken"), after=3)
    step = ScriptedModel.step

    def breaking(model: ScriptedModel, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        breaks()
        return step(model, heard, row)

    monkeypatch.setattr(ScriptedModel, "step", breaking)
    with pytest.raises(ErrorOfOurs, match="broken"):
        talk.main(None, words=None, fast=False, out=out, record=record)
    ended = read_record(record)
    assert len(ended.slots) == 3
    assert [getattr(event, "reason", None) for event in ended.end] == ["error: ErrorOfOurs"]
    assert json.loads(out.read_text())["chunks"] == []


@pytest.mark.usefixtures("terminal", "_wired")
def test_an_error_in_the_drawing_is_an_exit_code_and_the_record_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tmp_path / "record.jsonl"
    breaks = raising(ErrorOfOurs("broken"), after=3)

    def draw(app: talk.TalkApp, *_: object) -> None:
        # In a handler of the app's, not in the conversation: as keys and sizes are handled.
        app.call_next(breaks)

    monkeypatch.setattr(talk.TalkApp, "_show_said", draw)
    assert talk.main(None, words=None, fast=False, out=None, record=record) == 1
    ended = read_record(record)
    assert len(ended.slots) >= 3
    assert ended.end


@pytest.mark.usefixtures("terminal")
def test_nothing_is_logged_over_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    logged = io.StringIO()
    while_drawn: list[str] = []

    def noisy(*_: object, **__: object) -> None:
        for late_ms in (1, 2, 3):
            logging.getLogger("weft.test").warning("missed", extra={"late_ms": late_ms})
        logging.getLogger("library").warning("be careful with %s", "it")
        warnings.showwarning(UserWarning("a warning of a library"), UserWarning, "file.py", 1)
        while_drawn.append(logged.getvalue())
        raise InputError("that is enough")

    monkeypatch.setattr(wiring, "build", noisy)
    handler = logging.StreamHandler(logged)
    logging.getLogger().addHandler(handler)
    try:
        with pytest.raises(InputError, match="that is enough"):
            talk.main(None, words=None, fast=False, out=None, record=None)
    finally:
        logging.getLogger().removeHandler(handler)
    assert while_drawn == [""]
    first, second, third = logged.getvalue().strip().splitlines()[:3]
    assert first == "missed (3 times)"
    assert second == "be careful with it"
    assert third == "file.py:1: UserWarning: a warning of a library"


@pytest.mark.anyio
async def test_of_a_long_speech_the_latest_lines_are_seen() -> None:
    long = Reply(heard="hi", says=" ".join(f"word{number}" for number in range(40)))

    def talkative(clock: Clock, channel: Channel) -> wiring.Conversation:
        return scripted_conversation(clock, channel, [long])

    said: list[MicroTurnOutput] = []
    app = talk.TalkApp(talkative, said)
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.press(*"hi", "enter")
        await until(lambda: any("word39" in slot.text for slot in said))
        await pilot.pause()
        line = app.query_one("#said", Static)
        assert "word39" in str(line.render())
        assert line.size.height == 2
        await pilot.press("ctrl+c")
        await until(lambda: not app.is_running)


@pytest.fixture
def words_file(tmp_path: Path) -> Path:
    """A short recorded question."""
    file = tmp_path / "user.json"
    file.write_text(json.dumps({"text": "What's the capital?", "chunks": CHUNKS}))
    return file


@pytest.fixture
def _wired(monkeypatch: pytest.MonkeyPatch) -> None:
    wire(monkeypatch, PLANS)


def wire(monkeypatch: pytest.MonkeyPatch, plans: Sequence[Planned]) -> None:
    """Let agents answer by plan in every conversation that is made."""

    def scripted(
        _config: object,
        *,
        clock: Clock,
        channel: Channel,
        record: Path | None,
        past: SessionRecord | None,
    ) -> object:
        sink = FileRecord(record, goes_on=past is not None) if record else None
        made = scripted_conversation(clock, channel, REPLIES, plans, sink)
        if past is not None:
            made.session.relive(past)
        return made

    monkeypatch.setattr(wiring, "build", scripted)


@pytest.mark.usefixtures("_wired")
def test_a_words_file_is_the_user_and_what_was_said_is_written(
    words_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "model.json"
    assert talk.main(None, words=words_file, fast=True, out=out, record=None) == 0
    transcript = json.loads(out.read_text())
    assert transcript["text"] == "Let me see. It is Oslo."
    said = parse_words(transcript)
    assert said[0].start_s > 1.2
    drawing = capsys.readouterr().out
    assert "What's the capital?" in " ".join(drawing.split())


@pytest.mark.usefixtures("_wired")
def test_a_talk_goes_on_where_its_record_ends(
    words_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record, out = tmp_path / "talk.jsonl", tmp_path / "model.json"
    assert talk.main(None, words=words_file, fast=True, out=None, record=record) == 0
    whole = record.read_bytes()
    place = whole.index(b'"text":"It is"')
    record.write_bytes(whole[: whole.index(b"\n", place) + 30])
    silence = tmp_path / "silence.json"
    silence.write_text(
        json.dumps({"text": "mm", "chunks": [{"text": "mm", "timestamp": [4.0, 4.1]}]})
    )
    capsys.readouterr()
    resumed = talk.main(None, words=silence, fast=True, out=out, record=None, resume=record)
    assert resumed == 0
    assert json.loads(out.read_text())["text"] == "Oslo."
    # What was said before is drawn before it.
    assert "What's the capital?" in " ".join(capsys.readouterr().out.split())
    slots = [slot.heard.index for slot in read_record(record).slots]
    assert slots == list(range(len(slots)))


@pytest.mark.anyio
async def test_what_was_said_and_is_open_is_on_the_screen_of_who_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    clock = VirtualClock()
    channel = WordsChannel(parse_words({"text": "", "chunks": CHUNKS}), clock, tail_s=2.0)
    first = scripted_conversation(clock, channel, REPLIES, (), FileRecord(file))
    await first.session.run()
    past = read_record(file)

    def goes_on(clock: Clock, channel: Channel) -> wiring.Conversation:
        made = scripted_conversation(clock, channel, REPLIES, (), FileRecord(file, goes_on=True))
        made.session.relive(past)
        return made

    app = talk.TalkApp(goes_on, [], past)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: len(read_record(file).slots) > len(past.slots) + 1)
        await pilot.pause()
        assert "finding out: What's the capital?" in str(app.query_one("#status", Static).content)
        await pilot.press("ctrl+c")
        await until(lambda: not app.is_running)


@pytest.mark.usefixtures("_wired")
def test_the_command_logs_what_its_configuration_asks_for(words_file: Path, tmp_path: Path) -> None:
    config = tmp_path / "agent.yaml"
    config.write_text("background: {agents: {a: {provider: local}}}\nlog: {level: error}\n")
    weft_logger = logging.getLogger("weft")
    before = weft_logger.level
    try:
        talk.main(config, words=words_file, fast=True, out=None, record=None)
        assert weft_logger.level == logging.ERROR
    finally:
        weft_logger.setLevel(before)


@pytest.mark.usefixtures("_wired")
def test_a_recorded_session_is_drawn_again(
    words_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "record.jsonl"
    talk.main(None, words=words_file, fast=True, out=None, record=record)
    drawn = capsys.readouterr().out
    assert talk.replay(record) == 0
    assert capsys.readouterr().out == drawn


def test_what_was_shown_stands_below_its_strip_also_when_drawn_again(
    words_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire(monkeypatch, SHOWING)
    record = tmp_path / "record.jsonl"
    talk.main(None, words=words_file, fast=True, out=None, record=record)
    drawn = capsys.readouterr().out
    assert drawn.index("What's") < drawn.index("Norway") < drawn.index("people in Oslo: 717,710")
    assert "The oldest part is Gamlebyen." in drawn
    assert talk.replay(record) == 0
    assert capsys.readouterr().out == drawn


@pytest.mark.usefixtures("_wired")
def test_mistakes_are_said_before_the_conversation(words_file: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        talk.main(None, words=words_file, fast=True, out=tmp_path / "no" / "x.json", record=None)
    with pytest.raises(InputError, match="cannot be written: Is a directory"):
        talk.main(None, words=words_file, fast=True, out=tmp_path, record=None)
    with pytest.raises(InputError, match="cannot be written: No such file"):
        talk.main(None, words=words_file, fast=True, out=None, record=tmp_path / "no" / "x.jsonl")
    with pytest.raises(InputError, match="cannot be read"):
        talk.main(None, words=tmp_path / "none.json", fast=True, out=None, record=None)
    words_file.write_text(json.dumps({"text": "", "chunks": [CHUNKS[1], CHUNKS[0]]}))
    with pytest.raises(InputError, match="entry 2"):
        talk.main(None, words=words_file, fast=True, out=None, record=None)


@pytest.mark.usefixtures("_wired")
def test_no_file_is_written_over_by_another(words_file: Path, tmp_path: Path) -> None:
    before = words_file.read_text()
    with pytest.raises(InputError, match="--out and --words name the same file"):
        talk.main(None, words=words_file, fast=True, out=words_file, record=None)
    with pytest.raises(InputError, match="--record and --words name the same file"):
        talk.main(None, words=words_file, fast=True, out=None, record=words_file)
    link = tmp_path / "link.json"
    link.symlink_to(words_file)
    same = tmp_path / "same"
    with pytest.raises(InputError, match="--record and --out name the same file"):
        talk.main(None, words=words_file, fast=True, out=same, record=same)
    with pytest.raises(InputError, match="name the same file"):
        talk.main(None, words=words_file, fast=True, out=link, record=None)
    assert words_file.read_text() == before
    agent = tmp_path / "agent.yaml"
    agent.write_text(AGENT)
    with pytest.raises(InputError, match="--out and CONFIG name the same file"):
        talk.main(agent, words=words_file, fast=True, out=agent, record=None)
    with pytest.raises(InputError, match="--record and CONFIG name the same file"):
        talk.main(agent, words=words_file, fast=True, out=None, record=agent)
    assert agent.read_text() == AGENT


@pytest.mark.usefixtures("_wired")
def test_a_transcript_that_cannot_be_written_in_the_end_is_printed(
    words_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no disk here that is always full")
    with pytest.raises(InputError, match=r"cannot write the transcript to '/dev/full'.*No space"):
        talk.main(None, words=words_file, fast=True, out=full, record=None)
    assert '"text": "Let me see. It is Oslo."' in capsys.readouterr().out


def test_a_talk_that_never_begins_leaves_its_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words_file: Path
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise InputError("no model")

    monkeypatch.setattr(wiring, "build", fail)
    out = tmp_path / "said.json"
    out.write_text("precious")
    with pytest.raises(InputError, match="no model"):
        talk.main(None, words=words_file, fast=True, out=out, record=None)
    assert out.read_text() == "precious"
    with pytest.raises(InputError, match="no model"):
        talk.main(None, words=words_file, fast=True, out=tmp_path / "a", record=tmp_path / "b")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["said.json", "user.json"]


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    ("stream", "what_to_do"),
    [("sys.stdin", "--words FILE"), ("sys.__stderr__", "start it without `2>`")],
)
def test_without_a_terminal_talk_says_what_to_do(
    stream: str, what_to_do: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoTerminal:
        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(stream, NoTerminal())
    # Nothing is looked at before: not even whether there is such a file.
    with pytest.raises(InputError, match=what_to_do):
        talk.main(Path("gone.yaml"), words=None, fast=False, out=None, record=None)
