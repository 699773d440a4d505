"""No silence: whatever is typed, of all of Unicode and 10,000 characters long, on whatever surface, one polite reply.

The surfaces are those of ``legation ask`` and its batches, of Slack and of Discord, from what the platform delivers to
what is sent, with the real desk, store and library between them; the network is left out, and words stand for a model.
A round asks five questions on each surface, long ones on one of the surfaces of a platform. What is asked is made of
any characters, of markup, of words that our rules know, and of few characters repeated until a rule that takes long
would take for ever. The reader that ships reads for one of the ways to ask on the command line.
"""

import asyncio
import html
import json
import logging
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bot import slack_payloads
from bot.answer import Answerer, Judgement
from bot.assemble import Legation
from bot.chat.access import Access
from bot.chat.desk import Desk
from bot.chat.metrics import Metrics
from bot.chat.pool import Pool
from bot.chat.reception import Answered, Front, Help, Parts, Reception, Reply
from bot.chat.store import NAME, ChatStore
from bot.chat.tasks import Tasks
from bot.conversation import Asking, Scope, answer_batch
from bot.glossary import load_glossary
from bot.question import MOST_CHARACTERS, make_question
from bot.rank import shipped_ranking
from bot.render.explain import render_explanation
from bot.render.slack.ask_form import ask_view
from bot.render.terminal import render_answer
from bot.settings import SlackSettings, load_settings
from bot.slack_app import SlackFront
from bot.types import Overview
from index.errors import LegationError, UsageError
from index.home import Home
from index.library import Library
from index.parsing.supervisor import ParsingProcess
from index.search import Searcher
from index.sync import Limits, sync
from index.types import Source
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import un
from tests.reliability.hostile_answers import PIECES
from tests.reliability.test_rendering import check_discord, check_slack, check_terminal
from tests.rounds import Rounds

TODAY = date(2026, 11, 24)
LONG = 2_000
"""Characters from which a question is asked in one way instead of all."""

GAZETTE = """\
---
title: The closure in Strelsau
published: 1911-05-05
---

# Closure

The embassy in Strelsau was closed on 4 May 1911. It was closed because the cipher books had been sold.

## Later

The United States suspended operations of its consulate in Zenda on 9 June 1912, and imposed sanctions.
"""
WORDS = (
    "When was the embassy in Strelsau closed?", "Is Rupert Hentzau sanctioned", " on the UN list", " as of 2019",
    " as-of:",
    "as-of:2019-13-45 ", "as-of:1911 ", "since 2012", "before 31 February ", "and in Zenda?", "why",
    "who was added to ",
    "the list between 2018 and 2020", "what does the law say about § 12(a)(1)", "U.S.", "DPRK", "North Korea", "Mr. ",
    "IMO 1234567",
    "passport no. ", "hello, can you tell me ", "thanks", "help", "sources", "what can I ask", "title:", " AND ",
    " OR NOT ",
    "NEAR/5 ", "\"", "'", "(", ")", "*", "^2", "~", "[", "]", "{", "}", ":", ",", ".", "?", "!", "-", "–", "/", "\\",
    "%", "0", "1911",
    "-1", "1e999", "NaN", "a", "\n", " ", "\t", "the ", "of ", "embasy ", "Embassies ",
)  # fmt: skip
POLITE = re.compile(
    r"The question is empty\.|There is no text in this message to look up\.|Please type a question\."
    rf"|The question has [0-9]+ characters; at most {MOST_CHARACTERS} are read\."
    r"|[^\x00-\x1f]* is not a date as in [^\x00-\x1f]*\."
    r"|[^\x00-\x1f]*as-of[^\x00-\x1f]*\.|[^\x00-\x1f]*future[^\x00-\x1f]*\."
)

ANY = st.characters(exclude_categories=())
FEW = st.one_of(st.text(ANY, min_size=1, max_size=3), st.sampled_from((*PIECES, *WORDS)))
QUESTIONS = st.one_of(
    st.text(ANY, max_size=200),
    st.lists(st.sampled_from(WORDS), max_size=12).map("".join),
    st.lists(st.sampled_from((*PIECES, *WORDS)), max_size=40).map("".join),
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(ANY, max_size=20)), max_size=20).map(" ".join),
    st.builds(
        lambda before, few, after, most: before + (few * (most // len(few) + 1))[: most - len(before + after)] + after,
        st.sampled_from(("", *WORDS)),
        FEW,
        st.sampled_from(("", *WORDS)),
        st.sampled_from((300, 2_000, 9_999, MOST_CHARACTERS, MOST_CHARACTERS + 1)),
    ),
)

ArrivalT = TypeVar("ArrivalT")
MessageT = TypeVar("MessageT")
WayT = TypeVar("WayT")


@dataclass
class Sent(Generic[ArrivalT, MessageT]):
    """A platform that takes every reply and keeps it, with what it was made of."""

    front: Front[ArrivalT, MessageT]  # type: ignore[type-var]
    sent: list[tuple[ArrivalT, Reply, MessageT]] = field(default_factory=list)
    made: list[Reply] = field(default_factory=list)

    def render(self, arrival: ArrivalT, reply: Reply) -> MessageT:
        self.made.append(reply)
        return self.front.render(arrival, reply)

    async def send(self, arrival: ArrivalT, message: MessageT) -> None:
        self.sent.append((arrival, self.made.pop(), message))

    async def show_status(self, arrival: ArrivalT) -> None:
        return None


class Quick(Legation):
    """With words for a model."""

    @cached_property
    def encoder(self) -> WordEncoder:
        return WordEncoder()


@dataclass
class Office:
    """All that a question passes, but for the network. ``asking`` has the reader, ``unread`` has none."""

    answerer: Answerer
    library: Library
    store: ChatStore
    asking: Asking
    unread: Asking
    asked: int = 0

    @property
    def desk(self) -> Desk:
        return Desk(self.answerer, self.library, self.store, Access(), 5, record_who=False)

    def answers(self, platform: str, front: Sent[Any, Any], arrivals: Sequence[Any]) -> None:
        """Takes questions in, one after another, and waits until all that follows from them is done."""

        async def run() -> None:
            pools = (Pool(2, 100), Pool(1, 100), Pool(1, 100))
            parts = Parts(self.store, *pools, Tasks(), Metrics())
            reception = Reception(platform, self.desk, parts, front)  # type: ignore[var-annotated]
            for arrival in arrivals:
                await reception.receive(arrival)
                await reception.receive(arrival)  # a platform delivers again what it is not sure of
                assert await parts.tasks.finish(600) == 0
            for pool in pools:
                pool.close()

        asyncio.run(run())

    def next(self) -> str:
        """What tells a delivery apart."""
        self.asked += 1
        return f"{self.asked:010}.000100"

    def ways(self, every: Sequence[WayT], text: str) -> Sequence[WayT]:
        """By which a question is asked: all of them, but for a long one, which takes a while each time, one in turn."""
        return every if len(text) < LONG else (every[self.asked % len(every)],)


@pytest.fixture(scope="module")
def office(folder: Path, parser: ParsingProcess) -> Iterator[Office]:
    (folder / "gazette.md").write_text(GAZETTE)
    (folder / "un.xml").write_text(un("2019-05-01", KPi_001="RUPERT HENTZAU", KPi_002="RUDOLF RASSENDYLL"))
    home = Home(folder / "home")
    library = Library(home.library)
    sources = [Source("gazette", str(folder / "gazette.md"), "posts"), Source("un", str(folder / "un.xml"), "lists")]
    sync(home, library, WordEncoder(), Limits(1_000_000, 192), add=sources, parser=parser)
    judgement = Judgement(shipped_ranking(), load_glossary(), 5, 0.15, today=lambda: TODAY)
    store = ChatStore(home.path / NAME)
    asking, unread = (
        Asking(Quick(load_settings(home.path, reranker=reader)), Scope(), None) for reader in ("shipped", "none")
    )
    yield Office(Answerer(Searcher(home, library, WordEncoder()), judgement), library, store, asking, unread)
    store.close()
    library.close()


@pytest.fixture(autouse=True)
def no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def each_question(rounds: Rounds, ask: Callable[[str], None]) -> None:
    for number, _ in rounds(short=1, long=2_000):

        @seed(number)
        @settings(
            max_examples=5,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(QUESTIONS)
        def some(text: str) -> None:
            ask(text)

        some()


def is_polite(reply: Reply) -> bool:
    return isinstance(reply, Answered | Help | Overview) or POLITE.fullmatch(reply.sentence) is not None


def test_the_command_line(office: Office, rounds: Rounds) -> None:
    def ask(text: str) -> None:
        office.next()
        lines = (
            json.dumps({"id": "a", "question": text}),
            json.dumps({"id": "a", "question": text if len(text) % 2 else "and?", "context": text}),
        )
        for line in office.ways((*lines, " ".join(text.replace("{", "(").splitlines())), text):
            output = StringIO()
            with redirect_stdout(output):
                code = answer_batch(office.unread, [line])
            printed = output.getvalue()
            assert printed.count("\n") == bool(line.strip())
            if line.strip():
                told = json.loads(printed)
                assert code == told.get("error", {}).get("exit_code", 0)
                assert "error" not in told or (
                    code == UsageError.exit_code and POLITE.fullmatch(told["error"]["message"])
                )
        try:
            make_question(text)
            answer = office.asking.answer(text)
        except LegationError as error:
            assert type(error) is UsageError
            assert POLITE.fullmatch(error.user_message)
            return
        assert check_terminal(render_answer(answer, 80, True, True)).strip()
        check_terminal(render_explanation(answer, 80, True))

    each_question(rounds, ask)


def slack_arrivals(text: str, position: str) -> list[slack_payloads.Incoming]:
    """Slack escapes three characters; both ways are tried."""
    written = html.escape(text, quote=False) if int(position[9]) % 2 else text
    where = {"channel_id": "C1", "user_id": "U1", "team_id": "T1", "response_url": "https://hooks.slack.com/1"}
    event = {"user": "U1", "ts": position, "channel": "C1", "text": f"<@UBOT> {written}"}
    direct = {**event, "ts": f"{position}1", "channel": "D1", "channel_type": "im", "text": written}
    clicked = {"user": {"id": "U1"}, "team": {"id": "T1"}, "channel": {"id": "C1"}, "message": {"text": written}}
    found = [
        slack_payloads.mention({"team_id": "T1", "event": event}, "UBOT"),
        slack_payloads.message({"team_id": "T1", "event": direct}, "UBOT"),
        slack_payloads.command({**where, "trigger_id": f"c{position}", "text": written}),
        slack_payloads.shortcut({**clicked, "trigger_id": f"s{position}"}),
    ]
    origin = slack_payloads.FormOrigin("C1", None).to_json()
    filled = {"question": {"value": {"value": text}}}
    view = {**ask_view([], origin), "id": f"v{position}", "state": {"values": filled}}
    form, errors = slack_payloads.form({"view": view, "user": {"id": "U1"}}, [], TODAY)
    assert all(POLITE.fullmatch(each) for each in errors.values())
    assert None not in found
    return [each for each in (*found, *(() if errors else (form,))) if each is not None]


def test_slack(office: Office, rounds: Rounds) -> None:
    def ask(text: str) -> None:
        front = Sent(SlackFront(None, SlackSettings()))  # type: ignore[arg-type]
        arrivals = office.ways(slack_arrivals(text, office.next()), text)
        office.answers("slack", front, arrivals)
        assert [arrival.key for arrival, _, _ in front.sent] == [arrival.key for arrival in arrivals]
        for _, reply, message in front.sent:
            assert is_polite(reply)
            check_slack(message)
            assert message.text.strip()

    each_question(rounds, ask)


def discord_arrivals(text: str, position: str) -> list[Any]:
    from bot.discord_payloads import Incoming, plain_text

    said = plain_text(text)
    asked = Incoming(f"message:{position}", "mention", said, "1", "2", "2", "3", position, message=position)
    interaction: dict[str, Any] = {"message": None, "token": "t", "private": True}
    return [
        asked,
        replace(asked, key=f"message:1{position}", surface="direct", room="4", channel="4", guild="", direct=True),
        replace(asked, key=f"interaction:{position}", surface="command", **interaction),
        replace(asked, key=f"interaction:1{position}", surface="context menu", **interaction),
    ]


def test_discord(office: Office, rounds: Rounds) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # discord.py's, of audioop
        from bot.discord_app import DiscordFront

    def ask(text: str) -> None:
        front = Sent(DiscordFront(None, "Legation"))  # type: ignore[arg-type]
        arrivals = office.ways(discord_arrivals(text, office.next()), text)
        office.answers("discord", front, arrivals)
        assert [arrival.key for arrival, _, _ in front.sent] == [arrival.key for arrival in arrivals]
        for _, reply, message in front.sent:
            assert is_polite(reply)
            check_discord(message, {"link", "small", "list"})
            assert message.plain.strip()

    each_question(rounds, ask)
