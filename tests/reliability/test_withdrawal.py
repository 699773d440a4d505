"""What was taken away is gone with the next generation: from answers, from what the buttons of messages show that were
sent before, and, if its source was removed, from the past too.

A file that was deleted, or a page that vanished, stays in the library as history: ``as-of:`` a day on which it was held
still quotes it. Whoever wants it gone removes the source, or lets ``sources.keep_days`` do it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from bot.answer import Answerer, Judgement
from bot.chat.access import Access, Place
from bot.chat.desk import Asked, Desk
from bot.chat.store import ChatStore
from bot.glossary import load_glossary
from bot.rank import shipped_ranking
from bot.render.machine import answer_to_json
from bot.types import Answer
from index.errors import LegationError
from index.home import Home
from index.library import Library
from index.parsing.supervisor import ParsingProcess
from index.types import Source
from tests.fakes.backdated import backdate
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import Work, un
from tests.rounds import Rounds

FIRST = date(2026, 1, 1)
PLACE = Place("slack", "C1", "U1")
SOURCES = ("posts", "notes", "wires")
QUESTIONS = (
    "When was the embassy in Oslo closed?",
    "Why was the consulate in Lima sold?",
    "Who is on the UN list?",
    "What became of the archive?",
)
LIST = "un.xml"


@dataclass
class Newsroom:
    """Sources that change, a library that follows them, one day a generation, and every answer that was given.

    ``there`` has of each file the words that it alone says; ``gone`` what no file says any more; ``removed`` what only
    sources that were removed said.
    """

    folder: Path
    work: Work
    desk: Desk
    there: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    given: list[Answer] = field(default_factory=list)
    words: int = 0
    days: int = 0
    dated: int = 0
    said_by: dict[str, set[str]] = field(default_factory=dict)

    def new_word(self) -> str:
        self.words += 1
        return f"quetzal{self.words}x"

    def write(self, random: Random, source: str, path: str) -> None:
        """A file, with all of its words new."""
        self.drop(source, path)
        word = self.new_word()
        if path == LIST:
            day = date(2001, 1, 1) + timedelta(self.words)  # an older edition in its place would not count
            text = un(str(day), KPi_001=word.title(), KPi_002="Ri Won Ho")
        else:
            post, city = random.choice(("embassy", "consulate")), random.choice(("Oslo", "Lima"))
            text = (
                f"# {word} on {city}\n\nThe {post} in {city} was closed and sold.\n\nIts archive is kept by {word}.\n"
            )
        file = self.folder / source / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self.there[source, path] = {word}

    def drop(self, source: str, path: str) -> None:
        self.gone |= self.there.pop((source, path), set())
        (self.folder / source / path).unlink(missing_ok=True)

    def change(self, random: Random) -> Sequence[str]:
        """Something comes, goes or says something else; the sources that are removed."""
        for _ in range(random.randint(1, 4)):
            source = random.choice(SOURCES)
            path = random.choice(("a.md", "b.md", "c.md", LIST))
            if random.random() < 0.55:
                self.write(random, source, path)
            else:
                self.drop(source, path)
        held = [each.name for each in self.work.library.sources()]
        if held and random.random() < 0.25:
            name = random.choice(held)
            for source, path in [key for key in self.there if key[0] == name]:
                self.drop(source, path)
            return (name,)
        return ()

    def sync(self, removed: Sequence[str]) -> None:
        """Also the words that a removed source had before are gone from the past; what it says next is new."""
        for name in removed:
            self.removed |= self.said_by.pop(name, set())
        for (source, _), words in self.there.items():
            self.said_by.setdefault(source, set()).update(words)
        added = [Source(name, str(self.folder / name), name) for name in {source for source, _ in self.there}]
        # An empty folder is looked at twice: it may be a disk that is not mounted.
        for keep in (removed, ()):
            self.work.sync(*added, remove=[name for name in keep if name not in {each.name for each in added}])
        while (record := self.work.library.current()) and self.dated < record.id:
            self.dated += 1
            backdate(self.work.home.library, f"{FIRST + timedelta(self.days)}T12:00:00+00:00", self.dated)
        self.days += 1

    def ask(self, text: str) -> Answer:
        answer = self.desk.answer(Asked(text, PLACE))
        self.given.append(answer)
        return answer

    def buttons(self, answer: Answer) -> Iterator[str]:
        """What is shown to whoever presses any button below a message that was sent some time."""
        for again in (lambda: self.desk.more(answer.id, PLACE, 0), lambda: self.desk.share(answer.id, PLACE)):
            try:
                yield answer_to_json(again())
            except LegationError as error:
                yield error.user_message
        for quote in (*answer.quotes, *answer.nearest):
            try:
                shown = self.desk.passage(answer.id, quote.mark, PLACE)
            except LegationError as error:
                yield error.user_message
            else:
                yield f"{shown.document.title} {shown.document.text}"


@pytest.fixture
def newsroom(tmp_path: Path, parser: ParsingProcess) -> Iterator[Newsroom]:
    home = Home(tmp_path / "home")
    work = Work(home, Library(home.library), WordEncoder(), parser)
    store = ChatStore(home.path / "chat.sqlite")
    judgement = Judgement(shipped_ranking(), load_glossary(), 5, 0.0, today=lambda: date(2026, 11, 24))
    desk = Desk(Answerer(work.searcher(), judgement), work.library, store, Access(), 8, False)
    yield Newsroom(tmp_path / "files", work, desk)
    store.close()
    work.library.close()


def silent(shown: str, words: set[str]) -> bool:
    said = shown.casefold()
    return not any(word in said for word in words)


def test_what_was_taken_away_comes_back_by_no_way(rounds: Rounds, newsroom: Newsroom) -> None:
    """A round is a change of the sources, and all that can be asked after it."""
    shown_again = 0
    for number, random in rounds(short=6, long=300):
        if number == 0:
            for source in SOURCES:
                for path in ("a.md", "b.md"):
                    newsroom.write(random, source, path)
            newsroom.write(random, "wires", LIST)
            newsroom.sync(())
        before = [newsroom.ask(text) for text in QUESTIONS]
        shown_again += sum(not silent(answer_to_json(each), set().union(*newsroom.there.values())) for each in before)
        newsroom.sync(newsroom.change(random))
        for text in QUESTIONS:
            assert silent(answer_to_json(newsroom.ask(text)), newsroom.gone)
        old = before + random.sample(newsroom.given, min(4, len(newsroom.given)))
        for answer in old:
            for shown in newsroom.buttons(answer):
                assert silent(shown, newsroom.gone), shown
        day = FIRST + timedelta(random.randrange(newsroom.days))
        for text in QUESTIONS:
            past = newsroom.ask(f"{text} as-of:{day}")
            newsroom.given.pop()
            assert silent(answer_to_json(past), newsroom.removed)
    assert shown_again  # otherwise nothing was looked at
