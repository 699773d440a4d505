"""Words, BM25, and that nothing a person types is query syntax."""

from datetime import date
from math import log
from pathlib import Path

import pytest
import tantivy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.concept import Concept, Way, concepts
from index.errors import GenerationError
from index.lexical import LexicalIndex, LexicalRow, _analyzer, add, lexical_form, write_parts
from index.types import Alternatives, Filter, Query
from tests.fakes.generations import build_parts

TEXTS = {
    1: "embassy oslo closed",
    2: "embassy embassy bergen",
    3: "consulate oslo visa visa visa service",
    4: "sanctions list title foo bar baz",
    7: "Ambassade fermée à N’Djamena, Straße",
    9: "The U.S. mission; the E.U. delegation, U.N.H.C.R. and AT&T",
}
LENGTHS = {1: 3, 2: 3, 3: 6, 4: 6, 7: 6, 9: 7}
"""Words that count, stop words left out: of 7 "Ambassade fermée à N Djamena Straße" ("à" folds to the
stop word "a" and is dropped, so 5); of 9 "US mission EU delegation UNHCR AT T" ("at" is dropped, so 6)."""
LENGTHS |= {7: 5, 9: 6}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    folder = tmp_path_factory.mktemp("lexical")
    build_parts(folder, [(LexicalRow(number, text, 1, 1), "c") for number, text in TEXTS.items()])
    return LexicalIndex(folder)


def wanted(*terms: str) -> list[Concept]:
    return [Concept((Way((term,), 1.0),)) for term in terms]


def hits(index: LexicalIndex, text: str, *alternatives: Alternatives) -> list[tuple[int, float]]:
    return index.search(concepts(Query(text, alternatives), index.terms), 10, Filter())


def found(index: LexicalIndex, text: str, *alternatives: Alternatives) -> list[int]:
    return [passage for passage, _ in hits(index, text, *alternatives)]


def scores(found: list[tuple[int, float]]) -> list[float]:
    return [score for _, score in found]


def bm25(frequency: int, length: int, containing: int) -> float:
    mean = sum(LENGTHS.values()) / len(LENGTHS)
    rarity = log(1 + (len(LENGTHS) - containing + 0.5) / (containing + 0.5))
    return rarity * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * length / mean))


def test_scores_are_bm25_worked_out_by_hand(index: LexicalIndex) -> None:
    assert found(index, "embassies") == [2, 1]
    assert scores(hits(index, "embassies")) == pytest.approx([bm25(2, 3, 2), bm25(1, 3, 2)], abs=1e-4)
    assert found(index, "oslo visa") == [3, 1]
    expected = [bm25(1, 6, 2) + bm25(3, 6, 1), bm25(1, 3, 2)]
    assert scores(hits(index, "oslo visa")) == pytest.approx(expected, abs=1e-4)


def test_a_word_said_twice_counts_twice(index: LexicalIndex) -> None:
    expected = [2 * bm25(1, 3, 2), 2 * bm25(1, 6, 2)]
    assert scores(hits(index, "oslo oslo")) == pytest.approx(expected, abs=1e-4)


def test_another_way_to_say_it_finds_it_and_counts_half(index: LexicalIndex) -> None:
    assert found(index, "visa") == [3]
    either = hits(index, "visa", Alternatives("visa", ("Bergen",)))
    assert [passage for passage, _ in either] == [3, 2]
    assert scores(either) == pytest.approx([bm25(3, 6, 1), bm25(1, 3, 1) / 2], abs=1e-4)


def test_of_the_ways_to_say_it_only_the_best_counts(index: LexicalIndex) -> None:
    """The first passage says both ways, and the third the other one alone."""
    either = hits(index, "embassy", Alternatives("embassy", ("Oslo",)))
    assert [passage for passage, _ in either] == [2, 1, 3]
    assert scores(either) == pytest.approx([bm25(2, 3, 2), bm25(1, 3, 2), bm25(1, 6, 2) / 2], abs=1e-4)


def test_a_way_of_several_words_counts_them_together(index: LexicalIndex) -> None:
    either = hits(index, "sanctions", Alternatives("sanctions", ("Oslo visa",)))
    assert [passage for passage, _ in either] == [3, 4, 1]
    expected = [(bm25(1, 6, 2) + bm25(3, 6, 1)) / 2, bm25(1, 6, 1), bm25(1, 3, 2) / 2]
    assert scores(either) == pytest.approx(expected, abs=1e-4)


def test_a_filter_does_not_change_the_scores(index: LexicalIndex) -> None:
    limits = Filter(collections=("c", "d"), since=date(1, 1, 1), until=date(1, 1, 1))
    asked = wanted("oslo", "visa")
    assert index.search(asked, 10, limits) == index.search(asked, 10, Filter())
    assert index.search(asked, 10, Filter(collections=("C",))) == []


ROOMS = {1: "open", 2: "closed", 3: "open", 4: "closed", 7: "other", 9: "closed"}


def rooms(folder: Path, *collections: str) -> LexicalIndex:
    """The texts in three collections, or in some of them."""
    folder.mkdir()
    build_parts(
        folder, [(LexicalRow(key, TEXTS[key], 1, 1), name) for key, name in ROOMS.items() if name in collections]
    )
    return LexicalIndex(folder)


@pytest.mark.parametrize("collections", [("open",), ("open", "other"), ("other",), ("nothing",)])
def test_what_stands_in_other_collections_moves_no_score(tmp_path: Path, collections: tuple[str, ...]) -> None:
    every, alone = rooms(tmp_path / "every", "closed", "open", "other"), rooms(tmp_path / "alone", *collections)
    limits = Filter(collections)
    terms = ("embassi", "oslo", "visa", "sanction", "strass")
    assert every.search(wanted(*terms), 10, limits) == alone.search(wanted(*terms), 10, limits)
    assert [every.rarity(term, collections) for term in terms] == [alone.rarity(term) for term in terms]
    for word in ("Oslo", "the", "N'Djamena", "nowhere"):
        assert every.passages(word, collections) == alone.passages(word), word


def test_in_several_collections_a_word_is_as_rare_as_in_all_of_them(tmp_path: Path) -> None:
    """And a passage as long as it is beside those of its own."""
    every = rooms(tmp_path / "every", "closed", "open", "other")
    rarity = log(1 + 4.5 / 2.5)
    assert every.rarity("oslo") == every.rarity("oslo", ("closed", "open", "other")) == pytest.approx(rarity)
    weight = 2.2 / (1 + 1.2 * (0.25 + 0.75 * 3 / 4.5)), 2.2 / (1 + 1.2 * (0.25 + 0.75 * 6 / 4.5))
    found = every.search(wanted("oslo"), 10, Filter())
    assert [key for key, _ in found] == [1, 3]
    assert scores(found) == pytest.approx([rarity * each for each in weight], abs=1e-4)


def test_an_index_that_an_earlier_version_wrote_still_answers(tmp_path: Path) -> None:
    """All collections in one part, each passage with the name of its own."""
    old = tantivy.SchemaBuilder()
    for field in ("passage", "first", "last"):
        old.add_integer_field(field, fast=field == "passage", indexed=field != "passage")
    old.add_text_field("text", tokenizer_name="legation", index_option="freq")
    old.add_text_field("collection", tokenizer_name="raw", index_option="basic")
    made = tantivy.Index(old.build(), path=str(tmp_path))
    made.register_tokenizer("legation", _analyzer())
    writer = made.writer(num_threads=1)
    for key, name in ROOMS.items():
        writer.add_document(
            tantivy.Document(passage=key, text=lexical_form(TEXTS[key]), collection=name, first=1, last=1)
        )
    writer.commit()
    writer.wait_merging_threads()
    del writer, made
    opened = LexicalIndex(tmp_path)
    expected = [bm25(1, 3, 2), bm25(1, 6, 2)]
    assert scores(opened.search(wanted("oslo"), 10, Filter())) == pytest.approx(expected, abs=1e-4)
    assert [key for key, _ in opened.search(wanted("embassi"), 10, Filter(("open",)))] == [1]
    assert (opened.passages("embassy"), opened.passages("embassy", ("open",))) == (2, 1)
    assert opened.rarity("visa") == pytest.approx(log(1 + 5.5 / 1.5))


def test_rarity_is_the_inverse_document_frequency(index: LexicalIndex) -> None:
    assert index.rarity("oslo") == pytest.approx(log(1 + 4.5 / 2.5))
    assert index.rarity("visa") == pytest.approx(log(1 + 5.5 / 1.5))
    assert index.rarity("nowhere") == pytest.approx(log(1 + 6.5 / 0.5))


def test_passages_counts_those_that_hold_a_word_in_any_inflection(index: LexicalIndex) -> None:
    assert [index.passages(word) for word in ("embassies", "Oslo", "nowhere", "the")] == [2, 2, 0, 6]


def test_ties_come_in_the_order_of_ids(tmp_path: Path) -> None:
    build_parts(tmp_path, [(LexicalRow(number, "same words", 1, 1), "c") for number in range(1, 30)])
    tied = LexicalIndex(tmp_path).search(wanted("word"), 10, Filter())
    assert [passage for passage, _ in tied] == list(range(1, 11))
    assert len({score for _, score in tied}) == 1


@pytest.mark.parametrize("others", [(), ("b",)])
def test_of_more_that_are_equally_good_than_are_wanted_the_first_are_found(
    tmp_path: Path, others: tuple[str, ...]
) -> None:
    """However the index came to be: tantivy itself gives those that it comes to first, by the files they lie in."""
    rows = [LexicalRow(number, f"embassy {'oslo' * (number == 50)}", 1, 1) for number in range(1, 81)]
    for piece in (rows[60:], rows[:20], rows[40:60], rows[20:40]):
        (tmp_path / "0").mkdir(exist_ok=True)
        add(tmp_path / "0", piece)
    for number, _ in enumerate(others, start=1):
        (tmp_path / str(number)).mkdir()
        add(tmp_path / str(number), [LexicalRow(100, "embassy", 1, 1), LexicalRow(101, "visa", 1, 1)])
    write_parts(tmp_path, ("a", *others))
    index = LexicalIndex(tmp_path)
    for limit in (1, 3, 10, 79):
        found = index.search(wanted("embassi", "oslo"), limit, Filter())
        assert [passage for passage, _ in found] == [50, *range(1, 50), *range(51, 81)][:limit]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("The Embassies were closed", ["embassi", "close"]),
        ("U.S. and US, the U.S.S.R.", ["us", "us", "ussr"]),
        ("Zürich fermée STRASSE Straße", ["zurich", "ferme", "strass", "strass"]),
        ("who what when where why", []),
        ("", []),
        ("2017-05-31", ["2017", "05", "31"]),
        ("大使館は閉鎖", ["大使館は閉鎖"]),
        ("title:foo AND (bar OR \"baz", ["titl", "foo", "bar", "baz"]),
        ("* \\ +-^~ NOT visa? [a TO b]", ["visa", "b"]),
    ],
)  # fmt: skip
def test_terms(index: LexicalIndex, text: str, terms: list[str]) -> None:
    assert index.terms(text) == terms


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("the U.S. Embassy", "the US Embassy"),
        ("U.S.", "US"),
        ("at U.N.H.C.R.'s", "at UNHCR's"),
        ("End. A. Next", "End. A. Next"),
        ("e.g. this", "eg this"),
        ("§ 1.2.3.", "§ 1.2.3."),
        ("É.U. a", "ÉU a"),
    ],
)
def test_dotted_acronyms_become_one_word(text: str, form: str) -> None:
    assert lexical_form(text) == form


def test_acronyms_are_found_with_and_without_dots(index: LexicalIndex) -> None:
    assert found(index, "US mission") == [9]
    assert found(index, "unhcr") == found(index, "U.N.H.C.R.") == [9]


@pytest.mark.parametrize(
    ("text", "passages"),
    [
        ('title:foo AND (bar OR "baz', [4]),
        ("embassy NOT oslo", [1, 2, 3]),
        ("-oslo +visa", [3, 1]),
        ("os*", []),
        ("*", []),
        ("oslo~2", [3, 1]),
        ("oslo^100", [1, 3]),
        ("passage:[0 TO 9]", []),
        ("collection:c", []),
        ("\\", []),
        ("NDjamena n'djamena", [7]),
        ("FERMEE strasse", [7]),
    ],
)
def test_query_syntax_is_only_words(index: LexicalIndex, text: str, passages: list[int]) -> None:
    assert sorted(found(index, text)) == sorted(passages)


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60) | st.text(alphabet='"()[]{}:*?\\/+-^~!&|<> ANDORT\0', max_size=60))
@example('"' * 200)
@example("(" * 5000)
@example("x" * 100_000)
@example("oslo " * 3000)
def test_no_text_is_an_error(index: LexicalIndex, text: str) -> None:
    asked = concepts(Query(text), index.terms)
    got = index.search(asked, 10, Filter())
    assert {passage for passage, _ in got} <= set(TEXTS)
    assert all(score > 0 for _, score in got)
    assert got == index.search(asked[::-1], 10, Filter())


def test_nothing_asked_or_wanted_finds_nothing(index: LexicalIndex) -> None:
    assert index.search([], 10, Filter()) == []
    assert index.search(wanted("oslo"), 0, Filter()) == []


def test_where_no_lock_can_be_made_the_index_opens_all_the_same(tmp_path: Path) -> None:
    """As on a read-only disk: a folder has the name of the lock file."""
    build_parts(tmp_path, [(LexicalRow(number, text, 1, 1), "c") for number, text in TEXTS.items()])
    (tmp_path / "0" / ".tantivy-meta.lock").mkdir()
    opened = LexicalIndex(tmp_path)
    assert found(opened, "visa") == [3]
    assert scores(opened.search(wanted("embassi"), 1, Filter())) == pytest.approx([bm25(2, 3, 2)], abs=1e-4)


def test_no_lock_files_are_left_by_building(tmp_path: Path) -> None:
    build_parts(tmp_path, [(LexicalRow(number, "embassy", 1, 1), name) for number, name in enumerate("ab")])
    assert [path.name for path in tmp_path.rglob("*") if "lock" in path.name] == []


@pytest.mark.parametrize("suffix", ["fast", "idx", "term"])
@pytest.mark.parametrize("content", [b"\0", b"\xff"])
def test_a_file_that_is_damaged_once_it_is_open_is_told(tmp_path: Path, suffix: str, content: bytes) -> None:
    """tantivy panics over some, which no ``except Exception`` sees."""
    build_parts(tmp_path, [(LexicalRow(number, f"embassy oslo word{number}", 1, 1), "c") for number in range(300)])
    opened = LexicalIndex(tmp_path)
    for file in (tmp_path / "0").glob(f"*.{suffix}"):
        with file.open("r+b") as written_over:
            written_over.write(content * file.stat().st_size)
    with pytest.raises(GenerationError) as caught:
        opened.search(wanted("oslo", "word5"), 10, Filter())
    assert caught.value.user_message == "The index of words is damaged; run: legation sync"


def test_no_word_is_taken_for_damage(index: LexicalIndex) -> None:
    for word in ("x" * 200_000, "\0", "🙂", ""):
        assert (index.search(wanted(word), 10, Filter()), index.rarity(word)) == ([], log(14))
