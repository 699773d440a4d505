"""Pairs of one's own, one JSON object a line (docs/commands.md): read, checked, and part of them held out. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from bot.evaluation.questions import json_object
from bot.reader_text import reader_text
from bot.training.example import Example
from index.errors import UsageError

HELD_OUT = 0.2
"""The share of the pairs that is held out, at least."""

_FIELDS = ("question", "text", "answers", "title", "before", "start", "end", "note")


@dataclass(frozen=True, slots=True)
class Pair:
    """Whether the sentence ``text`` ``answers`` the question. ``title`` are the titles and headings that it stands
    under, outermost first, ``before`` is the sentence before it. ``text[start:end]`` are the words that answer, if
    known. ``note`` is for people.
    """

    question: str
    text: str
    answers: bool
    title: tuple[str, ...] = ()
    before: str = ""
    start: int | None = None
    end: int | None = None
    note: str = ""


def read_pairs(content: str) -> tuple[Pair, ...]:
    """The pairs of a file's text. Raises UsageError, with the line's number, for a line that is no pair or that
    contradicts one before it, and for a file without pairs.
    """
    lines: dict[tuple[str, str], int] = {}
    pairs: dict[tuple[str, str], Pair] = {}
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            pair = _pair(json_object(line))
        except UsageError as error:
            raise UsageError(f"Line {number} of the pairs: {error.user_message}.") from error
        name = (folded(pair.question), folded(pair.text))
        if name in pairs and pairs[name].answers != pair.answers:
            raise UsageError(f"Line {number} of the pairs: line {lines[name]} says the opposite of the same pair.")
        pairs[name], lines[name] = pair, number
    if not pairs:
        raise UsageError("There are no pairs in this file.")
    return tuple(pairs.values())


def to_lines(pairs: Sequence[Pair]) -> str:
    """What ``read_pairs`` reads."""
    known = ({name: value for name, value in asdict(pair).items() if value not in ("", (), None)} for pair in pairs)
    return "".join(json.dumps(fields, ensure_ascii=False) + "\n" for fields in known)


def hold_out(pairs: Sequence[Pair], share: float = HELD_OUT) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """(pairs to learn from, pairs held out). All pairs of a question are on the same side, always the same.

    At least ``share`` of the pairs are held out, and as many as it takes to have some that answer and some that do not.
    Raises UsageError if one side has only one of these kinds.
    """
    names = sorted({folded(pair.question) for pair in pairs}, key=lambda name: sha256(name.encode()).digest())
    chosen: set[str] = set()
    held: list[Pair] = []
    for name in names:
        if len(held) >= share * len(pairs) and _both_kinds(held):
            break
        chosen.add(name)
        held = [pair for pair in pairs if folded(pair.question) in chosen]
    kept = [pair for pair in pairs if folded(pair.question) not in chosen]
    if not _both_kinds(kept) or not _both_kinds(held):
        raise UsageError(
            "There are too few pairs: when those of every fifth question are held out, some that answer and some that "
            "do not must be on both sides."
        )
    return tuple(kept), tuple(held)


def example(pair: Pair) -> Example:
    """The pair as the reader reads it."""
    text = reader_text(pair.text, pair.title, pair.before)
    if not pair.answers:
        return Example(pair.question, text, 0, 0, 0, "own")
    if pair.start is None or pair.end is None:
        return Example(pair.question, text, 1, -1, -1, "own")
    # reader_text has white space once only. The letter stands for the first of the answering words.
    start = len(" ".join(f"{pair.text[: pair.start]}x".split())) - 1
    words = " ".join(pair.text[pair.start : pair.end].split())
    return Example(pair.question, text, 1, start, start + len(words), "own")


def folded(text: str) -> str:
    """What two texts have in common that differ in case, white space and final marks only."""
    return " ".join(text.casefold().rstrip("?!. ").split())


def _both_kinds(pairs: Sequence[Pair]) -> bool:
    return len({pair.answers for pair in pairs}) == 2


def _pair(fields: Mapping[str, Any]) -> Pair:
    for name in fields:
        if name not in _FIELDS:
            raise UsageError(f'there is no field "{name}"')
    if not isinstance(fields.get("answers"), bool):
        raise UsageError('"answers" is true or false')
    answers, text = bool(fields["answers"]), _text(fields, "text", needed=True)
    start, end = fields.get("start"), fields.get("end")
    if start is not None or end is not None:
        _check_span(text, start, end, answers)
    return Pair(
        question=_text(fields, "question", needed=True),
        text=text,
        answers=answers,
        title=_titles(fields),
        before=_text(fields, "before"),
        start=start,
        end=end,
        note=_text(fields, "note"),
    )


def _text(fields: Mapping[str, Any], name: str, needed: bool = False) -> str:
    value = fields.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or (needed and not value.strip()):
        raise UsageError(f'"{name}" is a string{" with some text" if needed else ""}')
    return _whole(value, name)


def _titles(fields: Mapping[str, Any]) -> tuple[str, ...]:
    given = fields.get("title")
    listed = [] if given is None else [given] if isinstance(given, str) else given
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise UsageError('"title" is a string, or a list of strings')
    return tuple(_whole(each, "title") for each in listed)


def _whole(text: str, name: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f'"{name}" has half a character') from error
    return text


def _check_span(text: str, start: Any, end: Any, answers: bool) -> None:
    if not answers:
        raise UsageError('"start" and "end" are of words that answer, and this text does not answer')
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        raise UsageError('"start" and "end" are whole numbers, the place of some words in "text"')
    if text[start:end].strip() != text[start:end]:
        raise UsageError('what stands from "start" to "end" begins and ends with a word')
