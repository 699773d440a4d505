"""The copies of real documents that benchmarks/growth.py measures with: as large as real ones, and never the same."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

from benchmarks.growing.copies import SOURCE, copied_keys, exchanged, grow, moved, read_originals, words_by_length
from index.building import build_generation
from index.home import Home
from index.library import Library
from index.library_rows import GenerationRecord
from index.local_store import LocalStore
from index.search import Searcher
from index.sync import Limits, sync
from index.types import Filter, Query, Source
from tests.conftest import Corpus
from tests.fakes.word_encoder import WordEncoder

TEXTS = {
    "oslo.txt": "Oslo\n\nThe embassy there was closed after years of quarrels about money. The staff went home.",
    "bergen.txt": "Bergen\n\nThe consulate stayed open. Letters went through other capitals while ministers argued.",
    "rome.txt": "Rome\n\nNobody remembers which ministers closed those rooms, or whether anybody opened them later.",
}


@pytest.fixture
def base(corpus: Corpus, library: Library, home: Home, word_encoder: WordEncoder) -> GenerationRecord:
    sync(home, library, word_encoder, Limits(1000, 8), add=(Source("real", str(corpus(TEXTS)), "real"),))
    record = library.current()
    assert record is not None
    return record


def grown(path: Path, library: Library, base: GenerationRecord, passages: int) -> Library:
    target = Library(path)
    grow(target, read_originals(library, base), base, passages)
    return target


def test_a_growing_that_is_cut_short_goes_on_to_the_same_copies(
    tmp_path: Path, library: Library, base: GenerationRecord
) -> None:
    real = sum(len(original.passages) for original in read_originals(library, base))
    at_once = grown(tmp_path / "once.sqlite", library, base, 5 * real)
    for passages in (2, real, 5 * real, 5 * real):
        step_by_step = grown(tmp_path / "steps.sqlite", library, base, passages)
        step_by_step.close()
    step_by_step = Library(tmp_path / "steps.sqlite")
    keys = copied_keys(at_once)
    assert len(keys) == 5 * len(TEXTS)
    assert step_by_step.documents(copied_keys(step_by_step)) == at_once.documents(keys)
    for each in (at_once, step_by_step):
        rows = each.passage_rows(copied_keys(each), base.splitting)
        assert len(rows) == 5 * real
    assert len({document.id for document in at_once.documents(keys).values()}) == len(keys)
    assert len({document.text for document in at_once.documents(keys).values()}) > 2 * len(TEXTS)
    at_once.close()
    step_by_step.close()


def test_copies_are_searched_as_real_documents_are(
    tmp_path: Path, library: Library, base: GenerationRecord, word_encoder: WordEncoder
) -> None:
    home = Home(tmp_path / "grown")
    target = grown(home.library, library, base, 40)
    keys = copied_keys(target)
    store = LocalStore(home.generations)
    record = build_generation(store, target, word_encoder, base.splitting, keys, (), (), lambda step: None, None)
    target.publish(record, keys, ())
    assert 40 <= record.count < 50
    result = Searcher(home, target, word_encoder).search(Query("consulate in Bergen"), Filter((SOURCE,)), 20, 20)
    assert {hit.stored.document.title for hit in result.hits[:5]} == {"Bergen"}
    assert all(hit.stored.document.text[hit.stored.passage.start - 1].isspace() for hit in result.hits)
    originals = {each.document.path: each for each in read_originals(library, base)}
    for hit in result.hits:
        assert hit.stored.passage in originals[hit.stored.document.path.partition("/")[2]].passages
    target.close()


def test_an_exchanged_text_is_as_long_and_has_other_words(library: Library, base: GenerationRecord) -> None:
    originals = read_originals(library, base)
    words = words_by_length(originals)
    assert words[6] == ["argued", "closed", "opened", "stayed"]
    text = originals[0].document.text * 50
    other = exchanged(text, Random(1), words)
    assert len(other) == len(text)
    changed = sum(before != after for before, after in zip(text.split(), other.split(), strict=True))
    assert 0.02 < changed / len(text.split()) < 0.1


def test_a_moved_vector_has_length_one_and_is_as_near_as_is_said() -> None:
    vectors = np.eye(50, dtype=np.float32)[:20]
    found = moved(vectors, np.random.default_rng(1))
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(np.sum(found * vectors, axis=1), 0.8, atol=1e-6)
    assert not np.allclose(found[0], moved(vectors, np.random.default_rng(2))[0])
