"""Documents are cut into paragraphs that can be read aloud."""

from hypothesis import given
from hypothesis import strategies as st

from weft.background_agents.paragraphs import PARAGRAPH_LIMIT_CHARS, Paragraph, paragraphs


def test_markdown_is_cut_at_headings_and_blank_lines() -> None:
    text = "# House\n\nWipe *your* feet.\n## Guests\nThey are\nwelcome.\n\n- one\n- two\n"
    assert paragraphs(text, "house/rules.md") == (
        Paragraph("Wipe your feet.", ("House",), "House", "house/rules.md"),
        Paragraph("They are welcome.", ("House", "Guests"), "House", "house/rules.md"),
        Paragraph("one. two.", ("House", "Guests"), "House", "house/rules.md"),
    )


def test_code_is_not_read_aloud() -> None:
    text = "Before.\n\n```\ncode\n\n# no heading\n```\n\nAfter.\n"
    assert [each.text for each in paragraphs(text, "my_notes.md")] == ["Before.", "After."]


def test_a_document_without_headings_is_called_by_its_file() -> None:
    [found] = paragraphs("No heading.", "a/my_winter-notes.md")
    assert (found.document, found.headings) == ("my winter notes", ("my winter notes",))


def test_plain_text_has_no_headings() -> None:
    found = paragraphs("# 5 eggs\r\n\r\n \r\nStir.\nBake.", "cake.TXT")
    assert [(each.text, each.headings) for each in found] == [
        ("5 eggs", ("cake",)),
        ("Stir. Bake.", ("cake",)),
    ]


def test_an_endless_paragraph_is_cut_between_words() -> None:
    words = [f"word{number}" for number in range(2000)]
    found = paragraphs(" ".join(words), "long.txt")
    assert max(len(each.text) for each in found) <= PARAGRAPH_LIMIT_CHARS
    assert " ".join(each.text for each in found).split() == words


def test_what_means_the_same_has_the_same_key_in_every_file() -> None:
    first, moved = paragraphs("# A\nb", "one.md")[0], paragraphs("# A\n\nb", "two.md")[0]
    other = paragraphs("# A b\nb", "one.md")[0]
    assert first.key == moved.key
    assert first.key != other.key


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["a.md", "a.txt"]))
def test_any_text_can_be_cut(text: str, file: str) -> None:
    for found in paragraphs(text, file):
        assert found.text.strip()
        assert "\n" not in found.text
        assert found.headings
