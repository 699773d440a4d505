"""Typos are mended, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.glossary import load_glossary
from bot.places import load_places
from bot.spelling import mend
from bot.words import edited
from index.vocabulary import IndexedVocabulary

WORDS = (
    "agency annex arrest consular diplomatic embassy expelled gerard office operations palace sanctions severed".split()
)
VOCABULARY = IndexedVocabulary("".join(f"{word}\n" for word in WORDS).encode(), lambda word: int(word in WORDS))
PLACES, GLOSSARY = load_places(), load_glossary()


def mended(text: str, vocabulary: IndexedVocabulary = VOCABULARY) -> str:
    edits, corrections = mend(text, vocabulary, PLACES, GLOSSARY)
    assert [(text[edit.start : edit.end], edit.new) for edit in edits] == [
        (each.typed, each.searched) for each in corrections
    ]
    return edited(text, edits)


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("the embasy was raided", "the embassy was raided"),
        ("diplomatc sanctons", "diplomatic sanctions"),
        ("Embsasy staff", "Embassy staff"),
        ("in Cambodja", "in Cambodia"),
        ("US Embasy Cambodja", "US Embassy Cambodia"),
        ("Sierre Leonne", "Sierra Leone"),
        ("in lybia", "in Libya"),  # all letters, in another order
        ("afganistan and the phillipines", "Afghanistan and the Philippines"),
        ("the Ugandna post", "the Ugandan post"),
        ("WHY EMBASY", "WHY embassy"),
        ("its Consulr Office", "its Consular Office"),
    ],
)
def test_typos_are_mended(typed: str, searched: str) -> None:
    assert mended(typed) == searched


@pytest.mark.parametrize(
    "text",
    [
        "the embassy in Cambodia",
        "influenza, sourdough, football",  # English, though in no document
        "Gerhard and Nijjar",  # one name is not another
        "surname, Indiana, Columbia",
        "Ashraf Ghani, President Ghani and Ahmad al-Sharaa",
        "doesn’t, couldn't",
        "agenc1 anex",  # too short, or with a digit
        "OFFCE",
        "see www.embasy.example or /embasy/x or embasy@x",
        "посольство 大使館 السفارة σύνταγμα",
        "pourquoi cette ambasade fut-elle fermee",  # another language
        "1998 2,340 12/04/1975",
        "",
    ],
)
def test_what_is_right_or_unclear_stays(text: str) -> None:
    assert mended(text) == text


COUNTS = {
    "embassy": 200,
    "embasy": 2,
    "sanctions": 199,
    "sanctins": 2,
    "conslar": 1,
    "consular": 500,
    "rubles": 1,
    "rules": 900,
}
SLIPPED = IndexedVocabulary("".join(f"{word}\n" for word in sorted(COUNTS)).encode(), lambda word: COUNTS.get(word, 0))


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("the embasy was raided", "the embassy was raided"),
        ("the sanctins of 1998", "the sanctins of 1998"),  # not a hundred times as frequent
        ("its Embasy", "its Embasy"),  # a capital: may be a name
        ("ten rubles", "ten rubles"),  # short, and not of the field
        ("a conslar post", "a consular post"),
    ],
)
def test_a_typo_of_the_documents_is_mended_where_another_word_is_far_more_frequent(typed: str, searched: str) -> None:
    assert mended(typed, SLIPPED) == searched


@pytest.mark.parametrize(
    "text",
    [
        "Was ist mit dem embasy in Cambodja passiert?",
        "¿Cuándo se cerró el embasy en Lybia?",
        "Quand le consulat et l'embasy ont-ils fermé ?",
    ],
)
def test_a_question_in_another_language_stays(text: str) -> None:
    assert mended(text) == text


@given(st.text(alphabet=st.sampled_from("embasyfic 0123456789-'")))
def test_numbers_are_never_touched(text: str) -> None:
    edits, _ = mend(text, VOCABULARY, PLACES, GLOSSARY)
    assert not any(character.isdigit() for edit in edits for character in text[edit.start : edit.end] + edit.new)
