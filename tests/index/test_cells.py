"""The cells of large collections: how many, learned from what, and which of them a question looks into."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.cells import (
    Cells,
    cells_of,
    learn_centroids,
    learned_alike,
    learned_from,
    number_of_cells,
    unplaced,
)

SIDES = np.eye(4, dtype=np.float32)


@pytest.mark.parametrize(
    ("passages", "cells"),
    [
        (0, 0), (2**16 - 1, 0), (2**16, 256), (2**17 - 1, 256), (2**17, 512),
        (1_001_011, 2048), (2**20, 4096), (2**24, 4096),
    ],
)  # fmt: skip
def test_a_collection_has_so_many_cells(passages: int, cells: int) -> None:
    assert number_of_cells(passages) == cells


def test_small_collections_have_cells_where_that_is_wanted() -> None:
    assert [number_of_cells(passages, 1000) for passages in (999, 1000, 2100, 4096)] == [0, 2, 8, 16]


@given(st.integers(2**16, 2**21))
def test_what_centroids_are_learned_from_stays_until_the_collection_has_doubled(passages: int) -> None:
    among = 2 ** (passages.bit_length() - 1)
    places = learned_from(passages)
    assert len(places) == 32 * number_of_cells(passages) == len(np.unique(places))
    assert (places[0] >= 0, places[-1] < among, bool(np.all(np.diff(places) > 0))) == (True, True, True)
    assert np.array_equal(places, learned_from(among))
    assert np.array_equal(places, learned_from(2 * among - 1))
    assert [learned_alike(each, passages) for each in (among - 1, among, 2 * among - 1, 2 * among)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_what_comes_back_at_a_distance_is_learned_from_as_a_whole() -> None:
    """Every sixteenth passage of copies that come back every 2,652 would be of 663 of them alone."""
    assert len(set((learned_from(2**19) % 2652).tolist())) == 2652


def test_centroids_are_the_means_of_what_lies_together_and_are_the_same_again() -> None:
    noise = np.random.default_rng(3).normal(scale=0.05, size=(400, 4)).astype(np.float32)
    vectors = np.repeat(SIDES, 100, axis=0) + noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    centroids = learn_centroids(vectors, 16)
    assert (centroids.shape, centroids.dtype) == ((16, 4), np.dtype("<f4"))
    assert centroids.tobytes() == learn_centroids(vectors, 16).tobytes()
    assert set(np.argmax(centroids, axis=1).tolist()) == {0, 1, 2, 3}
    assert np.max(centroids, axis=1).min() > 0.98
    numbers = cells_of(vectors, centroids)
    assert np.argmax(centroids[numbers], axis=1).tolist() == [side for side in range(4) for _ in range(100)]


def test_of_equally_near_centroids_the_first_is_taken() -> None:
    numbers = cells_of(SIDES[[0, 1, 2]], SIDES[[1, 1, 0]])
    assert (numbers.tolist(), numbers.dtype) == ([2, 0, 0], np.dtype("<u2"))


def test_what_has_no_centroids_is_cut_where_threads_can_share_it() -> None:
    numbers = unplaced(2**14 * 2 + 5)
    assert np.bincount(numbers).tolist() == [2**14, 2**14, 5]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Cells:
    """Four cells of ten passages each to four sides, and one of five whose place is not known."""
    monkeypatch.setattr("index.cells.LOOKED_AT", 11)
    numbers = np.repeat(np.arange(5, dtype=np.int32), [10, 10, 10, 10, 5])
    centroids = np.concatenate((SIDES, np.zeros((1, 4), dtype=np.float32)))
    return Cells(numbers, centroids, np.array([True, True, True, True, False]))


def towards(*parts: float) -> np.ndarray:
    vector = np.array(parts, dtype=np.float32)
    return np.asarray(vector / np.linalg.norm(vector))


def test_the_nearest_cells_are_looked_into_until_they_hold_enough(few: Cells) -> None:
    vector = towards(0.1, 1.0, 0.5, 0.2)
    assert few.near(vector, few.held(None), 0).tolist() == [4, 1, 2]
    assert few.near(vector, few.held(None), 21).tolist() == [4, 1, 2, 3]
    assert few.near(vector, few.held(None), 1000).tolist() == [4, 1, 2, 3, 0]


def test_a_share_of_all_is_looked_at(few: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    vector = towards(0.1, 1.0, 0.5, 0.2)
    monkeypatch.setattr("index.cells.LOOKED_AT_SHARE", 0.6)
    assert few.near(vector, few.held(None), 0).tolist() == [4, 1, 2, 3]


def test_cells_that_are_hardly_further_are_looked_into(few: Cells) -> None:
    assert few.near(towards(1.0, 0.9, 0.8, 0.0), few.held(None), 0).tolist() == [4, 0, 1, 2]
    assert few.near(towards(0.5, 0.5, 0.5, 0.5), few.held(None), 0).tolist() == [4, 0, 1, 2, 3]


def test_cells_that_hold_nothing_allowed_are_not_looked_into_nor_counted(few: Cells) -> None:
    allowed = np.zeros(45, dtype=np.bool_)
    allowed[[3, 12, 29, 30, 31]] = True
    vector = towards(0.1, 1.0, 0.5, 0.2)
    assert few.near(vector, few.held(allowed), 0).tolist() == [1, 2, 3, 0]
    allowed[:10] = False
    assert few.near(vector, few.held(allowed), 0).tolist() == [1, 2, 3]
    allowed[:] = False
    allowed[42] = True
    assert few.near(vector, few.held(allowed), 0).tolist() == [4]


def test_nothing_that_is_not_allowed_moves_what_is_looked_into(few: Cells) -> None:
    """Two collections with cells of their own: with one alone allowed, it is as if the other was not there."""
    both = Cells(
        np.concatenate((few.numbers, few.numbers + 5)),
        np.concatenate((few.centroids, few.centroids[::-1])),
        np.concatenate((few.known, few.known[::-1])),
    )
    allowed = np.repeat([True, False], 45)
    for vector in (towards(0.1, 1.0, 0.5, 0.2), towards(1.0, 0.9, 0.8, 0.0)):
        assert both.near(vector, both.held(allowed), 0).tolist() == few.near(vector, few.held(None), 0).tolist()
