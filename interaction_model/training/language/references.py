"""Reference texts: what background agents answer, in plain spoken English, to be said back exactly.

Everything is one mechanism: a text with `{slots}`, each filled by a function of the random source
and the split. What counts is the variety of token sequences, not the truth of what is said. A text
of the held-out split uses sentence patterns and names that training never shows, and content words
of which half are unseen (closed classes, such as months, and the small `PHRASES` serve both): the
model that says it back has learned to copy, not to remember.
"""

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from weft.interaction_model.training.language import (
    english,
    questions,
    requests,
    small_talk,
    statements,
)
from weft.interaction_model.training.language.utterance import Split, is_held_out

REFERENCE_MIX = {"answer": 32, "composed": 28, "salad": 19, "oddity": 14, "reply_like": 7}
"""Per cent of the references that are templated answers, grammar sentences, salad, oddities, and
texts that begin as one of the model's own replies does and go on otherwise."""

MAX_WORDS = 60
MIN_SENTENCE_WORDS = 4
UNENDED_SHARE = 0.05
"""Share of references whose final mark is dropped, beside the oddities that never had one."""

HELD_OUT_WORD_SHARE = 0.5
"""How often a held-out text takes a word from the held-out part of a list; names always do."""

Fill = Callable[[random.Random, Split], str]


@dataclass(frozen=True, slots=True)
class Pool:
    """A word list cut once into the part that training shows and the part that it never does."""

    seen: tuple[str, ...]
    unseen: tuple[str, ...]

    def pick(self, rng: random.Random, split: Split) -> str:
        """Pick a word; a held-out text mixes seen and unseen words."""
        if split == "held_out" and rng.random() < HELD_OUT_WORD_SHARE:
            return rng.choice(self.unseen)
        return rng.choice(self.seen)

    def pick_strictly(self, rng: random.Random, split: Split) -> str:
        """Pick a name or pattern; a held-out text takes unseen ones only."""
        return rng.choice(self.unseen if split == "held_out" else self.seen)


def make_pool(items: Iterable[str]) -> Pool:
    """Cut a list into a pool; a list too short to have held-out items serves both splits."""
    unique = tuple(dict.fromkeys(items))
    seen = tuple(item for item in unique if not is_held_out(item))
    unseen = tuple(item for item in unique if is_held_out(item))
    return Pool(seen or unique, unseen or unique)


ANSWER_TEMPLATES = (
    # Geography
    "The capital of {country} is {place}.",
    "{city} lies on the {place} River, about {distance} from the coast.",
    "{city} is the second largest city in {country}, with about {big_number} inhabitants.",
    "Mount {place} is {integer} metres high.",
    "The highest mountain in {country} is Mount {place} at {integer} metres.",
    "The River {place} is {distance} long and flows into the sea near {city}.",
    "{country} borders {country}, {country} and {country}.",
    "The distance from {city} to {city} is about {distance}.",
    "By road it is {distance} from {city} to {place}, roughly {duration}.",
    "About {big_number} people live in {country}.",
    "The official languages of {country} are {language} and {language}.",
    "{country} covers {integer} square kilometres.",
    "Lake {place} is the deepest lake in {country}, at {integer} metres.",
    "{city} sits at {integer} metres above sea level.",
    "The island of {place} belongs to {country}.",
    "People in {city} mostly speak {language}, and many also speak {language}.",
    "{place} is a small town in the {compass} of {country}.",
    "The flag of {country} is {colour}, {colour} and {colour}.",
    "The currency of {country} is the {place} {currency}.",
    "{city} is {compass} of {city}, about {duration} away by train.",
    "The {place} desert stretches over {percent} of {country}.",
    "No, {city} is not the capital of {country}; {place} is.",
    # History
    "{full_name} was born in {city} on {date}.",
    "{full_name} died in {year} at the age of {age}.",
    "The battle of {place} took place in {year}.",
    "The treaty was signed in {city} on {date} by {number_word} countries.",
    "{full_name} became president of {country} in {year} and served for {duration}.",
    "{country} has been independent since {date}.",
    "The {noun} was invented by {full_name} in {year}.",
    "It was {full_name} who discovered {mass} in {year}.",
    "The {place} dynasty ruled from {year} to {year}.",
    "The {adjective} tower of {city} was built between {year} and {year}.",
    "The great fire of {city} destroyed {big_number} houses in {year}.",
    "King {name} the {ordinal_word} reigned for {integer_small} years.",
    "In {year} the parliament of {country} passed a law against {plural} made of {mass}.",
    "The first railway between {city} and {city} opened in {month} {year}.",
    "Queen {name} of {place} married {name} of {country} in {year}.",
    "The museum in {city} keeps {big_number} {plural} from the {ordinal} century.",
    "The empire fell in {year}, after {integer_small} years of war with {country}.",
    "{full_name} wrote the first {noun} of the {ordinal} century.",
    "The university of {city} was founded in {year} by {title_name}.",
    # Science and nature
    "{mass} melts at about {temperature}.",
    "{a_animal} can live for up to {integer_small} years.",
    "{a_animal} weighs about {weight} and runs at {integer_small} kilometres per hour.",
    "Light travels about {big_number} kilometres per second.",
    "{mass} is {adverb} heavier than {mass}.",
    "The planet {place} turns around its star once every {decimal} days.",
    "The boiling point of {mass} is {temperature} at sea level.",
    "{animals} eat mostly {food} and {plural}.",
    "The {animal} is related to the {animal}, but it is {adverb} more {adjective}.",
    "{science} is the part of nature that makes {mass} {adjective}.",
    "In physics, {science} is measured in {unit}.",
    "An adult human has {integer_small} {plural} and about {volume} of blood.",
    "The comet {place} comes back every {integer_small} years, next in {year}.",
    "{science} and {science} are not the same: the first needs {mass}, the second does not.",
    "There are {integer} known species of {animal}, {integer_small} of them in {country}.",
    "The atom of {place}ium has {integer_small} protons.",
    "Researchers at {company} measured {science} of {decimal} {unit}.",
    "{animals} sleep about {decimal} hours a day.",
    "The temperature on {place} falls to minus {integer_small} degrees at night.",
    # Cooking
    "For {number_word} people take {weight} of {food}, {volume} of {food} and some {food}.",
    "Bake the {food} at {oven} degrees for {integer_small} minutes.",
    "Boil the {food} for {integer_small} minutes, then add the {food}.",
    "You can replace {food} with {food} and a little {food}.",
    "First fry the {food}, then stir in the {food} and let it rest for {duration}.",
    "{food} can stay in the fridge for {duration}.",
    "The recipe says {weight} of {food} and {number_word} spoons of {food}.",
    "Mix {food}, {food}, {food} and {food} until smooth.",
    "{name}'s {food} soup takes {duration} and serves {number_word}.",
    "{weight} of {food} has about {integer} calories.",
    "Heat the {food} to {temperature}, then let it cool to {temperature}.",
    "No, {food} and {food} contain no gluten, but the {food} might.",
    "Serve it with {food} or, even better, with {adjective} {food}.",
    "Take the {food} out as soon as the edges turn {colour}.",
    "Cut the {food} into {adjective} pieces and roast them with {food}.",
    # Arithmetic
    "{integer} plus {integer} is {integer}.",
    "{integer} minus {integer} is {integer}.",
    "{integer} times {integer} is {big_number}.",
    "{integer} divided by {integer_small} is {decimal}.",
    "{percent} of {integer} is {decimal}.",
    "The square root of {integer} is about {decimal}.",
    "The average of {integer}, {integer} and {integer} is {decimal}.",
    "The sum is {big_number}.",
    "That makes {integer_small} for each of you, with {number_word} left over.",
    "The total comes to {money}, including {percent} tax.",
    "A tip of {percent} on {money} is {money}.",
    "{number_word} out of {number_word} is {percent}.",
    "{integer} is a prime number, but {integer} is not.",
    "Split {number_word} ways, that is {money} each.",
    "Rounded to two places, the result is {decimal}.",
    "Two to the power of {integer_small} is {big_number}.",
    "The interest on {money} at {percent} is {money} a year.",
    "It has grown by {percent} since {year}, from {integer} to {integer}.",
    # Units and conversions
    "{decimal} {unit} are {decimal} {unit}.",
    "{integer} {unit} is about {decimal} {unit}.",
    "{money} is {money} at today's rate.",
    "{integer} {currency} are worth about {decimal} {currency}.",
    "{temperature} is {temperature} on the other scale.",
    "There are {integer} {unit} in every {noun}.",
    "That is {decimal} {unit}, or a little over {integer} {unit}.",
    "{distance} is {distance}, give or take {percent}.",
    "The {noun} weighs {weight}, which is {weight} less than the {noun}.",
    "The {noun} is {decimal} metres long, {decimal} wide and {decimal} high.",
    # Time and dates
    "It is {clock} in {city}.",
    "In {city} it is now {clock} on {weekday}.",
    "{city} is {number_word} hours ahead of {city}.",
    "When it is {clock} in {city}, it is {clock} in {city}.",
    "{date} was {a_weekday}.",
    "There are {integer} days left until {date}.",
    "The next full moon is on {weekday}, {date}.",
    "The clocks change on the last Sunday of {month}.",
    "It starts at {clock} and ends at {clock}.",
    "The meeting with {name} was moved from {weekday} to {weekday} at {clock}.",
    "{name}'s birthday is on the {ordinal} of {month}.",
    "The sun sets in {city} at {clock} today.",
    "It has been {duration} since {date}.",
    "Week {integer_small} starts on {weekday}, the {ordinal} of {month}.",
    "Easter falls on {date} that year.",
    "You were born on {a_weekday}, {integer} days ago.",
    # Weather
    "In {city} it is {temperature} and {adjective}.",
    "It will rain in {city} from {clock} until {clock}.",
    "Tomorrow brings {mass} and {mass} with highs of {temperature}.",
    "The wind in {city} blows at {integer_small} kilometres per hour from the {compass}.",
    "There is a {percent} chance of snow in {place} on {weekday}.",
    "{city} expects between {integer_small} and {integer_small} millimetres of rain by {clock}.",
    "Take an umbrella; {city} has a storm warning until {weekday} evening.",
    "It was the {adjective_superlative} {month} in {country} since {year}.",
    "Sunny at first, then clouds from the {compass}, about {temperature}.",
    "The water at {place} beach has {temperature}.",
    "Humidity is {percent} and the pressure is {integer} hectopascals.",
    # Timers, reminders, calendar
    "Your {food} timer is done.",
    "{duration} are over: {echo}!",
    "It is {clock}, time to {echo}.",
    "You asked me to remind you: {echo}.",
    "The timer for the {food} still has {integer_small} minutes and {integer_small} seconds.",
    "Here is your reminder to call {full_name} about the {noun}.",
    "{number_word}, {number_word}, {number_word}, go!",
    "You have {number_word} dates on {weekday}: {name} at {clock} and the dentist at {clock}.",
    "Your flight to {city} boards at {clock} at gate {code}.",
    "Nothing is planned on {date} except lunch with {name}.",
    "The {noun} with {title_name} is at {clock} in room {code}.",
    # Opening hours, prices, travel
    "The {company} is open from {clock} to {clock}, and on {weekday} until {clock}.",
    "The {company} is closed on {weekday} and {weekday}.",
    "A ticket costs {money}, children pay {money}.",
    "The {noun} costs {money} at {company} and {money} at {company}.",
    "It is on sale for {money}, down from {money}.",
    "The next train to {city} leaves at {clock} from platform {integer_small}.",
    "Bus {integer_small} to {place} Street is {integer_small} minutes late.",
    "Flight {code} from {city} lands at {clock} in terminal {number_word}.",
    "A double room at the {place} Hotel is {money} a night, breakfast included.",
    "Take line {integer_small} to {place}, then change for {place}.",
    "The road between {place} and {place} is closed until {date}.",
    "Parking near the {noun} is {money} an hour.",
    "A return ticket from {city} to {city} is {money} if you book before {date}.",
    "The ferry to {place} takes {duration} and runs {number_word} times a day.",
    "There is a table for {number_word} at {clock} under the name {surname}.",
    "The pharmacy on {place} Road is open all night; the number is {phone}.",
    "Shares of {company} closed at {money}, up {percent}.",
    "{company} sold {big_number} {plural} in {year}.",
    # Sports
    "{team} beat {team} {score}.",
    "{team} and {team} drew {score} in {city}.",
    "{full_name} won the {sport} final in {city} in {integer_small} minutes.",
    "{country} has won the {sport} championship {number_word} times, last in {year}.",
    "{full_name} scored {number_word} goals for {team} this season.",
    "{team} play {team} on {weekday} at {clock}.",
    "The world record in {sport} is {decimal} {unit}, set by {full_name} in {year}.",
    "{team} are {ordinal_word} in the table with {integer_small} points.",
    "{name} {surname} of {country} ran it in {decimal} seconds.",
    "The match ended {score} after extra time; {surname} scored twice.",
    "The coach of {team}, {full_name}, resigned on {date}.",
    "The tour goes from {city} to {city} in {integer_small} stages.",
    # Handbook and rules
    "According to the handbook, {plural} must be {participle} within {duration}.",
    "The handbook says that {plural} are {participle} by the {person} every {weekday}.",
    "You may {verb} {a_noun} only after {clock}.",
    "Employees get {integer_small} days of leave a year, plus {number_word} for {plural}.",
    "Every {person} must {verb} the {noun} before {verb_ing} the {noun}.",
    "Section {decimal} of the handbook says: {verb} the {plural} {adverb}.",
    "Claims above {money} need the signature of {title_name}.",
    "Guests are allowed until {clock}, with {animals} only in the {noun}.",
    "The rule is simple: never {verb} {a_noun} without {a_noun}.",
    "Form {code} goes to {full_name} in the {city} office.",
    "Returns are accepted within {integer_small} days if the {noun} is {adjective}.",
    "The guarantee covers {plural} and {plural} for {duration}, but not the {noun}.",
    "The deadline is {date} at {clock}.",
    "Only the {person} may {verb} the {noun}; the {person} may not.",
    "Probation lasts {duration}, and notice is {duration}.",
    "The password must have {integer_small} characters and {number_word} digits.",
    # How-to
    "First {verb} the {noun}, then {verb} the {noun}, and finally {verb} the {plural}.",
    "To {verb} the {noun}, press {colour} and hold it for {number_word} seconds.",
    "Step {number_word}: {verb} the {adjective} {noun} with {mass}.",
    "Turn the {noun} {adverb} until it clicks, then {verb} the {noun}.",
    "Use {a_noun}, {a_noun} and some {mass}; it takes about {duration}.",
    "Hold the {noun} at an angle of {integer_small} degrees and {verb} {adverb}.",
    "If the {noun} does not {verb_i}, {verb} the {noun} and try again.",
    "Open the settings, choose {made_up}, and switch {acronym} off.",
    "Unplug the {noun} before you {verb} it, and wait {duration}.",
    "Wash it at {integer_small} degrees with {mass}, never with {mass}.",
    "Fold the {mass} in half, turn it over, and {verb} the {noun}.",
    "Water the {plural} every {number_word} days with {volume} each.",
    # Definitions and words
    "{a_rare} is {a_adjective} kind of {noun}.",
    "The word {rare} means {adjective} or {adjective}.",
    "{a_noun} is {a_noun} that you use to {verb} {plural}.",
    "In {language}, {noun} is {foreign}.",
    "The {language} word for {noun} is {made_up_lower}.",
    "{acronym} stands for {adjective} {noun} {noun}.",
    "The opposite of {adjective} is {adjective}.",
    "{rare} comes from the {language} word {made_up_lower}, which means {noun}.",
    "The plural of {noun} is {plural}.",
    "It is spelled {spelled}.",
    "{made_up} is {a_adjective} programming language from {year}.",
    "To {verb_i} means to {verb_i} {adverb}.",
    "{a_person} is someone who {verbs} {plural}.",
    "{rare} rhymes with {rare}, more or less.",
    # Findings
    "I found two {plural}: {made_up} in {city} and {made_up} in {city}.",
    "I found three places near you: {company}, {company} and {company}.",
    "I found {integer} results, the best is {company} in {city}.",
    "There are {number_word} {plural} by {full_name}, the last from {year}.",
    "The file {made_up_lower} has {integer} lines, {integer_small} of them empty.",
    "The first hit is {a_noun} called {made_up}, for {money}.",
    "Your notes mention {name} {number_word} times, most recently on {date}.",
    "The report of {date} names {title_name} and {title_name}.",
    "The closest one is {company} on {place} Street, {distance} from here.",
    "Two books fit: The {adjective} {noun} by {full_name}, and {rare} by {full_name}.",
    "The email from {full_name} says: {clause}.",
    "The page says {a_noun} was {participle} near {place} on {date}.",
    "Three {plural} match: one {colour}, one {colour} and one {colour}.",
    "{name} wrote {integer_small} messages about the {noun} between {clock} and {clock}.",
    "According to {company}, {percent} of all {plural} are {adjective}.",
    "The order {code} was sent on {date} and should reach {city} by {weekday}.",
    "The error is in line {integer}: the name {made_up_lower} is not defined.",
    "The latest version is {version}, released on {date}.",
    "The test took {decimal} seconds and {integer_small} of {integer} cases failed.",
    "The address is {integer} {place} Street, {city}.",
    "You can reach {full_name} at {phone} or at {email}.",
    "The best rated one has {decimal} stars from {integer} reviews.",
    "The song is {made_up} by the {adjective} {plural}, from {year}.",
    "The film runs {duration} and stars {full_name} and {full_name}.",
    "{full_name} directed {made_up} in {year}; it won {number_word} prizes.",
    "The novel is about {a_person} who {verbs} {a_adjective} {noun} in {country}.",
    # Refusals and limits
    "I can only {verb} {plural}, not {plural}.",
    "I could not find anything about {made_up}.",
    "Sorry, I have no {plural} for {date}.",
    "I do not know who {full_name} is.",
    "I can't {verb} the {noun} from here, but {name} can.",
    "There is no train from {place} to {place} after {clock}.",
    "I have no access to the {noun} of {company}.",
    "That is not something I can check; please ask {title_name}.",
    "I can only look up cities, and {made_up} does not seem to be one.",
    "The search for {made_up} gave nothing since {year}.",
    "I'm afraid the {company} page did not answer.",
    "No {noun} with the number {code} exists.",
    "I can only count up to {big_number}.",
    "The lookup failed after {integer_small} seconds, try {name} instead.",
    # Asides and corrections
    "By the way, {city} is also the home of {full_name}.",
    "By the way, your {noun} is due on {weekday}.",
    "One more thing: {name} called at {clock}.",
    "Also, the {noun} is {adverb} {adjective} today.",
    "Actually, it was {year}, not {year}.",
    "Sorry, I meant {city}, not {city}.",
    "Correction: the total is {money}, not {money}.",
    "No, it was {full_name}, not {full_name}.",
    "I misread that: {integer} {unit}, not {integer}.",
    "Strictly speaking, {a_animal} is not {a_animal}.",
    "You may also like {made_up}, {a_adjective} {noun} from {country}.",
    "Small update: the {noun} now starts at {clock}.",
    "Meanwhile, {team} lead {score}.",
    "It is not {colour} but {colour}.",
    "To be precise, it weighs {decimal} {unit}.",
    "That changed on {date}; before that it was {money}.",
    "Interesting detail: {a_person} named {made_up} {past} it first.",
    "Wait, the newer source says {integer}, so {integer} was wrong.",
    # People, work and home
    "{title_name} is the head of {company} and lives in {city}.",
    "{name} is {name}'s {adjective} {person}, not the {person}.",
    "{full_name} works as {a_person} at {company} since {year}.",
    "{name} and {name} will bring {food}, {food} and {food}.",
    "Your shopping list has {food}, {food}, {mass} and {number_word} {plural}.",
    "The living room is at {temperature}; the kitchen light is off.",
    "The {colour} {noun} belongs to {name} from {place}.",
    "{name} is {age} years old and {integer} centimetres tall.",
    "{name} paid {money} for the {noun}, so you owe {name} {money}.",
    "{full_name} thanks you for the {adjective} {noun}.",
    "{name} speaks {language}, {language} and some {language}.",
    "The package for {full_name} is at {company}, shelf {code}.",
    "The {person} said: {clause}.",
    "The {noun} needs {number_word} new {plural} and some {mass}.",
    "Your {noun} is {percent} full, about {decimal} {unit}.",
    "The doctor recommends {decimal} milligrams of {made_up_lower} every {number_word} hours.",
    "The {animal} of {name} is called {made_up} and eats {food}.",
    # Longer answers
    "Good news: the {noun} is back, it costs {money}, and {name} can pick it up on {weekday}.",
    "There are two options: {a_adjective} {noun} for {money}, or {a_adjective} {noun} for {money}.",
    "It depends on the {noun}: with {mass} it takes {duration}, without it only {duration}.",
    "In short, {clause}, which is why the {noun} costs {money} more than in {year}.",
    "The short answer is {integer}; the long answer is that {clause}.",
    "You could visit the {noun} in {city}, the {place} market, or the {noun} of {place}.",
    "Most sources say {year}, though {title_name} of {city} argues for {year}.",
    "The first mention of {made_up} is from {date}, when {clause}.",
    "If you leave {place} at {clock}, you reach {place} at {clock}, {duration} later.",
    "Here is the plan: {echo} at {clock}, {echo} at {clock}, and {echo} before {clock}.",
    "They offer {food} for {money}, {food} for {money} and {food} with {food} for {money}.",
    "The {noun} has {number_word} {plural}, each {decimal} {unit} wide and made of {mass}.",
    "{full_name}, born in {year} in {place}, was {a_adjective} {person} from {country}.",
    "{made_up} has {big_number} users in {country} alone, {percent} more than in {year}.",
    "The winner was {full_name} with {integer} votes, ahead of {full_name} with {integer}.",
    "Take {integer_small} drops of {made_up_lower} with {volume} of {mass}, twice a day.",
    "For {a_noun} of that size, {company} asks {money} and {company} asks {money}.",
    "Both are {adjective}, but {made_up} is {weight} lighter and {money} cheaper.",
    "The {ordinal} edition of the {noun} takes place in {city} from {date} to {date}.",
    "Yes, {a_animal} can {verb_i}, though {adverb}, and only for {duration}.",
    "No, the {company} does not {verb} {plural}; the {company} on {place} Street does.",
    "Of the {number_word} {plural} you asked about, only {made_up} is {adverb} {adjective}.",
    "The {noun} runs from {clock} to {clock} on {weekday}, and from {clock} on {weekday}.",
    "As of {date}, {integer} {persons} live in {place}, down from {integer}.",
    "{name} replied that {clause}, and that the {noun} can wait until {weekday}.",
    "Try {made_up} on {place} Road: {decimal} stars, {duration} on foot, and known for {food}.",
    "To sum up, {plural} are {adjective}, {plural} are {adjective}, and {plural} are neither.",
    "It is the {ordinal_word} largest {noun} in {country}, after {place} and {place}.",
    "The name {made_up} comes from {made_up_lower}, an old {language} word for {mass}.",
    "It was painted by {full_name} around {year} and hangs in the {company} in {city}.",
    # One to four words
    "Yes.",
    "No, not yet.",
    "Yes, {name} did.",
    "{full_name}.",
    "{integer}.",
    "{place}, {country}.",
    "{decimal} {unit}.",
    "{date}.",
    "About {duration}.",
    "At {clock}.",
    "Around {money}.",
    "{a_noun} and {a_noun}.",
    "{city} or {city}?",
    "Do you mean {full_name} or {full_name}?",
    "Which {noun} do you mean, the {colour} one or the {adjective} one?",
    "Should I also {verb} the {noun}?",
    "Congratulations, {name}, {integer_small} points!",
)

SENTENCE_TEMPLATES = (
    # Simple
    "{subject} {past} {object}.",
    "{subject} {past} {object} {place_phrase}.",
    "{subject} {past_i} {adverb} {place_phrase}.",
    "{adverb_initial}, {subject} {past} {object}.",
    "{time_phrase}, {subject} {past} {object} {place_phrase}.",
    "{subject} {adverb} {past} {object}.",
    "{subject_plural} {verb} {object} {time_phrase}.",
    "{subject} {verbs} {object} and {verbs} {object}.",
    "{subject} is {verb_ing} {object}.",
    "{subject} was {verb_ing_i} when {subject} {past_i}.",
    "{subject} has {participle} {object}.",
    "{subject} had already {participle} {object} before {subject} {past_i}.",
    "{subject} will {verb} {object} {time_phrase}.",
    "{subject} can {verb} {object}, but {subject} cannot.",
    "{subject} would rather {verb} {object} than {verb} {object}.",
    "{subject} must not {verb} {object} without {object}.",
    "{subject} is {adverb} {adjective}.",
    "{subject} seems {adjective} and {adjective}, although {clause}.",
    "{subject} became {a_adjective} {person} in {year}.",
    "{subject} is as {adjective} as {a_noun}.",
    "There is {a_adjective} {noun} {place_phrase}.",
    "There were {integer_small} {adjective} {plural} {place_phrase}.",
    "It takes {duration} to {verb} {object}.",
    "It is {adjective} to {verb} {object} {place_phrase}.",
    "It was {name} who {past} {object}.",
    # Compound
    "{clause}, and {clause}.",
    "{clause}, but {clause}.",
    "{clause}, so {clause}.",
    "{clause}; {clause}.",
    "{clause}, yet {subject} {past_i} {adverb}.",
    "{clause}, or at least {clause}.",
    "Either {clause} or {clause}.",
    "Not only {past_question}, but {clause}.",
    "{clause}, and then {clause}, and finally {clause}.",
    # Subordinate
    "Because {clause}, {clause}.",
    "{clause} because {clause}.",
    "Although {clause}, {clause}.",
    "{clause}, even though {clause}.",
    "When {clause}, {clause}.",
    "While {subject} was {verb_ing} {object}, {clause}.",
    "If {subject} {verbs} {object}, {subject} will {verb} {object}.",
    "Unless {subject} {verbs} {object}, nothing will {verb_i}.",
    "After {verb_ing} {object}, {subject} {past} {object}.",
    "Before {subject} could {verb} {object}, {clause}.",
    "Since {year}, {subject_plural} have {participle} {object} every {weekday}.",
    "{subject}, who {past} {object}, {past_i} {place_phrase}.",
    "The {noun} that {subject} {past} is {adverb} {adjective}.",
    "The {person} whose {noun} was {participle} {past} {object}.",
    "What {subject} {past} was {a_adjective} {noun}.",
    "{subject} {past} so {adverb} that {clause}.",
    "{subject} knew that {clause}.",
    "{subject} asked whether {clause}.",
    "{subject} wondered why {clause}.",
    "Nobody remembers how {clause}.",
    "It turned out that {clause}.",
    "{subject} hopes that {subject} will {verb} {object} by {clock}.",
    "Whoever {verbs} {object} should {verb} {object} {adverb}.",
    "As soon as {clause}, {clause}.",
    "Whenever {subject} {verbs_i}, {subject} {verbs} {object}.",
    "The more {plural} you {verb}, the more {adjective} it gets.",
    # Lists
    "{subject} bought {a_noun}, {a_noun}, {food} and {integer_small} {plural}.",
    "{name}, {name}, {name} and {name} {past} {object}.",
    "On the table lay {a_noun}, {a_adjective} {noun}, some {mass} and {a_noun}.",
    "{plural}, {plural} and {plural} are {participle} {place_phrase}.",
    "We need {weight} of {mass}, {volume} of {mass} and {distance} of {mass}.",
    "The {noun} is {adjective}, {adjective} and {adverb} {adjective}.",
    "They {past}, {past} and {past} {object}.",
    # Passive
    "{object} was {participle} by {subject}.",
    "{object} was {adverb} {participle} {place_phrase}.",
    "{object} has been {participle} since {date}.",
    "{object} will be {participle} {time_phrase}.",
    "{object} is being {participle} by {integer_small} {persons}.",
    "{object} must be {participle} before {object} can be {participle}.",
    "In {year}, {object} was {participle} and {object} was {participle}.",
    # Questions and commands
    "Did {subject} {verb} {object}?",
    "Who {past} {object} {place_phrase}?",
    "Why did {subject} {verb} {object}?",
    "Where can {subject} {verb} {object}?",
    "How many {plural} does {subject} need?",
    "Has {subject} ever {participle} {object}?",
    "What would happen if {clause}?",
    "Is {object} {adjective}, or is it {adjective}?",
    "Which {noun} did {name} {verb}?",
    "{verb} {object}, please.",
    "Please {verb} {object} before {clock}.",
    "Don't {verb} {object}; {verb} {object} instead.",
    "Never {verb} {a_adjective} {noun} {place_phrase}!",
    "What {a_adjective} {noun}!",
    "How {adverb} {subject} {past_i}!",
    "Let's {verb} {object} {time_phrase}.",
    # Quotations
    '"{clause}," said {name}.',
    '"{verb} {object}," {full_name} answered {adverb}.',
    '{name} asked, "Did you {verb} {object}?"',
    '"I never {past} {object}," {subject} said, "but {clause}."',
    'The sign says "{adjective} {noun}" in {language}.',
    "{title_name} told {full_name} that {clause}.",
    # First and second person
    "I {past} {object} {time_phrase}.",
    "I have never {participle} {object}, and I won't {verb} {object} either.",
    "You should {verb} {object} before you {verb} {object}.",
    "We've {participle} {object}, so we don't need {a_noun}.",
    "I'm {verb_ing} {object}, and you're {verb_ing} {object}.",
    "If I were you, I'd {verb} {object} {time_phrase}.",
    "You can't {verb} {object} if {clause}.",
    "They didn't {verb} {object}, did they?",
    "I'll {verb} {object} as soon as {clause}.",
    "Could you {verb} {object} for {name}?",
    "My {noun} isn't {adjective}, it's {adverb} {adjective}.",
    "We were {verb_ing} {object} while {clause}.",
    "You and {name} {past} {object}, didn't you?",
    "It's {clock} and I haven't {participle} {object} yet.",
    "I told {name} that {clause}, but that wasn't true.",
    "There's {a_adjective} {noun} for you {place_phrase}.",
    # More shapes
    "Without {object}, {subject} would never have {participle} {object}.",
    "Instead of {verb_ing} {object}, {subject} {past} {object}.",
    "{verb_ing} {object} is {adverb} {adjective}.",
    "To {verb} {object}, {subject} must {verb} {object} first.",
    "Despite the {mass}, {subject} {past} {object}.",
    "Thanks to {full_name}, {object} was {participle} {time_phrase}.",
    "Neither {name} nor {name} {past} {object}.",
    "Both the {person} and the {animal} {past_i} {adverb}.",
    "The {noun} is more {adjective} than the {noun}, but less {adjective} than {a_noun}.",
    "The {adjective} of {object} is what {subject} {verbs}.",
    "In the {noun}, where {clause}, {subject} {past} {object}.",
    "{subject}, {a_adjective} {person} from {city}, {past} {object}.",
    "{subject} {past} {object} in order to {verb} {object}.",
    "Some {persons} {verb} {object}; others {verb} {object}.",
    "For {duration}, {subject} did nothing but {verb} {object}.",
    "Here is {object}, and there are {plural}.",
    "Only {subject} {past} {object}; the rest {past_i}.",
    "Suddenly, {clause}, as if {clause}.",
    "In other words, {clause}.",
    "For example, {subject} {past} {object}, {a_noun} and {a_noun}.",
    "On the one hand, {clause}; on the other hand, {clause}.",
    "{clause} - {adverb}, {adverb} and {adverb}.",
    "{clause} (and {clause}).",
    "{plural}: {object}, {object} and {object}.",
    "By the time {clause}, {subject} had {participle} {integer_small} {plural}.",
    "{subject} is said to {verb} {object} {adverb}.",
    "{subject} used to {verb} {object} every {weekday}.",
    "{object} and {object} are not {adjective}, are they?",
    "{rare} and {rare}: that is what {name} {verbs}.",
    "{name} calls it {a_rare}, {name} calls it {a_noun}.",
    # With names, numbers and units
    "{name}, {age}, {past} {decimal} {unit} of {mass} on {date}.",
    "From {year} until {date}, {full_name} {past} {plural} in {city} and {place}.",
    "The {noun} was {decimal} {unit} long and weighed {weight}.",
    "On {weekday} at {clock}, {full_name} and {title_name} {past} {object}.",
    "{object} cost {money} in {year} and {money} in {year}.",
    "{team} {past} {object} {score} in front of {big_number} {persons}.",
    "Of {integer} {plural}, {integer_small} were {participle} and {number_word} were {adjective}.",
    "{name} drove {integer} {unit} in {duration} and spent {money} on {food}.",
    "In {accented}, {name} {past} {a_hyphenated} {noun} at {clock}.",
    "{acronym} and {acronym} {past} {object} in {month} {year}.",
    "{full_name} {past} {integer} {plural} in {city} on {date}.",
    "The {noun} from {country} weighs {weight} and costs {money}.",
    "{clause}, although it was {temperature} in {city}.",
    "{name} walked {distance} from {place} to {place} with {a_animal}.",
    "At {clock}, {subject} {past} {object}.",
    "Between {year} and {year}, {subject} {past} {integer} {plural}.",
    "{company} {past} {object} for {money} in {month} {year}.",
    "About {percent} of the {plural} were {participle} within {duration}.",
    "{subject} paid {money} for {a_adjective} {noun} and {money} for {object}.",
    "{name} is {decimal} metres tall, while {name} is {decimal}.",
    "The {animal} crossed {distance} of {mass} in {duration}.",
    "{title_name} arrived in {city} at {clock} with {number_word} {plural}.",
    "{made_up} is {a_noun} in {place}, {distance} {compass} of {city}.",
    "By {date}, {big_number} {persons} had {participle} {object}.",
)

PHRASES = {
    "subject": (
        "{name}", "{name}", "{full_name}", "{title_name}", "the {person}", "the {person}",
        "the {adjective} {person}", "{a_person}", "{a_adjective} {person}", "the {animal}",
        "the {noun}",
        "the {noun} of {name}", "{name}'s {person}", "my {person}", "our {adjective} {person}",
        "{made_up}", "she", "he", "the {person} from {place}", "every {person}",
        "the {adjective} {animal}",
        "someone", "nobody", "{company}",
    ),
    "subject_plural": (
        "{persons}", "the {persons}", "{adjective} {persons}", "they", "we", "{name} and {name}",
        "many {persons}", "some {animals}", "the {number_word} {persons}", "most {animals}",
    ),
    "object": (
        "the {noun}", "the {noun}", "{a_noun}", "{a_adjective} {noun}", "the {adjective} {noun}",
        "{plural}", "{adjective} {plural}", "{number_word} {plural}", "{integer_small} {plural}",
        "the {mass}", "some {mass}", "{mass} and {mass}", "{food}", "the {plural} of {name}",
        "{name}'s {noun}", "his {adjective} {noun}", "her {plural}", "the {noun} and the {noun}",
        "the {noun} of the {person}", "{a_colour} {noun}", "the {noun} {place_phrase}",
        "{a_animal}", "these {plural}", "that {adverb} {adjective} {noun}",
        "the {ordinal_word} {noun}",
    ),
    "place_phrase": (
        "in {city}", "in {country}", "near {place}", "behind the {noun}",
        "under the {adjective} {noun}",
        "at the {noun}", "on the {noun}", "inside {a_noun}", "between the {noun} and the {noun}",
        "across the {noun}", "along the {place} River", "outside {city}", "next to the {person}",
        "beyond the {plural}", "among the {plural}", "from {city} to {city}", "on {place} Street",
        "above the {noun}", "around the {noun}", "without {a_noun}",
        "with the {adjective} {person}",
    ),
    "time_phrase": (
        "on {weekday}", "in {month}", "in {year}", "on {date}", "at {clock}", "last {weekday}",
        "next {month}", "every {season}", "after {duration}", "for {duration}", "before {clock}",
        "during the {noun}", "one {adjective} {season}", "in the {ordinal} century", "until {date}",
        "since {year}", "within {duration}", "two {plural} later", "this {season}",
    ),
    "clause": (
        "{subject} {past} {object}", "{subject} {past_i} {place_phrase}",
        "{subject} {verbs} {object}",
        "{subject} {past_i} {adverb}", "{subject} was {adjective}", "{object} was {participle}",
        "{subject} has {participle} {object}", "{subject} cannot {verb} {object}",
        "there was no {mass} left", "there were {integer_small} {plural} {place_phrase}",
        "{subject} is {verb_ing} {object}", "{subject} had to {verb} {object}",
        "{subject} {adverb} {past} {object} {time_phrase}", "the {noun} cost {money}",
        "it was {adverb} {adjective} in {city}", "{subject} wanted to {verb} {object}",
        "the {plural} were {adjective}", "{subject} did not {verb_i}",
    ),
    "past_question": (
        "did {subject} {verb} {object}", "was {object} {participle}",
        "had {subject} {participle} {object}",
    ),
    "echo": (
        "{verb} the {noun}", "check the {food}", "call {name}", "take the {food} out", "breathe",
        "leave for {place}", "feed the {animal}", "meet {name} at {clock}", "buy {food}",
        "{verb_i}", "{verb_i} {adverb}", "water the {plural}", "write to {title_name}",
    ),
}  # fmt: skip
"""Parts of sentences; one entry is drawn, and its own slots are filled in turn."""

ECHO_TEMPLATES = (
    "breathe", "breathe in", "breathe out", "stretch", "stand up", "drink water", "go", "stop",
    "switch",
    "next round", "time is up", "take a break", "take your pills", "wake up", "sit down", "relax",
    "tea is ready", "lunch", "dinner", "bedtime", "half time", "last lap", "smile", "look up",
    "move",
    "check the oven", "check the {food}", "check the {noun}", "stir the {food}", "turn the {food}",
    "flip the {food}", "take out the {food}", "drain the {food}", "taste the {food}", "call {name}",
    "call {name} back", "call {title_name}", "text {name}", "write to {name}", "meet {name}",
    "pick up {name}", "pick up the {noun}", "wake {name}", "thank {name}", "feed the {animal}",
    "walk the {animal}", "water the {plural}", "buy {food}", "buy {food} and {food}",
    "order {food}",
    "get the {noun}", "bring the {noun}", "{verb} the {noun}", "{verb} the {plural}",
    "{verb} {mass}",
    "{verb} your {noun}", "{verb} {name}'s {noun}", "{verb} the {adjective} {noun}", "{verb_i}",
    "{verb_i} {adverb}", "{verb_i} now", "{verb_i} and {verb_i}", "leave for {city}",
    "train to {city}",
    "bus to {place}", "flight {code}", "round {number_word}", "{number_word} more",
    "{number_word} left",
    "set {number_word}", "{sport} practice", "{sport} with {name}", "{language} lesson",
    "{food} time",
    "{noun}", "{adjective} {noun}", "{food}", "{name}", "{made_up}", "lock the {noun}",
    "close the {noun}",
    "turn off the {noun}", "turn {colour}", "{colour} one", "switch sides", "{weekday} meeting",
    "meeting with {name}", "{company} call", "read {integer_small} pages",
    "run {integer_small} {unit}",
    "add {weight}", "add the {food}", "preheat to {oven}", "say {foreign}", "say {rare}", "{rare}",
)  # fmt: skip

ODDITY_TEMPLATES = (
    "{code}", "{code}.", "The code is {code}.", "Use {code}, not {code}.", "{email}",
    "Write to {email}.",
    "{phone}", "Call {phone} before {clock}.", "{date}", "{date} to {date}.",
    "From {date} until {date}, {clock}.",
    "{money}, {money} and {money}.", "{money} per {noun}, {percent} off.", "{decimal} {unit}",
    "{decimal} {unit} by {decimal} {unit}.", "{title_name} and {title_name}, {clock}.",
    "{accented}", "{accented} {accented}, {accented}.",
    "From {accented} to {accented} via {accented}.",
    "{name} {accented} ate at the {accented} in {accented}.", "{foreign} {foreign} {foreign}.",
    '"{foreign} {foreign}" is {language}.', "{hyphenated}", "A {hyphenated}, {hyphenated} {noun}.",
    "The {hyphenated} {person} {past} a {hyphenated} {noun}.", "{apostrophe} {apostrophe} {noun}?",
    "{apostrophe} {noun} {apostrophe} {adjective}.", "{acronym} and {acronym} use {acronym}.",
    "{acronym} {version} needs {integer} {unit} of {acronym}.", "{version}",
    "{made_up} {version} ({year})",
    "{spelled}", "{name} is spelled {spelled}.", "{capitals} {capitals}!", "{capitals}: {clause}.",
    "{surname}, {name}: {noun} ({year}), p. {integer_small}.", "{score}; {score}; {score}.",
    "{ordinal}, {ordinal} and {ordinal}.", "Nr. {integer}, {place} St., {city}",
    "{fraction} {unit} of {food}.",
    "{made_up_lower}.{made_up_lower}", "{made_up}-{made_up}",
    "Mt. {place} vs. St. {name}, {score}.",
    "#{integer}: {noun} & {noun} / {noun}", "{noun} = {integer}; {noun} = {decimal}",
    "{integer}°C, {percent}",
    "({adjective}) {noun}: {decimal} – {decimal}", "{made_up} … {made_up}?",
    "{integer}x{integer} px",
    "Room {code}, {ordinal} floor, {weekday} {clock}.", "e.g. {food}, {food}, etc.",
    "{name} ({age}), {hyphenated} {person} from {accented}.",
    "{number_word} ({integer_small}) {plural}",
    "{blend} {blend} {blend}.", "{blend}-{made_up_lower}", "{letters} {letters} {letters}",
    "{accented}'s {hyphenated} {noun} {apostrophe} {adjective}.",
    "ISO {integer}-{integer_small}:{year}",
    "{integer}:{integer_small} {acronym}",
    "{code} / {code}", "{acronym}-{integer_small}", "{blend}", "{made_up_lower} {made_up_lower}",
    "{accented} & {accented}",
    "{foreign}, {foreign}!", "Say {foreign} {foreign}.", "{surname}-{surname}",
    "{name} {surname}-{surname} ({acronym})",
    "{date}, {clock}, {city}", "{money} or {money}?", "{temperature}; {percent}; {integer} {unit}",
    "{hyphenated} {hyphenated} {noun}", "{capitals} {integer_small}{letters}", "v{version}",
    "{made_up} v{version}, {date}.",
    "{noun}s' {apostrophe}", "{decimal}, {decimal}, {decimal}.",
    "{integer}, {integer}, {integer}, {integer}.",
    "{number_word}, {number_word}, {number_word}.", "{spelled}, {spelled}.", "{email} or {phone}.",
    "{ordinal} {accented} {noun}.",
    "{rare}, {rare}, {rare} and {rare}.", "{code}, {code} and {code} by {weekday}.",
    "{blend}, {blend} or {blend}?", "{title_name}: \"{foreign} {made_up}!\"", "{letters}{integer}",
)  # fmt: skip

SALAD_SLOTS = (
    "noun", "plural", "verb", "past", "verb_ing", "participle", "verbs", "adjective", "adverb",
    "mass", "food",
    "animal", "person", "rare", "rare", "rare", "made_up", "made_up", "made_up_lower",
    "made_up_lower",
    "blend", "blend", "letters", "function", "function", "function", "integer", "integer_small",
    "decimal",
    "big_number", "number_word", "name", "surname", "place", "city", "country", "language",
    "sport", "science",
    "code", "acronym", "accented", "foreign", "hyphenated", "apostrophe", "unit", "currency",
    "money",
    "percent", "clock", "weekday", "month", "year", "ordinal", "colour", "capitals",
)  # fmt: skip

_PERSONS = make_pool(english.PERSON_NOUNS)
_ANIMALS = make_pool(english.ANIMALS)
_NOUNS = make_pool((*english.THING_NOUNS, *english.ABSTRACT_NOUNS))
_MASS = make_pool(english.MASS_NOUNS)
_FOODS = make_pool(english.FOODS)
_VERBS = make_pool(english.VERBS_TRANSITIVE)
_VERBS_INTRANSITIVE = make_pool(english.VERBS_INTRANSITIVE)
_ADJECTIVES = make_pool(english.ADJECTIVES)
_ADVERBS = make_pool(english.ADVERBS)
_RARE = make_pool(english.RARE_WORDS)
_FIRST_NAMES = make_pool(english.FIRST_NAMES)
_LAST_NAMES = make_pool(english.LAST_NAMES)
_ALL_WORDS = make_pool(
    (
        *english.THING_NOUNS,
        *english.ABSTRACT_NOUNS,
        *english.VERBS_TRANSITIVE,
        *english.ADJECTIVES,
        *english.ADVERBS,
        *english.RARE_WORDS,
        *(name.lower() for name in english.CITIES),
    )
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _any_of(items: Iterable[str]) -> Fill:
    return make_pool(items).pick


def _name_of(items: Iterable[str]) -> Fill:
    return make_pool(items).pick_strictly


def _inflected(pool: Pool, inflect: Callable[[str], str]) -> Fill:
    return lambda rng, split: inflect(pool.pick(rng, split))


def _both(items: Iterable[str]) -> Fill:
    """Fill from a closed class, such as weekdays, of which no member can be kept from training."""
    closed = tuple(items)
    return lambda rng, _split: rng.choice(closed)


def _phrase(name: str) -> Fill:
    options = PHRASES[name]
    return lambda rng, split: fill(rng.choice(options), rng, split)


def _made_up_lower(rng: random.Random, split: Split) -> str:
    while True:
        word = english.made_up_word(rng)
        if is_held_out(word) == (split == "held_out"):
            return word


def _made_up(rng: random.Random, split: Split) -> str:
    # Decided on the small letters, so a name and the same word in a file name share a split.
    return _made_up_lower(rng, split).capitalize()


def _blend(rng: random.Random, split: Split) -> str:
    """Join the head of one word to the tail of another: token pairs that no word list has."""
    while True:
        head, tail = rng.choice(_ALL_WORDS.seen), rng.choice(_ALL_WORDS.seen)
        word = head[: rng.randint(2, len(head))] + tail[rng.randint(0, len(tail) - 2) :]
        if len(word) <= 16 and is_held_out(word) == (split == "held_out"):
            return word


def _letters(rng: random.Random, _split: Split) -> str:
    return "".join(rng.choices(_LETTERS, k=rng.randint(1, 7)))


def _capitals(rng: random.Random, split: Split) -> str:
    return _ALL_WORDS.pick(rng, split).upper()


def _first_name(rng: random.Random, split: Split) -> str:
    if rng.random() < 0.25:
        return _made_up(rng, split)
    return _FIRST_NAMES.pick_strictly(rng, split)


def _surname(rng: random.Random, split: Split) -> str:
    if rng.random() < 0.35:
        return _made_up(rng, split)
    return _LAST_NAMES.pick_strictly(rng, split)


def _full_name(rng: random.Random, split: Split) -> str:
    middle = f" {rng.choice(_LETTERS).upper()}." if rng.random() < 0.08 else ""
    return f"{_first_name(rng, split)}{middle} {_surname(rng, split)}"


def _title_name(rng: random.Random, split: Split) -> str:
    title = rng.choice(
        ("Dr.", "Mr.", "Mrs.", "Ms.", "Professor", "Captain", "Judge", "Sir", "Lady")
    )
    return f"{title} {_surname(rng, split)}"


_CITY = _name_of(english.CITIES)
_COUNTRY = _name_of(english.COUNTRIES)


def _place(rng: random.Random, split: Split) -> str:
    draw = rng.random()
    if draw < 0.55:
        return _made_up(rng, split)
    return (_CITY if draw < 0.85 else _COUNTRY)(rng, split)


def _company(rng: random.Random, split: Split) -> str:
    head = rng.choice((_made_up, _surname, _CITY))(rng, split)
    return f"{head} {rng.choice(english.COMPANY_ENDINGS)}"


def _team(rng: random.Random, split: Split) -> str:
    return f"{_place(rng, split)} {rng.choice(english.TEAM_ENDINGS)}"


def _integer_small(rng: random.Random, _split: Split) -> str:
    return str(rng.randint(2, 99))


def _integer(rng: random.Random, _split: Split) -> str:
    # Each count of digits is as likely as the next, or nearly all numbers would be long.
    digits = rng.randint(1, 6)
    value = rng.randint(10 ** (digits - 1), 10**digits - 1)
    return f"{value:,}" if digits > 3 and rng.random() < 0.5 else str(value)


def _big_number(rng: random.Random, split: Split) -> str:
    draw = rng.random()
    if draw < 0.4:
        scale = rng.choice(("thousand", "million", "billion", "trillion"))
        return f"{_decimal(rng, split)} {scale}"
    value = rng.randint(1, 10 ** rng.randint(4, 10))
    return f"{value:,}" if draw < 0.9 else str(value)


def _decimal(rng: random.Random, _split: Split) -> str:
    whole = rng.randint(0, 10 ** rng.randint(1, 3))
    return (
        f"{whole}.{rng.randint(0, 9)}" if rng.random() < 0.6 else f"{whole}.{rng.randint(0, 999)}"
    )


def _number_word(rng: random.Random, _split: Split) -> str:
    return english.number_words(rng.randint(0, rng.choice((12, 12, 12, 99, 999, 99_999))))


def _ordinal(rng: random.Random, _split: Split) -> str:
    return english.ordinal(rng.randint(1, rng.choice((31, 31, 200))))


def _year(rng: random.Random, _split: Split) -> str:
    return str(rng.randint(1500, 2090) if rng.random() < 0.9 else rng.randint(1, 1499))


def _date(rng: random.Random, split: Split) -> str:
    day, month = rng.randint(1, 31), rng.choice(english.MONTHS)
    weekday = rng.choice(english.WEEKDAYS)
    return rng.choice(
        (
            f"{day} {month} {_year(rng, split)}",
            f"{month} {day}, {_year(rng, split)}",
            f"the {english.ordinal(day)} of {month}",
            f"{month} {english.ordinal(day)}",
            f"{day} {month}",
            f"{weekday}, {day} {month}",
        )
    )


def _clock(rng: random.Random, _split: Split) -> str:
    hour, minute = rng.randint(1, 12), rng.randint(0, 59)
    return rng.choice(
        (
            f"{hour}:{minute:02d} pm",
            f"{hour}:{minute:02d} am",
            f"{rng.randint(0, 23):02d}:{minute:02d}",
            f"{hour}:{minute:02d}",
            f"{english.number_words(hour)} o'clock",
            f"half past {english.number_words(hour)}",
            f"quarter to {english.number_words(hour)}",
            f"{hour} p.m.",
        )
    )


def _duration(rng: random.Random, split: Split) -> str:
    unit = rng.choice(english.TIME_UNITS)
    amount = rng.choice((_number_word, _integer_small, _integer_small, _decimal))(rng, split)
    return f"{amount} {unit}"


def _money(rng: random.Random, split: Split) -> str:
    whole = rng.randint(1, 10 ** rng.randint(1, 5))
    return rng.choice(
        (
            f"${whole}.{rng.randint(0, 99):02d}",
            f"€{whole:,}",
            f"£{whole}.{rng.randint(0, 99):02d}",
            f"${whole:,}",
            f"{whole:,} {rng.choice(english.CURRENCIES)}",
            f"{_number_word(rng, split)} {rng.choice(english.CURRENCIES)}",
        )
    )


def _percent(rng: random.Random, split: Split) -> str:
    amount = rng.choice((str(rng.randint(1, 100)), _decimal(rng, split)))
    return rng.choice((f"{amount} percent", f"{amount}%"))


def _temperature(rng: random.Random, _split: Split) -> str:
    degrees = rng.randint(-40, 120)
    return rng.choice(
        (
            f"{degrees} degrees",
            f"{abs(degrees)} degrees Celsius",
            f"{degrees}°C",
            f"minus {abs(degrees)} degrees",
            f"{abs(degrees)}.{rng.randint(0, 9)} degrees",
            f"{abs(degrees)} Fahrenheit",
        )
    )


def _measured_in(units: tuple[str, ...]) -> Fill:
    def measure(rng: random.Random, split: Split) -> str:
        amount = rng.choice((_integer, _decimal, _integer_small, _number_word))(rng, split)
        return f"{amount} {rng.choice(units)}"

    return measure


def _score(rng: random.Random, _split: Split) -> str:
    most = rng.choice((5, 5, 40, 130))
    joint = rng.choice((" to ", "-", ":"))
    return f"{rng.randint(0, most)}{joint}{rng.randint(0, most)}"


def _code(rng: random.Random, _split: Split) -> str:
    shape = rng.choice(
        ("A9A-999", "AA99", "A99", "AAA-9999", "99A", "A9", "9999-99", "AA-99-AA", "A9A9A9")
    )
    return "".join(
        rng.choice(_LETTERS).upper()
        if mark == "A"
        else str(rng.randint(0, 9))
        if mark == "9"
        else mark
        for mark in shape
    )


def _email(rng: random.Random, split: Split) -> str:
    joint = rng.choice((".", "_", "", "-"))
    user = f"{_first_name(rng, split).lower()}{joint}{_surname(rng, split).lower()}".replace(
        "'", ""
    )
    ending = rng.choice(("com", "org", "net", "de", "io", "co.uk"))
    return f"{user}@{_made_up_lower(rng, split)}.{ending}"


def _phone(rng: random.Random, _split: Split) -> str:
    groups = (rng.randint(100, 999), rng.randint(100, 999), rng.randint(1000, 9999))
    return rng.choice((" ", "-")).join(map(str, groups[: rng.randint(2, 3)]))


def _version(rng: random.Random, _split: Split) -> str:
    return ".".join(str(rng.randint(0, 30)) for _ in range(rng.randint(2, 3)))


def _spelled(rng: random.Random, split: Split) -> str:
    word = _made_up(rng, split) if rng.random() < 0.5 else _ALL_WORDS.pick(rng, split)
    return rng.choice((" ", "-", ", ")).join(word.upper()[:10])


def _fraction(rng: random.Random, _split: Split) -> str:
    return f"{rng.randint(1, 9)}/{rng.randint(2, 16)}"


def _superlative(rng: random.Random, _split: Split) -> str:
    return rng.choice(
        ("hottest", "coldest", "wettest", "driest", "warmest", "stormiest", "mildest")
    )


SLOTS: dict[str, Fill] = {
    "person": _PERSONS.pick,
    "persons": _inflected(_PERSONS, english.plural),
    "animal": _ANIMALS.pick,
    "animals": _inflected(_ANIMALS, english.plural),
    "noun": _NOUNS.pick,
    "plural": _inflected(_NOUNS, english.plural),
    "mass": _MASS.pick,
    "food": _FOODS.pick,
    "verb": _VERBS.pick,
    "verbs": _inflected(_VERBS, english.third_person),
    "past": _inflected(_VERBS, english.past),
    "participle": _inflected(_VERBS, english.past_participle),
    "verb_ing": _inflected(_VERBS, english.gerund),
    "verb_i": _VERBS_INTRANSITIVE.pick,
    "verbs_i": _inflected(_VERBS_INTRANSITIVE, english.third_person),
    "past_i": _inflected(_VERBS_INTRANSITIVE, english.past),
    "verb_ing_i": _inflected(_VERBS_INTRANSITIVE, english.gerund),
    "adjective": _ADJECTIVES.pick,
    "adjective_superlative": _superlative,
    "adverb": _ADVERBS.pick,
    "adverb_initial": _ADVERBS.pick,
    "rare": _RARE.pick,
    "science": _any_of(english.MATERIALS_AND_SCIENCE),
    "function": _both(english.FUNCTION_WORDS),
    "language": _any_of(english.LANGUAGES),
    "sport": _any_of(english.SPORTS),
    "colour": _any_of(english.COLOURS),
    "accented": _any_of(english.ACCENTED_WORDS),
    "foreign": _any_of(english.FOREIGN_WORDS),
    "hyphenated": _any_of(english.HYPHENATED_WORDS),
    "apostrophe": _both(english.APOSTROPHE_WORDS),
    "acronym": _any_of(english.ACRONYMS),
    "capitals": _capitals,
    "made_up": _made_up,
    "made_up_lower": _made_up_lower,
    "blend": _blend,
    "letters": _letters,
    "name": _first_name,
    "surname": _surname,
    "full_name": _full_name,
    "title_name": _title_name,
    "city": _CITY,
    "country": _COUNTRY,
    "place": _place,
    "company": _company,
    "team": _team,
    "integer": _integer,
    "integer_small": _integer_small,
    "big_number": _big_number,
    "decimal": _decimal,
    "number_word": _number_word,
    "fraction": _fraction,
    "ordinal": _ordinal,
    "ordinal_word": _both(english.ORDINAL_WORDS),
    "age": lambda rng, _split: str(rng.randint(1, 104)),
    "oven": lambda rng, _split: str(10 * rng.randint(12, 26)),
    "year": _year,
    "date": _date,
    "weekday": _both(english.WEEKDAYS),
    "month": _both(english.MONTHS),
    "season": _both(english.SEASONS),
    "clock": _clock,
    "duration": _duration,
    "money": _money,
    "currency": _both(english.CURRENCIES),
    "percent": _percent,
    "temperature": _temperature,
    "distance": _measured_in(tuple(english.LENGTH_UNITS)),
    "weight": _measured_in(tuple(english.MASS_UNITS)),
    "volume": _measured_in(tuple(english.VOLUME_UNITS)),
    "unit": _both(
        (*english.LENGTH_UNITS, *english.MASS_UNITS, *english.VOLUME_UNITS, *english.OTHER_UNITS)
    ),
    "compass": _both(english.COMPASS_POINTS),
    "score": _score,
    "code": _code,
    "email": _email,
    "phone": _phone,
    "version": _version,
    "spelled": _spelled,
    **{name: _phrase(name) for name in PHRASES},
}
"""What each slot of a pattern stands for; `{a_noun}` is `{noun}` with its indefinite article."""

_REPLIES = tuple(
    dict.fromkeys(
        reply
        for reply in (
            *small_talk.REPLIES.values(),
            *statements.REPLIES.values(),
            questions.LEAD,
            *requests.LEADS,
        )
        if reply
    )
)
_ANSWERS = make_pool(ANSWER_TEMPLATES)
_SENTENCES = make_pool(SENTENCE_TEMPLATES)
_ECHOES = make_pool(ECHO_TEMPLATES)
_ODDITIES = make_pool(ODDITY_TEMPLATES)


@cache
def _parts(pattern: str) -> tuple[tuple[str, Fill | None, bool], ...]:
    """Cut a pattern into literal text and slots: (text, fill, whether it takes an article)."""
    parts: list[tuple[str, Fill | None, bool]] = []
    for index, piece in enumerate(re.split(r"\{(\w+)\}", pattern)):
        if index % 2 == 0:
            parts.append((piece, None, False))
        elif piece in SLOTS:
            parts.append(("", SLOTS[piece], False))
        else:
            parts.append(("", SLOTS[piece.removeprefix("a_")], True))
    return tuple(parts)


def fill(pattern: str, rng: random.Random, split: Split) -> str:
    """Fill the slots of a pattern."""
    texts: list[str] = []
    for text, slot, takes_article in _parts(pattern):
        if slot is None:
            texts.append(text)
        elif takes_article:
            texts.append(english.with_article(slot(rng, split)))
        else:
            texts.append(slot(rng, split))
    return "".join(texts)


def sample_reference(rng: random.Random, split: Split) -> str:
    """Sample a reference text of 1 to 60 words on one line."""
    while True:
        kind = rng.choices(tuple(REFERENCE_MIX), tuple(REFERENCE_MIX.values()))[0]
        if kind == "answer":
            text = _some(_ANSWERS, rng, split, counts=(1, 1, 1, 1, 2, 2, 3, 5))
        elif kind == "composed":
            text = _some(_SENTENCES, rng, split, counts=(1, 1, 1, 2, 2, 3, 4))
        elif kind == "salad":
            text = _salad(rng, split)
        elif kind == "reply_like":
            text = _reply_like(rng, split)
        else:
            text = _some(_ODDITIES, rng, split, counts=(1, 1, 1, 2, 3))
        if rng.random() < UNENDED_SHARE:
            text = text.rstrip(".?!")
        if 1 <= len(text.split()) <= MAX_WORDS:
            return text


def sample_sentence(rng: random.Random, split: Split) -> str:
    """Sample English sentences of 4 to 60 words in all, with names, numbers, dates and units."""
    while True:
        templates = _ANSWERS if rng.random() < 0.55 else _SENTENCES
        text = _some(templates, rng, split, counts=(1, 1, 1, 1, 2, 2, 3, 4))
        if MIN_SENTENCE_WORDS <= len(text.split()) <= MAX_WORDS:
            return text


def sample_echo_phrase(rng: random.Random, split: Split) -> str:
    """Sample one to five words that a timer is asked to say, without a final mark."""
    while True:
        phrase = fill(_ECHOES.pick_strictly(rng, split), rng, split)
        if len(phrase.split()) <= 5:
            return phrase


def _some(patterns: Pool, rng: random.Random, split: Split, counts: tuple[int, ...]) -> str:
    texts = [
        fill(patterns.pick_strictly(rng, split), rng, split) for _ in range(rng.choice(counts))
    ]
    return " ".join(texts if patterns is _ODDITIES else map(_as_sentence, texts))


def _as_sentence(text: str) -> str:
    """Begin with a capital, behind an opening quotation mark too, and end with one mark only."""
    first = 1 if text[0] == '"' else 0
    text = text[:first] + text[first : first + 1].upper() + text[first + 1 :]
    return text.removesuffix(".") if text.endswith("..") else text


def _reply_like(rng: random.Random, split: Split) -> str:
    """Leave a reply after some of its words: nothing but the reference says how it goes on."""
    reply = rng.choice(_REPLIES).split()
    rest = _some(_ANSWERS, rng, split, counts=(1, 1, 2)).split()
    return " ".join((*reply[: rng.randint(1, len(reply))], *rest[rng.randint(0, len(rest) // 2) :]))


def _salad(rng: random.Random, split: Split) -> str:
    """Throw words, numbers and names together, with commas now and then."""
    words = []
    for _ in range(
        rng.choice((1, 2, 3, rng.randint(3, 14), rng.randint(3, 14), rng.randint(10, 40)))
    ):
        word = SLOTS[rng.choice(SALAD_SLOTS)](rng, split)
        words.append(word + rng.choices(("", ",", ".", ";", ":"), (80, 14, 3, 1, 1))[0])
    text = " ".join(words).rstrip(".,;:")
    if rng.random() < 0.6:
        text = text[0].upper() + text[1:]
    return text + rng.choices((".", "!", "?"), (85, 7, 8))[0]
