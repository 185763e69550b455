"""Spoken conversions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.errors import ToolError
from weft.tools.builtin.units import convert, read_arguments, units


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ("How many grams are in three ounces?", "Three ounces are 85.05 grams."),
        ("how many feet are there in a mile", "One mile is 5,280 feet."),
        (
            "what's 72 degrees fahrenheit in celsius",
            "72 degrees Fahrenheit is 22.22 degrees Celsius.",
        ),
        (
            "minus 40 celsius in fahrenheit",
            "Minus 40 degrees Celsius is minus 40 degrees Fahrenheit.",
        ),
        ("Convert 100 degrees to Celsius", "100 degrees Fahrenheit is 37.78 degrees Celsius."),
        ("how tall is six foot two in centimeters", "74 inches are 187.96 centimeters."),
        ("what's 6'2\" in cm", "74 inches are 187.96 centimeters."),
        ("how many milliliters are in 8 ounces", "Eight fluid ounces are 236.59 milliliters."),
        ("um how many tablespoons make a quarter cup please", "0.25 cups are 4 tablespoons."),
        (
            "twenty miles an hour in kilometers per hour",
            "20 miles per hour is 32.19 kilometers per hour.",
        ),
        ("ten metres per second in km/h", "Ten meters per second is 36 kilometers per hour."),
        ("how many square feet in an acre", "One acre is 43,560 square feet."),
        ("How many grams are in three ounces? No, I meant four.", "Four ounces are 113.4 grams."),
        ("How many grams in three ounces? No, pounds.", "Three pounds are 1,360.78 grams."),
        ("convert 5 miles to kilometers, no wait, to meters", "Five miles are 8,046.72 meters."),
        ("how many millilitres is a pint and a half", "1.5 pints are 709.76 milliliters."),
        ("he weighs 12 stone 6, how many kilos is that", "174 pounds are 78.93 kilograms."),
        ("pounds to kilos, the parcel says twenty", "20 pounds are 9.07 kilograms."),
        ("how many decimetres are in 3 metres", "Three meters are 30 decimeters."),
        ("3.5 gigawatts in megawatts", "3.5 gigawatts are 3,500 megawatts."),
        (
            "60 square inches in square centimetres",
            "60 square inches are 387.1 square centimeters.",
        ),
        (
            "90 litres per minute as litres per second",
            "90 liters per minute is 1.5 liters per second.",
        ),
        (
            "eighty kilometres in one hour, how much is that in miles per hour",
            "80 kilometers per hour is 49.71 miles per hour.",
        ),
        ("I run 5k, what's that in miles", "Five kilometers are 3.11 miles."),
        ("my tape is metric and the shelf is ten inches", "Ten inches are 25.4 centimeters."),
        ("thirty celsius, what's that in American", "30 degrees Celsius is 86 degrees Fahrenheit."),
        ("minutes in a week?", "One week is 10,080 minutes."),
    ],
)
def test_a_spoken_conversion_gets_a_spoken_answer(request_: str, said: str) -> None:
    arguments = read_arguments(request_)
    assert arguments is not None
    assert units(**arguments) == said


@pytest.mark.parametrize(
    "request_",
    [
        "how many people live in three cities",
        "what is the second planet",
        "5 km",
        "",
        "what year was the mile first run in under four minutes",
        "how many grams of sugar are in a 330 ml can of cola",
        "on the first of each month remind me to read the meter",
        "litres in a gallon, times five",
        "what's 50k in pounds",
        "can a dog sleep twenty hours a day for a month",
    ],
)
def test_what_is_no_conversion_is_not_read_as_one(request_: str) -> None:
    assert read_arguments(request_) is None


def test_units_that_measure_different_things_are_refused_plainly() -> None:
    with pytest.raises(ToolError, match="Cups and grams measure different things"):
        convert(3, "cups", "grams")


@pytest.mark.parametrize("name", ["flibber", "", "m**10**10**10", "1" * 50, "__class__", "()"])
def test_an_unknown_unit_is_named(name: str) -> None:
    with pytest.raises(ToolError, match="I do not know the unit"):
        convert(1, name, "grams")


def test_names_that_only_pint_knows_are_understood() -> None:
    assert convert(1, "angstrom", "nanometers")[0] == pytest.approx(0.1)


@given(st.floats(0.01, 1e6), st.sampled_from(["ounces", "stone", "kg", "carats", "tons"]))
def test_converting_there_and_back_gives_the_same(value: float, unit: str) -> None:
    there, _, _ = convert(value, unit, "grams")
    assert convert(there, "grams", unit)[0] == pytest.approx(value)


@given(st.text(max_size=60))
def test_reading_any_request_never_fails(request_: str) -> None:
    read_arguments(request_)
