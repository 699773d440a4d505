"""Understanding, ranking, refusing, and the last check before sending, on the index of the shipped briefs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from bot.answer import NEAREST, NO_WORDS, NOT_FOUND, Answerer, Judgement, check_quotes
from bot.answerability import read_features
from bot.assemble import briefs_source
from bot.glossary import load_glossary
from bot.question import make_question
from bot.rank import ReaderWeights, shipped_ranking
from bot.reader import SHIPPED, open_reader
from bot.settings import Settings
from bot.small_talk import reply
from bot.types import MOST_REPETITIONS, Answer, Correction, Part, SearchedCollection, Unsaid
from index.encode import OnnxEncoder
from index.errors import EmptyLibraryError, LibraryError
from index.home import Home
from index.library import Library
from index.search import Searcher
from index.sync import Limits, sync
from index.types import Source
from tests.bot.list_editions import edition, entry

REFUSE_BELOW: float = Settings.model_fields["refuse_below"].default


@pytest.fixture(scope="module")
def searcher(encoder: OnnxEncoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    home = Home(tmp_path_factory.mktemp("briefs"))
    library = Library(home.library)
    sync(home, library, encoder, Limits(1_000_000, 192), add=[briefs_source()])
    yield Searcher(home, library, encoder)
    library.close()


@pytest.fixture(scope="module")
def judgement() -> Judgement:
    return Judgement(shipped_ranking(), load_glossary(), 5, REFUSE_BELOW, today=lambda: date(2026, 11, 24))


@pytest.fixture(scope="module")
def answerer(searcher: Searcher, judgement: Judgement) -> Answerer:
    return Answerer(searcher, judgement)


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


def test_an_answer_says_how_its_question_was_understood_and_what_was_searched(answerer: Answerer) -> None:
    answer = answerer.answer(make_question("When was the US embassy in Taipei closed?"))
    assert answer.kind == "answer"
    assert answer.understanding is not None
    assert answer.understanding.asked == {"date"}
    assert answer.understanding.corrections == ()
    assert answer.searched == (SearchedCollection("briefs", 32, "2026-11-24"),)
    assert 0 < answer.answerability < 1


def test_a_typo_is_mended_and_said(answerer: Answerer) -> None:
    answer = answerer.answer(make_question("When was the US embasy in Taipei closed?"))
    assert answer.understanding is not None
    assert answer.understanding.corrections == (Correction("embasy", "embassy"),)
    right = answerer.answer(make_question("When was the US embassy in Taipei closed?"))
    assert answer.quotes == right.quotes
    assert answer.question == "When was the US embasy in Taipei closed?"


@pytest.mark.parametrize(("text", "talk"), [("help", "help"), ("what can you do?", "help"), ("thanks!", "small-talk")])
def test_talk_is_replied_to_and_not_searched_for(answerer: Answerer, text: str, talk: str) -> None:
    answer = answerer.answer(make_question(text), name="a")
    assert (answer.id, answer.kind, answer.question, answer.found) == ("a", talk, text, False)
    assert answer.reason == reply(answer.kind)
    assert (answer.answerability, answer.quotes, answer.nearest, answer.searched) == (0.0, (), (), ())
    assert answer.generation.startswith("000001-")


def test_every_quote_is_a_slice_and_scores_fall(answerer: Answerer) -> None:
    answer = answerer.answer(make_question("Why did the United States break with Iraq in 1967?"))
    assert [quote.number for quote in answer.quotes] == [1, 2, 3, 4, 5]
    assert all(quote.document.text[quote.start : quote.end] == quote.text for quote in answer.quotes)
    scores = [quote.score for quote in answer.quotes]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize("question", ["best recipe for sourdough bread", "who won the cup final last night?"])
def test_other_subjects_are_refused_with_the_nearest_passages(answerer: Answerer, question: str) -> None:
    answer = answerer.answer(make_question(question))
    assert (answer.found, answer.reason, answer.quotes) == (False, NOT_FOUND, ())
    assert 0 <= answer.answerability < REFUSE_BELOW
    assert answer.kind == "not-found"
    assert [collection.name for collection in answer.searched] == ["briefs"]
    assert [quote.number for quote in answer.nearest] == [1, 2, 3]


def test_a_question_without_words_is_refused(answerer: Answerer) -> None:
    answer = answerer.answer(make_question("🙂 ???"))
    assert (answer.found, answer.reason, answer.answerability) == (False, NO_WORDS, 0.0)
    assert (answer.quotes, answer.nearest) == ((), ())


def test_the_last_event_of_a_history_is_how_it_stands_now(answerer: Answerer) -> None:
    answer = answerer.answer(make_question("Is the US embassy in Kabul still open?"))
    assert answer.understanding is not None
    assert answer.understanding.present
    path, highlight = _first(answer)
    assert path == "kabul-embassy-1989-and-2021.md"
    assert "2021" in highlight


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
    first = answerer.answer(make_question("Why was the embassy in Baghdad closed in 1991?"))
    assert first.understanding is not None
    assert first.understanding.context_used is False
    follow_up = make_question("and when did it reopen?", context=first.understanding.query.text)
    answer = answerer.answer(follow_up)
    assert answer.question == "and when did it reopen?"
    assert answer.understanding is not None
    assert answer.understanding.context_used is True
    assert "Baghdad" in answer.understanding.query.text
    assert answer.quotes[0].document.path == "baghdad-embassy-1967-1991-2004.md"


def test_words_that_ask_for_documents_of_a_time_limit_the_search(answerer: Answerer) -> None:
    answer = answerer.answer(make_question("documents published before 1700 about embassies"))
    assert answer.understanding is not None
    assert answer.understanding.filter.until == date(1699, 12, 31)
    assert (answer.found, answer.reason, answer.quotes, answer.nearest) == (False, NOT_FOUND, (), ())
    assert answer.answerability == 0.0


def test_limits_are_kept_inside_the_search(answerer: Answerer) -> None:
    nowhere = make_question("When was the embassy in Taipei closed?", collections=("nowhere",))
    answer = answerer.answer(nowhere)
    assert (answer.found, answer.quotes, answer.nearest, answer.answerability) == (False, (), (), 0.0)
    assert answer.searched == ()


def test_one_question_gives_one_answer(answerer: Answerer) -> None:
    question = make_question("Why did the embassy in Kabul close in 1989?")
    first, second = answerer.answer(question, name="a"), answerer.answer(question, name="a")
    assert replace(first, elapsed_ms=0.0) == replace(second, elapsed_ms=0.0)
    assert answerer.answer(question, limit=1).quotes == first.quotes[:1]


def test_the_threshold_decides_between_quotes_and_nearest_passages(searcher: Searcher, judgement: Judgement) -> None:
    question = make_question("Why did the embassy in Kabul close in 1989?")
    given = Answerer(searcher, replace(judgement, refuse_below=0.0)).answer(question)
    refused = Answerer(searcher, replace(judgement, refuse_below=1.0)).answer(question)
    assert (given.found, refused.found) == (True, False)
    assert given.answerability == refused.answerability
    assert refused.nearest == given.quotes[:3]
    assert (refused.quotes, refused.differences) == ((), ())


def test_a_reranker_reads_the_best_sentences(searcher: Searcher, judgement: Judgement) -> None:
    class Reverse:
        """Gives the first text the least, the last the most."""

        name = "reverse"

        def score(self, question: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
            assert question == "Why did the embassy in Kabul close in 1989?"
            return np.linspace(0, 1, len(texts), dtype=np.float32)

    question = make_question("Why did the embassy in Kabul close in 1989?")
    judgement = replace(judgement, refuse_below=0.0)
    plain = Answerer(searcher, judgement).answer(question).quotes
    reranked = Answerer(searcher, replace(judgement, reranker=Reverse(), read=2)).answer(question).quotes
    assert [part.name for part in reranked[0].parts][-1] == "reranker"
    assert reranked[0].highlight != plain[0].highlight
    assert reranked[0].parts[-1].value == pytest.approx(1, abs=1e-3)


def test_a_reranker_that_we_do_not_know_has_no_say_in_the_refusal(searcher: Searcher, judgement: Judgement) -> None:
    class Nothing:
        name = "nothing"

        def score(self, question: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
            return np.zeros(len(texts), dtype=np.float32)

    question = make_question("Why did the embassy in Kabul close in 1989?")
    without, reranked = (
        Answerer(searcher, each).answer(question)
        for each in (judgement, replace(judgement, reranker=Nothing(), read=5))
    )
    assert reranked.found
    assert reranked.answerability == without.answerability


class SameForAll:
    """A reader that says the same of every pair."""

    name = "same"

    def __init__(self, logit: float) -> None:
        self.logit = logit

    def logits(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float64]:
        return np.full(len(pairs), self.logit)


def test_what_the_reader_says_decides_on_the_refusal_too(searcher: Searcher, judgement: Judgement) -> None:
    question = make_question("Why did the embassy in Kabul close in 1989?")
    answer = dict.fromkeys(["intercept", *read_features(0.0, [0.0], [0.0])], 0.0) | {"reader_three": 1.0}
    weights = ReaderWeights("", 1.0, 0.0, answer)
    judgement = replace(judgement, ranking=replace(judgement.ranking, reader=weights), read=3)
    yes, no = (Answerer(searcher, replace(judgement, reader=SameForAll(each))).answer(question) for each in (2.0, -2.0))
    assert (yes.found, no.found) == (True, False)
    assert (yes.answerability, no.answerability) == (pytest.approx(0.880797), pytest.approx(0.119203))
    assert [quote.text for quote in no.nearest] == [quote.text for quote in yes.quotes[:3]]
    assert {quote.parts[-1].name for quote in yes.quotes} == {"reader"}
    read = [Part("reader", 2.0, 2.0, supposed=number > 2) for number in range(1, len(yes.quotes) + 1)]
    assert [quote.parts[-1] for quote in yes.quotes] == read
    assert [quote.parts[-1] for quote in no.nearest] == [Part("reader", -2.0, -2.0)] * 3


def test_the_shipped_reader_orders_and_explains(searcher: Searcher, judgement: Judgement) -> None:
    reader = open_reader(SHIPPED, judgement.ranking.reader)
    answer = Answerer(searcher, replace(judgement, reader=reader, read=6)).answer(
        make_question("Why did the embassy in Kabul close in 1989?")
    )
    assert answer.found
    assert _first(answer)[0] == "kabul-embassy-1989-and-2021.md"
    weights = judgement.ranking.reader
    assert weights is not None
    for quote in answer.quotes:
        part = quote.parts[-1]
        assert (part.name, part.adds) == ("reader", pytest.approx(weights.weight * (part.value - weights.neutral)))


def test_one_story_at_forty_addresses_is_one_quote_beside_what_others_say(
    encoder: OnnxEncoder, judgement: Judgement, tmp_path: Path
) -> None:
    """Copies in a collection that is closed to whoever asks are neither named nor do they take a place."""
    story = "The embassy in Strelsau was closed on 4 May 1911 because the treaty had lapsed, an official said."
    other = "The legation in Strelsau reopened on 9 June 1913, when a new treaty had been signed there."
    papers = {f"papers/{number:02}.md": f"# Paper {number}\n\n{story}\n" for number in range(40)}
    files = {**papers, "papers/other.md": f"# Gazette\n\n{other}\n", "closed/first.md": f"# Paper 0\n\n{story}\n"}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    home = Home(tmp_path / "home")
    library = Library(home.library)
    sources = [Source(name, str(tmp_path / name), name) for name in ("closed", "papers")]
    sync(home, library, encoder, Limits(1_000_000, 192), add=sources)
    answerer = Answerer(Searcher(home, library, encoder), replace(judgement, refuse_below=0.0))
    asked = make_question("When was the embassy in Strelsau closed?", collections=("papers",))
    first, second = answerer.answer(asked).quotes
    assert (first.text, second.text) == (story, other)
    assert len(first.repeated) == MOST_REPETITIONS
    assert {each.document.collection for each in (first, *first.repeated)} == {"papers"}
    everywhere = answerer.answer(make_question("When was the embassy in Strelsau closed?")).quotes[0]
    assert "closed/first.md" in {each.document.id for each in (everywhere, *everywhere.repeated)}
    library.close()


def test_a_quote_that_is_no_slice_is_not_sent(answerer: Answerer) -> None:
    (quote, *_) = answerer.answer(make_question("Why did the embassy in Kabul close in 1989?")).quotes
    check_quotes([quote, replace(quote, lead_ins=((0, 1), (1, 3)))])
    for wrong in (
        replace(quote, text=quote.text + "!"),
        replace(quote, start=quote.start + 1),
        replace(quote, highlight=(quote.start, quote.end + 1)),
        replace(quote, highlight=(quote.start, quote.start)),
        replace(quote, lead_ins=((quote.start - 1, quote.start + 1),)),
        replace(quote, lead_ins=((5, 5),)),
        replace(quote, lead_ins=((-1, 2),)),
        replace(quote, lead_ins=((4, 6), (1, 2))),
        replace(quote, document=replace(quote.document, text=quote.document.text[1:])),
    ):
        with pytest.raises(LibraryError, match="it is not sent"):
            check_quotes([wrong])


def test_before_the_first_sync_there_is_a_hint(encoder: OnnxEncoder, judgement: Judgement, tmp_path: Path) -> None:
    home = Home(tmp_path)
    library = Library(home.library)
    with pytest.raises(EmptyLibraryError, match="legation add PATH"):
        Answerer(Searcher(home, library, encoder), judgement).answer(make_question("anything"))
    library.close()


UN = "United Nations Security Council Consolidated List"
OLD = edition(
    "2018-10-29",
    entry("KPi.1", "RUPERT HENTZAU", ("LISTED_ON", "2016-03-02"), ("COMMENTS1", "Held the castle of Zenda.")),
    entry("KPi.2", "BLACK MICHAEL"),
    entry("KPe.3", "STRELSAU TRADING BANK (STBK)", kind="ENTITY"),
)
NEW = edition(
    "2020-11-30",
    entry("KPi.2", "BLACK MICHAEL"),
    entry("KPe.3", "STRELSAU TRADING BANK (STBK)", kind="ENTITY"),
    entry("KPi.4", "RUPERT HENTZAUER"),
)


@pytest.fixture(scope="module")
def with_lists(
    encoder: OnnxEncoder, judgement: Judgement, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Answerer]:
    """The shipped briefs, and two editions of an invented list in a collection of their own."""
    folder = tmp_path_factory.mktemp("lists")
    for name, content in (("un-2018.xml", OLD), ("un-2020.xml", NEW)):
        (folder / name).write_bytes(content)
    sources = [Source(name, str(folder / f"{name}.xml"), "un") for name in ("un-2018", "un-2020")]
    home = Home(folder / "home")
    library = Library(home.library)
    report = sync(home, library, encoder, Limits(1_000_000, 192), add=[briefs_source(), *sources])
    assert report.problems == ()
    yield Answerer(Searcher(home, library, encoder), judgement)
    library.close()


def _said(answer: Answer) -> list[str]:
    return [each.sentence for each in answer.lookups]


def test_a_name_that_is_listed_is_answered_by_its_entry(with_lists: Answerer) -> None:
    answer = with_lists.answer(make_question("is Black Michael sanctionned, please?"))
    assert (answer.kind, answer.found, answer.reason) == ("answer", True, None)
    assert [quote.pinpoint for quote in answer.quotes] == ["KPi.2"]
    assert answer.answerability == answer.quotes[0].score == 1.0
    assert _said(answer) == [f"[1] Found in the {UN}, edition of 2020-11-30."]
    assert (answer.nearest, answer.differences) == ((), ())
    assert answer.understanding is not None
    assert answer.understanding.corrections == ()
    assert [each.name for each in answer.searched] == ["briefs", "un"]


def test_who_was_taken_off_is_told_with_both_editions(with_lists: Answerer) -> None:
    answer = with_lists.answer(make_question("was Rupert Hentzau removed from the UN list?"))
    assert answer.quotes[0].pinpoint == "KPi.1"
    assert _said(answer)[0] == f"[1] Present in the {UN}, edition of 2018-10-29, absent in that of 2020-11-30."


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("when was Rupert Hentzau listed?", "Listed on: 2016-03-02"),
        ("why was Rupert Hentzau sanctioned?", "Comments: Held the castle of Zenda."),
        ("which lists name Rupert Hentzau?", "RUPERT HENTZAU"),
        ("is STBK sanctioned?", "STBK"),
    ],
)
def test_the_line_that_answers_is_the_highlight(with_lists: Answerer, question: str, words: str) -> None:
    quote = with_lists.answer(make_question(question)).quotes[0]
    assert quote.document.text[slice(*quote.highlight)] == words


def test_on_an_earlier_day_only_its_editions_count(with_lists: Answerer) -> None:
    answer = with_lists.answer(make_question("is Rupert Hentzau on the UN list? as-of:2019-06-01"))
    assert answer.as_of == date(2019, 6, 1)
    assert _said(answer) == [f"[1] Found in the {UN}, edition of 2018-10-29."]


def test_before_the_first_edition_of_a_list_an_answer_says_so(with_lists: Answerer) -> None:
    answer = with_lists.answer(make_question("is Rupert Hentzau sanctioned? as-of:2017-01-31"))
    assert (answer.kind, answer.quotes) == ("not-found", ())
    early = f"No edition of the {UN} as early as 2017-01-31 is held; the oldest is that of 2018-10-29."
    assert answer.reason == early
    assert [each.state for each in answer.lookups] == ["no edition"]


def test_before_anything_was_held_an_answer_says_so(with_lists: Answerer) -> None:
    answer = with_lists.answer(make_question("Which embassies did North Korea close? as-of:1999"))
    assert (answer.kind, answer.as_of, answer.searched) == ("not-found", date(1999, 12, 31), ())
    assert answer.reason == "Nothing was held here at the end of 1999-12-31."


def test_a_name_on_no_list_is_refused_with_the_list_and_its_date(with_lists: Answerer) -> None:
    answer = with_lists.answer(make_question("Is Antoinette de Mauban sanctioned?"))
    assert (answer.kind, answer.quotes) == ("not-found", ())
    assert answer.reason == f"Not found in the {UN} as of 2020-11-30."
    assert all(quote.document.entry is None for quote in answer.nearest)
    assert [quote.number for quote in answer.nearest] == [1, 2, 3]


def test_a_name_on_no_list_is_answered_by_documents_that_say_it(with_lists: Answerer) -> None:
    answer = with_lists.answer(make_question("Was the Foreign Trade Bank of North Korea sanctioned?"))
    assert answer.found
    assert "Foreign Trade Bank of North Korea" in answer.quotes[0].text
    assert all(quote.match is None for quote in answer.quotes)
    assert _said(answer)[0].startswith(f"Not found in the {UN} as of 2020-11-30")


def test_a_list_that_is_not_held_is_the_reason(with_lists: Answerer) -> None:
    answer = with_lists.answer(make_question("Is Black Michael on the Swiss sanctions list?"))
    assert (answer.found, answer.reason) == (False, "No edition of the Swiss list is held here.")


def test_who_is_on_a_list_is_counted(with_lists: Answerer) -> None:
    answer = with_lists.answer(make_question("who is on the UN list for 1718?"), limit=2)
    assert [quote.pinpoint for quote in answer.quotes] == ["KPe.3", "KPi.2"]
    assert _said(answer) == [f"The {UN} has 3 entries under DPRK as of 2020-11-30."]


def test_a_bare_name_is_looked_up_and_other_words_are_searched_for(with_lists: Answerer) -> None:
    assert with_lists.answer(make_question("black michael")).quotes[0].pinpoint == "KPi.2"
    other = with_lists.answer(make_question("Taipei embassy 1979"))
    assert (other.found, other.lookups) == (True, ())


def test_lists_that_are_closed_are_not_looked_into(with_lists: Answerer) -> None:
    answer = with_lists.answer(make_question("is Black Michael sanctioned?", collections=("briefs",)))
    assert (answer.found, answer.lookups, answer.candidates) == (False, (), ())
    assert answer.reason == "Not found in these sources: none says “Black Michael”."


@pytest.mark.parametrize(
    "question",
    [
        "When was the US embassy in Taipei closed?",
        "Who is the protecting power in Iran?",
        "When do the Burma sanctions end?",
        "Which embassies is North Korea closing, and why?",
    ],
)
def test_other_questions_are_answered_as_without_lists(answerer: Answerer, with_lists: Answerer, question: str) -> None:
    answer = with_lists.answer(make_question(question))
    assert (answer.lookups, answer.candidates) == ((), ())
    assert _first(answer) == _first(answerer.answer(make_question(question)))


def test_a_conversation_goes_on_about_a_name(with_lists: Answerer) -> None:
    context: str | None = None
    said = []
    for text in ("is Rupert Hentzau sanctioned by the UN?", "and in 2018?", "why was he listed?", "and by the EU?"):
        answer = with_lists.answer(make_question(text, context=context))
        assert answer.understanding is not None
        context = answer.understanding.query.text
        said.append((answer.understanding.context_used, _said(answer)[0]))
    assert said == [
        (False, f"[1] Present in the {UN}, edition of 2018-10-29, absent in that of 2020-11-30."),
        (True, f"[1] Present in the {UN}, edition of 2018-10-29, absent in that of 2020-11-30."),
        (True, f"[1] Present in the {UN}, edition of 2018-10-29, absent in that of 2020-11-30."),
        (True, "No edition of the EU list is held here."),
    ]
    assert context == "is Rupert Hentzau sanctioned by EU?"


def test_a_post_in_a_place_that_no_document_names_is_not_answered_with_another_post(answerer: Answerer) -> None:
    question = "Why did the US close its consulate in Houston?"
    answer = answerer.answer(make_question(question))
    assert (answer.found, answer.answerability, answer.quotes) == (False, 0.0, ())
    assert answer.reason == "Not found in these sources: none says “Houston”."
    assert len(answer.nearest) == NEAREST
    other = answerer.answer(make_question(question.replace("Houston", "Oran")))
    assert other.found
    assert "consulate in Oran" in other.quotes[0].text


def test_a_name_beside_the_point_that_no_document_says_refuses_nothing(answerer: Answerer) -> None:
    answer = answerer.answer(make_question("Who told Streckenbach when the US embassy in Taipei was closed?"))
    assert answer.understanding is not None
    assert answer.understanding.unsaid == (Unsaid("Streckenbach", decisive=False),)
    assert answer.found


def test_a_name_that_a_list_holds_is_no_name_that_nothing_says(with_lists: Answerer) -> None:
    answer = with_lists.answer(make_question("Was Black Michael designated?"))
    assert answer.found
    assert answer.understanding is not None
    assert answer.understanding.unsaid == ()


def test_a_capital_beside_its_country_is_said_where_the_country_is(answerer: Answerer) -> None:
    answer = answerer.answer(make_question("Which embassy in Luanda, Angola is North Korea closing?"))
    assert answer.understanding is not None
    assert answer.understanding.unsaid == ()
    assert answer.found


def test_a_name_that_was_looked_up_and_not_found_is_told_by_the_lists_alone(with_lists: Answerer) -> None:
    answer = with_lists.answer(make_question("Was Streckenbach designated?"))
    assert not answer.found
    assert answer.lookups
    assert answer.understanding is not None
    assert answer.understanding.unsaid == ()
