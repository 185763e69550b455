"""The words that tell what happens in a story with amounts: what is used up, shared, added."""

import re

from weft.tools.builtin.spoken_requests import phrases, word_set

ASKS = phrases(
    r"""
    how, what, which is, total, altogether, in all, tell me, work out, give me, profit, gap, divide,
    split, share, add, calculate, figure out, knock, i need to know, of each,
    (?:shared|divided) (?:\w+ )?(?:between|among|by|with)
    """
)
LEFT = phrases(
    """
    left, leftover, remain, remains, remaining, remainder, still, to go, change, the rest, short,
    (?:is|are|was|be) over, unsold, unread, spare, the balance, more do i need, more do we need,
    profit, after that, missing
    """
)
TOTAL = phrases(
    """
    altogether, all together, total, in all, add up to, adds up to, sum, combined, together,
    come to, comes to, between (?:them|us|the (?:two|three|four)), overall, all up,
    all in, amount to, amounts to
    """
)
COMPARES = phrases(
    r"""
    difference, gap, have i saved, do i save, did i save, am i saving, how much more, how many more,
    how much less, how many fewer,
    how (?:much|many \w+) (?:old|young|long|short|tall|bigg|small|heavi|light)er,
    how (?:much|many \w+) (?:cheap|fast|slow|high|low|dear|warm|cold|furth|farth)er
    """
)
NOT_A_STORY = phrases(
    """
    # (?:st|nd|rd|th), o'clock, past #, past, # am, # pm, a m, p m, # : #, half time,
    january, february, march, april, june, july, august, september, october, november, december,
    scale, scaled, christmas, easter, birthday,
    probability, chance, chances, odds, celsius, fahrenheit, degrees,
    twice, double, triple, squared, what fraction, out of #, compound, used to,
    body mass, bmi
    """
)
"""Speaks of dates, of chances, of temperatures, or of sums that are said in other words."""
CLOCK_TIMES = re.compile(
    r"\bat # (?:to|past) #|\bat # (?!\w).*\bat #|\bat #(?= (?:and|,)).*\bhow (?:long|many hours)\b"
)
SHARES = phrases(
    """
    split, splitting, share, shared, sharing, divide, divided, dividing, each, apiece, everyone,
    everybody, evenly, equal, equally, ways, between, among, amongst, chips in, chip in, per head,
    per person, a head, cut, cutting, dealt, hand out, every one, spread
    """
)
PRICE_OF_ONE = phrases(
    "price of each, cost of each, each one cost, (?:is|cost|costs|for) one, one cost, one of them"
)
SHARERS = word_set(
    "people person us friend kid child children guest player flatmate roommate housemate colleague"
    " grandchild grandchildren sibling brother sister cousin student adult neighbour neighbor way"
    " piece part portion slice group team table family couple member head pal mate participant"
    " jar bag box glass row bowl batch section length worker girl boy lad man men woman women plate"
    " tray shelf helper volunteer twin"
)
PERSONS = frozenset(["person", "head", "guest", "adult", "child"])
SHARED_BY = phrases("between, among, amongst, into, in to, across, over, by, we're, we are, with")
TAKEN = phrases(
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
ADDED = phrases(
    """
    add, added, adding, buy, bought, find, found, join, joined, receive, received, arrive,
    arrived, earn, earned, won, came, deposit, deposited, got on, get on, gets on,
    plus, gained, picked up, borrowed, planted, refilled, hop on, hopped on, got in, climbed on,
    boarded, turn up, turned up, show up, showed up, gave me, gives me, top up, topped up, put in,
    baked, delivered, older, taller, longer, heavier, bigger, higher, dearer
    """
)
ASKS_SPENDING = phrases(
    r"""
    did (?:i|we|he|she|they|that|it|all that) (?:all )?(?:spend|pay|cost|come to|set me back),
    (?:have|has) (?:i|we|he|she|they) spent, the damage, set (?:me|us) back,
    (?:do|does|will|would) (?:i|we|he|she|they|it|that|this) (?:all )?(?:owe|cost|pay|come to)
    """
)
MORE = phrases("more, another, extra, further")
"""Added where nothing else is said, but "lost another five" takes away."""
DISCOUNT = phrases(
    """
    off, discount, discounted, reduction, reduced, reduce, cheaper, sale, less, drop, drops,
    dropped, fell, falls, down, decrease, decreased, cut, loses, lost, lower, knock, shrank
    """
)
RISE = phrases(
    """
    on top, more, extra, increase, increased, increases, raise, raised, rise, rises, rose, up,
    plus, added, add, grows, grew, growth, markup, higher, dearer, gained
    """
)
FEE = phrases(
    """
    tip, tax, vat, gst, service, commission, interest, deposit, fee, gratuity, surcharge, charge,
    levy, duty
    """
)
WITH_IT = phrases(
    r"""
    (?:what's|what is|what would be|how much is) the total, in total, altogether, all together,
    all in, in all, comes? to, grand total, (?:final|total|whole) (?:price|bill|amount|cost|sum),
    end up
    """
)
"""Asks for a percentage with what it is a percentage of."""
WITH_THE_FEE = phrases(
    """
    total, altogether, in all, all in, including, included, with tip, with the tip, with tax,
    with vat, final, end up, all together, after tax, do i pay, do we pay, to pay, on top, plus
    """
)
ASKS_PERCENTAGE = phrases(
    "percentage, (?:what|which|how many|by what) (?:percent|per cent), in percent, as a percent"
)
PERCENTAGE_OF_CHANGE = phrases(
    r"""
    from #, (?:fall|falls|fell|fallen|drop|drops|dropped|rise|rises|rose|risen|grow|grew|grown),
    (?:shrunk|shrink|shrank|increased?|decreased?|reduced|reduction|(?:went|gone|go) (?:up|down)
    |jumped|climbed|cheaper|dearer|discount|gained|changed?|more expensive|heavier|lighter)
    """.replace("\n    |", "|")
)
USED_TO_BE = phrases(
    "was, were, used to, last, before, originally, original, started, began, from, old"
)
"""Before the amount that a change is told of."""
ONLY_THE_CHANGE = phrases(
    """
    do i save, do we save, am i saving, how much off, saving, savings, how much is the discount,
    how much is the raise, by how much, just the, how much extra, how much more, how big is the
    """
)
NOT_THEM = phrases(
    "left, remain, remains, remaining, still, rest, aren't, weren't, isn't, not, without, don't"
)
HOLDS = word_set(
    "holds hold has have costs cost takes take needs need seats seat covers cover weighs weigh"
    " contains contain fits fit makes make gives give uses use burns burn serves serve pays pay"
    " sells earns is are was were gets get lasts last carries carry burns"
)
FITS = word_set("hold seat carry fit take contain cover cost weigh serve last")
INSIDE = word_set("of with holding containing having seating")
STOPS = word_set(
    "a an the and or but so then to of in on at for with by from per each every is are was were"
    " i i'm i've i'd you he she it it's we we're we've they my our your his her their its this"
    " that those these what what's how which who if when do does did will would can could should"
    " have has had got get gets be been am me us them not no into between among over after before"
    " still left altogether now today there here apiece please off up out down as than more one"
    " went goes broke came cost costs go took used plus minus times percent"
)
CENTS = word_set("cent penny pence p c")
MONEY = word_set("dollar euro pound quid buck $ £ € usd gbp eur")
PRICES = phrases(
    """
    tip, bill, price, priced, costs?, pay, paid, apiece, each, dollars?, euros?, pounds?, quid,
    bucks, wage, an hour, a metre, a kilo, a litre, spent, change, save
    """
)
MEASURES = word_set(
    "gram kilo kilogram milligram ounce stone metre meter kilometre kilometer centimetre centimeter"
    " millimetre millimeter inch foot feet yard mile litre liter millilitre milliliter pint gallon"
    " hour minute second day week month year cent pence money"
)
PERIODS_S = {
    "second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "fortnight": 1_209_600
}  # fmt: skip
IN_A_YEAR = {"day": 365, "week": 52, "month": 12}
ADVERBS = {
    "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "annually": "year"
}  # fmt: skip
TIMES_OF_DAY = word_set("morning evening night afternoon")
CLAUSE_ENDS = frozenset([".", ",", ";", ":", "?", "!", "and", "then", "but", "so", "how", "what"])
SAME_AS = {
    "kid": "child", "kids": "child", "children": "child", "kiddies": "child", "people": "person",
    "persons": "person", "folks": "person", "men": "man", "women": "woman", "grown-ups": "adult",
    "bucks": "dollar", "geese": "goose", "feet": "foot", "inches": "inch", "loaves": "loaf",
    "halves": "half", "shelves": "shelf", "knives": "knife", "mice": "mouse", "teeth": "tooth",
}  # fmt: skip
"""Other words for a thing, and plurals that no ending tells."""


def stem(word: str) -> str:
    """Take the plural and the possessive off a word: "boxes" is "box"."""
    word = word.removesuffix("'s")
    if word in SAME_AS:
        return SAME_AS[word]
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if re.search(r"(?:ch|sh|x|ss|z)es$", word):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
