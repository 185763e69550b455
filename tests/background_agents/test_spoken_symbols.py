"""Signs, units and amounts become the words that one says for them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from weft.background_agents.spoken import finished_sentences, plain
from weft.background_agents.spoken_symbols import say_symbols


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("It is 23 °C and 5 km/h.", "It is 23 degrees Celsius and 5 kilometres per hour."),
        ("1 m, 2 m, 1 °C, 1.0 m", "1 metre, 2 metres, 1 degree Celsius, 1.0 metres"),
        ("5 s, 5 g, 5 h, 1.5s", "5 seconds, 5 grams, 5 hours, 1.5 seconds"),
        ("100 m², 3 m2, 2 m^3", "100 square metres, 3 square metres, 2 cubic metres"),
        ("12 mW are not 12 MW", "12 milliwatts are not 12 megawatts"),
        ("50 kg/m³ and 100 km/day", "50 kilograms per cubic metre and 100 kilometres per day"),
        ("300 people per km², in °C", "300 people per square kilometre, in degrees Celsius"),
        ("a 5-km run of 1 h 20 min", "a 5-kilometre run of 1 hour 20 minutes"),
        ("6'2\" tall", "6 feet 2 inches tall"),
        ("-5 °C and −3%", "minus 5 degrees Celsius and minus 3 percent"),
        (
            "½ of it, 2½ kg, ¾ l",
            "one half of it, 2 and a half kilograms, three quarters of a litre",
        ),
    ],
)
def test_measures(written: str, said: str) -> None:
    assert say_symbols(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("€12.50, $1, £0.01, $0.99", "12 euros 50, 1 dollar, 1 penny, 99 cents"),
        ("$3.2M or 3 bn users", "3.2 million dollars or 3 billion users"),
        ("12 €, CHF 5, 5 USD, US$5", "12 euros, 5 Swiss francs, 5 US dollars, 5 US dollars"),
        ("$5–$10 or €5-10 million", "5 to 10 dollars or 5 to 10 million euros"),
        ("$10/month, ¥500", "10 dollars per month, 500 yen"),
        ("$1,234.05", "1,234 dollars 5"),
    ],
)
def test_money(written: str, said: str) -> None:
    assert say_symbols(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("5–10 km, 5-10%, 2019–2023", "5 to 10 kilometres, 5 to 10 percent, 2019 to 2023"),
        ("5°C–10°C", "5 degrees Celsius to 10 degrees Celsius"),
        ("On 2026-11-21 at 14:05.", "On 21 November 2026 at 2:05 in the afternoon."),
        ("2026-11-21T00:00:00Z", "21 November 2026 at midnight UTC"),
        ("14:00-15:30", "2 in the afternoon to 3:30 in the afternoon"),
    ],
)
def test_ranges_days_and_times(written: str, said: str) -> None:
    assert say_symbols(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("H₂O, Paris², x², 10⁻³ m", "H2O, Paris, x squared, 10 to the power of minus 3 metres"),
        ("3×4 ≈ 12, ~5, ≥ 5", "3 times 4 is about 12, about 5, at least 5"),
        ("<5%", "less than 5 percent"),
        ("See No. 5, e.g. R&D", "See number 5, for example R and D"),
        ("Great 😀! 5️⃣ 👩‍💻 of them", "Great! 5 of them"),
        ("evil.com/x?y=z, or (docs.evil.com/a).", "evil.com, or (docs.evil.com)."),
        (r"$x^2$ and \(3 \times 10^{8}\ \text{m/s}\)",
         "x squared and 3 times 10 to the power of 8 metres per second"),
        (r"$\frac{1}{2}$ of $5 and $10", "1 over 2 of 5 dollars and 10 dollars"),
    ],
)  # fmt: skip
def test_signs(written: str, said: str) -> None:
    assert say_symbols(written) == said


@pytest.mark.parametrize(
    "text",
    [
        "1,234 people in the 1990s, at 5 pm, 5 in 10, 9:30.",
        "Call 555-1234 or +49 30 123, it is 50-50, 2-1, 1-2-3.",
        "100 W 57th Street, 5 A, version 1.2.3, 2026-13-45.",
        "Write to ann@example.com, and/or use Node.js/React, x <y, a -> 5.",
        "- 5 degrees, 12:30, 2:05 pm.",
    ],
)
def test_what_may_be_something_else_stays(text: str) -> None:
    assert say_symbols(text) == text


_PIECES = """
5 12.50 1,234 0 1 - – − . , : / ^ = ( ) $ € USD km m m² °C % h s ½ ² ₂ × ~ ≈ < > & + # ' " M bn No.
e.g. to per and a x 14:05 2026-11-21 evil.com/x \\ { } \\frac _ ★ 😀 👩‍💻
"""
_FRAGMENTS = st.sampled_from(_PIECES.split())
_TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.tuples(_FRAGMENTS, st.sampled_from(["", " "])), max_size=14).map(
        lambda parts: "".join(fragment + space for fragment, space in parts)
    ),
)


@given(_TEXTS)
@example("€12.50 m")
def test_said_twice_is_said_once_and_content_is_never_lost(text: str) -> None:
    said = say_symbols(text)
    assert say_symbols(said) == said
    if any(character.isalnum() for character in text):
        assert any(character.isalnum() for character in said)


_SENTENCES = st.sampled_from(
    [
        "It is 23 °C and 5–10 km/h.",
        "That is €12.50!",
        "Take e.g. ½ of No. 5.",
        "Is it 14:05 on 2026-11-21?",
        "It grew by 3.5%.",
        r"It is $5. Then $x^2$ is 10 m².",
        "Great 😀.",
        "See evil.com/x or R&D.",
    ]
)


@given(st.lists(_SENTENCES, min_size=2, max_size=4), st.integers(0, 120))
def test_a_growing_answer_does_not_change_what_was_handed_over(
    written: list[str], end: int
) -> None:
    text = " ".join(written)
    given_over = " ".join(finished_sentences(text[:end])).split()
    assert plain(text).split()[: len(given_over)] == given_over
