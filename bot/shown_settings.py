"""What of the settings may be shown, and what must not be."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from pydantic import SecretStr

from bot.settings import Settings, fields_of

_CREDENTIALS = re.compile(r"([a-z][a-z0-9+.-]+:/{1,2})\S*@", re.IGNORECASE)
_QUERY_SECRET = re.compile(
    r"([?&;#][\w.-]*(?:token|secret|pass|password|passwd|pwd|signature|sig|key|auth|credentials?)=)[^\s&;#]+",
    re.IGNORECASE,
)
"""All that stands before the host, and what a query says by a name of this kind. A path has lost one of the slashes."""


def shown_settings(settings: Settings) -> dict[str, str | None]:
    """Every setting by its name, as text that may be shown: of a secret only whether it is set."""
    shown: dict[str, str | None] = {}
    for name, _ in fields_of(Settings):
        value: Any = settings
        for part in name.split("."):
            value = getattr(value, part)
        if isinstance(value, SecretStr):
            value = "set"
        elif isinstance(value, tuple | dict):
            value = json.dumps(_each_masked(value))
        elif value is not None:
            value = _masked(str(value))
        shown[name] = value
    return shown


def _each_masked(value: Any) -> Any:
    """Lists and tables with their texts masked: in JSON, it could not be seen where each text ends."""
    if isinstance(value, dict):
        return {_masked(key): _each_masked(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [_each_masked(each) for each in value]
    return _masked(value) if isinstance(value, str) else value


def _masked(text: str) -> str:
    """The text with nothing that opens a door in the addresses within it, whatever setting they were written into."""
    return _QUERY_SECRET.sub(r"\1…", _CREDENTIALS.sub(r"\1…@", text))


def secrets(settings: Settings) -> tuple[str, ...]:
    """The values that must not be shown anywhere."""
    slack = settings.slack
    tokens = (
        slack.bot_token,
        slack.app_token,
        slack.signing_secret,
        settings.discord.token,
        settings.store.token,
        settings.library.database,
        settings.chat.database,
    )
    given = [value for token in tokens if token is not None and (value := token.get_secret_value().strip())]
    addresses = [url.password for url in (slack.public_url, slack.api_url, settings.discord.api_url) if url is not None]
    written = [word for password in addresses if password for word in dict.fromkeys((password, unquote(password)))]
    return (*given, *(word for value in given for word in _passwords(value)), *written)


def _passwords(address: str) -> Iterator[str]:
    """The password of an address of a database, as it is written there and as it is meant; that of USER:PASSWORD."""
    if "://" not in address and ":" in address:
        yield address.partition(":")[2]
    if not address.startswith(("postgresql://", "postgres://")):
        return
    before, _, query = address.partition("?")
    written = before.partition("://")[2].rpartition("@")[0].partition(":")[2]
    for word in (
        written,
        *(part.removeprefix("password=") for part in query.split("&") if part.startswith("password=")),
    ):
        yield from {word, unquote(word)} - {""}
