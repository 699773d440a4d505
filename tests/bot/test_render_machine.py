import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from render_examples import (
    CLOSURE,
    PROTECTION,
    differing,
    document,
    found,
    help_reply,
    listed,
    not_found,
    quote,
    refused,
    repeated,
    said_everywhere,
    unlisted,
)

from bot.link import deep_link
from bot.render.machine import answer_to_dict, answer_to_json
from bot.types import Part

DOCS = Path(__file__).resolve().parents[2] / "docs"
SCHEMA = json.loads((DOCS / "answer.schema.json").read_text(encoding="utf-8"))
PAGE = (DOCS / "json.md").read_text(encoding="utf-8")
VALIDATOR = Draft202012Validator(SCHEMA)


def example() -> Any:
    return json.loads(PAGE.split("```json\n")[1].split("```")[0])


def test_exact_shape() -> None:
    within = document()
    assert answer_to_dict(found(quote(within, f"{CLOSURE} {PROTECTION}", CLOSURE))) == {
        "id": "a1",
        "question": "Who closed Strelsau?",
        "kind": "answer",
        "found": True,
        "reason": None,
        "answerability": 0.9,
        "quotes": [
            {
                "number": 1,
                "text": f"{CLOSURE} {PROTECTION}",
                "start": 52,
                "end": 189,
                "highlight": [52, 101],
                "lead_ins": [],
                "document": {
                    "id": "gazette/strelsau.html",
                    "version": within.version,
                    "title": "Strelsau: the closure of 1911",
                    "publisher": "Ruritanian Gazette",
                    "published": "1911-05",
                    "url": "https://example.org/strelsau",
                    "path": "strelsau.html",
                    "collection": "newspapers",
                    "edition": None,
                    "reference": None,
                },
                "pinpoint": "Legations › Strelsau",
                "link": "https://example.org/strelsau#:~:text=The%20embassy",
                "score": 0.75,
                "parts": [],
                "match": None,
                "repeated": [],
            }
        ],
        "nearest": [],
        "lookups": [],
        "candidates": [],
        "differences": [],
        "understanding": None,
        "searched": [],
        "as_of": None,
        "generation": "000001",
        "elapsed_ms": 12.5,
    }


def test_exact_shape_of_what_may_be_there() -> None:
    shown = answer_to_dict(differing())
    assert shown["quotes"][0]["parts"] == [  # type: ignore[index]
        {"name": "sentence cosine", "value": 0.8125, "adds": 1.25},
        {"name": "names", "value": 1.0, "adds": -2.5},
        {"name": "date there", "value": 1.0, "adds": 1.25},
    ]
    assert {name: shown[name] for name in ("differences", "understanding", "searched")} == {
        "differences": [
            {
                "about": "date",
                "subject": "The embassy in Strelsau was closed",
                "numbers": [2, 1],
                "values": ["6 May 1911", "4 May 1911"],
            }
        ],
        "understanding": {
            "text": "When did the embassy in Strelsau close?",
            "alternatives": [{"words": "Strelsau", "others": ["Old Strelsau", "Ostrel"]}],
            "asked": ["date", "place"],
            "periods": [{"text": "in May 1911", "first": "1911-05-01", "last": "1911-05-31"}],
            "places": ["Ruritania", "Zenda"],
            "present": True,
            "corrections": [
                {"typed": "Strelsow", "searched": "Strelsau"},
                {"typed": "embasy", "searched": "embassy"},
            ],
            "unsaid": [{"name": "Hentzau", "decisive": False}, {"name": "Streckenbach", "decisive": True}],
            "context_used": True,
            "since": "1911-01-01",
            "until": "1920-12-31",
        },
        "searched": [
            {"name": "gazette", "documents": 1, "newest": "1911-05"},
            {"name": "letters", "documents": 48, "newest": None},
        ],
    }


def test_exact_shape_of_what_lists_say() -> None:
    shown: Any = answer_to_dict(listed())
    zenda = {
        "list": "zenda",
        "name": "Consolidated List of Zenda",
        "publisher": "Council of Zenda",
        "date": "1894-11-30",
        "dated": True,
    }
    assert shown["as_of"] == "1894-12-31"
    assert shown["lookups"][0] == {
        "state": "listed",
        "list": "zenda",
        "edition": zenda,
        "other": zenda | {"date": "1895-03-01"},
        "number": 1,
        "count": 0,
        "programmes": [],
        "sentence": listed().lookups[0].sentence,
    }
    assert [(each["edition"], each["other"], each["number"]) for each in shown["lookups"][2:]] == [(None, None, None)]
    entry, undated = (each["document"] for each in shown["quotes"])
    assert (entry["edition"], entry["reference"]) == (zenda, "ZDi.024")
    assert (undated["edition"]["date"], undated["edition"]["dated"]) == ("1894-12-06", False)
    assert [each["match"] for each in (*shown["quotes"], *shown["candidates"])] == [
        {"asked": "Rudolf Rassendil", "listed": "Rudolf the Fifth", "score": 0.9949, "weak": True},
        {"asked": "Rudolf Rassendil", "listed": "Rudolf Rassendil", "score": 0.995, "weak": False},
        {"asked": "Rudolf Rassendil", "listed": "RASSENDYLL, Robert", "score": 0.814, "weak": False},
        {"asked": "Rudolf Rassendil", "listed": "RASSENDALE, Rudi", "score": 0.76, "weak": False},
    ]


def test_the_same_words_elsewhere() -> None:
    answer = repeated()
    shown: Any = answer_to_dict(answer)["quotes"]
    letter, copy, entry, *_ = shown[0]["repeated"]
    assert {name: letter[name] for name in letter if name != "document"} == {
        "start": 0,
        "end": 49,
        "text": CLOSURE,
        "pinpoint": None,
        "link": "https://example.org/letter#:~:text=The",
    }
    assert letter["document"]["title"] == "A *letter*"
    assert (copy["start"], copy["end"], copy["text"], copy["link"]) == (4, 53, CLOSURE, None)
    assert entry["document"]["edition"]["name"] == "Consolidated List of Zenda"
    VALIDATOR.validate(json.loads(answer_to_json(answer)))


def test_lead_ins_have_their_words() -> None:
    within = document()
    passage = replace(quote(within, PROTECTION), lead_ins=((0, 10), (12, 51)))
    answer = found(passage)
    assert answer_to_dict(answer)["quotes"][0]["lead_ins"] == [  # type: ignore[index]
        {"text": "# Strelsau", "start": 0, "end": 10},
        {"text": "Relations had been strained since 1909.", "start": 12, "end": 51},
    ]
    VALIDATOR.validate(json.loads(answer_to_json(answer)))


def test_kinds() -> None:
    kinds = [answer_to_dict(answer)["kind"] for answer in (differing(), refused(), help_reply())]
    assert kinds == ["answer", "not-found", "help"]


def test_schema_is_one_and_covers_what_is_written() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    within = document(publisher=None, published=None, url=None)
    passage = quote(within, CLOSURE, pinpoint=None, link=None)
    no_lists = (found(passage), not_found(passage), not_found(), differing(), refused(), help_reply())
    for answer in (*no_lists, listed(), unlisted(), repeated()):
        VALIDATOR.validate(json.loads(answer_to_json(answer)))


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"answerability": 1.5},
        {"elapsed_ms": -1},
        {"found": False},
        {"quotes": []},
        {"quotes": [{}]},
        {"reason": 3},
        {"kind": "joke"},
        {"understanding": {}},
        {"differences": [{"about": "name", "subject": "", "numbers": [1, 2], "values": ["a", "b"]}]},
        {"as_of": "2019"},
        {"candidates": [{}]},
        {"lookups": [{"state": "listed"}]},
    ],
)
def test_schema_refuses(change: dict[str, object]) -> None:
    assert not VALIDATOR.is_valid({**example(), **change})


def test_documented_example_is_an_answer() -> None:
    VALIDATOR.validate(example())
    for shown in example()["quotes"]:
        first, last = (offset - shown["start"] for offset in shown["highlight"])
        assert shown["end"] - shown["start"] == len(shown["text"])
        assert shown["text"][first:last] == "Ruritania closed its embassy in Strelsau on 4 May 1911."
        within = document(shown["text"], url=shown["document"]["url"])
        assert deep_link(within, 0, len(shown["text"])) == shown["link"]


def test_page_explains_exactly_the_fields_of_the_schema() -> None:
    described = {name for row in re.findall(r"^\| (`.*?) \|", PAGE, re.M) for name in re.findall(r"`(\w+)`", row)}
    defined = SCHEMA["$defs"]
    explained = ("quote", "document", "edition", "lookup", "difference", "understanding", "searched")
    fields = set(SCHEMA["properties"]).union(*(defined[name]["properties"] for name in explained))
    assert described == fields


@given(st.text(st.characters(exclude_categories=())))
def test_any_question_is_one_line_of_utf8(text: str) -> None:
    line = answer_to_json(replace(not_found(), question=text))
    line.encode("utf-8")
    assert len(line.splitlines()) == 1
    # A pair of surrogates that were never joined comes back joined, as in every JSON reader.
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert json.loads(line)["question"] == whole


@given(st.text(st.characters(exclude_categories=()), min_size=1))
def test_what_lists_and_entries_say_comes_back_as_it_is(text: str) -> None:
    line = answer_to_json(said_everywhere(text))
    line.encode("utf-8")
    assert len(line.splitlines()) == 1
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    shown = json.loads(line)
    (passage,) = shown["quotes"]
    said = (passage["text"], passage["match"]["listed"], passage["document"]["edition"]["name"])
    assert {*said, passage["repeated"][0]["text"], shown["lookups"][0]["sentence"]} == {whole}


def test_letters_stay_and_control_characters_are_escaped() -> None:
    text = "Чи é 北\u2028\u0085\x1b\x7f\u202e\ud800\U000e0041"
    line = answer_to_json(replace(not_found(), question=text))
    assert r'"Чи é 北\u2028\u0085\u001b\u007f\u202e\ud800\udb40\udc41"' in line


def test_numbers_are_rounded() -> None:
    line = answer_to_json(replace(not_found(), answerability=1 / 3, elapsed_ms=1e-9))
    assert '"answerability": 0.333333,' in line
    assert line.endswith('"elapsed_ms": 0.0}')


def test_no_number_is_no_json() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        answer_to_json(replace(not_found(), answerability=float("nan")))


def test_what_was_not_read_has_no_value() -> None:
    parts = (Part("reader", -6.28, -2.73, supposed=True), Part("words", 0.5, 1.0))
    told: Any = answer_to_dict(found(replace(quote(document(), CLOSURE), parts=parts)))
    VALIDATOR.validate(told)
    assert told["quotes"][0]["parts"] == [
        {"name": "reader", "value": None, "adds": -2.73},
        {"name": "words", "value": 0.5, "adds": 1.0},
    ]
