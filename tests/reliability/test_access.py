"""Nobody sees, by whatever way, anything of what is closed to them.

Two libraries are built: one holds everything, the other only what somebody may see. Whatever that person asks, both
show the same to the last byte, ids, times and names of generations apart: texts, citations, counts, scores and what
they are made of, corrections, what is suggested, the home page, gaps, what opens behind a button, and every message of
Slack and Discord. So nothing that is closed can be read off anything, a score included. Whatever stands in a closed
collection has also a word of its own, a canary, which is looked for in all of that, in the log and in the numbers.
"""

import asyncio
import io
import json
import logging
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from random import Random

import pytest

from bot.answer import Answerer, Judgement
from bot.chat.access import Access, Place
from bot.chat.desk import Asked, Desk
from bot.chat.gaps import find_gaps
from bot.chat.metrics import Metrics
from bot.chat.pool import Pool
from bot.chat.reception import Answered, Parts, Reception, Reply
from bot.chat.store import ChatStore
from bot.chat.tasks import Tasks
from bot.glossary import load_glossary
from bot.logs import start_logging
from bot.rank import shipped_ranking
from bot.render.discord import answer as discord_answer
from bot.render.discord.passage import passage_message
from bot.render.discord.replies import sources_message
from bot.render.explain import render_explanation
from bot.render.machine import answer_to_dict
from bot.render.slack import answer as slack_answer
from bot.render.slack.ask_form import ask_view
from bot.render.slack.home import home_view
from bot.render.slack.passage import passage_view
from bot.render.terminal import render_answer
from bot.settings import LogSettings
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

COLLECTIONS = ("alpha", "bravo", "vault-quetzalcoatlus", "cellar-xolotlmania")
NAME_CANARIES = ("quetzalcoatlus", "xolotlmania")
"""Of the collections, in their names too."""

QUESTIONS_OF_A_LIBRARY = 16
HELD_SINCE = "2026-03-01"
AS_OF = (None, None, None, None, date(2026, 5, 1), date(2025, 1, 1))
TODAY = date(2026, 11, 24)

_CITIES = "Oslo Bergen Kampala Zenda Hentzau Strelsau Kravonia Tarlenheim Streckenbach Lima Rome Bogota".split()
_POSTS = "embassy consulate legation mission vice-consulate delegation".split()
_DEEDS = "was closed,was opened again,moved to another house,lost its archive,was sold at an auction,burnt down".split(
    ","
)
_REASONS = "after the war,because of the cholera,by order of the king,for lack of money,in a storm".split(",")
_LETTERS = "bcdfghklmnprstvz"
_ANY_ID = re.compile(r"\b(?:[0-9a-f]{16}|[0-9]{6}-[0-9a-f]{8})\b|\d{4}-\d\d-\d\dT[\d:.+]+|\d\d:\d\d UTC")


def canary(random: Random) -> str:
    """A word that nothing else says, of letters and length as words that are corrected have."""
    return "".join(random.choice(_LETTERS) + random.choice("aeiou") for _ in range(6))


def misspelt(word: str, random: Random) -> str:
    place = random.randrange(1, len(word))
    return word[:place] + "x" + word[place + 1 :]


@dataclass(frozen=True)
class World:
    """What is written: for each collection its files, its canary, and whoever its list names."""

    folder: Path
    canaries: dict[str, str]
    people: dict[str, tuple[str, ...]]

    def sources(self, collections: Sequence[str]) -> list[Source]:
        found = []
        for name in collections:
            found.append(Source(f"{name}-texts", str(self.folder / name), name))
            if self.people[name]:
                found.append(Source(f"{name}-list", str(self.folder / f"{name}.xml"), name))
        return found


def written(folder: Path, random: Random) -> World:
    canaries = {name: canary(random) for name in COLLECTIONS}
    people: dict[str, tuple[str, ...]] = {}
    for name, word in canaries.items():
        place = folder / name
        place.mkdir(parents=True)
        for number in range(random.randint(2, 9)):
            (place / f"{number}.md").write_text(document(random, word, number))
        people[name] = ("Ri Won Ho", f"Pak {word.title()}", f"Dok {canary(random).title()}")[: random.randint(0, 3)]
        if people[name]:
            named = {f"{word[:3].upper()}_{number:03}": who for number, who in enumerate(people[name])}
            listed = un(f"20{random.randint(14, 25)}-10-29", **named).replace(
                "DPRK", random.choice(["DPRK", word.upper()])
            )
            (folder / f"{name}.xml").write_text(listed)
    return World(folder, canaries, people)


def document(random: Random, word: str, number: int) -> str:
    """Some about what others tell of too, so that a closed one takes part in what is common; each with its canary."""
    lines = []
    for _ in range(random.randint(1, 5)):
        city, post = random.choice(_CITIES), random.choice(_POSTS)
        said = (
            f"The {post} in {city} {random.choice(_DEEDS)} {random.choice(_REASONS)} in {random.randint(1890, 2020)}."
        )
        lines.append(said if random.random() < 0.6 else f"{said} The {word} papers tell of {city} and the {post}.")
    head = f"---\ntitle: {random.choice(_CITIES)} and the {word}\npublisher: {word.title()} Press\n"
    if random.random() < 0.7:
        head += f"published: {random.randint(1990, 2020)}-0{random.randint(1, 9)}-11\nurl: https://{word}.example/{number}\n"
    return f"{head}---\n\n# {word.title()}\n\n" + "\n\n".join(lines) + "\n"


@dataclass(frozen=True)
class Arrived:
    """A question on its way."""

    asked: Asked
    surface: str = "mention"
    checks: bool = False
    repeatable: bool = False

    @property
    def key(self) -> str:
        return f"{self.asked.conversations} {self.asked.position}"

    @property
    def text(self) -> str:
        return self.asked.text

    def to_json(self) -> str:
        return json.dumps(self.key)


@dataclass
class Front:
    """A platform that keeps what it is to show."""

    replies: list[Reply] = field(default_factory=list)

    def render(self, arrival: Arrived, reply: Reply) -> str:
        self.replies.append(reply)
        return "shown"

    async def send(self, arrival: Arrived, message: str) -> None:
        return None

    async def show_status(self, arrival: Arrived) -> None:
        return None


class Side:
    """One library, its desk, and all that somebody can see of it."""

    def __init__(self, place: Path, parser: ParsingProcess, sources: Sequence[Source]) -> None:
        self.home = Home(place)
        self.library = Library(self.home.library)
        work = Work(self.home, self.library, WordEncoder(), parser)
        work.sync(*sources)
        backdate(self.home.library, f"{HELD_SINCE}T12:00:00+00:00")
        judgement = Judgement(shipped_ranking(), load_glossary(), 5, 0.15, today=lambda: TODAY)
        self.encoder = work.encoder
        self.answerer = Answerer(work.searcher(), judgement)
        self.store = ChatStore(place / "chat.sqlite")
        self.metrics = Metrics()

    def close(self) -> None:
        self.store.close()
        self.library.close()

    def desk(self, access: Access) -> Desk:
        return Desk(self.answerer, self.library, self.store, access, 3, False)

    def _reply(self, desk: Desk, asked: Asked) -> Reply:
        """By the way that every question from a chat takes, so that it is logged and counted."""
        front = Front()

        async def run() -> None:
            pools = (Pool(1, 10), Pool(1, 10), Pool(1, 10))
            parts = Parts(self.store, *pools, Tasks(), self.metrics)
            await Reception(asked.place.platform, desk, parts, front).receive(Arrived(asked))
            assert await parts.tasks.finish(60) == 0
            for pool in pools:
                pool.close()

        asyncio.run(run())
        (reply,) = front.replies
        return reply

    def sees_of_others(self, access: Access, asked: Sequence[Asked]) -> list[str]:
        """What somebody else, who may see less than whoever asked, is shown by the buttons below an answer, and by
        going on in the same conversation.
        """
        desk, shown = self.desk(access), list[str]()
        for each in asked:
            answer = self.desk(Access()).answer(replace(each, collection=None))
            shown += behind_the_buttons(desk, answer.id, each.place, [quote.mark for quote in answer.quotes])
            if access.allowed(each.place) != ():
                after = replace(each, text="And why?", collection=None, position=f"{each.position} after")
                shown += answer_views(desk.answer(after), False)
        return shown

    def sees(self, access: Access, asked: Sequence[Asked]) -> list[str]:
        """All that is shown to somebody who asks these questions, one after another, and presses every button."""
        desk, shown = self.desk(access), list[str]()
        for each in asked:
            reply = self._reply(desk, each)
            if isinstance(reply, Answered):
                answer = reply.answer
                shown += answer_views(answer, reply.more)
                shown += behind_the_buttons(desk, answer.id, each.place, [quote.mark for quote in answer.quotes])
            else:
                shown.append(repr(reply))
        overview = desk.overview(asked[0].place)
        names = [each.name for each in overview.collections]
        gaps = find_gaps(self.store.unanswered(), self.encoder.encode_query)
        shown += [
            repr(ask_view(names, "")),
            repr(home_view(overview, "/ask", "@l", gaps)),
            repr(sources_message(overview)),
        ]
        return [_ANY_ID.sub("…", each) for each in shown]


def answer_views(answer: Answer, more: bool) -> list[str]:
    told = {name: value for name, value in answer_to_dict(answer).items() if name != "elapsed_ms"}
    quick = replace(answer, elapsed_ms=1.0)
    return [
        json.dumps(told, ensure_ascii=False),
        repr([(quote.score, quote.parts) for quote in (*answer.quotes, *answer.nearest, *answer.candidates)]),
        render_answer(quick, 100, False, False),
        render_explanation(quick, 100, False),
        repr(slack_answer.answer_message(quick, restated=True, private=True, share=True, more=more)),
        repr(discord_answer.answer_message(quick, restated=True, private=True, share=True, more=more)),
    ]


def behind_the_buttons(desk: Desk, name: str, place: Place, marks: Sequence[str]) -> list[str]:
    """What "More quotes", "Share to channel" and "Show in context" show of an answer."""
    shown = []
    for again in (lambda: desk.more(name, place, len(marks)), lambda: desk.share(name, place)):
        try:
            shown += answer_views(again(), False)
        except LegationError as error:
            shown.append(f"{type(error).__name__}: {error.user_message}")
    for mark in marks:
        try:
            found = desk.passage(name, mark, place)
        except LegationError as error:
            shown.append(f"{type(error).__name__}: {error.user_message}")
        else:
            around = (found.document, found.start, found.end, found.note)
            shown += [repr(passage_view(*around)), repr(passage_message(*around))]
    return shown


def rules(random: Random) -> Access:
    """Any rules, of which some open something."""

    def some() -> tuple[str, ...]:
        return tuple(random.sample([*COLLECTIONS, "ghost"], random.randint(0, 4)))

    others = some() if random.random() < 0.8 else None
    channels = {"C1": some()} if random.random() < 0.5 else {}
    users = {"U1": some()} if random.random() < 0.5 else {}
    guilds = {"G1": some()} if random.random() < 0.3 else {}
    return Access(others, channels, users, guilds)


def questions(number: int, random: Random, world: World, place: Place, hidden: Sequence[str]) -> list[Asked]:
    """One question, or two of a conversation: of every kind in turn, mostly about what is closed."""
    near = hidden if random.random() < 0.8 else COLLECTIONS
    words, names = [world.canaries[name] for name in near], [who for name in near for who in world.people[name]]
    city, post, word = random.choice(_CITIES), random.choice(_POSTS), random.choice(words)
    name = random.choice(names or ["Ri Won Ho"])
    texts = [
        f"When was the {post} in {city} closed?",
        f"Why was the {post} in {city} sold?",
        f"What do the {word} papers tell of {city}?",
        f"What do the {misspelt(word, random)} papers tell of the {post}?",
        f"Who is the {misspelt(random.choice(NAME_CANARIES), random)}?",
        f"Is {name} on a sanctions list?",
        f"Is {misspelt(name.split()[-1].lower(), random).title()} sanctioned?",
        name,
        "Who is on the UN list?",
        f"Who is listed under {random.choice(words).upper()}?",
        "Which sources do you have?",
        f"Which {post}s were closed {random.choice(_REASONS)}?",
        f"{city} {post} {word}",
    ]
    count = random.choice((1, 1, 2))
    chosen = [texts[number % len(texts)], random.choice(texts)][:count]
    if count == 2 and random.random() < 0.6:
        chosen[1] = random.choice(
            (f"And in {random.choice(_CITIES)}?", f"And {random.choice(names or ['Ri Won Ho'])}?", "why?")
        )
    day, limits = random.choice(AS_OF), random.random()
    operator = f" as-of:{day}" if day else ""
    conversation = f"thread {random.random()}"
    return [
        Asked(
            text + operator, place, (conversation,), str(position),
            collection=random.choice((*COLLECTIONS, "ghost")) if limits < 0.15 else None,
            since=date(2001, 1, 1) if 0.15 < limits < 0.25 else None,
            until=date(2010, 1, 1) if 0.2 < limits < 0.3 else None,
        )
        for position, text in enumerate(chosen)
    ]  # fmt: skip


PLACES = (
    Place("slack", "C1", "U1"),
    Place("slack", "C1", "U2"),
    Place("slack", "C2", "U1"),
    Place("slack", "D1", "U1", direct=True),
    Place("discord", "C3", "U2", guild="G1"),
)


def may_see(access: Access, place: Place) -> tuple[str, ...]:
    allowed = access.allowed(place)
    return COLLECTIONS if allowed is None else tuple(name for name in COLLECTIONS if name in allowed)


def is_silent(shown: Sequence[str], secrets: Sequence[str], asked: Sequence[Asked]) -> None:
    """No secret comes out that was not typed: as it was, or with what follows from the shape of words alone."""
    typed = " ".join(f"{each.text} {each.collection}" for each in asked).casefold()
    for text in shown:
        for secret in secrets:
            assert secret in typed or secret not in text.casefold(), (secret, text)


@pytest.fixture
def quiet() -> Iterator[io.StringIO]:
    """The log of a service at its most talkative, texts apart; put back as it was."""
    names = ("slack_bolt", "slack_sdk", "discord", "aiohttp", "asyncio")
    loggers = [logging.getLogger(), *map(logging.getLogger, names)]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    stream = io.StringIO()
    start_logging(LogSettings.model_validate({"level": "debug"}), (), stream)
    yield stream
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def test_what_is_closed_is_as_if_it_were_not_there(
    rounds: Rounds, folder: Path, parser: ParsingProcess, quiet: io.StringIO
) -> None:
    """A round is a pair of rules and questions; a library is made anew after so many."""
    world, sides = None, dict[tuple[str, ...], Side]()
    try:
        for number, random in rounds(short=16, long=10_000):
            of_library = QUESTIONS_OF_A_LIBRARY if not rounds.soak else QUESTIONS_OF_A_LIBRARY * 25
            if world is None or number % of_library == 0:
                for side in sides.values():
                    side.close()
                sides = {}
                shutil.rmtree(folder / "world", ignore_errors=True)
                world = written(folder / "world", random)
            place = random.choice(PLACES)
            access = rules(random)
            while may_see(access, place) == COLLECTIONS:
                access = rules(random)
            seen = may_see(access, place)
            hidden = [name for name in COLLECTIONS if name not in seen]
            asked = questions(number, random, world, place, hidden)
            for collections in (COLLECTIONS, seen):
                if collections not in sides:
                    home = world.folder / f"home-{len(sides)}"
                    sides[collections] = Side(home, parser, world.sources(collections))
            both, alone = sides[COLLECTIONS].sees(access, asked), sides[seen].sees(access, asked)
            assert both == alone
            secrets = [world.canaries[name] for name in hidden]
            secrets += [name.partition("-")[2] for name in hidden if "-" in name]
            is_silent(both, secrets, asked)
            if not rounds.soak or number % 2 == 0:  # which takes longer than all else
                is_silent(sides[COLLECTIONS].sees_of_others(access, asked), secrets, asked)
            for side in (sides[COLLECTIONS], sides[seen]):  # gaps are counted for each pair alone
                side.store.close()
                (side.home.path / "chat.sqlite").unlink()
                side.store = ChatStore(side.home.path / "chat.sqlite")
                is_silent(
                    [quiet.getvalue(), side.metrics.text().decode()], [*world.canaries.values(), *NAME_CANARIES], ()
                )
            quiet.truncate(quiet.seek(0))
    finally:
        for side in sides.values():
            side.close()
