"""Names of places and the time zones they keep: from the zone database and a small table."""

import functools
import re
import unicodedata
import zoneinfo
from datetime import datetime, timedelta
from importlib import resources

_AREAS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
_NOT_PLACES = {"center", "north", "south", "east", "west", "act", "nsw", "easter", "knox", "wake"}
"""Last parts of zone names that mean something else, or are no city."""

_MORE = """
America/New_York: new york city, nyc, manhattan, brooklyn, washington, washington dc, washington
  d c, boston, philadelphia, miami, atlanta, orlando, tampa, pittsburgh, baltimore, cleveland,
  charlotte, buffalo, florida, georgia usa, ohio, pennsylvania, virginia, massachusetts, new
  jersey, north carolina, south carolina, maine, vermont, connecticut, maryland, eastern time,
  new york state
America/Chicago: dallas, houston, austin, san antonio, fort worth, new orleans, minneapolis,
  milwaukee, memphis, nashville, kansas city, saint louis, st louis, oklahoma city, texas,
  illinois, louisiana, minnesota, wisconsin, iowa, missouri, alabama, mississippi, oklahoma,
  arkansas, central time
America/Denver: salt lake city, albuquerque, santa fe, colorado, utah, new mexico, montana,
  wyoming, mountain time, colorado springs
America/Phoenix: arizona, tucson
America/Los_Angeles: la, l a, san francisco, seattle, san diego, portland, las vegas,
  sacramento, oakland, san jose california, california, oregon, washington state, nevada,
  silicon valley, hollywood, pacific time
America/Anchorage: alaska
Pacific/Honolulu: hawaii
America/Toronto: ottawa, montreal, quebec, quebec city, ontario
America/Edmonton: calgary, alberta
America/Vancouver: victoria, british columbia
America/Halifax: nova scotia
America/St_Johns: newfoundland, st john's
America/Mexico_City: guadalajara, puebla
America/Sao_Paulo: rio, rio de janeiro, brasilia, salvador, belo horizonte, sao paulo
America/Argentina/Buenos_Aires: argentina
America/Santiago: chile, valparaiso
America/Guayaquil: quito, ecuador
America/Bogota: medellin, cali, cartagena
America/La_Paz: sucre
America/Costa_Rica: san jose
Europe/London: edinburgh, glasgow, manchester, birmingham, liverpool, leeds, bristol, cardiff,
  oxford, cambridge, belfast, england, scotland, wales, northern ireland, great britain,
  britain, the uk, uk, u k, the united kingdom, united kingdom
Europe/Paris: lyon, marseille, toulouse, bordeaux, nice, strasbourg, lille, nantes
Europe/Berlin: munich, hamburg, frankfurt, cologne, stuttgart, dusseldorf, leipzig, dresden,
  bonn, germany
Europe/Madrid: barcelona, seville, valencia, bilbao, malaga, granada, spain
Europe/Lisbon: porto, portugal
Europe/Rome: milan, naples, florence, venice, turin, bologna, palermo, verona, pisa, genoa
Europe/Zurich: geneva, bern, basel, lausanne
Europe/Vienna: salzburg, innsbruck, graz
Europe/Amsterdam: rotterdam, the hague, utrecht, eindhoven, holland, the netherlands
Europe/Brussels: antwerp, ghent, bruges
Europe/Stockholm: gothenburg, malmo
Europe/Oslo: bergen, trondheim
Europe/Helsinki: tampere, turku
Europe/Warsaw: krakow, cracow, gdansk, wroclaw
Europe/Prague: brno, czechia, the czech republic
Europe/Moscow: saint petersburg, st petersburg
Europe/Kyiv: kiev, odesa, lviv, kharkiv
Europe/Istanbul: ankara, izmir, turkey, turkiye
Europe/Athens: thessaloniki, crete
Atlantic/Reykjavik: iceland
Africa/Johannesburg: cape town, durban, pretoria, soweto
Africa/Cairo: alexandria, giza
Africa/Lagos: abuja
Africa/Casablanca: marrakesh, marrakech, rabat, fez
Africa/Nairobi: mombasa
Africa/Dar_es_Salaam: zanzibar, dodoma
Africa/Kinshasa: congo
Asia/Shanghai: beijing, peking, guangzhou, shenzhen, wuhan, chengdu, xi'an, nanjing, china
Asia/Hong_Kong: hong kong
Asia/Kolkata: mumbai, bombay, delhi, new delhi, bangalore, bengaluru, chennai, madras,
  hyderabad, pune, ahmedabad, jaipur, goa, calcutta
Asia/Karachi: islamabad, lahore
Asia/Tokyo: osaka, kyoto, yokohama, nagoya, sapporo, hiroshima, fukuoka, nagasaki
Asia/Seoul: busan, south korea, korea
Asia/Pyongyang: north korea
Asia/Ho_Chi_Minh: hanoi, saigon, vietnam
Asia/Jakarta: bandung, java
Asia/Makassar: bali, denpasar
Asia/Manila: cebu, quezon city
Asia/Dubai: abu dhabi, the emirates, united arab emirates
Asia/Riyadh: mecca, medina, jeddah
Asia/Jerusalem: tel aviv, haifa
Asia/Tehran: isfahan, shiraz
Asia/Tashkent: samarkand
Asia/Almaty: astana
Asia/Colombo: kandy
Asia/Yangon: burma, myanmar, rangoon
Australia/Sydney: canberra, new south wales
Australia/Melbourne: victoria australia
Australia/Brisbane: queensland, gold coast, cairns
Australia/Hobart: tasmania
Pacific/Auckland: wellington, christchurch, queenstown, new zealand
Pacific/Fiji: suva
Pacific/Tahiti: bora bora
UTC: utc, gmt, greenwich, greenwich mean time, universal time, zulu time
Europe/Rome: the vatican
America/Port_of_Spain: trinidad, tobago
America/Havana: cuba
"""


def plain(name: str) -> str:
    """Write a name in lower case, without accents and signs, for comparing."""
    letters = unicodedata.normalize("NFKD", name.lower().replace("’", "'"))
    kept = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^a-z0-9']+", " ", kept).split())


@functools.cache
def zones_of_places() -> dict[str, str]:
    """Every place known, by its plain name, and its zone; some 700 of them."""
    places = _countries()
    for key in sorted(zoneinfo.available_timezones()):
        area, _, rest = key.partition("/")
        city = plain(rest.rpartition("/")[2])
        if area in _AREAS and len(city) > 2 and city not in _NOT_PLACES:
            places[city] = key
    for line in _MORE.replace("\n  ", " ").strip().splitlines():
        zone, _, names = line.partition(": ")
        for name in names.split(","):
            places[plain(name)] = zone
    return places


def _countries() -> dict[str, str]:
    """Countries whose places all keep the same time, from the tables of the zone database."""
    folder = resources.files("tzdata") / "zoneinfo"
    names: dict[str, str] = {}
    zones: dict[str, list[str]] = {}
    for table in ("iso3166.tab", "zone.tab"):
        for line in (folder / table).read_text(encoding="utf-8").splitlines():
            columns = line.split("\t")
            if line.startswith("#") or len(columns) < 2:
                continue
            if table == "iso3166.tab":
                names[columns[0]] = columns[1]
            else:
                zones.setdefault(columns[0], []).append(columns[2])
    found: dict[str, str] = {}
    for code, keys in zones.items():
        if len({_offsets(key) for key in keys}) == 1:
            name = re.sub(r" \(.*\)", "", names[code])
            found.setdefault(plain(name.replace("&", "and")), keys[0])
    return found


def _offsets(key: str) -> tuple[timedelta | None, ...]:
    """What tells two zones apart today: their offsets in a recent winter and summer."""
    zone = zoneinfo.ZoneInfo(key)
    return tuple(zone.utcoffset(datetime(2025, month, 15)) for month in (1, 7))


SEVERAL_ZONES = frozenset(
    [
        "the united states",
        "united states",
        "america",
        "the us",
        "the usa",
        "usa",
        "canada",
        "australia",
        "brazil",
        "russia",
        "mexico",
        "indonesia",
        "kazakhstan",
        "mongolia",
        "greenland",
        "papua new guinea",
        "micronesia",
        "kiribati",
        "antarctica",
    ]
)
"""Countries too wide for one answer."""


def find_zone(name: str) -> str | None:
    """Give the zone key of a place, a country or a zone key itself; None when it is not known."""
    if re.fullmatch(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)+", name.strip()):
        wanted = name.strip().lower()
        return next((key for key in zoneinfo.available_timezones() if key.lower() == wanted), None)
    looked_up = plain(name)
    places = zones_of_places()
    bare = looked_up.removeprefix("the ")
    for form in (looked_up, bare, f"the {looked_up}", bare.removesuffix(" city")):
        if form in places:
            return places[form]
    # "Paris, France", "Austin in Texas": the first part is the place.
    first = re.split(r",| in ", name, maxsplit=1)[0]
    return places.get(plain(first)) if plain(first) != looked_up else None


def display_name(name: str) -> str:
    """Write a place's name with capitals, as it is read aloud."""
    if "/" in name:
        name = name.rpartition("/")[2].replace("_", " ")
    small = {"of", "de", "es", "the", "d", "dc", "and", "time", "coast", "east", "west", "in"}
    capitals = {"uk", "usa", "us", "utc", "gmt", "nyc", "la", "dc"}
    words: list[str] = []
    for index, word in enumerate(name.strip(" ,.?!").split()):
        lower = word.lower()
        if lower in capitals and not (lower == "la" and " " in name.strip()):
            words.append(word.upper())
        elif (lower in small and index) or lower == "the":
            words.append(lower)
        else:
            words.append(
                word[:1].upper() + word[1:] if word[1:].lower() == word[1:] else word.title()
            )
    return " ".join(words)
