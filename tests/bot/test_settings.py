"""Where settings come from, what is refused, and that no secret is shown."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from bot.settings import ChatSettings, Settings, SlackSettings, load_settings, settings_table
from bot.shown_settings import secrets, shown_settings
from index.errors import SettingsError

CANARY = "quetzalcoatlus-5ec2e7"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of where the tests happen to run: no variable, no .env file, no home folder."""
    for name in [name for name in os.environ if name.startswith("LEGATION_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LEGATION_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A home folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(folder)
    assert CANARY not in caught.value.user_message
    return caught.value.user_message


def all_fields(model: type[BaseModel], before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every setting by its path, with its annotation, however deep the groups are."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from all_fields(field.annotation, (*before, name))
        else:
            yield (*before, name), field.annotation


SECRETS = [path for path, annotation in all_fields(Settings) if "SecretStr" in str(annotation)]


def with_secrets(values: dict[tuple[str, ...], str]) -> Settings:
    chosen: dict[str, Any] = {}
    for path, value in values.items():
        group = chosen
        for name in path[:-1]:
            group = group.setdefault(name, {})
        group[path[-1]] = value
    return load_settings(None, **chosen)


def test_the_defaults(folder: Path) -> None:
    settings = load_settings(folder)
    assert (settings.chat, settings.slack) == (ChatSettings(), SlackSettings())
    chat, slack = settings.chat, settings.slack
    assert (chat.workers, chat.waiting, chat.keep_days, chat.record_who, chat.stop_seconds) == (
        None, 200, 90, False, 25
    )  # fmt: skip
    assert (slack.mode, slack.command, slack.name, slack.quotes) == ("socket", "/ask", "Legation", 3)
    assert (slack.host, slack.port, slack.path) == ("127.0.0.1", 3000, "/slack/events")
    assert (slack.collections, slack.channels, slack.users, slack.admins) == (None, {}, {}, ())
    assert str(slack.api_url) == "https://slack.com/api/"
    assert (settings.log.level, settings.log.texts) == ("info", False)
    assert secrets(settings) == ()


def test_a_setting_of_a_group_is_set_by_a_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SLACK__BOT_TOKEN": "xoxb-1-a",
        "SLACK__QUOTES": "7",
        "SLACK__MODE": "http",
        "SLACK__PUBLIC_URL": "https://bot.example/x",
        "SLACK__ADMINS": '["U01", "U02"]',
        "SLACK__COLLECTIONS": "[]",
        "SLACK__CHANNELS": '{"C0ABC": ["posts", "laws"], "C01": []}',
        "CHAT__RECORD_WHO": "true",
        "LOG__LEVEL": "debug",
    }.items():
        monkeypatch.setenv(f"LEGATION_{name}", value)
    settings = load_settings(folder)
    slack = settings.slack
    assert slack.bot_token == SecretStr("xoxb-1-a")
    assert (slack.quotes, slack.mode, str(slack.public_url)) == (7, "http", "https://bot.example/x")
    assert (slack.admins, slack.collections) == (("U01", "U02"), ())
    assert slack.channels == {"C0ABC": ("posts", "laws"), "C01": ()}
    assert (settings.chat.record_who, settings.log.level) == (True, "debug")
    assert slack.command == "/ask"  # what is not named stays as it was


def test_an_empty_variable_sets_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK__BOT_TOKEN", "SLACK__COLLECTIONS", "CHAT__WORKERS"):
        monkeypatch.setenv(f"LEGATION_{name}", "")
    settings = load_settings(folder)
    assert (settings.slack.bot_token, settings.slack.collections, settings.chat.workers) == (None, None, None)


def test_groups_are_tables_of_the_file_and_weaker_than_variables(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "legation.toml").write_text(
        'quotes = 4\n[slack]\nname = "Desk"\nquotes = 5\nbot_token = "xoxb-1-a"\ncollections = ["posts"]\n'
        '[slack.channels]\nC0ABC = ["laws"]\n[slack.users]\nU01 = []\n[chat]\nkeep_days = 7\n'
    )
    monkeypatch.setenv("LEGATION_SLACK__QUOTES", "6")
    monkeypatch.setenv("LEGATION_CHAT__WAITING", "9")
    settings = load_settings(folder)
    assert (settings.quotes, settings.slack.quotes, settings.slack.name) == (4, 6, "Desk")
    assert secrets(settings) == ("xoxb-1-a",)
    assert settings.slack.collections == ("posts",)
    assert (settings.slack.channels, settings.slack.users) == ({"C0ABC": ("laws",)}, {"U01": ()})
    assert (settings.chat.keep_days, settings.chat.waiting) == (7, 9)


def test_a_dotenv_file_sets_groups_too(folder: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LEGATION_SLACK__COMMAND=/quellen\nLEGATION_SLACK__SIGNING_SECRET=5ec2e7\nOTHER=1\n")
    settings = load_settings(folder)
    assert settings.slack.command == "/quellen"
    assert secrets(settings) == ("5ec2e7",)


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("SLACK__BOT_TOKN", "The setting slack.bot_tokn (LEGATION_SLACK__BOT_TOKN) is not allowed: "
                            "Extra inputs are not permitted."),
        ("CHAT__WORKERS", "The setting chat.workers (LEGATION_CHAT__WORKERS) is not allowed: "
                          "Input should be a valid integer, unable to parse string as an integer."),
        ("SLACK__MODE", "The setting slack.mode (LEGATION_SLACK__MODE) is not allowed: "
                        "Input should be 'socket' or 'http'."),
        ("SLACK__COMMAND", "The setting slack.command (LEGATION_SLACK__COMMAND) is not allowed: "
                           "String should match pattern '^/[a-z0-9_-]{1,31}$'."),
        ("SLACK__PATH", "The setting slack.path (LEGATION_SLACK__PATH) is not allowed: "
                        r"String should match pattern '^/[\w./-]*$'."),
        ("SLACK__PUBLIC_URL", "The setting slack.public_url (LEGATION_SLACK__PUBLIC_URL) is not allowed: "
                              "Input should be a valid URL, relative URL without a base."),
        ("LOG__LEVEL", "The setting log.level (LEGATION_LOG__LEVEL) is not allowed: "
                       "Input should be 'debug', 'info', 'warning' or 'error'."),
        ("SLACK__ADMINS", "The settings cannot be read from the environment, .env or legation.toml."),
        ("SLACK", "The settings cannot be read from the environment, .env or legation.toml."),
    ],
)  # fmt: skip
def test_a_refusal_names_the_setting_and_never_its_value(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str, message: str
) -> None:
    monkeypatch.setenv(f"LEGATION_{variable}", CANARY)
    assert refusal(folder) == message


@pytest.mark.parametrize("variable", ["HOME", "MODEL_CACHE"])
@pytest.mark.parametrize("value", ["-", " "])
def test_a_folder_is_no_stream_and_has_a_name(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(f"LEGATION_{variable}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.user_message == (
        f"The setting {variable.lower()} (LEGATION_{variable}) is not allowed: "
        "Value error, name a folder (./- if it is called so)."
    )
    monkeypatch.setenv(f"LEGATION_{variable}", "./-")
    assert getattr(load_settings(), variable.lower()).absolute() == Path.cwd() / "-"


@pytest.mark.parametrize(
    ("toml", "name"),
    [
        (f'[slack]\nbot_tokn = "{CANARY}"', "slack.bot_tokn"),
        (f'[slack]\nbot_token = ["{CANARY}"]', "slack.bot_token"),
        (f'[slack.channels]\nC01 = "{CANARY}"', "slack.channels.C01"),
        (f'[chat]\n[chat.{CANARY[:5]}]\nx = "{CANARY}"', "chat.quetz"),
        (f'[log]\nlevels = "{CANARY}"', "log.levels"),
        (f'slack = "{CANARY}"', "slack"),
    ],
)
def test_what_a_table_may_not_hold_is_refused_by_its_name(folder: Path, toml: str, name: str) -> None:
    (folder / "legation.toml").write_text(toml)
    assert refusal(folder).startswith(f"The setting {name} (LEGATION_")


@pytest.mark.parametrize("command", ["/ask", "/a", "/ask_me-2", "/" + "a" * 31])
def test_commands_that_slack_takes(command: str) -> None:
    assert SlackSettings(command=command).command == command


@pytest.mark.parametrize("command", ["ask", "/", "/Ask", "/ask me", "/ask\n", "/" + "a" * 32, "/é", "//"])
def test_commands_that_slack_does_not_take(command: str) -> None:
    with pytest.raises(ValidationError):
        SlackSettings(command=command)


@pytest.mark.parametrize(
    ("typed", "meant"), [("None", "none"), ("OFF", "off"), ("Shipped", "shipped"), ("org/None", "org/None")]
)
def test_the_words_for_a_reader_may_be_typed_in_any_case(
    folder: Path, monkeypatch: pytest.MonkeyPatch, typed: str, meant: str
) -> None:
    monkeypatch.setenv("LEGATION_RERANKER", typed)
    assert load_settings(folder).reranker == meant


def test_a_group_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        SlackSettings().quotes = 9  # type: ignore[misc]


def test_every_secret_is_known_as_one_and_none_is_shown(folder: Path) -> None:
    assert {("slack", "bot_token"), ("slack", "app_token"), ("slack", "signing_secret")} <= set(SECRETS)
    values = {path: f"{CANARY}-{number}" for number, path in enumerate(SECRETS)}
    settings = with_secrets(values)
    assert sorted(secrets(settings)) == sorted(values.values())
    shown = shown_settings(settings)
    assert {name: shown[name] for name in map(".".join, SECRETS)} == dict.fromkeys(map(".".join, SECRETS), "set")
    for text in (repr(shown), repr(settings), str(settings), settings.model_dump_json()):
        assert CANARY not in text


@pytest.mark.parametrize("path", SECRETS, ids=".".join)
def test_one_secret_alone_is_told_and_the_others_are_not_set(path: tuple[str, ...]) -> None:
    settings = with_secrets({path: CANARY})
    assert secrets(settings) == (CANARY,)
    shown = shown_settings(settings)
    assert {name for name in map(".".join, SECRETS) if shown[name] is not None} == {".".join(path)}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("https://reader:{}@hub.example/model", "https://…@hub.example/model"),
        ("https://reader:a/{}@hub.example/model", "https://…@hub.example/model"),
        ("https://reader:'{}\"@hub.example/model", "https://…@hub.example/model"),
        ("https://{}@hub.example/model", "https://…@hub.example/model"),
        ("https://{}:x-oauth-basic@hub.example/model", "https://…@hub.example/model"),
        ("https://hub.example/model#passwd={}", "https://hub.example/model#passwd=…"),
        ("https://hub.example/model?v=1&access_token={}&w=2", "https://hub.example/model?v=1&access_token=…&w=2"),
        ("https://hub.example:8080/model?page=2#a", "https://hub.example:8080/model?page=2#a"),
        ("organisation/model@main", "organisation/model@main"),
    ],
)
def test_what_opens_a_door_in_an_address_is_not_shown(folder: Path, value: str, shown: str) -> None:
    settings = load_settings(folder, model=value.format(CANARY), slack={"channels": {"C01": (value.format(CANARY),)}})
    told = shown_settings(settings)
    assert told["model"] == shown
    assert json.loads(told["slack.channels"] or "") == {"C01": [shown]}
    assert CANARY not in str(told)


def test_nor_is_it_in_a_path_which_loses_a_slash(folder: Path) -> None:
    settings = load_settings(folder, model_cache=f"https://reader:{CANARY}@hub.example/model")
    assert shown_settings(settings)["model_cache"] == "https:/…@hub.example/model"


def test_an_empty_secret_is_none() -> None:
    """It would be found between any two letters."""
    assert secrets(with_secrets(dict.fromkeys(SECRETS, ""))) == ()


@pytest.mark.parametrize(
    ("address", "hidden"),
    [
        ("postgresql://legation:a%40b%C3%A9@host/chat", {"a%40b%C3%A9", "a@bé"}),
        ("postgres://host/chat?sslmode=require&password=quetzal&user=legation", {"quetzal"}),
        ("postgresql://legation@host/chat", set()),
        ("postgresql:///chat", set()),
    ],
)
def test_the_password_of_an_address_is_a_secret_of_its_own(address: str, hidden: set[str]) -> None:
    assert set(secrets(with_secrets({("chat", "database"): address}))) == {address} | hidden


def test_the_password_of_a_proxy_is_a_secret(folder: Path) -> None:
    address = "https://legation:a%40b'@proxy.example/"
    settings = load_settings(folder, slack={"api_url": address}, discord={"api_url": address.replace("a%40", "c")})
    assert secrets(settings) == ("a%40b'", "a@b'", "cb'")


def test_what_looks_like_a_secret_by_its_name_is_one() -> None:
    named = [
        path
        for path, _ in all_fields(Settings)
        if path[-1].endswith(("token", "secret", "password", "key", "database"))
    ]
    assert named == SECRETS


def test_every_setting_is_shown_and_described(folder: Path) -> None:
    names = [".".join(path) for path, _ in all_fields(Settings)]
    settings = load_settings(folder, slack={"channels": {"C01": ("é", "b")}, "admins": ("U01",), "quotes": 2})
    shown = shown_settings(settings)
    assert list(shown) == names
    assert (shown["slack.channels"], shown["slack.admins"]) == ('{"C01": ["\\u00e9", "b"]}', '["U01"]')
    assert (shown["slack.quotes"], shown["slack.users"], shown["slack.bot_token"]) == ("2", "{}", None)
    assert (shown["slack.api_url"], shown["home"]) == ("https://slack.com/api/", str(folder))
    rows = settings_table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == names
    variables = ["LEGATION_" + name.replace(".", "__").upper() for name in names]
    assert [row.split("`")[3] for row in rows] == variables


def test_a_folder_in_the_place_of_the_file_is_refused(folder: Path) -> None:
    """Rules that are not read keep nobody out."""
    (folder / "legation.toml").mkdir()
    with pytest.raises(SettingsError, match=r"legation\.toml is not a file\."):
        load_settings(folder)
