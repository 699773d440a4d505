"""What people said of answers becomes pairs, of what is stored as it was quoted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.chat.store import AnswerRecord, JudgedAnswer, QuotePlace
from bot.training.feedback import FeedbackPairs, feedback_pairs
from bot.training.pairs import Pair
from index.home import Home
from index.library import Library
from index.sync import Limits, sync
from index.types import Document, Source
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import un

CLOSED = "The embassy in Strelsau was closed on 4 May 1911."
SOLD = "The cipher books had been sold to a hotel keeper."
KEYS = "The keys went to the Legation of Kravonia."
POST = f"---\ntitle: Strelsau\n---\n\n# Posts\n\nIt had forty rooms.\n\n## Closure\n\n{CLOSED} {SOLD}\n\n{KEYS}\n"
LIMITS = Limits(most_bytes=100_000, passage_tokens=64)
QUESTION = "When was the embassy in Strelsau closed?"


class Room:
    def __init__(self, folder: Path) -> None:
        self.folder, self.home, self.encoder = folder / "posts", Home(folder / "home"), WordEncoder()
        self.library = Library(self.home.library)
        self.folder.mkdir()

    def post(self, text: str = POST) -> Document:
        self.write("strelsau.md", text)
        return self.library.find_documents("strelsau.md")[0]

    def write(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text)
        sync(self.home, self.library, self.encoder, LIMITS, add=[Source("posts", str(self.folder), "posts")])

    def told(self, *judged: JudgedAnswer) -> FeedbackPairs:
        return feedback_pairs(judged, self.library, self.encoder)


@pytest.fixture
def room(tmp_path: Path, one_parser: None) -> Iterator[Room]:
    room = Room(tmp_path)
    yield room
    room.library.close()


def quote(document: Document, first: str, last: str | None = None, number: int = 1) -> QuotePlace:
    start, end = document.text.index(first), document.text.index(last or first) + len(last or first)
    return QuotePlace(f"m{number}", number, document.id, document.version, start, end)


def judged(right: bool, *quotes: QuotePlace, question: str = QUESTION, context: str | None = None) -> JudgedAnswer:
    return JudgedAnswer(AnswerRecord("a1", "answer", question, context, quotes=quotes), right)


def pair(text: str, answers: bool, before: str, question: str = QUESTION) -> Pair:
    note = "posts/strelsau.md, answer a1"
    return Pair(question, text, answers, ("Strelsau", "Posts", "Closure"), before, note=note)


def test_of_a_right_answer_the_likest_sentence_of_the_first_quote_answers(room: Room) -> None:
    document = room.post()
    told = room.told(judged(True, quote(document, CLOSED, SOLD), quote(document, KEYS, number=2)))
    assert told == FeedbackPairs((pair(CLOSED, True, ""),), 1, 0, 0)
    other = room.told(judged(True, quote(document, CLOSED, KEYS), question="To whom had the cipher books been sold?"))
    assert [each.text for each in other.pairs] == [SOLD]


def test_of_a_wrong_answer_no_sentence_does(room: Room) -> None:
    document = room.post()
    told = room.told(judged(False, quote(document, CLOSED, SOLD), quote(document, KEYS, number=2)))
    expected = (pair(CLOSED, False, ""), pair(SOLD, False, CLOSED), pair(KEYS, False, SOLD))
    assert told == FeedbackPairs(expected, 0, 1, 0)


def test_only_whole_sentences_are_taken(room: Room) -> None:
    document = room.post()
    assert room.told(judged(False, quote(document, "was closed on", SOLD))).pairs == (pair(SOLD, False, CLOSED),)


def test_a_question_that_leans_on_the_one_before_is_written_out(room: Room) -> None:
    document = room.post()
    told = room.told(
        judged(True, quote(document, CLOSED), question="When was it closed?", context="Where is Strelsau?")
    )
    assert told.pairs[0].question != "When was it closed?"
    assert "Strelsau" in told.pairs[0].question
    alone = room.told(judged(True, quote(document, CLOSED), context="Where is Zenda?"))
    assert alone.pairs[0].question == QUESTION


def test_an_earlier_version_counts_as_long_as_it_is_stored(room: Room) -> None:
    place = quote(room.post(), CLOSED)
    room.post(POST.replace("4 May", "5 May"))
    assert room.told(judged(True, place)).pairs == (pair(CLOSED, True, ""),)


def test_what_is_no_longer_stored_or_is_of_a_list_is_left_out(room: Room) -> None:
    document = room.post()
    sold = quote(document, SOLD)
    gone = QuotePlace("m1", 1, document.id, "ab" * 32, 0, 10)
    beyond = QuotePlace("m2", 2, document.id, document.version, 0, len(document.text) + 1)
    room.write("un.xml", un("2018-10-29", KPi_001="Ri Won"))
    (entry,) = (each for each in room.library.current_documents() if each.entry is not None)
    listed = QuotePlace("m3", 3, entry.id, entry.version, 0, len(entry.text))
    told = room.told(judged(False, gone, beyond, listed, sold), judged(True, gone))
    assert told == FeedbackPairs((pair(SOLD, False, CLOSED),), 1, 1, 4)


def test_people_who_contradict_each_other_say_nothing(room: Room) -> None:
    document = room.post()
    closed, sold = quote(document, CLOSED), quote(document, SOLD)
    told = room.told(
        judged(True, closed), judged(False, closed, sold), judged(True, closed, question=QUESTION.lower()[:-1])
    )
    assert told.pairs == (pair(SOLD, False, CLOSED),)
    again = room.told(judged(True, closed), judged(True, closed))
    assert again == FeedbackPairs((pair(CLOSED, True, ""),), 2, 0, 0)
