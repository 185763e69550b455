"""Spoken sums, read and worked out."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.errors import ToolError
from weft.tools.builtin.arithmetic import arithmetic
from weft.tools.builtin.evaluation import evaluate
from weft.tools.builtin.spoken_sums import read_arguments


def answer(request: str) -> str:
    """What the tool says to a request."""
    arguments = read_arguments(request)
    assert arguments is not None, request
    return str(arithmetic(**arguments))


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ("What's seventeen times twenty three?", "17 times 23 is 391."),
        ("what's fifteen percent of eighty", "15 percent of 80 is 12."),
        ("three hundred and twelve euros to split five ways", "312 divided by 5 is 62.4."),
        ("Twelve percent tip on fifty dollars?", "12 percent of 50 is 6."),
        ("how much would six tickets at fourteen pounds be", "6 times 14 is 84."),
        ("hundred and eight minus five", "108 minus 5 is 103."),
        ("my scores were 8, 6, 9 and 5, what's the mean", "The average of 8, 6, 9 and 5 is 7."),
        ("um, what is uh 349 minus 178, please?", "349 minus 178 is 171."),
        ("WHAT IS 10 DIVIDED BY 3", "10 divided by 3 is about 3.3333."),
        (
            "the square root of a hundred and forty four",
            "The square root of 144 is 12.",
        ),
        ("cube root of 27", "The cube root of 27 is 3."),
        ("two to the power of ten", "2 to the power of 10 is 1,024."),
        ("ten to the third power", "10 cubed is 1,000."),
        ("8 squared plus 6 squared", "8 squared plus 6 squared is 100."),
        ("add one hundred and five", "100 plus 5 is 105."),
        ("add one hundred and five to twenty", "20 plus 105 is 125."),
        ("add 45, 67 and 12", "45 plus 67 plus 12 is 124."),
        ("subtract nineteen from eighty one", "81 minus 19 is 62."),
        ("multiply seven by eight by nine", "7 times 8 times 9 is 504."),
        ("two thirds of ninety", "Two thirds of 90 is 60."),
        ("what percentage of 60 is 45", "45 is 75 percent of 60."),
        ("12 is what percent of 80", "12 is 15 percent of 80."),
        ("eighty plus ten percent", "80 plus 10 percent of 80 is 88."),
        ("take 20 percent off 75", "75 minus 20 percent of 75 is 60."),
        ("what's 12.5% of $200", "12.5 percent of 200 is 25."),
        ("the average of 4, 8 and 15", "The average of 4, 8 and 15 is 9."),
        ("how many times does 7 go into 84", "84 divided by 7 is 12."),
        ("5 plus 3 then times 2", "That comes to 16."),
        ("minus five plus three", "Minus 5 plus 3 is minus 2."),
        ("17x23", "17 times 23 is 391."),
        ("In brackets six plus four, close brackets, times twelve.", "That comes to 120."),
        ("five times, in brackets, nine minus four", "That comes to 25."),
        ("90 divided by, open brackets, three plus six", "That comes to 10."),
        ("eight plus seven all squared", "That comes to 225."),
        ("add 7 to 13 and then multiply it all by 6", "That comes to 120."),
        ("nine plus three, and divide the result by four", "That comes to 3."),
        ("add 12 and 30, then subtract that from 100", "That comes to 58."),
        ("triple 45 then take off 12", "3 times 45 minus 12 is 123."),
        ("3.5k minus 1.25k", "3,500 minus 1,250 is 2,250."),
        ("how many sixes are there in 84", "84 divided by 6 is 14."),
        ("what is 48 as a percentage of 60", "48 is 80 percent of 60."),
        ("we won 18 of 24 games, what percent is that", "18 is 75 percent of 24."),
        ("2^10", "2 to the power of 10 is 1,024."),
        ("what is 0.1 plus 0.2", "0.1 plus 0.2 is 0.3."),
        ("Quick one, 84 divided by 7.", "84 divided by 7 is 12."),
        ("96, divide that by sixteen", "96 divided by 16 is 6."),
        ("the total of these numbers: 4, 8 and 15", "4 plus 8 plus 15 is 27."),
        ("seven eights are?", "7 times 8 is 56."),
        ("how many 25s go into 400", "400 divided by 25 is 16."),
        (
            "what's nine squared minus the square root of 49",
            "9 squared minus the square root of 49 is 74.",
        ),
        ("eighteen percent tip on sixty-two fifty", "18 percent of 62.5 is 11.25."),
        ("round 17.486 to two decimals", "That comes to 17.49."),
        ("2 to the power of 64", "2 to the power of 64 is 18,446,744,073,709,551,616."),
    ],
)
def test_a_spoken_sum_gets_a_spoken_answer(request_: str, said: str) -> None:
    assert answer(request_) == said


@pytest.mark.parametrize(
    ("request_", "expression"),
    [
        ("What's 17 times 23? No, I meant 20.", "17 * 20"),
        ("what's 17 times 23 no wait 24", "17 * 24"),
        ("What's 17 times 23? Sorry, 18 times 23.", "18 * 23"),
        ("What's 17 times 23? No, 20, not 23.", "17 * 20"),
        ("3 plus 4. No, minus 4.", "3 - 4"),
        ("What's 17 times 23? Make that 20, please.", "17 * 20"),
    ],
)
def test_a_correction_replaces_what_it_names(request_: str, expression: str) -> None:
    assert read_arguments(request_) == {"expression": expression}


@pytest.mark.parametrize(
    "request_",
    [
        "what's the capital of France",
        "I have 3 apples",
        "how many people live in 3 cities",
        "minus five",
        "12 percent",
        "",
        "push my two o'clock back by half an hour",
        "blood pressure of one forty over ninety",
        "if x plus 7 is 22, what is x",
        "log a bottle at half past two",
        "at quarter to three tell me to fetch the kids",
        "how many kilometers are three and a half miles plus two",
    ],
)
def test_what_is_no_sum_is_not_read_as_one(request_: str) -> None:
    assert read_arguments(request_) is None


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')",
        "'a' * 1000000000",
        "'%1000000000d' % 1",
        "(1).__class__",
        "[0] * 1000000000",
        "round(5, -1000000000)",
        "round(5, 0.5)",
        "1 if 1 else 2",
        "x + 1",
        "1 +",
        "(" * 250,
        "9" * 301,
        "",
    ],
)
def test_nothing_but_a_sum_is_worked_out(expression: str) -> None:
    with pytest.raises(ToolError):
        evaluate(expression)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("9 ** 9 ** 9", "too large"),
        ("factorial(100000)", "too large"),
        ("9 ** 100 * 9 ** 100 * 9 ** 100", "too large"),
        ("1e308 * 10", "too large"),
        ("1 / 0", "divided by zero"),
        ("sqrt(-1)", "no real"),
        ("(-8) ** 0.5", "no real"),
    ],
)
def test_what_has_no_sayable_result_says_so(expression: str, reason: str) -> None:
    with pytest.raises(ToolError, match=reason):
        evaluate(expression)


@given(st.text("0123456789+-*/%().e sqrtpi", max_size=40))
def test_any_expression_gives_a_finite_number_or_a_tool_error(expression: str) -> None:
    try:
        result = evaluate(expression)
    except ToolError:
        return
    assert math.isfinite(result)


@given(
    st.integers(0, 10**6),
    st.sampled_from([("plus", "+"), ("minus", "-"), ("times", "*"), ("divided by", "/")]),
    st.integers(1, 10**6),
)
def test_every_sum_of_two_numbers_is_read(left: int, sign: tuple[str, str], right: int) -> None:
    assert read_arguments(f"What is {left} {sign[0]} {right}?") == {
        "expression": f"{left} {sign[1]} {right}"
    }


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_whole_numbers_stay_exact(left: int, right: int) -> None:
    assert evaluate(f"{left} * ({right})") == left * right


@given(st.text(max_size=80))
def test_reading_any_request_never_fails(request_: str) -> None:
    read_arguments(request_)
