"""A library whose every document and list says which edition it is of, and whoever asks it: an answer that mixes two
editions, or names another index than it is from, says so itself.
"""

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from bot.answer import Answerer, Judgement
from bot.chat.access import Access, Place
from bot.chat.desk import Asked, Desk
from bot.chat.store import ChatStore
from bot.glossary import load_glossary
from bot.rank import shipped_ranking
from bot.types import Answer
from index.home import Home
from index.library import Library
from index.search import Searcher
from index.types import Reader
from tests.fakes.apart import Ending, apart
from tests.fakes.post_library import DIMENSION, PostLibrary
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import un

POSTS = 6
READ = 8
"""Sentences that a reader reads for a question."""

_EDITION = re.compile(r"\bgate(\d+)\b")

HERE = Place("chat", "newsroom", "reader")


def files(edition: int, listed: int | None = None) -> dict[str, str]:
    """Posts and a sanctions list, of an edition from 0 to 999; the list may be of another."""
    dated = edition if listed is None else listed
    posts = {
        f"{number}.md": (
            f"# Post {number}\n\nThe embassy in Town{number} closed behind gate{edition}.\n\n"
            f"It had {edition + 7} rooms and the same gate{edition}.\n"
        )
        for number in range(POSTS)
    }
    return posts | {"un.xml": un(f"{1900 + dated}-01-01", KPi_001="Ri Won", KPi_002=f"Pak Nam {dated}")}


def question(random: Random) -> str:
    number = random.randrange(POSTS)
    return random.choice(
        (
            f"When was the embassy in Town{number} closed?",
            f"How many rooms did the embassy in Town{number} have?",
            f"Which gate was behind the embassy in Town{number}?",
            "Is Ri Won sanctioned?",
            "Was Pak Nam on the UN list?",
        )
    )


def sync_apart(posts: PostLibrary, edition: int, listed: int | None = None) -> str:
    """Publishes an edition by a process of its own, as a timer would; returns the name of the generation."""
    posts.fill(files(edition, listed))
    ending: Ending = apart(_sync, posts.place)
    assert ending.code == 0, ending
    return str(ending.value)


def _sync(talk: Connection, place: Path) -> str:
    return PostLibrary(place).sync().generation


def editions_of(answer: Answer) -> set[int]:
    """The editions that an answer is from, by all that it says."""
    places = (*answer.quotes, *answer.nearest)
    said = {int(found) for each in places for found in _EDITION.findall(each.text)}
    dated = {int(each.document.edition.date[:4]) - 1900 for each in places if each.document.edition is not None}
    looked = {int(each.edition.date[:4]) - 1900 for each in answer.lookups if each.edition is not None}
    assert said | dated | looked, answer
    return said | dated | looked


@contextmanager
def desk(home: Home) -> Iterator[Desk]:
    """What the chats ask, over a home; it answers whatever it is asked, with the best that there is."""
    with desks(home, None) as (only,):
        yield only


@contextmanager
def desks(home: Home, *readers: Reader | None) -> Iterator[tuple[Desk, ...]]:
    """One for each reader, over the same index."""
    with closing(Library(home.library)) as library, closing(ChatStore(home.path / "chat.sqlite")) as store:
        searcher = Searcher(home, library, WordEncoder(DIMENSION))
        judgement = Judgement(shipped_ranking(), load_glossary(), most_quotes=5, refuse_below=0.0, read=READ)
        answerers = (Answerer(searcher, replace(judgement, reader=reader)) for reader in readers)
        yield tuple(Desk(each, library, store, Access(), 5, record_who=False) for each in answerers)


def ask(asked: Desk, text: str, thread: str, position: str) -> Answer:
    return asked.answer(Asked(text, HERE, (thread,), position))


def resident_mib() -> float:
    """The memory of this process that is in use now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
