"""Building, verifying and searching the index files."""

import json
import os
import random
import re
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.concept import Concept, Way
from index.errors import GenerationError, StorageError, UsageError
from index.generation import Generation, days, parse_day
from index.generation_files import FORMAT_FILE, is_of_todays_format
from index.home import delete_folder
from index.lexical import NO_DATE
from index.library_rows import GenerationRecord
from index.local_store import LocalStore
from index.onnx_model import file_digest
from index.passage_index import Candidate
from index.types import Filter, Vectors
from tests.fakes.generations import Row, build

DIMENSION = 16
DAMAGED = "The index files are missing or damaged; run: legation sync"


def planned(number: int = 1, dimension: int = DIMENSION) -> GenerationRecord:
    return GenerationRecord(number, "", "", "words", "words-1", dimension, 0, "s", {})


def random_vectors(count: int, seed: int = 1) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def make(
    root: Path, rows: list[Row], vectors: Vectors, number: int = 1, dimension: int = DIMENSION
) -> tuple[Generation, GenerationRecord]:
    record = build(root, planned(number, dimension), rows, vectors)
    return Generation(root, record), record


def nearest(ids: list[int], vectors: Vectors, query: Vectors, limit: int, allowed: list[bool]) -> list[int]:
    """The reference: every cosine, sorted."""
    scores = vectors @ query
    order = [place for place in np.argsort(-scores, kind="stable") if allowed[place]]
    return sorted(ids[place] for place in order[:limit])


def asked(*terms: str) -> tuple[Concept, ...]:
    """Terms of the index to search for, each by itself."""
    return tuple(Concept((Way((term,), 1.0),)) for term in terms)


def found_ids(found: list[Candidate]) -> list[int]:
    return [candidate.passage_id for candidate in found]


def test_a_generation_is_named_and_recorded(tmp_path: Path) -> None:
    steps: list[str] = []
    rows = [Row(3, "Embassy in Oslo closed", "news", "2017"), Row(8, "Consulate in Bergen", "list", None)]
    vectors = random_vectors(2)
    root = tmp_path / "generations"
    record = build(root, planned(7), rows, vectors, steps.append)
    assert steps == ["generation-written", "generation-renamed"]
    assert record.name.startswith("000007-")
    assert (record.id, record.count, record.dimension, record.model) == (7, 2, DIMENSION, "words")
    assert [path.name for path in root.iterdir()] == [record.name]
    folder = root / record.name
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(record.files) == files
    assert {name for name in files if not name.startswith("lexical/")} == {
        "vectors/00000000.codes", "vectors/00000000.f32", "words/0.txt", "words/1.txt",
        "rows.bin", "collections.json",
        "vocabulary.txt", "lists.json", "names.bin", "format.txt",
    }  # fmt: skip
    assert json.loads((folder / "collections.json").read_text()) == ["news", "list"]
    assert (folder / "vocabulary.txt").read_bytes() == b"bergen\nclosed\nconsulate\nembassy\noslo\n"
    opened = Generation(root, record)
    assert found_ids(opened.search(vectors[0], [], 1, Filter())) == [3]
    assert found_ids(opened.search(vectors[1], [], 1, Filter())) == [8]
    assert found_ids(opened.search(vectors[0], asked("bergen"), 1, Filter())) == [3, 8]


def test_the_vocabulary_is_that_of_the_passages(tmp_path: Path) -> None:
    rows = [Row(1, "The embassies in Oslo closed", "c", None), Row(2, "A consulate closes", "c", None)]
    words = make(tmp_path, rows, random_vectors(2))[0].vocabulary()
    assert [words.knows(word) for word in ("embassy", "Closing", "the", "oslo", "bergen")] == [
        True, True, True, True, False,
    ]  # fmt: skip
    assert words.nearest("consulte") == "consulate"
    assert words.nearest("legation") is None


def test_whoever_may_not_read_a_collection_is_told_no_word_of_it(tmp_path: Path) -> None:
    rows = [Row(1, "The consulate in Oslo closed", "open", None), Row(2, "The canarybird in Oslo", "closed", None)]
    made = make(tmp_path, rows, random_vectors(2))[0]
    everything, limited = made.vocabulary(), made.vocabulary(("open",))
    assert [words.nearest("canarybirb") for words in (everything, limited)] == ["canarybird", None]
    assert [words.passages("Oslo") for words in (everything, limited)] == [2, 1]
    assert [words.knows("canarybird") for words in (everything, limited)] == [True, False]
    assert (limited.knows("the"), limited.nearest("consulte")) == (True, "consulate")
    assert made.vocabulary(("open", "closed")).passages("Oslo") == 2


def test_a_generation_of_the_first_format_still_answers(tmp_path: Path) -> None:
    rows = [Row(1, "The embassy in Oslo closed", "c", None), Row(4, "A visa", "c", None)]
    vectors = random_vectors(2)
    _, record = make(tmp_path, rows, vectors)
    folder = tmp_path / record.name
    index = faiss.IndexFlatIP(DIMENSION)
    index.add(vectors)
    (folder / "vectors.faiss").write_bytes(faiss.serialize_index(index).tobytes())
    later = ("vectors/", "words/", "vocabulary.txt", FORMAT_FILE)
    files = {name: each for name, each in record.files.items() if not name.startswith(later)}
    first = replace(record, files=files | {"vectors.faiss": file_digest(folder / "vectors.faiss")})
    opened = Generation(tmp_path, first)
    assert (is_of_todays_format(record), is_of_todays_format(first)) == (True, False)
    assert found_ids(opened.search(vectors[1], asked("oslo"), 1, Filter())) == [1, 4]
    assert opened.vocabulary().knows("embassy")
    assert opened.vocabulary().nearest("embasy") is None
    with pytest.raises(GenerationError, match=DAMAGED):
        Generation(tmp_path, replace(first, dimension=8))


def test_dense_search_is_exactly_a_sort_of_all_cosines(tmp_path: Path) -> None:
    ids = [5 * number + 2 for number in range(500)]
    vectors = random_vectors(500)
    opened, _ = make(tmp_path, [Row(each, "text", "c", None) for each in ids], vectors)
    for query in random_vectors(30, seed=2):
        for limit in (1, 10, 499, 500, 2000):
            found = opened.search(query, [], limit, Filter())
            assert found_ids(found) == nearest(ids, vectors, query, limit, [True] * 500)
        assert np.allclose([each.dense for each in found], vectors @ query, atol=1e-6)
        assert {each.lexical for each in found} == {0.0}


def test_a_passage_found_by_words_alone_has_its_exact_cosine(tmp_path: Path) -> None:
    vectors = random_vectors(50)
    rows = [Row(number, "rare" if number == 40 else "common", "c", None) for number in range(50)]
    opened, _ = make(tmp_path, rows, vectors)
    found = opened.search(vectors[3], asked("rare"), 1, Filter())
    assert found_ids(found) == [3, 40]
    assert found[0].lexical == 0.0
    assert found[1].lexical == opened.lexical.search(asked("rare"), 1, Filter())[0][1]
    assert found[1].dense == pytest.approx(float(vectors[40] @ vectors[3]), abs=1e-6)
    assert found[0].dense == pytest.approx(1.0, abs=1e-6)


def test_passages_out_of_order_are_refused(tmp_path: Path) -> None:
    for ids in ((2, 1), (1, 1)):
        with pytest.raises(GenerationError) as caught:
            make(tmp_path, [Row(each, "text", "c", None) for each in ids], random_vectors(2))
        assert caught.value.user_message == "The library gave passages out of order."
    with pytest.raises(GenerationError) as caught:
        make(tmp_path, [Row(1, "text", "c", None)], random_vectors(2))
    assert caught.value.user_message == "The library gave 1 passages and 2 vectors."
    assert list(tmp_path.iterdir()) == []  # and nothing is left lying about


def test_a_generation_of_nothing_answers_nothing(tmp_path: Path) -> None:
    opened, record = make(tmp_path, [], np.zeros((0, DIMENSION), dtype=np.float32))
    assert record.count == 0
    for limits in (Filter(), Filter(collections=("c",)), Filter(since=date(2000, 1, 1))):
        assert opened.search(random_vectors(1)[0], asked("anything"), 10, limits) == []
    assert opened.lexical.search(asked("anything"), 10, Filter()) == []


# Dates

PUBLISHED = st.one_of(
    st.none(),
    st.dates(date(1990, 1, 1), date(1994, 12, 31)).flatmap(
        lambda day: st.sampled_from([f"{day:%Y}", f"{day:%Y-%m}", f"{day:%Y-%m-%d}"])
    ),
)
LIMIT = st.none() | st.dates(date(1989, 12, 1), date(1995, 1, 31))
COLLECTIONS = ("alpha", "beta", "gamma")


def days_of(published: str) -> list[date]:
    """The reference: every day whose ISO form begins with the date, one by one."""
    day, found = date(int(published[:4]), 1, 1), []
    while day.year == int(published[:4]):
        if day.isoformat().startswith(published):
            found.append(day)
        day += timedelta(days=1)
    return found


def passes(row: Row, limits: Filter) -> bool:
    if limits.collections and row.collection not in limits.collections:
        return False
    if limits.since is None and limits.until is None:
        return True
    return row.published is not None and any(
        (limits.since is None or day >= limits.since) and (limits.until is None or day <= limits.until)
        for day in days_of(row.published)
    )


@given(PUBLISHED.filter(lambda published: published is not None))
def test_days_are_the_first_and_last_of_a_date(published: str) -> None:
    expected = days_of(published)
    assert days(published) == (expected[0].toordinal(), expected[-1].toordinal())


@pytest.mark.parametrize(
    "text",
    [
        None, "", "May 2017", "2017-13", "2017-00", "2017-02-30", "2017-05-01-07", "2017-05-01T10:00", "17-05-01",
        "+2017", " 2017", "2_017", "-2017", "0000", "99999999999999999999", "9" * 5000, "٢٠١٧", "2017-5", "2017-",
        "2017\n",
    ],
)  # fmt: skip
def test_what_is_no_date_counts_as_none(text: str | None) -> None:
    assert days(text) == NO_DATE


def test_the_last_month_that_there_is() -> None:
    assert days("9999-12") == (date(9999, 12, 1).toordinal(), date(9999, 12, 31).toordinal())
    assert days("0001") == (1, 365)
    assert days("2000-02") == (date(2000, 2, 1).toordinal(), date(2000, 2, 29).toordinal())


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2017", date(2017, 1, 1), date(2017, 12, 31)),
        (" 2016-02 ", date(2016, 2, 1), date(2016, 2, 29)),
        ("2017-05-31", date(2017, 5, 31), date(2017, 5, 31)),
    ],
)
def test_a_typed_date_is_its_first_or_last_day(text: str, first: date, last: date) -> None:
    assert parse_day(text, last=False) == first
    assert parse_day(text, last=True) == last


def test_a_typed_date_that_is_none_is_a_usage_error() -> None:
    with pytest.raises(UsageError) as caught:
        parse_day("31.5.2017", last=False)
    assert caught.value.user_message == "31.5.2017 is not a date as in 2017, 2017-05 or 2017-05-31."
    assert caught.value.exit_code == 2


@settings(max_examples=20, deadline=None)
@example([("1994", "alpha")], [(date(1994, 1, 2), date(1994, 1, 1), set())], 1)
@given(
    st.lists(st.tuples(PUBLISHED, st.sampled_from(COLLECTIONS)), min_size=1, max_size=40),
    st.lists(
        st.tuples(LIMIT, LIMIT, st.sets(st.sampled_from((*COLLECTIONS, "unknown")), max_size=2)),
        min_size=5,
        max_size=20,
    ),
    st.integers(1, 45),
)
def test_filters_let_through_exactly_what_they_say(
    tmp_path_factory: pytest.TempPathFactory,
    dated: list[tuple[str | None, str]],
    filters: list[tuple[date | None, date | None, set[str]]],
    limit: int,
) -> None:
    root = tmp_path_factory.mktemp("generations")
    rows = [Row(2 * number + 1, "word", collection, published) for number, (published, collection) in enumerate(dated)]
    ids = [row.passage_id for row in rows]
    vectors = random_vectors(len(rows))
    opened, _ = make(root, rows, vectors)
    query = random_vectors(1, seed=3)[0]
    for since, until, collections in filters:
        limits = Filter(tuple(sorted(collections)), since, until)
        allowed = [passes(row, limits) for row in rows]
        dense = opened.search(query, [], limit, limits)
        assert found_ids(dense) == nearest(ids, vectors, query, limit, allowed)
        lexical = [each.passage_id for each in opened.search(query, asked("word"), limit, limits) if each.lexical]
        assert lexical == [each for each, through in zip(ids, allowed, strict=True) if through][:limit]
    delete_folder(root)


def test_a_filter_that_lets_few_through_still_finds_them_all(tmp_path: Path) -> None:
    """The filter works inside the search: what it lets through need not be among the nearest."""
    vectors = random_vectors(300)
    query = vectors[0]
    farthest = np.argsort(vectors @ query)[:3]
    rows = [Row(place, "word", "few" if place in farthest else "many", "2017") for place in range(300)]
    opened, _ = make(tmp_path, rows, vectors)
    assert found_ids(opened.search(query, asked("word"), 10, Filter(collections=("few",)))) == sorted(farthest)
    assert opened.search(query, asked("word"), 10, Filter(collections=("none",))) == []
    assert opened.search(query, asked("word"), 10, Filter(since=date(2018, 1, 1))) == []


# Damage. Files are made anew, as another process would find them: tantivy maps those that it opened
# into memory, and no program that maps a file outlives its being cut short.


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, GenerationRecord, GenerationRecord]:
    root = tmp_path_factory.mktemp("sound")
    words = ["embassy", "oslo", "closed", "visa", "list", "entry"]
    rows = [Row(n + 1, " ".join(words[n % 5 :]), "c" if n % 2 else "d", "2017-05") for n in range(60)]
    _, first = make(root, rows, random_vectors(60))
    others = [Row(row.passage_id, f"{row.text} news", row.collection.upper(), None) for row in rows[:57]]
    _, second = make(root, others, random_vectors(57, seed=9), number=2)
    return root, first, second


@pytest.fixture
def damaged(
    sound: tuple[Path, GenerationRecord, GenerationRecord], tmp_path: Path
) -> Iterator[tuple[Path, GenerationRecord]]:
    """A copy that the test may damage."""
    root, record, _ = sound
    shutil.copytree(root, tmp_path / "generations")
    yield tmp_path / "generations", record


def kind(name: str) -> str:
    """Names of segment files are drawn by chance; their suffix tells what they are, in the part of any collection."""
    path = re.sub(r"^(lexical/|words/)\d+", r"\1*", name)
    return f"lexical/*/*{Path(name).suffix}" if len(Path(name).stem) == 32 else path


KINDS = [
    "collections.json", "format.txt", "lexical/*/*.fast", "lexical/*/*.fieldnorm", "lexical/*/*.idx", "lexical/*/*.pos",
    "lexical/*/*.store", "lexical/*/*.term", "lexical/*/.managed.json", "lexical/*/meta.json", "lexical/parts.json",
    "lists.json", "names.bin", "rows.bin", "vectors/00000000.codes", "vectors/00000000.f32",
    "vocabulary.txt", "words/*.txt",
]  # fmt: skip
SAME_IN_ALL = (
    "format.txt",
    "lexical/*/*.pos",
    "lists.json",
    "names.bin",
)  # positions are not indexed, no lists are held
DAMAGES = [
    "flip first",
    "flip last",
    "truncate",
    "zero the tail",
    "append",
    "empty",
    "remove",
    "folder",
    "swap",
]


def test_every_kind_of_file_is_damaged_below(sound: tuple[Path, GenerationRecord, GenerationRecord]) -> None:
    assert sorted({kind(name) for name in sound[1].files}) == KINDS


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("which", KINDS)
def test_a_damaged_file_is_refused_before_anything_is_answered(
    sound: tuple[Path, GenerationRecord, GenerationRecord],
    damaged: tuple[Path, GenerationRecord],
    which: str,
    damage: str,
) -> None:
    root, record = damaged
    Generation(root, record)
    file = root / record.name / next(name for name in record.files if kind(name) == which)
    content = file.read_bytes()
    half = len(content) // 2
    damages = {
        "flip first": bytes([content[0] ^ 1]) + content[1:],
        "flip last": content[:-1] + bytes([content[-1] ^ 128]),
        "truncate": content[:half],
        "zero the tail": content[:half] + bytes(len(content) - half),
        "append": content + b"\0",
        "empty": b"",
    }
    if damage == "swap":
        other = sound[2]
        source = sound[0] / other.name / next(name for name in other.files if kind(name) == which)
        damages[damage] = source.read_bytes()
        if which in SAME_IN_ALL:
            assert damages[damage] == content
            return
    file.unlink()
    if damage in damages:
        file.write_bytes(damages[damage])
    if damage == "folder":
        file.mkdir()
    with pytest.raises(GenerationError) as caught:
        Generation(root, record)
    assert caught.value.user_message == DAMAGED


def test_three_hundred_chance_damages_are_refused(damaged: tuple[Path, GenerationRecord]) -> None:
    root, record = damaged
    chance = random.Random(1961)
    names = sorted(record.files, key=kind)
    for _ in range(300):
        file = root / record.name / chance.choice(names)
        content = file.read_bytes()
        changed = bytearray(content)
        place = chance.randrange(len(content))
        length = min(chance.choice([1, 2, 8, 512]), len(content) - place)
        if chance.random() < 0.2:
            del changed[place : place + length]
        else:
            changed[place : place + length] = bytes(
                byte ^ chance.randrange(1, 256) for byte in changed[place : place + length]
            )
        file.unlink()
        file.write_bytes(changed)
        with pytest.raises(GenerationError):
            Generation(root, record)
        file.write_bytes(content)
    Generation(root, record)


def test_a_generation_that_is_not_there_is_refused(tmp_path: Path) -> None:
    _, record = make(tmp_path, [Row(1, "text", "c", None)], random_vectors(1))
    delete_folder(tmp_path / record.name)
    with pytest.raises(GenerationError) as caught:
        Generation(tmp_path, record)
    assert caught.value.user_message == DAMAGED


@pytest.mark.parametrize(("field", "value"), [("dimension", 8), ("count", 2)])
def test_a_record_that_does_not_fit_is_refused(tmp_path: Path, field: str, value: int) -> None:
    _, record = make(tmp_path, [Row(1, "text", "c", None)], random_vectors(1))
    other = {name: getattr(record, name) for name in GenerationRecord.__slots__} | {field: value}
    with pytest.raises(GenerationError):
        Generation(tmp_path, GenerationRecord(**other))


# Files and processes


def test_a_read_only_folder_opens(bound_folder: Path) -> None:
    vectors = random_vectors(2)
    rows = [Row(1, "embassy", "c", None), Row(2, "consulate", "c", None)]
    record = build(bound_folder, planned(), rows, vectors)
    for folder in (bound_folder / record.name / "lexical", bound_folder / record.name, bound_folder):
        folder.chmod(0o555)
    opened = Generation(bound_folder, record)
    assert found_ids(opened.search(vectors[0], asked("consul"), 1, Filter())) == [1, 2]
    bound_folder.chmod(0o755)


def test_a_folder_without_permission_is_refused(bound_folder: Path) -> None:
    record = build(bound_folder, planned(), [Row(1, "embassy", "c", None)], random_vectors(1), lambda step: None)
    (bound_folder / record.name).chmod(0o000)
    with pytest.raises(GenerationError) as caught:
        Generation(bound_folder, record)
    assert caught.value.user_message == (
        "The index files may not be read by the user that Legation runs as; run: legation sync"
    )


def test_nothing_can_be_built_where_nothing_may_be_written(bound_folder: Path) -> None:
    (bound_folder / "generations").mkdir(mode=0o555)
    with pytest.raises(StorageError) as caught:
        make(bound_folder / "generations", [], np.zeros((0, DIMENSION), dtype=np.float32))
    assert caught.value.user_message == "The index cannot be stored: Permission denied."


def test_an_open_generation_answers_on_when_its_files_are_gone(tmp_path: Path) -> None:
    vectors = random_vectors(200)
    rows = [Row(number, f"word{number} common", "c", "2017") for number in range(200)]
    opened, record = make(tmp_path, rows, vectors)
    other, _ = make(tmp_path, [], np.zeros((0, DIMENSION), dtype=np.float32), number=2)
    LocalStore(tmp_path).remove_others({other.record.name})
    assert [path.name for path in tmp_path.iterdir()] == [other.record.name]
    assert found_ids(opened.search(vectors[9], asked("word77"), 1, Filter(since=date(2017, 12, 31)))) == [9, 77]
    with pytest.raises(GenerationError):
        Generation(tmp_path, record)


def test_removing_also_takes_what_was_never_finished(tmp_path: Path) -> None:
    (tmp_path / ".building-3-77" / "lexical").mkdir(parents=True)
    (tmp_path / "000001-aaaaaaaa").mkdir()
    (tmp_path / "000002-bbbbbbbb").mkdir()
    (tmp_path / "note.txt").write_text("not ours")
    LocalStore(tmp_path).remove_others({"000002-bbbbbbbb"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000002-bbbbbbbb", "note.txt"]
    LocalStore(tmp_path / "missing").remove_others(set())


def test_opening_while_it_is_removed_gives_all_or_an_error(
    sound: tuple[Path, GenerationRecord, GenerationRecord], tmp_path: Path
) -> None:
    root, record, _ = sound
    query = random_vectors(1)[0]
    expected = Generation(root, record).search(query, asked("oslo"), 5, Filter())
    outcomes = set()
    for number in range(30):
        copy = tmp_path / str(number)
        shutil.copytree(root, copy)
        remover = threading.Timer(number / 20_000, LocalStore(copy).remove_others, (set(),))
        remover.start()
        try:
            assert Generation(copy, record).search(query, asked("oslo"), 5, Filter()) == expected
            outcomes.add("answered")
        except GenerationError as error:
            assert error.user_message == DAMAGED
            outcomes.add("refused")
        remover.join()
    assert outcomes <= {"answered", "refused"}


def test_eight_threads_get_the_answers_of_one(sound: tuple[Path, GenerationRecord, GenerationRecord]) -> None:
    root, record, _ = sound
    opened = Generation(root, record)
    queries = random_vectors(40, seed=5)
    limits = Filter(collections=("c",), since=date(2017, 1, 1))

    def answers() -> list[list[Candidate]]:
        return [opened.search(query, asked("oslo", "visa"), 7, limits) for query in queries]

    expected = answers()
    with ThreadPoolExecutor(8) as pool:
        for other in [pool.submit(answers) for _ in range(8)]:
            assert other.result() == expected


def test_generations_that_are_let_go_leave_no_files_open(
    sound: tuple[Path, GenerationRecord, GenerationRecord],
) -> None:
    root, record, _ = sound

    def opened() -> int:
        maps = Path("/proc/self/maps").read_text().count(str(root))
        return maps + sum(str(root) in os.path.realpath(link) for link in Path("/proc/self/fd").iterdir())

    for _ in range(10):
        assert Generation(root, record).record == record
    patience = time.monotonic() + 60
    while opened() and time.monotonic() < patience:  # tantivy's threads let go within a second
        time.sleep(0.05)
    assert opened() == 0


def test_of_passages_that_are_equally_near_the_first_are_found(tmp_path: Path) -> None:
    vectors = random_vectors(100)
    vectors[41:95] = vectors[40]
    opened, _ = make(tmp_path, [Row(number, "", "news", None) for number in range(100)], vectors)
    query = np.asarray(vectors[40] + vectors[2] + vectors[99], dtype=np.float32)
    query /= np.linalg.norm(query)
    cosines = np.round(vectors @ query, 6)
    for limit in (1, 2, 5, 30, 60):
        expected = sorted(sorted(range(100), key=lambda place: (-cosines[place], place))[:limit])
        assert found_ids(opened.search(query, (), limit, Filter())) == expected
    assert opened.search(query, (), 0, Filter()) == []
