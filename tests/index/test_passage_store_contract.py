"""What every store of generations must do, run over files on this machine and over Milvus.

Milvus is Milvus Lite here, as a server that is spoken to as a cluster would be.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.concept import Concept, Way
from index.errors import GenerationError
from index.generation import days as days_of
from index.library_rows import GenerationRecord
from index.local_store import LocalStore
from index.milvus.store import MilvusStore
from index.passage_index import Candidate, PassageIndex, PassageStore, Places
from index.types import Filter, Vectors
from tests.fakes.milvus import MilvusServer
from tests.fakes.word_encoder import WordEncoder

DIMENSION = 32
ENCODER = WordEncoder()
ALL = Filter()


@dataclass(frozen=True, slots=True)
class Passage:
    id: int
    text: str
    collection: str = "open"
    published: str | None = None


@dataclass
class Told:
    """A library's side of a store: it gives what it is asked for, and remembers what that was."""

    passages: Sequence[Passage]
    asked: list[int] = field(default_factory=list)

    def texts(self, ids: Sequence[int]) -> Iterator[str]:
        self.asked.extend(ids)
        held = {passage.id: passage for passage in self.passages}
        return (held[each].text for each in ids)

    def digest(self, ids: Sequence[int]) -> bytes:
        held = {passage.id: passage for passage in self.passages}
        return "\n".join(held[each].text for each in ids).encode()

    def vectors(self, ids: Sequence[int]) -> Vectors:
        held = {passage.id: passage for passage in self.passages}
        return ENCODER.encode_passages([held[each].text for each in ids])

    def places(self) -> Places:
        names = tuple(dict.fromkeys(passage.collection for passage in self.passages))
        days = [days_of(passage.published) for passage in self.passages]
        return Places(
            np.array([passage.id for passage in self.passages], dtype=np.int64),
            names,
            np.array([names.index(passage.collection) for passage in self.passages], dtype=np.int32),
            np.array([first for first, _ in days], dtype=np.int32),
            np.array([last for _, last in days], dtype=np.int32),
        )


@dataclass
class Shelf:
    """A store and a library that fills it."""

    store: PassageStore
    number: int = 0
    current: GenerationRecord | None = None
    asked: list[int] = field(default_factory=list)

    def build(
        self, passages: Sequence[Passage], step: Callable[[str], None] = lambda step: None, lists: bytes = b"{}"
    ) -> GenerationRecord:
        """As a sync does until it publishes."""
        planned = GenerationRecord(self.number + 1, "", "", "words", ENCODER.fingerprint, DIMENSION, 0, "s", {})
        told = Told(passages)
        built = self.store.build(planned, told.places(), told, step, lists, b"names", self.current)
        self.asked = told.asked
        return built

    def sync(self, passages: Sequence[Passage], lists: bytes = b"{}") -> PassageIndex:
        """Builds, publishes and tidies up: the generation before is kept."""
        before = self.current
        self.current = self.build(passages, lists=lists)
        self.number = self.current.id
        self.store.remove_others({self.current.name} | ({before.name} if before else set()))
        return self.store.open(self.current)


@pytest.fixture
def local(tmp_path: Path) -> Shelf:
    return Shelf(LocalStore(tmp_path / "generations"))


@pytest.fixture
def engine(milvus: MilvusServer) -> Iterator[Shelf]:
    shelf = Shelf(MilvusStore(milvus.engine(), "test"))
    yield shelf
    shelf.store.remove_others(())


@pytest.fixture(params=["local", "engine"])
def shelf(request: pytest.FixtureRequest) -> Shelf:
    found: Shelf = request.getfixturevalue(request.param)
    return found


def asked(*terms: str) -> tuple[Concept, ...]:
    return tuple(Concept((Way((term,), 1.0),)) for term in terms)


def ask(
    index: PassageIndex,
    question: str,
    limits: Filter = ALL,
    limit: int = 3,
    wanted: tuple[Concept, ...] | None = None,
) -> list[Candidate]:
    concepts = asked(*dict.fromkeys(index.terms(question))) if wanted is None else wanted
    return index.search(ENCODER.encode_query(question), concepts, limit, limits)


def everything(index: PassageIndex, limits: Filter = ALL) -> list[object]:
    """All that an index says about a few questions."""
    vocabulary = index.vocabulary(limits.collections)
    words = ("embassy", "closure", "consulate", "zanzibar", "harbour")
    return [
        [ask(index, question, limits, limit) for question in QUESTIONS for limit in (1, 3, 50)],
        [index.rarity(index.terms(word)[0], limits.collections) for word in words],
        [(vocabulary.knows(word), vocabulary.passages(word)) for word in words],
        [vocabulary.nearest(word) for word in ("embasy", "consulat", "zanzibr", "harbur", "quarantne", "sanctiond")],
    ]


QUESTIONS = ("embassy closed in Oslo", "When did the consulate open?", "sanctions", "zanzibar harbour", "nothing of it")
TOWNS = "oslo bergen zanzibar lima quito cairo riga accra".split()
WORDS = "embassy consulate closed opened sanctions harbour visa notice reopened suspended mission staff".split()


def some(count: int, first: int = 1, collection: str = "open", seed: int = 7) -> list[Passage]:
    """Passages of words of this and that length, dated in three ways or not at all; some are said twice."""
    source = random.Random(seed)
    made: list[Passage] = []
    for number in range(first, first + count):
        words = source.choices(WORDS, k=source.randint(2, 60)) + source.choices(TOWNS, k=source.randint(0, 3))
        dated = source.choice([None, "2017", "2018-03", f"2019-05-{source.randint(10, 28)}", "2020-02-29"])
        text = made[-1].text if made and number % 17 == 0 else " ".join(words)
        made.append(Passage(number * 3, text, collection, dated))
    return made


FILTERS = (
    Filter(),
    Filter(("open",)),
    Filter(("closed",)),
    Filter(("open", "closed")),
    Filter(("nothing",)),
    Filter(since=date(2018, 3, 31)),
    Filter(until=date(2017, 1, 1)),
    Filter(("open",), date(2018, 1, 1), date(2019, 5, 15)),
    Filter(since=date(2019, 1, 1), until=date(2018, 1, 1)),
)


@pytest.mark.parametrize(("seed", "limited_to"), [(1, (1, 30)), (2, (5, 200)), (3, (30,))])
def test_both_stores_find_the_same(local: Shelf, engine: Shelf, seed: int, limited_to: tuple[int, ...]) -> None:
    passages = [*some(60, seed=seed), *some(40, 61, "closed", seed + 100)]
    near, far = local.sync(passages), engine.sync(passages)
    ways = Concept((Way(("embassi", "close"), 2.0), Way(("mission", "suspend"), 0.5), Way(("consul",), 0.5)))
    for limits in FILTERS:
        for question in QUESTIONS:
            for limit in limited_to:
                for wanted in (None, (), (ways, *asked("oslo"))):
                    ours = ask(near, question, limits, limit, wanted)
                    theirs = ask(far, question, limits, limit, wanted)
                    where = (limits, question, limit, wanted)
                    assert [each.passage_id for each in ours] == [each.passage_id for each in theirs], where
                    for one, other in zip(ours, theirs, strict=True):
                        assert one.dense == pytest.approx(other.dense, abs=1e-5)
                        assert one.lexical == pytest.approx(other.lexical, abs=2e-4)
        words = [*WORDS, *TOWNS, "unheard", "the"]
        first, second = near.vocabulary(limits.collections), far.vocabulary(limits.collections)
        for word in words:
            assert (first.knows(word), first.passages(word)) == (second.knows(word), second.passages(word)), word
            for term in near.terms(word):
                assert near.rarity(term, limits.collections) == pytest.approx(far.rarity(term, limits.collections))
            assert first.nearest(word[:-1]) == second.nearest(word[:-1]), word
    assert near.placed == far.placed == {each.id: each.collection for each in passages}


def test_what_is_found_is_nearest_and_says_the_words(shelf: Shelf) -> None:
    passages = some(80)
    index = shelf.sync(passages)
    for question in QUESTIONS:
        cosines = ENCODER.encode_passages([each.text for each in passages]) @ ENCODER.encode_query(question)
        told = dict(zip((each.id for each in passages), cosines.tolist(), strict=True))
        found = ask(index, question, limit=4)
        assert [each.passage_id for each in found] == sorted({each.passage_id for each in found})
        assert all(each.dense == pytest.approx(told[each.passage_id], abs=1e-5) for each in found)
        best = sorted(told, key=lambda each: (-round(told[each], 6), each))[:4]
        assert {each.passage_id for each in found} >= set(best)
        spoken = [each for each in found if each.lexical > 0]
        assert len(spoken) in (0, 4) or len(spoken) == sum(
            bool(set(index.terms(each.text)) & set(index.terms(question))) for each in passages
        )


def test_of_what_is_equally_good_the_first_are_found(shelf: Shelf) -> None:
    index = shelf.sync([Passage(number, "embassy closed") for number in range(1, 200)])
    assert [each.passage_id for each in ask(index, "embassy closed", limit=5)] == [1, 2, 3, 4, 5]


def test_limits(shelf: Shelf) -> None:
    dates = {1: "2017", 2: "2018-03", 3: "2018-03-31", 4: None, 5: "not a date"}
    passages = [Passage(number, "embassy closed", "open", published) for number, published in dates.items()]
    index = shelf.sync([*passages, Passage(6, "embassy closed", "a \"quoted\" 'name' \\ of 100%")])

    def found(limits: Filter) -> list[int]:
        return [each.passage_id for each in ask(index, "embassy", limits, 10)]

    assert found(Filter()) == [1, 2, 3, 4, 5, 6]
    assert found(Filter(since=date(2018, 3, 31))) == [2, 3]
    assert found(Filter(until=date(2017, 1, 1))) == [1]
    assert found(Filter(since=date(2017, 12, 31), until=date(2018, 3, 1))) == [1, 2]
    assert found(Filter(("open",))) == [1, 2, 3, 4, 5]
    assert found(Filter(("a \"quoted\" 'name' \\ of 100%",))) == [6]
    assert found(Filter(("Open", "ope", "%"))) == []
    assert found(Filter(since=date(2018, 1, 2), until=date(2018, 1, 1))) == []


@pytest.mark.parametrize("store", ["local", "engine"])
def test_what_may_not_be_read_influences_nothing(store: str, request: pytest.FixtureRequest) -> None:
    shelf: Shelf = request.getfixturevalue(store)
    passages = some(60)
    alone = everything(shelf.sync(passages), Filter(("open",)))
    # Other words, other lengths, and the same ones with other endings: quarantined is only said where it is closed.
    closed = "quarantined zanzibar embassies consulates sanctioned "
    hidden = [Passage(each.id + 1, f"{each.text} {closed}" * 3, "closed", each.published) for each in some(50, seed=9)]
    both = sorted([*passages, *hidden], key=lambda each: each.id)
    assert everything(shelf.sync(both), Filter(("open",))) == alone


def test_an_older_generation_answers_on_until_it_is_removed(shelf: Shelf) -> None:
    first = some(40)
    index = shelf.sync(first)
    before = everything(index)
    second = shelf.sync([replace(each, text=f"{each.text} lately") for each in some(30, seed=3)])
    assert everything(index) == before
    assert everything(second) != before
    assert index.record.name != second.record.name


def test_a_build_that_was_cut_short_changes_nothing(shelf: Shelf) -> None:
    passages = some(40)
    index = shelf.sync(passages)
    before = everything(index)
    later = [*passages[5:], *some(20, 100, "closed", 5)]
    for cut in ("generation-written", "generation-renamed"):

        def stop(step: str, cut: str = cut) -> None:
            if step == cut:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            shelf.build(later, stop)
        assert everything(index) == before
        assert shelf.current is not None
        assert everything(shelf.store.open(shelf.current)) == before
    # The number of the generation is given again, for other passages.
    other = [*passages[:-3], *some(5, 200, "new", 8)]
    assert everything(shelf.sync(other)) == everything(Shelf(shelf.store).sync(other))


def test_what_is_withdrawn_is_found_no_more(shelf: Shelf) -> None:
    passages = [*some(20), Passage(1000, "quarantine of the harbour at Zanzibar", "open", "2020")]
    index = shelf.sync(passages)
    assert ask(index, "quarantine", limit=1)[0].passage_id == 1000
    assert index.vocabulary().knows("quarantine")
    assert index.vocabulary().nearest("quarantne") == "quarantine"
    later = shelf.sync(passages[:-1])
    assert later.record.count == 20
    assert 1000 not in later.placed
    assert all(each.passage_id != 1000 and not each.lexical for each in ask(later, "quarantine", limit=50))
    assert not later.vocabulary().knows("quarantine")
    assert later.vocabulary().nearest("quarantne") is None
    assert later.rarity("quarantin") == pytest.approx(np.log(1 + 20.5 / 0.5))


def test_what_moves_to_another_collection_is_found_there_alone(shelf: Shelf) -> None:
    passages = some(20)
    shelf.sync(passages)
    index = shelf.sync([*passages[:-1], replace(passages[-1], collection="closed")])
    question, moved = passages[-1].text, passages[-1].id
    assert [each.passage_id for each in ask(index, question, Filter(("closed",)), 50)] == [moved]
    assert moved not in [each.passage_id for each in ask(index, question, Filter(("open",)), 50)]
    assert index.placed[moved] == "closed"


def test_nothing_is_a_generation_too(shelf: Shelf) -> None:
    index = shelf.sync([])
    assert (ask(index, "embassy"), index.record.count, index.placed) == ([], 0, {})
    index = shelf.sync(some(10))
    assert ask(index, "embassy")
    assert ask(shelf.sync([]), "embassy") == []


def test_lists_and_names_come_back(shelf: Shelf) -> None:
    lists = random.Random(1).randbytes(200_000)
    index = shelf.sync(some(3), lists=lists)
    assert (index.lists, index.names) == (lists, b"names")
    assert shelf.sync(some(4), lists=lists).lists == lists


def test_a_passage_of_no_word_at_all(shelf: Shelf) -> None:
    index = shelf.sync([Passage(1, "— the …"), Passage(2, "embassy")])
    assert [(each.passage_id, each.lexical > 0) for each in ask(index, "embassy")] == [(1, False), (2, True)]
    assert index.vocabulary().passages("the") == 2


def test_what_is_not_there_is_told(shelf: Shelf) -> None:
    shelf.sync(some(5))
    record = shelf.current
    assert record is not None
    shelf.store.remove_others(())
    with pytest.raises(GenerationError, match="run: legation sync"):
        shelf.store.open(record)
    shelf.current = None
    assert ask(shelf.sync(some(5)), "embassy")


def test_a_record_of_the_other_store_is_told(local: Shelf, engine: Shelf) -> None:
    local.sync(some(5))
    engine.sync(some(5))
    for shelf, other in ((local, engine), (engine, local)):
        assert other.current is not None
        with pytest.raises(GenerationError, match="run: legation sync"):
            shelf.store.open(other.current)
    # Who changes the setting syncs, and goes on in the other store.
    engine.current, engine.number = local.current, 1
    assert ask(engine.sync(some(6)), "embassy")
