"""What was made from the library and from models, against what is recorded of it. It is made again if it is damaged."""

from collections.abc import Iterator
from pathlib import Path

from index.check.result import MOST_NAMED, SYNC, Check, Tally, Tell
from index.check.stored import Stored
from index.encode import EncoderManifest
from index.errors import GenerationError, ModelError
from index.generation import Generation
from index.generation_files import is_of_todays_format
from index.home import Home
from index.library_rows import GenerationRecord
from index.milvus.store import MANIFEST
from index.onnx_model import Manifest, file_digest
from index.past import read_record
from index.register import Register
from index.rerank import RerankerManifest
from index.row_checksums import parsed
from index.types import Progress

PAST = "nothing: it is built again when somebody asks"
EXPORT = "nothing: it is exported again when it is needed"


def check_index(stored: Stored, tell: Tell) -> Iterator[Check]:
    """The files of the current generation, against their checksums and against the library's passages."""
    home = stored.home
    with stored.library() as library:
        record = library.current()
        if record is None:
            yield Check("index", "note", "not built yet", "legation sync")
            return
        if MANIFEST in record.files:
            yield Check("index", "note", f"{record.name} is kept in Milvus", "nothing: legation doctor opens it")
            return
        if not (home.generations / record.name).exists():
            yield Check("index", "note", f"{record.name} is not here, as after a restore", SYNC)
            return
        generation, mend = _opened(home.generations, record), "legation sync"
        detail = f"{len(record.files)} files of generation {record.name}, {record.count:,} passages"
        if generation.placed != library.placed(record.splitting):
            yield Check("index", "wrong", f"{detail}; the library has other passages", mend)
        elif not is_of_todays_format(record):
            yield Check("index", "note", f"{detail}; in the format of an earlier version", mend)
        else:
            yield Check("index", "ok", detail)


def check_lists(stored: Stored, tell: Tell) -> Iterator[Check]:
    """What the index knows of sanctions lists: every entry is in the library, under its list and number."""
    home = stored.home
    with stored.library() as library:
        record = library.current()
        if record is None or not (home.generations / record.name).exists():
            return
        try:
            generation = _opened(home.generations, record)
        except (GenerationError, PermissionError):
            return  # as the check of the index says
    if not is_of_todays_format(record):
        return  # of an earlier version, as the check of the index says
    register, tally = Register(generation.lists, generation.names), Tally("lists")
    if not register.holds_lists:
        return
    with stored.database() as database, database.reading() as connection:
        for listing in register.listings:
            for version in listing.versions:
                query = "SELECT entry FROM documents WHERE key = ?"
                row = connection.execute(query, (version.document_key,)).fetchone()
                entry = parsed(row[0]) if row is not None and row[0] is not None else {}
                there = (entry.get("list"), entry.get("reference")) == (listing.list, listing.reference)
                tally.add(None if there else f"{listing.reference} of {listing.list} is not in the library")
    _ = register.names  # its file can be read
    yield tally.check(SYNC)


def check_leftovers(stored: Stored) -> Iterator[Check]:
    """Folders that nothing needs any more."""
    home = stored.home
    if not stored.exists or not home.generations.is_dir():
        return
    with stored.database() as database, database.reading() as connection:
        # The current one, and the one before, which a process may have open.
        kept = {name for (name,) in connection.execute("SELECT name FROM generations ORDER BY id DESC LIMIT 2")}
    others = sorted(folder.name for folder in home.generations.iterdir() if folder.name not in kept)
    if others:
        more = f" and {len(others) - MOST_NAMED:,} more" if len(others) > MOST_NAMED else ""
        detail = f"nothing needs {', '.join(others[:MOST_NAMED])}{more}"
        yield Check("generations", "note", detail, "nothing: a sync that changes something deletes it")


def check_past(home: Home) -> Iterator[Check]:
    """Indexes of earlier days."""
    tally = Tally("past")
    for folder in _folders(home.past):
        try:
            _opened(folder, read_record(folder))
            tally.add(None)
        except PermissionError:  # who asks cannot build it again either
            raise
        except (GenerationError, OSError, ValueError, TypeError):
            tally.add(f"{folder.name} is damaged")
    if tally.count:
        yield tally.check(PAST)


def check_models(models: Path, tell: Tell) -> Iterator[Check]:
    """The files of exported models."""
    for folder in _folders(models):
        manifest = _model_manifest(folder)
        if manifest is None:
            yield Check("models", "note", f"{folder.name} is none that this version can use", "delete it, if you like")
            continue
        tally = Tally(f"model {manifest.reference}")
        for name, digest in manifest.files.items():
            try:
                tally.add(None if file_digest(folder / name) == digest else f"{name} fails its checksum")
            except OSError as error:
                tally.add(f"{name} cannot be read ({error.strerror})")
            tell(Progress("models", tally.count, len(manifest.files)))
        yield tally.check(EXPORT)


def _opened(root: Path, record: GenerationRecord) -> Generation:
    """Raises GenerationError if a file is missing or damaged, and PermissionError if it may not be read: that says
    nothing of what is in it.
    """
    try:
        return Generation(root, record)
    except GenerationError as error:
        if isinstance(error.__cause__, PermissionError):
            raise error.__cause__ from None
        raise


def _folders(place: Path) -> list[Path]:
    """Those in ``place`` but for what is not finished; none, if it is not there. Raises OSError."""
    found = place.iterdir() if place.is_dir() else ()
    return sorted(each for each in found if not each.name.startswith(".") and each.is_dir())


def _model_manifest(folder: Path) -> Manifest | None:
    kinds: tuple[type[Manifest], ...] = (EncoderManifest, RerankerManifest)
    for kind in kinds:
        try:
            return kind.read(folder)
        except ModelError:
            continue
    return None
