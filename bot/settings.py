"""Every setting, read once, by the entry point.

From the strongest to the weakest: options on the command line, environment variables named
``LEGATION_…``, a ``.env`` file in the working directory, ``legation.toml`` in the home folder,
defaults. docs/settings.md is generated from the descriptions here.
"""

from pathlib import Path
from typing import Any, Literal

from platformdirs import user_data_path
from pydantic import Field, ValidationError
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

    home: Path = Field(
        default_factory=lambda: user_data_path("legation"),
        description="Folder under which everything is stored. Default: the user's data folder.",
    )
    model: str = Field(
        default=DEFAULT_MODEL,
        min_length=1,
        description="Embedding model: a folder, or a name that sentence-transformers knows.",
    )
    model_cache: Path | None = Field(
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
        default=32, ge=1, le=1024, description="Largest file that is read, in megabytes (1,000,000 bytes)."
    )
    reranker: str | None = Field(
        default=None,
        min_length=1,
        description="Optional CrossEncoder that reads the best sentences together with the question: a folder, or a "
        "name that sentence-transformers knows. Default: none.",
    )
    rerank_sentences: int = Field(
        default=24, ge=1, le=200, description="How many of the best sentences the reranker reads."
    )
    glossary: Path | None = Field(
        default=None, description="TOML file of further synonyms and acronyms; docs/questions.md."
    )
    quotes: int = Field(default=5, ge=1, le=20, description="Most quotes of an answer.")
    refuse_below: float = Field(
        default=0.15,
        ge=0.0,
        le=1.0,
        description="Answerability, from 0 to 1, below which the answer is “not found in these sources”: 0.15 "
        "refuses what would be right fewer than 15 times in 100.",
    )
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
        folder = Path(home) if home else user_data_path("legation")
        return (*stronger, TomlConfigSettingsSource(settings_cls, toml_file=folder / TOML_NAME))


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
        name = ".".join(str(part) for part in first["loc"])
        variable = "LEGATION_" + name.replace(".", "__").upper()
        raise SettingsError(f"The setting {name} ({variable}) is not allowed: {first['msg']}.") from error
    except PermissionError as error:
        raise StorageError(f"There is no access to {error.filename}.") from error
    except (SourceError, ValueError, OSError, RuntimeError) as error:
        raise SettingsError(f"The settings cannot be read from the environment, .env or {TOML_NAME}.") from error


def settings_table() -> str:
    """The table of docs/settings.md, in Markdown."""
    lines = ["| setting | variable | default | what it does |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory is not None or field.default is None else f"`{field.default}`"
        lines.append(f"| `{name}` | `LEGATION_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


_PAGE = """\
# Settings

Generated from `bot/settings.py` by `python -m bot.settings > docs/settings.md`; change it there.

A setting is taken from the first of these places that has it:

1. an option on the command line, where there is one (`--home`);
2. the environment variable;
3. the same variable in a file `.env` in the working directory;
4. its name in `legation.toml` in the home folder, as in `quotes = 3`;
5. the default.

"""

if __name__ == "__main__":
    print(_PAGE + settings_table(), end="")
