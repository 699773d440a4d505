"""No token comes out: not in a log at its most talkative, a traceback, numbers, ``doctor``, settings, or what is kept.

The tokens are invented, each a canary that is looked for in all that is written. Those that platforms give for a while
count too: the addresses by which anybody could reply, the ticket of a socket.
"""

import io
import json
import logging
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from pydantic import SecretStr

from bot.cli import main
from bot.logs import start_logging
from bot.settings import LogSettings, Settings, _variable, fields_of
from index.home import Home
from index.library import Library
from index.parsing.supervisor import ParsingProcess
from index.types import Source
from tests.fakes.discord_server import DiscordServer
from tests.fakes.service_process import PATIENCE, ServiceProcess
from tests.fakes.slack import SlackServer
from tests.fakes.slack_process import Mode
from tests.fakes.word_encoder import WordEncoder
from tests.fakes.words_processes import WordsDiscord, WordsSlack
from tests.index.list_samples import Work
from tests.rounds import Rounds

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_LOGGERS = ("slack_bolt", "slack_sdk", "discord", "aiohttp", "asyncio")
QUESTION = "When was the embassy in Strelsau closed?"


def drawn(random: Random, length: int) -> str:
    return "".join(random.choice(_LETTERS) for _ in range(length))


def tokens(random: Random) -> dict[str, str]:
    """One of each kind, by the variable that it belongs in."""
    digits = f"{random.randrange(10**12)}-{random.randrange(10**13)}"
    return {
        "LEGATION_SLACK__BOT_TOKEN": f"xoxb-{digits}-{drawn(random, 24)}",
        "LEGATION_SLACK__APP_TOKEN": f"xapp-1-A0{drawn(random, 9).upper()}-{digits}-{drawn(random, 64).lower()}",
        "LEGATION_SLACK__SIGNING_SECRET": f"{random.getrandbits(128):032x}",
        "LEGATION_DISCORD__TOKEN": f"{drawn(random, 26)}.{drawn(random, 6)}.{drawn(random, 27)}_{drawn(random, 10)}",
    }


# What is logged


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where logs go while the test lasts."""
    loggers = [logging.getLogger(), *map(logging.getLogger, _LOGGERS)]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield io.StringIO()
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def log_something(random: Random, secret: str) -> None:
    """As our code and the libraries log: a secret somewhere in a message, its arguments, a payload or an error."""
    logger = logging.getLogger(random.choice((*_LOGGERS, "bot.slack_app", "slack_sdk.web.async_client")))
    around = random.choice(
        (f"Bearer {secret}", f"({secret})", f"x={secret}&y=1", f"'{secret}'", f'"{secret}",', f"a{secret}b")
    )
    payload = {drawn(random, 4): [1, {"Authorization": around}], "headers": (("x", secret.encode()),)}
    level = random.choice((logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR))
    kind = random.randrange(6)
    if kind == 0:
        logger.log(level, around)
    elif kind == 1:
        logger.log(level, "%s then %r", around, payload)
    elif kind == 2:
        logger.log(level, "%s", json.dumps({"a": {"b": around}}))
    elif kind == 3:
        logger.log(level, "lines:\n%s\r\n%s", around, secret)
    else:
        try:
            raise random.choice((ValueError, RuntimeError, OSError))(around, payload)
        except (ValueError, RuntimeError, OSError) as error:
            if kind == 4:
                logger.error("It failed: %s", error, exc_info=True)
            else:
                logger.log(level, "It failed.", exc_info=True, stack_info=random.random() < 0.5)


def test_no_log_line_holds_a_secret(rounds: Rounds, stream: io.StringIO) -> None:
    """A round is a message, in a log that shows all there is."""
    settings = {"level": "debug", "texts": True}
    for number, random in rounds(short=300, long=100_000):
        if number % 100 == 0:
            known = tokens(Random(number))
            start_logging(
                LogSettings.model_validate(settings | {"format": random.choice(("text", "json"))}),
                [*known.values()],
                stream,
            )
        stream.truncate(stream.seek(0))
        secret = random.choice([*known.values()])
        log_something(random, secret)
        written = stream.getvalue()
        assert written.count("\n") == 1, written
        assert secret not in written
        assert secret[:-1] not in written


# What commands print


@pytest.mark.filterwarnings("ignore:'audioop' is deprecated")  # which discord.py imports
def test_no_command_prints_a_secret(
    rounds: Rounds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Wherever it stands: where it belongs, in a setting that takes no text, or in a file that is no TOML."""
    monkeypatch.chdir(tmp_path)
    texts = (str, str | None, Path, Path | None, SecretStr | None)
    misplaced = [_variable(name) for name, field in fields_of(Settings) if field.annotation not in texts]
    commands = (["doctor", "--show-config"], ["doctor", "--show-config", "--json"], ["sources"], ["slack"], ["discord"])
    for number, random in rounds(short=24, long=5_000):
        home = tmp_path / f"home-{number % 50}"
        home.mkdir(exist_ok=True)
        known = tokens(random)
        with monkeypatch.context() as patch:
            patch.setenv("LEGATION_HOME", str(home))
            patch.setenv("LEGATION_TRACEBACK", random.choice(("true", "false")))
            place = random.choice(("environment", "toml", "misplaced", "broken"))
            if place in ("environment", "misplaced"):
                for name, secret in known.items():
                    patch.setenv(name, secret)
            if place == "misplaced":
                patch.setenv(random.choice(misplaced), random.choice([*known.values()]))
            lines = [
                f'bot_token = "{known["LEGATION_SLACK__BOT_TOKEN"]}"',
                f'app_token = "{known["LEGATION_SLACK__APP_TOKEN"]}"',
            ]
            if place == "broken":  # cut, without a quotation mark, or under another name
                spoilt = random.choice(
                    (lines[0][: random.randrange(14, 40)], lines[1][:-1], "=" + lines[0], f"x{lines[0]}")
                )
                lines[random.randrange(2)] = spoilt
            (home / "legation.toml").write_text(
                "[slack]\n" + "\n".join(lines) + "\n" if place in ("toml", "broken") else ""
            )
            (home / "legation.toml").chmod(0o600)
            command = random.choice(commands)
            if place == "environment" and command in (["slack"], ["discord"]):
                command = ["sources"]  # they would connect
            if place == "toml" and command == ["slack"]:
                command = ["sources"]
            with pytest.raises(SystemExit):
                main(command)
        printed = "".join(capfd.readouterr())
        for secret in known.values():
            assert secret not in printed, (place, command)
            assert secret[8:24] not in printed, (place, command)


# Services


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, parser: ParsingProcess) -> Path:
    place = tmp_path_factory.mktemp("secrets")
    (place / "a.md").write_text("# Strelsau\n\nThe embassy in Strelsau was closed on 4 May 1911.\n")
    home = Home(place / "home")
    library = Library(home.library)
    Work(home, library, WordEncoder(), parser).sync(Source("posts", str(place / "a.md"), "posts"))
    library.close()
    return home.path


def settings(random: Random) -> dict[str, str]:
    """The most talkative ones."""
    return {
        "MODEL": "words", "RERANKER": "none", "SOURCES__SYNC_BY_ITSELF": "false", "HEALTH__PORT": "0",
        "TRACEBACK": "true", "LOG__LEVEL": "debug", "LOG__TEXTS": "true",
        "LOG__FORMAT": random.choice(("text", "json")),
    }  # fmt: skip


def numbers_of(service: ServiceProcess) -> str:
    """All that the health port tells."""
    port = service.says(r"Health is told on 127\.0\.0\.1, port (\d+)")[1]
    pages = []
    for page in ("metrics", "healthz", "readyz"):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=60) as answer:
            pages.append(answer.read().decode())
    return "".join(pages)


def kept(home: Path) -> Iterator[tuple[Path, bytes]]:
    for path in home.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def is_nowhere(secrets: tuple[str, ...], service: ServiceProcess, pages: str, home: Path) -> None:
    for secret in secrets:
        assert secret not in service.log
        assert secret not in pages
        assert [path for path, content in kept(home) if secret.encode() in content] == []


def test_no_service_tells_a_secret_of_slack(rounds: Rounds, home: Path) -> None:
    """A round is a life of the service: questions, forgeries, faults, and tokens that are revoked at its end."""
    for _, random in rounds(short=1, long=40):
        mode: Mode = random.choice(("socket", "http"))
        with SlackServer(ack_seconds=20, retry_pauses=(0.2, 0.2, 0.2)) as server:
            reader, channel = server.add_user("reader"), server.add_channel("newsroom")
            service = WordsSlack(server, home, home / "no-models", mode, **settings(random))
            with service:
                random.choice((server.fail, server.drop))("chat.postMessage", times=1)
                server.fail("response_url", times=1, status=404)
                asked = server.user_mentions(reader, channel, QUESTION)
                command = server.user_commands(reader, channel, "/ask", QUESTION)
                assert asked.wait(PATIENCE).acked
                if mode == "http":
                    headers, body = server.signed_request(json.dumps({"text": QUESTION}), signature="v0=" + "0" * 64)
                    assert server.post_raw(headers, body)[0] == 401
                else:
                    server.drop_sockets()
                    server.wait_for(lambda: server.connections, PATIENCE)
                server.wait_for(lambda: len(server.messages) >= 2, PATIENCE)
                pages = numbers_of(service)
                server.revoke("bot", random.choice(("token_revoked", "account_inactive", "invalid_auth")))
                refused = server.user_mentions(reader, channel, QUESTION)
                assert refused.wait(PATIENCE).acked
                service.says("A reply was refused")
            assert service.process.returncode == 0
            is_nowhere((*server.secrets, command.response_url.rpartition("/")[2]), service, pages, home)
            assert re.findall(r"ticket=(?!\[secret\])", service.log) == []
            again = WordsSlack(server, home, home / "no-models", mode, **settings(random))
            again.start()  # with a token that is no longer taken
            assert again.ends() == 14
            is_nowhere(server.secrets, again, "", home)


def test_no_service_tells_a_secret_of_discord(rounds: Rounds, home: Path) -> None:
    for _, random in rounds(short=1, long=40):
        with DiscordServer(answer_seconds=30) as server:
            reader, channel = server.add_user("reader"), server.add_channel(server.add_guild("Ruritania"), "newsroom")
            service = WordsDiscord(server, home, home / "no-models", **settings(random))
            with service:
                server.rate_limit("POST /channels/*/messages", times=1, retry_after=0.2)
                server.user_writes(reader, channel, QUESTION, mentions_bot=True).answer(PATIENCE)
                # Its token is kept until it is answered, and no longer.
                server.user_commands(reader, channel, "ask", {"question": QUESTION}).answer(PATIENCE)
                server.wait_for(lambda: not any(b'"token"' in content for _, content in kept(home)), PATIENCE)
                before = server.identifies + server.resumes
                server.drop_gateway()
                server.wait_for(
                    lambda before=before: server.identifies + server.resumes > before and server.gateways, 60
                )
                pages = numbers_of(service)
                server.revoke_token()
                server.drop_gateway(4004)
                assert service.ends() == 14
            is_nowhere(server.secrets, service, pages, home)
            assert re.findall(r"/(?:webhooks|interactions)/(?!\[secret\])", service.log) == []
