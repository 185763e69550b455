"""Sums told as a story: "nine boxes with 24 screws in each, how many screws is that".

A story is taken for amounts, each with what it counts ("screws"), what it is for each of ("box")
and what happened to it (used up, added). A few frames then put them together: shares, prices,
percentages, what is left, what it comes to. A frame must have a place for every amount of the
story, otherwise the story is left alone: half an answer would be a wrong one.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from weft.tools.builtin.spoken_requests import phrases
from weft.tools.builtin.stories import EACH, Amount, Story, told
from weft.tools.builtin.story_words import (
    ADVERBS,
    ASKS,
    ASKS_PERCENTAGE,
    ASKS_SPENDING,
    CLOCK_TIMES,
    COMPARES,
    DISCOUNT,
    FEE,
    IN_A_YEAR,
    LEFT,
    MEASURES,
    NOT_A_STORY,
    NOT_THEM,
    ONLY_THE_CHANGE,
    PERCENTAGE_OF_CHANGE,
    PERIODS_S,
    PERSONS,
    PRICE_OF_ONE,
    RISE,
    SHARED_BY,
    SHARERS,
    SHARES,
    TIMES_OF_DAY,
    TOTAL,
    USED_TO_BE,
    WITH_IT,
    WITH_THE_FEE,
    stem,
)

MOST_AMOUNTS = 8


def read_story(request: str) -> str | None:
    """Read the sum that a story asks for; None where there is no story or it stays unclear."""
    story = told(request)
    if not 1 <= len(story.amounts) <= MOST_AMOUNTS or CLOCK_TIMES.search(story.text):
        return None
    if story.says(NOT_A_STORY) and not story.says(ASKS_PERCENTAGE):
        return None
    asking = (_longer_period, _proportion, _parts, _how_many_times, _shared, _prices_and_changes)
    frames = (_shape, _percentages, *(asking if story.says(ASKS) else ()))
    return next((found for frame in frames if (found := frame(story)) is not None), None)


def _shape(story: Story) -> str | None:
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


def _percentages(story: Story) -> str | None:
    """A percentage of something, on top of it or off it; or what percentage something is."""
    percents = [amount for amount in story.amounts if amount.is_percent]
    others = [amount for amount in story.amounts if not amount.is_percent]
    if not percents and len(others) == 2 and story.says(ASKS_PERCENTAGE):
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
    if story.says(ONLY_THE_CHANGE):
        return part
    if story.says(FEE):
        return f"{whole} + {part}" if story.says(WITH_THE_FEE) else part
    if story.says(DISCOUNT):
        return f"{whole} - {part}"
    if story.says(RISE):
        return f"{whole} + {part}"
    if story.says(NOT_THEM):
        return f"{whole} - {part}"
    return f"{whole} + {part}" if story.says(WITH_IT) else part


def _what_percentage(story: Story, first: Amount, second: Amount) -> str:
    if story.says(PERCENTAGE_OF_CHANGE):
        is_old_last = USED_TO_BE.search(second.before) and not USED_TO_BE.search(first.before)
        old, new = (second, first) if is_old_last else (first, second)
        return f"percentage(abs({new.sum} - {old.sum}), {old.sum})"
    part, whole = sorted((first, second), key=lambda amount: amount.value)
    return f"percentage({part.sum}, {whole.sum})"


def _longer_period(story: Story) -> str | None:
    """So much a week: how much that is in a year, or the other way round."""
    if len(story.amounts) != 1 or not story.amounts[0].per:
        return None
    rate = story.amounts[0]
    behind = story.text.partition("#")[2]
    said = re.findall(r"\b(?:an?|per|one|each|every|whole|the) ([a-z]+)|\b([a-z]+ly)\b", behind)
    for period in (ADVERBS.get(adverb, stem(noun)) for noun, adverb in said):
        if (many := _periods_in(period, rate.per)) is not None:
            return f"{rate.sum} * {many}"
        if (many := _periods_in(rate.per, period)) is not None:
            return f"{rate.sum} / {many}"
    return None


def _proportion(story: Story) -> str | None:
    """So many for so much: how much for another number of them ("3 cost 2, what do 9 cost")."""
    asked_at = re.search(r"\b(?:how|what)\b", story.text)
    if len(story.amounts) != 3 or not asked_at or story.says(LEFT):
        return None
    if story.text[: asked_at.start()].count("#") not in (0, 2):
        return None  # the question comes last, or first: "how much are 9 if 3 cost 2"
    is_asked_first = story.text[: asked_at.start()].count("#") == 0
    asked, *given = story.amounts if is_asked_first else story.amounts[-1:] + story.amounts[:2]
    one, other = given
    joined = re.search(rf"# [^,.;?]*?\b(?:{_COMES_TO})\b[^,.;?]*#", story.text)
    if not joined or any(each.is_percent or each.is_fraction for each in story.amounts):
        return None
    if one.things & other.things or not (one.things or other.things):
        return None
    told_of = one.things | other.things
    if told_of & PERIODS_S.keys() and not told_of & (MEASURES - PERIODS_S.keys()):
        return None  # more miles need more hours, but more workers need fewer days
    if asked.things and asked.things <= other.things:
        return f"{asked.sum} / {other.sum} * {one.sum}"
    price = next((each for each in given if "money" in each.things), None)
    if price is not None and "money" not in asked.things:
        counted = other if price is one else one
        return f"{asked.sum} / {counted.sum} * {price.sum}"
    if not asked.things or asked.things & one.things:
        return f"{asked.sum} / {one.sum} * {other.sum}"
    return None


_COMES_TO = (
    "costs?|are|is|for|takes?|took|makes?|made|needs?|needed|gives?|weighs?|uses?|in|serves?|feeds?|"
    "covers?|earns?|earned|lasts?|pays?|bakes?|does|drives?|drove|goes|runs?|on"
)


def _parts(story: Story) -> str | None:
    """A fraction of an amount: "96 chairs and a quarter of them broke"."""
    parts = [amount for amount in story.amounts if amount.is_part]
    wholes = [amount for amount in story.amounts if not amount.is_part]
    if len(parts) != 1 or len(wholes) != 1:
        return None
    part, whole = parts[0].sum, wholes[0].sum
    stayed = re.search(r"\b(?:stay|stayed|kept)\b", story.text) and "stay" not in parts[0].after
    is_rest = story.says(NOT_THEM) or story.says(DISCOUNT) or stayed
    return f"{whole} - {part} * {whole}" if is_rest else f"{part} * {whole}"


def _how_many_times(story: Story) -> str | None:
    """So much in all at so much each: how many of these that takes, or how long."""
    if len(story.amounts) != 2:
        return None
    first, second = story.amounts
    if "how many #" in story.text and first.things & second.things & MEASURES:
        return f"{first.sum} / {second.sum}"
    found = re.search(r"\bhow many ((?:[a-z']+ ?){1,2})", story.text)
    asked = {stem(word) for word in found[1].split()} if found else set()
    if asked & TIMES_OF_DAY:
        asked.add("day")
    if story.says(phrases("how long, when")):
        asked |= {*PERIODS_S, *IN_A_YEAR}
    for rate, whole in ((first, second), (second, first)):
        is_one_of_them = rate.per in whole.things or (whole.per and not _is_one_pack(whole))
        if rate.per in asked and not is_one_of_them and rate.per != EACH:
            return f"{whole.sum} / {rate.sum}"
        # "Lengths of 2.5 metres" from a rope of 20.
        is_piece = rate.per and rate.things & whole.things & MEASURES
        if is_piece and story.says(phrases("how many")) and rate.value < whole.value:
            return f"{whole.sum} / {rate.sum}"
    return None


def _is_one_pack(amount: Amount) -> bool:
    """Whether an amount is all there is in the only pack: "a box of 120 tablets"."""
    return bool(re.search(rf"\b(?:a|one|the|my|our) (?:\w+ )?{amount.per} of$", amount.before))


def _shared(story: Story) -> str | None:
    """So much for so many: what each one gets, or what one of them costs."""
    if len(story.amounts) == 2:
        for whole, counted in (story.amounts, story.amounts[::-1]):
            is_priced = story.says(PRICE_OF_ONE) and not whole.things - {"money"}
            is_asked = _asked_for_one(story) & counted.things and not whole.things & counted.things
            if is_asked or (is_priced and counted.things - {"money"}):
                return f"{whole.sum} / {counted.sum}"
    amounts = _multiplied(story.amounts)
    if len(amounts) != 2 or not story.says(SHARES):
        return None
    if story.says(TOTAL) and not story.says(phrases(r"split\w*, shar\w+, divid\w+")):
        return None
    if any(amount.per == EACH for amount in amounts):
        return None
    sharers = [amount for amount in amounts if _is_sharer(amount)]
    if not sharers and all(amount.things & MEASURES for amount in amounts):
        return None
    smaller_first = sorted(amounts, key=lambda amount: ("money" in amount.things, amount.value))
    by = sharers[0] if len(sharers) == 1 else smaller_first[0]
    whole = next(amount for amount in amounts if amount is not by)
    i_too = sharers and re.search(r"# (?:\w+ )?and (?:i|me|myself)\b", story.text)
    count = f"({by.sum} + 1)" if i_too else by.sum
    asks_rest = story.says(phrases("left, left over, leftover, remain, remains, spare"))
    return f"{whole.sum} {'%' if asks_rest else '/'} {count}"


def _is_sharer(amount: Amount) -> bool:
    if "money" in amount.things:
        return False
    near = " ".join(amount.before.split()[-3:])
    is_of_us = amount.after.startswith("of us")
    return bool(amount.things & SHARERS) or bool(SHARED_BY.search(near)) or is_of_us


def _asked_for_one(story: Story) -> set[str]:
    """Find what a question wants to know of each: "per slice", "what does one ticket cost"."""
    asked_at = re.search(r"\b(?:how|what)\b", story.text)
    question = story.text[asked_at.start() :] if asked_at else ""
    found = re.finditer(r"\b(?:per|an?|each|every|one|single) ([a-z]+)", question)
    asked = {stem(each[1]) for each in found}
    if story.says(phrases("average speed, how fast")):
        asked |= {"hour", "minute", "second"}
    return asked


def _prices_and_changes(story: Story) -> str | None:
    """So many at so much each, then what was added and taken away."""
    amounts = _multiplied(story.amounts)
    if len(amounts) == 1:
        return amounts[0].sum if len(story.amounts) > 1 else None
    measures = {thing for amount in amounts for thing in amount.things & MEASURES}
    if len(measures) > 1:
        return None
    if len(amounts) == 2 and (difference := _difference(story, amounts)) is not None:
        return difference
    is_priced = len(amounts) < len(story.amounts) and all(each.change >= 0 for each in amounts)
    are_prices = all(not each.things - {"money"} for each in amounts)
    is_spent = are_prices and story.says(ASKS_SPENDING)
    if (story.says(TOTAL) or is_priced or is_spent) and not story.says(LEFT):
        return " + ".join(amount.sum for amount in amounts)
    return _run_through(amounts, -1 if story.says(LEFT) else 0)


def _difference(story: Story, amounts: Sequence[Amount]) -> str | None:
    """What lies between two amounts: what is left, a change, an age."""
    smaller, larger = sorted(amounts, key=lambda amount: amount.value)
    born = story.says(phrases("born, built, founded, married")) and story.says(
        phrases("how old, how many years, how long")
    )
    went = re.search(r"\bfrom (?:\S+ )?# (?:\w+ )?to (?:\S+ )?#", story.text)
    is_left = story.says(LEFT) and amounts[1].change <= 0
    if story.says(COMPARES) or born or went or is_left:
        return f"{larger.sum} - {smaller.sum}"
    return None


def _run_through(amounts: Sequence[Amount], change: int) -> str | None:
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


def _multiplied(amounts: Sequence[Amount]) -> tuple[Amount, ...]:
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


def _counted(rate: Amount, amounts: Sequence[Amount]) -> Amount | None:
    """Find the number of what a price is for."""
    others = [each for each in amounts if each is not rate and not each.is_percent]
    if rate.per == EACH:
        at = amounts.index(rate)
        told_before = [each for each in amounts[:at] if each in others and each.per != EACH]
        return told_before[-1] if told_before else others[0] if others else None
    named = (each for each in others if _how_many_in(each, rate.per) is not None)
    persons = (each for each in others if rate.per in PERSONS and each.things & SHARERS)
    return next(named, None) or next(persons, None)


def _how_many_in(counted: Amount, per: str) -> int | None:
    """Say how many of what a price is for are in one of what is counted."""
    if per in counted.things:
        return 1
    found = (_periods_in(thing, per) for thing in counted.things)
    return next((many for many in found if many is not None), None)


def _periods_in(longer: str, shorter: str) -> int | None:
    """Say how many shorter periods a longer one has: 52 weeks in a year."""
    if longer == "year":
        return IN_A_YEAR.get(shorter)
    lasts_s, part_s = PERIODS_S.get(longer), PERIODS_S.get(shorter)
    return lasts_s // part_s if lasts_s and part_s and lasts_s > part_s else None
