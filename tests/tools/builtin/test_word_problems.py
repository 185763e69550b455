"""Sums told as stories."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.errors import ToolError
from weft.tools.builtin.evaluation import evaluate
from weft.tools.builtin.spoken_sums import read_arguments
from weft.tools.builtin.story_words import stem
from weft.tools.builtin.word_problems import read_story


def worked_out(request: str) -> float | None:
    """What a story comes to; None when it is not read as one."""
    expression = read_story(request)
    return None if expression is None else evaluate(expression)


@pytest.mark.parametrize(
    ("request_", "result"),
    [
        ("We're nine people and the bill is 216 pounds, so how much does each of us owe?", 24),
        ("three friends and I share a bill of 92 euros, what's my share?", 23),
        ("a rope of 84 centimetres cut into 7 bits, how long is each bit", 12),
        ("six of us, bill's a hundred and thirty two, what each?", 22),
        ("Ben has ninety marbles to share among seven children, what's left over?", 6),
        ("A pack of 18 batteries costs 13.50, what's the price of each one?", 0.75),
        ("how much is that per slice if a twelve-slice cake costs 30?", 2.5),
        ("we drove 312 miles in six hours, what's our average speed", 52),
    ],
)
def test_what_is_shared_is_divided(request_: str, result: float) -> None:
    assert worked_out(request_) == pytest.approx(result)


@pytest.mark.parametrize(
    ("request_", "result"),
    [
        ("I've got 7 crates and each one holds 16 bottles, so how many bottles have I got?", 112),
        ("If I lift four sets of ten at 60 kilos, what's my total in kilos?", 2400),
        ("i earn 17 dollars an hour and worked 30 hours this week so what did i make", 510),
        ("12 milligrams per kilo, the patient is 60 kilos, so how many does she get?", 720),
        ("if I save twelve pounds a week, what have I got after a year?", 624),
        ("My rent is 950 a month. What's that per year?", 11_400),
        ("I bought three coffees at 2.80 and two cakes at 4.50, how much is that?", 17.4),
        ("a tray holds 24 rolls, I baked nineteen trays and dropped seven rolls, how many are left",
         449),
        ("eggs come in trays of thirty, I need two hundred and ten, how many trays?", 7),
        ("if I read 30 pages a day, how many days will 420 pages take", 14),
        ("there are 400 guests and tables seat eight, how many tables do we need", 50),
        ("if one ticket is 12 pounds fifty what do eight tickets cost", 100),
        ("if one ticket is 12 pounds and 50 pence what do eight tickets cost", 100),
        ("It's £9 for adults and £4 for children. We're 3 adults and 5 kids. What's the cost?", 47),
        ("seniors pay 6 and kids pay 2, so what is it for two seniors and three children", 18),
        ("the lamp uses 1.20 a day, what's that over 50 days", 60),
        ("from a rope of 20 metres I need lengths of 2.5 metres, how many can I cut", 8),
        ("a box of 90 tablets and I get through 6 a day, how many days will it last", 15),
        ("45 miles to the gallon, so how far will 8 gallons take me", 360),
        ("Two lamps at 15 pounds and a rug at 40, what's the damage?", 70),
        ("a hat for 25, a belt for 18 and socks for 7, what did I spend", 50),
        ("if 4 pens cost 6 euros, how much do 10 pens cost", 15),
        ("it's 14 quid for two, so how much for nine of us", 63),
        ("Mia had 40 beads, gave 12 away and then lost another 6, how many has she left", 22),
        ("six aunts put in 20 pounds each for a gift that costs 95, how much is over", 25),
        ("Tom's got 23 shells and Ada's got 19, how many between them", 42),
        ("the phone was 640 last year and it's 480 now, by what percent did it fall", 25),
        ("a third of the 24 left early, how many stayed", 16),
    ],
)  # fmt: skip
def test_what_is_for_each_is_multiplied_or_counted(request_: str, result: float) -> None:
    assert worked_out(request_) == pytest.approx(result)


@pytest.mark.parametrize(
    ("request_", "result"),
    [
        ("The jar held 500 grams and I've used 180, how much is left?", 320),
        ("there were 28 kids on the bus and nine got off then four got on how many are on it", 23),
        ("I pay with a fifty and the total is 37.80, how much change do I get?", 12.2),
        ("we had 88 chairs and a quarter of them broke, how many can people still sit on", 66),
        ("i ran 7.5 on monday 11 on wednesday and 6.5 on friday what does that add up to", 25),
        ("The meter went from 4,210 to 4,655, so what have I used?", 445),
        ("I was born in 1957, so how old will I be in 2031?", 74),
        ("I'm 34 and my sister is 9 years younger, how old is she", 25),
        ("I've saved 1,350 of the 2,000 I need, how much is missing?", 650),
    ],
)  # fmt: skip
def test_what_is_taken_and_added_is_followed(request_: str, result: float) -> None:
    assert worked_out(request_) == pytest.approx(result)


@pytest.mark.parametrize(
    ("request_", "result"),
    [
        ("A lamp costs sixty dollars and it's twenty percent off. What do I pay?", 48),
        ("The sofa's 640 and there's a 15 percent discount, how much do I save?", 96),
        ("my meal was 60 dollars and I'd like to leave a 15 percent tip, how much is the tip?", 9),
        ("Dinner was 80 dollars plus a 20 percent tip, what's the total?", 96),
        ("Invoice is 1,200 net. Put ten percent on top and give me the total.", 1320),
        ("my wage goes up three percent from two thousand one hundred, to what?", 2163),
        ("how much interest do I get on 5000 at three percent for two years?", 300),
        ("Percentage wise, forty two out of fifty six", 75),
        ("my rent has gone from eighty to ninety two, what percentage is that?", 15),
    ],
)
def test_a_percentage_is_of_something_off_it_or_on_top(request_: str, result: float) -> None:
    assert worked_out(request_) == pytest.approx(result)


@pytest.mark.parametrize(
    ("request_", "result"),
    [
        ("the rug is two metres by three and a half, what's the area?", 7),
        ("Fence goes round a paddock thirty by fifty five, how many metres of wire?", 170),
        ("volume of a box forty by thirty by twenty", 24_000),
        ("what's the perimeter of a square field with sides of 60 metres?", 240),
    ],
)
def test_sizes_are_worked_out_of_sides(request_: str, result: float) -> None:
    assert worked_out(request_) == pytest.approx(result)


@pytest.mark.parametrize(
    "request_",
    [
        "how many days between the 3rd of March and the 19th of May?",
        "we started at seven twenty and packed up at four ten, how long was that?",
        "what's the probability of rolling two sixes?",
        "put two pounds of carrots and six eggs on my list",
        "I've got a four-pound chicken here, how long should it roast?",
        "scale the recipe from four servings to ten, what do I need?",
        "which is colder, minus forty Celsius or minus forty Fahrenheit?",
        "ticket's 24 euros, kids pay half, what does one adult and two kids cost",
        "a board of 2 metres, I cut off 30 centimetres, how much is left",
        "I owe Tom 45, he owes me 28, who pays whom how much?",
        "five tailors need eight days, how many days do two tailors need",
    ],
)
def test_a_story_with_an_amount_that_has_no_place_is_left_alone(request_: str) -> None:
    assert read_story(request_) is None


def test_a_correction_changes_the_amount_of_the_same_thing() -> None:
    request = "I've got nine boxes with 36 tiles in each, no, I mean eight boxes. How many tiles?"
    arguments = read_arguments(request)
    assert arguments is not None
    assert evaluate(str(arguments["expression"])) == 288


@given(st.integers(2, 500), st.integers(2, 500), st.sampled_from(["jars", "bottles", "rows"]))
def test_so_many_of_so_many_each_is_a_product(count: int, each: int, thing: str) -> None:
    told = f"I have {count} {thing} with {each} beads in each, how many beads is that?"
    assert worked_out(told) == count * each


@given(st.integers(2, 10**6), st.data())
def test_what_is_left_is_never_below_nothing(had: int, data: st.DataObject) -> None:
    used = data.draw(st.integers(1, had))
    assert worked_out(f"I had {had} screws and used {used}, how many are left?") == had - used


@given(st.text(max_size=80))
def test_reading_any_story_never_fails(request_: str) -> None:
    read_story(request_)


WORDS = (
    "3 7 12 0.5 half a each box boxes of at per percent off on top and , . how many left total used"
    " hour week year by euros split what"
)


@given(st.lists(st.sampled_from(WORDS.split()), max_size=25))
def test_what_is_read_from_any_story_can_be_worked_out(words: list[str]) -> None:
    expression = read_story(" ".join(words))
    if expression is not None:
        assert _is_sound(expression), expression


def _is_sound(expression: str) -> bool:
    try:
        evaluate(expression)
    except ToolError as error:
        return "divided by zero" in str(error)
    return True


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("boxes", "box"),
        ("inches", "inch"),
        ("berries", "berry"),
        ("glass", "glass"),
        ("kilo", "kilo"),
    ],
)
def test_a_plural_loses_its_ending(word: str, one: str) -> None:
    assert stem(word) == one
