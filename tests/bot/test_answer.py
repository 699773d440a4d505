"""Ranking, refusing, and the last check before sending, on the real index of the shipped briefs."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answer import NO_WORDS, NOT_FOUND, Answerer, answerability, check_quotes, rank
from bot.assemble import briefs_source
from bot.question import make_question
from bot.types import Answer
from index.encode import OnnxEncoder
from index.errors import EmptyLibraryError, LibraryError
from index.home import Home
from index.library import Library
from index.search import Searcher
from index.sync import Limits, sync
from index.types import Filter


@pytest.fixture(scope="module")
def searcher(encoder: OnnxEncoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    home = Home(tmp_path_factory.mktemp("briefs"))
    library = Library(home.library)
    sync(home, library, encoder, Limits(1_000_000, 192), add=[briefs_source()])
    yield Searcher(home, library, encoder)
    library.close()


@pytest.fixture(scope="module")
def answerer(searcher: Searcher) -> Answerer:
    return Answerer(searcher, most_quotes=5, refuse_below=0.5)


def _first(answer: Answer) -> tuple[str, str]:
    start, end = answer.quotes[0].highlight
    return answer.quotes[0].document.path, answer.quotes[0].document.text[start:end]


@pytest.mark.parametrize(
    ("question", "path", "words"),
    [
        ("Which embassies is North Korea closing, and why?", "north-korea-embassy-closures-2023.md", "Spain"),
        ("When was the US embassy in Taipei closed?", "taipei-embassy-1979.md", "1979"),
        ("When do the Burma sanctions end?", "burma-sanctions-and-sunset.md", "8 years after"),
        ("Who is the protecting power in Iran?", "iran-1980-severance-and-protecting-power.md", "Switzerland"),
    ],
)  # fmt: skip
def test_the_sentence_that_answers_comes_first(answerer: Answerer, question: str, path: str, words: str) -> None:
    answer = answerer.answer(make_question(question))
    assert answer.found
    assert answer.reason is None
    assert answer.nearest == ()
    found_path, highlight = _first(answer)
    assert found_path == path
    assert words in highlight


def test_every_quote_is_a_slice_and_scores_fall(answerer: Answerer) -> None:
    answer = answerer.answer(make_question("Which embassies did the United States close in 1967?"))
    assert [quote.number for quote in answer.quotes] == [1, 2, 3, 4, 5]
    assert all(quote.document.text[quote.start : quote.end] == quote.text for quote in answer.quotes)
    scores = [quote.score for quote in answer.quotes]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize("question", ["best recipe for sourdough bread", "who won the cup final last night?"])
def test_other_subjects_are_refused_with_the_nearest_passages(answerer: Answerer, question: str) -> None:
    answer = answerer.answer(make_question(question))
    assert (answer.found, answer.reason, answer.quotes) == (False, NOT_FOUND, ())
    assert answer.answerability < 0.5
    assert [quote.number for quote in answer.nearest] == [1, 2, 3]


def test_a_question_without_words_is_refused(answerer: Answerer) -> None:
    answer = answerer.answer(make_question("🙂 ???"))
    assert (answer.found, answer.reason, answer.answerability) == (False, NO_WORDS, 0.0)


@pytest.mark.parametrize(
    "question", ['title:foo AND (bar OR "baz', "embassy* ~2 ^9 NOT +x -y", "\\", "([{", "a" * 10_000]
)
def test_query_syntax_is_only_words(answerer: Answerer, question: str) -> None:
    answer = answerer.answer(make_question(question))
    assert answer.generation.startswith("000001-")


@pytest.mark.parametrize("question", ["لماذا أغلقت كوريا الشمالية سفاراتها؟", "为什么关闭大使馆", "🇰🇵 embassy closed"])
def test_any_script_gets_a_polite_reply(answerer: Answerer, question: str) -> None:
    assert answerer.answer(make_question(question)).question == question


def test_a_follow_up_searches_with_the_question_before(answerer: Answerer) -> None:
    follow_up = make_question("and when did it reopen?", context="Why was the embassy in Baghdad closed in 1991?")
    answer = answerer.answer(follow_up)
    assert answer.question == "and when did it reopen?"
    assert answer.quotes[0].document.path == "baghdad-embassy-1967-1991-2004.md"


def test_limits_are_kept_inside_the_search(answerer: Answerer) -> None:
    nowhere = make_question("When was the embassy in Taipei closed?", collections=("nowhere",))
    answer = answerer.answer(nowhere)
    assert (answer.found, answer.quotes, answer.nearest, answer.answerability) == (False, (), (), 0.0)


def test_one_question_gives_one_answer(answerer: Answerer) -> None:
    question = make_question("Why did the embassy in Kabul close in 1989?")
    first, second = answerer.answer(question, name="a"), answerer.answer(question, name="a")
    assert replace(first, elapsed_ms=0.0) == replace(second, elapsed_ms=0.0)
    assert answerer.answer(question, limit=1).quotes == first.quotes[:1]


def test_scores_are_the_stated_sum(searcher: Searcher) -> None:
    result = searcher.search("Why did the embassy in Kabul close?", Filter(), 3, sentences_of=3)
    for item in rank(result.sentences):
        hit = item.sentence
        assert item.score == pytest.approx(0.4 * hit.hit.score + 0.35 * max(0, hit.dense) + 0.25 * hit.coverage)
    assert 0 < answerability(result) < 1


def test_a_quote_that_is_no_slice_is_not_sent(answerer: Answerer) -> None:
    (quote, *_) = answerer.answer(make_question("Why did the embassy in Kabul close in 1989?")).quotes
    check_quotes([quote])
    for wrong in (
        replace(quote, text=quote.text + "!"),
        replace(quote, start=quote.start + 1),
        replace(quote, highlight=(quote.start, quote.end + 1)),
        replace(quote, highlight=(quote.start, quote.start)),
        replace(quote, document=replace(quote.document, text=quote.document.text[1:])),
    ):
        with pytest.raises(LibraryError, match="it is not sent"):
            check_quotes([wrong])


def test_before_the_first_sync_there_is_a_hint(encoder: OnnxEncoder, tmp_path: Path) -> None:
    home = Home(tmp_path)
    library = Library(home.library)
    with pytest.raises(EmptyLibraryError, match="legation add PATH"):
        Answerer(Searcher(home, library, encoder), 5, 0.5).answer(make_question("anything"))
    library.close()
