import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from render_examples import CLOSURE, PROTECTION, document, found, not_found, quote

from bot.link import deep_link
from bot.render.machine import answer_to_dict, answer_to_json

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
                "document": {
                    "id": "gazette/strelsau.html",
                    "version": within.version,
                    "title": "Strelsau: the closure of 1911",
                    "publisher": "Ruritanian Gazette",
                    "published": "1911-05",
                    "url": "https://example.org/strelsau",
                    "path": "strelsau.html",
                    "collection": "newspapers",
                },
                "pinpoint": "Legations › Strelsau",
                "link": "https://example.org/strelsau#:~:text=The%20embassy",
                "score": 0.75,
            }
        ],
        "nearest": [],
        "generation": "000001",
        "elapsed_ms": 12.5,
    }


def test_schema_is_one_and_covers_what_is_written() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    within = document(publisher=None, published=None, url=None)
    passage = quote(within, CLOSURE, pinpoint=None, link=None)
    for answer in (found(passage), not_found(passage), not_found()):
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
    fields = {*SCHEMA["properties"], *defined["quote"]["properties"], *defined["document"]["properties"]}
    assert described == fields


@given(st.text(st.characters(exclude_categories=())))
def test_any_question_is_one_line_of_utf8(text: str) -> None:
    line = answer_to_json(replace(not_found(), question=text))
    line.encode("utf-8")
    assert len(line.splitlines()) == 1
    # A pair of surrogates that were never joined comes back joined, as in every JSON reader.
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert json.loads(line)["question"] == whole


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
