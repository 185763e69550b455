"""What counts as a yes, with the real sentence embeddings."""

import pytest

from weft.meaning import SentenceMeaning
from weft.orchestrator.approval import Assent
from weft.orchestrator.assent import assent

pytestmark = [pytest.mark.anyio, pytest.mark.integration]

QUESTION = "Shall I send a mail to Ann?"
SAYS = {
    Assent.YES: """
        yes / Yes. / yes please / yeah / yep / sure / sure thing / okay / ok / go ahead
        please go ahead / please do / of course / do it please / yes, do that / absolutely
        um, yes please / yes, send the mail / sure, why not / fine with me / sounds good
    """,
    Assent.NO: """
        no / No. / nope / no thanks / no, don't / please don't / not now / no, not yet
        don't do that / no, wait
    """,
    Assent.UNCLEAR: """
        what time is it / who is Ann / maybe / yes, but not today / yes, if it is short
        my sister is called Ann / hello / it is raining today / yes, and delete the old ones
        send it to Bob instead / what would the mail say / yes? / tell me a joke / ten minutes
        sure, but first read it to me / I wonder about the weather in Rome this afternoon
    """,
}
CASES = [
    (said.strip(), expected)
    for expected, listed in SAYS.items()
    for line in listed.strip().splitlines()
    for said in line.split(" / ")
]


@pytest.fixture(scope="module")
def meaning() -> SentenceMeaning:
    loaded = SentenceMeaning(inline=True)
    loaded.load()
    return loaded


@pytest.mark.parametrize(("said", "expected"), CASES, ids=lambda value: str(value))
async def test_a_turn_says_yes_no_or_something_else(
    meaning: SentenceMeaning, said: str, expected: Assent
) -> None:
    assert await assent(said, QUESTION, meaning) is expected
