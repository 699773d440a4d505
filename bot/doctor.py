"""What is installed, which model, which generation, what is wrong, and how to mend it."""

import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from bot.assemble import Legation
from index.encode import EncoderManifest, OnnxEncoder
from index.errors import LegationError
from index.export import resolve
from index.generation import Generation
from index.onnx_model import Manifest, find_export
from index.rerank import OnnxReranker, RerankerManifest
from index.sync import splitting_name

PACKAGES = ("legation", "faiss-cpu", "onnxruntime", "tokenizers", "tantivy", "sentence-transformers", "torch")
LEAST_FREE_BYTES = 500_000_000

Status = Literal["ok", "note", "wrong"]


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
    for look in (_home, _model, _reranker, _library, _generation):
        yield from _guarded(look, legation)


def _guarded(look: Callable[[Legation], Iterator[Finding]], legation: Legation) -> Iterator[Finding]:
    try:
        yield from look(legation)
    except LegationError as error:
        yield Finding(look.__name__.strip("_"), "wrong", error.user_message, None)


def _package(name: str) -> Finding:
    try:
        return Finding(name, "ok", metadata.version(name))
    except metadata.PackageNotFoundError:
        needed = "only to export a model" if name in {"torch", "sentence-transformers"} else "needed"
        return Finding(name, "note", f"not installed ({needed})", None if "only" in needed else f"pip install {name}")


def _home(legation: Legation) -> Iterator[Finding]:
    folder = legation.home.path
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
        yield Finding("model", "note", f"{settings.model} is not exported yet", "legation sync exports it")
        return
    encoder = OnnxEncoder(folder)
    fingerprint = encoder.fingerprint[:12]
    detail = f"{encoder.name}, {encoder.precision}, {encoder.dimension} dimensions, fingerprint {fingerprint}"
    yield _kept("model", detail, encoder.precision, settings.precision)


def _reranker(legation: Legation) -> Iterator[Finding]:
    settings = legation.settings
    if settings.reranker is None:
        return
    folder = _export(legation, RerankerManifest, settings.reranker)
    if folder is None:
        yield Finding("reranker", "note", f"{settings.reranker} is not exported yet", "legation ask exports it")
        return
    reranker = OnnxReranker(folder)
    reranker.score("Which embassy was closed?", ["The embassy was closed."])
    yield _kept("reranker", f"{reranker.name}, {reranker.precision}", reranker.precision, settings.precision)


def _kept(subject: str, detail: str, precision: str, wanted: str) -> Finding:
    if precision == wanted:
        return Finding(subject, "ok", detail)
    return Finding(subject, "note", f"{detail}; {wanted} was too far from the original")


def _library(legation: Legation) -> Iterator[Finding]:
    if not legation.home.library.exists():
        yield Finding("library", "note", "nothing is stored yet", "legation add PATH")
        return
    problems = legation.library.check()
    if problems:
        yield Finding("library", "wrong", problems[0], "restore library.sqlite from a backup, or add the sources again")
        return
    counts = legation.library.counts()
    documents = sum(count for _, _, count, _ in counts)
    sources = len(legation.library.sources())
    yield Finding("library", "ok", f"documents: {documents}, sources: {sources}")


def _generation(legation: Legation) -> Iterator[Finding]:
    record = legation.library.current() if legation.home.library.exists() else None
    if record is None:
        yield Finding("index", "note", "not built yet", "legation sync")
        return
    Generation(legation.home.generations, record)
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
