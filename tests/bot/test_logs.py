"""What a log line shows: no secret, one line an event, no words of the libraries unless they are wanted."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.logs import HIDDEN, JsonLines, SecretsHidden, start_logging
from bot.settings import LogSettings

SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"
BOT_TOKEN = "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"  # noqa: S105
LIBRARIES = ("slack_bolt", "slack_sdk", "discord", "aiohttp", "asyncio")
HEAD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (.*)", re.DOTALL)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Puts back what ``start_logging`` changes for the whole process."""
    loggers = [logging.getLogger(), *map(logging.getLogger, LIBRARIES)]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def record(message: str, *arguments: Any, error: BaseException | None = None) -> logging.LogRecord:
    info = None if error is None else (type(error), error, error.__traceback__)
    return logging.LogRecord("bot.x", logging.INFO, __file__, 1, message, arguments, info)


def line(message: str, *arguments: Any, secrets: tuple[str, ...] = (), error: BaseException | None = None) -> str:
    """A formatted line, without its time."""
    found = HEAD.fullmatch(SecretsHidden(secrets).format(record(message, *arguments, error=error)))
    assert found is not None
    return found[1]


def test_a_line_has_time_level_place_and_message() -> None:
    assert line("Answered: %s, %d quotes.", "answer", 3) == "INFO bot.x: Answered: answer, 3 quotes."


@pytest.mark.parametrize(
    "secret",
    [
        BOT_TOKEN,
        "xoxp-1-2-3-abc",
        "xapp-1-A0123-4567-89abcdef",
        "xoxe-1-My0xLVNlY3JldA",
        "xoxe.xoxb-1-My0xLVNlY3JldA",
        "xoxe.xoxp-1-My0xLVNlY3JldA",
        "xoxc-1",
        "xoxd-1",
    ],
)
def test_what_is_shaped_like_a_token_is_hidden_though_nobody_configured_it(secret: str) -> None:
    assert line(f"a {secret} b") == f"INFO bot.x: a {HIDDEN} b"
    assert line("%s, %r", secret, [{"x": secret}]) == f"INFO bot.x: {HIDDEN}, [{{'x': '{HIDDEN}'}}]"
    assert line(f"Bearer {secret}") == f"INFO bot.x: Bearer {HIDDEN}"


def test_configured_secrets_are_hidden_whatever_their_shape() -> None:
    secrets = (SIGNING, "a.b*c", "a.b*c+longer")
    assert line(f"x{SIGNING}y", secrets=secrets) == f"INFO bot.x: x{HIDDEN}y"
    assert line("%s", f"({SIGNING})", secrets=secrets) == f"INFO bot.x: ({HIDDEN})"
    assert line("a.b*c+longer a.b*c aXb*c", secrets=secrets) == f"INFO bot.x: {HIDDEN} {HIDDEN} aXb*c"
    assert line(f"x{SIGNING}y") == f"INFO bot.x: x{SIGNING}y"


def test_of_an_error_its_place_is_told_and_no_secret_in_its_words() -> None:
    def refuse() -> None:
        raise ValueError(f"refused: {BOT_TOKEN}, {SIGNING}")

    with pytest.raises(ValueError, match="refused") as caught:
        refuse()
    told = line("It failed: %s", caught.value, secrets=(SIGNING,), error=caught.value)
    assert told.startswith("INFO bot.x: It failed: refused: [secret], [secret] (ValueError at test_logs.py:")
    assert "\n" not in told
    quiet = line("It failed.", error=caught.value)
    assert re.fullmatch(r"INFO bot\.x: It failed\. \(ValueError at test_logs\.py:\d+\)", quiet)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (
            "wss://wss-primary.slack.com/link/?ticket=12348&app_id=5678",
            f"wss://wss-primary.slack.com/link/{HIDDEN}&app_id=5678",
        ),
        ("wss://x.example/?a=1&ticket=ab-cd%20e&b=2", f"wss://x.example/?a=1&ticket={HIDDEN}&b=2"),
        (r"https:\/\/hooks.slack.com\/commands\/T1\/123", rf"https:\/\/hooks.slack.com\/commands\/{HIDDEN}"),
        ("hooks.slack.com%2Fcommands%2FT1%2F1&a=1", f"hooks.slack.com%2Fcommands%2F{HIDDEN}&a=1"),
        ("https://discord.com/api/v10/webhooks/1/abc/messages", f"https://discord.com/api/v10/webhooks/{HIDDEN}"),
        (
            "https://discord.com/api/v10/interactions/1/abc/callback",
            f"https://discord.com/api/v10/interactions/{HIDDEN}",
        ),
        ("https://hooks.slack.com/commands/T1/123/abc", f"https://hooks.slack.com/commands/{HIDDEN}"),
        ("https://hooks.slack.com/actions/T1/123/abc", f"https://hooks.slack.com/actions/{HIDDEN}"),
        ("https://hooks.slack.com/services/T1/B1/abc", f"https://hooks.slack.com/services/{HIDDEN}"),
        ("https://hooks.slack.com/workflows/T1/A1/123/abc", f"https://hooks.slack.com/workflows/{HIDDEN}"),
    ],
)
def test_addresses_that_let_anybody_in_are_hidden(address: str, shown: str) -> None:
    for before, after in (("to ", " failed"), ("<", ">"), ("('", "')"), ('{"url": "', '"}')):
        assert line(f"{before}{address}{after}") == f"INFO bot.x: {before}{shown}{after}"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ('{"token": "Jhj5dZrVaK7ZwHHjRyZWjbDl", "x": 1}', f'{{"token": "{HIDDEN}", "x": 1}}'),
        ("{'token':'Jhj5dZrVaK7ZwHHjRyZWjbDl'}", f"{{'token':'{HIDDEN}'}}"),
        ("token=Jhj5dZrVaK7ZwHHjRyZWjbDl&team_id=T0001", f"token={HIDDEN}&team_id=T0001"),
    ],
)
def test_the_verification_token_of_a_request_is_hidden(said: str, shown: str) -> None:
    assert line(said) == f"INFO bot.x: {shown}"


@pytest.mark.parametrize(
    "harmless", ["xoxo from Zenda", "the ticket was lost", "https://a.example/news/commands", "xapp", "xoxb"]
)
def test_what_is_no_secret_is_left(harmless: str) -> None:
    assert line(harmless) == f"INFO bot.x: {harmless}"


def test_a_record_is_one_line_and_what_cannot_be_seen_is_named() -> None:
    assert line("a\nERROR bot.x: forged\r\nb\tc\x1b[31m\u202e\0") == (
        "INFO bot.x: a ERROR bot.x: forged⟨U+000D⟩ b c⟨U+001B⟩[31m⟨U+202E⟩⟨U+0000⟩"
    )


def logged(level: str, texts: bool, logger: str) -> list[str]:
    """The levels of which a message of ``logger`` is written."""
    stream = io.StringIO()
    start_logging(LogSettings.model_validate({"level": level, "texts": texts}), [SIGNING], stream)
    for name in ("debug", "info", "warning", "error"):
        getattr(logging.getLogger(logger), name)("%s %s", name, SIGNING)
    found = [
        re.fullmatch(rf"\S+ \S+ (\w+) {logger}: (\w+) \[secret\]", each) for each in stream.getvalue().splitlines()
    ]
    assert all(each is not None and each[1] == each[2].upper() for each in found)
    return [each[2] for each in found if each is not None]


ALL = ["debug", "info", "warning", "error"]


@pytest.mark.parametrize("library", [*LIBRARIES, "slack_sdk.web.async_client"])
@pytest.mark.parametrize(
    ("level", "ours", "theirs"),
    [("debug", ALL, ALL[2:]), ("info", ALL[1:], ALL[2:]), ("warning", ALL[2:], ALL[2:]), ("error", ALL[3:], ALL[3:])],
)
def test_libraries_tell_of_trouble_only_unless_texts_are_wanted(
    library: str, level: str, ours: list[str], theirs: list[str]
) -> None:
    assert logged(level, texts=False, logger="bot.slack_app") == ours
    assert logged(level, texts=False, logger=library) == theirs
    assert logged(level, texts=True, logger="bot.slack_app") == ours
    assert logged(level, texts=True, logger=library) == ours


def test_logs_go_to_standard_error_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):  # a second start replaces the first
        start_logging(LogSettings(), ())
    assert [handler.stream for handler in logging.getLogger().handlers] == [sys.stderr]  # type: ignore[attr-defined]
    logging.getLogger("bot.x").info("Connected.")
    out, err = capsys.readouterr()
    assert out == ""
    assert [HEAD.fullmatch(each)[1] for each in err.splitlines()] == ["INFO bot.x: Connected."]  # type: ignore[index]


def test_json_lines_tell_the_same_without_secrets() -> None:
    told = json.loads(JsonLines([SIGNING]).format(record("line\n%s \x1b", SIGNING)))
    assert datetime.fromisoformat(told.pop("time")).tzinfo is UTC
    assert told == {"level": "INFO", "logger": "bot.x", "message": f"line {HIDDEN} ⟨U+001B⟩"}
