"""Amounts as one says them: "5 km/h" is "5 kilometres per hour", "€12.50" is "12 euros 50". Pure.

Symbols and names are those of the Unicode CLDR, which babel brings. The table of the tool `units`
is for reading what people say: in its small letters a milliwatt would be a megawatt.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

ENGLISH = "en_GB"
"""The English of the names: kilometres, "21 November 2026"."""
NUMBER = r"\d+(?:[.,]\d+)*"
_BEFORE_NUMBER = r"(?<![\w.,/])(?<!\d[:-])"
_FRACTION_WORDS = r"(?:and )?(?:a|one|two|three|four|five|seven) (?:half|third|quarter)s?"

# --- units --------------------------------------------------------------------------------------

_TOO_AMBIGUOUS = """
A Cal Da G K MP ac am au bu c cal cd ct dec em fth fur gas-equiv gr in kn mc mpt pc pm pt smi st tn
"""
"""Symbols that are more often something else behind a number: "5 pm", "5 in 10", "10 pt"."""
_ALSO_WRITTEN = {
    "L": "l",
    "dL": "dl",
    "cL": "cl",
    "mL": "ml",
    "KB": "kB",
    "ft²": "sq ft",
    "h": "hr",
    "in²": "in²",
    "kmh": "km/h",
    "kph": "km/h",
    "lbs": "lb",
    "m/s2": "m/s²",
    "mg/dL": "mg/dl",
    "mi²": "sq mi",
    "mmol/L": "mmol/l",
    "s": "sec",
    "° C": "°C",
    "° F": "°F",
}
_PER_WORDS = ("second", "minute", "hour", "day", "night", "week", "month", "year", "person")
_DECADES = re.compile(r"\d*0s")


@dataclass(frozen=True, slots=True)
class _Name:
    one: str
    many: str


@cache
def _units() -> dict[str, _Name]:
    """Give the names of units by their symbols."""
    from babel import Locale
    from babel.units import format_unit

    names = {"%": _Name("percent", "percent"), "°": _Name("degree", "degrees")}
    for unit in map(str, Locale.parse(ENGLISH).unit_display_names):
        one = format_unit(1, unit, "long", locale=ENGLISH)
        many = format_unit(2, unit, "long", locale=ENGLISH)
        if not (one.startswith("1 ") and many.startswith("2 ")):
            continue  # "Beaufort 2"
        name = _Name(one[2:], many[2:])
        for count in (1, 2):
            short = format_unit(count, unit, "short", locale=ENGLISH)
            symbol = short.removeprefix(str(count)).strip()
            if symbol not in _TOO_AMBIGUOUS.split() and symbol not in (name.one, name.many):
                names.setdefault(symbol, name)
    names |= {written: names[symbol] for written, symbol in _ALSO_WRITTEN.items()}
    for symbol, name in list(names.items()):
        if symbol[-1] in "²³":
            power = "2" if symbol[-1] == "²" else "3"
            names |= {f"{symbol[:-1]}{power}": name, f"{symbol[:-1]}^{power}": name}
    return names


def _unit_name(symbol: str, *, is_one: bool) -> str:
    names = _units()
    if symbol in names:
        return names[symbol].one if is_one else names[symbol].many
    above, _, below = symbol.partition("/")
    below = below if below in _PER_WORDS else names[below].one
    return f"{names[above].one if is_one else names[above].many} per {below}"


def _one_of(symbols: Iterable[str]) -> str:
    return "|".join(re.escape(symbol) for symbol in sorted(symbols, key=len, reverse=True))


@cache
def _symbol() -> str:
    """Give the pattern of a symbol, alone or per another."""
    alone = _one_of(_units())
    return rf"(?:{alone})(?:/(?:{alone}|{'|'.join(_PER_WORDS)}))?(?![\w/²³^])"


@cache
def _measured() -> re.Pattern[str]:
    # A capital and another word is an address or a name: "100 W 57th Street", "Henry 5 V Paris".
    return re.compile(
        rf"{_BEFORE_NUMBER}(?P<number>{NUMBER})(?P<gap>[ -]?)"
        rf"(?P<symbol>(?![NVWJ] [A-Z0-9]){_symbol()})"
    )


@cache
def _part_measured() -> re.Pattern[str]:
    return re.compile(rf"\b(?P<part>{_FRACTION_WORDS}) (?P<symbol>{_symbol()})")


@cache
def _unmeasured() -> re.Pattern[str]:
    """Symbols that no word looks like are units without a number too: "people per km²"."""
    telling = [symbol for symbol in _units() if re.search(r"\w[/²³]|°.", symbol)]
    either = _one_of(telling)
    return re.compile(
        rf"(?<![\w.°/])(?P<symbol>{either}|(?:{_one_of(_units())})/(?:{either}))(?![\w/])"
    )


def _say_measured(found: re.Match[str]) -> str:
    number, gap, symbol = found.group("number", "gap", "symbol")
    if symbol == "s" and not gap and _DECADES.fullmatch(f"{number}s"):
        return found[0]  # "the 1990s"
    if gap == "-":
        return f"{number}-{_unit_name(symbol, is_one=True)}"  # "a 5-kilometre run"
    return f"{number} {_unit_name(symbol, is_one=number == '1')}"


def _say_part_measured(found: re.Match[str]) -> str:
    part, symbol = found.group("part", "symbol")
    if part.startswith("and "):
        return f"{part} {_unit_name(symbol, is_one=False)}"  # "2 and a half kilometres"
    name = _unit_name(symbol, is_one=True)
    article = "an" if name[0] in "aeio" or name.startswith("hour") else "a"
    return f"{part} of {article} {name}"


def _say_unmeasured(found: re.Match[str]) -> str:
    before = found.string[: found.start()].rpartition(" ")[0]
    return _unit_name(found["symbol"], is_one=before.endswith(("per", " a", " an")))


# --- money --------------------------------------------------------------------------------------

_SIGNS = {
    "$": "USD",
    "£": "GBP",
    "¥": "JPY",
    "€": "EUR",
    "₩": "KRW",
    "₪": "ILS",
    "₫": "VND",
    "₱": "PHP",
    "₴": "UAH",
    "₹": "INR",
    "₺": "TRY",
    "₽": "RUB",
    "US$": "USD",
    "A$": "AUD",
    "C$": "CAD",
    "R$": "BRL",
}
_CODES = "AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|INR|JPY|KRW|MXN|NOK|NZD|PLN|SEK|SGD|USD|ZAR"
"""Codes that are no words: "TRY 5" and "ALL 5" are no money."""
_HUNDREDTHS = {"USD": ("cent", "cents"), "EUR": ("cent", "cents"), "GBP": ("penny", "pence")}
_SCALES = {
    "k": "thousand",
    "K": "thousand",
    "m": "million",
    "M": "million",
    "mn": "million",
    "b": "billion",
    "B": "billion",
    "bn": "billion",
    "tn": "trillion",
    "T": "trillion",
} | {word: word for word in ("thousand", "million", "billion", "trillion")}

_CURRENCY = rf"{_one_of(_SIGNS)}|\b(?:{_CODES})\b"
_SCALE = _one_of(_SCALES)
_PER = rf"(?:/(?P<per>{'|'.join(_PER_WORDS)}|h|kg|km|m²)(?!\w))?"
_PRICE = re.compile(
    rf"(?<!\w)(?P<currency>{_CURRENCY}) ?(?P<number>{NUMBER})"
    rf"(?: ?[–-] ?(?:(?P=currency) ?)?(?P<last>{NUMBER}))?"
    rf"(?: ?(?P<scale>{_SCALE})(?!\w))?{_PER}"
)
_PRICE_BEHIND = re.compile(
    rf"{_BEFORE_NUMBER}(?P<number>{NUMBER})(?:[–-](?P<last>{NUMBER}))?"
    rf"(?: ?(?P<scale>{_SCALE}))? ?(?P<currency>{_CURRENCY})(?! ?\d)(?!\w){_PER}"
)
_LARGE = re.compile(rf"{_BEFORE_NUMBER}({NUMBER}) ?(M|mn|bn|tn)(?!\w)")


@cache
def _currency_name(currency: str, *, is_one: bool) -> str:
    from babel.numbers import get_currency_name

    code = _SIGNS.get(currency, currency)
    name = get_currency_name(code, count=1 if is_one else 2, locale=ENGLISH)
    # Who writes a sign does not say whose dollars they are.
    return name.split()[-1] if len(currency) == 1 else name


def _say_price(found: re.Match[str]) -> str:
    currency, number, last, scale = found.group("currency", "number", "last", "scale")
    per = found["per"]
    behind = f" per {per if per in _PER_WORDS else _unit_name(per, is_one=True)}" if per else ""
    if last or scale:
        amount = f"{number} to {last}" if last else number
        scaled = f" {_SCALES[scale]}" if scale else ""
        return f"{amount}{scaled} {_currency_name(currency, is_one=False)}{behind}"
    whole, _, rest = number.rpartition(".")
    if not whole or len(rest) != 2:
        return f"{number} {_currency_name(currency, is_one=number == '1')}{behind}"
    hundredths = _HUNDREDTHS.get(_SIGNS.get(currency, currency))
    if whole == "0" and hundredths:
        return f"{int(rest)} {hundredths[0 if rest == '01' else 1]}{behind}"
    name = _currency_name(currency, is_one=whole == "1")
    return f"{whole} {name}{f' {int(rest)}' if int(rest) else ''}{behind}"


def say_amounts(text: str) -> str:
    """Say what numbers count: money, measures, percents; the digits stay digits."""
    text = _PRICE.sub(_say_price, text)
    text = _PRICE_BEHIND.sub(_say_price, text)
    text = _LARGE.sub(lambda found: f"{found[1]} {_SCALES[found[2]]}", text)
    text = _ranges().sub(_say_range, text)
    text = _measured().sub(_say_measured, text)
    text = _part_measured().sub(_say_part_measured, text)
    return _unmeasured().sub(_say_unmeasured, text)


# --- ranges -------------------------------------------------------------------------------------


@cache
def _ranges() -> re.Pattern[str]:
    """Two numbers and a dash between them; the first may have its unit too."""
    return re.compile(
        rf"(?<![\w./:-])(?P<first>{NUMBER})(?P<unit> ?{_symbol()})?(?P<dash>[–‒-])"
        rf"(?=(?P<last>[−-]?{NUMBER})(?!\d|-\d|[/:]\d)(?P<behind> ?{_symbol()}|(?![\w-])))"
    )


def _say_range(found: re.Match[str]) -> str:
    first, unit, dash, last = found.group("first", "unit", "dash", "last")
    if dash == "-" and not unit and not _rises(first, last):
        return found[0]  # "50-50", "555-1234", "2-1"
    return f"{first}{unit or ''} to "


def _rises(first: str, last: str) -> bool:
    """Whether two numbers with a hyphen between them are a range, and no telephone number."""
    lengths = len(first.partition(".")[0]), len(last.partition(".")[0])
    if not (max(lengths) <= 3 or lengths == (4, 4)) or last[0] in "−-":
        return False
    return float(first.replace(",", "")) < float(last.replace(",", ""))
