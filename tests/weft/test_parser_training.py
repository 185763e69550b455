"""How the parser of requests learns: labels as programs, variations, and the two networks."""

import random
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from weft.background_agents.request_parser.network import Network, Sizes, marks_of, place_of
from weft.background_agents.request_parser.parser import CHANGED, fitted, parse
from weft.background_agents.request_parser.program import Program, Token, call_of
from weft.background_agents.request_parser.sentence import read_sentence
from weft.bench.route import TOOLS, same_call
from weft.errors import InputError
from weft.meaning import WordSight
from weft.parser_training.examples import Drawing, Labelled, talk, written_examples
from weft.parser_training.fitting import Fitting, ParserNetwork, Row, row_of, scores_of
from weft.parser_training.run import shipped_requests
from weft.parser_training.writing import NotWritten, write_program
from weft.tools.builtin import builtin_tools

SIZES = Sizes(seen=8, width=16, heads=2, hidden=32, layers=2)


def shown(program: Program) -> str:
    return " ".join(f"{t.name}@{t.at}" if t.at >= 0 else t.name for t in program)


@pytest.mark.parametrize(
    ("text", "tool", "arguments", "program"),
    [
        ("sing me a song", None, {}, "none"),
        ("seven and 7 times 7", "arithmetic", {"expression": "7+7*7"},
         "arithmetic number@0 number@2 number@4 * + done"),
        ("how much is twice 8", "arithmetic", {"expression": "2*8"},
         "arithmetic =2 number@4 * done"),
        ("bread for three eighty", "arithmetic", {"expression": "3.8"},
         "arithmetic number@2 =100 / done"),
        ("an hour twenty", "timer", {"seconds": 4800},
         "timer duration@0 done no message"),
        ("ring my mum in three minutes fifteen and beep", "timer",
         {"seconds": 195, "message": "ring your mum"},
         "timer duration@4 number@6 + done first@0 last@2"),
        ("every ten minutes for an hour say sip", "repeat",
         {"every_seconds": 600, "message": "sip", "times": 6},
         "repeat duration@1 done first@7 last@7 duration@4 duration@1 / done"),
        ("twelve stone four in kilos", "units",
         {"value": 172, "unit_from": "pound", "unit_to": "kilogram"},
         "units number@0 =14 * number@2 + done unit:pound unit@4"),
        ("is New York City behind Delhi", "time",
         {"place": "new york", "asked": "difference", "compared_with": "delhi"},
         "difference first@1 last@2 first@5 last@5 done"),
    ],
)  # fmt: skip
def test_writes_labels_as_programs(
    text: str, tool: str | None, arguments: dict[str, object], program: str
) -> None:
    assert shown(write_program(read_sentence(text), tool, arguments)) == program


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("arithmetic", {"expression": "17*23"}),
        ("timer", {"seconds": 600, "message": "call the vet"}),
        ("timer", {"seconds": 77}),
        ("units", {"value": 10, "unit_from": "parsec", "unit_to": "gram"}),
        ("time", {"place": "Rome"}),
    ],
)
def test_invents_nothing_that_is_not_in_the_sentence(
    tool: str, arguments: dict[str, object]
) -> None:
    with pytest.raises(NotWritten):
        write_program(read_sentence("ten minutes or 10 grams"), tool, arguments)


def test_nearly_all_shipped_labels_can_be_written_and_mean_the_same() -> None:
    tools = {tool.name: tool for tool in builtin_tools() if tool.name in TOOLS}
    asked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for each in shipped_requests()[::4]:
        if each.tool is None:
            continue
        asked[each.tool] += 1
        sentence = read_sentence(each.text)
        try:
            call = call_of(write_program(sentence, each.tool, each.arguments), sentence)
        except NotWritten:
            continue
        assert call is not None
        right[each.tool] += call.tool == each.tool and same_call(
            tools[each.tool], each.arguments, call.arguments
        )
    assert set(asked) == set(TOOLS)
    assert all(right[tool] >= 0.95 * asked[tool] for tool in asked), (right, asked)


def test_no_request_of_the_bench_is_learnt() -> None:
    from weft.bench.route import REQUESTS, read_requests
    from weft.tools.registry import Registry

    held_out = {case.text.lower() for case in read_requests(REQUESTS, Registry(builtin_tools()))}
    assert not held_out & {each.text.lower() for each in shipped_requests()}


def test_an_epoch_says_the_same_requests_in_other_ways() -> None:
    labelled = random.Random(1).sample(shipped_requests(), 300)
    examples, _ = written_examples(labelled)
    drawing = Drawing(examples, random.Random(4), talked=10)

    first, second = drawing.epoch(), drawing.epoch()

    assert len(first) == len(second) == len(examples) + 10
    written = {example.sentence.text for example in examples}
    said = [{each.sentence.text for each in epoch} for epoch in (first, second)]
    assert all(len(texts - written) > len(examples) / 3 for texts in said)
    assert said[0] != said[1]
    tools = Counter(each.program[0].name for each in first[10:])
    assert tools == Counter(each.program[0].name for each in examples)
    for each in (*first, *second):
        call = call_of(each.program, each.sentence)
        assert (call is None) == (each.program[0].name == "none")


def test_talk_is_for_no_tool() -> None:
    assert {each.program for each in talk(random.Random(0), 20)} == {(Token("none"),)}


def test_numpy_computes_what_torch_has_learnt() -> None:
    torch.manual_seed(0)
    sight = tiny_sight()
    example = written_examples([TIMER])[0][0]
    longer = written_examples([Labelled("well " * 9 + "hello", None, {})])[0][0]
    fitting = ParserNetwork(SIZES).eval()
    tensors = {name: each.numpy() for name, each in fitting.state_dict().items()}
    network = Network(tensors, SIZES)
    sentence = example.sentence
    spans = [(piece.start, piece.end) for piece in sentence.pieces]
    memory = network.memory(sight.see(sentence.text, spans), marks_of(sentence))

    with torch.no_grad():
        # Beside a longer one: what is not there must change nothing.
        both = scores_of(fitting, sight, [row_of(example), row_of(longer)])[0]
        scores = both[0].log_softmax(-1).numpy()

    pieces = len(longer.sentence.pieces)
    for step in range(len(example.program)):
        alone = network.log_probabilities(memory, example.program[:step])
        for token in example.program:
            assert alone[place_of(token, len(sentence.pieces))] == pytest.approx(
                scores[step, place_of(token, pieces)], abs=1e-4
            )


def test_learns_a_few_requests_by_heart_and_reads_them_from_its_tensors() -> None:
    labelled = [
        TIMER,
        Labelled("what time is it", "time", {}),
        Labelled("7 times 8", "arithmetic", {"expression": "7*8"}),
        Labelled("hello", None, {}),
    ]
    examples, left_out = written_examples(labelled)
    assert not left_out
    fitting = Fitting(tiny_sight(), SIZES, steps=150, seed=0, rate=1e-2)
    losses = list(fitting.learn(lambda: [row_of(each) for each in examples * 4]))
    tensors = fitting.tensors()

    assert losses[-1] < 0.2 * losses[0]
    changes, _ = fitted({name: each.numpy() for name, each in tensors.items()})
    assert "encoder.layer.0.attention.self.query" in changes
    changed = tiny_sight()
    weights = dict(changed.encoder.named_parameters())
    for name, (given, taken) in changes.items():
        weights[f"{name}.weight"].data += torch.from_numpy(given @ taken)
    network = Network(
        {name: each.numpy() for name, each in tensors.items() if not name.startswith(CHANGED)},
        SIZES,
    )
    for each in labelled:
        found = parse(each.text, changed.see, network).call
        assert (found.tool if found else None) == each.tool
    timer = parse(TIMER.text, changed.see, network)
    assert timer.call is not None
    assert timer.call.arguments == {"seconds": 600.0, "message": "Go"}


TIMER = Labelled("in ten minutes say go", "timer", {"seconds": 600, "message": "go"})


def test_goes_on_from_a_checkpoint_as_if_nothing_had_been(tmp_path: Path) -> None:
    examples, _ = written_examples(
        [TIMER, Labelled("7 times 8", "arithmetic", {"expression": "7*8"})]
    )

    def draw() -> list[Row]:
        return [row_of(each) for each in examples * 4]

    whole = Fitting(tiny_sight(), SIZES, steps=6, seed=5)
    list(whole.learn(draw))
    begun = Fitting(tiny_sight(), SIZES, steps=6, seed=5)
    list(islice(begun.learn(draw), 3))
    begun.save(tmp_path / "checkpoint")
    resumed = Fitting(tiny_sight(), SIZES, steps=6, seed=5)
    resumed.load(tmp_path / "checkpoint")
    assert len(list(resumed.learn(draw))) == 3

    for name, each in whole.tensors().items():
        torch.testing.assert_close(resumed.tensors()[name], each)
    with pytest.raises(InputError, match="was begun with seed 5, steps 6"):
        Fitting(tiny_sight(), SIZES, steps=6, seed=6).load(tmp_path / "checkpoint")


def tiny_sight() -> WordSight:
    """Make a transformer of one layer, always the same, over letters."""
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=200,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    letters = Tokenizer(models.WordLevel({chr(n): n for n in range(200)}, unk_token="?"))
    letters.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=letters, pad_token=chr(0), unk_token="?"
    )
    return WordSight(BertModel(config).eval(), tokenizer)  # type: ignore[no-untyped-call]
