"""Packages, and room on the disk."""

import shutil
from collections.abc import Iterator
from importlib import metadata

from bot.assemble import Legation
from bot.doctor.finding import Finding, Status
from index.home import in_the_place_of

PACKAGES = ("legation", "faiss-cpu", "onnxruntime", "tokenizers", "tantivy", "sentence-transformers", "torch")
LEAST_FREE_BYTES = 500_000_000


def package(name: str) -> Finding:
    try:
        return Finding(name, "ok", metadata.version(name))
    except metadata.PackageNotFoundError:
        needed = "only to export a model" if name in {"torch", "sentence-transformers"} else "needed"
        return Finding(name, "note", f"not installed ({needed})", None if "only" in needed else f"pip install {name}")


def home(legation: Legation) -> Iterator[Finding]:
    folder = legation.home.path
    if (taken := in_the_place_of(folder)) is not None:
        yield Finding("home", "wrong", f"{taken} is no folder", "correct LEGATION_HOME, or --home")
        return
    if not folder.is_dir():
        yield Finding("home", "note", f"{folder} does not exist yet", "legation ask or legation add makes it")
        return
    yield Finding("home", "ok", str(folder))
    free = shutil.disk_usage(folder).free
    status: Status = "ok" if free >= LEAST_FREE_BYTES else "wrong"
    yield Finding("disk", status, f"{free // 1_000_000} MB free", None if status == "ok" else "make room on this disk")
