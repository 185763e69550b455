"""Where a text holds personal data: addresses, numbers and keys, by their form alone. Pure.

It misses things: names, streets, and whatever is written in an unusual way. Presidio, an optional
extra, finds some of those.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

CARD_DIGITS = range(13, 20)
_DOTTED_GROUPS = range(4, 8)
"""Digits of a group of a card that is written with dots; shorter ones are versions and dates."""
_CARD_FIRST_DIGITS = "23456"
"""Payment cards; other numbers with a right check digit are not worth hiding."""
_SPOKEN_DIGITS = 7
"""From this many digits in a row on, without commas, they are somebody's number and no sum."""
_IBAN_LENGTHS: Mapping[str, int] = {
    country: int(length)
    for country, length in re.findall(
        r"([A-Z]{2})(\d{2})",
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18"
        "FO18FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20"
        "LU20LV21LY25MC27MD24ME22MK19MR27MT31MU30NL18NO15PK24PL28PS29PT25QA29RO24RS22SA24SC31SE24"
        "SI19SK24SM27ST25SV28TN24TR26UA29VA22VG24XK20",
    )
}
_LONGEST_IBAN = 34
_LEAST_PHONE_DIGITS = 7

_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])", re.IGNORECASE
)
_DOMAINS = "com|org|net|edu|gov|info|io|dev|eu|uk|de|at|ch|fr|es|it|nl|be|dk|se|no|fi|pl|ie|ca|au"
_SPOKEN_EMAIL = re.compile(
    r"\b(?!(?:look|looking|it|is|was|are|be|and|or|page|article|read|find|found|meet|see|seen|shop"
    r"|site|me|us|them|him|her|you|work|works|working|available|that|this|out|up) at )"
    r"[a-z0-9]{1,40}(?: (?:dot|underscore|dash|hyphen|minus|plus) [a-z0-9]{1,40}){0,4}"
    rf" at [a-z0-9]{{1,40}}(?: (?:dot|dash|hyphen) [a-z0-9]{{1,40}}){{0,3}} dot (?:{_DOMAINS})\b",
    re.IGNORECASE,
)
_DIGIT = (
    r"(?:(?:double|triple) )?(?:zero|oh|o|nought|one|two|three|four|five|six|seven|eight|nine|\d)"
)
_SPOKEN_NUMBER = re.compile(
    rf"\b{_DIGIT}(?:[\s–-]{{1,3}}{_DIGIT}\b){{{_SPOKEN_DIGITS - 1},40}}", re.IGNORECASE
)
_GENERAL_PHONE = re.compile(r"(?<![\w.,:/])(?:\+|\(?0)\d(?:[ ()-]{0,2}\d){7,16}(?![\w.,/:-]?\d)")
"""Numbers with a leading plus or zero, also those that no telephone company has given out."""
_PLUS = re.compile("[+＋]")
_BETWEEN_GROUPS = r"[ \u00a0\u2007\u2009\u202f.‐‑–-]"
"""What people and programs write between the groups of a long number."""
_CARD_RUN = re.compile(rf"(?<![\w.])\d+(?:{_BETWEEN_GROUPS}\d+)*(?!\w)")
_IBAN_START = re.compile(r"(?<!\w)[A-Z]{2}[0-9]{2}", re.IGNORECASE)
_IBAN_GROUPS = re.compile(
    rf"[A-Z0-9]{{4,34}}(?:{_BETWEEN_GROUPS}[A-Z0-9]{{1,30}}){{0,9}}", re.IGNORECASE
)
_KEY = re.compile(
    r"(?<![\w-])(?:"
    r"(?:sk|pk|rk|csk|gsk|tvly|glpat|github_pat|whsec)[-_][\w-]{16,}|gh[pousr]_\w{20,}|hf_\w{20,}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w-]{30,}|xox[abeoprs]-[\w-]{10,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+)"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class PersonalData:
    """A stretch of a text that says something about a person."""

    kind: str
    """Upper case, for instance `EMAIL`."""
    start: int
    end: int


class Finder(Protocol):
    """Whatever can find personal data in a text."""

    @property
    def kinds(self) -> frozenset[str]:
        """All kinds that it may find, in upper case with underscores."""
        ...

    def find(self, text: str) -> Sequence[PersonalData]:
        """Find all stretches of personal data; they may overlap and come in any order."""
        ...


class PatternFinder:
    """Finds e-mail addresses, telephone numbers, cards, bank accounts, keys, and spoken digits."""

    kinds = frozenset({"EMAIL", "PHONE", "CARD", "IBAN", "KEY", "NUMBER"})

    def __init__(self, region: str | None = None) -> None:
        """Remember the country whose national telephone numbers are known, e.g. `DE`."""
        self._region = region

    def find(self, text: str) -> Sequence[PersonalData]:
        """Find them all; the work is proportional to the text's length."""
        return [
            *_matches("KEY", _KEY, text),
            *_matches("EMAIL", _EMAIL, text),
            *_matches("EMAIL", _SPOKEN_EMAIL, text),
            *_ibans(text),
            *_cards(text),
            *self._phones(text),
            *_matches("NUMBER", _SPOKEN_NUMBER, text),
        ]

    def _phones(self, text: str) -> Iterator[PersonalData]:
        yield from _matches("PHONE", _GENERAL_PHONE, text)
        if self._region is None and not _PLUS.search(text):
            return  # Without a country, only international numbers can be told.
        if sum(map(str.isdigit, text)) >= _LEAST_PHONE_DIGITS:
            # Here and not above: loading the numbering plans takes a fifth of a second.
            from phonenumbers import PhoneNumberMatcher

            for found in PhoneNumberMatcher(text, self._region):
                yield PersonalData("PHONE", found.start, found.end)


class _Entity(Protocol):
    entity_type: str
    start: int
    end: int


class Analyzer(Protocol):
    """What is needed of presidio_analyzer.AnalyzerEngine."""

    def analyze(
        self,
        text: str,
        language: str,
        *,
        entities: list[str] | None = None,
        score_threshold: float | None = None,
    ) -> Sequence[_Entity]:
        """Find entities in a text."""
        ...


class PresidioFinder:
    """Finds names, places and more with presidio: slower, larger, and for fewer languages."""

    def __init__(
        self,
        *,
        entities: Sequence[str] = ("PERSON",),
        language: str = "en",
        least_score: float = 0.5,
        analyzer: Analyzer | None = None,
    ) -> None:
        """Remember what to find; `start` loads the default analyzer.

        Places and dates are left out by default: an agent that knows neither has few answers.
        """
        self.kinds = frozenset(entities)
        self._language = language
        self._least_score = least_score
        self._analyzer = analyzer

    def start(self) -> None:
        """Load presidio and its language model, which takes seconds.

        Raises ImportError, naming the extra, when it is not installed.
        """
        if self._analyzer is not None:
            return
        try:
            from presidio_analyzer import AnalyzerEngine
        except ImportError as error:
            raise ImportError(
                "presidio is not installed: pip install 'weft[presidio]', and a spaCy model"
            ) from error
        self._analyzer = AnalyzerEngine()

    def find(self, text: str) -> Sequence[PersonalData]:
        """Find the entities that were asked for."""
        self.start()
        assert self._analyzer is not None
        found = self._analyzer.analyze(
            text,
            self._language,
            entities=sorted(self.kinds),
            score_threshold=self._least_score,
        )
        return [PersonalData(each.entity_type, each.start, each.end) for each in found]


def luhn_is_right(digits: str) -> bool:
    """Check the last digit of a card number."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def iban_is_right(account: str) -> bool:
    """Check length and check digits of an international bank account number without spaces."""
    account = account.upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", account, re.ASCII):
        return False
    if len(account) != _IBAN_LENGTHS.get(account[:2], len(account)):
        return False
    turned = account[4:] + account[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def _matches(kind: str, pattern: re.Pattern[str], text: str) -> Iterator[PersonalData]:
    for found in pattern.finditer(text):
        yield PersonalData(kind, found.start(), found.end())


def _cards(text: str) -> Iterator[PersonalData]:
    """Look for cards among groups of digits, whatever digits stand before and behind them."""
    for run in _CARD_RUN.finditer(text):
        groups = [(each.start(), each[0]) for each in re.finditer(r"[0-9]+", run[0])]
        for first, (start, start_digits) in enumerate(groups):
            if start_digits[0] not in _CARD_FIRST_DIGITS:
                continue
            digits = ""
            for place, group in groups[first : first + CARD_DIGITS.stop]:
                digits += group
                if len(digits) >= CARD_DIGITS.stop:
                    break
                if len(digits) in CARD_DIGITS and luhn_is_right(digits):
                    end = place + len(group)
                    if _is_grouped_as_card(run[0][start:end]):
                        yield PersonalData("CARD", run.start() + start, run.start() + end)


def _is_grouped_as_card(written: str) -> bool:
    return "." not in written or all(
        len(group) in _DOTTED_GROUPS for group in re.split(_BETWEEN_GROUPS, written)
    )


def _ibans(text: str) -> Iterator[PersonalData]:
    """Look for accounts that end where a group ends: words may follow without a mark."""
    for start in _IBAN_START.finditer(text):
        run = _IBAN_GROUPS.match(text, start.start())
        account = ""
        for group in re.finditer(r"[A-Z0-9]+", run[0] if run else "", re.IGNORECASE):
            account += group[0]
            if len(account) > _LONGEST_IBAN:
                break
            if iban_is_right(account):
                yield PersonalData("IBAN", start.start(), start.start() + group.end())
                break


__all__ = [
    "Analyzer",
    "Finder",
    "PatternFinder",
    "PersonalData",
    "PresidioFinder",
    "iban_is_right",
    "luhn_is_right",
]
