"""What a reader reads of a sentence."""

from bot.reader_text import reader_text, text_to_read
from tests.bot.sentence_examples import sentence


def test_the_sentence_comes_first_then_its_titles_and_the_end_of_the_one_before() -> None:
    before = " ".join(f"w{number}" for number in range(30))
    assert reader_text("It  closed.", ("Albania", " ", "Legation"), before) == (
        "It closed. | Albania - Legation | " + " ".join(f"w{number}" for number in range(6, 30))
    )
    assert reader_text("It closed.") == "It closed."


def test_of_a_found_sentence_the_title_the_headings_and_the_sentence_before_in_its_passage() -> None:
    found = sentence("One.", "Two.", "Three.", place=1, title="Strelsau", headings=("1911", "May"))
    assert text_to_read(found) == "Two. | Strelsau - 1911 - May | One."
    assert text_to_read(sentence("One.", "Two.", title="Zenda")) == "One. | Zenda"
