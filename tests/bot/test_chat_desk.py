"""Answers within limits and in the context of a thread, and what is asked about an answer afterwards.

The library is invented and real: the sources *gazette* and *notes* are the collection *posts*, *vault* is *internal*.
No word of the vault may come out where it is closed: it alone says CANARY.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.answer import Answerer, Judgement
from bot.chat.access import Access, Place
from bot.chat.desk import FURTHER, Asked, Desk, Shown
from bot.chat.store import AnswerRecord, ChatStore, QuotePlace, Unanswered
from bot.glossary import load_glossary
from bot.rank import shipped_ranking
from bot.types import Answer, Correction, Overview, SearchedCollection
from index.encode import OnnxEncoder
from index.errors import AccessError, EmptyLibraryError, LibraryError, NotFoundError, UsageError
from index.home import Home
from index.library import Library
from index.search import Searcher
from index.sync import Limits, sync
from index.types import Source

CANARY = "quetzalcoatlus"
QUESTION = "When was the embassy in Strelsau closed?"
SENTENCE = "The embassy in Strelsau was closed on 4 May 1911."
ZENDA = "The consulate in Zenda was closed on 9 June 1912."
VAULT_QUESTION = "Who keeps the archive of the mission in Hentzau?"
VAULT = f"The archive of the mission in Hentzau is kept by a man called {CANARY}."
RIVAL = "The embassy in Strelsau was closed on 17 May 1911."

STRELSAU = f"""\
---
title: The closure in Strelsau
publisher: Ruritanian Gazette
published: 1911-05-05
---

# Closure

{SENTENCE} It was closed because the cipher books had been sold to a hotel keeper.

The keys of the embassy in Strelsau went to the Legation of Kravonia. It had been opened in 1874.

## Later

The embassy in Strelsau was closed to visitors for two months before. In Strelsau the closed embassy became a school.

Nobody asked for the embassy in Strelsau to be opened again. The closed embassy had forty rooms.

## Staff

The embassy in Strelsau had nine clerks when it was closed. The last envoy left the embassy in Strelsau by train.

## Archive

The closed embassy in Strelsau left forty boxes of letters. The letters of the embassy in Strelsau were burnt.
"""
FILES = {
    "gazette": {"strelsau.md": STRELSAU},
    "notes": {"zenda.md": f"# Zenda\n\n{ZENDA} Its seal was handed to the mayor of Zenda.\n"},
    "vault": {
        "hentzau.md": f"# Hentzau\n\n{VAULT}\n",
        "rival.md": f"---\ntitle: {CANARY} files\npublisher: {CANARY.title()} Press\npublished: 1920-01-01\n---\n\n"
        f"# {CANARY.title()}\n\n{RIVAL} The {CANARY} papers name the embassy in Strelsau and its {CANARY}.\n",
    },
}
COLLECTIONS = {"gazette": "posts", "notes": "posts", "vault": "internal"}

CHANNEL = Place("slack", "C1", "U1")
DIRECT = Place("slack", "D1", "U1", direct=True)
POSTS = Access(("posts",))

Make = Callable[..., Desk]


class Room:
    """A library that is written from a folder, and what answers from it."""

    def __init__(self, folder: Path, encoder: OnnxEncoder) -> None:
        self.folder, self._encoder, self.home = folder, encoder, Home(folder / "home")
        self.library = Library(self.home.library)
        judgement = Judgement(shipped_ranking(), load_glossary(), 5, 0.15, today=lambda: date(2026, 11, 24))
        self.answerer = Answerer(Searcher(self.home, self.library, encoder), judgement)

    def sync(self, remove: tuple[str, ...] = ()) -> None:
        sources = []
        for name, collection in COLLECTIONS.items():
            if name not in remove:
                sources.append(Source(name, str(self.folder / name), collection))
        sync(self.home, self.library, self._encoder, Limits(1_000_000, 192), add=sources, remove=remove)

    def write(self, source: str, path: str, text: str) -> None:
        file = self.folder / source / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def furnished(folder: Path, encoder: OnnxEncoder) -> Room:
    room = Room(folder, encoder)
    for source, files in FILES.items():
        for path, text in files.items():
            room.write(source, path, text)
    room.sync()
    return room


@pytest.fixture(scope="module")
def shared(encoder: OnnxEncoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """For tests that change nothing in it."""
    room = furnished(tmp_path_factory.mktemp("desk"), encoder)
    yield room
    room.library.close()


@pytest.fixture
def own(encoder: OnnxEncoder, tmp_path: Path, one_parser: None) -> Iterator[Room]:
    """For tests that change the sources."""
    room = furnished(tmp_path, encoder)
    yield room
    room.library.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChatStore]:
    store = ChatStore(tmp_path / "chat.sqlite")
    yield store
    store.close()


@pytest.fixture
def make(shared: Room, store: ChatStore) -> Make:
    """A desk on the shared library."""

    def made(access: Access = POSTS, quotes: int = 3, record_who: bool = False, room: Room = shared) -> Desk:
        return Desk(room.answerer, room.library, store, access, quotes, record_who)

    return made


def highlights(answer: Answer) -> list[str]:
    return [quote.document.text[slice(*quote.highlight)] for quote in answer.quotes]


def numbers(answer: Answer) -> list[int]:
    return [quote.number for quote in answer.quotes]


# Limits


def test_where_all_is_open_all_is_searched(make: Make) -> None:
    answer = make(Access()).answer(Asked(QUESTION, CHANNEL))
    assert highlights(answer)[:2] == [SENTENCE, RIVAL]
    assert [collection.name for collection in answer.searched] == ["internal", "posts"]
    assert [(each.numbers, each.values) for each in answer.differences] == [((2, 1), ("17 May 1911", "4 May 1911"))]
    mended = make(Access()).answer(Asked("What is a quetzalcoatlos?", CHANNEL))
    assert mended.understanding is not None
    assert mended.understanding.corrections == (Correction("quetzalcoatlos", CANARY),)


LIMITED = [
    (POSTS, CHANNEL),
    (POSTS, DIRECT),
    (Access(None, channels={"C1": ("posts",)}), CHANNEL),
    (Access(None, users={"U1": ("posts", "elsewhere")}), CHANNEL),
    (Access(None, users={"U1": ("posts",)}), DIRECT),
    (Access(("posts",), users={"U1": ("posts", "internal")}), CHANNEL),
]


@pytest.mark.parametrize(("access", "place"), LIMITED)
@pytest.mark.parametrize(
    "question",
    [QUESTION, VAULT_QUESTION, "What is a quetzalcoatlos?", "What does Quetzalcoatlos Press say of Strelsau?"],
)
def test_what_is_closed_comes_out_nowhere(make: Make, access: Access, place: Place, question: str) -> None:
    desk = make(access)
    answer = desk.answer(Asked(question, place, ("t",), "1"))
    told = [answer, desk.more(answer.id, place, 3), desk.overview(place)]
    if answer.found:
        told.append(desk.share(answer.id, place))
    assert CANARY not in repr(told).lower()
    assert "internal" not in repr(told)
    assert "vault" not in repr(told)
    assert "17 May" not in repr(told)
    assert answer.understanding is not None
    assert (answer.understanding.corrections, answer.differences) == ((), ())


def test_what_mended_a_question_goes_no_further_than_who_asked_it(make: Make, store: ChatStore) -> None:
    """Somebody who may see less goes on in the same thread, or presses a button below the answer to a follow-up."""
    typo = CANARY.replace("coat", "cost")
    wide, narrow = make(Access()), make(POSTS)
    first = wide.answer(Asked(f"Which {typo} papers name the embassy in Strelsau?", CHANNEL, ("t",), "1"))
    assert first.understanding is not None
    assert first.understanding.corrections == (Correction(typo, CANARY),)
    second = wide.answer(Asked("And in Zenda?", CHANNEL, ("t",), "2"))
    assert searched(second) == f"{CANARY} papers name embassy Strelsau in Zenda?"
    seen = [
        narrow.answer(Asked("And in Zenda?", CHANNEL, ("t",), "3")),
        narrow.more(second.id, CHANNEL, 0),
        narrow.share(second.id, CHANNEL),
    ]
    for answer in seen:
        assert searched(answer).startswith(f"{typo} papers")
        assert CANARY not in repr(answer).lower()


def test_the_limits_hold_within_the_search(make: Make) -> None:
    """As many quotes come from what is open as if there were nothing else; what is only in the vault is not found."""
    desk = make(POSTS)
    answer = desk.answer(Asked(QUESTION, CHANNEL))
    assert highlights(answer)[0] == SENTENCE
    assert numbers(answer) == [1, 2, 3]
    assert answer.searched == (SearchedCollection("posts", 2, "1911-05-05"),)
    assert {quote.document.collection for quote in answer.quotes} == {"posts"}
    refused = desk.answer(Asked(VAULT_QUESTION, CHANNEL))
    assert (refused.found, refused.reason, refused.quotes) == (
        False,
        "Not found in these sources: none says “Hentzau”.",
        (),
    )
    assert {quote.document.collection for quote in refused.nearest} == {"posts"}


def test_a_direct_conversation_has_the_limits_of_its_user(make: Make) -> None:
    access = Access(("posts",), users={"U1": ("internal",)})
    assert make(access).answer(Asked(VAULT_QUESTION, DIRECT)).quotes[0].text == VAULT
    with pytest.raises(AccessError):
        make(access).answer(Asked(VAULT_QUESTION, CHANNEL))


def test_one_collection_can_be_asked_if_it_is_open(make: Make) -> None:
    answer = make(Access()).answer(Asked(QUESTION, CHANNEL, collection="internal"))
    assert (highlights(answer)[0], [each.name for each in answer.searched]) == (RIVAL, ["internal"])
    assert make(POSTS).answer(Asked(QUESTION, CHANNEL, collection="posts")).found
    with pytest.raises(AccessError) as caught:
        make(POSTS).answer(Asked(QUESTION, CHANNEL, collection="internal"))
    assert caught.value.user_message == "There is no collection called internal that is open to you here."


def test_where_nothing_is_open_nothing_is_answered_or_kept(make: Make, store: ChatStore) -> None:
    desk = make(Access(()))
    with pytest.raises(AccessError) as caught:
        desk.answer(Asked(QUESTION, CHANNEL, ("t",), "1"))
    assert caught.value.user_message == "No collection is open to you here."
    assert not store.knows_conversation("t")
    assert store.unanswered() == []


def test_dates_limit_the_search(make: Make) -> None:
    day = date(1911, 5, 5)
    assert make().answer(Asked(QUESTION, CHANNEL, since=day, until=day)).found
    assert not make().answer(Asked(QUESTION, CHANNEL, until=date(1911, 5, 4))).found
    with pytest.raises(UsageError):
        make().answer(Asked(QUESTION, CHANNEL, since=date(1911, 5, 6), until=day))


def test_before_the_first_sync_there_is_a_hint(make: Make, encoder: OnnxEncoder, tmp_path: Path) -> None:
    room = Room(tmp_path, encoder)
    desk = make(room=room)
    with pytest.raises(EmptyLibraryError):
        desk.answer(Asked(QUESTION, CHANNEL))
    assert desk.overview(CHANNEL) == Overview((), None)
    room.library.close()


# Threads


def searched(answer: Answer) -> str:
    assert answer.understanding is not None
    assert answer.understanding.context_used
    return answer.understanding.query.text


def stands_alone(answer: Answer) -> bool:
    return answer.understanding is not None and not answer.understanding.context_used


def test_a_follow_up_is_understood_from_what_was_asked_before(make: Make) -> None:
    desk = make()
    desk.answer(Asked("Why was the legation in Hentzau closed?", CHANNEL, ("t",), "1"))
    desk.answer(Asked(QUESTION, CHANNEL, ("t",), "3"))
    assert searched(desk.answer(Asked("And why?", CHANNEL, ("t",), "4"))) == "embassy Strelsau closed why?"
    # one that is answered late does not hear of what was asked after it
    assert "Hentzau" in searched(desk.answer(Asked("And why?", CHANNEL, ("t",), "2")))
    assert stands_alone(desk.answer(Asked("And why?", CHANNEL, ("t",), "0")))
    assert stands_alone(desk.answer(Asked("And why?", CHANNEL, ("other",), "5")))
    assert stands_alone(desk.answer(Asked("And why?", CHANNEL)))


def test_the_narrowest_conversation_that_knows_something_gives_the_context(make: Make) -> None:
    desk = make()
    desk.answer(Asked("Why was the legation in Hentzau closed?", DIRECT, ("thread", "all"), "1"))
    desk.answer(Asked(QUESTION, DIRECT, ("other", "all"), "2"))
    assert "Hentzau" in searched(desk.answer(Asked("And why?", DIRECT, ("thread", "all"), "3")))
    assert "Strelsau" in searched(desk.answer(Asked("And why?", DIRECT, ("other",), "3")))
    desk.answer(Asked(QUESTION, DIRECT, ("fourth", "all"), "4"))
    assert "Strelsau" in searched(desk.answer(Asked("And why?", DIRECT, ("new", "all"), "5")))


@pytest.mark.parametrize("talk", ["hello", "help", "thanks!", "what can you do?"])
def test_talk_is_no_context(make: Make, store: ChatStore, talk: str) -> None:
    desk = make()
    desk.answer(Asked(QUESTION, CHANNEL, ("t",), "1"))
    answer = desk.answer(Asked(talk, CHANNEL, ("t", "u"), "2"))
    assert (answer.quotes, answer.searched) == ((), ())
    assert searched(desk.answer(Asked("And why?", CHANNEL, ("t",), "3"))) == "embassy Strelsau closed why?"
    assert (desk.knows("u"), store.turn_before("u", "9")) == (True, None)
    assert store.unanswered() == []


def test_a_thread_is_known_from_its_first_question_on(make: Make, store: ChatStore) -> None:
    desk = make()
    assert not desk.knows("t")
    desk.begin(Asked(QUESTION, CHANNEL, ("t", "u"), "1"))
    assert (desk.knows("t"), desk.knows("u"), desk.knows("v")) == (True, True, False)
    assert store.turn_before("t", "9") is None
    assert store.unanswered() == []
    desk.answer(Asked("best recipe for sourdough bread", CHANNEL, ("v",), "1"))
    assert desk.knows("v")
    assert store.unanswered() == [
        Unanswered("best recipe for sourdough bread", store.unanswered()[0].asked, marked_wrong=False)
    ]


# The record


@pytest.mark.parametrize("record_who", [True, False])
def test_what_is_kept_of_an_answer(make: Make, store: ChatStore, record_who: bool) -> None:
    desk = make(record_who=record_who)
    desk.answer(Asked(QUESTION, CHANNEL, ("t",), "1"))
    asked = Asked("and why?", CHANNEL, ("t",), "2", "posts", date(1900, 1, 1), date(1950, 1, 1))
    answer = desk.answer(asked)
    assert store.answer(answer.id) == AnswerRecord(
        answer.id, "answer", "and why?", QUESTION, "posts", date(1900, 1, 1), date(1950, 1, 1),
        "U1" if record_who else None,
        tuple(
            QuotePlace(quote.mark, quote.number, quote.document.id, quote.document.version, quote.start, quote.end)
            for quote in answer.quotes
        ),
    )  # fmt: skip
    assert len(answer.quotes) == 3


@pytest.mark.parametrize("record_who", [True, False])
def test_who_gave_an_opinion_is_kept_only_if_that_is_wanted(
    make: Make, store: ChatStore, tmp_path: Path, record_who: bool
) -> None:
    desk = make(record_who=record_who)
    name = desk.answer(Asked(QUESTION, CHANNEL)).id
    for right, user in ((True, "U7"), (False, "U7"), (False, "U8")):
        desk.judge(name, right, user)
    assert store.feedback() == ((0, 2) if record_who else (1, 2))
    assert [(each.question, each.marked_wrong) for each in store.unanswered()] == [(QUESTION, True)]
    with closing(sqlite3.connect(tmp_path / "chat.sqlite")) as connection:
        who = {row[0] for table in ("answers", "feedback") for row in connection.execute(f"SELECT who FROM {table}")}
    assert who == ({"U1", "U7", "U8"} if record_who else {None})
    with pytest.raises(NotFoundError) as caught:
        desk.judge("unknown", True, "U7")
    assert caught.value.user_message == "This answer is too old for its buttons; please ask again."


def test_an_answer_that_cannot_be_recorded_is_given_all_the_same(
    make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = make()
    with closing(sqlite3.connect(tmp_path / "chat.sqlite")) as connection:
        connection.execute("DROP TABLE answers")
        connection.commit()
    assert desk.answer(Asked(QUESTION, CHANNEL, ("t",), "1")).found
    (told,) = caplog.messages
    assert told.startswith("An answer could not be recorded: The chat state refused an operation: ")
    assert "Strelsau" not in told
    with pytest.raises(LibraryError):
        desk.judge("a", True, "U1")


def test_all_that_is_kept_of_an_answer_is_written_in_one_transaction(make: Make, tmp_path: Path) -> None:
    desk, file = make(), tmp_path / "chat.sqlite"
    asked = Asked(QUESTION, CHANNEL, ("thread", "channel"), "1")
    counts = []
    for work in (desk.begin, desk.answer, desk.answer):
        work(asked)
        counts.append(int.from_bytes(file.read_bytes()[24:28]))  # SQLite's file change counter: one for each
    assert [count - counts[0] for count in counts] == [0, 1, 2]
    assert counts[0] == 2  # the tables, and what began


# More quotes


def test_more_quotes_number_on_and_repeat_nothing_until_there_are_none(make: Make, store: ChatStore) -> None:
    desk = make()
    first = desk.answer(Asked(QUESTION, CHANNEL))
    assert desk.has_more(first)
    pages, last = [first], 3
    while pages[-1].found:
        pages.append(desk.more(first.id, CHANNEL, last))
        last = max(numbers(pages[-1]), default=0)
        assert len(pages) < 9
    assert [numbers(page) for page in pages] == [[1, 2, 3], [4, 5, 6, 7, 8], [9, 10, 11, 12, 13], [14], []]
    assert {page.id for page in pages} == {first.id}
    quotes = [quote for page in pages for quote in page.quotes]
    assert len({(quote.document.id, quote.highlight) for quote in quotes}) == 14
    for quote in quotes:
        overlapping = [
            q for q in quotes if q.document == quote.document and q.start < quote.end and quote.start < q.end
        ]
        assert overlapping == [quote]
    end = pages[-1]
    assert (end.found, end.quotes, end.nearest, end.differences) == (False, (), (), ())
    record = store.answer(first.id)
    assert record is not None
    assert [(each.number, each.mark) for each in record.quotes] == [(quote.number, quote.mark) for quote in quotes]


def test_each_reader_gets_what_comes_after_their_own_message(make: Make) -> None:
    """In a channel further quotes are shown to who pressed alone: for the next one they are new."""
    desk = make()
    first = desk.answer(Asked(QUESTION, CHANNEL))
    one, other = (desk.more(first.id, Place("slack", "C1", user), 3) for user in ("U1", "U2"))
    assert numbers(one) == [4, 5, 6, 7, 8]
    assert one.quotes == other.quotes
    assert numbers(desk.more(first.id, CHANNEL, 8)) == [9, 10, 11, 12, 13]
    # of a message that had room for two only
    again = desk.more(first.id, CHANNEL, 2)
    assert numbers(again) == [3, 4, 5, 6, 7]
    assert again.quotes[0] == replace(first.quotes[2], lead_ins=again.quotes[0].lead_ins)
    assert len(again.quotes) == FURTHER


def test_more_quotes_have_the_limits_of_who_wants_them(make: Make) -> None:
    name = make(Access()).answer(Asked(QUESTION, CHANNEL)).id
    further = make(POSTS).more(name, CHANNEL, 3)
    assert further.found
    assert "vault" not in repr(further)
    with pytest.raises(AccessError):
        make(Access(())).more(name, CHANNEL, 3)
    only = make(Access()).answer(Asked(VAULT_QUESTION, DIRECT, collection="internal")).id
    with pytest.raises(AccessError):
        make(POSTS).more(only, DIRECT, 1)


def test_there_may_be_more_if_the_message_was_full(make: Make) -> None:
    desk = make()
    assert desk.has_more(desk.answer(Asked(QUESTION, CHANNEL)))
    roomy = make(Access(), quotes=10)
    whole = roomy.answer(Asked(VAULT_QUESTION, CHANNEL, collection="internal"))
    assert (numbers(whole), roomy.has_more(whole)) == ([1, 2, 3], False)
    refused = desk.answer(Asked("best recipe for sourdough bread", CHANNEL))
    assert len(refused.nearest) == 3
    assert not desk.has_more(refused)
    assert not desk.has_more(desk.answer(Asked("hello", CHANNEL)))


@pytest.mark.parametrize("button", [lambda desk: desk.more("x", CHANNEL, 3), lambda desk: desk.share("x", CHANNEL),
                                    lambda desk: desk.passage("x", "m", CHANNEL)])  # fmt: skip
def test_a_forgotten_answer_has_no_buttons(make: Make, button: Callable[[Desk], object]) -> None:
    with pytest.raises(NotFoundError) as caught:
        button(make())
    assert caught.value.user_message == "This answer is too old for its buttons; please ask again."


# Sharing


def test_what_is_shared_is_the_answer_for_everybody_there(make: Make) -> None:
    access = Access(("posts",), users={"U1": ("posts", "internal")})
    desk = make(access)
    private = desk.answer(Asked(QUESTION, DIRECT))
    assert RIVAL in highlights(private)
    for place in (CHANNEL, DIRECT):  # a direct conversation too may have further readers
        shared = desk.share(private.id, place)
        assert (shared.id, shared.question, highlights(shared)[0]) == (private.id, QUESTION, SENTENCE)
        assert [each.name for each in shared.searched] == ["posts"]
        assert CANARY not in repr(shared).lower()
    shown = desk.passage(private.id, shared.quotes[0].mark, CHANNEL)
    assert shown.document.text[shown.start : shown.end] == shared.quotes[0].text


def test_what_everybody_may_not_see_is_not_shared(make: Make) -> None:
    desk = make(Access(("posts",), users={"U1": ("posts", "internal")}))
    private = desk.answer(Asked(VAULT_QUESTION, DIRECT))
    assert private.quotes[0].text == VAULT
    with pytest.raises(NotFoundError) as caught:
        desk.share(private.id, CHANNEL)
    assert caught.value.user_message == "The sources no longer answer this; nothing was shared."
    limited = desk.answer(Asked(VAULT_QUESTION, DIRECT, collection="internal"))
    with pytest.raises(AccessError):
        desk.share(limited.id, CHANNEL)


def test_what_is_shared_keeps_context_collection_and_dates(make: Make) -> None:
    desk = make()
    desk.answer(Asked(QUESTION, CHANNEL, ("t",), "1"))
    asked = Asked("And why?", CHANNEL, ("t",), "2", "posts", date(1911, 1, 1), date(1911, 12, 31))
    given = desk.answer(asked)
    shared = desk.share(given.id, CHANNEL)
    assert replace(shared, elapsed_ms=0.0) == replace(given, elapsed_ms=0.0)


# The passage around a quote


def test_the_passage_of_a_quote_is_its_place_in_the_document(make: Make) -> None:
    desk = make()
    answer = desk.answer(Asked(QUESTION, CHANNEL))
    for quote in answer.quotes:
        assert desk.passage(answer.id, quote.mark, CHANNEL) == Shown(quote.document, quote.start, quote.end)
    refused = desk.answer(Asked("best recipe for sourdough bread", CHANNEL))
    quote = refused.nearest[0]
    assert desk.passage(refused.id, quote.mark, CHANNEL) == Shown(quote.document, quote.start, quote.end)
    for mark in ("", "0" * 12, "1", quote.mark.upper()):
        with pytest.raises(NotFoundError) as caught:
            desk.passage(answer.id, mark, CHANNEL)
        assert caught.value.user_message == "This answer is too old for its buttons; please ask again."


def test_the_passage_of_a_closed_document_is_not_shown(make: Make) -> None:
    answer = make(Access()).answer(Asked(VAULT_QUESTION, CHANNEL))
    mark = answer.quotes[0].mark
    assert make(Access()).passage(answer.id, mark, CHANNEL).document.id == "vault/hentzau.md"
    for access in (POSTS, Access(()), Access(None, users={"U1": ("posts",)})):
        with pytest.raises(AccessError) as caught:
            make(access).passage(answer.id, mark, CHANNEL)
        assert caught.value.user_message == "This document is not open to you here."


def test_the_passage_in_a_document_that_has_changed(make: Make, own: Room) -> None:
    desk = make(room=own)
    answer = desk.answer(Asked(QUESTION, CHANNEL))
    quote = answer.quotes[0]
    assert (quote.document.id, quote.text) == ("gazette/strelsau.md", SENTENCE)
    own.write("gazette", "strelsau.md", STRELSAU + "\nA line at the end changes nothing before it.\n")
    own.sync()
    exact = desk.passage(answer.id, quote.mark, CHANNEL)
    assert (exact.start, exact.end, exact.note) == (quote.start, quote.end, None)
    assert exact.document.text.endswith("changes nothing before it.\n")
    own.write("gazette", "strelsau.md", STRELSAU.replace("# Closure", "# Closure\n\nA new beginning."))
    own.sync()
    moved = desk.passage(answer.id, quote.mark, CHANNEL)
    assert moved.document.text[moved.start : moved.end] == SENTENCE
    assert moved.start == quote.start + len("A new beginning.\n\n")
    assert moved.note == "The document has changed since; this is where the quote stands today."
    own.write("gazette", "strelsau.md", STRELSAU.replace("4 May", "5 May"))
    own.sync()
    with pytest.raises(NotFoundError) as caught:
        desk.passage(answer.id, quote.mark, CHANNEL)
    assert caught.value.user_message == "The document has changed since, and no longer says this; please ask again."
    own.sync(remove=("gazette",))
    with pytest.raises(NotFoundError) as caught:
        desk.passage(answer.id, quote.mark, CHANNEL)
    assert caught.value.user_message == "This document is no longer among the sources."
    assert desk.more(answer.id, CHANNEL, 3).reason == "Not found in these sources: none says “Strelsau”."
    with pytest.raises(NotFoundError):
        desk.share(answer.id, CHANNEL)


def test_a_document_of_the_same_path_in_another_source_is_another_one(make: Make, own: Room) -> None:
    desk = make(room=own)
    answer = desk.answer(Asked(QUESTION, CHANNEL))
    own.write("notes", "gazette/strelsau.md", STRELSAU)
    own.sync(remove=("gazette",))
    assert [found.id for found in own.library.find_documents("gazette/strelsau.md")] == ["notes/gazette/strelsau.md"]
    with pytest.raises(NotFoundError) as caught:
        desk.passage(answer.id, answer.quotes[0].mark, CHANNEL)
    assert caught.value.user_message == "This document is no longer among the sources."


# The overview


def test_the_overview_shows_what_is_open_there(make: Make, shared: Room) -> None:
    record = shared.library.current()
    assert record is not None
    posts, internal = SearchedCollection("posts", 2, "1911-05-05"), SearchedCollection("internal", 2, "1920-01-01")
    access = Access(None, channels={"C1": ("posts",), "C2": ("elsewhere",), "C3": ()}, users={"U2": ("internal",)})
    expected = {
        CHANNEL: Overview((posts,), record.created_at),
        Place("slack", "C9", "U1"): Overview((internal, posts), record.created_at),
        Place("slack", "C9", "U2"): Overview((internal,), record.created_at),
        Place("slack", "C2", "U1"): Overview((), record.created_at),
        Place("slack", "C3", "U1"): Overview((), record.created_at, closed=True),
        Place("slack", "C1", "U2"): Overview((), record.created_at, closed=True),
        DIRECT: Overview((internal, posts), record.created_at),
    }
    desk = make(access)
    assert {place: desk.overview(place) for place in expected} == expected
