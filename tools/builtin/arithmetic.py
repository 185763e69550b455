"""Arithmetic: works a spoken sum out and says the result."""

from weft.tools.builtin.evaluation import evaluate
from weft.tools.builtin.spoken_results import say_result
from weft.tools.builtin.spoken_sums import read_arguments
from weft.tools.tool import tool

EXAMPLES = (
    "What's seventeen times twenty three?",
    "what is 15 percent of 80",
    "Could you work out the square root of a hundred and forty four?",
    "How much is twelve thousand divided by 7?",
    "add 45, 67 and 12 please",
    "two to the power of ten",
    "I need to know what 349 minus 178 is",
    "calculate 3.5 times 12",
    "what do you get when you multiply 18 by 6",
    "what percentage of 60 is 45",
    "Take 20 percent off 75",
    "what's half of 250",
    "subtract nineteen from eighty one",
    "what is the average of 4, 8 and 15",
    "8 squared plus 6 squared",
)


@tool(examples=EXAMPLES, read_arguments=read_arguments, time_limit_s=5.0)
def arithmetic(expression: str) -> str:
    """Work out a sum: plus, minus, times, divided by, percent, powers, roots, averages.

    Args:
        expression: numbers with + - * / ** and brackets, or sqrt(), percent(), average(),
            for instance "17 * 23" or "percent(15) * 80".
    """
    return say_result(expression, evaluate(expression))
