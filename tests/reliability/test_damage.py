"""A damaged file is noticed before the first answer; what is derived is made again by itself; no answer is wrong.

A round damages one file of a library, or one exported model, and asks all that can be asked: either the answers are
those of the sound one, or there is a sentence that says what is wrong.
"""

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import pytest

from bot.assemble import Legation
from bot.settings import load_settings
from index.check import check
from index.encode import EncoderManifest, OnnxEncoder
from index.errors import GenerationError, LegationError, ModelError, SettingsError
from index.home import delete_folder
from index.library_schema import LIBRARY
from index.manifest import SourceEntry, put_entry, read_manifest
from index.onnx_model import find_export
from index.search import Searcher
from index.sync import Limits
from index.types import Filter, Query, Span
from tests.fakes.backdated import backdate
from tests.fakes.post_library import DIMENSION, MOST, OLD, PostLibrary, changed, filled
from tests.fakes.small_export import REFERENCE, write_export
from tests.fakes.word_encoder import WordEncoder
from tests.rounds import Rounds

PAGE = 4096
LIMITS = Limits(most_bytes=100_000, passage_tokens=16)
"""With the smallest passages that the settings allow."""


@pytest.fixture(scope="module")
def template(folder: Path) -> PostLibrary:
    made = filled(folder / "template")
    made.fill(changed(OLD, Random(5)))  # an edition of the list more
    made.sync(limits=LIMITS)
    return made


# Damages


def flip(content: bytes, random: Random) -> bytes:
    """One bit."""
    changed = bytearray(content)
    changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def flip_many(content: bytes, random: Random) -> bytes:
    for _ in range(random.randint(2, 8)):
        content = flip(content, random)
    return content


def truncate(content: bytes, random: Random) -> bytes:
    return content[: random.randrange(len(content))]


def zero_tail(content: bytes, random: Random) -> bytes:
    kept = random.randrange(len(content))
    return content[:kept] + bytes(len(content) - kept)


def overwrite(content: bytes, random: Random) -> bytes:
    """A stretch, or a page as a disk writes it, of something else or of nothing."""
    length = random.choice([16, 512, PAGE])
    start = random.randrange(0, len(content), length)
    other = bytes(length) if random.random() < 0.5 else random.randbytes(length)
    return content[:start] + other[: len(content) - start] + content[start + length :]


def append(content: bytes, random: Random) -> bytes:
    return content + random.randbytes(random.randint(1, PAGE))


def empty(content: bytes, random: Random) -> bytes:
    return b""


DAMAGES: Sequence[Callable[[bytes, Random], bytes]] = (
    flip, flip, flip, flip_many, truncate, zero_tail, overwrite, append, empty,
)  # fmt: skip


def damage(file: Path, others: Sequence[Path], random: Random) -> str | None:
    """Damages a file, or puts another one, or none, in its place. The kind of damage; None if nothing changed by it.

    The file is made anew: what a process has mapped into memory is the old one.
    """
    content = file.read_bytes()
    chance = random.random()
    if chance < 0.1:
        kind, new = "foreign", random.choice(others).read_bytes()
    elif chance < 0.13:
        file.unlink()
        return "missing"
    elif not content:
        return None
    else:
        chosen = random.choice(DAMAGES)
        kind, new = chosen.__name__, chosen(content, random)
    if new == content:
        return None
    file.unlink()
    file.write_bytes(new)
    return kind


# What is derived: the index


def legation(library: PostLibrary, told: list[str]) -> Legation:
    """The product over a library, with the encoder that it was made with."""
    settings = load_settings(library.home.path, model="words", passage_tokens=LIMITS.passage_tokens)
    made = Legation(settings, notice=told.append)
    made.__dict__["encoder"] = WordEncoder(DIMENSION)
    return made


def files_of(library: PostLibrary) -> list[Path]:
    """Those of the generation that answers, in an order that chance has no part in."""
    with library.library() as opened:
        record = opened.current()
    assert record is not None
    root = library.home.generations / record.name
    return sorted((root / name for name in record.files), key=lambda path: (path.suffix, path.parent.name))


def older_files(library: PostLibrary) -> list[Path]:
    return sorted(path for path in library.home.generations.rglob("*") if path.is_file())


EACH = 5
"""The index is built again in one of so many rounds: that takes a while."""


def test_a_damaged_index_is_noticed_and_built_again(folder: Path, template: PostLibrary, rounds: Rounds) -> None:
    sound = template.state()
    library = template.copy(folder / "index")
    for number, random in rounds(short=50, long=4000):
        file = random.choice(files_of(library))
        content = file.read_bytes()
        kind = damage(file, older_files(library), random)
        told: list[str] = []
        product = legation(library, told)
        with closing(product.library) as opened:
            if kind is not None:
                with pytest.raises(GenerationError):
                    Searcher(library.home, opened, WordEncoder(DIMENSION)).open()
            if kind is None or number % EACH == 0:
                product.prepare()
                assert len(told) == (kind is not None), (file, kind, told)
        if kind is None or number % EACH == 0:
            assert library.state() == sound, (file, kind)
            delete_folder(library.place)
            library = template.copy(folder / "index")
        else:
            file.unlink(missing_ok=True)
            file.write_bytes(content)


def test_a_damaged_index_of_an_earlier_day_is_built_again(folder: Path, template: PostLibrary, rounds: Rounds) -> None:
    dated = template.copy(folder / "dated")
    for number in (1, 2, 3):
        backdate(dated.home.library, f"2020-01-0{number}T12:00:00+00:00", number)
    day = date(2020, 1, 2)
    sound = answered(dated, day)
    assert not isinstance(sound, str)
    assert sound != answered(dated)
    for number, random in rounds(short=8, long=400):
        library = dated.copy(folder / f"past-{number}")
        files = sorted(
            (path for path in library.home.past.rglob("*") if path.is_file()),
            key=lambda path: (path.suffix, path.parent.name, path.name == "record.json"),
        )
        kind = damage(random.choice(files), older_files(library), random)
        assert answered(library, day) == sound, kind
        delete_folder(library.place)


# The library: what cannot be made again is told, and never quoted


QUESTIONS = ("Which post closed early and had a garden1?", "Ri Won KPi.001", "post number10 gate", "Programme: DPRK")


@dataclass(frozen=True, slots=True)
class Answers:
    """What stands in answers and the numbers that it is chosen by; and how many documents the collections are said to
    have, which depends on which document belongs to which generation (docs/reliability.md).
    """

    found: tuple[object, ...]
    counted: tuple[object, ...]


def answers(searcher: Searcher, day: date | None = None) -> Answers:
    """All that is found for the questions."""
    opened = searcher.open(day)
    results = [searcher.search(Query(each), Filter(), MOST, sentences_of=MOST, within=opened) for each in QUESTIONS]
    # An index of an earlier day is of the moment in which it was built.
    found = tuple((each.hits, each.sentences, each.generation.count) for each in results)
    return Answers(found, tuple(each.collections for each in results))


def answered(library: PostLibrary, day: date | None = None) -> Answers | str:
    """The answers, now or as of a day, or the sentence instead of them."""
    product = legation(library, [])
    try:
        with closing(product.library) as opened:
            return answers(Searcher(library.home, opened, WordEncoder(DIMENSION)), day)
    except LegationError as error:
        assert error.user_message.endswith((".", "PATH", "sync", "--verify")), error.user_message
        assert "\n" not in error.user_message
        return error.user_message


def complaints(library: PostLibrary) -> list[str]:
    """What ``legation check`` says of a library."""
    checks = check(library.home, {library.home.library.name: LIBRARY}, library.home.models, lambda progress: None)
    return [each.detail for each in checks if each.status == "wrong"]


def test_a_damaged_library_answers_rightly_or_says_so(folder: Path, template: PostLibrary, rounds: Rounds) -> None:
    sound = answered(template)
    assert not isinstance(sound, str)
    wrong: list[tuple[int, str | None]] = []
    for number, random in rounds(short=60, long=4000):
        library = template.copy(folder / f"library-{number}")
        kind = damage(library.home.library, [*older_files(library), library.folder / "1.md"], random)
        found = answered(library)
        if not isinstance(found, str) and (
            found.found != sound.found or (found.counted != sound.counted and not complaints(library))
        ):
            wrong.append((number, kind))
        delete_folder(library.place)
    assert wrong == []


# The manifest of sources: people write it, so what can be read of it counts


def test_a_damaged_manifest_is_read_or_told(folder: Path, rounds: Rounds) -> None:
    manifest = folder / "sources.toml"
    told = 0
    for _, random in rounds(short=100, long=4000):
        manifest.unlink(missing_ok=True)
        put_entry(manifest, SourceEntry("one", "/one", every="6h"))
        put_entry(manifest, SourceEntry("two", "https://example.org/list.xml", kind="list"))
        damage(manifest, [Path(__file__)], random)
        try:
            read_manifest(manifest)
        except SettingsError as error:
            told += 1
            assert error.user_message.startswith(f"The manifest {manifest} is ")
            assert error.user_message.isprintable()
    assert told


# Exported models


def test_a_damaged_model_is_noticed(folder: Path, rounds: Rounds) -> None:
    write_export(folder / "models" / "sound")
    write_export(folder / "other")
    sound = vectors(OnnxEncoder(folder / "models" / "sound"))
    others = sorted((folder / "models" / "sound").iterdir())
    for number, random in rounds(short=60, long=4000):
        models = folder / f"models-{number}"
        shutil.copytree(folder / "models", models)
        file = random.choice(sorted((models / "sound").iterdir()))
        kind = damage(file, others, random)
        found = find_export(EncoderManifest, models, REFERENCE, "int8", None)
        if kind is None:
            assert found is not None
        if found is not None:
            try:
                encoder = OnnxEncoder(found)
            except ModelError:
                assert kind is not None
            else:
                assert kind is None or file.name == "encoder.json", (number, kind, file.name)
                assert vectors(encoder).tobytes() == sound.tobytes(), (number, kind, file.name)
        delete_folder(models)


def vectors(encoder: OnnxEncoder) -> npt.NDArray[np.float32]:
    whole, parts = encoder.encode_with_sentences(["embassy closed oslo"], [[Span(0, 7), Span(8, 14)]])
    return np.concatenate([encoder.encode_query("visa list")[None], whole, *parts])
