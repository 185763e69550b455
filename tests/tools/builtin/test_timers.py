"""Timers: reading them, and their beats on virtual time."""

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.clock import VirtualClock
from weft.errors import ToolError
from weft.tools.builtin.spoken_timers import read_repeat_arguments, read_timer_arguments
from weft.tools.builtin.timers import (
    repeat,
    timer,
)
from weft.tools.tool import Tool, ToolContext

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("request_", "seconds", "message"),
    [
        ("Set a timer for ten minutes", 600, None),
        ("buzz me in an hour and a half", 5400, None),
        (
            "I need a reminder in twenty minutes to check the oven",
            1200,
            "This is your reminder to check the oven",
        ),
        (
            "Give me a nudge an hour from now to check on the baby.",
            3600,
            "This is your reminder to check on the baby",
        ),
        ("set a ninety second timer please", 90, None),
        ("a noodles timer, four minutes", 240, "Time is up for the noodles"),
        ("set a timer called bread for fifty minutes", 3000, "Time is up for the bread"),
        (
            "a countdown named bread that runs for fifty minutes",
            3000,
            "Time is up for the bread",
        ),
        ("For the dumplings, start a timer of 12 minutes.", 720, "Time is up for the dumplings"),
        ("my kitchen timer to five minutes please", 300, None),
        ("Shout when 100 seconds are done!", 100, None),
        ("Tell me as soon as 40 minutes have elapsed.", 2400, None),
        (
            "in roughly an hour remind my brother to feed his cat",
            3600,
            "This is your reminder to feed his cat",
        ),
        ("remind the neighbours in 10 minutes that it's late", 600, "It's late"),
        ("I have to leave in 35 minutes so remind me", 2100, "This is your reminder to leave"),
        (
            "this time tomorrow remind me to water the palm",
            86_400,
            "This is your reminder to water the palm",
        ),
        ("1h30 timer", 5400, None),
        ("timer 01:10:00", 4200, None),
        ("wake me up in an hour and a half", 5400, None),
        ("ping me in a quarter of an hour", 900, None),
        ("set a second timer for 3 minutes", 180, None),
        ("In 20 seconds say go", 20, "Go"),
        ("um in uh ten seconds say Hello world!", 10, "Hello world"),
        ("say boo to me in five seconds.", 5, "Boo"),
        ("in two minutes thirty tell me the pasta is done", 150, "The pasta is done"),
        (
            "remind me in half an hour to call my mother",
            1800,
            "This is your reminder to call your mother",
        ),
        ("start a 3 minute timer for the eggs", 180, "Time is up for the eggs"),
        ("Set a timer for ten minutes. No, I meant 20.", 1200, None),
        ("Set a timer for ten minutes. Actually, make it an hour.", 3600, None),
        ("In ten seconds say go. No, say stop.", 10, "Stop"),
        (
            "Don't let me forget to salt the water eight minutes from now.",
            480,
            "This is your reminder to salt the water",
        ),
        (
            "I have to collect Ben in half an hour, so please give me a shout then",
            1800,
            "This is your reminder to collect Ben",
        ),
        ("The dough rests for an hour, give me a timer for that.", 3600, None),
        (
            "The film starts in twenty minutes. Nudge me in fifteen to make popcorn.",
            900,
            "This is your reminder to make popcorn",
        ),
        ("wake me in an hour and ten", 4200, None),
        (
            "remind me to bring the washing in in ten",
            600,
            "This is your reminder to bring the washing in",
        ),
        ("let me know after 8 minutes that the eggs are done", 480, "The eggs are done"),
        (
            "I'd like to be reminded in two hours to ring Ida",
            7200,
            "This is your reminder to ring Ida",
        ),
        ("half an hour's nap, then get me up", 1800, None),
        ("Time seven minutes for me.", 420, None),
        ("Give me five minutes, then say time's up.", 300, "Time's up"),
        ("Wait a second, set a timer for ten minutes.", 600, None),
        ("Wait five minutes.", 300, None),
        ("Wait a minute, then say go.", 60, "Go"),
    ],
)
def test_a_timer_is_read_from_what_was_said(
    request_: str, seconds: float, message: str | None
) -> None:
    expected = {"seconds": seconds} | ({"message": message} if message else {})
    assert read_timer_arguments(request_) == expected


@pytest.mark.parametrize(
    ("request_", "every_seconds", "message", "times"),
    [
        ("Every four seconds say breathe", 4, "Breathe", None),
        ("say hello four times, one every second", 1, "Hello", 4),
        ("say inhale every six seconds and stop after twelve times", 6, "Inhale", 12),
        ("At 45 second intervals, say 'change sides', six times.", 45, "Change sides", 6),
        ("Nag me hourly to check it", 3600, "This is your reminder to check it", None),
        ("say tick every two seconds, please", 2, "Tick", None),
        ("say breathe in every six seconds ten times", 6, "Breathe in", 10),
        ("keep saying left right every second for a minute", 1, "Left right", 60),
        ("every 10 seconds say next until I tell you to stop", 10, "Next", None),
        ("until I say stop, say hop every two seconds", 2, "Hop", None),
        ("say no every 5 seconds", 5, "No", None),
        ("every half minute say hi", 30, "Hi", None),
        ("beep every 3 seconds", 3, "Beep", None),
        ("Every four seconds say breathe. No, I meant six.", 6, "Breathe", None),
        ("every four seconds say breathe, no I meant say relax", 4, "Relax", None),
        (
            "remind me every twenty minutes to drink water",
            1200,
            "This is your reminder to drink water",
            None,
        ),
        ("Nine times, with five seconds in between, say twist.", 5, "Twist", 9),
        ("Duck, say that word every six seconds.", 6, "Duck", None),
        ("call out go at me every 75 seconds, 12 laps", 75, "Go", 12),
        ("tell the kids to hydrate daily", 86_400, "This is your reminder to hydrate", None),
        ("weekly, tell me to dust", 604_800, "This is your reminder to dust", None),
        ("every few hours say sip", 10_800, "Sip", None),
        ("say jump every minute while I train", 60, "Jump", None),
        ("say up and down with ten seconds between each, eight times", 10, "Up and down", 8),
        ("loop the phrase chin up with a gap of 40 seconds", 40, "Chin up", None),
        ("five times in a row, a second apart, say hip hip hooray", 1, "Hip hip hooray", 5),
        (
            "Four reminders, half an hour apart, to water the lawn.",
            1800,
            "This is your reminder to water the lawn",
            4,
        ),
        (
            "Remind me over and over to stir, every ninety seconds.",
            90,
            "This is your reminder to stir",
            None,
        ),
        (
            "tell me to turn the meat every minute, but only five times",
            60,
            "This is your reminder to turn the meat",
            5,
        ),
        (
            "remind me three times an hour to sip water",
            1200,
            "This is your reminder to sip water",
            None,
        ),
        (
            "for the next half hour tell me to relax every five minutes",
            300,
            "This is your reminder to relax",
            6,
        ),
        (
            "The jam mustn't burn, so every two minutes remind me to stir",
            120,
            "This is your reminder to stir",
            None,
        ),
        ("Say hop every eight, no, make that every six seconds.", 6, "Hop", None),
        ("tick once per second for a minute", 1, "Tick", 60),
    ],
)
def test_a_repeated_message_is_read_from_what_was_said(
    request_: str, every_seconds: float, message: str, times: int | None
) -> None:
    expected = {"every_seconds": every_seconds, "message": message}
    assert read_repeat_arguments(request_) == expected | ({"times": times} if times else {})


@pytest.mark.parametrize(
    "request_",
    [
        "Wait, hold on a second.",
        "wait a minute, I have to think",
        "just give me two seconds",
        "Could you wait a sec?",
        "give me a minute",
        "Hold on, one moment, wait just a minute",
        "in a minute",
        "how many seconds are in a minute",
        "alarm at seven",
        "what happens every year",
        "snooze that alarm for ten more minutes",
        "pause the timer for a minute",
        "bring the alarm forward by twenty minutes",
        "how many minutes are left on my timer",
        "warn me ten minutes before the meeting",
        "every second Wednesday remind me of choir practice",
        "remind me at five to call home",
        "daily at nine remind me to sign in",
        "every morning tell me to stretch",
        "do goldfish forget everything after three seconds",
        "say I save twelve a week, when do I get to a thousand",
    ],
)
def test_other_requests_are_left_to_others(request_: str) -> None:
    assert read_timer_arguments(request_) is None
    assert read_repeat_arguments(request_) is None


@given(st.text(max_size=60))
def test_reading_any_request_never_fails(request_: str) -> None:
    read_timer_arguments(request_)
    read_repeat_arguments(request_)


async def said_until_s(
    used: Tool, arguments: dict[str, object], moment_s: float, asked_s: float | None = None
) -> list[tuple[float, str]]:
    """What a tool says on virtual time, and when; cancelled at the moment given."""
    clock = VirtualClock()
    context = ToolContext(clock=clock, session_id="s", delegation_id="d", asked_s=asked_s)
    said: list[tuple[float, str]] = []

    async def listen() -> None:
        async for output in used.run(arguments, context):
            said.append((clock.now_s(), output.text))  # noqa: PERF401  # it is cancelled midway

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        await clock.advance_to_s(moment_s)
        tasks.cancel_scope.cancel()
    return said


async def test_a_timer_speaks_once_at_its_moment() -> None:
    arguments: dict[str, object] = {"seconds": 20, "message": "go"}
    assert await said_until_s(timer, arguments, 19.9) == []
    assert await said_until_s(timer, arguments, 100.0) == [(20.0, "Go.")]


async def test_a_timer_without_a_message_says_that_time_is_up() -> None:
    assert await said_until_s(timer, {"seconds": 90}, 90.0) == [
        (90.0, "Time is up. That was 1 minute and 30 seconds.")
    ]


async def test_a_timer_counts_from_when_it_was_asked_for() -> None:
    assert await said_until_s(timer, {"seconds": 5, "message": "go"}, 9.0, asked_s=-1.5) == [
        (3.5, "Go.")
    ]


async def test_a_repeated_message_keeps_its_beat_until_it_is_cancelled() -> None:
    assert await said_until_s(repeat, {"every_seconds": 4, "message": "breathe"}, 15.0) == [
        (4.0, "Breathe."),
        (8.0, "Breathe."),
        (12.0, "Breathe."),
    ]


async def test_a_repeated_message_ends_after_its_times() -> None:
    arguments: dict[str, object] = {"every_seconds": 0.7, "message": "Hop!", "times": 3}
    said = await said_until_s(repeat, arguments, 100.0)
    assert [round(moment_s, 6) for moment_s, _ in said] == [0.7, 1.4, 2.1]
    assert {text for _, text in said} == {"Hop!"}


async def test_beats_that_were_missed_are_left_out() -> None:
    clock = VirtualClock()
    context = ToolContext(clock=clock, session_id="s", delegation_id="d")
    arguments = {"every_seconds": 2, "message": "hop", "times": 3}
    moments_s: list[float] = []

    async def listen_slowly() -> None:
        async for _ in repeat.run(arguments, context):
            moments_s.append(clock.now_s())
            if len(moments_s) == 1:
                await clock.sleep_until_s(7.0)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen_slowly)
        await clock.advance_to_s(20.0)
    assert moments_s == [2.0, 8.0, 10.0]


@pytest.mark.parametrize(
    "arguments",
    [
        {"every_seconds": 0.01, "message": "x"},
        {"every_seconds": 0, "message": "x"},
        {"every_seconds": 1, "message": " "},
        {"every_seconds": 1, "message": "x", "times": 0},
    ],
)
async def test_a_beat_that_cannot_be_said_is_refused(arguments: dict[str, object]) -> None:
    context = ToolContext(clock=VirtualClock(), session_id="s", delegation_id="d")
    with pytest.raises(ToolError):
        await anext(repeat.run(arguments, context))
