"""Several processes of Slack over one PostgreSQL: each question is answered once, whoever hears of it, whoever dies.

The processes are real, as the server of the database is; behind them is the local Slack, which posts to one of them at
a time, as a load balancer does.
"""

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from bot.chat.store import ChatStore, Shared
from bot.render.slack.elements import FEEDBACK
from index.home import Home
from index.library import Library
from index.parsing import ParsingProcess
from index.types import Source
from tests.fakes.postgres import PASSWORD, PostgresServer
from tests.fakes.slack import Channel, Handle, Message, SlackServer, User
from tests.fakes.slack_process import SlackProcess, quotes
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import Work

QUESTION = "When was the embassy in Strelsau closed?"
SENTENCE = "The embassy in Strelsau was closed on 4 May 1911."
LEASE_SECONDS = 3


class HeldSlack(SlackProcess):
    """Makes no answer while ``hold`` is there."""

    module = "tests.fakes.held_service"

    def __init__(self, server: SlackServer, home: Path, uri: str, hold: Path) -> None:
        super().__init__(
            server, home, home / "no-models", "http", MODEL="words", RERANKER="none", SOURCES__SYNC_BY_ITSELF="false",
            CHAT__DATABASE=uri, CHAT__LEASE_SECONDS=str(LEASE_SECONDS),
        )  # fmt: skip
        self.hold = hold
        self.environment["HOLD"] = str(hold)

    def hears(self) -> None:
        """From now on Slack delivers to this one."""
        self.connected()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, parser: ParsingProcess) -> Path:
    place = tmp_path_factory.mktemp("several")
    (place / "posts").mkdir()
    (place / "posts" / "strelsau.md").write_text(f"# Strelsau\n\n{SENTENCE}\n\nIt had been opened in 1874.\n")
    home = Home(place / "home")
    library = Library(home.library)
    Work(home, library, WordEncoder(), parser).sync(Source("posts", str(place / "posts"), "posts"))
    library.close()
    return home.path


@pytest.fixture
def workspace() -> Iterator[SlackServer]:
    with SlackServer(ack_seconds=30, retry_pauses=(0.5,) * 10) as server:
        yield server


@pytest.fixture
def reader(workspace: SlackServer) -> User:
    return workspace.add_user("reader")


@pytest.fixture
def channel(workspace: SlackServer, reader: User) -> Channel:
    return workspace.add_channel("newsroom")


Start = Callable[[], HeldSlack]


@pytest.fixture
def start(workspace: SlackServer, home: Path, postgres_uri: str, tmp_path: Path) -> Iterator[Start]:
    """Starts one process more, over one home and one database."""
    started: list[HeldSlack] = []

    def start() -> HeldSlack:
        service = HeldSlack(workspace, home, postgres_uri, tmp_path / f"hold {len(started)}")
        started.append(service)
        service.start()
        return service

    yield start
    for service in started:
        if service.process.poll() is None:
            service.stop(signal.SIGKILL)
        assert PASSWORD not in service.log
        assert "Traceback" not in service.log


def unfinished(uri: str) -> int:
    with psycopg.connect(uri) as connection:
        found = connection.execute("SELECT count(*) FROM legation_chat.deliveries WHERE state != 'done'").fetchone()
        return int(found[0]) if found else 0


def answers(server: SlackServer, question: Handle) -> list[Message]:
    return server.thread(question.channel, question.ts)


def test_what_reaches_two_processes_is_answered_once_and_its_buttons_work_in_either(
    workspace: SlackServer, reader: User, channel: Channel, start: Start, postgres_uri: str
) -> None:
    one, two = start(), start()  # both migrate the empty database
    two.connected()
    one.hears()
    one.hold.touch()
    question = workspace.user_mentions(reader, channel, QUESTION)
    one.says("A question arrived")
    two.hears()
    assert workspace.redeliver(question).wait().acked
    assert workspace.redeliver(question).wait().acked
    one.hold.unlink()
    (answer,) = workspace.wait_for(lambda: answers(workspace, question))
    assert quotes(answer)[0] == SENTENCE

    (shown,) = (block["elements"][0] for block in answer.blocks if block["type"] == "context_actions")
    value = shown["positive_button"]["value"]
    press = workspace.user_clicks(reader, answer, FEEDBACK, value)
    assert press.wait().acked
    one.hears()
    assert workspace.redeliver(press).wait().acked
    two.hears()
    follow_up = workspace.user_mentions(reader, channel, "And when had it been opened there?", thread_ts=question.ts)
    two.says("A question arrived")
    workspace.wait_for(lambda: any("1874" in quote for each in answers(workspace, question) for quote in quotes(each)))
    workspace.wait_for(lambda: unfinished(postgres_uri) == 0)
    assert follow_up.acked
    store = ChatStore(Shared(postgres_uri))
    workspace.wait_for(lambda: store.feedback() == (1, 0))
    store.close()
    assert [service.stop() for service in (one, two)] == [0, 0]
    assert len(re.findall("A question arrived", one.log + two.log)) == 2
    assert len([each for each in answers(workspace, question) if quotes(each)]) == 2


def test_what_a_process_leaves_is_answered_once_by_another(
    workspace: SlackServer, reader: User, channel: Channel, start: Start, postgres_uri: str
) -> None:
    paused, killed, other = start(), start(), start()
    other.connected()
    asked = []
    for service in (paused, killed):
        service.hold.touch()
        service.hears()
        asked.append(workspace.user_mentions(reader, channel, QUESTION))
        service.says("A question arrived")
    paused.process.send_signal(signal.SIGSTOP)
    killed.stop(signal.SIGKILL)
    other.says("A question that was not finished is taken up again", 2)
    for question in asked:
        workspace.wait_for(lambda question=question: answers(workspace, question))
    paused.hold.unlink()
    paused.process.send_signal(signal.SIGCONT)
    paused.says("A reply is not sent: another process has taken the question over, or finished it.")
    for question in asked:
        (answer,) = answers(workspace, question)
        assert quotes(answer)[0] == SENTENCE
    workspace.wait_for(lambda: unfinished(postgres_uri) == 0)
    assert [service.stop() for service in (paused, other)] == [0, 0]


def test_a_database_that_is_restarted_is_told_and_questions_go_on(
    workspace: SlackServer, reader: User, channel: Channel, start: Start, postgres_server: PostgresServer,
    postgres_uri: str,
) -> None:  # fmt: skip
    service = start()
    service.connected()
    postgres_server.stop(crash=True)
    question = workspace.user_mentions(reader, channel, QUESTION)
    service.says("WARNING psycopg.pool: error connecting .*Connection refused")
    postgres_server.start()
    (answer,) = workspace.wait_for(lambda: answers(workspace, question))
    assert quotes(answer)[0] == SENTENCE
    workspace.wait_for(lambda: unfinished(postgres_uri) == 0)
    assert service.stop() == 0
    assert len(answers(workspace, question)) == 1
