"""From signs to words: "≈ 3×4 m²" becomes "about 3 times 4 square metres". Pure.

Digits stay digits. No rule looks past the end of a sentence, so of a growing text the finished
sentences are said alike each time.
"""

import re
import unicodedata
from datetime import date, datetime
from fractions import Fraction

from weft.background_agents.spoken_amounts import ENGLISH, NUMBER, say_amounts
from weft.tools.builtin.spoken_numbers import DENOMINATORS, ONES
from weft.tools.builtin.world_time import say_clock


def say_symbols(text: str) -> str:
    """Put into words the signs, units and amounts of a plain text on one line.

    A text that was put into words once does not change any more.
    """
    if not _TELLING.search(text):
        return text
    said = text
    for _ in range(_ROUNDS):
        before, said = said, _say_once(said)
        if said == before:
            break
    return said if _has_content(said) or not _has_content(text) else text


def _say_once(text: str) -> str:
    said = _FORMULA.sub(_say_formula, " ".join(text.split()))
    said = _without_emoji(said.translate(_SAME))
    said = _BARE_ADDRESS.sub(r"\1", said)
    said = _say_times(said)
    said = _RAISED_NUMBER.sub(lambda found: f"^{found[0].translate(_PLAIN_DIGITS)}", said)
    said = _FRACTION.sub(_say_fraction, said)
    said = _FEET.sub(r"\1 feet \2 inches", said)
    said = say_amounts(said)
    said = _RAISED_LETTER.sub(lambda found: f"^{found[0].translate(_PLAIN_DIGITS)}", said)
    said = _POWER.sub(_say_power, said)
    said = _FOOTNOTE.sub("", said).translate(_PLAIN_DIGITS)
    for pattern, words in _SIGNS:
        said = pattern.sub(words, said)
    return re.sub(r"\s+([,.;:!?])", r"\1", " ".join(said.split()))


_ROUNDS = 6
"""One does nearly always; a sign that is said may bring a number next to another: "€12.50 kg"."""
# Most text has nothing to put into words, and all of it is looked through while an answer grows.
_TELLING = re.compile(r"[^A-Za-z\s,;:!?'’‘“”\"().…–—-]|\b(?:e\.g|i\.e|approx|vs)\b")


def _has_content(text: str) -> bool:
    return any(character.isalnum() for character in text)


# --- what is written in several ways, or only for the eye ---------------------------------------

_SAME = {
    ord("\N{MICRO SIGN}"): "\N{GREEK SMALL LETTER MU}",
    ord("\N{OHM SIGN}"): "\N{GREEK CAPITAL LETTER OMEGA}",
    ord("℃"): "°C",
    ord("℉"): "°F",
    ord("㎡"): "m²",
    ord("º"): "°",
    # What makes an emoji of a digit.
    ord("\N{VARIATION SELECTOR-16}"): None,
    ord("\N{COMBINING ENCLOSING KEYCAP}"): None,
}
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
_PLAIN_DIGITS = str.maketrans(_SUPERSCRIPTS + "₀₁₂₃₄₅₆₇₈₉", "0123456789-0123456789")
_FOOTNOTE = re.compile(rf"(?<=[^\W\d]{{3}})[{_SUPERSCRIPTS}]+")
_TOP_LEVELS = (
    "com|org|net|edu|gov|int|mil|info|biz|app|dev|io|ai|co|eu"
    "|at|au|be|br|ca|ch|cn|cz|de|dk|es|fi|fr|ie|in|it|jp|kr|nl|no|nz|pl|pt|ru|se|uk|us"
)
_BARE_ADDRESS = re.compile(
    rf"(?:\b[a-z]{{2,10}}://)?(?<![\w@.-])((?:[a-z0-9-]{{1,63}}\.){{1,4}}(?:{_TOP_LEVELS}))"
    r"(?::\d{2,5})?/(?:[^\s()<>]*[^\s()<>.,;:!?'\"”’])?",
    re.IGNORECASE,
)


def _without_emoji(text: str) -> str:
    if text.isascii():
        return text
    import emoji

    return emoji.replace_emoji(text, " ")


# --- formulas -----------------------------------------------------------------------------------

# Money has dollars too: a formula has another sign of one, or is a single letter.
_IN_FORMULA = r"(?:(?![.?!]\s)[^$\n]){1,160}?"
_FORMULA = re.compile(
    rf"\$\$(?P<display>{_IN_FORMULA})\$\$"
    rf"|\\\((?P<round>{_IN_FORMULA})\\\)|\\\[(?P<square>{_IN_FORMULA})\\\]"
    rf"|\$(?P<inline>[A-Za-z]|(?=[^$]*[\\^_=+])(?!\s){_IN_FORMULA}(?<!\s))\$(?!\d)"
)
_LOWERED = re.compile(r"_\{?(\w+)\}?")


def _say_formula(found: re.Match[str]) -> str:
    from pylatexenc.latex2text import LatexNodes2Text

    written = next(group for group in found.groups() if group is not None)
    if written.count("{") != written.count("}"):
        return found[0]
    text = str(LatexNodes2Text(math_mode="text").latex_to_text(written))
    # A part below a line is said with its sign ("x1"), and a ring is that of degrees.
    text = _LOWERED.sub(r"\1", text).replace("^∘", "°").replace("∘", "°").replace("%s", "")
    if r"\frac" in written:
        text = text.replace("/", " over ")
    return f" {text.strip()} "


_RAISED_NUMBER = re.compile(rf"(?<=[\d)])[{_SUPERSCRIPTS}]+")
_RAISED_LETTER = re.compile(rf"(?:(?<=\b[A-Za-z])|(?<=\b[A-Za-z]{{2}}))[{_SUPERSCRIPTS}]+")
_POWER = re.compile(r"(?<=[A-Za-z0-9)])\^(?:\{([-−]?\w{1,9})\}|([-−]?(?:\d{1,9}|[a-z])))(?!\w)")


def _say_power(found: re.Match[str]) -> str:
    power = found[1] or found[2]
    if power in ("2", "3"):
        return " squared" if power == "2" else " cubed"
    return f" to the power of {re.sub('[-−]', 'minus ', power)}"


# --- fractions ----------------------------------------------------------------------------------

_FRACTION = re.compile(r" ?(?:(?<![\w.,/])(\d+) ?)?([¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]) ?")


def _say_fraction(found: re.Match[str]) -> str:
    part = Fraction(unicodedata.numeric(found[2])).limit_denominator(10)
    one, many = [name for name, value in DENOMINATORS.items() if value == part.denominator][:2]
    numerator = list(ONES)[part.numerator]
    words = f"{numerator} {one if part.numerator == 1 else many}"
    if found[1] is None:
        return f" {words} "
    return f" {found[1]} and {'a half' if words == 'one half' else words} "


# --- days and times -----------------------------------------------------------------------------

_MOMENT = re.compile(
    r"(?<![\w./:-])(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::\d\d(?:\.\d{1,9})?)?(Z?))?(?![\w:/-])"
)
_CLOCKS = re.compile(r"(?<![\w.:/-])([012]\d:[0-5]\d) ?[–-] ?(?=[012]\d:[0-5]\d(?![\w:]))")
# "9:30" may be either half of the day: only a clock of 24 hours tells which.
_CLOCK = re.compile(r"(?<![\w.,:/-])((?:0\d|1[3-9]|2[0-3]):[0-5]\d)(?![\w:/-])(?! ?[ap]\.?m\b)")


def _say_times(text: str) -> str:
    text = _MOMENT.sub(_say_moment, text)
    text = _CLOCKS.sub(r"\1 to ", text)
    return _CLOCK.sub(lambda found: say_clock(datetime.strptime(found[1], "%H:%M")), text)


def _say_moment(found: re.Match[str]) -> str:
    from babel.dates import format_date

    day, clock, zone = found.groups()
    try:
        said = format_date(date.fromisoformat(day), "long", locale=ENGLISH)
        if clock:
            said += f" at {say_clock(datetime.strptime(clock, '%H:%M'))}"
    except ValueError:
        return found[0]  # a number that only looks like a day
    return f"{said} UTC" if zone else said


# --- single signs -------------------------------------------------------------------------------

_FEET = re.compile(r"(?<![\w.,])(\d{1,3})['′’] ?(\d{1,2})(?:[\"″”]|['′’]{2})")
_AMOUNT = rf"(?=[-−]?[$€£¥₹]?{NUMBER})"
_SIGNS = [
    (re.compile(pattern), words)
    for pattern, words in [
        (r"\be\.g\.(?=[\s,;:)]|$)", "for example"),
        (r"\bi\.e\.(?=[\s,;:)]|$)", "that is"),
        (r"(?<=\d) ?≈ ?(?=\d)", " is about "),
        (r"\bapprox\.(?= )|\bca\. ?(?=\d)|[≈∼≃] ?|(?<![\w~/])~ ?(?=[$€£]?\d)", "about "),
        (r"\bvs\.?(?= )", "versus"),
        (rf"(?:≥|(?<![-=<>])>=) ?{_AMOUNT}", " at least "),
        (rf"(?:≤|(?<![-=<>])<=) ?{_AMOUNT}", " at most "),
        (rf"(?<![-=<>\w])> ?{_AMOUNT}", " more than "),
        (rf"(?<![-=<>\w])< ?{_AMOUNT}", " less than "),
        (r"≠", " is not "),
        (r"±", " plus or minus "),
        (r"√ ?\(?(\w+)\)?", r" the square root of \1 "),
        (r"(?<=[\d)]) ?[×·⋅*] ?(?=[\d(])|(?<=\d) x (?=\d)", " times "),
        (r"(?<=\d)×(?!\w)|×", " times "),
        (r"÷", " divided by "),
        (r"(?<=[\d)]) ?\+ ?(?=[\d(])|(?<=\w) \+ (?=\w)", " plus "),
        (r"(?<=\d)\+(?=[\s,.;:!?)]|$)", " plus"),
        (r"(?<=\w) ?− ?(?=\d)", " minus "),
        (r"(?<![\w.,)\]/:−-])(?<!\d )[−-](?=[$€£]?\d)", "minus "),
        (r"(?<=[\w)]) ?= ?(?=[−-]?\d)|(?<=[\w)]) = (?=\w)", " equals "),
        (r"∞", " infinity "),
        (r"π", " pi "),
        (r"[→⟶]", " to "),
        (r"(?<=[a-z,] )No\. ?(?=\d)|№ ?(?=\d)|(?<![\w&])#(?=\d)", "number "),
        (r"§§? ?(?=\d)", "section "),
        (r"&(?:amp;)?", " and "),
    ]
]
