"""Requests about what the model's memory holds: to keep a thing, to say it again, to delete it.

All are handed over. Whether there is a memory at all is not the model's to know, so no lead
promises anything.
"""

from collections.abc import Mapping

from weft.interaction_model.training.language.lexicon import lines

RECALL_LEAD = "Let me think back."

NESTED: Mapping[str, tuple[str, ...]] = {
    "fact": (
        "I'm allergic to {food}", "I live in {city}", "I was born in {city}",
        "I'm from {country}", "I used to live in {country}", "I don't eat {food}",
        "I like {food}", "I can't stand {food}",
        "I play the {instrument}", "I work for {company}", "I work as a {job}",
        "I get up at {time}",
        "I'm learning {language}", "I'm afraid of {animals}", "I support {team}",
        "I take my tea without sugar", "I wear size forty-one", "I'm married to {full}",
        "I lent {first} my {object}", "I owe {first} {digits} euros",
        "I keep the {object} upstairs",
        "I'm on holiday in {month}", "I go to the {shop} on {weekday}", "I never drink alcohol",
        "we're moving to {city}", "we have a {animal}", "we met in {year}",
        "my {relative} is called {first}", "my {relative} lives in {city}",
        "my {relative} works for {company}", "my {relative} can't eat {food}",
        "my {relative}'s birthday is on {date}", "my birthday is on {date}",
        "my {animal} is called {first}", "my favourite colour is {colour}",
        "my doctor is called {full}", "my {meeting} is on {weekday}", "my car is {colour}",
        "my desk is by the window", "my flat is on the fourth floor", "my left knee is the bad one",
        "the spare key is in the {room}", "the {object} is in the {room}",
        "the bins go out on {weekday}", "the {shop} closes at {time}", "{first} is my {relative}",
        "{first} doesn't like {food}", "{first} sits next to me at work",
    ),
    "mine": (
        "my {relative}", "my {relative}", "my birthday", "my address", "my job", "my family",
        "my {animal}", "my health", "my name", "my age", "my {object}", "my {meeting}",
        "my {relative}'s birthday", "my {relative}'s name", "my favourite food", "my phone number",
        "my trip to {city}", "my allergies", "my plans for {month}", "my diet", "my childhood",
        "my time in {country}", "my boss", "my old flat", "my {body}", "our wedding",
        "our {animal}",
        "our holiday in {country}", "our house", "{first}", "{first}'s birthday", "{first} and me",
        "the {object} I lost", "the argument with {first}",
    ),
    "detail": (
        "where the {object} is", "where I put the {object}", "where I live", "where I work",
        "where my {relative} lives", "when my {relative}'s birthday is", "when my {meeting} is",
        "when I was born", "what my {relative} is called", "what my {animal} is called",
        "what I'm allergic to", "what I do for a living", "what I like to eat", "what I can't eat",
        "what {first} likes", "what size I wear", "how old my {relative} is",
        "how I take my coffee",
        "how much I owe {first}", "who I work for", "who my doctor is", "who has my {object}",
        "which team I support", "which {instrument} I play", "whose {object} I borrowed",
    ),
}  # fmt: skip
"""What somebody tells about oneself, topics of that kind, and questions for it."""

# As in the other requests: what ends in no mark is an imperative and may stand inside an ask.

REMEMBER: tuple[str, ...] = lines("""
    remember that {fact}
    remember this: {fact}
    remember for next time that {fact}
    remember for me that {fact}
    always remember that {fact}
    keep in mind that {fact}
    keep it in mind that {fact}
    bear in mind that {fact}
    make a note that {fact}
    make a mental note that {fact}
    take a note that {fact}
    note that {fact}
    note for the future that {fact}
    note down somewhere that {fact}
    store in your memory that {fact}
    add to your memory that {fact}
    put it in your memory that {fact}
    save it in your memory that {fact}
    commit to memory that {fact}
    hold on to this: {fact}
    memorise this: {fact}
    keep a record that {fact}
    file away that {fact}
    learn that {fact}
    never forget that {fact}.
    don't forget that {fact}.
    don't ever forget that {fact}.
    do not forget that {fact}, will you?
    for the record, {fact}, keep that.
    for your memory, {fact}.
    something to remember: {fact}.
    here is something to remember: {fact}.
    one thing to keep in mind: {fact}.
    {fact}, remember that.
    {fact}, please remember that for next time.
    {fact}, keep that in mind.
    {fact}, make a note of that.
    {fact}, don't forget it.
    {fact}, can you remember that?
    {fact}, can you keep that in your memory?
    {fact}, so remember it for later.
    I want you to know for next time that {fact}.
    I'd like you to remember something, {fact}.
    I need you to remember a thing for me, {fact}.
    you should remember that {fact}.
    you should know for later that {fact}.
    can you remember something for me, {fact}?
    could you store this for later, {fact}?
    would you remember from now on that {fact}?
    from now on, remember that {fact}.
    next time we talk, remember that {fact}.
    in case I ask again, {fact}, remember it.
    """)

RECALL: tuple[str, ...] = lines("""
    what do you remember about me?
    what do you remember about {mine}?
    what do you know about me?
    what do you know about me so far?
    what do you still know about {mine}?
    what do you have on me?
    what do you have in your memory about {mine}?
    what have you noted about me?
    what have you stored about {mine}?
    what have you kept of what I told you?
    what have I told you about {mine}?
    what have I told you so far?
    what have I said about {mine} before?
    what did I tell you about {mine}?
    what did I tell you last time?
    what did I tell you last week about {mine}?
    what did I say about {mine}?
    what did I ask you to remember?
    what was it I told you about {mine}?
    what is in your memory?
    what things do you remember of me?
    which things about me are in your memory?
    how much do you remember about {mine}?
    how much of our last talk do you remember?
    did I tell you {detail}?
    did I ever tell you about {mine}?
    did I mention {mine} to you before?
    did I tell you that {fact}?
    did you remember that {fact}?
    did you keep what I said about {mine}?
    have I told you {detail}?
    have I told you about {mine}?
    have I ever mentioned {mine}?
    have I told you that {fact}?
    have you kept anything about {mine}?
    have you forgotten {detail}?
    have you got anything on {mine} in your memory?
    do you remember {mine}?
    do you remember {detail}?
    do you remember that {fact}?
    do you remember anything about me?
    do you remember what I told you about {mine}?
    do you remember what I said {day}?
    do you remember our talk about {mine}?
    do you still remember {detail}?
    do you still know {detail}?
    do you still have {mine} in your memory?
    do you know {detail}?
    do you know anything about {mine}?
    do you keep things about {mine}?
    do you recall what I said about {mine}?
    can you remember {detail}?
    can you remember what I told you about {mine}?
    can you still tell me {detail}?
    is {mine} in your memory?
    is there anything about {mine} in your memory?
    is there anything you remember about {mine}?
    are you storing anything about me?
    you remember {mine}, don't you?
    you remember {detail}, right?
    I told you {detail}, do you remember?
    I told you about {mine} once, what was it?
    I told you once {detail}, say it again.
    I forgot {detail}, but I told you, do you remember?
    I wonder what you remember about {mine}.
    tell me what you remember about {mine}
    tell me everything you know about me
    tell me what you have stored about me
    tell me again {detail}
    tell me {detail}, I told you once
    list everything you remember about me
    list what I have asked you to remember
    read me everything in your memory
    show me what you remember about {mine}
    show me what you have saved about me
    go through what you know about me
    look in your memory for {mine}
    check your memory for {mine}
    recall what I said about {mine}
    repeat what I told you about {mine}
    remind me {detail}
    remind me what I told you about {mine}
    """)

FORGET: tuple[str, ...] = lines("""
    forget that {fact}
    forget that I told you {detail}
    forget that I ever said {fact}
    forget what I told you about {mine}
    forget what I said about {mine}
    forget what you know about {mine}
    forget what you remember about {mine}
    forget everything I told you about {mine}
    forget everything about {mine}
    forget everything about me
    forget everything you know about me
    forget everything I have ever told you
    forget all you know about {mine}
    forget {detail}
    forget all about me
    forget me completely
    forget my {relative}'s name
    forget my phone number
    forget my address
    forget my birthday
    delete {mine} from your memory
    delete everything you know about me
    delete everything you have stored about {mine}
    delete everything I told you about {mine}
    delete all my data
    delete all memories of me
    delete your memory of {mine}
    delete what you remember about {mine}
    delete what I said about {mine}
    delete the memory about {mine}
    delete that {fact}
    erase {mine} from memory
    erase {mine} from your memory
    erase everything you remember about me
    erase everything about {mine}
    erase all you have on me
    erase what I told you about {mine}
    erase your whole memory
    wipe your memory
    wipe your memory of me
    wipe everything about {mine} from your memory
    wipe out what you know about {mine}
    clear your memory
    clear your memory of everything about {mine}
    clear out all you know about me
    remove {mine} from your memory
    remove what you have noted about {mine}
    remove everything about me
    drop everything you have stored about {mine}
    get rid of everything you know about me
    get rid of what I said about {mine}
    throw away what you know about {mine}
    strike from your memory that {fact}
    take {mine} out of your memory
    stop remembering that {fact}
    stop keeping things about {mine}
    unlearn that {fact}
    no longer remember that {fact}
    you can forget that {fact}.
    you can forget {detail} now.
    you can forget about {mine} now, delete it.
    you can delete what you know about {mine}.
    you may forget what I said about {mine}.
    you should not remember {detail}.
    you don't have to remember any more that {fact}.
    it's no longer true that {fact}, forget it again.
    I don't want you to remember {mine}.
    I don't want you to know {detail} any more.
    I don't want you to keep anything about me.
    I no longer want you to remember that {fact}.
    I want everything about me deleted.
    I want {mine} gone from your memory.
    don't remember {mine} any more.
    don't keep anything about {mine}.
    don't remember that {fact}.
    please no longer keep {detail}.
    could everything you know about {mine} be deleted?
    can I have all my data deleted?
    can I have what you know about {mine} erased?
    how do I get you to forget {mine}?
    how do I delete what you know about me?
    is it possible to have {mine} removed from your memory?
    """)
