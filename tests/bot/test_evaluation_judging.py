"""Which quotes are right."""

import pytest

from bot.evaluation.judging import Ranks, answer_judge, find_places, gold_judge
from bot.evaluation.questions import Case, Gold
from bot.types import Quote
from index.errors import UsageError
from index.home import Home
from index.library import Library
from index.sync import Limits, sync
from index.types import Document, Source, Span
from tests.bot.evaluation_examples import document, quote
from tests.conftest import Corpus
from tests.fakes.word_encoder import WordEncoder

TEXT = "Basel\n\nThe post closed in 1891. It reopened in 1893. The post closed in 1891.\n"


def test_every_place_of_a_gold_quote_is_found() -> None:
    assert find_places(TEXT, "The post closed in 1891.") == [Span(7, 31), Span(53, 77)]
    assert find_places(TEXT, "The post closed in 1892.") == []


def test_white_space_may_differ() -> None:
    assert find_places("It\n  closed.", " It closed. ") == [Span(0, 12)]
    # A copy that is exact does not make the others wrong.
    assert find_places("It closed. It\nclosed.", "It closed.") == [Span(0, 10), Span(11, 21)]
    assert find_places("a.c abc", "a.c") == [Span(0, 3)]


@pytest.fixture
def posts(home: Home, library: Library, word_encoder: WordEncoder, corpus: Corpus, one_parser: None) -> Library:
    files: dict[str, str | bytes] = {
        "europe/basel.txt": TEXT,
        "bern.txt": "Bern\n\nIt closed.\n",
        "more/bern.txt": "B\n",
    }
    folder = corpus(files)
    sync(home, library, word_encoder, Limits(1_000_000, 64), add=[Source("corpus", str(folder), "corpus")])
    return library


def _stored(library: Library, name: str) -> Document:
    (found,) = library.find_documents(f"corpus/{name}")
    return found


def _case(doc: str, text: str) -> Case:
    return Case("d7", "When?", None, "date", None, (Gold(doc, text),))


def test_quotes_are_judged_by_overlap(posts: Library) -> None:
    basel, bern = _stored(posts, "europe/basel.txt"), _stored(posts, "bern.txt")
    case = _case("europe/basel.txt", "It reopened in 1893.")
    judge = gold_judge(posts, [case], within_corpus=True)
    assert basel.text[32:52] == "It reopened in 1893."
    # The same offsets in another document; up to the gold quote, not into it; one character into it.
    others = (quote(1, bern, 0, 12), quote(2, basel, 7, 32), quote(3, basel, 7, 33))
    assert judge(case, others) == Ranks(quote=3, highlight=3, document=2)
    assert judge(case, others[:1]) == Ranks()


def test_the_highlight_is_judged_apart(posts: Library) -> None:
    basel = _stored(posts, "europe/basel.txt")
    case = _case("europe/basel.txt", "It reopened in 1893.")
    wide = Quote(1, basel.text[7:52], 7, 52, (7, 31), basel, None, None, 0.5)
    assert gold_judge(posts, [case], within_corpus=True)(case, [wide]) == Ranks(1, None, 1)


def test_any_place_of_the_gold_text_counts(posts: Library) -> None:
    basel = _stored(posts, "europe/basel.txt")
    case = _case("europe/basel.txt", "The post closed in 1891.")
    judge = gold_judge(posts, [case], within_corpus=True)
    assert judge(case, [quote(1, basel, 7, 31)]) == judge(case, [quote(1, basel, 53, 77)]) == Ranks(1, 1, 1)


@pytest.mark.parametrize(
    ("doc", "text", "within_corpus", "problem"),
    [
        ("europe/basel.txt", "It closed in 1791.", True, "europe/basel.txt does not hold its gold quote"),
        ("basel.txt", "It reopened in 1893.", True, "there is no document called basel.txt"),
        ("ghent.txt", "It closed.", False, "there is no document called ghent.txt"),
        ("bern.txt", "It closed.", False, "2 documents are called bern.txt"),
    ],
)
def test_gold_that_is_not_there_is_an_error(
    posts: Library, doc: str, text: str, within_corpus: bool, problem: str
) -> None:
    with pytest.raises(UsageError) as raised:
        gold_judge(posts, [_case(doc, text)], within_corpus)
    assert raised.value.user_message == f"The gold is not as it should be: question d7: {problem}."


def test_all_faults_of_the_gold_are_named_at_once(posts: Library) -> None:
    cases = [Case(f"q{n}", "When?", None, "date", None, (Gold("bern.txt", f"{n}"),)) for n in range(1, 13)]
    with pytest.raises(UsageError) as raised:
        gold_judge(posts, [_case("bern.txt", "It closed."), *cases], within_corpus=True)
    named = [f"question q{n}: bern.txt does not hold its gold quote" for n in range(1, 11)]
    assert raised.value.user_message == f"The gold is not as it should be: {'; '.join(named)}; and 2 more."


def test_in_a_library_the_end_of_an_id_names_the_document(posts: Library) -> None:
    basel = _stored(posts, "europe/basel.txt")
    for name in ("basel.txt", "corpus/europe/basel.txt"):
        case = _case(name, "It reopened in 1893.")
        assert gold_judge(posts, [case], within_corpus=False)(case, [quote(1, basel, 32, 52)]) == Ranks(1, 1, 1)


def test_answers_are_whole_words_in_any_case() -> None:
    held = document("a.txt", "It was 1984.\nThe Treaty of\nGhent ended it.\n")
    quotes = [quote(1, held, 0, 12), quote(2, held, 13, 43)]

    def judged(*answers: str) -> Ranks:
        return answer_judge(Case("q", "?", None, "any", None, answers=answers), quotes)

    assert judged("84") == Ranks()
    assert judged("1984") == Ranks(1, 1)
    assert judged("nothing", "treaty of ghent") == Ranks(2, 2)
    assert judged() == judged(" ") == Ranks()
