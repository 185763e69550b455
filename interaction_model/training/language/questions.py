"""Questions whose answer is knowledge: the presence model hands every one of them over."""

import random
from collections.abc import Mapping

from weft.interaction_model.training.language.lexicon import RELATIVES, as_sentence, fill, lines
from weft.interaction_model.training.language.natural import asked
from weft.interaction_model.training.language.openings import LINKS
from weft.interaction_model.training.language.patterns import chosen
from weft.interaction_model.training.language.utterance import (
    Split,
    Utterance,
    choose,
    choose_crossed,
)

LEAD = "Let me check."


_HAILS = (
    "hey", "hi", "hello", "okay", "ok", "so", "well", "um", "uh", "uhm", "erm", "er", "hmm", "mm",
    "right", "all right", "listen", "look", "oh", "ah", "aha", "now", "yes", "yeah", "yep", "sure",
    "good", "great", "fine", "cool", "nice", "thanks", "thank you", "excuse me", "sorry",
    "pardon me", "say", "actually", "anyway", "anyhow", "by the way", "also", "oh right", "oh yes",
    "oh wait", "wait", "hang on", "hold on", "one second", "one moment", "let me think",
    "let me see", "let's see", "you know", "you know what", "I mean", "to be honest", "honestly",
    "frankly", "seriously", "basically", "okay so", "so um", "um okay so", "well um", "um well",
    "oh and", "and", "but", "then", "okay then", "right then", "well then", "so then", "and then",
    "on another note", "on a different note", "changing the subject", "before I forget",
    "while I think of it", "while we are at it", "speaking of which", "that reminds me",
    "as I said", "as I was saying", "coming back to that", "going back a bit", "first of all",
    "first", "second", "last thing", "one last thing", "one more thing", "another thing",
    "something else", "something completely different", "moving on", "next", "finally",
    "good morning", "good afternoon", "good evening", "morning", "evening", "hey there", "hi there",
    "hello there", "hello again", "hi again", "me again", "it's me again", "okay great",
    "okay good", "okay cool", "all right then", "no worries", "no problem", "got it", "I see",
    "makes sense", "fair enough", "interesting", "oh nice", "oh cool", "oh well", "my goodness",
    "wow", "ha", "haha", "oh dear", "oh my", "boy", "man", "like", "kind of", "you see",
)  # fmt: skip

OPENERS: tuple[str, ...] = tuple(f"{hail}," for hail in (*_HAILS, *LINKS))
"""Neutral openers: each fits before a question, a request, small talk or a statement."""

_ASIDES = (
    "quick question", "a quick question", "just a quick question", "a short question",
    "small question", "silly question", "stupid question maybe", "random question", "odd question",
    "a strange one", "an easy one", "a hard one", "trivia time", "question for you", "a question",
    "another question", "one more question", "last question", "next question", "I have a question",
    "I've got a question", "I have got one for you", "here is one", "here is one for you",
    "here's a tricky one", "just curious", "out of curiosity", "I am curious", "I'm just curious",
    "just wondering", "I was wondering", "I was just wondering", "I've been wondering",
    "I always wondered", "I keep wondering", "I wonder", "tell me", "so tell me", "can you tell me",
    "could you tell me", "maybe you can tell me", "help me out here", "help me with this",
    "can you help me", "can I ask you something", "may I ask something", "let me ask you something",
    "let me ask you this", "I need to know", "I would like to know", "I'd like to know",
    "I want to know", "I have to know", "I can't remember", "I forgot", "I keep forgetting",
    "it's on the tip of my tongue", "I should know this, but", "I'm not sure",
    "I am doing a crossword", "for a crossword", "for a quiz", "for the pub quiz",
    "for my homework", "for school", "for work", "for an essay", "for a presentation",
    "for a friend", "for my trip", "for the record", "we are having an argument",
    "settle a bet for me", "we have a bet", "my friends and I disagree", "nobody here knows",
    "somebody asked me", "people keep asking me", "I read about this yesterday",
    "I saw it on the news", "I was reading and", "you might know this", "maybe you know",
    "perhaps you know", "you probably know", "do you know", "any chance you know",
)  # fmt: skip

QUESTION_OPENERS: tuple[str, ...] = (
    *OPENERS,
    *(f"{aside}," for aside in _ASIDES),
    *(f"{aside}:" for aside in _ASIDES[:14]),
    *(f"my {relative} asks me," for relative in RELATIVES),
    *(f"my {relative} wants to know," for relative in RELATIVES),
    *(f"my {relative} asked," for relative in RELATIVES[:14]),
)
"""Openers that fit before a question: the neutral ones, and those that announce one."""

TAILS: tuple[str, ...] = (
    "please", "if you know", "thanks", "any idea", "do you know", "if I may ask",
    "if you don't mind", "exactly", "roughly", "by any chance", "would you know", "thank you",
    "just curious", "again", "then", "would you say", "when you have a moment", "if that's okay",
    "please and thank you", "if you would", "if you can", "if you could", "if you will",
    "if you have a moment", "if you happen to know", "if that's possible", "if it's no trouble",
    "if I may", "if you have time", "when you can", "do you think", "would you", "could you",
    "as far as you know", "for a change", "in short", "in a few words", "in general", "these days",
    "while you're at it", "weft", "my friend", "buddy", "do tell", "go on", "quickly", "I wonder",
    "more or less", "precisely", "off the top of your head", "out of interest", "be so kind",
)  # fmt: skip

_PEOPLE = lines("""
    who was {famous}?
    who is {full}?
    who exactly was {person}?
    who invented the {object}?
    who invented the {machine}?
    who discovered {substance}?
    who wrote {work}?
    who is the author of {work}?
    who composed {work}?
    who painted {work}?
    who directed the film {work}?
    who plays the lead in {work}?
    who built {landmark}?
    who designed {landmark}?
    who founded {company}?
    who runs {company} these days?
    who owns {company}?
    who is the head of {company}?
    who is the mayor of {city}?
    who is the president of {country}?
    who is the prime minister of {country} at the moment?
    who was the first president of {country}?
    who was king of {country} in {year}?
    who ruled {country} in {year}?
    who won the {sport} final last night?
    who won the world cup in {year}?
    who won the gold medal in {sport}?
    who holds the world record in {sport}?
    who is the best {sport} player in {country}?
    who coaches {team}?
    who scored for {team} yesterday?
    who was the first person to climb {landmark}?
    who was the most {quality} {job} in history?
    whose idea was {topic}?
    whose face is on the money in {country}?
    when was {person} born?
    when did {famous} die?
    where was {person} born?
    where did {famous} grow up?
    where is {famous} buried?
    what was {famous} known for?
    what did {famous} do for a living?
    what did {famous} discover?
    what is {full} famous for?
    what did {person} die of?
    why is {famous} so {quality}?
    how old was {famous} at death?
    how old is {full} now?
    how tall was {famous}?
    how did {famous} become a {job}?
    was {famous} ever married?
    did {famous} have any children?
    did {famous} ever meet {famous2}?
    did {famous} really play the {instrument}?
    was {famous} older than {famous2}?
    is {full} still alive?
    which {job} taught {famous}?
    what language did {famous} speak?
    tell me about {famous}.
    tell me something about {full}.
    tell me who {full} is.
    give me a short biography of {person}.
    what do you know about {person}?
    what can you tell me about {full}?
    have you heard of a {job} called {full}?
    does the name {full} mean anything?
    what nationality was {famous}?
    which university did {person} go to?
    """)

_PLACES = lines("""
    what is the capital of {country}?
    what's the capital city of {country} again?
    which city is the capital of {country}?
    what is the largest city in {country}?
    what is the second largest city in {country}?
    what is the population of {city}?
    what's the population of {country}?
    how many people live in {city}?
    how many people live in {country} today?
    how big is {country}?
    how big is {city} compared to {city2}?
    how high is {landmark}?
    how tall is {landmark}?
    how old is {landmark}?
    how long is the {river}?
    how deep is the {river} near {city}?
    how wide is the {river} at its mouth?
    where does the {river} begin?
    where does the {river} flow into the sea?
    which countries does the {river} flow through?
    which river flows through {city}?
    is the {river} longer than the {river2}?
    where is {city}?
    where exactly is {made_up}?
    where on the map is {country}?
    where can I find {landmark}?
    in which country is {city}?
    which country does {made_up} belong to?
    what continent is {country} on?
    what countries border {country}?
    does {country} have a coast?
    does {country} border {country2}?
    how far is it from {city} to {city2}?
    how far is {city} from the sea?
    how far away is {made_up} from here?
    how far is the nearest {shop} from {landmark}?
    how long does it take to get from {city} to {city2}?
    how long is the flight from {city} to {city2}?
    how long is the train ride to {city}?
    how do I get to {landmark} from the airport?
    how do I get from {city} to {city2} by train?
    what's the best way to travel from {city} to {made_up}?
    what is the highest mountain in {country}?
    what is the longest river in {country}?
    what is the deepest lake in {country}?
    what currency do they use in {country}?
    what language do people speak in {country}?
    which languages are spoken in {city}?
    what time zone is {city} in?
    which side of the road do they drive on in {country}?
    what is the national animal of {country}?
    what does the flag of {country} look like?
    what is the national dish of {country}?
    what colours are in the flag of {country}?
    what is {city} known for?
    what is there to see in {city}?
    what should I visit in {made_up}?
    what are the most {quality} places in {country}?
    what is the most {quality} street in {city}?
    is {city} worth a visit?
    is {country} a safe country?
    is it expensive to live in {city}?
    is {city} in {country} or in {country2}?
    is {landmark} in {city}?
    is {country} bigger than {country2}?
    do I need a visa for {country}?
    do people tip in {country}?
    can you drink the tap water in {city}?
    can you drive from {city} to {city2} in one day?
    can you see {landmark} from {city}?
    what is the weather usually like in {country} in {month}?
    when is the best time to visit {country}?
    when is the rainy season in {country}?
    which month is the hottest in {city}?
    why is {city} called that?
    why is {landmark} so {quality}?
    how did {city} get its name?
    tell me about {country}.
    tell me something {quality} about {city}.
    describe {landmark}.
    name three cities in {country}.
    name a few rivers in {country}.
    list the neighbours of {country}.
    list the {quality} sights of {city}.
    what's the dialling code for {country}?
    what is the postcode of {city}?
    which airport is closest to {city}?
    is there a direct train between {city} and {city2}?
    are there any {quality} beaches near {city}?
    is there a {shop} near {landmark}?
    """)

_SCIENCE = lines("""
    what is {topic}?
    what are the basics of {topic}?
    what causes {topic}?
    what is the theory behind {topic}?
    how does {topic} work?
    how do {animals} sleep?
    how does a {machine} work?
    how does the {body} work?
    how do scientists study {topic}?
    how do we know about {topic}?
    why is {topic} important?
    why is {topic} so {quality}?
    why does {substance} smell?
    why does {substance} burn?
    why is {substance} poisonous?
    why is the sky {colour}?
    why do leaves turn {colour} in autumn?
    why do we need a {body}?
    why do {animals} live in groups?
    why does a {animal} have a tail?
    explain {topic}.
    explain {topic} to me.
    explain {topic} to a ten year old.
    explain {topic} in one sentence.
    explain how a {machine} works.
    explain to me why {substance} floats.
    describe {topic} in simple words.
    describe how {topic} began.
    describe what a {animal} looks like.
    tell me about {topic}.
    tell me how {topic} works.
    tell me more about {topic}.
    tell me one surprising fact about {topic}.
    give me an example of {topic}.
    give me a quick overview of {topic}.
    give me three facts about the {animal}.
    what is {substance} made of?
    what is {substance} used for?
    what is the melting point of {substance}?
    what is the boiling point of {substance}?
    what is the chemical symbol for {substance}?
    what is the formula of {substance}?
    what is the density of {substance}?
    what happens when you heat {substance}?
    what happens if you mix {substance} with {substance2}?
    what happens when {substance} freezes?
    what colour is {substance}?
    which is heavier, {substance} or {substance2}?
    is {substance} a metal?
    is {substance} dangerous?
    is {substance} heavier than {substance2}?
    is {substance} soluble in water?
    does {substance} conduct electricity?
    does {substance} react with {substance2}?
    can {substance} catch fire?
    where does {substance} come from?
    where is {substance} found in nature?
    who first described {topic}?
    at what temperature does {substance} melt?
    how hot is the surface of the sun?
    how far away is the moon?
    how many planets have rings?
    how many moons does Jupiter have?
    how many bones are in the {body}?
    how heavy is a human {body}?
    how fast does light travel?
    how old is the universe?
    how old is the earth?
    how much does a {machine} weigh?
    how much energy does a {machine} use?
    how much {substance} is in the air?
    where in the body is the {body}?
    what does the {body} do?
    what is the function of the {body}?
    what helps against pain in the {body}?
    what are the symptoms of {topic}?
    what are the side effects of {substance}?
    how long does a broken {body} take to heal?
    can you live without a {body}?
    how much {substance} is too much?
    is too much {substance} bad for the {body}?
    is it true that {substance} can cure a cold?
    is it true that {topic} was discovered by accident?
    what unit is used to measure {topic}?
    what's the evidence for {topic}?
    """)

_NATURE = lines("""
    what do {animals} eat?
    what does a {animal} eat in winter?
    what do you call a baby {animal}?
    what is a group of {animals} called?
    what sound does a {animal} make?
    what is the Latin name of the {plant}?
    what kind of soil does a {plant} need?
    what eats a {animal}?
    what is the {quality} thing about the {animal}?
    where do {animals} live?
    where does the {plant} grow?
    where do {animals} go in winter?
    when do {animals} have their young?
    when does the {plant} flower?
    when should I prune my {plant}?
    when should I plant {plant}?
    how long does a {animal} live?
    how long is a {animal} pregnant?
    how old can a {animal} get?
    how old can a {plant} get?
    how fast can a {animal} run?
    how fast does a {plant} grow?
    how high can a {animal} jump?
    how big is a {animal}?
    how much does a {animal} weigh?
    how much does a {animal} eat in a day?
    how much water does a {plant} need?
    how many legs does a {animal} have?
    how many teeth does a {animal} have?
    how many kinds of {animal} are there?
    how many hearts does a {animal} have?
    how often should I water my {plant}?
    how do I get rid of a {animal} in the attic?
    how can I tell a {animal} from a {animal2}?
    how can I keep a {animal} as a pet?
    why are the leaves of my {plant} turning {colour}?
    why is my {animal} scratching all the time?
    why do people plant {plant}?
    is a {animal} a mammal?
    is the {animal} endangered?
    is {plant} poisonous for a {animal}?
    is a {animal} faster than a {animal2}?
    is the {plant} an evergreen?
    are {animals} dangerous?
    are {animals} intelligent?
    are there {animals} in {country}?
    are {animals} and {animals2} related?
    can {animals} swim?
    can {animals} see colours?
    can a {animal} eat {food}?
    can you eat {plant}?
    can a {plant} survive frost?
    do {animals} sleep at night?
    do {animals} lay eggs?
    does a {animal} bite?
    does {plant} need a lot of sun?
    which {animal} is the largest?
    which animal is faster, the {animal} or the {animal2}?
    which plants go well with {plant}?
    should I let my {animal} eat {food}?
    tell me about {animals}.
    tell me something about the {plant}.
    describe the life of a {animal}.
    name five animals that live in {country}.
    """)

_HISTORY = lines("""
    when was {event}?
    when did {event} begin?
    when did {event} end?
    when was {landmark} built?
    when was {company} founded?
    when was the {object} invented?
    when was the {machine} invented?
    when did {country} become independent?
    when did women get the vote in {country}?
    when did {country} join the United Nations?
    when did {work} come out?
    when was {work} written?
    in what year was {event}?
    in which century did {famous} live?
    what year did {event} end?
    what happened in {year}?
    what happened in {country} in {year}?
    what happened on {date} {year}?
    what was {event} about?
    what caused {event}?
    what led to {event}?
    what were the results of {event}?
    what was {city} called in {year}?
    what did people eat in {country} in {year}?
    why did {event} happen?
    why did {country} go to war with {country2}?
    why was {landmark} built?
    why is {event} still remembered?
    how did {event} start?
    how did {event} change {country}?
    how long did {event} last?
    how many people died in {event}?
    how many years ago was {event}?
    how was {landmark} built?
    how did people tell the time before the {object}?
    where did {event} take place?
    where was the first {machine} built?
    where was the {instrument} invented?
    who fought in {event}?
    who was involved in {event}?
    which came first, {event} or {event2}?
    which countries took part in {event}?
    was {country} part of {event}?
    was {famous} alive during {event}?
    were there {machines} in {year}?
    did {famous} see {event}?
    did {country} ever belong to {country2}?
    did people play {sport} in {year}?
    is it true that {famous} invented the {object}?
    is it true that {event} started by mistake?
    is it true that {landmark} was once {colour}?
    tell me about {event}.
    tell me the story of {event}.
    tell me how {event} ended.
    summarise {event} for me.
    summarise the history of {country}.
    give me the main dates of {event}.
    explain the causes of {event}.
    what is the history of {company}?
    what is the origin of {sport}?
    """)

_FOOD = lines("""
    how do I cook {food}?
    how do you make {food} at home?
    how long do I cook {food}?
    how long does {dish} keep in the fridge?
    how many calories are in {food}?
    how many calories does a bowl of {food} have?
    how much protein is in {food}?
    how much sugar is in {food}?
    how much {food} do I need for {few} people?
    how can I tell if {dish} has gone off?
    how healthy is {dish}?
    how hot should the oven be for {food}?
    how do they eat {food} in {country}?
    what goes well with {food}?
    what can I make with {food} and {food2}?
    what can I use instead of {food}?
    what wine goes with {food}?
    what is in {food}?
    what's a good recipe for {food}?
    what is the best way to store {food}?
    what is the difference between {food} and {food2}?
    what is {dish} made from?
    what spices do I need for {food}?
    what vitamins are in {food}?
    what do people in {country} eat for breakfast?
    what should I cook tonight with {food}?
    where does {dish} come from?
    where is the best {food} in {city}?
    where can I buy {food} around here?
    when is {dish} in season?
    when should I add the {dish}?
    why does {dish} go brown?
    why is my {dish} always dry?
    why is {dish} so {quality}?
    is {dish} good for the {body}?
    is {dish} vegan?
    is {dish} gluten free?
    is {dish} healthier than {food2}?
    is there any {substance} in {food}?
    can I freeze {food}?
    can I eat {food} raw?
    can I replace {food} with {food2}?
    can you eat {food} after the best before date?
    can I give {food} to a baby?
    does {dish} contain {substance}?
    does {dish} need to be in the fridge?
    do I have to peel {food}?
    do they eat {food} in {country}?
    should I wash {food} first?
    should {food} be cooked with a lid?
    which is sweeter, {food} or {food2}?
    which country eats the most {food}?
    give me a recipe with {food}.
    give me a {quality} recipe for {food}.
    give me some ideas for {food} and {food2}.
    suggest a dinner with {food}.
    recommend a sauce for {food}.
    recommend a {quality} restaurant in {city}.
    recommend something with {food} for {few} guests.
    who invented {dish}?
    """)

_LANGUAGE = lines("""
    what does {word} mean?
    what does the word {word} mean?
    what is the meaning of {word}?
    what is another word for {word}?
    what is the opposite of {word}?
    what is the plural of {word}?
    what does {made_up} mean?
    what is a {made_up}?
    what on earth is {made_up}?
    what does {made_up} mean in {language}?
    what is {phrase} in {language}?
    what do you call a {object} in {language}?
    what is the {language} word for {object}?
    what's the {language} word for {animal}?
    what rhymes with {object}?
    what alphabet does {language} use?
    where does the word {word} come from?
    where is {language} spoken?
    how do you spell {word}?
    how do you spell {made_up}?
    how is {word} pronounced?
    how do you pronounce {made_up}?
    how do you say {phrase} in {language}?
    how do I say {object} in {language}?
    how would you say {phrase} in {language}?
    how do people greet each other in {language}?
    how many people speak {language}?
    how many letters does the {language} alphabet have?
    how hard is {language} to learn?
    how do you use {word} in a sentence?
    is {word} spelled with one s or two?
    is {word} a noun or a verb?
    is {language} related to {language2}?
    is {made_up} a real word?
    is {made_up} a {language} name?
    does {language} have articles?
    define {word}.
    define the word {word} for me.
    spell {word} for me.
    translate {phrase} into {language}.
    translate {phrase} from English to {language}.
    translate the word {object} into {language}.
    give me a synonym for {word}.
    give me a definition of {word}.
    give me five words that rhyme with {colour}.
    tell me what {word} means.
    tell me how to say {phrase} in {language}.
    which language is {made_up}?
    which is correct, {word} or {made_up}?
    explain the word {word}.
    what's the difference between {word} and {word2}?
    who came up with the word {word}?
    """)

_HOW_TO = lines("""
    how do I {task}?
    how do you {task}?
    how can I {task}?
    how can I {task} without tools?
    how should I {task}?
    how would a {job} {task}?
    how long does it take to {task}?
    how much does it cost to {task}?
    how hard is it to {task}?
    how often should you {task}?
    what do I need to {task}?
    what is the best way to {task}?
    what's the trick to {task}?
    what is the first step when you {task}?
    what's the easiest way to {task}?
    what tool do I need to {task}?
    where can I learn to {task}?
    who can help me {task}?
    when is it time to {task}?
    is it hard to {task}?
    is there a way to {task} in ten minutes?
    can a child {task}?
    can I {task} on my own?
    can I use {substance} to {task}?
    should I use {substance} to {task}?
    do I need a {object} to {task}?
    explain how to {task}.
    explain to me how I {task}.
    tell me how to {task}.
    show me how to {task}.
    walk me through it, how do I {task}?
    teach me how to {task}.
    give me a step by step guide to {task}.
    give me some tips on how to {task}.
    describe how you {task}.
    how do I become a {job}?
    how much does a {job} earn?
    how much does a {job} earn in {country}?
    how long does it take to become a {job}?
    what does a {job} do all day?
    what does a {job} do?
    what training does a {job} need?
    what is it like to be a {job}?
    is a {job} allowed to work at night?
    how do I set up a {software}?
    how do I install a {software} on my laptop?
    how do I fix a broken {object}?
    how do I clean a {object}?
    how do I repair my {object}?
    how do I maintain a {machine}?
    why does my {software} keep crashing?
    why is my {software} so slow?
    why does my {object} make a strange noise?
    why won't my {machine} start?
    what does it mean when the {machine} beeps?
    what is wrong with my {machine}?
    which {software} is the most {quality}?
    which {software} would you recommend?
    what is a {software} good for?
    what is the difference between a {software} and a {software2}?
    should I buy a {object} or a {object2}?
    can I take a {object} on a plane?
    how do I play the {instrument}?
    how do you tune a {instrument}?
    how many strings does a {instrument} have?
    how hard is it to learn the {instrument}?
    what does a {instrument} sound like?
    is the {instrument} harder than the {instrument2}?
    who is the most {quality} {instrument} player?
    what are the rules of {sport}?
    explain the rules of {sport}.
    how many players are in a {sport} team?
    how long does a game of {sport} last?
    how do you keep score in {sport}?
    """)

_CURRENT = lines("""
    what is in the news today?
    what happened in {country} today?
    what's the latest news from {city}?
    what is the news about {company}?
    what are people saying about {company}?
    what's going on in {country}?
    what's on at the cinema in {city} tonight?
    what is the score of the {team} game?
    what was the final score between {team} and {team2}?
    what place is {country} in at the {sport} championship?
    what does {product} cost?
    what does {product} cost in {city}?
    what is the price of {product}?
    what's the going rate for {product}?
    what is the share price of {company}?
    what is the exchange rate of the euro today?
    what are the opening hours of the {shop}?
    what time does the {shop} open?
    what time does the {shop} in {city} close?
    what time does the last train to {city} leave?
    what time is the next bus to {city}?
    what platform does the train to {city} leave from?
    what is the phone number of {company}?
    what is the address of the {shop}?
    what is the best {shop} in {city}?
    what events are on in {city} {day}?
    what films did {full} make?
    what did {company} announce {day}?
    when does the {shop} open?
    when does the {shop} close on {weekday}?
    when is the next {sport} match?
    when do {team} play again?
    when is the next election in {country}?
    when is Easter this year?
    when is the next full moon?
    when does the sun set in {city}?
    when does the next train to {city} leave?
    when do the clocks change in {country}?
    when is the {company} shareholder meeting?
    where is the nearest {shop}?
    where is the closest {shop} to {city}?
    where can I get {product}?
    where can I park near the {shop}?
    where do {team} play?
    where is {company} based?
    where is the next world cup?
    how much is {product}?
    how much does {product} cost right now?
    how much does it cost to fly to {city}?
    how much is {company} worth?
    how many people work for {company}?
    how did {team} play yesterday?
    how did the election in {country} go?
    how is {company} doing this year?
    how late is the {shop} open?
    is the {shop} open on {weekday}?
    is the {shop} still open?
    is the {shop} in {city} open today?
    is {company} hiring?
    is there a strike in {country} {day}?
    is there any traffic on the road to {city}?
    is the train from {city} late?
    is the flight to {city} on time?
    are there any {quality} concerts in {city} {day}?
    are the shops open on {date}?
    are there still tickets for {work}?
    did {team} win?
    did {team} beat {team2}?
    did {company} make a profit in {year}?
    do I need a ticket for the {shop}?
    does the {shop} take cards?
    does the {shop} open before {time}?
    does bus {digits} stop at the {shop}?
    does {company} sell {objects}?
    can I return a {object} to {company}?
    can I take my {animal} to the {shop}?
    has {company} released anything new?
    has {country} ever won the {sport} world cup?
    has the price of {product} gone up?
    will the {shop} be open {day}?
    which {shop} is the cheapest in {city}?
    which team leads the {sport} league?
    which films are up for an award?
    who won the election in {country}?
    who is playing {day}, {team} or {team2}?
    who is number one in {sport}?
    """)

_DOCUMENTS = lines("""
    what does our {document} say about {clause}?
    what does the {document} say about {clause}?
    what does the {document} of {company} say on {clause}?
    what do the rules say about {clause}?
    what is written in the {document} about {clause}?
    what is our policy on {clause}?
    what are the rules for {clause}?
    what does {clause} mean in the {document}?
    what is the deadline in the {document}?
    what page of the {document} is about {clause}?
    what changed in the {document}?
    where in the {document} do I find {clause}?
    where does the {document} mention {clause}?
    which section of the {document} covers {clause}?
    who wrote the {document}?
    who signed the {document}?
    who is responsible for {clause}?
    when was the {document} last changed?
    when does the {document} expire?
    how does the {document} define {clause}?
    how many days do we get for {clause}?
    how long is the {document}?
    how much do we pay for {clause} according to the {document}?
    does the {document} say anything about {clause}?
    does the {document} cover {clause}?
    does our {document} allow {clause}?
    does {company} pay for {clause}?
    is {clause} mentioned in the {document}?
    is {clause} covered by the {document}?
    is there anything about {clause} in the {document}?
    is there a rule about {clause}?
    are there exceptions for {clause}?
    am I allowed to do something about {clause} under the {document}?
    can I find {clause} in the {document}?
    according to the {document}, what about {clause}?
    summarise the {document}.
    summarise the {document} for me in two sentences.
    summarise what the {document} says about {clause}.
    give me the main points of the {document}.
    read me the part about {clause} in the {document}.
    quote the line about {clause} from the {document}.
    tell me what the {document} says about {clause}.
    explain the section on {clause} to me.
    compare the {document} with the {document2}.
    what is the difference between the {document} and the {document2}?
    """)

_CULTURE = lines("""
    what is {work} about?
    what happens at the end of {work}?
    what is the moral of {work}?
    what genre is {work}?
    what instruments are in {work}?
    what is the most {quality} book by {person}?
    what are the best films about {topic}?
    what book should I read about {event}?
    which book is better, {work} or {work2}?
    which actor played in {work}?
    which songs are on the new album by {full}?
    how does {work} end?
    how long is the film {work}?
    how many pages does {work} have?
    how many acts does {work} have?
    how many times was {work} filmed?
    where is {work} set?
    where was {work} filmed?
    where can I watch {work}?
    is {work} based on a true story?
    is {work} a {quality} book?
    is {work} suitable for children?
    is there a sequel to {work}?
    did {famous} write {work}?
    did {work} win any prizes?
    has {work} been translated into {language}?
    summarise {work} in three sentences.
    give me a summary of {work}.
    tell me the plot of {work}.
    recommend a book about {topic}.
    recommend a {quality} film for the weekend.
    recommend something by {person}.
    name three books by {person}.
    name three {quality} films from {country}.
    list five {jobs} who became {quality}.
    who sang that song about {city}?
    compare {work} and {work2}.
    compare {city} and {city2} for me.
    compare {country} with {country2}.
    compare a {object} with a {object2}.
    what is the difference between {topic} and {topic2}?
    what's the difference between a {animal} and a {animal2}?
    what is the difference between a {instrument} and a {instrument2}?
    what is better for the {body}, {sport} or {sport2}?
    which is older, {landmark} or {landmark2}?
    which is bigger, {country} or {country2}?
    which one is taller, {landmark} or {landmark2}?
    is a {machine} better than a {machine2}?
    """)

_SHAPES = lines("""
    {city} to {city2}, how far is that?
    {city} or {city2}, which is bigger?
    {food} or {food2}, which is healthier?
    {famous} or {famous2}, who was born first?
    {made_up}, what is that?
    {word}, how is that spelled?
    {landmark}, how tall is it?
    {company}, who owns that?
    population of {city}?
    capital of {country}?
    meaning of {word}?
    inventor of the {machine}?
    author of {work}?
    founder of {company}?
    height of {landmark}?
    year of {event}?
    distance from {city} to {city2}?
    currency of {country}?
    recipe for {dish}, please.
    a short history of {country}, please.
    a definition of {word}, please.
    the way to the {shop}, please.
    directions to {city}, please.
    phone number of {company}, please.
    three facts about {animals}, please.
    which country is {made_up} in?
    which country does {famous} come from?
    which continent is {country} on?
    what eats {animals}?
    what lives in the {river}?
    what do {animals} live on?
    what does a {animal} drink?
    who lives in {country}?
    who or what is {made_up}?
    my {plant} looks sick, what is wrong with it?
    my {plant} won't flower, what now?
    my {animal} keeps scratching, what helps?
    my {machine} won't start, what could be the reason?
    my {object} got wet, how do I save it?
    my {relative} wants to become a {job}, how long does that take?
    opening hours of the {shop}?
    price of {product}?
    at what age did {famous} become a {job}?
    at what time does the {shop} open {day}?
    by how much did {product} go up?
    for how long does {dish} keep?
    for whom was {work} written?
    from which country does {dish} come?
    in what way is {topic} {quality}?
    in which language was {work} written?
    in which month does the {plant} flower?
    of what is {substance} made?
    on which continent do {animals} live?
    since when do people play {sport}?
    to which family does the {plant} belong?
    under which rule of the {document} is {clause} allowed?
    with what do you clean a {object}?
    how come {animals} don't get cold?
    how come {country} is so {quality}?
    how come {substance} floats?
    how else can I {task}?
    how exactly does a {machine} work?
    how likely is {topic}?
    how safe is {city}?
    how useful is a {software} for a {job}?
    how important was {event} for {country}?
    how popular is {sport} in {country}?
    how similar are {language} and {language2}?
    what if I eat too much {food}?
    what if I mix {substance} and {substance2}?
    what would happen without {topic}?
    what would happen if all {animals} died?
    what kind of {animal} lives in {country}?
    what kind of music did {famous} write?
    what sort of person was {famous}?
    what sort of food do they eat in {city}?
    what else is {famous} known for?
    what else can I do with a {object}?
    what makes {food} so {quality}?
    what makes a good {job}?
    what became of {famous}?
    what became of {company}?
    what comes after the {month} festival in {country}?
    whose job is it to {task}?
    which of the two is older, {city} or {city2}?
    which part of {country} is the most {quality}?
    why don't {animals} live in {country}?
    why didn't {famous} finish {work}?
    why can't I {task}?
    why wouldn't {substance} burn?
    why shouldn't I give {food} to my {animal}?
    isn't {city} the capital of {country}?
    isn't {substance} poisonous?
    isn't there a {shop} in {city}?
    aren't {animals} related to {animals2}?
    wasn't {famous} a {job}?
    didn't {famous} write {work}?
    doesn't the {shop} open at {time}?
    doesn't the {document} mention {clause}?
    {animals} can swim, can't they?
    {city} is in {country}, isn't it?
    {famous} wrote {work}, right?
    {event} was in {year}, wasn't it?
    is it true that {animals} eat {food}?
    is it true that {country} has no army?
    is it true what they say about {company}?
    is it correct that {famous} was born in {city}?
    is it legal to {task} in {country}?
    is it possible to {task} with {substance}?
    is it worth it to buy a {object}?
    is it better to {task} or to {task2}?
    is it {quality} in {country} in {month}?
    was there ever a {machine} in {city}?
    were there ever {animals} in {country}?
    have there been any {quality} finds near {city}?
    has anyone ever seen a {animal} in {city}?
    has {famous} ever been to {country}?
    has {full} written anything else?
    had {famous} been a {job} before?
    must I wash {food} before cooking?
    should you ever mix {substance} with {substance2}?
    would a {animal} survive in {country}?
    would {food} go with {food2}?
    could a {animal} beat a {animal2}?
    could people in {year} {task}?
    might {dish} be bad for a {animal}?
    I am travelling to {city} {day}, what should I see there?
    I'm flying to {country} in {month}, what will I need?
    I have {food} and {food2} at home, what can I cook?
    I bought a {plant}, how do I look after it?
    I found a {animal} in the garden, what do I do?
    I want to learn the {instrument}, how do I start?
    I want to become a {job}, what should I study?
    I heard about {topic} today, what is it?
    I read about {event}, what was that about?
    I met somebody from {country}, what do they speak there?
    I have a pain in my {body}, what could it be?
    I lost the {document}, where do I get a new one?
    my {object} is broken, how do I fix it?
    my {animal} ate some {food}, is that bad?
    my {plant} is losing leaves, what can I do?
    my {machine} shows a {colour} light, what does that mean?
    my {relative} loves {work}, what else should I give her?
    my {relative} says {animals} can't see, is that true?
    my {relative} is learning {language}, how hard is it?
    there is {substance} on my carpet, how do I remove it?
    there's a {made_up} on the menu, what is that?
    we are in {city} {day}, where can we eat?
    we need a {shop}, where is the nearest one?
    somebody mentioned {full}, who is that?
    they were talking about {made_up}, what does it mean?
    if I go to {city}, which {shop} should I try?
    if a {animal} bites me, what should I do?
    if I mix {colour} and {colour2}, what do I get?
    before I {task}, what should I know?
    after {event}, what happened to {country}?
    during {event}, who ruled {country}?
    besides {city}, which cities in {country} are {quality}?
    apart from {food}, what do they eat in {country}?
    compared with {city}, how big is {city2}?
    given the {document}, can we change {clause}?
    write me a short text about {topic}.
    write me a poem about a {animal}.
    make up a story about a {animal} and a {job}.
    tell me a fact about {country}.
    tell me the difference between {food} and {food2}.
    tell me which {sport} team won.
    give me one reason for {event}.
    give me the pros and cons of {topic}.
    give me the gist of {work}.
    give me a few {quality} words in {language}.
    give me advice on {topic}.
    list three uses of {substance}.
    list the main parts of a {machine}.
    name two {quality} {jobs} from {country}.
    name a {quality} river other than the {river}.
    suggest a {quality} gift for a {job}.
    suggest a name for my {animal}.
    suggest three things to do in {city}.
    recommend a {shop} in {city}.
    recommend a {software} for a {job}.
    outline {event} for me.
    sum up {topic} in a few words.
    sum up the {document}, please.
    quiz me on {topic}.
    teach me something about {topic}.
    teach me three words in {language}.
    help me understand {topic}.
    help me choose between a {object} and a {object2}.
    remind me who {famous} was.
    remind me what {word} means.
    """)

TEMPLATES: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *_PEOPLE,
            *_PLACES,
            *_SCIENCE,
            *_NATURE,
            *_HISTORY,
            *_FOOD,
            *_LANGUAGE,
            *_HOW_TO,
            *_CURRENT,
            *_DOCUMENTS,
            *_CULTURE,
            *_SHAPES,
            *asked("question"),
        )
    )
)
"""Whole questions, one phrasing each."""

_THINGS = lines("""
    the capital of {country}
    the population of {city}
    the length of the {river}
    the height of {landmark}
    the age of {landmark}
    the area of {country}
    the history of {city}
    the history of the {instrument}
    the price of {product}
    the date of {event}
    the causes of {event}
    the cause of {topic}
    the meaning of {word}
    the spelling of {word}
    the origin of the word {word}
    the {language} word for {object}
    the author of {work}
    the plot of {work}
    the rules of {sport}
    the winner of the {sport} final
    the score of {team} against {team2}
    the opening hours of the {shop}
    the address of the nearest {shop}
    the name of the mayor of {city}
    the founder of {company}
    the phone number of {company}
    the boiling point of {substance}
    the formula of {substance}
    the weight of a {animal}
    the life span of a {animal}
    the {quality} part of {city}
    the most {quality} dish in {country}
    the best recipe for {food}
    the number of calories in {food}
    the birthday of {person}
    the birthplace of {person}
    the main works of {famous}
    the salary of a {job}
    the function of the {body}
    the distance between {city} and {city2}
    the difference between {food} and {food2}
    the difference between a {animal} and a {animal2}
    the part of the {document} about {clause}
    the rule on {clause} in the {document}
    the timetable from {city} to {city2}
    the flag of {country}
    the climate of {country} in {month}
    the inventor of the {machine}
    the symptoms of {topic}
    the name {made_up}
    """)

_CLAUSES = lines("""
    who invented the {object}
    who wrote {work}
    who {full} is
    who the president of {country} is
    who won the {sport} final
    who runs {company}
    what {word} means
    what a {made_up} is
    what {substance} is used for
    what a {animal} eats
    what the capital of {country} is
    what the {document} says about {clause}
    what {product} costs
    what people eat in {country}
    what happened in {year}
    what a {job} earns
    when {landmark} was built
    when {event} ended
    when the {shop} opens
    when the next train to {city} leaves
    when {famous} was born
    when the {plant} flowers
    where {city} is
    where the {river} begins
    where {famous} is buried
    where I can buy {food}
    where the nearest {shop} is
    where {team} play {day}
    why {event} happened
    why the leaves of my {plant} are {colour}
    why {animals} sleep so much
    why {substance} is {quality}
    how old {landmark} is
    how old {famous} was
    how tall {landmark} is
    how long the {river} is
    how long a {animal} lives
    how long {dish} keeps
    how far {city} is from {city2}
    how fast a {animal} runs
    how many people live in {city}
    how many strings a {instrument} has
    how much {product} costs
    how to {task}
    how to spell {word}
    how to say {phrase} in {language}
    how a {machine} works
    how {topic} works
    how {team} played
    how {event} began
    whether {animals} can swim
    whether {dish} is vegan
    whether the {shop} is open {day}
    whether {substance} is dangerous
    whether {city} is bigger than {city2}
    whether {famous} was a {job}
    if {company} is hiring
    if the {document} covers {clause}
    if I can freeze {food}
    if {team} won
    which river flows through {city}
    which language they speak in {country}
    which {software} is the most {quality}
    """)

_NESTED: Mapping[str, tuple[str, ...]] = {"thing": _THINGS, "clause_of": _CLAUSES}

FRAMES: tuple[str, ...] = lines("""
    do you know {clause_of}?
    do you happen to know {clause_of}?
    do you have any idea {clause_of}?
    do you remember {clause_of}?
    would you know {clause_of}?
    would you happen to know {clause_of}?
    would you mind telling me {clause_of}?
    can you tell me {clause_of}?
    can you find out {clause_of}?
    can you check {clause_of}?
    can you explain {clause_of}?
    can somebody tell me {clause_of}?
    could you tell me {clause_of}?
    could you please tell me {clause_of}?
    could you find out {clause_of}?
    could you check {clause_of} for me?
    will you tell me {clause_of}?
    may I ask {clause_of}?
    is it known {clause_of}?
    does anyone know {clause_of}?
    any idea {clause_of}?
    any chance you know {clause_of}?
    tell me {clause_of}.
    please tell me {clause_of}.
    find out {clause_of}.
    please find out {clause_of}.
    explain {clause_of}.
    check {clause_of}.
    I wonder {clause_of}.
    I was wondering {clause_of}.
    I want to know {clause_of}.
    I need to know {clause_of}.
    I would like to know {clause_of}.
    I'd love to know {clause_of}.
    I am trying to find out {clause_of}.
    I have no idea {clause_of}, do you?
    I forgot {clause_of}, can you help?
    I can't remember {clause_of}, do you know?
    I'm curious {clause_of}.
    let me know {clause_of}.
    help me find out {clause_of}.
    what I want to know is {clause_of}.
    my question is {clause_of}.
    the question is {clause_of}.
    somebody asked me {clause_of}, what do I say?
    what is {thing}?
    what's {thing}?
    what was {thing} again?
    what about {thing}?
    do you know {thing}?
    do you happen to know {thing}?
    do you have {thing}?
    can you tell me {thing}?
    can you give me {thing}?
    can you find {thing}?
    can you remind me of {thing}?
    could you tell me {thing}?
    could you give me {thing}?
    could you get me {thing}?
    would you tell me {thing}, please?
    give me {thing}.
    just give me {thing}.
    tell me {thing}.
    tell me about {thing}.
    tell me more about {thing}.
    find {thing}.
    name {thing}.
    describe {thing}.
    explain {thing}.
    check {thing} for me.
    I need {thing}.
    I'm looking for {thing}.
    I would like to know {thing}.
    I want to know more about {thing}.
    I need some information about {thing}.
    I have a question about {thing}.
    I can't find {thing}, can you?
    is there anything on {thing}?
    help me with {thing}.
    what can you tell me about {thing}?
    what do we know about {thing}?
    how do I find out {thing}?
    where do I find {thing}?
    and what is {thing}?
    and {thing}?
    and do you know {clause_of}?
    so what is {thing}, roughly?
    I don't know {clause_of}, do you?
    I don't know {clause_of}. Do you?
    I'm not sure {clause_of}, could you check?
    I've forgotten {clause_of}, have you any idea?
    I've always wondered {clause_of}.
    I have always wanted to know {clause_of}.
    I often wonder {clause_of}.
    I wish I knew {clause_of}.
    I never found out {clause_of}, can you say?
    I'd be interested to hear {clause_of}.
    I keep asking myself {clause_of}.
    I can't work out {clause_of}, please help.
    I can't find out {clause_of}, can you?
    I couldn't find {thing}, could you look?
    I don't have {thing}, do you?
    nobody could tell me {clause_of}, maybe you can?
    nobody here knows {clause_of}, do you?
    my teacher wants to know {clause_of}, what is the answer?
    someone wants to know {clause_of}, any idea?
    have you any idea {clause_of}?
    have you heard {clause_of}?
    have you found out {clause_of}?
    have they said {clause_of}?
    has anybody told you {clause_of}?
    have you got {thing}?
    have you got anything on {thing}?
    did you know {clause_of}?
    did they ever find out {clause_of}?
    could I ask you {clause_of}?
    could we find out {clause_of}?
    can we look up {clause_of}?
    can we look up {thing}?
    can you look up {clause_of}?
    can you work out {clause_of}?
    can you say {clause_of}?
    can you read up on {thing}?
    would it be possible to find out {clause_of}?
    is it possible to say {clause_of}?
    is there a way to know {clause_of}?
    is there a page about {thing}?
    what is known about {thing}?
    what do you know about {thing}?
    what do they say about {thing}?
    what exactly is {thing}?
    what would {thing} be?
    where can I read about {thing}?
    where can I find out {clause_of}?
    who can tell me {clause_of}?
    who knows {clause_of}?
    how can I find out {clause_of}?
    look up {clause_of}.
    look up {thing}.
    look up {thing} for me.
    read me something about {thing}.
    remind me {clause_of}.
    remind me of {thing}.
    research {thing}.
    summarise {thing}.
    list the facts about {thing}.
    get me {thing}.
    show me {thing}.
    teach me {clause_of}.
    teach me about {thing}.
    go and find out {clause_of}.
    see if you can find {thing}.
    see whether you can find out {clause_of}.
    I'd like you to explain {clause_of}.
    I'd like to hear about {thing}.
    I hope you can tell me {clause_of}.
    you must know {clause_of}.
    you surely know {clause_of}, right?
    you know {clause_of}, don't you?
    please look up {thing}.
    please explain {clause_of}.
    so, {thing}?
    any news on {thing}?
    anything about {thing}?
    details on {thing}, please.
    """)
"""Frames around a noun phrase (`{thing}`) or an indirect question (`{clause_of}`)."""


def dress(
    rng: random.Random,
    sentence: str,
    openers: tuple[str, ...],
    tails: tuple[str, ...],
    split: Split,
) -> str:
    """Put an opener before one sentence in four and a tag after one in ten, then capitalise it.

    An opener fits before any sentence; a tag moves in front of the closing mark.
    """
    if rng.random() < 0.25:
        sentence = f"{choose(rng, openers, split)} {sentence}"
    if rng.random() < 0.1:
        body, mark = sentence[:-1], sentence[-1]
        sentence = f"{body}, {choose(rng, tails, split)}{mark}"
    return as_sentence(sentence)


def clause(rng: random.Random, split: Split) -> str:
    """Draw an indirect question, such as may stand inside a statement as well."""
    return fill(rng, choose(rng, _CLAUSES, split), split, _NESTED)


def sample(rng: random.Random, split: Split) -> Utterance:
    """Draw one knowledge question; the template and every word belong to the split."""
    while True:
        templates = TEMPLATES if rng.random() < 0.65 else FRAMES
        template = choose_crossed(rng, templates, split)
        question = fill(rng, chosen(rng, template), split, _NESTED)
        text = dress(rng, question, QUESTION_OPENERS, TAILS, split)
        if 3 <= len(text.split()) <= 20:
            return Utterance(text, template, "question", "delegate", LEAD)
