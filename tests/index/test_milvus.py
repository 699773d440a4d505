"""What only the store in Milvus does: what it writes, what it finds damaged, and an engine that is not there."""

import random
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import grpc
import pymilvus
import pytest

from index.concept import Concept, Way
from index.errors import GenerationError, LegationError, SettingsError, StorageError
from index.milvus.bm25 import most_underrated, weights, word_query
from index.milvus.engine import Engine
from index.milvus.schema import NEVER, tables
from index.milvus.store import MilvusStore
from index.types import Filter
from tests.fakes.milvus import MilvusServer
from tests.fakes.waiting import wait_until
from tests.index.test_passage_store_contract import DIMENSION, ENCODER, Passage, Shelf, ask, everything, some

NAMES = tables("test", ENCODER.fingerprint, DIMENSION, "flat")
GONE = "has been replaced by a newer one; ask again"


class CutError(Exception):
    pass


class CutEngine(Engine):
    """Fails before one of its writes, as a process does that is killed there."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.left = 10**9

    def put(self, table: str, rows: list[dict[str, object]]) -> None:  # type: ignore[override]
        self._count()
        super().put(table, rows)

    def delete(self, table: str, where: str) -> None:
        self._count()
        super().delete(table, where)

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise CutError


@pytest.fixture
def engine(milvus: MilvusServer) -> Engine:
    return milvus.engine()


@pytest.fixture
def shelf(engine: Engine) -> Iterator[Shelf]:
    shelf = Shelf(MilvusStore(engine, "test"))
    yield shelf
    shelf.store.remove_others(())


def test_a_sync_reads_and_writes_what_changed_alone(shelf: Shelf, engine: Engine) -> None:
    passages = some(300)
    shelf.sync(passages)
    terms = engine.count(NAMES.terms, f"ended == {NEVER}")
    shelf.sync([*passages[10:], *some(20, 1000, seed=2)])
    assert shelf.asked == [number * 3 for number in range(1000, 1020)]
    assert engine.count(NAMES.passages, "added == 2") == 20
    assert engine.count(NAMES.passages, "ended == 2") == 10
    assert engine.count(NAMES.terms, "added == 2") <= terms
    third = shelf.sync([*passages[10:], *some(20, 1000, seed=2)])
    assert shelf.asked == []
    assert engine.count(NAMES.passages, "added == 3") == engine.count(NAMES.terms, "added == 3") == 0
    # The first generation is gone, and what only it held.
    assert engine.count(NAMES.passages, "row >= 0") == third.record.count == 310


def test_a_sync_cut_short_at_any_write_changes_nothing(milvus: MilvusServer) -> None:
    passages = some(30)
    later = [*passages[4:-1], replace(passages[-1], collection="closed"), *some(6, 50, "closed", 5)]
    plain = Shelf(MilvusStore(milvus.engine(), "plain"))
    plain.sync(passages)
    expected = everything(plain.sync(later))
    plain.store.remove_others(())
    engine = CutEngine(milvus.uri)
    shelf = Shelf(MilvusStore(engine, "test"))
    index = shelf.sync(passages)
    before = everything(index)
    for writes in range(100):
        engine.left = writes
        try:
            built = shelf.build(later)
        except CutError:
            assert everything(index) == before, writes
            continue
        finally:
            engine.left = 10**9
        break
    assert writes > 8
    assert everything(index) == before
    assert everything(shelf.store.open(built)) == expected
    assert everything(shelf.sync(later)) == expected
    assert everything(index) == before
    shelf.store.remove_others(())


def test_a_first_sync_cut_short_is_made_anew(milvus: MilvusServer) -> None:
    engine = CutEngine(milvus.uri)
    shelf = Shelf(MilvusStore(engine, "test"))
    for writes in (0, 1, 2):
        engine.left = writes
        with pytest.raises(CutError):
            shelf.build(some(10, seed=writes))
        engine.left = 10**9
    index = shelf.sync(some(10))
    assert index.record.count == 10
    assert index.vocabulary().passages("embassy") == sum("embassy" in each.text for each in some(10))
    shelf.store.remove_others(())
    assert engine.tables("test") == ("test_files",)


def test_who_has_a_removed_generation_open_is_told(shelf: Shelf) -> None:
    index = shelf.sync(some(20))
    vocabulary = index.vocabulary()
    shelf.sync(some(21))
    assert ask(index, "embassy")
    shelf.sync(some(22))
    for question in (
        lambda: ask(index, "embassy"),
        lambda: ask(index, "", wanted=()),
        lambda: index.rarity("unheard"),
        lambda: vocabulary.knows("unseen"),
        lambda: index.placed,
    ):
        with pytest.raises(GenerationError, match=GONE):
            question()


@pytest.mark.parametrize(
    ("table", "where"),
    [
        (NAMES.passages, "passage == 9"),
        ("test_files", 'key like "generation/%"'),
        ("test_files", 'key like "file/%"'),
        (NAMES.passages, None),
        (NAMES.terms, None),
        ("test_files", None),
    ],
)
def test_what_is_damaged_is_told_and_made_anew(shelf: Shelf, engine: Engine, table: str, where: str | None) -> None:
    before = everything(shelf.sync(some(20)))
    assert shelf.current is not None
    if where is None:
        engine.drop(table)
    else:
        engine.delete(table, where)
    with pytest.raises(GenerationError, match="run: legation sync"):
        shelf.store.open(shelf.current)
    assert everything(shelf.sync(some(20))) == before


def test_a_file_that_was_altered_is_told(shelf: Shelf, engine: Engine) -> None:
    shelf.sync(some(5), lists=b"what the lists say" * 1000)
    assert shelf.current is not None
    rows = engine.rows("test_files", 'key like "file/%"', ("*",))
    for row in rows:
        for content in (
            *(other["content"] for other in rows),
            "",
            "1 ",
            "x y",
            row["content"][:-8],
            row["content"].replace("A", "B"),
        ):
            if content != row["content"]:
                engine.put("test_files", [{**row, "content": content}])
                with pytest.raises(GenerationError, match="run: legation sync"):
                    shelf.store.open(shelf.current)
        engine.put("test_files", [row])
    shelf.store.open(shelf.current)


def test_libraries_of_two_prefixes_know_nothing_of_each_other(engine: Engine) -> None:
    one, other = Shelf(MilvusStore(engine, "one")), Shelf(MilvusStore(engine, "one_more"))
    first = one.sync(some(10))
    before = everything(first)
    second = other.sync(some(20, seed=3))
    assert everything(first) == before
    one.store.remove_others(())
    assert ask(second, "embassy")
    other.store.remove_others(())


def test_an_engine_that_is_gone_is_told_and_found_again(tmp_path: Path) -> None:
    server = MilvusServer(tmp_path / "engine.db")
    engine = Engine(server.uri, "root:secret")
    shelf = Shelf(MilvusStore(engine, "test"))
    index = shelf.sync(some(10))
    before = everything(index)
    assert "milvus_lite" in engine.version()
    server.stop()
    for question in (lambda: ask(index, "embassy"), lambda: shelf.build(some(11)), engine.version):
        with pytest.raises(StorageError) as told:
            question()
        assert told.value.user_message == (
            f"Milvus at {server.uri.removeprefix('http://')} does not answer; see that it runs and that "
            "LEGATION_STORE__URI means it, then try again."
        )
        assert told.value.retryable
    with pytest.raises(StorageError, match="does not answer"):
        Engine(server.uri).version()
    server.start()
    wait_until(threading.Condition(), lambda: answers(engine), 60, lambda: "the engine does not answer")
    assert everything(index) == before
    assert everything(shelf.sync(some(10))) == before
    server.stop()


def answers(engine: Engine) -> bool:
    try:
        return bool(engine.version())
    except StorageError:
        return False


def test_without_pymilvus_it_is_told_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(SettingsError, match=r"pip install 'legation\[milvus\]'"):
        Engine("http://127.0.0.1:1").version()


def test_threads_ask_while_a_sync_writes(shelf: Shelf) -> None:
    index = shelf.sync(some(60))
    before = everything(index)
    done = threading.Event()

    def asks() -> int:
        asked = 0
        while not done.is_set() or not asked:
            assert everything(index) == before
            asked += 1
        return asked

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(asks) for _ in range(3)]
        try:
            shelf.sync([*some(60)[20:], *some(30, 200, "closed", 4)])
        finally:
            done.set()
        assert all(each.result() for each in asking)


def test_hnsw_finds_nearly_what_flat_does_and_cosines_are_exact(engine: Engine, shelf: Shelf) -> None:
    passages = some(200)
    flat = shelf.sync(passages)
    quick = Shelf(MilvusStore(engine, "quick", "hnsw"))
    index = quick.sync(passages)
    for question in ("embassy closed in Oslo", "visa notice", "harbour staff"):
        exact = {each.passage_id: each for each in ask(flat, question, limit=10, wanted=())}
        found = {each.passage_id: each for each in ask(index, question, limit=10, wanted=())}
        assert len(exact.keys() & found.keys()) >= 9
        for passage_id in exact.keys() & found.keys():
            assert found[passage_id].dense == pytest.approx(exact[passage_id].dense, abs=1e-6)
    quick.store.remove_others(())


def test_the_engines_score_is_never_below_the_true_one() -> None:
    source = random.Random(1)
    terms = [f"term{number}" for number in range(12)]
    for _ in range(500):
        said = source.choices(terms, k=source.randint(1, 400))
        average = source.uniform(1, 400)
        rarities = {term: source.uniform(0.01, 9) for term in terms}
        wanted = [
            Concept(
                tuple(
                    Way(tuple(source.sample(terms, source.randint(1, 3))), source.choice((1.0, 2.0, 0.5)))
                    for _ in range(source.randint(1, 3))
                )
            )
            for _ in range(source.randint(1, 4))
        ]
        query = word_query(wanted, rarities.__getitem__)
        reference = source.uniform(1, 400)
        stored = weights(said, reference)
        bound = sum(weight * stored.get(number, 0.0) for number, weight in query.vector().items())
        true = query.score(stored, len(said), reference, average)
        assert true <= bound * most_underrated([(reference, average)]) * (1 + 1e-9)


def test_what_words_find_is_the_best_of_many(shelf: Shelf) -> None:
    """More passages hold the words than are looked at first, and long ones are underrated by the engine."""
    source = random.Random(3)
    passages = []
    for number in range(1, 300):
        words = ["embassy"] * source.randint(1, 3) + ["staff"] * source.randint(20, 500) + ["visa"] * (number % 2)
        passages.append(Passage(number, " ".join(words)))
    index = shelf.sync(passages)
    wanted = tuple(Concept((Way((term,), 1.0), Way(("visa", "embassi"), 0.5))) for term in ("embassi", "visa"))
    for limit in (1, 10, 60):
        candidates = ask(index, "embassy", Filter(), limit, wanted)
        found = {each.passage_id: each.lexical for each in candidates if each.lexical}
        whole = {each.passage_id: each.lexical for each in ask(index, "embassy", Filter(), 300, wanted)}
        best = sorted(whole, key=lambda each: (-whole[each], each))[:limit]
        assert found == {each: whole[each] for each in best}


def test_errors_of_the_engine_are_ours(engine: Engine) -> None:
    with pytest.raises(GenerationError, match="run: legation sync"):
        engine.count("test_absent", "row > 0")
    with pytest.raises(LegationError):
        engine.count("test_absent", "no filter at all")


class Refusing(grpc.ServerInterceptor):  # type: ignore[misc]
    """Answers every call as Milvus does that knows another token."""

    def intercept_service(self, continuation: object, details: object) -> object:
        def refuse(request: object, context: grpc.ServicerContext) -> None:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "auth check failure, please check api key is correct")

        return grpc.unary_unary_rpc_method_handler(refuse)


def test_a_token_that_is_refused_is_told() -> None:
    server = grpc.server(ThreadPoolExecutor(2), interceptors=(Refusing(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with pytest.raises(StorageError) as told:
        Engine(f"http://127.0.0.1:{port}", "root:Secret77").version()
    assert told.value.user_message == f"Milvus at 127.0.0.1:{port} refuses the token; set LEGATION_STORE__TOKEN."
    server.stop(None).wait()


def test_the_name_of_a_host_is_no_word_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**given: object) -> None:
        raise pymilvus.MilvusException(2, "Fail connecting to server on auth.example.org:19530, illegal params")

    monkeypatch.setattr(pymilvus, "MilvusClient", fail)
    with pytest.raises(StorageError, match=r"^Milvus at auth\.example\.org:19530 does not answer; "):
        Engine("http://auth.example.org:19530").version()


def test_a_file_that_is_no_engine_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "notes.db").write_text("eggs")
    with pytest.raises(StorageError) as told:
        Engine(str(tmp_path / "notes.db")).version()
    assert told.value.user_message == (
        "notes.db cannot be opened: Milvus Lite is for one process at a time; end the one that has it open, see that "
        "LEGATION_STORE__URI means it, then try again."
    )
    assert [record.name for record in caplog.records] == []  # a traceback would be told to the user
