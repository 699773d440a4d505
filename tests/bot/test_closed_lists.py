"""Who may see one collection is told nothing that stands in another, by sanctions lists either.

A library with a closed collection answers questions about the open one just as a library does that never had it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bot.answer import Answerer, Judgement
from bot.glossary import load_glossary
from bot.list_answer import look_up
from bot.list_question import ListQuestion
from bot.rank import shipped_ranking
from bot.render.machine import answer_to_dict
from bot.types import Answer, Question
from index.home import Home
from index.library import Library
from index.parsing.supervisor import ParsingProcess
from index.types import Filter, Source
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import Work, sdn, un

OPEN = un("2018-10-29", KPi_001="Ri Won Ho", KPi_002="Pak Nam Su")
CLOSED = un("2020-11-30", KPi_001="Ri Won Ho", KPi_003="Quetzal Dok Min", KPi_004="Pak Nam Soo")
CLOSED_SDN = sdn({7: "XOLOTL, Dok Min", 8: "RI, Won Ho"})
SECRETS = ("Quetzal", "XOLOTL", "2020", "KPi.003", "KPi.004", "Soo", "closed", "OFAC")

QUESTIONS = [
    "Is Quetzal Dok Min on a sanctions list?",
    "Is Ri Won Ho sanctioned?",
    "Was Ri Won Ho listed in 2019?",
    "Is Pak Nam Soo on the UN list?",
    "Is Xolotl Dok Min on the OFAC list?",
    "Who is on the UN list?",
    "Who is listed under resolution 1718?",
    "Quetzal Dok Min",
    "Ri Won Ho",
    "When was Ri Won Ho delisted?",
]


@dataclass(frozen=True)
class Side:
    work: Work
    answerer: Answerer

    def answer(
        self, text: str, collections: tuple[str, ...], as_of: date | None = None, context: str | None = None
    ) -> Answer:
        question = Question(text, context, Filter(collections), as_of)
        return self.answerer.answer(question, name="a")


def side(place: Path, parser: ParsingProcess, *sources: Source) -> Side:
    home = Home(place)
    work = Work(home, Library(home.library), WordEncoder(), parser)
    work.sync(*sources)
    judgement = Judgement(shipped_ranking(), load_glossary(), 5, 0.15, today=lambda: date(2026, 11, 24))
    return Side(work, Answerer(work.searcher(), judgement))


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory, parser: ParsingProcess) -> Iterator[tuple[Side, Side]]:
    """With a closed collection and without; both have a document beside the list."""
    place = tmp_path_factory.mktemp("lists")
    for name, text in {"open.xml": OPEN, "closed.xml": CLOSED, "sdn.csv": CLOSED_SDN}.items():
        (place / name).write_text(text)
    (place / "note.md").write_text("# Note\n\nThe embassy in Oslo opened in May.\n")
    shown = (Source("un", str(place / "open.xml"), "open"), Source("note", str(place / "note.md"), "open"))
    hidden = (Source("x", str(place / "closed.xml"), "closed"), Source("y", str(place / "sdn.csv"), "closed"))
    both = side(place / "both", parser, *shown, *hidden)
    alone = side(place / "alone", parser, *shown)
    yield both, alone
    for each in (both, alone):
        each.work.library.close()


def told(answer: Answer) -> object:
    """All that somebody can see of an answer, scores apart, which depend on how common a word is."""
    entries = [
        (each.document.id, each.text, each.match and (each.match.listed, each.match.weak), each.document.edition)
        for each in (*answer.quotes, *answer.candidates)
    ]
    return (
        answer.found, answer.reason, entries, answer.lookups, answer.searched, answer.as_of,
        sorted(each.document.id for each in answer.nearest), answer.understanding.corrections,
    )  # fmt: skip


@pytest.mark.parametrize("as_of", [None, date(2018, 12, 1), date(2021, 1, 1), date(2017, 1, 1)])
@pytest.mark.parametrize("text", QUESTIONS)
def test_a_closed_collection_changes_no_answer_of_the_open_one(
    sides: tuple[Side, Side], text: str, as_of: date | None
) -> None:
    both, alone = (each.answer(text, ("open",), as_of) for each in sides)
    assert told(both) == told(alone)
    shown = str({name: value for name, value in answer_to_dict(both).items() if name != "question"})
    asked = text.casefold()
    for secret in SECRETS:
        if secret.casefold() not in asked and not (as_of and secret in as_of.isoformat()):
            assert secret not in shown, secret


@pytest.mark.parametrize("text", QUESTIONS[:8])
def test_whoever_may_see_it_is_told(sides: tuple[Side, Side], text: str) -> None:
    """So that the test above compares something."""
    both, alone = sides
    assert told(both.answer(text, ())) != told(alone.answer(text, ()))


def test_a_list_that_is_held_in_a_closed_collection_only_is_not_held(sides: tuple[Side, Side]) -> None:
    opened = sides[0].work.searcher().open()
    documents = sides[0].work.searcher().documents
    asked = ListQuestion("named", "Xolotl Dok Min", frozenset({"ofac-sdn"}))
    found = look_up(asked, opened.register, documents, ("open",), 5, None, lambda _: ())
    assert found is not None
    assert [(each.state, each.list) for each in found.lookups] == [("not held", "OFAC")]
    assert (found.quotes, found.candidates) == ((), ())


def test_a_collection_without_lists_knows_none(sides: tuple[Side, Side]) -> None:
    opened = sides[0].work.searcher().open()
    asked = ListQuestion("named", "Ri Won Ho")
    documents = sides[0].work.searcher().documents
    assert look_up(asked, opened.register, documents, ("nothing",), 5, None, lambda _: ()) is None


def test_a_question_that_goes_on_about_a_name_leans_on_the_one_before_only_where_a_list_is_open(
    sides: tuple[Side, Side],
) -> None:
    context, text = "Is Ri Won Ho sanctioned?", "And on the OFAC list?"
    closed, shown = (sides[0].answer(text, (name,), context=context).understanding for name in ("nothing", "open"))
    assert closed is not None
    assert shown is not None
    assert shown.query.text == "is Ri Won Ho sanctioned by OFAC?"
    assert closed.query.text != shown.query.text
