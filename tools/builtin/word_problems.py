"""Sums told as a story: "nine boxes with 24 screws in each, how many screws is that".

A story is taken for amounts, each with what it counts ("screws"), what it is for each of ("box")
and what happened to it (used up, added). A few frames then put them together: shares, prices,
percentages, what is left, what it comes to. A frame must have a place for every amount of the
story, otherwise the story is left alone: half an answer would be a wrong one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from weft.tools.builtin.spoken_numbers import Piece, in_digits, read_pieces
from weft.tools.builtin.spoken_requests import phrases, word_set

MOST_AMOUNTS = 8
EACH = "each"
"""What a price is for when that is not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Amount:
    """One amount of a story."""

    sum: str
    """What it is worth, as an expression."""
    value: Fraction
    things: frozenset[str]
    """What is counted, each word without its plural."""
    per: str
    """What it is for each of: "box", "hour" or EACH; empty when it is for all."""
    change: int
    """1 when it was added, -1 when it was taken away, 0 when that is not said."""
    before: str
    """The words between the clause's beginning and the amount."""
    after: str
    """The words between the amount and the clause's end."""
    is_percent: bool

    @property
    def is_part(self) -> bool:
        """Whether it is a fraction of something else: "a quarter of them"."""
        behind = self.after.partition(" ")[0]
        return self.is_fraction and behind in ("of", "off", "are", "were", "is", "full")

    @property
    def is_fraction(self) -> bool:
        """Whether it was said as a fraction: "half", not "0.5"."""
        return 0 < self.value < 1 and "." not in self.sum


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """What was told, in lower case with "#" for every number, and the amounts in order."""

    text: str
    amounts: tuple[_Amount, ...]

    def says(self, listed: re.Pattern[str]) -> bool:
        """Whether any of the phrases occurs."""
        return bool(listed.search(self.text))


# --- the words ----------------------------------------------------------------------------------

_ASKS = phrases(
    """
    how, what, which is, total, altogether, in all, tell me, work out, give me, profit, gap, divide,
    split, share, add, calculate, figure out, knock, i need to know
    """
)
_LEFT = phrases(
    """
    left, leftover, remain, remains, remaining, remainder, still, to go, change, the rest, short,
    unsold, unread, spare, the balance, more do i need, more do we need, profit, after that,
    missing
    """
)
_TOTAL = phrases(
    """
    altogether, all together, total, in all, add up to, adds up to, sum, combined, together,
    come to, comes to, overall, all up, all in, amount to, amounts to
    """
)
_COMPARES = phrases(
    r"""
    difference, gap, have i saved, do i save, did i save, am i saving, how much more, how many more,
    how much less, how many fewer,
    how (?:much|many \w+) (?:old|young|long|short|tall|bigg|small|heavi|light)er,
    how (?:much|many \w+) (?:cheap|fast|slow|high|low|dear|warm|cold|furth|farth)er
    """
)
_NOT_A_STORY = phrases(
    """
    # (?:st|nd|rd|th), o'clock, past #, past, # am, # pm, a m, p m, # : #, half time,
    january, february, march, april, june, july, august, september, october, november, december,
    christmas, easter, birthday, probability, chance, chances, odds, celsius, fahrenheit, degrees,
    twice, double, triple, squared, what fraction, out of #, compound, used to, recipe,
    body mass, bmi
    """
)
"""Speaks of dates, of chances, of temperatures, or of sums that are said in other words."""
_CLOCK_TIMES = re.compile(
    r"\bat # (?:to|past) #|\bat # (?!\w).*\bat #|\bat #(?= (?:and|,)).*\bhow (?:long|many hours)\b"
)
_SHARES = phrases(
    """
    split, splitting, share, shared, sharing, divide, divided, dividing, each, apiece, everyone,
    everybody, evenly, equal, equally, ways, between, among, amongst, chips in, chip in, per head,
    per person, a head, cut, cutting, dealt, hand out, every one, spread
    """
)
_PRICE_OF_ONE = phrases(
    "price of each, cost of each, each one cost, (?:is|cost|costs|for) one, one cost, one of them"
)
_SHARERS = word_set(
    "people person us friend kid child children guest player flatmate roommate housemate colleague"
    " grandchild grandchildren sibling brother sister cousin student adult neighbour neighbor way"
    " piece part portion slice group team table family couple member head pal mate participant"
    " jar bag box glass row bowl batch section length worker girl boy lad man men woman women plate"
    " tray shelf helper volunteer twin"
)
_PERSONS = frozenset(["person", "head", "guest", "adult", "child"])
_SHARED_BY = phrases("between, among, amongst, into, in to, across, over, by, we're, we are, with")
_TAKEN = phrases(
    """
    use, used, using, eat, ate, eaten, spend, spent, spending, give, gave, given, giving, sold,
    sell, lose, lost, broke, broken, drop, dropped, remove, removed, take, took, taken, drink,
    drank, drunk, pay, paid, cost, costs, off, cut, donate, donated, threw, thrown, throw,
    missing, die, died, return, returned, withdraw, withdrew, burn, burnt, burned, gone, read,
    minus, less, left, leave, leaves, go home, went home, walked out, drove, done, finished,
    lent, lend, poured, rotten, cancelled, canceled, called in sick, expired, chopped, melted,
    leaked, spilled, spilt, popped, flew, sank, deducted, away, younger, shorter, cheaper,
    lighter, smaller, fewer, lower, empty, absent, sick, ill, unused
    """
)
_ADDED = phrases(
    """
    add, added, adding, buy, bought, find, found, join, joined, receive, received, more, arrive,
    arrived, another, extra, earn, earned, won, came, deposit, deposited, got on, get on, gets on,
    plus, gained, picked up, borrowed, planted, refilled, hop on, hopped on, got in, climbed on,
    boarded, turn up, turned up, show up, showed up, gave me, gives me, top up, topped up, put in,
    baked, delivered, older, taller, longer, heavier, bigger, higher, dearer
    """
)
_DISCOUNT = phrases(
    """
    off, discount, discounted, reduction, reduced, reduce, cheaper, sale, less, drop, drops,
    dropped, fell, falls, down, decrease, decreased, cut, loses, lost, lower, knock, shrank
    """
)
_RISE = phrases(
    """
    on top, more, extra, increase, increased, increases, raise, raised, rise, rises, rose, up,
    plus, added, add, grows, grew, growth, markup, higher, dearer, gained
    """
)
_FEE = phrases(
    """
    tip, tax, vat, gst, service, commission, interest, deposit, fee, gratuity, surcharge, charge,
    levy, duty
    """
)
_WITH_THE_FEE = phrases(
    """
    total, altogether, in all, all in, including, included, with tip, with the tip, with tax,
    with vat, final, end up, all together, after tax, do i pay, do we pay, to pay, on top, plus
    """
)
_ONLY_THE_CHANGE = phrases(
    """
    do i save, do we save, am i saving, how much off, saving, savings, how much is the discount,
    how much is the raise, by how much, just the, how much extra, how much more, how big is the
    """
)
_NOT_THEM = phrases(
    "left, remain, remains, remaining, still, rest, aren't, weren't, isn't, not, without, don't"
)
_HOLDS = word_set(
    "holds hold has have costs cost takes take needs need seats seat covers cover weighs weigh"
    " contains contain fits fit makes make gives give uses use burns burn serves serve pays pay"
    " sells earns is are was were gets get lasts last carries carry burns"
)
_FITS = word_set("hold seat carry fit take contain cover cost weigh serve last")
_INSIDE = word_set("of with holding containing having seating")
_STOPS = word_set(
    "a an the and or but so then to of in on at for with by from per each every is are was were"
    " i i'm i've i'd you he she it it's we we're we've they my our your his her their its this"
    " that those these what what's how which who if when do does did will would can could should"
    " have has had got get gets be been am me us them not no into between among over after before"
    " still left altogether now today there here apiece please off up out down as than more one"
    " went goes broke came cost costs go took used plus minus times percent"
)
_MONEY = word_set("dollar euro pound quid buck $ £ € usd gbp eur")
_PRICES = phrases(
    """
    tip, bill, price, priced, costs?, pay, paid, apiece, each, dollars?, euros?, pounds?, quid,
    bucks, wage, an hour, a metre, a kilo, a litre, spent, change, save
    """
)
_MEASURES = word_set(
    "gram kilo kilogram milligram ounce stone metre meter kilometre kilometer centimetre centimeter"
    " millimetre millimeter inch foot feet yard mile litre liter millilitre milliliter pint gallon"
    " hour minute second day week month year cent pence money"
)
_PERIODS_S = {
    "second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "fortnight": 1_209_600
}  # fmt: skip
_IN_A_YEAR = {"day": 365, "week": 52, "month": 12}
_ADVERBS = {
    "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "annually": "year"
}  # fmt: skip
_TIMES_OF_DAY = word_set("morning evening night afternoon")
_CLAUSE_ENDS = frozenset([".", ",", ";", ":", "?", "!", "and", "then", "but", "so", "how", "what"])


# --- reading the story --------------------------------------------------------------------------


def read_story(request: str) -> str | None:
    """Read the sum that a story asks for; None where there is no story or it stays unclear."""
    story = _told(request)
    if not 1 <= len(story.amounts) <= MOST_AMOUNTS or _CLOCK_TIMES.search(story.text):
        return None
    if story.says(_NOT_A_STORY) and not story.says(phrases("percentage")):
        return None
    asking = (_longer_period, _parts, _how_many_times, _shared, _prices_and_changes)
    frames = (_shape, _percentages, *(asking if story.says(_ASKS) else ()))
    return next((found for frame in frames if (found := frame(story)) is not None), None)


def operand(value: Fraction, written: str) -> str:
    """Write a number for an expression; what was said as a fraction stays one."""
    is_worded_fraction = 0 < value < 1 and not re.search(r"\d|\bpoint\b", written, re.IGNORECASE)
    is_endless = len(in_digits(value)) > 10 and value.denominator != 1
    if is_worded_fraction or "/" in written or is_endless:
        return f"({value.numerator} / {value.denominator})"
    return in_digits(value)


def read_priced_pieces(request: str, *, join_and: bool = True) -> list[Piece]:
    """Read a text into pieces as `read_pieces` does, with prices as one says them.

    "3 dollars 60" is one number, and so is the "sixty-four fifty" of a bill: 64.5.
    """
    pieces = read_pieces(request, join_and=join_and)
    in_pairs = sum(_is_said_in_pairs(piece, request) for piece in pieces)
    if not _PRICES.search(request.lower()) and in_pairs < 3:
        return pieces
    priced: list[Piece] = []
    for at, piece in enumerate(pieces):
        value = piece.value
        behind = pieces[at + 1].word if at + 1 < len(pieces) else ""
        previous = priced[-1].word if priced else ""
        if isinstance(value, str):
            priced.append(piece)
        elif _is_said_in_pairs(piece, request) and (
            value >= 1000 or previous == "at" or in_pairs > 2
        ):
            priced.append(Piece(value / 100, piece.start, piece.end))
        elif (
            stem(previous) in _MONEY
            and (behind in _STOPS or not behind[:1].isalpha())  # "84 euros three ways"
            and len(priced) > 1
            and _are_cents(piece, priced[-2])
        ):
            units = priced[-2].value
            assert isinstance(units, Fraction)
            priced[-2] = Piece(units + value / 100, priced[-2].start, piece.end)
        else:
            priced.append(piece)
    return priced


def _is_said_in_pairs(piece: Piece, request: str) -> bool:
    """Whether a number was said as "sixty-four fifty", without any "hundred"."""
    value, written = piece.value, request[piece.start : piece.end].lower()
    is_pair = isinstance(value, Fraction) and value.denominator == 1 and 100 <= value < 10_000
    return is_pair and not re.search(r"\d|hundred|thousand|dozen", written)


def _are_cents(piece: Piece, units: Piece) -> bool:
    """Whether a number behind "3 dollars" tells the cents."""
    are_whole = not isinstance(units.value, str) and units.value.denominator == 1
    return are_whole and not isinstance(piece.value, str) and 1 <= piece.value < 100


def _told(request: str) -> _Story:
    pieces = [
        Piece("one", piece.start, piece.end) if _is_article(piece, request) else piece
        for piece in read_priced_pieces(request)
    ]
    pieces = [part for at, piece in enumerate(pieces) for part in _spelt_out(pieces, at)]
    words = [piece.word or "#" for piece in pieces]
    amounts = tuple(
        _amount(piece.value, request[piece.start : piece.end], words, at)
        for at, piece in enumerate(pieces)
        if isinstance(piece.value, Fraction)
    )
    return _Story(text=" ".join(words), amounts=amounts)


def _spelt_out(pieces: Sequence[Piece], at: int) -> tuple[Piece, ...]:
    """Part "the bill's 84" into "the bill is 84"."""
    piece = pieces[at]
    is_before_a_number = at + 1 < len(pieces) and not pieces[at + 1].word
    if not (piece.word.endswith("'s") and is_before_a_number):
        return (piece,)
    noun = Piece(piece.word.removesuffix("'s"), piece.start, piece.end)
    return (noun, Piece("is", piece.start, piece.end))


def _is_article(piece: Piece, request: str) -> bool:
    """Whether a number is no amount but the "one" of "each one" and "what does one ticket cost"."""
    is_one = piece.value == 1 and request[piece.start : piece.end].lower() == "one"
    behind = request[piece.end :].lower().strip()
    return is_one and not _TAKEN.match(behind) and not _ADDED.match(behind)


def _amount(value: Fraction, written: str, words: Sequence[str], at: int) -> _Amount:
    begin = next((i + 1 for i in range(at - 1, -1, -1) if words[i] in _CLAUSE_ENDS), 0)
    end = next((i for i in range(at + 1, len(words)) if words[i] in _CLAUSE_ENDS), len(words))
    after = " ".join(words[at + 1 : end])
    clause = " ".join(words[begin:end])
    is_percent = after.startswith(("percent", "%", "per cent"))
    things = _things(words, at)
    return _Amount(
        sum=operand(value, written),
        value=value,
        things=frozenset(things),
        per="" if is_percent else _per(words, at, len(things)),
        change=1 if _ADDED.search(clause) else -1 if _TAKEN.search(clause) else 0,
        before=" ".join(words[begin:at]),
        after=after,
        is_percent=is_percent,
    )


def _things(words: Sequence[str], at: int) -> list[str]:
    """Find the words for what an amount counts, which stand behind it, or the sign before it."""
    found: list[str] = []
    for word in words[at + 1 : at + 5]:
        if word == "-":
            continue
        if not (word[:1].isalpha() or word in _MONEY) or word in _STOPS or len(found) == 3:
            break
        found.append("money" if stem(word) in _MONEY else stem(word))
    is_price = at > 0 and words[at - 1] in (*_MONEY, "cost", "costs", "costing")
    return ["money"] if is_price and not found else found


def stem(word: str) -> str:
    """Take the plural and the possessive off a word: "boxes" is "box"."""
    word = word.removesuffix("'s")
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if re.search(r"(?:ch|sh|x|ss|z)es$", word):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _per(words: Sequence[str], at: int, things: int) -> str:
    """Find what an amount is for each of, behind it ("24 in each box") or before ("at 24")."""
    behind = [word for word in words[at + 1 :] if word != "-"][things : things + 3]
    in_each = behind[:1] and behind[0] in ("in", "for", "to", "on") and behind[1:2]
    if in_each and behind[1] in ("each", "every", "a", "an"):
        behind = behind[1:]
    if behind[:1] == ["apiece"]:
        return EACH
    if behind and behind[0] in ("each", "every", "per", "a", "an"):
        noun = behind[1] if len(behind) > 1 else ""
        if noun[:1].isalpha() and noun not in _STOPS:
            return "day" if stem(noun) in _TIMES_OF_DAY else stem(noun)
        return EACH if behind[0] == "each" else ""
    previous = words[at - 1] if at else ""
    if previous == "at":
        return EACH
    if previous in _INSIDE and at > 1 and words[at - 2][:1].isalpha():
        return stem(words[at - 2])
    return _holder(words, at)


def _holder(words: Sequence[str], at: int) -> str:
    """Find the subject in "a tray holds 24", "each of them holds 24" and "trays hold 24"."""
    verb = at - 2 if at and words[at - 1] == "for" else at - 1
    if verb < 1 or words[verb] not in _HOLDS:
        return ""
    begin = verb - 1
    while begin > 0 and words[begin][:1].isalpha() and words[begin] not in _STOPS:
        begin -= 1
    noun = words[verb - 1]
    if begin < verb - 1 and words[begin] in ("a", "an", "each", "every", "one", "per"):
        return stem(noun)
    clause = next((i + 1 for i in range(verb, -1, -1) if words[i] in _CLAUSE_ENDS), 0)
    if {"each", "every"} & set(words[clause:verb]):
        return EACH  # "each one holds 16", "each of them costs 3"
    is_said_of_all = words[verb] in _FITS and noun.endswith("s") and noun not in _STOPS
    return stem(noun) if is_said_of_all else ""


# --- frames -------------------------------------------------------------------------------------


def _shape(story: _Story) -> str | None:
    """Areas, perimeters and volumes of what is so long by so wide, or round."""
    sides = [amount.sum for amount in story.amounts]
    if story.says(phrases("hypotenuse")) and len(sides) == 2:
        return f"sqrt({sides[0]} ** 2 + {sides[1]} ** 2)"
    asks_around = story.says(phrases("perimeter, circumference, fence, fencing, around, border"))
    asks_area = story.says(phrases("area, square, turf, carpet, floor space, how big"))
    if len(sides) == 1 and story.says(phrases("circle, circumference, round, circular")):
        radius = f"({sides[0]} / 2)" if not story.says(phrases("radius")) else sides[0]
        if asks_around:
            return f"2 * pi * {radius}"
        return f"pi * {radius} ** 2" if asks_area else None
    if len(sides) == 1 and story.says(phrases("square")):
        if asks_around:
            return f"4 * {sides[0]}"
        return f"{sides[0]} ** 2" if story.says(phrases("area")) else None
    if not re.search(r"# (?:\w+ )?(?:\w+ )?(?:by|x) (?:\w+ )?#|\brectang", story.text):
        return None
    if len(sides) == 2 and asks_around:
        return f"2 * ({sides[0]} + {sides[1]})"
    asks_volume = len(sides) == 3 and story.says(phrases("volume, cubic"))
    return " * ".join(sides) if asks_volume or (len(sides) == 2 and asks_area) else None


def _percentages(story: _Story) -> str | None:
    """A percentage of something, on top of it or off it; or what percentage something is."""
    percents = [amount for amount in story.amounts if amount.is_percent]
    others = [amount for amount in story.amounts if not amount.is_percent]
    asks_percentage = story.says(phrases("what percent, percentage"))
    if not percents and len(others) == 2 and asks_percentage:
        return _what_percentage(story, others[0], others[1])
    if len(percents) != 1 or not others:
        return None
    percent = f"percent({percents[0].sum})"
    years = [amount for amount in others if "year" in amount.things]
    if story.says(phrases("interest")) and len(others) == 2 and len(years) == 1:
        base = next(amount for amount in others if amount is not years[0])
        return f"{percent} * {base.sum} * {years[0].sum}"
    whole: str | None = others[0].sum
    if len(others) > 1:
        whole = _prices_and_changes(replace(story, amounts=tuple(others)))
    if whole is None:
        return None
    whole = whole if len(others) == 1 else f"({whole})"
    part = f"{percent} * {whole}"
    if story.says(_ONLY_THE_CHANGE):
        return part
    if story.says(_FEE):
        return f"{whole} + {part}" if story.says(_WITH_THE_FEE) else part
    if story.says(_DISCOUNT):
        return f"{whole} - {part}"
    if story.says(_RISE):
        return f"{whole} + {part}"
    return f"{whole} - {part}" if story.says(_NOT_THEM) else part


def _what_percentage(story: _Story, first: _Amount, second: _Amount) -> str:
    if re.search(r"\bfrom #", story.text):
        return f"percentage(abs({second.sum} - {first.sum}), {first.sum})"
    part, whole = sorted((first, second), key=lambda amount: amount.value)
    return f"percentage({part.sum}, {whole.sum})"


def _longer_period(story: _Story) -> str | None:
    """So much a week: how much that is in a year, or the other way round."""
    if len(story.amounts) != 1 or not story.amounts[0].per:
        return None
    rate = story.amounts[0]
    behind = story.text.partition("#")[2]
    said = re.findall(r"\b(?:an?|per|one|each|every|whole|the) ([a-z]+)|\b([a-z]+ly)\b", behind)
    for period in (_ADVERBS.get(adverb, stem(noun)) for noun, adverb in said):
        if (many := _periods_in(period, rate.per)) is not None:
            return f"{rate.sum} * {many}"
        if (many := _periods_in(rate.per, period)) is not None:
            return f"{rate.sum} / {many}"
    return None


def _parts(story: _Story) -> str | None:
    """A fraction of an amount: "96 chairs and a quarter of them broke"."""
    parts = [amount for amount in story.amounts if amount.is_part]
    wholes = [amount for amount in story.amounts if not amount.is_part]
    if len(parts) != 1 or len(wholes) != 1:
        return None
    part, whole = parts[0].sum, wholes[0].sum
    is_rest = story.says(_NOT_THEM) or story.says(_DISCOUNT)
    return f"{whole} - {part} * {whole}" if is_rest else f"{part} * {whole}"


def _how_many_times(story: _Story) -> str | None:
    """So much in all at so much each: how many of these that takes, or how long."""
    if len(story.amounts) != 2:
        return None
    first, second = story.amounts
    if "how many #" in story.text and first.things & second.things & _MEASURES:
        return f"{first.sum} / {second.sum}"
    found = re.search(r"\bhow many ((?:[a-z']+ ?){1,2})", story.text)
    asked = {stem(word) for word in found[1].split()} if found else set()
    if story.says(phrases("how long, when")):
        asked |= {*_PERIODS_S, *_IN_A_YEAR}
    for rate, whole in ((first, second), (second, first)):
        is_one_of_them = rate.per in whole.things or whole.per
        if rate.per in asked and not is_one_of_them and rate.per != EACH:
            return f"{whole.sum} / {rate.sum}"
    return None


def _shared(story: _Story) -> str | None:
    """So much for so many: what each one gets, or what one of them costs."""
    if len(story.amounts) == 2:
        for whole, counted in (story.amounts, story.amounts[::-1]):
            is_priced = story.says(_PRICE_OF_ONE) and not whole.things - {"money"}
            is_asked = _asked_for_one(story) & counted.things and not whole.things & counted.things
            if is_asked or (is_priced and counted.things - {"money"}):
                return f"{whole.sum} / {counted.sum}"
    amounts = _multiplied(story.amounts)
    if len(amounts) != 2 or not story.says(_SHARES):
        return None
    if story.says(_TOTAL) and not story.says(phrases(r"split\w*, shar\w+, divid\w+")):
        return None
    if any(amount.per == EACH for amount in amounts):
        return None
    sharers = [amount for amount in amounts if _is_sharer(amount)]
    if not sharers and all(amount.things & _MEASURES for amount in amounts):
        return None
    smaller_first = sorted(amounts, key=lambda amount: ("money" in amount.things, amount.value))
    by = sharers[0] if len(sharers) == 1 else smaller_first[0]
    whole = next(amount for amount in amounts if amount is not by)
    i_too = sharers and re.search(r"# (?:\w+ )?and (?:i|me|myself)\b", story.text)
    count = f"({by.sum} + 1)" if i_too else by.sum
    asks_rest = story.says(phrases("left, left over, leftover, remain, remains, spare"))
    return f"{whole.sum} {'%' if asks_rest else '/'} {count}"


def _is_sharer(amount: _Amount) -> bool:
    if "money" in amount.things:
        return False
    near = " ".join(amount.before.split()[-3:])
    is_of_us = amount.after.startswith("of us")
    return bool(amount.things & _SHARERS) or bool(_SHARED_BY.search(near)) or is_of_us


def _asked_for_one(story: _Story) -> set[str]:
    """Find what a question wants to know of each: "per slice", "what does one ticket cost"."""
    asked_at = re.search(r"\b(?:how|what)\b", story.text)
    question = story.text[asked_at.start() :] if asked_at else ""
    found = re.finditer(r"\b(?:per|an?|each|every|one|single) ([a-z]+)", question)
    asked = {stem(each[1]) for each in found}
    if story.says(phrases("average speed, how fast")):
        asked |= {"hour", "minute", "second"}
    return asked


def _prices_and_changes(story: _Story) -> str | None:
    """So many at so much each, then what was added and taken away."""
    amounts = _multiplied(story.amounts)
    if len(amounts) == 1:
        return amounts[0].sum if len(story.amounts) > 1 else None
    measures = {thing for amount in amounts for thing in amount.things & _MEASURES}
    if len(measures) > 1:
        return None
    if len(amounts) == 2 and (difference := _difference(story, amounts)) is not None:
        return difference
    is_priced = len(amounts) < len(story.amounts) and all(each.change >= 0 for each in amounts)
    if (story.says(_TOTAL) or is_priced) and not story.says(_LEFT):
        return " + ".join(amount.sum for amount in amounts)
    return _run_through(amounts, -1 if story.says(_LEFT) else 0)


def _difference(story: _Story, amounts: Sequence[_Amount]) -> str | None:
    """What lies between two amounts: what is left, a change, an age."""
    smaller, larger = sorted(amounts, key=lambda amount: amount.value)
    born = story.says(phrases("born, built, founded, married")) and story.says(
        phrases("how old, how many years, how long")
    )
    went = re.search(r"\bfrom (?:\S+ )?# (?:\w+ )?to (?:\S+ )?#", story.text)
    is_left = story.says(_LEFT) and amounts[1].change <= 0
    if story.says(_COMPARES) or born or went or is_left:
        return f"{larger.sum} - {smaller.sum}"
    return None


def _run_through(amounts: Sequence[_Amount], change: int) -> str | None:
    """Begin with the first amount and add and take away the others as they were told.

    `change` is meant where nothing is said of the first of the others.
    """
    told, value = amounts[0].sum, amounts[0].value
    for amount in amounts[1:]:
        change = amount.change or change
        if change == 0 or amount.is_fraction:
            return None
        told += f" {'+' if change > 0 else '-'} {amount.sum}"
        value += change * amount.value
    return told if value >= 0 else None


# --- so much for each ---------------------------------------------------------------------------


def _multiplied(amounts: Sequence[_Amount]) -> tuple[_Amount, ...]:
    """Multiply every price with the number of what it is for."""
    left = list(amounts)
    pairs = ((rate, _counted(rate, left)) for rate in left if rate.per)
    rate, counted = next((pair for pair in pairs if pair[1] is not None), (None, None))
    if rate is None or counted is None:
        return tuple(left)
    first, second = sorted((rate, counted), key=left.index)
    many = 1 if rate.per == EACH else _how_many_in(counted, rate.per) or 1
    left[left.index(first)] = replace(
        rate,
        sum=f"{first.sum} * {second.sum}" + (f" * {many}" if many != 1 else ""),
        value=first.value * second.value * many,
        per=counted.per,
        change=first.change,
    )
    left.remove(second)
    # What came out may be for each of something, too: eight hours at 12 an hour, on five days each.
    return _multiplied(left)


def _counted(rate: _Amount, amounts: Sequence[_Amount]) -> _Amount | None:
    """Find the number of what a price is for."""
    others = [each for each in amounts if each is not rate and not each.is_percent]
    if rate.per == EACH:
        at = amounts.index(rate)
        told_before = [each for each in amounts[:at] if each in others and each.per != EACH]
        return told_before[-1] if told_before else others[0] if others else None
    named = (each for each in others if _how_many_in(each, rate.per) is not None)
    persons = (each for each in others if rate.per in _PERSONS and each.things & _SHARERS)
    return next(named, None) or next(persons, None)


def _how_many_in(counted: _Amount, per: str) -> int | None:
    """Say how many of what a price is for are in one of what is counted."""
    if per in counted.things:
        return 1
    found = (_periods_in(thing, per) for thing in counted.things)
    return next((many for many in found if many is not None), None)


def _periods_in(longer: str, shorter: str) -> int | None:
    """Say how many shorter periods a longer one has: 52 weeks in a year."""
    if longer == "year":
        return _IN_A_YEAR.get(shorter)
    lasts_s, part_s = _PERIODS_S.get(longer), _PERIODS_S.get(shorter)
    return lasts_s // part_s if lasts_s and part_s and lasts_s > part_s else None
