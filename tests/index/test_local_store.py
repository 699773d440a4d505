"""What the next generation takes over from the one before, and what of an index above the size of exact search."""

import errno
import hashlib
import os
import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from index.building import places_of
from index.cells import CELLS_FROM, learn_centroids
from index.concept import Concept, Way
from index.errors import GenerationError, StorageError
from index.generation import Generation
from index.generation_files import FORMAT_FILE, is_of_todays_format
from index.home import delete_folder
from index.library import PassageRow
from index.library_rows import GenerationRecord
from index.local_store import LocalStore
from index.nearest import CHUNK_IDS
from index.passage_index import Candidate
from index.pieces import Pieces
from index.types import Filter, Vectors
from tests.fakes.generations import Row, RowContent, build

DIMENSION = 64
WORDS = ["embassy", "oslo", "closed", "visa", "list", "entry", "bergen", "consulate"]


def planned(number: int, fingerprint: str = "words-1") -> GenerationRecord:
    return GenerationRecord(number, "", "", "words", fingerprint, DIMENSION, 0, "s", {})


def some_rows(numbers: Sequence[int], collection: str = "c") -> list[Row]:
    """Their texts follow from their ids."""
    made = []
    for number in numbers:
        chance = random.Random(number)
        text = " ".join(chance.choices(WORDS, k=chance.randint(1, 12)))
        made.append(Row(number, f"{text} word{number}", collection, f"20{number % 20:02d}-05"))
    return made


def vectors_of(rows: Sequence[Row]) -> Vectors:
    """They follow from the ids, too; alike ones are near each other."""
    near = np.random.default_rng(7).standard_normal((5, DIMENSION))
    made = [near[row.passage_id % 5] + 0.6 * _noise(row.passage_id) for row in rows]
    vectors = np.array(made, dtype=np.float32).reshape(-1, DIMENSION)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def _noise(number: int) -> Vectors:
    return np.asarray(np.random.default_rng(number).standard_normal(DIMENSION), dtype=np.float32)


def wanted(*terms: str) -> tuple[Concept, ...]:
    return tuple(Concept((Way((term,), 1.0),)) for term in terms)


def answers(opened: Generation) -> list[list[Candidate]]:
    """What some questions find, with and without limits."""
    queries = vectors_of(some_rows(range(9000, 9006)))
    limits = (Filter(), Filter(("c",)), Filter(("d", "e")), Filter(since=date(2005, 1, 1)))
    questions = (wanted("oslo", "visa"), wanted("bergen"), wanted("word20"), ())
    return [opened.search(query, question, 7, limit) for query in queries for question in questions for limit in limits]


def stored(
    root: Path,
    number: int,
    rows: Sequence[Row],
    before: GenerationRecord | None = None,
    fingerprint: str = "words-1",
    cells_from: int = CELLS_FROM,
) -> tuple[GenerationRecord, RowContent]:
    rows = sorted(rows, key=lambda row: row.passage_id)
    content = RowContent(rows, vectors_of(rows))
    places = places_of([PassageRow(row.passage_id, 0, row.collection, row.published) for row in rows])
    store = LocalStore(root, cells_from=cells_from)
    return store.build(planned(number, fingerprint), places, content, lambda step: None, before=before), content


def fresh(tmp_path: Path, rows: Sequence[Row]) -> list[list[Candidate]]:
    """The answers of a generation that took nothing over."""
    root = tmp_path / "fresh"
    record, _ = stored(root, 1, rows)
    found = answers(Generation(root, record))
    words = Generation(root, record).vocabulary()
    assert words.knows("oslo")
    delete_folder(root)
    return found


FIRST = some_rows(range(1, 40)) + some_rows(range(40, 60), "d") + some_rows(range(CHUNK_IDS + 1, CHUNK_IDS + 30), "d")


def test_only_what_is_new_is_read(tmp_path: Path) -> None:
    before, content = stored(tmp_path, 1, FIRST)
    assert sorted(content.texts_asked) == sorted(content.vectors_asked) == [row.passage_id for row in FIRST]
    held = answers(Generation(tmp_path, before))
    new = some_rows([CHUNK_IDS + 50, CHUNK_IDS + 51], "d") + some_rows([CHUNK_IDS * 3], "e")
    record, content = stored(tmp_path, 2, FIRST + new, before)
    assert content.texts_asked == [row.passage_id for row in new]
    # Of the chunk that grew, all; the first one is as it was.
    assert content.vectors_asked == [*range(CHUNK_IDS + 1, CHUNK_IDS + 30), *(row.passage_id for row in new)]
    opened = Generation(tmp_path, record)
    assert answers(opened) == fresh(tmp_path, FIRST + new)
    assert opened.vocabulary().knows("bergen")
    assert (opened.vocabulary(("e",)).passages("oslo"), opened.record.count) == (
        sum("oslo" in row.text for row in new[2:]), len(FIRST) + 3,
    )  # fmt: skip
    folders = [tmp_path / each.name for each in (before, record)]
    same = [(folder / "vectors" / "00000000.f32").stat().st_ino for folder in folders]
    assert same[0] == same[1]
    # The one before is not touched, and needs nothing of the later one.
    assert answers(Generation(tmp_path, before)) == held
    LocalStore(tmp_path).remove_others({record.name})
    assert answers(Generation(tmp_path, record)) == fresh(tmp_path, FIRST + new)


def test_a_collection_that_lost_a_passage_is_indexed_anew(tmp_path: Path) -> None:
    before, _ = stored(tmp_path, 1, FIRST)
    left = [row for row in FIRST if row.passage_id != 45]
    record, content = stored(tmp_path, 2, left, before)
    assert content.texts_asked == [row.passage_id for row in left if row.collection == "d"]
    opened = Generation(tmp_path, record)
    assert answers(opened) == fresh(tmp_path, left)
    assert not opened.vocabulary().knows("word45")
    assert opened.lexical.rarity("oslo") != Generation(tmp_path, before).lexical.rarity("oslo")


@pytest.mark.parametrize("change", ["collection", "date", "model", "renamed"])
def test_what_moved_is_made_anew(tmp_path: Path, change: str) -> None:
    before, _ = stored(tmp_path, 1, FIRST)
    rows = list(FIRST)
    if change == "collection":
        rows[3] = replace(rows[3], collection="d")
    elif change == "date":
        rows[3] = replace(rows[3], published="1999")
    elif change == "renamed":
        rows = [replace(row, collection="e" if row.collection == "c" else row.collection) for row in rows]
    record, content = stored(tmp_path, 2, rows, before, "words-2" if change == "model" else "words-1")
    assert bool(content.vectors_asked) is (change == "model")
    assert bool(content.texts_asked) is (change != "model")
    assert answers(Generation(tmp_path, record)) == fresh(tmp_path, rows)


def test_nothing_damaged_is_taken_over(tmp_path: Path) -> None:
    before, _ = stored(tmp_path, 1, FIRST)
    expected = fresh(tmp_path, FIRST)
    names = sorted(before.files)
    for number, name in enumerate(names):
        root = tmp_path / str(number)
        shutil.copytree(tmp_path / before.name, root / before.name)
        file = root / before.name / name
        content = file.read_bytes()
        file.write_bytes(content[:-1] + bytes([(content or b"\0")[-1] ^ 1]))
        record, _ = stored(root, 2, FIRST, before)
        assert answers(Generation(root, record)) == expected, name
        file.unlink()
        record, _ = stored(root, 3, FIRST, before)
        assert answers(Generation(root, record)) == expected, name
        file.mkdir()  # as unreadable, for whoever is root too, as what lies where a disk is broken
        record, _ = stored(root, 4, FIRST, before)
        assert answers(Generation(root, record)) == expected, name
        delete_folder(root)


def test_a_file_that_comes_late_does_not_keep_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the lock files of tantivy's threads may."""
    folder, real = tmp_path / "folder", shutil.rmtree
    folder.mkdir()
    calls: list[bool] = []

    def rmtree(path: Path, ignore_errors: bool = False) -> None:
        calls.append(ignore_errors)
        if len(calls) > 1:
            real(path)

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    delete_folder(folder)
    assert (calls, folder.exists()) == ([True, False], False)


class StoppedError(BaseException):
    """As a kill or Ctrl-C."""


def test_what_a_build_left_is_not_taken_for_other_passages_of_the_same_ids(tmp_path: Path) -> None:
    """As when the library is put back to an earlier state after the build was cut short."""
    root = tmp_path / "root"
    before, _ = stored(root, 1, FIRST)
    grown = FIRST + some_rows([CHUNK_IDS * 3], "d")
    places = places_of([PassageRow(row.passage_id, 0, row.collection, row.published) for row in grown])

    def stop(step: str) -> None:
        raise StoppedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pieces, "end", stop)
        with pytest.raises(StoppedError):
            LocalStore(root).build(
                planned(2), places, RowContent(grown, vectors_of(grown)), lambda step: None, before=before
            )
    other = [*FIRST, replace(grown[-1], text="a treaty of bergen")]
    vectors = vectors_of([*FIRST, replace(grown[-1], passage_id=CHUNK_IDS * 4)])
    record = build(root, planned(2), other, vectors, before=before)
    expected = build(tmp_path / "fresh", planned(2), other, vectors)
    assert answers(Generation(root, record)) == answers(Generation(tmp_path / "fresh", expected))
    assert Generation(root, record).vocabulary().knows("treaty")


@pytest.mark.parametrize("stop", range(1, 6))
def test_a_build_that_was_cut_short_goes_on(tmp_path: Path, stop: int) -> None:
    rows = FIRST + some_rows([CHUNK_IDS * 2], "e")
    places = places_of([PassageRow(row.passage_id, 0, row.collection, row.published) for row in rows])
    asked: list[int] = []

    class Stopping(RowContent):
        def texts(self, ids: Sequence[int]):  # type: ignore[no-untyped-def]
            self._count()
            return super().texts(ids)

        def vectors(self, ids: Sequence[int]) -> Vectors:
            self._count()
            return super().vectors(ids)

        def _count(self) -> None:
            asked.append(1)
            if len(asked) == stop:
                raise StoppedError

    store = LocalStore(tmp_path / "root")
    with pytest.raises(StoppedError):
        store.build(planned(1), places, Stopping(rows, vectors_of(rows)), lambda step: None)
    (tmp_path / "root" / ".building-000077").mkdir()
    (tmp_path / "root" / "000001-abandoned").mkdir()
    (tmp_path / "root" / ".building-000001" / "vectors" / "99999999.f32").write_bytes(b"of another build")
    record, content = stored(tmp_path / "root", 1, rows)
    # Three chunks, then three collections; what was being made is made anew.
    chunks = [sum(each.passage_id // CHUNK_IDS < number for each in rows) for number in (0, 1, 2)]
    assert len(content.vectors_asked) == (len(rows) - chunks[stop - 1] if stop <= 3 else 0)
    texts = [row.passage_id for row in rows if stop <= 3 or row.collection in ("c", "d", "e")[stop - 4 :]]
    assert content.texts_asked == texts
    assert [each.name for each in (tmp_path / "root").iterdir()] == [record.name]
    folder = tmp_path / "root" / record.name
    assert {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()} == set(record.files)
    assert answers(Generation(tmp_path / "root", record)) == fresh(tmp_path, rows)


def test_an_error_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.pieces.fsync_tree", refuse)
    with pytest.raises(StorageError) as caught:
        stored(tmp_path, 1, FIRST)
    assert caught.value.user_message == "The index cannot be stored: No space left on device."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("reason", [errno.EPERM, errno.EOPNOTSUPP, errno.EXDEV, errno.EMLINK])
def test_where_there_are_no_links_files_are_copied(
    tmp_path: Path, reason: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, _ = stored(tmp_path, 1, FIRST)

    def refuse(*_: object) -> None:
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr("index.pieces.os.link", refuse)
    record, content = stored(tmp_path, 2, FIRST, before)
    assert (content.texts_asked, content.vectors_asked) == ([], [])
    assert answers(Generation(tmp_path, record)) == fresh(tmp_path, FIRST)


# Above the size of exact search


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, GenerationRecord, list[Row], Vectors]:
    root = tmp_path_factory.mktemp("many")
    rows = some_rows([*range(1, 2500), *range(CHUNK_IDS, CHUNK_IDS + 2500)])
    rows = [replace(row, collection="d") if row.passage_id % 3 else row for row in rows]
    vectors = vectors_of(rows)
    return root, build(root, planned(1), rows, vectors), rows, vectors


def test_codes_find_what_exact_search_finds(
    many: tuple[Path, GenerationRecord, list[Row], Vectors], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, record, _, _ = many
    exact, compressed = Generation(root, record), Generation(root, record, exact_up_to=100)
    queries = vectors_of(some_rows(range(20_000, 20_040)))
    for limits in (Filter(), Filter(("d",)), Filter(since=date(2005, 1, 1), until=date(2016, 1, 1))):
        for query in queries:
            assert compressed.search(query, wanted("oslo"), 10, limits) == exact.search(
                query, wanted("oslo"), 10, limits
            )
    # With few weighed exactly, some are missed: it is the codes that were searched.
    monkeypatch.setattr("index.nearest.WEIGHED", 10)
    monkeypatch.setattr("index.nearest.WEIGHED_SHARE", 1)
    shares = []
    for query in queries:
        near = {each.passage_id for each in exact.search(query, (), 10, Filter())}
        shares.append(len(near & {each.passage_id for each in compressed.search(query, (), 10, Filter())}) / 10)
    assert 0.2 < np.mean(shares) < 0.6


def test_codes_of_an_earlier_format_are_made_anew(
    many: tuple[Path, GenerationRecord, list[Row], Vectors], tmp_path: Path
) -> None:
    root, record, _, vectors = many
    shutil.copytree(root, tmp_path / "earlier")
    files = dict(record.files)
    chunks = sorted(name for name in files if name.endswith(".codes"))
    for name in (FORMAT_FILE, *chunks):
        content = b"2\n" if name == FORMAT_FILE else bytes(24 * 2500)
        (tmp_path / "earlier" / record.name / name).write_bytes(content)
        files[name] = hashlib.sha256(content).hexdigest()
    earlier = replace(record, files=files)
    opened, today = Generation(tmp_path / "earlier", earlier, 100), Generation(root, record, 100)
    assert (len(chunks), opened.is_of_todays_format) == (2, False)
    for vector in vectors[::500]:
        assert opened.search(vector, wanted("oslo"), 10, Filter()) == today.search(vector, wanted("oslo"), 10, Filter())
    vectors_file = tmp_path / "earlier" / record.name / chunks[0].replace("codes", "f32")
    vectors_file.write_bytes(vectors_file.read_bytes()[:-4] + b"\0\0\0\0")
    with pytest.raises(GenerationError):
        Generation(tmp_path / "earlier", earlier, 100)


def test_of_many_that_are_equally_near_the_first_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever shard they are in, and however many more there are than are weighed. Nearer ones come last."""
    rows = some_rows(range(1, 2001))
    vectors = np.random.default_rng(7).normal(size=(2000, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    query, other = vectors[0].copy(), vectors[1].copy()
    vectors[[*range(150, 900), *range(990, 1700)]] = (query + other) / np.linalg.norm(query + other)
    nearer = 4 * query + other
    vectors[[*range(890, 900), *range(1690, 1700)]] = nearer / np.linalg.norm(nearer)
    record = build(tmp_path, planned(1), rows, vectors)
    exact, compressed = Generation(tmp_path, record), Generation(tmp_path, record, 100)
    expected = [each.passage_id for each in exact.search(query, (), 60, Filter())]
    assert expected == [1, *range(151, 190), *range(891, 901), *range(1691, 1701)]
    monkeypatch.setattr("index.nearest.WEIGHED", 60)
    monkeypatch.setattr("index.nearest.WEIGHED_SHARE", 1)
    assert [each.passage_id for each in compressed.search(query, (), 60, Filter())] == expected


def test_what_may_not_be_read_moves_nothing_among_codes(
    many: tuple[Path, GenerationRecord, list[Row], Vectors], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, record, rows, vectors = many
    monkeypatch.setattr("index.nearest.WEIGHED", 10)
    monkeypatch.setattr("index.nearest.WEIGHED_SHARE", 1)
    here = [place for place, row in enumerate(rows) if row.collection == "d"]
    alone = build(tmp_path, planned(1), [rows[place] for place in here], vectors[here])
    without, among = Generation(tmp_path, alone, 100), Generation(root, record, 100)
    for query in vectors_of(some_rows(range(20_000, 20_040))):
        assert among.search(query, wanted("oslo"), 10, Filter(("d",))) == without.search(
            query, wanted("oslo"), 10, Filter(("d",))
        )


# Cells of large collections

FEW = 1000
cut = partial(stored, cells_from=FEW)
"""Collections have cells from 1,000 passages on."""


def cells(root: Path, record: GenerationRecord) -> dict[str, bytes]:
    return {name: (root / record.name / name).read_bytes() for name in record.files if name.startswith("cells/")}


def found_by_cells(root: Path, record: GenerationRecord) -> list[list[Candidate]]:
    return answers(Generation(root, record, exact_up_to=100))


@pytest.fixture
def few_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it matters in which cell a passage is."""
    monkeypatch.setattr("index.nearest.WEIGHED", 10)
    monkeypatch.setattr("index.nearest.WEIGHED_SHARE", 1)
    monkeypatch.setattr("index.cells.LOOKED_AT", 50)
    monkeypatch.setattr("index.cells.LOOKED_AT_SHARE", 0.0)
    monkeypatch.setattr("index.cells.HARDLY_FURTHER", 0.0)


LARGE = some_rows(range(1, 1500)) + some_rows(range(1500, 1800), "d") + some_rows(range(1800, 3100), "e")


@pytest.mark.usefixtures("few_looked_at")
def test_a_collection_that_grew_has_the_cells_that_it_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, _ = cut(tmp_path / "root", 1, LARGE)
    assert sorted(cells(tmp_path / "root", before)) == ["cells/0.f32", "cells/0.u16", "cells/2.f32", "cells/2.u16"]
    new = some_rows(range(4000, 4200))
    expected, _ = cut(tmp_path / "fresh", 1, LARGE + new)
    monkeypatch.setattr("index.vector_files.learn_centroids", None)
    record, content = cut(tmp_path / "root", 2, LARGE + new, before)
    assert content.texts_asked == [row.passage_id for row in new]
    assert cells(tmp_path / "root", record) == cells(tmp_path / "fresh", expected)
    assert len(cells(tmp_path / "root", record)["cells/0.u16"]) == 2 * 1699
    assert found_by_cells(tmp_path / "root", record) == found_by_cells(tmp_path / "fresh", expected)
    held, now = (tmp_path / "root" / each.name / "cells/2.u16" for each in (before, record))
    assert held.stat().st_ino == now.stat().st_ino


@pytest.mark.usefixtures("few_looked_at")
@pytest.mark.parametrize(
    "rows",
    [
        LARGE + some_rows(range(4000, 5000)),  # twice as many as the power of two before
        LARGE[1:],
        LARGE[:700] + some_rows(range(701, 1100), "d") + LARGE[1099:],
        LARGE[:400] + LARGE[1499:],  # too few for cells
        [replace(row, collection="f") if row.collection == "c" else row for row in LARGE],
        [replace(row, collection="c") if row.collection == "d" else row for row in LARGE],
    ],
)
def test_whatever_was_before_cells_are_as_if_nothing_was(tmp_path: Path, rows: list[Row]) -> None:
    before, _ = cut(tmp_path, 1, LARGE)
    record, _ = cut(tmp_path, 2, rows, before)
    expected, _ = cut(tmp_path / "fresh", 1, rows)
    assert cells(tmp_path, record) == cells(tmp_path / "fresh", expected)
    assert found_by_cells(tmp_path, record) == found_by_cells(tmp_path / "fresh", expected)


def test_passages_that_come_back_among_the_first_have_the_cells_learned_anew(tmp_path: Path) -> None:
    without = [row for row in LARGE if row.passage_id not in range(200, 260)]
    before, _ = cut(tmp_path, 1, without)
    record, _ = cut(tmp_path, 2, LARGE, before)
    expected, _ = cut(tmp_path / "fresh", 1, LARGE)
    assert cells(tmp_path, record) == cells(tmp_path / "fresh", expected) != cells(tmp_path, before)


def test_another_model_has_other_cells(tmp_path: Path) -> None:
    before, _ = cut(tmp_path, 1, LARGE)
    record, content = cut(tmp_path, 2, LARGE, before, "words-2")
    assert content.vectors_asked == [row.passage_id for row in LARGE]
    inodes = [(tmp_path / each.name / "cells/0.f32").stat().st_ino for each in (before, record)]
    assert inodes[0] != inodes[1]


def test_all_but_the_cells_of_the_format_before_is_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        for module in ("generation_files", "local_store", "vector_files"):
            patched.setattr(f"index.{module}.FORMAT", b"3\n")
        before, _ = stored(tmp_path, 1, LARGE)
    assert (is_of_todays_format(before), cells(tmp_path, before)) == (False, {})
    expected = found_by_cells(tmp_path, before)
    monkeypatch.setattr("index.vector_files.codes_of", None)
    assert found_by_cells(tmp_path, before) == expected  # its codes are as good as today's
    record, content = cut(tmp_path, 2, LARGE, before)
    assert (content.texts_asked, content.vectors_asked) == ([], [])
    assert is_of_todays_format(record)
    monkeypatch.undo()
    fresh_record, _ = cut(tmp_path / "fresh", 1, LARGE)
    assert cells(tmp_path, record) == cells(tmp_path / "fresh", fresh_record)


@pytest.mark.parametrize("name", ["cells/0.f32", "cells/0.u16"])
def test_damaged_cells_are_not_taken_over(tmp_path: Path, name: str) -> None:
    before, _ = cut(tmp_path, 1, LARGE)
    held = cells(tmp_path, before)
    file = tmp_path / before.name / name
    file.write_bytes(bytes(8) + held[name][8:])
    record, _ = cut(tmp_path, 2, LARGE, before)
    assert cells(tmp_path, record) == held


def test_a_build_that_was_cut_short_after_the_cells_does_not_learn_them_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopping(RowContent):
        def texts(self, ids: Sequence[int]):  # type: ignore[no-untyped-def]
            raise StoppedError

    places = places_of([PassageRow(row.passage_id, 0, row.collection, row.published) for row in LARGE])
    store = LocalStore(tmp_path / "root", cells_from=FEW)
    with pytest.raises(StoppedError):
        store.build(planned(1), places, Stopping(LARGE, vectors_of(LARGE)), lambda step: None)
    learned: list[int] = []

    def learn(vectors: Vectors, cells: int) -> Vectors:
        learned.append(len(vectors))
        return learn_centroids(vectors, cells)

    monkeypatch.setattr("index.vector_files.learn_centroids", learn)
    record, content = cut(tmp_path / "root", 1, LARGE)
    # Those of the first large collection were made before its words were.
    assert (content.vectors_asked, learned) == ([], [4 * 32])
    expected, _ = cut(tmp_path / "fresh", 1, LARGE)
    assert cells(tmp_path / "root", record) == cells(tmp_path / "fresh", expected)


@pytest.mark.usefixtures("few_looked_at")
def test_what_may_not_be_read_moves_no_cell(tmp_path: Path) -> None:
    among, _ = cut(tmp_path / "among", 1, LARGE)
    alone, _ = cut(tmp_path / "alone", 1, [row for row in LARGE if row.collection == "e"])
    assert cells(tmp_path / "among", among)["cells/2.u16"] == cells(tmp_path / "alone", alone)["cells/0.u16"]
    everything, without = Generation(tmp_path / "among", among, 100), Generation(tmp_path / "alone", alone, 100)
    for query in vectors_of(some_rows(range(20_000, 20_040))):
        assert everything.search(query, wanted("oslo"), 10, Filter(("e",))) == without.search(
            query, wanted("oslo"), 10, Filter(("e",))
        )


def test_nothing_is_missed_where_all_cells_are_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record, _ = cut(tmp_path, 1, LARGE)
    expected = answers(Generation(tmp_path, record))
    monkeypatch.setattr("index.cells.LOOKED_AT_SHARE", 0.0)
    monkeypatch.setattr("index.cells.HARDLY_FURTHER", 0.0)
    assert found_by_cells(tmp_path, record) == expected
    monkeypatch.setattr("index.cells.LOOKED_AT", 50)
    assert found_by_cells(tmp_path, record) != expected


@pytest.mark.parametrize("name", ["cells/0.f32", "cells/0.u16"])
@pytest.mark.parametrize("exact_up_to", [100, 10_000])
def test_damaged_cells_are_refused(tmp_path: Path, name: str, exact_up_to: int) -> None:
    record, _ = cut(tmp_path, 1, LARGE)
    file = tmp_path / record.name / name
    content = file.read_bytes()
    for changed in (content[:-1] + bytes([content[-1] ^ 1]), content[:-2], b""):
        file.write_bytes(changed)
        with pytest.raises(GenerationError):
            Generation(tmp_path, record, exact_up_to)
    file.unlink()
    with pytest.raises(GenerationError):
        Generation(tmp_path, record, exact_up_to)


@pytest.mark.parametrize("name", ["vectors/00000001.f32", "vectors/00000001.codes"])
def test_damaged_vectors_are_refused_above_exact_search(
    many: tuple[Path, GenerationRecord, list[Row], Vectors], tmp_path: Path, name: str
) -> None:
    root, record, _, _ = many
    shutil.copytree(root, tmp_path / "copy")
    file = tmp_path / "copy" / record.name / name
    content = file.read_bytes()
    for changed in (content[:-1] + bytes([content[-1] ^ 1]), content[:-1], b""):
        file.write_bytes(changed)
        with pytest.raises(GenerationError):
            Generation(tmp_path / "copy", record, 100)
    file.unlink()
    with pytest.raises(GenerationError):
        Generation(tmp_path / "copy", record, 100)


def test_a_disk_that_cannot_be_read_under_a_search_is_told(
    many: tuple[Path, GenerationRecord, list[Row], Vectors], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(file: int, size: int, place: int) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    root, record, _, vectors = many
    opened = Generation(root, record, 100)
    monkeypatch.setattr(os, "pread", refused)
    with pytest.raises(GenerationError, match="missing or damaged"):
        opened.search(vectors[5], (), 1, Filter())


@pytest.mark.parametrize("name", ["rows.bin", "vectors/", "lexical/"])
def test_a_file_that_may_not_be_read_is_not_called_damaged(bound_folder: Path, name: str) -> None:
    record, _ = stored(bound_folder, 1, FIRST)
    before = answers(Generation(bound_folder, record))
    file = bound_folder / record.name / next(each for each in sorted(record.files) if each.startswith(name))
    file.chmod(0o000)
    with pytest.raises(GenerationError) as caught:
        Generation(bound_folder, record)
    assert caught.value.user_message == (
        "The index files may not be read by the user that Legation runs as; run: legation sync"
    )
    file.chmod(0o600)
    assert answers(Generation(bound_folder, record)) == before


def test_files_stay_open_as_long_as_they_are_needed(
    many: tuple[Path, GenerationRecord, list[Row], Vectors], tmp_path: Path
) -> None:
    root, record, _, vectors = many
    shutil.copytree(root, tmp_path / "copy")

    def held() -> int:
        links = Path("/proc/self/fd").iterdir()
        return sum(str(tmp_path) in str(link.readlink()) for link in links if link.is_symlink())

    cut_short = Generation(tmp_path / "copy", record, 100)
    files = sorted((tmp_path / "copy" / record.name / "vectors").glob("*.f32"))
    content = files[0].read_bytes()
    files[0].write_bytes(b"")
    with pytest.raises(GenerationError, match="missing or damaged"):
        cut_short.search(vectors[5], (), 1, Filter())
    files[0].write_bytes(content)
    del cut_short
    opened = Generation(tmp_path / "copy", record, 100)
    assert held() == 2
    delete_folder(tmp_path / "copy")
    assert opened.search(vectors[5], (), 1, Filter())[0].passage_id == 6
    del opened
    assert held() == 0
