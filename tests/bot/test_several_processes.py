"""Several processes over one PostgreSQL: each question is answered once, whoever hears of it, whoever dies.

The processes are real, as the server of the database is; behind them is the local Slack, which posts to one of them at
a time, as a load balancer does.
"""

import re
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.assemble import Legation
from bot.chat.store import AnswerRecord, ChatStore, Shared
from bot.doctor import examine
from bot.render.slack.elements import FEEDBACK
from bot.settings import load_settings
from index.errors import SettingsError
from index.home import Home
from index.library import Library
from index.parsing.supervisor import ParsingProcess
from index.types import Source
from tests.fakes.discord_server import DiscordServer, all_texts
from tests.fakes.postgres import PASSWORD, PostgresServer
from tests.fakes.slack import Channel, Handle, Message, SlackServer, User
from tests.fakes.slack_process import SlackProcess, quotes
from tests.fakes.word_encoder import WordEncoder
from tests.fakes.words_processes import WordsDiscord
from tests.index.list_samples import Work
from tests.rounds import Rounds

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # discord.py imports audioop
    from bot.discord_service import DiscordConnection

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
    postgres_uri: str, rounds: Rounds,
) -> None:  # fmt: skip
    if not rounds.soak:
        pytest.skip("only with --soak: another program may take the server's port while it is stopped")
    service = start()
    service.connected()
    postgres_server.stop(crash=True)
    question = workspace.user_mentions(reader, channel, QUESTION)
    service.says("WARNING psycopg.pool: error connecting")
    postgres_server.start()
    workspace.redeliver(question)  # by the time that the server has started, Slack may have given up for the moment
    (answer,) = workspace.wait_for(lambda: answers(workspace, question))
    assert quotes(answer)[0] == SENTENCE
    workspace.wait_for(lambda: unfinished(postgres_uri) == 0)
    assert service.stop() == 0
    assert len(answers(workspace, question)) == 1


def test_each_process_of_discord_has_its_shards(home: Path, postgres_uri: str) -> None:
    with DiscordServer() as server:
        reader = server.add_user("reader")
        channels = [server.add_channel(server.add_guild(f"guild {number}", (number, 3)), "news") for number in range(3)]
        services = [
            WordsDiscord(
                server, home, home / "no-models", MODEL="words", RERANKER="none", SOURCES__SYNC_BY_ITSELF="false",
                CHAT__DATABASE=postgres_uri, DISCORD__SHARD_COUNT="3", DISCORD__SHARDS=shards,
            )
            for shards in ("[0, 2]", "[1]")
        ]  # fmt: skip
        with services[0] as even, services[1] as odd:
            assert sorted(each.data["shard"] for each in server.identifies) == [[0, 3], [1, 3], [2, 3]]
            asked = [server.user_writes(reader, channel, QUESTION, mentions_bot=True) for channel in channels]
            for question in asked:
                server.wait_for(lambda question=question: _replies(server, question.message.id))
            server.wait_for(lambda: unfinished(postgres_uri) == 0)
            assert [len(re.findall("A question arrived", each.log)) for each in (even, odd)] == [2, 1]
        for question in asked:
            (reply,) = _replies(server, question.message.id)
            assert SENTENCE in "\n".join(filter(None, all_texts(reply)))


def _replies(server: DiscordServer, question: str) -> list[Any]:
    return [each for each in server.messages if each.reference == question]


@pytest.mark.parametrize(("count", "shards"), [(None, (0,)), (2, (2,)), (2, (0, 0))])
def test_shards_that_there_are_not_are_told(tmp_path: Path, count: int | None, shards: tuple[int, ...]) -> None:
    settings = load_settings(tmp_path, discord={"token": "t", "shard_count": count, "shards": shards})
    with pytest.raises(SettingsError) as caught:
        DiscordConnection(Legation(settings)).check()
    assert caught.value.user_message.startswith("The setting discord.shards has numbers from 0 to below")


def test_doctor_and_what_is_read_afterwards_know_the_database(
    home: Path, postgres_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ChatStore(Shared(postgres_uri))
    store.put_answer(AnswerRecord("a1", "not-found", "Where is Zenda?"))
    store.put_feedback("a1", right=False, who=None)
    store.close()
    monkeypatch.setattr(Legation, "encoder", WordEncoder())
    with closing(Legation(load_settings(home, chat={"database": postgres_uri}))) as legation:
        assert [gap.question for gap in legation.gaps()] == ["Where is Zenda?"]
        (found,) = (each for each in examine(legation) if each.subject == "chats")
    assert re.fullmatch(
        r"kept in PostgreSQL [0-9.]+; answers marked right: 0, wrong: 1; to look at with legation gaps: 1", found.detail
    )
    nowhere = postgres_uri.rpartition("/")[0] + "/nowhere"
    with closing(Legation(load_settings(home, chat={"database": nowhere}))) as legation:
        (found,) = (each for each in examine(legation) if each.subject == "chats")
    assert found.status == "wrong"
    assert found.detail.startswith("PostgreSQL, which has the chat state, cannot be reached")
    assert "horse" not in found.detail
