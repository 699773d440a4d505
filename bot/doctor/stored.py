"""The library, the index, and whether they fit the settings."""

from collections.abc import Iterator

from bot.assemble import Legation, milvus_engine
from bot.doctor.finding import RESTORE, Finding, guarded
from bot.doctor.models import exported
from index.check.result import OLDER, UPGRADE
from index.encode import EncoderManifest, OnnxEncoder
from index.errors import LibraryError, SettingsError, StorageError
from index.home import LOST
from index.library_schema import LIBRARY
from index.manifest import read_manifest
from index.prepare import chosen, splitting_name
from index.register import Register


def library(legation: Legation) -> Iterator[Finding]:
    if not legation.has_library:
        if legation.home.lost:
            raise LibraryError(LOST)
        yield Finding("library", "note", "nothing is stored yet", "legation add PATH")
        return
    problems = legation.library.check()
    if problems:
        yield Finding("library", "wrong", problems[0], RESTORE)
        return
    counts = legation.library.counts()
    documents = sum(count for _, _, count, _ in counts)
    sources = len(legation.library.sources())
    detail = f"documents: {documents}, sources: {sources}"
    yield of_version("library", legation.library.older, LIBRARY.upgraded_by, detail)


def manifest(legation: Legation) -> Iterator[Finding]:
    """``sources.toml``, if that is wrong: no answer needs it, but every sync does."""
    try:
        read_manifest(legation.home.manifest)
    except (SettingsError, StorageError) as error:
        yield Finding("sources.toml", "wrong", error.user_message, "correct it")


def of_version(subject: str, older: int | None, upgraded_by: str, detail: str) -> Finding:
    """What was found in tables, and whether they are of an older version."""
    if older is None:
        return Finding(subject, "ok", detail)
    mend = UPGRADE.format(upgraded_by=upgraded_by)
    return Finding(subject, "note", f"{detail}; {OLDER.format(version=older)}", mend)


def store(legation: Legation) -> Iterator[Finding]:
    """Whether the engine that keeps the index answers, if there is one; what is in it is only looked at then."""
    if legation.settings.store.uri is not None:
        engine = milvus_engine(legation.settings)
        answers = f"{engine.place} answers, version {engine.version()}"
        if engine.shows_token:
            open_line = "it is sent the token without encryption"
            yield Finding("store", "note", f"{answers}; {open_line}", "have TLS turned on there, https:// in store.uri")
        else:
            yield Finding("store", "ok", answers)
    yield from guarded(generation, legation)


def generation(legation: Legation) -> Iterator[Finding]:
    record = legation.library.current() if legation.has_library else None
    if record is None:
        mend = "legation sync" if legation.has_library else "legation add PATH"
        yield Finding("index", "note", "not built yet", mend)
        return
    opened = legation.store.open(record)
    detail = f"generation {record.name} of {record.created_at}, {record.count} passages, model {record.model}"
    if record.model != legation.settings.model:
        yield Finding("index", "wrong", f"{detail}; the settings name {legation.settings.model}", "legation sync")
        return
    if not opened.is_of_todays_format:
        yield Finding("index", "note", f"{detail}; in the format of an earlier version", "legation sync")
        return
    Register(opened.lists, opened.names)
    folder = exported(legation, EncoderManifest, legation.settings.model)
    if folder is None:
        yield Finding("index", "ok", f"{detail}; not compared with the model, which is not exported")
        return
    encoder = OnnxEncoder(folder)
    splitting = splitting_name(encoder, legation.settings.passage_tokens)
    if record.fingerprint != encoder.fingerprint or chosen(record.splitting) != chosen(splitting):
        yield Finding("index", "wrong", f"{detail}; model or passage size have changed since", "legation sync")
        return
    if record.splitting != splitting:
        yield Finding("index", "note", f"{detail}; another version of Legation split its documents", "legation sync")
        return
    yield Finding("index", "ok", detail)
