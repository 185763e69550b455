"""Unit conversion: "how many grams are in three ounces" becomes "Three ounces are 85.05 grams."

The names that people say are listed here; the factors are pint's. Words outside the list are never
given to pint when a request is read, because it takes many everyday words for units.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from weft.errors import ToolError
from weft.tools.builtin.spoken_numbers import ONES, Piece, in_digits, read_pieces, say_number
from weft.tools.builtin.spoken_requests import phrases, read_with_corrections, word_set
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
class Unit:
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
hundredweight|hundredweights|UK_hundredweight|hundredweight
troy ounce|troy ounces|troy_ounce|
ton|tons|short_ton|short_ton short_tons us_ton us_tons
metric ton|metric tons|metric_ton|tonne tonnes metric_tonne metric_tonnes
carat|carats|carat|
meter|meters|meter|m metre metres
kilometer|kilometers|kilometer|km kms kilometre kilometres k_m k ks
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
league|leagues|league|
hand|hands|hand|
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
bushel|bushels|bushel|
barrel of oil|barrels of oil|oil_barrel|oil_barrel oil_barrels
cubic centimeter|cubic centimeters|centimeter**3|cc ccs
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
millennium|millennia|1000*year|millenniums
mile per hour|miles per hour|mile/hour|mph
kilometer per hour|kilometers per hour|kilometer/hour|kph kmh km_/_h
meter per second|meters per second|meter/second|m_/_s
knot|knots|knot|
degree Celsius|degrees Celsius|degree_Celsius|celsius centigrade degrees_centigrade c °_c degrees_c
degree Fahrenheit|degrees Fahrenheit|degree_Fahrenheit|fahrenheit f °_f degrees_f
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
torr|torr|torr|
atmosphere|atmospheres|atmosphere|atm
pound per square inch|pounds per square inch|psi|psi
newton|newtons|newton|
newton meter|newton meters|newton*meter|
foot pound|foot pounds|foot*force_pound|
British thermal unit|British thermal units|Btu|btu btus
electronvolt|electronvolts|electron_volt|electron_volt electron_volts
ampere|amperes|ampere|amp amps
volt|volts|volt|
ohm|ohms|ohm|
hertz|hertz|hertz|hz
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


_PREFIXES = word_set("nano micro milli centi deci hecto kilo mega giga tera peta")
_PREFIXED = word_set(
    "gram meter liter second watt joule newton pascal volt ampere amp ohm hertz byte bit calorie"
    " electronvolt"
)


def _read_table() -> dict[tuple[str, ...], Unit]:
    units: dict[tuple[str, ...], Unit] = {}
    for line in _TABLE.strip().splitlines():
        one, many, pint_name, others = line.split("|")
        unit = Unit(one, many, pint_name)
        for name in (one, many, *(other.replace("_", " ") for other in others.split())):
            units[tuple(name.lower().split())] = unit
    for base in _PREFIXED:
        known = units[base,]
        for prefix in _PREFIXES:
            unit = Unit(f"{prefix}{known.one}", f"{prefix}{known.many}", f"{prefix}{known.pint}")
            for name in (f"{prefix}{base}", f"{prefix}{base}s"):
                units.setdefault((name,), unit)
    return units


_UNITS = _read_table()
_LONGEST_NAME = max(len(name) for name in _UNITS)
_POWERS = {
    "square": ("square", 2), "sq": ("square", 2), "cubic": ("cubic", 3), "cu": ("cubic", 3)
}  # fmt: skip
_SMALLER = {"foot": ("inch", 12), "stone": ("pound", 14)}
"""What a bare number behind means, and how many there are at most: "six foot two"."""
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
        "hand",
        "hands",
        "league",
        "leagues",
        "amp",
        "volt",
        "k",
        "ks",
    ]
)
"""Names that count as units only next to a number, or behind "in", "to" or "many"."""
_CELSIUS = _UNITS[("celsius",)]
_FAHRENHEIT = _UNITS[("fahrenheit",)]
_TEMPERATURES = (_CELSIUS, _FAHRENHEIT)
_DEGREE = _UNITS[("degree",)]
_FLUID_OUNCE = _UNITS[("fluid", "ounce")]
_OUNCE = _UNITS[("ounce",)]


def unit_names(one: str, *, many: bool) -> list[str]:
    """Give what people call a unit, by its name in the singular."""
    unit = _UNITS[tuple(one.lower().split())]
    others = [" ".join(name) for name, each in _UNITS.items() if each == unit]
    return [unit.many if many else unit.one, *others[2:]]


# --- reading ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mention:
    """A unit in a request, with the number before it if there is one."""

    unit: Unit
    value: Fraction | None
    is_target: bool


@dataclass(frozen=True, slots=True)
class _Conversion:
    value: Fraction
    unit_from: Unit
    unit_to: Unit
    from_was_last: bool


def read_arguments(request: str) -> dict[str, object] | None:
    """Read "how many grams are in three ounces" into value, unit_from and unit_to."""
    conversion = read_with_corrections(request, _read, _corrected)
    if conversion is None:
        return None
    return {
        "value": float(in_digits(conversion.value)),
        "unit_from": conversion.unit_from.many,
        "unit_to": conversion.unit_to.many,
    }


def _read(request: str) -> _Conversion | None:
    if _IS_A_SUM.search(request):
        return None
    mentions = _mentions(request)
    quantities = [mention for mention in mentions if mention.value is not None]
    targets = [mention for mention in mentions if mention.value is None]
    if not quantities:
        return _read_units_first(request, targets)
    if not targets:
        targets = _in_the_other_system(request, quantities[-1].unit)
    if not targets:
        return None
    target = next((mention for mention in targets if mention.is_target), targets[0])
    total = quantities[0]
    assert total.value is not None
    value = total.value
    unit_from = total.unit
    for further in quantities[1:]:
        # "Five feet ten inches", "two pounds and three ounces".
        if further.value is None or not _same_kind(unit_from, further.unit):
            return None
        value = value * _factor(unit_from, further.unit) + further.value
        unit_from = further.unit
    unit_to = target.unit
    if unit_from == _DEGREE and unit_to in _TEMPERATURES:
        unit_from = _FAHRENHEIT if unit_to == _CELSIUS else _CELSIUS
    if unit_to == _DEGREE and unit_from in _TEMPERATURES:
        unit_to = _FAHRENHEIT if unit_from == _CELSIUS else _CELSIUS
    if unit_from == unit_to:
        return None
    asks_to_convert = target.is_target and not re.search(
        r"\bhow (?:many|much|long)\b", request, re.I
    )
    asks_to_convert = asks_to_convert and not _THOUSANDS.search(request)
    if not (asks_to_convert or _convertible(unit_from, unit_to)):
        return None  # "how many grams of sugar are in a litre": no conversion tells
    from_was_last = target in mentions and mentions.index(total) > mentions.index(target)
    return _Conversion(value, unit_from, unit_to, from_was_last)


def _in_the_other_system(request: str, unit: Unit) -> list[_Mention]:
    """Find the unit that "in metric" or "in American" asks for, given that of the amount."""
    if _METRIC.search(request):
        pairs = _TO_METRIC
    elif _IMPERIAL.search(request):
        pairs = _FROM_METRIC
    else:
        return []
    targets = (other for one, other in pairs if _UNITS[tuple(one.split())] == unit)
    return [_Mention(_UNITS[tuple(other.split())], None, is_target=True) for other in targets]


_THOUSANDS = re.compile(r"\d ?k\b", re.IGNORECASE)
"""The "k" of "5k in miles" are kilometres, that of "50k in pounds" are not."""
_METRIC = phrases("metric, european, (?:in|to) (?:french|german|new money)")
_IMPERIAL = phrases(
    "imperial, american, freedom units, old money, us units, (?:in|to|for) (?:an? )?americans?"
)
_TO_METRIC: tuple[tuple[str, str], ...] = (
    ("inch", "centimeter"), ("foot", "meter"), ("yard", "meter"), ("mile", "kilometer"),
    ("ounce", "gram"), ("pound", "kilogram"), ("stone", "kilogram"), ("fahrenheit", "celsius"),
    ("fluid ounce", "milliliter"), ("cup", "milliliter"), ("pint", "liter"), ("gallon", "liter"),
    ("mile per hour", "kilometer per hour"), ("acre", "hectare"),
)  # fmt: skip
_FROM_METRIC = (
    *(
        (metric, other)
        for other, metric in _TO_METRIC
        if other not in ("yard", "stone", "cup", "pint")
    ),
    ("millimeter", "inch"),
)
"""What a unit of one system is turned into when only the other system is named."""


def _read_units_first(request: str, units_named: list[_Mention]) -> _Conversion | None:
    """Read "pounds to kilos, the turkey says fourteen"."""
    numbers = [piece.value for piece in read_pieces(request) if isinstance(piece.value, Fraction)]
    if len(units_named) != 2 or len(numbers) != 1 or not units_named[1].is_target:
        return None
    unit_from, unit_to = units_named[0].unit, units_named[1].unit
    if unit_from == unit_to or not _convertible(unit_from, unit_to):
        return None
    return _Conversion(numbers[0], unit_from, unit_to, from_was_last=False)


_IS_A_SUM = re.compile(
    r"\b(?:times|plus|divided by|multiplied by|doubled|halved|halve|double)\b", re.IGNORECASE
)
"""Wants more than a conversion."""


def unit_at(words: Sequence[str], at: int) -> tuple[Unit, int] | None:
    """Find the longest unit that begins at a word, and how many words it takes."""
    named = _named_unit_at(words, at)
    if named is None:
        return None
    unit, length = named
    per = _per_unit_at(words, at + length, of_a_time=unit.one in _TIMES)
    if per is None:
        return named
    name = f"{unit.one} per {per[0].one}"
    composed = _UNITS.get(tuple(name.split())) or Unit(
        name, f"{unit.many} per {per[0].one}", f"{unit.pint}/({per[0].pint})"
    )
    return composed, length + per[1]


def _per_unit_at(words: Sequence[str], at: int, *, of_a_time: bool) -> tuple[Unit, int] | None:
    """Find the hours of "miles per hour", "miles an hour" and "miles in one hour"."""
    joint = 2 if words[at : at + 1] == ["in"] else 1
    if words[at : at + 1] in (["per"], ["/"]):
        units_allowed = None
    elif words[at + joint - 1 : at + joint] in (["a"], ["an"], ["one"]) and (
        joint == 1 or not of_a_time
    ):
        units_allowed = _TIMES
    else:
        return None
    found = _named_unit_at(words, at + joint)
    if found is None or (units_allowed is not None and found[0].one not in units_allowed):
        return None
    return found[0], joint + found[1]


_TIMES = word_set("second minute hour day week month year")


def _named_unit_at(words: Sequence[str], at: int) -> tuple[Unit, int] | None:
    for length in range(min(_LONGEST_NAME, len(words) - at), 0, -1):
        if (unit := _UNITS.get(tuple(words[at : at + length]))) is not None:
            return unit, length
    if at + 1 < len(words) and words[at] in _POWERS and (words[at + 1],) in _UNITS:
        unit = _UNITS[words[at + 1],]
        name, power = _POWERS[words[at]]
        return Unit(f"{name} {unit.one}", f"{name} {unit.many}", f"{unit.pint}**{power}"), 2
    return None


def _mentions(request: str) -> list[_Mention]:
    request = re.sub(r"(\d+)\s*['′]\s*(\d+)\b\s*[\"″]?", r"\1 feet \2 inches", request)
    request = re.sub(r"(?<=\w)[-‐](?=[a-z])", " ", request)
    request = re.sub(r"\bdegs?\b\.?", "degrees", request, flags=re.IGNORECASE)
    request = re.sub(r"(?<=met)re(?=s?\b)|(?<=lit)re(?=s?\b)", "er", request, flags=re.IGNORECASE)
    pieces = read_pieces(request)
    words = ["one" if piece.value == 1 else piece.word for piece in pieces]
    mentions: list[_Mention] = []
    at = 0
    while at < len(pieces):
        found = unit_at(words, at)
        if found is None:
            at += 1
            continue
        unit, length = found
        value = _value_before(pieces, words, at)
        previous = words[at - 1] if at else ""
        if value is None and unit not in _TEMPERATURES and previous in _ONE_OF_THEM:
            value = Fraction(1)
        is_target = previous in ("in", "to", "into", "as", "many", "much", "what")
        name = " ".join(words[at : at + length])
        at += length
        if previous == "what" and unit.one in _TIMES:
            continue  # "what year": a date is asked for
        if value is None and not is_target and name in _AMBIGUOUS_ALONE:
            continue
        if value is not None and (part := _part_behind(pieces, at)) is not None:
            value += part
            at += 2
        mentions.append(_Mention(unit, value, is_target))
        smaller = _smaller_behind(unit, pieces, words, at) if value is not None else None
        if smaller is not None:
            mentions.append(smaller)
            at += 1
    return mentions


_ONE_OF_THEM = word_set("a an one per each every single")
"""Before a unit without a number; but "a Celsius thermometer" is no degree."""


def _value_before(pieces: Sequence[Piece], words: Sequence[str], at: int) -> Fraction | None:
    """Find the number of a unit, with its sign: "minus forty degrees" before "Celsius"."""
    before = at - 1
    while before >= 0 and words[before] in ("of", "a", "an", "degrees", "°", "more", "full"):
        before -= 1
    value = pieces[before].value if before >= 0 else ""
    if isinstance(value, str):
        return None
    sign = words[before - 1] if before else ""
    is_dash = sign == "-" and (before < 2 or isinstance(pieces[before - 2].value, str))
    return -value if sign in ("minus", "negative") or is_dash else value


def _part_behind(pieces: Sequence[Piece], at: int) -> Fraction | None:
    """Find the fraction in "a pint and a half", which is not that of another unit."""
    if at + 1 >= len(pieces) or pieces[at].word != "and":
        return None
    part = pieces[at + 1].value
    behind = pieces[at + 2].word if at + 2 < len(pieces) else ""
    is_part = not isinstance(part, str) and 0 < part < 1
    return part if is_part and not isinstance(part, str) and (behind,) not in _UNITS else None


def _smaller_behind(
    unit: Unit, pieces: Sequence[Piece], words: Sequence[str], at: int
) -> _Mention | None:
    """Find the inches in "six foot two" and the pounds in "twelve stone six"."""
    if unit.one not in _SMALLER or at >= len(pieces):
        return None
    name, most = _SMALLER[unit.one]
    value = pieces[at].value
    if isinstance(value, str) or value >= most or unit_at(words, at + 1) is not None:
        return None
    return _Mention(_UNITS[name,], value, is_target=False)


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


def _dimension(unit: Unit) -> object:
    return _registry().get_dimensionality(_registry().parse_expression(unit.pint).units)


def _same_kind(left: Unit, right: Unit) -> bool:
    return bool(_dimension(left) == _dimension(right))


def _convertible(unit_from: Unit, unit_to: Unit) -> bool:
    """Whether both measure the same; ounces may be fluid ounces."""
    if _same_kind(unit_from, unit_to):
        return True
    others = {unit_from, unit_to} - {_OUNCE}
    return len(others) == 1 and _same_kind(others.pop(), _FLUID_OUNCE)


def _factor(unit: Unit, other: Unit) -> Fraction:
    registry = _registry()
    ratio = registry.parse_expression(unit.pint).to(registry.parse_expression(other.pint).units)
    return Fraction(float(ratio.magnitude)).limit_denominator(10**9)


def find_unit(name: str) -> Unit:
    """Find a unit by any of its names, or by pint's own; raises ToolError."""
    spelt = re.sub(r"(?<=met)re(?=s?\b)|(?<=lit)re(?=s?\b)", "er", name.lower())
    words = spelt.replace("_", " ").replace("°", "° ").replace("/", " / ").split()
    found = unit_at(words, 0) if words else None
    if found is not None and found[1] == len(words):
        return found[0]
    import pint

    if not _PINT_NAME.fullmatch(name):
        raise ToolError(f"I do not know the unit {name[:40]!r}.")
    try:
        units_named = _registry().parse_units(name.strip())
    except (pint.errors.PintError, ValueError, TypeError, AttributeError, SyntaxError) as error:
        raise ToolError(f"I do not know the unit {name!r}.") from error
    known = str(units_named)
    if not known or known == "dimensionless":
        raise ToolError(f"I do not know the unit {name!r}.")
    spoken = known.replace("_", " ").replace(" / ", " per ")
    return Unit(spoken, f"{spoken}s", known)


def convert(value: float, unit_from: str, unit_to: str) -> tuple[float, Unit, Unit]:
    """Convert an amount; gives the units as they were understood. Raises ToolError."""
    source, target = find_unit(unit_from), find_unit(unit_to)
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


def _say_amount(value: float, unit: Unit, *, in_words: bool = False) -> str:
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
