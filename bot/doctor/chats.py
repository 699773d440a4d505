"""What Slack and Discord need, and what is kept of chats. Neither of the two is asked."""

import re
from collections.abc import Iterator, Mapping

from pydantic import SecretStr

from bot.assemble import Legation
from bot.chat.store import SCHEMA as CHAT_SCHEMA
from bot.doctor.finding import Finding
from bot.doctor.stored import of_version
from bot.settings import TOML_NAME

_SECRET_SHAPES = {
    "bot_token": re.compile(r"xoxb-[A-Za-z0-9-]+"),
    "app_token": re.compile(r"xapp-[A-Za-z0-9-]+"),
    "signing_secret": re.compile(r"[0-9a-f]{32}"),
}

_TOKEN = re.compile(r"^\s*(?:bot_token|app_token|signing_secret|token|database)\s*=", re.MULTILINE)

_DISCORD_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


def slack(legation: Legation) -> Iterator[Finding]:
    """Whether the settings are what ``legation slack`` needs. Slack itself is not asked."""
    settings = legation.settings.slack
    needed = ["bot_token", "app_token" if settings.mode == "socket" else "signing_secret"]
    secrets: dict[str, SecretStr | None] = {name: getattr(settings, name) for name in needed}
    given = {name: secret.get_secret_value().strip() for name, secret in secrets.items() if secret is not None}
    if not any(given.values()):  # nobody wants it
        return
    wrong = [name for name in needed if not _SECRET_SHAPES[name].fullmatch(given.get(name, ""))]
    for name in wrong:
        problem = "has not the shape of one" if given.get(name) else "is missing"
        yield Finding("slack", "wrong", f"slack.{name} {problem}", f"set LEGATION_SLACK__{name.upper()}; docs/slack.md")
    yield from _rules(legation, "slack", settings.collections, settings.channels, settings.users)
    if not wrong:
        yield Finding("slack", "ok", f"{settings.mode} mode, {settings.command}")


def discord(legation: Legation) -> Iterator[Finding]:
    """Whether the settings are what ``legation discord`` needs. Discord itself is not asked."""
    settings = legation.settings.discord
    if settings.token is None:  # nobody wants it
        return
    yield from _rules(legation, "discord", settings.collections, settings.guilds, settings.channels, settings.users)
    if _DISCORD_TOKEN.fullmatch(settings.token.get_secret_value().strip()):
        yield Finding("discord", "ok", f"answers by {settings.answer_in}, as {settings.look}")
    else:
        mend = "set LEGATION_DISCORD__TOKEN; docs/discord.md"
        yield Finding("discord", "wrong", "discord.token has not the shape of one", mend)


def _rules(
    legation: Legation, subject: str, others: tuple[str, ...] | None, *rules: Mapping[str, tuple[str, ...]]
) -> Iterator[Finding]:
    """Collections that rules name and nothing is in."""
    ruled = {*(others or ()), *(name for rule in rules for names in rule.values() for name in names)}
    stored = {collection for _, collection, *_ in legation.library.counts()} if legation.has_library else set()
    for name in sorted(ruled - stored):
        yield Finding(
            subject, "note", f"a rule names the collection {name}, which has no documents", "correct the rule"
        )


def secrets(legation: Legation) -> Iterator[Finding]:
    """Whether others on this machine may read tokens."""
    toml = legation.home.path / TOML_NAME
    if toml.is_file() and toml.stat().st_mode & 0o077 and _TOKEN.search(toml.read_text(errors="replace")):
        problem = f"{TOML_NAME} has a token, and others on this machine may read it"
        yield Finding("secrets", "wrong", problem, f"chmod 600 {toml}")


def chats(legation: Legation) -> Iterator[Finding]:
    shared = legation.settings.chat.shared is not None
    if legation.has_chats:
        store = legation.chat_store
        right, wrong = store.feedback()
        asked = len(store.unanswered())
        kept = f"kept in {store.server()}; " if shared else ""
        counts = f"answers marked right: {right}, wrong: {wrong}; to look at with legation gaps: {asked}"
        yield of_version("chats", store.older, CHAT_SCHEMA.upgraded_by, kept + counts)
