"""Statements: what a user tells without asking for anything, answered by a word of sympathy.

The sentiment of a template decides the reply and is audible in its words. Many statements hold
question words or matters of knowledge without asking ("I know what the capital of Peru is"), since
a model that hands over at such words alone would be a nuisance.
"""

import random
from typing import Literal

from weft.interaction_model.training.language import questions
from weft.interaction_model.training.language.natural import natural
from weft.interaction_model.training.language.openings import LINKS, SCENES
from weft.interaction_model.training.language.patterns import (
    fill,
    phrases,
    trimming,
    words,
    written,
)
from weft.interaction_model.training.language.small_talk import FOODS, NAMES, THINGS
from weft.interaction_model.training.language.utterance import Split, Utterance, choose_crossed

Sentiment = Literal["good", "bad", "neutral", "plan", "surprising"]

REPLIES: dict[Sentiment, str] = {
    "good": "That sounds lovely.",
    "bad": "I am sorry to hear that.",
    "neutral": "I see.",
    "plan": "Good plan.",
    "surprising": "Oh, really?",
}

OPENER_SHARE = 0.35
TAIL_SHARE = 0.1
SHARED_CLAUSE_SHARE = 0.5
"""This many of the clauses inside statements are those of the questions: no clause alone asks."""

OPENERS = phrases("""
    so | you know | by the way | just so you know | well | to be honest | excuse me but | anyway |
    oh | um | okay | also | and | listen | honestly | actually | as I said | like I said |
    oh and | you know what | I just wanted to say | I wanted to tell you | I have to tell you |
    let me tell you | I was wondering whether to tell you, but | I don't know if I told you, but |
    I thought you should know | not that it matters, but | I never told you this, but |
    in case you care | if you must know | look | between you and me | I must say |
    what I wanted to say is | hey | hey weft | as you may know | I'm not asking anything, but |
    no question this time
""")
_OPENINGS = (*OPENERS, *LINKS, *SCENES)
TAILS = phrases("""
    you know | by the way | to be honest | anyway | actually | as I said | I think | I must say |
    so there you go | and that's that | just so you know | weft | that's all | if you ask me |
    thank goodness | of course | no need to look it up | nothing special | so don't worry |
    you see | for what it's worth | I believe | I guess | as far as I know | so no hurry |
    in fact | after all | believe it or not | if you must know | and I'm fine with that |
    mind you | as ever | again | then | really | or so I hear | if I may say so |
    in case you care | so that's it | honestly | as usual
""")

_TEMPLATES_TEXT: dict[Sentiment, str] = {
    "good": """
        I had a wonderful time in {city} | {person} is getting married {future} |
        {person} had a baby {past} | I got the job as {job} | I passed my exam {past} |
        {person} passed the exam | we won the match {past} | our team won the {sport} final |
        I finally finished {activity} and it feels great | I love {activity} with {person} |
        I really enjoyed {activity} {past} | we had delicious {food} {past} |
        the {dish} {past} was absolutely delicious | {person} baked me a wonderful cake |
        I got a raise {past} | {person} got promoted {past} | I'm so proud of {person} |
        {person} makes me so happy | we just got engaged and are so happy |
        we adopted a sweet little {animal} {past} | my {animal} is so adorable |
        my {animal} is healthy again | my {animal} slept on my lap all evening, so sweet |
        the sun was shining all day in {city} | we had a beautiful day at {place} |
        it was lovely at {place} {past} | I had a great day at {place} |
        I found my {object} again, I'm so glad | {person} gave me a beautiful {object} |
        I love my new {object} | {person} brought me flowers {past} |
        my {body} feels much better now | the doctor says I'm healthy |
        {person} is out of hospital and doing fine | I slept wonderfully last night |
        I feel much better today | the garden is full of flowers now |
        the roses are blooming beautifully | I saw a gorgeous sunset at {place} |
        there was a beautiful rainbow over {place} | we danced all night and it was wonderful |
        {person} is visiting me {future} and I can't wait |
        I'm really looking forward to {activity} | I can't wait to see {person} {future} |
        my holiday starts {future} and I'm so excited | I met the nicest people in {city} |
        {person} and I had such a good laugh {past} | I made new friends at {place} |
        I proposed and {name} said yes | I got good news from the doctor |
        I got good marks in {subject} | {person} likes my cooking a lot |
        {person} told me a lovely story about {city} | it's so peaceful here this morning |
        my tea tastes wonderful | the coffee here is excellent |
        we had a lovely picnic at {place} | {person} taught me {activity} and I love it |
        I learned how the {machine} works and it was great fun |
        I finally understand how the {machine} works, I'm so happy |
        I won first prize at the {sport} tournament |
        I ran my first marathon {past}, I'm so proud | my favourite song was on the radio |
        my {relative}'s wedding was beautiful | {name} is my best friend and I adore her |
        {name} called me {past} and it made my day | I'm so happy with my {object} |
        {city} is such a beautiful city | we found a lovely little flat in {city} |
        I bought my first house {past} | the children were so sweet {past} |
        my grandson said his first word {past} | {person} wrote me the sweetest letter |
        I've never been so happy | we had a wonderful evening with {person} |
        the concert {past} was fantastic | the film {past} was brilliant |
        I love the smell of {food} in the morning | my {dish} turned out perfectly |
        {person} loved my {food} | life in {city} is wonderful | my boss praised me {past} |
        I'm enjoying my new work as {job} | {activity} makes me really happy |
        I had a perfect morning with my {animal} | I got lovely presents {past} |
        we celebrated my {relative}'s birthday {past} and it was great |
        it was love at first sight with {name} | I'm grateful for {person} |
        we're expecting a baby | my {relative} and I made up, I'm so relieved |
        I'm finally free of pain, it's wonderful | the neighbours are lovely people |
        my plants are growing beautifully | I simply adore {thing} |
        nothing beats {activity} on a {day} with {person} |
        I got a beautiful letter from {name} {past} | what a lovely {animal} {person} has |
        what a wonderful day this was | what a beautiful city {city} is |
        how beautiful {place} looks today | how lovely the roses smell this morning |
        what a wonderful time we had in {city} | how nice it was to see {person} {past} |
        how good it feels to be home again | what a delicious {dish} that was |
        what great fun {activity} is | what a nice surprise {person} gave me {past} |
        how kind {person} was to me {past} | {activity} {past} was so relaxing |
        I had a lovely chat with {name} {past} | the party {past} was a great success |
        {person} finally knows {question} and is so proud |
        I answered every question about {topic} and won a prize |
        I got full marks in the test about {topic} |
        I found out {question} all by myself, I'm so proud
    """,
    "bad": """
        {person} is in hospital | {person} broke an arm {past} | I lost my {object} {past} |
        I lost my job {past} | my {object} was stolen {past} |
        somebody stole my {object} at {place} | my {animal} died {past} |
        my {animal} is very sick | my {animal} ran away {past} | my {body} hurts a lot |
        my {body} has been hurting since {day} | I've had a terrible headache since {day} |
        I hurt my {body} while {activity} | I failed my exam {past} |
        I failed the {subject} test {past} | {person} failed the exam, sadly |
        we lost the match {past} | {person} sadly passed away {past} | I miss {person} so much |
        I had an awful day at {place} | I had a horrible time in {city} |
        it rained the whole holiday in {city}, such a shame | the {dish} {past} made me sick |
        I burned the {food} again, what a mess | my {dish} was ruined {past} |
        {person} and I had a terrible fight {past} | {person} isn't talking to me any more |
        {person} left me {past} | my (husband/wife) and I are getting divorced |
        I can't sleep because of the pain | I crashed my car {past} |
        my car broke down near {city} | my {object} is broken again, I'm so annoyed |
        my {machine} broke down {past}, I'm so upset | {person} broke my favourite {object} |
        I dropped my {object} and it broke | I missed the last train to {city}, it was awful |
        my flight to {city} was cancelled, I'm so sad |
        I got lost in {city} and was really scared | my boss was so mean to me {past} |
        my boss shouted at me {past} | they fired {person} {past} |
        I have to work all weekend and I hate it | I hate my work as {job} |
        I got a horrible cold in {city} | I've got the flu and feel terrible |
        {person} is very ill at the moment | {person} is feeling very unwell |
        the doctor had bad news for {person} | the doctor doesn't know what is wrong with me |
        nobody came to my party {past} | {person} forgot my birthday, which hurt |
        I forgot my {relative}'s birthday and feel awful |
        I feel so lonely since {person} moved to {city} |
        I'm sad because {person} is leaving {future} | I'm worried about {person} |
        I'm afraid of losing {person} | I'm scared of {activity} |
        our house was flooded {past} | there was a fire at {place} {past}, it was terrible |
        the storm destroyed our garden | my neighbour is so loud that I can't sleep |
        my phone fell into the water {past} | I spilled coffee on my {object} |
        I lost all my money {past} | I can't pay my rent this month |
        our team lost the {sport} final, I'm crushed |
        {name} said something very hurtful {past} | {name} lied to me again {past} |
        {name} has broken my heart | {name} had an accident {past} |
        my {relative} had an accident near {city} | the children are sick again |
        I cut my finger while {activity} | I fell down the stairs {past} |
        I burnt my hand on the stove {past} | I have a toothache and it's killing me |
        my {relative} can't walk any more | my {relative} has lost all memory |
        all my lovely plants have died | my roses died in the frost |
        I didn't get the job as {job}, sadly |
        they refused my application {past}, I'm so disappointed |
        the concert {past} was a disaster | the wedding was cancelled, which is so sad |
        I waited for {person} for hours and nobody came | I was alone on my birthday |
        I've been sad since {day} | I've been in pain since {day} |
        I had a nightmare last night | I was robbed in {city} |
        unfortunately {person} can't come {future} | sadly we have to sell {place_own} |
        sadly I had to give my {animal} away | I regret moving to {city} |
        I feel terrible about what I said to {person} | I can't stop crying about {person} |
        I'm homesick for {city} | everything went wrong at {place} {past} |
        I hate how lonely {city} makes me feel | what a terrible day this was |
        what an awful week I had in {city} | how sad it is without {person} |
        how awful I felt {past} | nobody would tell me {question}, it was so frustrating |
        it hurts that nobody knows {question} | I failed because I didn't know {question} |
        they laughed at me because I didn't know {question} |
        {person} was angry because I forgot {question} |
        I had to pay a fine because of {topic} and I'm so upset |
        my talk about {topic} went horribly wrong |
        I feel so stupid because I didn't know {question} | I'm in bed with a fever |
        my {body} is swollen and it hurts | {person} has to have surgery {future} |
        I have to have surgery {future} and I'm scared |
        we had to put our {animal} to sleep {past}
    """,
    "neutral": """
        I was at {place} {past} | I live in {city} | I used to live in {city} |
        {person} lives in {city} | {person} works as {job} | I work as {job} |
        I used to work as {job} | {person} is at {place} | I come from {city} |
        I usually have {food} for breakfast | I had {food} for lunch | we had {food} {past} |
        {person} made {food} {past} | I usually go to {place} on {day} |
        {day} is my day for {activity} | I was {activity_now} when you called |
        I've been {activity_now} since noon | {person} was {activity_now} {past} |
        I have {number} cousins | I have {number} brothers and a sister |
        {person} has {number} children | we have {number} chairs in the kitchen |
        my {animal} is called {name} | my {relative}'s name is {name} |
        {person} has a {animal} | we used to have a {animal} |
        there is a {animal} in the garden | there's a {animal} on my balcony again |
        I can see {place} from my window | I can hear a {animal} outside |
        my {object} is on the table | I put my {object} next to the door |
        I keep my {object} in the cupboard | I left my {object} at {place} |
        {person} borrowed my {object} {past} | I bought a new {object} {past} |
        {person} bought a {object} {past} | the {object} on the shelf belongs to {person} |
        it's raining here in {city} | it's quite windy today |
        it's cloudy over here this morning | it snowed a little {past} |
        it's getting dark outside | it's foggy at {place} today |
        I checked the weather already | I looked at the forecast {past} |
        I already know what time it is | I know what the capital of {country} is |
        I know {question} | I already know {question} | I know exactly {question} |
        I know by now {question} | {person} knows {question} | {person} asked me {question} |
        she asked me {question} | he asked me {question} | somebody asked me {question} {past} |
        {person} told me {question} | {person} explained to me {question} |
        {person} showed me {question} | my teacher explained {question} {past} |
        we learned at school {question} | I learned {question} {past} |
        I've just read {question} | I read in the paper {question} |
        I looked up {question} {past} | I found out {question} {past} | I remember {question} |
        I remembered {question} on my own | I forgot {question}, but it doesn't matter |
        I don't care {question} | I don't need to know {question} |
        it doesn't matter to me {question} | {person} always tells people {question} |
        {person} wrote down {question} | I finally understand {question} |
        I understand now {question} | it's clear to me {question} |
        I've figured out {question} | I can imagine {question} |
        {person} wanted to know {question}, so I told her | {name} never remembers {question} |
        {name} and I talked about {question} | I was reading about {topic} {past} |
        I read a book about {topic} | {person} gave a talk about {topic} |
        {person} told me about {topic} | we talked about {topic} at dinner |
        I watched a film about {topic} {past} | I've already looked up {topic} |
        I already checked {topic} {past} | I already know about {topic} |
        {person} asked me about {topic} {past} | {person} knows everything about {topic} |
        my homework was about {topic} | they talked about {topic} on the radio |
        there was an article about {topic} in the paper | I wrote an essay on {topic} |
        I set a timer myself {past} | I did the sum in my head | I counted them myself |
        I converted it myself already | my timer just went off | my alarm rang at {number} |
        the meeting was at {number} | dinner was at {number} {past} |
        my train left at {number} | the shop at the corner opens at {number} |
        I got up at {number} this morning | I went to bed at {number} last night |
        I've lived here for {number} years | I've been married for {number} years |
        I've known {name} for {number} years | {person} is {number} years older than I am |
        our house is {number} years old | it takes me {number} minutes to walk to {place} |
        I walked for {number} minutes {past} | the bus takes {number} minutes |
        I went {activity_go} {past} | {person} goes {activity_go} on {day} |
        I grew up near {place} | I parked next to {place} | {place} is just around the corner |
        {place} is closed on {day} | I walked past {place} {past} | I took the bus to {place} |
        {name} is a friend of mine from school | {name} sits next to me at work |
        {name} is my neighbour | {name} and I work together |
        I talked to {name} on the phone {past} | I saw {name} at {place} {past} |
        I sent {name} a letter {past} | {name} said that {person} is in {city} |
        {name} says hello to everybody | {person} sends regards to you |
        I wear my {object} on {day} | I drink my coffee without sugar |
        I take my tea with milk | I don't eat {food} | I never eat {food} on a {day} |
        I don't watch much television | I read the newspaper every morning |
        I'm reading a book about {city} | I'm sitting in the kitchen right now |
        I'm on the bus to {place} | I'm on the train to {city} | I'm waiting for {person} |
        I'm on my way to {place} | I'm at {place} with {person} |
        I'm just looking out of the window | I'm in the middle of {activity} |
        I'm cooking {food} at the moment | I'm cleaning my {object} |
        I'm looking at a picture of {city} | I studied {subject} in {city} |
        {person} studies {subject} in {city} | {person} teaches {subject} to children |
        my first lesson was {subject} | in my opinion {thing} should be cheaper |
        I prefer {thing} to {thing} | some people like {thing} and some don't |
        I think {city} is bigger than people say | {person} thinks that {thing} matters a lot |
        I have no opinion on {thing} | as a child I often played at {place} |
        when I was {number} we moved to {city} | I remember {activity} with {person} |
        back then we had no {machine} | we used to go to {place} every {day} |
        my grandfather was {job} | my grandmother came from {city} | I play {sport} on {day} |
        {person} plays {sport} now and then | I used to play {sport} at school |
        we watched {sport} {past} | the game ended {number} to one |
        I take my medicine at {number} | I had a checkup {past} | I weigh myself every {day} |
        I'm wearing my old {object} today | the {machine} is in the basement |
        the {machine} is switched off | {person} repaired the {machine} {past} |
        I turned the {machine} on {past} | I've got a {machine} at home | the mail came {past} |
        I went to {country} once | I've been to {country} {number} times |
        {person} is from {country} | {person} moved to {country} {past} |
        I have a map of {country} on my wall | I have a stamp from {country} |
        people in {country} eat a lot of {food} |
        somewhere I read that {country} makes a lot of {food} | my bag weighs {number} kilos |
        I've got {number} euros left | the ticket to {city} cost {number} euros |
        I paid {number} dollars for the {object} | my shirt is blue and my shoes are black |
        the walls of my room are white | my desk faces the window |
        the lift in our house is slow | we have a new neighbour upstairs |
        the neighbours have a {animal} | {person} has brown hair |
        I have the same {object} as {name} | what I like about {city} doesn't interest anyone |
        what happened at {place} is long forgotten | where I come from, people eat {food} |
        when it rains I stay at home | how I do it is my business |
        who said it first is not important | why {name} left is no secret |
        what {person} said was clear enough | {person} and I argued about {question} |
        the question was {question}, and I knew the answer | the answer was on the last page |
        the quiz was about {topic} | there was a question about {topic} in the quiz |
        I guessed {question} and I was right | I'm not asking {question}, I know it already |
        I could tell you {question} | I once knew {question} |
        {person} could tell you {question} | it says here {question} |
        the sign says {question} | the label says how much it weighs |
        the map shows {question} | it was in the news {question} |
        I heard on the radio {question} | I saw a programme about {topic} {past} |
        {name} wrote her thesis on {topic} | {name} gave me a book about {topic} |
        my phone told me {question} | I have a calculator on my desk |
        I have a dictionary in my bag | I own a book on {topic} | my calendar is full {future} |
        my alarm is already set for {number} | I have the timetable in my pocket |
        I've translated the letter myself | I worked out {question} on paper |
        I did my homework on {topic} {past} | the weather was the same all week |
        it was {number} degrees {past} | it's about {number} degrees outside |
        it's {number} o'clock here, so I just had my tea |
        it's {day} today, so {place} is closed | today is {day} and tomorrow I work |
        I have my exam about {topic} behind me | all my friends know {question} |
        every child knows {question} | I've always known {question} |
        I knew {question} before you were built | {person} taught me {question} |
        I was told {question} | someone told me {question} {past} |
        they wrote in the letter {question} | that's what {person} told me about {topic} |
        {person} found out {question} | {person} discovered {question} {past} |
        {person} never told me {question} | {person} won't tell anyone {question} |
        {person} refused to say {question} | {person} keeps forgetting {question} |
        {person} finally told us {question} | {person} and I both know {question} |
        {person} has a theory about {question} | {person} doesn't care {question} |
        {person} was curious {question}, so she looked it up |
        {person} wondered {question}, and I explained it | {person} guessed {question} |
        {person} wrote an essay on {question} | {person} made a film about {question} |
        {person} argued with me about {question} | {person} just explained to me {question} |
        we all know {question} | we both know {question} | we found out {question} {past} |
        we were told {question} {past} | we talked about {question} {past} |
        we discussed {question} at dinner | we laughed about {question} {past} |
        we never learned {question} | we had to write down {question} at school |
        the children asked me {question} | the children know {question} already |
        the teacher told them {question} | the doctor explained {question} |
        the guide at {place} told us {question} | the man at {place} told me {question} |
        the book describes {question} | the film shows {question} | the article said {question} |
        the brochure says {question} | the poster tells you {question} |
        the letter explains {question} | the manual explains {question} |
        there was a programme about {question} on television | there is a book about {question} |
        there was a talk on {question} at {place} | a friend of mine knows {question} |
        a colleague explained {question} {past} | a lady on the bus told me {question} |
        my {relative} told me {question} {past} | my {relative} asked me {question} {past} |
        my {relative} always wants to know {question} | my boss knows {question} |
        my neighbour told everybody {question} | my grandfather taught me {question} |
        I had to explain {question} to {person} | I explained {question} to the children |
        I told {person} {question} {past} | I wrote down {question} in my diary |
        I've read a lot about {question} | I saw a film about {question} {past} |
        I dreamed about {question} last night | I wrote a poem about {question} |
        I never asked {question} | I never cared {question} | I never understood {question} |
        I used to know {question} | I used to wonder {question}, but not any more |
        I stopped wondering {question} | I don't mind {question} |
        I don't worry about {question} | I don't want to know {question} |
        I couldn't care less {question} | I couldn't tell you {question}, and I don't mind |
        I can see from here {question} | I can tell by the sound {question} |
        I just remembered {question} | I just found out {question} | I just noticed {question} |
        I was taught {question} at school | I was asked {question} in the exam |
        I was wrong about {question} | I was right about {question} | I noticed {question} {past} |
        I checked {question} myself {past} | I asked {person} {question} {past} |
        I asked at {place} {question} | I heard {person} say {question} |
        I got an email about {question} | I got a letter saying {question} |
        I have it in writing {question} | I have a note on my desk about {topic} |
        I have {topic} in a book at home | I have seen enough of {topic} |
        I gave a talk on {topic} {past} | I gave {person} a book on {topic} |
        I spent all evening on {topic} | I spent the morning {activity_now} |
        I'm well informed about {topic} | I'm reading up on {topic} |
        I'm not interested in {topic} | I'm tired of hearing about {topic} |
        I'm the one who knows {question} | I'm glad I know {question} |
        nobody cares {question} | nobody asked {question} | nobody needs to know {question} |
        no need to tell me {question} | you don't have to tell me {question} |
        you needn't explain {question} | you told me {question} already |
        you've already told me {question} | you already explained {question} |
        it's no secret {question} | it's well known {question} | it's written here {question} |
        it's on the label {question} | it's obvious {question} | it's all the same {question} |
        it was explained to us {question} | it is a mystery to me {question}, and I like that |
        it says in the guide book {question} | it took me {number} years to learn {question} |
        {question} is no longer important | {question} was on the front page |
        {question}, that I know | {question} I know already | that explains {question} |
        that was about {topic} | that's how I learned {question} | that's exactly {question} |
        now I know {question} | now {person} knows {question} too | at last I know {question} |
        by the age of {number} I knew {question} | one day I'll find out {question} by myself |
        someday I will look up {question} | later I'll read up on {topic} |
        {person} sells {thing} at {place} | {person} collects {object}s |
        {person} paid {number} euros for a {object} | {person} gave me {number} dollars {past} |
        {country} exports a lot of {food} | {country} won the {sport} cup {past} |
        in {country} they eat {food} on {day} | in {city} the bus costs {number} euros |
        the {object} was {number} euros cheaper at {place} | the {machine} made a noise {past} |
        a ticket for the {sport} game was {number} dollars | the {animal} ate my {food} {past} |
        I counted {number} {animal}s in the garden | I saw a {animal} at {place} {past} |
        I had {number} cups of tea {past} |
        I always say what I think | I do what I can at work | I go where {person} goes |
        I like it when it snows | I like how {person} sings | I see where {person} gets it from |
        whoever said that was right | whatever {person} says, I stay here |
        wherever I go, I take my {object} | however long it takes, I'll wait for {person} |
        that's how {person} explained {topic} to me | that's why I know {question}
    """,
    "plan": """
        I'm going to {plan} {future} | I'm planning to {plan} {future} |
        I think I'll {plan} {future} | I'll {plan} {future} | I want to {plan} {future} |
        I've decided to {plan} | {person} and I are going to {plan} {future} |
        we're going to {plan} {future} | we plan to {plan} {future} |
        we want to {plan} {future} | I might {plan} {future} | I intend to {plan} {future} |
        I hope to {plan} {future} | my plan is to {plan} {future} |
        the plan is to {plan} {future} | I'm about to {plan} | {future} I'm going to {plan} |
        {future} I'll {plan} with {person} | {future} we're going to {plan} |
        I'm going to {place} {future} | I'm flying to {city} {future} |
        I'm travelling to {country} {future} | we're driving to {city} {future} |
        I'm taking the train to {city} {future} | I'm going to visit {person} {future} |
        I'm meeting {name} {future} | I'm meeting {person} at {place} {future} |
        I'm having lunch with {name} {future} | I'm going to cook {food} {future} |
        I'll make {food} for {person} {future} | I'm making {food} for dinner tonight |
        I'm going to start {activity} {future} | I want to try {activity} {future} |
        I want to get better at {activity} | I'm going to learn {subject} {future} |
        I'll study {subject} {future} | I'll sign up for a {subject} course {future} |
        I'm going to call {person} {future} | I'll write to {name} {future} |
        I'm going to buy a new {object} {future} | I'll give {person} a {object} for Christmas |
        I'm saving money for a new {object} | I'm saving up for a trip to {country} |
        I'm going to get a {animal} {future} | I'll take the {animal} for a walk {future} |
        I'm going to repair the {machine} myself {future} | I'm going {activity_go} {future} |
        {person} and I are going {activity_go} {future} | I'm going to play {sport} {future} |
        we'll watch the {sport} game {future} |
        I'm going to find out for myself {question} {future} |
        I'll look up {question} myself {future} | I'll ask {person} {question} {future} |
        I'm going to ask {name} {question} {future} | I'll check {topic} myself {future} |
        I'm going to read a book about {topic} {future} |
        I'm going to write about {topic} {future} | I'll tell {person} {question} {future} |
        I plan to move to {city} {future} | I'm thinking of moving to {city} |
        I'm thinking of becoming {job} | I want to be {job} one day |
        I'd like to visit {country} one day | I dream of living in {city} one day |
        from {day} on I'll {plan} | as soon as I'm home I'll {plan} |
        after work I'm going to {plan} | after lunch I'll {plan} |
        before bed I'm going to {plan} | once {person} is here we'll {plan} |
        when {person} comes we'll {plan} | when I retire I'm going to {plan} |
        if it stays dry I'll {plan} {future} | I promised {person} to {plan} {future} |
        I've booked a table for {future} | I've booked a room in {city} for {future} |
        I bought tickets to {city} for {future} | I'm getting up early {future} to {plan} |
        I'll take {future} off to {plan} | I'm inviting {name} for {food} {future} |
        I'm organising a party for {person} {future} |
        I'm going to surprise {person} with a {object} {future} |
        I'll bring {food} to the party {future} | I'm packing my bags for {city} |
        I'm going to eat less {food} | I'll drink more water |
        I've made up my mind to {plan} {future} | my goal is to {plan} {future}
    """,
    "surprising": """
        you won't believe it, but {person} moved to {country} {past} |
        believe it or not, I saw a {animal} at {place} {past} |
        I suddenly saw a {animal} in my kitchen | out of nowhere {name} called me {past} |
        to my surprise {person} became {job} | {person} has suddenly become {job} |
        strangely enough my {object} turned up at {place} |
        a stranger gave me a {object} {past} | a {animal} just walked into {place} |
        there's a {animal} sitting on my sofa, imagine that |
        imagine, I met {name} in {country} | guess what, {person} won the lottery |
        guess what, {name} is moving in with me | guess what, I'm going to be on television |
        {person} secretly bought a {animal} | I just found a {object} in the fridge |
        I found {number} hundred dollars in my old {object} |
        I've just discovered that {name} is my cousin | it turns out that {name} is {job} |
        it turns out {person} can speak {number} languages |
        it turns out that {person} knows {question} | it turned out nobody knew {question} |
        nobody at {place} knew {question}, can you imagine |
        would you believe it, {person} eats {food} with {food} |
        can you believe it, {name} asked me {question} |
        I can't believe that {person} still remembers {question} |
        I was amazed that {name} knew {question} |
        who would have thought, {person} loves {thing} |
        I never expected it, but {person} likes {activity} |
        unbelievable, my {animal} can open the {machine} |
        incredibly, my {animal} walked home from {city} |
        my {animal} has learned to open doors, believe it or not |
        {person} suddenly started {activity} at midnight |
        {person} turned up at {place} dressed as a {animal} |
        I was shocked to see {name} at {place} | I once met a king in {city} |
        I once saw a ghost at {place} | I think I saw a ghost {past} |
        a famous actor sat next to me at {place} {past} |
        I was on television {past}, believe it or not |
        somebody painted {place} pink overnight | it snowed in July in {city}, imagine that |
        it was so strange, the {machine} started by itself |
        oddly enough the {machine} started talking to me |
        the strangest thing happened at {place} {past} |
        something really weird happened {past} | something odd happened in {city} {past} |
        I had the strangest dream about a {animal} |
        I dreamt that I was {job} in {country}, so strange | my {relative} has a secret twin |
        I have a twin, you know, nobody believes it |
        {person} has {number} {animal}s in the flat, can you imagine |
        I swear, a {animal} was riding a bicycle |
        all of a sudden {name} began to sing at {place} |
        I got a letter that was {number} years late, imagine that |
        they found a treasure under {place} |
        they say there's a treasure under {place}, can you believe it |
        I've never eaten {food} in my life, believe it or not |
        would you believe that {person} has never been to {place} |
        I accidentally became the owner of {number} {animal}s |
        surprisingly {person} beat me at {sport} | surprisingly {name} knew {question} |
        to everyone's surprise {name} married {person} |
        by pure chance I met {person} in {city} | out of the blue {name} asked me to marry him |
        you'd never guess, but I used to be {job} |
        believe it or not, {person} once lived in {country} |
        I was struck by lightning once, believe it or not
    """,
}


RELATIVES = words("""
    mother father sister brother aunt uncle cousin grandmother grandfather husband wife daughter
    son niece nephew mother-in-law father-in-law stepbrother stepsister godmother godfather mum
    dad grandma grandpa granddaughter grandson fiancé fiancée
""")
_ACQUAINTANCES = words("""
    neighbour boss colleague teacher friend roommate flatmate coach doctor dentist landlord
    landlady hairdresser gardener girlfriend boyfriend partner babysitter lawyer accountant
    mechanic trainer pupil student assistant plumber baker butcher tailor nurse
""")
PERSONS = (
    tuple(f"my {who}" for who in RELATIVES + _ACQUAINTANCES)
    + tuple(f"my {age} {who}" for age in ("older", "younger") for who in ("sister", "brother"))
    + NAMES[:60]
)
CITIES = words("""
    Paris London Rome Madrid Berlin Vienna Prague Lisbon Dublin Oslo Stockholm Helsinki Warsaw
    Athens Budapest Zurich Geneva Milan Venice Naples Florence Barcelona Seville Porto Lyon Nice
    Brussels Amsterdam Rotterdam Hamburg Munich Cologne Krakow Riga Vilnius Tallinn Sofia
    Bucharest Belgrade Zagreb Istanbul Ankara Cairo Tunis Casablanca Lagos Nairobi Accra Dakar
    Durban Mumbai Delhi Chennai Karachi Dhaka Bangkok Hanoi Manila Jakarta Singapore Seoul Tokyo
    Osaka Kyoto Beijing Shanghai Sydney Melbourne Perth Auckland Toronto Montreal Vancouver Boston
    Chicago Denver Dallas Houston Seattle Portland Miami Atlanta Lima Quito Bogota Santiago Havana
    Edinburgh Glasgow Bristol Leeds Cardiff Belfast Cork Bergen Malmo Aarhus
""")
COUNTRIES = words("""
    Peru Chile Brazil Argentina Bolivia Ecuador Colombia Mexico Canada Cuba Jamaica Panama Spain
    Portugal France Italy Germany Austria Switzerland Belgium Denmark Norway Sweden Finland
    Iceland Ireland Scotland Wales England Poland Hungary Romania Bulgaria Greece Turkey Croatia
    Serbia Slovenia Slovakia Estonia Latvia Lithuania Ukraine Georgia Armenia Egypt Morocco
    Tunisia Algeria Ghana Nigeria Kenya Uganda Tanzania Rwanda Ethiopia Senegal Mali Namibia
    Botswana Zambia Madagascar India Nepal Pakistan Bangladesh Thailand Vietnam Laos Cambodia
    Malaysia Indonesia Japan China Korea Mongolia Australia Fiji Samoa Israel Jordan Lebanon Iran
    Iraq Oman Qatar Yemen Cyprus Malta
""")
PLACES = tuple(
    f"the {place}"
    for place in phrases(
        """
        park | library | station | airport | beach | lake | market | supermarket | bakery | bank |
        post office | museum | zoo | theatre | cinema | stadium | swimming pool | gym | school |
        university | church | town hall | hospital | pharmacy | dentist | hairdresser | garage |
        harbour | castle | bridge | forest | river | old mill | farm | campsite | playground |
        garden centre | flower shop | bookshop | toy shop | shoe shop | butcher | fish market |
        café | restaurant | pub | hotel | office | factory | workshop | embassy | courthouse |
        police station | fire station | bus stop | car park | petrol station | train museum |
        art gallery | concert hall | opera | circus | fair | ice rink | tennis club |
        golf course | football pitch | riding school | dance school | music school |
        kindergarten | community centre | cemetery | lighthouse | tower | fountain | main square |
        shopping centre | laundry | recycling centre | botanical garden | aquarium | planetarium |
        observatory
    """
    )
)
OBJECTS = words("""
    umbrella wallet watch bicycle guitar laptop camera phone jacket coat hat scarf ring necklace
    bracelet backpack suitcase handbag purse passport notebook diary pen pencil lamp clock mirror
    vase carpet pillow blanket chair table sofa desk bookshelf kettle teapot toaster pan knife
    spoon plate bowl cup glass bottle basket ladder hammer drill saw rope tent torch compass map
    helmet skateboard scooter kite ball racket piano violin flute drum trumpet radio headset
    keyboard monitor tablet charger lighter candle painting postcard stamp coin doll puzzle belt
    sweater shirt dress skirt raincoat sunhat
""")
ANIMALS = words("""
    dog cat rabbit hamster parrot canary goldfish turtle tortoise pony horse donkey goat sheep pig
    cow duck hen rooster peacock pigeon crow magpie robin sparrow owl falcon swan heron stork
    seagull pelican fox badger hedgehog squirrel mole deer hare beaver otter raccoon skunk bear
    wolf lynx monkey gorilla camel llama zebra giraffe lion tiger panther leopard kangaroo koala
    panda penguin seal walrus dolphin frog toad newt lizard gecko chameleon snake spider beetle
    ladybird butterfly moth snail crab lobster terrier poodle beagle kitten puppy piglet ferret
    chinchilla budgie
""")
JOBS = phrases(
    """
    a teacher | a nurse | a doctor | a baker | a carpenter | a plumber | an electrician |
    a painter | a gardener | a farmer | a driver | a pilot | a sailor | a cook | a waiter |
    a waitress | a barber | a tailor | a lawyer | a judge | an accountant | a programmer |
    a designer | an architect | an engineer | a mechanic | a firefighter | a postman |
    a librarian | a journalist | a writer | a translator | a photographer | a musician |
    an actor | a dancer | a singer | a clown | a magician | a florist | a jeweller | a butcher |
    a fisherman | a hunter | a forester | a vet | a dentist | a surgeon | a midwife |
    a pharmacist | a chemist | a biologist | a physicist | an astronomer | a historian |
    a professor | a coach | a referee | a lifeguard | a tour guide | a receptionist |
    a secretary | a manager | a cashier | a salesman | a banker | a broker | a cleaner |
    a porter | a welder | a roofer | a mason | a miner | a tram driver | a train driver |
    a taxi driver | a detective | a soldier | a priest | an interpreter | a potter | a beekeeper |
    a shepherd | a winemaker | a brewer
"""
)
ACTIVITIES = phrases(
    """
    painting the fence | cooking | baking bread | gardening | knitting a scarf | reading |
    singing in the choir | dancing | swimming | running | cycling | climbing | hiking | skating |
    skiing | sailing | rowing | fishing | playing chess | playing cards | playing the piano |
    playing the guitar | learning Spanish | learning French | writing poems | writing letters |
    drawing portraits | taking photographs | watching birds | collecting stamps |
    restoring furniture | repairing bicycles | building model ships | building a shed |
    cleaning the house | washing the car | mowing the lawn | raking leaves | picking apples |
    picking berries | making jam | making cheese | brewing beer | roasting coffee |
    sewing curtains | ironing shirts | folding laundry | packing boxes | unpacking boxes |
    moving furniture | painting the kitchen | decorating the tree | planting tomatoes |
    watering the flowers | feeding the ducks | walking the dog | brushing the cat |
    riding horses | shopping | travelling | camping | surfing | diving | juggling | doing yoga |
    meditating | boxing | bowling | playing darts | playing the violin | composing music |
    recording songs | editing videos | programming | solving puzzles | doing crosswords |
    studying | rehearsing the play | acting | volunteering | babysitting | sorting photos |
    digging a pond | chopping wood | stacking firewood | shovelling snow | flying kites
"""
)
ACTIVITIES_GO = phrases(
    """
    swimming | running | hiking | cycling | shopping | dancing | fishing | sailing | rowing |
    skiing | skating | climbing | camping | bowling | riding | surfing | jogging | sledging |
    kayaking | diving
"""
)
PLANS = phrases(
    """
    paint the kitchen | clean the house | wash the car | mow the lawn | bake a cake |
    cook a big dinner | plant some trees | visit my parents | see the dentist | go to the gym |
    go for a long walk | ride my bike to work | read a good book | finish my essay |
    write some letters | repair the fence | fix the roof | tidy the garage | sort my photos |
    call my grandmother | invite some friends | have a barbecue | have a picnic | watch a film |
    listen to some music | practise the piano | learn to swim | learn to drive | learn to cook |
    study for my exam | prepare my talk | buy new shoes | buy some flowers | go to the market |
    go to the beach | go to the mountains | sleep late | rest a little | take a hot bath |
    take a nap | do the laundry | iron my shirts | water the plants | feed the cats |
    walk the dog | pick some apples | make jam | knit a sweater | sew a dress | build a shed |
    build a treehouse | move the sofa | rearrange the furniture | hang some pictures |
    renovate the bathroom | sell my old car | rent a boat | rent a cottage | go on a diet |
    quit smoking | get a haircut | join a choir | join a tennis club | run a marathon |
    climb a mountain | travel around the world | start a business | look for a new flat |
    change my job | apply for a new job | take a cooking class | take dancing lessons |
    donate my old clothes | help my neighbour | volunteer at the shelter | write a novel |
    start a blog | keep a diary | get more sleep | eat more vegetables | save some money |
    pay my bills | decorate the house | wrap the presents | throw a party |
    celebrate my birthday | go stargazing | stay at home
"""
)
PAST = phrases(
    """
    yesterday | last night | this morning | last week | last month | last year | on {day} |
    last {day} | two days ago | a week ago | a month ago | earlier today | yesterday evening |
    yesterday morning | the day before yesterday | last summer | last winter | last spring |
    at the weekend | last weekend | an hour ago | a while ago | recently | the other day |
    this afternoon | some years ago | at lunchtime | late last night | a few days ago |
    three weeks ago
"""
)
FUTURE = phrases(
    """
    tomorrow | tonight | next week | next month | next year | on {day} | next {day} |
    this evening | tomorrow morning | tomorrow evening | this weekend | next weekend |
    in the summer | in the autumn | in the spring | in two weeks | in a few days | in an hour |
    later today | the day after tomorrow | soon | this afternoon | at the weekend | at Christmas |
    at Easter | before the weekend | by {day} | first thing tomorrow | next winter |
    after the holidays
"""
)
DAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
NUMBERS = words("two three four five six seven eight nine ten eleven twelve")
BODY = words("""
    back knee shoulder neck foot hand arm leg hip elbow ankle wrist stomach head ear throat thumb
    finger toe heel jaw chest
""")
MACHINES = phrases(
    """
    engine | washing machine | dishwasher | fridge | freezer | oven | microwave | radio |
    television | computer | printer | telephone | vacuum cleaner | lawnmower | heater | boiler |
    pump | generator | motor | clock | lift | camera | projector | scanner | router | tractor |
    sewing machine | coffee machine | toaster | blender | mixer | fan | air conditioner | alarm |
    doorbell | robot | telescope | microscope | gearbox | steam engine | typewriter | turntable |
    dryer | chainsaw | elevator | loudspeaker | thermostat | photocopier | music box | lathe |
    loom | crane
"""
)
SUBJECTS = words("""
    mathematics history geography physics chemistry biology music art Spanish French Italian Latin
    Greek Russian Japanese Chinese Arabic economics law medicine philosophy psychology sociology
    architecture astronomy geology literature drama pottery photography engineering statistics
    accounting logic botany theology linguistics archaeology nursing design
""")
SPORTS = phrases(
    """
    football | tennis | basketball | volleyball | handball | hockey | cricket | rugby | baseball |
    badminton | squash | golf | chess | table tennis | water polo | darts | snooker | softball |
    lacrosse | ice hockey | billiards | beach volleyball | curling | dodgeball | mini golf |
    draughts | bowling | padel | soccer | netball
"""
)
DISHES = phrases(
    """
    soup | pizza | cake | bread | pasta | rice | salad | pie | curry | stew | fish | chicken |
    risotto | lasagne | pudding | omelette | porridge | steak | roast | sauce | bread pudding |
    apple pie | cheesecake | fish soup | tomato soup | lamb | duck | paella | quiche | goulash |
    chilli | casserole | ratatouille | moussaka | tiramisu | ice cream | chocolate cake |
    carrot cake | banana bread | garlic bread | potato salad | fruit salad | rice pudding |
    trout | salmon | turkey | gravy | jam | marmalade | custard | gazpacho | minestrone |
    strudel | fondue | ramen
"""
)
TOPICS = phrases(
    """
    the capital of {country} | the history of {country} | the weather in {city} |
    the exchange rate | the train times | the population of {country} | the opening hours |
    the height of the tower | the price of gold | the solar system | black holes |
    the moon landing | the Roman empire | the French revolution | the human heart |
    the speed of light | dinosaurs | volcanoes | earthquakes | the stock market | the election |
    the forecast for {city} | the news | the time difference with {city} |
    the distance to {city} | the bus timetable | the recipe for {food} | the rules of {sport} |
    the life of the {animal} | the {animal} | climate change | electricity | the steam engine |
    the pyramids | the Vikings | the meaning of dreams | the planets |
    the boiling point of water | square roots | the flight times to {city} |
    the president of {country} | the currency of {country} | the language of {country} |
    the mountains of {country} | the rivers of {country} | the football results |
    the winner of the {sport} cup | the inventor of the {machine} | how {machine}s are built |
    the calorie content of {food} | vitamins | photosynthesis | the internet |
    artificial intelligence | quantum physics | the exam dates | the tax rules |
    the traffic in {city} | the tides | the phases of the moon
"""
)
QUESTIONS = phrases(
    """
    what the capital of {country} is | how the {machine} works | where the station is |
    where {place} is | what time it is | what the weather is like |
    what the weather was like in {city} | how far it is to {city} | how far {city} is from here |
    how old {person} is | who wrote that book | who invented the {machine} |
    who the president of {country} is | how many people live in {city} |
    how many people live in {country} | when the train to {city} leaves | when {place} opens |
    when {place} closes | how much the {object} costs | how much a ticket to {city} costs |
    why the sky is blue | why it rains so much in {city} | why leaves turn red |
    how high the tower is | how deep the lake is | how long the river is | what that word means |
    what {subject} is good for | what the {animal} eats | how long a {animal} lives |
    how fast a {animal} can run | where the {animal} sleeps | who won the {sport} game |
    who won the match | what the score was | how the {sport} rules work | how to make {food} |
    how to cook {food} | how to repair the {machine} | how to use the {machine} |
    how to get to {place} | which bus goes to {place} | which way to {city} is shorter |
    what money they use in {country} | what language they speak in {country} | what is in {food} |
    how many calories {food} has | whether it will rain {future} |
    whether {place} is open on {day} | whether {person} likes {food} | if {person} is at home |
    if {place} is far away | when the war ended | when {country} became independent |
    how the story ends | what seven times eight is | how many miles that is |
    how many grams that is | what half of it is | what day it is | what date it is today |
    what time it is in {city} | how warm it is in {city} | how cold it gets in {country} |
    who painted that picture | what {person} does for a living | where {person} lives |
    where {name} went | what {name} said | why {name} was late | when {name} is coming |
    how {name} did it | who {name} is | which {object} is mine | whose {object} this is |
    how the heart works | how planes fly | how bread is made | what causes thunder |
    what stars are made of
"""
)
SLOTS: dict[str, tuple[str, ...]] = {
    "person": PERSONS,
    "relative": RELATIVES,
    "name": NAMES,
    "city": CITIES,
    "country": COUNTRIES,
    "place": PLACES,
    "place_own": ("the house", "the farm", "our flat", "the boat", "our cottage", "the shop"),
    "object": OBJECTS,
    "animal": ANIMALS,
    "job": JOBS,
    "activity": ACTIVITIES,
    "activity_now": ACTIVITIES,
    "activity_go": ACTIVITIES_GO,
    "plan": PLANS,
    "past": PAST,
    "future": FUTURE,
    "day": DAYS,
    "number": NUMBERS,
    "body": BODY,
    "machine": MACHINES,
    "subject": SUBJECTS,
    "sport": SPORTS,
    "food": FOODS,
    "dish": DISHES,
    "thing": tuple(thing for thing in THINGS if " or " not in thing),
    "topic": TOPICS,
    "question": QUESTIONS,
}

TEMPLATES: dict[Sentiment, tuple[str, ...]] = {
    sentiment: (*phrases(text), *natural("statements")[sentiment])
    for sentiment, text in _TEMPLATES_TEXT.items()
}
"""The templates of each sentiment: with slots, and sentences as they are said."""

_SENTIMENTS: tuple[Sentiment, ...] = ("good", "bad", "neutral", "plan", "surprising")
_WEIGHTS = (2.0, 2.0, 4.0, 2.0, 1.0)
MAX_WORDS = 22


def sample(rng: random.Random, split: Split) -> Utterance:
    """Draw one statement of at most 22 words with the reply that its sentiment asks for."""
    sentiment = rng.choices(_SENTIMENTS, _WEIGHTS)[0]
    template = choose_crossed(rng, TEMPLATES[sentiment], split)
    if rng.random() < SHARED_CLAUSE_SHARE:
        template = template.replace("{question}", questions.clause(rng, split))
    text = fill(template, SLOTS, rng, split)
    while "{" in text:  # a word list may hold slots of its own
        text = fill(text, SLOTS, rng, split)
    if rng.random() < OPENER_SHARE:
        longer = _opened(trimming(rng, _OPENINGS, split), text, rng)
        text = longer if len(longer.split()) <= MAX_WORDS else text
    if rng.random() < TAIL_SHARE:
        longer = f"{text}, {trimming(rng, TAILS, split)}"
        text = longer if len(longer.split()) <= MAX_WORDS else text
    return Utterance(
        text=written(text),
        template=f"{sentiment}: {template}",
        kind="statement",
        control="none",
        reply=REPLIES[sentiment],
    )


def _opened(opener: str, text: str, rng: random.Random) -> str:
    unmarked = opener.endswith((" but", " is")) or opener in ("and", "also") or rng.random() < 0.3
    return f"{opener}{' ' if unmarked else ', '}{text}"
