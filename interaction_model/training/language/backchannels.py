"""The small words of a conversation: how a user listens, takes the floor, and hangs in a turn.

A backchannel leaves the floor with the speaker, a barge-in takes it; neither asks for anything.
Texts are lower-case and without final marks, since they fall into the middle of other speech.
"""

import random

from weft.interaction_model.training.language.patterns import chosen, expanded, phrases, words
from weft.interaction_model.training.language.utterance import Split, choose

USER_BACKCHANNELS: tuple[str, ...] = expanded(
    phrases("""
    mm-hm | mhm | uh huh | uh-huh | mm | mmm | yeah | yeah yeah | yep | yup | right |
    right right | okay | ok | okay okay | I see | oh I see | ah I see | oh | oh wow | wow | sure |
    sure sure | got it | I got it | really | oh really | nice | oh nice | very nice | cool |
    oh cool | great | oh great | good | very good | aha | ah | ah okay | ah yes | oh okay |
    oh yeah | of course | true | exactly | indeed | interesting |
    fascinating | I know | I understand | makes sense | all right | alright | fine | fair enough |
    go on | amazing | incredible | lovely | oh dear | no kidding | ha |
    haha | huh | hm okay | mm right | mm yeah | yes | yes yes | yes indeed | oh yes | absolutely |
    definitely | certainly | totally | good good |
    okay right | right okay | yeah okay | yeah right | yeah sure | uh huh yeah | understood |
    noted | perfect | lovely lovely | oh good | ah right | oh right | well well |
    I hear you | keep going | good point | for sure |
    (oh/ah/mm/yeah/okay/ha) (sure/nice/great/good/cool/wow/lovely/really/fine/true/exactly) |
    (oh/ah/yeah/okay) (interesting/amazing/perfect/absolutely/definitely/certainly/indeed) |
    (oh/yeah) totally | (very/really) (good/nice/true/interesting/lovely/cool/funny) |
    (right/sure/yes/yeah) (I see) |
    (okay/right/yeah) (got it/makes sense/of course/understood) | (oh/ah) (of course/got it) |
    (yes/yep/mm-hm/uh huh) (yes/yep/mm-hm/right/okay/sure) | (good/great/nice/cool) (okay/yeah)
""")
)
"""What a user says while listening, without wanting the floor."""

BARGE_INS: tuple[str, ...] = phrases("""
    wait | wait wait | wait wait wait | wait a (second/minute/moment/sec) | please wait |
    wait please | hold on | hold on hold on | hold on a (second/minute/moment/sec) | hold it |
    hold it right there | hang on | hang on a (second/minute/moment/sec) | stop | stop stop |
    stop it | stop right there | please stop | stop please | stop now | stop talking |
    stop for a (second/moment) | okay stop there | okay stop | okay wait | okay hold on |
    okay that's enough | no wait | no no no | no no stop | no stop | no hold on | no hang on |
    no please stop | no no wait | sorry can I interrupt | sorry to interrupt |
    sorry, I have to (interrupt/stop) you | sorry but wait | sorry, one (moment/second) |
    can I interrupt | can I interrupt you | may I interrupt | let me interrupt (you/) |
    I need to interrupt you | excuse me for interrupting | pardon me for interrupting |
    excuse me, wait | let me stop you there | let me stop you (here/right there) |
    I'll stop you there | can I stop you there | could you stop | can you stop |
    could you stop there please | would you stop please | will you stop | that's enough |
    that is enough | that's enough now | that's enough thanks | enough | enough enough |
    enough of that | enough for now | that'll do | that will do | that's plenty | hey stop |
    hey wait | hey hold on | hey hang on | hey weft stop | weft stop | weft wait | weft hold on |
    weft, please stop | weft, one (moment/second) | whoa | whoa whoa | whoa hold on | whoa stop |
    one (moment/second/minute) | one moment please | just a (moment/second/minute) | just stop |
    just wait | just one second | give me a (second/moment/minute) | not so fast | slow down |
    pause | pause please | pause there | pause for a moment | pause right there | time out | cut |
    cut it | cut it out | quiet | be quiet | quiet please | quiet for a moment | hush | shush |
    shh | shut up | can I say something | let me say something | let me speak | let me talk |
    let me say one thing | I want to say something | I have to say something |
    I'd like to say something | may I say something | if I may | if I may interrupt |
    before you go on | before you continue | let me jump in | can I jump in | may I jump in here |
    let me cut in | can I cut in | I need to cut in | I must stop you | I have to stop you there |
    don't go on | don't continue | don't say more | you can stop | you can stop now |
    you can stop there | you may stop now | no need to go on | no more | no more please |
    no more of that | I've heard enough | I have heard enough | I heard enough thanks |
    all right stop | all right, that's enough | right, stop there | right, hold on |
    yeah but wait | yes but hold on | yes, stop now | okay okay stop | okay enough |
    I see, stop there | got it, you can stop | thank you, that's enough | thanks, you can stop |
    good, stop there | stop stop stop | hold your horses | easy, stop | break it off there |
    leave it there | let's stop there | let's leave it there | let's stop here |
    let's pause here | hold that thought | stay quiet a moment | listen, wait |
    listen for a moment | listen to me for a second | now wait | now wait a minute | well wait |
    but wait | but hold on | but wait a second | um wait | uh hold on | er, stop | oh wait |
    oh hold on | oh stop | ah wait | actually wait | actually hold on | actually stop |
    actually, one moment
""")
"""Templates (`(a/b)` is a choice) of short interruptions that take the floor, no more."""

HESITATIONS: tuple[str, ...] = phrases("""
    um | uh | er | erm | hmm | hm | mm | uhm | ah | eh | um um | uh uh | let me see | let's see |
    what was it | what's it called | you know | like | well | so | I mean | how do I say |
    how to put it | sort of | kind of | let me think | what's the word | I think | or rather |
    now | okay so | right so | um you know | uh let me see | er what was it | um like | well um |
    so um | so uh | hmm let me see | where was I | uh you know | er well | um I mean |
    hm let's see | how shall I say | oh what was it | um what was it | uh like | er like |
    mm let me see | you know like | I mean like | well let me see | the thing is |
    ah what's it called
""")
"""What fills a pause inside a turn of the user."""

# An utterance may hang after these words, and practically none is complete with one as its last.
# A wrong entry teaches the model to keep a user waiting, so what merely often continues is out:
# - particles and stranded prepositions: "turn it on", "come in", "I give up", "what is it about?",
#   "where are you from?", "what is it for?", "what are you looking at?". "of", "to", "with" and
#   "between" strand too ("afraid of", "I want to"), but hang far more often, so they stay in.
# - "is", "am", "are", "was", "can", "do", "have": they end short answers and embedded questions
#   ("yes I am", "I know who they are"). The contracted subjects ("I'm", "you're") end nothing.
# - "that", "this", "one", "it", "her", "mine", "some", "all", "more": pronouns end sentences.
# - "what", "who", "why", "how", "when", "where", "which": turns of their own ("tell me why").
# - "so", "though", "then", "no", "like", "while", "quite": "I think so", "for a while".
INCOMPLETE_ENDINGS: frozenset[str] = frozenset(
    words("""
    the a an my your our their its every of to into onto upon than via per among amongst between
    toward towards versus despite during beneath except regarding concerning with and or but nor
    because although unless whether whereas if since until as whose very i'm you're we're they're
    he's she's i'd you'd we'd they'd i'll you'll we'll they'll i've you've we've they've there's
    what's who's where's how's um uh er erm hmm hm uhm
""")
)
"""Lower-case words after which an English utterance is not complete, and the filled pauses."""

_NO_PUNCTUATION = str.maketrans("", "", ".,!?;:")


def plain(text: str) -> str:
    """Reduce a text to lower-case words without punctuation."""
    return " ".join(text.lower().translate(_NO_PUNCTUATION).split())


_PLAIN_BACKCHANNELS = frozenset(plain(phrase) for phrase in USER_BACKCHANNELS)
_PREFIXES = frozenset(
    " ".join(phrase.split()[:n]) for phrase in _PLAIN_BACKCHANNELS for n in range(1, 5)
)


def is_backchannel(said: str) -> bool:
    """Whether plain words are a whole backchannel and no more."""
    return said in _PLAIN_BACKCHANNELS


def may_be_backchannel(said: str) -> bool:
    """Whether plain words may still turn out to be a mere backchannel."""
    return said in _PREFIXES


def sample_barge_in(rng: random.Random, split: Split) -> str:
    """Draw a short interruption that takes the floor, lower-case but for names and "I"."""
    template = choose(rng, BARGE_INS, split)
    return " ".join(chosen(rng, template).split())
