"""Every setting, read once, by the entry point.

From the strongest to the weakest: options on the command line, environment variables named
``LEGATION_…``, a ``.env`` file in the working directory, ``legation.toml`` in the home folder,
defaults. docs/settings.md is generated from the descriptions here.
"""

from collections.abc import Iterator
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as SourceError,
)

from index.errors import SettingsError, StorageError
from index.export import DEFAULT_MODEL

TOML_NAME = "legation.toml"

Name = Annotated[str, StringConstraints(min_length=1)]
Command = Annotated[str, StringConstraints(pattern=r"^/[a-z0-9_-]{1,31}$")]
SlackChannel = Annotated[str, StringConstraints(pattern=r"^[CGD][A-Z0-9]{2,}$")]
SlackUser = Annotated[str, StringConstraints(pattern=r"^[UW][A-Z0-9]{2,}$")]
Snowflake = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
Collections = tuple[Name, ...]


def _given(secret: SecretStr | None) -> str | None:
    """What is set, unless it is blank."""
    return (secret.get_secret_value().strip() or None) if secret is not None else None


class ChatSettings(BaseModel):
    """What holds for every chat platform."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: SecretStr | None = Field(
        default=None,
        description="Address of a PostgreSQL database, `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`, that keeps the "
        "state of chats for several processes; docs/operations.md. A secret. Default: `chat.sqlite` in the home "
        "folder, for one process a platform.",
    )
    lease_seconds: int = Field(
        default=30,
        ge=3,
        le=600,
        description="With `chat.database`: seconds after which the questions of a process that is not heard of any "
        "more are answered by another one.",
    )

    workers: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="Questions that are answered at once. Default: as many as there are cores.",
    )
    waiting: int = Field(
        default=200,
        ge=1,
        le=10_000,
        description="Most questions that wait for their turn; beyond that, who asks is told to try again in a moment.",
    )
    keep_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        description="Days that questions, the places of their quotes, and feedback are kept. Buttons of older answers "
        "no longer work.",
    )
    record_who: bool = Field(
        default=False, description="Keep with questions and feedback who asked or gave it: `true` or `false`."
    )
    stop_seconds: int = Field(
        default=25,
        ge=1,
        le=600,
        description="Seconds that answers under way may take when the service is told to stop (SIGTERM); what is not "
        "done by then is answered after the next start.",
    )

    @property
    def shared(self) -> str | None:
        """The address of the database that processes share, if they do."""
        return _given(self.database)


class SlackSettings(BaseModel):
    """What ``legation slack`` needs; docs/slack.md leads through it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Literal["socket", "http"] = Field(
        default="socket",
        description="How Slack reaches Legation: `socket` (Legation connects to Slack, no public address is needed) or "
        "`http` (Slack posts signed requests to `slack.public_url`).",
    )
    bot_token: SecretStr | None = Field(default=None, description="Bot token, `xoxb-…`. A secret.")
    app_token: SecretStr | None = Field(
        default=None,
        description="App-level token with the scope `connections:write`, `xapp-…`; for `socket`. A secret.",
    )
    signing_secret: SecretStr | None = Field(
        default=None, description="Signing secret, 32 hexadecimal digits; for `http`. A secret."
    )
    name: str = Field(default="Legation", min_length=1, max_length=35, description="The app's name in Slack.")
    command: Command = Field(default="/ask", description="Name of the slash command.")
    public_url: HttpUrl | None = Field(
        default=None, description="Address at which Slack reaches `slack.path`; for `http`, used in the manifest."
    )
    host: str = Field(
        default="127.0.0.1", min_length=1, description="Address to listen on; for `http`. In a container: `0.0.0.0`."
    )
    port: int = Field(default=3000, ge=0, le=65535, description="Port to listen on; for `http`. 0: any free one.")
    path: Annotated[str, StringConstraints(pattern=r"^/[\w./-]*$")] = Field(
        default="/slack/events", description="Path of Slack's requests; for `http`."
    )
    quotes: int = Field(
        default=3, ge=1, le=10, description="Most quotes of a message; “More quotes” gives the next ones."
    )
    follow_up_channels: tuple[SlackChannel, ...] = Field(
        default=(),
        description="Ids of channels in which follow-up questions in a thread need no mention. Needs further scopes: "
        "create the manifest again.",
    )
    admins: tuple[SlackUser, ...] = Field(
        default=(), description="Ids of users whose App Home shows the questions that were not answered."
    )
    collections: tuple[Name, ...] | None = Field(
        default=None,
        description="Collections that are searched wherever neither `slack.channels` nor `slack.users` says otherwise. "
        "Default: all.",
    )
    channels: dict[SlackChannel, Collections] = Field(
        default={}, description="Collections that are searched in a channel, by the channel's id; docs/slack.md."
    )
    users: dict[SlackUser, Collections] = Field(
        default={}, description="Collections that a user may see, by the user's id; docs/slack.md."
    )
    prompts: tuple[Name, ...] = Field(
        default=(),
        max_length=4,
        description="Questions that are suggested when somebody opens the messages of the app. Default: examples that "
        "the shipped briefs answer, as long as these are searched.",
    )
    api_url: HttpUrl = Field(
        default=HttpUrl("https://slack.com/api/"), description="Base address of Slack's Web API; for tests and proxies."
    )


class DiscordSettings(BaseModel):
    """What ``legation discord`` needs; docs/discord.md leads through it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr | None = Field(default=None, description="Bot token from the developer portal. A secret.")
    answer_in: Literal["reply", "thread"] = Field(
        default="reply", description="Where a mention in a channel is answered: `reply` to it, or in a new `thread`."
    )
    shard_count: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="Shards that the servers are spread over, by all processes together. Default: as many as Discord "
        "recommends, all in this process.",
    )
    shards: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        default=(),
        description="Numbers of the shards that this process takes, from 0; needs `discord.shard_count`. Default: all.",
    )
    look: Literal["components", "embed"] = Field(
        default="components", description="How answers look: `components` (Components V2), or `embed` as before them."
    )
    quotes: int = Field(
        default=3, ge=1, le=10, description="Most quotes of a message; “More quotes” gives the next ones."
    )
    collections: tuple[Name, ...] | None = Field(
        default=None,
        description="Collections that are searched wherever none of the three settings below says otherwise. "
        "Default: all.",
    )
    guilds: dict[Snowflake, Collections] = Field(
        default={}, description="Collections that are searched in a server, by the server's id."
    )
    channels: dict[Snowflake, Collections] = Field(
        default={}, description="Collections that are searched in a channel and its threads, by the channel's id."
    )
    users: dict[Snowflake, Collections] = Field(
        default={}, description="Collections that a user may see, by the user's id; docs/discord.md."
    )
    api_url: HttpUrl = Field(
        default=HttpUrl("https://discord.com/api/v10"),
        description="Base address of Discord's REST API; for tests and proxies.",
    )


class SourceSettings(BaseModel):
    """How sources are read; docs/adding-documents.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sync_by_itself: bool = Field(
        default=True,
        description="While a service runs, read sources again as often as `sources.toml` says: `true` or `false`.",
    )
    keep_days: int | None = Field(
        default=None,
        ge=1,
        le=36500,
        description="Days that versions of documents and editions of lists are kept after newer ones came or they "
        "were withdrawn; the newest edition of a list stays. Default: for ever.",
    )
    second_look_minutes: int = Field(
        default=60,
        ge=0,
        le=525_600,
        description="Minutes after which a document on the web that was not found is looked for again; if it is not "
        "found then either, it leaves the answers.",
    )
    parse_megabytes: int = Field(
        default=1024, ge=128, le=65_536, description="Memory that reading one file may take, in megabytes."
    )
    parse_seconds: int = Field(
        default=60, ge=1, le=3600, description="Seconds that reading one file may take, by the clock and of CPU time."
    )
    download_seconds: int = Field(
        default=120,
        ge=1,
        le=3600,
        description="Seconds that one download may take, from first connection to last byte.",
    )
    pause_seconds: float = Field(
        default=1.0, ge=0.0, le=60.0, description="Least seconds between two requests to one host."
    )
    attempts: int = Field(default=3, ge=1, le=10, description="How often a download is tried that fails for a while.")
    inside_hosts: tuple[Name, ...] = Field(
        default=(),
        description="Names, addresses or networks inside your own network that sources may be read from; all others "
        "inside are refused.",
    )
    user_agent: str = Field(
        default="Legation (+https://github.com/legation/legation)",
        min_length=1,
        description="What servers are told about who asks; its first word is what `robots.txt` knows us by.",
    )


class LibrarySettings(BaseModel):
    """Where the library lies."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: SecretStr | None = Field(
        default=None,
        description="Address of a PostgreSQL database that has the library, for processes on several machines: "
        "`postgresql://USER:PASSWORD@HOST:PORT/DATABASE`, of the server itself, not of a pooler before it. The home "
        "folder, where the index lies, is then to be on a disk that all of them share. A secret. Default: "
        "`library.sqlite` in the home folder.",
    )

    @property
    def shared(self) -> str | None:
        """The address of the database that has the library, if it is no file."""
        return _given(self.database)


def _store_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} and not value.endswith(".db"):
        raise ValueError("it begins with http:// or https://, or is a file that ends in .db")
    if parts.username or parts.password:
        raise ValueError("a user and a password belong in store.token, as USER:PASSWORD")
    if parts.scheme in {"http", "https"} and not parts.hostname:
        raise ValueError("it names no host")
    try:
        _ = parts.port
    except ValueError:  # whose words are of the address, and may be half a password
        raise ValueError("its port is no number from 0 to 65535") from None
    return value


def _folder_name(value: object) -> object:
    """A path that was made of ``./-`` or of blanks looks the same, so it is asked of what was written."""
    if isinstance(value, str) and value.strip() in {"", "-"}:
        raise ValueError("name a folder (./- if it is called so)")
    return value


Folder = Annotated[Path, BeforeValidator(_folder_name)]


def _with_tls(value: Path, given: ValidationInfo) -> Path:
    if not (given.data.get("uri") or "").lower().startswith("https://"):
        raise ValueError("it is for a store.uri that begins with https://")
    return value


class StoreSettings(BaseModel):
    """Where the index is kept; docs/scale.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    uri: Annotated[str, AfterValidator(_store_address)] | None = Field(
        default=None,
        description="Address of a Milvus that keeps the index, `http://HOST:19530`; needs `legation[milvus]`. A file "
        "that ends in `.db` is opened by Milvus Lite, to try it out. Default: files in the home folder.",
    )
    token: SecretStr | None = Field(
        default=None, description="With `store.uri`: the token, or `USER:PASSWORD`, that Milvus wants. A secret."
    )
    ca: Annotated[Path, AfterValidator(_with_tls)] | None = Field(
        default=None,
        description="With a `store.uri` of `https://`: file (PEM) of the authorities that may have signed Milvus's "
        "certificate, such as your company's. Default: the public ones that gRPC comes with; the system's own store "
        "is not read.",
    )
    prefix: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")] | None = Field(
        default=None,
        description="With `store.uri`: what the names of this library's collections in Milvus begin with. Processes "
        "with one library need the same, two libraries different ones. Default: a name that is made once for the home "
        "folder, in `store.id`.",
    )
    vectors: Literal["flat", "hnsw"] = Field(
        default="flat",
        description="With `store.uri`: how the nearest passages are found: `flat` compares all and misses none, `hnsw` "
        "is quicker where there are millions. Holds from the next index on that is built from the start.",
    )


class HealthSettings(BaseModel):
    """Where the services say how they are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Port of `/healthz`, `/readyz` and `/metrics` (Prometheus). 0: any free one. Default: none.",
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address of that port. In a container: `0.0.0.0`.")


class LogSettings(BaseModel):
    """What the services write to standard error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least weight of what is logged: `debug`, `info`, `warning` or `error`."
    )
    format: Literal["text", "json"] = Field(
        default="text", description="One line of `text` an event, or one object of `json` on a line."
    )
    texts: bool = Field(
        default=False, description="Log questions and messages too: `true` or `false`. Secrets are never logged."
    )


def _reader_word(value: str) -> str:
    """The words that are no name of a model may be typed in any case."""
    return value.lower() if value.lower() in {"shipped", "none", "off"} else value


class Settings(BaseSettings):
    """All settings with their units and defaults. Use ``load_settings`` rather than the constructor."""

    model_config = SettingsConfigDict(
        env_prefix="LEGATION_",
        env_file=".env",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    home: Folder = Field(
        default_factory=lambda: user_data_path("legation"),
        description="Folder under which everything is stored. Default: the user's data folder.",
    )
    model: str = Field(
        default=DEFAULT_MODEL,
        min_length=1,
        description="Embedding model: a folder, or a name that sentence-transformers knows.",
    )
    model_cache: Folder | None = Field(
        default=None, description="Folder of exported models. Default: `models` under the home folder."
    )
    precision: Literal["int8", "float32"] = Field(
        default="int8", description="Arithmetic of the exported model: `int8` (faster) or `float32`."
    )
    passage_tokens: int = Field(
        default=192,
        ge=16,
        le=2048,
        description="Most tokens of a passage, its title and headings not counted.",
    )
    file_megabytes: int = Field(
        default=256, ge=1, le=4096, description="Largest file that is read, in megabytes (1,000,000 bytes)."
    )
    reranker: Annotated[str, AfterValidator(_reader_word)] = Field(
        default="shipped",
        min_length=1,
        description="What reads the best sentences together with the question: `shipped`, the reader that ships; "
        "`none` or `off`, nothing; or a model of your own, a folder or a name that sentence-transformers knows; "
        "docs/reranker.md.",
    )
    rerank_sentences: int = Field(
        default=6,
        ge=1,
        le=200,
        description="How many of the best sentences the reader or reranker reads at most; a reader reads two, and the "
        "others only if neither seems to answer.",
    )
    glossary: Path | None = Field(
        default=None, description="TOML file of further synonyms and acronyms; docs/questions.md."
    )
    quotes: int = Field(default=5, ge=1, le=20, description="Most quotes of an answer.")
    refuse_below: float = Field(
        default=0.2,
        ge=0.0,
        le=1.0,
        description="Answerability, from 0 to 1, below which the answer is “not found in these sources”: 0.2 "
        "refuses what would be right fewer than 20 times in 100. Without the reader, 0.15 refuses as many.",
    )
    library: LibrarySettings = LibrarySettings()
    sources: SourceSettings = SourceSettings()
    chat: ChatSettings = ChatSettings()
    slack: SlackSettings = SlackSettings()
    discord: DiscordSettings = DiscordSettings()
    store: StoreSettings = StoreSettings()
    health: HealthSettings = HealthSettings()
    log: LogSettings = LogSettings()
    traceback: bool = Field(default=False, description="Show the traceback of an unexpected error: `true` or `false`.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Puts ``legation.toml`` of the home folder below the environment."""
        stronger = (init_settings, env_settings, dotenv_settings)
        home = next((values["home"] for values in (source() for source in stronger) if values.get("home")), None)
        file = (Path(home) if home else user_data_path("legation")) / TOML_NAME
        if file.exists() and not file.is_file():
            raise SettingsError(f"{file} is not a file.")
        return (*stronger, _TomlFile(settings_cls, toml_file=file))


class _TomlFile(TomlConfigSettingsSource):
    """legation.toml, in which a mistyped name is an error: a rule that is not read keeps nobody out."""

    def __call__(self) -> dict[str, Any]:
        unknown = sorted(set(self.toml_data) - set(Settings.model_fields))
        if unknown:
            raise SettingsError(f"There is no setting called {unknown[0]}, which {TOML_NAME} has.")
        return super().__call__()


def load_settings(home: Path | None = None, **chosen: Any) -> Settings:
    """The settings, with ``home`` and ``chosen`` above all other sources.

    Raises SettingsError naming the setting, never its value: it could be a secret.
    """
    if home is not None:
        chosen["home"] = home
    try:
        return Settings(**chosen)
    except ValidationError as error:
        first = error.errors()[0]
        if first["loc"][-1] == "[key]":
            *group, key = first["loc"][:-1]
            raise SettingsError(f"In the setting {'.'.join(map(str, group))}, {key} is not an id.") from error
        name = ".".join(str(part) for part in first["loc"])
        problem = first["msg"].replace("valid tuple", "list")
        raise SettingsError(f"The setting {name} ({_variable(name)}) is not allowed: {problem}.") from error
    except PermissionError as error:
        raise StorageError(f"There is no access to {error.filename}.") from error
    except TOMLDecodeError as error:
        raise SettingsError(f"{TOML_NAME} is not TOML: {error}.") from error
    except (SourceError, ValueError, OSError, RuntimeError) as error:
        raise SettingsError(f"The settings cannot be read from the environment, .env or {TOML_NAME}.") from error


def settings_table() -> str:
    """The table of docs/settings.md, in Markdown."""
    lines = ["| setting | variable | default | what it does |", "|---|---|---|---|"]
    for name, field in fields_of(Settings):
        default = "" if field.default_factory is not None or field.default in (None, (), {}) else f"`{field.default}`"
        lines.append(f"| `{name}` | `{_variable(name)}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def fields_of(model: type[BaseModel], before: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every field with its name, those of a group within it by dotted names."""
    for name, field in model.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, BaseModel):
            yield from fields_of(group, f"{before}{name}.")
        else:
            yield f"{before}{name}", field


def _variable(name: str) -> str:
    return "LEGATION_" + name.replace(".", "__").upper()


_PAGE = """\
# Settings

Generated from `bot/settings.py` by `python -m bot.settings > docs/settings.md`; change it there.

A setting is taken from the first of these places that has it:

1. an option on the command line, where there is one (`--home`);
2. the environment variable;
3. the same variable in a file `.env` in the working directory;
4. its name in `legation.toml` in the home folder, as in `quotes = 3`; the part before a dot is a table there:
   `slack.port` is `port` below `[slack]`;
5. the default.

Lists and tables are JSON in a variable: `LEGATION_SLACK__ADMINS='["U012AB3CD"]'`.
`legation doctor --show-config` prints what holds, of secrets only whether they are set.

"""

if __name__ == "__main__":
    print(_PAGE + settings_table(), end="")
