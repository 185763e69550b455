"""Requests that need a tool: sums, units, time, weather, timers, messages, the home."""

import random
from dataclasses import dataclass

from weft.interaction_model.training.language import memory
from weft.interaction_model.training.language.lexicon import fill, lines
from weft.interaction_model.training.language.natural import asked
from weft.interaction_model.training.language.patterns import chosen
from weft.interaction_model.training.language.questions import OPENERS, dress
from weft.interaction_model.training.language.utterance import (
    Split,
    Utterance,
    choose,
    choose_crossed,
)

CALCULATION_LEAD = "Let me work that out."
OBSERVATION_LEAD = "Let me look."
TIMER_LEAD = "Will do."
ACTION_LEAD = "I will see to it."
SEARCH_LEAD = "I will look it up."
LEADS = (
    CALCULATION_LEAD,
    OBSERVATION_LEAD,
    TIMER_LEAD,
    ACTION_LEAD,
    SEARCH_LEAD,
    memory.RECALL_LEAD,
)

# A template that ends in "?" or "." is a whole sentence. One without a mark is an imperative, and
# stands alone or inside one of the ASKS.

_ARITHMETIC = lines("""
    what is {number} times {number2}?
    what's {number} times {number2}?
    what is {words} plus {words2}?
    what's {digits} plus {digits2}?
    what is {number} minus {number2}?
    what is {number} divided by {number2}?
    what is {words} multiplied by {words2}?
    what's {digits} percent of {digits2}?
    what is {few} percent of {number}?
    what is a third of {number}?
    what is half of {number}?
    what is a quarter of {number}?
    what is the square root of {number}?
    what is {number} squared?
    what is {few} cubed?
    what is {number} to the power of {few}?
    what is the sum of {number} and {number2}?
    what is the product of {number} and {number2}?
    what is the average of {number}, {number2} and {number3}?
    what is the remainder of {number} divided by {few}?
    what do {number} and {number2} add up to?
    what do I get if I add {number} to {number2}?
    what do {few} tickets cost at {digits} euros each?
    what is {digits} plus {few} percent tax?
    what is {number} minus a discount of {few} percent?
    what is the tip on {digits} dollars at {few} percent?
    what is the area of a room {few} by {few2} metres?
    what is the circumference of a circle with radius {digits}?
    how much is {number} times {number2}?
    how much is {number} plus {number2} minus {number3}?
    how much is {digits} less {few} percent?
    how much is {number} divided by {few}?
    how much change do I get from {digits} euros for {digits2}?
    how much is that per person, {digits} split by {few}?
    how much interest is {few} percent on {digits}?
    how many times does {few} go into {number}?
    how many {objects} can I buy for {number} at {few} each?
    how many days are there between {date} and {date2}?
    how many weeks until {date}?
    how many days until {date}?
    how old is somebody born in {year}?
    is {number} a prime number?
    is {number} divisible by {few}?
    is {number} more than {number2}?
    does {number} times {number2} make {number3}?
    which is bigger, {few} times {number} or {number2}?
    {digits} times {digits2}?
    {number} minus {number2}?
    {few} percent of {number}, please.
    {number} plus {number2}, please.
    {number} divided by {few}, quickly.
    square root of {number}?
    sum of {number}, {number2} and {number3}?
    half of {digits}?
    what does {number} plus {number2} come to?
    what does {few} times {number} make?
    what do I get for {number} minus {number2}?
    what do {few} {objects} at {digits} come to?
    what will {digits} less {few} percent come to?
    what number times {few} gives {number}?
    how much do {number} and {number2} come to?
    how much would {few} {objects} be at {digits} each?
    how much does it make if I add {number} to {number2}?
    how far apart are {number} and {number2}?
    how many times {few} is {number}?
    how many is {number} take away {number2}?
    I owe {digits} and pay {digits2}, what is left?
    I get {few} percent of {number}, how much is that?
    I have {number} and need {number2}, how many are missing?
    we are {few} people and the bill is {digits}, what does each pay?
    {words} plus {words2} is what?
    {digits} divided by {digits2} equals what?
    if I have {number} {food} and eat {few}, how many are left?
    if {few} {objects} cost {number}, what does one cost?
    if I drive {number} kilometres at {digits} an hour, how long does it take?
    multiply {number} by {number2}
    add {number} and {number2}
    add up {number}, {number2} and {number3}
    subtract {number} from {number2}
    take {number} away from {number2}
    divide {number} by {few}
    calculate {number} times {number2}
    calculate {few} percent of {number}
    compute {digits} plus {digits2}
    work out {number} minus {number2}
    work out what {number} times {few} makes
    figure out {few} percent of {number}
    split {digits} euros between {few} people
    split the bill of {digits} by {few}
    double {number} and add {few}
    round {digits} to the nearest ten
    round {digits} to one decimal place
    solve {few} x equals {number}
    do the sum {number} plus {number2}
    take the square root of {number}
    tell me the sum of {number} and {number2}
    tell me how much {number} times {number2} is
    tell me what {number} plus {number2} is
    """)

_DIMENSIONS = ("length", "mass", "volume", "duration", "area", "energy", "speed", "data")

_UNITS = (
    *(f"how many {{{d}}} are in {{number}} {{{d}2}}?" for d in _DIMENSIONS),
    *(f"how many {{{d}}} is {{few}} {{{d}2}}?" for d in _DIMENSIONS),
    *(f"what is {{number}} {{{d}}} in {{{d}2}}?" for d in _DIMENSIONS),
    *(f"how much is {{digits}} {{{d}}} in {{{d}2}}?" for d in _DIMENSIONS[:5]),
    *(f"convert {{number}} {{{d}}} to {{{d}2}}" for d in _DIMENSIONS),
    *(f"turn {{digits}} {{{d}}} into {{{d}2}}" for d in _DIMENSIONS[:4]),
    *lines("""
    what is {number} {temperature} in {temperature2}?
    what's {digits} degrees in Fahrenheit?
    what is {few} degrees in Celsius?
    how warm is {number} {temperature} in {temperature2}?
    convert {number} {temperature} to {temperature2}
    how much is {number} {currency} in {currency2}?
    how many {currency} do I get for {digits} {currency2}?
    what are {digits} {currency} worth in {currency2}?
    change {digits} {currency} into {currency2}
    convert {number} {currency} into {currency2}
    how tall is {few} feet in centimetres?
    how many {mass} does a cup of {food} weigh?
    how heavy is {number} {mass} in {mass2}?
    how far is {number} {length} in {length2}?
    how long is {number} {duration} in {duration2}?
    is {number} {length} more than {number2} {length2}?
    is {few} {mass} less than {number} {mass2}?
    how many cups make {few} litres?
    how many {volume} go into a {volume2} bottle?
    express {number} {length} in {length2}
    give me {number} {mass} in {mass2}
    """),
)

_OBSERVATION = lines("""
    what time is it?
    what time is it now?
    what time is it in {city}?
    what's the time in {city} right now?
    what's the time?
    what is the local time in {country}?
    what time will it be in {city} at {time} here?
    what time is it in {city} when it is {time} in {city2}?
    what day is it today?
    what date is it?
    what's today's date?
    what weekday is {date}?
    what day of the week was {date} {year}?
    what is the date {day}?
    what is the time difference between {city} and {city2}?
    do you have the time?
    have you got the time?
    how late is it in {city}?
    how many hours is {city} ahead of {city2}?
    is it already {time}?
    is it morning in {city}?
    is it night in {country} now?
    is {city} ahead of {city2} or behind?
    if it's {time} here, what time is it in {city}?
    when is {time} {city} time for me?
    tell me the time
    tell me the time in {city}
    tell me what time it is in {country}
    check the time in {city}
    what's the weather like?
    what's the weather like in {city}?
    what is the weather in {city} {day}?
    what will the weather be {day}?
    what's the forecast for {city}?
    what's the forecast for {day}?
    what is the temperature outside?
    what's the temperature in {city} now?
    what's the wind like in {city}?
    what is the humidity in {city}?
    what is the pollen count {day}?
    what is the air quality in {city}?
    what should I wear in {city} {day}?
    how is the weather in {city}?
    how's the weather in {country} in {month}?
    how cold will it get {day}?
    how hot is it in {city}?
    how warm will it be {day} in {city}?
    how much snow is there in {city}?
    how windy is it at the coast {day}?
    is it raining in {city}?
    is it going to rain {day}?
    is it snowing in {country}?
    is it cold in {city}?
    is it sunny in {city} {day}?
    is there a storm coming to {city}?
    is there fog on the {river}?
    will it rain {day}?
    will it snow in {city} {day}?
    will it be warm enough to swim {day}?
    will there be frost {day}?
    will the sun shine {day}?
    do I need an umbrella {day}?
    do I need a jacket in {city}?
    does it rain a lot in {city}?
    can I hang the laundry outside {day}?
    should I take a coat {day}?
    when will it stop raining?
    when does it get dark in {city}?
    when does the sun rise {day}?
    give me the weather for {city}
    give me the forecast for {day}
    weather in {city}, please.
    weather for {day}, please.
    weather forecast for {city}.
    {city} weather {day}?
    temperature in {city}?
    chance of rain {day}?
    rain {day} or not?
    sunrise time in {city}?
    local time in {city}, please.
    today's date, please.
    and the weather in {city}?
    and the time in {city}?
    I need the forecast for {day}.
    I'd like the weather for {city}.
    what does the weather look like?
    what does it look like outside in {city}?
    what's it like in {city} right now?
    what will it be like in {city} {day}?
    what should I expect from the weather {day}?
    are we getting rain {day}?
    are there clouds over {city}?
    are they expecting snow in {city}?
    has it stopped raining in {city}?
    any rain coming {day}?
    check the weather in {city}
    tell me the weather for {day}
    tell me if it will rain {day}
    see whether it rains in {city} {day}
    """)

_TIMED = lines("""
    every {few} seconds say {saying}.
    every {few} minutes say {saying}.
    every {few} seconds tell me to {saying}.
    every {few} minutes remind me to {chore}.
    every half hour tell me to {chore}.
    every hour remind me to {chore}.
    every day at {time} remind me to {chore}.
    every {weekday} at {time} remind me to {chore}.
    every other minute say {saying}.
    each minute say {saying}.
    each time {few} seconds have passed, say {saying}.
    in {few} minutes remind me to {chore}.
    in {few} seconds tell me to {saying}.
    in {few} seconds say {saying}.
    in {few} minutes say {saying}.
    in half an hour remind me to {chore}.
    in an hour tell me to {chore}.
    in {few} hours wake me up.
    after {few} minutes tell me to {chore}.
    after {few} seconds say {saying}.
    at {time} remind me to {chore}.
    at {time} tell me to {chore}.
    at {time} wake me.
    for the next {few} minutes say {saying} every {few2} seconds.
    until I say stop, say {saying} every {few} seconds.
    {day} at {time} remind me to {chore}.
    when {few} minutes are up, tell me.
    when it is {time}, tell me to {chore}.
    when it's {time}, say {saying}.
    timer for {few} minutes.
    {few} minute timer, please.
    alarm at {time}.
    reminder in {few} minutes, {chore}.
    I need a timer for {few} minutes.
    a timer for {few} minutes, please.
    a {few} minute timer for the {food}.
    {few} second timer.
    {few} minute countdown, please.
    {few} minute nap, then wake me.
    {few} seconds on the timer, please.
    {few} minutes on the clock.
    kitchen timer, {few} minutes.
    countdown from {few}, please.
    stopwatch, please.
    wake-up call at {time}, please.
    alarm for {time} {day}.
    {time} alarm, please.
    reminder at {time}, {chore}.
    reminder for {day}, {chore}.
    a reminder to {chore} {day}, please.
    a gentle reminder every {few} minutes to {chore}.
    I want a timer for the {food}.
    I'd like a reminder to {chore}.
    I'd like to be woken at {time}.
    I want to be reminded to {chore} {day}.
    I have to {chore} at {time}, remind me.
    I must {chore} in {few} minutes, tell me when.
    how about a {few} minute timer?
    could I have a {few} minute timer?
    could I get a wake-up call at {time}?
    can I have a reminder to {chore}?
    can I get {few} minutes on the timer?
    I need a reminder to {chore} at {time}.
    don't let me forget to {chore} {day}.
    say {saying} every {few} seconds
    say {saying} every {few} minutes
    say {saying} in {few} seconds
    say {saying} after {few} seconds
    say {saying} at {time}
    say {saying} once every minute
    say {saying} and then {saying2} every {few} seconds
    tell me to {saying} every {few} seconds
    tell me to {saying} in {few} seconds
    tell me to {chore} in {few} minutes
    tell me to {chore} at {time}
    tell me when {few} minutes are over
    tell me when it is {time}
    tell me when {few} seconds have passed
    tell me every {few} minutes how long I have been running
    remind me to {chore}
    remind me to {chore} at {time}
    remind me to {chore} {day}
    remind me to {chore} {day} at {time}
    remind me to {chore} in {few} minutes
    remind me to {chore} in half an hour
    remind me to {chore} every {few} minutes
    remind me to {chore} every {weekday}
    remind me in {few} minutes to {chore}
    remind me in an hour to {chore}
    remind me at {time} to {chore}
    remind me {day} to {chore}
    remind me about the {meeting} at {time}
    remind me about the {meeting} {day}
    remind me of the {document} {day}
    set a timer for {few} minutes
    set a timer for {few} seconds
    set a timer for {few} hours
    set a timer of {few} minutes for the {food}
    set a {few} minute timer
    set a second timer for {few} minutes
    set an egg timer
    set an alarm for {time}
    set an alarm for {time} {day}
    set an alarm in {few} minutes
    set a reminder for {day}
    set a reminder to {chore}
    set a reminder at {time} to {chore}
    start a timer for {few} minutes
    start a {few} minute countdown
    start a countdown from {few}
    start the stopwatch
    start counting to {few}
    count down from {few}
    count down from {few} to one
    count to {few}
    count to {few} out loud
    count to {few} slowly
    count the seconds for {few} minutes
    wake me at {time}
    wake me up at {time}
    wake me up in {few} minutes
    wake me {day} at {time}
    ping me in {few} minutes
    ping me at {time} about the {meeting}
    nudge me every {few} minutes to {chore}
    nudge me at {time}
    alert me in {few} minutes
    warn me {few} minutes before the {meeting}
    warn me when {few} minutes are left
    let me know in {few} minutes
    let me know when it's {time}
    let me know every {few} minutes
    give me a sign every {few} seconds
    give me a {few} minute warning
    give me a signal in {few} seconds
    beep every {few} seconds
    ask me in {few} minutes if I want to {chore}
    check on me in {few} minutes
    time me for {few} minutes
    time {few} minutes for the {food}
    wait {few} seconds and then say {saying}
    repeat {saying} every {few} seconds
    guide my breathing with {saying} every {few} seconds
    pause the timer
    pause the countdown
    resume the timer
    restart the timer
    reset the timer to {few} minutes
    add {few} minutes to the timer
    take {few} minutes off the timer
    extend the timer by {few} minutes
    snooze the alarm for {few} minutes
    move the alarm to {time}
    push my reminder back to {time}
    """)

_ACTION = lines("""
    send a message to {first}
    send {first} a message
    send {first} the {document}
    send the {document} to {first}
    send an email to {first}
    send an email to {company} about the {document}
    send {first} a photo of the {object}
    send a reply to {first} saying {message}
    send flowers to {first}
    write {first} that {message}
    write to {first} that {message}
    write a message to {first}
    write an email to {full}
    write a short reply to {first}
    write back to {company}
    text {first} that {message}
    text {first} to {chore}
    tell {first} that {message}
    tell {first} I will be {few} minutes late
    let {first} know that {message}
    answer {first} that {message}
    forward the {document} to {first}
    forward the mail from {first} to {first2}
    reply to {first} that {message}
    read me the last message from {first}
    read out my mail
    delete the message from {first}
    call {first}
    call {full}
    call the {shop}
    call {company}
    call {first} on his mobile
    dial {digits}
    ring {first} back
    phone {first} at work
    hang up the call with {first}
    play some {genre}
    play {genre} in the {room}
    play a song by {full}
    play something by {full}
    play the new album by {full}
    play some quiet {genre}
    play my favourite {genre}
    play {work}
    play {instrument} music
    play the radio
    play the news
    play the next episode
    put on some {genre}
    put some {genre} on in the {room}
    put {food} on my {list} list
    put the {meeting} in my calendar
    put the {meeting} on {day} at {time}
    put the {room} lights on
    pause the music
    stop the music
    skip this song
    skip to the next track
    turn the volume up
    turn the volume down
    turn down the {genre} in the {room}
    turn on the {device}
    turn off the {device}
    turn on the {device} in the {room}
    turn off the {device} in the {room}
    turn the {device} on
    turn the {room} {device} off
    turn up the heating in the {room}
    turn the heating down to {few} degrees
    switch on the {device}
    switch off the {device} in the {room}
    switch the {device} to {colour}
    switch everything off in the {room}
    dim the lights in the {room}
    dim the {device} to {few} percent
    make the {room} warmer
    make the {room} lights {colour}
    make it brighter in the {room}
    make a note that {message}
    make a note to {chore}
    make an appointment with {first} {day}
    make an appointment at the {shop}
    make a reservation for {few} at {time}
    make a list for the {meeting}
    set the {room} to {few} degrees
    set the {device} to {few}
    set the lights to {colour}
    open the {device}
    open the {software}
    open the {document}
    close the blinds in the {room}
    close the {software}
    lock the front door
    lock the {room} door
    unlock the {room}
    start the {device}
    start the {machine}
    start the vacuum in the {room}
    stop the {machine}
    book a {bookable} for {day}
    book a {bookable} in {city}
    book a {bookable} for {few} people
    book a {bookable} to {city} {day}
    book me a {bookable} at {time}
    book the cheapest {bookable} for {day}
    reserve a {bookable} for {time}
    reserve a {bookable} under the name {full}
    reserve {few} seats for {work}
    cancel the {bookable}
    cancel my {meeting} {day}
    cancel the {meeting} with {first}
    cancel my subscription to {company}
    cancel the order from {company}
    move the {meeting} to {day}
    move my {meeting} with {first} to {time}
    move the {meeting} back by {few} minutes
    schedule a {meeting} with {first} for {day}
    schedule a {meeting} at {time}
    schedule {few} minutes with {full}
    arrange a {meeting} with {company}
    plan a {meeting} for {day}
    plan a trip to {city}
    invite {first} to the {meeting}
    invite {first} and {first2} for {day}
    add {food} to my {list} list
    add {food} and {food2} to the {list} list
    add a {object} to the {list} list
    add {first} to the {meeting}
    add a {meeting} to my calendar {day}
    add an entry on {day} at {time}
    remove {food} from the {list} list
    remove {first} from the invitation
    take {food} off the {list} list
    clear my {list} list
    order {food} from {company}
    order {few} kilos of {food}
    order a pizza with {food}
    order a new {object}
    order another {object} in {colour}
    order a taxi for {time}
    get me a taxi to the {shop}
    get me a {bookable} for {day}
    get {few} tickets for {work}
    buy a {object} online
    buy {few} {objects} from {company}
    buy tickets for the {team} game
    buy {food} and {food2}
    pay the invoice from {company}
    pay {first} {digits} euros
    transfer {digits} euros to {full}
    take a note
    take a note, {message}
    take down this number, {digits}
    note down that {message}
    write down that {message}
    save this as a note
    save {digits} as the number of {first}
    jot down {food}, {food2} and {food3}
    print the {document}
    print {few} copies of the {document}
    scan the {document}
    download the {document}
    share the {document} with {first}
    translate the {document} and send it to {first}
    back up the {software}
    update the {software}
    restart the {software}
    take a picture
    record a voice message for {first}
    report the broken {object} to {company}
    return the {object} to {company}
    """)

_SEARCH = lines("""
    look up {full}
    look up {word}
    look up {made_up}
    look up {topic}
    look up {company}
    look up {city} on the map
    look up the number of the {shop}
    look up the address of {company}
    look up a recipe for {food}
    look up trains to {city}
    look up the train times to {city} {day}
    look up flights from {city} to {city2}
    look up how to {task}
    look up when the {shop} opens
    look up who wrote {work}
    look up what {made_up} means
    look {made_up} up
    look {word} up in the dictionary
    look for a {shop} in {city}
    look for a cheap {object}
    look for flights to {city}
    look for a recipe with {food}
    look for news about {company}
    look for the {document}
    look in the {document} for {clause}
    look into {topic} for me
    search for {topic}
    search for {full}
    search for {made_up}
    search for a {quality} {shop} near me
    search for a {job} in {city}
    search for a used {object}
    search for cheap flights to {city}
    search for hotels in {city}
    search for the lyrics of {work}
    search for pictures of {landmark}
    search for {food} recipes
    search the web for {topic}
    search the internet for {company}
    search the web for {full}
    search my mail for the {document}
    search my notes for {made_up}
    search my files for {first}
    search the {document} for {clause}
    search online for a {object}
    do a search for {made_up}
    do a web search on {topic}
    run a search for {full}
    google {made_up}
    google {full}
    google how to {task}
    google the {shop} in {city}
    find a {shop} near {landmark}
    find a {quality} {shop} in {city}
    find a good {job} in {city}
    find a video about {topic}
    find an article on {topic}
    find a picture of a {animal}
    find a recipe with {food} and {food2}
    find a flight to {city} for {day}
    find a hotel in {city} under {digits} euros
    find me a {object} for less than {digits} euros
    find me a {bookable} in {city}
    find me a tutorial on how to {task}
    find me something about {event}
    find me some reviews of {company}
    find out more about {topic}
    find out about {full}
    find out what {made_up} is
    find out when {team} play
    find out where {full} lives
    find out how much {product} costs
    find the {document}
    find the mail from {first}
    find the website of {company}
    find the fastest way to {city}
    find the lyrics of {work}
    check online what {product} costs
    check the web for {made_up}
    check the internet for {topic}
    check Wikipedia for {full}
    check the dictionary for {word}
    check the map for {city}
    check the news about {country}
    check the reviews of the {shop}
    check the prices of {objects}
    check if {company} has {objects}
    check when the {shop} closes
    check flights to {city} {day}
    check the timetable to {city}
    pull up the {document}
    pull up a map of {city}
    pull up everything on {topic}
    bring up the page about {landmark}
    show me pictures of {landmark}
    show me the way to the {shop}
    show me {quality} {objects}
    show me the latest on {company}
    get me some information on {topic}
    get me the address of {company}
    get me the latest news on {country}
    dig up something on {event}
    research {topic} for me
    see what you can find on {topic}
    see if there is a {shop} nearby
    see what the web says about {made_up}
    """)

_STATUS = lines("""
    what's on my calendar {day}?
    what is on my {list} list?
    what appointments do I have {day}?
    what is my next {meeting}?
    what did {first} write?
    when is my {meeting} with {first}?
    when is my next {meeting}?
    where is my {meeting} {day}?
    who is coming to the {meeting}?
    who called while I was out?
    who is at the door?
    do I have any new messages?
    do I have a {meeting} {day}?
    do I have anything at {time}?
    do I have time for a {meeting} {day}?
    am I free {day}?
    am I free at {time} {day}?
    did {first} answer my mail?
    did {first} call?
    is {first} free {day}?
    is the {device} on?
    is the {device} in the {room} off?
    is the {room} window closed?
    is {food} on the {list} list?
    is my {bookable} confirmed?
    has the {object} been delivered?
    has {first} accepted the {meeting}?
    where is my parcel from {company}?
    how warm is it in the {room}?
    how many unread mails do I have?
    how much time is left on the timer?
    how long until the timer ends?
    how many minutes are left on the {food} timer?
    which timers are running?
    when does my alarm go off?
    is the timer still running?
    do I have any alarms set?
    do I have any reminders {day}?
    did I set an alarm for {time}?
    did I set a timer for the {food}?
    did I lock the front door?
    did I leave the {device} on?
    what reminders do I have for {day}?
    what is the next thing on my calendar?
    what song is this?
    what's playing in the {room}?
    what's in my inbox?
    what did I write down about the {document}?
    what did {first} say about {day}?
    when does the {meeting} start?
    when did {first} last write?
    when will my parcel arrive?
    where did I save the {document}?
    where is {first} right now?
    who wrote to me {day}?
    who is invited to the {meeting}?
    how many people are coming {day}?
    how long is the {meeting} {day}?
    how many alarms are set?
    how full is the battery of the {device}?
    is there anything in my calendar {day}?
    is there mail from {company}?
    is there any {food} left in the fridge?
    is anybody in the {room}?
    is the heating on in the {room}?
    is my {meeting} still at {time}?
    are the lights on in the {room}?
    are the {room} windows closed?
    are there any messages from {first}?
    has {first} paid me back?
    has my order from {company} shipped?
    have I got anything planned {day}?
    have I paid the invoice from {company}?
    show me my calendar for {day}
    show me my {list} list
    read me my {list} list
    tell me what is on my calendar {day}
    tell me how much time is left on the timer
    check whether I am free {day}
    check if the {device} is on
    check if {first} has written
    check on my {bookable}
    """)

TAILS: tuple[str, ...] = (
    "please", "please", "thanks", "thank you", "if you can", "if that's possible",
    "when you have a moment", "if you don't mind", "would you", "for me", "thanks a lot",
    "please and thank you", "if it's no trouble", "cheers", "okay", "when you can",
    "if you would", "if you could", "if you will", "if you have a moment", "if you have time",
    "if that's okay", "if that's all right", "if I may ask", "if it isn't too much trouble",
    "be so kind", "could you", "can you", "will you", "right away", "right now", "quickly",
    "as soon as you can", "as soon as possible", "while you're at it", "in a moment", "then",
    "weft", "my friend", "buddy", "this time", "once more", "again", "that would be great",
    "that would help", "that would be nice", "I'd appreciate it", "much appreciated", "go on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Group:
    """Requests of one kind, which all owe the same lead."""

    kind: str
    templates: tuple[str, ...]
    lead: str
    crossed: bool = True
    """Whether a template may take the tail of another and is still a request."""


_GROUPS = (
    _Group("request", _ARITHMETIC, CALCULATION_LEAD),
    _Group("request", _UNITS, CALCULATION_LEAD),
    _Group("request", _OBSERVATION, OBSERVATION_LEAD),
    _Group("timed", _TIMED, TIMER_LEAD),
    _Group("request", _STATUS, OBSERVATION_LEAD),
    _Group("request", _ACTION, ACTION_LEAD),
    _Group("request", _SEARCH, SEARCH_LEAD),
    _Group("request", asked("calculation"), CALCULATION_LEAD),
    _Group("request", asked("observation"), OBSERVATION_LEAD),
    _Group("timed", asked("timed"), TIMER_LEAD),
    _Group("request", asked("action"), ACTION_LEAD),
    _Group("request", asked("search"), SEARCH_LEAD),
    _Group("memory", memory.REMEMBER, ACTION_LEAD),
    _Group("memory", memory.RECALL, memory.RECALL_LEAD),
    _Group("memory", memory.FORGET, ACTION_LEAD),
    # "We've moved, remember that" is a request by its last words alone.
    _Group("memory", asked("remember"), ACTION_LEAD, crossed=False),
    _Group("memory", asked("recall"), memory.RECALL_LEAD, crossed=False),
    _Group("memory", asked("forget"), ACTION_LEAD, crossed=False),
)
_WEIGHTS = (18, 12, 14, 25, 7, 15, 9, 6, 5, 6, 8, 4, 3, 4, 4, 2, 3, 2)

TEMPLATES: tuple[str, ...] = tuple(
    dict.fromkeys(template for group in _GROUPS for template in group.templates)
)
"""Every request, one phrasing each."""

ASKS: tuple[str, ...] = lines("""
    can you {act}?
    can you {act}?
    can you please {act}?
    can you {act} for me?
    can you quickly {act}?
    can we {act}?
    could you {act}?
    could you please {act}?
    could you {act} for me?
    could you just {act}?
    could you maybe {act}?
    could you quickly {act}?
    would you {act}?
    would you please {act}?
    would you be so kind and {act}?
    would you be able to {act}?
    will you {act}?
    will you please {act}?
    please {act}.
    please {act}.
    just {act}.
    do {act}.
    go and {act}.
    go ahead and {act}.
    kindly {act}.
    quickly {act}.
    now {act}.
    then {act}.
    also {act}.
    and {act}.
    I need you to {act}.
    I want you to {act}.
    I would like you to {act}.
    I'd like you to {act}.
    I'd love you to {act}.
    you can {act}.
    you could {act}.
    you should {act} now.
    maybe you could {act}.
    perhaps you can {act}.
    be so kind and {act}.
    be a dear and {act}.
    do me a favour and {act}.
    help me and {act}.
    make sure to {act}.
    don't forget to {act}.
    try to {act}.
    feel free to {act}.
    it would be great if you could {act}.
    it would help if you could {act}.
    it'd be nice if you could {act}.
    is it possible to {act}?
    is there a way to {act}?
    are you able to {act}?
    any chance you could {act}?
    do you think you could {act}?
    I was wondering if you could {act}.
    I wanted to ask you to {act}.
    let's {act}.
    let me ask you to {act}.
    next thing, {act}.
    while you are at it, {act}.
    if you can, {act}.
    if you have a second, {act}.
    when you get a chance, {act}.
    when you have time, {act}.
    when you are ready, {act}.
    if you don't mind, {act}.
    if it's no trouble, {act}.
    if you would, {act}.
    if possible, {act}.
    be a good friend and {act}.
    be an angel and {act}.
    be nice and {act}.
    be quick and {act}.
    be kind enough to {act}.
    be sure to {act}.
    have the kindness to {act}.
    do me the favour of this: {act}.
    would you mind if I asked you to {act}?
    would it be possible to {act}?
    could you go and {act}?
    could you help me and {act}?
    could you possibly {act}?
    could I get you to {act}?
    can I ask you to {act}?
    can you help me {act}?
    can you go ahead and {act}?
    can you maybe {act}?
    may I ask you to {act}?
    may I have you {act}?
    shall we {act}?
    will you be able to {act}?
    I want to {act}, can you do that?
    I have to {act}, help me.
    I'd be glad if you could {act}.
    I'd be happy if you would {act}.
    I'd appreciate it if you could {act}.
    I hope you can {act}.
    I'm asking you to {act}.
    I'm hoping you could {act}.
    I've been meaning to ask you to {act}.
    I should ask you to {act}.
    my wife wants you to {act}.
    my mother asks you to {act}.
    my boss needs you to {act}.
    they want you to {act}.
    somebody should {act}, could you?
    somebody has to {act}, please do.
    you have to {act}.
    you need to {act} for me.
    your task is to {act}.
    your next job is to {act}.
    the next thing is to {act}.
    immediately {act}.
    simply {act}.
    quick, {act}.
    one more thing, {act}.
    one favour, {act}.
    here is what I need: {act}.
    what I want is this: {act}.
    all I ask is that you {act}.
    it would be lovely if you could {act}.
    it would be kind of you to {act}.
    """)
"""Ways to ask for an act that is given as a bare imperative."""


def _asked(rng: random.Random, sentence: str, split: Split) -> str:
    """Close an imperative with a full stop, or put it inside one of the ASKS."""
    if sentence.endswith((".", "?")):
        return sentence
    if rng.random() < 0.45:
        return f"{sentence}."
    return choose_crossed(rng, ASKS, split).replace("{act}", sentence)


def sample(rng: random.Random, split: Split) -> Utterance:
    """Draw one request, of kind "request", "timed" or "memory", with words of the split."""
    while True:
        group = rng.choices(_GROUPS, weights=_WEIGHTS)[0]
        pick = choose_crossed if group.crossed else choose
        template = pick(rng, group.templates, split)
        sentence = _asked(rng, fill(rng, chosen(rng, template), split, memory.NESTED), split)
        text = dress(rng, sentence, OPENERS, TAILS, split)
        if 3 <= len(text.split()) <= 20:
            return Utterance(text, template, group.kind, "delegate", group.lead)
