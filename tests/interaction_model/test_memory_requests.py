"""Requests about memory are handed over; words of remembering alone are no request."""

import random

import pytest

from weft.interaction_model.training.language import memory, requests, small_talk, statements
from weft.interaction_model.training.language.corrections import DISMISSALS
from weft.interaction_model.training.language.lexicon import fill
from weft.interaction_model.training.language.natural import asked, natural
from weft.interaction_model.training.language.utterance import Split, is_held_out

GRAMMARS = (memory.REMEMBER, memory.RECALL, memory.FORGET)
SENTENCES = ("remember", "recall", "forget")


@pytest.mark.parametrize("split", ["train", "held_out"])
def test_each_split_draws_requests_about_memory_and_hands_them_over(split: Split) -> None:
    rng = random.Random(1)
    drawn = [requests.sample(rng, split) for _ in range(1000)]
    of_memory = [each for each in drawn if each.kind == "memory"]
    assert 60 < len(of_memory) < 250
    assert {each.control for each in of_memory} == {"delegate"}
    assert {each.reply for each in of_memory} == {requests.ACTION_LEAD, memory.RECALL_LEAD}
    assert not any("{" in each.text for each in of_memory)


@pytest.mark.parametrize("templates", [*GRAMMARS, *map(asked, SENTENCES)])
def test_each_part_has_templates_of_both_splits(templates: tuple[str, ...]) -> None:
    held_out = sum(map(is_held_out, templates))
    assert 0 < held_out < len(templates) / 4


def test_every_slot_has_words() -> None:
    rng = random.Random(2)
    for template in (template for grammar in GRAMMARS for template in grammar):
        assert "{" not in fill(rng, template, "train", memory.NESTED)


def test_a_sentence_that_asks_with_its_last_words_is_never_cut() -> None:
    rng = random.Random(3)
    whole = {sentence for key in SENTENCES for sentence in asked(key)}
    drawn = [requests.sample(rng, "train") for _ in range(4000)]
    of_memory = {each.template for each in drawn if each.kind == "memory"}
    begun = {sentence.partition(",")[0] for sentence in whole if "," in sentence}
    said = {template for template in of_memory if template.partition(",")[0] in begun}
    assert len(said) > 50
    assert said <= whole


def test_nothing_that_is_handed_over_is_also_talk() -> None:
    handed_over = {each.lower().rstrip(".?") for key in SENTENCES for each in asked(key)}
    handed_over |= {each.lower().rstrip(".?") for grammar in GRAMMARS for each in grammar}
    talk = {
        each.lower().rstrip(".?")
        for phrasings in (*small_talk.PHRASINGS.values(), *statements.TEMPLATES.values())
        for each in phrasings
    }
    assert not handed_over & (talk | {each.rstrip(".") for each in DISMISSALS})


def test_statements_and_small_talk_speak_of_remembering_too() -> None:
    told = [each for key in statements.TEMPLATES for each in natural("statements")[key]]
    said = [each for sentences in natural("small_talk").values() for each in sentences]
    for sentences, least in ((told, 40), (said, 15)):
        of_memory = [s for s in sentences if any(w in s.lower() for w in ("rememb", "forg"))]
        assert len(of_memory) >= least
