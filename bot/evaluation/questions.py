"""A file of questions whose answers are known: one JSON object a line (docs/evaluation.md)."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

from index.errors import UsageError

UNANSWERABLE = "unanswerable"
"""The group of unanswerable questions that name no other."""

ANY_KIND = "any"

_FIELDS = ("id", "question", "context", "kind", "answerable", "gold", "unanswerable", "why")
_LIKENESS = 0.82  # "golds" and "Gold" are likely gold; "answers" is not answerable

_LABEL = re.compile(r"[\w -]{1,30}")

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Gold:
    """``quote`` answers, word for word, in the document at ``doc``, a path within the corpus."""

    doc: str
    quote: str


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what is known of it. ``context`` is the question before it.

    ``group`` says which sort of unanswerable question it is, and is None if the documents answer it;
    then ``gold`` (any of it is right) or ``answers`` (the words of right answers, in BEIR sets) is there.
    """

    id: str
    question: str
    context: str | None
    kind: str
    group: str | None
    gold: tuple[Gold, ...] = ()
    answers: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        return self.group is None


def read_questions(content: str) -> tuple[Case, ...]:
    """The questions of a file's text. Raises UsageError with the line's number for a line that is not as
    docs/evaluation.md says, and for a file without questions.
    """
    cases: dict[str, Case] = {}
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            case = _case(json_object(line), str(number), cases)
        except UsageError as error:
            raise UsageError(f"Line {number} of the questions: {error.user_message}.") from error
        cases[case.id] = case
    if not cases:
        raise UsageError("There are no questions in this file.")
    return tuple(cases.values())


def json_object(line: str) -> dict[str, Any]:
    """One line as a JSON object. Raises UsageError."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError("this is not JSON") from error
    if not isinstance(fields, dict):
        raise UsageError("this is not a JSON object")
    return fields


def sample(cases: Sequence[_T], limit: int | None, names: Iterable[str]) -> tuple[_T, ...]:
    """``limit`` of the cases, in their order, chosen by the SHA-256 of their ``names``: always the same ones,
    and a smaller sample lies within a larger one. None chooses all.
    """
    digests = [hashlib.sha256(name.encode(errors="replace")).digest() for name in names]
    chosen = set(sorted(range(len(cases)), key=digests.__getitem__)[:limit])
    return tuple(case for place, case in enumerate(cases) if place in chosen)


def _case(fields: dict[str, Any], number: str, earlier: Mapping[str, Case]) -> Case:
    _check_fields(fields)
    name = fields.get("id", number)
    if type(name) not in {str, int}:
        raise UsageError('"id" is a string or a whole number')
    if str(name) in earlier:
        raise UsageError(f"the id {name} is there already")
    gold = _gold(fields.get("gold", []))
    answerable = fields.get("answerable", bool(gold))
    if not isinstance(answerable, bool):
        raise UsageError('"answerable" is true or false')
    if answerable != bool(gold):
        raise UsageError('an answerable question has "gold", and one that is not has none')
    return Case(
        id=str(name),
        question=_text(fields, "question"),
        context=_text(fields, "context") if fields.get("context") is not None else None,
        kind=_text(fields, "kind") if "kind" in fields else ANY_KIND,
        group=None if answerable else _group(fields),
        gold=gold,
    )


def _check_fields(fields: Mapping[str, Any]) -> None:
    """Raises UsageError for a field that is hardly a note of somebody's own, but one of ours misspelt."""
    for name in fields.keys() - set(_FIELDS):
        meant = get_close_matches(name.strip().casefold(), _FIELDS, 1, _LIKENESS)
        if meant:
            raise UsageError(f'there is no field "{name}"; it is called "{meant[0]}"')


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f'"{name}" is a string with some text')
    return value


def _gold(listed: Any) -> tuple[Gold, ...]:
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise UsageError('"gold" is a list of objects with "doc" and "quote"')
    return tuple(Gold(_text(item, "doc"), _text(item, "quote")) for item in listed)


def _group(fields: dict[str, Any]) -> str:
    """The label in ``unanswerable``, or the one that a reason begins with: ``"why": "near-miss: …"``."""
    if fields.get("unanswerable") is not None:
        return _text(fields, "unanswerable").strip()
    why = fields.get("why")
    label, colon, _ = why.partition(":") if isinstance(why, str) else ("", "", "")
    return label.strip() if colon and _LABEL.fullmatch(label.strip()) else UNANSWERABLE
