"""Text as it is said, and the words that are transcribed of it: the one normalisation of hearing.

A transcript has lower-case words of the letters a to z and apostrophes, numbers in words, and no
marks: what can be heard. `as_said` is the same text for a voice, with its capitals, accents and
marks, and has one whitespace word for each word of the transcript. Pure; English only.
"""

import re
import unicodedata

from weft.interaction_model.training.language.english import NUMBER_WORDS_BELOW_20, number_words

_LARGEST = 10**12
_SCALES = ((10**9, "billion"), (10**6, "million"))
_CURRENCIES = {"$": "dollar", "£": "pound", "€": "euro"}
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_SIGNS = {
    "&": " and ",
    "+": " plus ",
    "=": " equals ",
    "@": " at ",
    "%": " percent ",
    "°": " degrees ",
    "×": " times ",
    "÷": " divided by ",
}
_ABBREVIATIONS = {
    "dr.": "doctor",
    "mr.": "mister",
    "mrs.": "missus",
    "ms.": "miss",
    "prof.": "professor",
    "st.": "saint",
    "vs.": "versus",
    "e.g.": "for example",
    "i.e.": "that is",
    "etc.": "et cetera",
    "a.m.": "A M",
    "p.m.": "P M",
    "ok": "okay",
}
_PLAIN = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "…": ",", "–": " , ", "—": " , "})
_ABBREVIATION = re.compile(
    rf"(?<![\w.])(?:{'|'.join(re.escape(each) for each in _ABBREVIATIONS)})(?!\w)", re.IGNORECASE
)
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
_MONEY = re.compile(rf"([$£€])({_NUMBER})(?:\.(\d\d))?(?![.,]?\d)")
_CLOCK = re.compile(r"(?<![\d:])(\d{1,2}):([0-5]\d)(?![\d:])")
_HALF_OF_DAY = re.compile(r"(?<=\d)\s*([ap])m\b", re.IGNORECASE)
_ORDINAL = re.compile(rf"(?<![\d.,])({_NUMBER})(?:st|nd|rd|th)\b")
_DECADE = re.compile(r"(?<![\d.,])(1[1-9]\d0|20\d0|[2-9]0)s\b")
_YEAR = re.compile(r"(?<![\d.,/:])(1[1-9]\d\d|20\d\d)(?![\d/:]|[.,]\d)")
_DECIMAL = re.compile(rf"(?<![\d.,])({_NUMBER})\.(\d+)(?!\.?\d)")
_WHOLE = re.compile(_NUMBER)
_MINUS = re.compile(r"(?<![\w-])[-−](?=\d)")
_TOKEN = re.compile(r"([^\W\d_]+(?:'[^\W\d_]+)*)|([.,?!;:])")


def transcript_words(text: str) -> tuple[str, ...]:
    """Give the words that are heard when a text is said; those words give themselves again."""
    return tuple(_letters(word) for word, _ in _tokens(text))


def as_said(text: str) -> str:
    """Write a text for a voice: one whitespace word for each of its transcript's words."""
    return " ".join(word + mark for word, mark in _tokens(text))


def _tokens(text: str) -> list[tuple[str, str]]:
    """Give each word that is said, with the mark behind it."""
    found: list[tuple[str, str]] = []
    for match in _TOKEN.finditer(_in_words(unicodedata.normalize("NFC", text.translate(_PLAIN)))):
        word, mark = match.groups()
        if word is not None and _letters(word):
            found.append((word, ""))
        elif mark is not None and found and not found[-1][1]:
            found[-1] = (found[-1][0], mark)
    return found


def _letters(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word).casefold()
    return re.sub(r"[^a-z']", "", plain).strip("'")


def _in_words(text: str) -> str:
    """Write numbers, signs and abbreviations out; each number's longest reading comes first."""
    text = _ABBREVIATION.sub(lambda found: _ABBREVIATIONS[found[0].lower()], text)
    text = _HALF_OF_DAY.sub(lambda found: f" {found[1].upper()} M", text)
    text = _MINUS.sub(" minus ", text)
    text = _MONEY.sub(lambda found: _money(*found.groups()), text)
    text = _CLOCK.sub(lambda found: _clock(int(found[1]), int(found[2])), text)
    text = _ORDINAL.sub(lambda found: _spaced(_ordinal(_whole(found[1]))), text)
    text = _DECADE.sub(lambda found: _spaced(_decade(int(found[1]))), text)
    text = _YEAR.sub(lambda found: _spaced(_year(int(found[1]))), text)
    text = _DECIMAL.sub(lambda found: _spaced(f"{_whole(found[1])} point {_each(found[2])}"), text)
    text = _WHOLE.sub(lambda found: _spaced(_whole(found[0])), text)
    return "".join(_SIGNS.get(sign, sign) for sign in text)


def _spaced(words: str) -> str:
    return f" {words} "


def _each(digits: str) -> str:
    return " ".join(NUMBER_WORDS_BELOW_20[int(digit)] for digit in digits)


def _whole(digits: str) -> str:
    """Say a whole number: one with leading zeros, or beyond a billion thousands, digit by digit."""
    plain = digits.replace(",", "")
    if (plain.startswith("0") and len(plain) > 1) or int(plain) >= _LARGEST:
        return _each(plain)
    value, parts = int(plain), []
    for scale, name in _SCALES:
        count, value = divmod(value, scale)
        if count:
            parts.append(f"{number_words(count)} {name}")
    if value or not parts:
        parts.append(number_words(value))
    return " ".join(parts)


def _year(year: int) -> str:
    century, rest = divmod(year, 100)
    if century == 20 and rest < 10:
        return number_words(2000) + (f" and {number_words(rest)}" if rest else "")
    if not rest:
        return f"{number_words(century)} hundred"
    return f"{number_words(century)} {'oh ' if rest < 10 else ''}{number_words(rest)}"


def _decade(first_year: int) -> str:
    words = _year(first_year) if first_year > 100 else number_words(first_year)
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"


def _ordinal(words: str) -> str:
    head, last = re.fullmatch(r"(.*?)([a-z]+)", words).groups()  # type: ignore[union-attr]
    if last.endswith("y"):
        return f"{head}{last[:-1]}ieth"
    return head + _ORDINALS.get(last, f"{last}th")


def _money(sign: str, whole: str, hundredths: str | None) -> str:
    words = _whole(whole)
    name = _CURRENCIES[sign] + ("" if words == "one" else "s")
    rest = number_words(int(hundredths)) if hundredths and int(hundredths) else ""
    return _spaced(f"{words} {name} {rest}")


def _clock(hours: int, minutes: int) -> str:
    if not minutes:
        return _spaced(f"{number_words(hours)} o'clock")
    return _spaced(f"{number_words(hours)} {'oh ' if minutes < 10 else ''}{number_words(minutes)}")
