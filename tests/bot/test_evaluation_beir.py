"""Retrieval sets in BEIR layout."""

import json
from math import log2
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.beir import MEASURES, document_scores, measured, read_set, write_files
from bot.evaluation.evaluate import check_set
from bot.evaluation.questions import Case
from index.errors import UsageError
from index.types import Hit, Passage, StoredPassage
from tests.bot.evaluation_examples import document

ENTRIES = [
    {"_id": "d1", "title": "Basel", "text": "It closed in 1891."},
    {"_id": "d/2", "title": "", "text": "It reopened."},
]
QUERIES: list[dict[str, Any]] = [
    {"_id": "q1", "text": "When did it close?", "metadata": {"answers": ["1891", "in 1891"]}},
    {"_id": "q2", "text": "Did it reopen?"},
    {"_id": "q3", "text": "Who closed it?", "metadata": {"answerable": False}},
    {"_id": "q4", "text": "Nobody has judged this one."},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td/2\t0\nq2\td/2\t1\n"


def _write(folder: Path, queries: list[dict[str, Any]] = QUERIES, qrels: str = QRELS) -> Path:
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in ENTRIES))
    (folder / "queries.jsonl").write_text("".join(json.dumps(query) + "\n" for query in queries))
    (folder / "qrels" / "test.tsv").write_text(qrels)
    return folder


def test_a_set_is_read(tmp_path: Path) -> None:
    found = read_set(_write(tmp_path / "set"))
    assert dict(found.queries) == {query["_id"]: query["text"] for query in QUERIES[:3]}
    assert found.relevant == {"q1": {"d1": 2}, "q2": {"d/2": 1}}
    # A query without answers can be ranked, but not judged, where others have answers.
    assert found.cases == (
        Case("q1", "When did it close?", None, "any", None, answers=("1891", "in 1891")),
        Case("q3", "Who closed it?", None, "any", "unanswerable"),
    )
    assert list(found.entries()) == ENTRIES


def test_a_sample_is_always_the_same(tmp_path: Path) -> None:
    folder = _write(tmp_path / "set")
    assert list(read_set(folder, 2).queries) == list(read_set(folder, 2).queries)
    assert len(read_set(folder, 2).queries) == 2


def test_without_answers_the_unanswerable_are_told_apart_only(tmp_path: Path) -> None:
    found = read_set(_write(tmp_path / "set", QUERIES[1:]))
    assert [(case.id, case.answerable) for case in found.cases] == [("q2", True), ("q3", False)]
    with pytest.raises(UsageError, match="have no answers"):
        check_set(found, plot=True, errors=False)
    assert read_set(_write(tmp_path / "other", QUERIES[1:2])).cases == ()


@pytest.mark.parametrize(
    ("file", "content", "problem"),
    [
        ("queries.jsonl", None, "queries.jsonl is missing: a folder in BEIR layout has corpus.jsonl"),
        ("queries.jsonl", b"\xff", "queries.jsonl cannot be read"),
        ("queries.jsonl", b'{"_id": "q1", "text": "?"}\n{', "Line 2 of queries.jsonl: this is not JSON"),
        ("queries.jsonl", b'{"_id": 1, "text": "?"}', 'Line 1 of queries.jsonl: "_id" is a string'),
        ("queries.jsonl", b'{"_id": "q1", "text": 3}', 'Line 1 of queries.jsonl: "text" is a string'),
        ("queries.jsonl", b'{"_id": "q1", "text": "?"}\n' * 2, "Line 2 of queries.jsonl: the _id q1 is there already"),
        ("corpus.jsonl", b"\n", "There is no document in corpus.jsonl"),
        ("corpus.jsonl", b'{"_id": 7, "text": "x"}', 'Line 1 of corpus.jsonl: "_id" is a string'),
        ("corpus.jsonl", b'{"_id": "d1", "text": "x", "title": 7}', 'Line 1 of corpus.jsonl: "title" is a string'),
        ("corpus.jsonl", b'{"_id": "d1", "text": "x"}\n' * 2, "Line 2 of corpus.jsonl: the _id d1 is there already"),
        ("queries.jsonl", b'{"_id": "q9", "text": "?"}', "No query of queries.jsonl has a relevant document"),
        (
            "qrels/test.tsv",
            b"query-id\tcorpus-id\tscore\nq1\td1\tgood\n",
            "a line without query-id, corpus-id and score",
        ),
        ("qrels/test.tsv", b"q1\td1\t1\nq1\td2\t1\n", "a line without query-id, corpus-id and score"),
    ],
)
def test_what_is_not_in_the_layout_is_refused(tmp_path: Path, file: str, content: bytes | None, problem: str) -> None:
    folder = _write(tmp_path / "set")
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    with pytest.raises(UsageError) as raised:
        read_set(folder)
    assert problem in raised.value.user_message


def test_an_unanswerable_query_is_not_counted_as_answerable(tmp_path: Path) -> None:
    found = read_set(_write(tmp_path / "set", qrels=QRELS + "q3\td1\t1\n"))
    assert list(found.relevant) == ["q1", "q2", "q3"]
    assert found.answerable == 2


def test_relevant_documents_that_are_not_there_are_counted(tmp_path: Path) -> None:
    assert read_set(_write(tmp_path / "set")).missing == 0
    found = read_set(_write(tmp_path / "other", qrels=QRELS + "q1\td8\t1\nq2\td8\t1\nq4x\td9\t1\nq1\td9\t0\n"))
    assert found.missing == 2


def test_entries_become_text_files(tmp_path: Path) -> None:
    found = read_set(_write(tmp_path / "set"))
    assert write_files(found, tmp_path / "files") == {"0000000/ .txt": "d1", "0000001/ .txt": "d/2"}
    first, second = tmp_path / "files" / "0000000" / " .txt", tmp_path / "files" / "0000001" / " .txt"
    assert (first.read_text(), second.read_text()) == ("Basel\n\nIt closed in 1891.", "It reopened.")
    first.write_text("cut sho")
    write_files(found, tmp_path / "files")
    assert first.read_text() == "Basel\n\nIt closed in 1891."


def test_a_document_is_as_good_as_its_best_passage() -> None:
    def hit(path: str, score: float) -> Hit:
        return Hit(StoredPassage(1, Passage(0, 1, (), ()), document(path, "x")), score, -score, 0.0)

    hits = [hit("b", 0.5), hit("a", 0.9), hit("b", 0.7)]
    ids = {"a": "d1", "b": "d2"}
    assert document_scores(hits, ids, lambda each: each.score) == {"d1": 0.9, "d2": 0.7}
    assert document_scores(hits, ids, lambda each: each.dense) == {"d2": -0.5, "d1": -0.9}


def test_the_measures_by_hand() -> None:
    pytest.importorskip("ir_measures")
    relevant = {"q1": {"d1": 1, "d2": 1}, "q2": {"d9": 1}, "q3": {"d1": 1}}
    run = {"q1": {"d5": 0.9, "d1": 0.8, "d2": 0.7}, "q2": {"d1": 1.0}, "q3": {}}
    found = measured(relevant, run)
    assert list(found) == list(MEASURES)
    gain = (1 / log2(3) + 1 / log2(4)) / (1 + 1 / log2(3))
    assert found["nDCG@10"] == [pytest.approx(gain), 0.0, 0.0]
    assert found["recall@10"] == found["recall@100"] == [1.0, 0.0, 0.0]
    assert found["MRR@10"] == [0.5, 0.0, 0.0]
