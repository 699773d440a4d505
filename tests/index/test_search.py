"""From a query to passages and sentences: what each number of a hit is, and what was searched."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from math import log
from pathlib import Path
from typing import Any

import pytest

from index.home import Home
from index.lexical import LexicalIndex
from index.library import Library
from index.passage_index import Candidate
from index.search import DENSE_WEIGHT, Collection, Searcher, SentenceHit, fuse
from index.sync import Limits, sync
from index.types import Alternatives, Filter, Query, Source
from tests.fakes.word_encoder import WordEncoder

CLOSED, REOPENED = "The embassy in Strelsau closed in May.", "It reopened in June."
POSTS = {
    "strelsau.md": f"---\npublished: 1911-05\n---\n# Strelsau\n\n{CLOSED} {REOPENED}\n",
    "zenda.md": "---\npublished: 1907\n---\n# Zenda\n\nThe legation in Zenda was withdrawn.\n",
}
LAW = {"act.txt": "Act on trade\n\nTrade with Hentzau is forbidden. Food is exempt.\n"}
EVERYTHING = Filter()


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    folder = tmp_path_factory.mktemp("search")
    for name, files in (("posts", POSTS), ("law", LAW)):
        (folder / name).mkdir()
        for path, text in files.items():
            (folder / name / path).write_text(text)
    home = Home(folder / "home")
    library, encoder = Library(home.library), WordEncoder()
    sources = [Source(name, str(folder / name), name) for name in ("posts", "law")]
    sync(home, library, encoder, Limits(10_000, 64), add=sources)
    yield Searcher(home, library, encoder)
    library.close()


def sentences(searcher: Searcher, query: Query, limits: Filter = EVERYTHING, of: int = 1) -> tuple[SentenceHit, ...]:
    return searcher.search(query, limits, 3, sentences_of=of).sentences


def said(sentence: SentenceHit) -> str:
    return sentence.hit.stored.document.text[sentence.span.start : sentence.span.end]


def paths(searcher: Searcher, text: str, limits: Filter) -> list[str]:
    return [hit.stored.document.path for hit in searcher.search(Query(text), limits, 3).hits]


def test_the_sentences_of_the_first_hits_come_in_their_order(searcher: Searcher) -> None:
    result = searcher.search(Query("embassy Strelsau"), EVERYTHING, 3, sentences_of=1)
    assert len(result.hits) == 3
    assert result.hits[0].stored.document.path == "strelsau.md"
    assert [said(sentence) for sentence in result.sentences] == [CLOSED, REOPENED]
    assert all(sentence.hit is result.hits[0] for sentence in result.sentences)
    assert [said(sentence) for sentence in sentences(searcher, Query("embassy Strelsau"), of=3)][:2] == [
        CLOSED,
        REOPENED,
    ]
    assert len(sentences(searcher, Query("embassy Strelsau"), of=3)) == 5
    assert sentences(searcher, Query("embassy Strelsau"), of=0) == ()


def test_what_the_words_of_a_question_give_a_sentence(searcher: Searcher) -> None:
    """Of three passages, one holds each word but "winter", which none does."""
    rarity, rarest = log(1 + 2.5 / 1.5), log(1 + 3.5 / 0.5)
    closed, reopened = sentences(searcher, Query("When did the embassy in Strelsau reopen, in winter?"))
    whole = 3 * rarity + rarest

    def shares(found: SentenceHit) -> list[float]:
        return [found.coverage, found.own, found.near, found.passage]

    everything = 3 * rarity / whole
    assert shares(closed) == pytest.approx([2 * rarity / whole, 2 * rarity / whole, everything, everything])
    assert shares(reopened) == pytest.approx([2 * rarity / whole, rarity / whole, everything, everything])


def test_the_sentences_cosine_is_that_of_its_vector(searcher: Searcher) -> None:
    query, encoder = "Did the embassy in Strelsau reopen?", WordEncoder()
    expected = [float(encoder.encode_query(query) @ encoder.encode_query(text)) for text in (CLOSED, REOPENED)]
    found = sentences(searcher, Query(query))
    assert [sentence.dense for sentence in found] == pytest.approx(
        expected, abs=1e-3
    )  # vectors are kept as half floats


def test_another_way_to_say_it_is_found_and_covers(searcher: Searcher) -> None:
    asked = Query("Ostrel", (Alternatives("Ostrel", ("Strelsau",)),))
    by_words = {hit.stored.document.path: hit.lexical > 0 for hit in searcher.search(asked, EVERYTHING, 3).hits}
    assert by_words == {"strelsau.md": True, "zenda.md": False, "act.txt": False}
    closed, _ = sentences(searcher, asked, Filter(since=date(1911, 1, 1)))
    assert (closed.coverage, closed.own) == (1.0, 1.0)
    alone, _ = sentences(searcher, Query("Ostrel"), Filter(since=date(1911, 1, 1)))
    assert (alone.hit.lexical, alone.coverage) == (0.0, 0.0)


@pytest.mark.parametrize("text", ["", "when was it?", "🙂"])
def test_a_query_without_words_covers_nothing(searcher: Searcher, text: str) -> None:
    for found in sentences(searcher, Query(text), of=3):
        assert (found.coverage, found.own, found.near, found.passage) == (0.0,) * 4


def test_words_are_searched_while_the_question_is_encoded(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = searcher.search(Query("embassy Strelsau"), EVERYTHING, 3)
    searched = threading.Event()
    by_words, encode = LexicalIndex.search, WordEncoder.encode_query

    def search(*arguments: Any) -> Any:
        searched.set()
        return by_words(*arguments)

    def encode_then(self: WordEncoder, text: str) -> Any:
        assert searched.wait(30)
        return encode(self, text)

    monkeypatch.setattr(LexicalIndex, "search", search)
    monkeypatch.setattr(WordEncoder, "encode_query", encode_then)
    assert searcher.search(Query("embassy Strelsau"), EVERYTHING, 3) == expected


def test_limits_hold_for_every_hit(searcher: Searcher) -> None:
    assert sorted(paths(searcher, "Strelsau", EVERYTHING)) == ["act.txt", "strelsau.md", "zenda.md"]
    assert paths(searcher, "Strelsau", Filter(collections=("law",))) == ["act.txt"]
    assert paths(searcher, "Strelsau", Filter(since=date(1911, 5, 31))) == ["strelsau.md"]
    assert paths(searcher, "Strelsau", Filter(until=date(1907, 1, 1))) == ["zenda.md"]
    assert paths(searcher, "Strelsau", Filter(collections=("nothing",))) == []


def test_what_was_searched_is_told_whatever_was_found(searcher: Searcher) -> None:
    law, posts = Collection("law", 1, None), Collection("posts", 2, "1911-05")
    assert searcher.search(Query("Strelsau"), EVERYTHING, 3).collections == (law, posts)
    assert searcher.search(Query("Strelsau"), Filter(since=date(2000, 1, 1)), 3).collections == (law, posts)
    assert searcher.search(Query("Strelsau"), Filter(collections=("law",)), 3).collections == (law,)
    assert searcher.search(Query("Strelsau"), Filter(collections=("nothing",)), 3).collections == ()


def test_a_new_generation_brings_its_collections(tmp_path: Path) -> None:
    home, encoder = Home(tmp_path / "home"), WordEncoder()
    library = Library(home.library)
    (tmp_path / "act.txt").write_text(LAW["act.txt"])
    searcher = Searcher(home, library, encoder)
    searched: list[list[str]] = []
    for name in ("law", "more"):
        sync(home, library, encoder, Limits(10_000, 64), add=[Source(name, str(tmp_path / "act.txt"), name)])
        searched.append([each.name for each in searcher.search(Query("trade"), EVERYTHING, 1).collections])
    assert searched == [["law"], ["law", "more"]]
    library.close()


def test_a_library_put_back_in_its_place_is_searched_as_it_is_now(tmp_path: Path) -> None:
    """As pg_restore and SQLite's .restore do, under a service that goes on: numbers are then given a second time."""
    home, encoder = Home(tmp_path / "home"), WordEncoder()
    library = Library(home.library)
    searcher = Searcher(home, library, encoder)
    notes = tmp_path / "notes"
    notes.mkdir()

    def best(word: str, path: str, text: str) -> tuple[str, float]:
        for older in notes.iterdir():
            older.unlink()
        (notes / path).write_text(text)
        sync(home, library, encoder, Limits(10_000, 64), add=[Source("notes", str(notes), "n")])
        hit = searcher.search(Query(word), EVERYTHING, 1).hits[0]
        return hit.stored.document.path, hit.lexical

    best("oslo", "a.txt", "Oslo closed.")
    with closing(sqlite3.connect(home.library)) as here, closing(sqlite3.connect(tmp_path / "dump")) as dump:
        here.backup(dump)
        assert best("riga", "b.txt", "Riga opened.")[0] == "b.txt"
        dump.backup(here)
    path, lexical = best("quito", "c.txt", "Quito closed.")
    assert (path, lexical > 0) == ("c.txt", True)
    library.close()


def test_the_fused_score_weighs_cosine_and_words_over_the_candidates() -> None:
    candidates = [Candidate(1, 0.2, 5.0), Candidate(2, 0.6, 0.0), Candidate(3, 0.4, 10.0)]
    fused = fuse(candidates)
    assert [candidate.passage_id for candidate, _ in fused] == [3, 2, 1]
    words = 1 - DENSE_WEIGHT
    assert [score for _, score in fused] == pytest.approx([DENSE_WEIGHT / 2 + words, DENSE_WEIGHT, words / 2])


def test_where_one_half_tells_nothing_the_other_decides() -> None:
    first, second = Candidate(1, 0.5, 4.0), Candidate(2, 0.5, 1.0)
    assert fuse([second, first]) == [
        (first, pytest.approx(1.0)),
        (second, pytest.approx(DENSE_WEIGHT + (1 - DENSE_WEIGHT) / 4)),
    ]
    wordless = [Candidate(9, -0.5, 0.0), Candidate(4, 0.5, 0.0), Candidate(3, 0.5, 0.0)]
    assert fuse(wordless) == [(wordless[2], DENSE_WEIGHT), (wordless[1], DENSE_WEIGHT), (wordless[0], 0.0)]
    assert fuse([]) == []
