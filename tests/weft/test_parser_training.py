"""How the parser of requests learns: labels as programs, variations, and the two networks."""

import random
from collections import Counter

import numpy as np
import pytest
import torch

from weft.background_agents.request_parser.network import Network, Sizes, marks_of, place_of
from weft.background_agents.request_parser.program import Token, call_of
from weft.background_agents.request_parser.sentence import read_sentence
from weft.bench.route import TOOLS, same_call
from weft.parser_training.examples import Labelled, talk, variations, written_examples
from weft.parser_training.fitting import BATCH, ParserNetwork, Row, batches_of, fit, rows_of
from weft.parser_training.run import shipped_requests
from weft.parser_training.writing import NotWritten, write_program
from weft.tools.builtin import builtin_tools

SIZES = Sizes(seen=8, width=16, heads=2, hidden=32, layers=2)


def shown(program: tuple[Token, ...]) -> str:
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
         "arithmetic number@2 number@3 cents done"),
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
         "difference first@1 last@3 first@5 last@5 done"),
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


def test_variations_ask_the_same_tool_with_what_they_hold() -> None:
    rng = random.Random(4)
    labelled = random.Random(1).sample(shipped_requests(), 300)
    examples, _ = written_examples(labelled)

    varied = variations(rng, examples, 3, lambda: None)

    assert len(varied) > 2.5 * len(examples)
    texts = {example.sentence.text for example in examples}
    assert sum(each.sentence.text not in texts for each in varied) > len(examples)
    tools: Counter[str] = Counter()
    for each in varied:
        call = call_of(each.program, each.sentence)
        assert (call is None) == (each.program[0].name == "none")
        tools[each.program[0].name] += 1
    assert tools["timer"] > 20


def test_talk_is_for_no_tool() -> None:
    assert {each.program for each in talk(random.Random(0), 20)} == {(Token("none"),)}


def test_numpy_computes_what_torch_has_learnt() -> None:
    torch.manual_seed(0)
    sentence = read_sentence("in ten minutes say go")
    program = write_program(sentence, "timer", {"seconds": 600, "message": "go"})
    seen = np.random.default_rng(0).normal(size=(len(sentence.pieces), 8)).astype(np.float32)
    fitted = ParserNetwork(SIZES).eval()
    network = Network({k: v.numpy() for k, v in fitted.state_dict().items()}, SIZES)
    memory = network.memory(seen, marks_of(sentence))

    from weft.parser_training.fitting import scores_of

    row = Row(seen, marks_of(sentence), *as_numbers(program))
    padded = Row(np.zeros((9, 8), np.float32), np.zeros((9, 14), np.float32), (0,), (0,))
    with torch.no_grad():
        # Beside a longer one: what is not there must change nothing.
        scores = scores_of(fitted, [row, padded])[0][0].log_softmax(-1).numpy()
    for step in range(len(program)):
        alone = network.log_probabilities(memory, program[:step])
        for token in program:
            torch_says = scores[step, place_of(token, 9)]
            assert alone[place_of(token, len(sentence.pieces))] == pytest.approx(
                torch_says, abs=1e-4
            )


def as_numbers(program: tuple[Token, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    from weft.parser_training.fitting import numbers_of

    return numbers_of(program)


def test_learns_a_few_requests_by_heart() -> None:
    labelled = [
        Labelled("in ten minutes say go", "timer", {"seconds": 600, "message": "go"}),
        Labelled("what time is it", "time", {}),
        Labelled("7 times 8", "arithmetic", {"expression": "7*8"}),
        Labelled("hello", None, {}),
    ]
    examples, others = written_examples(labelled)
    assert not others
    rows = rows_of(examples * 8, letters_seen, lambda: None)
    losses: list[float] = []

    fit(rows, SIZES, epochs=60, seed=0, tick=losses.append, rate=1e-2)

    assert len(losses) == 60 * len(batches_of(rows))
    assert len(rows) < BATCH
    assert losses[-1] < 0.2 * losses[0]


def letters_seen(texts: list[str], spans: list[list[tuple[int, int]]]) -> list[np.ndarray]:
    """See a stretch as the letters it begins with."""
    return [
        np.array(
            [np.random.default_rng(ord(text[begin])).normal(size=8) for begin, _ in inside],
            dtype=np.float32,
        )
        for text, inside in zip(texts, spans, strict=True)
    ]
