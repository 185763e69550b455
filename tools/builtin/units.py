"""Unit conversion: "how many grams are in three ounces" becomes "Three ounces are 85.05 grams."

The names that people say are listed here; the factors are pint's. Words outside the list are never
given to pint when a request is read, because it takes many everyday words for units.
"""

import functools
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from weft.errors import ToolError
from weft.tools.builtin.spoken_numbers import ONES, in_digits, read_pieces, say_number
from weft.tools.builtin.spoken_requests import split_corrections
from weft.tools.tool import tool

if TYPE_CHECKING:
    import pint

EXAMPLES = (
    "convert 20 gigabytes to megabytes",
    "How many grams are in three ounces?",
    "convert 26 miles to kilometers",
    "what's 72 degrees fahrenheit in celsius",
    "how many feet are there in a mile",
    "How much is two and a half cups in milliliters?",
    "350 fahrenheit is what in celsius",
    "how tall is six foot two in centimeters",
    "how many seconds are in a week please",
    "turn five kilos into pounds",
    "what is 100 kilometers per hour in miles per hour",
    "how many tablespoons make a quarter cup",
    "I need 12 inches in centimeters",
    "how many litres are in a gallon",
)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit by what people call it (one, many) and what pint calls it."""

    one: str
    many: str
    pint: str


_TABLE = """
gram|grams|gram|g gramme grammes gr
kilogram|kilograms|kilogram|kg kgs kilo kilos kilogramme kilogrammes
milligram|milligrams|milligram|mg
microgram|micrograms|microgram|mcg
ounce|ounces|ounce|oz
pound|pounds|pound|lb lbs
stone|stone|stone|stones
ton|tons|short_ton|short_ton short_tons us_ton us_tons
metric ton|metric tons|metric_ton|tonne tonnes metric_tonne metric_tonnes
carat|carats|carat|
meter|meters|meter|m metre metres
kilometer|kilometers|kilometer|km kms kilometre kilometres k_m
centimeter|centimeters|centimeter|cm cms centimetre centimetres
millimeter|millimeters|millimeter|mm millimetre millimetres
micrometer|micrometers|micrometer|micron microns micrometre micrometres
nanometer|nanometers|nanometer|nm nanometre nanometres
inch|inches|inch|
foot|feet|foot|ft
yard|yards|yard|yd yds
mile|miles|mile|mi
nautical mile|nautical miles|nautical_mile|
furlong|furlongs|furlong|
fathom|fathoms|fathom|
light year|light years|light_year|lightyear lightyears
astronomical unit|astronomical units|astronomical_unit|
parsec|parsecs|parsec|
liter|liters|liter|l litre litres
milliliter|milliliters|milliliter|ml millilitre millilitres mil mils
deciliter|deciliters|deciliter|dl decilitre decilitres
centiliter|centiliters|centiliter|cl centilitre centilitres
cup|cups|cup|
tablespoon|tablespoons|tablespoon|tbsp tbsps tablespoonful tablespoonfuls
teaspoon|teaspoons|teaspoon|tsp tsps teaspoonful teaspoonfuls
fluid ounce|fluid ounces|fluid_ounce|fl_oz
pint|pints|pint|
quart|quarts|quart|
gallon|gallons|gallon|gal
imperial gallon|imperial gallons|imperial_gallon|uk_gallon uk_gallons
imperial pint|imperial pints|imperial_pint|uk_pint uk_pints
barrel of oil|barrels of oil|oil_barrel|oil_barrel oil_barrels
cubic meter|cubic meters|meter**3|cubic_metre cubic_metres
cubic centimeter|cubic centimeters|centimeter**3|cubic_centimetre cubic_centimetres cc ccs
cubic foot|cubic feet|foot**3|
cubic inch|cubic inches|inch**3|
cubic yard|cubic yards|yard**3|
square meter|square meters|meter**2|square_metre square_metres
square kilometer|square kilometers|kilometer**2|square_kilometre square_kilometres
square centimeter|square centimeters|centimeter**2|square_centimetre square_centimetres
square foot|square feet|foot**2|
square inch|square inches|inch**2|
square yard|square yards|yard**2|
square mile|square miles|mile**2|
acre|acres|43560*foot**2|
hectare|hectares|hectare|ha
second|seconds|second|sec secs
millisecond|milliseconds|millisecond|ms
microsecond|microseconds|microsecond|
minute|minutes|minute|min mins
hour|hours|hour|hr hrs
day|days|day|
week|weeks|week|
fortnight|fortnights|fortnight|
month|months|month|
year|years|year|
decade|decades|10*year|
century|centuries|100*year|
mile per hour|miles per hour|mile/hour|mph
kilometer per hour|kilometers per hour|kilometer/hour|kph kmh km_/_h
meter per second|meters per second|meter/second|m_/_s
foot per second|feet per second|foot/second|
knot|knots|knot|
degree Celsius|degrees Celsius|degree_Celsius|celsius centigrade degrees_centigrade c °_c
degree Fahrenheit|degrees Fahrenheit|degree_Fahrenheit|fahrenheit f °_f
kelvin|kelvin|kelvin|kelvins degrees_kelvin
joule|joules|joule|j
kilojoule|kilojoules|kilojoule|kj
megajoule|megajoules|megajoule|mj
calorie|calories|calorie|cal
kilocalorie|kilocalories|kilocalorie|kcal
watt hour|watt hours|watt_hour|wh
kilowatt hour|kilowatt hours|kilowatt_hour|kwh
watt|watts|watt|w
kilowatt|kilowatts|kilowatt|kw
megawatt|megawatts|megawatt|mw
horsepower|horsepower|horsepower|hp
pascal|pascals|pascal|pa
kilopascal|kilopascals|kilopascal|kpa
bar|bar|bar|bars
millibar|millibars|millibar|
atmosphere|atmospheres|atmosphere|atm
pound per square inch|pounds per square inch|psi|psi
newton|newtons|newton|
bit|bits|bit|
byte|bytes|byte|
kilobyte|kilobytes|kilobyte|kb
megabyte|megabytes|megabyte|mb meg megs
gigabyte|gigabytes|gigabyte|gb gig gigs
terabyte|terabytes|terabyte|tb
megabit|megabits|megabit|
gigabit|gigabits|gigabit|
degree|degrees|degree|
radian|radians|radian|
mile per gallon|miles per gallon|mile/gallon|mpg
"""


def _read_table() -> dict[tuple[str, ...], _Unit]:
    units: dict[tuple[str, ...], _Unit] = {}
    for line in _TABLE.strip().splitlines():
        one, many, pint_name, others = line.split("|")
        unit = _Unit(one, many, pint_name)
        for name in (one, many, *(other.replace("_", " ") for other in others.split())):
            units[tuple(name.lower().split())] = unit
    return units


_UNITS = _read_table()
_LONGEST_NAME = max(len(name) for name in _UNITS)
_AMBIGUOUS_ALONE = frozenset(
    [
        "m",
        "g",
        "l",
        "c",
        "f",
        "j",
        "w",
        "mi",
        "second",
        "mil",
        "mils",
        "minute",
        "degree",
        "degrees",
        "bit",
        "stone",
        "bar",
        "pa",
        "min",
        "ha",
        "ms",
        "gal",
        "foot",
        "cal",
    ]
)
"""Names that count as units only next to a number, or behind "in", "to" or "many"."""
_CELSIUS = _UNITS[("celsius",)]
_FAHRENHEIT = _UNITS[("fahrenheit",)]
_TEMPERATURES = (_CELSIUS, _FAHRENHEIT)
_DEGREE = _UNITS[("degree",)]
_FLUID_OUNCE = _UNITS[("fluid", "ounce")]
_OUNCE = _UNITS[("ounce",)]


# --- reading ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mention:
    """A unit in a request, with the number before it if there is one."""

    unit: _Unit
    value: Fraction | None
    is_target: bool


@dataclass(frozen=True, slots=True)
class _Conversion:
    value: Fraction
    unit_from: _Unit
    unit_to: _Unit
    from_was_last: bool


def read_arguments(request: str) -> dict[str, object] | None:
    """Read "how many grams are in three ounces" into value, unit_from and unit_to."""
    conversion: _Conversion | None = None
    for part in split_corrections(request):
        conversion = _read(part) or (conversion and _corrected(conversion, part))
    if conversion is None:
        return None
    return {
        "value": float(in_digits(conversion.value)),
        "unit_from": conversion.unit_from.many,
        "unit_to": conversion.unit_to.many,
    }


def _read(request: str) -> _Conversion | None:
    mentions = _mentions(request)
    quantities = [mention for mention in mentions if mention.value is not None]
    targets = [mention for mention in mentions if mention.value is None]
    if not quantities or not targets:
        return None
    target = next((mention for mention in targets if mention.is_target), targets[0]).unit
    total = quantities[0]
    assert total.value is not None
    value = total.value
    unit_from = total.unit
    if len(quantities) > 1 and " per " in request.lower():
        return None  # so much per so much: a sum, not a conversion
    for further in quantities[1:]:
        # "Five feet ten inches", "two pounds and three ounces".
        if further.value is None or not _same_kind(unit_from, further.unit):
            return None
        value = value * _factor(unit_from, further.unit) + further.value
        unit_from = further.unit
    if unit_from == _DEGREE and target in _TEMPERATURES:
        unit_from = _FAHRENHEIT if target == _CELSIUS else _CELSIUS
    if target == _DEGREE and unit_from in _TEMPERATURES:
        target = _FAHRENHEIT if unit_from == _CELSIUS else _CELSIUS
    if unit_from == target:
        return None
    return _Conversion(value, unit_from, target, mentions.index(total) > mentions.index(targets[0]))


def _mentions(request: str) -> list[_Mention]:
    request = re.sub(r"(\d+)\s*['′]\s*(\d+)\b\s*[\"″]?", r"\1 feet \2 inches", request)
    request = re.sub(r"(?<=\w)[-‐](?=[a-z])", " ", request)
    # One spelling for speeds: "metres a second" is "meters per second".
    request = re.sub(r"(?<=met)re(?=s?\b)", "er", request, flags=re.IGNORECASE)
    request = re.sub(
        r"\b(\w*meters?|miles?|feet) an? (?=hour\b|second\b)", r"\1 per ", request, flags=re.I
    )
    pieces = read_pieces(request)
    words = [piece.word for piece in pieces]
    mentions: list[_Mention] = []
    at = 0
    while at < len(pieces):
        length = next(
            (
                length
                for length in range(min(_LONGEST_NAME, len(pieces) - at), 0, -1)
                if tuple(words[at : at + length]) in _UNITS
            ),
            0,
        )
        if not length:
            at += 1
            continue
        unit = _UNITS[tuple(words[at : at + length])]
        value: Fraction | None = None
        before = at - 1
        while before >= 0 and words[before] in ("of", "a", "an", "degrees", "°", "more", "full"):
            before -= 1
        value_piece = pieces[before].value if before >= 0 else ""
        if isinstance(value_piece, Fraction):
            value = value_piece
            if before > 0 and (
                words[before - 1] in ("minus", "negative")
                or (words[before - 1] == "-" and not isinstance(pieces[before - 2].value, Fraction))
            ):
                value = -value
        elif (
            at > 0
            and unit not in _TEMPERATURES  # "a Celsius thermometer"
            and words[at - 1] in ("a", "an", "one", "per", "each", "every", "single")
        ):
            value = Fraction(1)
        previous = words[at - 1] if at else ""
        is_target = previous in ("in", "to", "into", "as", "many", "much", "what")
        if previous == "what" and unit.one in ("minute", "hour", "day", "week", "month", "year"):
            at += length  # "what year": a date is asked for
            continue
        name = " ".join(words[at : at + length])
        if value is not None or is_target or name not in _AMBIGUOUS_ALONE:
            mentions.append(_Mention(unit, value, is_target))
        at += length
        # "Six foot two": a bare number behind feet means inches.
        if (
            unit.one == "foot"
            and value is not None
            and at < len(pieces)
            and isinstance(behind := pieces[at].value, Fraction)
            and behind < 12
            and not (at + 1 < len(pieces) and (words[at + 1],) in _UNITS)
        ):
            mentions.append(_Mention(_UNITS[("inch",)], behind, False))
            at += 1
    return mentions


def _corrected(conversion: _Conversion, correction: str) -> _Conversion | None:
    """Replace what a correction names: a quantity, a number, or a unit."""
    mentions = _mentions(correction)
    if mentions:
        mention = mentions[-1]
        if mention.value is not None:
            is_article = not any(
                isinstance(piece.value, Fraction) for piece in read_pieces(correction)
            )
            value = conversion.value if is_article else mention.value
            return replace(conversion, value=value, unit_from=mention.unit)
        if mention.is_target or not conversion.from_was_last:
            return replace(conversion, unit_to=mention.unit)
        return replace(conversion, unit_from=mention.unit)
    numbers = [
        piece.value for piece in read_pieces(correction) if isinstance(piece.value, Fraction)
    ]
    return replace(conversion, value=numbers[-1]) if numbers else conversion


_PINT_NAME = re.compile(r"[A-Za-zµ°_ /*]{1,40}(?:\*\*[23])?")
"""What may be given to pint as a name: it would work out any power it is shown, however large."""


# --- converting ---------------------------------------------------------------------------------


@functools.cache
def _registry() -> "pint.UnitRegistry[float]":
    # Reading pint's definitions takes a fifth of a second: not before a conversion is asked for.
    import pint

    return pint.UnitRegistry()


def _load() -> None:
    """Read pint's definitions now, and what it works out at the first conversion."""
    convert(1.0, "ounces", "grams")


def _dimension(unit: _Unit) -> object:
    return _registry().get_dimensionality(_registry().parse_expression(unit.pint).units)


def _same_kind(left: _Unit, right: _Unit) -> bool:
    return bool(_dimension(left) == _dimension(right))


def _factor(unit: _Unit, other: _Unit) -> Fraction:
    registry = _registry()
    ratio = registry.parse_expression(unit.pint).to(registry.parse_expression(other.pint).units)
    return Fraction(float(ratio.magnitude)).limit_denominator(10**9)


def _find(name: str) -> _Unit:
    """Find a unit by any of its names, or by pint's own; raises ToolError."""
    spelt = re.sub(r"(?<=met)re(?=s?\b)", "er", name.lower())
    words = tuple(spelt.replace("_", " ").replace("°", "° ").split())
    if words in _UNITS:
        return _UNITS[words]
    import pint

    if not _PINT_NAME.fullmatch(name):
        raise ToolError(f"I do not know the unit {name[:40]!r}.")
    try:
        known = str(_registry().parse_units(name.strip()))
    except (pint.errors.PintError, ValueError, TypeError, AttributeError, SyntaxError) as error:
        raise ToolError(f"I do not know the unit {name!r}.") from error
    if not known or known == "dimensionless":
        raise ToolError(f"I do not know the unit {name!r}.")
    spoken = known.replace("_", " ").replace(" / ", " per ")
    return _Unit(spoken, f"{spoken}s", known)


def convert(value: float, unit_from: str, unit_to: str) -> tuple[float, _Unit, _Unit]:
    """Convert an amount; gives the units as they were understood. Raises ToolError."""
    source, target = _find(unit_from), _find(unit_to)
    # "Ounces" of something measured by volume are fluid ounces.
    if not _same_kind(source, target):
        if source == _OUNCE and _same_kind(_FLUID_OUNCE, target):
            source = _FLUID_OUNCE
        elif target == _OUNCE and _same_kind(_FLUID_OUNCE, source):
            target = _FLUID_OUNCE
        else:
            raise ToolError(
                f"{_capital(source.many)} and {target.many} measure different things, so one"
                " cannot be turned into the other."
            )
    registry = _registry()
    try:
        if source in (*_TEMPERATURES, _UNITS[("kelvin",)]):
            converted = registry.Quantity(value, source.pint).to(target.pint).magnitude
        else:
            per_one = registry.parse_expression(source.pint)
            wanted = registry.parse_expression(target.pint)
            converted = value * float((per_one / wanted).to("dimensionless").magnitude)
    except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
        raise ToolError(f"I could not turn {source.many} into {target.many}.") from error
    return float(converted), source, target


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _say_amount(value: float, unit: _Unit, *, in_words: bool = False) -> str:
    rounded = round(value, 9)
    number = say_number(int(rounded) if rounded == int(rounded) and abs(rounded) < 1e15 else value)
    if in_words and rounded == int(rounded) and 0 <= rounded <= 12:
        number = list(ONES)[int(rounded)]
    return f"{number} {unit.one if number in ('1', 'one') else unit.many}"


@tool(examples=EXAMPLES, read_arguments=read_arguments, prepare=_load)
def units(value: float, unit_from: str, unit_to: str) -> str:
    """Convert an amount from one unit of measurement to another, temperature included.

    Args:
        value: the amount, for instance 3.
        unit_from: the unit of the amount, for instance ounces.
        unit_to: the unit that is wanted, for instance grams.
    """
    converted, source, target = convert(value, unit_from, unit_to)
    if not abs(value) < 1e30:
        raise ToolError("That amount is too large to say.")
    given = _say_amount(value, source, in_words=True)
    is_one = abs(value) == 1 or source in _TEMPERATURES or source.one == source.many
    is_one = is_one or " per " in source.one
    verb = "is" if is_one else "are"
    return f"{_capital(given)} {verb} {_say_amount(converted, target)}."
