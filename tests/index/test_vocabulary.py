"""Which words a generation holds, and which was meant by one that it does not."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from index import vocabulary
from index.vocabulary import IndexedVocabulary, WordCollector, fold, most_mistakes, nearest_words

COUNTS = {"embassy": 9, "embassies": 9, "sanction": 5, "sanctions": 5, "sections": 7, "consul": 2, "consular": 3}


def collected(*texts: str) -> bytes:
    collector = WordCollector()
    for text in texts:
        collector.take(text)
    return collector.content()


def of(counts: dict[str, int]) -> IndexedVocabulary:
    content = "".join(f"{word}\n" for word in sorted(counts)).encode()
    return IndexedVocabulary(content, lambda word: counts.get(word, 0))


def test_the_file_holds_each_word_once_in_order() -> None:
    assert collected("Embassy in Zürich, EMBASSY; legation", "closed in 1998") == b"closed\nembassy\nlegation\nzurich\n"


def test_what_is_no_word_of_letters_is_left_out() -> None:
    assert collected("abc x12345 covid19 snake_case السفارة 大使館 naïve " + "a" * 25) == b"naive\n"
    assert collected() == b""


def test_lines_shared_with_the_text_before_are_not_lost() -> None:
    assert collected("first line\nshared line", "shared line\nlast words") == b"first\nlast\nline\nshared\nwords\n"


def test_words_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "MOST_WORDS", 3)
    assert collected("some words here", "many more words") == b"here\nsome\nwords\n"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("embasy", "embassy"),  # one letter left out
        ("embsasy", "embassy"),  # two exchanged
        ("Embasies", "embassies"),
        ("consulr", "consular"),  # nearer than "consul"? as near, and more frequent
        ("sanctons", "sanctions"),
        ("snactoins", "sanctions"),  # two mistakes in nine letters
        ("mbassy", None),  # the first letter is right as a rule
        ("sancion", "sanction"),
        ("emb", None),
        ("ambasad", None),
        ("embassy9", None),
        ("посольство", None),
        ("", None),
    ],
)
def test_the_nearest_word(typed: str, meant: str | None) -> None:
    assert of(COUNTS).nearest(typed) == meant


def test_of_words_as_near_the_more_frequent_is_meant() -> None:
    assert of({"shore": 1, "shire": 4}).nearest("shxre") == "shire"
    assert of({"shore": 4, "shire": 1}).nearest("shxre") == "shore"
    assert of({"shore": 2, "shire": 2}).nearest("shxre") == "shire"


def test_known_is_what_some_passage_holds() -> None:
    words = of(COUNTS)
    assert words.knows("embassy")
    assert not words.knows("embasy")


def test_a_word_itself_is_not_what_was_meant_by_it() -> None:
    words = of({"embassy": 9, "embasy": 1})
    assert (words.nearest("embasy"), words.passages("embasy")) == ("embassy", 1)


def test_without_a_file_nothing_is_suggested() -> None:
    words = IndexedVocabulary(b"", lambda word: 1)
    assert words.knows("anything")
    assert words.nearest("embasy") is None


@pytest.mark.parametrize(
    ("word", "mistakes"),
    [("four", 0), ("fives", 1), ("sevenns", 1), ("eightttt", 2), ("naïve", 0), ("x1998", 0), ("two-part", 0)],
)
def test_how_many_mistakes_are_mended(word: str, mistakes: int) -> None:
    assert most_mistakes(word) == mistakes


def test_folding_drops_accents_and_capitals() -> None:
    assert fold("Côte d’Ivoire STRASSE Straße İ") == "cote d’ivoire strasse strasse i"


WORDS = st.text(string.ascii_lowercase[:6], min_size=4, max_size=9)


@given(WORDS, st.dictionaries(WORDS, st.integers(1, 5), max_size=30))
def test_nearest_is_the_best_of_all_words(typed: str, counts: dict[str, int]) -> None:
    allowed = most_mistakes(typed)
    near = [
        (OSA.distance(typed, word), -count, word)
        for word, count in counts.items()
        if allowed and word != typed and word[0] == typed[0] and OSA.distance(typed, word) <= allowed
    ]
    assert of(counts).nearest(typed) == (min(near)[2] if near else None)


def test_nearest_words_come_with_their_distances() -> None:
    assert nearest_words("embasies", ["embassy", "embassies", "embarks"]) == [("embassies", 1)]
