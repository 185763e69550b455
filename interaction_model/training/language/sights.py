"""What users ask of somebody who watches with them: count, say when, name what comes, read."""

import random

from weft.interaction_model.training.hearing import misheard
from weft.interaction_model.training.language.patterns import chosen, phrases, written
from weft.interaction_model.training.language.utterance import Split, choose_crossed

COUNT_LEAD = "Okay, I will count."
WATCH_LEAD = "Okay, I will watch."
READ_LEAD = "Okay, I will read it."

MOVEMENTS = {
    "jumping jacks": "(jumping jacks/star jumps)",
    "squats": "(squats/knee bends)",
    "arm raises": "(arm raises/arm lifts)",
    "side bends": "(side bends/sideways bends)",
    "leg raises": "(leg raises/leg lifts)",
    "jumps": "(jumps/hops)",
}
"""Repetitions that a figure can do, and what users call them."""

ACTIONS = {
    "waving": ("waving", "wave"),
    "clapping": ("clapping", "clap"),
    "walking": ("walking", "walk"),
    "jumping": ("jumping", "jump"),
    "dancing": ("dancing", "dance"),
}
"""What a figure can be doing for a while: as a gerund, and with "I"."""


def _templates(text: str) -> tuple[str, ...]:
    """Split a table at its bars and lines."""
    return phrases(text.strip().replace("\n", "|"))


COUNT_ASKED = _templates("""
    count (my/the/these) {what} (aloud/out loud/)
    please count my {what} | can you count my {what} (for me/out loud)?
    could you count the {what} as I do them? | count along while I do (my/some) {what}
    count out loud (how many/the) {what} I do | I'm going to do some {what}, count them
    keep count of my {what} please | I want you to count my {what} | would you count my {what}?
    watch me and count the {what} | count every one of my {what}
    tell me the number after each of my {what}
    say the number each time I do one of my {what} | help me count my {what}
    let's do {what}, you count | I'll do {what} now, you count (aloud/out loud)
    do the counting while I do {what} | time for {what}, count with me
    number my {what} out loud | as I do {what}, call out the numbers
    how many {what} am I doing? count them aloud | count each of the {what} you see
    your job is to count my {what} | can you keep track of my {what} out loud?
    start counting when I do {what} | call out each of my {what} by number
    count them for me, these {what} | I need you to count {what} for me
""")
ACTION_ASKED = _templates("""
    say start when I (begin/start) {doing} and stop when I stop
    say start as soon as I {do} and stop when I'm done
    please say start when I begin {doing} and say stop when I end
    tell me start and stop when I begin and end {doing}
    when I start {doing} say start, when I stop say stop
    could you say start when I begin {doing} and stop when it's over?
    can you say start and stop around my {doing}? | watch me {do} and say start and stop
    I will be {doing}, say start when it begins and stop when it ends
    mark my {doing} with start and stop | say start once I'm {doing} and stop once I'm not
    call start when the {doing} begins and stop when it's over
    the moment I {do} say start, the moment I'm finished say stop
    give me a start when I begin {doing} and a stop at the end
    say start the second you see me {doing}, and stop when I don't {do} any more
    I want to hear start when I {do} and stop when I stop {doing}
    announce the {doing} for me, start when it begins and stop when it ends
    let me know with start and stop when I'm {doing}
    would you say start when you see {doing} and stop when it stops?
    help me film, say start when I {do} and stop when I quit {doing}
""")
APPEAR_ASKED = _templates("""
    tell me when (the/a) {what} (appears/shows up/comes into view)
    let me know when you see (the/a) {what} | say when (the/a) {what} (appears/is there)
    please tell me as soon as you see a {what} | can you tell me when a {what} turns up?
    watch for (the/a) {what} and tell me | look out for a {what} (for me/)
    I'm waiting for a {what}, say when it comes | call out when the {what} is there
    could you say something when the {what} comes up? | speak up when there's a {what}
    keep an eye out for a {what} | the moment a {what} appears, say so
    as soon as the {what} is in the picture tell me | alert me when the {what} shows up
    when a {what} comes into view, let me know | give me a shout when you see the {what}
    there will be a {what} at some point, tell me when | warn me when a {what} appears
    notify me when the {what} comes | I need to know when the {what} is here
    would you watch out for the {what}? | say now when you spot (the/a) {what}
    I'm expecting a {what}, tell me when you see it | ping me when the {what} turns up
    if a {what} comes along, tell me right away | shout when there's a {what}
    stay alert for a {what}, please | look at the picture and report the {what}
    say it when the {what} enters the picture | as soon as there is a {what}, speak
    tell me the second a {what} is visible | once you see the {what} tell me
""")
READ_ASKED = _templates("""
    read the sign (to me/for me/) as soon as you can | what does (the/that/this) sign say?
    tell me what the sign says when you can read it | please read the sign
    can you read (the/that) sign? | read out the (sign/text/board) once it's clear
    read it to me as soon as it's readable | could you read this to me when you can make it out?
    let me know what is written there | what's written on the (sign/board)?
    as soon as you can read the sign, read it | what does it say on the (sign/board) there?
    read the text when it's sharp enough | say what the board says when it's close enough
    I can't make out that sign, read it when you can | help me read the sign
    tell me what's on that board | when you're able to read it, tell me what it says
    I'd like to know what that sign says | read what's on there as soon as possible
    would you read me the sign when you can see it? | once the writing is clear, read it out
    try to read the sign for me | read aloud whatever the sign says
""")


def count_request(rng: random.Random, movement: str, split: Split) -> str:
    """Ask for a movement to be counted."""
    return _asked(rng, COUNT_ASKED, split, what=chosen(rng, MOVEMENTS[movement]))


def action_request(rng: random.Random, action: str, split: Split) -> str:
    """Ask for "start" and "stop" around an action."""
    doing, do = ACTIONS[action]
    while True:
        text = _asked(rng, ACTION_ASKED, split, doing=doing, do=do)
        if {"start", "stop"} <= set(text.lower().strip(".?").replace(",", "").split()):
            return text  # a crossing of two templates may have lost half of it


def appear_request(rng: random.Random, what: str, split: Split) -> str:
    """Ask to be told when a thing is there."""
    return _asked(rng, APPEAR_ASKED, split, what=what)


def read_request(rng: random.Random, split: Split) -> str:
    """Ask for a sign to be read."""
    return _asked(rng, READ_ASKED, split)


def _asked(rng: random.Random, templates: tuple[str, ...], split: Split, **words: str) -> str:
    text = chosen(rng, choose_crossed(rng, templates, split)).format(**words)
    for vowel in "aeio":
        text = text.replace(f" a {vowel}", f" an {vowel}")
    text = written(" ".join(text.split()))
    lossy = split == "train" and len(text.split()) > 6 and rng.random() < 0.15
    return misheard(rng, text) if lossy else text


def lead(kind: str) -> str:
    """What the model says to such a request before there is anything to see."""
    return {"count": COUNT_LEAD, "read": READ_LEAD}.get(kind, WATCH_LEAD)
