"""A query word by word, with the other ways to say it, and how much of it a text covers."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.concept import Concept, Coverage, Way, concepts, without
from index.lexical import stemmer
from index.types import Alternatives, Query

TERMS_OF = stemmer()
RARITY = {"strelsau": 4.0, "embassi": 1.0, "close": 2.0, "zenda": 3.0, "old": 0.5, "town": 0.5}
WORDS = st.sampled_from(["Strelsau", "embassy", "embassies", "closed", "the", "Old", "Town", "Zenda"])
TEXTS = st.lists(WORDS, max_size=8).map(" ".join)
QUERIES = st.builds(
    Query,
    TEXTS,
    st.lists(st.builds(Alternatives, TEXTS, st.lists(TEXTS, max_size=3).map(tuple)), max_size=3).map(tuple),
)
SAID = st.frozensets(st.sampled_from(sorted(RARITY)))


def asked(text: str, *alternatives: Alternatives) -> tuple[Concept, ...]:
    return concepts(Query(text, alternatives), TERMS_OF)


def coverage(text: str, *alternatives: Alternatives) -> Coverage:
    return Coverage(asked(text, *alternatives), lambda term: RARITY.get(term, 0.0))


def test_each_word_is_a_concept_and_counts_as_often_as_it_stands() -> None:
    assert asked("the embassy, or embassies, in Strelsau") == (
        Concept((Way(("embassi",), 2.0),)),
        Concept((Way(("strelsau",), 1.0),)),
    )
    assert asked("who was it?") == ()


def test_other_ways_come_after_the_one_that_was_asked_and_count_half() -> None:
    found = asked("closed in Strelsau", Alternatives("Strelsau", ("Old Town", "Hentzau")))
    assert found == (
        Concept((Way(("strelsau",), 1.0), Way(("old", "town"), 0.5), Way(("hentzau",), 0.5))),
        Concept((Way(("close",), 1.0),)),
    )


@pytest.mark.parametrize(
    "useless",
    [Alternatives("Zenda", ("Old Town",)), Alternatives("Strelsau Zenda", ("Old Town",)), Alternatives("the", ("a",))],
)
def test_alternatives_to_what_was_not_asked_are_left_out(useless: Alternatives) -> None:
    assert asked("the Strelsau", useless) == asked("Strelsau")


def test_another_way_that_is_the_same_to_the_index_or_holds_no_word_is_left_out() -> None:
    (concept,) = asked("embassies", Alternatives("embassies", ("Embassy", "the", "post", "posts")))
    assert concept.ways == (Way(("embassi",), 1.0), Way(("post",), 0.5))


def test_a_word_of_two_names_is_of_the_first() -> None:
    town, old = Alternatives("Old Town", ("Zenda",)), Alternatives("Old", ("Strelsau",))
    assert asked("Old Town", town, old) == (Concept((Way(("old", "town"), 1.0), Way(("zenda",), 0.5))),)


@given(QUERIES)
def test_every_term_is_in_exactly_one_concept(query: Query) -> None:
    found = concepts(query, TERMS_OF)
    terms = list(chain.from_iterable(concept.ways[0].terms for concept in found))
    assert sorted(terms) == sorted(set(TERMS_OF(query.text)))
    assert all(way.weight == 0.5 for concept in found for way in concept.ways[1:])


def test_coverage_is_the_share_by_rarity() -> None:
    wanted = coverage("Was the embassy in Strelsau closed?")
    assert wanted.share(["embassi", "close", "zenda"]) == pytest.approx(3 / 7)
    assert wanted.share(["strelsau", "strelsau"]) == pytest.approx(4 / 7)


def test_another_way_covers_if_all_its_words_are_there() -> None:
    wanted = coverage("closed Strelsau", Alternatives("Strelsau", ("Old Town",)))
    assert wanted.share(["old"]) == wanted.share(["town"]) == 0.0
    assert wanted.share(["old", "town"]) == pytest.approx(4 / 6)


def test_of_a_name_of_two_words_one_covers_its_part() -> None:
    wanted = coverage("Old Town", Alternatives("Old Town", ("Zenda",)))
    assert wanted.share(["town"]) == pytest.approx(1 / 2)
    assert wanted.share(["zenda"]) == 1.0


@pytest.mark.parametrize("text", ["", "nowhere"])
def test_where_nothing_is_wanted_or_all_is_common_nothing_is_covered(text: str) -> None:
    assert coverage(text).share(["nowher"]) == 0.0


@given(QUERIES, SAID, SAID)
def test_the_more_words_the_more_is_covered(query: Query, some: frozenset[str], more: frozenset[str]) -> None:
    wanted = Coverage(concepts(query, TERMS_OF), RARITY.__getitem__)
    assert 0 <= wanted.share(some) <= wanted.share(some | more) <= 1
    assert wanted.share(RARITY) == float(bool(TERMS_OF(query.text)))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("new strelsau", ""),
        ("old new strelsau town", "old town"),
        ("strelsau new", "strelsau new"),
        ("new strelsau strelsau", "strelsau"),
        ("upper new strelsau", ""),
        ("upper strelsau", "upper strelsau"),
        ("", ""),
    ],
)
def test_names_are_taken_out_whole_and_the_longest_first(text: str, kept: str) -> None:
    names = [("new", "strelsau"), (), ("upper", "new", "strelsau")]
    assert without(names)(text.split()) == kept.split()


def test_without_names_a_text_stays_as_it_is() -> None:
    assert without([])(["new", "strelsau"]) == ["new", "strelsau"]
