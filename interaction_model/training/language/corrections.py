"""What a user says about a request that is already under way: correct it, drop it, ask after it."""

import random
from collections.abc import Mapping

from weft.interaction_model.training.language.lexicon import as_sentence, fill, lines
from weft.interaction_model.training.language.utterance import Control, Split, Utterance, choose

CORRECTION_REPLY = "Okay, I will change that."
DISMISSAL_REPLY = "All right, never mind."
STOP_REPLY = "All right, I will stop."
_STOP_SHARE = 0.35
FOLLOW_UP_REPLY = "Still looking."

_DETAILS = (
    "{city}", "{city}", "{country}", "{made_up}", "{first}", "{full}", "{company}", "{food}",
    "{day}", "{weekday}", "{time}", "{date}", "{number}", "{digits}", "{few} minutes",
    "{few} seconds", "{few} people", "{number} {mass}", "{number} {length}", "{few} {volume}",
    "{digits} {currency}", "{language}", "the {river}", "the {shop}", "the {document}",
    "the {object}", "the {animal}", "the {room}", "the {instrument}", "{famous}", "{work}",
    "{landmark}", "{substance}", "{sport}", "{genre}", "{colour}", "{month}", "{year}",
    "the {meeting}", "the {device}", "{team}", "the {plant}", "the {machine}", "{topic}",
    "the {shop} in {city}", "the {quality} one", "the old one", "the new one", "the small one",
    "the cheap one", "the first one", "the last one", "the one in {city}", "the {colour} one",
    "{few} percent", "next {weekday}",
)  # fmt: skip
"""What a request may be changed to."""

_PAIRED = (
    "city", "country", "made_up", "first", "company", "food", "weekday", "time", "date", "number",
    "few", "language", "substance", "sport", "colour", "month", "year", "mass", "length", "famous",
    "animal", "room", "meeting", "shop", "instrument", "currency",
)  # fmt: skip

_NESTED: Mapping[str, tuple[str, ...]] = {
    "new": _DETAILS,
    "new_not_old": tuple(f"{{{name}}}, not {{{name}2}}" for name in _PAIRED),
    "not_old_new": tuple(f"not {{{name}}}, {{{name}2}}" for name in _PAIRED),
    "not_old_but_new": tuple(f"not {{{name}}} but {{{name}2}}" for name in _PAIRED),
    "new_instead_of_old": tuple(f"{{{name}}} instead of {{{name}2}}" for name in _PAIRED),
    "in_new": (
        "in {temperature}", "in {mass}", "in {length}", "in {volume}", "in {currency}",
        "in {language}", "in {city}", "in {country}", "in {month}", "in {year}", "in the {room}",
        "in {few} minutes", "at {time}", "for {day}", "on {weekday}", "for {few} people",
        "to {city}", "to {first}", "from {city}", "with {first}", "with {food}", "without {food}",
        "every {few} seconds", "by {time}", "every {few} minutes", "about {topic}",
        "near {landmark}", "under {digits} {currency}", "before {time}", "after {time}",
    ),
}  # fmt: skip

CORRECTIONS: tuple[str, ...] = lines("""
    no, {new}.
    no, I meant {new}.
    no, I mean {new}.
    no, I said {new}.
    no, no, {new}.
    no, sorry, {new}.
    no wait, {new}.
    no wait, I meant {new}.
    no, make that {new}.
    no, it should be {new}.
    no, that was wrong, {new}.
    no, not that one, {new}.
    no, the other one, {new}.
    no, the question was about {new}.
    no, I asked about {new}.
    no, I wanted {new}.
    no, I was talking about {new}.
    no, {new_not_old}.
    no, {not_old_new}.
    no, {in_new}.
    no, I meant {in_new}.
    nope, I meant {new}.
    not that, I meant {new}.
    {not_old_new}.
    {not_old_but_new}.
    {new_not_old}, sorry.
    sorry, {new}.
    sorry, I meant {new}.
    sorry, I mean {new}.
    sorry, make that {new}.
    sorry, make it {new}.
    sorry, not that, {new}.
    sorry, {new_not_old}.
    sorry, {not_old_new}.
    sorry, I should have said {new}.
    sorry, that should be {new}.
    sorry, my mistake, {new}.
    sorry, I got that wrong, it's {new}.
    sorry, wrong one, {new}.
    sorry, I misspoke, {new}.
    sorry, {in_new}, I meant.
    actually, {new}.
    actually, {in_new}.
    actually, make that {new}.
    actually, make it {new}.
    actually, I meant {new}.
    actually, I mean {in_new}.
    actually, {new_not_old}.
    actually no, {new}.
    actually, change that to {new}.
    actually, could you do it {in_new}?
    actually, can you make it {new}?
    actually, let's say {new}.
    actually, {new} would be better.
    actually, I'd rather have it {in_new}.
    wait, {new}.
    wait, I meant {new}.
    wait, {not_old_new}.
    wait, {new_not_old}.
    wait, make that {new}.
    wait, no, {new}.
    wait, that's wrong, I meant {new}.
    wait, {in_new}, please.
    wait a second, I meant {new}.
    hang on, I meant {new}.
    hang on, make that {new}.
    hang on, {not_old_new}.
    hold on, I meant {new}.
    hold on, {new_not_old}.
    hold on, it should be {new}.
    oh no, I meant {new}.
    oh sorry, {new}.
    oh wait, {new}.
    oh wait, make it {new}.
    oops, I meant {new}.
    oops, {new_not_old}.
    oops, wrong name, {new}.
    I meant {new}.
    I meant {in_new}.
    I meant {new_not_old}.
    I mean {new}, of course.
    I said {new}.
    I said {new_not_old}.
    I didn't mean that, I meant {new}.
    I didn't say that, I said {new}.
    I asked for {new_not_old}.
    I wanted {new_not_old}.
    I need it {in_new}.
    I need that {in_new}, not otherwise.
    I want {new_instead_of_old}.
    I got that wrong, it's {new}.
    I made a mistake, it should be {new}.
    I misspoke, I meant {new}.
    I was thinking of {new_not_old}.
    I changed my mind, {new}.
    I've changed my mind, make it {new}.
    make that {new}.
    make that {new} instead.
    make that {new_instead_of_old}.
    make it {new} instead.
    make it {new_not_old}.
    change that to {new}.
    change it to {new}, please.
    can you change that to {new}?
    can you make that {new}?
    can you make it {new} instead?
    can you do that {in_new} instead?
    could you change it to {new}?
    could you make that {new_instead_of_old}?
    could we say {new} instead?
    let's make it {new} instead.
    let's say {new} instead.
    better {in_new}.
    better make that {new}.
    rather {new_not_old}.
    or rather, {new}.
    or no, {new}.
    or wait, {in_new}.
    scratch that, {new}.
    scratch that, I meant {new}.
    scratch that, the other one, {new}.
    strike that, {new}.
    correction, {new}.
    correction, {new_not_old}.
    let me correct that, {new}.
    let me rephrase that, I meant {new}.
    let me put it differently, I mean {new}.
    the other one, I mean {new}.
    that's not what I meant, I meant {new}.
    that's not right, it's {new}.
    that was the wrong name, it's {new}.
    that should have been {new}.
    it's {new_not_old}.
    it's {new}, I said it wrong.
    it should be {new_not_old}.
    it was meant to be {new}.
    take {new_instead_of_old}.
    use {new_instead_of_old}.
    try {new_instead_of_old}.
    {new}, I mean.
    {new}, sorry.
    {new}, I meant to say.
    {new} instead, please.
    {new_instead_of_old}, please.
    {in_new} instead, please.
    {in_new}, I meant.
    same thing but {in_new}.
    the same but {in_new}.
    the same, but for {new}.
    do the same for {new} instead.
    you misheard me, {new}.
    you misunderstood, I meant {new}.
    you got that wrong, I said {new}.
    you heard me wrong, it's {new_not_old}.
    um, no, {new}.
    um, sorry, {new}.
    um, make that {new}.
    er, I mean {new}.
    ah no, {new}.
    ah sorry, I meant {new}.
    well, actually, {new}.
    well no, I meant {new}.
    my mistake, {new}.
    my bad, {new}.
    forget {new}, I need {new} instead.
    """)

DISMISSALS: tuple[str, ...] = lines("""
    never mind.
    never mind that.
    never mind, it's fine.
    never mind, I found it.
    never mind, I remember now.
    never mind the question.
    never mind the {meeting}.
    never mind about {city}.
    oh never mind.
    ah, never mind.
    actually, never mind.
    you know what, never mind.
    forget it.
    forget that.
    forget about it.
    forget about that.
    forget about the {document}.
    forget about {first}.
    forget what I asked.
    forget the question.
    forget my last question.
    forget that I asked.
    forget I asked.
    forget I said anything.
    forget that question.
    forget that last one.
    forget the whole question.
    forget the search.
    forget the search for {made_up}.
    forget my question about {city}.
    forget what I asked you about {topic}.
    forget what I wanted to know about {first}.
    you can forget my question.
    you can forget what I asked.
    pretend I never asked.
    I forgot why I asked, so leave it.
    I just remembered where it is, forget it.
    I remember now, forget it.
    no need, I remembered it.
    just forget it.
    oh, forget it.
    you can forget that.
    don't bother.
    don't bother looking.
    don't bother with that.
    don't bother with the {shop}.
    please don't bother.
    don't worry about it.
    don't worry about that any more.
    don't worry about the {object}.
    don't look it up.
    don't look any further.
    no need.
    no need any more.
    no need to look.
    no need to check that.
    no need to call {first}.
    there is no need now.
    I don't need that any more.
    I don't need that any longer.
    I don't need it now.
    I don't need to know any more.
    I don't need an answer to that.
    I don't need the {bookable} any more.
    I don't care about that any more.
    I no longer need that.
    I no longer need to know about {topic}.
    I won't need that after all.
    I won't be needing it.
    I already know.
    I already found it.
    I already have the answer.
    I found it myself.
    I found it, thanks.
    I've got it now.
    I have it now, leave it.
    I just remembered it.
    I just found the answer, drop it.
    I worked it out myself.
    I figured it out, thanks.
    I looked it up myself.
    I solved it already.
    I changed my mind, leave it.
    I changed my mind, I don't need it.
    leave it.
    leave it, I found it.
    leave it, it's fine.
    leave it for now.
    leave that.
    leave that for later.
    let it go.
    let it be.
    let's drop it.
    let's leave it.
    let's leave that for another day.
    let's forget about it.
    let's not do that.
    drop it.
    drop that.
    drop the question about {city}.
    drop that search.
    skip it.
    skip that.
    skip that one.
    you can skip that.
    you can stop looking.
    you can stop searching.
    you can drop it.
    you can leave it.
    you don't have to look.
    you don't have to do that any more.
    you don't need to check.
    you don't need to find {made_up} any more.
    stop looking.
    stop searching.
    stop looking for that.
    stop looking for the {shop}.
    stop, I don't need it.
    cancel that.
    cancel that request.
    cancel it, please.
    cancel my question.
    cancel the search.
    please cancel that.
    scratch that.
    scrap that.
    scrap the whole thing.
    abort that.
    abandon that.
    call it off.
    enough, I don't need it.
    it's not important.
    it's not important any more.
    it doesn't matter.
    it doesn't matter any more.
    it no longer matters.
    it's no longer needed.
    it's fine, forget it.
    it's okay, I got it.
    it's all right, leave it.
    it's too late for that now.
    it can wait.
    that can wait, drop it.
    that's not needed any more.
    that's no longer necessary.
    that doesn't matter now.
    that won't be necessary.
    not important.
    not needed any more.
    not necessary any more, thanks.
    no longer needed, thanks.
    no, forget it.
    no, leave it.
    no, don't do that after all.
    on second thought, forget it.
    on second thoughts, leave it.
    on reflection, don't bother.
    actually, don't.
    actually, I don't need that.
    actually, forget the whole thing.
    actually, skip it.
    wait, forget it.
    wait, don't look it up.
    too late, never mind.
    okay, forget it.
    okay, leave it then.
    ah, forget it.
    ah, I've got it, leave it.
    {first} told me already, so drop it.
    {first} has found it, you can stop.
    my {relative} knew it, never mind.
    we don't need the {bookable} any more.
    we found it, thanks.
    we have the answer already.
    spare yourself the trouble.
    save yourself the trouble, I know it.
    """)

STOPS: tuple[str, ...] = lines("""
    stop the timer.
    stop the timer for the {food}.
    stop the timer now.
    stop the alarm.
    stop the reminders.
    stop the countdown.
    stop counting.
    stop counting now.
    stop repeating that.
    stop saying that.
    stop saying it.
    stop saying it now.
    stop telling me that.
    stop reminding me.
    stop reminding me about {city}.
    stop it now.
    stop that.
    stop that now.
    stop doing that.
    you can stop.
    you can stop now.
    you can stop that.
    you can stop that now.
    you can stop it there.
    you can stop saying that.
    you can stop reminding me.
    you can stop the timer.
    you can stop counting.
    you may stop now.
    you can end the timer.
    you can turn it off.
    you can turn that off now.
    you don't have to say it any more.
    you don't have to remind me any more.
    you needn't go on with that.
    that's enough of that now.
    that is enough, you can stop.
    that was enough, stop it.
    enough of the reminders.
    enough reminders for today.
    no more reminders.
    no more reminders, please.
    no more of that, please.
    cancel the timer.
    cancel the timer for the {food}.
    cancel the alarm.
    cancel the reminder.
    cancel the reminders.
    cancel the countdown.
    cancel all timers.
    delete the reminder.
    delete the alarm.
    turn off the timer.
    turn off the alarm.
    turn the timer off.
    turn that off.
    end the timer.
    end it there.
    finish the timer.
    I don't need the timer any more.
    I don't need the reminder any more.
    I'd like you to stop that.
    I want you to stop now.
    could you stop that?
    could you stop saying that?
    can you stop that now?
    can you stop the timer?
    can you stop reminding me?
    would you stop the reminders?
    please stop that.
    please stop saying that.
    please stop the timer.
    please stop reminding me.
    let's stop that.
    let's stop it there.
    let's end that.
    """)

FOLLOW_UPS: tuple[str, ...] = lines("""
    did you find it?
    did you find it yet?
    did you find anything?
    did you find anything yet?
    did you find out?
    did you find out about {city}?
    did you find something about {made_up}?
    did you find the {shop}?
    did you get it?
    did you get anywhere?
    did you get an answer?
    did that work?
    did you look it up?
    have you found it?
    have you found it yet?
    have you found anything?
    have you found anything out?
    have you found out yet?
    have you found the {document}?
    have you got it?
    have you got it yet?
    have you got an answer yet?
    have you got the answer for {city}?
    have you got anything for me?
    have you checked?
    have you checked yet?
    have you had any luck?
    have you looked it up?
    are you still looking?
    are you still looking for it?
    are you still looking for {made_up}?
    are you still checking?
    are you still searching?
    are you still on it?
    are you still working on it?
    are you still working on that?
    are you getting anywhere?
    are you making progress?
    are you done yet?
    are you nearly there?
    are you ready with that?
    are we there yet?
    any news?
    any news yet?
    any news on that?
    any news about {city}?
    any news on {first}?
    any luck?
    any luck yet?
    any luck with the {shop}?
    any progress?
    any progress on that?
    any update?
    any update on that?
    any result yet?
    any results yet?
    any answer yet?
    anything yet?
    anything new on that?
    anything on {made_up} yet?
    found it yet?
    found anything?
    got it yet?
    got anything yet?
    got an answer yet?
    done yet?
    ready yet?
    nothing yet?
    still nothing?
    still looking?
    still searching?
    still checking?
    still on it?
    still working on it?
    what's taking so long?
    what is taking so long?
    what takes you so long?
    what about my question?
    what about my answer?
    what happened to my question?
    what happened to my question about {city}?
    what's the status?
    what's the hold-up?
    what did you find?
    what did you find out?
    what's happening with my request?
    why is it taking so long?
    why does it take so long?
    why is this so slow?
    why don't you have it yet?
    how long will it take?
    how long will that take?
    how long is this going to take?
    how much longer?
    how much longer will it take?
    how is it going with the search?
    how is the search going?
    how's it coming along?
    how far are you?
    how far did you get?
    where is my answer?
    where are we with that?
    when will you know?
    when will you have it?
    when do I get my answer?
    is it done?
    is it done yet?
    is it there yet?
    is there any news?
    is there any progress?
    is there an answer yet?
    is the answer there yet?
    is the answer ready?
    is this going to take long?
    is that still running?
    will it take much longer?
    will this take long?
    do you have it?
    do you have it yet?
    do you have the answer?
    do you have the answer yet?
    do you have anything yet?
    do you have a result?
    do you know yet?
    do you know it now?
    do you need more time?
    can you say how long it takes?
    can you tell me anything yet?
    can you tell me how far you are?
    I am still waiting.
    I'm still waiting for the answer.
    I'm waiting for my answer.
    I'm still waiting to hear about {city}.
    I haven't heard back about {made_up}.
    you were looking something up, remember?
    you were going to check something.
    you still owe me an answer.
    you wanted to find out about {city}, remember?
    so, did you find it?
    so, any news?
    so what did you find?
    so what's the answer?
    and, did you find it?
    and, anything?
    and, what did you find?
    well, did you find it?
    well, any luck?
    hello, are you still looking?
    okay, and did you find it?
    remember my question about {city}?
    """)

_LEADS_IN: tuple[str, ...] = (
    "um,", "uh,", "hm,", "okay,", "hey,", "ah,", "oh,", "right,", "listen,", "excuse me,", "well,",
    "so,", "um, okay,", "er,", "hello,", "by the way,", "hmm,", "all right,",
)  # fmt: skip
_POLITE: tuple[str, ...] = ("please", "thanks", "thank you", "if you can", "if that's okay", "okay")


def _sample(
    rng: random.Random,
    split: Split,
    templates: tuple[str, ...],
    *,
    kind: str,
    control: Control,
    reply: str,
    polite_share: float,
) -> Utterance:
    template = choose(rng, templates, split)
    sentence = fill(rng, template, split, _NESTED)
    if rng.random() < 0.15:
        sentence = f"{choose(rng, _LEADS_IN, split)} {sentence}"
    if rng.random() < polite_share and not sentence.endswith(("please.", "thanks.")):
        sentence = f"{sentence[:-1]}, {choose(rng, _POLITE, split)}{sentence[-1]}"
    return Utterance(as_sentence(sentence), template, kind, control, reply)


def sample_correction(rng: random.Random, split: Split) -> Utterance:
    """Draw a correction of the request before: "no, I meant Lima"."""
    return _sample(
        rng,
        split,
        CORRECTIONS,
        kind="correction",
        control="revise",
        reply=CORRECTION_REPLY,
        polite_share=0.08,
    )


def sample_dismissal(rng: random.Random, split: Split) -> Utterance:
    """Draw a withdrawal of what was asked: "never mind, I found it", "you can stop that now"."""
    stops = rng.random() < _STOP_SHARE
    return _sample(
        rng,
        split,
        STOPS if stops else DISMISSALS,
        kind="dismissal",
        control="dismiss",
        reply=STOP_REPLY if stops else DISMISSAL_REPLY,
        polite_share=0.06,
    )


def sample_follow_up(rng: random.Random, split: Split) -> Utterance:
    """Draw a question about an answer that is still on its way: "did you find it?"."""
    return _sample(
        rng,
        split,
        FOLLOW_UPS,
        kind="follow_up",
        control="none",
        reply=FOLLOW_UP_REPLY,
        polite_share=0.0,
    )
