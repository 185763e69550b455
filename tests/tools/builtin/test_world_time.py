"""The time in any place, at a moment that the test chooses."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from weft.errors import ToolError
from weft.tools.builtin.places import find_zone, zones_of_places
from weft.tools.builtin.world_time import read_arguments, say_clock, time_tool

NOW = datetime(2026, 11, 20, 7, 20, tzinfo=UTC)
TIME = time_tool(lambda: NOW, "Europe/Rome")


def answer(request: str) -> str:
    """What the tool says to a request."""
    arguments = read_arguments(request)
    assert arguments is not None, request
    return str(TIME(**arguments))


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ("What time is it in Tokyo?", "It is 4:20 in the afternoon in Tokyo."),
        ("um what time is it in uh São Paulo", "It is 4:20 in the morning in Sao Paulo."),
        ("what's the time right now please", "It is 8:20 in the morning."),
        ("what time is it in Paris, France", "It is 8:20 in the morning in Paris."),
        ("how late is it in los angeles", "It is 11:20 at night on Thursday in Los Angeles."),
        ("what's the time in the UK", "It is 7:20 in the morning in the UK."),
        ("What time is it in Japan right now?", "It is 4:20 in the afternoon in Japan."),
        ("what's today's date", "It is Friday, November 20, 2026."),
        ("what day is it in Sydney", "It is Friday, November 20, 2026 in Sydney."),
        ("time difference between London and Tokyo", "London is 9 hours behind Tokyo."),
        ("how far ahead is Kathmandu", "Kathmandu is 4 hours and 45 minutes ahead of you."),
        ("What time is it in Tokyo? No, I meant Lima.", "It is 2:20 in the morning in Lima."),
        ("what time is it in tokyo no i meant osaka", "It is 4:20 in the afternoon in Osaka."),
        ("My uncle's in Oslo, what time does he have now?", "It is 8:20 in the morning in Oslo."),
        ("Lagos, what does the clock show there?", "It is 8:20 in the morning in Lagos."),
        ("what's the hour in Nepal", "It is 1:05 in the afternoon in Nepal."),
        ("Would it be too late to ring Hanoi now?", "It is 2:20 in the afternoon in Hanoi."),
        (
            "How much later is it in Delhi than in Rome?",
            "Delhi is 4 hours and 30 minutes ahead of Rome.",
        ),
        ("difference in hours, Seoul and Rome", "Seoul is 8 hours ahead of Rome."),
        (
            "If I go from Rome to Lima, how many hours back do I set my watch?",
            "Rome is 6 hours ahead of Lima.",
        ),
        ("is it Saturday already in Auckland?", "It is Friday, November 20, 2026 in Auckland."),
        (
            "it may be tomorrow already over there, so give me the date in Tokyo",
            "It is Friday, November 20, 2026 in Tokyo.",
        ),
        ("are Oslo and Rome in the same time zone?", "It is the same time in Oslo as in Rome."),
        (
            "My flight lands in Osaka soon, what's the clock say there?",
            "It is 4:20 in the afternoon in Osaka.",
        ),
        (
            "Dare I ring Hanoi, I mean, what time is it there?",
            "It is 2:20 in the afternoon in Hanoi.",
        ),
        ("has it gone midnight in Lima yet", "It is 2:20 in the morning in Lima."),
        ("how many hours is Kathmandu ahead", "Kathmandu is 4 hours and 45 minutes ahead of you."),
        ("what's the time in Panama City", "It is 2:20 in the morning in Panama City."),
        (
            "What time is it in Tokyo and Rome?",
            "It is 4:20 in the afternoon in Tokyo. It is 8:20 in the morning in Rome.",
        ),
        (
            "what time is it in Osaka, Lima and then also in the city of Oslo right now",
            "It is 4:20 in the afternoon in Osaka. It is 2:20 in the morning in Lima. "
            "It is 8:20 in the morning in Oslo.",
        ),
        (
            "what time is it in Trinidad and Tobago",
            "It is 3:20 in the morning in Trinidad and Tobago.",
        ),
    ],
)
def test_a_question_for_the_time_gets_a_spoken_answer(request_: str, said: str) -> None:
    assert answer(request_) == said


@pytest.mark.parametrize(
    "request_",
    [
        "what's the weather in Paris",
        "tell my sister that I will be late",
        "Will I need an umbrella this afternoon?",
        "Move my three o'clock meeting to Thursday.",
        "What time does the sun set today?",
        "what time is kick off tonight",
        "what time does the shop open in Paris",
        "If it's 3 pm in New York what time is it in Paris",
        "set a timer for three hours",
        "when's the best time to prune roses",
        "what's the flying time to Toronto",
        "what's the time signature of a waltz",
        "The match is on tonight, what time is it on?",
        "what time is it there",
        "which time zone is Denver in",
        "who's ahead of Spain in the table",
        "what's the difference between Spain and Portugal",
        "how late does the tube run in London",
        "what date is it on Friday",
        "which date is ninety days after the tenth of January",
        "time for lunch",
        "I'm yawning all the time",
        "we had a lovely time in Malta",
        "I already know what time it is",
    ],
)
def test_other_questions_are_left_to_others(request_: str) -> None:
    assert read_arguments(request_) is None


def test_a_place_without_one_time_is_asked_back() -> None:
    with pytest.raises(ToolError, match="several time zones in the United States; name a city"):
        answer("what time is it in the United States")


def test_an_unknown_place_is_named() -> None:
    with pytest.raises(ToolError, match="I do not know the time zone of Xanadu"):
        answer("what time is it in Xanadu")


def test_several_hundred_places_are_known_and_every_zone_exists() -> None:
    places = zones_of_places()
    assert len(places) > 600
    assert all(ZoneInfo(zone) for zone in set(places.values()))


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("new york", "America/New_York"),
        ("Germany", "Europe/Berlin"),
        ("the Netherlands", "Europe/Amsterdam"),
        ("Beijing", "Asia/Shanghai"),
        ("Kenya", "Africa/Nairobi"),
        ("Austin, Texas", "America/Chicago"),
        ("UTC", "UTC"),
        ("../../etc/passwd", None),
        ("nowhere", None),
    ],
)
def test_places_are_found_by_any_of_their_names(name: str, zone: str | None) -> None:
    found = find_zone(name)
    if zone is None:
        assert found is None
    else:
        assert found is not None
        assert NOW.astimezone(ZoneInfo(found)).utcoffset() == NOW.astimezone(ZoneInfo(zone)).utcoffset()  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [
        (0, 0, "midnight"),
        (0, 5, "12:05 in the morning"),
        (7, 0, "7 in the morning"),
        (12, 0, "noon"),
        (12, 30, "12:30 in the afternoon"),
        (18, 15, "6:15 in the evening"),
        (23, 59, "11:59 at night"),
    ],
)
def test_the_time_of_day_is_said_as_people_say_it(hour: int, minute: int, said: str) -> None:
    assert say_clock(datetime(2026, 1, 1, hour, minute)) == said
